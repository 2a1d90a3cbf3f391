//! The bundled weights on the bundled clip, against its exact tracks: what a new user sees first.

use cotrail::bundled;
use cotrail::geometry::{FrameIndex, SourcePoint};
use cotrail::media::{self, OpenOptions};
use cotrail::model::{DeviceChoice, Network};
use cotrail::sync::CancelToken;
use cotrail::tracker::{OnlineTracker, TrackerOptions};
use cotrail::tracks::{Query, TrackStore};
use ndarray::{Array2, Array3};
use ndarray_npy::NpzReader;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

const NUM_FRAMES: usize = 40;

/// Error in pixels of the network's tracks, and of points that stay where they were placed, over all visible samples
/// after the query's frame, sorted.
fn errors() -> (Vec<f32>, Vec<f32>) {
    let truth = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/demo_truth.npz");
    let mut truth = NpzReader::new(File::open(truth).unwrap()).unwrap();
    let queries: Array2<f32> = truth.by_name("queries").unwrap();
    let tracks: Array3<f32> = truth.by_name("tracks").unwrap();
    let visible: Array2<bool> = truth.by_name("visible").unwrap();
    let early: Vec<usize> = (0..queries.nrows()).filter(|&n| queries[[n, 0]] <= 8.0).collect();
    let asked = early.iter().map(|&n| Query {
        frame: FrameIndex(queries[[n, 0]] as u32),
        point: SourcePoint::new(queries[[n, 1]], queries[[n, 2]]),
    });
    let asked: Vec<Query> = asked.collect();

    let mut source = media::open(&bundled::demo_clip().unwrap(), &OpenOptions::default()).unwrap();
    let weights = bundled::weights(bundled::DEFAULT_WEIGHTS).unwrap();
    let network = Arc::new(Network::load(&weights, DeviceChoice::Cpu, None).unwrap());
    let clip = FrameIndex(0)..=FrameIndex::new(NUM_FRAMES - 1);
    let mut tracker =
        OnlineTracker::new(network, source.info().size, clip, &asked, &TrackerOptions::default()).unwrap();
    let (mut store, cancel) = (TrackStore::new(), CancelToken::new());
    let (run, ids) = store.add_run(asked.iter().map(|&query| (None, query)));
    while let Some(next) = tracker.next_frame() {
        let outcome = tracker.push(&source.read(next).unwrap(), &cancel).unwrap();
        if let Some(outcome) = outcome {
            store.advance(run, outcome.settled, outcome.tail);
        }
    }
    let outcome = tracker.finish(&cancel).unwrap().unwrap();
    store.advance(run, outcome.settled, outcome.tail);

    let (mut tracked, mut still) = (Vec::new(), Vec::new());
    for ((&n, id), query) in early.iter().zip(&ids).zip(&asked) {
        for frame in query.frame.get() + 1..NUM_FRAMES {
            if visible[[n, frame]] {
                let at = SourcePoint::new(tracks[[n, frame, 0]], tracks[[n, frame, 1]]);
                tracked.push(store.sample(*id, FrameIndex::new(frame)).unwrap().point.distance(at));
                still.push(query.point.distance(at));
            }
        }
    }
    tracked.sort_by(f32::total_cmp);
    still.sort_by(f32::total_cmp);
    (tracked, still)
}

#[test]
fn the_bundled_weights_follow_the_demo_clip() {
    let (tracked, still) = errors();
    let median = |sorted: &[f32]| sorted[sorted.len() / 2];
    assert!(tracked.len() > 3000, "{} samples", tracked.len());
    // Measured with the weights of 2026-11-21: median 0.46 px where the points move by 2.2; 98.8 % within 8 px.
    assert!(median(&tracked) < 0.8 && median(&still) > 2.0, "{} {}", median(&tracked), median(&still));
    let near = tracked.partition_point(|&error| error < 8.0) as f32 / tracked.len() as f32;
    assert!(near > 0.97, "{near}");
}
