//! Corner-aligned bilinear resizing.

use super::isa::{Isa, fma, multiversion};
use super::map::Map;

/// Where an output position reads along one axis: `input[first] · (1 − weight) + input[second] · weight`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Tap {
    pub(super) first: usize,
    pub(super) second: usize,
    pub(super) weight: f32,
}

/// The taps of an axis resized from `from` to `to` positions, corners on corners; in f32, as `PyTorch` computes them.
pub(super) fn taps(from: usize, to: usize) -> Vec<Tap> {
    let scale = if to > 1 { (from - 1) as f32 / (to - 1) as f32 } else { 0.0 };
    let tap = |i: usize| {
        let at = i as f32 * scale;
        let first = (at as usize).min(from - 1);
        Tap { first, second: (first + 1).min(from - 1), weight: at - first as f32 }
    };
    (0..to).map(tap).collect()
}

/// Resizes `input` to `height` × `width` and puts it at channel `offset` of every pixel of `out`, which has at least as
/// many channels; the other channels stay. The border of `out` is not touched.
///
/// # Panics
/// If the channels do not fit, or `input` is empty.
pub fn resize_into(isa: Isa, input: &Map, out: &mut Map, offset: usize) {
    let ([height, width, channels], [out_height, out_width, out_channels]) = (input.shape(), out.shape());
    assert!(
        offset + channels <= out_channels && height * width > 0,
        "{channels} channels at {offset} of {out_channels}"
    );
    let (rows, columns) = (taps(height, out_height), taps(width, out_width));
    out.for_each_row(|y, out| {
        let lines = [input.row(rows[y].first), input.row(rows[y].second)];
        resize_row(isa, lines, rows[y].weight, &columns, channels, [out_channels, offset], out);
    });
}

multiversion! {
    fn resize_row(
        lines: [&[f32]; 2],
        weight: f32,
        columns: &[Tap],
        channels: usize,
        layout: [usize; 2],
        out: &mut [f32],
    ) => resize_row_body
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn resize_row_body<const FMA: bool>(
    [top, bottom]: [&[f32]; 2],
    y_weight: f32,
    columns: &[Tap],
    channels: usize,
    [out_channels, offset]: [usize; 2],
    out: &mut [f32],
) {
    for (out, column) in out.chunks_exact_mut(out_channels).zip(columns) {
        let out = &mut out[offset..offset + channels];
        let (first, second) = (column.first * channels, column.second * channels);
        let corners = top[first..first + channels]
            .iter()
            .zip(&top[second..second + channels])
            .zip(bottom[first..first + channels].iter().zip(&bottom[second..second + channels]));
        for (out, ((&a, &b), (&c, &d))) in out.iter_mut().zip(corners) {
            let upper = fma::<FMA>(b - a, column.weight, a);
            let lower = fma::<FMA>(d - c, column.weight, c);
            *out = fma::<FMA>(lower - upper, y_weight, upper);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::cpu::product::tests::{largest_error, noise};

    fn reference(x: &[f32], [h, w, c]: [usize; 3], [oh, ow]: [usize; 2]) -> Vec<f64> {
        let position = |i: usize, from: usize, to: usize| {
            if to > 1 { i as f64 * (from - 1) as f64 / (to - 1) as f64 } else { 0.0 }
        };
        let at = |y: usize, x_at: usize, ch: usize| f64::from(x[(y.min(h - 1) * w + x_at.min(w - 1)) * c + ch]);
        let mut out = Vec::new();
        for (oy, ox) in (0..oh).flat_map(|y| (0..ow).map(move |x| (y, x))) {
            let (fy, fx) = (position(oy, h, oh), position(ox, w, ow));
            let (y0, x0) = (fy as usize, fx as usize);
            let (ly, lx) = (fy - y0 as f64, fx - x0 as f64);
            for ch in 0..c {
                let top = at(y0, x0, ch) * (1.0 - lx) + at(y0, x0 + 1, ch) * lx;
                let bottom = at(y0 + 1, x0, ch) * (1.0 - lx) + at(y0 + 1, x0 + 1, ch) * lx;
                out.push(top * (1.0 - ly) + bottom * ly);
            }
        }
        out
    }

    #[test]
    fn it_matches_plain_loops_up_down_and_on_a_single_pixel() {
        for isa in Isa::available() {
            for (shape, size) in [([3, 4, 5], [7, 9]), ([8, 9, 16], [4, 3]), ([1, 1, 3], [4, 4]), ([5, 4, 2], [1, 1])] {
                let [h, w, c] = shape;
                let values = noise(h * w * c, 2);
                let mut input = Map::default();
                input.reshape(shape, 1);
                input.fill_rows(|y, row| row.copy_from_slice(&values[y * w * c..(y + 1) * w * c]));
                let mut out = Map::default();
                out.reshape([size[0], size[1], c + 3], 1);
                out.fill_rows(|_, row| row.fill(7.0));
                resize_into(isa, &input, &mut out, 2);
                let pixels =
                    (0..size[0]).flat_map(|y| out.row(y).chunks(c + 3).map(<[f32]>::to_vec).collect::<Vec<_>>());
                let mut found = Vec::new();
                for pixel in pixels {
                    assert_eq!((pixel[..2].to_vec(), pixel[c + 2]), (vec![7.0, 7.0], 7.0));
                    found.extend_from_slice(&pixel[2..c + 2]);
                }
                let mut expected = reference(&values, shape, size);
                assert!(largest_error(&found, &expected) < 1e-5, "{} {shape:?} {size:?}", isa.name());
                expected[c - 1] += 0.01;
                assert!(largest_error(&found, &expected) > 5e-3, "one wrong value goes unnoticed");
            }
        }
    }

    #[test]
    fn the_same_size_changes_nothing() {
        assert!(taps(17, 17).iter().enumerate().all(|(i, tap)| tap.first == i && tap.weight == 0.0));
    }
}
