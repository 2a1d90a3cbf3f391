//! A clip made by the program: textured squares in known motion, the frame's number written in its top line.

use super::source::{FrameSource, MediaError, SourceInfo, SourceKind};
use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size, SourcePoint};
use std::path::Path;

/// The frame's number stands in this many bits, most significant first, white for 1.
const NUMBER_BITS: u32 = 16;
/// Pixels per frame that the square moves.
const STEP: (f32, f32) = (2.0, 1.0);

/// A deterministic test clip: a textured square moves over a textured ground, and reflects at the picture's edges.
#[derive(Clone, Debug)]
pub struct SyntheticSource {
    info: SourceInfo,
}

impl SyntheticSource {
    /// A clip of `num_frames` pictures.
    ///
    /// # Panics
    /// If the picture is narrower than 16 or lower than 4 pixels, the number would not fit in it; or if the frame rate
    /// is not a positive number.
    #[must_use]
    pub fn new(size: Size, num_frames: usize, frame_rate: f64) -> Self {
        assert!(size.width >= NUMBER_BITS && size.height >= 4, "{size} has no room for the frame number");
        assert!(frame_rate.is_finite() && frame_rate > 0.0, "{frame_rate} frames per second");
        Self { info: SourceInfo::even(SourceKind::Synthetic, Path::new(""), size, num_frames, frame_rate, "synthetic") }
    }

    /// Where the middle of the moving square is: the truth that tracking can be held against.
    #[must_use]
    pub fn square_centre(&self, frame: FrameIndex) -> SourcePoint {
        let (corner, side) = self.square(frame);
        let half = (side - 1) as f32 / 2.0;
        SourcePoint::new(corner.0 as f32 + half, corner.1 as f32 + half)
    }

    /// The number that a picture bears, read from its pixels.
    #[must_use]
    pub fn number_in(frame: &Frame) -> u32 {
        let block = frame.size().width / NUMBER_BITS;
        let bit = |i: u32| u32::from(frame.pixel(i * block + block / 2, 0)[1] >= 128);
        (0..NUMBER_BITS).fold(0, |number, i| 2 * number + bit(i))
    }

    /// The square's top left corner and its side.
    fn square(&self, frame: FrameIndex) -> ((u32, u32), u32) {
        let Size { width, height } = self.info.size;
        let side = (width.min(height) / 3).max(2);
        let reflect = |moved: f32, room: u32| {
            if room == 0 {
                return 0;
            }
            let phase = moved as u32 % (2 * room);
            phase.min(2 * room - phase)
        };
        let at = frame.0 as f32;
        let x = reflect(width as f32 / 4.0 + STEP.0 * at, width - side);
        // The number's line is left free.
        let y = 2 + reflect(height as f32 / 4.0 + STEP.1 * at, height.saturating_sub(side + 2));
        ((x, y), side)
    }

    fn draw(&self, frame: FrameIndex) -> Vec<u8> {
        let Size { width, height } = self.info.size;
        let ((left, top), side) = self.square(frame);
        let block = width / NUMBER_BITS;
        let mut rgb = Vec::with_capacity(3 * self.info.size.area());
        for y in 0..height {
            for x in 0..width {
                let is_in_square = (left..left + side).contains(&x) && (top..top + side).contains(&y);
                let pixel = if y < 2 {
                    let i = (x / block).min(NUMBER_BITS - 1);
                    [if frame.0 >> (NUMBER_BITS - 1 - i) & 1 == 1 { 255 } else { 0 }; 3]
                } else if is_in_square {
                    let value = texture((x - left) / 3, (y - top) / 3, 7);
                    [255, 96 + value / 3, value / 2]
                } else {
                    let value = texture(x / 8, y / 8, 1);
                    [value / 4, 40 + value / 4, 90 + value / 4]
                };
                rgb.extend_from_slice(&pixel);
            }
        }
        rgb
    }
}

impl FrameSource for SyntheticSource {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn read(&mut self, frame: FrameIndex) -> Result<Frame, MediaError> {
        let num_frames = self.info.num_frames();
        if frame.get() >= num_frames {
            return Err(MediaError::NoSuchFrame { frame, num_frames });
        }
        Ok(Frame::new(frame, self.info.time_secs(frame), self.info.size, self.draw(frame)))
    }
}

/// A byte that looks random but is always the same for the same cell.
fn texture(x: u32, y: u32, seed: u32) -> u8 {
    // The finishing steps of MurmurHash3 on a number made of the cell.
    let mut hash = x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77) ^ seed.wrapping_mul(0xC2B2_AE3D);
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85EB_CA6B);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xC2B2_AE35);
    (hash >> 24) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_picture_bears_its_number() {
        let mut source = SyntheticSource::new(Size::new(100, 60), 400, 25.0);
        for index in [0, 1, 255, 399].map(FrameIndex) {
            let frame = source.read(index).unwrap();
            assert_eq!((SyntheticSource::number_in(&frame), frame.index), (index.0, index));
        }
        assert!(matches!(source.read(FrameIndex(400)), Err(MediaError::NoSuchFrame { num_frames: 400, .. })));
    }

    #[test]
    fn the_square_is_where_it_says_and_keeps_its_texture() {
        let mut source = SyntheticSource::new(Size::new(96, 72), 300, 25.0);
        let (first, later) = (FrameIndex(0), FrameIndex(10));
        let (a, b) = (source.square_centre(first), source.square_centre(later));
        assert_eq!((b.x - a.x, b.y - a.y), (20.0, 10.0));
        let (before, after) = (source.read(first).unwrap(), source.read(later).unwrap());
        for offset in 0..8 {
            let at = |p: SourcePoint| (p.x as u32 + offset, p.y as u32);
            assert_eq!(before.pixel(at(a).0, at(a).1), after.pixel(at(b).0, at(b).1));
        }
        for index in (0..300).map(FrameIndex) {
            assert!(source.info().size.contains(source.square_centre(index)));
        }
    }

    #[test]
    fn the_smallest_pictures_are_drawn() {
        for size in [Size::new(16, 4), Size::new(17, 5), Size::new(64, 4), Size::new(16, 64)] {
            assert_eq!(
                SyntheticSource::number_in(&SyntheticSource::new(size, 9, 30.0).read(FrameIndex(8)).unwrap()),
                8
            );
        }
    }
}
