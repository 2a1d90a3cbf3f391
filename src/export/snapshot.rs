//! One picture with its tracks as a PNG file.

use super::drawing::{Drawing, Painter};
use super::error::ExportError;
use crate::frame::Frame;
use crate::geometry::FrameIndex;
use crate::media::{MediaError, PngPixels, write_png};
use crate::tracks::TrackStore;
use crate::whole;
use std::path::Path;

/// Writes a picture with the tracks on their frame `at` into a new file. Nothing is left of a file that cannot be
/// written to the end.
///
/// # Errors
/// If something of this name is there already, or it cannot be written.
pub fn write_snapshot(
    path: &Path,
    frame: &Frame,
    tracks: &TrackStore,
    at: FrameIndex,
    drawing: &Drawing,
) -> Result<(), ExportError> {
    let unwritable = |problem| ExportError::Unwritable { problem, path: path.to_owned() };
    let mut painter = Painter::new(frame.size(), frame.size(), drawing.clone())?;
    let file = whole::beside(path, ".part").map_err(|error| ExportError::from_io(&error, path))?;
    let size = painter.size();
    write_png(file.path(), size, PngPixels::Rgb(painter.over(frame, at, tracks)?)).map_err(|error| match error {
        // The user never sees the file under its first name.
        MediaError::Unwritable { problem, .. } => unwritable(problem),
        other => other.into(),
    })?;
    file.persist_noclobber(path).map(drop).map_err(|error| ExportError::from_io(&error.error, path))
}
