//! `CoTracker3` as in the paper: immutable, tensors in and out.

mod checkpoint;
mod config;
mod host_tensor;
mod key_table;
mod network;
mod window_state;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use config::ModelConfig;
pub use host_tensor::HostTensor;
pub use network::{DeviceChoice, Network, NetworkError};
pub use window_state::WindowState;
