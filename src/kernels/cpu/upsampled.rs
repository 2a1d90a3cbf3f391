//! A 3×3 convolution over an upsampled map, without the upsampled map.
//!
//! A convolution is a sum over its nine taps of a channel mix and a shift. The mix commutes with bilinear upsampling,
//! so it runs at the low resolution; what is upsampled, shifted and added are its results. Exact apart from rounding:
//! the zero padding comes after the upsampling, so taps beyond the border of the large map are left out.

use super::buffer::Buffer;
use super::convolution::rows_per_task;
use super::isa::{Isa, fma, multiversion};
use super::map::Map;
use super::packed::Packed;
use super::product::{Pixels, Start, multiply};
use super::resize::{Tap, taps};
use rayon::prelude::*;

const KERNEL: usize = 3;

/// The channel mixes of the nine taps.
#[derive(Clone, Debug)]
pub struct UpsampledConvolution {
    mixes: Packed,
}

impl UpsampledConvolution {
    /// From weights `[outputs, channels, 3, 3]`. No bias: the sum that this is added to has one.
    ///
    /// # Panics
    /// If the lengths do not fit.
    #[must_use]
    pub fn new(weight: &[f32], outputs: usize, channels: usize) -> Self {
        let num_taps = KERNEL * KERNEL;
        assert_eq!(weight.len(), outputs * channels * num_taps, "weights [{outputs}, {channels}, 3, 3]");
        // [tap, outputs, channels]
        let mut by_tap = Vec::with_capacity(weight.len());
        for tap in 0..num_taps {
            by_tap.extend((0..outputs * channels).map(|i| weight[i * num_taps + tap]));
        }
        Self { mixes: Packed::linear(&by_tap, num_taps * outputs, channels, &[]) }
    }

    /// The same in bf16 where `isa` has that.
    #[must_use]
    pub fn in_bf16(self, isa: Isa) -> Self {
        Self { mixes: self.mixes.in_bf16(isa) }
    }

    /// Mixes the channels of `input` for every tap, in parallel: `mixed` becomes `[height, width, 9 · outputs]`.
    ///
    /// # Panics
    /// If `input` has other channels than the weights.
    pub fn mix(&self, isa: Isa, input: &Map, mixed: &mut Map) {
        let [height, width, channels] = input.shape();
        assert_eq!(channels, self.mixes.run(), "input channels");
        mixed.reshape([height, width, self.mixes.outputs()], 0);
        let rows_each = rows_per_task(height, width);
        let row_len = width * self.mixes.outputs();
        let corner = input.border() * (input.row_stride() + channels);
        mixed.data_mut().par_chunks_mut(rows_each * row_len).enumerate().for_each(|(task, out)| {
            let pixels = Pixels {
                data: &input.data()[corner + task * rows_each * input.row_stride()..],
                lines: out.len() / row_len,
                line_stride: input.row_stride(),
                pixels: width,
                pixel_stride: channels,
                row_stride: 0,
                is_bf16: false,
            };
            multiply(isa, &pixels, &self.mixes, Start::Bias, out, self.mixes.outputs());
        });
    }
}

/// How the mixes of one map spread over a larger one.
#[derive(Debug)]
pub struct Spread<'a> {
    mixed: &'a Map,
    rows: Vec<Tap>,
    columns: Vec<Tap>,
}

impl<'a> Spread<'a> {
    /// The mixes of [`UpsampledConvolution::mix`], to be spread over `height` × `width` pixels.
    #[must_use]
    pub fn new(mixed: &'a Map, height: usize, width: usize) -> Self {
        let [low_height, low_width, _] = mixed.shape();
        Self { mixed, rows: taps(low_height, height), columns: taps(low_width, width) }
    }

    /// Adds to row `y` of the large map what the convolution gives there. `scratch` is memory to use.
    ///
    /// # Panics
    /// If `out` is not a row of the large map.
    pub fn add_to_row(&self, isa: Isa, y: usize, out: &mut [f32], scratch: &mut Buffer) {
        let [_, low_width, mixes] = self.mixed.shape();
        let outputs = mixes / (KERNEL * KERNEL);
        assert_eq!(out.len(), self.columns.len() * outputs, "a row of the large map");
        let (lines, weights) = neighbours(&self.rows, y);
        let lines = lines.map(|line| self.mixed.row(line));
        let column_sums = scratch.sized(low_width * KERNEL * outputs);
        add_rows(isa, lines, weights, mixes, column_sums);
        add_columns(isa, column_sums, &self.columns, outputs, out);
    }
}

/// The two low-resolution positions, with weights, that each of the three taps around position `at` reads; those
/// outside have weight 0.
#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn neighbours(axis: &[Tap], at: usize) -> ([usize; 2 * KERNEL], [f32; 2 * KERNEL]) {
    let (mut positions, mut weights) = ([0; 2 * KERNEL], [0.0; 2 * KERNEL]);
    for tap in 0..KERNEL {
        // `at + tap − 1` without going below zero.
        if let Some(source) = (at + tap).checked_sub(1).and_then(|source| axis.get(source)) {
            (positions[2 * tap], positions[2 * tap + 1]) = (source.first, source.second);
            (weights[2 * tap], weights[2 * tap + 1]) = (1.0 - source.weight, source.weight);
        }
    }
    (positions, weights)
}

multiversion! {
    /// Sums the kernel's rows: `out[x, kernel column, output]` from pixels of `[kernel row, kernel column, output]`.
    fn add_rows(lines: [&[f32]; 6], weights: [f32; 6], mixes: usize, out: &mut [f32]) => add_rows_body
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn add_rows_body<const FMA: bool>(lines: [&[f32]; 6], weights: [f32; 6], mixes: usize, out: &mut [f32]) {
    let row_mixes = mixes / KERNEL;
    for (x, out) in out.chunks_exact_mut(row_mixes).enumerate() {
        let part = |i: usize| &lines[i][x * mixes + (i / 2) * row_mixes..][..row_mixes];
        let parts = [part(0), part(1), part(2), part(3), part(4), part(5)];
        for (i, out) in out.iter_mut().enumerate() {
            let mut sum = parts[0][i] * weights[0];
            for k in 1..6 {
                sum = fma::<FMA>(parts[k][i], weights[k], sum);
            }
            *out = sum;
        }
    }
}

multiversion! {
    fn add_columns(sums: &[f32], columns: &[Tap], outputs: usize, out: &mut [f32]) => add_columns_body
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn add_columns_body<const FMA: bool>(sums: &[f32], columns: &[Tap], outputs: usize, out: &mut [f32]) {
    for (x, out) in out.chunks_exact_mut(outputs).enumerate() {
        let (positions, weights) = neighbours(columns, x);
        let part = |i: usize| &sums[(positions[i] * KERNEL + i / 2) * outputs..][..outputs];
        let parts = [part(0), part(1), part(2), part(3), part(4), part(5)];
        for (i, out) in out.iter_mut().enumerate() {
            let mut sum = *out;
            for k in 0..6 {
                sum = fma::<FMA>(parts[k][i], weights[k], sum);
            }
            *out = sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::cpu::convolution::Convolution;
    use crate::kernels::cpu::product::tests::{largest_error, noise};
    use crate::kernels::cpu::resize::resize_into;

    #[test]
    fn it_is_the_convolution_of_the_upsampled_map() {
        for isa in Isa::available() {
            for ([h, w, c], outputs, [height, width]) in
                [([4, 5, 6], 10, [8, 11]), ([3, 3, 24], 33, [12, 12]), ([1, 1, 4], 3, [2, 2]), ([5, 4, 7], 16, [5, 4])]
            {
                let (values, weight) = (noise(h * w * c, 1), noise(outputs * c * 9, 2));
                let mut low = Map::default();
                low.reshape([h, w, c], 1);
                low.fill_rows(|y, row| row.copy_from_slice(&values[y * w * c..(y + 1) * w * c]));
                let (mut large, mut expected) = (Map::default(), Map::default());
                large.reshape([height, width, c], 1);
                large.fill_rows(|_, row| row.fill(0.0));
                resize_into(isa, &low, &mut large, 0);
                Convolution::new(&weight, [outputs, c, 3], 1, &[]).run(isa, &large, &mut expected);

                let mut mixed = Map::default();
                UpsampledConvolution::new(&weight, outputs, c).mix(isa, &low, &mut mixed);
                let spread = Spread::new(&mixed, height, width);
                let mut found = vec![1.0; height * width * outputs];
                for (y, row) in found.chunks_exact_mut(width * outputs).enumerate() {
                    spread.add_to_row(isa, y, row, &mut Buffer::default());
                }
                let mut expected: Vec<f64> = expected.data().iter().map(|&v| 1.0 + f64::from(v)).collect();
                assert!(largest_error(&found, &expected) < 2e-5, "{} {h}x{w}x{c}", isa.name());
                expected[outputs] += 0.01;
                assert!(largest_error(&found, &expected) > 5e-3, "one wrong value goes unnoticed");
            }
        }
    }
}
