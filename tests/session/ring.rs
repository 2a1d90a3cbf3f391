//! The last seconds of a live stream: browsed, edited, shown late, saved.

use super::live::{NUM_PICTURES, Rig, ids, place};
use super::rig::SIZE;
use cotrail::export::Recording;
use cotrail::geometry::{FrameIndex, SourcePoint};
use cotrail::media::{FrameSource, OpenOptions, SyntheticSource, VideoFile};
use cotrail::session::{LiveCommand, LiveEvent, LiveShown, RING_BYTES};
use cotrail::tracker::LiveOptions;
use cotrail::tracks::{LiveLine, TrackId};
use std::time::Duration;

/// Bytes of a picture of the camera.
const PICTURE: usize = 3 * SIZE.width as usize * SIZE.height as usize;

/// A stream that keeps so much, and gives no point up: the tiny network soon sees none of them.
fn keeping(ring_bytes: usize) -> Rig {
    Rig::start_with(false, ring_bytes, LiveOptions { lost_after: 0, ..LiveOptions::default() })
}

fn at(x: f32, y: f32) -> SourcePoint {
    SourcePoint::new(x, y)
}

impl Rig {
    /// The next thing shown that is as it should be.
    fn shown_until(&self, what: &str, is_so: impl Fn(&LiveShown) -> bool) -> LiveShown {
        let mut all = std::iter::repeat_with(|| self.next_shown()).take(1000);
        all.find(|shown| is_so(shown)).unwrap_or_else(|| panic!("never shown: {what}"))
    }

    fn freeze(&self) {
        self.live.send(LiveCommand::Freeze(true));
        self.wait_for_status("the freeze", |status| status.is_frozen);
    }

    fn browse(&self, to: usize) -> LiveShown {
        self.live.send(LiveCommand::Browse(to));
        self.shown_until("the frame", |shown| shown.place == to)
    }
}

#[test]
fn the_last_frames_are_kept_within_their_bytes() {
    let rig = keeping(5 * PICTURE + PICTURE / 2);
    let followed: Vec<LiveShown> = (0..9).map(|_| rig.follow()).collect();
    let places: Vec<usize> = followed.iter().map(|shown| shown.place).collect();
    assert_eq!(places, [0, 1, 2, 3, 4, 4, 4, 4, 4]);
    assert!(followed.iter().all(|shown| shown.place + 1 == shown.num_frames && shown.age_secs == 0.0));
    rig.freeze();
    let oldest = rig.browse(0);
    assert_eq!((oldest.frame.index, oldest.num_frames), (followed[4].frame.index, 5));
    assert!(oldest.age_secs > 0.0);
    rig.live.send(LiveCommand::Browse(1000));
    assert_eq!(rig.next_shown().frame.index, followed[8].frame.index, "there is nothing newer");
    // The newest frame is kept in any case.
    let rig = keeping(0);
    let nothing_else: Vec<usize> = (0..3).map(|_| rig.follow().num_frames).collect();
    assert_eq!(nothing_else, [1, 1, 1]);
}

#[test]
fn browsing_shows_the_very_places_that_were_shown() {
    let rig = keeping(RING_BYTES);
    rig.follow();
    rig.live.send(LiveCommand::Add(None, vec![at(20.0, 30.0)]));
    let mut was = vec![rig.next_shown()];
    for step in 0..12 {
        was.push(rig.follow());
        if step == 5 {
            rig.live.send(LiveCommand::Add(None, vec![at(60.0, 40.0)]));
            was.pop();
            was.push(rig.next_shown());
            rig.live.send(LiveCommand::Move(TrackId(0), None, at(40.0, 20.0)));
            was.pop();
            was.push(rig.next_shown());
        }
    }
    rig.freeze();
    for then in was.iter().rev().chain(&was) {
        let now = rig.browse(then.place);
        assert_eq!((now.frame.index, now.frame.rgb()), (then.frame.index, then.frame.rgb()));
        assert_eq!((ids(&now), place(&now, 0), place(&now, 1)), (ids(then), place(then, 0), place(then, 1)));
        let trail = |shown: &LiveShown| {
            let before = (0..=shown.at.0).rev().map(|back| shown.tracks.sample(TrackId(0), FrameIndex(back)));
            before.map_while(|sample| sample.map(|sample| sample.point)).collect::<Vec<_>>()
        };
        assert_eq!(trail(&now), trail(then), "trails, too, on frame {}", then.place);
    }
    assert_eq!(ids(&rig.browse(8)), [0, 1]);
    rig.live.send(LiveCommand::Delete(vec![TrackId(1)]));
    assert_eq!(ids(&rig.shown_until("the deletion", |shown| ids(shown).len() == 1)), [0], "deleted on every frame");
}

#[test]
fn a_point_on_an_old_frame_ends_where_it_would_be_if_it_had_been_added_then() {
    let rig = keeping(RING_BYTES);
    rig.follow();
    rig.follow();
    // Followed all the time.
    rig.live.send(LiveCommand::Add(None, vec![at(20.0, 30.0)]));
    let begin = rig.next_shown();
    let was: Vec<LiveShown> = (0..30).map(|_| rig.follow()).collect();
    rig.freeze();
    // Placed afterwards, long after the tracker has forgotten the frame.
    rig.browse(begin.place);
    rig.live.send(LiveCommand::Add(Some(begin.frame.index), vec![at(20.0, 30.0)]));
    let shown = rig.next_shown();
    assert_eq!((shown.place, place(&shown, 1)), (begin.place, Some(at(20.0, 30.0))), "at once where it was placed");
    let last = was.last().unwrap();
    rig.live.send(LiveCommand::Browse(last.place));
    rig.shown_until("it has joined", |shown| shown.place == last.place && place(shown, 1).is_some());
    for then in &was {
        let now = rig.browse(then.place);
        assert_eq!(place(&now, 1), place(then, 0), "on frame {}", then.place);
        assert_eq!(place(&now, 0), place(then, 0), "the other one is where it was");
    }
    // Moved there, it goes on from there under its id.
    let moved = at(50.0, 30.0);
    rig.live.send(LiveCommand::Move(TrackId(0), Some(was[2].frame.index), moved));
    rig.shown_until("it has joined", |shown| shown.place == last.place && place(shown, 0) != place(last, 0));
    assert_eq!(place(&rig.browse(was[2].place), 0), Some(moved));
    let before = rig.browse(was[1].place);
    assert_eq!(place(&before, 0), place(&was[1], 0), "before it nothing has changed");
    rig.live.send(LiveCommand::Freeze(false));
    assert_eq!(ids(&rig.follow()), [0, 1]);
}

#[test]
fn a_point_of_the_last_frames_joins_at_once_and_one_that_is_given_up_was_never_there() {
    let rig = keeping(RING_BYTES);
    let was: Vec<LiveShown> = (0..24).map(|_| rig.follow()).collect();
    rig.live.send(LiveCommand::Add(Some(was[20].frame.index), vec![at(20.0, 30.0)]));
    let shown = rig.next_shown();
    assert_eq!((shown.place, ids(&shown)), (23, vec![0]), "on the newest frame with the same command");
    let trail = (0..=shown.at.0).filter_map(|frame| shown.tracks.sample(TrackId(0), FrameIndex(frame)));
    assert_eq!(trail.count(), 4, "with its trail");
    rig.live.send(LiveCommand::Add(Some(FrameIndex(5000)), vec![at(20.0, 30.0)]));
    assert!(matches!(rig.wait_for_event(), LiveEvent::Refused(_)), "a frame that never was");
    rig.live.send(LiveCommand::Add(Some(was[1].frame.index), vec![at(500.0, 30.0)]));
    assert!(matches!(rig.wait_for_event(), LiveEvent::Refused(_)), "beside the picture");
    rig.freeze();
    rig.browse(1);
    // The stream waits for somebody who looks: it hears of both at once.
    (0..80).for_each(|_| rig.live.send(LiveCommand::Delete(Vec::new())));
    rig.live.send(LiveCommand::Add(Some(was[1].frame.index), vec![at(60.0, 30.0)]));
    rig.live.send(LiveCommand::GiveUpLate);
    rig.shown_until("it is there", |shown| !ids(shown).is_empty());
    rig.shown_until("it is gone again", |shown| ids(shown).is_empty());
    rig.live.send(LiveCommand::Add(None, vec![at(60.0, 30.0)]));
    rig.browse(23);
    rig.live.send(LiveCommand::Freeze(false));
    let ids = ids(&rig.follow());
    assert_eq!(ids.len(), 2, "the stream knows the point that joined and the new one: {ids:?}");
}

#[test]
fn a_delayed_picture_is_an_earlier_one_with_its_own_points() {
    let rig = keeping(RING_BYTES);
    rig.follow();
    rig.live.send(LiveCommand::Add(None, vec![at(20.0, 30.0)]));
    let mut was = vec![rig.next_shown()];
    was.extend((0..4).map(|_| rig.follow()));
    rig.live.send(LiveCommand::Delay(Duration::from_hours(1)));
    let oldest = rig.shown_until("the oldest frame", |shown| shown.place == 0);
    assert!(oldest.age_secs > 0.0, "as far back as there is something");
    let next = rig.follow();
    assert_eq!((next.place, place(&next, 0)), (0, place(&was[0], 0)));
    // Clicks mean what is shown; a freeze stands there.
    rig.live.send(LiveCommand::Add(Some(next.frame.index), vec![at(50.0, 30.0)]));
    assert_eq!(place(&rig.shown_until("the new point", |shown| ids(shown).len() == 2), 1), Some(at(50.0, 30.0)));
    rig.freeze();
    rig.live.send(LiveCommand::Delete(vec![TrackId(1)]));
    assert_eq!(rig.shown_until("the deletion", |shown| ids(shown).len() == 1).place, 0);
    rig.live.send(LiveCommand::Freeze(false));
    rig.live.send(LiveCommand::Delay(Duration::ZERO));
    let live = rig.shown_until("the newest frame", |shown| shown.place + 1 == shown.num_frames);
    assert!(live.frame.index > was[4].frame.index);
}

#[test]
fn the_last_frames_are_saved_in_order_with_their_points() {
    let folder = tempfile::tempdir().unwrap();
    let rig = keeping(6 * PICTURE + PICTURE / 2);
    rig.live.send(LiveCommand::SaveLast { folder: folder.path().into(), secs: None });
    assert!(matches!(rig.wait_for_event(), LiveEvent::Refused(_)), "before the first picture");
    rig.follow();
    rig.live.send(LiveCommand::Add(None, vec![at(20.0, 30.0)]));
    rig.next_shown();
    let was: Vec<LiveShown> = (0..9).map(|_| rig.follow()).collect();
    rig.live.send(LiveCommand::SaveLast { folder: folder.path().into(), secs: None });
    let LiveEvent::Recorded { path, num_frames, num_lost, .. } = rig.wait_for_event() else { panic!("not saved") };
    assert_eq!((path.file_name().unwrap().to_str(), num_frames, num_lost), (Some("camera 1.mp4"), 6, 0));
    let mut clip = VideoFile::open(&path, &OpenOptions::default()).unwrap();
    let text = std::fs::read_to_string(Recording::lines_path(&path)).unwrap();
    let lines: Vec<LiveLine> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((clip.info().num_frames(), lines.len()), (6, 6));
    for (number, (line, then)) in lines.iter().zip(&was[3..]).enumerate() {
        let picture = clip.read(FrameIndex::new(number)).unwrap();
        assert_eq!(SyntheticSource::number_in(&picture), then.frame.index.0 % NUM_PICTURES as u32);
        assert_eq!((line.frame, line.clip_frame), (then.frame.index, Some(number as u32)));
        assert_eq!(Some(line.points[0].point), place(then, 0));
    }
    let events = std::iter::repeat_with(|| {
        rig.live.send(LiveCommand::SaveLast { folder: folder.path().into(), secs: Some(0.0) });
        rig.wait_for_event()
    });
    // One at a time: the thread of the first may not have ended yet.
    let saved = events.take(10_000).find_map(|event| match event {
        LiveEvent::Recorded { path, num_frames, .. } => Some((path, num_frames)),
        _ => None,
    });
    assert_eq!(saved, Some((folder.path().join("camera 2.mp4"), 1)), "the newest frame alone");
    assert_eq!(ids(&rig.follow()), [0], "the stream goes on");
}
