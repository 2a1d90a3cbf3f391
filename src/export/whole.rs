//! Files that are whole or as they were.

use super::error::ExportError;
use super::target;
use crate::whole;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A place for a file, found writable; the file under its name comes with [`WholeFile::finish`]. Dropped before, it
/// leaves nothing behind.
#[derive(Debug)]
pub struct WholeFile {
    path: PathBuf,
    file: NamedTempFile,
}

impl WholeFile {
    /// Makes sure that a file can be written here.
    ///
    /// # Errors
    /// Everything that keeps it from being written.
    pub fn open(path: &Path) -> Result<Self, ExportError> {
        let path = target::resolve(path)?;
        let file = whole::beside(&path, ".part").map_err(|error| ExportError::from_io(&error, &path))?;
        Ok(Self { path, file })
    }

    /// Lets the file be written and puts it in its place.
    ///
    /// # Errors
    /// The cause, such as a full disk.
    pub fn finish(self, write: impl FnOnce(&File) -> io::Result<()>) -> Result<(), ExportError> {
        let Self { path, file } = self;
        let written = write(file.as_file()).and_then(|()| whole::put(file, &path, true));
        written.map_err(|error| ExportError::from_io(&error, &path))
    }
}
