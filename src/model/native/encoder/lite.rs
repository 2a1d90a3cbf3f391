//! The lite encoder: EfficientNet-Lite0's first stages, and a head that mixes their maps at 1/4.

use crate::kernels::cpu::{
    Buffer, Convolution, Depthwise, Enlarged, Inverted, InvertedScratch, Isa, Map, Moments, Packed, Pixels,
    ScratchPool, Start, add_scaled, apply, multiply, normalize, preprocess, scale_to_unit_length, unit_factors,
};
use crate::model::ModelConfig;
use crate::model::lite::{self, Block, DETAIL, DETAIL_SHARE, PARTS, STEM, TAPS};
use crate::model::native::features::FeatureMap;
use crate::model::native::parameters::{NativeError, Parameters};
use rayon::prelude::*;

/// Stages of bottlenecks and the head on top.
#[derive(Debug)]
pub(super) struct LiteEncoder {
    isa: Isa,
    /// The first one holds the stem as its expansion.
    blocks: Vec<Inverted>,
    /// Which block's map is a tap: at 1/2, 1/4, 1/8 and 1/16.
    taps: [usize; 4],
    head: Head,
    strips: ScratchPool<InvertedScratch>,
    scratch: ScratchPool<Scratch>,
}

/// Memory of one run, kept for the next.
#[derive(Debug, Default)]
struct Scratch {
    picture: Map,
    /// What each block makes.
    maps: Vec<Map>,
    head: HeadScratch,
}

impl LiteEncoder {
    pub(super) fn new(isa: Isa, config: &ModelConfig, parameters: &Parameters) -> Result<Self, NativeError> {
        let blocks = lite::blocks();
        let tap = |(_, stage): (usize, usize)| {
            blocks.iter().rposition(|block| block.stage == stage).expect("each stage has a block")
        };
        Ok(Self {
            isa,
            taps: TAPS.map(tap),
            blocks: blocks.iter().map(|block| bottleneck(block, parameters)).collect::<Result<_, _>>()?,
            head: Head::new(parameters, config.latent_dim)?,
            strips: ScratchPool::default(),
            scratch: ScratchPool::default(),
        })
    }

    /// Level 0 of the pyramid of RGB bytes of `source` (height, width), seen at `model` (height, width).
    pub(super) fn run(&self, rgb: &[u8], source: [usize; 2], model: [usize; 2]) -> FeatureMap {
        self.scratch.with(|Scratch { picture, maps, head }| {
            preprocess(self.isa, rgb, source, model, 1, picture);
            maps.resize_with(self.blocks.len(), Map::default);
            for (i, block) in self.blocks.iter().enumerate() {
                let (before, now) = maps.split_at_mut(i);
                // The fine map is drawn from the first tap by a convolution, which reads a border.
                let border = usize::from(i == self.taps[0]);
                block.run(self.isa, before.last().unwrap_or(picture), &mut now[0], border, &self.strips);
            }
            self.head.run(self.isa, self.taps.map(|tap| &maps[tap]), head)
        })
    }

    /// The taps, each `[height, width, channels]`.
    #[cfg(test)]
    pub(super) fn taps(&self, rgb: &[u8], size: [usize; 2]) -> Vec<Vec<f32>> {
        self.run(rgb, size, size);
        self.scratch.with(|scratch| {
            let rows = |map: &Map| (0..map.shape()[0]).flat_map(|y| map.row(y).to_vec()).collect();
            self.taps.iter().map(|&tap| rows(&scratch.maps[tap])).collect()
        })
    }
}

fn bottleneck(block: &Block, parameters: &Parameters) -> Result<Inverted, NativeError> {
    let own = parameters.part(&block.name());
    let &Block { inputs, hidden, outputs, kernel, stride, .. } = block;
    let expand = if block.has_expand() {
        own.part("expand").convolution(inputs, hidden, 1, 1)?
    } else {
        parameters.part("stem").convolution(3, STEM, 3, 2)?
    };
    let depthwise = own.part("depthwise");
    let filter = depthwise.tensor("weight", &[hidden, 1, kernel, kernel])?;
    let depthwise = Depthwise::new(filter, [hidden, kernel], depthwise.tensor("bias", &[hidden])?);
    let project = own.part("project").convolution_weights(hidden, outputs, 1)?;
    Ok(Inverted::new(expand, (depthwise, stride), project, block.has_skip()))
}

/// Instance norm and unit length of four maps, enlarged to 1/4 and mixed by a 1 × 1 convolution; unit length.
///
/// The coarse maps are mixed where they are small: mixing and norm commute with enlarging, and unit length is one
/// factor for each cell, which can follow the mixing. That leaves a third of the multiplications.
#[derive(Debug)]
struct Head {
    detail: Convolution,
    /// Of the map at 1/4, with the bias.
    mix_fine: Packed,
    mix_detail: Packed,
    /// Of the maps at 1/8 and 1/16.
    mix_coarse: [Packed; 2],
    rows: ScratchPool<RowScratch>,
}

/// How much larger the maps at 1/8 and 1/16 become.
const FACTORS: [usize; 2] = [2, 4];

#[derive(Debug, Default)]
struct HeadScratch {
    detail: Map,
    coarse: [Coarse; 2],
}

/// A coarse map.
#[derive(Debug, Default)]
struct Coarse {
    normal: Map,
    mixed: Map,
}

#[derive(Debug, Default)]
struct RowScratch {
    parts: Buffer,
    mixed: Buffer,
    factors: Buffer,
    line: Buffer,
}

impl Head {
    fn new(parameters: &Parameters, dim: usize) -> Result<Self, NativeError> {
        let channels = PARTS.iter().sum();
        let conv3 = parameters.part("conv3");
        let weight = conv3.tensor("weight", &[dim, channels, 1, 1])?;
        let bias = conv3.tensor("bias", &[dim])?;
        let part = |number: usize, share: f32, bias: &[f32]| {
            let (first, count) = (PARTS[..number].iter().sum::<usize>(), PARTS[number]);
            let rows = weight.chunks_exact(channels).flat_map(|row| &row[first..first + count]);
            let weight: Vec<f32> = rows.map(|w| w * share).collect();
            Packed::linear(&weight, dim, count, bias).in_bf16(parameters.isa())
        };
        Ok(Self {
            detail: parameters.part("detail").convolution(lite::blocks()[0].outputs, DETAIL, 3, 2)?,
            mix_fine: part(0, 1.0, bias),
            mix_coarse: [part(1, 1.0, &[]), part(2, 1.0, &[])],
            mix_detail: part(3, DETAIL_SHARE, &[]),
            rows: ScratchPool::default(),
        })
    }

    /// From the maps at 1/2, 1/4, 1/8 and 1/16.
    fn run(&self, isa: Isa, [half, fine, eighth, sixteenth]: [&Map; 4], scratch: &mut HeadScratch) -> FeatureMap {
        let [height, width, _] = fine.shape();
        let HeadScratch { detail, coarse } = scratch;
        let detail_moments = self.detail.run(isa, half, detail);
        let fine_moments = Moments::of_rows(isa, fine.shape(), |y, row| row.copy_from_slice(fine.row(y)));
        for (i, source) in [eighth, sixteenth].into_iter().enumerate() {
            self.mix(isa, i, source, [height, width], &mut coarse[i]);
        }

        let channels = self.mix_fine.outputs();
        let own = [(fine, fine_moments, &self.mix_fine), (&*detail, detail_moments, &self.mix_detail)];
        let mut data = vec![0.0; height * width * channels];
        data.par_chunks_mut(width * channels).enumerate().for_each(|(y, out)| {
            self.rows.with(|RowScratch { parts, mixed, factors, line }| {
                for (i, (map, moments, mix)) in own.iter().enumerate() {
                    let part_channels = map.shape()[2];
                    let part = parts.sized(width * part_channels);
                    apply(isa, map.row(y), moments, f32::NEG_INFINITY, part);
                    scale_to_unit_length(isa, part, part_channels);
                    let start = if i == 0 { Start::Bias } else { Start::Residual };
                    multiply(isa, &Pixels::rows(part, width, part_channels), mix, start, out, channels);
                }
                for (coarse, factor) in coarse.iter().zip(FACTORS) {
                    let part_channels = coarse.normal.shape()[2];
                    let part = parts.sized(width * part_channels);
                    Enlarged::new(&coarse.normal, factor).row(isa, y, line, part);
                    unit_factors(isa, part, part_channels, factors.sized(width));
                    Enlarged::new(&coarse.mixed, factor).row(isa, y, line, mixed.sized(width * channels));
                    add_scaled(isa, mixed, factors, channels, out);
                }
                scale_to_unit_length(isa, out, channels);
            });
        });
        FeatureMap { height, width, channels, data, is_bf16: false }
    }

    /// Normalises a coarse map as if it were enlarged to `size` (height, width) first, and mixes its channels.
    fn mix(&self, isa: Isa, number: usize, source: &Map, size: [usize; 2], coarse: &mut Coarse) {
        let [height, width, channels] = source.shape();
        let large = Enlarged::new(source, FACTORS[number]);
        let moments = Moments::of_rows(isa, [size[0], size[1], channels], |y, row| {
            self.rows.with(|scratch| large.row(isa, y, &mut scratch.line, row));
        });
        normalize(isa, source, &moments, false, &mut coarse.normal, 0);
        let mix = &self.mix_coarse[number];
        coarse.mixed.reshape([height, width, mix.outputs()], 0);
        let normal = &coarse.normal;
        coarse.mixed.for_each_row(|y, out| {
            multiply(isa, &Pixels::rows(normal.row(y), width, channels), mix, Start::Bias, out, mix.outputs());
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Checkpoint;
    use safetensors::SafeTensors;
    use std::path::Path;

    fn golden(name: &str) -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
    }

    #[test]
    fn taps_are_the_oracles_on_every_instruction_set() {
        let checkpoint = Checkpoint::read(&golden("tiny_lite_f16.safetensors")).unwrap();
        let [video, expected] =
            ["golden.safetensors", "golden_lite.safetensors"].map(|name| std::fs::read(golden(name)).unwrap());
        let [video, expected] = [&video, &expected].map(|bytes| SafeTensors::deserialize(bytes).unwrap());
        let area = 72 * 96;
        for isa in Isa::available() {
            let parameters = Parameters::new(isa, &checkpoint.tensors);
            let encoder = LiteEncoder::new(isa, &checkpoint.config, &parameters.part("fnet")).unwrap();
            // In bf16 numbers of 8 bits go through some forty layers; the maps reach 20.
            let (usual, most) = if isa.has_bf16() { (0.03, 1.5) } else { (1e-4, 1e-4) };
            for frame in 0..2 {
                let planes = &video.tensor("video").unwrap().data()[3 * area * frame..][..3 * area];
                let rgb: Vec<u8> = (0..area).flat_map(|i| [0, 1, 2].map(|c| planes[c * area + i])).collect();
                for (tap, (scale, _)) in encoder.taps(&rgb, [72, 96]).iter().zip(TAPS) {
                    let expected = expected.tensor(&format!("tap{scale}")).unwrap();
                    let (channels, cells) = (expected.shape()[1], expected.shape()[2] * expected.shape()[3]);
                    let floats = expected.data().as_chunks::<4>().0;
                    let planes = &floats[frame * channels * cells..][..channels * cells];
                    assert_eq!(tap.len(), channels * cells);
                    let errors = tap.iter().enumerate().map(|(i, found)| {
                        let expected = f32::from_le_bytes(planes[i % channels * cells + i / channels]);
                        // The maps reach 20, where rounding is that much larger.
                        (found - expected).abs() / expected.abs().max(1.0)
                    });
                    let worst = errors.clone().fold(0.0, f32::max);
                    let mean = errors.sum::<f32>() / tap.len() as f32;
                    assert!(mean < usual && worst < most, "{} tap {scale}: {mean}, {worst}", isa.name());
                }
            }
        }
    }
}
