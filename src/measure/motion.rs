//! Speed and acceleration: polynomials through some frames around each one (Savitzky and Golay 1964), by the frames' own
//! times, so that they need not follow each other evenly.

use super::error::MeasureError;
use super::world::Place;
use crate::geometry::equations::solve;
use serde::{Deserialize, Serialize};

/// Coefficients of the largest polynomial.
const MAX_TERMS: usize = 5;

/// The polynomials' size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Smoothing {
    /// How many frames each polynomial goes through, an odd number: as many before as after a frame, fewer on one side
    /// where places begin or end.
    pub window: usize,
    /// Its order: 2 is a parabola.
    pub order: usize,
}

impl Default for Smoothing {
    /// A parabola through seven frames.
    fn default() -> Self {
        Self { window: 7, order: 2 }
    }
}

impl Smoothing {
    /// The windows that can be chosen.
    pub const WINDOWS: std::ops::RangeInclusive<usize> = 3..=99;
    /// The orders that can be chosen.
    pub const ORDERS: std::ops::RangeInclusive<usize> = 2..=MAX_TERMS - 1;

    /// Whether it makes sense.
    ///
    /// # Errors
    /// If it does not.
    pub fn check(self) -> Result<(), MeasureError> {
        let Self { window, order } = self;
        let is_window = Self::WINDOWS.contains(&window) && window % 2 == 1;
        let is_sound = is_window && Self::ORDERS.contains(&order) && order < window;
        if is_sound { Ok(()) } else { Err(MeasureError::Smoothing) }
    }
}

impl std::fmt::Display for Smoothing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Savitzky–Golay, window {} frames, order {}", self.window, self.order)
    }
}

/// How something moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Motion {
    /// Units per second, along x and y.
    pub velocity: [f64; 2],
    /// Units per second, each second.
    pub acceleration: [f64; 2],
}

impl Motion {
    /// Units per second, whichever way.
    #[must_use]
    pub fn speed(&self) -> f64 {
        self.velocity[0].hypot(self.velocity[1])
    }

    /// The size of the acceleration.
    #[must_use]
    pub fn acceleration_size(&self) -> f64 {
        self.acceleration[0].hypot(self.acceleration[1])
    }
}

/// How something moves that is at these places at these times (seconds), one of each per frame. Frames without a place
/// are not bridged: before and after one, things begin anew. Stretches shorter than the window have no motion, nor has
/// a frame with a time that is not later than the one before.
///
/// # Panics
/// If there are fewer times than places.
#[must_use]
pub fn motion(times: &[f64], places: &[Option<Place>], smoothing: Smoothing) -> Vec<Option<Motion>> {
    let mut motions = vec![None; places.len()];
    let goes_on = |i: usize| places[i].is_some() && times[i - 1] < times[i];
    let mut start = 0;
    while start < places.len() {
        if places[start].is_none() {
            start += 1;
            continue;
        }
        let end = (start + 1..places.len()).find(|i| !goes_on(*i)).unwrap_or(places.len());
        let stretch: Vec<(f64, Place)> = (start..end).filter_map(|i| Some((times[i], places[i]?))).collect();
        for (at, motion) in motions[start..end].iter_mut().enumerate() {
            *motion = fit(&stretch, at, smoothing);
        }
        start = end;
    }
    motions
}

/// The motion at one frame of an unbroken stretch.
fn fit(stretch: &[(f64, Place)], at: usize, Smoothing { window, order }: Smoothing) -> Option<Motion> {
    let last_start = stretch.len().checked_sub(window)?;
    let start = at.saturating_sub(window / 2).min(last_start);
    let frames = &stretch[start..start + window];
    let now = stretch[at].0;
    // In half windows, so that powers neither vanish nor explode.
    let unit = (frames[window - 1].0 - frames[0].0) / 2.0;
    let terms = order + 1;
    let (mut products, mut sums) = ([[0.0; MAX_TERMS]; MAX_TERMS], [[0.0; MAX_TERMS]; 2]);
    for (time, place) in frames {
        let t = (time - now) / unit;
        let mut powers = [1.0; MAX_TERMS];
        (1..terms).for_each(|i| powers[i] = powers[i - 1] * t);
        for i in 0..terms {
            (0..terms).for_each(|j| products[i][j] += powers[i] * powers[j]);
            (0..2).for_each(|axis| sums[axis][i] += powers[i] * place[axis]);
        }
    }
    let [x, y] = [solve(&products, sums[0], terms)?, solve(&products, sums[1], terms)?];
    let velocity = [x[1], y[1]].map(|value| value / unit);
    let acceleration = [x[2], y[2]].map(|value| 2.0 * value / (unit * unit));
    Some(Motion { velocity, acceleration })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEVEN: Smoothing = Smoothing { window: 7, order: 2 };

    fn close(a: f64, b: f64, within: f64) -> bool {
        (a - b).abs() <= within
    }

    #[test]
    fn free_fall_is_exact_also_at_the_ends_and_between_uneven_frames() {
        let times: Vec<f64> = (0..30).map(|i| 0.04 * f64::from(i) + 0.013 * f64::from(i % 3)).collect();
        let places: Vec<_> = times.iter().map(|t| Some([1.5 * t, 20.0 - 0.5 * 9.81 * t * t])).collect();
        for (t, motion) in times.iter().zip(motion(&times, &places, SEVEN)) {
            let Motion { velocity, acceleration } = motion.unwrap();
            assert!(close(velocity[0], 1.5, 1e-9) && close(velocity[1], -9.81 * t, 1e-9), "{t}: {velocity:?}");
            assert!(close(acceleration[0], 0.0, 1e-8) && close(acceleration[1], -9.81, 1e-8), "{t}: {acceleration:?}");
        }
    }

    #[test]
    fn a_circle_has_the_speed_and_the_acceleration_of_the_textbook() {
        // Radius 2, one turn in 2 s, 50 frames a second; a polynomial of order 4 follows it to some 1e-4.
        let (radius, turn) = (2.0, std::f64::consts::PI);
        let times: Vec<f64> = (0..100).map(|i| f64::from(i) / 50.0).collect();
        let places: Vec<_> =
            times.iter().map(|t| Some([(turn * t).cos(), (turn * t).sin()].map(|v| radius * v))).collect();
        let motions = motion(&times, &places, Smoothing { window: 9, order: 4 });
        for motion in motions.iter().flatten() {
            assert!(close(motion.speed(), radius * turn, 1e-3), "{}", motion.speed());
        }
        let inner = motions[4..96].iter().flatten().map(Motion::acceleration_size);
        assert!(inner.into_iter().all(|size| close(size, radius * turn * turn, 1e-2)));
        assert_eq!(motions.iter().flatten().count(), 100);
    }

    #[test]
    fn the_weights_are_those_of_savitzky_and_golay() {
        // Their table for a parabola through five even frames: first derivative (−2, −1, 0, 1, 2) / 10, second
        // (2, −1, −2, −1, 2) / 7.
        let times: Vec<f64> = (0..5).map(f64::from).collect();
        for (i, (first, second)) in [(-0.2, 2.0), (-0.1, -1.0), (0.0, -2.0), (0.1, -1.0), (0.2, 2.0)].iter().enumerate()
        {
            let places: Vec<_> = (0..5).map(|j| Some([f64::from(u8::from(i == j)), 0.0])).collect();
            let middle = motion(&times, &places, Smoothing { window: 5, order: 2 })[2].unwrap();
            assert!(close(middle.velocity[0], *first, 1e-12), "{i}: {middle:?}");
            assert!(close(middle.acceleration[0], second / 7.0, 1e-12), "{i}: {middle:?}");
        }
    }

    #[test]
    fn noise_is_smoothed_and_gaps_are_not_bridged() {
        let times: Vec<f64> = (0..24).map(f64::from).collect();
        let mut places: Vec<_> = times
            .iter()
            .map(|t| Some([3.0 * t + if (*t as u32).is_multiple_of(2) { 0.1 } else { -0.1 }, 0.0]))
            .collect();
        let raw = 3.0 - 0.2;
        let smooth = motion(&times, &places, SEVEN);
        let error = (smooth[11].unwrap().velocity[0] - 3.0).abs();
        assert!(error < 0.1 * (raw - 3.0f64).abs(), "{error}");
        // After the gap it is elsewhere, which is no speed.
        places[10] = None;
        (11..24).for_each(|i| places[i] = places[i].map(|[x, y]| [x + 500.0, y]));
        let motions = motion(&times, &places, SEVEN);
        assert_eq!(motions[10], None);
        assert!(motions.iter().flatten().all(|motion| close(motion.speed(), 3.0, 0.2)));
        assert_eq!(motions.iter().flatten().count(), 23);
        places[17] = None;
        let motions = motion(&times, &places, SEVEN);
        assert!(motions[11..17].iter().all(Option::is_none), "six frames are too few for seven");
        assert!(motion(&times[..6], &places[..6], SEVEN).iter().all(Option::is_none));
    }

    #[test]
    fn a_time_that_stands_still_ends_a_stretch() {
        let times = [0.0, 1.0, 2.0, 2.0, 3.0, 4.0];
        let places: Vec<_> = times.iter().map(|t| Some([2.0 * t, 0.0])).collect();
        let motions = motion(&times, &places, Smoothing { window: 3, order: 2 });
        assert!(motions.iter().all(|motion| close(motion.unwrap().speed(), 2.0, 1e-9)));
    }

    #[test]
    fn odd_windows_above_the_order_are_taken() {
        let check = |window, order| Smoothing { window, order }.check().is_ok();
        assert!(check(3, 2) && check(5, 4) && check(99, 2));
        assert!(!check(4, 2) && !check(3, 3) && !check(1, 2) && !check(101, 2) && !check(7, 1) && !check(7, 5));
    }
}
