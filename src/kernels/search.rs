//! The search for query patches in a whole picture: launcher, template, twin, tests. Shader: `shaders/search.wgsl`.

use super::launch::Launch;
use super::patch::CELLS;
use burn::backend::TensorMetadata;
use burn_wgpu::{CubeTensor, KernelSource, SourceTemplate};
use cubecl::prelude::KernelId;

/// Places along a side of a tile, as in the shader.
const TILE: usize = 8;

/// Runs the kernel: `[H, W, C]`, `[N, 49, C]` → `[N, H, W]`.
///
/// # Panics
/// If `C` differs, or is no multiple of 4.
pub(super) fn launch(fmap: CubeTensor, patches: CubeTensor) -> CubeTensor {
    let [height, width, channels] = fmap.shape().dims();
    let [n, cells, patch_channels] = patches.shape().dims();
    assert_eq!((cells, patch_channels), (CELLS, channels), "patches are [N, 49, C]");
    assert_eq!(channels % 4, 0, "channels come in fours");
    let (across, down) = (width.div_ceil(TILE), height.div_ceil(TILE));
    Launch {
        inputs: vec![fmap, patches],
        output_shape: vec![n, height, width],
        info: &[height as u32, width as u32, across as u32],
        workgroup: (64, 1),
        num_workgroups: (across * down, n),
    }
    .run(Search { c4: channels / 4 })
}

struct Search {
    c4: usize,
}

impl KernelSource for Search {
    fn source(&self) -> SourceTemplate {
        SourceTemplate::new(include_str!("../../shaders/search.wgsl")).register("c4", self.c4.to_string())
    }

    fn id(&self) -> KernelId {
        KernelId::new::<Self>().info(self.c4)
    }

    fn lang(&self) -> &'static str {
        "wgsl"
    }
}

/// The twin: plain loops in `f64`.
#[cfg(test)]
#[must_use]
pub fn twin(fmap: &[f32], [height, width, channels]: [usize; 3], patches: &[f32]) -> Vec<f32> {
    let mut output = Vec::new();
    for patch in patches.chunks_exact(CELLS * channels) {
        for place in 0..height * width {
            let products = patch.chunks_exact(channels).enumerate().map(|(cell, patch)| {
                let (x, y) = ((place % width + cell / 7).checked_sub(3)?, (place / width + cell % 7).checked_sub(3)?);
                let there = (x < width && y < height).then(|| &fmap[(y * width + x) * channels..][..channels])?;
                Some(patch.iter().zip(there).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>())
            });
            output.push(products.flatten().sum::<f64>() as f32);
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
    fn the_kernel_equals_its_twin_up_to_every_border() {
        let device = gpu();
        // Whole tiles and parts of them, channels that fill chunks of 16 and such that do not.
        for ([h, w, c], n) in [([16, 24, 32], 3), ([9, 11, 36], 2), ([2, 3, 4], 1)] {
            let (fmap, patches) = (noise(h * w * c, 1), noise(n * CELLS * c, 2));
            let map = Tensor::<3>::from_data(TensorData::new(fmap.clone(), [h, w, c]), &device);
            let asked = Tensor::<3>::from_data(TensorData::new(patches.clone(), [n, CELLS, c]), &device);
            let got: Vec<f32> = ops::search(map, asked).into_data().try_to_vec().unwrap();
            assert_close(&got, &twin(&fmap, [h, w, c], &patches), 2e-4);
        }
    }
}
