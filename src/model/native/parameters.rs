//! The network's tensors by their names in the checkpoint.

use crate::kernels::cpu::{Convolution, Isa, Packed};
use crate::model::HostTensor;
use std::collections::BTreeMap;

/// Why the native network could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NativeError {
    /// A tensor is not among the weights.
    #[error("the weights lack the tensor {name}")]
    MissingTensor {
        /// Its name in the checkpoint.
        name: String,
    },
    /// A tensor has another shape than the sizes of the network ask for.
    #[error("tensor {name} is {found:?}, the network needs {expected:?}")]
    WrongShape {
        /// Its name in the checkpoint.
        name: String,
        /// As it should be.
        expected: Vec<usize>,
        /// As it is.
        found: Vec<usize>,
    },
    /// The config names sizes that no network has.
    #[error("the network's config cannot be used: {0}")]
    Config(String),
    /// The threads could not be started.
    #[error("starting the compute threads")]
    Threads(#[source] rayon::ThreadPoolBuildError),
}

/// The tensors under one prefix. Weights are packed for `isa`.
#[derive(Clone, Debug)]
pub(super) struct Parameters<'a> {
    isa: Isa,
    tensors: &'a BTreeMap<String, HostTensor>,
    prefix: String,
}

impl<'a> Parameters<'a> {
    pub(super) fn new(isa: Isa, tensors: &'a BTreeMap<String, HostTensor>) -> Self {
        Self { isa, tensors, prefix: String::new() }
    }

    pub(super) fn isa(&self) -> Isa {
        self.isa
    }

    /// The tensors of the part `name`.
    pub(super) fn part(&self, name: &str) -> Self {
        Self { prefix: format!("{}{name}.", self.prefix), ..*self }
    }

    /// The elements of a tensor of this shape.
    pub(super) fn tensor(&self, name: &str, shape: &[usize]) -> Result<&'a [f32], NativeError> {
        let name = format!("{}{name}", self.prefix);
        let Some(tensor) = self.tensors.get(&name) else { return Err(NativeError::MissingTensor { name }) };
        if tensor.shape != shape || tensor.data.len() != shape.iter().product::<usize>() {
            let (expected, found) = (shape.to_vec(), tensor.shape.clone());
            return Err(NativeError::WrongShape { name, expected, found });
        }
        Ok(&tensor.data)
    }

    /// The linear layer of this part.
    pub(super) fn linear(&self, inputs: usize, outputs: usize) -> Result<Packed, NativeError> {
        let weight = self.tensor("weight", &[outputs, inputs])?;
        Ok(Packed::linear(weight, outputs, inputs, self.tensor("bias", &[outputs])?).in_bf16(self.isa))
    }

    /// The packed weights of a convolution.
    pub(super) fn convolution_weights(
        &self,
        channels: usize,
        outputs: usize,
        kernel: usize,
    ) -> Result<Packed, NativeError> {
        let weight = self.tensor("weight", &[outputs, channels, kernel, kernel])?;
        Ok(Packed::convolution(weight, outputs, channels, kernel, self.tensor("bias", &[outputs])?).in_bf16(self.isa))
    }

    /// The convolution of this part, padded by half its kernel.
    pub(super) fn convolution(
        &self,
        channels: usize,
        outputs: usize,
        kernel: usize,
        stride: usize,
    ) -> Result<Convolution, NativeError> {
        Ok(Convolution::packed(self.convolution_weights(channels, outputs, kernel)?, stride))
    }
}

/// Several linear layers over the same input as one, in single precision: their outputs side by side.
pub(super) fn side_by_side(layers: &[(Parameters, usize)], inputs: usize) -> Result<Packed, NativeError> {
    let (mut weight, mut bias, mut outputs) = (Vec::new(), Vec::new(), 0);
    for (layer, layer_outputs) in layers {
        weight.extend_from_slice(layer.tensor("weight", &[*layer_outputs, inputs])?);
        bias.extend_from_slice(layer.tensor("bias", &[*layer_outputs])?);
        outputs += layer_outputs;
    }
    Ok(Packed::linear(&weight, outputs, inputs, &bias))
}
