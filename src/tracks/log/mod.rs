//! The track log of a live stream: everything that was said of every point on every followed frame.
//!
//! The newest part lies in memory, the rest in files of a folder of its own, which are removed with it; both are
//! bounded, and what is oldest goes first. Points that were deleted stay in the log. Two sides use it at a time: the
//! stream [pushes](TrackLog::push) and never waits for a disk; a [`LogWriter`], on a thread of its own, moves what is
//! old into the files. A [`LogView`] is all of it at one moment, to be written as a table while the stream goes on.
//!
//! | file     | holds                                             |
//! |----------|---------------------------------------------------|
//! | `chunk`  | some frames as bytes, sorted by track             |
//! | `folder` | the files, their bound, what a crash left         |
//! | `writer` | moves what is old from memory into the files      |
//! | `view`   | a reader of it all                                |
//! | `left`   | what a stream left, read by another run           |
//! | `table`  | the reader as a table                             |

mod chunk;
mod folder;
mod left;
mod table;
mod view;
mod writer;

pub use left::LeftLog;
pub use table::LogTable;
pub use view::LogView;
pub use writer::LogWriter;

use super::live_line::{LiveLine, LiveSample};
use super::table::About;
use super::track::{Query, TrackId};
use crate::geometry::{FrameIndex, SourcePoint};
use folder::Place;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How much a log holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogLimits {
    /// Bytes of the newest frames, which stay in memory.
    pub memory_bytes: usize,
    /// Bytes in memory at most, where the disk is slow, full or not to be had; beyond, the oldest are forgotten.
    pub waiting_bytes: usize,
    /// Bytes that are moved into the files at a time.
    pub chunk_bytes: usize,
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Bytes of all files of a log; beyond, the oldest file goes.
    pub disk_bytes: u64,
}

impl Default for LogLimits {
    /// 4 MiB in memory (a minute of 100 points at 30 frames per second), 32 where there is no disk; 2 GiB in files (11
    /// hours).
    fn default() -> Self {
        Self {
            memory_bytes: 4 << 20,
            waiting_bytes: 32 << 20,
            chunk_bytes: 512 << 10,
            file_bytes: 64 << 20,
            disk_bytes: 2 << 30,
        }
    }
}

/// How much is in a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogStatus {
    /// Frames that were pushed since there are points.
    pub num_pushed: u64,
    /// Frames among them that are not there any more.
    pub num_lost: u64,
    /// Points of which a frame is there, deleted ones included.
    pub num_tracks: usize,
    /// Bytes in memory.
    pub memory_bytes: usize,
    /// Bytes in files.
    pub disk_bytes: u64,
}

/// What is known of a stream beside its frames.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogDescription {
    /// Where the numbers come from.
    pub about: About,
    /// What the user calls the points; "point 1" and so on where nothing is said.
    pub names: BTreeMap<TrackId, String>,
}

/// The points on one frame.
#[derive(Clone, Debug)]
struct Row {
    frame: FrameIndex,
    time_secs: f64,
    unix_secs: f64,
    /// Shared with those who read while the stream goes on.
    samples: Arc<[LiveSample]>,
}

impl Row {
    fn bytes(&self) -> usize {
        size_of::<Self>() + size_of_val(&*self.samples)
    }
}

/// What is known of a point for as long as one of its frames is there.
#[derive(Clone, Copy, Debug)]
struct Span {
    query: Query,
    /// The rows of its first and last frame, counted from the first that was ever pushed.
    first_row: u64,
    last_row: u64,
}

#[derive(Debug, Default)]
struct Inner {
    /// The newest rows, oldest first.
    rows: VecDeque<Row>,
    rows_bytes: usize,
    /// Rows that are being written, before all others, and the number of the first.
    writing: (u64, Arc<[Row]>),
    /// What lies in files, oldest first.
    places: VecDeque<Place>,
    disk_bytes: u64,
    num_pushed: u64,
    num_lost: u64,
    tracks: BTreeMap<TrackId, Span>,
    description: Option<Arc<LogDescription>>,
    /// The last row that the user has exported, or wants no more.
    settled: Option<u64>,
}

/// The log of a stream, shared by those who push, write and read.
#[derive(Debug)]
pub struct TrackLog {
    limits: LogLimits,
    inner: Mutex<Inner>,
}

impl TrackLog {
    /// Nothing yet.
    #[must_use]
    pub fn new(limits: LogLimits) -> Self {
        Self { limits, inner: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic between lock and unlock would lose a row at worst.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A frame was followed; frames come in the order of their numbers. Never waits for a disk. Returns whether there
    /// is work for the writer.
    pub fn push(&self, line: &LiveLine) -> bool {
        let mut inner = self.lock();
        inner.forget_frames_without_points();
        let row = inner.num_pushed;
        inner.num_pushed += 1;
        for sample in &line.points {
            inner.note(row, line.frame, sample);
        }
        let LiveLine { frame, time_secs, unix_secs, .. } = *line;
        let added = Row { frame, time_secs, unix_secs, samples: line.points.as_slice().into() };
        inner.rows_bytes += added.bytes();
        inner.rows.push_back(added);
        let mut lost = false;
        while inner.rows_bytes > self.limits.waiting_bytes && inner.rows.len() > 1 {
            if let Some(oldest) = inner.rows.pop_front() {
                inner.rows_bytes -= oldest.bytes();
                inner.num_lost += 1;
                lost = true;
            }
        }
        if lost && inner.places.is_empty() && inner.writing.1.is_empty() {
            inner.forget_lost_tracks();
        }
        inner.rows_bytes > self.limits.memory_bytes
    }

    /// The user put a point somewhere on a frame that was followed: that is where it is there, whatever the network
    /// said.
    pub fn place(&self, frame: FrameIndex, track: TrackId, point: SourcePoint) {
        self.set(frame, &LiveSample::placed(track.0, point));
    }

    /// Something else was found out of a point on a frame that was followed. On frames that are not in memory any more
    /// nothing changes.
    pub fn set(&self, frame: FrameIndex, sample: &LiveSample) {
        let mut inner = self.lock();
        let Ok(place) = inner.rows.binary_search_by_key(&frame, |row| row.frame) else { return };
        let row = inner.first_in_memory() + place as u64;
        inner.note(row, frame, sample);
        let before = inner.rows[place].bytes();
        let others = inner.rows[place].samples.iter().filter(|other| other.id != sample.id).copied();
        inner.rows[place].samples = others.chain([*sample]).collect();
        inner.rows_bytes = inner.rows_bytes + inner.rows[place].bytes() - before;
    }

    /// What is known of the stream now. Cheap where nothing has changed.
    pub fn describe(&self, description: LogDescription) {
        let mut inner = self.lock();
        if inner.description.as_deref() != Some(&description) {
            inner.description = Some(Arc::new(description));
        }
    }

    /// What was last said of the stream.
    #[must_use]
    pub fn description(&self) -> Option<Arc<LogDescription>> {
        self.lock().description.clone()
    }

    /// The user has exported everything so far, or wants no more of it.
    pub fn settle(&self) {
        let mut inner = self.lock();
        inner.settled = inner.last_noted_row();
    }

    /// The stream is over, and the user wants no more of it, whatever is still said of its last frames.
    pub fn give_up(&self) {
        self.lock().settled = Some(u64::MAX);
    }

    /// The user has exported all of a view.
    pub fn settle_view(&self, view: &LogView) {
        let mut inner = self.lock();
        inner.settled = inner.settled.max(view.last_row());
    }

    /// Whether nothing was said of any point since [`TrackLog::settle`].
    #[must_use]
    pub fn is_settled(&self) -> bool {
        let inner = self.lock();
        inner.last_noted_row() <= inner.settled
    }

    /// How much is in it.
    #[must_use]
    pub fn status(&self) -> LogStatus {
        let inner = self.lock();
        let writing: usize = inner.writing.1.iter().map(Row::bytes).sum();
        LogStatus {
            num_pushed: inner.num_pushed,
            num_lost: inner.num_lost,
            num_tracks: inner.tracks.len(),
            memory_bytes: inner.rows_bytes + writing,
            disk_bytes: inner.disk_bytes,
        }
    }

    /// All of it as it is now.
    #[must_use]
    pub fn view(&self) -> LogView {
        let inner = self.lock();
        let (first_row, rows): (u64, Vec<Row>) = (inner.first_in_memory(), inner.rows.iter().cloned().collect());
        let (writing_from, writing) = inner.writing.clone();
        let places: Vec<Place> = inner.places.iter().cloned().collect();
        let (tracks, num_lost) = (inner.tracks.clone(), inner.num_lost);
        drop(inner);
        let mut view = LogView::new(places, tracks, num_lost);
        view.add_rows(writing_from, &writing, self.limits.chunk_bytes);
        view.add_rows(first_row, &rows, self.limits.chunk_bytes);
        view
    }
}

impl Inner {
    /// A point is on a row.
    fn note(&mut self, row: u64, frame: FrameIndex, sample: &LiveSample) {
        let query = Query { frame, point: sample.point };
        let new = Span { query, first_row: row, last_row: row };
        let span = self.tracks.entry(TrackId(sample.id)).or_insert(new);
        if row <= span.first_row {
            (span.query, span.first_row) = (query, row);
        }
        span.last_row = span.last_row.max(row);
    }

    /// The last row with a point.
    fn last_noted_row(&self) -> Option<u64> {
        self.tracks.values().map(|span| span.last_row).max()
    }

    /// Until there is a point, only the newest frame counts: one may be placed on it.
    fn forget_frames_without_points(&mut self) {
        if self.tracks.is_empty() && self.places.is_empty() && self.writing.1.is_empty() {
            self.rows.clear();
            (self.rows_bytes, self.num_pushed, self.num_lost) = (0, 0, 0);
        }
    }

    /// The number of the first row in `rows`.
    fn first_in_memory(&self) -> u64 {
        self.num_pushed - self.rows.len() as u64
    }

    /// Forgets the tracks of which nothing is left.
    fn forget_lost_tracks(&mut self) {
        let in_files = self.places.front().map(|place| place.log_row);
        let first = in_files.unwrap_or_else(|| self.first_in_memory());
        self.tracks.retain(|_, span| span.last_row >= first);
    }
}

#[cfg(test)]
mod tests;
