//! The native form as one of the network's engines.

use super::{NativeFeatures, NativeMemory, NativeNetwork, NativeSupport};
use crate::frame::Frame;
use crate::geometry::Size;
use crate::model::engine::{Engine, Features, Memory, PackedFeatures, Patches, Remembered, Support};
use crate::model::{Match, ModelConfig, NetworkError, WindowState};
use crate::sync::CancelToken;

impl Engine for NativeNetwork {
    fn is_on_gpu(&self) -> bool {
        false
    }

    fn bytes_per_frame(&self, config: &ModelConfig, feature_bytes: usize, num_tokens: usize) -> usize {
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

    fn support(&self, features: &Features, points: &[[f32; 2]]) -> Result<Support, NetworkError> {
        Ok(Support::new(self.support(features.own(), points)))
    }

    fn refine(
        &self,
        window: &[&Features],
        support: &Support,
        state: &mut WindowState,
        num_iters: usize,
        cancel: &CancelToken,
    ) -> Result<bool, NetworkError> {
        let window: Vec<&NativeFeatures> = window.iter().map(|features| features.own()).collect();
        Ok(self.refine(&window, support.own(), state, num_iters, cancel))
    }

    fn search(&self, features: &Features, support: &Support) -> Result<Vec<Match>, NetworkError> {
        Ok(self.search(features.own(), support.own()))
    }

    fn fits(&self, features: &Features, support: &Support, points: &[[f32; 2]]) -> Result<Vec<f32>, NetworkError> {
        Ok(self.fits(features.own(), support.own(), points))
    }

    fn begin(
        &self,
        features: &Features,
        support: Option<Support>,
        points: &[[f32; 2]],
        room: usize,
    ) -> Result<(Memory, WindowState, Vec<f32>), NetworkError> {
        let features = features.own();
        let sampled = || self.support_with_room(features, points, room);
        let support = support.map_or_else(sampled, |support| support.own::<NativeSupport>().clone());
        let (memory, state, fits) = self.begin(features, support, points, room);
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

impl Patches for NativeSupport {
    fn join(&self, other: &Support) -> Support {
        let mut both = self.clone();
        both.append(other.own());
        Support::new(both)
    }

    fn select(&self, tracks: &[usize]) -> Support {
        Support::new(self.select(tracks))
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

    fn support(&self) -> Support {
        Support::new(self.support.clone())
    }

    fn support_of(&self, tracks: &[usize]) -> Support {
        Support::new(self.support.select(tracks))
    }
}
