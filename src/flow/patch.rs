//! A square piece of a picture, and looking for it in another one.

use super::Grey;
use crate::geometry::SourcePoint;

/// Steps towards a place at most.
const MAX_STEPS: usize = 30;
/// A step shorter than that is the last one, in pixels.
const STILL_PX: f32 = 0.01;
/// A patch whose weaker direction has a smaller mean squared slope than that (grey levels per pixel) is too plain to be
/// found again.
pub(super) const LEAST_TEXTURE: f32 = 0.1024;

/// Where a patch was found, or last looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// The place of its middle.
    pub point: SourcePoint,
    /// Whether it is there; else it left the picture, or is too plain to say.
    pub is_found: bool,
}

/// The square of `2 · radius + 1` pixels around a point, with its slopes.
#[derive(Clone, Debug)]
pub struct Patch {
    radius: usize,
    values: Vec<f32>,
    /// Slope along x and y, grey levels per pixel.
    slopes: Vec<[f32; 2]>,
    /// Sums of the slopes' products: xx, xy, yy.
    products: [f32; 3],
}

/// The corner of a patch around a point: its whole pixel, and the weights of the four pixels around each place in it.
fn corner(point: SourcePoint, radius: usize) -> ((isize, isize), [f32; 4]) {
    let (x, y) = (point.x - radius as f32, point.y - radius as f32);
    let (a, b) = (x - x.floor(), y - y.floor());
    ((x.floor() as isize, y.floor() as isize), [(1.0 - a) * (1.0 - b), a * (1.0 - b), (1.0 - a) * b, a * b])
}

/// Values between the whole pixels of a block that is one wider than the patch.
fn between<T: Copy>(block: &[T], side: usize, mix: impl Fn([T; 4]) -> T) -> Vec<T> {
    let row = |y: usize| {
        let (upper, lower) = (&block[y * (side + 1)..][..=side], &block[(y + 1) * (side + 1)..][..=side]);
        upper.windows(2).zip(lower.windows(2)).map(|(upper, lower)| [upper[0], upper[1], lower[0], lower[1]])
    };
    (0..side).flat_map(row).map(mix).collect()
}

fn weighed(values: [f32; 4], weights: [f32; 4]) -> f32 {
    values[0] * weights[0] + values[1] * weights[1] + values[2] * weights[2] + values[3] * weights[3]
}

/// Scharr's slopes of a whole pixel; the picture has none beyond its border.
pub(super) fn slope(grey: &Grey, x: isize, y: isize) -> [f32; 2] {
    if x < 0 || y < 0 || x >= grey.width as isize || y >= grey.height as isize {
        return [0.0; 2];
    }
    let value = |dx: isize, dy: isize| grey.value(x + dx, y + dy);
    let along_x = |dy: isize| value(1, dy) - value(-1, dy);
    let along_y = |dx: isize| value(dx, 1) - value(dx, -1);
    [
        (3.0 * (along_x(-1) + along_x(1)) + 10.0 * along_x(0)) / 32.0,
        (3.0 * (along_y(-1) + along_y(1)) + 10.0 * along_y(0)) / 32.0,
    ]
}

/// What the slopes of a patch come to in its weaker direction, from the sums of their products xx, xy and yy.
pub(super) fn weaker([xx, xy, yy]: [f32; 3]) -> f32 {
    (xx + yy - (xx - yy).hypot(2.0 * xy)) / 2.0
}

impl Patch {
    /// Cuts a patch out; `None` where the point is too far outside, or too little is to be seen to find it again.
    #[must_use]
    pub fn cut(grey: &Grey, centre: SourcePoint, radius: usize) -> Option<Self> {
        if !touches(grey, centre, radius) {
            return None;
        }
        let side = 2 * radius + 1;
        let ((x, y), weights) = corner(centre, radius);
        let whole_pixels = (0..=side as isize).flat_map(|dy| (0..=side as isize).map(move |dx| (x + dx, y + dy)));
        let whole_slopes: Vec<[f32; 2]> = whole_pixels.map(|(x, y)| slope(grey, x, y)).collect();
        let mix = |four: [[f32; 2]; 4]| [0, 1].map(|axis| weighed(four.map(|slope| slope[axis]), weights));
        let slopes = between(&whole_slopes, side, mix);
        let values = between(&grey.block((x, y), side + 1), side, |four| weighed(four, weights));
        let mut products = [0.0; 3];
        for [x, y] in &slopes {
            products = [products[0] + x * x, products[1] + x * y, products[2] + y * y];
        }
        (weaker(products) / slopes.len() as f32 >= LEAST_TEXTURE).then_some(Self { radius, values, slopes, products })
    }

    /// Looks for the patch in another picture, step by step from a place that is a few pixels off at most.
    #[must_use]
    pub fn find(&self, grey: &Grey, start: SourcePoint) -> Found {
        let side = 2 * self.radius + 1;
        let [xx, xy, yy] = self.products;
        let determinant = xx * yy - xy * xy;
        let (mut point, mut before) = (start, [0.0f32; 2]);
        for number in 0..MAX_STEPS {
            if !touches(grey, point, self.radius) {
                return Found { point, is_found: false };
            }
            let (at, weights) = corner(point, self.radius);
            let seen = between(&grey.block(at, side + 1), side, |four| weighed(four, weights));
            let (mut x, mut y) = (0.0, 0.0);
            for ((seen, value), [slope_x, slope_y]) in seen.iter().zip(&self.values).zip(&self.slopes) {
                (x, y) = (x + (seen - value) * slope_x, y + (seen - value) * slope_y);
            }
            let step = [(xy * y - yy * x) / determinant, (xy * x - xx * y) / determinant];
            point = SourcePoint::new(point.x + step[0], point.y + step[1]);
            if step[0].hypot(step[1]) <= STILL_PX {
                break;
            }
            // It swings between two places: the middle is as good as it gets.
            if number > 0 && (0..2).all(|axis| (step[axis] + before[axis]).abs() < STILL_PX) {
                point = SourcePoint::new(point.x - step[0] / 2.0, point.y - step[1] / 2.0);
                break;
            }
            before = step;
        }
        Found { point, is_found: point.x.is_finite() && point.y.is_finite() }
    }
}

/// Whether any of a patch around a point lies near the picture. What is not finite does not.
fn touches(grey: &Grey, point: SourcePoint, radius: usize) -> bool {
    let reach = radius as f32;
    let is_near = |at: f32, length: usize| (at - reach).floor() >= -2.0 * reach - 1.0 && at - reach < length as f32;
    is_near(point.x, grey.width) && is_near(point.y, grey.height)
}
