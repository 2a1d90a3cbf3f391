//! Where a picture can be found again: Shi–Tomasi corners.

use super::Grey;
use super::patch::{LEAST_TEXTURE, slope, weaker};
use crate::geometry::SourcePoint;

/// Pixels from the middle of the square whose slopes are summed to its border.
const RADIUS: usize = 3;
/// What is weaker than that share of the strongest corner is none.
const LEAST_SHARE: f32 = 0.01;

/// A corner of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Corner {
    /// Its pixel.
    pub point: SourcePoint,
    /// The mean squared slope along its weaker direction, in grey levels per pixel.
    pub strength: f32,
}

/// The corners of a picture, strongest first: pixels around which both directions have more slope than around any of
/// their neighbours. None is nearer to the border than the square that is looked at.
#[must_use]
pub fn corners(grey: &Grey) -> Vec<Corner> {
    let (width, height) = (grey.width, grey.height);
    if width.min(height) < 2 * RADIUS + 3 {
        return Vec::new();
    }
    let strengths = strengths(grey);
    let strength = |x: usize, y: usize| strengths[y * width + x];
    let strongest = strengths.iter().copied().fold(0.0, f32::max);
    let least = LEAST_TEXTURE.max(LEAST_SHARE * strongest);
    let is_peak = |x: usize, y: usize| {
        let here = strength(x, y);
        let around = (y - 1..=y + 1).flat_map(|y| (x - 1..=x + 1).map(move |x| (x, y)));
        // Of equals, the first one counts.
        here >= least
            && around.filter(|at| *at != (x, y)).all(|at| (strength(at.0, at.1), (y, x)) < (here, (at.1, at.0)))
    };
    let places = (RADIUS + 1..height - RADIUS - 1).flat_map(|y| (RADIUS + 1..width - RADIUS - 1).map(move |x| (x, y)));
    let corner = |(x, y)| Corner { point: SourcePoint::new(x as f32, y as f32), strength: strength(x, y) };
    let mut corners: Vec<Corner> = places.filter(|(x, y)| is_peak(*x, *y)).map(corner).collect();
    corners.sort_by(|a, b| b.strength.total_cmp(&a.strength));
    corners
}

/// The strength of every pixel; 0 along the border.
fn strengths(grey: &Grey) -> Vec<f32> {
    let (width, height, side) = (grey.width, grey.height, 2 * RADIUS + 1);
    let product = |x: usize, y: usize| {
        let [a, b] = slope(grey, x as isize, y as isize);
        [a * a, a * b, b * b]
    };
    // Sums of `side` pixels of a row; then of as many rows.
    let mut rows = vec![[0.0f32; 3]; width * height];
    for y in 0..height {
        let products: Vec<[f32; 3]> = (0..width).map(|x| product(x, y)).collect();
        for (x, square) in products.windows(side).enumerate() {
            rows[y * width + x + RADIUS] = sum(square.iter());
        }
    }
    let mut strengths = vec![0.0; width * height];
    for y in RADIUS..height - RADIUS {
        for x in RADIUS..width - RADIUS {
            let column = (y - RADIUS..=y + RADIUS).map(|y| &rows[y * width + x]);
            strengths[y * width + x] = weaker(sum(column)) / (side * side) as f32;
        }
    }
    strengths
}

fn sum<'a>(products: impl Iterator<Item = &'a [f32; 3]>) -> [f32; 3] {
    products.fold([0.0; 3], |sum, product| std::array::from_fn(|i| sum[i] + product[i]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Frame;
    use crate::geometry::{FrameIndex, Size};

    fn grey(value: impl Fn(u32, u32) -> u8) -> Grey {
        let size = Size::new(60, 40);
        let pixels = (0..size.height).flat_map(|y| (0..size.width).map(move |x| (x, y)));
        Grey::of(&Frame::new(FrameIndex(0), 0.0, size, pixels.flat_map(|(x, y)| [value(x, y); 3]).collect()))
    }

    #[test]
    fn corners_of_a_square_are_found_and_its_edges_are_none() {
        let found = corners(&grey(|x, y| if (20..40).contains(&x) && (12..28).contains(&y) { 200 } else { 40 }));
        assert_eq!(found.len(), 4, "{found:?}");
        for (x, y) in [(19.5, 11.5), (39.5, 11.5), (19.5, 27.5), (39.5, 27.5)] {
            let near = found.iter().filter(|corner| corner.point.distance(SourcePoint::new(x, y)) < 4.0);
            assert_eq!(near.count(), 1, "({x}, {y}): {found:?}");
        }
        assert!(corners(&grey(|x, _| if x < 30 { 0 } else { 255 })).is_empty(), "an edge");
        assert!(corners(&grey(|_, _| 90)).is_empty());
    }
}
