//! A picture for every frame, also for those that do not decode.

use super::error::ExportError;
use crate::frame::Frame;
use crate::geometry::FrameIndex;
use crate::media::{FrameSource, MediaError};
use crate::sync::CancelToken;
use std::ops::RangeInclusive;

/// Gives a picture for every frame, also for those that do not decode.
pub(super) struct Bridge {
    frames: RangeInclusive<FrameIndex>,
    held: Option<Frame>,
    /// The frames that show the picture of another one.
    pub(super) bridged: Vec<FrameIndex>,
}

impl Bridge {
    pub(super) fn new(frames: RangeInclusive<FrameIndex>) -> Self {
        Self { frames, held: None, bridged: Vec::new() }
    }

    /// The picture of a frame. Frames must be asked for in order.
    pub(super) fn picture(
        &mut self,
        index: FrameIndex,
        source: &mut dyn FrameSource,
        cancel: &CancelToken,
    ) -> Result<&Frame, ExportError> {
        let held_index = self.held.as_ref().map(|held| held.index);
        let read = match held_index {
            Some(held) if held >= index => None, // found ahead, when the first ones did not decode
            Some(_) => read(source, index, cancel)?,
            None => self.first_good(source, cancel)?,
        };
        if let Some(frame) = read {
            self.held = Some(frame);
        }
        let frame = self
            .held
            .as_ref()
            .ok_or(ExportError::NothingDecodes { first: *self.frames.start(), last: *self.frames.end() })?;
        if frame.index != index {
            self.bridged.push(index);
        }
        Ok(frame)
    }

    fn first_good(&self, source: &mut dyn FrameSource, cancel: &CancelToken) -> Result<Option<Frame>, ExportError> {
        for index in self.frames.start().get()..=self.frames.end().get() {
            if let Some(frame) = read(source, FrameIndex::new(index), cancel)? {
                return Ok(Some(frame));
            }
        }
        Ok(None)
    }
}

/// Reads a frame, `None` if it does not decode.
fn read(source: &mut dyn FrameSource, index: FrameIndex, cancel: &CancelToken) -> Result<Option<Frame>, ExportError> {
    if cancel.is_cancelled() {
        return Err(ExportError::Cancelled);
    }
    match source.read(index) {
        Ok(frame) if frame.size() == source.info().size => Ok(Some(frame)),
        Ok(_) | Err(MediaError::MissingFrame(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
