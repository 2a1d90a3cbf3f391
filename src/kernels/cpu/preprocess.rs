//! The picture as the network sees it.

use super::isa::{Isa, fma, multiversion};
use super::map::Map;
use super::resize::{Tap, taps};

/// Resizes RGB bytes of `source` (height, width) to `model` (height, width), corners on corners, and scales them to
/// −1..1; `out` gets `border` zeros around. No antialias and no rounding to bytes in between, as the reference.
///
/// # Panics
/// If `rgb` is not 3 · height · width bytes long, or a size is zero.
pub fn preprocess(isa: Isa, rgb: &[u8], source: [usize; 2], model: [usize; 2], border: usize, out: &mut Map) {
    assert_eq!(rgb.len(), 3 * source[0] * source[1], "RGB bytes");
    assert!(rgb.len() * model[0] * model[1] > 0, "a picture of {source:?} at {model:?}");
    let (rows, columns) = (taps(source[0], model[0]), taps(source[1], model[1]));
    let line = |y: usize| &rgb[3 * source[1] * y..3 * source[1] * (y + 1)];
    out.reshape([model[0], model[1], 3], border);
    out.fill_rows(|y, out| {
        let mut mixed = vec![0f32; 3 * source[1]];
        mix_rows(isa, line(rows[y].first), line(rows[y].second), rows[y].weight, &mut mixed);
        resize_row(isa, &mixed, &columns, out);
    });
}

multiversion! {
    fn mix_rows(top: &[u8], bottom: &[u8], weight: f32, out: &mut [f32]) => mix_rows_body
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn mix_rows_body<const FMA: bool>(top: &[u8], bottom: &[u8], weight: f32, out: &mut [f32]) {
    for ((out, &top), &bottom) in out.iter_mut().zip(top).zip(bottom) {
        let (top, bottom) = (f32::from(top), f32::from(bottom));
        *out = fma::<FMA>(bottom - top, weight, top);
    }
}

multiversion! {
    fn resize_row(row: &[f32], columns: &[Tap], out: &mut [f32]) => resize_row_body
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn resize_row_body<const FMA: bool>(row: &[f32], columns: &[Tap], out: &mut [f32]) {
    for (out, column) in out.chunks_exact_mut(3).zip(columns) {
        let (left, right) = (&row[3 * column.first..][..3], &row[3 * column.second..][..3]);
        for channel in 0..3 {
            let value = fma::<FMA>(right[channel] - left[channel], column.weight, left[channel]);
            out[channel] = fma::<FMA>(value, 2.0 / 255.0, -1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::cpu::product::tests::largest_error;

    fn reference(rgb: &[u8], [h, w]: [usize; 2], [oh, ow]: [usize; 2]) -> Vec<f64> {
        let position =
            |i: usize, from: usize, to: usize| if to > 1 { (i * (from - 1)) as f64 / (to - 1) as f64 } else { 0.0 };
        let at = |y: usize, x: usize, c: usize| f64::from(rgb[3 * (y.min(h - 1) * w + x.min(w - 1)) + c]);
        let mut out = Vec::new();
        for (oy, ox) in (0..oh).flat_map(|y| (0..ow).map(move |x| (y, x))) {
            let (fy, fx) = (position(oy, h, oh), position(ox, w, ow));
            let (y, x) = (fy as usize, fx as usize);
            let (ly, lx) = (fy - y as f64, fx - x as f64);
            for c in 0..3 {
                let top = at(y, x, c) * (1.0 - lx) + at(y, x + 1, c) * lx;
                let bottom = at(y + 1, x, c) * (1.0 - lx) + at(y + 1, x + 1, c) * lx;
                out.push((top * (1.0 - ly) + bottom * ly) * 2.0 / 255.0 - 1.0);
            }
        }
        out
    }

    #[test]
    fn it_matches_plain_loops_at_odd_sizes() {
        for isa in Isa::available() {
            for (source, model) in
                [([5, 7], [8, 16]), ([31, 47], [8, 16]), ([8, 16], [8, 16]), ([1, 1], [8, 8]), ([9, 2], [8, 24])]
            {
                let rgb: Vec<u8> = (0..3 * source[0] * source[1]).map(|i| (i * 89 % 256) as u8).collect();
                let mut out = Map::default();
                preprocess(isa, &rgb, source, model, 3, &mut out);
                let found: Vec<f32> = (0..model[0]).flat_map(|y| out.row(y).to_vec()).collect();
                let mut expected = reference(&rgb, source, model);
                // f32 positions: a few 1e-6 of a pixel, times steps of up to 2.
                assert!(largest_error(&found, &expected) < 5e-5, "{} {source:?} {model:?}", isa.name());
                expected[1] += 0.01;
                assert!(largest_error(&found, &expected) > 5e-3, "one wrong value goes unnoticed");
            }
        }
    }
}
