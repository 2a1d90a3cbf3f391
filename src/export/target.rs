//! The place that an export goes to.

use super::error::ExportError;
use crate::geometry::FrameIndex;
use crate::whole;
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// Where a file that is made complete and then renamed has to go: what a link points to, not the link.
///
/// # Errors
/// If there is something that must not be replaced: a folder, a device or pipe, a write-protected file.
pub(super) fn resolve(path: &Path) -> Result<PathBuf, ExportError> {
    whole::target(path).map_err(|problem| ExportError::Unwritable { problem, path: path.to_owned() })
}

/// Whether these frames are in a clip of so many.
///
/// # Errors
/// If the range is empty, or reaches beyond the clip.
pub(super) fn check_frames(frames: &RangeInclusive<FrameIndex>, num_frames: usize) -> Result<(), ExportError> {
    let (first, last) = (*frames.start(), *frames.end());
    let is_there = first <= last && last.get() < num_frames;
    if is_there { Ok(()) } else { Err(ExportError::NoSuchFrames { first, last, num_frames }) }
}

/// Whether both names lead to one file that exists.
pub(super) fn is_same_file(a: &Path, b: &Path) -> bool {
    matches!((fs::canonicalize(a), fs::canonicalize(b)), (Ok(a), Ok(b)) if a == b)
}
