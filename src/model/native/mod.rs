//! The network in the CPU's own form: the blocks of the paper on packed weights and NHWC maps, each a whole operation.

mod blocks;
mod correlation;
mod encoder;
mod engine;
mod features;
mod network;
mod newest;
mod parameters;
mod search;
mod update_former;

pub use features::{FeatureMap, NativeEmbeddings, NativeFeatures, NativeMemory, NativePatches};
pub use network::NativeNetwork;
pub use parameters::NativeError;
