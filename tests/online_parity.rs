//! The online protocol against the oracle: golden clip, queries at several frames.

use cotrail::frame::Frame;
use cotrail::geometry::{FrameIndex, Size, SourcePoint};
use cotrail::model::{CpuOptions, DeviceChoice, Network};
use cotrail::sync::CancelToken;
use cotrail::tracker::{FeatureCache, OnlineTracker, TrackerError, TrackerOptions};
use cotrail::tracks::{Direction, Query, RunId, Sample, TrackStore};
use safetensors::SafeTensors;
use std::path::Path;
use std::sync::{Arc, LazyLock};

mod whole_clip;
mod zoom;

const SIZE: Size = Size::new(96, 72);
const NUM_FRAMES: usize = 37;

struct Golden {
    frames: Vec<Frame>,
    queries: Vec<Query>,
    coords: Vec<f32>,
    visibility: Vec<f32>,
    confidence: Vec<f32>,
}

static GOLDEN: LazyLock<Golden> = LazyLock::new(|| golden("golden.safetensors"));

/// The golden clip, and what a file says of its tracks.
fn golden(tracks: &str) -> Golden {
    let [bytes, tracks] = ["golden.safetensors", tracks].map(|name| std::fs::read(golden_path(name)).unwrap());
    let [file, tracks] = [&bytes, &tracks].map(|bytes| SafeTensors::deserialize(bytes).unwrap());
    let floats_of = |file: &SafeTensors, name: &str| -> Vec<f32> {
        file.tensor(name).unwrap().data().as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect()
    };
    let floats = |name: &str| floats_of(&tracks, name);
    let video = file.tensor("video").unwrap().data();
    let area = SIZE.area();
    let frame = |index: usize| {
        let planes = &video[3 * area * index..][..3 * area];
        let rgb = (0..area).flat_map(|i| [planes[i], planes[area + i], planes[2 * area + i]]).collect();
        Frame::new(FrameIndex::new(index), index as f64 / 30.0, SIZE, rgb)
    };
    let queries = floats_of(&file, "queries");
    Golden {
        frames: (0..NUM_FRAMES).map(frame).collect(),
        queries: queries.as_chunks::<3>().0.iter().map(|q| query(q[0] as usize, q[1], q[2])).collect(),
        coords: floats("online_coords"),
        visibility: floats("online_visibility"),
        confidence: floats("online_confidence"),
    }
}

static NETWORK: LazyLock<Arc<Network>> = LazyLock::new(|| network("tiny.safetensors"));

fn network(weights: &str) -> Arc<Network> {
    Arc::new(Network::load(&golden_path(weights), DeviceChoice::Cpu, CpuOptions::precise(Some(2))).unwrap())
}

fn golden_path(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn query(frame: usize, x: f32, y: f32) -> Query {
    Query { frame: FrameIndex::new(frame), point: SourcePoint::new(x, y) }
}

/// Tracks the first `num_frames` of the golden clip, or from `first` on; returns `[track][frame]`.
fn track(queries: &[Query], first: usize, num_frames: usize, options: &TrackerOptions) -> Vec<Vec<Option<Sample>>> {
    track_with(&NETWORK, queries, first, num_frames, options)
}

fn track_with(
    network: &Arc<Network>,
    queries: &[Query],
    first: usize,
    num_frames: usize,
    options: &TrackerOptions,
) -> Vec<Vec<Option<Sample>>> {
    track_frames(network, &GOLDEN.frames[..num_frames], queries, first, options)
}

/// Tracks these frames, from `first` on.
fn track_frames(
    network: &Arc<Network>,
    frames: &[Frame],
    queries: &[Query],
    first: usize,
    options: &TrackerOptions,
) -> Vec<Vec<Option<Sample>>> {
    let num_frames = frames.len();
    let clip = FrameIndex::new(first)..=FrameIndex::new(num_frames - 1);
    let mut tracker = OnlineTracker::new(Arc::clone(network), SIZE, clip, queries, options).unwrap();
    let (mut store, cancel) = (TrackStore::new(), CancelToken::new());
    let (run, ids) = store.add_run(queries.iter().map(|&query| (None, query)));
    while let Some(next) = tracker.next_frame() {
        if let Some(outcome) = tracker.push(&frames[next.get()], &cancel).unwrap() {
            store.advance(run, outcome.settled, outcome.tail);
        }
    }
    if let Some(outcome) = tracker.finish(&cancel).unwrap() {
        store.advance(run, outcome.settled, outcome.tail);
    }
    assert_eq!(run, RunId(0));
    ids.iter().map(|&id| (0..num_frames).map(|f| store.sample(id, FrameIndex::new(f))).collect()).collect()
}

#[test]
fn the_golden_clip_is_tracked_as_the_oracle_tracks_it() {
    compare_with_the_oracle(&NETWORK, &GOLDEN, 5e-3);
}

#[test]
fn with_the_lite_encoder_too() {
    // The oracle itself is 5.6e-3 px from these tracks when it computes in float64.
    compare_with_the_oracle(&network("tiny_lite_f16.safetensors"), &golden("golden_lite.safetensors"), 8e-3);
}

fn compare_with_the_oracle(network: &Arc<Network>, golden: &Golden, tolerance_px: f32) {
    let queries = &golden.queries;
    let tracks = track_with(network, queries, 0, NUM_FRAMES, &TrackerOptions::default());
    let mut compared = 0;
    for (n, track) in tracks.iter().enumerate() {
        for (frame, sample) in track.iter().enumerate() {
            let at = frame * queries.len() + n;
            let Some(sample) = sample else {
                assert!(golden.coords[2 * at].is_nan() && frame < queries[n].frame.get(), "track {n}, frame {frame}");
                continue;
            };
            let point = SourcePoint::new(golden.coords[2 * at], golden.coords[2 * at + 1]);
            assert!(sample.point.distance(point) < tolerance_px, "track {n}, frame {frame}: {sample:?}, not {point:?}");
            assert!((sample.visibility - golden.visibility[at]).abs() < 1e-3);
            assert!((sample.confidence - golden.confidence[at]).abs() < 1e-3);
            // Outside the picture, nothing is visible.
            let is_sure = sample.visibility * sample.confidence > 0.6;
            assert_eq!(sample.visible, is_sure && SIZE.contains(sample.point));
            compared += 1;
        }
    }
    let expected: usize = queries.iter().map(|query| NUM_FRAMES - query.frame.get()).sum();
    assert_eq!(compared, expected, "a sample on every frame from the query's on");
}

#[test]
fn the_order_of_the_queries_changes_no_track() {
    let mut queries = GOLDEN.queries.clone();
    let straight = track(&queries, 0, NUM_FRAMES, &TrackerOptions::default());
    queries.reverse();
    let mut reversed = track(&queries, 0, NUM_FRAMES, &TrackerOptions::default());
    reversed.reverse();
    for (a, b) in straight.iter().flatten().zip(reversed.iter().flatten()) {
        let distance = a.zip(*b).map(|(a, b)| a.point.distance(b.point));
        assert!(distance.is_none_or(|d| d < 5e-3) && a.is_some() == b.is_some());
    }
}

#[test]
fn clips_of_every_short_length_end_on_their_last_frame() {
    for num_frames in [1, 2, 7, 8, 9, 15, 16, 17, 23, 24, 25] {
        let last = num_frames - 1;
        let queries = [query(last, 40.0, 30.0), query(0, 20.0, 30.0)];
        let tracks = track(&queries, 0, num_frames, &TrackerOptions::default());
        let known = |n: usize| tracks[n].iter().filter(|s| s.is_some()).count();
        assert_eq!((known(0), known(1)), (1, num_frames), "{num_frames} frames");
        assert!(tracks.iter().flatten().flatten().all(|s| s.point.x.is_finite() && s.point.y.is_finite()));
    }
}

#[test]
fn a_late_run_skips_the_windows_before_it_and_equals_a_run_from_the_start() {
    // Queries of windows 8 and 16 only: what came before them cannot matter.
    let queries = [query(17, 30.0, 30.0), query(24, 50.0, 20.0)];
    let clip = FrameIndex(0)..=FrameIndex::new(NUM_FRAMES - 1);
    let tracker = OnlineTracker::new(Arc::clone(&NETWORK), SIZE, clip, &queries, &TrackerOptions::default()).unwrap();
    assert_eq!(tracker.next_frame(), Some(FrameIndex(8)));
    let from_start = track(&queries, 0, NUM_FRAMES, &TrackerOptions::default());
    let from_there = track(&queries, 8, NUM_FRAMES, &TrackerOptions::default());
    assert_eq!(from_start, from_there);
}

#[test]
fn backwards_is_forwards_through_the_reversed_clip() {
    let last = NUM_FRAMES - 1;
    let queries = [query(last, 30.0, 30.0), query(21, 50.0, 20.0), query(9, 12.0, 40.0)];
    let options = TrackerOptions { direction: Direction::Backward, ..TrackerOptions::default() };
    let clip = FrameIndex(0)..=FrameIndex::new(last);
    let mut tracker = OnlineTracker::new(Arc::clone(&NETWORK), SIZE, clip, &queries, &options).unwrap();
    let (mut store, cancel) = (TrackStore::new(), CancelToken::new());
    let (run, ids) = store.add_run(queries.iter().map(|&query| (None, query)));
    let back = store.follow_back(run).unwrap().run;
    let mut asked = Vec::new();
    while let Some(next) = tracker.next_frame() {
        asked.push(next.get());
        if let Some(outcome) = tracker.push(&GOLDEN.frames[next.get()], &cancel).unwrap() {
            store.advance(back, outcome.settled, outcome.tail);
        }
    }
    if let Some(outcome) = tracker.finish(&cancel).unwrap() {
        store.advance(back, outcome.settled, outcome.tail);
    }
    assert_eq!(asked, (0..NUM_FRAMES).rev().collect::<Vec<_>>());

    let mirrored = queries.map(|query| Query { frame: FrameIndex::new(last - query.frame.get()), ..query });
    let reversed: Vec<Frame> =
        (0..NUM_FRAMES).map(|at| GOLDEN.frames[last - at].clone().held_at(FrameIndex::new(at), at as f64)).collect();
    let forward = track_frames(&NETWORK, &reversed, &mirrored, 0, &TrackerOptions::default());
    for (track, id) in forward.iter().zip(ids) {
        let told = (0..NUM_FRAMES).rev().map(|at| store.run(back).unwrap().sample(id.0 as usize, FrameIndex::new(at)));
        assert_eq!(*track, told.collect::<Vec<_>>());
    }
}

#[test]
fn support_points_change_the_tracks_and_are_never_shown() {
    let queries = [query(3, 30.0, 30.0)];
    let alone = track(&queries, 0, 20, &TrackerOptions::default());
    let helped = track(&queries, 0, 20, &TrackerOptions { support_grid: 6, ..TrackerOptions::default() });
    assert_eq!(helped.len(), 1);
    assert!(alone != helped);
}

#[test]
fn a_pinned_track_passes_through_its_query() {
    let queries = [query(3, 30.25, 30.5), query(9, 11.0, 12.0)];
    let free = track(&queries, 0, 20, &TrackerOptions::default());
    let pinned = track(&queries, 0, 20, &TrackerOptions { pin_queries: true, ..TrackerOptions::default() });
    for (n, query) in queries.iter().enumerate() {
        let at = query.frame.get();
        assert_eq!(pinned[n][at].unwrap().point, query.point);
        assert_eq!(pinned[n][at + 1..], free[n][at + 1..]);
    }
}

#[test]
fn queries_outside_picture_or_clip_are_refused_by_number() {
    let clip = FrameIndex(2)..=FrameIndex(20);
    let refuse = |bad: Query| {
        let queries = [query(2, 1.0, 1.0), bad];
        OnlineTracker::new(Arc::clone(&NETWORK), SIZE, clip.clone(), &queries, &TrackerOptions::default()).unwrap_err()
    };
    for bad in [query(3, 96.0, 3.0), query(3, f32::NAN, 3.0), query(3, 5.0, -0.6)] {
        assert!(matches!(refuse(bad), TrackerError::OutsidePicture { number: 2, .. }));
    }
    assert!(matches!(refuse(query(1, 5.0, 5.0)), TrackerError::OutsideClip { number: 2, .. }));
    assert!(matches!(refuse(query(21, 5.0, 5.0)), TrackerError::OutsideClip { number: 2, .. }));
    let many = vec![query(2, 1.0, 1.0); 20_000];
    let refused = OnlineTracker::new(Arc::clone(&NETWORK), SIZE, clip, &many, &TrackerOptions::default());
    assert!(matches!(refused.unwrap_err(), TrackerError::TooManyQueries { count: 20_000, .. }));
}

#[test]
fn a_cancelled_run_keeps_what_it_handed_out() {
    let queries = [query(0, 30.0, 30.0)];
    let clip = FrameIndex(0)..=FrameIndex(30);
    let mut tracker =
        OnlineTracker::new(Arc::clone(&NETWORK), SIZE, clip, &queries, &TrackerOptions::default()).unwrap();
    let cancel = CancelToken::new();
    for frame in &GOLDEN.frames[..15] {
        assert_eq!(tracker.push(frame, &cancel).unwrap(), None);
    }
    assert!(tracker.push(&GOLDEN.frames[15], &cancel).unwrap().is_some());
    cancel.cancel();
    assert!(matches!(tracker.push(&GOLDEN.frames[16], &cancel), Err(TrackerError::Cancelled)));
    // Finishing settles the tail of the last window: nothing that was shown is lost.
    let outcome = tracker.finish(&CancelToken::new()).unwrap().unwrap();
    assert_eq!(outcome.settled.unwrap().first, FrameIndex(8));
    assert_eq!(tracker.next_frame(), None);
}

#[test]
fn a_second_run_takes_every_frame_from_the_cache_and_gives_the_same() {
    let clip = FrameIndex(0)..=FrameIndex(30);
    let run = |cache: &Arc<FeatureCache>| {
        let queries = [query(2, 30.0, 30.0)];
        let tracker =
            OnlineTracker::new(Arc::clone(&NETWORK), SIZE, clip.clone(), &queries, &TrackerOptions::default());
        let (mut tracker, cancel) = (tracker.unwrap().with_cache(Arc::clone(cache)), CancelToken::new());
        let (mut outcomes, mut num_cached) = (Vec::new(), 0);
        while let Some(next) = tracker.next_frame() {
            let outcome = match tracker.push_cached(&cancel) {
                Some(outcome) => {
                    num_cached += 1;
                    outcome
                }
                None => tracker.push(&GOLDEN.frames[next.get()], &cancel),
            };
            outcomes.extend(outcome.unwrap());
        }
        outcomes.extend(tracker.finish(&cancel).unwrap());
        (outcomes, num_cached)
    };
    let roomy = Arc::new(FeatureCache::new(100 << 20));
    let first = run(&roomy);
    let second = run(&roomy);
    assert_eq!((first.1, second.1), (0, 31));
    assert_eq!(first.0, second.0);
    // Half the room holds half the frames, and the run is the same.
    let tight = Arc::new(FeatureCache::new(roomy.num_bytes() / 2));
    assert_eq!(run(&tight).0, first.0);
    assert_eq!(run(&tight), (first.0, 15));
    assert!(tight.num_bytes() <= roomy.num_bytes() / 2);
}
