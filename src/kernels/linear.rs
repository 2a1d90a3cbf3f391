//! A linear layer: launcher, template, twin, tests. Shader: `shaders/linear.wgsl`.

use super::launch::Launch;
use burn::backend::TensorMetadata;
use burn_wgpu::{CubeTensor, KernelSource, SourceTemplate};
use cubecl::prelude::KernelId;

/// What follows a linear layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Activation {
    /// Nothing.
    None,
    /// GELU with the exact error function.
    GeluErf,
    /// GELU in its tanh approximation.
    GeluTanh,
}

impl Activation {
    fn wgsl(self) -> &'static str {
        match self {
            Self::None => "x",
            Self::GeluErf => "0.5 * x * (1.0 + erf(0.70710678118654752 * x))",
            // Past 10 the tangent is 1 in f32; some drivers give no number for much larger ones.
            Self::GeluTanh => "0.5 * x * (1.0 + tanh(clamp(0.7978845608 * x * (1.0 + 0.044715 * x * x), -10.0, 10.0)))",
        }
    }
}

/// A side of the tiles where they are many.
const LARGE: usize = 64;
/// A side of the tiles elsewhere: more of them keep more of the device busy.
const SMALL: usize = 32;
/// So many large tiles are enough.
const ENOUGH: usize = 256;

/// Runs the kernel: `[M, K]`, `[N, K]`, `[N]`, where wanted `[M, N]` → `[M, N]`.
///
/// # Panics
/// If `K` or `N` differ between arguments.
pub(super) fn launch(
    x: CubeTensor,
    weight: CubeTensor,
    bias: CubeTensor,
    addend: Option<CubeTensor>,
    activation: Activation,
) -> CubeTensor {
    let [m, k] = x.shape().dims();
    let [n, weight_k] = weight.shape().dims();
    assert_eq!(weight_k, k, "the weight is [N, K]");
    assert_eq!(bias.shape().num_elements(), n, "the bias is [N]");
    let adds = addend.is_some();
    let tiles = |side: usize| (n.div_ceil(side), m.div_ceil(side));
    let (across, down) = tiles(LARGE);
    let tile = if across * down < ENOUGH { SMALL } else { LARGE };
    Launch {
        inputs: [x, weight, bias].into_iter().chain(addend).collect(),
        output_shape: vec![m, n],
        info: &[m as u32, n as u32],
        workgroup: (threads(tile) as u32, 1),
        num_workgroups: tiles(tile),
    }
    .run(Linear { k, tile, adds, activation })
}

/// Invocations of a tile: each owns 4 × 4 results.
fn threads(tile: usize) -> usize {
    (tile / 4) * (tile / 4)
}

struct Linear {
    k: usize,
    tile: usize,
    adds: bool,
    activation: Activation,
}

impl KernelSource for Linear {
    fn source(&self) -> SourceTemplate {
        let Self { k, tile, adds, activation } = *self;
        let (addend, added) = if adds {
            ("@group(0) @binding(3) var<storage, read_write> addend: array<f32>;", " + addend[at]")
        } else {
            ("", "")
        };
        SourceTemplate::new(include_str!("../../shaders/linear.wgsl"))
            .register("addend", addend)
            .register("added", added)
            .register("output", (3 + usize::from(adds)).to_string())
            .register("info", (4 + usize::from(adds)).to_string())
            .register("k", k.to_string())
            .register("tile", tile.to_string())
            .register("panel", (16 * (tile + 1)).to_string())
            .register("threads", threads(tile).to_string())
            .register("activated", activation.wgsl())
    }

    fn id(&self) -> KernelId {
        KernelId::new::<Self>().info((self.k, self.tile, self.adds, self.activation))
    }

    fn lang(&self) -> &'static str {
        "wgsl"
    }
}

/// The twin: plain loops in `f64`.
#[cfg(test)]
#[must_use]
pub fn twin(x: &[f32], weight: &[f32], bias: &[f32], addend: Option<&[f32]>, activation: Activation) -> Vec<f32> {
    let k = weight.len() / bias.len();
    let mut output = Vec::with_capacity(x.len() / k * bias.len());
    for row in x.chunks_exact(k) {
        for (weight, bias) in weight.chunks_exact(k).zip(bias) {
            let sum =
                row.iter().zip(weight).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>() + f64::from(*bias);
            let added = addend.map_or(0.0, |addend| f64::from(addend[output.len()]));
            output.push((activated(sum, activation) + added) as f32);
        }
    }
    output
}

#[cfg(test)]
fn activated(x: f64, activation: Activation) -> f64 {
    match activation {
        Activation::None => x,
        Activation::GeluTanh => {
            0.5 * x * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x * x * x)).tanh())
        }
        Activation::GeluErf => {
            // The error function by its series, good to ±6; there it is ±1.
            let z = x * std::f64::consts::FRAC_1_SQRT_2;
            let (mut term, mut sum) = (z, z);
            for n in 1..120 {
                term *= -z * z / f64::from(n);
                sum += term / f64::from(2 * n + 1);
            }
            let erf = if z.abs() > 5.0 { z.signum() } else { sum * std::f64::consts::FRAC_2_SQRT_PI };
            0.5 * x * (1.0 + erf)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::ops;
    use super::super::testing::{assert_close, gpu, noise};
    use super::*;
    use burn::tensor::{Tensor, TensorData};

    #[test]
    fn the_kernel_equals_its_twin_with_and_without_what_is_added() {
        let device = gpu();
        // Less than a tile, whole tiles, parts of them, depths of all kinds, and enough for the large tile.
        for [m, k, n] in [[3, 5, 7], [64, 32, 64], [100, 150, 48], [33, 2401, 40], [1030, 20, 1000]] {
            let (x, weight, bias, addend) = (noise(m * k, 1), noise(n * k, 2), noise(n, 3), noise(m * n, 4));
            let tensor = |values: &[f32], shape: [usize; 2]| {
                Tensor::<2>::from_data(TensorData::new(values.to_vec(), shape), &device)
            };
            for activation in [Activation::None, Activation::GeluErf, Activation::GeluTanh] {
                for adds in [false, true] {
                    let addend = adds.then_some(&addend[..]);
                    let got = ops::linear(
                        tensor(&x, [m, k]),
                        tensor(&weight, [n, k]),
                        tensor(&bias, [1, n]),
                        addend.map(|addend| tensor(addend, [m, n])),
                        activation,
                    );
                    let got: Vec<f32> = got.into_data().try_to_vec().unwrap();
                    assert_close(&got, &twin(&x, &weight, &bias, addend, activation), 1e-6 * k as f32 + 4e-6);
                }
            }
        }
    }

    #[test]
    fn large_values_pass_or_vanish() {
        let device = gpu();
        let values = [-1e30f32, -60.0, -12.0, 0.0, 12.0, 60.0, 1e30];
        let x = Tensor::<2>::from_data(TensorData::new(values.to_vec(), [7, 1]), &device);
        let one = Tensor::<2>::from_data([[1.0f32]], &device);
        let zero = Tensor::<2>::from_data([[0.0f32]], &device);
        for activation in [Activation::GeluErf, Activation::GeluTanh] {
            let got = ops::linear(x.clone(), one.clone(), zero.clone(), None, activation);
            let got: Vec<f32> = got.into_data().try_to_vec().unwrap();
            let expected = [0.0, 0.0, 0.0, 0.0, 12.0, 60.0, 1e30];
            assert!(got.iter().zip(expected).all(|(got, expected)| (got - expected).abs() <= 1e-5), "{got:?}");
        }
    }

    #[test]
    fn a_transposed_weight_is_taken_as_it_lies() {
        let device = gpu();
        let (x, weight, bias) = (noise(6 * 10, 5), noise(4 * 10, 6), noise(4, 7));
        let tensor = |values: &[f32], shape: [usize; 2]| {
            Tensor::<2>::from_data(TensorData::new(values.to_vec(), shape), &device)
        };
        let seen = tensor(&weight, [4, 10]).transpose().transpose();
        let got = ops::linear(tensor(&x, [6, 10]), seen, tensor(&bias, [1, 4]), None, Activation::None);
        assert_close(&got.into_data().try_to_vec().unwrap(), &twin(&x, &weight, &bias, None, Activation::None), 2e-5);
    }
}
