//! Which frames of a camera are taken when not all of them can be. Pure: times are arguments.

use crate::geometry::FrameIndex;

/// How much the newest frame counts in the averages: one slow frame in eight (a refined window) changes little.
const NEWEST_SHARE: f64 = 0.1;
/// A smaller stride is tried only where it would leave that much room, or it would soon be given up again.
const ROOM: f64 = 0.92;
/// So much work too many is no reason for a larger stride: a frame in five left out, unevenly, is better than every
/// second one.
const OVERLOAD: f64 = 0.25;
/// Fewer than that would be no stream any more.
const MAX_STRIDE: u32 = 60;

/// Every `stride`-th frame is taken: evenly spaced frames show even motion even, which "whatever is newest" does not.
#[derive(Clone, Debug)]
pub(super) struct Thinning {
    stride: u32,
    is_warm: bool,
    work_secs: Option<f64>,
}

impl Default for Thinning {
    fn default() -> Self {
        Self { stride: 1, is_warm: false, work_secs: None }
    }
}

impl Thinning {
    /// Every how manieth frame is taken.
    pub(super) fn stride(&self) -> u32 {
        self.stride
    }

    /// The first frame that may be taken after this one.
    pub(super) fn due_after(&self, taken: FrameIndex) -> FrameIndex {
        FrameIndex(taken.0.saturating_add(self.stride))
    }

    /// A frame took that long, while the camera gives one every `interval_secs`. The first frame does not count:
    /// whoever takes it has to warm up.
    pub(super) fn observe(&mut self, work_secs: f64, interval_secs: f64) {
        if !(work_secs.is_finite() && interval_secs.is_finite() && interval_secs > 0.0) {
            return;
        }
        if !std::mem::replace(&mut self.is_warm, true) {
            return;
        }
        let before = self.work_secs.unwrap_or(work_secs);
        let smoothed = before + NEWEST_SHARE * (work_secs - before);
        self.work_secs = Some(smoothed);
        let load = smoothed / interval_secs;
        let needed = |load: f64| ((load - OVERLOAD).ceil() as u32).clamp(1, MAX_STRIDE);
        if load > f64::from(self.stride) + OVERLOAD {
            self.stride = needed(load);
        } else {
            self.stride = self.stride.min(needed(load / ROOM));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: f64 = 1.0 / 30.0;

    /// The strides after each frame that took so many intervals, after a slow first one.
    fn strides(loads: &[f64]) -> Vec<u32> {
        let mut thinning = Thinning::default();
        thinning.observe(20.0, INTERVAL);
        let each = loads.iter().map(|load| {
            thinning.observe(load * INTERVAL, INTERVAL);
            thinning.stride()
        });
        each.collect()
    }

    #[test]
    fn whoever_keeps_up_gets_every_frame() {
        assert_eq!(strides(&[0.2, 0.9, 0.95, 0.99]), [1; 4]);
        assert_eq!(strides(&[1.05; 200]), [1; 200], "nearly");
    }

    #[test]
    fn a_slow_worker_gets_evenly_spaced_frames() {
        assert_eq!(strides(&[1.3; 5]), [2; 5]);
        assert_eq!(strides(&[3.5; 5]), [4; 5]);
        assert_eq!(Thinning { stride: 3, ..Thinning::default() }.due_after(FrameIndex(7)), FrameIndex(10));
    }

    #[test]
    fn one_slow_frame_in_eight_does_not_change_the_stride() {
        let loads: Vec<f64> = (0..200).map(|i| if i % 8 == 7 { 2.0 } else { 0.6 }).collect();
        assert_eq!(strides(&loads), [1; 200]);
    }

    #[test]
    fn the_stride_shrinks_again_but_does_not_flutter() {
        let mut loads = vec![1.4; 5];
        loads.extend([1.2; 200]);
        assert_eq!(strides(&loads).last(), Some(&2), "too little room for every frame");
        loads.extend([0.5; 200]);
        assert_eq!(strides(&loads).last(), Some(&1));
        let around: Vec<f64> = (0..400).map(|i| if i / 20 % 2 == 0 { 1.22 } else { 1.28 }).collect();
        let changes = strides(&around).windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert!(changes <= 1, "{changes}");
    }

    #[test]
    fn nonsense_is_ignored_and_there_is_an_end() {
        let mut thinning = Thinning::default();
        for (work, interval) in [(f64::NAN, 0.1), (1.0, 0.0), (1.0, f64::NAN), (f64::INFINITY, 1.0)] {
            thinning.observe(work, interval);
        }
        assert_eq!(thinning.stride(), 1);
        thinning.observe(1e9, 1e-3);
        assert_eq!(thinning.stride(), 1, "the first one does not count");
        thinning.observe(1e9, 1e-3);
        assert_eq!(thinning.stride(), MAX_STRIDE);
    }
}
