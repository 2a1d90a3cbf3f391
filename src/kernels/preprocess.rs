//! Picture to network input: launcher, template, twin, tests. Shader: `shaders/preprocess.wgsl`.

use super::launch::Launch;
use burn_flex::FlexTensor;
use burn_wgpu::{CubeTensor, KernelSource, SourceTemplate};
use cubecl::prelude::KernelId;

/// Runs the kernel: packed RGB bytes of (height, width) → `[1, 3, H', W']`.
pub(super) fn launch(picture: CubeTensor, source: [usize; 2], model: [usize; 2]) -> CubeTensor {
    Launch {
        inputs: vec![picture],
        output_shape: vec![1, 3, model[0], model[1]],
        info: &[source[1] as u32, source[0] as u32, model[1] as u32, model[0] as u32],
        workgroup: (16, 16),
        num_workgroups: (model[1].div_ceil(16), model[0].div_ceil(16)),
    }
    .run(Preprocess)
}

struct Preprocess;

impl KernelSource for Preprocess {
    fn source(&self) -> SourceTemplate {
        SourceTemplate::new(include_str!("../../shaders/preprocess.wgsl"))
    }

    fn id(&self) -> KernelId {
        KernelId::new::<Self>()
    }

    fn lang(&self) -> &'static str {
        "wgsl"
    }
}

/// RGB bytes four to a word, the last one padded with zeros.
#[must_use]
pub fn pack(rgb: &[u8]) -> Vec<i32> {
    let (words, rest) = rgb.as_chunks::<4>();
    let mut packed: Vec<i32> = words.iter().map(|&w| i32::from_le_bytes(w)).collect();
    if !rest.is_empty() {
        let mut last = [0; 4];
        last[..rest.len()].copy_from_slice(rest);
        packed.push(i32::from_le_bytes(last));
    }
    packed
}

/// The twin: plain loops in `f64`; planes `[3, H', W']`.
#[must_use]
pub fn twin(rgb: &[u8], source: [usize; 2], model: [usize; 2]) -> Vec<f32> {
    let scale = |axis: usize| {
        if model[axis] > 1 { (source[axis] - 1) as f32 / (model[axis] - 1) as f32 } else { 0.0 }
    };
    // Positions in f32, as the reference has them: where they fall on whole pixels, an ulp decides between neighbours
    // that weigh 0 and 1.
    let at = |axis: usize, i: usize| {
        let position = i as f32 * scale(axis);
        let low = (position as usize).min(source[axis] - 1);
        (low, (low + 1).min(source[axis] - 1), f64::from(position - low as f32))
    };
    let mut output = Vec::with_capacity(3 * model[0] * model[1]);
    for channel in 0..3 {
        let pixel = |x: usize, y: usize| f64::from(rgb[(y * source[1] + x) * 3 + channel]);
        for y in 0..model[0] {
            let (y0, y1, part_y) = at(0, y);
            for x in 0..model[1] {
                let (x0, x1, part_x) = at(1, x);
                let mix = |a: f64, b: f64, part: f64| a + (b - a) * part;
                let upper = mix(pixel(x0, y0), pixel(x1, y0), part_x);
                let lower = mix(pixel(x0, y1), pixel(x1, y1), part_x);
                output.push((mix(upper, lower, part_y) * (2.0 / 255.0) - 1.0) as f32);
            }
        }
    }
    output
}

pub(super) fn twin_on_flex(picture: &FlexTensor, source: [usize; 2], model: [usize; 2]) -> FlexTensor {
    let picture = picture.to_contiguous();
    let words = picture.storage::<i32>();
    let rgb: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    super::flex_tensor(twin(&rgb, source, model), [1, 3, model[0], model[1]])
}

#[cfg(test)]
mod tests {
    use super::super::ops;
    use super::super::testing::{assert_close, gpu, noise};
    use super::*;
    use burn::backend::DType;
    use burn::tensor::{Device, Int, Tensor, TensorData};

    fn on(device: &Device, rgb: &[u8], source: [usize; 2], model: [usize; 2]) -> Vec<f32> {
        let words = pack(rgb);
        let num = words.len();
        let picture = Tensor::<1, Int>::from_data(TensorData::new(words, [num]), (device, DType::I32));
        ops::preprocess(picture, source, model).into_data().try_to_vec().unwrap()
    }

    #[test]
    fn the_kernel_equals_its_twin_larger_smaller_and_odd() {
        for (source, model) in [([13, 17], [24, 40]), ([61, 43], [16, 24]), ([1, 1], [8, 8]), ([9, 1], [8, 16])] {
            let rgb: Vec<u8> = noise(3 * source[0] * source[1], 7).iter().map(|v| (v.abs() * 255.0) as u8).collect();
            let expected = twin(&rgb, source, model);
            assert_close(&on(&gpu(), &rgb, source, model), &expected, 2e-5);
            assert_close(&on(&Device::flex(), &rgb, source, model), &expected, 0.0);
        }
    }

    #[test]
    fn corners_keep_their_values_and_the_range_is_minus_one_to_one() {
        let mut rgb = vec![0u8; 3 * 4 * 5];
        rgb[0] = 255; // red of the top left
        rgb[3 * 19 + 2] = 255; // blue of the bottom right
        let output = twin(&rgb, [4, 5], [16, 24]);
        assert_eq!((output[0], output[16 * 24], output[3 * 16 * 24 - 1]), (1.0, -1.0, 1.0));
    }
}
