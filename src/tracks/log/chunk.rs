//! Some frames of a log as bytes, sorted by track, so that one track can be read without the others.
//!
//! | part    | of each                  | bytes                                                             |
//! |---------|--------------------------|-------------------------------------------------------------------|
//! | rows    | frame                    | number u32, seconds f64, seconds since 1970 f64                   |
//! | spans   | track, rows without gaps | track u32, first row u32, number of rows u32, its first sample u32 |
//! | samples | span, row                | x, y, visibility, confidence f32, probability u16, visible u8     |
//!
//! Little endian, no padding. In a file, [`HEADER_BYTES`] stand before each chunk: four letters, the number of its
//! first row in the log u64, rows u32, spans u32, samples u32; what a crash left is read by them.

use super::Row;
use crate::calibration::Probability;
use crate::geometry::{FrameIndex, SourcePoint};
use crate::tracks::live_line::LiveSample;
use crate::tracks::{Sample, SampleSource};

/// Bytes before a chunk in a file.
pub(super) const HEADER_BYTES: usize = 24;
const LETTERS: [u8; 4] = *b"ctl1";
pub(super) const ROW_BYTES: usize = 20;
pub(super) const SPAN_BYTES: usize = 16;
pub(super) const SAMPLE_BYTES: usize = 19;

/// How a chunk's bytes are divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// How many rows.
    pub(super) rows: u32,
    /// How many spans.
    pub(super) spans: u32,
    /// How many samples.
    pub(super) samples: u32,
}

impl Head {
    /// Where the spans begin.
    pub(super) fn spans_at(self) -> u64 {
        ROW_BYTES as u64 * u64::from(self.rows)
    }

    /// Where the samples begin.
    pub(super) fn samples_at(self) -> u64 {
        self.spans_at() + SPAN_BYTES as u64 * u64::from(self.spans)
    }

    pub(super) fn num_bytes(self) -> u64 {
        self.samples_at() + SAMPLE_BYTES as u64 * u64::from(self.samples)
    }
}

/// What stands before a chunk in a file.
pub(super) fn header(log_row: u64, head: Head) -> Vec<u8> {
    let numbers = [head.rows, head.spans, head.samples].into_iter().flat_map(u32::to_le_bytes);
    LETTERS.into_iter().chain(log_row.to_le_bytes()).chain(numbers).collect()
}

/// Reads [`HEADER_BYTES`]; `None` where they are something else.
pub(super) fn read_header(bytes: &[u8]) -> Option<(u64, Head)> {
    if bytes.len() < HEADER_BYTES || bytes[..4] != LETTERS {
        return None;
    }
    let number = |at: usize| u32::from_le_bytes(four(bytes, at));
    Some((u64::from_le_bytes(eight(bytes, 4)), Head { rows: number(12), spans: number(16), samples: number(20) }))
}

/// A frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stamp {
    pub(super) frame: FrameIndex,
    pub(super) time_secs: f64,
    pub(super) unix_secs: f64,
}

/// The samples of a track on some rows without gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SpanHead {
    pub(super) track: u32,
    pub(super) first_row: u32,
    pub(super) num_rows: u32,
    pub(super) first_sample: u32,
}

/// The bytes of some rows.
pub(super) fn encode(rows: &[Row]) -> (Head, Vec<u8>) {
    let mut cells: Vec<(u32, u32, &LiveSample)> = Vec::with_capacity(rows.iter().map(|row| row.samples.len()).sum());
    for (row, number) in rows.iter().zip(0u32..) {
        cells.extend(row.samples.iter().map(|sample| (sample.id, number, sample)));
    }
    cells.sort_by_key(|(track, row, _)| (*track, *row));
    cells.dedup_by_key(|(track, row, _)| (*track, *row));
    let mut spans: Vec<SpanHead> = Vec::new();
    for ((track, row, _), first_sample) in cells.iter().zip(0u32..) {
        match spans.last_mut() {
            Some(span) if span.track == *track && span.first_row + span.num_rows == *row => span.num_rows += 1,
            _ => spans.push(SpanHead { track: *track, first_row: *row, num_rows: 1, first_sample }),
        }
    }
    let head = Head { rows: rows.len() as u32, spans: spans.len() as u32, samples: cells.len() as u32 };
    let mut bytes = Vec::with_capacity(head.num_bytes() as usize);
    for row in rows {
        bytes.extend_from_slice(&row.frame.0.to_le_bytes());
        bytes.extend_from_slice(&row.time_secs.to_le_bytes());
        bytes.extend_from_slice(&row.unix_secs.to_le_bytes());
    }
    for SpanHead { track, first_row, num_rows, first_sample } in spans {
        bytes.extend([track, first_row, num_rows, first_sample].iter().flat_map(|number| number.to_le_bytes()));
    }
    for (_, _, sample) in cells {
        let numbers = [sample.point.x, sample.point.y, sample.visibility, sample.confidence];
        bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        bytes.extend(Probability::to_bits(sample.probability).to_le_bytes());
        bytes.push(u8::from(sample.visible));
    }
    (head, bytes)
}

/// The rows of a chunk again; `None` where its bytes make no sense.
pub(super) fn decode(head: Head, bytes: &[u8]) -> Option<Vec<Row>> {
    if bytes.len() as u64 != head.num_bytes() {
        return None;
    }
    let mut samples: Vec<Vec<LiveSample>> = vec![Vec::new(); head.rows as usize];
    for place in 0..head.spans as usize {
        let SpanHead { track, first_row, num_rows, first_sample } =
            span(&bytes[head.spans_at() as usize + place * SPAN_BYTES..]);
        if first_sample.checked_add(num_rows)? > head.samples {
            return None;
        }
        let rows = samples.get_mut(first_row as usize..)?.get_mut(..num_rows as usize)?;
        for (row, at) in rows.iter_mut().zip(first_sample as usize..) {
            let Sample { point, visibility, confidence, probability, visible, .. } =
                sample(&bytes[head.samples_at() as usize + at * SAMPLE_BYTES..]);
            row.push(LiveSample { id: track, point, visibility, confidence, probability, visible });
        }
    }
    let rows = samples.into_iter().enumerate().map(|(row, samples)| {
        let Stamp { frame, time_secs, unix_secs } = stamp(&bytes[row * ROW_BYTES..]);
        Row { frame, time_secs, unix_secs, samples: samples.into() }
    });
    Some(rows.collect())
}

/// The four bytes at a place; `bytes` reaches so far.
fn four(bytes: &[u8], at: usize) -> [u8; 4] {
    std::array::from_fn(|i| bytes[at + i])
}

fn eight(bytes: &[u8], at: usize) -> [u8; 8] {
    std::array::from_fn(|i| bytes[at + i])
}

/// Reads [`ROW_BYTES`].
pub(super) fn stamp(bytes: &[u8]) -> Stamp {
    Stamp {
        frame: FrameIndex(u32::from_le_bytes(four(bytes, 0))),
        time_secs: f64::from_le_bytes(eight(bytes, 4)),
        unix_secs: f64::from_le_bytes(eight(bytes, 12)),
    }
}

/// Reads [`SPAN_BYTES`].
pub(super) fn span(bytes: &[u8]) -> SpanHead {
    let number = |place: usize| u32::from_le_bytes(four(bytes, 4 * place));
    SpanHead { track: number(0), first_row: number(1), num_rows: number(2), first_sample: number(3) }
}

/// Reads [`SAMPLE_BYTES`].
pub(super) fn sample(bytes: &[u8]) -> Sample {
    let number = |place: usize| f32::from_le_bytes(four(bytes, 4 * place));
    Sample {
        point: SourcePoint::new(number(0), number(1)),
        visibility: number(2),
        confidence: number(3),
        probability: Probability::from_bits(u16::from_le_bytes([bytes[16], bytes[17]])),
        visible: bytes[18] != 0,
        source: SampleSource::Tracked,
    }
}
