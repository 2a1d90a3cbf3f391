//! The way through the frames of an export.

use super::error::ExportError;
use crate::geometry::FrameIndex;
use crate::sync::CancelToken;
use std::ops::RangeInclusive;

/// Writes the frames of a range, which is not empty, in order; `progress` is told how many are done, and of how many.
/// Returns how many there are.
///
/// # Errors
/// [`ExportError::Cancelled`], also where that came after the last frame; or what `write` returns.
pub(super) fn each_frame(
    frames: &RangeInclusive<FrameIndex>,
    progress: &mut dyn FnMut(usize, usize),
    cancel: &CancelToken,
    mut write: impl FnMut(FrameIndex) -> Result<(), ExportError>,
) -> Result<usize, ExportError> {
    let (first, last) = (frames.start().get(), frames.end().get());
    let total = last - first + 1;
    for (done, index) in (first..=last).map(FrameIndex::new).enumerate() {
        progress(done, total);
        if cancel.is_cancelled() {
            return Err(ExportError::Cancelled);
        }
        write(index)?;
    }
    if cancel.is_cancelled() { Err(ExportError::Cancelled) } else { Ok(total) }
}
