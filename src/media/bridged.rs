//! The one rule for frames that do not decode, in whatever order a clip is read.

use super::source::{FrameSource, MediaError, SourceInfo};
use crate::frame::Frame;
use crate::geometry::FrameIndex;
use std::collections::BTreeSet;

/// How far back a neighbour is looked for; damaged stretches are rarely longer than a group of pictures.
const MAX_REACH: usize = 64;
/// Frames of a block that is read at once where a clip is read from its end: decoders only go forwards.
const BLOCK: usize = 32;
/// And at most so many bytes of pictures.
const MAX_BLOCK_BYTES: usize = 256 << 20;

/// A source that shows the last good frame in place of one that does not decode, the next good one at the start; where
/// no later frame decodes, the clip ends.
pub struct BridgedSource<S = Box<dyn FrameSource>> {
    source: S,
    /// The last frame that counts.
    end: FrameIndex,
    /// What was read last.
    last: Option<Frame>,
    /// From this frame on none decodes up to the one that was found, or to the end.
    gap: Option<(FrameIndex, Option<Frame>)>,
    missing: BTreeSet<FrameIndex>,
    /// What was read last on the way back.
    block: Vec<Frame>,
}

impl<S: FrameSource> BridgedSource<S> {
    /// All frames of a source.
    #[must_use]
    pub fn new(source: S) -> Self {
        let end = FrameIndex::new(source.info().num_frames().saturating_sub(1));
        Self { source, end, last: None, gap: None, missing: BTreeSet::new(), block: Vec::new() }
    }

    /// The same up to this frame: later ones are not looked at.
    #[must_use]
    pub fn up_to(self, end: FrameIndex) -> Self {
        Self { end: self.end.min(end), ..self }
    }

    /// The source, to be read otherwise.
    #[must_use]
    pub fn into_source(self) -> S {
        self.source
    }

    /// What is known of the source.
    #[must_use]
    pub fn info(&self) -> &SourceInfo {
        self.source.info()
    }

    /// The last frame that counts.
    #[must_use]
    pub fn end(&self) -> FrameIndex {
        self.end
    }

    /// What was read last.
    #[must_use]
    pub fn last(&self) -> Option<&Frame> {
        self.last.as_ref()
    }

    /// The frames so far that do not decode, in order.
    #[must_use]
    pub fn missing(&self) -> &BTreeSet<FrameIndex> {
        &self.missing
    }

    /// Reads a frame, or its neighbour under its number and time; `None` where nothing decodes from here on. Reading in
    /// order is fast.
    ///
    /// # Errors
    /// When the source is unusable from here on.
    pub fn read(&mut self, index: FrameIndex) -> Result<Option<Frame>, MediaError> {
        let read = match self.find(index)? {
            Some(good) if good.index == index => good,
            Some(next) => {
                self.missing.insert(index);
                self.earlier(index)?.unwrap_or(next).held_at(index, self.source.info().time_secs(index))
            }
            None => {
                self.missing.extend((index.0..=self.end.0).map(FrameIndex));
                return Ok(None);
            }
        };
        self.last = Some(read.clone());
        Ok(Some(read))
    }

    /// The same for a clip that is read from its end to its start.
    ///
    /// # Errors
    /// As for [`BridgedSource::read`].
    pub fn read_back(&mut self, index: FrameIndex) -> Result<Option<Frame>, MediaError> {
        let known = |block: &[Frame]| block.iter().find(|frame| frame.index == index).cloned();
        if let Some(frame) = known(&self.block) {
            return Ok(Some(frame));
        }
        self.block.clear();
        let most = MAX_BLOCK_BYTES / (3 * self.source.info().size.area()).max(1);
        let first = (index.get() + 1).saturating_sub(most.clamp(1, BLOCK));
        for index in first..=index.get() {
            let read = self.read(FrameIndex::new(index))?;
            self.block.extend(read);
        }
        Ok(known(&self.block))
    }

    /// The first frame from `index` on that decodes. What was found is kept: going back to it would cost a seek.
    fn find(&mut self, index: FrameIndex) -> Result<Option<Frame>, MediaError> {
        if let Some((first, found)) = &self.gap
            && *first <= index
            && found.as_ref().is_none_or(|found| index <= found.index)
        {
            return Ok(found.clone());
        }
        for at in (index.0..=self.end.0).map(FrameIndex) {
            match self.source.read(at) {
                Ok(frame) if frame.size() == self.source.info().size => {
                    if at != index {
                        self.gap = Some((index, Some(frame.clone())));
                    }
                    return Ok(Some(frame));
                }
                Ok(_) | Err(MediaError::MissingFrame(_)) => {}
                Err(MediaError::NoSuchFrame { .. }) => break,
                Err(error) => return Err(error),
            }
        }
        self.gap = Some((index, None));
        Ok(None)
    }

    /// The last good frame before this one.
    fn earlier(&mut self, index: FrameIndex) -> Result<Option<Frame>, MediaError> {
        if let Some(last) = self.last.as_ref().filter(|last| last.index.0 + 1 == index.0) {
            return Ok(Some(last.clone())); // bridged already where that one was missing, too
        }
        for before in (index.get().saturating_sub(MAX_REACH)..index.get()).rev() {
            match self.source.read(FrameIndex::new(before)) {
                Ok(frame) if frame.size() == self.source.info().size => return Ok(Some(frame)),
                Ok(_) | Err(MediaError::MissingFrame(_)) => {}
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
    use crate::media::SourceKind;

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

    fn damaged(missing: &[u32]) -> BridgedSource<Damaged> {
        let info = SourceInfo::even(SourceKind::Synthetic, std::path::Path::new(""), Size::new(1, 1), 8, 1.0, "made");
        BridgedSource::new(Damaged { info, missing: missing.to_vec() })
    }

    /// What a frame shows.
    fn red(read: Result<Option<Frame>, MediaError>, index: u32) -> Option<u8> {
        let frame = read.unwrap()?;
        assert_eq!((frame.index, frame.time_secs), (FrameIndex(index), f64::from(index)));
        Some(frame.pixel(0, 0)[0])
    }

    /// What each frame of the clip shows, and how many were missing.
    fn shown(missing: &[u32], clip: std::ops::RangeInclusive<u32>) -> (Vec<u8>, usize) {
        let mut source = damaged(missing).up_to(FrameIndex(*clip.end()));
        let reds = clip.map_while(|index| red(source.read(FrameIndex(index)), index)).collect();
        (reds, source.missing().len())
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

    #[test]
    fn in_any_order_a_frame_shows_the_same() {
        let in_order = [2, 2, 2, 2, 4, 4, 6].map(Some).into_iter().chain([None]).collect::<Vec<_>>();
        let missing = [0, 1, 3, 5, 7];
        let mut source = damaged(&missing);
        let mut seen = vec![None; 8];
        for index in [5, 3, 6, 7, 0, 4, 1, 2] {
            seen[index as usize] = red(source.read(FrameIndex(index)), index);
        }
        assert_eq!(seen, in_order);
        assert_eq!(source.missing().iter().map(|frame| frame.0).collect::<Vec<_>>(), missing);
        let mut source = damaged(&missing);
        let back: Vec<_> = (0..8).rev().map(|index| red(source.read_back(FrameIndex(index)), index)).collect();
        assert_eq!(back.into_iter().rev().collect::<Vec<_>>(), in_order);
    }
}
