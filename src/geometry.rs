//! Frame numbers, sizes, and points in the three spaces of a picture.
//!
//! Pixel centres are whole numbers: (0, 0) is the centre of the top-left pixel, x right, y down.
//!
//! | space   | unit                                                                |
//! |---------|---------------------------------------------------------------------|
//! | source  | pixels of the upright (rotation applied) video                      |
//! | model   | pixels of the picture that the network sees                         |
//! | feature | model pixels / `stride` (4); level i of the pyramid is feature / 2^i |

pub(crate) mod equations;
mod homography;
pub(crate) mod matrix;

pub use homography::{Freedom, Homography};

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

/// A rectangle of whole source pixels: what of a frame is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Crop {
    /// Its left-most column.
    pub x: u32,
    /// Its top row.
    pub y: u32,
    /// Its width and height.
    #[serde(flatten)]
    pub size: Size,
}

impl Crop {
    /// All of a picture.
    #[must_use]
    pub const fn whole(picture: Size) -> Self {
        Self { x: 0, y: 0, size: picture }
    }

    /// The one of `size` whose middle is as near to a place (x, y) as the picture allows.
    #[must_use]
    pub fn around(middle: [f32; 2], size: Size, picture: Size) -> Self {
        let first = |middle: f32, extent: u32, room: u32| {
            (middle - (extent.max(1) - 1) as f32 / 2.0).round().clamp(0.0, room.saturating_sub(extent) as f32) as u32
        };
        let [x, y] = middle;
        Self { x: first(x, size.width, picture.width), y: first(y, size.height, picture.height), size }
    }

    /// Its middle (x, y), in source pixels.
    #[must_use]
    pub fn middle(self) -> [f32; 2] {
        let middle = |first: u32, extent: u32| first as f32 + (extent.max(1) - 1) as f32 / 2.0;
        [middle(self.x, self.size.width), middle(self.y, self.size.height)]
    }

    /// Whether a source point lies in it, up to the outer edges of its border pixels.
    #[must_use]
    pub fn contains(self, point: SourcePoint) -> bool {
        self.size.contains(SourcePoint::new(point.x - self.x as f32, point.y - self.y as f32))
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

    /// The same place in a picture that is so many times as wide and as high. Pixel centres are whole numbers: the corner
    /// of the picture, at −0.5, stays where it is.
    #[must_use]
    pub fn scaled(self, x: f32, y: f32) -> Self {
        Self::new((self.x + 0.5) * x - 0.5, (self.y + 0.5) * y - 0.5)
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

/// The map from source to model pixels: corners of what is looked at to corners, (x − x₀) · (W' − 1) / (W − 1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ModelFromSource {
    origin: [f32; 2],
    scale: [f32; 2],
}

impl ModelFromSource {
    /// The map between pictures of these sizes. A source one pixel wide or high maps to coordinate 0.
    #[must_use]
    pub fn new(source: Size, model: Size) -> Self {
        Self::of(Crop::whole(source), model)
    }

    /// The map where the network looks at a part of the picture alone.
    #[must_use]
    pub fn of(crop: Crop, model: Size) -> Self {
        // f64 first and rounded once, as the reference does.
        let scale = |from: u32, to: u32| {
            if from > 1 { (f64::from(to - 1) / f64::from(from - 1)) as f32 } else { 0.0 }
        };
        let Crop { x, y, size } = crop;
        Self { origin: [x as f32, y as f32], scale: [scale(size.width, model.width), scale(size.height, model.height)] }
    }

    /// From source to model pixels.
    #[must_use]
    pub fn apply(self, point: SourcePoint) -> ModelPoint {
        let [x, y] = self.origin;
        ModelPoint { x: (point.x - x) * self.scale[0], y: (point.y - y) * self.scale[1] }
    }

    /// From model to source pixels. On an axis one pixel long, the coordinate of that pixel.
    #[must_use]
    pub fn invert(self, point: ModelPoint) -> SourcePoint {
        let back = |value: f32, axis: usize| {
            let scale = self.scale[axis];
            self.origin[axis] + if scale == 0.0 { 0.0 } else { value / scale }
        };
        SourcePoint { x: back(point.x, 0), y: back(point.y, 1) }
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
    fn a_part_maps_its_own_corners_to_corners_and_stays_in_the_picture() {
        let (picture, size) = (Size::new(1920, 1080), Size::new(512, 384));
        let crop = Crop::around([700.5, 400.0], size, picture);
        assert_eq!((crop.x, crop.y, crop.middle()), (445, 209, [700.5, 400.5]));
        let map = ModelFromSource::of(crop, size);
        assert_eq!(map.apply(SourcePoint::new(445.0, 209.0)), ModelPoint::default());
        assert_eq!(map.invert(ModelPoint { x: 511.0, y: 383.0 }), SourcePoint::new(956.0, 592.0));
        assert!(crop.contains(SourcePoint::new(956.5, 592.5)) && !crop.contains(SourcePoint::new(444.0, 300.0)));
        for middle in [[-50.0, 2000.0], [5000.0, -3.0]] {
            let Crop { x, y, size } = Crop::around(middle, size, picture);
            assert!(x + size.width <= 1920 && y + size.height <= 1080, "{x} {y}");
        }
        assert_eq!(Crop::around([9.0, 9.0], picture, picture), Crop::whole(picture));
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
