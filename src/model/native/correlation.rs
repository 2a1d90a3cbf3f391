//! From where the tracks are to one token per track and frame: 4D correlation, its MLP, motion and time.

use super::features::{NativeEmbeddings, NativeFeatures, NativePatches};
use super::parameters::{NativeError, Parameters};
use crate::kernels::cpu::{
    Buffer, Isa, Packed, Pixels, ScratchPool, Start, encode_octaves, gelu_erf, multiply, prefetch_patch, round_row,
    sample_patch,
};
use crate::model::time_embedding::TimeEmbedding;
use crate::model::{ModelConfig, WindowState};
use rayon::prelude::*;
use std::ops::Range;

/// Tracks that a task correlates together: their levels go through the MLP side by side, as many rows as pay for
/// reading its weights once. In a window, where each track has all its frames, one is enough.
const TRACKS_PER_LIVE_TASK: usize = 6;
/// Words that rows of correlations are apart: whole cache lines. 2401 floats apart, products of many rows ran a fifth
/// slower.
const ROW_ALIGNMENT: usize = 16;

/// Everything before the transformer.
#[derive(Debug)]
pub(super) struct TokenBuilder {
    isa: Isa,
    radius: usize,
    num_levels: usize,
    corr_out: usize,
    fc1: Packed,
    fc2: Packed,
    /// What the correlation features, all levels, add to a token.
    from_correlation: Packed,
    /// What visibility, confidence and motion add to it.
    from_state: Packed,
    /// What the time embedding and the bias add to it.
    from_time: TimeEmbedding,
    /// What a step between two frames is divided by: the width and height of the config's own feature map.
    motion_scale: [f32; 2],
    scratch: ScratchPool<Scratch>,
}

#[derive(Debug, Default)]
struct Scratch {
    patches: Packed,
    patch: Buffer,
    scores: Buffer,
    /// Rows of correlations: of floats, or of pairs of bf16 numbers.
    volume: Buffer,
    hidden: Buffer,
    features: Buffer,
    embedded: Buffer,
    inputs: Buffer,
    added: Buffer,
}

/// The frames, patches and tracks of one window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window<'a> {
    /// Of all its frames, or of the last ones, where the others are correlated already.
    pub(super) frames: &'a [&'a NativeFeatures],
    pub(super) patches: &'a NativePatches,
    pub(super) state: &'a WindowState,
}

/// Visibility and confidence, before the motion.
const LOGITS: usize = 2;

impl TokenBuilder {
    pub(super) fn new(isa: Isa, config: &ModelConfig, parameters: &Parameters) -> Result<Self, NativeError> {
        let mlp = parameters.part("corr_mlp");
        let (volume, input_dim, hidden) = (config.patch_width().pow(4), config.input_dim(), config.hidden_size);
        let transform = parameters.part("updateformer.input_transform");
        let weight = transform.tensor("weight", &[hidden, input_dim])?;
        let features = LOGITS..LOGITS + config.corr_levels * config.corr_out;
        let part = |is_taken: &dyn Fn(usize) -> bool| {
            let rows = weight.chunks_exact(input_dim);
            let taken = rows.flat_map(|row| row.iter().enumerate().filter(|(i, _)| is_taken(*i)).map(|(_, w)| *w));
            let count = (0..input_dim).filter(|i| is_taken(*i)).count();
            Packed::linear(&taken.collect::<Vec<f32>>(), hidden, count, &[])
        };
        let time = parameters.tensor("time_emb", &[1, config.window_len, input_dim])?;
        let whole = Packed::linear(weight, hidden, input_dim, transform.tensor("bias", &[hidden])?);
        let mut from_time = vec![0.0; config.window_len * hidden];
        let rows = Pixels::rows(time, config.window_len, input_dim);
        multiply(isa, &rows, &whole, Start::Bias, &mut from_time, hidden);
        let (height, width) = config.model_resolution;
        Ok(Self {
            isa,
            radius: config.corr_radius,
            num_levels: config.corr_levels,
            corr_out: config.corr_out,
            fc1: mlp.part("fc1").linear(volume, config.corr_hidden)?,
            fc2: mlp.part("fc2").linear(config.corr_hidden, config.corr_out)?,
            from_correlation: part(&|i| features.contains(&i)).in_bf16(isa),
            from_state: part(&|i| !features.contains(&i)),
            from_time: TimeEmbedding::new(from_time, hidden),
            motion_scale: [width, height].map(|extent| extent as f32 / config.stride as f32),
            scratch: ScratchPool::default(),
        })
    }

    /// Writes one token per track and frame: `tokens[N, S, hidden]`.
    pub(super) fn build(&self, window: Window, tokens: &mut [f32]) {
        let row = window.state.num_frames * self.hidden();
        let time = self.from_time.stretched(window.state.num_frames);
        tokens.par_chunks_mut(row).enumerate().for_each(|(track, tokens)| {
            self.scratch.with(|scratch| {
                let mut embedded = std::mem::take(&mut scratch.embedded);
                self.embed_tracks(window, track..track + 1, embedded.sized(row), scratch);
                self.finish_tokens(window.state, (track, 0), (&embedded, &time), tokens, scratch);
                scratch.embedded = embedded;
            });
        });
    }

    /// [`TokenBuilder::build`] from correlations that are known, for the frames from `first_frame` on; the tokens
    /// before stay as they are.
    pub(super) fn build_from(
        &self,
        state: &WindowState,
        embeddings: &NativeEmbeddings,
        first_frame: usize,
        tokens: &mut [f32],
    ) {
        let len = TRACKS_PER_LIVE_TASK * state.num_frames * self.hidden();
        let time = &self.from_time.stretched(state.num_frames);
        tokens.par_chunks_mut(len).zip(embeddings.data().par_chunks(len)).enumerate().for_each(
            |(task, (tokens, known))| {
                self.scratch.with(|scratch| {
                    let first = (task * TRACKS_PER_LIVE_TASK, first_frame);
                    self.finish_tokens(state, first, (known, time), tokens, scratch);
                });
            },
        );
    }

    /// Correlates the frames given anew; those before keep what they have.
    pub(super) fn embed(&self, window: Window, embeddings: &mut NativeEmbeddings) {
        let (width, count) = (self.hidden(), window.frames.len());
        let (row, new) = (window.state.num_frames * width, count * width);
        embeddings.data_mut().par_chunks_mut(TRACKS_PER_LIVE_TASK * row).enumerate().for_each(|(task, out)| {
            let (first, tracks) = (task * TRACKS_PER_LIVE_TASK, out.len() / row);
            self.scratch.with(|scratch| {
                let mut rows = std::mem::take(&mut scratch.embedded);
                self.embed_tracks(window, first..first + tracks, rows.sized(tracks * new), scratch);
                for (track, rows) in out.chunks_exact_mut(row).zip(rows.chunks_exact(new)) {
                    track[row - new..].copy_from_slice(rows);
                }
                scratch.embedded = rows;
            });
        });
    }

    /// Floats of a token, and of what the correlation of one track and frame adds to it.
    pub(super) fn hidden(&self) -> usize {
        self.from_correlation.outputs()
    }

    /// The correlation MLP's output alone: `[L, N, S, corr_out]`.
    pub(super) fn correlate(&self, window: Window) -> Vec<f32> {
        let (s, num_tracks) = (window.state.num_frames, window.state.num_tracks);
        let mut scratch = Scratch::default();
        self.correlate_tracks(window, 0..num_tracks, &mut scratch);
        let features = &scratch.features;
        let rows = (0..self.num_levels).flat_map(|level| (0..num_tracks * s).map(move |row| (level, row)));
        rows.flat_map(|(level, row)| {
            let at = (row * self.num_levels + level) * self.corr_out;
            features[at..at + self.corr_out].to_vec()
        })
        .collect()
    }

    /// The correlations themselves, before the MLP: `[N, S, L, 49 · 49]`.
    pub(super) fn volumes(&self, window: Window) -> Vec<f32> {
        assert!(!self.fc1.is_bf16(), "volumes to learn from are in single precision");
        let width = (2 * self.radius + 1).pow(4);
        let per_track = window.frames.len() * self.num_levels * width;
        let mut volumes = vec![0.0; window.state.num_tracks * per_track];
        volumes.par_chunks_mut(per_track).enumerate().for_each(|(track, volumes)| {
            self.scratch.with(|scratch| {
                for level in 0..self.num_levels {
                    self.correlate_level(window, track, level, scratch, |frame, scores| {
                        volumes[(frame * self.num_levels + level) * width..][..width].copy_from_slice(scores);
                    });
                }
            });
        });
        volumes
    }

    /// What the correlations of some tracks add to their tokens: a row for each track and frame.
    fn embed_tracks(&self, window: Window, tracks: Range<usize>, out: &mut [f32], scratch: &mut Scratch) {
        let num_rows = tracks.len() * window.frames.len();
        self.correlate_tracks(window, tracks, scratch);
        let rows = Pixels::rows(&scratch.features, num_rows, self.num_levels * self.corr_out);
        multiply(self.isa, &rows, &self.from_correlation, Start::Bias, out, self.hidden());
    }

    /// Correlation and MLP of some tracks: `features[track, frame, level, corr_out]` of the scratch space.
    fn correlate_tracks(&self, window: Window, tracks: Range<usize>, scratch: &mut Scratch) {
        let count = window.frames.len();
        let num_rows = tracks.len() * count * self.num_levels;
        let cells = (2 * self.radius + 1).pow(2);
        let is_bf16 = self.fc1.is_bf16();
        let words = if is_bf16 { (cells * cells).div_ceil(2) } else { cells * cells };
        let row_len = words.next_multiple_of(ROW_ALIGNMENT);
        let mut volume = std::mem::take(&mut scratch.volume);
        volume.resize(num_rows * row_len);
        for (i, track) in tracks.enumerate() {
            for level in 0..self.num_levels {
                self.correlate_level(window, track, level, scratch, |frame, scores| {
                    let row = &mut volume[((i * count + frame) * self.num_levels + level) * row_len..][..words];
                    if is_bf16 {
                        round_row(self.isa, scores, row);
                    } else {
                        row.copy_from_slice(scores);
                    }
                });
            }
        }
        scratch.volume = volume;
        let Scratch { volume, hidden, features, .. } = scratch;
        let hidden_width = self.fc1.outputs();
        let hidden = hidden.sized(num_rows * hidden_width);
        let rows = Pixels { is_bf16, ..Pixels::rows(volume, num_rows, row_len) };
        multiply(self.isa, &rows, &self.fc1, Start::Bias, hidden, hidden_width);
        gelu_erf(self.isa, hidden);
        let (rows, out) = (Pixels::rows(hidden, num_rows, hidden_width), features.sized(num_rows * self.corr_out));
        multiply(self.isa, &rows, &self.fc2, Start::Bias, out, self.corr_out);
    }

    /// Calls `take(frame, correlations)` for the correlations of each of a track's frames at one level.
    fn correlate_level(
        &self,
        window: Window,
        track: usize,
        level: usize,
        scratch: &mut Scratch,
        mut take: impl FnMut(usize, &[f32]),
    ) {
        let cells = (2 * self.radius + 1).pow(2);
        let downscale = (1u32 << level) as f32;
        let map = &window.frames[0].levels[level];
        let (width, is_bf16) = (map.words(), map.is_bf16);
        let own = &window.patches.level(level)[track * cells * width..(track + 1) * cells * width];
        let patch = scratch.patch.sized(cells * width);
        scratch.patches.repack_rows(self.isa, own, [map.channels, cells], is_bf16);
        let first_frame = window.state.num_frames - window.frames.len();
        let point = |i: usize| {
            let [x, y] = window.state.coords[(first_frame + i) * window.state.num_tracks + track];
            [x / downscale, y / downscale]
        };
        for (i, frame) in window.frames.iter().enumerate() {
            let scores = scratch.scores.sized(cells * cells);
            // The reference interpolates the scores of (R + 1)² whole positions; a score is linear in the patch,
            // so interpolating the patch is the same and leaves a fifth less to multiply.
            sample_patch(self.isa, &frame.levels[level].view(), point(i), self.radius, patch);
            if let Some(next) = window.frames.get(i + 1) {
                prefetch_patch(&next.levels[level].view(), point(i + 1), self.radius);
            }
            let rows = Pixels { is_bf16, ..Pixels::rows(patch, cells, width) };
            multiply(self.isa, &rows, &scratch.patches, Start::Bias, scores, cells);
            take(i, scores);
        }
    }

    /// The tokens of whole tracks from `first_track` on, of their frames from `first_frame` on: what the correlations
    /// (`known`) and the time add, and visibility, confidence and motion.
    fn finish_tokens(
        &self,
        state: &WindowState,
        (first_track, first_frame): (usize, usize),
        (known, time): (&[f32], &[f32]),
        tokens: &mut [f32],
        scratch: &mut Scratch,
    ) {
        let (hidden, width) = (self.hidden(), self.from_state.run());
        let (row, num_new) = (state.num_frames * hidden, state.num_frames - first_frame);
        let num_rows = tokens.len() / row * num_new;
        let rows = scratch.inputs.sized(num_rows * width);
        for (i, row) in rows.chunks_exact_mut(width).enumerate() {
            self.describe(state, first_track + i / num_new, first_frame + i % num_new, row);
        }
        let added = scratch.added.sized(num_rows * hidden);
        multiply(self.isa, &Pixels::rows(rows, num_rows, width), &self.from_state, Start::Bias, added, hidden);
        let tracks = tokens.chunks_exact_mut(row).zip(known.chunks_exact(row));
        for ((tokens, known), added) in tracks.zip(added.chunks_exact(num_new * hidden)) {
            let skipped = first_frame * hidden;
            let parts = known[skipped..].iter().zip(&time[skipped..]).zip(added);
            for (token, ((known, time), added)) in tokens[skipped..].iter_mut().zip(parts) {
                *token = known + time + added;
            }
        }
    }

    /// Visibility, confidence and motion of one track on one frame.
    fn describe(&self, state: &WindowState, track: usize, frame: usize, row: &mut [f32]) {
        let at = |frame: usize| frame * state.num_tracks + track;
        (row[0], row[1]) = (state.visibility[at(frame)], state.confidence[at(frame)]);
        let step = |from: usize, to: usize, axis: usize| {
            (state.coords[at(to)][axis] - state.coords[at(from)][axis]) / self.motion_scale[axis]
        };
        let mut motion = [0.0; 4];
        for axis in 0..2 {
            if frame + 1 < state.num_frames {
                motion[axis] = -step(frame, frame + 1, axis);
            }
            if frame > 0 {
                motion[2 + axis] = step(frame - 1, frame, axis);
            }
        }
        encode_octaves(&motion, &mut row[LOGITS..]);
    }
}
