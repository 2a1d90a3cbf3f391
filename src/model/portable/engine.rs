//! The portable form as one of the network's engines.

use super::{PortableFeatures, PortableMemory, PortableNetwork, PortablePatches};
use crate::frame::Frame;
use crate::geometry::Size;
use crate::model::engine::{Engine, Features, Memory, PackedFeatures, QueryPatches, Remembered, Sampled};
use crate::model::{Checkpoint, Match, ModelConfig, NetworkError, WindowState};
use crate::sync::CancelToken;
use burn::tensor::{Device, Tensor};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The GPU runtime panics where a device is lost or out of memory; here that becomes an error.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, NetworkError> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        let text = payload.downcast_ref::<String>().cloned();
        let text = text.or_else(|| payload.downcast_ref::<&str>().map(|&s| s.to_owned()));
        NetworkError::DeviceFailed(text.unwrap_or_else(|| "for an unknown reason".to_owned()))
    })
}

/// The same for what fails in words, too.
fn read<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, NetworkError> {
    guarded(work)?.map_err(NetworkError::DeviceFailed)
}

impl Engine for PortableNetwork {
    fn with_weights(&self, checkpoint: &Checkpoint) -> Result<Box<dyn Engine>, NetworkError> {
        let network = guarded(|| PortableNetwork::new(checkpoint, &self.tensor_device()))?;
        Ok(Box::new(network))
    }

    fn is_on_gpu(&self) -> bool {
        true
    }

    fn bytes_per_frame(&self, config: &ModelConfig, feature_bytes: usize, num_tokens: usize) -> usize {
        // The maps lie side by side once more; a GPU does all tokens of a block at once, the MLP four times as wide.
        2 * feature_bytes + num_tokens * (4 * config.input_dim() + 16 * config.hidden_size) * size_of::<f32>()
    }

    fn encode(&self, frame: &Frame, model_size: Size) -> Result<Features, NetworkError> {
        guarded(|| Features::new(self.encode(frame.rgb(), frame.size(), model_size)))
    }

    fn encode_packed(&self, frame: &Frame, model_size: Size) -> Result<PackedFeatures, NetworkError> {
        let level0 = guarded(|| self.level0(frame.rgb(), frame.size(), model_size))?;
        let num_bytes = size_of::<f32>() * level0.dims().iter().product::<usize>();
        Ok(PackedFeatures::new(level0, num_bytes))
    }

    fn unpack(&self, packed: &PackedFeatures) -> Result<Features, NetworkError> {
        guarded(|| Features::new(self.pyramid(packed.own::<Tensor<3>>().clone())))
    }

    fn patches(&self, features: &Features, points: &[[f32; 2]]) -> Result<QueryPatches, NetworkError> {
        guarded(|| QueryPatches::new(self.patches(features.own(), points)))
    }

    fn refine(
        &self,
        window: &[&Features],
        patches: &QueryPatches,
        state: &mut WindowState,
        num_iters: usize,
        cancel: &CancelToken,
    ) -> Result<bool, NetworkError> {
        let window: Vec<&PortableFeatures> = window.iter().map(|features| features.own()).collect();
        read(|| self.refine(&window, patches.own(), state, num_iters, cancel))
    }

    fn tensor_device(&self) -> Device {
        self.device().clone()
    }

    fn volumes(
        &self,
        window: &[&Features],
        patches: &QueryPatches,
        state: &WindowState,
    ) -> Result<Tensor<2>, NetworkError> {
        let window: Vec<&PortableFeatures> = window.iter().map(|features| features.own()).collect();
        guarded(|| self.volumes(&window, patches.own(), state))
    }

    fn search(&self, features: &Features, patches: &QueryPatches) -> Result<Vec<Match>, NetworkError> {
        read(|| self.search(features.own(), patches.own()))
    }

    fn fits(&self, features: &Features, patches: &QueryPatches, points: &[[f32; 2]]) -> Result<Vec<f32>, NetworkError> {
        read(|| self.fits(features.own(), patches.own(), points))
    }

    fn begin(
        &self,
        features: &Features,
        patches: Option<QueryPatches>,
        points: &[[f32; 2]],
        _room: usize,
    ) -> Result<(Memory, WindowState, Vec<f32>), NetworkError> {
        let features = features.own();
        let begun = read(|| {
            let sampled = || self.patches(features, points);
            let patches = patches.map_or_else(sampled, |patches| patches.own::<PortablePatches>().clone());
            self.begin(features, patches, points)
        });
        begun.map(|(memory, state, fits)| (Memory::new(memory), state, fits))
    }

    fn refine_newest(
        &self,
        newest: &Features,
        memory: &mut Memory,
        state: &mut WindowState,
        num_iters: usize,
        cancel: &CancelToken,
    ) -> Result<Option<Vec<f32>>, NetworkError> {
        read(|| self.refine_newest(newest.own(), memory.own_mut(), state, num_iters, cancel))
    }
}

impl Sampled for PortablePatches {
    fn join(&self, other: &QueryPatches) -> QueryPatches {
        QueryPatches::new(self.clone().join(other.own::<Self>().clone()))
    }

    fn select(&self, tracks: &[usize]) -> QueryPatches {
        QueryPatches::new(self.select(tracks))
    }
}

impl Remembered for PortableMemory {
    fn advance(&mut self) {
        self.advance();
    }

    fn append(&mut self, other: &Memory) {
        *self = self.clone().join(other.own());
    }

    /// Joining makes new tensors anyway.
    fn reserve(&mut self, _num_more: usize) {}

    fn keep(&mut self, tracks: &[usize]) {
        *self = self.select(tracks);
    }

    fn patches(&self) -> QueryPatches {
        QueryPatches::new(self.patches.clone())
    }

    fn patches_of(&self, tracks: &[usize]) -> QueryPatches {
        QueryPatches::new(self.patches.select(tracks))
    }
}
