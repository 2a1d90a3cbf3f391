//! Whether a device computes what it should: one window, against the same on the CPU.

use super::engine::Engine;
use super::{Checkpoint, CpuOptions, NativeNetwork, NetworkError, WindowState};
use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size};
use crate::sync::CancelToken;

/// Farther apart than this, in pixels of the network's picture, the results are not the same.
const MOST_PX: f32 = 0.05;
/// Points on each side: as many as usually are followed with support, so that what is tuned here is used later.
const PER_SIDE: u32 = 6;
const NUM_ITERS: usize = 2;

/// Compares `device` with the CPU; the error is a clause.
pub(super) fn check(device: &dyn Engine, checkpoint: &Checkpoint) -> Result<(), String> {
    let cpu = NativeNetwork::new(&checkpoint.config, &checkpoint.tensors, CpuOptions::precise(None))
        .map_err(|error| error.to_string())?;
    let size = checkpoint.config.model_size();
    let window = |engine: &dyn Engine| window(engine, checkpoint, size);
    let [ours, its] = [window(&cpu), window(device)].map(|outcome| outcome.map_err(|error| error.to_string()));
    let (ours, its) = (ours?, its?);
    let stride = checkpoint.config.stride as f32;
    let apart = ours.coords.iter().zip(&its.coords).map(|(a, b)| stride * (a[0] - b[0]).hypot(a[1] - b[1]));
    let worst = apart.fold(0.0, |worst: f32, apart| if apart.is_nan() { f32::INFINITY } else { worst.max(apart) });
    if worst <= MOST_PX {
        return Ok(());
    }
    Err(format!("it computes other results than the CPU, up to {worst:.2} pixels away"))
}

/// Points on a picture that moves to and fro.
fn window(engine: &dyn Engine, checkpoint: &Checkpoint, size: Size) -> Result<WindowState, NetworkError> {
    let config = &checkpoint.config;
    let frames = [picture(size, 0), picture(size, 3)];
    let [still, moved] = frames.map(|frame| engine.encode(&frame, size));
    let (still, moved) = (still?, moved?);
    let stride = config.stride as f32;
    let place = |i: u32, extent: u32| (i as f32 + 0.5) / PER_SIDE as f32 * (extent as f32 / stride - 1.0);
    let points: Vec<[f32; 2]> =
        (0..PER_SIDE * PER_SIDE).map(|i| [place(i % PER_SIDE, size.width), place(i / PER_SIDE, size.height)]).collect();
    let patches = engine.patches(&still, &points)?;
    let frames: Vec<_> = (0..config.window_len).map(|t| if t % 2 == 0 { &still } else { &moved }).collect();
    let mut state = WindowState::still(config.window_len, &points);
    engine.refine(&frames, &patches, &mut state, NUM_ITERS, &CancelToken::new())?;
    Ok(state)
}

/// Blobs of many sizes and colours, moved to the right by so many pixels.
fn picture(size: Size, shift: u32) -> Frame {
    let wave =
        |x: f32, y: f32, k: f32| f32::midpoint((x * k).sin() * (y * k * 1.3 + 1.0).cos(), (x * k * 0.37 + y * k).sin());
    let pixel = |x: u32, y: u32| {
        let (x, y) = (x as f32 - shift as f32, y as f32);
        [0.11, 0.23, 0.31].map(|k| (128.0 + 60.0 * wave(x, y, k) + 60.0 * wave(y, x, k * 0.21)) as u8)
    };
    let rgb = (0..size.height).flat_map(|y| (0..size.width).flat_map(move |x| pixel(x, y))).collect();
    Frame::new(FrameIndex(0), 0.0, size, rgb)
}

#[cfg(test)]
mod tests {
    use super::super::PortableNetwork;
    use super::*;
    use burn::tensor::Device;
    use std::path::Path;

    #[test]
    fn the_portable_form_passes_and_a_device_that_computes_nonsense_does_not() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tiny_lite_f16.safetensors");
        let checkpoint = Checkpoint::read(&path).unwrap();
        check(&PortableNetwork::new(&checkpoint, &Device::flex()), &checkpoint).unwrap();
        let mut broken = Checkpoint::read(&path).unwrap();
        broken.tensors.values_mut().flat_map(|tensor| &mut tensor.data).for_each(|value| *value *= 1.5);
        let problem = check(&PortableNetwork::new(&broken, &Device::flex()), &checkpoint).unwrap_err();
        assert!(problem.contains("other results than the CPU"), "{problem}");
        broken.tensors.values_mut().for_each(|tensor| tensor.data.fill(f32::NAN));
        let problem = check(&PortableNetwork::new(&broken, &Device::flex()), &checkpoint).unwrap_err();
        assert!(problem.contains("other results than the CPU"), "{problem}");
    }
}
