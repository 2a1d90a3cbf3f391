//! `CoTracker3` as in the paper: immutable, tensors in and out.

mod checkpoint;
mod config;
mod device;
mod engine;
mod host_tensor;
mod key_table;
mod lite;
mod native;
mod network;
mod portable;
mod search;
mod time_embedding;
mod window_state;

pub use checkpoint::{Checkpoint, CheckpointError, recalibrated};
pub use config::{EncoderKind, ModelConfig};
pub use device::{Adapter, DeviceChoice, adapters, instruction_set};
pub use engine::{Features, Memory, PackedFeatures, Support};
pub use host_tensor::HostTensor;
pub use native::{
    FeatureMap, NativeEmbeddings, NativeError, NativeFeatures, NativeMemory, NativeNetwork, NativeSupport,
};
pub use network::{Network, NetworkError};
pub use portable::{PortableFeatures, PortableMemory, PortableNetwork, PortableSupport};
pub use search::Match;
pub use window_state::WindowState;
