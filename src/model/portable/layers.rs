//! Linear, convolution and normalisation layers, loaded by name from a checkpoint.

use crate::kernels::fused::{Fused, fused, suits};
use crate::kernels::linear::Activation;
use crate::kernels::ops;
use crate::model::HostTensor;
use burn::tensor::activation::{gelu, gelu_approximate, softmax};
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Shape, Tensor, TensorData};
use std::collections::BTreeMap;
use std::f32::consts::FRAC_1_SQRT_2;

/// Where layers find their weights: a checked checkpoint and the device that they go to.
pub(super) struct Weights<'a> {
    pub(super) tensors: &'a BTreeMap<String, HostTensor>,
    pub(super) device: &'a Device,
    /// Values that stand in for the checkpoint's, flat, by its names.
    pub(super) learned: &'a BTreeMap<String, Tensor<1>>,
}

impl Weights<'_> {
    /// One tensor on the device.
    ///
    /// # Panics
    /// If it is not in the checkpoint: the key table has been checked before.
    pub(super) fn get<const D: usize>(&self, name: &str) -> Tensor<D> {
        let tensor = &self.tensors[name];
        match self.learned.get(name) {
            Some(learned) => learned.clone().reshape::<D, _>(Shape::from(tensor.shape.clone())),
            None => Tensor::from_data(TensorData::new(tensor.data.clone(), tensor.shape.clone()), self.device),
        }
    }

    pub(super) fn linear(&self, name: &str) -> Linear {
        self.beside(&[name])
    }

    /// Layers of one input as one, their outputs beside each other.
    pub(super) fn beside(&self, names: &[&str]) -> Linear {
        let weights = names.iter().map(|name| self.get::<2>(&format!("{name}.weight"))).collect();
        let biases = names.iter().map(|name| self.get::<1>(&format!("{name}.bias"))).collect();
        Linear { weight: cat(weights, 0).transpose(), bias: cat(biases, 0).unsqueeze() }
    }

    pub(super) fn conv(&self, name: &str, stride: usize) -> Conv {
        self.grouped(name, stride, 1)
    }

    /// A convolution with a kernel of its own for each channel.
    pub(super) fn depthwise(&self, name: &str, stride: usize) -> Conv {
        self.grouped(name, stride, self.tensors[&format!("{name}.weight")].shape[0])
    }

    fn grouped(&self, name: &str, stride: usize, groups: usize) -> Conv {
        let weight: Tensor<4> = self.get(&format!("{name}.weight"));
        let padding = weight.dims()[2] / 2;
        let options = ConvOptions::new([stride; 2], [padding; 2], [1; 2], groups);
        Conv { weight, bias: self.get(&format!("{name}.bias")), options }
    }
}

/// y = x · W + b over the last axis.
#[derive(Debug)]
pub(super) struct Linear {
    weight: Tensor<2>, // [in, out]
    bias: Tensor<2>,   // [1, out]
}

impl Linear {
    /// `[rows, in]` → `[rows, out]`.
    fn rows(&self, x: Tensor<2>) -> Tensor<2> {
        if self.launches(&x) { self.launch(x, None, Activation::None) } else { self.plain(x) }
    }

    /// Whether [`Self::launch`] is for an input: while the layer learns it is not, whatever comes in.
    fn launches<const D: usize>(&self, x: &Tensor<D>) -> bool {
        ops::has_layers(x) && ops::has_layers(&self.weight)
    }

    fn plain(&self, x: Tensor<2>) -> Tensor<2> {
        x.matmul(self.weight.clone()) + self.bias.clone()
    }

    /// On a GPU, all at once.
    fn launch(&self, x: Tensor<2>, addend: Option<Tensor<2>>, activation: Activation) -> Tensor<2> {
        ops::linear(x, self.weight.clone().transpose(), self.bias.clone(), addend, activation)
    }

    /// `[A, B, in]` → `[A, B, out]`.
    pub(super) fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        along_rows(x, |x| self.rows(x))
    }

    /// `[A, B, in]` → `[A, B, out]`, added to `to`.
    pub(super) fn added_to(&self, to: Tensor<3>, x: Tensor<3>) -> Tensor<3> {
        if !self.launches(&x) {
            return to + self.forward(x);
        }
        let width = to.dims()[2];
        let to = to.reshape([-1, width as i64]);
        along_rows(x, |x| self.launch(x, Some(to), Activation::None))
    }
}

/// Applies what is for `[rows, C]` to `[A, B, C]`.
fn along_rows(x: Tensor<3>, apply: impl FnOnce(Tensor<2>) -> Tensor<2>) -> Tensor<3> {
    let [a, b, width] = x.dims();
    apply(x.reshape([a * b, width])).reshape([a as i64, b as i64, -1])
}

/// A convolution with "same" padding.
#[derive(Debug)]
pub(super) struct Conv {
    weight: Tensor<4>,
    bias: Tensor<1>,
    options: ConvOptions<2>,
}

impl Conv {
    /// `[1, C, H, W]` → `[1, C', H / stride, W / stride]`.
    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        conv2d(x, self.weight.clone(), Some(self.bias.clone()), self.options.clone())
    }
}

/// Two linear layers with a GELU between: the exact one in the correlation MLP, the tanh form in the transformer.
#[derive(Debug)]
pub(super) struct Mlp {
    fc1: Linear,
    fc2: Linear,
    tanh: bool,
}

impl Mlp {
    pub(super) fn new(weights: &Weights, name: &str, tanh: bool) -> Self {
        let [fc1, fc2] = ["fc1", "fc2"].map(|layer| weights.linear(&format!("{name}.{layer}")));
        Self { fc1, fc2, tanh }
    }

    /// `[rows, in]` → `[rows, out]`.
    pub(super) fn rows(&self, x: Tensor<2>) -> Tensor<2> {
        self.fc2.rows(self.hidden(x))
    }

    /// `[A, B, C]` → the same, added to `to`.
    pub(super) fn added_to(&self, to: Tensor<3>, x: Tensor<3>) -> Tensor<3> {
        self.fc2.added_to(to, along_rows(x, |x| self.hidden(x)))
    }

    /// What lies between the two layers, `[rows, hidden]`.
    fn hidden(&self, x: Tensor<2>) -> Tensor<2> {
        if self.fc1.launches(&x) {
            let activation = if self.tanh { Activation::GeluTanh } else { Activation::GeluErf };
            return self.fc1.launch(x, None, activation);
        }
        let hidden = self.fc1.plain(x);
        if suits(&hidden) {
            fused(hidden, if self.tanh { Fused::GeluTanh } else { Fused::GeluErf })
        } else if self.tanh {
            gelu_approximate(hidden)
        } else if hidden.is_autodiff() {
            // burn's way back through its own GELU is that of the tanh form on a GPU, off by up to a thousandth.
            hidden.clone() * ((hidden * FRAC_1_SQRT_2).erf() + 1.0) * 0.5
        } else {
            gelu(hidden)
        }
    }
}

/// Puts tensors one after the other along an axis; one alone is not copied.
pub(super) fn cat<const D: usize>(mut parts: Vec<Tensor<D>>, axis: usize) -> Tensor<D> {
    if parts.len() == 1 { parts.remove(0) } else { Tensor::cat(parts, axis) }
}

/// Normalises each channel of `[1, C, H, W]` over its pixels, eps 1e-5.
pub(super) fn instance_norm(x: Tensor<4>) -> Tensor<4> {
    let [_, channels, height, width] = x.dims();
    let (variance, mean) = x.clone().reshape([1, channels, height * width]).var_mean_bias(2);
    let mean = mean.reshape([1, channels, 1, 1]);
    let variance = variance.reshape([1, channels, 1, 1]);
    (x - mean) / (variance + 1e-5).sqrt()
}

/// Normalises the last axis of `[A, B, C]`.
pub(super) fn layer_norm(x: Tensor<3>, epsilon: f32) -> Tensor<3> {
    if suits(&x) {
        return fused(x, Fused::LayerNorm(epsilon));
    }
    if ops::has_layers(&x) {
        return along_rows(x, |x| ops::layer_norm(x, epsilon));
    }
    let (variance, mean) = x.clone().var_mean_bias(2);
    (x - mean) / (variance + epsilon).sqrt()
}

/// Softmax over the last axis of `[A, B, n, m]`.
pub(super) fn softmax_last(x: Tensor<4>) -> Tensor<4> {
    if suits(&x) { fused(x, Fused::Softmax) } else { softmax(x, 3) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_that_learns_is_left_to_burn_even_where_its_input_is_constant() {
        let device = crate::kernels::gpu_device().unwrap();
        let tensor = |shape: &[usize]| HostTensor { shape: shape.to_vec(), data: vec![1.0; shape.iter().product()] };
        let tensors = BTreeMap::from([("a.weight".to_owned(), tensor(&[2, 3])), ("a.bias".to_owned(), tensor(&[2]))]);
        let leaf = |len: usize| Tensor::<1>::ones([len], &device).autodiff().require_grad();
        let learned = BTreeMap::from([("a.weight".to_owned(), leaf(6)), ("a.bias".to_owned(), leaf(2))]);
        let launches = |learned: &BTreeMap<String, Tensor<1>>, x: &Tensor<2>| {
            Weights { tensors: &tensors, device: &device, learned }.linear("a").launches(x)
        };
        let x = Tensor::<2>::ones([4, 3], &device);
        assert!(launches(&BTreeMap::new(), &x));
        assert!(!launches(&learned, &x) && !launches(&BTreeMap::new(), &x.autodiff()));
    }
}
