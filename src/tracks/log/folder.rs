//! The files of a log: appended to, dropped from the oldest on, removed in the end. What a crash leaves is swept away by the next log.

use super::chunk::Head;
use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Held locked for as long as the log is used.
const LOCK: &str = "lock";

/// Where a chunk lies.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The number of its first row in the log.
    pub(super) log_row: u64,
    pub(super) head: Head,
    pub(super) file: Arc<File>,
    pub(super) offset: u64,
}

#[derive(Debug)]
struct Part {
    path: PathBuf,
    file: Arc<File>,
    num_bytes: u64,
    num_chunks: usize,
}

/// A folder of one's own below another one.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// Given back by the system however the program ends.
    _lock: File,
    parts: VecDeque<Part>,
    num_parts: u32,
    pub(super) num_bytes: u64,
}

impl Folder {
    /// A new folder below `parent`, which is made where it is not there.
    ///
    /// # Errors
    /// What keeps it from being made.
    pub(super) fn create(parent: &Path) -> io::Result<Self> {
        fs::create_dir_all(parent)?;
        let own = tempfile::Builder::new().prefix("stream-").tempdir_in(parent)?;
        let lock = File::create(own.path().join(LOCK))?;
        lock.lock()?;
        Ok(Self { path: own.keep(), _lock: lock, parts: VecDeque::new(), num_parts: 0, num_bytes: 0 })
    }

    /// Appends a chunk. Returns where it lies.
    ///
    /// # Errors
    /// What the disk said; what was written before can still be read.
    pub(super) fn append(&mut self, log_row: u64, head: Head, bytes: &[u8], file_bytes: u64) -> io::Result<Place> {
        if self.parts.back().is_none_or(|part| part.num_bytes >= file_bytes) {
            let path = self.path.join(format!("{}.tracks", self.num_parts));
            let file = OpenOptions::new().read(true).append(true).create_new(true).open(&path)?;
            self.num_parts += 1;
            self.parts.push_back(Part { path, file: Arc::new(file), num_bytes: 0, num_chunks: 0 });
        }
        let part = self.parts.back_mut().expect("one was just made where there was none");
        (&*part.file).write_all(bytes)?;
        let place = Place { log_row, head, file: Arc::clone(&part.file), offset: part.num_bytes };
        part.num_bytes += bytes.len() as u64;
        part.num_chunks += 1;
        self.num_bytes += bytes.len() as u64;
        Ok(place)
    }

    /// Removes the oldest files until the others stay within a bound; the newest file always stays. Returns how many chunks were
    /// in those that went.
    pub(super) fn shrink(&mut self, disk_bytes: u64) -> usize {
        let mut num_chunks = 0;
        while self.num_bytes > disk_bytes
            && self.parts.len() > 1
            && let Some(oldest) = self.parts.pop_front()
        {
            fs::remove_file(&oldest.path).ok(); // or it goes with the folder
            self.num_bytes -= oldest.num_bytes;
            num_chunks += oldest.num_chunks;
        }
        num_chunks
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.path).ok(); // else it is swept away by the next log
    }
}

/// Removes the folders of logs whose program is gone.
pub(super) fn sweep(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return }; // there never was a log
    for folder in entries.flatten().map(|entry| entry.path()) {
        let lock = OpenOptions::new().write(true).open(folder.join(LOCK));
        if lock.is_ok_and(|lock| lock.try_lock().is_ok()) {
            fs::remove_dir_all(&folder).ok(); // another log may have been quicker
        }
    }
}

/// Fills `bytes` from a place in a file.
#[cfg(unix)]
pub(super) fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

/// Fills `bytes` from a place in a file.
#[cfg(windows)]
pub(super) fn read_at(file: &File, mut bytes: &mut [u8], mut offset: u64) -> io::Result<()> {
    // Moves the file's own place, which nobody else uses: what is written is appended.
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, bytes, offset)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => {
                bytes = &mut bytes[count..];
                offset += count as u64;
            }
        }
    }
    Ok(())
}
