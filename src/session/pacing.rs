//! Which frame is due while a clip plays. Pure: time is an argument.

use crate::geometry::FrameIndex;

/// A clip that plays from a frame on, by the true times of its frames.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Playback {
    started_at_secs: f64,
    clip_start_secs: f64,
    speed: f64,
}

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Due {
    /// The frame to show now.
    pub frame: FrameIndex,
    /// How long until the next one, in seconds; `None` on the last frame.
    pub next_in_secs: Option<f64>,
    /// Whether the last frame has had its time.
    pub over: bool,
}

impl Playback {
    /// Starts at `frame` when the clock shows `now_secs`; `speed` 1 is real time.
    #[must_use]
    pub fn start(times_secs: &[f64], frame: FrameIndex, now_secs: f64, speed: f64) -> Self {
        let clip_start_secs = times_secs.get(frame.get()).copied().unwrap_or(0.0);
        Self { started_at_secs: now_secs, clip_start_secs, speed }
    }

    /// The frame whose time has come at `now_secs`. Slow drawing skips frames, it never slows the clip.
    #[must_use]
    pub fn due(&self, times_secs: &[f64], now_secs: f64) -> Due {
        let at = self.clip_start_secs + (now_secs - self.started_at_secs).max(0.0) * self.speed;
        // A frame is due slightly early rather than one screen refresh late.
        let after = times_secs.partition_point(|time| *time <= at + 1e-6);
        let frame = FrameIndex::new(after.saturating_sub(1));
        let next_in_secs = times_secs.get(after).map(|time| ((time - at) / self.speed).max(0.0));
        let over = next_in_secs.is_none() && at >= end_secs(times_secs);
        Due { frame, next_in_secs, over }
    }

    /// How long until the clip is over, in seconds.
    #[must_use]
    pub fn ends_in_secs(&self, times_secs: &[f64], now_secs: f64) -> f64 {
        let at = self.clip_start_secs + (now_secs - self.started_at_secs).max(0.0) * self.speed;
        ((end_secs(times_secs) - at) / self.speed).max(0.0)
    }
}

/// When the last frame has had its time: it lasts as long as the one before.
fn end_secs(times_secs: &[f64]) -> f64 {
    match times_secs {
        [.., before, last] => last + (last - before),
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNEVEN: [f64; 4] = [0.0, 0.1, 0.5, 0.6];

    fn frame_at(playback: &Playback, now: f64) -> u32 {
        playback.due(&UNEVEN, now).frame.0
    }

    #[test]
    fn frames_of_uneven_length_stay_for_their_own_time() {
        let playback = Playback::start(&UNEVEN, FrameIndex(0), 10.0, 1.0);
        let shown: Vec<u32> = [10.0, 10.09, 10.1, 10.3, 10.49, 10.5, 10.6].map(|now| frame_at(&playback, now)).into();
        assert_eq!(shown, vec![0, 0, 1, 1, 1, 2, 3]);
        let wait = playback.due(&UNEVEN, 10.2).next_in_secs.unwrap();
        assert!((wait - 0.3).abs() < 1e-9, "{wait}");
    }

    #[test]
    fn a_slow_shell_skips_frames_instead_of_slowing_down() {
        let playback = Playback::start(&UNEVEN, FrameIndex(1), 0.0, 1.0);
        assert_eq!(frame_at(&playback, 0.45), 2);
        assert_eq!(playback.due(&UNEVEN, 0.55), Due { frame: FrameIndex(3), next_in_secs: None, over: false });
        assert!(playback.due(&UNEVEN, 0.61).over);
    }

    #[test]
    fn half_speed_takes_twice_as_long() {
        let playback = Playback::start(&UNEVEN, FrameIndex(0), 0.0, 0.5);
        assert_eq!((frame_at(&playback, 0.19), frame_at(&playback, 0.21)), (0, 1));
    }

    #[test]
    fn a_single_picture_is_over_at_once() {
        let playback = Playback::start(&[0.0], FrameIndex(0), 0.0, 1.0);
        assert!(playback.due(&[0.0], 0.0).over);
    }
}
