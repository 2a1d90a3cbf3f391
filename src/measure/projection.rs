//! The map between two views of a plane.

use crate::geometry::matrix::{Rows, adjugate, apply, determinant, times};

/// A map of the plane in homogeneous coordinates, row by row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Projection(Rows);

impl Projection {
    /// The map that scales and shifts each axis: x to `scale[0]` · x + `shift[0]`, and so on.
    pub(super) fn of_axes(scale: [f64; 2], shift: [f64; 2]) -> Self {
        Self([[scale[0], 0.0, shift[0]], [0.0, scale[1], shift[1]], [0.0, 0.0, 1.0]])
    }

    /// Turns by the angle from the direction (x, y) to that of the x axis; `None` where the direction is none.
    pub(super) fn turning([x, y]: [f64; 2]) -> Option<Self> {
        let length = x.hypot(y);
        let (cos, sin) = (x / length, y / length);
        (length > 0.0).then_some(Self([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]]))
    }

    /// The map of the unit square's corners (0, 0), (1, 0), (1, 1), (0, 1) to these; `None` where three of them lie in a
    /// line, or they do not go around. (Heckbert 1989, section 2.2.)
    pub(super) fn from_unit_square(corners: [[f64; 2]; 4]) -> Option<Self> {
        let [a, b, c, d] = corners;
        let turn =
            |p: [f64; 2], q: [f64; 2], r: [f64; 2]| (q[0] - p[0]) * (r[1] - q[1]) - (q[1] - p[1]) * (r[0] - q[0]);
        let turns = [turn(a, b, c), turn(b, c, d), turn(c, d, a), turn(d, a, b)];
        // Flatter than a thousandth of the largest is a line.
        let least = 1e-3 * turns.iter().fold(0.0, |most: f64, turn| most.max(turn.abs()));
        let goes_around = turns.iter().all(|turn| *turn > least) || turns.iter().all(|turn| *turn < -least);
        if !goes_around {
            return None;
        }
        let sum = [a[0] - b[0] + c[0] - d[0], a[1] - b[1] + c[1] - d[1]];
        let (one, two) = ([b[0] - c[0], b[1] - c[1]], [d[0] - c[0], d[1] - c[1]]);
        let cross = |p: [f64; 2], q: [f64; 2]| p[0] * q[1] - p[1] * q[0];
        let (g, h) = (cross(sum, two) / cross(one, two), cross(one, sum) / cross(one, two));
        Some(Self([
            [b[0] - a[0] + g * b[0], d[0] - a[0] + h * d[0], a[0]],
            [b[1] - a[1] + g * b[1], d[1] - a[1] + h * d[1], a[1]],
            [g, h, 1.0],
        ]))
    }

    /// This map after another one.
    pub(super) fn after(&self, first: &Self) -> Self {
        Self(times(&self.0, &first.0))
    }

    /// The way back; `None` where there is none.
    pub(super) fn inverse(&self) -> Option<Self> {
        let determinant = determinant(&self.0);
        let back = || adjugate(&self.0).map(|row| row.map(|entry| entry / determinant));
        (determinant.abs() > f64::MIN_POSITIVE).then(|| Self(back()))
    }

    /// Where a place is mapped to; `None` at and beyond the horizon.
    pub(super) fn apply(&self, place: [f64; 2]) -> Option<[f64; 2]> {
        apply(&self.0, place)
    }

    /// The same map, written so that the third coordinate of this place's image is 1.
    pub(super) fn normalised_at(&self, [x, y]: [f64; 2]) -> Self {
        let w = self.0[2][0] * x + self.0[2][1] * y + self.0[2][2];
        Self(self.0.map(|row| row.map(|entry| entry / w)))
    }
}
