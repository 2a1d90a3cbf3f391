//! 4D correlation on one level: launcher, template, twin, tests. Shader: `shaders/correlation.wgsl`.

use super::launch::Launch;
use super::patch::{CELLS, Map, PATCH_WGSL, cell_value};
use burn::backend::TensorMetadata;
use burn_flex::FlexTensor;
use burn_wgpu::{CubeTensor, KernelSource, SourceTemplate};
use cubecl::prelude::KernelId;

/// Runs the kernel: `[S, H, W, C]`, `[N, S, 2]`, `[N, 49, C]` → `[N, S, 49, 49]`.
///
/// # Panics
/// If `S`, `N` or `C` differ between arguments, or `C` is no multiple of 4.
pub(super) fn launch(fmap: CubeTensor, coords: CubeTensor, patches: CubeTensor) -> CubeTensor {
    let [frames, height, width, channels] = fmap.shape().dims();
    let [tracks, coord_frames, xy] = coords.shape().dims();
    assert_eq!((coord_frames, xy), (frames, 2), "coords are [N, S, 2] with the frames of fmap");
    assert_eq!(patches.shape().dims(), [tracks, CELLS, channels], "patches is [N, 49, C]");
    assert_eq!(channels % 4, 0, "channels come in fours");
    Launch {
        inputs: vec![fmap, coords, patches],
        output_shape: vec![tracks, frames, CELLS, CELLS],
        info: &[frames as u32, tracks as u32, height as u32, width as u32],
        workgroup: (64, 1),
        num_workgroups: (tracks, frames),
    }
    .run(Correlation { c4: channels / 4 })
}

struct Correlation {
    c4: usize,
}

impl KernelSource for Correlation {
    fn source(&self) -> SourceTemplate {
        SourceTemplate::new(include_str!("../../shaders/correlation.wgsl"))
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

/// The twin: plain loops, `f64` sums.
#[must_use]
pub fn twin(fmap: &[f32], [height, width, channels]: [usize; 3], coords: &[[f32; 2]], patches: &[f32]) -> Vec<f32> {
    let num_frames = fmap.len() / (height * width * channels);
    let mut output = Vec::with_capacity(coords.len() * CELLS * CELLS);
    for (row, &point) in coords.iter().enumerate() {
        let (track, frame) = (row / num_frames, row % num_frames);
        let data = &fmap[frame * height * width * channels..][..height * width * channels];
        let map = Map { height, width, channels, data };
        let patches = &patches[track * CELLS * channels..][..CELLS * channels];
        for cell in 0..CELLS {
            let values: Vec<f64> = (0..channels).map(|c| cell_value(&map, point, cell, c)).collect();
            output.extend(
                patches
                    .chunks_exact(channels)
                    .map(|patch| patch.iter().zip(&values).map(|(a, b)| f64::from(*a) * b).sum::<f64>() as f32),
            );
        }
    }
    output
}

pub(super) fn twin_on_flex(fmap: &FlexTensor, coords: &FlexTensor, patches: &FlexTensor) -> FlexTensor {
    let [_, height, width, channels] = fmap.shape().dims();
    let [tracks, frames, _] = coords.shape().dims();
    let (fmap, coords, patches) = (fmap.to_contiguous(), coords.to_contiguous(), patches.to_contiguous());
    let points = bytemuck::cast_slice(coords.storage::<f32>());
    let output = twin(fmap.storage(), [height, width, channels], points, patches.storage());
    super::flex_tensor(output, [tracks, frames, CELLS, CELLS])
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_close, gpu, noise};
    use super::super::{ops, patches};
    use super::*;
    use burn::tensor::{Device, Tensor, TensorData};

    fn on(device: &Device, case: &Case) -> Vec<f32> {
        let [s, h, w, c] = case.dims;
        let n = case.coords.len() / s;
        let fmap = Tensor::from_data(TensorData::new(case.fmap.clone(), [s, h, w, c]), device);
        let coords = Tensor::from_data(TensorData::new(case.coords.concat(), [n, s, 2]), device);
        let patches = Tensor::from_data(TensorData::new(case.patches.clone(), [n, CELLS, c]), device);
        ops::correlation(fmap, coords, patches).into_data().try_to_vec().unwrap()
    }

    struct Case {
        dims: [usize; 4],
        fmap: Vec<f32>,
        coords: Vec<[f32; 2]>,
        patches: Vec<f32>,
    }

    /// Points inside, on whole pixels, past every border and far away.
    fn case(dims: [usize; 4], tracks: usize) -> Case {
        let [s, h, w, c] = dims;
        let (wide, high) = (w as f32, h as f32);
        let special = [
            [0.0, 0.0],
            [wide - 1.0, high - 1.0],
            [-3.4, 2.5],
            [2.5, -7.9],
            [wide + 2.2, 1.1],
            [1.7, high + 5.5],
            [-1e9, 1e9],
            [f32::MAX, f32::MIN],
        ];
        let random = noise(2 * tracks * s, 1);
        let coords = (0..tracks * s).map(|i| match special.get(i) {
            Some(&point) => point,
            None => [random[2 * i].abs() * wide, random[2 * i + 1].abs() * high],
        });
        Case { dims, fmap: noise(s * h * w * c, 2), coords: coords.collect(), patches: noise(tracks * CELLS * c, 3) }
    }

    #[test]
    fn the_kernel_equals_its_twin_inside_and_past_every_border() {
        let device = gpu();
        // 64 and 96 channels fill whole chunks of 32; 36 does not; the last map is smaller than a patch.
        for (dims, tracks) in [([3, 9, 11, 64], 4), ([2, 7, 6, 96], 3), ([2, 8, 9, 36], 3), ([1, 2, 3, 32], 9)] {
            let case = case(dims, tracks);
            let expected = twin(&case.fmap, [dims[1], dims[2], dims[3]], &case.coords, &case.patches);
            // Sums of 96 products of values below 1 in f32 against f64.
            assert_close(&on(&device, &case), &expected, 2e-5);
        }
    }

    #[test]
    fn flex_and_gpu_give_the_same_in_one_program() {
        let case = case([2, 6, 5, 32], 5);
        assert_close(&on(&gpu(), &case), &on(&Device::flex(), &case), 2e-5);
    }

    #[test]
    fn a_patch_correlates_with_itself_as_its_own_products() {
        let case = case([1, 9, 9, 32], 1);
        let point = [4.3, 5.6];
        let patch = patches::twin(&case.fmap, [9, 9, 32], &[point]);
        let output = twin(&case.fmap, [9, 9, 32], &[point], &patch);
        for a in 0..CELLS {
            for b in 0..CELLS {
                let product: f32 = (0..32).map(|c| patch[a * 32 + c] * patch[b * 32 + c]).sum();
                assert!((output[a * CELLS + b] - product).abs() < 1e-5);
            }
        }
    }
}
