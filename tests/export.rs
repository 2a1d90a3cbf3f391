//! Tests of export: tables and annotated clips, read back with other programs' eyes.

mod clips;
mod measures;
mod pictures;
mod recordings;
mod sending;
mod similarities;
mod sources;
mod tables;
mod tools;

use cotrail::calibration::Probability;
use cotrail::geometry::{FrameIndex, SourcePoint};
use cotrail::tracks::{Chunk, Query, Sample, SampleSource, TrackStore};

/// A store whose tracks have these names and query frames, followed over `num_frames` frames by `point(track, frame)`;
/// hidden on every fifth frame.
fn store(tracks: &[(&str, usize)], num_frames: usize, point: impl Fn(usize, usize) -> (f32, f32)) -> TrackStore {
    let point = |track, frame| {
        let (x, y) = point(track, frame);
        SourcePoint::new(x, y)
    };
    let mut store = TrackStore::new();
    let queries = tracks.iter().enumerate().map(|(track, (name, frame))| {
        (Some((*name).to_owned()), Query { frame: FrameIndex::new(*frame), point: point(track, *frame) })
    });
    let (run, _) = store.add_run(queries);
    let sample = |frame: usize, track: usize| {
        let point = point(track, frame);
        let visible = frame % 5 != 4;
        let visibility = if visible { 0.96875 } else { 0.125 };
        (frame >= tracks[track].1).then_some(Sample {
            point,
            visibility,
            confidence: 0.75,
            probability: (track != 1).then(|| Probability::new(0.75 * visibility)),
            visible,
            source: SampleSource::Tracked,
        })
    };
    let all = |frames: std::ops::Range<usize>| {
        frames.flat_map(|frame| (0..tracks.len()).map(move |track| (frame, track))).map(|(f, t)| sample(f, t)).collect()
    };
    let num_tracks = tracks.len();
    let settled = Chunk { first: FrameIndex(0), num_tracks, samples: all(0..num_frames / 2) };
    let tail = Chunk { first: FrameIndex::new(num_frames / 2), num_tracks, samples: all(num_frames / 2..num_frames) };
    store.advance(run, Some(settled), Some(tail));
    store
}

/// What lies in a folder, hidden files too.
fn names_in(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
