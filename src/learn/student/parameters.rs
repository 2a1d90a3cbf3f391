//! The learned values of a network in one row, so that the optimiser and the files have one tensor to look after.

use crate::model::{Checkpoint, HostTensor, Trunk};
use burn::tensor::{Device, Gradients, Tensor, TensorData};
use std::collections::BTreeMap;

/// Visibility stays as it is: the values of the head that make it, the first of its two rows, are left out.
const HEAD: [&str; 2] = ["updateformer.vis_conf_head.weight", "updateformer.vis_conf_head.bias"];

/// Where each learned tensor lies in the row.
#[derive(Debug)]
pub(super) struct Parameters {
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    name: String,
    shape: Vec<usize>,
    /// Values at its beginning that are not learned.
    frozen: Vec<f32>,
    /// Where the learned ones lie in the row, and how many there are.
    first: usize,
    len: usize,
}

impl Parameters {
    pub(super) fn new(checkpoint: &Checkpoint) -> Self {
        let mut first = 0;
        let part = |(name, shape): (String, Vec<usize>)| {
            let values = &checkpoint.tensors[&name].data;
            let num_frozen = if HEAD.contains(&name.as_str()) { values.len() / 2 } else { 0 };
            let frozen = values[..num_frozen].to_vec();
            let part = Part { name, shape, frozen, first, len: values.len() - num_frozen };
            first += part.len;
            part
        };
        Self { parts: Trunk::parameters(&checkpoint.config).into_iter().map(part).collect() }
    }

    /// How many values are learned.
    pub(super) fn len(&self) -> usize {
        self.parts.iter().map(|part| part.len).sum()
    }

    /// A checkpoint's learned values in a row.
    pub(super) fn row(&self, checkpoint: &Checkpoint) -> Vec<f32> {
        let learned = |part: &Part| checkpoint.tensors[&part.name].data[part.frozen.len()..].to_vec();
        self.parts.iter().flat_map(learned).collect()
    }

    /// The row as a tensor for each part.
    pub(super) fn leaves(&self, row: &Tensor<1>) -> Vec<Tensor<1>> {
        self.parts.iter().map(|part| row.clone().narrow(0, part.first, part.len)).collect()
    }

    /// The leaves by the checkpoint's names, with what is frozen. For one pass backwards.
    pub(super) fn named(&self, leaves: &[Tensor<1>], device: &Device) -> BTreeMap<String, Tensor<1>> {
        let name = |(part, leaf): (&Part, &Tensor<1>)| {
            if part.frozen.is_empty() {
                return (part.name.clone(), leaf.clone());
            }
            let frozen = TensorData::new(part.frozen.clone(), [part.frozen.len()]);
            let frozen = Tensor::from_data(frozen, device);
            (part.name.clone(), Tensor::cat(vec![frozen, leaf.clone()], 0))
        };
        self.parts.iter().zip(leaves).map(name).collect()
    }

    /// The leaves' gradients in a row; zeros where nothing led back to a leaf.
    pub(super) fn gradient(leaves: &[Tensor<1>], gradients: &mut Gradients) -> Tensor<1> {
        let of = |leaf: &Tensor<1>| {
            leaf.grad_remove(gradients).unwrap_or_else(|| leaf.clone().without_autodiff().zeros_like())
        };
        Tensor::cat(leaves.iter().map(of).collect(), 0)
    }

    /// The tensors that a row makes, by name, with what is frozen.
    pub(super) fn tensors(&self, row: &[f32]) -> BTreeMap<String, HostTensor> {
        let tensor = |part: &Part| {
            let data = [&part.frozen, &row[part.first..][..part.len]].concat();
            (part.name.clone(), HostTensor { shape: part.shape.clone(), data })
        };
        self.parts.iter().map(tensor).collect()
    }
}
