//! Depthwise convolutions: each channel has a kernel of its own, so the work is bound by memory, not by arithmetic.

use super::buffer::Buffer;
use super::isa::{Isa, fma, multiversion};

/// Channels that are worked on together: their lanes stay in registers, and a cell's part of them is one cache line.
const LANES: usize = 16;
/// Output pixels that share a load of the weights.
const PIXELS: usize = 4;

/// The kernels of a depthwise convolution, 3 × 3 or 5 × 5, with `ReLU6` behind it.
#[derive(Clone, Debug)]
pub struct Depthwise {
    kernel: usize,
    channels: usize,
    /// `[kernel², channels]`
    weights: Buffer,
    bias: Buffer,
}

impl Depthwise {
    /// From weights `[channels, 1, kernel, kernel]`.
    ///
    /// # Panics
    /// If the lengths do not fit, the kernel is neither 3 nor 5, or the channels are no multiple of 16.
    #[must_use]
    pub fn new(weight: &[f32], [channels, kernel]: [usize; 2], bias: &[f32]) -> Self {
        let taps = kernel * kernel;
        assert_eq!((weight.len(), bias.len()), (channels * taps, channels), "weights [{channels}, {kernel}²]");
        assert!(matches!(kernel, 3 | 5) && channels.is_multiple_of(LANES), "{channels} channels, kernel {kernel}");
        let mut weights = Buffer::zeroed(taps * channels);
        for (channel, filter) in weight.chunks_exact(taps).enumerate() {
            for (tap, &value) in filter.iter().enumerate() {
                weights[tap * channels + channel] = value;
            }
        }
        let mut own_bias = Buffer::zeroed(channels);
        own_bias.copy_from_slice(bias);
        Self { kernel, channels, weights, bias: own_bias }
    }

    /// Side of the kernel.
    #[must_use]
    pub fn kernel(&self) -> usize {
        self.kernel
    }

    /// Channels of input and output.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Computes one row of `out` pixels `[width, channels]`. `lines` are the kernel's rows of the input, each
    /// starting at what the kernel's left column reads for the first pixel: with `kernel / 2` pixels of zeros on
    /// either side.
    ///
    /// # Panics
    /// If there are not `kernel` lines, or one is too short.
    pub fn row(&self, isa: Isa, lines: &[&[f32]], stride: usize, out: &mut [f32]) {
        let (c, width) = (self.channels, out.len() / self.channels);
        assert!(lines.len() == self.kernel && out.len() == width * c, "{} lines", lines.len());
        let needed = (width.saturating_sub(1) * stride + self.kernel) * c;
        assert!(lines.iter().all(|line| line.len() >= needed), "a line is shorter than {needed} floats");
        convolve_row(isa, self, lines, stride, out);
    }
}

multiversion! {
    fn convolve_row(convolution: &Depthwise, lines: &[&[f32]], stride: usize, out: &mut [f32]) => convolve_row_body
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn convolve_row_body<const FMA: bool>(convolution: &Depthwise, lines: &[&[f32]], stride: usize, out: &mut [f32]) {
    if convolution.kernel == 3 {
        convolve_lines::<FMA, 3>(convolution, lines, stride, out);
    } else {
        convolve_lines::<FMA, 5>(convolution, lines, stride, out);
    }
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn convolve_lines<const FMA: bool, const K: usize>(
    convolution: &Depthwise,
    lines: &[&[f32]],
    stride: usize,
    out: &mut [f32],
) {
    let (c, width) = (convolution.channels, out.len() / convolution.channels);
    // Channels outermost: their weights stay near the core for a whole row (5 × 5 × 672 of them would not), and a
    // cell's part of a line is read by one pass alone.
    for channel in (0..c).step_by(LANES) {
        let mut x = 0;
        while x + PIXELS <= width {
            convolve_pixels::<FMA, K, PIXELS>(convolution, lines, stride, channel, x, out);
            x += PIXELS;
        }
        while x < width {
            convolve_pixels::<FMA, K, 1>(convolution, lines, stride, channel, x, out);
            x += 1;
        }
    }
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
#[expect(unsafe_code, reason = "unchecked access in the innermost loop; `Depthwise::row` has asserted the extents")]
fn convolve_pixels<const FMA: bool, const K: usize, const N: usize>(
    convolution: &Depthwise,
    lines: &[&[f32]],
    stride: usize,
    channel: usize,
    x: usize,
    out: &mut [f32],
) {
    let c = convolution.channels;
    // SAFETY: `channel + LANES ≤ c`, since c is a multiple of LANES; weights hold K² rows of c, the bias c, each line
    // `((width − 1) · stride + K) · c` and `out` `width · c` floats, and x + N ≤ width.
    unsafe {
        let mut sums = [read(convolution.bias.as_ptr().add(channel)); N];
        for ky in 0..K {
            let line = lines.get_unchecked(ky).as_ptr().add(x * stride * c + channel);
            for kx in 0..K {
                let weights = read(convolution.weights.as_ptr().add((ky * K + kx) * c + channel));
                for (i, sum) in sums.iter_mut().enumerate() {
                    let values = read(line.add((i * stride + kx) * c));
                    for lane in 0..LANES {
                        sum[lane] = fma::<FMA>(values[lane], weights[lane], sum[lane]);
                    }
                }
            }
        }
        for (i, sum) in sums.iter().enumerate() {
            let out = &mut *out.as_mut_ptr().add((x + i) * c + channel).cast::<[f32; LANES]>();
            for lane in 0..LANES {
                out[lane] = relu6(sum[lane]);
            }
        }
    }
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
#[expect(unsafe_code, reason = "see `convolve_pixels`")]
unsafe fn read(from: *const f32) -> [f32; LANES] {
    // SAFETY: forwarded from the caller.
    unsafe { from.cast::<[f32; LANES]>().read() }
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn relu6(x: f32) -> f32 {
    let x = if x > 0.0 { x } else { 0.0 };
    if x < 6.0 { x } else { 6.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::cpu::product::tests::{largest_error, noise};

    #[test]
    fn rows_match_plain_loops() {
        for isa in Isa::available() {
            for (kernel, stride, channels, width) in [(3, 1, 32, 9), (3, 2, 16, 5), (5, 1, 48, 4), (5, 2, 16, 1)] {
                let line_len = ((width - 1) * stride + kernel) * channels;
                let (x, weight) = (noise(kernel * line_len, 1), noise(channels * kernel * kernel, 2));
                let bias: Vec<f32> = noise(channels, 3).iter().map(|v| v * 4.0).collect();
                let lines: Vec<&[f32]> = x.chunks_exact(line_len).collect();
                let mut out = vec![9.0; width * channels];
                Depthwise::new(&weight, [channels, kernel], &bias).row(isa, &lines, stride, &mut out);
                let mut expected = Vec::new();
                for (x, c) in (0..width).flat_map(|x| (0..channels).map(move |c| (x, c))) {
                    let mut sum = f64::from(bias[c]);
                    for (ky, kx) in (0..kernel).flat_map(|y| (0..kernel).map(move |x| (y, x))) {
                        let value = lines[ky][(x * stride + kx) * channels + c];
                        sum += f64::from(value) * f64::from(weight[(c * kernel + ky) * kernel + kx]);
                    }
                    expected.push(sum.clamp(0.0, 6.0));
                }
                let case = format!("{} {kernel} {stride} {channels} {width}", isa.name());
                assert!(largest_error(&out, &expected) < 1e-5, "{case}");
                expected[channels - 1] += 0.01;
                assert!(largest_error(&out, &expected) > 5e-3, "{case}: one wrong value goes unnoticed");
            }
        }
    }

    #[test]
    fn what_is_above_six_is_six() {
        let convolution = Depthwise::new(&[1.0; 16 * 9], [16, 3], &[0.0; 16]);
        let line = [3.0; 3 * 16];
        let mut out = [0.0; 16];
        convolution.row(Isa::best(), &[&line, &line, &line], 1, &mut out);
        assert_eq!(out, [6.0; 16]);
    }
}
