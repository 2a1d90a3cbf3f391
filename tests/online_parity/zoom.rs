//! A part of the picture that follows the points: what stays the same, and what the part does.

use super::{GOLDEN, NETWORK, NUM_FRAMES, SIZE, query, track};
use cotrail::geometry::{Crop, FrameIndex, Size};
use cotrail::sync::CancelToken;
use cotrail::tracker::{FeatureCache, OnlineTracker, TrackerError, TrackerOptions, Zoom};
use cotrail::tracks::{Direction, Query, TrackStore};
use std::sync::Arc;

const PART: Size = Size::new(48, 40);

fn options(zoom: Zoom) -> TrackerOptions {
    TrackerOptions { support_grid: 3, second_look: true, zoom: Some(zoom), ..TrackerOptions::default() }
}

fn start(queries: &[Query], options: &TrackerOptions) -> Result<OnlineTracker, TrackerError> {
    let clip = FrameIndex(0)..=FrameIndex::new(NUM_FRAMES - 1);
    OnlineTracker::new(Arc::clone(&NETWORK), SIZE, clip, queries, options)
}

/// Follows to the end; returns the store with one run.
fn follow(mut tracker: OnlineTracker, queries: &[Query], options: &TrackerOptions) -> TrackStore {
    let (mut store, cancel) = (TrackStore::new(), CancelToken::new());
    let (mut run, _) = store.add_run(queries.iter().map(|&query| (None, query)));
    if options.direction == Direction::Backward {
        run = store.follow_back(run).unwrap().run;
    }
    let mut outcomes = Vec::new();
    while let Some(next) = tracker.next_frame() {
        let cached = tracker.push_cached(&cancel);
        outcomes.extend(cached.unwrap_or_else(|| tracker.push(&GOLDEN.frames[next.get()], &cancel)).unwrap());
    }
    outcomes.extend(tracker.finish(&cancel).unwrap());
    for outcome in outcomes {
        store.advance(run, outcome.settled, outcome.tail);
        store.set_run_crops(run, outcome.crops);
    }
    store
}

fn crops(store: &TrackStore) -> Vec<(FrameIndex, Crop)> {
    store.runs().flat_map(|run| run.crops().iter().map(|(frame, crop)| (*frame, *crop))).collect()
}

#[test]
fn a_part_that_is_the_whole_picture_changes_not_a_bit() {
    let queries = [query(0, 30.0, 20.0), query(12, 80.5, 60.25), query(20, 5.0, 70.0)];
    let whole = track(&queries, 0, NUM_FRAMES, &TrackerOptions { zoom: None, ..options(Zoom::Auto) });
    assert_eq!(track(&queries, 0, NUM_FRAMES, &options(Zoom::Size(SIZE))), whole);
    let tracker = start(&queries, &options(Zoom::Auto)).unwrap();
    assert!(tracker.is_zoom_idle(), "the picture is no larger than what the network sees");
    assert_eq!(track(&queries, 0, NUM_FRAMES, &options(Zoom::Auto)), whole);
}

#[test]
fn the_part_shows_each_point_on_its_own_frame_and_stays_in_the_picture_both_ways() {
    let queries = [query(9, 30.0, 20.0), query(9, 40.0, 31.0), query(26, 90.0, 65.0)];
    for direction in [Direction::Forward, Direction::Backward] {
        let options = TrackerOptions { direction, ..options(Zoom::Size(PART)) };
        let tracker = start(&queries, &options).unwrap();
        assert_eq!((tracker.settings().zoom, tracker.is_zoom_idle()), (Some(PART), false));
        let store = follow(tracker, &queries, &options);
        let crops = crops(&store);
        assert!(crops.len() >= 26, "{}", crops.len());
        for (frame, crop) in &crops {
            assert_eq!(crop.size, PART);
            assert!(crop.x + PART.width <= SIZE.width && crop.y + PART.height <= SIZE.height, "{crop:?}");
            let is_there = |query: &Query| query.frame != *frame || crop.contains(query.point);
            assert!(queries.iter().all(is_there), "{direction:?} {frame}: {crop:?}");
        }
        // What the network was not shown is not said to be seen.
        let run = store.runs().find(|run| !run.crops().is_empty()).unwrap();
        for (frame, crop) in &crops {
            let samples = (0..3).filter_map(|slot| run.sample(slot, *frame));
            for sample in samples.filter(|sample| !crop.contains(sample.point)) {
                assert!(!sample.visible, "{frame}: {sample:?}");
            }
        }
    }
}

#[test]
fn features_of_parts_stay_out_of_the_cache_of_the_clip() {
    let cache = Arc::new(FeatureCache::new(usize::MAX));
    let queries = [query(0, 30.0, 20.0)];
    let whole = TrackerOptions { zoom: None, ..options(Zoom::Auto) };
    let plain = |options: &TrackerOptions| follow(start(&queries, options).unwrap(), &queries, options);
    let cached = |options: &TrackerOptions| {
        follow(start(&queries, options).unwrap().with_cache(Arc::clone(&cache)), &queries, options)
    };
    let same = |a: &TrackStore, b: &TrackStore| a.to_saved() == b.to_saved();
    let part = options(Zoom::Size(PART));
    let alone = plain(&part);
    assert!(same(&cached(&part), &alone) && cache.num_bytes() == 0);
    assert!(same(&cached(&whole), &plain(&whole)) && cache.num_bytes() > 0);
    assert!(same(&cached(&part), &alone), "whole pictures are not taken for parts");
    let saved = TrackStore::from_saved(alone.to_saved()).unwrap();
    assert_eq!((crops(&saved), saved.to_saved()), (crops(&alone), alone.to_saved()), "projects keep the path");
}

#[test]
fn a_part_that_cannot_be_is_refused() {
    let refusal = |queries: &[Query], options: &TrackerOptions| start(queries, options).unwrap_err().to_string();
    let far = [query(3, 10.0, 10.0), query(3, 80.0, 12.0)];
    let text = refusal(&far, &options(Zoom::Size(PART)));
    assert_eq!(text, "the points on frame 3 take up 71x3 pixels, more than a zoom of 48x40 shows");
    let text = refusal(&far, &options(Zoom::Size(Size::new(97, 40))));
    assert_eq!(text, "a zoom of 97x40 is larger than the picture of 96x72");
    let offline = TrackerOptions { span_bytes: Some(1 << 30), ..options(Zoom::Size(Size::new(90, 40))) };
    assert!(refusal(&far, &offline).contains("zoom follows points in windows"));
}
