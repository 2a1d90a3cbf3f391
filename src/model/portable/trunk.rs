//! What follows the encoder: the correlation MLP and the transformer. On their own they are what learns from a user's
//! footage (`learn`), since the features stay as they are.

use super::correlation::Correlation;
use super::layers::Weights;
use super::update_former::UpdateFormer;
use crate::kernels::ops;
use crate::model::key_table::expected_tensors;
use crate::model::time_embedding::TimeEmbedding;
use crate::model::{Checkpoint, ModelConfig};
use burn::tensor::{Device, Tensor, TensorData};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The correlation MLP and the transformer on a burn device.
#[derive(Debug)]
pub struct Trunk {
    pub(super) correlation: Correlation,
    pub(super) update_former: UpdateFormer,
    time_embedding: TimeEmbedding,
    /// That of a window, on the device: `[1, S, input_dim]`.
    window_time: Tensor<3>,
    /// What an offset between two frames is divided by, in feature pixels.
    motion_scale: [f32; 2],
}

impl Trunk {
    /// The tensors that it is made of and that training changes: names and shapes, in the order of the names.
    #[must_use]
    pub fn parameters(config: &ModelConfig) -> Vec<(String, Vec<usize>)> {
        let is_learned = |name: &str| name.starts_with("corr_mlp.") || name.starts_with("updateformer.");
        expected_tensors(config).into_iter().filter(|(name, _)| is_learned(name)).collect()
    }

    /// Puts a checkpoint's tensors on a device; those in `learned`, flat and by name, are taken from there, and what
    /// the trunk computes can be followed back to them.
    ///
    /// # Panics
    /// If a learned tensor has another length than the checkpoint's.
    #[must_use]
    pub fn new(checkpoint: &Checkpoint, device: &Device, learned: &BTreeMap<String, Tensor<1>>) -> Self {
        let (config, tensors) = (&checkpoint.config, &checkpoint.tensors);
        let weights = Weights { tensors, device, learned };
        let size = config.model_size();
        Self {
            correlation: Correlation::new(&weights),
            update_former: UpdateFormer::new(&weights, config),
            time_embedding: TimeEmbedding::new(tensors["time_emb"].data.clone(), config.input_dim()),
            window_time: weights.get("time_emb"),
            motion_scale: [size.width, size.height].map(|extent| extent as f32 / config.stride as f32),
        }
    }

    /// One iteration over a window.
    ///
    /// | argument  | shape                  | meaning                                                  |
    /// |-----------|------------------------|----------------------------------------------------------|
    /// | `volumes` | `[N · S · L, 49 · 49]` | what [`Network::volumes`](crate::model::Network::volumes) gives |
    /// | `coords`  | `[N, S, 2]`            | (x, y) in feature pixels, without gradient               |
    /// | `logits`  | `[N, S, 2]`            | visibility, confidence                                   |
    ///
    /// Returns what to add, `[N, S, 4]`: dx, dy in feature pixels, visibility and confidence logits.
    #[must_use]
    pub fn update(&self, volumes: Tensor<2>, coords: Tensor<3>, logits: Tensor<3>) -> Tensor<3> {
        let [tracks, frames, _] = coords.dims();
        let embeddings = self.correlation.rows(volumes).reshape([tracks as i64, frames as i64, -1]);
        self.update_former.forward(self.tokens_of(embeddings, coords, logits))
    }

    /// What the transformer sees of a state `[N, S, 4]` whose correlation features `[N, S, E]` are known:
    /// `[N, S, input_dim]`.
    pub(super) fn tokens(&self, embeddings: Tensor<3>, state: &Tensor<3>) -> Tensor<3> {
        self.tokens_of(embeddings, state.clone().narrow(2, 0, 2), state.clone().narrow(2, 2, 2))
    }

    fn tokens_of(&self, embeddings: Tensor<3>, coords: Tensor<3>, logits: Tensor<3>) -> Tensor<3> {
        let frames = coords.dims()[1];
        let motion = ops::motion(coords, self.motion_scale);
        Tensor::cat(vec![logits, embeddings, motion], 2) + self.time_of(frames) // [N, S, input_dim]
    }

    /// The time embedding of a window of so many frames: `[1, S, input_dim]`.
    fn time_of(&self, num_frames: usize) -> Tensor<3> {
        match self.time_embedding.stretched(num_frames) {
            Cow::Borrowed(_) => self.window_time.clone(),
            Cow::Owned(rows) => {
                let width = self.window_time.dims()[2];
                Tensor::from_data(TensorData::new(rows, [1, num_frames, width]), &self.window_time.device())
            }
        }
    }
}
