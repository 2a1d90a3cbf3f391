//! Layer norm, GELU and softmax for training on the CPU: there and back each in one pass over the memory, where burn's
//! Flex would need many, on one thread. Elsewhere burn's own operations do.

use super::cpu::{self, Isa};
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind, unary};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Device, Tensor, TensorData};
use burn_flex::FlexTensor;
use rayon::prelude::*;

/// An operation on the last axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fused {
    /// Mean 0, variance 1, with this added to the variance.
    LayerNorm(f32),
    /// GELU with the exact error function.
    GeluErf,
    /// GELU in its tanh approximation.
    GeluTanh,
    /// Softmax.
    Softmax,
}

/// About how many values a task takes.
const TASK: usize = 1 << 14;

/// What a backend must bring to go back.
pub trait FusedBackward: Backend {
    /// The gradient of the operation's input, given that of its output.
    fn fused_backward(x: FloatTensor<Self>, gradient: FloatTensor<Self>, operation: Fused) -> FloatTensor<Self>;
}

/// The operations. Call [`fused`] instead.
#[backend_extension(Flex, Autodiff)]
pub trait FusedOps: Backend {
    /// See [`fused`].
    fn fused(x: FloatTensor<Self>, operation: Fused) -> FloatTensor<Self>;
}

/// Whether a tensor takes part in training on the CPU: only then [`fused`] is for it.
#[must_use]
pub fn suits<const D: usize>(x: &Tensor<D>) -> bool {
    x.is_autodiff() && x.device() == Device::flex()
}

/// Applies an operation to the last axis of a tensor on the CPU; gradients find back.
///
/// # Panics
/// On a GPU.
#[must_use]
pub fn fused<const D: usize>(x: Tensor<D>, operation: Fused) -> Tensor<D> {
    Tensor::from_dispatch(<Dispatch as FusedOps>::fused(x.into_dispatch(), operation))
}

impl FusedOps for Flex {
    fn fused(x: FloatTensor<Self>, operation: Fused) -> FloatTensor<Self> {
        let x = x.to_contiguous();
        let (values, width) = values(&x);
        tensor(forward(values, width, operation), &x)
    }
}

impl FusedBackward for Flex {
    fn fused_backward(x: FloatTensor<Self>, gradient: FloatTensor<Self>, operation: Fused) -> FloatTensor<Self> {
        let (x, gradient) = (x.to_contiguous(), gradient.to_contiguous());
        let (isa, (values, width)) = (Isa::best(), values(&x));
        let mut result = self::values(&gradient).0.to_vec();
        let task = task(width);
        result.par_chunks_mut(task).zip(values.par_chunks(task)).for_each(|(gradient, x)| match operation {
            Fused::LayerNorm(epsilon) => {
                let mut normal = vec![0.0; x.len()];
                cpu::layer_norm(isa, x, width, epsilon, &mut normal);
                cpu::layer_norm_backward(isa, x, &normal, width, epsilon, gradient);
            }
            Fused::GeluErf => cpu::gelu_erf_backward(isa, x, gradient),
            Fused::GeluTanh => cpu::gelu_tanh_backward(isa, x, gradient),
            Fused::Softmax => {
                let mut y = x.to_vec();
                cpu::softmax_rows(isa, &mut y, width, 1.0);
                cpu::softmax_backward(isa, &y, width, gradient);
            }
        });
        tensor(result, &x)
    }
}

impl<B: FusedOps + FusedBackward, C: CheckpointStrategy> FusedOps for Autodiff<B, C> {
    fn fused(x: FloatTensor<Self>, operation: Fused) -> FloatTensor<Self> {
        #[derive(Debug)]
        struct Back;

        impl<B: FusedOps + FusedBackward> Backward<B, 1> for Back {
            type State = (FloatTensor<B>, Fused);

            fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
                let (x, operation) = ops.state;
                unary::<B, _>(ops.parents, ops.node, gradients, |gradient| B::fused_backward(x, gradient, operation));
            }
        }

        let node = x.node();
        let x = x.into_primitive();
        match Back.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(step) => step.finish((x.clone(), operation), B::fused(x, operation)),
            OpsKind::UnTracked(step) => step.finish(B::fused(x, operation)),
        }
    }
}

/// The values of a contiguous tensor and the length of its last axis.
fn values(x: &FlexTensor) -> (&[f32], usize) {
    let shape = x.shape();
    (&x.storage::<f32>()[..shape.num_elements()], shape.as_slice().last().copied().unwrap_or(1))
}

fn tensor(values: Vec<f32>, like: &FlexTensor) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, like.shape()))
}

/// Whole rows.
fn task(width: usize) -> usize {
    (TASK / width).max(1) * width
}

fn forward(x: &[f32], width: usize, operation: Fused) -> Vec<f32> {
    let (isa, task) = (Isa::best(), task(width));
    let mut result = x.to_vec();
    result.par_chunks_mut(task).zip(x.par_chunks(task)).for_each(|(result, x)| match operation {
        Fused::LayerNorm(epsilon) => cpu::layer_norm(isa, x, width, epsilon, result),
        Fused::GeluErf => cpu::gelu_erf(isa, result),
        Fused::GeluTanh => cpu::gelu_tanh(isa, result),
        Fused::Softmax => cpu::softmax_rows(isa, result, width, 1.0),
    });
    result
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_close, noise};
    use super::*;
    use burn::tensor::activation::{gelu, gelu_approximate, softmax};

    fn plain(x: Tensor<3>, operation: Fused) -> Tensor<3> {
        match operation {
            Fused::LayerNorm(epsilon) => {
                let (variance, mean) = x.clone().var_mean_bias(2);
                (x - mean) / (variance + epsilon).sqrt()
            }
            Fused::GeluErf => gelu(x),
            Fused::GeluTanh => gelu_approximate(x),
            Fused::Softmax => softmax(x, 2),
        }
    }

    /// What comes out, and the gradient of its sum, each value counted as `weights` say.
    fn there_and_back(x: &[f32], weights: &[f32], apply: impl Fn(Tensor<3>) -> Tensor<3>) -> (Vec<f32>, Vec<f32>) {
        let tensor =
            |values: &[f32]| Tensor::<3>::from_data(TensorData::new(values.to_vec(), [5, 37, 21]), &Device::flex());
        // Not contiguous, as after an attention's swaps.
        let x = tensor(x).autodiff().require_grad();
        let y = apply(x.clone().swap_dims(0, 1)).swap_dims(0, 1);
        let mut gradients = (y.clone() * tensor(weights)).sum().backward();
        let read = |tensor: Tensor<3>| tensor.without_autodiff().to_data().try_to_vec::<f32>().unwrap();
        (read(y), read(x.grad_remove(&mut gradients).unwrap()))
    }

    #[test]
    fn there_and_back_is_burns_own_way() {
        let len = 5 * 37 * 21;
        let x: Vec<f32> = noise(len, 1).iter().map(|v| 4.0 * v).collect();
        let weights = noise(len, 2);
        for operation in [Fused::LayerNorm(1e-5), Fused::GeluErf, Fused::GeluTanh, Fused::Softmax] {
            let (y, gradient) = there_and_back(&x, &weights, |x| fused(x, operation));
            let (expected_y, expected) = there_and_back(&x, &weights, |x| plain(x, operation));
            assert_close(&y, &expected_y, 2e-6);
            assert_close(&gradient, &expected, 5e-6);
            assert!(gradient.iter().zip(&weights).any(|(a, b)| (a - b).abs() > 0.1), "{operation:?} does something");
        }
    }

    #[test]
    fn large_values_have_gradients() {
        for operation in [Fused::GeluErf, Fused::GeluTanh] {
            let x = [-1e30f32, -100.0, -40.0, 0.0, 40.0, 100.0, 1e30].repeat(5 * 37 * 3);
            let (_, gradient) = there_and_back(&x, &vec![1.0; x.len()], |x| fused(x, operation));
            assert_close(&gradient[..7], &[0.0, 0.0, 0.0, 0.5, 1.0, 1.0, 1.0], 1e-6);
        }
    }

    #[test]
    fn only_training_on_the_cpu_is_meant() {
        let x = Tensor::<1>::from_floats([1.0], &Device::flex());
        assert!(!suits(&x) && suits(&x.autodiff()));
    }
}
