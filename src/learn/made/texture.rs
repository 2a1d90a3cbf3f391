//! Pictures that scenes are made of.

use crate::frame::Frame;
use crate::geometry::SourcePoint;

/// Red, green and blue, 0 to 255.
pub(super) type Colour = [f32; 3];

/// A picture that goes on as its mirror image beyond its border.
#[derive(Clone, Debug)]
pub(super) struct Texture {
    frame: Frame,
}

impl Texture {
    pub(super) fn new(frame: &Frame) -> Self {
        Self { frame: frame.clone() }
    }

    /// Width and height, from the middle of the first pixel to that of the last.
    pub(super) fn extent(&self) -> [f32; 2] {
        let size = self.frame.size();
        [(size.width.max(2) - 1) as f32, (size.height.max(2) - 1) as f32]
    }

    /// The colour of a place between the pixels.
    pub(super) fn colour(&self, at: SourcePoint) -> Colour {
        let size = self.frame.size();
        let ([x0, x1], a) = around(at.x, size.width);
        let ([y0, y1], b) = around(at.y, size.height);
        let [[p, q], [r, s]] =
            [[(x0, y0), (x1, y0)], [(x0, y1), (x1, y1)]].map(|row| row.map(|(x, y)| self.frame.pixel(x, y)));
        std::array::from_fn(|i| {
            let [p, q, r, s] = [p[i], q[i], r[i], s[i]].map(f32::from);
            let (upper, lower) = (p + a * (q - p), r + a * (s - r));
            upper + b * (lower - upper)
        })
    }
}

/// The two pixels around a place, mirrored into a side of so many, and the share of the second one.
fn around(at: f32, length: u32) -> ([u32; 2], f32) {
    let last = length.max(1) - 1;
    if last == 0 {
        return ([0, 0], 0.0);
    }
    let period = 2.0 * last as f32;
    let inside = at.rem_euclid(period);
    let inside = inside.min(period - inside);
    let first = (inside as u32).min(last - 1);
    ([first, first + 1], inside - first as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{FrameIndex, Size};

    #[test]
    fn between_pixels_colours_are_mixed_and_beyond_the_border_mirrored() {
        let rgb = (0..6).flat_map(|i| [10 * i, 0, 200 - 10 * i]).collect();
        let texture = Texture::new(&Frame::new(FrameIndex(0), 0.0, Size::new(3, 2), rgb));
        let colour = |x, y| texture.colour(SourcePoint::new(x, y));
        assert_eq!(colour(1.0, 1.0), [40.0, 0.0, 160.0]);
        assert_eq!(colour(0.5, 0.5), [20.0, 0.0, 180.0]);
        assert_eq!(colour(2.5, 0.0), colour(1.5, 0.0));
        assert_eq!(colour(-1.0, -1.0), colour(1.0, 1.0));
        assert_eq!(texture.extent(), [2.0, 1.0]);
    }
}
