//! Instance norm over the pixels of a map, with the rectifier and the residual that follow it.

use super::isa::{Isa, fma, multiversion};
use super::map::Map;
use rayon::prelude::*;

/// `PyTorch`'s default.
const EPSILON: f64 = 1e-5;

/// Per channel, what turns a value into its normalised one: `value · scale + shift`.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    scale: Vec<f32>,
    shift: Vec<f32>,
}

/// Rows whose sums are taken together. Fixed, since the order of the sums depends on it.
const ROWS_PER_PART: usize = 8;

impl Moments {
    /// Of a map that is made row by row: `fill(y, row)` writes row `y` of `[height, width, channels]`.
    #[must_use]
    pub fn of_rows(isa: Isa, [height, width, channels]: [usize; 3], fill: impl Fn(usize, &mut [f32]) + Sync) -> Self {
        let part = |first: usize| {
            let (mut row, mut sums) = (vec![0.0; width * channels], vec![0.0; 2 * channels]);
            for y in first..height.min(first + ROWS_PER_PART) {
                fill(y, &mut row);
                sum_pixels(isa, &row, &mut sums);
            }
            sums
        };
        let firsts: Vec<usize> = (0..height).step_by(ROWS_PER_PART).collect();
        let parts: Vec<Vec<f64>> = firsts.into_par_iter().map(part).collect();
        Self::from_sums(&parts, height * width)
    }

    /// From the parts' sums `[Σ value per channel | Σ value² per channel]`, which are added in their order.
    pub(super) fn from_sums(parts: &[Vec<f64>], num_pixels: usize) -> Self {
        let channels = parts.first().map_or(0, |part| part.len() / 2);
        let total = |at: usize| parts.iter().map(|part| part[at]).sum::<f64>() / num_pixels as f64;
        let (mut scale, mut shift) = (Vec::with_capacity(channels), Vec::with_capacity(channels));
        for channel in 0..channels {
            let mean = total(channel);
            let variance = (total(channels + channel) - mean * mean).max(0.0);
            let factor = 1.0 / (variance + EPSILON).sqrt();
            scale.push(factor as f32);
            shift.push((-mean * factor) as f32);
        }
        Self { scale, shift }
    }
}

multiversion! {
    /// Adds each channel's sum and sum of squares over `pixels` to `sums` (channels = half its length).
    pub(super) fn sum_pixels(pixels: &[f32], sums: &mut [f64]) => sum_pixels_body
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn sum_pixels_body<const FMA: bool>(pixels: &[f32], sums: &mut [f64]) {
    let channels = sums.len() / 2;
    let mut part = vec![0f32; 2 * channels];
    // 64 pixels in f32, then f64: a plain f32 sum over a map would lose the variance of channels far from zero.
    for block in pixels.chunks(64 * channels) {
        part.fill(0.0);
        let (values, squares) = part.split_at_mut(channels);
        for pixel in block.chunks_exact(channels) {
            for ((value, square), &x) in values.iter_mut().zip(squares.iter_mut()).zip(pixel) {
                *value += x;
                *square = fma::<FMA>(x, x, *square);
            }
        }
        for (sum, &value) in sums.iter_mut().zip(&part) {
            *sum += f64::from(value);
        }
    }
}

/// Writes the normalised `raw` into `out`, with `border` zeros around; negative values become zero where `rectify`.
pub fn normalize(isa: Isa, raw: &Map, moments: &Moments, rectify: bool, out: &mut Map, border: usize) {
    out.reshape(raw.shape(), border);
    let floor = if rectify { 0.0 } else { f32::NEG_INFINITY };
    out.fill_rows(|y, row| apply(isa, raw.row(y), moments, floor, row));
}

/// `x ← relu(x + relu(normalised raw))`: the end of a residual block.
///
/// # Panics
/// If the shapes differ.
pub fn add_normalized(isa: Isa, raw: &Map, moments: &Moments, x: &mut Map) {
    assert_eq!(raw.shape(), x.shape(), "a residual of the same shape");
    x.for_each_row(|y, row| add(isa, raw.row(y), moments, row));
}

multiversion! {
    /// Normalises pixels: `out = max(raw · scale + shift, floor)`.
    pub fn apply(raw: &[f32], moments: &Moments, floor: f32, out: &mut [f32]) => apply_body
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn apply_body<const FMA: bool>(raw: &[f32], moments: &Moments, floor: f32, out: &mut [f32]) {
    let channels = moments.scale.len();
    for (out, raw) in out.chunks_exact_mut(channels).zip(raw.chunks_exact(channels)) {
        for (((out, &x), &scale), &shift) in out.iter_mut().zip(raw).zip(&moments.scale).zip(&moments.shift) {
            let y = fma::<FMA>(x, scale, shift);
            *out = if y > floor { y } else { floor };
        }
    }
}

multiversion! {
    fn add(raw: &[f32], moments: &Moments, x: &mut [f32]) => add_body
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn add_body<const FMA: bool>(raw: &[f32], moments: &Moments, x: &mut [f32]) {
    let channels = moments.scale.len();
    for (x, raw) in x.chunks_exact_mut(channels).zip(raw.chunks_exact(channels)) {
        for (((x, &raw), &scale), &shift) in x.iter_mut().zip(raw).zip(&moments.scale).zip(&moments.shift) {
            let y = fma::<FMA>(raw, scale, shift);
            let sum = *x + if y > 0.0 { y } else { 0.0 };
            *x = if sum > 0.0 { sum } else { 0.0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::cpu::product::tests::{largest_error, noise};

    fn reference(x: &[f32], channels: usize) -> Vec<f64> {
        let pixels = x.len() / channels;
        let mut out = vec![0.0; x.len()];
        for c in 0..channels {
            let values = || (0..pixels).map(|p| f64::from(x[p * channels + c]));
            let mean = values().sum::<f64>() / pixels as f64;
            let variance = values().map(|v| (v - mean) * (v - mean)).sum::<f64>() / pixels as f64;
            for (p, v) in values().enumerate() {
                out[p * channels + c] = (v - mean) / (variance + 1e-5).sqrt();
            }
        }
        out
    }

    #[test]
    fn it_matches_plain_loops_even_far_from_zero() {
        for isa in Isa::available() {
            for [h, w, c] in [[5, 7, 3], [12, 17, 20], [1, 1, 4], [3, 2, 33]] {
                let mut raw = Map::default();
                raw.reshape([h, w, c], 0);
                raw.data_mut().iter_mut().zip(noise(h * w * c, 8)).for_each(|(x, n)| *x = n + 5.0);
                let mut sums = vec![0.0; 2 * c];
                sum_pixels(isa, raw.data(), &mut sums);
                let moments = Moments::from_sums(&[sums], h * w);
                let by_rows = Moments::of_rows(isa, [h, w, c], |y, row| row.copy_from_slice(raw.row(y)));
                let pairs = by_rows.scale.iter().zip(&moments.scale);
                assert!(pairs.into_iter().all(|(a, b)| (a / b - 1.0).abs() < 1e-4), "row by row");
                // A single pixel has no variance but ε: its rounding is multiplied by 316.
                let tolerance = if h * w == 1 { 1e-3 } else { 1e-4 };
                let mut expected = reference(raw.data(), c);
                let mut out = Map::default();
                normalize(isa, &raw, &moments, false, &mut out, 0);
                assert!(largest_error(out.data(), &expected) < tolerance, "{} {h} {w} {c}", isa.name());

                let skip = noise(h * w * c, 9);
                out.data_mut().copy_from_slice(&skip);
                add_normalized(isa, &raw, &moments, &mut out);
                for (value, &skip) in expected.iter_mut().zip(&skip) {
                    *value = (value.max(0.0) + f64::from(skip)).max(0.0);
                }
                assert!(largest_error(out.data(), &expected) < tolerance, "{} {h} {w} {c} residual", isa.name());
                expected[0] += 0.01;
                assert!(largest_error(out.data(), &expected) > 5e-3, "one wrong value goes unnoticed");
            }
        }
    }

    #[test]
    fn the_rectified_map_has_a_border_of_zeros() {
        let mut raw = Map::default();
        raw.reshape([2, 3, 2], 0);
        raw.data_mut().copy_from_slice(&noise(12, 3));
        let mut sums = vec![0.0; 4];
        sum_pixels(Isa::best(), raw.data(), &mut sums);
        let mut out = Map::default();
        normalize(Isa::best(), &raw, &Moments::from_sums(&[sums], 6), true, &mut out, 1);
        assert!(out.data().iter().all(|&v| v >= 0.0) && out.data()[..out.row_stride()].iter().all(|&v| v == 0.0));
        assert!(out.row(0).iter().chain(out.row(1)).any(|&v| v > 0.0));
    }
}
