//! Frame numbers, sizes, and points in the three spaces of a picture.
//!
//! Pixel centres are whole numbers: (0, 0) is the centre of the top-left pixel, x right, y down.
//!
//! | space   | unit                                                                |
//! |---------|---------------------------------------------------------------------|
//! | source  | pixels of the upright (rotation applied) video                      |
//! | model   | pixels of the picture that the network sees                         |
//! | feature | model pixels / `stride` (4); level i of the pyramid is feature / 2^i |

use serde::{Deserialize, Serialize};

/// The number of a frame in its source, counted from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FrameIndex(pub u32);

impl FrameIndex {
    /// The frame number as a slice index.
    #[must_use]
    pub fn get(self) -> usize {
        self.0 as usize
    }

    /// The frame with this slice index.
    ///
    /// # Panics
    /// If `index` exceeds `u32::MAX`; sources refuse such clips when they are opened.
    #[must_use]
    pub fn new(index: usize) -> Self {
        Self(u32::try_from(index).expect("sources hold fewer than 2^32 frames"))
    }

    /// The frame `count` later.
    #[must_use]
    pub fn after(self, count: usize) -> Self {
        Self::new(self.get() + count)
    }
}

impl std::fmt::Display for FrameIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Width and height in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Size {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

impl Size {
    /// A size of `width` × `height` pixels.
    #[must_use]
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    /// How many pixels that is.
    #[must_use]
    pub fn area(self) -> usize {
        self.width as usize * self.height as usize
    }

    /// Whether a source point lies in the picture: from −0.5 to size − 0.5, the outer edges of the border pixels.
    #[must_use]
    pub fn contains(self, point: SourcePoint) -> bool {
        let inside = |value: f32, extent: u32| value >= -0.5 && value <= extent as f32 - 0.5;
        inside(point.x, self.width) && inside(point.y, self.height)
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

/// A point in source pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SourcePoint {
    /// Pixels to the right of the centre of the left-most column.
    pub x: f32,
    /// Pixels below the centre of the top row.
    pub y: f32,
}

impl SourcePoint {
    /// The point (x, y).
    #[must_use]
    pub const fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }

    /// Distance to another point, in source pixels.
    #[must_use]
    pub fn distance(self, other: Self) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }
}

/// A point in model pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ModelPoint {
    /// Pixels to the right of the centre of the left-most column.
    pub x: f32,
    /// Pixels below the centre of the top row.
    pub y: f32,
}

/// The map from source to model pixels: corners to corners, x · (W' − 1) / (W − 1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ModelFromSource {
    scale_x: f32,
    scale_y: f32,
}

impl ModelFromSource {
    /// The map between pictures of these sizes. A source one pixel wide or high maps to coordinate 0.
    #[must_use]
    pub fn new(source: Size, model: Size) -> Self {
        // f64 first and rounded once, as the reference does.
        let scale = |from: u32, to: u32| {
            if from > 1 { (f64::from(to - 1) / f64::from(from - 1)) as f32 } else { 0.0 }
        };
        Self { scale_x: scale(source.width, model.width), scale_y: scale(source.height, model.height) }
    }

    /// From source to model pixels.
    #[must_use]
    pub fn apply(self, point: SourcePoint) -> ModelPoint {
        ModelPoint { x: point.x * self.scale_x, y: point.y * self.scale_y }
    }

    /// From model to source pixels. On an axis one pixel long, coordinate 0.
    #[must_use]
    pub fn invert(self, point: ModelPoint) -> SourcePoint {
        let back = |value: f32, scale: f32| if scale == 0.0 { 0.0 } else { value / scale };
        SourcePoint { x: back(point.x, self.scale_x), y: back(point.y, self.scale_y) }
    }
}

/// `k` × `k` points over a picture of `width` × `height`, row by row, with a margin of width / 64 on every side; one
/// point is the middle. The formula of `oracle.grid`, in whatever pixels the size is given.
#[must_use]
pub fn grid(k: usize, width: f32, height: f32) -> Vec<(f32, f32)> {
    if k == 0 {
        return Vec::new();
    }
    let margin = width / 64.0;
    let steps = |extent: f32| -> Vec<f32> {
        if k == 1 {
            return vec![extent / 2.0];
        }
        // As `torch.linspace` in f32: from the start in the first half, back from the end in the second.
        let (start, end) = (margin, extent - margin);
        let step = (end - start) / (k - 1) as f32;
        (0..k).map(|i| if i < k / 2 { start + step * i as f32 } else { end - step * (k - 1 - i) as f32 }).collect()
    };
    let (xs, ys) = (steps(width), steps(height));
    ys.iter().flat_map(|&y| xs.iter().map(move |&x| (x, y))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn corners_map_to_corners() {
        let map = ModelFromSource::new(Size::new(1920, 1080), Size::new(384, 256));
        let corner = map.apply(SourcePoint::new(1919.0, 1079.0));
        assert!((corner.x - 383.0).abs() < 1e-4 && (corner.y - 255.0).abs() < 1e-4, "{corner:?}");
        assert_eq!(map.apply(SourcePoint::new(0.0, 0.0)), ModelPoint::default());
    }

    #[test]
    fn the_grid_has_the_oracles_margin_and_order() {
        let points = grid(3, 640.0, 360.0);
        assert_eq!(points.len(), 9);
        assert_eq!((points[0], points[1], points[8]), ((10.0, 10.0), (320.0, 10.0), (630.0, 350.0)));
        assert_eq!(grid(1, 640.0, 360.0), vec![(320.0, 180.0)]);
        assert!(grid(0, 640.0, 360.0).is_empty());
    }

    proptest! {
        #[test]
        fn model_and_back_is_the_same_point(x in -50f32..4000.0, y in -50f32..4000.0, w in 2u32..4096, h in 2u32..4096) {
            let map = ModelFromSource::new(Size::new(w, h), Size::new(384, 256));
            let back = map.invert(map.apply(SourcePoint::new(x, y)));
            prop_assert!((back.x - x).abs() < 1e-2 && (back.y - y).abs() < 1e-2);
        }
    }
}
