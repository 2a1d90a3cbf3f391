//! The tuned CPU kernels: plain slices and shapes in, the same out; they know nothing of networks.
//!
//! Every kernel takes an [`Isa`] and runs as AVX-512, AVX2 or portable code. Maps are NHWC, matrices row-major. All
//! matrix work, convolutions included, goes through one tile ([`multiply`]): in an NHWC map a kernel row is one
//! contiguous run, so a convolution is a product whose pixels overlap. Results do not depend on the number of threads,
//! bit for bit; the parallel ones use the rayon pool they are called in.

mod activation;
mod attention;
mod backward;
mod bf16;
mod buffer;
mod convolution;
mod depthwise;
mod dot;
mod enlarge;
mod instance_norm;
mod inverted;
mod isa;
mod lanes;
mod layer_norm;
mod map;
mod octaves;
mod packed;
mod patches;
mod preprocess;
mod product;
mod resize;
mod single_attention;
mod tile;
mod unit_length;
mod upsampled;

pub use activation::{gelu_erf, gelu_tanh, softmax_rows};
pub use attention::{AttentionScratch, Rows, attention};
pub use backward::{gelu_erf_backward, gelu_tanh_backward, layer_norm_backward, softmax_backward};
pub use bf16::round_row;
pub use buffer::{Buffer, ScratchPool};
pub use convolution::Convolution;
pub use depthwise::Depthwise;
pub use dot::dot;
pub use enlarge::Enlarged;
pub use instance_norm::{Moments, add_normalized, apply, normalize};
pub use inverted::{Inverted, InvertedScratch};
pub use isa::Isa;
pub use layer_norm::{layer_norm, scale_and_shift};
pub use map::Map;
pub use octaves::{OCTAVES, encode_octaves};
pub use packed::Packed;
pub use patches::{MapView, prefetch_patch, sample_patch};
pub use preprocess::preprocess;
pub use product::{Pixels, Start, multiply};
pub use resize::resize_into;
pub use single_attention::attend_once;
pub use unit_length::{add_scaled, average_pool, scale_to_unit_length, unit_factors};
pub use upsampled::{Spread, UpsampledConvolution};
