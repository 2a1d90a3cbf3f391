//! The place that an export goes to.

use super::error::ExportError;
use crate::geometry::FrameIndex;
use std::fs;
use std::io::ErrorKind;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// Where a file that is made complete and then renamed has to go: what a link points to, not the link.
///
/// # Errors
/// If there is something that must not be replaced: a folder, a device or pipe, a write-protected file.
pub(super) fn resolve(path: &Path) -> Result<PathBuf, ExportError> {
    let refuse = |problem: &str| Err(ExportError::Unwritable { problem: problem.to_owned(), path: path.to_owned() });
    if path.file_name().is_none() {
        return refuse("this is no file name");
    }
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(path.to_owned()),
        Err(error) => return Err(ExportError::from_io(&error, path)),
    };
    if found.is_dir() {
        refuse("this is a folder")
    } else if !found.is_file() {
        refuse("this is not a regular file")
    } else if found.permissions().readonly() {
        refuse("the file is write-protected")
    } else {
        Ok(fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()))
    }
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

/// The folder in which a path's file stands.
pub(super) fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Whether both names lead to one file that exists.
pub(super) fn is_same_file(a: &Path, b: &Path) -> bool {
    matches!((fs::canonicalize(a), fs::canonicalize(b)), (Ok(a), Ok(b)) if a == b)
}
