//! The files of a log: appended to, dropped from the oldest on, removed in the end. What a crash leaves is swept away
//! by the next log; what is described can be read again until another stream is described.
//!
//! | file          | holds                                                        |
//! |---------------|--------------------------------------------------------------|
//! | `N.tracks`    | chunks, see `chunk`                                          |
//! | `newest`      | a chunk of what was in memory when it was last written aside |
//! | `stream.json` | what is known of the stream                                  |
//! | `lock`        | held for as long as the log is used                          |

use super::chunk::{self, HEADER_BYTES, Head};
use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

const LOCK: &str = "lock";
const DESCRIPTION: &str = "stream.json";
const NEWEST: &str = "newest";
const ENDING: &str = "tracks";
/// What was in memory is never larger.
const MAX_NEWEST_BYTES: u64 = 1 << 30;

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
    /// Whether the files stay when this is dropped.
    pub(super) outlives: bool,
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
        let path = own.keep();
        Ok(Self { path, _lock: lock, parts: VecDeque::new(), num_parts: 0, num_bytes: 0, outlives: false })
    }

    /// Appends a chunk. Returns where it lies.
    ///
    /// # Errors
    /// What the disk said; what was written before can still be read.
    pub(super) fn append(&mut self, log_row: u64, head: Head, bytes: &[u8], file_bytes: u64) -> io::Result<Place> {
        if self.parts.back().is_none_or(|part| part.num_bytes >= file_bytes) {
            let path = self.path.join(format!("{}.{ENDING}", self.num_parts));
            let file = OpenOptions::new().read(true).append(true).create_new(true).open(&path)?;
            self.num_parts += 1;
            self.parts.push_back(Part { path, file: Arc::new(file), num_bytes: 0, num_chunks: 0 });
        }
        let part = self.parts.back_mut().expect("one was just made where there was none");
        let written = [chunk::header(log_row, head), bytes.to_vec()].concat();
        (&*part.file).write_all(&written)?;
        let offset = part.num_bytes + HEADER_BYTES as u64;
        let place = Place { log_row, head, file: Arc::clone(&part.file), offset };
        part.num_bytes += written.len() as u64;
        part.num_chunks += 1;
        self.num_bytes += written.len() as u64;
        Ok(place)
    }

    /// Writes what is in memory aside, in place of what was written there before.
    ///
    /// # Errors
    /// What the disk said; what was there stays.
    pub(super) fn put_newest(&self, log_row: u64, head: Head, bytes: &[u8]) -> io::Result<()> {
        self.put(NEWEST, &[&chunk::header(log_row, head), bytes])
    }

    /// Writes what is known of the stream.
    ///
    /// # Errors
    /// What the disk said; what was there stays.
    pub(super) fn describe(&self, description: &[u8]) -> io::Result<()> {
        self.put(DESCRIPTION, &[description])
    }

    fn put(&self, name: &str, parts: &[&[u8]]) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.path)?;
        parts.iter().try_for_each(|part| file.write_all(part))?;
        file.persist(self.path.join(name)).map(drop).map_err(|error| error.error)
    }

    /// Removes the oldest files until the others stay within a bound; the newest file always stays. Returns how many
    /// chunks were in those that went.
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
        if !self.outlives {
            fs::remove_dir_all(&self.path).ok(); // else it is swept away by the next log
        }
    }
}

/// The folder of a log whose program is gone; ours while this lives.
#[derive(Debug)]
pub(super) struct Left {
    path: PathBuf,
    _lock: File,
}

impl Left {
    /// `None` where its program still uses it.
    fn take(path: PathBuf) -> Option<Self> {
        let lock = OpenOptions::new().write(true).open(path.join(LOCK)).ok()?;
        lock.try_lock().ok()?;
        Some(Self { path, _lock: lock })
    }

    /// What is known of the stream, and when it was last written; `None` where nothing was.
    pub(super) fn description(&self) -> Option<(Vec<u8>, SystemTime)> {
        let path = self.path.join(DESCRIPTION);
        let newest = fs::metadata(self.path.join(NEWEST)).and_then(|found| found.modified()).ok()?;
        Some((fs::read(path).ok()?, newest))
    }

    #[expect(clippy::type_complexity, reason = "taken apart at once by its one caller")]
    /// What is in the files that are whole, in the order of the log; and what was in memory.
    pub(super) fn read(&self) -> (Vec<Place>, Option<(u64, Head, Vec<u8>)>) {
        let entries = fs::read_dir(&self.path).into_iter().flatten().flatten().map(|entry| entry.path());
        let files = entries.filter(|path| path.extension().is_some_and(|ending| ending == ENDING));
        let mut places: Vec<Place> = files.filter_map(|path| File::open(path).ok()).flat_map(places_in).collect();
        places.sort_by_key(|place| place.log_row);
        (places, self.newest())
    }

    fn newest(&self) -> Option<(u64, Head, Vec<u8>)> {
        let mut bytes = Vec::new();
        File::open(self.path.join(NEWEST)).ok()?.take(MAX_NEWEST_BYTES).read_to_end(&mut bytes).ok()?;
        let (log_row, head) = chunk::read_header(&bytes)?;
        Some((log_row, head, bytes.split_off(HEADER_BYTES)))
    }

    /// Removes the files.
    pub(super) fn remove(self) {
        fs::remove_dir_all(&self.path).ok(); // else it is swept away by the next log
    }
}

/// The chunks of a file, up to one that was cut off.
fn places_in(file: File) -> Vec<Place> {
    let num_bytes = file.metadata().map_or(0, |found| found.len());
    let (file, mut places, mut at) = (Arc::new(file), Vec::new(), 0);
    let mut header = [0; HEADER_BYTES];
    while read_at(&file, &mut header, at).is_ok()
        && let Some((log_row, head)) = chunk::read_header(&header)
    {
        let offset = at + HEADER_BYTES as u64;
        at = offset + head.num_bytes();
        if at > num_bytes {
            break;
        }
        places.push(Place { log_row, head, file: Arc::clone(&file), offset });
    }
    places
}

/// The folders of logs whose program is gone.
pub(super) fn left(parent: &Path) -> impl Iterator<Item = Left> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten(); // there may never have been a log
    entries.filter_map(|entry| Left::take(entry.path()))
}

/// Removes the folders of logs whose program is gone; those that are described only where `also_described`.
pub(super) fn sweep(parent: &Path, also_described: bool) {
    for folder in left(parent).filter(|folder| also_described || folder.description().is_none()) {
        folder.remove();
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
