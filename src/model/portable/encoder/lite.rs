//! The lite encoder: EfficientNet-Lite0's first stages, and a head that mixes their maps at 1/4.

use super::unit_length;
use crate::model::lite::{self, Block, DETAIL_SHARE, TAPS};
use crate::model::portable::layers::{Conv, Weights, instance_norm};
use burn::tensor::Tensor;
use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};

/// The encoder's layers.
#[derive(Debug)]
pub(super) struct LiteEncoder {
    stem: Conv,
    blocks: Vec<Inverted>,
    detail: Conv,
    conv3: Conv,
}

#[derive(Debug)]
struct Inverted {
    block: Block,
    expand: Option<Conv>,
    depthwise: Conv,
    project: Conv,
}

impl Inverted {
    fn new(weights: &Weights, block: Block) -> Self {
        let layer = |name: &str| format!("fnet.{}.{name}", block.name());
        Self {
            block,
            expand: block.has_expand().then(|| weights.conv(&layer("expand"), 1)),
            depthwise: weights.depthwise(&layer("depthwise"), block.stride),
            project: weights.conv(&layer("project"), 1),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let wide = match &self.expand {
            Some(expand) => relu6(expand.forward(x.clone())),
            None => x.clone(),
        };
        let y = self.project.forward(relu6(self.depthwise.forward(wide)));
        if self.block.has_skip() { x + y } else { y }
    }
}

impl LiteEncoder {
    pub(super) fn new(weights: &Weights) -> Self {
        Self {
            stem: weights.conv("fnet.stem", 2),
            blocks: lite::blocks().into_iter().map(|block| Inverted::new(weights, block)).collect(),
            detail: weights.conv("fnet.detail", 2),
            conv3: weights.conv("fnet.conv3", 1),
        }
    }

    /// `[1, 3, H', W']` in −1..1 → `[1, C, H, W]`.
    pub(super) fn forward(&self, picture: Tensor<4>) -> Tensor<4> {
        self.conv3.forward(self.parts(self.taps(picture)))
    }

    /// The maps at 1/2, 1/4, 1/8 and 1/16.
    fn taps(&self, picture: Tensor<4>) -> Vec<Tensor<4>> {
        let mut x = relu6(self.stem.forward(picture));
        let mut taps = Vec::with_capacity(TAPS.len());
        for layer in &self.blocks {
            x = layer.forward(x);
            let is_tap = TAPS.iter().any(|(_, stage)| *stage == layer.block.stage);
            if is_tap && layer.block.is_last_of_stage() {
                taps.push(x.clone());
            }
        }
        taps
    }

    /// All of them at 1/4, normalised and at unit length, side by side; the finest counts half.
    fn parts(&self, taps: Vec<Tensor<4>>) -> Tensor<4> {
        let [half, fine, eighth, sixteenth] = taps.try_into().expect("four maps");
        let [_, _, height, width] = fine.dims();
        let part = |x: Tensor<4>| {
            // Doubling can overshoot by a cell or three, where the picture is no multiple of 16.
            unit_length(instance_norm(x.narrow(2, 0, height).narrow(3, 0, width)))
        };
        let detail = part(self.detail.forward(half)) * DETAIL_SHARE;
        Tensor::cat(vec![part(fine), part(double(eighth)), part(double(double(sixteenth))), detail], 1)
    }
}

fn relu6(x: Tensor<4>) -> Tensor<4> {
    x.clamp(0.0, 6.0)
}

/// Twice the size: cells on even places, odd ones halfway between their neighbours, the last one repeated.
fn double(x: Tensor<4>) -> Tensor<4> {
    let [_, _, height, width] = x.dims();
    let x = Tensor::cat(vec![x.clone(), x.narrow(2, height - 1, 1)], 2);
    let x = Tensor::cat(vec![x.clone(), x.narrow(3, width - 1, 1)], 3);
    let size = [2 * height + 1, 2 * width + 1];
    let options = InterpolateOptions::new(InterpolateMode::Bilinear).with_align_corners(true).with_output_size(size);
    interpolate(x, options).narrow(2, 0, 2 * height).narrow(3, 0, 2 * width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::{ops, preprocess};
    use crate::model::Checkpoint;
    use crate::model::portable::parity::{Golden, assert_close, values};
    use burn::tensor::{DType, Device, Int, TensorData};
    use std::collections::BTreeMap;
    use std::path::Path;

    #[test]
    fn taps_and_parts_are_the_oracles() {
        let device = Device::flex();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tiny_lite_f16.safetensors");
        let checkpoint = Checkpoint::read(&path).unwrap();
        let encoder =
            LiteEncoder::new(&Weights { tensors: &checkpoint.tensors, device: &device, learned: &BTreeMap::new() });
        let (video, golden) = (Golden::read(), Golden::read_lite());
        for frame in 0..2 {
            let words = preprocess::pack(&video.frame(frame));
            let len = words.len();
            let picture = Tensor::<1, Int>::from_data(TensorData::new(words, [len]), (&device, DType::I32));
            let taps = encoder.taps(ops::preprocess(picture, [72, 96], [72, 96]));
            let half = |name: &str| {
                let both = golden.floats(name);
                both[frame * both.len() / 2..(frame + 1) * both.len() / 2].to_vec()
            };
            for (tap, (scale, _)) in taps.iter().zip(TAPS) {
                // The maps reach 20, where rounding is that much larger.
                assert_close(&format!("tap {scale}"), &values(tap), &half(&format!("tap{scale}")), 1e-3);
            }
            assert_close("parts", &values(&encoder.parts(taps)), &half("parts"), 1e-4);
        }
    }
}
