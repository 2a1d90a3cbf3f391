//! Files that are whole or as they were.

use super::error::ExportError;
use super::target;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile};

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
        let mut builder = Builder::new();
        builder.prefix(".cotrail-").suffix(".part");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // less the user's umask, as usual
        let file = builder.tempfile_in(target::folder(&path)).map_err(|error| ExportError::from_io(&error, &path))?;
        Ok(Self { path, file })
    }

    /// Lets the file be written and puts it in its place.
    ///
    /// # Errors
    /// The cause, such as a full disk.
    pub fn finish(self, write: impl FnOnce(&File) -> io::Result<()>) -> Result<(), ExportError> {
        let Self { path, file } = self;
        let written = write(file.as_file()).and_then(|()| {
            if let Ok(replaced) = fs::metadata(&path) {
                file.as_file().set_permissions(replaced.permissions())?;
            }
            file.as_file().sync_all() // a disk may say only now that it is full
        });
        written.map_err(|error| ExportError::from_io(&error, &path))?;
        file.persist(&path).map(drop).map_err(|error| ExportError::from_io(&error.error, &path))
    }
}
