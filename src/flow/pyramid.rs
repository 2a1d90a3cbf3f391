//! Larger steps: from the coarsest level of a pyramid to the finest.

use super::{Found, Grey, Patch};
use crate::frame::Frame;
use crate::geometry::SourcePoint;

/// Pixels from the middle of a patch to its border.
const RADIUS: usize = 10;
/// Levels at most, the picture itself included.
const MAX_LEVELS: usize = 5;
/// A point must come back to within that of where it started, in pixels.
const BACK_WITHIN_PX: f32 = 1.0;

/// A grey picture at several sizes, each half the one before.
#[derive(Clone, Debug)]
pub struct Pyramid {
    pub(super) levels: Vec<Grey>,
}

impl Pyramid {
    /// The picture, then halves of it as long as a patch fits into them.
    #[must_use]
    pub fn new(frame: &Frame) -> Self {
        let next = |grey: &Grey| Some(grey.halved()).filter(|half| half.width.min(half.height) > 2 * RADIUS + 1);
        Self { levels: std::iter::successors(Some(Grey::of(frame)), next).take(MAX_LEVELS).collect() }
    }

    /// The picture, then its halves: at least one.
    #[must_use]
    pub fn levels(&self) -> &[Grey] {
        &self.levels
    }
}

/// Where a point of one picture is in another one. A point that is not found has the place where it was last looked
/// for.
#[must_use]
pub fn follow(from: &Pyramid, to: &Pyramid, point: SourcePoint) -> Found {
    let num_levels = from.levels.len().min(to.levels.len());
    let mut found = Found { point: scaled(point, 0.5f32.powi(num_levels as i32)), is_found: false };
    for (level, (from, to)) in from.levels.iter().zip(&to.levels).enumerate().rev() {
        let start = scaled(found.point, 2.0);
        // A coarse level on which nothing is to be seen is passed over.
        found = match Patch::cut(from, scaled(point, 0.5f32.powi(level as i32)), RADIUS) {
            Some(patch) => patch.find(to, start),
            None => Found { point: start, is_found: false },
        };
    }
    found
}

/// The same, then back again: a point that does not come back is not found.
#[must_use]
pub fn follow_both_ways(from: &Pyramid, to: &Pyramid, point: SourcePoint) -> Found {
    let there = follow(from, to, point);
    let back = follow(to, from, there.point);
    let comes_back = back.point.distance(point) < BACK_WITHIN_PX;
    Found { is_found: there.is_found && back.is_found && comes_back, ..there }
}

fn scaled(point: SourcePoint, by: f32) -> SourcePoint {
    SourcePoint::new(by * point.x, by * point.y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{FrameIndex, Size};

    /// A texture without period, coarse enough for large steps; `(x, y)` is where it lies.
    fn texture(x: f32, y: f32) -> f32 {
        let wave = |a: f32, b: f32, c: f32| (a * x + b * y + c).sin();
        let fine = wave(0.31, 0.12, 0.3) + wave(-0.17, 0.29, 1.1) + wave(0.43, 0.39, 4.0);
        128.0 + 10.0 * fine + 45.0 * (wave(0.057, -0.071, 2.0) + wave(0.064, 0.045, 1.0))
    }

    /// The texture moved by `(dx, dy)`, with what else `paint` says.
    fn picture((dx, dy): (f32, f32), paint: impl Fn(u32, u32) -> Option<u8>) -> Pyramid {
        let size = Size::new(160, 120);
        let pixels = (0..size.height).flat_map(|y| (0..size.width).map(move |x| (x, y)));
        let value = |(x, y)| paint(x, y).unwrap_or(texture(x as f32 - dx, y as f32 - dy).round() as u8);
        Pyramid::new(&Frame::new(FrameIndex(0), 0.0, size, pixels.flat_map(|at| [value(at); 3]).collect()))
    }

    fn moved(by: (f32, f32)) -> Pyramid {
        picture(by, |_, _| None)
    }

    #[test]
    fn a_shift_by_parts_of_a_pixel_is_found() {
        let still = moved((0.0, 0.0));
        for (dx, dy) in [(0.0, 0.0), (0.25, -0.5), (1.7, 0.9), (-6.3, 4.4), (13.2, -11.6)] {
            let there = moved((dx, dy));
            for point in [SourcePoint::new(80.0, 60.0), SourcePoint::new(61.3, 70.8), SourcePoint::new(95.5, 44.1)] {
                let found = follow_both_ways(&still, &there, point);
                let off = found.point.distance(SourcePoint::new(point.x + dx, point.y + dy));
                assert!(found.is_found && off < 0.03, "{dx}, {dy}: {found:?} is {off} px off");
            }
        }
    }

    #[test]
    fn a_point_that_goes_or_was_never_to_be_seen_is_not_found() {
        let (still, point) = (moved((0.0, 0.0)), SourcePoint::new(80.0, 60.0));
        let covered = picture((0.0, 0.0), |x, y| (x.abs_diff(80) < 30 && y.abs_diff(60) < 30).then_some(200));
        assert!(!follow_both_ways(&still, &covered, point).is_found, "something plain lies over it");
        assert!(!follow(&covered, &still, point).is_found, "a plain patch");
        let other = picture((0.0, 0.0), |x, y| Some(texture(y as f32 + 300.0, 2.0 * x as f32) as u8));
        assert!(!follow_both_ways(&still, &other, point).is_found, "another picture");
        for (x, y) in [(-300.0, 10.0), (10.0, 1e9), (f32::NAN, 1.0), (f32::INFINITY, 1.0)] {
            assert!(!follow_both_ways(&still, &still, SourcePoint::new(x, y)).is_found, "{x}, {y}");
        }
    }

    #[test]
    fn small_pictures_have_a_single_level() {
        let size = Size::new(9, 3);
        let pyramid = Pyramid::new(&Frame::new(FrameIndex(0), 0.0, size, (0..81).map(|i| 3 * i).collect()));
        assert_eq!(pyramid.levels.len(), 1);
        assert!(follow(&pyramid, &pyramid, SourcePoint::new(4.0, 1.0)).point.x.is_finite());
    }
}
