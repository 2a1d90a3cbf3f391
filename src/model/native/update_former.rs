//! The transformer: attention along time for each track, and between tracks through the virtual ones.

use super::blocks::{BlockScratch, CrossBlock, SelfBlock};
use super::newest::DELTAS;
use super::parameters::{NativeError, Parameters, side_by_side};
use crate::kernels::cpu::{Buffer, Isa, Packed, Pixels, ScratchPool, Start, multiply};
use crate::model::ModelConfig;
use rayon::prelude::*;

/// Rows of a task along time: enough to pay for reading a block's weights, few enough to stay in the second-level
/// cache.
const ROWS_PER_TASK: usize = 128;

/// Tokens in, updates out.
#[derive(Debug)]
pub(super) struct UpdateFormer {
    pub(super) isa: Isa,
    pub(super) dim: usize,
    /// Of a live stream's window; others may have any number.
    pub(super) num_frames: usize,
    /// The virtual tracks behind the first time block, `[V, hidden]`: they enter alike on every frame, so it makes the
    /// same of them whatever it is shown.
    pub(super) virtual_tracks: Vec<f32>,
    pub(super) time_blocks: Vec<SelfBlock>,
    pub(super) space_blocks: Vec<SpaceBlock>,
    /// Time blocks per space block.
    pub(super) every: usize,
    pub(super) heads: Packed,
    pub(super) scratch: ScratchPool<BlockScratch>,
}

/// What tracks tell each other in one frame.
#[derive(Debug)]
pub(super) struct SpaceBlock {
    pub(super) virtual_from_points: CrossBlock,
    pub(super) between_virtual: SelfBlock,
    pub(super) points_from_virtual: CrossBlock,
}

/// The tokens, once track by track and once frame by frame; each stage reads one order and leaves the other.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    /// `[N + V, S, hidden]`
    by_track: Buffer,
    /// `[S, N + V, hidden]`
    by_frame: Buffer,
}

impl Tokens {
    /// Room for the tokens of `N` tracks on `S` frames, `[N, S, hidden]`, to be filled before [`UpdateFormer::run`].
    pub(super) fn of_tracks(&mut self, (num_tracks, s): (usize, usize), former: &UpdateFormer) -> &mut [f32] {
        let row = s * former.dim;
        let num_virtual = former.virtual_tracks.len() / former.dim;
        self.by_frame.resize((num_tracks + num_virtual) * row);
        &mut self.by_track.sized((num_tracks + num_virtual) * row)[..num_tracks * row]
    }
}

impl UpdateFormer {
    pub(super) fn new(isa: Isa, config: &ModelConfig, parameters: &Parameters) -> Result<Self, NativeError> {
        let dim = config.hidden_size;
        let parameters = parameters.part("updateformer");
        let numbered = |name: &str, i: usize| parameters.part(&format!("{name}.{i}"));
        let time_block = |i: usize| SelfBlock::new(config, &numbered("time_blocks", i));
        let space_block = |i: usize| -> Result<SpaceBlock, NativeError> {
            Ok(SpaceBlock {
                virtual_from_points: CrossBlock::new(config, &numbered("space_virtual2point_blocks", i))?,
                between_virtual: SelfBlock::new(config, &numbered("space_virtual_blocks", i))?,
                points_from_virtual: CrossBlock::new(config, &numbered("space_point2virtual_blocks", i))?,
            })
        };
        // "virual" is the published checkpoints' spelling.
        let virtual_tracks = parameters.tensor("virual_tracks", &[1, config.num_virtual_tracks, 1, dim])?;
        let time_blocks = (0..config.time_depth).map(time_block).collect::<Result<Vec<_>, _>>()?;
        let mut virtual_tracks = virtual_tracks.to_vec();
        time_blocks[0].run(isa, &mut virtual_tracks, 1, &mut BlockScratch::default());
        Ok(Self {
            isa,
            dim,
            num_frames: config.window_len,
            virtual_tracks,
            time_blocks,
            space_blocks: (0..config.space_depth).map(space_block).collect::<Result<_, _>>()?,
            every: config.time_depth / config.space_depth,
            heads: side_by_side(&[(parameters.part("flow_head"), 2), (parameters.part("vis_conf_head"), 2)], dim)?,
            scratch: ScratchPool::default(),
        })
    }

    /// Runs the blocks over the tokens that [`Tokens::of_tracks`] was filled with and calls
    /// `update(frame, track, [Δx, Δy, Δvisibility, Δconfidence])` for every token of the `N` tracks on `S` frames.
    pub(super) fn run(
        &self,
        (num_tracks, s): (usize, usize),
        tokens: &mut Tokens,
        mut update: impl FnMut(usize, usize, [f32; DELTAS]),
    ) {
        let dim = self.dim;
        let of_virtual = tokens.by_track[num_tracks * s * dim..].chunks_exact_mut(s * dim);
        for (rows, token) in of_virtual.zip(self.virtual_tracks.chunks_exact(dim)) {
            rows.chunks_exact_mut(dim).for_each(|row| row.copy_from_slice(token));
        }
        let mut space_blocks = self.space_blocks.iter();
        let mut newest_by_frame = false;
        for (i, block) in self.time_blocks.iter().enumerate() {
            let source = newest_by_frame.then_some(&*tokens.by_frame);
            let num_tokens = if i == 0 { num_tracks } else { tokens.by_track.len() / (s * dim) };
            self.along_time(block, s, source, &mut tokens.by_track[..num_tokens * s * dim]);
            newest_by_frame = false;
            if i % self.every == 0
                && let Some(block) = space_blocks.next()
            {
                self.between_tracks(block, (num_tracks, s), &tokens.by_track, &mut tokens.by_frame);
                newest_by_frame = true;
            }
        }
        let newest = if newest_by_frame { &tokens.by_frame } else { &tokens.by_track };
        let rows = newest.len() / dim;
        let num_tokens = rows / s;
        let mut deltas = vec![0.0; rows * DELTAS];
        multiply(self.isa, &Pixels::rows(newest, rows, dim), &self.heads, Start::Bias, &mut deltas, DELTAS);
        for (frame, track) in (0..s).flat_map(|frame| (0..num_tracks).map(move |track| (frame, track))) {
            let row = if newest_by_frame { frame * num_tokens + track } else { track * s + frame };
            let delta = &deltas[row * DELTAS..][..DELTAS];
            update(frame, track, [delta[0], delta[1], delta[2], delta[3]]);
        }
    }

    /// Attention between the frames of each track. Reads the tokens from `by_frame` where given.
    fn along_time(&self, block: &SelfBlock, s: usize, by_frame: Option<&[f32]>, by_track: &mut [f32]) {
        let dim = self.dim;
        let num_tokens = by_track.len() / (s * dim);
        let tracks_each = (ROWS_PER_TASK / s).max(1);
        by_track.par_chunks_mut(tracks_each * s * dim).enumerate().for_each(|(task, x)| {
            if let Some(by_frame) = by_frame {
                for (i, row) in x.chunks_exact_mut(dim).enumerate() {
                    let (track, frame) = (task * tracks_each + i / s, i % s);
                    row.copy_from_slice(&by_frame[(frame * num_tokens + track) * dim..][..dim]);
                }
            }
            self.scratch.with(|scratch| block.run(self.isa, x, s, scratch));
        });
    }

    /// Attention between the tracks of each frame.
    fn between_tracks(
        &self,
        block: &SpaceBlock,
        (num_tracks, s): (usize, usize),
        by_track: &[f32],
        by_frame: &mut [f32],
    ) {
        let (dim, isa) = (self.dim, self.isa);
        by_frame.par_chunks_mut(by_track.len() / s).enumerate().for_each(|(frame, x)| {
            for (track, row) in x.chunks_exact_mut(dim).enumerate() {
                row.copy_from_slice(&by_track[(track * s + frame) * dim..][..dim]);
            }
            let (points, virtual_tracks) = x.split_at_mut(num_tracks * dim);
            self.scratch.with(|scratch| {
                block.virtual_from_points.run(isa, virtual_tracks, points, scratch);
                block.between_virtual.run(isa, virtual_tracks, virtual_tracks.len() / dim, scratch);
                block.points_from_virtual.run(isa, points, virtual_tracks, scratch);
            });
        });
    }
}
