//! The paper's encoder: four residual stages at 1/2 to 1/16, resampled to 1/stride and fused.

use crate::kernels::cpu::{
    Buffer, Convolution, Isa, Map, Packed, Pixels, ScratchPool, Spread, Start, UpsampledConvolution, add_normalized,
    apply, multiply, normalize, preprocess, resize_into, scale_to_unit_length,
};
use crate::model::ModelConfig;
use crate::model::native::features::FeatureMap;
use crate::model::native::parameters::{NativeError, Parameters};
use rayon::prelude::*;

const NUM_STAGES: usize = 4;

/// Residual stages and their fusion.
#[derive(Debug)]
pub(super) struct ResidualEncoder {
    isa: Isa,
    stem: Convolution,
    stages: Vec<[ResidualBlock; 2]>,
    fusion: Fusion,
    stride: usize,
    scratch: ScratchPool<Scratch>,
}

/// Memory of one run, kept for the next.
#[derive(Debug, Default)]
struct Scratch {
    /// What the next layer reads, rectified, with a border.
    x: Map,
    /// Between the two convolutions of a block.
    inner: Map,
    /// A convolution's result before its norm.
    raw: Map,
    /// The stages at full resolution, side by side.
    dense: Map,
    /// The stages that are mixed before they are upsampled.
    mixed: Vec<Map>,
}

impl ResidualEncoder {
    pub(super) fn new(isa: Isa, config: &ModelConfig, parameters: &Parameters) -> Result<Self, NativeError> {
        let dim = config.latent_dim;
        let widths = [dim / 2, dim / 4 * 3, dim, dim];
        let mut stages = Vec::new();
        let mut channels = widths[0];
        for (i, &width) in widths.iter().enumerate() {
            let stage = parameters.part(&format!("layer{}", i + 1));
            let stride = if i == 0 { 1 } else { 2 };
            let first = ResidualBlock::new(&stage.part("0"), channels, width, stride)?;
            stages.push([first, ResidualBlock::new(&stage.part("1"), width, width, 1)?]);
            channels = width;
        }
        Ok(Self {
            isa,
            stem: parameters.part("conv1").convolution(3, widths[0], 7, 2)?,
            stages,
            fusion: Fusion::new(parameters, dim, widths, config.stride)?,
            stride: config.stride,
            scratch: ScratchPool::default(),
        })
    }

    /// Level 0 of the pyramid of RGB bytes of `source` (height, width), seen at `model` (height, width).
    pub(super) fn run(&self, rgb: &[u8], source: [usize; 2], model: [usize; 2]) -> FeatureMap {
        self.scratch.with(|scratch| self.level0(rgb, source, model, scratch))
    }

    fn level0(&self, rgb: &[u8], source: [usize; 2], model: [usize; 2], scratch: &mut Scratch) -> FeatureMap {
        let isa = self.isa;
        let Scratch { x, inner, raw, dense, mixed } = scratch;
        preprocess(isa, rgb, source, model, 3, inner);
        let moments = self.stem.run(isa, inner, raw);
        normalize(isa, raw, &moments, true, x, 1);
        let size = [model[0] / self.stride, model[1] / self.stride];
        self.fusion.prepare(size, dense, mixed);
        for (i, stage) in self.stages.iter().enumerate() {
            for block in stage {
                block.run(isa, x, inner, raw);
            }
            self.fusion.take_stage(isa, i, x, dense, mixed);
        }
        self.fusion.run(isa, dense, mixed, raw)
    }
}

/// Two convolutions around a shortcut.
#[derive(Debug)]
struct ResidualBlock {
    conv1: Convolution,
    conv2: Convolution,
    downsample: Option<Convolution>,
}

impl ResidualBlock {
    fn new(parameters: &Parameters, channels: usize, outputs: usize, stride: usize) -> Result<Self, NativeError> {
        let shortcut = || parameters.part("downsample.0").convolution(channels, outputs, 1, stride);
        Ok(Self {
            conv1: parameters.part("conv1").convolution(channels, outputs, 3, stride)?,
            conv2: parameters.part("conv2").convolution(outputs, outputs, 3, 1)?,
            downsample: if stride == 1 { None } else { Some(shortcut()?) },
        })
    }

    /// Replaces `x` by the block's result.
    fn run(&self, isa: Isa, x: &mut Map, inner: &mut Map, raw: &mut Map) {
        let moments = self.conv1.run(isa, x, raw);
        normalize(isa, raw, &moments, true, inner, 1);
        if let Some(downsample) = &self.downsample {
            let moments = downsample.run(isa, x, raw);
            normalize(isa, raw, &moments, false, x, 1);
        }
        let moments = self.conv2.run(isa, inner, raw);
        add_normalized(isa, raw, &moments, x);
    }
}

/// The 3×3 and 1×1 convolutions over the four stages at 1/stride.
///
/// The stages below that resolution, two thirds of the channels, are not upsampled first: their channels are mixed
/// where they are small (of the official encoder's 52 GFLOP that saves 12).
#[derive(Debug)]
struct Fusion {
    dense: Convolution,
    /// For each stage, where its channels stand in `dense`, or how they are mixed.
    inputs: Vec<StageInput>,
    dense_channels: usize,
    conv3: Packed,
    scratch: ScratchPool<Buffer>,
}

#[derive(Debug)]
enum StageInput {
    Dense { offset: usize },
    Mixed(UpsampledConvolution),
}

impl Fusion {
    fn new(
        parameters: &Parameters,
        dim: usize,
        widths: [usize; NUM_STAGES],
        stride: usize,
    ) -> Result<Self, NativeError> {
        let (isa, outputs, channels) = (parameters.isa(), 2 * dim, widths.iter().sum::<usize>());
        let conv2 = parameters.part("conv2");
        let weight = conv2.tensor("weight", &[outputs, channels, 3, 3])?;
        // The weights [outputs, channels, 3, 3] of some of the channels.
        let slice = |first: usize, count: usize| -> Vec<f32> {
            let filters = weight.chunks_exact(channels * 9);
            filters.flat_map(|filter| &filter[first * 9..(first + count) * 9]).copied().collect()
        };
        let mut inputs = Vec::new();
        let (mut first, mut dense_channels) = (0, 0);
        for (i, &width) in widths.iter().enumerate() {
            // Stage i stands at 1 / 2^(i + 1).
            if 2 << i <= stride {
                inputs.push(StageInput::Dense { offset: first });
                dense_channels = first + width;
            } else {
                let mix = UpsampledConvolution::new(&slice(first, width), outputs, width).in_bf16(isa);
                inputs.push(StageInput::Mixed(mix));
            }
            first += width;
        }
        let bias = conv2.tensor("bias", &[outputs])?;
        let dense = Packed::convolution(&slice(0, dense_channels), outputs, dense_channels, 3, bias);
        Ok(Self {
            dense: Convolution::packed(dense.in_bf16(isa), 1),
            inputs,
            dense_channels,
            conv3: parameters.part("conv3").convolution_weights(outputs, dim, 1)?,
            scratch: ScratchPool::default(),
        })
    }

    /// Makes room for the stages of a picture whose features are `size` (height, width).
    fn prepare(&self, size: [usize; 2], dense: &mut Map, mixed: &mut Vec<Map>) {
        dense.reshape([size[0], size[1], self.dense_channels], 1);
        dense.fill_rows(|_, _| ());
        mixed.resize_with(NUM_STAGES, Map::default);
    }

    fn take_stage(&self, isa: Isa, stage: usize, x: &Map, dense: &mut Map, mixed: &mut [Map]) {
        match &self.inputs[stage] {
            StageInput::Dense { offset } => resize_into(isa, x, dense, *offset),
            StageInput::Mixed(mix) => mix.mix(isa, x, &mut mixed[stage]),
        }
    }

    fn run(&self, isa: Isa, dense: &Map, mixed: &[Map], raw: &mut Map) -> FeatureMap {
        let [height, width, _] = dense.shape();
        let outputs = self.dense.outputs();
        let is_mixed = |stage: &usize| matches!(self.inputs[*stage], StageInput::Mixed(_));
        let spreads: Vec<Spread> =
            (0..NUM_STAGES).filter(is_mixed).map(|stage| Spread::new(&mixed[stage], height, width)).collect();
        let moments = self.dense.run_with(isa, dense, raw, |first, rows| {
            self.scratch.with(|scratch| {
                for (i, row) in rows.chunks_exact_mut(width * outputs).enumerate() {
                    for spread in &spreads {
                        spread.add_to_row(isa, first + i, row, scratch);
                    }
                }
            });
        });

        let channels = self.conv3.outputs();
        let mut data = vec![0.0; height * width * channels];
        data.par_chunks_mut(width * channels).enumerate().for_each(|(y, out)| {
            self.scratch.with(|scratch| {
                let row = scratch.sized(width * outputs);
                apply(isa, raw.row(y), &moments, 0.0, row);
                multiply(isa, &Pixels::rows(row, width, outputs), &self.conv3, Start::Bias, out, channels);
                scale_to_unit_length(isa, out, channels);
            });
        });
        FeatureMap { height, width, channels, data, is_bf16: false }
    }
}
