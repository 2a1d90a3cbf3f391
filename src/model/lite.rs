//! The lite encoder's layers: EfficientNet-Lite0's stem and stages 1 to 5, under a head that mixes their maps at 1/4.

/// Channels behind the stem, a 3 × 3 convolution with stride 2.
pub(super) const STEM: usize = 32;
/// Channels of the fine map that the head draws from the first stage, by a 3 × 3 convolution with stride 2.
pub(super) const DETAIL: usize = 16;
/// The share of the fine map in the mix.
pub(super) const DETAIL_SHARE: f32 = 0.5;
/// The stages whose maps the head reads, by how much smaller than the picture they are.
pub(super) const TAPS: [(usize, usize); 4] = [(2, 0), (4, 1), (8, 2), (16, 4)];
/// Channels that the head's last layer mixes: the maps at 1/4, 1/8 and 1/16, and the fine map.
pub(super) const PARTS: [usize; 4] = [24, 40, 112, DETAIL];

/// One inverted bottleneck: expand 1 × 1 (but in the first), depthwise `kernel` × `kernel`, project 1 × 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) stage: usize,
    /// Which of its stage.
    pub(super) number: usize,
    pub(super) inputs: usize,
    /// Channels of the depthwise convolution.
    pub(super) hidden: usize,
    pub(super) outputs: usize,
    pub(super) kernel: usize,
    pub(super) stride: usize,
}

impl Block {
    /// Where its tensors stand, below the encoder's.
    pub(super) fn name(&self) -> String {
        format!("stages.{}.{}", self.stage, self.number)
    }

    pub(super) fn has_expand(&self) -> bool {
        self.hidden != self.inputs
    }

    /// Whether the input is added to the output.
    pub(super) fn has_skip(&self) -> bool {
        self.stride == 1 && self.inputs == self.outputs
    }

    pub(super) fn is_last_of_stage(&self) -> bool {
        self.number + 1 == STAGES[self.stage].blocks
    }
}

struct Stage {
    kernel: usize,
    stride: usize,
    ratio: usize,
    outputs: usize,
    blocks: usize,
}

const fn stage(kernel: usize, stride: usize, ratio: usize, outputs: usize, blocks: usize) -> Stage {
    Stage { kernel, stride, ratio, outputs, blocks }
}

const STAGES: [Stage; 5] = [
    stage(3, 1, 1, 16, 1),
    stage(3, 2, 6, 24, 2),
    stage(5, 2, 6, 40, 2),
    stage(3, 2, 6, 80, 3),
    stage(5, 1, 6, 112, 3),
];

/// All bottlenecks in their order.
pub(super) fn blocks() -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut inputs = STEM;
    for (stage, &Stage { kernel, stride, ratio, outputs, blocks: count }) in STAGES.iter().enumerate() {
        for number in 0..count {
            let stride = if number == 0 { stride } else { 1 };
            blocks.push(Block { stage, number, inputs, hidden: inputs * ratio, outputs, kernel, stride });
            inputs = outputs;
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_taps_have_the_channels_that_the_head_mixes() {
        let blocks = blocks();
        assert_eq!(blocks.len(), 11);
        let outputs = |stage: usize| blocks.iter().find(|b| b.stage == stage && b.is_last_of_stage()).unwrap().outputs;
        assert_eq!(TAPS.map(|(_, stage)| outputs(stage)), [16, 24, 40, 112]);
        // Everything up to a tap halves the picture as often as the tap says.
        for (scale, stage) in TAPS {
            let strides: usize = blocks.iter().filter(|b| b.stage <= stage).map(|b| b.stride).product();
            assert_eq!(2 * strides, scale);
        }
    }
}
