//! A patch that is looked for under shift, linear map, tilt, gain and bias: inverse-compositional Lucas–Kanade.

use super::Grey;
use super::warp::{IDENTITY, NUM_STEPS, Warp, inverse, product};
use crate::geometry::SourcePoint;
use crate::geometry::equations::solve;

/// What a picture is regressed on: the columns of the warp's slopes, the patch itself, and a constant.
const COLUMNS: usize = NUM_STEPS + 2;
const PATCH: usize = NUM_STEPS;
const ONE: usize = NUM_STEPS + 1;
/// Steps towards a place at most.
const MAX_STEPS: usize = 15;
/// A step that moves no part of the patch farther than that is the last one, in pixels.
const STILL_PX: f32 = 0.01;
/// How far grey levels are off beside noise: a patch is never quite flat or rigid. What the pull is weighed against.
const NOISE: f64 = 6.0;
/// A linear map changes by about that from frame to frame; a tilt by as much at the border of the patch.
const TURN: f64 = 0.1;
/// A patch of which a smaller share of the weight lies in the picture says nothing; in a corner of it, a third does.
const LEAST_INSIDE: f64 = 0.3;
/// How wide the weights of a patch are, in its radius.
const WIDTH: f32 = 0.7;
/// A patch that varies by less than that, in grey levels, is too plain to be compared.
const LEAST_CONTRAST: f64 = 1.5;

/// How much a patch may be distorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Freedom {
    /// Moved.
    Shift,
    /// Turned, stretched and sheared, too.
    Linear,
    /// Seen in perspective, too.
    Tilt,
}

impl Freedom {
    /// How many of a warp's steps are free.
    fn num_steps(self) -> usize {
        match self {
            Self::Shift => 2,
            Self::Linear => 6,
            Self::Tilt => NUM_STEPS,
        }
    }
}

/// What a place is held to while the picture says little: along an edge, in what is blurred.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pull {
    /// The place that is expected, the linear map and the tilt.
    pub(super) towards: Warp,
    /// How far the place is usually off, in pixels.
    pub(super) reach: f32,
}

/// Where a patch was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Aligned {
    pub(super) warp: Warp,
    /// The normalised correlation there, −1 to 1.
    pub(super) similarity: f32,
}

/// A pixel of a patch: where it is from the middle, and what a picture is regressed on there.
#[derive(Clone, Copy, Debug)]
struct Pixel {
    at: [f32; 2],
    weight: f32,
    columns: [f32; COLUMNS],
}

/// Weighted sums of products, column by column.
type Moments = [[f64; COLUMNS]; COLUMNS];

/// A patch with its slopes, weighed towards its middle.
#[derive(Clone, Debug)]
pub(super) struct Template {
    pub(super) radius: usize,
    pixels: Vec<Pixel>,
    moments: Moments,
    /// The weight of the whole patch, had all of it been in the picture.
    whole: f64,
}

/// What a picture shows under a warp.
struct Seen {
    moments: Moments,
    /// Sums of the picture's values with each column.
    values: [f64; COLUMNS],
    squares: f64,
}

impl Template {
    /// Cuts a patch out; `None` where too little of it lies in the picture, or it is too plain.
    pub(super) fn cut(grey: &Grey, centre: SourcePoint, radius: usize) -> Option<Self> {
        let (reach, side) = (radius as isize + 1, 2 * radius + 3);
        let places = (-reach..=reach).flat_map(|y| (-reach..=reach).map(move |x| [x as f32, y as f32]));
        let value = |[x, y]: [f32; 2]| grey.between(centre.x + x, centre.y + y);
        let values: Vec<Option<f32>> = places.map(value).collect();
        let (mut pixels, mut whole) = (Vec::with_capacity((side - 2) * (side - 2)), 0.0);
        for (row, column) in (1..side - 1).flat_map(|row| (1..side - 1).map(move |column| (row, column))) {
            let value =
                |dx: isize, dy: isize| values[(row as isize + dy) as usize * side + (column as isize + dx) as usize];
            let at = [column as f32 - reach as f32, row as f32 - reach as f32];
            whole += f64::from(weight(at, radius));
            pixels.extend(pixel(at, radius, value));
        }
        let template = Self { radius, moments: moments(pixels.iter()), pixels, whole };
        (template.says_enough(&template.moments) && template.contrast() >= LEAST_CONTRAST).then_some(template)
    }

    /// Whether enough of the patch is in the picture.
    fn says_enough(&self, moments: &Moments) -> bool {
        moments[ONE][ONE] >= LEAST_INSIDE * self.whole
    }

    fn contrast(&self) -> f64 {
        let m = &self.moments;
        let mean = m[PATCH][ONE] / m[ONE][ONE];
        (m[PATCH][PATCH] / m[ONE][ONE] - mean * mean).max(0.0).sqrt()
    }

    /// How much a picture looks like the patch where a warp puts it; `None` where that lies outside, or is plain.
    pub(super) fn similarity(&self, grey: &Grey, warp: &Warp) -> Option<f32> {
        self.look(grey, warp)?.similarity()
    }

    /// Looks for the patch from a place that is near. `None` where it leaves the picture or falls apart.
    pub(super) fn align(&self, grey: &Grey, start: Warp, pull: &Pull, freedom: Freedom) -> Option<Aligned> {
        let mut warp = start;
        let mut seen = self.look(grey, &warp)?;
        for _ in 0..MAX_STEPS {
            let step = seen.step(&warp, pull, freedom, self.radius)?;
            warp = warp.less(step)?;
            if !warp.is_sound(self.radius as f32) {
                return None;
            }
            seen = self.look(grey, &warp)?;
            let (radius, most) = (self.radius as f32, |most: f32, value: &f32| most.max(value.abs()));
            let (turn, tilt) = (step[2..6].iter().fold(0.0, most), step[6..].iter().fold(0.0, most));
            if step[0].hypot(step[1]) + radius * (turn + radius * tilt) < STILL_PX {
                break;
            }
        }
        Some(Aligned { warp, similarity: seen.similarity()? })
    }

    fn look(&self, grey: &Grey, warp: &Warp) -> Option<Seen> {
        let (mut values, mut squares, mut outside) = ([0.0; COLUMNS], 0.0, Vec::new());
        for pixel in &self.pixels {
            let [x, y] = warp.apply(pixel.at);
            let Some(value) = grey.between(x, y) else {
                outside.push(*pixel);
                continue;
            };
            let weighed = pixel.weight * value;
            squares += f64::from(weighed * value);
            for (sum, column) in values.iter_mut().zip(pixel.columns) {
                *sum += f64::from(weighed * column);
            }
        }
        let mut all = self.moments;
        if !outside.is_empty() {
            let gone = moments(outside.iter());
            all.iter_mut().flatten().zip(gone.iter().flatten()).for_each(|(all, gone)| *all -= gone);
        }
        self.says_enough(&all).then_some(Seen { moments: all, values, squares })
    }
}

/// A pixel with Scharr's slopes, where all of them are in the picture.
fn pixel(at: [f32; 2], radius: usize, value: impl Fn(isize, isize) -> Option<f32>) -> Option<Pixel> {
    let along_x = |dy: isize| Some(value(1, dy)? - value(-1, dy)?);
    let along_y = |dx: isize| Some(value(dx, 1)? - value(dx, -1)?);
    let x = (3.0 * (along_x(-1)? + along_x(1)?) + 10.0 * along_x(0)?) / 32.0;
    let y = (3.0 * (along_y(-1)? + along_y(1)?) + 10.0 * along_y(0)?) / 32.0;
    let out = -(x * at[0] + y * at[1]);
    let tilts = [out * at[0], out * at[1]];
    let columns = [x, y, x * at[0], x * at[1], y * at[0], y * at[1], tilts[0], tilts[1], value(0, 0)? - 128.0, 1.0];
    Some(Pixel { at, weight: weight(at, radius), columns })
}

fn weight([x, y]: [f32; 2], radius: usize) -> f32 {
    let spread = WIDTH * radius as f32;
    (-(x * x + y * y) / (2.0 * spread * spread)).exp()
}

fn moments<'a>(pixels: impl Iterator<Item = &'a Pixel>) -> Moments {
    let mut moments = [[0.0; COLUMNS]; COLUMNS];
    for Pixel { weight, columns, .. } in pixels {
        for (a, row) in moments.iter_mut().enumerate() {
            for (sum, value) in row.iter_mut().zip(columns).skip(a) {
                *sum += f64::from(weight * columns[a] * value);
            }
        }
    }
    for (a, b) in (0..COLUMNS).flat_map(|a| (0..a).map(move |b| (a, b))) {
        moments[a][b] = moments[b][a];
    }
    moments
}

impl Seen {
    /// Covariance of two columns, times the weight of all.
    fn between(&self, a: usize, b: usize) -> f64 {
        self.moments[a][b] - self.moments[a][ONE] * self.moments[b][ONE] / self.moments[ONE][ONE]
    }

    /// The same of a column and the picture.
    fn with_picture(&self, a: usize) -> f64 {
        self.values[a] - self.moments[a][ONE] * self.values[ONE] / self.moments[ONE][ONE]
    }

    fn similarity(&self) -> Option<f32> {
        let picture = self.squares - self.values[ONE] * self.values[ONE] / self.moments[ONE][ONE];
        let patch = self.between(PATCH, PATCH);
        let least = LEAST_CONTRAST * LEAST_CONTRAST * self.moments[ONE][ONE];
        (patch.min(picture) >= least / 2.0)
            .then(|| ((self.with_picture(PATCH) / (patch * picture).sqrt()) as f32).clamp(-1.0, 1.0))
    }

    /// The step that takes the patch nearer, gain and bias taken out.
    fn step(&self, warp: &Warp, pull: &Pull, freedom: Freedom, radius: usize) -> Option<[f32; NUM_STEPS]> {
        let patch = self.between(PATCH, PATCH);
        let gain = self.with_picture(PATCH) / patch;
        if gain.is_nan() || gain <= 0.05 {
            return None;
        }
        let size = freedom.num_steps();
        let (mut matrix, mut right) = ([[0.0; NUM_STEPS]; NUM_STEPS], [0.0; NUM_STEPS]);
        // What remains beside the patch, which explains nothing of itself any more.
        let worth = (gain / NOISE).powi(2);
        for i in 0..size {
            let share = self.between(i, PATCH) / patch;
            for (j, value) in matrix[i].iter_mut().enumerate().take(size) {
                *value = worth * (self.between(i, j) - share * self.between(j, PATCH));
            }
            right[i] = worth / gain * (self.with_picture(i) - share * self.with_picture(PATCH));
        }
        add_pull(&mut matrix, &mut right, warp, pull, radius);
        let step = solve(&matrix, right, size)?;
        Some(step.map(|value| value as f32))
    }
}

/// Adds what the place, the linear map and the tilt are held to.
fn add_pull(
    matrix: &mut [[f64; NUM_STEPS]; NUM_STEPS],
    right: &mut [f64; NUM_STEPS],
    warp: &Warp,
    pull: &Pull,
    radius: usize,
) {
    let place = f64::from(pull.reach).powi(-2);
    let [a, b, c, d] = warp.matrix.map(f64::from);
    let (x, y) = (warp.point.x - pull.towards.point.x, warp.point.y - pull.towards.point.y);
    let (x, y) = (f64::from(x), f64::from(y));
    let products = [[a * a + c * c, a * b + c * d], [a * b + c * d, b * b + d * d]];
    for (row, products) in matrix.iter_mut().zip(products) {
        row[0] += place * products[0];
        row[1] += place * products[1];
    }
    right[0] += place * (a * x + c * y);
    right[1] += place * (b * x + d * y);
    let turn = TURN.powi(-2);
    let wanted = product(inverse(warp.matrix), pull.towards.matrix);
    for i in 0..4 {
        matrix[2 + i][2 + i] += turn;
        right[2 + i] += turn * f64::from(IDENTITY[i] - wanted[i]);
    }
    let tilt = turn * (radius as f64).powi(2);
    for i in 0..2 {
        matrix[6 + i][6 + i] += tilt;
        right[6 + i] += tilt * f64::from(warp.tilt[i] - pull.towards.tilt[i]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Frame;
    use crate::geometry::{FrameIndex, Size};

    fn grey(value: impl Fn(u32, u32) -> u8) -> Grey {
        let size = Size::new(21, 21);
        let pixels = (0..21).flat_map(|y| (0..21).map(move |x| (x, y)));
        Grey::of(&Frame::new(FrameIndex(0), 0.0, size, pixels.flat_map(|(x, y)| [value(x, y); 3]).collect()))
    }

    fn pattern(x: u32, y: u32) -> u8 {
        (60 + 2 * ((x * x * 3 + y * 7 + x * y) % 45)) as u8
    }

    #[test]
    fn similarity_knows_no_light_but_knows_a_negative() {
        let middle = SourcePoint::new(10.0, 10.0);
        let template = Template::cut(&grey(pattern), middle, 3).unwrap();
        let similarity = |grey: &Grey, point| template.similarity(grey, &Warp::moved(point));
        let near = |value: Option<f32>, expected: f32| (value.unwrap() - expected).abs() < 1e-4;
        assert!(near(similarity(&grey(pattern), middle), 1.0));
        assert!(near(similarity(&grey(|x, y| pattern(x, y) / 2 * 3 + 7), middle), 1.0));
        assert!(near(similarity(&grey(|x, y| 255 - pattern(x, y)), middle), -1.0));
        assert_eq!(similarity(&grey(|_, _| 50), middle), None, "nothing is to be seen there");
        assert_eq!(similarity(&grey(pattern), SourcePoint::new(-9.0, 10.0)), None, "outside");
    }

    #[test]
    fn slopes_of_a_ramp_are_its_steps() {
        // 4 a pixel to the right, 2 a pixel down: at (1, −1) from the middle 4 · 1 + 2 · (−1) more than there.
        let ramp = grey(|x, y| (4 * x + 2 * y) as u8);
        let template = Template::cut(&ramp, SourcePoint::new(10.5, 10.0), 2).unwrap();
        let pixel = template.pixels.iter().find(|pixel| pixel.at == [1.0, -1.0]).unwrap();
        assert_eq!(pixel.columns, [4.0, 2.0, 4.0, -4.0, 2.0, -2.0, -2.0, 2.0, 42.0 + 20.0 + 2.0 - 128.0, 1.0]);
        assert_eq!(template.pixels.len(), 25);
    }

    #[test]
    fn what_is_plain_or_outside_is_no_template() {
        assert!(Template::cut(&grey(|_, _| 77), SourcePoint::new(10.0, 10.0), 7).is_none());
        assert!(Template::cut(&grey(pattern), SourcePoint::new(-5.0, 10.0), 7).is_none());
        assert!(Template::cut(&grey(pattern), SourcePoint::new(f32::NAN, 10.0), 7).is_none());
    }
}
