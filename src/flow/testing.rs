//! Pictures with exact truth: a texture that is moved, turned, lit, covered.

use super::Pyramid;
use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size, SourcePoint};

pub(super) const SIZE: Size = Size { width: 160, height: 120 };

/// A texture without period.
pub(super) fn texture(x: f32, y: f32) -> f32 {
    let wave = |a: f32, b: f32, c: f32| (a * x + b * y + c).sin();
    128.0 + 22.0 * (wave(0.51, 0.22, 0.3) + wave(-0.27, 0.49, 1.1) + wave(0.63, 0.59, 4.0) + wave(0.06, -0.09, 2.0))
}

pub(super) fn picture(value: impl Fn(f32, f32) -> f32) -> Pyramid {
    let pixels = (0..SIZE.height).flat_map(|y| (0..SIZE.width).map(move |x| (x as f32, y as f32)));
    let rgb = pixels.flat_map(|(x, y)| [value(x, y).round().clamp(0.0, 255.0) as u8; 3]).collect();
    Pyramid::new(&Frame::new(FrameIndex(0), 0.0, SIZE, rgb))
}

pub(super) fn moved((dx, dy): (f32, f32)) -> Pyramid {
    picture(|x, y| texture(x - dx, y - dy))
}

pub(super) fn plus(point: SourcePoint, (dx, dy): (f32, f32)) -> SourcePoint {
    SourcePoint::new(point.x + dx, point.y + dy)
}
