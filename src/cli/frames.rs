//! Reading a clip in order past frames that do not decode.

use crate::frame::Frame;
use crate::geometry::FrameIndex;
use crate::media::{FrameSource, MediaError};
use std::ops::RangeInclusive;

/// A source read forwards. A frame that does not decode shows its last good neighbour, the next good one at the start;
/// where no later frame decodes, the clip ends.
pub(super) struct Frames {
    source: Box<dyn FrameSource>,
    last: FrameIndex,
    shown: Option<Frame>,
    ahead: Option<Frame>,
    num_missing: usize,
}

impl Frames {
    /// The frames `clip` of a source.
    pub(super) fn new(source: Box<dyn FrameSource>, clip: &RangeInclusive<FrameIndex>) -> Self {
        Self { source, last: *clip.end(), shown: None, ahead: None, num_missing: 0 }
    }

    /// The source, to be read once more.
    pub(super) fn into_source(self) -> Box<dyn FrameSource> {
        self.source
    }

    /// How many of the frames so far did not decode.
    pub(super) fn num_missing(&self) -> usize {
        self.num_missing
    }

    /// Reads the next frame, `None` where nothing decodes from here on. Frames are asked for in order.
    pub(super) fn read(&mut self, index: FrameIndex) -> Result<Option<Frame>, MediaError> {
        if self.ahead.as_ref().is_none_or(|ahead| ahead.index < index) {
            self.ahead = self.next_good(index)?;
        }
        let Some(ahead) = &self.ahead else {
            self.num_missing += self.last.get() + 1 - index.get();
            return Ok(None);
        };
        if ahead.index == index {
            self.shown = self.ahead.take();
            return Ok(self.shown.clone());
        }
        self.num_missing += 1;
        let neighbour = self.shown.as_ref().unwrap_or(ahead);
        Ok(Some(neighbour.held_at(index, self.source.info().time_secs(index))))
    }

    /// The first frame from `index` on that decodes.
    fn next_good(&mut self, index: FrameIndex) -> Result<Option<Frame>, MediaError> {
        for index in index.0..=self.last.0 {
            match self.source.read(FrameIndex(index)) {
                Ok(frame) => return Ok(Some(frame)),
                Err(MediaError::MissingFrame(_)) => {}
                Err(MediaError::NoSuchFrame { .. }) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;
    use crate::media::{SourceInfo, SourceKind};

    /// Eight frames of one pixel, its red the frame's number; some do not decode.
    struct Damaged {
        info: SourceInfo,
        missing: Vec<u32>,
    }

    impl FrameSource for Damaged {
        fn info(&self) -> &SourceInfo {
            &self.info
        }

        fn read(&mut self, frame: FrameIndex) -> Result<Frame, MediaError> {
            if self.missing.contains(&frame.0) {
                return Err(MediaError::MissingFrame(frame));
            }
            Ok(Frame::new(frame, f64::from(frame.0), Size::new(1, 1), vec![frame.0 as u8, 0, 0]))
        }
    }

    /// What each frame of the clip shows, and how many were missing.
    fn shown(missing: &[u32], clip: RangeInclusive<u32>) -> (Vec<u8>, usize) {
        let path = std::path::Path::new("");
        let info = SourceInfo::even(SourceKind::Synthetic, path, Size::new(1, 1), 8, 1.0, "made");
        let range = FrameIndex(*clip.start())..=FrameIndex(*clip.end());
        let mut frames = Frames::new(Box::new(Damaged { info, missing: missing.to_vec() }), &range);
        let mut reds = Vec::new();
        for index in clip.map(FrameIndex) {
            let Some(frame) = frames.read(index).unwrap() else { break };
            assert_eq!((frame.index, frame.time_secs), (index, f64::from(index.0)));
            reds.push(frame.pixel(0, 0)[0]);
        }
        (reds, frames.num_missing())
    }

    #[test]
    fn a_whole_clip_is_read_as_it_is() {
        assert_eq!(shown(&[], 0..=7), (vec![0, 1, 2, 3, 4, 5, 6, 7], 0));
        assert_eq!(shown(&[0, 7], 2..=4), (vec![2, 3, 4], 0));
    }

    #[test]
    fn missing_frames_show_the_last_good_one() {
        assert_eq!(shown(&[3, 4, 6], 0..=7), (vec![0, 1, 2, 2, 2, 5, 5, 7], 3));
    }

    #[test]
    fn missing_frames_at_the_start_show_the_next_good_one() {
        assert_eq!(shown(&[0, 1], 0..=3), (vec![2, 2, 2, 3], 2));
    }

    #[test]
    fn missing_frames_at_the_end_shorten_the_clip() {
        assert_eq!(shown(&[5, 6, 7], 0..=7), (vec![0, 1, 2, 3, 4], 3));
        assert_eq!(shown(&[0, 1, 2, 3, 4, 5, 6, 7], 0..=7), (vec![], 8));
    }
}
