//! Inverted bottlenecks: expand, depthwise, project, without the wide maps in between.

use super::buffer::{Buffer, ScratchPool};
use super::convolution::Convolution;
use super::depthwise::Depthwise;
use super::isa::Isa;
use super::map::Map;
use super::packed::Packed;
use super::product::{Pixels, Start, multiply};

/// Strips of a map for each thread: more than one, so that a thread that is held up leaves some to the others; each
/// strip expands the rows around its ends a second time.
const STRIPS_PER_THREAD: usize = 2;

/// Expand (`ReLU6`), depthwise (`ReLU6`) and project, as one step from map to map.
///
/// The expanded map is several times as large as what goes in and comes out. So each task goes down a strip of rows and
/// keeps only those expanded rows that the depthwise kernel still reads: they stay in the cache of its core.
#[derive(Clone, Debug)]
pub struct Inverted {
    expand: Convolution,
    depthwise: Depthwise,
    stride: usize,
    project: Packed,
    has_skip: bool,
}

/// Memory of one strip, used again.
#[derive(Debug, Default)]
pub struct InvertedScratch {
    /// As many expanded rows as the depthwise kernel has, and one of zeros.
    rows: Buffer,
    filtered: Buffer,
}

impl Inverted {
    /// From the three layers; the `ReLU6` behind `expand` is added here. With `has_skip`, the input is added to the
    /// output.
    ///
    /// # Panics
    /// If the layers do not follow one another, or a skip does not fit.
    #[must_use]
    pub fn new(expand: Convolution, (depthwise, stride): (Depthwise, usize), project: Packed, has_skip: bool) -> Self {
        assert_eq!([expand.outputs(), project.run()], [depthwise.channels(); 2], "layers of one width");
        let keeps_shape = expand.is_pointwise() && stride == 1 && expand.channels() == project.outputs();
        assert!(keeps_shape || !has_skip, "a skip around a change of shape");
        Self { expand: expand.with_relu6(), depthwise, stride, project, has_skip }
    }

    /// Output channels.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.project.outputs()
    }

    /// From `input` to `out`, which gets `border` zeros around.
    ///
    /// # Panics
    /// If `input` is empty, has other channels, or a border smaller than the padding of the expansion.
    pub fn run(&self, isa: Isa, input: &Map, out: &mut Map, border: usize, scratch: &ScratchPool<InvertedScratch>) {
        let hidden = self.expand.size(input);
        let [out_height, out_width] = hidden.map(|extent| (extent - 1) / self.stride + 1);
        out.reshape([out_height, out_width, self.outputs()], border);
        let rows_each = out_height.div_ceil(STRIPS_PER_THREAD * rayon::current_num_threads());
        out.fill_strips(rows_each, |first, strip| {
            scratch.with(|scratch| self.run_strip(isa, input, hidden, first, strip, scratch));
        });
    }

    /// The output rows `first ..`, one after the other.
    fn run_strip<'a>(
        &self,
        isa: Isa,
        input: &Map,
        [height, width]: [usize; 2],
        first: usize,
        strip: impl Iterator<Item = &'a mut [f32]>,
        scratch: &mut InvertedScratch,
    ) {
        let (kernel, channels) = (self.depthwise.kernel(), self.depthwise.channels());
        let (padding, row_len) = (kernel / 2, (width + 2 * (kernel / 2)) * channels);
        let rows = scratch.rows.sized((kernel + 1) * row_len);
        for row in rows.chunks_exact_mut(row_len) {
            row[..padding * channels].fill(0.0);
            row[(padding + width) * channels..].fill(0.0);
        }
        rows[kernel * row_len..].fill(0.0);
        let mut next = (first * self.stride).saturating_sub(padding);
        for (y, out) in (first..).zip(strip) {
            // Row r of the expanded map stands at place r mod kernel.
            let middle = y * self.stride;
            while next < height.min(middle + padding + 1) {
                let row = &mut rows[next % kernel * row_len + padding * channels..][..width * channels];
                self.expand.rows(isa, input, (next, width), row);
                next += 1;
            }
            let line = |tap: usize| {
                let row = (middle + tap).checked_sub(padding).filter(|row| *row < height);
                let place = row.map_or(kernel, |row| row % kernel);
                &rows[place * row_len..(place + 1) * row_len]
            };
            let lines = [0, 1, 2, 3, 4].map(|tap| line(tap.min(kernel - 1)));
            let out_width = out.len() / self.outputs();
            let filtered = scratch.filtered.sized(out_width * channels);
            self.depthwise.row(isa, &lines[..kernel], self.stride, filtered);
            let start = if self.has_skip {
                out.copy_from_slice(input.row(y));
                Start::Residual
            } else {
                Start::Bias
            };
            multiply(isa, &Pixels::rows(filtered, out_width, channels), &self.project, start, out, self.outputs());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::cpu::convolution::tests::{map, reference};
    use crate::kernels::cpu::product::tests::{largest_error, noise};

    /// A depthwise convolution as a full one whose other weights are zeros.
    fn spread(weight: &[f32], channels: usize, taps: usize) -> Vec<f32> {
        let mut full = vec![0.0; channels * channels * taps];
        for c in 0..channels {
            full[(c * channels + c) * taps..][..taps].copy_from_slice(&weight[c * taps..(c + 1) * taps]);
        }
        full
    }

    fn limited(values: &[f64]) -> Vec<f32> {
        values.iter().map(|v| v.clamp(0.0, 6.0) as f32).collect()
    }

    #[test]
    fn it_is_its_three_layers_one_after_the_other() {
        for isa in Isa::available() {
            for (shape, [expand_kernel, expand_stride], hidden, [kernel, stride], outputs) in [
                ([9, 10, 3], [3, 2], 32, [3, 1], 16),
                ([13, 7, 8], [1, 1], 48, [5, 2], 20),
                ([12, 9, 24], [1, 1], 32, [3, 2], 40),
                ([17, 6, 24], [1, 1], 48, [5, 1], 24),
                ([1, 1, 8], [1, 1], 16, [5, 1], 8),
            ] {
                let [h, w, c] = shape;
                let has_skip = expand_stride * stride == 1 && c == outputs;
                let (x, biases) = (noise(h * w * c, 1), [hidden, hidden, outputs].map(|n| noise(n, n as u32)));
                let expand = noise(hidden * c * expand_kernel * expand_kernel, 2);
                let filter = noise(hidden * kernel * kernel, 3);
                let project = noise(outputs * hidden, 4);
                let block = Inverted::new(
                    Convolution::new(&expand, [hidden, c, expand_kernel], expand_stride, &biases[0]),
                    (Depthwise::new(&filter, [hidden, kernel], &biases[1]), stride),
                    Packed::linear(&project, outputs, hidden, &biases[2]),
                    has_skip,
                );
                let run = |threads: usize| {
                    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                    let mut out = Map::default();
                    pool.install(|| block.run(isa, &map(shape, 1, &x), &mut out, 1, &ScratchPool::default()));
                    out
                };
                let found = run(1);
                assert_eq!(found.data(), run(3).data(), "the number of strips does not change a bit");

                let wide = limited(&reference(&x, shape, &expand, [hidden, expand_kernel, expand_stride], &biases[0]));
                let [wide_h, wide_w] = [h, w].map(|n| (n - 1) / expand_stride + 1);
                let full = spread(&filter, hidden, kernel * kernel);
                let narrow =
                    limited(&reference(&wide, [wide_h, wide_w, hidden], &full, [hidden, kernel, stride], &biases[1]));
                let out_shape = [wide_h, wide_w].map(|n| (n - 1) / stride + 1);
                let mut expected =
                    reference(&narrow, [out_shape[0], out_shape[1], hidden], &project, [outputs, 1, 1], &biases[2]);
                if has_skip {
                    expected.iter_mut().zip(&x).for_each(|(y, &x)| *y += f64::from(x));
                }
                assert_eq!(found.shape(), [out_shape[0], out_shape[1], outputs]);
                let rows: Vec<f32> = (0..out_shape[0]).flat_map(|y| found.row(y).to_vec()).collect();
                let case = format!("{} {shape:?} {kernel} {stride}", isa.name());
                assert!(largest_error(&rows, &expected) < 2e-4, "{case}: {}", largest_error(&rows, &expected));
                expected[0] += 0.01;
                assert!(largest_error(&rows, &expected) > 5e-3, "{case}: one wrong value goes unnoticed");
            }
        }
    }
}
