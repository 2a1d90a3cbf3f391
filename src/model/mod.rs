//! `CoTracker3` as in the paper: immutable, tensors in and out.

mod config;
mod network;

pub use config::ModelConfig;
pub use network::{DeviceChoice, Network, NetworkError};
