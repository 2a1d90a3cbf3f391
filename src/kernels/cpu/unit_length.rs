//! Features of unit length, and their pyramid.

use super::isa::{Isa, fma, multiversion};
use super::lanes::fold;
use rayon::prelude::*;

/// Below this the squared length counts as this much.
const MIN_SQUARE: f32 = 1e-12;

multiversion! {
    /// Divides every pixel of `channels` floats by its length.
    pub fn scale_to_unit_length(pixels: &mut [f32], channels: usize) => scale_body
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn scale_body<const FMA: bool>(pixels: &mut [f32], channels: usize) {
    for pixel in pixels.chunks_exact_mut(channels) {
        let factor = unit_factor::<FMA>(pixel);
        for x in pixel {
            *x *= factor;
        }
    }
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn unit_factor<const FMA: bool>(pixel: &[f32]) -> f32 {
    let square = fold(pixel, 0.0, |sum, x| fma::<FMA>(x, x, sum), |a, b| a + b);
    1.0 / square.max(MIN_SQUARE).sqrt()
}

multiversion! {
    /// Writes what each pixel of `channels` floats must be multiplied with to have length 1.
    pub fn unit_factors(pixels: &[f32], channels: usize, factors: &mut [f32]) => factors_body
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn factors_body<const FMA: bool>(pixels: &[f32], channels: usize, factors: &mut [f32]) {
    for (factor, pixel) in factors.iter_mut().zip(pixels.chunks_exact(channels)) {
        *factor = unit_factor::<FMA>(pixel);
    }
}

multiversion! {
    /// Adds pixels of `channels` floats, each times a factor of its own, to others.
    pub fn add_scaled(pixels: &[f32], factors: &[f32], channels: usize, out: &mut [f32]) => add_scaled_body
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn add_scaled_body<const FMA: bool>(pixels: &[f32], factors: &[f32], channels: usize, out: &mut [f32]) {
    let pixels = pixels.chunks_exact(channels).zip(factors);
    for (out, (pixel, &factor)) in out.chunks_exact_mut(channels).zip(pixels) {
        for (out, &x) in out.iter_mut().zip(pixel) {
            *out = fma::<FMA>(x, factor, *out);
        }
    }
}

/// Halves a map of `[height, width, channels]` by averaging 2 × 2 pixels; an odd last row or column is left out.
///
/// # Panics
/// If `map` is not that long.
#[must_use]
pub fn average_pool(isa: Isa, map: &[f32], [height, width, channels]: [usize; 3]) -> Vec<f32> {
    assert_eq!(map.len(), height * width * channels, "a map of {height}x{width}x{channels}");
    let (half_height, half_width, row) = (height / 2, width / 2, width * channels);
    let mut out = vec![0.0; half_height * half_width * channels];
    if !out.is_empty() {
        out.par_chunks_mut(half_width * channels).enumerate().for_each(|(y, out)| {
            let (top, bottom) = map[2 * y * row..(2 * y + 2) * row].split_at(row);
            average_row(isa, top, bottom, channels, out);
        });
    }
    out
}

multiversion! {
    fn average_row(top: &[f32], bottom: &[f32], channels: usize, out: &mut [f32]) => average_row_body
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn average_row_body<const FMA: bool>(top: &[f32], bottom: &[f32], channels: usize, out: &mut [f32]) {
    let pairs = top.chunks_exact(2 * channels).zip(bottom.chunks_exact(2 * channels));
    for (out, (top, bottom)) in out.chunks_exact_mut(channels).zip(pairs) {
        let ((a, b), (c, d)) = (top.split_at(channels), bottom.split_at(channels));
        for ((((out, &a), &b), &c), &d) in out.iter_mut().zip(a).zip(b).zip(c).zip(d) {
            *out = (a + b + c + d) * 0.25;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::cpu::product::tests::{largest_error, noise};

    #[test]
    fn lengths_become_one_and_zeros_stay() {
        for isa in Isa::available() {
            for channels in [1, 12, 32, 100] {
                let mut pixels = noise(5 * channels, 3);
                pixels[channels..2 * channels].fill(0.0);
                let mut expected: Vec<f64> = pixels.iter().map(|&x| f64::from(x)).collect();
                for pixel in expected.chunks_mut(channels) {
                    let length = pixel.iter().map(|x| x * x).sum::<f64>().max(1e-12).sqrt();
                    for x in pixel {
                        *x /= length;
                    }
                }
                scale_to_unit_length(isa, &mut pixels, channels);
                assert!(largest_error(&pixels, &expected) < 1e-6, "{} {channels}", isa.name());
                expected[0] += 0.01;
                assert!(largest_error(&pixels, &expected) > 5e-3, "one wrong value goes unnoticed");
            }
        }
    }

    #[test]
    fn pooling_averages_and_leaves_out_the_odd_border() {
        for isa in Isa::available() {
            for [h, w, c] in [[4, 6, 5], [5, 7, 16], [1, 4, 3], [2, 2, 1]] {
                let map = noise(h * w * c, 7);
                let mut expected = Vec::new();
                for (y, x, ch) in
                    (0..h / 2).flat_map(|y| (0..w / 2).flat_map(move |x| (0..c).map(move |ch| (y, x, ch))))
                {
                    let at = |dy: usize, dx: usize| f64::from(map[((2 * y + dy) * w + 2 * x + dx) * c + ch]);
                    expected.push((at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)) / 4.0);
                }
                let found = average_pool(isa, &map, [h, w, c]);
                assert!(largest_error(&found, &expected) < 1e-6, "{} {h} {w} {c}", isa.name());
            }
        }
    }
}
