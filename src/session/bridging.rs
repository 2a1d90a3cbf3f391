//! Reading past frames that do not decode.

use crate::frame::Frame;
use crate::geometry::FrameIndex;
use crate::media::{FrameSource, MediaError};
use std::collections::BTreeSet;

/// How far a neighbour is looked for; damaged stretches are rarely longer than a group of pictures.
const MAX_REACH: usize = 64;

/// A source whose missing frames are bridged by their nearest earlier neighbour (or later, at the start) and counted.
pub(super) struct BridgedSource {
    source: Box<dyn FrameSource>,
    last: Option<Frame>,
    missing: BTreeSet<FrameIndex>,
}

impl BridgedSource {
    pub(super) fn new(source: Box<dyn FrameSource>) -> Self {
        Self { source, last: None, missing: BTreeSet::new() }
    }

    pub(super) fn info(&self) -> &crate::media::SourceInfo {
        self.source.info()
    }

    /// How many of the frames asked for were missing.
    pub(super) fn num_missing(&self) -> usize {
        self.missing.len()
    }

    /// Which of the frames asked for were missing, in order.
    pub(super) fn missing(&self) -> Vec<FrameIndex> {
        self.missing.iter().copied().collect()
    }

    /// Reads a frame, or its neighbour under its number and time.
    pub(super) fn read(&mut self, frame: FrameIndex) -> Result<Frame, MediaError> {
        let read = match self.source.read(frame) {
            Err(MediaError::MissingFrame(_)) => {
                self.missing.insert(frame);
                self.neighbour(frame)?.held_at(frame, self.source.info().time_secs(frame))
            }
            other => other?,
        };
        self.last = Some(read.clone());
        Ok(read)
    }

    fn neighbour(&mut self, frame: FrameIndex) -> Result<Frame, MediaError> {
        if let Some(last) = self.last.as_ref().filter(|last| last.index.0 + 1 == frame.0) {
            return Ok(last.clone()); // already bridged where that one was missing, too
        }
        let first = frame.get().saturating_sub(MAX_REACH);
        let earlier = (first..frame.get()).rev();
        let end = self.source.info().num_frames().min(frame.get() + 1 + MAX_REACH);
        let later = frame.get() + 1..end;
        for index in earlier.chain(later) {
            match self.source.read(FrameIndex::new(index)) {
                Err(MediaError::MissingFrame(_)) => {}
                other => return other,
            }
        }
        Err(MediaError::MissingFrame(frame))
    }
}
