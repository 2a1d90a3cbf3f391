//! What a stream left: its log, read again by another run of the program.

use super::folder::{Left, left};
use super::{Inner, LogDescription, LogLimits, LogView, TrackLog, chunk};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

/// What is known of a stream beside its frames, as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Known {
    pub(super) stream: LogDescription,
    /// The last row that the user has exported, or wants no more.
    pub(super) settled: Option<u64>,
}

/// The log of a stream that is over. Its files are ours while this lives; later, the next stream takes their place.
#[derive(Debug)]
pub struct LeftLog {
    log: Arc<TrackLog>,
    written_at: SystemTime,
    folder: Left,
}

impl LeftLog {
    /// The newest log that a stream left below `parent`, of a program that is gone.
    #[must_use]
    pub fn find(parent: &Path) -> Option<Self> {
        let described = left(parent).filter_map(|folder| folder.description().map(|found| (folder, found)));
        let (folder, (description, written_at)) = described.max_by_key(|(_, (_, written_at))| *written_at)?;
        let known: Known = serde_json::from_slice(&description).ok()?;
        let log = Arc::new(read(&folder, known)?);
        Some(Self { log, written_at, folder })
    }

    /// The log; it can be read, also after this is gone.
    #[must_use]
    pub fn log(&self) -> &Arc<TrackLog> {
        &self.log
    }

    /// When it was last written.
    #[must_use]
    pub fn written_at(&self) -> SystemTime {
        self.written_at
    }

    /// Removes the files.
    pub fn remove(self) {
        self.folder.remove();
    }
}

/// `None` where no point is in it.
fn read(folder: &Left, known: Known) -> Option<TrackLog> {
    let (places, newest) = folder.read();
    let in_files = places.last().map_or(0, |place| place.log_row + u64::from(place.head.rows));
    let decoded = newest.and_then(|(first, head, bytes)| Some((first, chunk::decode(head, &bytes)?)));
    let (first, mut rows) = decoded.unwrap_or((in_files, Vec::new()));
    // What was in memory may have been written into a file after that.
    rows.drain(..rows.len().min(in_files.saturating_sub(first) as usize));
    let first = first.max(in_files);
    let num_pushed = first + rows.len() as u64;
    let num_in_files: u64 = places.iter().map(|place| u64::from(place.head.rows)).sum();
    let limits = LogLimits::default();
    let mut view = LogView::new(places.clone(), std::collections::BTreeMap::new(), 0);
    view.add_rows(first, &rows, limits.chunk_bytes);
    let tracks = view.found_tracks();
    if tracks.is_empty() {
        return None;
    }
    let inner = Inner {
        num_lost: num_pushed - num_in_files - rows.len() as u64,
        rows_bytes: rows.iter().map(super::Row::bytes).sum(),
        rows: rows.into(),
        disk_bytes: places.iter().map(|place| place.head.num_bytes()).sum(),
        places: places.into(),
        num_pushed,
        tracks,
        description: Some(Arc::new(known.stream)),
        settled: known.settled,
        ..Inner::default()
    };
    Some(TrackLog { limits, inner: Mutex::new(inner) })
}
