//! Where in a picture a query patch may be: its match with every place of the finest feature map.

use super::features::{NativeFeatures, NativePatches};
use crate::kernels::cpu::{Buffer, Isa, Packed, Pixels, ScratchPool, Start, dot, multiply, sample_patch};
use crate::model::Match;
use rayon::prelude::*;

/// Points whose fits a task looks at.
const POINTS_PER_TASK: usize = 16;

/// The best place for each track's patch. Features are of unit length, so that scores are from −1 to 1.
pub(super) fn search(isa: Isa, features: &NativeFeatures, patches: &NativePatches, radius: usize) -> Vec<Match> {
    let map = &features.levels[0];
    let (height, width, words) = (map.height, map.width, map.words());
    let side = 2 * radius + 1;
    let cells = side * side;
    let search_one = |patch: &[f32]| {
        let norm = dot(isa, patch, patch, map.is_bf16).sqrt().max(1e-6);
        let mut packed = Packed::default();
        packed.repack_rows(isa, patch, [map.channels, cells], map.is_bf16);
        let mut products = Buffer::zeroed(height * width * cells);
        let pixels = Pixels { is_bf16: map.is_bf16, ..Pixels::rows(&map.data, height * width, words) };
        multiply(isa, &pixels, &packed, Start::Bias, &mut products, cells);
        // A place adds up what each cell of the patch finds at its own distance; cells beyond the border find nothing.
        let mut scores = vec![0.0; height * width];
        for (cell, (dx, dy)) in (0..side).flat_map(|dx| (0..side).map(move |dy| (dx, dy))).enumerate() {
            for y in radius.saturating_sub(dy)..height.min((height + radius).saturating_sub(dy)) {
                let from = y + dy - radius;
                for x in radius.saturating_sub(dx)..width.min((width + radius).saturating_sub(dx)) {
                    scores[y * width + x] += products[(from * width + x + dx - radius) * cells + cell];
                }
            }
        }
        Match::best(&scores, width, 1.0 / (norm * side as f32))
    };
    patches.level(0).par_chunks(cells * words).map(search_one).collect()
}

/// How well each track's patch fits a place of its own, (x, y) in level-0 feature pixels: the cosine between the patch
/// and what is there.
pub(super) fn fits(
    isa: Isa,
    features: &NativeFeatures,
    patches: &NativePatches,
    radius: usize,
    points: &[[f32; 2]],
) -> Vec<f32> {
    let map = &features.levels[0];
    let len = (2 * radius + 1).pow(2) * map.words();
    let scratch = ScratchPool::<Buffer>::default();
    let fit = |(patch, point): (&[f32], &[f32; 2])| {
        scratch.with(|there| {
            let there = there.sized(len);
            sample_patch(isa, &map.view(), *point, radius, there);
            let of = |a: &[f32], b: &[f32]| dot(isa, a, b, map.is_bf16);
            of(patch, there) / (of(patch, patch) * of(there, there)).sqrt().max(1e-6)
        })
    };
    patches.level(0).par_chunks(len).zip(points).with_min_len(POINTS_PER_TASK).map(fit).collect()
}
