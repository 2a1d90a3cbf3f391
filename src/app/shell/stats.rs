//! How long the interface takes for its frames.

use std::collections::VecDeque;

/// Frames that the statistics window looks back on.
const RECENT: usize = 600;
/// Frames kept for the summary at the end; an hour at 60 Hz.
const MAX_KEPT: usize = 216_000;

/// Times of the interface's own frames: layout, painting and upload on the CPU, without the wait for the screen.
#[derive(Debug, Default)]
pub(crate) struct FrameTimes {
    recent: VecDeque<f32>,
    idle: Vec<f32>,
    tracking: Vec<f32>,
}

/// Percentiles of some frame times, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Summary {
    pub(crate) num_frames: usize,
    pub(crate) p50_millis: f32,
    pub(crate) p99_millis: f32,
    pub(crate) max_millis: f32,
}

impl FrameTimes {
    pub(crate) fn push(&mut self, secs: f32, is_tracking: bool) {
        self.recent.push_back(secs);
        if self.recent.len() > RECENT {
            self.recent.pop_front();
        }
        let kept = if is_tracking { &mut self.tracking } else { &mut self.idle };
        if kept.len() < MAX_KEPT {
            kept.push(secs);
        }
    }

    pub(crate) fn last_secs(&self) -> Option<f32> {
        self.recent.back().copied()
    }

    pub(crate) fn recent(&self) -> Option<Summary> {
        summary(self.recent.iter().copied())
    }

    /// All frames: while nothing was tracked, and while something was.
    pub(crate) fn overall(&self) -> [(&'static str, Option<Summary>); 2] {
        [("idle", summary(self.idle.iter().copied())), ("tracking", summary(self.tracking.iter().copied()))]
    }
}

fn summary(secs: impl Iterator<Item = f32>) -> Option<Summary> {
    let mut sorted: Vec<f32> = secs.collect();
    sorted.sort_by(f32::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    let at = |share: f32| 1e3 * sorted[(share * last as f32).round() as usize];
    Some(Summary { num_frames: sorted.len(), p50_millis: at(0.5), p99_millis: at(0.99), max_millis: at(1.0) })
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { num_frames, p50_millis, p99_millis, max_millis } = self;
        write!(f, "{num_frames} frames, p50 {p50_millis:.2} ms, p99 {p99_millis:.2} ms, max {max_millis:.2} ms")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_sorted_times() {
        let mut times = FrameTimes::default();
        (1..=101).rev().for_each(|millis| times.push(millis as f32 / 1e3, millis > 100));
        let recent = times.recent().unwrap();
        assert_eq!(recent.num_frames, 101);
        assert!((recent.p50_millis - 51.0).abs() < 0.01 && (recent.p99_millis - 100.0).abs() < 0.01);
        assert_eq!(times.overall()[1].1.unwrap().num_frames, 1);
        assert_eq!(FrameTimes::default().recent(), None);
    }
}
