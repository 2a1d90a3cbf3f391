//! Grey pictures.

use crate::frame::Frame;

/// Weights of the 5 × 5 filter before a picture is halved, over 16.
const BINOMIAL: [u32; 5] = [1, 4, 6, 4, 1];
/// Weights of red, green and blue in grey, over 2^15.
const RGB_WEIGHTS: [u32; 3] = [9798, 19235, 3735];

/// A grey picture. Beyond its border it goes on as its mirror image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grey {
    pub(super) width: usize,
    pub(super) height: usize,
    values: Vec<u8>,
}

/// A place on a side of `length` pixels, mirrored into it.
fn mirrored(at: isize, length: usize) -> usize {
    let period = (2 * length as isize - 2).max(1);
    let at = at.rem_euclid(period);
    at.min(period - at).min(length as isize - 1) as usize
}

impl Grey {
    /// The brightness of a frame.
    #[must_use]
    pub fn of(frame: &Frame) -> Self {
        let grey = |rgb: &[u8; 3]| {
            let sum: u32 = rgb.iter().zip(RGB_WEIGHTS).map(|(value, weight)| u32::from(*value) * weight).sum();
            ((sum + (1 << 14)) >> 15) as u8
        };
        let size = frame.size();
        let values = frame.rgb().as_chunks::<3>().0.iter().map(grey).collect();
        Self { width: size.width as usize, height: size.height as usize, values }
    }

    /// A pixel of the picture or of its mirror images.
    pub(super) fn value(&self, x: isize, y: isize) -> f32 {
        f32::from(self.values[mirrored(y, self.height) * self.width + mirrored(x, self.width)])
    }

    /// The value at a place between the pixels; `None` outside the picture.
    pub(super) fn between(&self, x: f32, y: f32) -> Option<f32> {
        let (width, height) = (self.width, self.height);
        if !(x >= 0.0 && y >= 0.0 && x <= (width - 1) as f32 && y <= (height - 1) as f32) {
            return None;
        }
        let (column, row) = ((x as usize).min(width.saturating_sub(2)), (y as usize).min(height.saturating_sub(2)));
        let (a, b) = (x - column as f32, y - row as f32);
        let first = row * width + column;
        let (right, below) = (usize::from(width > 1), if height > 1 { width } else { 0 });
        let value = |at: usize| f32::from(self.values[at]);
        let upper = value(first) + a * (value(first + right) - value(first));
        let lower = value(first + below) + a * (value(first + below + right) - value(first + below));
        Some(upper + b * (lower - upper))
    }

    /// The whole pixels of a block whose first one is `(x, y)`, row by row.
    pub(super) fn block(&self, (x, y): (isize, isize), side: usize) -> Vec<f32> {
        let is_inside = x >= 0 && y >= 0 && x as usize + side <= self.width && y as usize + side <= self.height;
        let mut block = Vec::with_capacity(side * side);
        for row in y..y + side as isize {
            if is_inside {
                let first = row as usize * self.width + x as usize;
                block.extend(self.values[first..first + side].iter().map(|value| f32::from(*value)));
            } else {
                block.extend((x..x + side as isize).map(|column| self.value(column, row)));
            }
        }
        block
    }

    /// The picture at half its size, smoothed first.
    pub(super) fn halved(&self) -> Self {
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let taps = |at: usize, length: usize| [-2, -1, 0, 1, 2].map(|tap| mirrored(2 * at as isize + tap, length));
        let columns: Vec<[usize; 5]> = (0..width).map(|x| taps(x, self.width)).collect();
        let weigh = |value: &dyn Fn(usize) -> u32| (0..5).map(|tap| BINOMIAL[tap] * value(tap)).sum::<u32>();
        let mut values = Vec::with_capacity(width * height);
        let mut sums = vec![0; self.width];
        for y in 0..height {
            let rows = taps(y, self.height).map(|row| &self.values[row * self.width..][..self.width]);
            for (x, sum) in sums.iter_mut().enumerate() {
                *sum = weigh(&|tap| u32::from(rows[tap][x]));
            }
            values.extend(columns.iter().map(|column| ((weigh(&|tap| sums[column[tap]]) + 128) >> 8) as u8));
        }
        Self { width, height, values }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{FrameIndex, Size};

    fn grey(width: u32, height: u32, value: impl Fn(usize, usize) -> u8) -> Grey {
        let rgb = (0..height as usize).flat_map(|y| (0..width as usize).map(move |x| (x, y)));
        let rgb = rgb.flat_map(|(x, y)| [value(x, y); 3]).collect();
        Grey::of(&Frame::new(FrameIndex(0), 0.0, Size::new(width, height), rgb))
    }

    #[test]
    fn beyond_the_border_lies_the_mirror_image() {
        let grey = grey(3, 2, |x, y| (10 * y + x) as u8);
        let row: Vec<f32> = (-3..7).map(|x| grey.value(x, 0)).collect();
        assert_eq!(row, [1.0, 2.0, 1.0, 0.0, 1.0, 2.0, 1.0, 0.0, 1.0, 2.0]);
        assert_eq!((grey.value(0, -1), grey.value(1, 2)), (10.0, 1.0));
        assert_eq!(grey.block((-1, 0), 2), [1.0, 0.0, 11.0, 10.0]);
        assert_eq!(grey.block((1, 0), 2), [1.0, 2.0, 11.0, 12.0]);
    }

    #[test]
    fn halving_keeps_what_is_even_and_ramps_where_they_are() {
        let flat = grey(7, 5, |_, _| 93).halved();
        assert_eq!((flat.width, flat.height), (4, 3));
        assert!(flat.values.iter().all(|value| *value == 93));
        let ramp = grey(32, 32, |x, _| 4 * x as u8).halved();
        assert_eq!((ramp.value(3, 5), ramp.value(10, 5)), (24.0, 80.0));
        assert_eq!(grey(1, 1, |_, _| 7).halved().values, [7]);
    }
}
