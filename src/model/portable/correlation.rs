//! Correlation features: each track's patch against its query patch on every level, through one MLP.

use super::layers::{Mlp, Weights, cat};
use crate::kernels::ops;
use burn::tensor::Tensor;

// The volume of one chunk: 2048 × 2401 values are 20 MB, well inside one binding of any GPU.
const ROWS_PER_CHUNK: usize = 2048;

/// The correlation MLP.
#[derive(Debug)]
pub(super) struct Correlation {
    mlp: Mlp,
}

impl Correlation {
    pub(super) fn new(weights: &Weights) -> Self {
        Self { mlp: Mlp::new(weights, "corr_mlp", false) }
    }

    /// Volumes `[rows, 49 · 49]` → features `[rows, corr_out]`, all at once.
    pub(super) fn rows(&self, volumes: Tensor<2>) -> Tensor<2> {
        self.mlp.rows(volumes)
    }

    /// One level's features of every track: `[S, H, W, C]`, `[N, S, 2]` in level pixels, `[N, 49, C]` →
    /// `[N, S, corr_out]`.
    pub(super) fn forward(&self, fmap: &Tensor<4>, coords: &Tensor<3>, patches: &Tensor<3>) -> Tensor<3> {
        let [tracks, frames, _] = coords.dims();
        let most = (ROWS_PER_CHUNK / frames).max(1);
        let chunks = (0..tracks).step_by(most).map(|first| {
            let count = most.min(tracks - first);
            let coords = coords.clone().narrow(0, first, count);
            let patches = patches.clone().narrow(0, first, count);
            let volume = ops::correlation(fmap.clone(), coords, patches);
            let [n, s, cells, patch_cells] = volume.dims();
            self.mlp.rows(volume.reshape([n * s, cells * patch_cells]))
        });
        cat(chunks.collect(), 0).reshape([tracks as i64, frames as i64, -1])
    }
}
