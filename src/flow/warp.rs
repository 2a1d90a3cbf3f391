//! How a small square piece of one picture lies in another one.

use crate::geometry::SourcePoint;
use crate::geometry::matrix::{Rows, adjugate, times};

/// How many numbers a small warp has: a shift, a linear map, a tilt.
pub(super) const NUM_STEPS: usize = 8;

/// A place, and a map of the plane around it: what lies at `u` from the middle of a patch is at
/// `point + matrix · u / (1 + tilt · u)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Warp {
    pub(super) point: SourcePoint,
    /// Row by row.
    pub(super) matrix: [f32; 4],
    /// What perspective adds; 0 where the map is linear.
    pub(super) tilt: [f32; 2],
}

/// The map that changes nothing.
pub(super) const IDENTITY: [f32; 4] = [1.0, 0.0, 0.0, 1.0];

/// A patch that a warp makes more than so many times larger or smaller along any line is none any more.
const MOST_STRETCH: f32 = 4.0;
/// Nor is one of whose corners the nearest and the farthest are seen that much larger and smaller than its middle.
const MOST_TILT: f32 = 0.6;

/// `a · b`.
pub(super) fn product(a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
    [a[0] * b[0] + a[1] * b[2], a[0] * b[1] + a[1] * b[3], a[2] * b[0] + a[3] * b[2], a[2] * b[1] + a[3] * b[3]]
}

/// The inverse; not finite where there is none.
pub(super) fn inverse([a, b, c, d]: [f32; 4]) -> [f32; 4] {
    let determinant = a * d - b * c;
    [d, -b, -c, a].map(|value| value / determinant)
}

impl Warp {
    /// A patch that is only moved.
    pub(super) fn moved(point: SourcePoint) -> Self {
        Self { point, matrix: IDENTITY, tilt: [0.0; 2] }
    }

    /// Where a place of the patch is in the picture.
    pub(super) fn apply(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        let [a, b, c, d] = self.matrix;
        let depth = 1.0 + self.tilt[0] * x + self.tilt[1] * y;
        [self.point.x + (a * x + b * y) / depth, self.point.y + (c * x + d * y) / depth]
    }

    fn rows(&self) -> Rows {
        let [a, b, c, d] = self.matrix.map(f64::from);
        let ([p, q], x, y) = (self.tilt.map(f64::from), f64::from(self.point.x), f64::from(self.point.y));
        [[a + x * p, b + x * q, x], [c + y * p, d + y * q, y], [p, q, 1.0]]
    }

    /// `None` where the middle lies beyond the horizon.
    fn of_rows(rows: Rows) -> Option<Self> {
        let [[a, b, x], [c, d, y], [p, q, one]] = rows.map(|row| row.map(|value| value / rows[2][2]));
        let linear = [a - x * p, b - x * q, c - y * p, d - y * q];
        let point = SourcePoint::new(x as f32, y as f32);
        let warp = Self { point, matrix: linear.map(|value| value as f32), tilt: [p as f32, q as f32] };
        (one.is_finite() && rows[2][2] > 0.0).then_some(warp)
    }

    /// The warp that first does `inner`, then this one.
    pub(super) fn after(&self, inner: &Self) -> Option<Self> {
        Self::of_rows(times(&self.rows(), &inner.rows()))
    }

    /// What has to be done before a warp to get this one.
    pub(super) fn since(&self, before: &Self) -> Option<Self> {
        Self::of_rows(times(&adjugate(&before.rows()), &self.rows()))
    }

    /// The warp after the inverse of a small one: a shift, what it adds to [`IDENTITY`], and a tilt.
    pub(super) fn less(&self, [x, y, a, b, c, d, p, q]: [f32; NUM_STEPS]) -> Option<Self> {
        let small = [[1.0 + a, b, x], [c, 1.0 + d, y], [p, q, 1.0]].map(|row| row.map(f64::from));
        Self::of_rows(times(&self.rows(), &adjugate(&small)))
    }

    /// Whether a patch of this radius still looks like itself: not turned inside out, not stretched or squeezed to
    /// nothing, not seen from its edge.
    pub(super) fn is_sound(&self, radius: f32) -> bool {
        let [a, b, c, d] = self.matrix;
        let determinant = a * d - b * c;
        // The largest and the smallest stretch, from the sum of their squares and their product.
        let sum = a * a + b * b + c * c + d * d;
        let root = (sum * sum - 4.0 * determinant * determinant).max(0.0).sqrt();
        let (largest, smallest) = (f32::midpoint(sum, root), (sum - root) / 2.0);
        let bound = MOST_STRETCH * MOST_STRETCH;
        self.point.x.is_finite()
            && self.point.y.is_finite()
            && determinant > 0.0
            && largest <= bound
            && smallest >= bound.recip()
            && radius * (self.tilt[0].abs() + self.tilt[1].abs()) <= MOST_TILT
    }

    /// The same patch at another place, turned.
    pub(super) fn turned(&self, angle: f32, point: SourcePoint) -> Self {
        let (sin, cos) = angle.sin_cos();
        Self { point, matrix: product([cos, -sin, sin, cos], self.matrix), ..*self }
    }

    /// How much larger it makes a patch, on average.
    pub(super) fn scale(&self) -> f32 {
        let [a, b, c, d] = self.matrix;
        (a * d - b * c).abs().sqrt()
    }

    /// The same for a patch and a picture that are `patch` and `picture` times as large.
    pub(super) fn scaled(&self, patch: f32, picture: f32) -> Self {
        Self {
            point: SourcePoint::new(picture * self.point.x, picture * self.point.y),
            matrix: self.matrix.map(|value| picture / patch * value),
            tilt: self.tilt.map(|value| value / patch),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_near([x, y]: [f32; 2], [other_x, other_y]: [f32; 2]) -> bool {
        (x - other_x).hypot(y - other_y) < 1e-4
    }

    #[test]
    fn a_step_is_undone_before_the_warp() {
        let warp = Warp { matrix: [0.0, -2.0, 2.0, 0.0], ..Warp::moved(SourcePoint::new(10.0, 20.0)) };
        assert_eq!(warp.apply([1.0, 3.0]), [4.0, 22.0]);
        // A patch that is to be twice as large, and one to the right of where it lies.
        let less = warp.less([1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0]).unwrap();
        assert_eq!(less, Warp { matrix: [0.0, -1.0, 1.0, 0.0], ..Warp::moved(SourcePoint::new(10.0, 19.0)) });
        assert_eq!(less.apply([3.0, 0.0]), warp.apply([1.0, 0.0]), "the step takes (1, 0) to (3, 0)");
        assert_eq!(product(warp.matrix, inverse(warp.matrix)), IDENTITY);
    }

    #[test]
    fn warps_are_joined_parted_and_scaled_in_perspective_too() {
        let point = SourcePoint::new(40.0, -9.0);
        let warp = Warp { point, matrix: [0.9, -0.4, 0.5, 1.2], tilt: [0.01, -0.02] };
        let other = Warp { point: SourcePoint::new(-3.0, 2.0), matrix: [0.7, 0.2, -0.3, 1.1], tilt: [-0.008, 0.004] };
        for at in [[0.0, 0.0], [7.0, -5.0], [-12.0, 3.0]] {
            assert!(is_near(warp.after(&other).unwrap().apply(at), warp.apply(other.apply(at))));
            assert!(is_near(other.after(&warp.since(&other).unwrap()).unwrap().apply(at), warp.apply(at)));
            let [x, y] = warp.apply(at);
            let scaled = warp.scaled(0.5, 0.25).apply(at.map(|value| 0.5 * value));
            assert!(is_near(scaled, [0.25 * x, 0.25 * y]));
        }
        assert!((warp.scale() - 1.28f32.sqrt()).abs() < 1e-6);
    }

    #[test]
    fn mirrored_flat_huge_and_steep_patches_are_not_sound() {
        let still = Warp::moved(SourcePoint::new(0.0, 0.0));
        let is_sound = |matrix| Warp { matrix, ..still }.is_sound(7.0);
        assert!(is_sound(IDENTITY) && is_sound([0.0, -3.9, 3.9, 0.0]) && is_sound([3.9, 0.0, 0.0, 0.26]));
        assert!(
            !is_sound([-1.0, 0.0, 0.0, 1.0]) && !is_sound([4.1, 0.0, 0.0, 1.0]) && !is_sound([1.0, 0.0, 0.0, 0.24])
        );
        assert!(!is_sound([1.0, 1.0, 1.0, 1.0]) && !is_sound([f32::NAN, 0.0, 0.0, 1.0]));
        assert!(!Warp::moved(SourcePoint::new(f32::NAN, 0.0)).is_sound(7.0));
        let tilted = |tilt, radius| Warp { tilt, ..still }.is_sound(radius);
        assert!(tilted([0.01, -0.01], 29.0) && !tilted([0.01, -0.01], 31.0) && !tilted([f32::NAN, 0.0], 7.0));
    }
}
