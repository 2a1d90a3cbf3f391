//! Hundreds of points at once: they join over some frames, each from its own.

use super::{points, push, tracker};
use cotrail::geometry::{FrameIndex, SourcePoint};
use cotrail::sync::CancelToken;
use cotrail::tracker::{LiveFrame, LiveOptions, LivePoint, LiveTracker, PointId, PointState, TrackerError};
use std::collections::BTreeMap;

fn spread() -> LiveOptions {
    LiveOptions { spread_joins: true, lost_after: 0, ..LiveOptions::default() }
}

fn many(count: usize) -> Vec<SourcePoint> {
    let place = |i: usize| SourcePoint::new((i * 7 % 89) as f32 + 2.25, (i * 13 % 67) as f32 + 1.5);
    (0..count).map(place).collect()
}

fn are_joining(points: &[LivePoint]) -> Vec<PointId> {
    points.iter().filter(|point| point.state == PointState::Joining).map(|point| point.id).collect()
}

/// Frames from this one on, until all points have joined.
fn push_until_all_are_in(tracker: &mut LiveTracker, first: usize) -> Vec<LiveFrame> {
    let mut frames = Vec::new();
    while tracker.has_waiting() {
        frames.push(push(tracker, first + frames.len()));
        assert!(frames.len() < 16, "their own frame would be forgotten");
    }
    frames
}

#[test]
fn hundreds_of_points_join_in_order_over_some_frames_and_keep_their_ids() {
    let (places, mut tracker) = (many(300), tracker(&spread()));
    push(&mut tracker, 0);
    let ids = tracker.add(&places).unwrap();
    assert_eq!(ids, (0..300).map(PointId).collect::<Vec<_>>());
    let now = tracker.points();
    assert!(now.iter().zip(&places).all(|(point, place)| point.position == *place && !point.visible));
    assert_eq!(are_joining(&now), ids);
    let frames = push_until_all_are_in(&mut tracker, 1);
    assert!(frames.len() > 1, "not all at once");
    for frame in &frames {
        assert_eq!(frame.points.iter().map(|point| point.id).collect::<Vec<_>>(), ids);
        let joining = are_joining(&frame.points);
        assert_eq!(joining, ids[300 - joining.len()..], "in order");
        let waits = |point: &&LivePoint| point.state == PointState::Joining;
        assert!(frame.points.iter().filter(waits).all(|point| point.position == places[point.id.0 as usize]));
    }
    let left: Vec<usize> = frames.iter().map(|frame| are_joining(&frame.points).len()).collect();
    assert!(left.is_sorted_by(|before, after| before > after) && left.last() == Some(&0), "{left:?}");
}

#[test]
fn points_that_waited_are_followed_as_if_they_had_joined_on_their_own_frame() {
    let (places, mut tracker) = (many(300), tracker(&spread()));
    push(&mut tracker, 0);
    tracker.add(&places).unwrap();
    let frames = push_until_all_are_in(&mut tracker, 1);
    let mut before = 0;
    for frame in &frames {
        let num_in = 300 - are_joining(&frame.points).len();
        if frame.frame.0 > 2 {
            before = num_in; // see the next test
            continue;
        }
        // The same points alone.
        let mut alone = self::tracker(&LiveOptions { lost_after: 0, ..LiveOptions::default() });
        push(&mut alone, 0);
        alone.add(&places[before..num_in]).unwrap();
        let mut expected: BTreeMap<u32, Vec<SourcePoint>> = BTreeMap::new();
        for index in 1..frame.frame.get() {
            expected.insert(index as u32, push(&mut alone, index).points.iter().map(|point| point.position).collect());
        }
        let mut found: BTreeMap<u32, Vec<SourcePoint>> = BTreeMap::new();
        for (index, point) in &frame.caught_up {
            assert!((before..num_in).contains(&(point.id.0 as usize)));
            found.entry(index.0).or_default().push(point.position);
        }
        if frame.frame.0 == 1 {
            assert_eq!(found.len(), 0, "nothing was missed");
            let together = push(&mut alone, 1);
            assert_eq!(points(&together), points(frame)[..num_in], "as if nobody had waited");
        } else {
            assert_eq!(found.remove(&0).unwrap(), places[before..num_in], "where they were placed");
            assert_eq!(found, expected);
        }
        before = num_in;
    }
    assert_eq!(before, 300);
}

#[test]
fn points_that_waited_for_long_take_one_step_to_the_others() {
    let (places, mut tracker) = (many(400), tracker(&spread()));
    push(&mut tracker, 0);
    tracker.add(&places).unwrap();
    let frames = push_until_all_are_in(&mut tracker, 1);
    let mut before = 0;
    for frame in &frames {
        let num_in = 400 - are_joining(&frame.points).len();
        let last = frame.frame.get() - 1;
        if last > 1 {
            let mut alone = self::tracker(&spread());
            push(&mut alone, 0);
            let mut late = alone.start_late(&super::frame(0), &places[before..num_in]).unwrap();
            let way: Vec<FrameIndex> = (1..=last).map(FrameIndex::new).collect();
            alone.follow_late(&mut late, &way, &super::frame(last), &CancelToken::new()).unwrap();
            for (number, point) in (before as u32..).zip(late.on(late.at())) {
                let own: Vec<_> = frame.caught_up.iter().filter(|(_, found)| found.id.0 == number).collect();
                assert_eq!(
                    own.iter().map(|(index, _)| index.get()).collect::<Vec<_>>(),
                    (0..=last).collect::<Vec<_>>()
                );
                let xs: Vec<f32> = own.iter().map(|(_, found)| found.position.x).collect();
                assert_eq!((xs[0], xs[last]), (places[number as usize].x, point.position.x));
                let steps: Vec<f32> = xs.windows(2).map(|pair| pair[1] - pair[0]).collect();
                assert!(steps.iter().all(|step| (step - steps[0]).abs() < 1e-3), "evenly: {xs:?}");
            }
        }
        before = num_in;
    }
    assert!(frames.len() > 2, "some did wait for long");
}

#[test]
fn few_points_never_wait() {
    let places = many(64);
    let follow = |options: &LiveOptions| {
        let mut tracker = tracker(options);
        push(&mut tracker, 0);
        tracker.add(&places[..20]).unwrap();
        tracker.add(&places[20..32]).unwrap();
        assert!(!tracker.has_waiting());
        push(&mut tracker, 1);
        tracker.add(&places[32..]).unwrap();
        assert!(!tracker.has_waiting());
        (2..6).map(|index| push(&mut tracker, index).points).collect::<Vec<_>>()
    };
    let plain = LiveOptions { spread_joins: false, ..spread() };
    assert_eq!(follow(&spread()), follow(&plain));
    let mut tracker = tracker(&plain);
    push(&mut tracker, 0);
    tracker.add(&many(300)).unwrap();
    assert!(!tracker.has_waiting(), "nor do many where that is not wanted");
}

#[test]
fn points_that_wait_can_be_deleted_parked_and_moved() {
    let (places, mut tracker) = (many(300), tracker(&spread()));
    push(&mut tracker, 0);
    let ids = tracker.add(&places).unwrap();
    push(&mut tracker, 1);
    let waiting = are_joining(&tracker.points());
    let [deleted, parked, moved, ..] = waiting[waiting.len() - 5..] else { panic!("{waiting:?}") };
    let mut out = tracker.aside(parked).unwrap();
    out.state = PointState::Parked;
    tracker.remove_all(&[deleted, parked, moved]);
    let new_parked = tracker.put_back(&[out]).unwrap()[0];
    let moved = tracker.add(&[SourcePoint::new(50.0, 40.0)]).unwrap()[0];
    let of = |points: &[LivePoint], id: PointId| points.iter().find(|point| point.id == id).copied();
    let now = tracker.points();
    let state = |id| of(&now, id).map(|point| point.state);
    assert_eq!([deleted, new_parked, moved].map(state), [None, Some(PointState::Parked), Some(PointState::Followed)]);
    assert_eq!(of(&now, moved).unwrap().position.x.round(), 50.0);
    push_until_all_are_in(&mut tracker, 2);
    let now = tracker.points();
    let gone = waiting[waiting.len() - 5..][..3].to_vec();
    let expected = ids.iter().copied().filter(|id| !gone.contains(id)).chain([new_parked, moved]);
    assert_eq!(now.iter().map(|point| point.id).collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    let rests = of(&now, new_parked).unwrap();
    assert_eq!((rests.state, rests.position), (PointState::Parked, places[parked.0 as usize]));
    let others = now.iter().filter(|point| point.id != new_parked);
    assert!(others.clone().all(|point| point.state == PointState::Followed) && others.count() == 298);

    tracker.add(&places).unwrap();
    assert!(tracker.has_waiting());
    let all: Vec<PointId> = tracker.points().iter().map(|point| point.id).collect();
    tracker.remove_all(&all);
    assert!(!tracker.has_waiting() && push(&mut tracker, 40).points.is_empty());
}

#[test]
fn many_points_that_are_put_back_wait_too_also_where_they_had_not_joined() {
    let (places, mut tracker) = (many(200), tracker(&spread()));
    push(&mut tracker, 0);
    let ids = tracker.add(&places).unwrap();
    push(&mut tracker, 1);
    assert!(!are_joining(&tracker.points()).is_empty());
    let asides: Vec<_> = ids.iter().map(|id| tracker.aside(*id).unwrap()).collect();
    let before: Vec<SourcePoint> = tracker.points().iter().map(|point| point.position).collect();
    tracker.remove_all(&ids);
    let back = tracker.put_back(&asides).unwrap();
    assert_eq!(back, (200..400).map(PointId).collect::<Vec<_>>());
    assert_eq!(tracker.points().iter().map(|point| point.position).collect::<Vec<_>>(), before);
    assert_eq!(are_joining(&tracker.points()), back);
    push_until_all_are_in(&mut tracker, 2);
    assert!(tracker.points().iter().all(|point| point.state == PointState::Followed), "away for a moment only");
}

#[test]
fn no_point_waits_until_its_frame_is_forgotten() {
    let mut tracker = tracker(&LiveOptions { iters: 1, ..spread() });
    let mut placed_at: BTreeMap<PointId, usize> = BTreeMap::new();
    push(&mut tracker, 0);
    for index in 0..16 {
        let ids = tracker.add(&many(120)).unwrap();
        placed_at.extend(ids.iter().map(|id| (*id, index)));
        let followed = push(&mut tracker, index + 1);
        let oldest = tracker.oldest_remembered().unwrap().get();
        assert!(are_joining(&followed.points).iter().all(|id| placed_at[id] > oldest || oldest == 0));
    }
    push_until_all_are_in(&mut tracker, 17);
    assert_eq!(tracker.points().len(), 16 * 120);
}

#[test]
fn points_on_an_earlier_frame_wait_too_and_all_join_while_no_frame_comes() {
    let (places, cancel) = (many(100), CancelToken::new());
    let mut tracker = tracker(&spread());
    (0..4).for_each(|index| drop(push(&mut tracker, index)));
    assert!(matches!(tracker.add_at(FrameIndex(9), &places, &cancel), Err(TrackerError::NoFrame)));
    assert!(tracker.add_at(FrameIndex(1), &[SourcePoint::new(-1.0, 0.0); 100], &cancel).is_err());
    let (few, _) = tracker.add_at(FrameIndex(1), &places[..20], &cancel).unwrap();
    assert!(!tracker.has_waiting(), "few do not");
    tracker.remove_all(&few);
    let later = tracker.add(&places).unwrap();
    let (ids, said) = tracker.add_at(FrameIndex(1), &places, &cancel).unwrap();
    let waits = |(frame, point): &(FrameIndex, LivePoint)| point.visible == (*frame == FrameIndex(1));
    assert!(said.len() == 300 && said.iter().all(waits), "where they were placed, and not seen since");
    assert!(ids[0] > later[99]);
    let mut found = Vec::new();
    while tracker.has_waiting() {
        found.extend(tracker.catch_up(&cancel).unwrap());
    }
    assert!(found.iter().all(|(_, point)| ids.contains(&point.id)), "the others missed nothing");
    for (id, place) in ids.iter().zip(&places) {
        let own: Vec<_> = found.iter().filter(|(_, point)| point.id == *id).collect();
        assert_eq!(own.iter().map(|(frame, _)| frame.0).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(own[0].1.position, *place);
        assert!(tracker.points().contains(&own[2].1), "it goes on from there");
    }
    assert!(tracker.catch_up(&cancel).unwrap().is_empty());
    assert_eq!(points(&push(&mut tracker, 4)).len(), 200);
}
