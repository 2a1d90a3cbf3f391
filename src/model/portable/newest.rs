//! The transformer over the newest frame of a live stream alone; see the native form for what is remembered and why.

use super::update_former::UpdateFormer;
use burn::tensor::{Tensor, TensorData};

/// What the later time blocks saw of the frames before, each when it was the newest one.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    /// Per time block but the first `[N, S, D]`; `None` before the first frame.
    tracks: Vec<Option<Tensor<3>>>,
    /// Whether a track has none yet.
    is_new: Vec<bool>,
    /// The virtual tracks', `[V, S, D]`.
    virtual_tracks: Vec<Option<Tensor<3>>>,
}

impl History {
    /// Of `num_tracks` tracks that begin.
    pub(super) fn new(num_tracks: usize) -> Self {
        Self { is_new: vec![true; num_tracks], ..Self::default() }
    }

    /// Another frame becomes the newest.
    pub(super) fn advance(&mut self) {
        for block in self.tracks.iter_mut().chain(&mut self.virtual_tracks) {
            *block = block.take().map(|before| {
                let s = before.dims()[1];
                Tensor::cat(vec![before.clone().narrow(1, 1, s - 1), before.narrow(1, s - 1, 1)], 1)
            });
        }
    }

    /// These tracks, then some that begin.
    pub(super) fn join(mut self, num_more: usize) -> Self {
        self.is_new.extend(vec![true; num_more]);
        for block in &mut self.tracks {
            *block = block.take().map(|before| {
                let [_, s, dim] = before.dims();
                let more = Tensor::zeros([num_more, s, dim], &before.device());
                Tensor::cat(vec![before, more], 0)
            });
        }
        self
    }

    /// Some tracks, in the given order; `pick` takes them from a tensor.
    pub(super) fn select(&self, tracks: &[usize], pick: &impl Fn(&Tensor<3>) -> Tensor<3>) -> Self {
        Self {
            tracks: self.tracks.iter().map(|block| block.as_ref().map(pick)).collect(),
            is_new: tracks.iter().map(|&track| self.is_new[track]).collect(),
            virtual_tracks: self.virtual_tracks.clone(),
        }
    }

    /// What a block sees, `[N + V, S, D]`, where the newest tokens `[N + V, 1, D]` stand last and, for tracks that
    /// begin, everywhere.
    fn see(&mut self, block: usize, newest: &Tensor<3>, num_frames: usize) -> Tensor<3> {
        let num_tracks = self.is_new.len();
        let num_virtual = newest.dims()[0] - num_tracks;
        let still = |first: usize, count: usize| newest.clone().narrow(0, first, count).repeat_dim(1, num_frames);
        let tracks = match &self.tracks[block] {
            None => still(0, num_tracks),
            Some(before) => {
                let is_new: Vec<f32> = self.is_new.iter().map(|&is_new| f32::from(u8::from(is_new))).collect();
                let is_new = TensorData::new(is_new, [num_tracks, 1, 1]);
                let is_new = Tensor::<3>::from_data(is_new, &newest.device());
                before.clone() + (still(0, num_tracks) - before.clone()) * is_new
            }
        };
        let before = self.virtual_tracks[block].clone();
        let virtual_tracks = before.unwrap_or_else(|| still(num_tracks, num_virtual));
        let all = Tensor::cat(vec![tracks, virtual_tracks], 0).narrow(1, 0, num_frames - 1);
        let all = Tensor::cat(vec![all, newest.clone()], 1);
        self.tracks[block] = Some(all.clone().narrow(0, 0, num_tracks));
        self.virtual_tracks[block] = Some(all.clone().narrow(0, num_tracks, num_virtual));
        all
    }
}

impl UpdateFormer {
    /// Tokens `[N, S, input_dim]` → updates of the newest frame, `[N, 1, 4]`.
    pub(super) fn forward_newest(&self, tokens: Tensor<3>, history: &mut History) -> Tensor<3> {
        let [tracks, frames, _] = tokens.dims();
        let points = self.input_transform.forward(tokens);
        let [num_virtual, _, width] = self.virtual_tracks.dims();
        let virtual_tracks = self.virtual_tracks.clone().expand([num_virtual, frames, width]);
        let all = Tensor::cat(vec![points, virtual_tracks], 0); // [N + V, S, D]
        history.tracks.resize_with(self.time_blocks.len() - 1, || None);
        history.virtual_tracks.resize_with(self.time_blocks.len() - 1, || None);
        let mut x = all.clone().narrow(1, frames - 1, 1); // [N + V, 1, D]
        let mut space_blocks = self.space_blocks.iter();
        for (i, block) in self.time_blocks.iter().enumerate() {
            let context = match i.checked_sub(1) {
                None => all.clone(),
                Some(i) => history.see(i, &x, frames),
            };
            x = block.forward_to(x, context);
            if i % self.time_blocks_per_space_block == 0
                && let Some(block) = space_blocks.next()
            {
                x = block.forward(x.swap_dims(0, 1), tracks).swap_dims(0, 1);
            }
        }
        history.is_new.fill(false);
        self.head.forward(x.narrow(0, 0, tracks))
    }
}
