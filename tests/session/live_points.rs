//! What the user does to the points of a live stream, and taking it back.

use super::live::{Rig, ids, place};
use super::tiny;
use cotrail::geometry::SourcePoint;
use cotrail::session::{LiveCommand, LiveEvent, LiveShown};
use cotrail::tracker::{MAX_TRACKS_PER_RUN, PointState};
use cotrail::tracks::TrackId;

fn at(x: f32, y: f32) -> SourcePoint {
    SourcePoint::new(x, y)
}

fn names(shown: &LiveShown) -> Vec<&str> {
    shown.tracks.tracks().map(|track| track.name.as_str()).collect()
}

fn states(shown: &LiveShown) -> Vec<PointState> {
    shown.points.states.iter().map(|(_, state)| *state).collect()
}

fn steps(shown: &LiveShown) -> (Option<&str>, Option<&str>) {
    (shown.points.undo, shown.points.redo)
}

impl Rig {
    /// What is shown after a command.
    fn after(&self, command: LiveCommand) -> LiveShown {
        self.live.send(command);
        self.next_shown()
    }

    fn stepped(&self) -> (&'static str, bool) {
        match self.wait_for_event() {
            LiveEvent::Stepped { label, is_redo } => (label, is_redo),
            other => panic!("no step: {other:?}"),
        }
    }

    /// A stream with points on its first frame.
    fn with_points(points: &[SourcePoint]) -> Self {
        let rig = Self::start(false);
        rig.picture();
        rig.next_shown();
        let shown = rig.after(LiveCommand::Add(None, points.to_vec()));
        assert_eq!(ids(&shown).len(), points.len());
        rig
    }
}

#[test]
fn every_change_of_the_points_can_be_taken_back_and_done_again() {
    let rig = Rig::with_points(&[at(20.0, 30.0), at(40.0, 30.0)]);
    let shown = rig.after(LiveCommand::Add(None, vec![at(60.0, 30.0)]));
    assert_eq!((ids(&shown), steps(&shown)), (vec![0, 1, 2], (Some("add"), None)));
    let shown = rig.after(LiveCommand::Rename(TrackId(1), "  nose ".into()));
    assert_eq!(names(&shown), ["point 1", "nose", "point 3"]);
    rig.after(LiveCommand::Move(TrackId(2), None, at(10.0, 12.0)));
    let shown = rig.after(LiveCommand::Delete(vec![TrackId(1), TrackId(77)]));
    assert_eq!((ids(&shown), steps(&shown).0), (vec![0, 2], Some("delete")));

    let shown = rig.after(LiveCommand::Undo);
    assert_eq!(rig.stepped(), ("delete", false));
    assert_eq!((names(&shown), states(&shown)), (vec!["point 1", "nose", "point 3"], vec![PointState::Followed; 3]));
    assert!(place(&shown, 1).unwrap().distance(at(40.0, 30.0)) < 0.1, "it is back where it was");
    let shown = rig.after(LiveCommand::Undo);
    assert!(place(&shown, 2).unwrap().distance(at(60.0, 30.0)) < 0.1, "it was moved");
    assert_eq!(names(&rig.after(LiveCommand::Undo)), ["point 1", "point 2", "point 3"]);
    assert_eq!(ids(&rig.after(LiveCommand::Undo)), [0, 1]);
    let shown = rig.after(LiveCommand::Undo);
    assert_eq!((ids(&shown), steps(&shown)), (vec![], (None, Some("add"))), "both came at once");

    for wanted in [vec![0, 1], vec![0, 1, 2], vec![0, 1, 2], vec![0, 1, 2], vec![0, 2]] {
        assert_eq!(ids(&rig.after(LiveCommand::Redo)), wanted);
    }
    let shown = rig.after(LiveCommand::Undo);
    assert_eq!(names(&shown), ["point 1", "nose", "point 3"]);
    assert!(place(&shown, 2).unwrap().distance(at(10.0, 12.0)) < 0.1);
    assert_eq!(ids(&rig.after(LiveCommand::Clear)), [0; 0]);
    let shown = rig.after(LiveCommand::Undo);
    assert_eq!((ids(&shown), steps(&shown).1), (vec![0, 1, 2], Some("delete")));
    let shown = rig.after(LiveCommand::Add(None, vec![at(5.0, 5.0)]));
    assert_eq!((ids(&shown), steps(&shown).1), (vec![0, 1, 2, 3], None), "no id is used again");
    // They are followed as if nothing had been.
    rig.picture();
    assert_eq!(ids(&rig.next_shown()), [0, 1, 2, 3]);
}

#[test]
fn a_parked_point_rests_until_it_is_unparked() {
    let rig = Rig::with_points(&[at(20.0, 30.0), at(40.0, 30.0)]);
    let shown = rig.after(LiveCommand::Park(vec![TrackId(0)]));
    assert_eq!(states(&shown), [PointState::Parked, PointState::Followed]);
    assert_eq!(shown.points.state(TrackId(0)), Some(PointState::Parked));
    let hidden = |shown: &LiveShown| shown.tracks.sample(TrackId(0), shown.at).is_some_and(|sample| !sample.visible);
    assert!(hidden(&shown), "at once");
    let resting = place(&shown, 0);
    for _ in 0..3 {
        rig.picture();
        let shown = rig.next_shown();
        assert_eq!((states(&shown)[0], place(&shown, 0), hidden(&shown)), (PointState::Parked, resting, true));
    }
    let shown = rig.after(LiveCommand::Unpark(vec![TrackId(0), TrackId(1)]));
    assert_ne!(states(&shown)[0], PointState::Parked);
    assert_eq!(states(&rig.after(LiveCommand::Undo))[0], PointState::Parked);
    assert_eq!(rig.stepped(), ("unpark", false));
    assert_eq!(states(&rig.after(LiveCommand::LookFor(vec![TrackId(1)])))[1], PointState::Lost);
    let shown = rig.after(LiveCommand::Move(TrackId(1), None, at(70.0, 40.0)));
    assert_eq!((states(&shown)[1], place(&shown, 1)), (PointState::Followed, Some(at(70.0, 40.0))), "put back by hand");
    let shown = rig.after(LiveCommand::Park(vec![TrackId(0), TrackId(9)]));
    assert_eq!(shown.points.undo, Some("move"), "what changes nothing cannot be undone");
}

#[test]
fn hundreds_of_points_come_at_once_or_not_at_all() {
    let many: Vec<SourcePoint> = (0..300).map(|i| at((i % 90) as f32, (i / 90 * 20) as f32)).collect();
    let rig = Rig::with_points(&many);
    rig.live.send(LiveCommand::Add(None, vec![at(1.0, 1.0); MAX_TRACKS_PER_RUN]));
    assert!(matches!(rig.wait_for_event(), LiveEvent::Refused(_)));
    rig.live.send(LiveCommand::Add(None, vec![at(1.0, 1.0), at(1.0, 1000.0)]));
    assert!(matches!(rig.wait_for_event(), LiveEvent::Refused(_)));
    rig.picture();
    assert_eq!(ids(&rig.next_shown()).len(), 300);
    assert_eq!(ids(&rig.after(LiveCommand::Clear)).len(), 0);
    assert_eq!(ids(&rig.after(LiveCommand::Undo)).len(), 300);
}

#[test]
fn another_model_takes_the_points_over_with_their_names_and_states() {
    let mut rig = Rig::with_points(&[at(20.0, 30.0), at(40.0, 30.0), at(60.0, 30.0)]);
    rig.after(LiveCommand::Rename(TrackId(0), "nose".into()));
    rig.after(LiveCommand::Park(vec![TrackId(1)]));
    let shown = rig.after(LiveCommand::Delete(vec![TrackId(2)]));
    let resting = place(&shown, 1);
    rig.session.set_model(tiny("tiny_f16.safetensors", None)).unwrap();
    rig.wait_for_model();
    for _ in 0..3 {
        rig.picture();
        let shown = rig.next_shown();
        assert_eq!((names(&shown), place(&shown, 1)), (vec!["nose", "point 2"], resting));
        assert_eq!(states(&shown), [PointState::Followed, PointState::Parked]);
    }
    // It does not know what they looked like: a point goes on from where it was, one that is lost has to be placed.
    rig.live.send(LiveCommand::LookFor(vec![TrackId(1)]));
    let LiveEvent::Refused(reason) = rig.wait_for_event() else { panic!("it was not refused") };
    assert!(reason.contains("drag it"), "{reason}");
    assert_eq!(states(&rig.after(LiveCommand::Unpark(vec![TrackId(1)]))), [PointState::Followed; 2]);
    rig.after(LiveCommand::Undo);
    let shown = rig.after(LiveCommand::Undo);
    assert_eq!((names(&shown), states(&shown)[2]), (vec!["nose", "point 2", "point 3"], PointState::Followed));
    rig.picture();
    assert_eq!(ids(&rig.next_shown()), [0, 1, 2]);
}
