//! Where in a picture a query patch may be, on burn.

use super::{PortableFeatures, PortablePatches};
use crate::kernels::ops;
use crate::model::Match;
use burn::tensor::Tensor;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;

/// The best place for each track's patch, as the native form finds it; one read-back.
pub(super) fn search(features: &PortableFeatures, patches: &PortablePatches) -> Result<Vec<Match>, String> {
    let map = features.levels[0].clone();
    let patches = patches.levels[0].clone(); // [N, R·R, C], x-major
    let [n, cells, channels] = patches.dims();
    let side = cells.isqrt();
    let norms = (patches.clone() * patches.clone()).sum_dim(2).sum_dim(1).sqrt().clamp_min(1e-6); // [N, 1, 1]
    let patches = patches / (norms * side as f32);
    let [height, width, _] = map.dims();
    let scores = if ops::has_layers(&map) {
        ops::search(map, patches)
    } else {
        let kernels = patches.reshape([n, side, side, channels]).permute([0, 3, 2, 1]); // [N, C, y, x]
        let map = map.permute([2, 0, 1]).unsqueeze::<4>(); // [1, C, H, W]
        conv2d(map, kernels, None, ConvOptions::new([1; 2], [side / 2; 2], [1; 2], 1)).squeeze_dim(0) // [N, H, W]
    };
    let data = scores.try_into_data().map_err(|e| e.to_string())?;
    let scores: Vec<f32> = data.try_to_vec().map_err(|e| e.to_string())?;
    Ok(scores.chunks_exact(height * width).map(|scores| Match::best(scores, width, 1.0)).collect())
}

/// How well each track's patch fits the place `[N, 1, 2]` of its own, as the native form finds it: `[N, 1, 1]`.
pub(super) fn fits(features: &PortableFeatures, patches: &PortablePatches, places: Tensor<3>) -> Tensor<3> {
    let patches = patches.levels[0].clone(); // [N, R·R, C]
    let n = patches.dims()[0];
    let there = ops::patches(features.levels[0].clone(), places.reshape([n, 2]));
    let dot = |a: &Tensor<3>, b: &Tensor<3>| (a.clone() * b.clone()).sum_dim(2).sum_dim(1);
    dot(&patches, &there) / (dot(&patches, &patches) * dot(&there, &there)).sqrt().clamp_min(1e-6)
}
