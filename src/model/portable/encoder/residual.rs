//! The paper's encoder: four residual stages at 1/2 to 1/16, resampled to 1/4 and fused.

use crate::model::portable::layers::{Conv, Weights, instance_norm};
use burn::tensor::Tensor;
use burn::tensor::activation::relu;
use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};

/// The encoder's layers.
#[derive(Debug)]
pub(super) struct ResidualEncoder {
    conv1: Conv,
    stages: Vec<[ResidualBlock; 2]>,
    conv2: Conv,
    conv3: Conv,
    stride: usize,
}

#[derive(Debug)]
struct ResidualBlock {
    conv1: Conv,
    conv2: Conv,
    downsample: Option<Conv>,
}

impl ResidualBlock {
    fn new(weights: &Weights, name: &str, stride: usize) -> Self {
        Self {
            conv1: weights.conv(&format!("{name}.conv1"), stride),
            conv2: weights.conv(&format!("{name}.conv2"), 1),
            downsample: (stride != 1).then(|| weights.conv(&format!("{name}.downsample.0"), stride)),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let y = relu(instance_norm(self.conv1.forward(x.clone())));
        let y = relu(instance_norm(self.conv2.forward(y)));
        let x = match &self.downsample {
            Some(conv) => instance_norm(conv.forward(x)),
            None => x,
        };
        relu(x + y)
    }
}

impl ResidualEncoder {
    pub(super) fn new(weights: &Weights, stride: usize) -> Self {
        let stage = |i: usize| {
            let first_stride = if i == 1 { 1 } else { 2 };
            [
                ResidualBlock::new(weights, &format!("fnet.layer{i}.0"), first_stride),
                ResidualBlock::new(weights, &format!("fnet.layer{i}.1"), 1),
            ]
        };
        Self {
            conv1: weights.conv("fnet.conv1", 2),
            stages: (1..=4).map(stage).collect(),
            conv2: weights.conv("fnet.conv2", 1),
            conv3: weights.conv("fnet.conv3", 1),
            stride,
        }
    }

    /// `[1, 3, H', W']` in −1..1 → `[1, C, H, W]`.
    pub(super) fn forward(&self, picture: Tensor<4>) -> Tensor<4> {
        let [_, _, height, width] = picture.dims();
        let size = [height / self.stride, width / self.stride];
        let resample =
            InterpolateOptions::new(InterpolateMode::Bilinear).with_align_corners(true).with_output_size(size);
        let mut x = relu(instance_norm(self.conv1.forward(picture)));
        let mut taps = Vec::with_capacity(4);
        for stage in &self.stages {
            for block in stage {
                x = block.forward(x);
            }
            taps.push(interpolate(x.clone(), resample.clone()));
        }
        let x = relu(instance_norm(self.conv2.forward(Tensor::cat(taps, 1))));
        self.conv3.forward(x)
    }
}
