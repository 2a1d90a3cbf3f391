//! Whether two frames show the same things, moved a little or lit otherwise: patches of a small grey picture are looked
//! for in the other one. Sees what averages do not: one fine texture in place of another.

use super::taps;
use crate::frame::Frame;

/// Width of the small picture;
const WIDTH: usize = 160;
/// its height follows the frame's shape, within this.
const HEIGHTS: (usize, usize) = (MARGIN * 2 + PATCH, WIDTH);
/// Pixels looked at in each of its pixels, across and down, at most.
const MAX_TAPS: usize = 6;
/// Side of a patch, and how far it may have moved: a tenth of the picture's width.
const PATCH: usize = 24;
const MARGIN: usize = 16;
/// A patch with less contrast than this (standard deviation, of 255) tells nothing,
const MIN_CONTRAST: f32 = 4.0;
/// nor do fewer patches than this.
const MIN_PATCHES: usize = 4;
/// A patch that fits so well has been found. Within a shot, the median over real clips is 0.8 or more on nearly all
/// frames.
const FOUND: f32 = 0.8;
/// Where so many of the patches are found again somewhere, the camera jumped.
const MIN_JUMPED: f32 = 0.3;

/// The small grey picture.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Structure {
    height: usize,
    grey: Vec<u8>,
}

impl Structure {
    /// Shrinks a frame that has pixels.
    pub(super) fn of(frame: &Frame) -> Self {
        let (size, rgb) = (frame.size(), frame.rgb());
        let (width, height) = (size.width as usize, size.height as usize);
        let rows = (WIDTH * height / width).clamp(HEIGHTS.0, HEIGHTS.1);
        let num_taps = |extent: usize, cells: usize| (extent / cells).clamp(1, MAX_TAPS);
        let (across, down) = (num_taps(width, WIDTH), num_taps(height, rows));
        let xs: Vec<usize> = taps(size.width, WIDTH * across).collect();
        let mut sums = vec![0_u32; WIDTH * rows];
        for (tap, y) in taps(size.height, rows * down).enumerate() {
            let line = &rgb[3 * y * width..3 * (y + 1) * width];
            let cells = &mut sums[tap / down * WIDTH..][..WIDTH];
            for (cell, xs) in cells.iter_mut().zip(xs.chunks(across)) {
                *cell += xs.iter().map(|x| grey(&line[3 * x..3 * x + 3])).sum::<u32>();
            }
        }
        let share = 16 * (across * down) as u32;
        Self { height: rows, grey: sums.into_iter().map(|sum| (sum / share) as u8).collect() }
    }

    /// How well this picture's patches are found again nearby in another one, -1 to [`FOUND`]: the median over those
    /// that have something on them; `None` where these are too few.
    pub(super) fn found_in(&self, other: &Self) -> Option<f32> {
        let fits = self.fits(other, (MARGIN, MARGIN));
        (fits.len() >= MIN_PATCHES).then(|| fits[fits.len() / 2])
    }

    /// Whether the other picture shows this one moved far: some of its patches are found again, wherever that is.
    pub(super) fn jumps_to(&self, other: &Self) -> bool {
        let fits = self.fits(other, (WIDTH, self.height));
        let num_found = fits.iter().filter(|fit| **fit >= FOUND).count();
        num_found as f32 >= (MIN_JUMPED * fits.len() as f32).max(1.0)
    }

    /// How well each patch that has something on it fits where it fits best in another picture, the worst first.
    fn fits(&self, other: &Self, reach: (usize, usize)) -> Vec<f32> {
        if self.height != other.height {
            return Vec::new();
        }
        let shifts = shifts(reach);
        let sums = (Sums::of(&other.grey), Sums::of(&self.grey));
        let places = places(WIDTH).flat_map(|x| places(self.height).map(move |y| (x, y)));
        let mut fits: Vec<f32> = places.filter_map(|at| self.fit(other, at, &sums, &shifts)).collect();
        fits.sort_by(f32::total_cmp);
        fits
    }

    /// How well the patch at a place fits after the best of some moves.
    fn fit(&self, other: &Self, (x, y): (usize, usize), sums: &(Sums, Sums), shifts: &[(isize, isize)]) -> Option<f32> {
        let area = (PATCH * PATCH) as f32;
        let (mean, deviation) = sums.1.of_patch(x, y);
        if deviation < MIN_CONTRAST {
            return None;
        }
        let mut best = -1.0_f32;
        for (dx, dy) in shifts {
            let at = (x.wrapping_add_signed(*dx), y.wrapping_add_signed(*dy));
            if at.0 > WIDTH - PATCH || at.1 > self.height - PATCH {
                continue;
            }
            let (other_mean, other_deviation) = sums.0.of_patch(at.0, at.1);
            if other_deviation < MIN_CONTRAST {
                continue;
            }
            let rows = (0..PATCH).map(|row| {
                let (a, b) = ((y + row) * WIDTH + x, (at.1 + row) * WIDTH + at.0);
                let pairs = self.grey[a..a + PATCH].iter().zip(&other.grey[b..b + PATCH]);
                pairs.map(|(a, b)| u32::from(*a) * u32::from(*b)).sum::<u32>()
            });
            let product = rows.sum::<u32>() as f32 / area;
            best = best.max((product - mean * other_mean) / (deviation * other_deviation));
            if best >= FOUND {
                return Some(FOUND);
            }
        }
        Some(best)
    }
}

/// Sixteen times the brightness.
fn grey(rgb: &[u8]) -> u32 {
    5 * u32::from(rgb[0]) + 9 * u32::from(rgb[1]) + 2 * u32::from(rgb[2])
}

/// Where patches begin along a side: as many as fit beside each other, evenly, none nearer to the ends than it may
/// move.
fn places(extent: usize) -> impl Iterator<Item = usize> {
    let room = extent - 2 * MARGIN - PATCH;
    let count = 1 + room / PATCH;
    (0..count).map(move |i| MARGIN + if count > 1 { i * room / (count - 1) } else { room / 2 })
}

/// All moves of a patch up to a distance, short ones first.
fn shifts((x, y): (usize, usize)) -> Vec<(isize, isize)> {
    let (x, y) = (x as isize, y as isize);
    let mut shifts: Vec<_> = (-y..=y).flat_map(|y| (-x..=x).map(move |x| (x, y))).collect();
    shifts.sort_by_key(|(x, y)| x * x + y * y);
    shifts
}

/// Sums of a small picture's values and of their squares over everything above and to the left.
struct Sums(Vec<(u32, u32)>);

impl Sums {
    fn of(grey: &[u8]) -> Self {
        let mut sums = vec![(0, 0); WIDTH + 1];
        for line in grey.chunks(WIDTH) {
            let above = sums.len() - (WIDTH + 1);
            let (mut sum, mut squares) = (0, 0);
            sums.push((0, 0));
            for (x, value) in line.iter().enumerate() {
                let value = u32::from(*value);
                (sum, squares) = (sum + value, squares + value * value);
                let (up, squares_up) = sums[above + x + 1];
                sums.push((up + sum, squares_up + squares));
            }
        }
        Self(sums)
    }

    /// Mean and standard deviation of a patch.
    fn of_patch(&self, x: usize, y: usize) -> (f32, f32) {
        let at = |x: usize, y: usize| self.0[y * (WIDTH + 1) + x];
        let ((a, a2), (b, b2)) = (at(x, y), at(x + PATCH, y));
        let ((c, c2), (d, d2)) = (at(x, y + PATCH), at(x + PATCH, y + PATCH));
        let area = (PATCH * PATCH) as f32;
        let (mean, squares) = ((d + a - b - c) as f32 / area, (d2 + a2 - b2 - c2) as f32 / area);
        (mean, (squares - mean * mean).max(0.0).sqrt())
    }
}
