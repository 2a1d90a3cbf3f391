//! Reading a clip in order past frames that do not decode; and from its end, in blocks.

use crate::frame::Frame;
use crate::geometry::FrameIndex;
use crate::media::{FrameSource, MediaError};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// Frames of a block that is read at once where a clip is followed backwards.
const BLOCK: usize = 32;
/// And at most so many bytes of pictures.
const MAX_BLOCK_BYTES: usize = 256 << 20;

/// A source read forwards, and then backwards. A frame that does not decode shows its last good neighbour, the next good one at the start;
/// where no later frame decodes, the clip ends.
pub(super) struct Frames {
    source: Box<dyn FrameSource>,
    last: FrameIndex,
    shown: Option<Frame>,
    ahead: Option<Frame>,
    missing: BTreeSet<FrameIndex>,
    /// What was read last on the way back.
    block: Vec<Frame>,
}

impl Frames {
    /// The frames `clip` of a source.
    pub(super) fn new(source: Box<dyn FrameSource>, clip: &RangeInclusive<FrameIndex>) -> Self {
        Self { source, last: *clip.end(), shown: None, ahead: None, missing: BTreeSet::new(), block: Vec::new() }
    }

    /// The source, to be read once more.
    pub(super) fn into_source(self) -> Box<dyn FrameSource> {
        self.source
    }

    /// How many of the frames so far did not decode.
    pub(super) fn num_missing(&self) -> usize {
        self.missing.len()
    }

    /// Reads the next frame, `None` where nothing decodes from here on. Frames are asked for in order.
    pub(super) fn read(&mut self, index: FrameIndex) -> Result<Option<Frame>, MediaError> {
        if self.ahead.as_ref().is_none_or(|ahead| ahead.index < index) {
            self.ahead = self.next_good(index)?;
        }
        let Some(ahead) = &self.ahead else {
            self.missing.extend((index.0..=self.last.0).map(FrameIndex));
            return Ok(None);
        };
        if ahead.index == index {
            self.shown = self.ahead.take();
            return Ok(self.shown.clone());
        }
        self.missing.insert(index);
        let neighbour = self.shown.as_ref().unwrap_or(ahead);
        Ok(Some(neighbour.held_at(index, self.source.info().time_secs(index))))
    }

    /// Reads a frame on the way back. Decoders only go forwards, so frames are read in blocks.
    pub(super) fn read_back(&mut self, index: FrameIndex) -> Result<Option<Frame>, MediaError> {
        let known = |block: &[Frame]| block.iter().find(|frame| frame.index == index).cloned();
        if let Some(frame) = known(&self.block) {
            return Ok(Some(frame));
        }
        let most = MAX_BLOCK_BYTES / (3 * self.source.info().size.area()).max(1);
        let first = (index.get() + 1).saturating_sub(most.clamp(1, BLOCK));
        (self.shown, self.ahead, self.last) = (None, None, index);
        let mut block = Vec::new();
        for index in first..=index.get() {
            block.extend(self.read(FrameIndex::new(index))?);
        }
        self.block = block;
        Ok(known(&self.block))
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
    fn from_the_end_a_clip_is_read_as_from_its_start() {
        let path = std::path::Path::new("");
        let info = SourceInfo::even(SourceKind::Synthetic, path, Size::new(1, 1), 8, 1.0, "made");
        let range = FrameIndex(0)..=FrameIndex(7);
        let mut frames = Frames::new(Box::new(Damaged { info, missing: vec![3, 4, 7] }), &range);
        let red = |frame: Option<Frame>| frame.map(|frame| (frame.index.0, frame.pixel(0, 0)[0]));
        let read: Vec<_> = (0..8).rev().map(|index| red(frames.read_back(FrameIndex(index)).unwrap())).collect();
        let back = [(6, 6), (5, 5), (4, 2), (3, 2), (2, 2), (1, 1), (0, 0)].map(Some);
        assert_eq!((read, frames.num_missing()), ([&[None], &back[..]].concat(), 3));
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
