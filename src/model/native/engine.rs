//! The native form as one of the network's engines.

use super::{NativeFeatures, NativeMemory, NativeNetwork, NativePatches};
use crate::frame::Frame;
use crate::geometry::Size;
use crate::model::engine::{Engine, Features, Memory, PackedFeatures, QueryPatches, Remembered, Sampled};
use crate::model::{Checkpoint, Match, ModelConfig, NetworkError, WindowState};
use crate::sync::CancelToken;
use burn::tensor::{Device, Tensor, TensorData};

impl Engine for NativeNetwork {
    fn with_weights(&self, checkpoint: &Checkpoint) -> Result<Box<dyn Engine>, NetworkError> {
        let network = self.with_weights(&checkpoint.config, &checkpoint.tensors);
        Ok(Box::new(network.map_err(|error| NetworkError::DeviceFailed(error.to_string()))?))
    }

    fn is_on_gpu(&self) -> bool {
        false
    }

    fn bytes_per_frame(&self, config: &ModelConfig, feature_bytes: usize, num_tokens: usize) -> usize {
        let feature_bytes = if self.has_bf16() { feature_bytes / 2 } else { feature_bytes };
        // Beside the tokens: where tracks are, were, and go, with their logits.
        feature_bytes + num_tokens * (2 * config.hidden_size + 12) * size_of::<f32>()
    }

    fn encode(&self, frame: &Frame, model_size: Size) -> Result<Features, NetworkError> {
        Ok(Features::new(self.encode(frame.rgb(), frame.size(), model_size)))
    }

    fn encode_packed(&self, frame: &Frame, model_size: Size) -> Result<PackedFeatures, NetworkError> {
        let packed = self.encode_packed(frame.rgb(), frame.size(), model_size);
        let num_bytes = packed.num_bytes();
        Ok(PackedFeatures::new(packed, num_bytes))
    }

    fn unpack(&self, packed: &PackedFeatures) -> Result<Features, NetworkError> {
        Ok(Features::new(self.unpack(packed.own())))
    }

    fn patches(&self, features: &Features, points: &[[f32; 2]]) -> Result<QueryPatches, NetworkError> {
        Ok(QueryPatches::new(self.patches(features.own(), points)))
    }

    fn refine(
        &self,
        window: &[&Features],
        patches: &QueryPatches,
        state: &mut WindowState,
        num_iters: usize,
        cancel: &CancelToken,
    ) -> Result<bool, NetworkError> {
        let window: Vec<&NativeFeatures> = window.iter().map(|features| features.own()).collect();
        Ok(self.refine(&window, patches.own(), state, num_iters, cancel))
    }

    fn tensor_device(&self) -> Device {
        Device::flex()
    }

    fn volumes(
        &self,
        window: &[&Features],
        patches: &QueryPatches,
        state: &WindowState,
    ) -> Result<Tensor<2>, NetworkError> {
        let window: Vec<&NativeFeatures> = window.iter().map(|features| features.own()).collect();
        let (width, volumes) = self.volumes(&window, patches.own(), state);
        let shape = [volumes.len() / width, width];
        Ok(Tensor::from_data(TensorData::new(volumes, shape), &self.tensor_device()))
    }

    fn search(&self, features: &Features, patches: &QueryPatches) -> Result<Vec<Match>, NetworkError> {
        Ok(self.search(features.own(), patches.own()))
    }

    fn fits(&self, features: &Features, patches: &QueryPatches, points: &[[f32; 2]]) -> Result<Vec<f32>, NetworkError> {
        Ok(self.fits(features.own(), patches.own(), points))
    }

    fn begin(
        &self,
        features: &Features,
        patches: Option<QueryPatches>,
        points: &[[f32; 2]],
        room: usize,
    ) -> Result<(Memory, WindowState, Vec<f32>), NetworkError> {
        let features = features.own();
        let sampled = || self.support_with_room(features, points, room);
        let patches = patches.map_or_else(sampled, |patches| patches.own::<NativePatches>().clone());
        let (memory, state, fits) = self.begin(features, patches, points, room);
        Ok((Memory::new(memory), state, fits))
    }

    fn refine_newest(
        &self,
        newest: &Features,
        memory: &mut Memory,
        state: &mut WindowState,
        num_iters: usize,
        cancel: &CancelToken,
    ) -> Result<Option<Vec<f32>>, NetworkError> {
        Ok(self.refine_newest(newest.own(), memory.own_mut(), state, num_iters, cancel))
    }
}

impl Sampled for NativePatches {
    fn join(&self, other: &QueryPatches) -> QueryPatches {
        let mut both = self.clone();
        both.append(other.own());
        QueryPatches::new(both)
    }

    fn select(&self, tracks: &[usize]) -> QueryPatches {
        QueryPatches::new(self.select(tracks))
    }
}

impl Remembered for NativeMemory {
    fn advance(&mut self) {
        self.advance();
    }

    fn append(&mut self, other: &Memory) {
        self.append(other.own());
    }

    fn reserve(&mut self, num_more: usize) {
        self.reserve(num_more);
    }

    fn keep(&mut self, tracks: &[usize]) {
        self.keep(tracks);
    }

    fn patches(&self) -> QueryPatches {
        QueryPatches::new(self.patches.clone())
    }

    fn patches_of(&self, tracks: &[usize]) -> QueryPatches {
        QueryPatches::new(self.patches.select(tracks))
    }
}
