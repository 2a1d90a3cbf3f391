//! How fast frames are taken in.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Frames over which the speed is taken: two windows, so that each holds the same share of refining.
const NUM_FRAMES: u64 = 16;
/// And at least this long: frames that are done already come in bursts.
const MIN_TIME: Duration = Duration::from_millis(500);
/// Frames that come closer together than that are counted as one moment.
const MOMENT: Duration = Duration::from_millis(5);

/// Frames per second over the last few.
#[derive(Debug, Default)]
pub(super) struct Speedometer {
    count: u64,
    /// Moments, oldest first, with the number of frames until then.
    moments: VecDeque<(Instant, u64)>,
}

impl Speedometer {
    /// A frame was taken in.
    pub(super) fn tick(&mut self) {
        self.tick_at(Instant::now());
    }

    fn tick_at(&mut self, now: Instant) {
        self.count += 1;
        match self.moments.back_mut() {
            Some((at, count)) if now - *at < MOMENT => *count = self.count,
            _ => self.moments.push_back((now, self.count)),
        }
        let is_spare = |(at, count): &(Instant, u64)| self.count - count >= NUM_FRAMES && now - *at >= MIN_TIME;
        while self.moments.get(1).is_some_and(is_spare) {
            self.moments.pop_front();
        }
    }

    /// Work stopped: what comes later starts anew.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// The speed, once there are a few frames and they took some time.
    pub(super) fn per_sec(&self) -> Option<f64> {
        let (first, last) = (self.moments.front()?, self.moments.back()?);
        let (num_frames, time) = (last.1 - first.1, last.0 - first.0);
        (num_frames >= NUM_FRAMES / 2 && time >= MIN_TIME / 2).then(|| num_frames as f64 / time.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The speed after frames that came at these times, in milliseconds.
    fn speed(millis: impl IntoIterator<Item = u64>) -> Option<f64> {
        let (start, mut speed) = (Instant::now(), Speedometer::default());
        millis.into_iter().for_each(|at| speed.tick_at(start + Duration::from_millis(at)));
        speed.per_sec()
    }

    #[test]
    fn a_burst_has_no_speed_and_does_not_count_for_more_than_it_is() {
        assert_eq!(speed([0; 40]), None);
        assert_eq!(speed((0..40).map(|i| i / 10)), None);
        // Eight frames at once, every 400 ms.
        let windows = speed((0..80).map(|i| i / 8 * 400)).unwrap();
        assert!((15.0..=25.0).contains(&windows), "{windows}");
    }

    #[test]
    fn steady_frames_have_their_rate_slow_or_fast() {
        for millis in [2, 10, 40, 900] {
            let found = speed((0..400).map(|i| i * millis)).unwrap();
            assert!((found * millis as f64 / 1e3 - 1.0).abs() < 0.03, "{millis}: {found}");
        }
        assert_eq!(speed([0, 40, 80]), None, "too few");
    }
}
