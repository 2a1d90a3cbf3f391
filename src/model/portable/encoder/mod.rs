//! From a picture to its feature pyramid: one of two encoders makes level 0, pooling the others.

mod lite;
mod residual;

use super::layers::Weights;
use crate::model::{EncoderKind, ModelConfig};
use burn::tensor::Tensor;
use burn::tensor::module::avg_pool2d;
use burn::tensor::ops::AvgPoolOptions;
use lite::LiteEncoder;
use residual::ResidualEncoder;

/// The network from a picture to its feature pyramid.
#[derive(Debug)]
pub(super) struct Encoder(Form);

#[derive(Debug)]
enum Form {
    Residual(Box<ResidualEncoder>),
    Lite(Box<LiteEncoder>),
}

impl Encoder {
    pub(super) fn new(weights: &Weights, config: &ModelConfig) -> Self {
        Self(match config.encoder {
            EncoderKind::Residual => Form::Residual(Box::new(ResidualEncoder::new(weights, config.stride))),
            EncoderKind::Lite => Form::Lite(Box::new(LiteEncoder::new(weights))),
        })
    }

    /// `[1, 3, H', W']` in −1..1 → level 0 `[H, W, C]`, of unit length.
    pub(super) fn forward(&self, picture: Tensor<4>) -> Tensor<3> {
        let x = match &self.0 {
            Form::Residual(encoder) => encoder.forward(picture),
            Form::Lite(encoder) => encoder.forward(picture),
        };
        unit_length(x).squeeze_dim::<3>(0).permute([1, 2, 0])
    }
}

/// Level 0 `[H, W, C]` and those that follow by pooling.
pub(super) fn pyramid(level0: Tensor<3>, num_levels: usize) -> Vec<Tensor<3>> {
    let half = |level: &Tensor<3>| {
        let level = level.clone().permute([2, 0, 1]).unsqueeze::<4>(); // [1, C, H, W]
        let level = avg_pool2d(level, AvgPoolOptions::new([2, 2]).with_stride([2, 2]));
        Some(level.squeeze_dim::<3>(0).permute([1, 2, 0]))
    };
    std::iter::successors(Some(level0), half).take(num_levels).collect()
}

/// Divides each cell of `[1, C, H, W]` by its length.
fn unit_length(x: Tensor<4>) -> Tensor<4> {
    let length = (x.clone() * x.clone()).sum_dim(1).clamp_min(1e-12).sqrt();
    x / length
}
