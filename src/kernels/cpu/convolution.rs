//! Convolutions over NHWC maps, with the sums that instance norm needs.

use super::instance_norm::{Moments, sum_pixels};
use super::isa::Isa;
use super::map::Map;
use super::packed::Packed;
use super::product::{Pixels, Start, multiply};
use rayon::prelude::*;

/// Output rows of one task: some 16 tasks for a map, of 128 to 768 pixels each. Fewer pixels do not pay for reading the
/// weights, more leave the second-level cache. Depends on the shape alone, since the order of the sums does too.
pub(super) fn rows_per_task(height: usize, width: usize) -> usize {
    ((height * width / 16).clamp(128, 768) / width).max(1)
}

/// A square convolution with its zero padding.
#[derive(Clone, Debug)]
pub struct Convolution {
    weights: Packed,
    stride: usize,
}

impl Convolution {
    /// From weights `[outputs, channels, kernel, kernel]`, padded by half the kernel.
    ///
    /// # Panics
    /// If the lengths do not fit.
    #[must_use]
    pub fn new(weight: &[f32], [outputs, channels, kernel]: [usize; 3], stride: usize, bias: &[f32]) -> Self {
        Self::packed(Packed::convolution(weight, outputs, channels, kernel, bias), stride)
    }

    /// From packed weights, padded by half the kernel.
    #[must_use]
    pub fn packed(weights: Packed, stride: usize) -> Self {
        Self { weights, stride }
    }

    /// The same with `ReLU6` behind it.
    #[must_use]
    pub fn with_relu6(self) -> Self {
        Self { weights: self.weights.with_relu6(), ..self }
    }

    /// Whether the output has the shape of the input's pixels, one from one.
    #[must_use]
    pub fn is_pointwise(&self) -> bool {
        self.kernel() == 1 && self.stride == 1
    }

    /// Input channels.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.weights.run() / self.kernel()
    }

    fn kernel(&self) -> usize {
        self.weights.rows()
    }

    fn padding(&self) -> usize {
        self.kernel() / 2
    }

    /// Height and width of what comes out of a map.
    ///
    /// # Panics
    /// If the map has a border smaller than the padding, is empty, or has other channels than the weights.
    #[must_use]
    pub fn size(&self, input: &Map) -> [usize; 2] {
        let [height, width, channels] = input.shape();
        assert_eq!(channels, self.channels(), "input channels");
        assert!(input.border() >= self.padding() && height * width > 0, "the padding stands in the map's border");
        [height, width].map(|extent| (extent + 2 * self.padding() - self.kernel()) / self.stride + 1)
    }

    /// Convolves as many whole output rows of `width` pixels as `out` holds, from row `first` on.
    ///
    /// # Panics
    /// If the map ends before.
    pub fn rows(&self, isa: Isa, input: &Map, (first, width): (usize, usize), out: &mut [f32]) {
        let (row_stride, channels, outputs) = (input.row_stride(), self.channels(), self.outputs());
        let corner = (input.border() - self.padding()) * (row_stride + channels);
        let pixels = Pixels {
            data: &input.data()[corner + first * self.stride * row_stride..],
            lines: out.len() / (width * outputs),
            line_stride: self.stride * row_stride,
            pixels: width,
            pixel_stride: self.stride * channels,
            row_stride,
            is_bf16: false,
        };
        multiply(isa, &pixels, &self.weights, Start::Bias, out, outputs);
    }

    /// Output channels.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.weights.outputs()
    }

    /// Convolves `input` into `out` (no border) and returns the moments of every output channel.
    ///
    /// # Panics
    /// If `input` has a border smaller than the padding, is empty, or has other channels than the weights.
    pub fn run(&self, isa: Isa, input: &Map, out: &mut Map) -> Moments {
        self.run_with(isa, input, out, |_, _| ())
    }

    /// As [`Convolution::run`]; `finish(y, rows)` may change whole output rows from row `y` on before the moments are
    /// taken.
    ///
    /// # Panics
    /// As [`Convolution::run`].
    pub fn run_with(&self, isa: Isa, input: &Map, out: &mut Map, finish: impl Fn(usize, &mut [f32]) + Sync) -> Moments {
        let ([out_height, out_width], outputs) = (self.size(input), self.outputs());
        out.reshape([out_height, out_width, outputs], 0);
        let rows_each = rows_per_task(out_height, out_width);
        let tasks = out.data_mut().par_chunks_mut(rows_each * out_width * outputs).enumerate();
        let sums: Vec<Vec<f64>> = tasks
            .map(|(task, rows)| {
                let y = task * rows_each;
                self.rows(isa, input, (y, out_width), rows);
                finish(y, rows);
                let mut sums = vec![0.0; 2 * outputs];
                sum_pixels(isa, rows, &mut sums);
                sums
            })
            .collect();
        Moments::from_sums(&sums, out_height * out_width)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::kernels::cpu::product::tests::{largest_error, noise, rounded};

    pub(in crate::kernels::cpu) fn map(shape: [usize; 3], border: usize, values: &[f32]) -> Map {
        let mut map = Map::default();
        map.reshape(shape, border);
        let row_len = shape[1] * shape[2];
        map.fill_rows(|y, row| row.copy_from_slice(&values[y * row_len..(y + 1) * row_len]));
        map
    }

    pub(in crate::kernels::cpu) fn reference(
        x: &[f32],
        [h, w, c]: [usize; 3],
        weight: &[f32],
        [outputs, kernel, stride]: [usize; 3],
        bias: &[f32],
    ) -> Vec<f64> {
        let pad = (kernel / 2) as isize;
        let (oh, ow) = ((h + 2 * (kernel / 2) - kernel) / stride + 1, (w + 2 * (kernel / 2) - kernel) / stride + 1);
        let mut out = Vec::new();
        for (oy, ox) in (0..oh).flat_map(|y| (0..ow).map(move |x| (y, x))) {
            for o in 0..outputs {
                let mut sum = f64::from(bias[o]);
                for (ky, kx) in (0..kernel).flat_map(|y| (0..kernel).map(move |x| (y, x))) {
                    let (y, x_at) = ((oy * stride + ky) as isize - pad, (ox * stride + kx) as isize - pad);
                    if y < 0 || x_at < 0 || y >= h as isize || x_at >= w as isize {
                        continue;
                    }
                    for i in 0..c {
                        let value = x[(y as usize * w + x_at as usize) * c + i];
                        sum += f64::from(value) * f64::from(weight[((o * c + i) * kernel + ky) * kernel + kx]);
                    }
                }
                out.push(sum);
            }
        }
        out
    }

    #[test]
    fn convolutions_match_plain_loops_border_and_all() {
        for isa in Isa::available() {
            for (shape, outputs, kernel, stride, border) in [
                ([11, 13, 3], 20, 7, 2, 3),
                ([9, 14, 24], 37, 3, 1, 1),
                ([8, 10, 33], 16, 3, 2, 1),
                ([7, 5, 18], 27, 1, 2, 1),
                ([6, 7, 160], 40, 3, 1, 1),
                ([1, 1, 8], 8, 3, 1, 1),
            ] {
                let [h, w, c] = shape;
                // Numbers that bf16 can hold.
                let (x, bias) = (rounded(&noise(h * w * c, 4)), noise(outputs, 5));
                let weight = rounded(&noise(outputs * c * kernel * kernel, 6));
                let weights = Packed::convolution(&weight, outputs, c, kernel, &bias).in_bf16(isa);
                let convolution = Convolution::packed(weights, stride);
                let mut out = Map::default();
                convolution.run(isa, &map(shape, border, &x), &mut out);
                let mut expected = reference(&x, shape, &weight, [outputs, kernel, stride], &bias);
                let case = format!("{} {shape:?} {outputs} {kernel} {stride}", isa.name());
                assert!(largest_error(out.data(), &expected) < 2e-4, "{case}");
                expected[outputs - 1] += 0.01;
                assert!(largest_error(out.data(), &expected) > 5e-3, "{case}: one wrong value goes unnoticed");
            }
        }
    }

    #[test]
    fn the_number_of_threads_does_not_change_a_bit() {
        let (shape, x) = ([70, 61, 12], noise(70 * 61 * 12, 4));
        let convolution = Convolution::new(&noise(19 * 12 * 9, 6), [19, 12, 3], 1, &noise(19, 5));
        let run = |num_threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(num_threads).build().unwrap();
            let mut out = Map::default();
            let moments = pool.install(|| convolution.run(Isa::best(), &map(shape, 1, &x), &mut out));
            (out.data().to_vec(), moments)
        };
        let one = run(1);
        assert_eq!(one, run(2));
        assert_eq!(one, run(5));
    }
}
