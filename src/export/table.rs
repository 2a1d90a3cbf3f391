//! Tables into files.

use super::error::ExportError;
use super::whole::WholeFile;
use crate::geometry::FrameIndex;
use crate::media::{BridgedSource, FrameSource, SourceInfo};
use crate::sync::CancelToken;
use crate::tracks::{AboutSource, Table, TableFormat, write_tapvid};
use std::fs;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

/// What tables say of a clip.
#[must_use]
pub fn source_of(info: &SourceInfo) -> AboutSource {
    AboutSource {
        path: info.path.display().to_string(),
        size: info.size,
        frame_rate: info.frame_rate,
        num_frames: info.num_frames(),
        pixel_aspect: info.pixel_aspect,
    }
}

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

    /// Whether the clip's pictures are part of it: it is written by [`Self::run_with`] then.
    #[must_use]
    pub fn holds_pictures(&self) -> bool {
        self.format.holds_pictures()
    }

    /// Writes the table with the pictures of its clip, where they are part of it, and puts it in its place. Frames that
    /// do not decode show their neighbour.
    ///
    /// # Errors
    /// As [`Self::run`], and what is wrong with the source.
    pub fn run_with(
        self,
        table: &impl Table,
        source: &mut dyn FrameSource,
        cancel: &CancelToken,
    ) -> Result<(), ExportError> {
        if !self.holds_pictures() {
            return self.run(table, cancel);
        }
        let mut source = BridgedSource::new(source);
        let mut picture = |frame| {
            let read = source.read(FrameIndex(frame)).map_err(io::Error::other)?;
            let frame = read.ok_or_else(|| io::Error::other(format!("frame {frame} does not decode")))?;
            Ok(frame.rgb().to_vec())
        };
        self.write(cancel, |to| write_tapvid(table, &mut picture, to))
    }

    /// Writes the table and puts it in its place.
    ///
    /// # Errors
    /// [`ExportError::Cancelled`], or the cause, such as a full disk.
    pub fn run(self, table: &impl Table, cancel: &CancelToken) -> Result<(), ExportError> {
        let format = self.format;
        self.write(cancel, |to| table.write(format, to))
    }

    fn write(
        self,
        cancel: &CancelToken,
        content: impl FnOnce(&mut BufWriter<Cancellable<'_>>) -> io::Result<()>,
    ) -> Result<(), ExportError> {
        let written = self.file.finish(|file| {
            let mut to = BufWriter::with_capacity(BUFFER_BYTES, Cancellable { to: file, cancel });
            content(&mut to)?;
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
