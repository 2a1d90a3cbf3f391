//! Pixels that others paint, among egui's shapes.

use crate::canvas::{Area, Canvas, packed};
use egui::{Color32, PaintCallback, Rect, Shape};
use std::sync::Arc;

/// Paints pixels of its own among egui's shapes: a video's picture, a plot of a million points.
///
/// It is opaque: what lies below it is not painted.
pub trait PaintPixels: Send + Sync {
    /// A number for what it looks like. Where the number and the place are those of the last frame, so are the pixels.
    ///
    /// What the last frame showed is kept until the next one is painted. So the address of an [`Arc`] that this holds
    /// can stand for its contents.
    fn digest(&self) -> u64;

    /// Paints one part of it, every pixel. Called for each part that is to be painted again; may be called for none.
    fn paint(&self, part: &mut Part<'_>);
}

/// The shape that fills `rect` (in points) with what `pixels` paints. Other painters than
/// [`CpuPainter`](crate::CpuPainter) do not know it.
pub fn shape(rect: Rect, pixels: impl PaintPixels + 'static) -> Shape {
    Shape::Callback(PaintCallback { rect, callback: Arc::new(Callback(Box::new(pixels))) })
}

/// As egui carries it.
pub(super) struct Callback(pub(super) Box<dyn PaintPixels>);

/// A part of a shape, at most 64 by 64 pixels.
pub struct Part<'a> {
    pub(super) canvas: &'a mut Canvas,
    pub(super) area: Area,
    pub(super) rect: Rect,
    pub(super) pixels_per_point: f32,
}

impl Part<'_> {
    /// The pixels to be painted, counted from the window's top left corner.
    #[must_use]
    pub fn area(&self) -> Area {
        self.area
    }

    /// The whole shape, in points.
    #[must_use]
    pub fn rect(&self) -> Rect {
        self.rect
    }

    /// Pixels in a point of egui's.
    #[must_use]
    pub fn pixels_per_point(&self) -> f32 {
        self.pixels_per_point
    }

    /// The pixels of row `y` from the area's left edge to its right one, each `0x00RRGGBB`.
    ///
    /// # Panics
    /// If the row is outside the area.
    #[inline]
    pub fn row(&mut self, y: i32) -> &mut [u32] {
        assert!((self.area.top..self.area.bottom).contains(&y), "row {y} of {:?}", self.area);
        self.canvas.span(y, self.area.left, self.area.right)
    }

    /// One colour, taken as opaque, over what of `area` is in this part.
    pub fn fill(&mut self, area: Area, colour: Color32) {
        let area = area.intersect(self.area);
        if !area.is_empty() {
            self.canvas.fill(area, packed(colour) | 0xFF00_0000);
        }
    }
}
