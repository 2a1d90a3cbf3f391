//! Where in a picture a query patch may be: its match with every place of the finest feature map.

use super::features::{NativeFeatures, NativePatches};
use crate::kernels::cpu::{Buffer, Isa, Packed, Pixels, ScratchPool, Start, multiply, sample_patch};
use crate::model::Match;
use rayon::prelude::*;

/// Points whose fits a task looks at.
const POINTS_PER_TASK: usize = 16;

/// The best place for each track's patch. Features are of unit length, so that scores are from −1 to 1.
pub(super) fn search(isa: Isa, features: &NativeFeatures, patches: &NativePatches, radius: usize) -> Vec<Match> {
    let map = &features.levels[0];
    let (height, width, channels) = (map.height, map.width, map.channels);
    let side = 2 * radius + 1;
    let cells = side * side;
    let search_one = |patch: &[f32]| {
        let norm = patch.iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-6);
        let mut packed = Packed::default();
        packed.repack(patch, [channels, cells], [1, channels]);
        let mut products = Buffer::zeroed(height * width * cells);
        multiply(isa, &Pixels::rows(&map.data, height * width, channels), &packed, Start::Bias, &mut products, cells);
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
    patches.level(0).par_chunks(cells * channels).map(search_one).collect()
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
    let len = (2 * radius + 1).pow(2) * map.channels;
    let scratch = ScratchPool::<Buffer>::default();
    let fit = |(patch, point): (&[f32], &[f32; 2])| {
        scratch.with(|there| {
            let there = there.sized(len);
            sample_patch(isa, &map.view(), *point, radius, there);
            cosine(patch, there)
        })
    };
    patches.level(0).par_chunks(len).zip(points).with_min_len(POINTS_PER_TASK).map(fit).collect()
}

/// 0 where either is nothing.
fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| {
        let mut sums = [0.0f32; 16];
        for (a, b) in a.as_chunks::<16>().0.iter().zip(b.as_chunks::<16>().0) {
            for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
                *sum += a * b;
            }
        }
        let rest: f32 = a.as_chunks::<16>().1.iter().zip(b.as_chunks::<16>().1).map(|(a, b)| a * b).sum();
        rest + sums.iter().sum::<f32>()
    };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(1e-6)
}
