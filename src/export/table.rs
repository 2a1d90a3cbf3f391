//! Tables into files.

use super::error::ExportError;
use super::whole::WholeFile;
use crate::sync::CancelToken;
use crate::tracks::{Table, TableFormat};
use std::fs;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

/// A place for a table, found writable; the file under its name comes with [`TableExport::run`]. Dropped before, it
/// leaves nothing behind.
#[derive(Debug)]
pub struct TableExport {
    format: TableFormat,
    file: WholeFile,
}

impl TableExport {
    /// Makes sure that a table can be written here; the name's ending says in which format.
    ///
    /// # Errors
    /// An unknown ending, and everything that keeps a file from being written there.
    pub fn open(path: &Path) -> Result<Self, ExportError> {
        Self::open_as(TableFormat::from_path(path)?, path)
    }

    /// The same for a table in this format, whatever its name.
    ///
    /// # Errors
    /// Everything that keeps a file from being written there.
    pub fn open_as(format: TableFormat, path: &Path) -> Result<Self, ExportError> {
        Ok(Self { format, file: WholeFile::open(path)? })
    }

    /// Writes the table and puts it in its place.
    ///
    /// # Errors
    /// [`ExportError::Cancelled`], or the cause, such as a full disk.
    pub fn run(self, table: &impl Table, cancel: &CancelToken) -> Result<(), ExportError> {
        let Self { format, file } = self;
        let written = file.finish(|file| {
            let mut to = BufWriter::with_capacity(BUFFER_BYTES, Cancellable { to: file, cancel });
            table.write(format, &mut to)?;
            to.flush()
        });
        if written.is_err() && cancel.is_cancelled() { Err(ExportError::Cancelled) } else { written }
    }
}

/// Writes a table into a file: [`TableExport::open`], then [`TableExport::run`].
///
/// # Errors
/// Theirs.
pub fn export_table(table: &impl Table, path: &Path, cancel: &CancelToken) -> Result<(), ExportError> {
    TableExport::open(path)?.run(table, cancel)
}

/// Also how often a cancel is looked for: a few times a second on any disk.
const BUFFER_BYTES: usize = 1 << 18;

/// A file that takes nothing more once the work is cancelled.
struct Cancellable<'a> {
    to: &'a fs::File,
    cancel: &'a CancelToken,
}

impl Write for Cancellable<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // `Interrupted` would be the word, but writers try again after that one.
        if self.cancel.is_cancelled() { Err(io::Error::other("cancelled")) } else { self.to.write(bytes) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

impl Seek for Cancellable<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.to.seek(to)
    }
}
