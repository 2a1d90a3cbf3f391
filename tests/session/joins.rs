//! Hundreds of points at once in a live stream: they are there at once, and are followed a few frames later at most.

use super::live::{Rig, ids, place};
use cotrail::geometry::{FrameIndex, SourcePoint};
use cotrail::session::{LiveCommand, LiveSetting, LiveShown, LiveSpeed};
use cotrail::tracker::PointState;
use cotrail::tracks::TrackId;

fn many(count: usize) -> Vec<SourcePoint> {
    let place = |i: usize| SourcePoint::new((i * 7 % 89) as f32 + 2.25, (i * 13 % 67) as f32 + 1.5);
    (0..count).map(place).collect()
}

fn num_joining(shown: &LiveShown) -> usize {
    shown.points.states.iter().filter(|(_, state)| *state == PointState::Joining).count()
}

fn is_visible(shown: &LiveShown, id: u32) -> bool {
    shown.tracks.sample(TrackId(id), shown.at).is_some_and(|sample| sample.visible)
}

fn all(count: u32) -> Vec<u32> {
    (0..count).collect()
}

impl Rig {
    fn then(&self, command: LiveCommand) -> LiveShown {
        self.live.send(command);
        self.next_shown()
    }

    /// Pictures until all points are followed: what was shown on the way.
    fn until_all_are_in(&self) -> Vec<LiveShown> {
        let mut shown = vec![self.follow()];
        while num_joining(&shown[shown.len() - 1]) > 0 {
            assert!(shown.len() < 16, "their own frame would be forgotten");
            shown.push(self.follow());
        }
        shown
    }

    /// Where the log says that points were placed.
    fn logged(&self) -> Vec<(u32, FrameIndex, SourcePoint)> {
        let view = self.live.log().view();
        view.tracks().map(|(id, query)| (id.0, query.frame, query.point)).collect()
    }
}

#[test]
fn hundreds_of_points_are_there_at_once_and_are_followed_soon() {
    let (rig, places) = (Rig::start(false), many(300));
    rig.follow();
    let begin = rig.follow();
    let shown = rig.then(LiveCommand::Add(None, places.clone()));
    assert!(ids(&shown) == all(300) && num_joining(&shown) == 300);
    let is_placed = |shown: &LiveShown, id: u32| place(shown, id) == Some(places[id as usize]);
    assert!(all(300).iter().all(|id| is_placed(&shown, *id)), "where they were clicked");
    let way = rig.until_all_are_in();
    assert!(way.len() > 1, "not all at once");
    for shown in &way {
        assert_eq!(ids(shown), all(300));
        let waits = |(id, state): &&(TrackId, PointState)| {
            *state == PointState::Joining && (is_visible(shown, id.0) || !is_placed(shown, id.0))
        };
        assert_eq!(shown.points.states.iter().find(waits), None, "it waits where it was clicked, and looks like it");
    }
    let expected: Vec<_> = (0..300).map(|id| (id, begin.frame.index, places[id as usize])).collect();
    assert!(rig.logged() == expected);
    // The trails have no gap, and begin where the points were clicked.
    let last = &way[way.len() - 1];
    let first = FrameIndex(last.at.0 - way.len() as u32);
    for id in all(300) {
        let trail: Vec<_> = (first.0..=last.at.0).map(|at| last.tracks.sample(TrackId(id), FrameIndex(at))).collect();
        assert_eq!(trail[0].map(|sample| sample.point), Some(places[id as usize]));
        assert!(trail.iter().all(Option::is_some), "point {id}");
    }
}

#[test]
fn points_that_wait_can_be_deleted_cleared_and_brought_back() {
    let rig = Rig::start(false);
    rig.follow();
    rig.then(LiveCommand::Add(None, many(300)));
    let shown = rig.follow();
    assert!(num_joining(&shown) > 0 && shown.points.state(TrackId(299)) == Some(PointState::Joining));
    let shown = rig.then(LiveCommand::Delete(vec![TrackId(299), TrackId(0)]));
    assert_eq!(ids(&shown), all(299)[1..]);
    let shown = rig.then(LiveCommand::Park(vec![TrackId(298)]));
    assert_eq!(shown.points.state(TrackId(298)), Some(PointState::Parked));
    assert_eq!(ids(&rig.then(LiveCommand::Undo)), all(299)[1..], "not parked any more");
    assert_eq!(ids(&rig.then(LiveCommand::Undo)), all(300), "nor deleted");
    let way = rig.until_all_are_in();
    assert_eq!(ids(&way[way.len() - 1]), all(300));
    assert_eq!(ids(&rig.then(LiveCommand::Undo)), [0; 0], "they came together");
    assert_eq!(ids(&rig.then(LiveCommand::Redo)), all(300));
    let shown = rig.follow();
    assert!(num_joining(&shown) > 0);
    assert_eq!(ids(&rig.then(LiveCommand::Clear)), [0; 0]);
    assert_eq!(ids(&rig.follow()), [0; 0]);
    assert_eq!(ids(&rig.then(LiveCommand::Undo)), all(300));
    let way = rig.until_all_are_in();
    assert_eq!(ids(&way[way.len() - 1]), all(300));
}

#[test]
fn points_join_while_the_picture_stands_still() {
    let (rig, places) = (Rig::start(false), many(300));
    let begin = rig.follow();
    rig.live.send(LiveCommand::Freeze(true));
    rig.wait_for_status("the freeze", |status| status.is_frozen);
    let mut shown = rig.then(LiveCommand::Add(Some(begin.frame.index), places.clone()));
    while num_joining(&shown) > 0 {
        shown = rig.next_shown();
        assert_eq!((shown.frame.index, ids(&shown)), (begin.frame.index, all(300)));
    }
    let distance = |id: u32| place(&shown, id).unwrap().distance(places[id as usize]);
    assert!(all(300).into_iter().all(|id| distance(id) < 0.01));
    rig.live.send(LiveCommand::Freeze(false));
    let shown = rig.follow();
    assert_eq!((ids(&shown), num_joining(&shown)), (all(300), 0));
}

#[test]
fn points_on_a_frame_that_was_shown_a_moment_ago_begin_there() {
    let (rig, places) = (Rig::start(false), many(200));
    rig.follow();
    let begin = rig.follow();
    rig.then(LiveCommand::Add(None, vec![SourcePoint::new(20.0, 20.0)])); // the log begins
    let between = rig.follow();
    let newest = rig.follow();
    let shown = rig.then(LiveCommand::Add(Some(begin.frame.index), places.clone()));
    assert!((shown.frame.index, num_joining(&shown)) == (newest.frame.index, 200) && ids(&shown) == all(201));
    assert!(!is_visible(&shown, 1), "it is not known yet where it is now");
    let way = rig.until_all_are_in();
    assert!(ids(&way[way.len() - 1]) == all(201));
    let expected: Vec<_> = (1..).zip(&places).map(|(id, place)| (id, begin.frame.index, *place)).collect();
    assert!(rig.logged()[1..] == expected);
    rig.live.send(LiveCommand::Freeze(true));
    rig.wait_for_status("the freeze", |status| status.is_frozen);
    let browsed = rig.then(LiveCommand::Browse(begin.place));
    let is_placed = |(id, point): (u32, &SourcePoint)| place(&browsed, id) == Some(*point) && is_visible(&browsed, id);
    assert!(browsed.frame.index == begin.frame.index && (1..).zip(&places).all(is_placed));
    let browsed = rig.then(LiveCommand::Browse(between.place));
    let has_moved = |(id, point): (u32, &SourcePoint)| place(&browsed, id).is_some_and(|there| there != *point);
    assert!(browsed.frame.index == between.frame.index && (1..).zip(&places).all(has_moved), "followed there, too");
}

#[test]
fn another_setting_takes_points_over_that_wait() {
    let rig = Rig::start(false);
    rig.follow();
    rig.then(LiveCommand::Add(None, many(300)));
    let shown = rig.follow();
    assert!(num_joining(&shown) > 0);
    let setting =
        LiveSetting { iters: 1, ..rig.wait_for_status("a setting", |s| s.setting.is_some()).setting.unwrap() };
    rig.live.send(LiveCommand::SetSpeed(LiveSpeed::Fixed(setting)));
    let way = rig.until_all_are_in();
    let last = &way[way.len() - 1];
    let rest = |(_, state): &&(TrackId, PointState)| *state == PointState::Parked;
    assert_eq!((ids(last), last.points.states.iter().find(rest)), (all(300), None));
}
