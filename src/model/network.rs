//! The network on its device: three operations, whatever the machine.

use super::ModelConfig;
use std::path::Path;

/// What the user asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// A hardware GPU where there is one, else the CPU.
    #[default]
    Auto,
    /// The GPU, even a software one; an error where there is none.
    Gpu,
    /// The CPU.
    Cpu,
}

/// Why a network could not be set up or run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {}

/// A network with its weights on a device; shared between threads.
#[derive(Debug)]
pub struct Network {
    config: ModelConfig,
}

impl Network {
    /// Reads weights (`.safetensors` or an official-layout `.pth`) and puts them on a device. Takes up to a second.
    ///
    /// # Errors
    /// When the file cannot be read, is not a checkpoint of this network, or the device cannot be had.
    pub fn load(_weights: &Path, _device: DeviceChoice, _num_threads: Option<usize>) -> Result<Self, NetworkError> {
        unimplemented!()
    }

    /// The network's sizes.
    #[must_use]
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// The device in words, such as "CPU, 2 threads (AVX-512)".
    #[must_use]
    pub fn device_name(&self) -> String {
        unimplemented!()
    }

    /// The weights' name: the file's stem.
    #[must_use]
    pub fn weights_name(&self) -> &str {
        unimplemented!()
    }

    /// SHA-256 of the weights file, in hex.
    #[must_use]
    pub fn weights_sha256(&self) -> &str {
        unimplemented!()
    }
}
