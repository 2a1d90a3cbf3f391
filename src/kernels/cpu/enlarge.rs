//! Enlarging by 2 or 4, as the lite encoder does it: cell `factor · i` on cell `i`, the others in between.

use super::buffer::Buffer;
use super::isa::{Isa, fma, multiversion};
use super::map::Map;

/// The rows of a map enlarged by a whole factor, made one at a time; past the last row and column it stays as it is
/// there.
#[derive(Clone, Copy, Debug)]
pub struct Enlarged<'a> {
    map: &'a Map,
    factor: usize,
}

impl<'a> Enlarged<'a> {
    /// `map`, `factor` times as large.
    ///
    /// # Panics
    /// If the map is empty or the factor is 0.
    #[must_use]
    pub fn new(map: &'a Map, factor: usize) -> Self {
        assert!(factor > 0 && map.shape()[..2].iter().all(|&extent| extent > 0), "something to enlarge");
        Self { map, factor }
    }

    /// Writes the first pixels of row `y`, as many as `out` holds. `scratch` is memory to use.
    ///
    /// # Panics
    /// If there is no such row, or it is shorter than `out`.
    pub fn row(&self, isa: Isa, y: usize, scratch: &mut Buffer, out: &mut [f32]) {
        let [height, width, channels] = self.map.shape();
        assert!(out.len() <= width * self.factor * channels, "pixels of a row");
        let (first, weight) = (y / self.factor, (y % self.factor) as f32 / self.factor as f32);
        let top = self.map.row(first);
        if weight == 0.0 {
            return spread_row(isa, top, channels, self.factor, out);
        }
        let mixed = scratch.sized(width * channels);
        mix_rows(isa, top, self.map.row((first + 1).min(height - 1)), weight, mixed);
        spread_row(isa, mixed, channels, self.factor, out);
    }
}

multiversion! {
    fn mix_rows(top: &[f32], bottom: &[f32], weight: f32, out: &mut [f32]) => mix_rows_body
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn mix_rows_body<const FMA: bool>(top: &[f32], bottom: &[f32], weight: f32, out: &mut [f32]) {
    for ((out, &top), &bottom) in out.iter_mut().zip(top).zip(bottom) {
        *out = fma::<FMA>(bottom - top, weight, top);
    }
}

multiversion! {
    fn spread_row(row: &[f32], channels: usize, factor: usize, out: &mut [f32]) => spread_row_body
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn spread_row_body<const FMA: bool>(row: &[f32], channels: usize, factor: usize, out: &mut [f32]) {
    let last = row.len() / channels - 1;
    for (x, out) in out.chunks_exact_mut(channels).enumerate() {
        let (first, weight) = (x / factor, (x % factor) as f32 / factor as f32);
        let left = &row[first * channels..][..channels];
        let right = &row[(first + 1).min(last) * channels..][..channels];
        for ((out, &left), &right) in out.iter_mut().zip(left).zip(right) {
            *out = fma::<FMA>(right - left, weight, left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::cpu::product::tests::{largest_error, noise};

    /// Twice the size: cells on even places, odd ones halfway, the last one repeated.
    fn double(x: &[f64], [h, w, c]: [usize; 3]) -> Vec<f64> {
        let at = |y: usize, x_at: usize, ch: usize| x[(y.min(h - 1) * w + x_at.min(w - 1)) * c + ch];
        let mut out = Vec::new();
        for (y, x_at) in (0..2 * h).flat_map(|y| (0..2 * w).map(move |x| (y, x))) {
            for ch in 0..c {
                let row = |y: usize| f64::midpoint(at(y, x_at / 2, ch), at(y, x_at.div_ceil(2), ch));
                out.push(f64::midpoint(row(y / 2), row(y.div_ceil(2))));
            }
        }
        out
    }

    #[test]
    fn it_is_doubling_once_or_twice() {
        for isa in Isa::available() {
            for [h, w, c] in [[3, 5, 7], [1, 1, 4], [4, 2, 33]] {
                let values = noise(h * w * c, 1);
                let mut map = Map::default();
                map.reshape([h, w, c], 1);
                map.fill_rows(|y, row| row.copy_from_slice(&values[y * w * c..(y + 1) * w * c]));
                let wide: Vec<f64> = values.iter().map(|&v| f64::from(v)).collect();
                let twice = double(&wide, [h, w, c]);
                let mut four_times = double(&twice, [2 * h, 2 * w, c]);
                let enlarged = |factor: usize| {
                    let mut out = vec![0.0; h * w * c * factor * factor];
                    for (y, row) in out.chunks_exact_mut(w * factor * c).enumerate() {
                        Enlarged::new(&map, factor).row(isa, y, &mut Buffer::default(), row);
                    }
                    out
                };
                assert!(largest_error(&enlarged(2), &twice) < 1e-6, "{} {h}x{w}x{c}", isa.name());
                assert!(largest_error(&enlarged(4), &four_times) < 1e-6, "{} {h}x{w}x{c}", isa.name());
                four_times[c - 1] += 0.01;
                assert!(largest_error(&enlarged(4), &four_times) > 5e-3, "one wrong value goes unnoticed");
            }
        }
    }
}
