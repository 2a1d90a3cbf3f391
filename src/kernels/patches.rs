//! Query patches from one feature map: launcher, template, twin, tests. Shader: `shaders/patches.wgsl`.

use super::launch::Launch;
use super::patch::{CELLS, Map, PATCH_WGSL, cell_value};
use burn::backend::TensorMetadata;
use burn_flex::FlexTensor;
use burn_wgpu::{CubeTensor, KernelSource, SourceTemplate};
use cubecl::prelude::KernelId;

/// Runs the kernel: `[H, W, C]`, `[N, 2]` → `[N, 49, C]`.
///
/// # Panics
/// If `points` is not `[N, 2]`, or `C` is no multiple of 4.
pub(super) fn launch(fmap: CubeTensor, points: CubeTensor) -> CubeTensor {
    let [height, width, channels] = fmap.shape().dims();
    let [tracks, xy] = points.shape().dims();
    assert_eq!((xy, channels % 4), (2, 0), "points are [N, 2] and channels come in fours");
    Launch {
        inputs: vec![fmap, points],
        output_shape: vec![tracks, CELLS, channels],
        info: &[height as u32, width as u32, tracks as u32],
        workgroup: (64, 1),
        num_workgroups: (tracks, 1),
    }
    .run(QueryPatches { c4: channels / 4 })
}

struct QueryPatches {
    c4: usize,
}

impl KernelSource for QueryPatches {
    fn source(&self) -> SourceTemplate {
        SourceTemplate::new(include_str!("../../shaders/patches.wgsl"))
            .add_template(PATCH_WGSL)
            .register("c4", self.c4.to_string())
    }

    fn id(&self) -> KernelId {
        KernelId::new::<Self>().info(self.c4)
    }

    fn lang(&self) -> &'static str {
        "wgsl"
    }
}

/// The twin: plain loops in `f64`.
#[must_use]
pub fn twin(fmap: &[f32], [height, width, channels]: [usize; 3], points: &[[f32; 2]]) -> Vec<f32> {
    let map = Map { height, width, channels, data: fmap };
    let cells = points.iter().flat_map(|&point| (0..CELLS).map(move |cell| (point, cell)));
    cells
        .flat_map(|(point, cell)| (0..channels).map(move |c| (point, cell, c)))
        .map(|(point, cell, c)| cell_value(&map, point, cell, c) as f32)
        .collect()
}

pub(super) fn twin_on_flex(fmap: &FlexTensor, points: &FlexTensor) -> FlexTensor {
    let [height, width, channels] = fmap.shape().dims();
    let (fmap, points) = (fmap.to_contiguous(), points.to_contiguous());
    let points: &[[f32; 2]] = bytemuck::cast_slice(points.storage::<f32>());
    super::flex_tensor(twin(fmap.storage(), [height, width, channels], points), [points.len(), CELLS, channels])
}

#[cfg(test)]
mod tests {
    use super::super::ops;
    use super::super::testing::{assert_close, gpu, noise};
    use super::*;
    use burn::tensor::{Tensor, TensorData};

    #[test]
    fn the_kernel_equals_its_twin_inside_and_past_every_border() {
        let device = gpu();
        let points = [[3.3, 4.7], [0.0, 0.0], [8.0, 6.0], [-5.5, 3.0], [4.0, 30.0], [1e9, -1e9], [7.99, 0.01]];
        for [h, w, c] in [[7, 9, 64], [5, 5, 36], [1, 2, 4]] {
            let fmap = noise(h * w * c, 5);
            let tensor = Tensor::from_data(TensorData::new(fmap.clone(), [h, w, c]), &device);
            let at = Tensor::from_data(TensorData::new(points.concat(), [points.len(), 2]), &device);
            let got: Vec<f32> = ops::patches(tensor, at).into_data().try_to_vec().unwrap();
            assert_close(&got, &twin(&fmap, [h, w, c], &points), 1e-6);
        }
    }

    #[test]
    fn the_first_cell_lies_up_and_left_and_the_second_below_it() {
        // One channel times four whose value is 10·x + y: the patch reads its own coordinates back.
        let (h, w) = (12, 12);
        let fmap: Vec<f32> = (0..h * w).flat_map(|i| [(10 * (i % w) + i / w) as f32; 4]).collect();
        let patch = twin(&fmap, [h, w, 4], &[[5.0, 6.0]]);
        assert_eq!((patch[0], patch[4], patch[4 * 7]), (23.0, 24.0, 33.0));
    }
}
