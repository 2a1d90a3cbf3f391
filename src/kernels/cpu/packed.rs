//! Weights in the order in which the tiles read them.

use super::buffer::Buffer;

/// Output channels of a panel: two AVX-512 registers.
pub(super) const PANEL: usize = 32;

/// The weights of a convolution or a linear layer: panels of [`PANEL`] output channels, each `[rows · run, PANEL]`,
/// where `rows` are the kernel's rows and `run` is the number of floats that a kernel row reads side by side (kernel
/// width · input channels). A linear layer has one row of `run` = input width. Missing channels are zeros.
#[derive(Clone, Debug, Default)]
pub struct Packed {
    outputs: usize,
    rows: usize,
    run: usize,
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

    fn reshape(&mut self, outputs: usize, rows: usize, run: usize) {
        (self.outputs, self.rows, self.run) = (outputs, rows, run);
        let old = self.panels.len();
        self.panels.resize(outputs.div_ceil(PANEL) * rows * run * PANEL);
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
        self.rows * self.run * PANEL
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
}
