//! The transformer over the newest frame of a live stream alone; of the frames before, keys and values are remembered.
//!
//! The first time block knows the tokens of every frame, so there each stands at its own place in the window. What the
//! later blocks made of a frame when it was the newest one is kept as it was: on rendered clips that costs nothing, and
//! is a tenth of the work.

use super::blocks::CrossBlock;
use super::features::{keep_rows, reserve_rows};
use super::update_former::{SpaceBlock, UpdateFormer};
use crate::kernels::cpu::{Buffer, Isa, Pixels, Start, multiply};
use rayon::prelude::*;

/// Tracks of a task: a dozen points keep two cores busy.
const TRACKS_PER_TASK: usize = 16;
/// x, y, visibility, confidence.
pub(super) const DELTAS: usize = 4;

/// Keys and values of the later time blocks, of the frames that were the newest one before.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct History {
    /// Per time block but the first `[N, S, 2 · hidden]`. The order of the frames does not matter: where a frame stands
    /// in time went into its token.
    tracks: Vec<Vec<f32>>,
    /// Whether a track has none yet.
    is_new: Vec<bool>,
    /// The virtual tracks', `[V, S, 2 · hidden]`; empty before the first frame.
    virtual_tracks: Vec<Vec<f32>>,
    /// The place of the newest frame.
    slot: usize,
    /// For how many tracks there is to be room when the first frame is looked at.
    room: usize,
}

/// Memory of a step, used again.
#[derive(Debug, Default)]
pub(super) struct NewestScratch {
    /// `[N + V, hidden]`
    x: Buffer,
    /// Of the first block: `[N, S, 2 · hidden]`.
    first: Buffer,
    /// What the points and the virtual tracks show each other.
    space: Buffer,
}

impl History {
    /// Of `num_tracks` tracks that begin, with room for `room`.
    pub(super) fn new(num_tracks: usize, room: usize) -> Self {
        Self { is_new: vec![true; num_tracks], room, ..Self::default() }
    }

    /// Another frame becomes the newest.
    pub(super) fn advance(&mut self, num_frames: usize) {
        self.slot = (self.slot + 1) % num_frames;
    }

    /// Adds other tracks, which begin, behind these.
    pub(super) fn append(&mut self, other: &Self) {
        let per_track: Vec<usize> = self.tracks.iter().map(|block| block.len() / self.is_new.len().max(1)).collect();
        self.is_new.extend(other.is_new.iter().map(|_| true));
        for (block, len) in self.tracks.iter_mut().zip(per_track) {
            block.resize(self.is_new.len() * len, 0.0);
        }
    }

    /// Makes room for more tracks.
    pub(super) fn reserve(&mut self, num_more: usize) {
        let num_tracks = self.is_new.len();
        self.tracks.iter_mut().for_each(|block| reserve_rows(block, num_tracks, num_more));
    }

    /// Forgets all but some tracks, in rising order.
    pub(super) fn keep(&mut self, tracks: &[usize]) {
        let num_tracks = self.is_new.len();
        self.tracks.iter_mut().for_each(|block| keep_rows(block, num_tracks, tracks));
        keep_rows(&mut self.is_new, num_tracks, tracks);
    }

    /// Makes room on the first frame; returns whether the virtual tracks begin.
    fn prepare(&mut self, num_blocks: usize, [num_tracks, num_virtual]: [usize; 2], len: usize) -> bool {
        self.tracks.resize_with(num_blocks, || Vec::with_capacity(self.room.max(num_tracks) * len));
        self.tracks.iter_mut().for_each(|block| block.resize(num_tracks * len, 0.0));
        let begins = self.virtual_tracks.is_empty();
        if begins {
            self.virtual_tracks = vec![vec![0.0; num_virtual * len]; num_blocks];
        }
        begins
    }
}

impl UpdateFormer {
    /// Runs the blocks over the newest frame of tracks whose tokens are `[N, S, hidden]` and returns `[N, 4]`: Δx, Δy,
    /// Δvisibility, Δconfidence. Tokens before `first_frame` are those of the call before, with the same `scratch`.
    pub(super) fn run_newest(
        &self,
        tokens: &[f32],
        first_frame: usize,
        history: &mut History,
        scratch: &mut NewestScratch,
    ) -> Vec<f32> {
        let (s, dim, isa) = (self.num_frames, self.dim, self.isa);
        let (num_tracks, num_virtual) = (tokens.len() / (s * dim), self.virtual_tracks.len() / dim);
        let begins = history.prepare(self.time_blocks.len() - 1, [num_tracks, num_virtual], 2 * s * dim);
        let x = scratch.x.sized((num_tracks + num_virtual) * dim);
        for (row, track) in x.chunks_exact_mut(dim).zip(tokens.chunks_exact(s * dim)) {
            row.copy_from_slice(&track[(s - 1) * dim..]);
        }
        x[num_tracks * dim..].copy_from_slice(&self.virtual_tracks);
        let first = scratch.first.sized(2 * num_tracks * s * dim);
        self.first_keys_values(tokens, first_frame, first);

        let (known, unknown) = (vec![false; num_tracks.max(num_virtual)], vec![true; num_virtual]);
        let new_virtual = if begins { &unknown[..] } else { &known[..num_virtual] };
        let mut space_blocks = self.space_blocks.iter();
        for (i, block) in self.time_blocks.iter().enumerate() {
            let (points, virtual_tracks) = x.split_at_mut(num_tracks * dim);
            let run = |x: &mut [f32], keys_values: &mut [f32], place: usize, is_new: &[bool]| {
                let rows = x.len() / dim;
                let len = keys_values.len() / rows;
                x.par_chunks_mut(TRACKS_PER_TASK * dim)
                    .zip(keys_values.par_chunks_mut(TRACKS_PER_TASK * len))
                    .zip(is_new[..rows].par_chunks(TRACKS_PER_TASK))
                    .for_each(|((x, keys_values), is_new)| {
                        self.scratch.with(|scratch| {
                            block.run_single(isa, x, keys_values, (place, is_new), scratch);
                        });
                    });
            };
            // The virtual tracks are past the first block already.
            match i.checked_sub(1) {
                None => run(points, first, s - 1, &known),
                Some(i) => {
                    run(points, &mut history.tracks[i], history.slot, &history.is_new);
                    run(virtual_tracks, &mut history.virtual_tracks[i], history.slot, new_virtual);
                }
            }
            if i % self.every == 0
                && let Some(block) = space_blocks.next()
            {
                self.run_space(block, points, virtual_tracks, &mut scratch.space);
            }
        }
        history.is_new.fill(false);
        let mut deltas = vec![0.0; num_tracks * DELTAS];
        let points = Pixels::rows(&x[..num_tracks * dim], num_tracks, dim);
        multiply(isa, &points, &self.heads, Start::Bias, &mut deltas, DELTAS);
        deltas
    }

    /// One frame's points and virtual tracks learn from each other. In parallel over both: on one frame they are few.
    fn run_space(&self, block: &SpaceBlock, points: &mut [f32], virtual_tracks: &mut [f32], projected: &mut Buffer) {
        let (dim, isa) = (self.dim, self.isa);
        let len = TRACKS_PER_TASK * dim;
        let keys_values = |block: &CrossBlock, context: &[f32], out: &mut [f32]| {
            context.par_chunks(len).zip(out.par_chunks_mut(2 * len)).for_each(|(context, out)| {
                self.scratch.with(|scratch| block.keys_values(isa, context, out, scratch));
            });
        };
        let of_points = projected.sized(2 * points.len());
        keys_values(&block.virtual_from_points, points, of_points);
        virtual_tracks.par_chunks_mut(len).for_each(|x| {
            self.scratch.with(|scratch| block.virtual_from_points.attend(isa, x, of_points, scratch));
        });
        let qkv = projected.sized(3 * virtual_tracks.len());
        virtual_tracks.par_chunks(len).zip(qkv.par_chunks_mut(3 * len)).for_each(|(x, qkv)| {
            self.scratch.with(|scratch| block.between_virtual.project(isa, x, qkv, scratch));
        });
        virtual_tracks.par_chunks_mut(len).enumerate().for_each(|(task, x)| {
            let first = task * TRACKS_PER_TASK;
            self.scratch.with(|scratch| block.between_virtual.attend(isa, x, qkv, first, scratch));
        });
        let of_virtual = projected.sized(2 * virtual_tracks.len());
        keys_values(&block.points_from_virtual, virtual_tracks, of_virtual);
        points.par_chunks_mut(len).for_each(|points| {
            self.scratch.with(|scratch| block.points_from_virtual.attend(isa, points, of_virtual, scratch));
        });
    }

    /// Keys and values of the first time block for the tracks' tokens from `first_frame` on.
    fn first_keys_values(&self, tokens: &[f32], first_frame: usize, keys_values: &mut [f32]) {
        let (row, isa): (usize, Isa) = (self.num_frames * self.dim, self.isa);
        let (len, skipped) = (TRACKS_PER_TASK * row, first_frame * self.dim);
        let tasks = tokens.par_chunks(len).zip(keys_values.par_chunks_mut(2 * len));
        tasks.for_each(|(tokens, keys_values)| {
            self.scratch.with(|scratch| {
                // Side by side, whichever frames they are: products of many rows.
                let (mut x, mut out) = (std::mem::take(&mut scratch.queries), std::mem::take(&mut scratch.keys_values));
                let part = row - skipped;
                x.resize(tokens.len() / row * part);
                for (x, tokens) in x.chunks_exact_mut(part).zip(tokens.chunks_exact(row)) {
                    x.copy_from_slice(&tokens[skipped..]);
                }
                self.time_blocks[0].keys_values(isa, &x, out.sized(2 * x.len()), scratch);
                for (keys_values, out) in keys_values.chunks_exact_mut(2 * row).zip(out.chunks_exact(2 * part)) {
                    keys_values[2 * skipped..].copy_from_slice(out);
                }
                (scratch.queries, scratch.keys_values) = (x, out);
            });
        });
    }
}
