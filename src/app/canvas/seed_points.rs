//! Where points go when many are placed at once: pure geometry.

use crate::app::kit::commands::Command;
use crate::geometry::{Size, SourcePoint};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// Over the whole picture.
    Grid,
    /// In rectangles that are dragged.
    Rectangle,
    /// In areas that are drawn.
    Lasso,
}

impl Pattern {
    /// With their names and the commands that choose them.
    pub(super) const ALL: [(Self, &'static str, Command); 3] = [
        (Self::Grid, "Grid", Command::SeedGrid),
        (Self::Rectangle, "Rectangle", Command::SeedRectangle),
        (Self::Lasso, "Lasso", Command::SeedLasso),
    ];

    pub(super) fn instruction(self) -> &'static str {
        match self {
            Self::Grid => "Click adds single points",
            Self::Rectangle => "Drag a rectangle, Shift adds another; click adds single points",
            Self::Lasso => "Draw around an area, Shift adds another; click adds single points",
        }
    }
}

/// An area that is filled with points.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Region {
    /// Between two opposite corners.
    Rectangle(SourcePoint, SourcePoint),
    /// Inside a closed line.
    Lasso(Vec<SourcePoint>),
}

impl Region {
    fn bounds(&self) -> (SourcePoint, SourcePoint) {
        let corners: &[SourcePoint] = match self {
            Self::Rectangle(a, b) => &[*a, *b],
            Self::Lasso(line) => line,
        };
        let first = corners.first().copied().unwrap_or_default();
        corners.iter().fold((first, first), |(min, max), p| {
            let (min_x, min_y) = (min.x.min(p.x), min.y.min(p.y));
            (SourcePoint::new(min_x, min_y), SourcePoint::new(max.x.max(p.x), max.y.max(p.y)))
        })
    }

    /// The stretches of a row that lie inside, as pairs of left and right ends.
    fn stretches(&self, y: f32, bounds: (SourcePoint, SourcePoint)) -> Vec<(f32, f32)> {
        let Self::Lasso(line) = self else { return vec![(bounds.0.x, bounds.1.x)] };
        let next = line.iter().cycle().skip(1);
        let mut crossings: Vec<f32> = line
            .iter()
            .zip(next)
            .filter(|(a, b)| (a.y <= y) != (b.y <= y))
            .map(|(a, b)| a.x + (b.x - a.x) * (y - a.y) / (b.y - a.y))
            .collect();
        crossings.sort_by(f32::total_cmp);
        crossings.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
    }

    /// The points of a square lattice that lie inside, row by row, not more than `limit`. The lattice stands in the
    /// middle of the area, whose smallest part still gets a point where the middle is inside.
    pub(crate) fn points(&self, spacing_px: f32, limit: usize) -> Vec<SourcePoint> {
        let bounds = self.bounds();
        let (min, max) = bounds;
        let (first_x, _) = steps(min.x, max.x, spacing_px);
        let (first_y, rows) = steps(min.y, max.y, spacing_px);
        let mut points = Vec::new();
        for row in 0..rows {
            let y = first_y + row as f32 * spacing_px;
            for (left, right) in self.stretches(y, bounds) {
                let mut column = ((left - first_x) / spacing_px).ceil().max(0.0);
                while first_x + column * spacing_px <= right {
                    points.push(SourcePoint::new(first_x + column * spacing_px, y));
                    if points.len() >= limit {
                        return points;
                    }
                    column += 1.0;
                }
            }
        }
        points
    }
}

/// The first of as many evenly spaced places as go between two ends, centred, and how many there are.
fn steps(min: f32, max: f32, spacing: f32) -> (f32, usize) {
    let gaps = ((max - min) / spacing).floor();
    (f32::midpoint(min, max) - gaps * spacing / 2.0, gaps as usize + 1)
}

/// The points of several regions, without those of a later region that an earlier one has already; not more than
/// `limit`.
pub(crate) fn fill(regions: &[Region], spacing_px: f32, limit: usize) -> Vec<SourcePoint> {
    let mut points: Vec<SourcePoint> = Vec::new();
    for region in regions {
        let earlier = points.len();
        for point in region.points(spacing_px, limit) {
            if points[..earlier].iter().all(|other| other.distance(point) >= 0.6 * spacing_px) {
                points.push(point);
            }
        }
        points.truncate(limit);
    }
    points
}

/// `across` × `across` points over the whole picture: the grid of the command line.
pub(crate) fn grid(across: u32, size: Size) -> Vec<SourcePoint> {
    let points = crate::geometry::grid(across as usize, size.width as f32, size.height as f32);
    points.into_iter().map(|(x, y)| SourcePoint::new(x, y)).collect()
}

/// A point of the picture, the nearest one to `point`.
pub(crate) fn inside(point: SourcePoint, size: Size) -> SourcePoint {
    let clamp = |value: f32, extent: u32| value.clamp(-0.5, extent as f32 - 0.5);
    SourcePoint::new(clamp(point.x, size.width), clamp(point.y, size.height))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: usize = 10_000;

    fn at(x: f32, y: f32) -> SourcePoint {
        SourcePoint::new(x, y)
    }

    #[test]
    fn a_rectangle_is_filled_from_border_to_border_whichever_corner_came_first() {
        let wanted =
            vec![at(10.0, 20.0), at(20.0, 20.0), at(30.0, 20.0), at(10.0, 30.0), at(20.0, 30.0), at(30.0, 30.0)];
        for region in
            [Region::Rectangle(at(10.0, 20.0), at(30.0, 30.0)), Region::Rectangle(at(30.0, 20.0), at(10.0, 30.0))]
        {
            assert_eq!(region.points(10.0, ALL), wanted);
        }
        let off = Region::Rectangle(at(0.0, 0.0), at(14.0, 0.0));
        assert_eq!(off.points(10.0, ALL), vec![at(2.0, 0.0), at(12.0, 0.0)], "the rest is shared by both sides");
        assert_eq!(off.points(20.0, ALL), vec![at(7.0, 0.0)], "less than one step: the middle");
    }

    #[test]
    fn a_lasso_holds_what_is_inside_also_round_a_bay() {
        // A U, open at the top.
        let u =
            [(0.0, 0.0), (10.0, 0.0), (10.0, 20.0), (20.0, 20.0), (20.0, 0.0), (30.0, 0.0), (30.0, 30.0), (0.0, 30.0)];
        let region = Region::Lasso(u.iter().map(|(x, y)| at(*x, *y)).collect());
        let points = region.points(5.0, ALL);
        assert!(points.contains(&at(5.0, 5.0)) && points.contains(&at(25.0, 5.0)) && points.contains(&at(15.0, 25.0)));
        assert!(!points.contains(&at(15.0, 5.0)) && !points.contains(&at(15.0, 15.0)));
    }

    #[test]
    fn regions_that_overlap_do_not_double_points_and_the_limit_holds() {
        let square = |from: f32| Region::Rectangle(at(from, 0.0), at(from + 40.0, 40.0));
        assert_eq!(fill(&[square(0.0), square(0.0)], 10.0, ALL).len(), 25);
        assert_eq!(fill(&[square(0.0), square(20.0)], 10.0, ALL).len(), 35);
        assert_eq!(fill(&[square(0.0), square(100.0)], 1.0, 50).len(), 50);
        assert_eq!(fill(&[Region::Lasso(Vec::new())], 1.0, 50), Vec::new());
    }

    proptest! {
        #[test]
        fn points_of_a_lasso_are_in_its_bounds_and_a_step_apart(
            line in prop::collection::vec((0f32..200.0, 0f32..200.0), 3..12), spacing in 3f32..40.0
        ) {
            let region = Region::Lasso(line.iter().map(|(x, y)| at(*x, *y)).collect());
            let (min, max) = region.bounds();
            let points = region.points(spacing, 500);
            for (i, p) in points.iter().enumerate() {
                prop_assert!(p.x >= min.x - 0.01 && p.x <= max.x + 0.01 && p.y >= min.y - 0.01 && p.y <= max.y + 0.01);
                prop_assert!(points[..i].iter().all(|other| other.distance(*p) > 0.9 * spacing));
            }
        }
    }
}
