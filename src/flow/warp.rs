//! How a small square piece of one picture lies in another one.

use crate::geometry::SourcePoint;

/// A place and a linear map around it: what lies at `u` from the middle of a patch is at `point + matrix · u`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Warp {
    pub(super) point: SourcePoint,
    /// Row by row.
    pub(super) matrix: [f32; 4],
}

/// The map that changes nothing.
pub(super) const IDENTITY: [f32; 4] = [1.0, 0.0, 0.0, 1.0];

/// A patch that a warp makes more than so many times larger or smaller along any line is none any more.
const MOST_STRETCH: f32 = 4.0;

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
        Self { point, matrix: IDENTITY }
    }

    /// Where a place of the patch is in the picture.
    pub(super) fn apply(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        let [a, b, c, d] = self.matrix;
        [self.point.x + a * x + b * y, self.point.y + c * x + d * y]
    }

    /// The warp after the inverse of a small one: `step` is a shift and what it adds to [`IDENTITY`].
    pub(super) fn less(&self, [x, y]: [f32; 2], linear: [f32; 4]) -> Self {
        let back = inverse(std::array::from_fn(|i| IDENTITY[i] + linear[i]));
        let [x, y] = [back[0] * x + back[1] * y, back[2] * x + back[3] * y];
        let [x, y] = self.apply([-x, -y]);
        Self { point: SourcePoint::new(x, y), matrix: product(self.matrix, back) }
    }

    /// Whether a patch still looks like itself: not turned inside out, not stretched or squeezed to nothing.
    pub(super) fn is_sound(&self) -> bool {
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
    }

    /// The same for a picture that is `scale` times as large.
    pub(super) fn scaled(&self, scale: f32) -> Self {
        Self { point: SourcePoint::new(scale * self.point.x, scale * self.point.y), ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_undone_before_the_warp() {
        let warp = Warp { point: SourcePoint::new(10.0, 20.0), matrix: [0.0, -2.0, 2.0, 0.0] };
        assert_eq!(warp.apply([1.0, 3.0]), [4.0, 22.0]);
        // A patch that is to be twice as large, and one to the right of where it lies.
        let less = warp.less([1.0, 0.0], [1.0, 0.0, 0.0, 1.0]);
        assert_eq!(less, Warp { point: SourcePoint::new(10.0, 19.0), matrix: [0.0, -1.0, 1.0, 0.0] });
        assert_eq!(less.apply([3.0, 0.0]), warp.apply([1.0, 0.0]), "the step takes (1, 0) to (3, 0)");
        assert_eq!(product(warp.matrix, inverse(warp.matrix)), IDENTITY);
    }

    #[test]
    fn mirrored_flat_and_huge_patches_are_not_sound() {
        let is_sound = |matrix| Warp { point: SourcePoint::new(0.0, 0.0), matrix }.is_sound();
        assert!(is_sound(IDENTITY) && is_sound([0.0, -3.9, 3.9, 0.0]) && is_sound([3.9, 0.0, 0.0, 0.26]));
        assert!(
            !is_sound([-1.0, 0.0, 0.0, 1.0]) && !is_sound([4.1, 0.0, 0.0, 1.0]) && !is_sound([1.0, 0.0, 0.0, 0.24])
        );
        assert!(!is_sound([1.0, 1.0, 1.0, 1.0]) && !is_sound([f32::NAN, 0.0, 0.0, 1.0]));
        assert!(!Warp::moved(SourcePoint::new(f32::NAN, 0.0)).is_sound());
    }
}
