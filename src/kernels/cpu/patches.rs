//! Patches of a feature map around a point.

use super::bf16::{numbers, pair};
use super::isa::{Isa, fma, multiversion};

/// A map of `[height, width, channels]`, without a border.
#[derive(Clone, Copy, Debug)]
pub struct MapView<'a> {
    /// Rows.
    pub height: usize,
    /// Pixels in a row.
    pub width: usize,
    /// Floats, or pairs of bf16 numbers, in a pixel.
    pub channels: usize,
    /// Everything, row by row.
    pub data: &'a [f32],
    /// Each float holds a pair of bf16 numbers; those of the patch do so, too.
    pub is_bf16: bool,
}

/// Samples the patch of (2 · radius + 1)² cells, one map pixel apart, around `point` (x, y), bilinearly. Cells stand in
/// x-major order, as checkpoints expect. Reads past the border return the nearest border pixel; a point farther out, or
/// one that is not a number, reads the border alone.
///
/// # Panics
/// If the map is empty or shorter than its shape, or `out` is not cells · channels long.
pub fn sample_patch(isa: Isa, map: &MapView, point: [f32; 2], radius: usize, out: &mut [f32]) {
    let cells = 2 * radius + 1;
    assert_eq!(map.data.len(), map.height * map.width * map.channels, "a whole map");
    assert!(!map.data.is_empty() && out.len() == cells * cells * map.channels, "a patch of {cells} x {cells} cells");
    let ((x, x_weight), (y, y_weight)) = (place(point[0], map.width, radius), place(point[1], map.height, radius));
    let sample = if map.is_bf16 { sample_pairs } else { sample_floats };
    sample(isa, map, [x, y], [x_weight, y_weight], cells, out);
}

/// The first cell along an axis of a map of `size` that a patch reads, and where between it and the next one it begins.
fn place(value: f32, size: usize, radius: usize) -> (isize, f32) {
    let reach = (2 * radius + 2) as f32;
    let inside = value.clamp(-reach, size as f32 + reach);
    let floor = inside.floor();
    (floor as isize - radius as isize, inside - floor)
}

/// Asks for what [`sample_patch`] will read to be brought near the core meanwhile, where the processor can do that.
///
/// # Panics
/// As [`sample_patch`].
pub fn prefetch_patch(map: &MapView, point: [f32; 2], radius: usize) {
    let range = |value: f32, size: usize| {
        let first = place(value, size, radius).0;
        [first, first + 2 * radius as isize + 1].map(|at| at.clamp(0, size as isize - 1) as usize)
    };
    let ([left, right], [top, bottom]) = (range(point[0], map.width), range(point[1], map.height));
    for y in top..=bottom {
        let row = &map.data[(y * map.width + left) * map.channels..(y * map.width + right + 1) * map.channels];
        row.chunks(16).for_each(prefetch);
    }
}

#[cfg_attr(target_arch = "x86_64", expect(unsafe_code, reason = "the intrinsic takes any address"))]
#[cfg_attr(not(target_arch = "x86_64"), expect(unused_variables, reason = "there is no stable way to ask"))]
fn prefetch(line: &[f32]) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: prefetching is part of every x86-64 and reads nothing; the address is that of a slice.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T1>(line.as_ptr().cast());
    }
}

multiversion! {
    fn sample_floats(map: &MapView, first: [isize; 2], weights: [f32; 2], cells: usize, out: &mut [f32]) => sample_floats_body
}

multiversion! {
    fn sample_pairs(map: &MapView, first: [isize; 2], weights: [f32; 2], cells: usize, out: &mut [f32]) => sample_pairs_body
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn sample_floats_body<const FMA: bool>(
    map: &MapView,
    first: [isize; 2],
    weights: [f32; 2],
    cells: usize,
    out: &mut [f32],
) {
    sample_body(map, first, cells, out, |corners| mix::<FMA>(corners, weights));
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn sample_pairs_body<const FMA: bool>(
    map: &MapView,
    first: [isize; 2],
    weights: [f32; 2],
    cells: usize,
    out: &mut [f32],
) {
    sample_body(map, first, cells, out, |corners| {
        let [a, b, c, d] = corners.map(numbers);
        pair(mix::<FMA>([a[0], b[0], c[0], d[0]], weights), mix::<FMA>([a[1], b[1], c[1], d[1]], weights))
    });
}

/// Between two neighbours above and two below.
#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn mix<const FMA: bool>([a, b, c, d]: [f32; 4], [x_weight, y_weight]: [f32; 2]) -> f32 {
    let upper = fma::<FMA>(b - a, x_weight, a);
    let lower = fma::<FMA>(d - c, x_weight, c);
    fma::<FMA>(lower - upper, y_weight, upper)
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn sample_body(
    map: &MapView,
    [first_x, first_y]: [isize; 2],
    cells: usize,
    out: &mut [f32],
    mix: impl Fn([f32; 4]) -> f32,
) {
    let channels = map.channels;
    let pixel = |x: isize, y: isize| {
        let (x, y) = (x.clamp(0, map.width as isize - 1) as usize, y.clamp(0, map.height as isize - 1) as usize);
        let at = (y * map.width + x) * channels;
        &map.data[at..at + channels]
    };
    // Row by row as the map stands in memory: most of the time goes into waiting for it.
    for j in 0..cells {
        for i in 0..cells {
            let (x, y) = (first_x + i as isize, first_y + j as isize);
            let cell = &mut out[(i * cells + j) * channels..][..channels];
            let top = pixel(x, y).iter().zip(pixel(x + 1, y));
            let bottom = pixel(x, y + 1).iter().zip(pixel(x + 1, y + 1));
            for (out, ((&a, &b), (&c, &d))) in cell.iter_mut().zip(top.zip(bottom)) {
                *out = mix([a, b, c, d]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::cpu::product::tests::{largest_error, noise};

    fn reference(map: &MapView, point: [f32; 2], radius: isize) -> Vec<f64> {
        let at = |x: f64, y: f64, c: usize| {
            let (x, y) =
                (x.clamp(0.0, (map.width - 1) as f64) as usize, y.clamp(0.0, (map.height - 1) as f64) as usize);
            f64::from(map.data[(y * map.width + x) * map.channels + c])
        };
        let mut out = Vec::new();
        for (dx, dy) in (-radius..=radius).flat_map(|dx| (-radius..=radius).map(move |dy| (dx, dy))) {
            let (x, y) = (f64::from(point[0]) + dx as f64, f64::from(point[1]) + dy as f64);
            let (x0, y0) = (x.floor(), y.floor());
            for c in 0..map.channels {
                let top = at(x0, y0, c) * (1.0 - (x - x0)) + at(x0 + 1.0, y0, c) * (x - x0);
                let bottom = at(x0, y0 + 1.0, c) * (1.0 - (x - x0)) + at(x0 + 1.0, y0 + 1.0, c) * (x - x0);
                out.push(top * (1.0 - (y - y0)) + bottom * (y - y0));
            }
        }
        out
    }

    #[test]
    fn patches_match_plain_loops_inside_and_past_every_border() {
        let data = noise(9 * 11 * 20, 1);
        let map = MapView { height: 9, width: 11, channels: 20, data: &data, is_bf16: false };
        for isa in Isa::available() {
            for point in
                [[5.25, 4.5], [0.0, 0.0], [10.0, 8.0], [-3.7, 4.1], [13.9, 2.0], [5.5, -6.25], [4.0, 12.5], [1e6, -1e6]]
            {
                let mut out = vec![f32::NAN; 49 * 20];
                sample_patch(isa, &map, point, 3, &mut out);
                let mut expected = reference(&map, point, 3);
                assert!(largest_error(&out, &expected) < 2e-6, "{} {point:?}", isa.name());
                expected[7] += 0.01;
                assert!(largest_error(&out, &expected) > 5e-3, "one wrong value goes unnoticed");
            }
        }
    }

    #[test]
    fn patches_of_pairs_are_those_of_their_numbers_rounded() {
        let words: Vec<f32> = noise(2 * 9 * 11 * 20, 1).chunks(2).map(|two| pair(two[0], two[1])).collect();
        let data: Vec<f32> = words.iter().flat_map(|word| numbers(*word)).collect();
        let map = MapView { height: 9, width: 11, channels: 20, data: &words, is_bf16: true };
        let floats = MapView { channels: 40, data: &data, is_bf16: false, ..map };
        for (isa, point) in Isa::available().into_iter().zip([[5.25, 4.5], [-3.7, 4.1], [5.5, -6.25], [1e6, -1e6]]) {
            let (mut out, mut exact) = (vec![f32::NAN; 49 * 20], vec![f32::NAN; 49 * 40]);
            sample_patch(isa, &map, point, 3, &mut out);
            sample_patch(isa, &floats, point, 3, &mut exact);
            let expected: Vec<f32> = exact.chunks(2).map(|two| pair(two[0], two[1])).collect();
            assert!(out.iter().zip(&expected).all(|(a, b)| a.to_bits() == b.to_bits()), "{}", isa.name());
        }
    }

    #[test]
    fn a_point_that_is_not_a_number_does_not_read_outside() {
        let map = MapView { height: 1, width: 1, channels: 2, data: &[1.0, 2.0], is_bf16: false };
        for point in [[f32::NAN, 0.0], [f32::INFINITY, f32::NEG_INFINITY]] {
            sample_patch(Isa::best(), &map, point, 3, &mut [0.0; 98]);
        }
    }
}
