//! `CoTracker3` as in the paper: immutable, tensors in and out.

mod checkpoint;
mod config;
mod device;
mod engine;
mod failing;
mod host_tensor;
mod key_table;
mod lite;
mod native;
mod network;
mod portable;
mod rewritten;
mod search;
mod self_test;
mod time_embedding;
mod window_state;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use config::{EncoderKind, ModelConfig};
pub use device::{Adapter, CpuOptions, DeviceChoice, adapters, instruction_set};
pub use engine::{Features, Memory, PackedFeatures, QueryPatches};
pub use host_tensor::HostTensor;
pub use native::{
    FeatureMap, NativeEmbeddings, NativeError, NativeFeatures, NativeMemory, NativeNetwork, NativePatches,
};
pub use network::{Network, NetworkError};
pub(crate) use portable::guarded;
pub use portable::{PortableFeatures, PortableMemory, PortableNetwork, PortablePatches, Trunk};
pub use rewritten::{recalibrated, retrained};
pub use search::Match;
pub use window_state::WindowState;
