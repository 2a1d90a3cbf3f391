//! Moves what is old from memory into the files. For a thread that may wait for a disk.

use super::folder::{Folder, Place, sweep};
use super::left::Known;
use super::{Inner, Row, TrackLog, chunk};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// The side of a log that may wait for a disk. Dropped, it removes the files, unless they
/// [outlive](LogWriter::outliving) it.
#[derive(Debug)]
pub struct LogWriter {
    log: Arc<TrackLog>,
    parent: PathBuf,
    folder: Option<Folder>,
    outlives: bool,
    /// How far the log was when all of it was last written aside, and what was known of the stream then.
    written_aside: Option<(u64, Known)>,
}

impl LogWriter {
    /// Keeps the files of a log in a folder of its own below `parent`; made when there is something to write.
    #[must_use]
    pub fn new(log: Arc<TrackLog>, parent: PathBuf) -> Self {
        Self { log, parent, folder: None, outlives: false, written_aside: None }
    }

    /// The files stay when this is dropped, for [`super::LeftLog::find`]; they take the place of what other streams
    /// left.
    #[must_use]
    pub fn outliving(self) -> Self {
        Self { outlives: true, ..self }
    }

    /// Removes what logs left whose program ended without a word, and which nobody can read any more.
    pub fn sweep(&self) {
        sweep(&self.parent, false);
    }

    /// Writes what is in memory and what is known of the stream beside the files, so that a crash leaves a log that can
    /// be read. Does nothing where no point was followed since the last call.
    ///
    /// # Errors
    /// What the disk said; what was written before stays.
    pub fn write_aside(&mut self) -> io::Result<()> {
        let inner = self.log.lock();
        let (Some(last_row), Some(stream)) = (inner.last_noted_row(), inner.description.clone()) else {
            return Ok(());
        };
        let known = Known { stream: (*stream).clone(), settled: inner.settled };
        let first_row = inner.first_in_memory();
        let rows: Vec<Row> = inner.rows.iter().cloned().collect();
        drop(inner);
        let is_new_row = self.written_aside.as_ref().is_none_or(|(row, _)| *row != last_row);
        let is_new = self.written_aside.as_ref().is_none_or(|(_, before)| *before != known);
        let folder = self.folder()?;
        if is_new_row {
            let (head, bytes) = chunk::encode(&rows);
            folder.put_newest(first_row, head, &bytes)?;
        }
        if is_new {
            folder.describe(&serde_json::to_vec(&known).map_err(io::Error::other)?)?;
        }
        self.written_aside = Some((last_row, known));
        Ok(())
    }

    /// The folder, made where there is none yet.
    fn folder(&mut self) -> io::Result<&mut Folder> {
        if self.folder.is_none() {
            if self.outlives {
                sweep(&self.parent, true);
            }
            let mut folder = Folder::create(&self.parent)?;
            folder.outlives = self.outlives;
            self.folder = Some(folder);
        }
        Ok(self.folder.as_mut().expect("one was just made where there was none"))
    }

    /// Writes what has no room in memory. After an error there is no use in another attempt.
    ///
    /// # Errors
    /// What the disk said. Nothing is lost by that; what is in memory stays until there is too much of it.
    pub fn work(&mut self) -> io::Result<()> {
        while let Some((log_row, rows)) = self.take() {
            let written = self.write(log_row, &rows);
            let mut inner = self.log.lock();
            inner.writing = (0, Arc::default());
            match written {
                Ok(written) => inner.take_over(written),
                Err(error) => {
                    inner.take_back(log_row, &rows);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// The oldest rows, if there is too much in memory, and the number of the first; readers find them under `writing`.
    fn take(&self) -> Option<(u64, Arc<[Row]>)> {
        let limits = self.log.limits;
        let mut inner = self.log.lock();
        if inner.rows_bytes <= limits.memory_bytes {
            return None;
        }
        let log_row = inner.first_in_memory();
        let (mut taken, mut num_bytes) = (Vec::new(), 0);
        while num_bytes < limits.chunk_bytes
            && inner.rows.len() > 1
            && let Some(row) = inner.rows.pop_front()
        {
            num_bytes += row.bytes();
            taken.push(row);
        }
        inner.rows_bytes -= num_bytes;
        let rows: Arc<[Row]> = taken.into();
        inner.writing = (log_row, Arc::clone(&rows));
        (!rows.is_empty()).then_some((log_row, rows))
    }

    fn write(&mut self, log_row: u64, rows: &[Row]) -> io::Result<Written> {
        let limits = self.log.limits;
        let (head, bytes) = chunk::encode(rows);
        let folder = self.folder()?;
        let place = folder.append(log_row, head, &bytes, limits.file_bytes)?;
        let num_dropped = folder.shrink(limits.disk_bytes);
        Ok(Written { place, num_dropped, disk_bytes: folder.num_bytes })
    }
}

/// What came of writing.
struct Written {
    /// Where the rows lie now.
    place: Place,
    /// How many chunks had to go for them.
    num_dropped: usize,
    /// Bytes in files.
    disk_bytes: u64,
}

impl Inner {
    fn take_over(&mut self, written: Written) {
        self.places.push_back(written.place);
        self.disk_bytes = written.disk_bytes;
        let num_dropped = written.num_dropped.min(self.places.len());
        let dropped: u64 = self.places.drain(..num_dropped).map(|place| u64::from(place.head.rows)).sum();
        self.num_lost += dropped;
        if dropped > 0 {
            self.forget_lost_tracks();
        }
    }

    /// Rows that could not be written are in memory again; unless later ones had to go meanwhile.
    fn take_back(&mut self, log_row: u64, rows: &[Row]) {
        if log_row + rows.len() as u64 != self.first_in_memory() {
            self.num_lost += rows.len() as u64;
            return;
        }
        for row in rows.iter().rev() {
            self.rows_bytes += row.bytes();
            self.rows.push_front(row.clone());
        }
    }
}
