//! Edits by example: every one leaves the runs alone and can be undone.

use super::super::history::History;
use super::super::run::{Chunk, Direction};
use super::super::track::{RunId, Sample, SampleSource};
use super::*;
use crate::geometry::Size;
use crate::geometry::SourcePoint;

const NUM_FRAMES: u32 = 10;

fn query(frame: u32, x: f32) -> (Option<String>, Query) {
    (None, Query { frame: FrameIndex(frame), point: SourcePoint::new(x, 0.0) })
}

/// Gives every run without results some: slot `s` of run `r` stands at x = 100 r + 10 s, y = frame.
fn fill(store: &mut TrackStore) {
    for at in 0..store.runs.len() {
        if store.runs[at].covered().is_some() {
            continue;
        }
        let (run, queries) = (store.runs[at].id, store.runs[at].queries().to_vec());
        let is_forward = store.runs[at].direction() == Direction::Forward;
        let samples = (0..NUM_FRAMES).flat_map(|frame| {
            let sample = |(slot, query): (usize, &Query)| {
                let point = SourcePoint::new((100 * run.0) as f32 + 10.0 * slot as f32, frame as f32);
                let source = SampleSource::Tracked;
                let sample =
                    Sample { point, visibility: 0.9, confidence: 0.9, probability: None, visible: true, source };
                let is_there = if is_forward { query.frame.0 <= frame } else { frame <= query.frame.0 };
                is_there.then_some(sample)
            };
            queries.iter().enumerate().map(sample).collect::<Vec<_>>()
        });
        let chunk = Chunk { first: FrameIndex(0), num_tracks: queries.len(), samples: samples.collect() };
        store.advance(run, Some(chunk), None);
    }
}

fn xs(store: &TrackStore, id: TrackId) -> Vec<Option<i32>> {
    let frames = FrameIndex(0)..=FrameIndex(NUM_FRAMES - 1);
    store.samples_of(id, frames).map(|(_, sample)| sample.map(|sample| sample.point.x as i32)).collect()
}

fn two() -> (TrackStore, TrackId, TrackId) {
    let mut store = TrackStore::new();
    store.set_picture(Size::new(2000, 2000)); // different runs disagree
    let (_, ids) = store.add_run([query(0, 0.0), query(3, 10.0)]);
    fill(&mut store);
    (store, ids[0], ids[1])
}

fn n(x: i32, times: usize) -> Vec<Option<i32>> {
    vec![Some(x); times]
}

fn none(times: usize) -> Vec<Option<i32>> {
    vec![None; times]
}

#[test]
fn a_correction_is_exact_and_followed_to_the_next_ones_on_either_side() {
    let (mut store, a, b) = two();
    let untouched = xs(&store, b);
    let until = |wanted: Vec<WantedRun>| wanted.iter().map(|wanted| wanted.until.map(|at| at.0)).collect::<Vec<_>>();
    let wanted = store.correct(&[(a, SourcePoint::new(77.0, 7.0))], FrameIndex(6)).unwrap();
    assert_eq!(until(wanted), [None, Some(0)]);
    assert_eq!(xs(&store, a), [n(0, 6), n(77, 1), none(3)].concat(), "before the new runs have results");
    fill(&mut store);
    let nearer_end = [n(0, 3), n(200, 3), n(77, 1), n(100, 3)].concat();
    assert_eq!(xs(&store, a), nearer_end, "where the ends disagree, the nearer one is right");
    let wanted = store.correct(&[(a, SourcePoint::new(55.0, 5.0))], FrameIndex(2)).unwrap();
    assert_eq!(until(wanted), [Some(6), Some(0)]);
    fill(&mut store);
    let expected = [n(0, 1), n(400, 1), n(55, 1), n(300, 1), n(200, 2), n(77, 1), n(100, 3)].concat();
    assert_eq!(xs(&store, a), expected);
    assert_eq!(store.sample(a, FrameIndex(2)).unwrap().source, SampleSource::Corrected);
    assert_eq!(xs(&store, b), untouched);
    assert_eq!(store.runs().count(), 5);
}

#[test]
fn a_point_is_followed_backwards_from_where_it_was_placed_and_again_when_it_is_moved() {
    let mut store = TrackStore::new();
    let (run, ids) = store.add_run([query(7, 0.0), query(9, 1.0)]);
    assert_eq!(store.follow_back(run), Some(WantedRun { run: RunId(1), until: None }));
    fill(&mut store);
    assert_eq!(xs(&store, ids[0]), [n(100, 7), n(0, 3)].concat());
    assert_eq!(xs(&store, ids[1]), [n(110, 9), n(10, 1)].concat());
    assert_eq!(store.covered(ids[1]), Some((FrameIndex(0), FrameIndex(9))));
    assert!(store.are_together());
    let wanted = store.correct(&[(ids[0], SourcePoint::new(5.0, 7.0))], FrameIndex(7)).unwrap();
    assert_eq!(wanted.iter().map(|wanted| wanted.run.0).collect::<Vec<_>>(), [2, 3]);
    fill(&mut store);
    assert_eq!(xs(&store, ids[0]), [n(300, 7), n(200, 3)].concat());
    let wanted = store.follow_together().unwrap();
    assert_eq!(
        wanted,
        [(4, None), (5, Some(0))].map(|(run, until)| WantedRun { run: RunId(run), until: until.map(FrameIndex) })
    );
    fill(&mut store);
    assert_eq!(xs(&store, ids[1]), [n(510, 9), n(410, 1)].concat());
    assert!(store.are_together());
}

#[test]
fn a_stub_on_the_last_frame_grows_backwards() {
    let mut store = TrackStore::new();
    let (_, ids) = store.add_run([query(9, 0.0)]);
    fill(&mut store);
    let wanted = store.follow_again(&ids, FrameIndex(9), Ways::Backward).unwrap();
    assert_eq!(wanted, [WantedRun { run: RunId(1), until: None }]);
    fill(&mut store);
    assert_eq!(xs(&store, ids[0]), [n(100, 9), n(0, 1)].concat());
    let (_, first) = store.add_run([query(0, 0.0)]);
    assert_eq!(store.follow_again(&first, FrameIndex(0), Ways::Backward), Ok(vec![]), "nothing lies before");
}

#[test]
fn backwards_a_track_ends_at_a_cut_and_where_it_leaves_the_picture() {
    let mut store = TrackStore::new();
    let (run, ids) = store.add_run([query(8, 0.0)]);
    store.follow_back(run);
    fill(&mut store);
    store.set_cuts([FrameIndex(3), FrameIndex(6)].into());
    assert_eq!(xs(&store, ids[0]), [none(6), n(100, 2), n(0, 2)].concat());
    assert_eq!(store.covered(ids[0]), Some((FrameIndex(6), FrameIndex(9))));
    store.apply(&Edit::Treat(Treatment { through_cuts: true, end_outside: true, ..Treatment::default() })).unwrap();
    assert_eq!(xs(&store, ids[0]), [n(100, 8), n(0, 2)].concat());
    store.set_picture(Size::new(60, 60)); // the run that goes back stands at x = 100
    assert_eq!(xs(&store, ids[0]), [none(8), n(0, 2)].concat());
    assert_eq!(store.covered(ids[0]), Some((FrameIndex(8), FrameIndex(9))));
}

#[test]
fn moving_the_query_moves_where_the_track_begins() {
    let (mut store, _, b) = two();
    store.correct(&[(b, SourcePoint::new(3.0, 4.0))], FrameIndex(3)).unwrap();
    let track = store.track(b).unwrap();
    assert_eq!((track.query.point, track.corrections.len()), (SourcePoint::new(3.0, 4.0), 0));
    assert_eq!(track.segment_at(FrameIndex(3)).unwrap().source, Some((RunId(1), 0)));
}

#[test]
fn following_again_starts_from_where_the_track_is() {
    let (mut store, a, b) = two();
    let run = store.follow_again(&[a, b], FrameIndex(5), Ways::Forward).unwrap()[0].run;
    let queries: Vec<_> = store.run(run).unwrap().queries().iter().map(|q| (q.frame.0, q.point.x)).collect();
    assert_eq!(queries, [(5, 0.0), (5, 10.0)]);
    fill(&mut store);
    assert_eq!(xs(&store, b), [none(3), n(10, 2), n(110, 5)].concat());
    assert_eq!(store.follow_again(&[b], FrameIndex(1), Ways::Both), Err(EditError::NothingThere("point 2".to_owned())));
}

#[test]
fn what_was_tracked_one_by_one_is_tracked_together_from_the_same_places() {
    let (mut store, a, b) = two();
    let (_, more) = store.add_run([query(5, 20.0)]);
    store.correct(&[(a, SourcePoint::new(77.0, 7.0))], FrameIndex(6)).unwrap(); // runs 2 and 3
    store.correct(&[(b, SourcePoint::new(3.0, 4.0))], FrameIndex(3)).unwrap(); // run 4; nothing is left of the first
    store.apply(&Edit::ClearAfter { tracks: more.clone(), frame: FrameIndex(7) }).unwrap();
    let (_, locked) = store.add_run([query(0, 9.0)]); // run 5
    store.apply(&Edit::SetLocked { tracks: locked.clone(), locked: true }).unwrap();
    fill(&mut store);
    assert!(!store.are_together());
    let before = store.edits().clone();
    let wanted = store.follow_together().unwrap();
    let places = wanted.iter().map(|wanted| {
        let queries = store.run(wanted.run).unwrap().queries().iter();
        (queries.map(|q| (q.frame.0, q.point.x as i32)).collect::<Vec<_>>(), wanted.until.map(|at| at.0))
    });
    let expected = [(vec![(0, 0), (6, 77), (3, 3), (5, 20)], None), (vec![(6, 77)], Some(0))];
    assert_eq!(places.collect::<Vec<_>>(), expected);
    fill(&mut store);
    let expected = [n(600, 3), n(700, 3), n(77, 1), n(610, 3)].concat();
    assert_eq!(xs(&store, a), expected, "corrections stay, and are followed from");
    assert_eq!(xs(&store, b), [none(3), n(620, 7)].concat());
    assert_eq!(xs(&store, more[0]), [none(5), n(630, 3), none(2)].concat(), "what was cleared stays so");
    assert_eq!(xs(&store, locked[0]), n(500, 10));
    assert!(store.are_together());
    store.restore(before);
    assert_eq!(xs(&store, a), [n(0, 3), n(300, 3), n(77, 1), n(200, 3)].concat());
}

#[test]
fn tracks_that_end_early_are_tracked_together_no_further_than_that() {
    let (mut store, a, b) = two();
    store.apply(&Edit::ClearAfter { tracks: vec![a, b], frame: FrameIndex(5) }).unwrap();
    assert_eq!(store.follow_together().unwrap()[0].until, Some(FrameIndex(6)));
    store.apply(&Edit::SetLocked { tracks: vec![a, b], locked: true }).unwrap();
    assert_eq!(store.follow_together(), Err(EditError::NoTrack));
    assert!(store.are_together(), "there is nothing to do");
    store.apply(&Edit::SetLocked { tracks: vec![a], locked: false }).unwrap();
    store.correct(&[(a, SourcePoint::new(1.0, 1.0))], FrameIndex(4)).unwrap();
    assert!(store.are_together(), "a single point has no company");
}

#[test]
fn clearing_takes_away_what_it_says() {
    let (store, a, b) = two();
    let after = |edit: Edit, id| {
        let mut store = store.clone();
        store.apply(&edit).unwrap();
        (xs(&store, id), store.covered(id), store.track(id).unwrap().query.frame.0)
    };
    let frames = |first, last| Some((FrameIndex(first), FrameIndex(last)));
    let (tracks, frame) = (vec![a, b], FrameIndex(4));
    let clear = Edit::ClearAfter { tracks: tracks.clone(), frame };
    assert_eq!(after(clear.clone(), a), ([n(0, 5), none(5)].concat(), frames(0, 4), 0));
    assert_eq!(after(clear, b), ([none(3), n(10, 2), none(5)].concat(), frames(3, 4), 3));
    let clear = Edit::ClearBefore { tracks: tracks.clone(), frame };
    assert_eq!(after(clear, a), ([none(4), n(0, 6)].concat(), frames(4, 9), 4));
    let clear = Edit::ClearFrame { tracks, frame };
    assert_eq!(after(clear, a), ([n(0, 4), none(1), n(0, 5)].concat(), frames(0, 9), 0));
    let nothing = Edit::ClearAfter { tracks: vec![b], frame: FrameIndex(1) };
    assert_eq!(store.clone().apply(&nothing), Err(EditError::NothingLeft("point 2".to_owned())));
}

#[test]
fn a_split_track_merges_to_what_it_was() {
    let (mut store, a, _) = two();
    store.correct(&[(a, SourcePoint::new(77.0, 7.0))], FrameIndex(8)).unwrap();
    fill(&mut store);
    let whole = xs(&store, a);
    store.apply(&Edit::Split { track: a, frame: FrameIndex(5) }).unwrap();
    let second = store.tracks().nth(1).unwrap().id;
    assert_eq!(xs(&store, a), [n(0, 4), n(200, 1), none(5)].concat());
    assert_eq!(xs(&store, second), [none(5), n(200, 3), n(77, 1), n(100, 1)].concat());
    store.apply(&Edit::Merge { first: second, second: a }).unwrap();
    assert_eq!((xs(&store, second), store.len()), (whole, 2));
    let merged = store.track(second).unwrap();
    assert_eq!((merged.query.frame, merged.name.as_str()), (FrameIndex(0), "point 1 (2)"));
}

#[test]
fn the_later_track_takes_over_when_two_are_merged() {
    let (mut store, a, b) = two();
    store.apply(&Edit::Merge { first: a, second: b }).unwrap();
    assert_eq!(xs(&store, a), n(0, 3).into_iter().chain(n(10, 7)).collect::<Vec<_>>());
    assert!(store.track(b).is_none() && store.track(a).unwrap().corrections.contains_key(&FrameIndex(3)));
}

#[test]
fn swapping_exchanges_what_follows() {
    let (mut store, a, b) = two();
    store.apply(&Edit::Swap { a, b, frame: FrameIndex(6) }).unwrap();
    assert_eq!(xs(&store, a), [n(0, 6), n(10, 4)].concat());
    assert_eq!(xs(&store, b), [none(3), n(10, 3), n(0, 4)].concat());
    assert_eq!(store.apply(&Edit::Swap { a, b: a, frame: FrameIndex(6) }), Err(EditError::SameTrack));
    let early = Edit::Swap { a, b, frame: FrameIndex(2) };
    assert_eq!(store.apply(&early), Err(EditError::NothingLeft("point 2".to_owned())));
}

#[test]
fn a_locked_track_refuses_and_stays_as_it_is() {
    let (mut store, a, b) = two();
    store.apply(&Edit::SetLocked { tracks: vec![a], locked: true }).unwrap();
    let before = store.edits().clone();
    let locked = Err(EditError::Locked("point 1".to_owned()));
    let both = vec![b, a];
    for edit in [
        Edit::Delete { tracks: both.clone() },
        Edit::ClearAfter { tracks: both.clone(), frame: FrameIndex(5) },
        Edit::SetGroup { tracks: both.clone(), group: Some("left".into()) },
        Edit::Merge { first: b, second: a },
        Edit::Swap { a, b, frame: FrameIndex(5) },
        Edit::Split { track: a, frame: FrameIndex(5) },
    ] {
        assert_eq!(store.apply(&edit), locked, "{edit:?}");
    }
    assert_eq!(store.correct(&[(a, SourcePoint::default())], FrameIndex(5)).err(), locked.clone().err());
    assert_eq!(store.edits(), &before);
    store.apply(&Edit::SetHidden { tracks: both, hidden: true }).unwrap();
    assert!(store.tracks().all(|track| track.hidden));
}

#[test]
fn every_step_is_undone_and_done_again() {
    let (mut store, a, b) = two();
    let (mut history, mut states) = (History::default(), vec![store.edits().clone()]);
    for edit in [
        Edit::Rename { track: a, name: "nose".into() },
        Edit::Split { track: a, frame: FrameIndex(5) },
        Edit::Swap { a, b, frame: FrameIndex(4) },
        Edit::Delete { tracks: vec![b] },
        Edit::SetColour { tracks: vec![a], colour: 5 },
    ] {
        let before = store.edits().clone();
        store.apply(&edit).unwrap();
        history.record(edit.label(), before, false);
        states.push(store.edits().clone());
    }
    for state in states.iter().rev().skip(1) {
        assert!(history.undo(&mut store).is_some());
        assert_eq!(store.edits(), state);
    }
    assert_eq!((history.undo(&mut store), history.can_redo()), (None, Some("rename")));
    for state in &states[1..] {
        assert!(history.redo(&mut store).is_some());
        assert_eq!(store.edits(), state);
    }
}

#[test]
fn a_track_stops_at_a_cut_unless_it_is_placed_again_or_told_otherwise() {
    let (mut store, a, b) = two();
    store.set_cuts([FrameIndex(2), FrameIndex(6)].into());
    assert_eq!(xs(&store, a), [n(0, 2), none(8)].concat());
    assert_eq!(xs(&store, b), [none(3), n(10, 3), none(4)].concat(), "it was placed after the first cut");
    assert_eq!(store.covered(a), Some((FrameIndex(0), FrameIndex(1))));
    store.correct(&[(a, SourcePoint::new(55.0, 5.0))], FrameIndex(7)).unwrap();
    fill(&mut store);
    assert_eq!(xs(&store, a), [n(0, 2), none(4), n(200, 1), n(55, 1), n(100, 2)].concat(), "back to the cut");
    assert_eq!(store.covered(a), Some((FrameIndex(0), FrameIndex(9))));
    store.apply(&Edit::Treat(Treatment { through_cuts: true, ..Treatment::default() })).unwrap();
    assert_eq!(xs(&store, b), [none(3), n(10, 7)].concat());
}

#[test]
fn outside_the_picture_nothing_is_visible_and_the_place_stays() {
    let (mut store, a, _) = two(); // at y = frame
    store.set_picture(Size::new(20, 4));
    let seen = |store: &TrackStore, frame| {
        let sample = store.sample(a, FrameIndex(frame)).unwrap();
        (sample.point.y as u32, sample.visible)
    };
    assert_eq!((seen(&store, 3), seen(&store, 4)), ((3, true), (4, false)));
    store.apply(&Edit::Treat(Treatment { visible_above: Some(0.1), ..Treatment::default() })).unwrap();
    assert_eq!((seen(&store, 3), seen(&store, 9)), ((3, true), (9, false)), "whatever the threshold");
    store.correct(&[(a, SourcePoint::new(5.0, 30.0))], FrameIndex(9)).unwrap();
    assert_eq!(seen(&store, 9), (30, false), "nor where the hand put it");
}

#[test]
fn a_track_ends_where_it_leaves_the_picture_if_it_is_to() {
    let (mut store, a, b) = two();
    store.set_picture(Size::new(200, 5));
    assert_eq!(xs(&store, a), n(0, 10), "tracks go on");
    store.apply(&Edit::SetEndsOutside { tracks: vec![b], ends: Some(true) }).unwrap();
    assert_eq!((xs(&store, a), xs(&store, b)), (n(0, 10), [none(3), n(10, 2), none(5)].concat()));
    assert_eq!(store.covered(b), Some((FrameIndex(3), FrameIndex(4))));
    store.apply(&Edit::SetEndsOutside { tracks: vec![b], ends: Some(false) }).unwrap();
    store.apply(&Edit::Treat(Treatment { end_outside: true, ..Treatment::default() })).unwrap();
    assert_eq!((xs(&store, a), xs(&store, b)), ([n(0, 5), none(5)].concat(), [none(3), n(10, 7)].concat()));
    // It goes on where the hand brought it back, and ends again.
    store.correct(&[(a, SourcePoint::new(55.0, 3.0))], FrameIndex(7)).unwrap();
    fill(&mut store);
    assert_eq!(xs(&store, a), [n(0, 5), none(2), n(55, 1), none(2)].concat());
}

#[test]
fn long_results_end_outside_where_short_ones_do() {
    let mut store = TrackStore::new();
    store.set_picture(Size::new(100, 100));
    let (run, ids) = store.add_run([query(0, 0.0)]);
    let sample = |frame: usize| {
        let x = if frame == 41 { -3.0 } else { 1.0 };
        Some(Sample { source: SampleSource::Tracked, ..Sample::by_hand(SourcePoint::new(x, 0.0)) })
    };
    let chunk = Chunk { first: FrameIndex(0), num_tracks: 1, samples: (0..100).map(sample).collect() };
    store.advance(run, Some(chunk), None);
    store.apply(&Edit::Treat(Treatment { end_outside: true, ..Treatment::default() })).unwrap();
    assert_eq!(store.covered(ids[0]), Some((FrameIndex(0), FrameIndex(40))));
    assert_eq!(store.sample(ids[0], FrameIndex(90)), None, "it came back, but that is a guess");
}

#[test]
fn smoothing_leaves_a_point_where_it_was_placed() {
    let mut store = TrackStore::new();
    let (run, ids) = store.add_run([query(2, 50.0)]);
    let sample = |frame: usize| {
        let x = if frame == 2 { 50.0 } else { 90.0 };
        Some(Sample { source: SampleSource::Tracked, ..Sample::by_hand(SourcePoint::new(x, 0.0)) })
    };
    let chunk = Chunk { first: FrameIndex(0), num_tracks: 1, samples: (0..10).map(sample).collect() };
    store.advance(run, Some(chunk), None);
    store.apply(&Edit::Treat(Treatment { smooth_frames: 3, ..Treatment::default() })).unwrap();
    let x = |frame| store.sample(ids[0], FrameIndex(frame)).unwrap().point.x;
    assert_eq!(x(2), 50.0);
    assert!(x(3) < 90.0, "its neighbours are smoothed");
}

#[test]
fn edits_and_results_are_work_and_cuts_are_not() {
    let (mut store, a, _) = two();
    let saved = store.clone();
    store.set_cuts([FrameIndex(2)].into());
    assert!(store.is_same_work(&saved));
    let before = store.edits().clone();
    store.apply(&Edit::SetColour { tracks: vec![a], colour: 9 }).unwrap();
    assert!(!store.is_same_work(&saved));
    store.restore(before);
    assert!(store.is_same_work(&saved));
    store.advance(RunId(0), None, Some(Chunk { first: FrameIndex(10), num_tracks: 2, samples: vec![None; 2] }));
    assert!(!store.is_same_work(&saved));
}

#[test]
fn a_dragged_slider_is_one_step_and_a_new_step_ends_redo() {
    let (mut store, a, _) = two();
    let mut history = History::default();
    for frames in 1..5 {
        let before = store.edits().clone();
        store.apply(&Edit::Treat(Treatment { smooth_frames: frames, ..Treatment::default() })).unwrap();
        history.record("results", before, true);
    }
    assert_eq!(history.undo(&mut store), Some("results"));
    assert!(store.treatment().is_none() && history.can_undo().is_none());
    let before = store.edits().clone();
    store.apply(&Edit::Delete { tracks: vec![a] }).unwrap();
    history.record("delete", before, false);
    assert_eq!(history.can_redo(), None);
}
