//! How fast frames are taken in.

use std::collections::VecDeque;
use std::time::Instant;

/// Frames over which the speed is taken: two windows, so that each holds the same share of refining.
const NUM_FRAMES: usize = 16;

/// Frames per second over the last few.
#[derive(Debug, Default)]
pub(super) struct Speedometer(VecDeque<Instant>);

impl Speedometer {
    /// A frame was taken in.
    pub(super) fn tick(&mut self) {
        self.0.push_back(Instant::now());
        if self.0.len() > NUM_FRAMES + 1 {
            self.0.pop_front();
        }
    }

    /// Work stopped: what comes later starts anew.
    pub(super) fn reset(&mut self) {
        self.0.clear();
    }

    /// The speed, once there are a few frames.
    pub(super) fn per_sec(&self) -> Option<f64> {
        let (first, last) = (self.0.front()?, self.0.back()?);
        let secs = last.duration_since(*first).as_secs_f64();
        (self.0.len() > NUM_FRAMES / 2 && secs > 0.0).then(|| (self.0.len() - 1) as f64 / secs)
    }
}
