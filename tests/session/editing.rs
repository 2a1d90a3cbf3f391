//! Corrections, undo and redo while points are followed.

use super::query;
use super::rig::{Gate, Rig, SIZE, Script};
use cotrail::geometry::{FrameIndex, SourcePoint};
use cotrail::session::{Event, RunEnd, SessionError};
use cotrail::tracks::{Edit, Sample, SampleSource, TrackId, TrackMode, TrackStore, Treatment, Ways};
use std::sync::Arc;

const DONE: RunEnd = RunEnd::Finished { num_missing: 0 };
const NUM_FRAMES: u32 = 40;

fn tracks(rig: &Rig) -> Arc<TrackStore> {
    Arc::clone(rig.session.clip().unwrap().tracks())
}

fn samples(rig: &Rig, track: TrackId) -> Vec<Option<Sample>> {
    let frames = FrameIndex(0)..=FrameIndex(NUM_FRAMES - 1);
    tracks(rig).samples_of(track, frames).map(|(_, sample)| sample).collect()
}

#[test]
fn a_corrected_track_is_followed_again_both_ways_and_the_others_stay_bit_for_bit() {
    let gate = Gate::default();
    let mut rig = Rig::start(Script { tracking_gate: Some(gate.clone()), ..Script::frames(NUM_FRAMES as usize) }, true);
    rig.open();
    gate.open();
    let (run, ids) = rig.session.add_points(vec![query(0, 20.0, 30.0), query(0, 60.0, 40.0)]).unwrap();
    rig.wait_for_end(run, &DONE);
    let (before, other, num_read) = (samples(&rig, ids[0]), samples(&rig, ids[1]), gate.seen().len());
    let point = SourcePoint::new(48.0, 24.0);
    let again = rig.session.correct(ids[0], FrameIndex(20), point).unwrap();
    assert_eq!(samples(&rig, ids[0])[20], Some(Sample::by_hand(point)), "shown at once");
    rig.wait_for_end(again, &DONE);
    rig.wait("tracking ends", |session, _| session.clip().unwrap().num_active_runs() == 0);
    let after = samples(&rig, ids[0]);
    assert_eq!((&after[0], &samples(&rig, ids[1])), (&before[0], &other));
    assert!(after[1..20] != before[1..20] && after[1..20].iter().all(Option::is_some));
    assert!((21..40).all(|at| after[at].is_some_and(|sample| sample.source == SampleSource::Tracked)));
    assert_ne!(after[21..], before[21..]);
    assert_eq!(gate.seen().len(), num_read, "no frame is read or encoded again");

    // A second one bounds the first, and is bounded by nothing.
    let earlier = rig.session.correct(ids[0], FrameIndex(10), point).unwrap();
    rig.wait_for_end(earlier, &DONE);
    rig.wait("tracking ends", |session, _| session.clip().unwrap().num_active_runs() == 0);
    assert_eq!(samples(&rig, ids[0])[20..], after[20..]);

    assert_eq!((rig.session.undo(), rig.session.undo()), (Some("move"), Some("move")));
    rig.session.update();
    assert_eq!(samples(&rig, ids[0]), before, "undone without a trace");
    assert_eq!(rig.session.redo(), Some("move"));
    assert_eq!(samples(&rig, ids[0]), after);
}

#[test]
fn a_point_on_the_last_frame_is_followed_back_and_one_in_the_middle_where_that_is_wanted() {
    let gate = Gate::default();
    let mut rig = Rig::start(Script { tracking_gate: Some(gate.clone()), ..Script::frames(NUM_FRAMES as usize) }, true);
    rig.open();
    gate.open();
    let ended = |session: &cotrail::session::Session| session.clip().unwrap().num_active_runs() == 0;
    let (_, late) = rig.session.add_points(vec![query(NUM_FRAMES - 1, 20.0, 30.0)]).unwrap();
    rig.wait("tracking ends", |session, _| ended(session));
    assert!(samples(&rig, late[0]).iter().all(Option::is_some));
    let num_read = gate.seen().len();
    let (_, middle) = rig.session.add_points(vec![query(17, 20.0, 30.0)]).unwrap();
    rig.wait("tracking ends", |session, _| ended(session));
    assert_eq!(samples(&rig, middle[0]).iter().flatten().count(), 23, "from there on");
    rig.session.retrack(&middle, FrameIndex(17), Ways::Both).unwrap();
    rig.wait("tracking ends", |session, _| ended(session));
    assert!(samples(&rig, middle[0]).iter().all(Option::is_some));
    rig.session.set_both_ways(true);
    let (_, both) = rig.session.add_points(vec![query(17, 20.0, 30.0)]).unwrap();
    rig.wait("tracking ends", |session, _| ended(session));
    assert_eq!(samples(&rig, both[0]), samples(&rig, middle[0]));
    assert_eq!(gate.seen().len(), num_read, "no frame is encoded again");
    assert!(rig.session.retrack(&both, FrameIndex(0), Ways::Backward).is_err(), "nothing lies before");
}

#[test]
fn the_whole_clip_at_once_shows_both_sides_of_a_point_from_one_pass() {
    let mut rig = Rig::start(Script::frames(NUM_FRAMES as usize), true);
    rig.open();
    let options = |event: &Event| if let Event::ModelReady(info) = event { Some(info.options.clone()) } else { None };
    rig.wait("the network is ready", |_, events| events.iter().any(|event| options(event).is_some()));
    let mut model = rig.events.iter().find_map(options).unwrap();
    let mut use_memory = |rig: &mut Rig, bytes: usize| {
        model.tracker.span_bytes = Some(bytes);
        rig.session.set_model(model.clone()).unwrap();
    };
    use_memory(&mut rig, 1 << 30);
    rig.session.set_both_ways(true);
    let (run, ids) = rig.session.add_points(vec![query(17, 20.0, 30.0)]).unwrap();
    rig.wait("tracking ends", |session, _| session.clip().unwrap().num_active_runs() == 0);
    assert!(samples(&rig, ids[0]).iter().all(Option::is_some));
    let store = tracks(&rig).clone();
    assert_eq!(store.run(run).unwrap().settings().unwrap().mode, TrackMode::Offline);
    let runs: Vec<_> = store.runs().collect();
    assert_eq!((runs.len(), runs[0].settings()), (2, runs[1].settings()));
    assert!((0..NUM_FRAMES).all(|at| runs[0].sample(0, FrameIndex(at)) == runs[1].sample(0, FrameIndex(at))));

    use_memory(&mut rig, 1);
    rig.session.add_points(vec![query(17, 20.0, 30.0)]).unwrap();
    rig.wait("tracking ends", |session, _| session.clip().unwrap().num_active_runs() == 0);
    assert!(rig.events.iter().any(|event| matches!(event, Event::RunCut { num_parts: 2, .. })), "{:?}", rig.events);
}

#[test]
fn points_of_several_runs_are_tracked_together_as_if_they_had_been_placed_so() {
    let mut rig = Rig::start(Script::frames(NUM_FRAMES as usize), true);
    rig.open();
    let points = [query(0, 20.0, 30.0), query(12, 60.0, 40.0)];
    let (run, together) = rig.session.add_points(points.to_vec()).unwrap();
    rig.wait_for_end(run, &DONE);
    let alone: Vec<TrackId> = points.iter().map(|point| rig.session.add_points(vec![*point]).unwrap().1[0]).collect();
    rig.wait("tracking ends", |session, _| session.clip().unwrap().num_active_runs() == 0);
    let before = samples(&rig, alone[0]);
    assert_ne!(before, samples(&rig, together[0]), "company matters");
    rig.session.edit(&Edit::SetLocked { tracks: together.clone(), locked: true }).unwrap();
    let run = rig.session.track_together().unwrap();
    rig.wait_for_end(run, &DONE);
    for (alone, together) in alone.iter().zip(&together) {
        assert_eq!(samples(&rig, *alone), samples(&rig, *together));
    }
    let settings = tracks(&rig).run(run).unwrap().settings().unwrap().clone();
    assert_eq!((settings.weights.name.as_str(), settings.support_grid, settings.model_size), ("tiny", 2, SIZE));
    assert_eq!(rig.session.undo(), Some("track together"));
    assert_eq!(samples(&rig, alone[0]), before);
}

#[test]
fn a_point_deleted_while_it_is_followed_is_followed_anew_when_that_is_undone() {
    let gate = Gate::default();
    let mut rig = Rig::start(Script { tracking_gate: Some(gate.clone()), ..Script::frames(NUM_FRAMES as usize) }, true);
    rig.open();
    let (run, ids) = rig.session.add_points(vec![query(0, 20.0, 30.0)]).unwrap();
    gate.permit(20);
    gate.wait_for(20);
    rig.session.edit(&Edit::Delete { tracks: ids.clone() }).unwrap();
    assert!(tracks(&rig).is_empty());
    assert_eq!(rig.session.clip().unwrap().num_active_runs(), 0);
    assert_eq!(rig.session.undo(), Some("delete"));
    let anew = rig.session.clip().unwrap().run_of(ids[0]).unwrap();
    assert_ne!(anew, run);
    gate.open();
    rig.wait_for_end(anew, &DONE);
    assert!(samples(&rig, ids[0]).iter().all(Option::is_some));
    // The steps before and after know the point by its new results.
    assert_eq!((rig.session.undo(), rig.session.redo()), (Some("add point"), Some("add point")));
    assert!(samples(&rig, ids[0]).iter().all(Option::is_some));
}

#[test]
fn what_cannot_be_done_is_refused_and_leaves_no_step() {
    let mut rig = Rig::start(Script::frames(NUM_FRAMES as usize), true);
    let clear = |tracks| Edit::ClearFrame { tracks, frame: FrameIndex(3) };
    assert!(matches!(rig.session.edit(&clear(vec![TrackId(0)])), Err(SessionError::NoClip)));
    rig.open();
    let (run, ids) = rig.session.add_points(vec![query(0, 20.0, 30.0)]).unwrap();
    rig.wait_for_end(run, &DONE);
    rig.session.edit(&Edit::SetLocked { tracks: ids.clone(), locked: true }).unwrap();
    assert!(rig.session.edit(&clear(ids.clone())).unwrap_err().to_string().contains("locked"));
    assert!(rig.session.correct(ids[0], FrameIndex(3), SourcePoint::default()).is_err());
    assert!(rig.session.retrack(&[TrackId(99)], FrameIndex(3), Ways::Forward).is_err());
    assert_eq!(rig.session.can_undo(), Some("lock"));
}

#[test]
fn places_are_polished_once_nothing_is_followed_and_are_as_they_were_when_that_is_taken_back() {
    let mut rig = Rig::start(Script::frames(NUM_FRAMES as usize), true);
    rig.open();
    let ended = |session: &cotrail::session::Session| session.clip().unwrap().num_active_runs() == 0;
    let (_, late) = rig.session.add_points(vec![query(NUM_FRAMES - 1, 20.0, 30.0)]).unwrap();
    rig.wait("tracking ends", |session, _| ended(session));
    let before = samples(&rig, late[0]);
    rig.session.edit(&Edit::Treat(Treatment { polish: true, ..Treatment::default() })).unwrap();
    let is_polished = |session: &cotrail::session::Session| {
        let tracks = session.clip().unwrap().tracks();
        ended(session) && tracks.runs().all(|run| run.polish().is_some())
    };
    rig.wait("both runs are polished", |session, _| is_polished(session));
    let similar = |rig: &Rig, track| {
        let all = FrameIndex(0)..=FrameIndex(NUM_FRAMES - 1);
        tracks(rig).similarities_of(track, all).filter(|similarity| *similarity == Some(1.0)).count()
    };
    assert_eq!(similar(&rig, late[0]), 1, "where it was placed");
    let (_, new) = rig.session.add_points(vec![query(3, 40.0, 30.0)]).unwrap();
    rig.wait("a new point is polished, too", |session, _| is_polished(session));
    assert_eq!(similar(&rig, new[0]), 1);
    rig.wait("that is over", |session, _| session.clip().unwrap().polishing().is_none());
    let planes = Treatment { polish: true, plane: Some(21), ..Treatment::default() };
    rig.session.edit(&Edit::Treat(planes)).unwrap();
    let corners = |session: &cotrail::session::Session| {
        let tracks = session.clip().unwrap().tracks();
        let track = tracks.track(new[0]).unwrap();
        tracks.corners(track, FrameIndex(3), track.query.point)
    };
    rig.wait("it is a plane", |session, _| corners(session).is_some());
    assert_eq!(corners(&rig.session).unwrap()[2], SourcePoint::new(50.5, 40.5));
    rig.wait("that is over, too", |session, _| session.clip().unwrap().polishing().is_none());
    rig.session.undo();
    rig.wait("planes are gone, polish is made anew", |session, _| {
        corners(session).is_none() && session.clip().unwrap().tracks().is_polished()
    });
    for _ in 0..2 {
        rig.session.undo();
    }
    rig.session.update();
    assert_eq!((similar(&rig, late[0]), samples(&rig, late[0])), (0, before));
}
