//! From where the tracks are to one token per track and frame: 4D correlation, its MLP, motion and time.

use super::features::{NativeEmbeddings, NativeFeatures, NativeSupport};
use super::parameters::{NativeError, Parameters};
use crate::kernels::cpu::{
    Buffer, Isa, Packed, Pixels, ScratchPool, Start, encode_octaves, gelu_erf, multiply, sample_patch,
};
use crate::model::{ModelConfig, WindowState};
use rayon::prelude::*;

/// Rows (track and frame) that a task takes through the MLP together: as many as pay for reading its weights once, few
/// enough that the correlations of 2,000 points never stand in memory at the same time.
const ROWS_PER_TASK: usize = 96;
/// The same where only a few frames are correlated: less pays, so that a dozen points keep two cores busy.
const ROWS_PER_LIVE_TASK: usize = 12;

/// Everything before the transformer.
#[derive(Debug)]
pub(super) struct TokenBuilder {
    isa: Isa,
    radius: usize,
    num_levels: usize,
    num_frames: usize,
    input_dim: usize,
    corr_out: usize,
    fc1: Packed,
    fc2: Packed,
    input_transform: Packed,
    /// `[S, input_dim]`
    time_embedding: Vec<f32>,
    /// What a step between two frames is divided by: the width and height of the config's own feature map.
    motion_scale: [f32; 2],
    scratch: ScratchPool<Scratch>,
}

#[derive(Debug, Default)]
struct Scratch {
    support: Packed,
    patch: Buffer,
    volume: Buffer,
    hidden: Buffer,
    inputs: Buffer,
}

/// The frames, patches and tracks of one window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window<'a> {
    /// Of all its frames, or of the last ones, where the others are correlated already.
    pub(super) frames: &'a [&'a NativeFeatures],
    pub(super) support: &'a NativeSupport,
    pub(super) state: &'a WindowState,
}

impl TokenBuilder {
    pub(super) fn new(isa: Isa, config: &ModelConfig, parameters: &Parameters) -> Result<Self, NativeError> {
        let mlp = parameters.part("corr_mlp");
        let (volume, input_dim) = (config.patch_width().pow(4), config.input_dim());
        let time_embedding = parameters.tensor("time_emb", &[1, config.window_len, input_dim])?;
        let (height, width) = config.model_resolution;
        Ok(Self {
            isa,
            radius: config.corr_radius,
            num_levels: config.corr_levels,
            num_frames: config.window_len,
            input_dim,
            corr_out: config.corr_out,
            fc1: mlp.part("fc1").linear(volume, config.corr_hidden)?,
            fc2: mlp.part("fc2").linear(config.corr_hidden, config.corr_out)?,
            input_transform: parameters.part("updateformer.input_transform").linear(input_dim, config.hidden_size)?,
            time_embedding: time_embedding.to_vec(),
            motion_scale: [width, height].map(|extent| extent as f32 / config.stride as f32),
            scratch: ScratchPool::default(),
        })
    }

    /// Writes one token per track and frame: `tokens[N, S, hidden]`.
    pub(super) fn build(&self, window: Window, tokens: &mut [f32]) {
        let (s, hidden) = (self.num_frames, self.input_transform.outputs());
        let tracks_each = (ROWS_PER_TASK / s).max(1);
        tokens.par_chunks_mut(tracks_each * s * hidden).enumerate().for_each(|(task, tokens)| {
            let (first, tracks) = (task * tracks_each, tokens.len() / (s * hidden));
            self.scratch.with(|scratch| {
                let mut inputs = std::mem::take(&mut scratch.inputs);
                let rows = inputs.sized(tracks * s * self.input_dim);
                for level in 0..self.num_levels {
                    let out = &mut rows[2 + level * self.corr_out..];
                    self.correlate_tracks(window, level, first..first + tracks, out, self.input_dim, scratch);
                }
                self.finish_tokens(window.state, first, rows, tokens);
                scratch.inputs = inputs;
            });
        });
    }

    /// [`TokenBuilder::build`] from correlation features that are known.
    pub(super) fn build_from(&self, state: &WindowState, embeddings: &NativeEmbeddings, tokens: &mut [f32]) {
        let (s, hidden, width) = (self.num_frames, self.input_transform.outputs(), self.embedding_width());
        let tracks_each = (ROWS_PER_TASK / s).max(1);
        tokens.par_chunks_mut(tracks_each * s * hidden).enumerate().for_each(|(task, tokens)| {
            let (first, num_rows) = (task * tracks_each, tokens.len() / hidden);
            let known = &embeddings.data()[first * s * width..][..num_rows * width];
            self.scratch.with(|scratch| {
                let rows = scratch.inputs.sized(num_rows * self.input_dim);
                for (row, known) in rows.chunks_exact_mut(self.input_dim).zip(known.chunks_exact(width)) {
                    row[2..2 + width].copy_from_slice(known);
                }
                self.finish_tokens(state, first, rows, tokens);
            });
        });
    }

    /// Correlates the frames given anew; those before keep what they have.
    pub(super) fn embed(&self, window: Window, embeddings: &mut NativeEmbeddings) {
        let (s, width, count) = (self.num_frames, self.embedding_width(), window.frames.len());
        let tracks_each = (ROWS_PER_LIVE_TASK / count).max(1);
        embeddings.data_mut().par_chunks_mut(tracks_each * s * width).enumerate().for_each(|(task, out)| {
            let (first, tracks) = (task * tracks_each, out.len() / (s * width));
            self.scratch.with(|scratch| {
                let mut inputs = std::mem::take(&mut scratch.inputs);
                let rows = inputs.sized(tracks * count * width);
                for level in 0..self.num_levels {
                    let rows = &mut rows[level * self.corr_out..];
                    self.correlate_tracks(window, level, first..first + tracks, rows, width, scratch);
                }
                for (track, rows) in out.chunks_exact_mut(s * width).zip(rows.chunks_exact(count * width)) {
                    track[(s - count) * width..].copy_from_slice(rows);
                }
                scratch.inputs = inputs;
            });
        });
    }

    /// Floats in the correlation features of one track and frame, `E`.
    pub(super) fn embedding_width(&self) -> usize {
        self.num_levels * self.corr_out
    }

    /// The correlation MLP's output alone: `[L, N, S, corr_out]`.
    pub(super) fn correlate(&self, window: Window) -> Vec<f32> {
        let (s, num_tracks) = (self.num_frames, window.state.num_tracks);
        let mut out = vec![0.0; self.num_levels * num_tracks * s * self.corr_out];
        for (level, out) in out.chunks_exact_mut((num_tracks * s * self.corr_out).max(1)).enumerate() {
            out.par_chunks_mut(s * self.corr_out).enumerate().for_each(|(track, out)| {
                self.scratch.with(|scratch| {
                    self.correlate_tracks(window, level, track..track + 1, out, self.corr_out, scratch);
                });
            });
        }
        out
    }

    /// Correlation and MLP of some tracks at one level; row (track, frame) goes to `out[row · stride ..]`.
    fn correlate_tracks(
        &self,
        window: Window,
        level: usize,
        tracks: std::ops::Range<usize>,
        out: &mut [f32],
        stride: usize,
        scratch: &mut Scratch,
    ) {
        let count = window.frames.len();
        let (first, num_rows) = (self.num_frames - count, tracks.len() * count);
        let cells = (2 * self.radius + 1).pow(2);
        let (support, downscale) = (window.support.level(level), (1u32 << level) as f32);
        let channels = window.frames[0].levels[level].channels;
        let volume = scratch.volume.sized(num_rows * cells * cells);
        let patch = scratch.patch.sized(cells * channels);
        for (track, volume) in tracks.zip(volume.chunks_exact_mut(count * cells * cells)) {
            let own = &support[track * cells * channels..(track + 1) * cells * channels];
            scratch.support.repack(own, [channels, cells], [1, channels]);
            for (frame, scores) in volume.chunks_exact_mut(cells * cells).enumerate() {
                let [x, y] = window.state.coords[(first + frame) * window.state.num_tracks + track];
                let map = window.frames[frame].levels[level].view();
                // The reference interpolates the scores of (R + 1)² whole positions; a score is linear in the patch,
                // so interpolating the patch is the same and leaves a fifth less to multiply.
                sample_patch(self.isa, &map, [x / downscale, y / downscale], self.radius, patch);
                multiply(self.isa, &Pixels::rows(patch, cells, channels), &scratch.support, Start::Bias, scores, cells);
            }
        }
        let hidden_width = self.fc1.outputs();
        let hidden = scratch.hidden.sized(num_rows * hidden_width);
        let rows = Pixels::rows(volume, num_rows, cells * cells);
        multiply(self.isa, &rows, &self.fc1, Start::Bias, hidden, hidden_width);
        gelu_erf(self.isa, hidden);
        multiply(self.isa, &Pixels::rows(hidden, num_rows, hidden_width), &self.fc2, Start::Bias, out, stride);
    }

    /// What the tokens of whole tracks from `first_track` on hold besides the correlation features, then the tokens.
    fn finish_tokens(&self, state: &WindowState, first_track: usize, rows: &mut [f32], tokens: &mut [f32]) {
        for (i, row) in rows.chunks_exact_mut(self.input_dim).enumerate() {
            self.finish_input(state, first_track + i / self.num_frames, i % self.num_frames, row);
        }
        let hidden = self.input_transform.outputs();
        let pixels = Pixels::rows(rows, tokens.len() / hidden, self.input_dim);
        multiply(self.isa, &pixels, &self.input_transform, Start::Bias, tokens, hidden);
    }

    /// Visibility, confidence, motion and the time embedding around the correlation features of one row.
    fn finish_input(&self, state: &WindowState, track: usize, frame: usize, row: &mut [f32]) {
        let at = |frame: usize| frame * state.num_tracks + track;
        (row[0], row[1]) = (state.visibility[at(frame)], state.confidence[at(frame)]);
        let step = |from: usize, to: usize, axis: usize| {
            (state.coords[at(to)][axis] - state.coords[at(from)][axis]) / self.motion_scale[axis]
        };
        let mut motion = [0.0; 4];
        for axis in 0..2 {
            if frame + 1 < self.num_frames {
                motion[axis] = -step(frame, frame + 1, axis);
            }
            if frame > 0 {
                motion[2 + axis] = step(frame - 1, frame, axis);
            }
        }
        encode_octaves(&motion, &mut row[2 + self.num_levels * self.corr_out..]);
        let time = &self.time_embedding[frame * self.input_dim..(frame + 1) * self.input_dim];
        for (value, time) in row.iter_mut().zip(time) {
            *value += time;
        }
    }
}
