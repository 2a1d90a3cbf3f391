//! The network on the CPU.

use super::{Checkpoint, HostTensor, ModelConfig, PortableFeatures, PortableNetwork, PortableSupport, WindowState};
use crate::geometry::Size;
use crate::sync::CancelToken;
use burn::tensor::Device;
use std::collections::BTreeMap;

/// One frame's features.
pub type NativeFeatures = PortableFeatures;
/// Query patches.
pub type NativeSupport = PortableSupport;

/// The network on burn's CPU backend.
#[derive(Debug)]
pub struct NativeNetwork(PortableNetwork);

impl NativeNetwork {
    /// Packs a checkpoint's tensors.
    ///
    /// # Errors
    /// Never.
    pub fn new(
        config: &ModelConfig,
        tensors: &BTreeMap<String, HostTensor>,
        _num_threads: Option<usize>,
    ) -> Result<Self, std::io::Error> {
        let checkpoint =
            Checkpoint { name: String::new(), sha256: String::new(), config: config.clone(), tensors: tensors.clone() };
        Ok(Self(PortableNetwork::new(&checkpoint, &Device::flex())))
    }

    /// The device in words.
    #[must_use]
    pub fn device_name(&self) -> String {
        "CPU (burn)".into()
    }

    /// Encodes a picture.
    #[must_use]
    pub fn encode(&self, rgb: &[u8], source: Size, model: Size) -> NativeFeatures {
        self.0.encode(rgb, source, model)
    }

    /// Samples query patches.
    #[must_use]
    pub fn support(&self, features: &NativeFeatures, points: &[[f32; 2]]) -> NativeSupport {
        self.0.support(features, points)
    }

    /// Refines a window.
    pub fn refine(
        &self,
        window: &[&NativeFeatures],
        support: &NativeSupport,
        state: &mut WindowState,
        num_iters: usize,
        cancel: &CancelToken,
    ) -> bool {
        self.0.refine(window, support, state, num_iters, cancel).expect("the CPU does not fail")
    }
}
