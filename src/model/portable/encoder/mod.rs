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

    /// `[1, 3, H', W']` in −1..1 → per level `[H, W, C]`, unit length at level 0.
    pub(super) fn forward(&self, picture: Tensor<4>, num_levels: usize) -> Vec<Tensor<3>> {
        let x = match &self.0 {
            Form::Residual(encoder) => encoder.forward(picture),
            Form::Lite(encoder) => encoder.forward(picture),
        };
        let mut level = unit_length(x);
        let mut levels = Vec::with_capacity(num_levels);
        for i in 0..num_levels {
            if i > 0 {
                level = avg_pool2d(level, AvgPoolOptions::new([2, 2]).with_stride([2, 2]));
            }
            levels.push(level.clone().squeeze_dim::<3>(0).permute([1, 2, 0])); // [H, W, C]
        }
        levels
    }
}

/// Divides each cell of `[1, C, H, W]` by its length.
fn unit_length(x: Tensor<4>) -> Tensor<4> {
    let length = (x.clone() * x.clone()).sum_dim(1).clamp_min(1e-12).sqrt();
    x / length
}
