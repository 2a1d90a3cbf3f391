//! The one matrix product behind every convolution and linear layer.

use super::bf16::round_pixels;
use super::buffer::Buffer;
use super::isa::Isa;
use super::packed::{PANEL, Packed};
use super::tile::{self, Tile};
use std::cell::RefCell;

/// The most inputs (of bf16: pairs of them) that one pass over the pixels adds up: the panel's slice (32 KiB) stays in
/// the first-level cache.
const MAX_DEPTH: usize = 256;

/// The pixels of a product, in lines of equal length. Distances are in floats, or in pairs of bf16 numbers; `data` starts
/// at what the first kernel row of the first pixel reads.
#[derive(Clone, Copy, Debug)]
pub struct Pixels<'a> {
    /// What is read.
    pub data: &'a [f32],
    /// Lines of pixels.
    pub lines: usize,
    /// From a line to the next.
    pub line_stride: usize,
    /// Pixels in a line.
    pub pixels: usize,
    /// From a pixel to the next.
    pub pixel_stride: usize,
    /// From a kernel row to the next.
    pub row_stride: usize,
    /// Each float holds a pair of bf16 numbers. Only for weights in bf16.
    pub is_bf16: bool,
}

impl<'a> Pixels<'a> {
    /// The rows of a matrix that stand `stride` floats apart, as pixels of a linear layer.
    #[must_use]
    pub fn rows(data: &'a [f32], num_rows: usize, stride: usize) -> Self {
        Self { data, lines: 1, line_stride: 0, pixels: num_rows, pixel_stride: stride, row_stride: 0, is_bf16: false }
    }
}

/// What a product starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// The bias: what the output held is forgotten.
    Bias,
    /// The bias is added to what the output holds.
    Residual,
}

/// Multiplies pixels with packed weights.
///
/// Pixel p (over all lines) puts its outputs at `out[p · out_stride ..]`. Every output is one chain of additions in the
/// order of the weights, wherever tiles begin and end, so results do not depend on how callers cut the work. Where the
/// weights are in bf16, the pixels are rounded to it first; sums are in single precision either way.
///
/// # Panics
/// If the input or the output is too short, or the input is in bf16 and the weights are not.
pub fn multiply(isa: Isa, input: &Pixels, weights: &Packed, start: Start, out: &mut [f32], out_stride: usize) {
    let (lines, pixels) = (input.lines, input.pixels);
    if lines * pixels == 0 || weights.outputs() == 0 {
        return;
    }
    let farthest = (lines - 1) * input.line_stride + (pixels - 1) * input.pixel_stride;
    let run = if input.is_bf16 { weights.words() } else { weights.run() };
    let needed = farthest + (weights.rows().max(1) - 1) * input.row_stride + run;
    assert!(weights.is_bf16() || !input.is_bf16, "an input in bf16 for other weights");
    assert!(needed <= input.data.len(), "a product reads {needed} of {} floats", input.data.len());
    let written = (lines * pixels - 1) * out_stride + weights.outputs();
    assert!(written <= out.len(), "a product writes {written} of {} floats", out.len());
    assert!(lines * pixels == 1 || out_stride >= weights.outputs(), "outputs of neighbouring pixels overlap");
    if weights.is_bf16() && !input.is_bf16 {
        ROUNDED.with_borrow_mut(|words| {
            let input = round_pixels(isa, input, weights, words);
            multiply_words(isa, &input, weights, start, out, out_stride);
        });
    } else {
        multiply_words(isa, input, weights, start, out, out_stride);
    }
}

thread_local! {
    /// Memory for pixels in bf16, used again.
    static ROUNDED: RefCell<Buffer> = RefCell::default();
}

/// [`multiply`], where both sides are floats, or both are pairs of bf16 numbers.
#[expect(unsafe_code, reason = "the tile takes raw pointers; `multiply` has asserted their extents")]
fn multiply_words(isa: Isa, input: &Pixels, weights: &Packed, start: Start, out: &mut [f32], out_stride: usize) {
    let (lines, pixels, run) = (input.lines, input.pixels, weights.words());
    let num_tiles = pixels.div_ceil(tile::max_pixels(isa));
    let num_blocks = blocks(weights.rows(), run).count();
    // Blocks outermost: what a block reads of the pixels stays near the core while all panels multiply it.
    for (number, block) in blocks(weights.rows(), run).enumerate() {
        let of_panel = |panel: usize| {
            weights.panels()[panel * weights.panel_len() + (block.row * run + block.first) * PANEL..].as_ptr()
        };
        for panel in 0..weights.num_panels() {
            let whole = Tile {
                input: input.data[block.row * input.row_stride + block.first..].as_ptr(),
                pixel_stride: input.pixel_stride,
                row_stride: input.row_stride,
                rows: block.rows,
                run: block.run,
                weights: of_panel(panel),
                bias: if number == 0 { weights.panel_bias(panel).as_ptr() } else { std::ptr::null() },
                accumulate: number > 0 || start == Start::Residual,
                out: out[panel * PANEL..].as_mut_ptr(),
                out_stride,
                channels: PANEL.min(weights.outputs() - panel * PANEL),
                is_bf16: weights.is_bf16(),
                relu6: weights.has_relu6() && number + 1 == num_blocks,
                prefetch: std::ptr::null(),
                prefetch_lines: 0,
            };
            // The next panel's weights come from far away (a transformer's do not fit any cache near the core): each
            // tile fetches its share of them.
            let after = whole.weights.wrapping_add(weights.panel_len());
            let total_tiles = lines * num_tiles;
            let rounds = block.rows * block.run.div_ceil(tile::PREFETCH_EVERY);
            let per_round = (block.rows * block.run * PANEL / 16).div_ceil(total_tiles * rounds);
            // Channels before pixels: half a panel's weights leave room in the first-level cache for the pixels.
            let parts = (0..whole.channels).step_by(tile::max_channels(isa));
            for (channel, line) in parts.flat_map(|channel| (0..lines).map(move |line| (channel, line))) {
                // SAFETY: a channel of this panel.
                let whole = unsafe { whole.at_channel(channel) };
                let mut first = 0;
                for i in 0..num_tiles {
                    // As even as can be: a last tile of one pixel would run at a tenth of the speed.
                    let count = pixels / num_tiles + usize::from(i < pixels % num_tiles);
                    // SAFETY: pixel `first + count − 1` of line `lines − 1` at the most; the asserts above cover what
                    // it reads and writes. Blocks stay inside the panel, which `Packed` padded to PANEL channels.
                    unsafe {
                        let line_of = Tile { input: whole.input.add(line * input.line_stride), ..whole };
                        let part = line_of.at_pixel(first);
                        let out = whole.out.add((line * pixels + first) * out_stride);
                        let prefetch = after.wrapping_add((line * num_tiles + i) * rounds * per_round * 16);
                        tile::compute(isa, count, Tile { out, prefetch, prefetch_lines: per_round, ..part });
                    }
                    first += count;
                }
            }
        }
    }
}

/// Kernel rows `row ..` and floats `first ..` of their runs.
struct Block {
    row: usize,
    rows: usize,
    first: usize,
    run: usize,
}

/// Cuts a kernel into blocks of about [`MAX_DEPTH`] inputs, in the order of the weights.
fn blocks(rows: usize, run: usize) -> impl Iterator<Item = Block> {
    let rows_each = (MAX_DEPTH / run.max(1)).clamp(1, rows.max(1));
    let pieces = run.div_ceil(MAX_DEPTH).max(1);
    (0..rows).step_by(rows_each).flat_map(move |row| {
        (0..pieces).map(move |piece| {
            let (first, end) = (run * piece / pieces, run * (piece + 1) / pieces);
            Block { row, rows: rows_each.min(rows - row), first, run: end - first }
        })
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Noise in −1..1, the same on every run.
    pub(in crate::kernels::cpu) fn noise(len: usize, seed: u32) -> Vec<f32> {
        let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 8_388_608.0 - 1.0
        };
        (0..len).map(|_| next()).collect()
    }

    /// The largest difference, infinite where one side is not a number or the lengths differ.
    pub(in crate::kernels::cpu) fn largest_error(found: &[f32], expected: &[f64]) -> f64 {
        if found.len() != expected.len() {
            return f64::INFINITY;
        }
        let errors = found.iter().zip(expected).map(|(&a, &b)| (f64::from(a) - b).abs());
        errors.fold(0.0, |worst, error| if error.is_nan() { f64::INFINITY } else { worst.max(error) })
    }

    fn reference(x: &[f32], weight: &[f32], bias: &[f32], rows: usize, outputs: usize) -> Vec<f64> {
        let inputs = weight.len() / outputs;
        let mut out = Vec::new();
        for row in 0..rows {
            for o in 0..outputs {
                let terms = (0..inputs).map(|i| f64::from(x[row * inputs + i]) * f64::from(weight[o * inputs + i]));
                out.push(f64::from(bias[o]) + terms.sum::<f64>());
            }
        }
        out
    }

    #[test]
    fn a_linear_layer_matches_plain_loops_at_every_remainder() {
        for isa in Isa::available() {
            for (rows, inputs, outputs) in
                [(1, 1, 1), (13, 48, 49), (25, 257, 33), (12, 512, 16), (7, 2401, 17), (50, 19, 64), (3, 300, 40)]
            {
                let (x, weight, bias) = (noise(rows * inputs, 1), noise(outputs * inputs, 2), noise(outputs, 3));
                let packed = Packed::linear(&weight, outputs, inputs, &bias);
                let mut out = vec![f32::NAN; rows * outputs];
                multiply(isa, &Pixels::rows(&x, rows, inputs), &packed, Start::Bias, &mut out, outputs);
                let mut expected = reference(&x, &weight, &bias, rows, outputs);
                // A chain of K roundings of sums of about √K.
                let tolerance = 2e-6 * inputs as f64;
                let case = format!("{} {rows}x{inputs}x{outputs}", isa.name());
                assert!(largest_error(&out, &expected) < tolerance.max(1e-6), "{case}");

                let limited = packed.clone().with_relu6();
                let mut relu6 = vec![f32::NAN; rows * outputs];
                multiply(isa, &Pixels::rows(&x, rows, inputs), &limited, Start::Bias, &mut relu6, outputs);
                assert!(relu6.iter().zip(&out).all(|(a, b)| *a == b.clamp(0.0, 6.0)), "{case}, ReLU6");

                multiply(isa, &Pixels::rows(&x, rows, inputs), &packed, Start::Residual, &mut out, outputs);
                for value in &mut expected {
                    *value *= 2.0;
                }
                assert!(largest_error(&out, &expected) < 2.0 * tolerance.max(1e-6), "{case}, residual");
                expected[rows * outputs / 2] += 0.1;
                assert!(largest_error(&out, &expected) > 0.05, "{case}: one wrong value goes unnoticed");
            }
        }
    }

    /// As `x` is in bf16.
    pub(in crate::kernels::cpu) fn rounded(x: &[f32]) -> Vec<f32> {
        x.iter().map(|&x| half::bf16::from_f32(x).to_f32()).collect()
    }

    #[test]
    fn in_bf16_a_linear_layer_is_that_of_rounded_numbers_at_every_remainder() {
        let Some(isa) = Isa::available().into_iter().find(|isa| isa.has_bf16()) else { return };
        for (rows, inputs, outputs) in
            [(1, 1, 1), (13, 48, 49), (25, 257, 33), (12, 512, 16), (7, 2401, 17), (50, 19, 64), (3, 1100, 40)]
        {
            // Rows stand a little apart, and the first and the last are longer than all between.
            let stride = inputs + 3;
            let (x, weight, bias) = (noise(rows * stride, 1), noise(outputs * inputs, 2), noise(outputs, 3));
            let packed = Packed::linear(&weight, outputs, inputs, &bias).in_bf16(isa);
            let pixels = Pixels::rows(&x, rows, stride);
            let mut out = vec![f32::NAN; rows * outputs];
            multiply(isa, &pixels, &packed, Start::Bias, &mut out, outputs);
            let dense: Vec<f32> = x.chunks(stride).flat_map(|row| &row[..inputs]).copied().collect();
            let mut expected = reference(&rounded(&dense), &rounded(&weight), &bias, rows, outputs);
            let tolerance = (2e-6 * inputs as f64).max(1e-6);
            let case = format!("{rows}x{inputs}x{outputs}");
            assert!(largest_error(&out, &expected) < tolerance, "{case}: {}", largest_error(&out, &expected));
            // Each of two factors is off by a 256th at most, at random.
            let exact = reference(&dense, &weight, &bias, rows, outputs);
            assert!(largest_error(&out, &exact) < 4e-3 * (inputs as f64).sqrt().max(2.0), "{case}, in f32");

            let mut relu6 = vec![f32::NAN; rows * outputs];
            multiply(isa, &pixels, &packed.clone().with_relu6(), Start::Bias, &mut relu6, outputs);
            assert!(relu6.iter().zip(&out).all(|(a, b)| *a == b.clamp(0.0, 6.0)), "{case}, ReLU6");
            multiply(isa, &pixels, &packed, Start::Residual, &mut out, outputs);
            for value in &mut expected {
                *value *= 2.0;
            }
            assert!(largest_error(&out, &expected) < 2.0 * tolerance, "{case}, residual");
            expected[rows * outputs / 2] += 0.1;
            assert!(largest_error(&out, &expected) > 0.05, "{case}: one wrong value goes unnoticed");
        }
    }

    #[test]
    fn nothing_is_written_between_the_outputs() {
        for isa in Isa::available() {
            let (x, weight) = (noise(9 * 20, 1), noise(37 * 20, 2));
            let packed = Packed::linear(&weight, 37, 20, &[]);
            let mut out = vec![7.5f32; 9 * 50];
            multiply(isa, &Pixels::rows(&x, 9, 20), &packed, Start::Bias, &mut out, 50);
            assert!(out.chunks(50).all(|row| row[37..] == [7.5; 13]), "{}", isa.name());
        }
    }

    #[test]
    fn where_tiles_begin_does_not_change_a_bit() {
        for isa in Isa::available() {
            let (x, weight, bias) = (noise(61 * 700, 1), noise(70 * 700, 2), noise(70, 3));
            let packed = Packed::linear(&weight, 70, 700, &bias).in_bf16(isa);
            let mut whole = vec![0.0; 61 * 70];
            multiply(isa, &Pixels::rows(&x, 61, 700), &packed, Start::Bias, &mut whole, 70);
            let mut parts = vec![0.0; 61 * 70];
            for (x, out) in x.chunks(17 * 700).zip(parts.chunks_mut(17 * 70)) {
                multiply(isa, &Pixels::rows(x, x.len() / 700, 700), &packed, Start::Bias, out, 70);
            }
            assert_eq!(whole, parts, "{}", isa.name());
        }
    }

    #[test]
    fn blocks_cover_the_kernel_in_order() {
        for (rows, run) in [(1, 5), (1, 2401), (3, 96), (3, 192), (3, 480), (7, 21), (3, 257)] {
            let inputs: Vec<usize> = blocks(rows, run)
                .flat_map(|b| {
                    (b.row..b.row + b.rows).flat_map(move |y| (b.first..b.first + b.run).map(move |r| y * run + r))
                })
                .collect();
            assert_eq!(inputs, (0..rows * run).collect::<Vec<_>>(), "{rows} x {run}");
        }
    }

    #[test]
    #[should_panic(expected = "a product reads")]
    fn a_short_input_is_refused() {
        let packed = Packed::linear(&[1.0; 8], 2, 4, &[]);
        multiply(Isa::best(), &Pixels::rows(&[0.0; 7], 2, 4), &packed, Start::Bias, &mut [0.0; 4], 2);
    }
}
