//! Layer norm over the last axis: launcher, template, twin, tests. Shader: `shaders/layer_norm.wgsl`.

use super::launch::Launch;
use burn::backend::TensorMetadata;
use burn_wgpu::{CubeTensor, KernelSource, SourceTemplate};
use cubecl::prelude::KernelId;

/// Rows in a line of the grid, as in the shader.
const ROWS_IN_A_LINE: usize = 32768;

/// Runs the kernel: `[R, C]` → the same.
pub(super) fn launch(x: CubeTensor, epsilon: f32) -> CubeTensor {
    let [rows, c] = x.shape().dims();
    Launch {
        inputs: vec![x],
        output_shape: vec![rows, c],
        info: &[rows as u32, epsilon.to_bits()],
        workgroup: (64, 1),
        num_workgroups: (rows.min(ROWS_IN_A_LINE), rows.div_ceil(ROWS_IN_A_LINE)),
    }
    .run(LayerNorm { c })
}

struct LayerNorm {
    c: usize,
}

impl KernelSource for LayerNorm {
    fn source(&self) -> SourceTemplate {
        SourceTemplate::new(include_str!("../../shaders/layer_norm.wgsl")).register("c", self.c.to_string())
    }

    fn id(&self) -> KernelId {
        KernelId::new::<Self>().info(self.c)
    }

    fn lang(&self) -> &'static str {
        "wgsl"
    }
}

/// The twin: plain loops in `f64`.
#[cfg(test)]
#[must_use]
pub fn twin(x: &[f32], c: usize, epsilon: f32) -> Vec<f32> {
    let row = |row: &[f32]| {
        let mean = row.iter().map(|v| f64::from(*v)).sum::<f64>() / c as f64;
        let variance = row.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / c as f64;
        let scale = 1.0 / (variance + f64::from(epsilon)).sqrt();
        row.iter().map(|v| ((f64::from(*v) - mean) * scale) as f32).collect::<Vec<_>>()
    };
    x.chunks_exact(c).flat_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::super::ops;
    use super::super::testing::{assert_close, gpu, noise};
    use super::*;
    use burn::tensor::{Tensor, TensorData};

    #[test]
    fn the_kernel_equals_its_twin_for_few_and_many_rows() {
        let device = gpu();
        for (rows, c) in [(1, 1), (5, 48), (7, 64), (3, 200), (33_000, 3)] {
            // Far from zero, where a sum of squares would lose all digits.
            let x: Vec<f32> = noise(rows * c, 1).iter().map(|v| 100.0 + v).collect();
            let tensor = Tensor::<2>::from_data(TensorData::new(x.clone(), [rows, c]), &device);
            let got: Vec<f32> = ops::layer_norm(tensor, 1e-5).into_data().try_to_vec().unwrap();
            assert_close(&got, &twin(&x, c, 1e-5), 2e-3);
            let small = noise(rows * c, 2);
            let tensor = Tensor::<2>::from_data(TensorData::new(small.clone(), [rows, c]), &device);
            let got: Vec<f32> = ops::layer_norm(tensor, 1e-6).into_data().try_to_vec().unwrap();
            assert_close(&got, &twin(&small, c, 1e-6), 2e-5);
        }
    }
}
