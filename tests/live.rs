//! The live tracker: points that come and go, frame by frame. The tiny network tracks nothing, but deterministically.

mod joins;

use cotrail::frame::Frame;
use cotrail::geometry::{FrameIndex, Size, SourcePoint};
use cotrail::model::{CpuOptions, DeviceChoice, Network};
use cotrail::sync::CancelToken;
use cotrail::tracker::{LiveFrame, LiveOptions, LiveTracker, PointId, PointState, TrackerError};
use std::path::Path;
use std::sync::{Arc, LazyLock};

const SIZE: Size = Size::new(96, 72);

static NETWORK: LazyLock<Arc<Network>> = LazyLock::new(|| {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tiny.safetensors");
    Arc::new(Network::load(&path, DeviceChoice::Cpu, CpuOptions::precise(Some(2))).unwrap())
});

/// A pattern that moves right by a pixel a frame.
fn frame(index: usize) -> Frame {
    shifted(index, index as u32)
}

/// The pattern, moved right by some pixels.
fn shifted(index: usize, shift: u32) -> Frame {
    let value = |x: u32, y: u32| {
        let x = x + 200 - shift;
        [(x * x / 7 + 3 * y) as u8, ((x * 5) ^ (y * 9)) as u8, (x / 3 * 40 + y * y / 5) as u8]
    };
    let rgb = (0..SIZE.height).flat_map(|y| (0..SIZE.width).flat_map(move |x| value(x, y))).collect();
    Frame::new(FrameIndex::new(index), index as f64 / 30.0, SIZE, rgb)
}

fn tracker(options: &LiveOptions) -> LiveTracker {
    LiveTracker::new(Arc::clone(&NETWORK), SIZE, options).unwrap()
}

fn push(tracker: &mut LiveTracker, index: usize) -> LiveFrame {
    tracker.push(&frame(index), &CancelToken::new()).unwrap()
}

/// Points on an earlier frame, followed to the newest one.
fn add_at(tracker: &mut LiveTracker, index: usize, places: &[SourcePoint]) {
    tracker.add_at(FrameIndex::new(index), places, &CancelToken::new()).unwrap();
}

fn remove(tracker: &mut LiveTracker, id: PointId) {
    tracker.remove_all(&[id]);
}

/// Parks or unparks a point, or lets it be lost. Returns its new id.
fn put(tracker: &mut LiveTracker, id: PointId, state: PointState) -> PointId {
    let mut out = tracker.aside(id).unwrap();
    out.state = state;
    remove(tracker, id);
    tracker.put_back(&[out]).unwrap()[0]
}

fn points(frame: &LiveFrame) -> Vec<(u32, SourcePoint)> {
    frame.points.iter().map(|point| (point.id.0, point.position)).collect()
}

#[test]
fn ids_stay_stable_while_points_come_and_go() {
    let mut tracker = tracker(&LiveOptions::default());
    assert!(push(&mut tracker, 0).points.is_empty());
    let first = tracker.add(&[SourcePoint::new(20.0, 20.0), SourcePoint::new(40.0, 30.0)]).unwrap();
    assert_eq!(points(&push(&mut tracker, 1)).len(), 2);
    let second = tracker.add(&[SourcePoint::new(60.0, 50.0)]).unwrap();
    remove(&mut tracker, first[0]);
    let ids: Vec<u32> = points(&push(&mut tracker, 2)).iter().map(|(id, _)| *id).collect();
    assert_eq!(ids, [first[1].0, second[0].0]);
    let third = tracker.add(&[SourcePoint::new(10.0, 50.0)]).unwrap();
    assert!(third[0] > second[0], "ids are never used again");
    for id in [first[1], second[0], third[0]] {
        remove(&mut tracker, id);
    }
    assert!(push(&mut tracker, 3).points.is_empty());
}

#[test]
fn frames_may_be_left_out_and_the_same_stream_gives_the_same_tracks() {
    let run = || {
        let mut tracker = tracker(&LiveOptions { support_grid: 2, ..LiveOptions::default() });
        push(&mut tracker, 0);
        tracker.add(&[SourcePoint::new(20.0, 20.0)]).unwrap();
        [1, 2, 5, 6, 30].map(|index| points(&push(&mut tracker, index)))
    };
    let tracks = run();
    assert_eq!(tracks, run());
    assert!(tracks.iter().all(|points| points.len() == 1), "support points are never shown");
}

#[test]
fn what_cannot_be_followed_is_refused_and_changes_nothing() {
    let mut tracker = tracker(&LiveOptions::default());
    let inside = SourcePoint::new(20.0, 20.0);
    assert!(matches!(tracker.add(&[inside]), Err(TrackerError::NoFrame)));
    push(&mut tracker, 0);
    for outside in [SourcePoint::new(200.0, 3.0), SourcePoint::new(f32::NAN, 3.0)] {
        let error = tracker.add(&[inside, outside]).unwrap_err();
        assert!(matches!(error, TrackerError::OutsidePicture { number: 2, .. }), "{error}");
    }
    assert!(matches!(tracker.add(&vec![inside; 5000]), Err(TrackerError::TooManyQueries { .. })));
    assert!(push(&mut tracker, 1).points.is_empty());
    let odd = LiveOptions { model_size: Some(Size::new(100, 96)), ..LiveOptions::default() };
    assert!(LiveTracker::new(Arc::clone(&NETWORK), SIZE, &odd).is_err());
}

#[test]
fn a_cancelled_frame_leaves_the_points_where_they_were() {
    let mut tracker = tracker(&LiveOptions::default());
    push(&mut tracker, 0);
    tracker.add(&[SourcePoint::new(20.0, 20.0)]).unwrap();
    let before = tracker.points();
    let cancel = CancelToken::new();
    cancel.cancel();
    assert!(matches!(tracker.push(&frame(1), &cancel), Err(TrackerError::Cancelled)));
    assert_eq!(tracker.points(), before);
}

#[test]
fn a_correction_looks_at_the_whole_window_again() {
    let run = |correct_every: usize| {
        let mut tracker = tracker(&LiveOptions { correct_every, ..LiveOptions::default() });
        push(&mut tracker, 0);
        tracker.add(&[SourcePoint::new(20.0, 20.0)]).unwrap();
        (1..20).map(|index| points(&push(&mut tracker, index))).collect::<Vec<_>>()
    };
    let (plain, corrected) = (run(0), run(8));
    assert_eq!(plain[..14], corrected[..14], "there is no whole window before the 16th frame");
    assert_ne!(plain, corrected);
}

#[test]
fn a_lost_point_is_found_again_by_its_query_patch() {
    let search = |found_above: f32, searches_per_frame: usize| {
        let options = LiveOptions { found_above, searches_per_frame, ..LiveOptions::default() };
        let mut tracker = tracker(&options);
        push(&mut tracker, 0);
        let id = tracker.add(&[SourcePoint::new(28.0, 36.0)]).unwrap()[0];
        let id = put(&mut tracker, id, PointState::Parked);
        assert_eq!(push(&mut tracker, 8).points[0].state, PointState::Parked, "a parked point is not looked for");
        let id = put(&mut tracker, id, PointState::Lost);
        let found = push(&mut tracker, 16).points[0];
        assert_eq!(found.id, id);
        (found.state, found.position)
    };
    let (state, position) = search(0.9, 4);
    assert_eq!(state, PointState::Followed);
    assert!(
        position.distance(SourcePoint::new(44.0, 36.0)) < 4.0,
        "{position:?} is not where the picture has moved to"
    );
    assert_eq!(search(1.01, 4).0, PointState::Lost, "nothing fits that well");
    assert_eq!(search(0.9, 0).0, PointState::Lost, "nobody looks");
}

#[test]
fn a_parked_point_rests_beside_those_that_are_followed() {
    let mut tracker = tracker(&LiveOptions { lost_after: 0, ..LiveOptions::default() });
    push(&mut tracker, 0);
    let ids = tracker.add(&[SourcePoint::new(30.0, 36.0), SourcePoint::new(60.0, 20.0)]).unwrap();
    let parked = put(&mut tracker, ids[0], PointState::Parked);
    let states = |frame: &LiveFrame| frame.points.iter().map(|point| (point.id, point.state)).collect::<Vec<_>>();
    for index in 1..4 {
        let frame = push(&mut tracker, index);
        assert_eq!(states(&frame), [(ids[1], PointState::Followed), (parked, PointState::Parked)]);
        assert!(!frame.points[1].visible);
    }
    remove(&mut tracker, parked);
    assert_eq!(push(&mut tracker, 4).points.len(), 1);
}

#[test]
fn a_point_that_was_taken_out_is_put_back_as_it_was() {
    let mut tracker = tracker(&LiveOptions { lost_after: 0, searches_per_frame: 0, ..LiveOptions::default() });
    push(&mut tracker, 0);
    let ids = tracker.add(&[SourcePoint::new(30.0, 36.0), SourcePoint::new(60.0, 20.0)]).unwrap();
    push(&mut tracker, 1);
    let place = tracker.points()[0].position;
    let out = tracker.aside(ids[0]).unwrap();
    tracker.remove_all(&[ids[0], PointId(99)]);
    assert!(tracker.aside(ids[0]).is_none() && tracker.points().len() == 1);
    let back = tracker.put_back(std::slice::from_ref(&out)).unwrap();
    assert!(back[0] > ids[1], "ids are never used again");
    let point = tracker.points()[1];
    assert_eq!((point.id, point.state), (back[0], PointState::Followed), "it was away for a moment only");
    assert!(point.position.distance(place) < 1e-3);
    assert!(matches!(tracker.put_back(&vec![out.clone(); 5000]), Err(TrackerError::TooManyQueries { .. })));
    assert_eq!(push(&mut tracker, 2).points.len(), 2, "all or none");
    // Points that rested go on resting, in another stream, too.
    let mut other = self::tracker(&LiveOptions { searches_per_frame: 0, ..LiveOptions::default() });
    let [mut parked, mut lost] = [out.clone(), out.clone()];
    (parked.state, lost.state) = (PointState::Parked, PointState::Lost);
    assert!(matches!(other.put_back(&[out]), Err(TrackerError::NoFrame)));
    push(&mut other, 3);
    other.put_back(&[parked, lost]).unwrap();
    let states: Vec<_> = push(&mut other, 4).points.iter().map(|point| point.state).collect();
    assert_eq!(states, [PointState::Parked, PointState::Lost]);
}

#[test]
fn a_point_that_another_tracker_takes_over_was_not_away() {
    let options = LiveOptions { lost_after: 0, searches_per_frame: 0, ..LiveOptions::default() };
    let mut first = tracker(&options);
    push(&mut first, 0);
    let id = first.add(&[SourcePoint::new(30.0, 36.0)]).unwrap()[0];
    let copy = first.aside(id).unwrap();
    let state_on = |frame: usize, is_handed_over: bool| {
        let mut next = tracker(&options);
        push(&mut next, frame);
        let frame = next.newest().unwrap();
        let copy = if is_handed_over { copy.clone().handed_over(frame) } else { copy.clone() };
        next.put_back(&[copy]).unwrap();
        next.points()[0].state
    };
    assert_eq!(state_on(8, false), PointState::Followed);
    assert_eq!(state_on(20, false), PointState::Lost, "it is not seen there");
    assert_eq!(state_on(20, true), PointState::Followed, "the stream was thinned out");
    assert_eq!(state_on(90, true), PointState::Lost, "too long to be the next frame");
}

#[test]
fn a_point_on_an_earlier_frame_is_followed_to_the_newest() {
    let mut late = tracker(&LiveOptions::default());
    (0..6).for_each(|index| drop(push(&mut late, index)));
    let place = [SourcePoint::new(30.0, 36.0)];
    add_at(&mut late, 2, &place);
    let mut early = tracker(&LiveOptions::default());
    (0..3).for_each(|index| drop(push(&mut early, index)));
    early.add(&place).unwrap();
    (3..6).for_each(|index| drop(push(&mut early, index)));
    assert_eq!(late.points(), early.points());
}

#[test]
fn a_point_is_hidden_where_its_patch_does_not_fit_as_before() {
    let verdicts = |misfit_below: f32| {
        let mut tracker = tracker(&LiveOptions { misfit_below, lost_after: 0, ..LiveOptions::default() });
        push(&mut tracker, 0);
        tracker.add(&[SourcePoint::new(40.0, 36.0), SourcePoint::new(60.0, 50.0)]).unwrap();
        (1..20).flat_map(|index| push(&mut tracker, index).points).map(|point| point.visible).collect::<Vec<_>>()
    };
    let network = verdicts(0.0);
    assert!(network.contains(&true), "the network sees some");
    assert_eq!(verdicts(-2.0), network, "no patch fits as badly as that");
    assert!(!verdicts(2.0).contains(&true), "no patch fits twice as well as before");
}

#[test]
fn points_that_are_lost_together_are_found_together() {
    // No patch fits twice as well as before: every point is lost on the second frame, and looked for at once.
    let options = LiveOptions { misfit_below: 2.0, lost_after: 2, ..LiveOptions::default() };
    let places = [[28.0, 36.0], [40.0, 20.0], [60.0, 50.0]].map(|[x, y]| SourcePoint::new(x, y));
    let follow = |searches_per_frame: usize| {
        let mut tracker = tracker(&LiveOptions { searches_per_frame, found_above: 0.8, ..options.clone() });
        push(&mut tracker, 0);
        tracker.add(&places).unwrap();
        push(&mut tracker, 1);
        tracker.push(&shifted(2, 16), &CancelToken::new()).unwrap()
    };
    let states = |frame: &LiveFrame| frame.points.iter().map(|point| point.state).collect::<Vec<_>>();
    let (found, lost) = (PointState::Followed, PointState::Lost);
    assert_eq!(states(&follow(0)), [lost; 3]);
    assert_eq!(states(&follow(2)), [found, found, lost]);
    let all = follow(3);
    assert_eq!(states(&all), [found; 3]);
    for (point, place) in all.points.iter().zip(places) {
        assert!(point.position.distance(SourcePoint::new(place.x + 16.0, place.y)) < 4.0, "{point:?}");
    }
}

#[test]
fn a_point_that_was_just_found_is_followed_however_fast_it_moves() {
    let follow = |looks_after_found: usize| {
        let options = LiveOptions { looks_after_found, found_above: 0.8, ..LiveOptions::default() };
        let mut tracker = tracker(&options);
        push(&mut tracker, 0);
        let id = tracker.add(&[SourcePoint::new(28.0, 36.0)]).unwrap()[0];
        put(&mut tracker, id, PointState::Lost);
        let found = tracker.push(&shifted(1, 16), &CancelToken::new()).unwrap().points[0];
        assert_eq!(found.state, PointState::Followed);
        assert!(found.position.distance(SourcePoint::new(44.0, 36.0)) < 4.0, "{found:?}");
        let fast = tracker.push(&shifted(2, 32), &CancelToken::new()).unwrap().points[0];
        fast.position.distance(SourcePoint::new(60.0, 36.0))
    };
    let (looked, left) = (follow(2), follow(0));
    assert!(looked < 6.0 && left > looked + 6.0, "{looked} pixels away, {left} without another look");
}

#[test]
fn a_late_point_ends_where_it_would_be_if_it_had_been_added_then() {
    let cancel = CancelToken::new();
    let mut tracker = tracker(&LiveOptions { lost_after: 0, ..LiveOptions::default() });
    let begin = SourcePoint::new(20.0, 20.0);
    push(&mut tracker, 0);
    tracker.add(&[begin]).unwrap();
    (1..40).for_each(|index| drop(push(&mut tracker, index)));
    let then = tracker.points()[0];
    let mut late = tracker.start_late(&frame(0), &[begin]).unwrap();
    assert_eq!((late.at(), tracker.oldest_remembered()), (FrameIndex(0), Some(FrameIndex(24))));
    for index in 1..24 {
        tracker.follow_late(&mut late, &[FrameIndex::new(index)], &frame(index), &cancel).unwrap();
    }
    assert_eq!(tracker.points(), [then], "it is no point yet");
    let places = tracker.join_late(late, &cancel).unwrap();
    let frames: Vec<u32> = places.iter().map(|(frame, _)| frame.0).collect();
    assert_eq!(frames, (0..40).collect::<Vec<_>>());
    let points = tracker.points();
    assert_eq!(points.len(), 2);
    assert_eq!((points[0], points[1].position), (then, then.position));
    assert_eq!(places.last().unwrap().1.position, then.position);
    assert_eq!(push(&mut tracker, 40).points.len(), 2);
}

#[test]
fn a_late_point_may_take_long_steps_and_gives_up_when_asked() {
    let cancel = CancelToken::new();
    let mut tracker = tracker(&LiveOptions::default());
    (0..60).for_each(|index| drop(push(&mut tracker, index)));
    let mut late = tracker.start_late(&frame(3), &[SourcePoint::new(30.0, 30.0)]).unwrap();
    for index in (8..44).step_by(5) {
        let way: Vec<FrameIndex> = (index - 4..=index).map(FrameIndex::new).collect();
        tracker.follow_late(&mut late, &way, &frame(index), &cancel).unwrap();
        let xs: Vec<f32> = way.iter().map(|at| late.on(*at).next().unwrap().position.x).collect();
        let steps: Vec<f32> = xs.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(steps.iter().all(|step| (step - steps[0]).abs() < 1e-3), "evenly: {xs:?}");
        assert_eq!(late.at(), FrameIndex::new(index));
    }
    let stopped = CancelToken::new();
    stopped.cancel();
    let cancelled = tracker.follow_late(&mut late, &[FrameIndex(44)], &frame(44), &stopped);
    assert!(matches!(cancelled, Err(TrackerError::Cancelled)));
    assert_eq!(late.at(), FrameIndex(43), "it stands where it was");
    let [there, later] = [43, 44].map(|at| late.on(FrameIndex(at)).next().unwrap());
    assert_eq!((later.position, later.visible), (there.position, false), "nobody knows yet");
    assert!(matches!(tracker.join_late(late, &stopped), Err(TrackerError::Cancelled)));
    assert!(tracker.points().is_empty());
    let outside = tracker.start_late(&frame(3), &[SourcePoint::new(-3.0, 30.0)]);
    assert!(matches!(outside, Err(TrackerError::OutsidePicture { .. })));
}

#[test]
fn frames_are_not_encoded_before_there_is_a_point_and_points_begin_on_them_all_the_same() {
    let place = SourcePoint::new(40.0, 30.0);
    let mut idle = tracker(&LiveOptions::default());
    let frames: Vec<LiveFrame> = (0..20).map(|index| push(&mut idle, index)).collect();
    assert!(frames.iter().all(|frame| frame.timings.encode_millis == 0.0), "nothing is to be followed");
    add_at(&mut idle, 17, &[place]);
    assert_eq!(idle.points().len(), 1);
    assert!(push(&mut idle, 20).timings.encode_millis > 0.0);

    // As if somebody had clicked when frame 17 was the newest.
    let mut busy = tracker(&LiveOptions::default());
    push(&mut busy, 17);
    busy.add(&[place]).unwrap();
    (18..20).for_each(|index| drop(push(&mut busy, index)));
    let (late, early) = (idle.points(), points(&push(&mut busy, 20)));
    assert!(late[0].position.distance(early[0].1) < 1e-3, "{late:?} {early:?}");
    remove(&mut idle, late[0].id);
    assert!(push(&mut idle, 21).timings.encode_millis == 0.0);
}
