//! From a picture to its feature pyramid: one of two encoders makes level 0, pooling the others.

mod lite;
mod residual;

use super::features::{FeatureMap, NativeFeatures};
use super::parameters::{NativeError, Parameters};
use crate::geometry::Size;
use crate::kernels::cpu::{Isa, average_pool};
use crate::model::{EncoderKind, ModelConfig};
use lite::LiteEncoder;
use residual::ResidualEncoder;

/// The network from a picture to its feature pyramid.
#[derive(Debug)]
pub(super) struct Encoder {
    isa: Isa,
    form: Form,
    num_levels: usize,
}

#[derive(Debug)]
enum Form {
    Residual(Box<ResidualEncoder>),
    Lite(Box<LiteEncoder>),
}

impl Encoder {
    pub(super) fn new(isa: Isa, config: &ModelConfig, parameters: &Parameters) -> Result<Self, NativeError> {
        let form = match config.encoder {
            EncoderKind::Residual => Form::Residual(Box::new(ResidualEncoder::new(isa, config, parameters)?)),
            EncoderKind::Lite => Form::Lite(Box::new(LiteEncoder::new(isa, config, parameters)?)),
        };
        Ok(Self { isa, form, num_levels: config.corr_levels })
    }

    /// Level 0 of RGB bytes of `source` size, seen at `model` size, in single precision.
    pub(super) fn level0(&self, rgb: &[u8], source: Size, model: Size) -> FeatureMap {
        let [source, model] = [source, model].map(|size| [size.height as usize, size.width as usize]);
        match &self.form {
            Form::Residual(encoder) => encoder.run(rgb, source, model),
            Form::Lite(encoder) => encoder.run(rgb, source, model),
        }
    }

    /// The levels that follow from level 0.
    pub(super) fn pyramid(&self, level0: FeatureMap) -> NativeFeatures {
        let mut levels = vec![level0];
        while levels.len() < self.num_levels {
            let large = &levels[levels.len() - 1];
            let data = average_pool(self.isa, &large.data, [large.height, large.width, large.channels]);
            let (height, width, channels) = (large.height / 2, large.width / 2, large.channels);
            levels.push(FeatureMap { height, width, channels, data, is_bf16: false });
        }
        NativeFeatures { levels: levels.into_iter().map(|level| level.in_bf16(self.isa)).collect() }
    }
}
