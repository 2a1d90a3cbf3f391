//! The whole clip as one window, and in parts.

use super::*;
use cotrail::tracks::{Chunk, TrackMode};

fn offline(span_bytes: usize) -> TrackerOptions {
    TrackerOptions { span_bytes: Some(span_bytes), ..TrackerOptions::default() }
}

const ENOUGH: usize = 1 << 30;

fn tracker(num_frames: usize, options: &TrackerOptions) -> OnlineTracker {
    let clip = FrameIndex(0)..=FrameIndex::new(num_frames - 1);
    OnlineTracker::new(Arc::clone(&NETWORK), SIZE, clip, &GOLDEN.queries, options).unwrap()
}

/// Everything that is said of the first frames of the golden clip, `[frame][track]`.
fn follow(mut tracker: OnlineTracker) -> Vec<Option<Sample>> {
    let (mut samples, cancel) = (Vec::new(), CancelToken::new());
    let mut take = |chunk: Option<Chunk>| samples.extend(chunk.into_iter().flat_map(|chunk| chunk.samples));
    while let Some(next) = tracker.next_frame() {
        if let Some(outcome) = tracker.push(&GOLDEN.frames[next.get()], &cancel).unwrap() {
            take(outcome.settled);
        }
    }
    take(tracker.finish(&cancel).unwrap().and_then(|outcome| outcome.settled));
    samples
}

#[test]
fn the_golden_clip_at_once_is_tracked_as_the_oracle_tracks_it() {
    let bytes = std::fs::read(golden_path("golden.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let floats = |name: &str| -> Vec<f32> {
        let data = file.tensor(name).unwrap().data().as_chunks::<4>().0;
        data.iter().map(|&b| f32::from_le_bytes(b)).collect()
    };
    let whole = tracker(NUM_FRAMES, &offline(ENOUGH));
    assert!(whole.covers_whole_clip() && whole.parts().is_none());
    assert_eq!(whole.settings().mode, TrackMode::Offline);
    let samples = follow(whole);
    let expected = ["offline_coords", "offline_visibility", "offline_confidence"].map(floats);
    assert_eq!(2 * samples.len(), expected[0].len());
    for (at, sample) in samples.iter().enumerate() {
        // Also before a query's own frame.
        let sample = sample.unwrap();
        let point = SourcePoint::new(expected[0][2 * at], expected[0][2 * at + 1]);
        assert!(sample.point.distance(point) < 5e-3, "{at}: {sample:?}, not {point:?}");
        assert!((sample.visibility - expected[1][at]).abs() < 1e-3);
        assert!((sample.confidence - expected[2][at]).abs() < 1e-3);
    }
}

#[test]
fn a_clip_that_memory_does_not_hold_is_followed_in_parts() {
    let cut = tracker(NUM_FRAMES, &offline(1));
    assert_eq!((cut.parts(), cut.covers_whole_clip()), (Some((2, 23)), false));
    let samples = follow(cut);
    let num_tracks = GOLDEN.queries.len();
    assert_eq!(samples.len(), NUM_FRAMES * num_tracks);
    for (at, sample) in samples.iter().enumerate() {
        let (frame, query) = (at / num_tracks, GOLDEN.queries[at % num_tracks]);
        assert_eq!(sample.is_some(), frame >= query.frame.get(), "a part knows nothing of the one before");
    }
    // What the first part settles is what a clip of its length would be.
    let early: Vec<Query> = GOLDEN.queries.iter().copied().filter(|query| query.frame.get() < 23).collect();
    let short = track(&early, 0, 23, &offline(ENOUGH));
    for (n, query) in early.iter().enumerate() {
        for frame in query.frame.get()..15 {
            assert_eq!(samples[frame * num_tracks + n], short[n][frame], "track {n}, frame {frame}");
        }
    }
}

#[test]
fn step_by_step_it_is_the_same_and_stops_between_two_iterations() {
    let mut stepwise = tracker(NUM_FRAMES, &offline(ENOUGH));
    let cancel = CancelToken::new();
    while let Some(next) = stepwise.next_frame() {
        assert!(!stepwise.is_refining() && stepwise.push(&GOLDEN.frames[next.get()], &cancel).unwrap().is_none());
    }
    let mut progress = vec![stepwise.progress()];
    let mut outcome = None;
    while stepwise.is_refining() {
        outcome = stepwise.iterate(&cancel).unwrap();
        progress.push(stepwise.progress());
    }
    assert_eq!(progress, [18, 24, 30, 37].map(|done| (done, NUM_FRAMES)));
    let settled = outcome.and_then(|outcome| outcome.settled).unwrap();
    assert_eq!(settled.samples, follow(tracker(NUM_FRAMES, &offline(ENOUGH))));
    assert!(stepwise.finish(&cancel).unwrap().is_none(), "nothing is left");

    let mut stopped = tracker(NUM_FRAMES, &offline(ENOUGH));
    while let Some(next) = stopped.next_frame() {
        stopped.push(&GOLDEN.frames[next.get()], &cancel).unwrap();
    }
    stopped.iterate(&cancel).unwrap();
    cancel.cancel();
    assert!(matches!(stopped.iterate(&cancel), Err(TrackerError::Cancelled)));
}

#[test]
fn a_clip_at_once_that_is_shorter_than_promised_is_followed_to_its_end() {
    let mut promised = tracker(NUM_FRAMES, &offline(ENOUGH));
    let cancel = CancelToken::new();
    for frame in &GOLDEN.frames[..25] {
        promised.push(frame, &cancel).unwrap();
    }
    let settled = promised.finish(&cancel).unwrap().and_then(|outcome| outcome.settled).unwrap();
    let known: Vec<Query> = GOLDEN.queries.iter().copied().filter(|query| query.frame.get() < 25).collect();
    let short = track(&known, 0, 25, &offline(ENOUGH));
    for (n, query) in known.iter().enumerate() {
        for (frame, expected) in short[n].iter().enumerate().skip(query.frame.get()) {
            assert_eq!(settled.samples[frame * GOLDEN.queries.len() + n], *expected);
        }
    }
}

#[test]
fn one_pass_shows_both_sides_of_a_point() {
    let query = query(20, 40.0, 30.0);
    let clip = FrameIndex(0)..=FrameIndex(36);
    let mut pass = OnlineTracker::new(Arc::clone(&NETWORK), SIZE, clip, &[query], &offline(ENOUGH)).unwrap();
    let (mut store, cancel) = (TrackStore::new(), CancelToken::new());
    let (run, ids) = store.add_run([(None, query)]);
    while let Some(next) = pass.next_frame() {
        pass.push(&GOLDEN.frames[next.get()], &cancel).unwrap();
    }
    let outcome = pass.finish(&cancel).unwrap().unwrap();
    store.advance(run, outcome.settled, outcome.tail);
    let covered = |store: &TrackStore| store.covered(ids[0]).map(|(first, last)| (first.0, last.0));
    assert_eq!((covered(&store), store.sample(ids[0], FrameIndex(19))), (Some((20, 36)), None));
    let back = store.follow_back(run).unwrap();
    store.share_run(back.run, run);
    assert!(!store.is_used(back.run));
    assert_eq!(covered(&store), Some((0, 36)));
    assert!((0..37).all(|frame| store.sample(ids[0], FrameIndex(frame)).is_some()));
}
