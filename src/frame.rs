//! One picture of a source: its pixels, number and time.

use crate::geometry::{Crop, FrameIndex, Size};
use std::sync::Arc;

/// A decoded picture, upright, as tightly packed RGB bytes. Cloning shares the pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// The picture's number in its source.
    pub index: FrameIndex,
    /// When it is shown, in seconds from the first frame of the source.
    pub time_secs: f64,
    size: Size,
    rgb: Arc<Vec<u8>>,
}

impl Frame {
    /// A frame from its pixels: `height` rows of `width` × (red, green, blue).
    ///
    /// # Panics
    /// If `rgb` does not hold 3 · width · height bytes.
    #[must_use]
    pub fn new(index: FrameIndex, time_secs: f64, size: Size, rgb: Vec<u8>) -> Self {
        assert_eq!(rgb.len(), 3 * size.area(), "a {size} RGB picture");
        Self { index, time_secs, size, rgb: Arc::new(rgb) }
    }

    /// The same picture under another number and time: how a frame that does not decode is bridged.
    #[must_use]
    pub fn held_at(&self, index: FrameIndex, time_secs: f64) -> Self {
        Self { index, time_secs, ..self.clone() }
    }

    /// A part of the picture as a picture of its own; all of it shares the pixels.
    ///
    /// # Panics
    /// If the part is not in the picture.
    #[must_use]
    pub fn cut(&self, part: Crop) -> Self {
        let Crop { x, y, size } = part;
        assert!(
            x + size.width <= self.size.width && y + size.height <= self.size.height,
            "{size} from ({x}, {y}) in a picture of {}",
            self.size
        );
        if size == self.size {
            return self.clone();
        }
        let row = |y: u32| {
            let first = 3 * (y as usize * self.size.width as usize + x as usize);
            &self.rgb[first..first + 3 * size.width as usize]
        };
        let mut rgb = Vec::with_capacity(3 * size.area());
        (y..y + size.height).for_each(|y| rgb.extend_from_slice(row(y)));
        Self { size, rgb: Arc::new(rgb), ..self.clone() }
    }

    /// Width and height of the picture.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// The pixels, row by row, three bytes each.
    #[must_use]
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// Red, green and blue of one pixel.
    ///
    /// # Panics
    /// If the pixel lies outside the picture.
    #[must_use]
    pub fn pixel(&self, x: u32, y: u32) -> [u8; 3] {
        assert!(x < self.size.width && y < self.size.height, "pixel ({x}, {y}) of {}", self.size);
        let at = 3 * (y as usize * self.size.width as usize + x as usize);
        [self.rgb[at], self.rgb[at + 1], self.rgb[at + 2]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_has_the_pixels_of_its_place() {
        let size = Size::new(7, 5);
        let frame = Frame::new(FrameIndex(3), 0.5, size, (0..3 * 35).collect());
        let part = frame.cut(Crop { x: 2, y: 1, size: Size::new(4, 3) });
        assert_eq!((part.index, part.size(), part.rgb().len()), (FrameIndex(3), Size::new(4, 3), 36));
        assert!((0..3).all(|y| (0..4).all(|x| part.pixel(x, y) == frame.pixel(x + 2, y + 1))));
        assert_eq!(frame.cut(Crop::whole(size)), frame);
    }
}
