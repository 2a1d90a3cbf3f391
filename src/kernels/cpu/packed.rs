//! Weights in the order in which the tiles read them.

use super::bf16::pair;
use super::buffer::Buffer;
use super::isa::Isa;

/// Output channels of a panel: two AVX-512 registers.
pub(super) const PANEL: usize = 32;

/// The weights of a convolution or a linear layer: panels of [`PANEL`] output channels, each `[rows · run, PANEL]`,
/// where `rows` are the kernel's rows and `run` is the number of floats that a kernel row reads side by side (kernel
/// width · input channels). A linear layer has one row of `run` = input width. Missing channels are zeros.
///
/// In bf16 there are half as many inputs, each of which is a pair of neighbours in a float's place; an odd run ends with
/// a zero.
#[derive(Clone, Debug, Default)]
pub struct Packed {
    outputs: usize,
    rows: usize,
    run: usize,
    /// Only set for an [`Isa`] that has it.
    is_bf16: bool,
    panels: Buffer,
    bias: Buffer,
    relu6: bool,
}

impl Packed {
    /// Packs the weights `[outputs, inputs]` of a linear layer; `bias` is as long as the outputs, or empty for none.
    ///
    /// # Panics
    /// If the lengths do not fit.
    #[must_use]
    pub fn linear(weight: &[f32], outputs: usize, inputs: usize, bias: &[f32]) -> Self {
        assert_eq!(weight.len(), outputs * inputs, "weights [{outputs}, {inputs}]");
        let mut packed = Self::default();
        packed.repack(weight, [inputs, outputs], [1, inputs]);
        packed.set_bias(bias);
        packed
    }

    /// Packs the weights `[outputs, channels, kernel, kernel]` of a convolution over NHWC maps; `bias` as for
    /// [`Packed::linear`].
    ///
    /// # Panics
    /// If the lengths do not fit.
    #[must_use]
    pub fn convolution(weight: &[f32], outputs: usize, channels: usize, kernel: usize, bias: &[f32]) -> Self {
        assert_eq!(weight.len(), outputs * channels * kernel * kernel, "weights [{outputs}, {channels}, {kernel}²]");
        let taps = kernel * kernel;
        let mut packed = Self::default();
        packed.reshape(outputs, kernel, kernel * channels);
        for (output, filter) in weight.chunks_exact(channels * taps).enumerate() {
            for (channel, plane) in filter.chunks_exact(taps).enumerate() {
                for (tap, &value) in plane.iter().enumerate() {
                    *packed.at(tap * channels + channel, output) = value;
                }
            }
        }
        packed.set_bias(bias);
        packed
    }

    /// Packs a matrix with `depth` inputs and `outputs` outputs whose element (input i, output o) stands at
    /// `i · input_stride + o · output_stride`, into the memory that is already here. No bias.
    ///
    /// # Panics
    /// If `source` is too short.
    pub fn repack(&mut self, source: &[f32], [depth, outputs]: [usize; 2], [input_stride, output_stride]: [usize; 2]) {
        self.reshape(outputs, 1, depth);
        for (panel, rows) in self.panels.chunks_exact_mut(depth * PANEL).enumerate() {
            let first = panel * PANEL;
            let lanes = PANEL.min(outputs - first);
            if lanes < PANEL {
                rows.fill(0.0);
            }
            if output_stride == 1 {
                for (i, row) in rows.chunks_exact_mut(PANEL).enumerate() {
                    let at = i * input_stride + first;
                    row[..lanes].copy_from_slice(&source[at..at + lanes]);
                }
            } else {
                for lane in 0..lanes {
                    let column = source[(first + lane) * output_stride..].iter().step_by(input_stride);
                    for (row, &value) in rows.chunks_exact_mut(PANEL).zip(column) {
                        row[lane] = value;
                    }
                }
            }
        }
        self.bias.sized(outputs.next_multiple_of(PANEL)).fill(0.0);
    }

    /// Packs a matrix whose outputs stand one after the other, the `depth` inputs of each side by side, as
    /// [`Packed::repack`]. Where `is_bf16`, they are pairs of bf16 numbers already. No bias.
    ///
    /// # Panics
    /// If `source` is too short, or in bf16 where `isa` has none.
    pub fn repack_rows(&mut self, isa: Isa, source: &[f32], [depth, outputs]: [usize; 2], is_bf16: bool) {
        if !is_bf16 {
            return self.repack(source, [depth, outputs], [1, depth]);
        }
        assert!(isa.has_bf16(), "pairs for an instruction set that multiplies them");
        self.repack(source, [depth.div_ceil(2), outputs], [1, depth.div_ceil(2)]);
        (self.run, self.is_bf16) = (depth, true);
    }

    fn reshape(&mut self, outputs: usize, rows: usize, run: usize) {
        (self.outputs, self.rows, self.run, self.is_bf16) = (outputs, rows, run, false);
        let old = self.panels.len();
        self.panels.resize(outputs.div_ceil(PANEL) * self.panel_len());
        debug_assert!(old == 0 || rows == 1, "a convolution is packed into fresh, zeroed memory");
    }

    fn at(&mut self, input: usize, output: usize) -> &mut f32 {
        let depth = self.rows * self.run;
        &mut self.panels[((output / PANEL) * depth + input) * PANEL + output % PANEL]
    }

    fn set_bias(&mut self, bias: &[f32]) {
        assert!(bias.is_empty() || bias.len() == self.outputs, "a bias of {} for {}", bias.len(), self.outputs);
        let padded = self.bias.sized(self.outputs.next_multiple_of(PANEL));
        padded.fill(0.0);
        padded[..bias.len()].copy_from_slice(bias);
    }

    /// The same with `ReLU6` behind it: products are limited to 0..6 as they are written.
    #[must_use]
    pub fn with_relu6(self) -> Self {
        Self { relu6: true, ..self }
    }

    pub(super) fn has_relu6(&self) -> bool {
        self.relu6
    }

    /// The same in bf16, rounded to the nearest, where `isa` has that. Kernels of several rows whose run is odd, such as
    /// that of a picture's three channels, stay as they are: their pixels would begin in the middle of a pair.
    #[must_use]
    pub fn in_bf16(self, isa: Isa) -> Self {
        if !isa.has_bf16() || self.is_bf16 || (self.rows > 1 && self.run % 2 == 1) {
            return self;
        }
        let mut rounded = Self { is_bf16: true, ..self.clone() };
        rounded.panels = Buffer::zeroed(rounded.num_panels() * rounded.panel_len());
        let zeros = [0.0; PANEL];
        let rows = self.panels.chunks_exact(self.run.max(1) * PANEL);
        for (row, words) in rows.zip(rounded.panels.chunks_exact_mut(self.run.div_ceil(2).max(1) * PANEL)) {
            for (pair_of, words) in row.chunks(2 * PANEL).zip(words.chunks_exact_mut(PANEL)) {
                let (low, high) = pair_of.split_at(PANEL);
                let high = if high.is_empty() { &zeros } else { high };
                for (word, (&low, &high)) in words.iter_mut().zip(low.iter().zip(high)) {
                    *word = pair(low, high);
                }
            }
        }
        rounded
    }

    /// Whether its numbers are bf16.
    #[must_use]
    pub fn is_bf16(&self) -> bool {
        self.is_bf16
    }

    /// Floats, or pairs of bf16 numbers, in a run.
    pub(super) fn words(&self) -> usize {
        if self.is_bf16 { self.run.div_ceil(2) } else { self.run }
    }

    /// Output channels.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Kernel rows; 1 for a linear layer.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Floats that one kernel row reads.
    #[must_use]
    pub fn run(&self) -> usize {
        self.run
    }

    pub(super) fn num_panels(&self) -> usize {
        self.outputs.div_ceil(PANEL)
    }

    /// All panels, each [`Packed::panel_len`] floats.
    pub(super) fn panels(&self) -> &[f32] {
        &self.panels
    }

    pub(super) fn panel_len(&self) -> usize {
        self.rows * self.words() * PANEL
    }

    /// The panel's weights `[rows · run, PANEL]`.
    #[cfg(test)]
    fn panel(&self, panel: usize) -> &[f32] {
        &self.panels[panel * self.panel_len()..(panel + 1) * self.panel_len()]
    }

    pub(super) fn panel_bias(&self, panel: usize) -> &[f32] {
        &self.bias[panel * PANEL..(panel + 1) * PANEL]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::cpu::bf16::round_row;

    #[test]
    fn a_linear_layer_is_transposed_into_zero_padded_panels() {
        let weight: Vec<f32> = (0..35 * 3).map(|v| v as f32).collect();
        let packed = Packed::linear(&weight, 35, 3, &[2.0; 35]);
        assert_eq!((packed.num_panels(), packed.panel(1).len()), (2, 3 * PANEL));
        assert_eq!(packed.panel(0)[PANEL..PANEL + 2], [1.0, 4.0]); // input 1 of outputs 0 and 1
        assert_eq!(packed.panel(1)[2 * PANEL..2 * PANEL + 4], [98.0, 101.0, 104.0, 0.0]); // input 2 of outputs 32 to 34
        assert_eq!(packed.panel_bias(1)[..4], [2.0, 2.0, 2.0, 0.0]);
    }

    #[test]
    fn a_convolution_reads_channels_side_by_side() {
        let weight: Vec<f32> = (0..2 * 3 * 9).map(|v| v as f32).collect();
        let packed = Packed::convolution(&weight, 2, 3, 3, &[]);
        assert_eq!((packed.rows(), packed.run()), (3, 9));
        // Output 1, kernel row 2, column 1, channel 2.
        let at = (2 * 9 + 3 + 2) * PANEL + 1;
        assert_eq!(packed.panel(0)[at..=at], [(27 + 2 * 9 + 2 * 3 + 1) as f32]);
    }

    #[test]
    fn packing_again_forgets_the_old_weights() {
        let mut packed = Packed::default();
        packed.repack(&[1.0; 40 * 8], [8, 40], [40, 1]);
        packed.repack(&[5.0, 6.0], [1, 2], [2, 1]);
        assert_eq!(packed.panel(0)[..3], [5.0, 6.0, 0.0]);
        assert_eq!(packed.panel(0).len(), PANEL);
    }

    #[test]
    fn pairs_of_bf16_are_rounded_to_the_nearest_and_an_odd_run_ends_with_a_zero() {
        let Some(isa) = Isa::available().into_iter().find(|isa| isa.has_bf16()) else { return };
        let weight: Vec<f32> = (0..35 * 3).map(|v| v as f32 + 1.0 / 512.0).collect();
        let packed = Packed::linear(&weight, 35, 3, &[2.0; 35]).in_bf16(isa);
        let word = |low: f32, high: f32| f32::from_bits(high.to_bits() | (low.to_bits() >> 16));
        assert_eq!((packed.num_panels(), packed.panel(1).len()), (2, 2 * PANEL));
        assert_eq!(packed.panel(0)[1..2], [word(3.0, 4.0)]); // inputs 0 and 1 of output 1
        assert_eq!(packed.panel(1)[PANEL + 2..PANEL + 4], [word(104.0, 0.0), 0.0]); // input 2 of outputs 34 and 35
        assert_eq!(packed.panel(0)[0].to_bits() & 0xffff, 0x3b00, "1/512 itself has few bits");

        let mut pairs = vec![0.0; 35 * 2];
        for (row, pairs) in weight.chunks(3).zip(pairs.chunks_mut(2)) {
            round_row(isa, row, pairs);
        }
        let mut again = Packed::default();
        again.repack_rows(isa, &pairs, [3, 35], true);
        assert_eq!((again.run(), again.is_bf16()), (3, true));
        assert_eq!(again.panel(0), packed.panel(0));
        assert_eq!(again.panel(1)[..3], packed.panel(1)[..3]);
        assert!(!Packed::convolution(&[1.0; 27], 1, 3, 3, &[]).in_bf16(isa).is_bf16());
    }
}
