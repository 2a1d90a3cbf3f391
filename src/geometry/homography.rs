//! Maps of the plane that keep straight lines straight.

use super::SourcePoint;
use super::equations::solve;
use super::matrix::{Rows, adjugate, apply, determinant, times};
use serde::{Deserialize, Serialize};

/// A map from places to places, as a matrix of homogeneous coordinates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Homography(Rows);

/// What a map may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Freedom {
    /// Move.
    Translation,
    /// Move, turn and scale.
    #[default]
    Similarity,
    /// All of it, and perspective.
    Perspective,
}

impl Freedom {
    /// How many pairs of places it takes at least.
    #[must_use]
    pub fn num_pairs(self) -> usize {
        match self {
            Self::Translation => 1,
            Self::Similarity => 2,
            Self::Perspective => 4,
        }
    }
}

impl Default for Homography {
    fn default() -> Self {
        Self::IDENTITY
    }
}

impl Homography {
    /// The map that changes nothing.
    pub const IDENTITY: Self = Self([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);

    /// The map with this freedom that comes closest to leading the first place of each pair to the second (least
    /// squares). `None` where there are too few pairs, or they lie so that many maps do it (four in a line).
    #[must_use]
    pub fn fit(freedom: Freedom, pairs: &[(SourcePoint, SourcePoint)]) -> Option<Self> {
        if pairs.len() < freedom.num_pairs() {
            return None;
        }
        let [from, to] = [Ground::of(pairs.iter().map(|(a, _)| *a)), Ground::of(pairs.iter().map(|(_, b)| *b))];
        if freedom == Freedom::Translation {
            let [x, y] = [to.middle[0] - from.middle[0], to.middle[1] - from.middle[1]];
            return Some(Self([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]]));
        }
        if from.spread <= f64::EPSILON || to.spread <= f64::EPSILON {
            return None;
        }
        let (mut matrix, mut right) = ([[0.0; 8]; 8], [0.0; 8]);
        for (a, b) in pairs {
            let ([x, y], [u, v]) = (from.apply(*a), to.apply(*b));
            let rows = match freedom {
                // (a, b, x, y): u = a·x − b·y + shift, v = b·x + a·y + shift.
                Freedom::Similarity => {
                    [([x, -y, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0], u), ([y, x, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0], v)]
                }
                _ => [([x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y], u), ([0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y], v)],
            };
            for (row, wanted) in rows {
                for i in 0..8 {
                    right[i] += row[i] * wanted;
                    (0..8).for_each(|j| matrix[i][j] += row[i] * row[j]);
                }
            }
        }
        let size = if freedom == Freedom::Similarity { 4 } else { 8 };
        let found = solve(&matrix, right, size)?;
        let [a, b, c, d, e, f, g, h] = found;
        let between = match freedom {
            Freedom::Similarity => [[a, -b, c], [b, a, d], [0.0, 0.0, 1.0]],
            _ => [[a, b, c], [d, e, f], [g, h, 1.0]],
        };
        let map = Self(times(&to.back(), &times(&between, &from.there())));
        // Four places of which three lie in a line fit a map that squeezes the plane to nothing, or none.
        map.inverse().filter(|_| map.0.as_flattened().iter().all(|value| value.is_finite())).map(|_| map)
    }

    /// Where a place comes to; `None` beyond the horizon.
    #[must_use]
    pub fn apply(&self, SourcePoint { x, y }: SourcePoint) -> Option<SourcePoint> {
        let [x, y] = apply(&self.0, [f64::from(x), f64::from(y)])?;
        Some(SourcePoint::new(x as f32, y as f32))
    }

    /// The way back.
    #[must_use]
    pub fn inverse(&self) -> Option<Self> {
        let back = adjugate(&self.0);
        // The scale of a matrix does not matter, its sign does: depths are positive.
        let last = back[2][2];
        let back = back.map(|row| row.map(|value| value / last));
        let is_one = determinant(&self.0).abs() > 1e-12 && back.as_flattened().iter().all(|value| value.is_finite());
        is_one.then_some(Self(back))
    }
}

/// Where places lie, so that they can be counted from their middle, in their spread: equations are well-behaved there.
struct Ground {
    middle: [f64; 2],
    spread: f64,
}

impl Ground {
    fn of(places: impl Iterator<Item = SourcePoint> + Clone) -> Self {
        let num = places.clone().count() as f64;
        let sum = places.clone().fold([0.0; 2], |[x, y], p| [x + f64::from(p.x), y + f64::from(p.y)]);
        let middle = sum.map(|value| value / num);
        let away = |p: SourcePoint| (f64::from(p.x) - middle[0]).hypot(f64::from(p.y) - middle[1]);
        Self { middle, spread: places.map(away).sum::<f64>() / num }
    }

    fn apply(&self, SourcePoint { x, y }: SourcePoint) -> [f64; 2] {
        [(f64::from(x) - self.middle[0]) / self.spread, (f64::from(y) - self.middle[1]) / self.spread]
    }

    fn there(&self) -> Rows {
        let ([x, y], s) = (self.middle, self.spread.recip());
        [[s, 0.0, -x * s], [0.0, s, -y * s], [0.0, 0.0, 1.0]]
    }

    fn back(&self) -> Rows {
        let ([x, y], s) = (self.middle, self.spread);
        [[s, 0.0, x], [0.0, s, y], [0.0, 0.0, 1.0]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(to: impl Fn(f32, f32) -> (f32, f32)) -> Vec<(SourcePoint, SourcePoint)> {
        let from = [(100.0, 40.0), (1700.0, 90.0), (1500.0, 1000.0), (220.0, 800.0), (900.0, 500.0)];
        let point = |(x, y)| SourcePoint::new(x, y);
        from.iter().map(|&(x, y)| (point((x, y)), point(to(x, y)))).collect()
    }

    #[test]
    fn each_freedom_finds_its_own_maps_and_their_way_back() {
        let turned = |x: f32, y: f32| (1.2 * x - 0.5 * y + 30.0, 0.5 * x + 1.2 * y - 90.0);
        let tilted = |x: f32, y: f32| {
            let depth = 1.0 + 2e-4 * x - 1e-4 * y;
            ((0.9 * x + 0.1 * y + 5.0) / depth, (0.05 * x + 1.1 * y - 9.0) / depth)
        };
        for (freedom, pairs) in [
            (Freedom::Translation, pairs(|x, y| (x - 7.5, y + 3.0))),
            (Freedom::Similarity, pairs(turned)),
            (Freedom::Perspective, pairs(tilted)),
        ] {
            let map = Homography::fit(freedom, &pairs).unwrap();
            let back = map.inverse().unwrap();
            for (from, to) in pairs {
                let [there, home] = [map.apply(from).unwrap(), back.apply(to).unwrap()];
                assert!(there.distance(to) < 2e-3 && home.distance(from) < 5e-3, "{freedom:?}: {there:?}, {home:?}");
            }
        }
    }

    #[test]
    fn what_fits_many_maps_fits_none() {
        let line: Vec<_> =
            (0..5u8).map(f32::from).map(|x| (SourcePoint::new(x, 2.0 * x), SourcePoint::new(x, x))).collect();
        assert_eq!(Homography::fit(Freedom::Perspective, &line), None);
        assert_eq!(Homography::fit(Freedom::Perspective, &line[..3]), None);
        let one_place = [(SourcePoint::new(5.0, 5.0), SourcePoint::new(5.0, 5.0)); 4];
        assert_eq!(Homography::fit(Freedom::Similarity, &one_place), None);
        assert_eq!(Homography::fit(Freedom::Translation, &[]), None);
        assert!(Homography::fit(Freedom::Similarity, &line[..2]).is_some());
    }

    #[test]
    fn beyond_the_horizon_there_is_no_place() {
        let map = Homography([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [-0.01, 0.0, 1.0]]);
        assert!(map.apply(SourcePoint::new(99.0, 0.0)).is_some());
        assert_eq!(map.apply(SourcePoint::new(101.0, 0.0)), None);
    }
}
