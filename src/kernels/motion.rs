//! Motion encoding: launcher, template, twin, tests. Shader: `shaders/motion.wgsl`.

use super::launch::Launch;
use burn::backend::TensorMetadata;
use burn_flex::FlexTensor;
use burn_wgpu::{CubeTensor, KernelSource, SourceTemplate};
use cubecl::prelude::KernelId;

const OCTAVES: usize = 10;
const WIDTH: usize = 4 * (1 + 2 * OCTAVES);

/// Runs the kernel: `[N, S, 2]` → `[N, S, 84]`.
///
/// # Panics
/// If `coords` is not `[N, S, 2]`.
pub(super) fn launch(coords: CubeTensor, scale: [f32; 2]) -> CubeTensor {
    let [tracks, frames, xy] = coords.shape().dims();
    assert_eq!(xy, 2, "coords are [N, S, 2]");
    let rows = tracks * frames;
    Launch {
        inputs: vec![coords],
        output_shape: vec![tracks, frames, WIDTH],
        info: &[rows as u32, frames as u32, scale[0].to_bits(), scale[1].to_bits()],
        workgroup: (64, 1),
        num_workgroups: (rows.div_ceil(64), 1),
    }
    .run(Motion)
}

struct Motion;

impl KernelSource for Motion {
    fn source(&self) -> SourceTemplate {
        SourceTemplate::new(include_str!("../../shaders/motion.wgsl"))
    }

    fn id(&self) -> KernelId {
        KernelId::new::<Self>()
    }

    fn lang(&self) -> &'static str {
        "wgsl"
    }
}

/// The twin: plain loops. Angles are rounded to `f32` as the reference's are (the cosine is the sine of angle + π/2
/// there), then the sine is taken in `f64`.
#[must_use]
pub fn twin(coords: &[[f32; 2]], num_frames: usize, scale: [f32; 2]) -> Vec<f32> {
    let sine = |angle: f32| f64::from(angle).sin() as f32;
    let mut output = Vec::with_capacity(coords.len() * WIDTH);
    for track in coords.chunks_exact(num_frames) {
        for frame in 0..num_frames {
            let offset = |other: usize, axis: usize| (track[frame][axis] - track[other][axis]) / scale[axis];
            let mut offsets = [0.0; 4];
            if frame + 1 < num_frames {
                offsets[..2].copy_from_slice(&[offset(frame + 1, 0), offset(frame + 1, 1)]);
            }
            if frame > 0 {
                offsets[2..].copy_from_slice(&[offset(frame - 1, 0), offset(frame - 1, 1)]);
            }
            let angles = || (0..OCTAVES).flat_map(|k| offsets.map(|v| v * (1u32 << k) as f32));
            output.extend(offsets);
            output.extend(angles().map(sine));
            output.extend(angles().map(|angle| sine(angle + std::f32::consts::FRAC_PI_2)));
        }
    }
    output
}

pub(super) fn twin_on_flex(coords: &FlexTensor, scale: [f32; 2]) -> FlexTensor {
    let [tracks, frames, _] = coords.shape().dims();
    let coords = coords.to_contiguous();
    let points = bytemuck::cast_slice(coords.storage::<f32>());
    super::flex_tensor(twin(points, frames, scale), [tracks, frames, WIDTH])
}

#[cfg(test)]
mod tests {
    use super::super::ops;
    use super::super::testing::{assert_close, gpu, noise};
    use super::*;
    use burn::tensor::{Tensor, TensorData};

    #[test]
    fn the_kernel_equals_its_twin_up_to_large_angles() {
        let (tracks, frames, scale) = (7, 16, [24.0, 18.0]);
        // Steps of up to two pictures: angles of up to 2 · 512.
        let coords: Vec<[f32; 2]> =
            noise(2 * tracks * frames, 3).chunks(2).map(|v| [v[0] * 24.0, v[1] * 18.0]).collect();
        let expected = twin(&coords, frames, scale);
        let tensor = Tensor::from_data(TensorData::new(coords.concat(), [tracks, frames, 2]), &gpu());
        let got: Vec<f32> = ops::motion(tensor, scale).into_data().try_to_vec().unwrap();
        // An offset that differs in its last bit moves the highest octave by 512 ulp of 2, 6e-5 each way.
        assert_close(&got, &expected, 2e-4);
    }

    #[test]
    fn a_track_at_rest_encodes_as_zeros_and_ones() {
        let rest = twin(&[[3.0, 4.0]; 4], 4, [24.0, 18.0]);
        assert!(rest[..44].iter().all(|v| *v == 0.0) && rest[44..84].iter().all(|v| *v == 1.0));
    }
}
