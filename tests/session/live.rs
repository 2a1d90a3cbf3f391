//! Live streams with their points, from a camera that the test leads.

use super::rig::SIZE;
use super::tiny;
use cotrail::geometry::{FrameIndex, Size, SourcePoint};
use cotrail::media::{
    CameraError, CameraFormat, CameraId, CameraRequest, CameraStream, FrameRate, FrameSource, PixelFormat, Shot,
    SyntheticSource,
};
use cotrail::session::{
    CameraOptions, CameraPatience, CameraState, Event, LiveCommand, LiveEvent, LiveSession, LiveSessionOptions,
    LiveSetting, LiveShown, LiveSpeed, LiveStatus, LogKeeping, RING_BYTES, Session, SessionOptions, live_settings,
};
use cotrail::tracker::LiveOptions;
use cotrail::tracks::TrackId;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Far more than anything here takes, even on a machine with much else to do.
pub(super) const PATIENCE: Duration = Duration::from_mins(2);
pub(super) const NUM_PICTURES: usize = 12;
/// What the tiny network was made for.
const TINY: Size = Size::new(96, 72);

struct Led {
    id: CameraId,
    source: SyntheticSource,
    steps: Receiver<()>,
    num_taken: usize,
}

impl CameraStream for Led {
    fn id(&self) -> &CameraId {
        &self.id
    }

    fn format(&self) -> CameraFormat {
        CameraFormat { size: SIZE, frame_rate: FrameRate::whole(30), pixels: PixelFormat::Rgb }
    }

    fn grab(&mut self) -> Result<Shot, CameraError> {
        self.steps.recv().map_err(|_| CameraError::Unplugged("led".into()))?;
        let frame = self.source.read(FrameIndex::new(self.num_taken % NUM_PICTURES)).unwrap();
        self.num_taken += 1;
        Ok(Shot { rgb: frame.rgb().to_vec(), taken_at: Instant::now() })
    }
}

/// A stream that goes on when the test says so.
pub(super) struct Rig {
    pub(super) live: LiveSession,
    shown: Receiver<LiveShown>,
    camera: Option<Sender<()>>,
    pub(super) session: Session,
}

impl Rig {
    pub(super) fn start(panics: bool) -> Self {
        Self::start_with(panics, RING_BYTES, LiveOptions::default())
    }

    pub(super) fn start_with(panics: bool, ring_bytes: usize, tracking: LiveOptions) -> Self {
        let session = Session::start(SessionOptions {
            open: Arc::new(|_| unreachable!("no clip is opened")),
            screen: Arc::new(|_| ()),
            repaint: Arc::new(|| ()),
            model: Some(tiny("tiny.safetensors", None)),
            cache_budget_bytes: 0,
        });
        let (camera, steps) = bounded(0);
        let (screen, shown) = bounded(64);
        let live = LiveSession::start(LiveSessionOptions {
            camera: CameraOptions {
                request: CameraRequest::index(0),
                open: Arc::new(move |_| {
                    let id = CameraId { name: "led".into(), place: String::new() };
                    let source = SyntheticSource::new(SIZE, NUM_PICTURES, 30.0);
                    Ok(Box::new(Led { id, source, steps: steps.clone(), num_taken: 0 }) as Box<dyn CameraStream>)
                }),
                repaint: Arc::new(|| ()),
                patience: CameraPatience { opening: PATIENCE, frame: PATIENCE, ..CameraPatience::default() },
            },
            network: session.network(),
            tracking,
            speed: LiveSpeed::Fixed(LiveSetting { model_size: TINY, iters: 2 }),
            ring_bytes,
            log: LogKeeping::default(),
            screen: Arc::new(move |shown| {
                assert!(!panics, "as told");
                screen.send(shown).ok();
            }),
            repaint: Arc::new(|| ()),
        });
        let rig = Self { live, shown, camera: Some(camera), session };
        rig.wait_for_status("the network", |status| status.has_network);
        rig
    }

    /// Lets the camera take a picture.
    pub(super) fn picture(&self) {
        self.camera.as_ref().unwrap().send_timeout((), PATIENCE).unwrap();
    }

    /// Lets the camera take pictures until one more was followed; where the machine is slow, not all of them are.
    pub(super) fn follow(&self) -> LiveShown {
        for _ in 0..1000 {
            self.picture();
            if let Ok(shown) = self.shown.recv_timeout(Duration::from_millis(500)) {
                return shown;
            }
        }
        panic!("no frame is followed");
    }

    pub(super) fn next_shown(&self) -> LiveShown {
        self.shown.recv_timeout(PATIENCE).expect("something is shown")
    }

    pub(super) fn wait_for_status(&self, what: &str, is_so: impl Fn(&LiveStatus) -> bool) -> LiveStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.live.status().filter(|status| is_so(status)) {
                return status;
            }
            assert!(start.elapsed() < PATIENCE, "waited in vain: {what}");
            std::thread::yield_now();
        }
    }

    /// Waits until another model is in place.
    pub(super) fn wait_for_model(&mut self) {
        let start = Instant::now();
        let is_ready = |event: &Event| matches!(event, Event::ModelReady(info) if info.options.weights.ends_with("tiny_f16.safetensors"));
        while !self.session.update().iter().any(is_ready) {
            assert!(start.elapsed() < PATIENCE, "the model does not come");
            std::thread::yield_now();
        }
    }

    pub(super) fn wait_for_event(&self) -> LiveEvent {
        let start = Instant::now();
        loop {
            if let Some(event) = self.live.events().pop() {
                return event;
            }
            assert!(start.elapsed() < PATIENCE, "no event came");
            std::thread::yield_now();
        }
    }
}

pub(super) fn ids(shown: &LiveShown) -> Vec<u32> {
    shown.tracks.tracks().map(|track| track.id.0).collect()
}

pub(super) fn place(shown: &LiveShown, id: u32) -> Option<SourcePoint> {
    let mut samples = shown.tracks.samples_at(shown.at);
    samples.find(|(track, _)| track.id.0 == id).and_then(|(_, sample)| sample).map(|sample| sample.point)
}

#[test]
fn points_come_move_and_go_at_any_moment_and_keep_their_ids() {
    let rig = Rig::start(false);
    rig.picture();
    assert_eq!(ids(&rig.next_shown()), [0; 0]);
    for x in [20.0, 40.0, 60.0] {
        rig.live.send(LiveCommand::Add(None, vec![SourcePoint::new(x, 30.0)]));
    }
    let shown = std::iter::repeat_with(|| rig.next_shown()).take(3).last().unwrap();
    assert_eq!((ids(&shown), place(&shown, 1)), (vec![0, 1, 2], Some(SourcePoint::new(40.0, 30.0))));
    rig.picture();
    let shown = rig.next_shown();
    assert_eq!((ids(&shown), shown.frame.index), (vec![0, 1, 2], FrameIndex(1)), "a picture comes with its own points");
    rig.live.send(LiveCommand::Delete(vec![TrackId(1)]));
    assert_eq!(ids(&rig.next_shown()), [0, 2]);
    rig.live.send(LiveCommand::Move(TrackId(2), None, SourcePoint::new(11.0, 12.0)));
    assert_eq!(place(&rig.next_shown(), 2), Some(SourcePoint::new(11.0, 12.0)));
    rig.live.send(LiveCommand::Add(None, vec![SourcePoint::new(5.0, 5.0)]));
    assert_eq!(ids(&rig.next_shown()), [0, 2, 3], "no id is given twice");
    rig.live.send(LiveCommand::Add(None, vec![SourcePoint::new(500.0, 5.0)]));
    assert!(matches!(rig.wait_for_event(), LiveEvent::Refused(_)));
    rig.live.send(LiveCommand::Clear);
    assert_eq!(ids(&rig.next_shown()), [0; 0]);
}

#[test]
fn frozen_frames_wait_and_are_followed_when_it_goes_on() {
    let rig = Rig::start(false);
    rig.picture();
    rig.next_shown();
    rig.live.send(LiveCommand::Freeze(true));
    rig.wait_for_status("the freeze", |status| status.is_frozen);
    for waiting in 1..=5 {
        rig.picture();
        rig.wait_for_status("the frame waits", |status| status.num_waiting == waiting);
    }
    rig.live.send(LiveCommand::Add(None, vec![SourcePoint::new(20.0, 30.0)]));
    let shown = rig.next_shown();
    assert_eq!((shown.frame.index, ids(&shown)), (FrameIndex(0), vec![0]), "on the frozen frame");
    rig.live.send(LiveCommand::Freeze(false));
    let followed: Vec<u32> = (0..3).map(|_| rig.next_shown().frame.index.0).collect();
    assert_eq!(followed, [2, 4, 5], "every second one until it has caught up");
    let status = rig.wait_for_status("it has caught up", |status| !status.is_frozen && status.num_waiting == 0);
    assert_eq!((status.num_dropped, status.camera.state), (2, CameraState::Streaming));
}

#[test]
fn an_end_is_an_end_and_completes_the_recording() {
    let folder = tempfile::tempdir().unwrap();
    let mut rig = Rig::start(false);
    rig.picture();
    rig.next_shown();
    rig.live.send(LiveCommand::Record(folder.path().to_owned()));
    rig.wait_for_status("the recording", |status| status.recording.is_some());
    for _ in 0..3 {
        rig.picture();
        rig.next_shown();
    }
    rig.camera.take();
    rig.live.retire();
    let LiveEvent::Recorded { path, num_frames, num_lost, .. } = rig.wait_for_event() else { panic!("no recording") };
    assert_eq!((path, num_frames, num_lost), (folder.path().join("camera 1.mp4"), 3, 0));
    let start = Instant::now();
    while !rig.live.is_over() {
        assert!(start.elapsed() < PATIENCE, "it does not end");
        std::thread::yield_now();
    }
}

#[test]
fn a_panic_is_told_and_ends_the_stream() {
    let rig = Rig::start(true);
    rig.picture();
    assert_eq!(rig.wait_for_event(), LiveEvent::Panicked("as told".into()));
}

#[test]
fn another_speed_keeps_the_points() {
    let rig = Rig::start(false);
    rig.wait_for_status("a network", |status| status.has_network);
    rig.picture();
    rig.next_shown();
    rig.live.send(LiveCommand::Add(None, vec![SourcePoint::new(20.0, 20.0)]));
    assert_eq!(ids(&rig.next_shown()), [0]);
    let setting = LiveSetting { model_size: Size::new(64, 64), iters: 1 };
    let auto = live_settings(TINY, None, None);
    assert!(!auto.contains(&setting));
    for speed in [LiveSpeed::Fixed(setting), LiveSpeed::Auto] {
        rig.live.send(LiveCommand::SetSpeed(speed));
        let is_set = |found: LiveSetting| match speed {
            LiveSpeed::Fixed(wanted) => found == wanted,
            LiveSpeed::Auto => auto.contains(&found),
        };
        let start = Instant::now();
        loop {
            rig.picture();
            assert_eq!(ids(&rig.next_shown()), [0]);
            if rig.wait_for_status("a setting", |status| status.setting.is_some()).setting.is_some_and(is_set) {
                break;
            }
            assert!(start.elapsed() < PATIENCE, "{speed:?} is never taken over");
        }
        rig.picture();
        assert_eq!(ids(&rig.next_shown()), [0]);
    }
}
