//! All of a log at one moment. What lies in files is read when it is asked for.

use super::chunk::{self, Head, ROW_BYTES, SAMPLE_BYTES, SPAN_BYTES, SpanHead, Stamp};
use super::folder::{Place, read_at};
use super::{Row, Span};
use crate::geometry::FrameIndex;
use crate::tracks::table::Entry;
use crate::tracks::track::{Query, TrackId};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::ops::Range;

/// The bytes of a chunk, wherever they are.
#[derive(Debug)]
enum Bytes {
    Memory(Vec<u8>),
    File(Place),
}

#[derive(Debug)]
struct Chunk {
    /// The first of its rows in the log.
    log_row: u64,
    /// The first of its rows in the view.
    first_row: usize,
    head: Head,
    bytes: Bytes,
}

/// All of a log at one moment; the stream may go on meanwhile. Rows are its frames, counted from 0 without gaps.
#[derive(Debug)]
pub struct LogView {
    chunks: Vec<Chunk>,
    tracks: BTreeMap<TrackId, Span>,
    num_rows: usize,
    num_lost: u64,
    num_samples: u64,
    failure: RefCell<Option<io::Error>>,
}

impl LogView {
    pub(super) fn new(places: Vec<Place>, tracks: BTreeMap<TrackId, Span>, num_lost: u64) -> Self {
        let mut view =
            Self { chunks: Vec::new(), tracks, num_rows: 0, num_lost, num_samples: 0, failure: RefCell::default() };
        for place in places {
            view.add(place.log_row, place.head, Bytes::File(place));
        }
        view
    }

    /// Adds what is in memory.
    pub(super) fn add_rows(&mut self, log_row: u64, rows: &[Row], chunk_bytes: usize) {
        let (mut log_row, mut rest) = (log_row, rows);
        while !rest.is_empty() {
            let mut num_bytes = 0;
            let fits = |row: &&Row| {
                num_bytes += row.bytes();
                num_bytes <= chunk_bytes
            };
            let (these, later) = rest.split_at(rest.iter().take_while(fits).count().max(1));
            let (head, bytes) = chunk::encode(these);
            self.add(log_row, head, Bytes::Memory(bytes));
            log_row += these.len() as u64;
            rest = later;
        }
    }

    fn add(&mut self, log_row: u64, head: Head, bytes: Bytes) {
        self.chunks.push(Chunk { log_row, first_row: self.num_rows, head, bytes });
        self.num_rows += head.rows as usize;
        self.num_samples += u64::from(head.samples);
    }

    /// The number of its last row in the log.
    pub(super) fn last_row(&self) -> Option<u64> {
        let last = self.chunks.last()?;
        (last.log_row + u64::from(last.head.rows)).checked_sub(1)
    }

    /// How many frames there are.
    #[must_use]
    pub fn num_frames(&self) -> usize {
        self.num_rows
    }

    /// How many frames there were, which are not there any more.
    #[must_use]
    pub fn num_lost(&self) -> u64 {
        self.num_lost
    }

    /// Places of points on all frames together.
    #[must_use]
    pub fn num_samples(&self) -> u64 {
        self.num_samples
    }

    /// Every point of which a frame is there, deleted ones included, and where it was placed; in the order of their
    /// ids.
    pub fn tracks(&self) -> impl Iterator<Item = (TrackId, Query)> {
        self.tracks.iter().map(|(id, span)| (*id, span.query))
    }

    /// The first and the last frame; `None` where there is none, or where they cannot be read.
    #[must_use]
    pub fn ends(&self) -> Option<(FrameIndex, FrameIndex)> {
        let last = self.stamps_of(self.chunks.len().checked_sub(1)?).last()?;
        Some((self.stamps_of(0).next()?.frame, last.frame))
    }

    /// All frames.
    pub(super) fn stamps(&self) -> impl Iterator<Item = Stamp> {
        (0..self.chunks.len()).flat_map(|chunk| self.stamps_of(chunk))
    }

    fn stamps_of(&self, chunk: usize) -> impl Iterator<Item = Stamp> + use<> {
        let bytes = self.chunks.get(chunk).and_then(|chunk| self.read(chunk, 0..chunk.head.spans_at()));
        let bytes = bytes.unwrap_or_default();
        (0..bytes.len() / ROW_BYTES).map(move |row| chunk::stamp(&bytes[row * ROW_BYTES..]))
    }

    /// The places of a track, oldest first; what cannot be read is left out, and [`LogView::check`] tells.
    pub(super) fn entries(&self, track: TrackId) -> impl Iterator<Item = Entry> {
        let (first, last) = self.tracks.get(&track).map_or((u64::MAX, 0), |span| (span.first_row, span.last_row));
        let begin = self.chunks.partition_point(|chunk| chunk.log_row + u64::from(chunk.head.rows) <= first);
        let chunks = self.chunks[begin..].iter().take_while(move |chunk| chunk.log_row <= last);
        chunks
            .flat_map(move |chunk| self.spans(chunk, track).into_iter().map(move |span| (chunk, span)))
            .flat_map(|(chunk, span)| self.entries_of(chunk, span))
    }

    /// Every track that is in the chunks, whatever the log says.
    pub(super) fn found_tracks(&self) -> BTreeMap<TrackId, Span> {
        let mut tracks: BTreeMap<TrackId, Span> = BTreeMap::new();
        for chunk in &self.chunks {
            let bytes = self.span_bytes(chunk);
            for span in bytes.chunks_exact(SPAN_BYTES).map(chunk::span) {
                let (first_row, id) = (chunk.log_row + u64::from(span.first_row), TrackId(span.track));
                let last_row = first_row + u64::from(span.num_rows).saturating_sub(1);
                if let Some(known) = tracks.get_mut(&id) {
                    known.last_row = last_row;
                } else if let Some(Entry { frame, sample, .. }) = self.entries_of(chunk, span).next() {
                    let query = Query { frame, point: sample.point };
                    tracks.insert(id, Span { query, first_row, last_row });
                }
            }
        }
        tracks
    }

    fn span_bytes(&self, chunk: &Chunk) -> Vec<u8> {
        self.read(chunk, chunk.head.spans_at()..chunk.head.samples_at()).unwrap_or_default()
    }

    /// The spans of a track in a chunk.
    fn spans(&self, chunk: &Chunk, track: TrackId) -> Vec<SpanHead> {
        let bytes = self.span_bytes(chunk);
        let number = |place: usize| chunk::span(&bytes[place * SPAN_BYTES..]);
        let (mut low, mut high) = (0, bytes.len() / SPAN_BYTES);
        while low < high {
            let middle = usize::midpoint(low, high);
            if number(middle).track < track.0 { low = middle + 1 } else { high = middle }
        }
        (low..bytes.len() / SPAN_BYTES).map(number).take_while(|span| span.track == track.0).collect()
    }

    fn entries_of(&self, chunk: &Chunk, span: SpanHead) -> impl Iterator<Item = Entry> + use<> {
        let part = |at: u64, first: u32, each: usize| {
            let begin = at + u64::from(first) * each as u64;
            begin..begin + u64::from(span.num_rows) * each as u64
        };
        let rows = self.read(chunk, part(0, span.first_row, ROW_BYTES));
        let samples = self.read(chunk, part(chunk.head.samples_at(), span.first_sample, SAMPLE_BYTES));
        let first_row = chunk.first_row + span.first_row as usize;
        let both = rows.zip(samples);
        let num_rows = if both.is_some() { span.num_rows as usize } else { 0 };
        let (rows, samples) = both.unwrap_or_default();
        (0..num_rows).map(move |row| {
            let stamp = chunk::stamp(&rows[row * ROW_BYTES..]);
            let sample = chunk::sample(&samples[row * SAMPLE_BYTES..]);
            Entry {
                row: first_row + row,
                frame: stamp.frame,
                time_secs: stamp.time_secs,
                sample,
                similarity: None,
                corners: None,
            }
        })
    }

    /// A part of a chunk. Nothing more is read once that has failed.
    fn read(&self, chunk: &Chunk, part: Range<u64>) -> Option<Vec<u8>> {
        if self.failure.borrow().is_some() {
            return None;
        }
        let is_inside = part.start <= part.end && part.end <= chunk.head.num_bytes();
        let read = match &chunk.bytes {
            _ if !is_inside => Err(io::Error::new(io::ErrorKind::InvalidData, "the tracks on the disk are damaged")),
            Bytes::Memory(bytes) => Ok(bytes[part.start as usize..part.end as usize].to_vec()),
            Bytes::File(place) => {
                let mut bytes = vec![0; (part.end - part.start) as usize];
                read_at(&place.file, &mut bytes, place.offset + part.start).map(|()| bytes)
            }
        };
        read.map_err(|error| *self.failure.borrow_mut() = Some(error)).ok()
    }

    /// Whether everything could be read so far.
    ///
    /// # Errors
    /// What the disk said.
    pub fn check(&self) -> io::Result<()> {
        match &*self.failure.borrow() {
            Some(error) => Err(io::Error::new(error.kind(), format!("the tracks on the disk cannot be read: {error}"))),
            None => Ok(()),
        }
    }
}
