//! What the tests of clips and pictures are made from.

use super::store;
use cotrail::frame::Frame;
use cotrail::geometry::{FrameIndex, Size};
use cotrail::media::{FrameSource, MediaError, SourceInfo, SourceKind};
use cotrail::tracks::TrackStore;

pub(super) const SIZE: Size = Size::new(160, 120);

/// Grey pictures, brighter from frame to frame, at uneven times; some do not decode.
pub(super) struct Grey {
    info: SourceInfo,
    missing: Vec<u32>,
}

impl Grey {
    pub(super) fn new(num_frames: usize, missing: &[u32]) -> Self {
        // 25 frames per second, and every fourth frame stays twice as long.
        let times_secs = (0..num_frames).map(|i| (i + i / 4) as f64 / 25.0).collect();
        let path = std::path::Path::new("");
        let info = SourceInfo::even(SourceKind::Synthetic, path, SIZE, num_frames, 20.0, "synthetic");
        let info = SourceInfo { times_secs, variable_rate: true, ..info };
        Self { info, missing: missing.to_vec() }
    }

    pub(super) fn level(index: u32) -> u8 {
        (40 + 6 * index) as u8
    }
}

impl FrameSource for Grey {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn read(&mut self, frame: FrameIndex) -> Result<Frame, MediaError> {
        if self.missing.contains(&frame.0) {
            return Err(MediaError::MissingFrame(frame));
        }
        let rgb = vec![Self::level(frame.0); 3 * SIZE.area()];
        Ok(Frame::new(frame, self.info.time_secs(frame), SIZE, rgb))
    }
}

/// Where the one track of [`tracked`] is.
pub(super) fn place(frame: usize) -> (f32, f32) {
    (30.3 + 4.0 * frame as f32, 40.6 + 2.0 * frame as f32)
}

pub(super) fn tracked(num_frames: usize) -> TrackStore {
    store(&[("dot", 0)], num_frames, |_, frame| place(frame))
}
