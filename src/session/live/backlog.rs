//! Frames that came while the picture was frozen. Bounded: the longer it lasts, the farther apart they are.

use crate::session::camera::CameraFrame;
use std::collections::VecDeque;

/// Frames that are kept at most.
const MAX_FRAMES: usize = 32;
/// Fewer where they are large: bytes of them.
const MAX_BYTES: usize = 96 << 20;
/// But never fewer than that.
const MIN_FRAMES: usize = 4;

/// Frames to be followed, oldest first.
#[derive(Debug)]
pub(super) struct Backlog {
    frames: VecDeque<CameraFrame>,
    /// Every how manieth frame is kept.
    stride: u32,
    /// Frames that came since the last one that was kept.
    since: u32,
    /// Frames that were left out.
    pub(super) num_left_out: u64,
}

impl Backlog {
    pub(super) fn new() -> Self {
        Self { frames: VecDeque::new(), stride: 1, since: 0, num_left_out: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.frames.len()
    }

    /// A frame came.
    pub(super) fn push(&mut self, frame: CameraFrame) {
        self.since += 1;
        if self.since < self.stride {
            self.num_left_out += 1;
            return;
        }
        self.since = 0;
        let max = (MAX_BYTES / frame.frame.rgb().len().max(1)).clamp(MIN_FRAMES, MAX_FRAMES);
        self.frames.push_back(frame);
        if self.frames.len() > max {
            let before = self.frames.len();
            let mut is_kept = false; // the newest one is, where the number is even
            self.frames.retain(|_| {
                is_kept ^= true;
                is_kept
            });
            self.num_left_out += (before - self.frames.len()) as u64;
            self.stride *= 2;
        }
    }

    /// The next frame to follow. Every second one is left out while others wait, so that an end is reached.
    pub(super) fn pop(&mut self) -> Option<CameraFrame> {
        if self.frames.len() > 1 {
            self.frames.pop_front();
            self.num_left_out += 1;
        }
        let frame = self.frames.pop_front();
        if self.frames.is_empty() {
            (self.stride, self.since) = (1, 0);
        }
        frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Frame;
    use crate::geometry::{FrameIndex, Size};
    use std::time::Instant;

    fn frame(index: u32) -> CameraFrame {
        let size = Size::new(2, 1);
        let frame = Frame::new(FrameIndex(index), f64::from(index), size, vec![0; 6]);
        CameraFrame { frame, taken_at: Instant::now(), ready_at: Instant::now() }
    }

    #[test]
    fn without_a_freeze_every_frame_passes() {
        let mut backlog = Backlog::new();
        for index in 0..100 {
            backlog.push(frame(index));
            assert_eq!(backlog.pop().map(|taken| taken.frame.index), Some(FrameIndex(index)));
        }
        assert_eq!((backlog.len(), backlog.num_left_out), (0, 0));
    }

    #[test]
    fn a_long_freeze_keeps_frames_that_are_evenly_spaced_and_an_end_is_reached() {
        let mut backlog = Backlog::new();
        (0..10_000).for_each(|index| backlog.push(frame(index)));
        assert!((MAX_FRAMES / 2..=MAX_FRAMES).contains(&backlog.len()), "{}", backlog.len());
        let mut followed = Vec::new();
        let mut next = 10_000;
        while let Some(taken) = backlog.pop() {
            followed.push(taken.frame.index.0);
            backlog.push(frame(next)); // the camera goes on
            next += 1;
            if backlog.len() <= 1 {
                break;
            }
        }
        assert!(followed.is_sorted() && followed.len() <= MAX_FRAMES, "{followed:?}");
        let gaps: Vec<u32> = followed.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(gaps.windows(2).filter(|pair| pair[0] != pair[1]).count() <= 2, "{gaps:?}");
        assert_eq!(u64::from(next) - backlog.num_left_out, followed.len() as u64 + backlog.len() as u64);
    }
}
