//! One picture of a source: its pixels, number and time.

use crate::geometry::{FrameIndex, Size};
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
