//! Attention of several heads: launcher, template, twin, tests. Shader: `shaders/attention.wgsl`.

use super::launch::Launch;
use burn::backend::TensorMetadata;
use burn_wgpu::{CubeTensor, KernelSource, SourceTemplate};
use cubecl::prelude::KernelId;

/// Queries of a workgroup: as few of these as hold all, so that few queries leave few invocations idle.
const TILES: [usize; 3] = [16, 32, 64];

/// Runs the kernel: `[B, n, D]`, `[B, m, 2 · D]` → `[B, n, D]`.
///
/// # Panics
/// If `B` or `D` differ, or a head's part of `D` is no multiple of 4.
pub(super) fn launch(queries: CubeTensor, context: CubeTensor, heads: usize) -> CubeTensor {
    let [batch, n, width] = queries.shape().dims();
    let [context_batch, m, both] = context.shape().dims();
    assert_eq!((context_batch, both), (batch, 2 * width), "the context is [B, m, 2 · D]");
    assert_eq!(width % (4 * heads), 0, "a head's values come in fours");
    let threads = TILES.into_iter().find(|tile| n <= *tile).unwrap_or(TILES[2]);
    let tiles = n.div_ceil(threads);
    Launch {
        inputs: vec![queries, context],
        output_shape: vec![batch, n, width],
        info: &[n as u32, m as u32, tiles as u32],
        workgroup: (threads as u32, 1),
        num_workgroups: (tiles * heads, batch),
    }
    .run(Attention { heads, d4: width / (4 * heads), threads })
}

struct Attention {
    heads: usize,
    d4: usize,
    threads: usize,
}

impl KernelSource for Attention {
    fn source(&self) -> SourceTemplate {
        SourceTemplate::new(include_str!("../../shaders/attention.wgsl"))
            .register("heads", self.heads.to_string())
            .register("d4", self.d4.to_string())
            .register("threads", self.threads.to_string())
    }

    fn id(&self) -> KernelId {
        KernelId::new::<Self>().info((self.heads, self.d4, self.threads))
    }

    fn lang(&self) -> &'static str {
        "wgsl"
    }
}

/// The twin: plain loops in `f64`, over `[n, D]` and `[m, 2 · D]` of one batch.
#[cfg(test)]
#[must_use]
pub fn twin(queries: &[f32], context: &[f32], width: usize, heads: usize) -> Vec<f32> {
    let d = width / heads;
    let mut output = vec![0.0; queries.len()];
    for (query, output) in queries.chunks_exact(width).zip(output.chunks_exact_mut(width)) {
        for head in 0..heads {
            let part = head * d..(head + 1) * d;
            let dot = |key: &[f32]| {
                let products = query[part.clone()].iter().zip(&key[part.clone()]);
                products.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>() / (d as f64).sqrt()
            };
            let scores: Vec<f64> = context.chunks_exact(2 * width).map(dot).collect();
            let largest = scores.iter().copied().fold(f64::MIN, f64::max);
            let weights: Vec<f64> = scores.iter().map(|score| (score - largest).exp()).collect();
            let sum: f64 = weights.iter().sum();
            for c in part.clone() {
                let values = context.chunks_exact(2 * width).map(|pair| f64::from(pair[width + c]));
                output[c] = (values.zip(&weights).map(|(value, weight)| value * weight).sum::<f64>() / sum) as f32;
            }
        }
    }
    output
}

#[cfg(test)]
mod tests {
    use super::super::ops;
    use super::super::testing::{assert_close, gpu, noise};
    use super::*;
    use burn::tensor::{Tensor, TensorData};

    #[test]
    fn the_kernel_equals_its_twin_for_one_and_many_queries() {
        let device = gpu();
        for (batch, n, m, width, heads) in
            [(3, 1, 16, 48, 1), (5, 16, 16, 96, 2), (2, 70, 33, 32, 4), (1, 20, 200, 8, 1)]
        {
            // Some scores are so large that their exponentials alone would overflow.
            let queries: Vec<f32> = noise(batch * n * width, 1).iter().map(|v| 40.0 * v).collect();
            let context: Vec<f32> = noise(batch * m * 2 * width, 2).iter().map(|v| 4.0 * v).collect();
            let tensor = |values: &[f32], shape: [usize; 3]| {
                Tensor::<3>::from_data(TensorData::new(values.to_vec(), shape), &device)
            };
            let got =
                ops::attention(tensor(&queries, [batch, n, width]), tensor(&context, [batch, m, 2 * width]), heads);
            let got: Vec<f32> = got.into_data().try_to_vec().unwrap();
            let batches = queries.chunks_exact(n * width).zip(context.chunks_exact(m * 2 * width));
            let expected: Vec<f32> = batches.flat_map(|(q, c)| twin(q, c, width, heads)).collect();
            assert_close(&got, &expected, 2e-3);
        }
    }
}
