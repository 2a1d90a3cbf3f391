//! How much of a clip is refined at once: a window of the online protocol, or the whole clip.

use super::settings::{MIN_SPAN, SPAN_BYTES, TrackerOptions};
use crate::geometry::Size;
use crate::model::{ModelConfig, Network};
use crate::tracks::TrackMode;

impl TrackerOptions {
    /// How a network follows points with these options: one that was trained on whole clips always does so.
    #[must_use]
    pub fn mode(&self, config: &ModelConfig) -> TrackMode {
        if self.memory_bytes(config).is_some() { TrackMode::Offline } else { TrackMode::Window }
    }

    fn memory_bytes(&self, config: &ModelConfig) -> Option<usize> {
        self.span_bytes.or(config.is_for_whole_clips().then_some(SPAN_BYTES))
    }
}

/// Frames that are refined at once, and how far apart such stretches of the clip begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) mode: TrackMode,
    /// Frames in each but perhaps the last one.
    pub(super) len: usize,
    pub(super) step: usize,
}

impl Span {
    /// What a run of `num_tracks` points over `num_frames` frames is followed in.
    pub(super) fn new(
        network: &Network,
        model_size: Size,
        (num_tracks, num_frames): (usize, usize),
        options: &TrackerOptions,
    ) -> Self {
        let config = network.config();
        match options.memory_bytes(config) {
            None => Self { mode: TrackMode::Window, len: config.window_len, step: config.step() },
            Some(bytes) => Self::of_clip(num_frames, bytes / network.bytes_per_frame(model_size, num_tracks)),
        }
    }

    /// A clip in as few spans as hold at most so many frames, all of one length, each with a quarter of its frames in
    /// common with the next one.
    fn of_clip(num_frames: usize, most: usize) -> Self {
        let mode = TrackMode::Offline;
        let most = most.max(MIN_SPAN);
        if num_frames <= most {
            return Self { mode, len: num_frames, step: num_frames };
        }
        let overlap = most / 4;
        let num_spans = (num_frames - overlap).div_ceil(most - overlap);
        let step = (num_frames - overlap).div_ceil(num_spans);
        Self { mode, len: step + overlap, step }
    }

    /// How many stretches a clip is followed in.
    pub(super) fn count(&self, num_frames: usize) -> usize {
        num_frames.saturating_sub(self.len - self.step).div_ceil(self.step).max(1)
    }

    /// Frames that the network is shown where so many are left: a window is filled up.
    pub(super) fn padded(&self, num_frames: usize) -> usize {
        if self.is_offline() { num_frames } else { self.len }
    }

    pub(super) fn is_offline(&self) -> bool {
        self.mode == TrackMode::Offline
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_is_cut_into_as_few_equal_spans_as_fit() {
        let cut = |num_frames, most| {
            let span = Span::of_clip(num_frames, most);
            (span.len, span.step, span.count(num_frames))
        };
        assert_eq!(cut(100, 100), (100, 100, 1));
        assert_eq!(cut(101, 100), (63, 38, 2));
        assert_eq!(cut(1000, 100), (100, 75, 13));
        assert_eq!(cut(5, 1), (5, 5, 1));
        assert_eq!(cut(1000, 1).0, MIN_SPAN, "some frames are looked at, however little memory there is");
        for num_frames in 1..400 {
            let Span { len, step, .. } = Span::of_clip(num_frames, 90);
            let count = Span::of_clip(num_frames, 90).count(num_frames);
            assert!(len <= 90 && (count - 1) * step + len >= num_frames, "{num_frames}: {count} x {len}");
        }
    }
}
