//! The watchdog of a live camera and the frames that it hands out, with cameras that do as they are told.

use cotrail::geometry::Size;
use cotrail::media::{
    CameraChoice, CameraError, CameraFormat, CameraId, CameraRequest, CameraStream, FrameRate, PixelFormat, Shot,
};
use cotrail::session::{CameraFrame, CameraOptions, CameraPatience, CameraState, CameraStatus, LiveCamera};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Far more than anything here takes, even on a machine with much else to do.
const PATIENCE: Duration = Duration::from_mins(2);
const SIZE: Size = Size::new(4, 2);

/// What the scripted camera does next.
enum Step {
    /// A picture of this brightness.
    Picture(u8),
    Damaged,
    Fails(CameraError),
}

struct Scripted {
    id: CameraId,
    steps: Receiver<Step>,
}

impl CameraStream for Scripted {
    fn id(&self) -> &CameraId {
        &self.id
    }

    fn format(&self) -> CameraFormat {
        CameraFormat { size: SIZE, frame_rate: FrameRate::whole(30), pixels: PixelFormat::Yuyv }
    }

    /// Waits for ever where the script has no next step, as a stalled camera does.
    fn grab(&mut self) -> Result<Shot, CameraError> {
        match self.steps.recv() {
            Ok(Step::Picture(value)) => Ok(Shot { rgb: vec![value; 3 * SIZE.area()], taken_at: Instant::now() }),
            Ok(Step::Damaged) => Err(CameraError::Damaged("a test".into())),
            Ok(Step::Fails(error)) => Err(error),
            Err(_) => Err(CameraError::Unplugged("desk".into())),
        }
    }
}

/// A place to plug a camera in, and what was asked of it.
#[derive(Clone, Default)]
struct Socket(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    camera: Option<Receiver<Step>>,
    refusal: Option<CameraError>,
    requests: Vec<CameraRequest>,
}

impl Socket {
    /// Plugs a camera in; what it does is sent to it.
    fn plug(&self) -> Sender<Step> {
        let (steps, camera) = bounded(64);
        let mut inner = self.0.lock().unwrap();
        (inner.camera, inner.refusal) = (Some(camera), None);
        steps
    }

    fn refuse(&self, error: CameraError) {
        let mut inner = self.0.lock().unwrap();
        (inner.camera, inner.refusal) = (None, Some(error));
    }

    fn requests(&self) -> Vec<CameraRequest> {
        self.0.lock().unwrap().requests.clone()
    }

    fn live(&self) -> LiveCamera {
        self.live_with(PATIENCE)
    }

    /// A camera that counts as stalled after so long without a picture.
    fn live_with(&self, frame: Duration) -> LiveCamera {
        let inner = Arc::clone(&self.0);
        LiveCamera::start(CameraOptions {
            request: CameraRequest::index(7),
            open: Arc::new(move |request| {
                let mut inner = inner.lock().unwrap();
                inner.requests.push(request.clone());
                if let Some(error) = &inner.refusal {
                    return Err(error.clone());
                }
                let steps = inner.camera.clone().ok_or(CameraError::NoCameras)?;
                let id = CameraId { name: "desk".into(), place: "port 1".into() };
                Ok(Box::new(Scripted { id, steps }) as Box<dyn CameraStream>)
            }),
            repaint: Arc::new(|| ()),
            patience: CameraPatience {
                opening: PATIENCE,
                frame,
                retry: Duration::from_millis(5),
                closing: Duration::from_millis(20),
            },
        })
    }
}

fn wait_for(camera: &LiveCamera, what: &str, is_so: impl Fn(&CameraStatus) -> bool) -> CameraStatus {
    let start = Instant::now();
    loop {
        let status = camera.status();
        if is_so(&status) {
            return status;
        }
        assert!(start.elapsed() < PATIENCE, "{what}: {status:?}");
        std::thread::yield_now();
    }
}

fn next(camera: &LiveCamera) -> (u32, u8) {
    let CameraFrame { frame, .. } = camera.next_frame(PATIENCE).unwrap();
    (frame.index.0, frame.pixel(0, 0)[0])
}

#[test]
fn frames_come_numbered_and_damaged_ones_leave_a_gap() {
    let socket = Socket::default();
    let steps = socket.plug();
    let camera = socket.live();
    steps.send(Step::Picture(10)).unwrap();
    assert_eq!(next(&camera), (0, 10));
    steps.send(Step::Damaged).unwrap();
    steps.send(Step::Picture(11)).unwrap();
    assert_eq!(next(&camera), (2, 11));
    let status = camera.status();
    assert_eq!((status.num_captured, status.num_damaged, status.state), (3, 1, CameraState::Streaming));
    assert_eq!(status.id.unwrap().name, "desk");
}

#[test]
fn a_refused_camera_tells_why_and_is_taken_once_it_is_free() {
    let socket = Socket::default();
    socket.refuse(CameraError::Busy("desk".into()));
    let camera = socket.live();
    assert_eq!(camera.wait_until_open(PATIENCE).unwrap_err(), CameraError::Busy("desk".into()));
    let steps = socket.plug();
    steps.send(Step::Picture(1)).unwrap();
    let status = wait_for(&camera, "streaming", |status| status.state == CameraState::Streaming);
    assert_eq!(status.num_recoveries, 0, "it was never open before");
    assert!(camera.wait_until_open(PATIENCE).is_ok());
}

#[test]
fn an_unplugged_camera_is_looked_for_by_what_it_is_known_by() {
    let socket = Socket::default();
    let steps = socket.plug();
    let camera = socket.live();
    steps.send(Step::Picture(1)).unwrap();
    assert_eq!(next(&camera), (0, 1));
    socket.refuse(CameraError::NoSuchCamera { wanted: "desk".into(), there: "camera:0 (inside)".into() });
    steps.send(Step::Fails(CameraError::Unplugged("desk".into()))).unwrap();
    wait_for(&camera, "lost", |status| status.state == CameraState::Lost);
    let steps = socket.plug();
    steps.send(Step::Picture(2)).unwrap();
    assert_eq!(next(&camera), (1, 2), "numbers go on");
    assert_eq!(camera.status().num_recoveries, 1);
    let requests = socket.requests();
    assert_eq!(requests[0].camera, CameraChoice::Index(7));
    let known = CameraId { name: "desk".into(), place: "port 1".into() };
    assert!(requests[1..].iter().all(|request| request.camera == CameraChoice::Id(known.clone())));
    assert!(requests[1..].iter().all(|request| request.size == Some(SIZE)), "the same pictures as before");
}

#[test]
fn a_stalled_camera_is_given_up_and_what_it_delivers_late_is_refused() {
    let socket = Socket::default();
    let hanging = socket.plug();
    let camera = socket.live_with(Duration::from_millis(50));
    hanging.send(Step::Picture(1)).unwrap();
    assert_eq!(next(&camera), (0, 1));
    socket.refuse(CameraError::Busy("desk".into())); // as Linux says while the thread that hangs has it open
    wait_for(&camera, "stalled", |status| status.state == CameraState::Stalled);
    let tries = socket.requests().len();
    let start = Instant::now();
    while socket.requests().len() < tries + 3 {
        assert!(start.elapsed() < PATIENCE);
        std::thread::yield_now();
    }
    assert_eq!(camera.status().state, CameraState::Stalled, "in use by the hanging thread, not by another program");
    hanging.send(Step::Picture(99)).unwrap();
    let steps = socket.plug();
    steps.send(Step::Picture(2)).unwrap();
    assert_eq!(next(&camera), (1, 2));
    let status = camera.status();
    assert_eq!((status.num_captured, status.num_recoveries), (2, 1), "the late picture was not taken");
}

#[test]
fn a_camera_that_hangs_does_not_hold_up_the_end() {
    let socket = Socket::default();
    let steps = socket.plug();
    let camera = socket.live();
    steps.send(Step::Picture(1)).unwrap();
    assert_eq!(next(&camera), (0, 1));
    drop(camera); // would wait for ever if it joined the thread
    drop(steps);
}

#[test]
fn whoever_shows_gets_the_newest_frame_once() {
    let socket = Socket::default();
    let steps = socket.plug();
    let camera = socket.live();
    for value in 1..=3 {
        steps.send(Step::Picture(value)).unwrap();
    }
    wait_for(&camera, "three pictures", |status| status.num_captured == 3);
    assert_eq!(camera.newest().map(|newest| newest.frame.index.0), Some(2));
    assert!(camera.newest().is_none());
    assert_eq!(next(&camera).0, 2, "showing takes nothing away from tracking");
    assert!(camera.next_frame(Duration::ZERO).is_none());
}

#[test]
fn two_cameras_run_side_by_side() {
    let sockets = [Socket::default(), Socket::default()];
    let steps = sockets.each_ref().map(Socket::plug);
    let cameras = sockets.each_ref().map(Socket::live);
    for (value, steps) in (1..).zip(&steps) {
        steps.send(Step::Picture(value)).unwrap();
    }
    assert_eq!(cameras.each_ref().map(next), [(0, 1), (0, 2)]);
    steps[0].send(Step::Fails(CameraError::Unplugged("desk".into()))).unwrap();
    sockets[0].refuse(CameraError::NoCameras);
    wait_for(&cameras[0], "lost", |status| status.state == CameraState::Lost);
    steps[1].send(Step::Picture(5)).unwrap();
    assert_eq!(next(&cameras[1]), (1, 5));
}

#[cfg(all(target_os = "linux", feature = "camera"))]
mod fake {
    use super::{PATIENCE, wait_for};
    use crate::media::fake_camera::{is_child, number_in};
    use cotrail::media::{CameraRequest, open_camera};
    use cotrail::session::{CameraOptions, CameraPatience, CameraState, LiveCamera};
    use std::sync::Arc;
    use std::time::Duration;

    fn live(frame: Duration) -> LiveCamera {
        LiveCamera::start(CameraOptions {
            request: CameraRequest::index(0),
            open: Arc::new(open_camera),
            repaint: Arc::new(|| ()),
            patience: CameraPatience {
                opening: PATIENCE,
                frame,
                retry: Duration::from_millis(50),
                ..CameraPatience::default()
            },
        })
    }

    /// Takes frames and checks that their numbers and those in the pictures rise; the last of both.
    fn take(camera: &LiveCamera, count: usize) -> (u32, u32) {
        let mut before = None;
        for _ in 0..count {
            let taken = camera.next_frame(PATIENCE).unwrap();
            let numbers = (taken.frame.index.0, number_in(&taken.frame));
            assert!(
                before.is_none_or(|(index, shown)| index < numbers.0 && shown < numbers.1),
                "{before:?} {numbers:?}"
            );
            before = Some(numbers);
        }
        before.unwrap()
    }

    #[test]
    fn a_real_stream_survives_being_unplugged_and_plugged_in_again() {
        let folder = tempfile::tempdir().unwrap();
        let plug = folder.path().join("plug");
        let name = "session::cameras::fake::a_real_stream_survives_being_unplugged_and_plugged_in_again";
        if !is_child(name, &[("FPS", "60"), ("GATE", plug.to_str().unwrap())]) {
            return;
        }
        let plug = std::path::PathBuf::from(std::env::var_os("FAKEV4L2_GATE").unwrap());
        std::fs::create_dir_all(plug.parent().unwrap()).unwrap();
        std::fs::write(&plug, "").unwrap();
        let camera = live(PATIENCE);
        camera.wait_until_open(PATIENCE).unwrap();
        let (mut index, _) = take(&camera, 20);
        for round in 1..=2 {
            std::fs::remove_file(&plug).unwrap();
            wait_for(&camera, "lost", |status| status.state == CameraState::Lost);
            std::fs::write(&plug, "").unwrap();
            wait_for(&camera, "back", |status| status.state == CameraState::Streaming);
            let (last, _) = take(&camera, 20);
            assert!(last > index && camera.status().num_recoveries == round);
            index = last;
        }
    }

    #[test]
    fn a_real_stream_survives_a_stall() {
        let settings = [("FPS", "60"), ("STALL_AFTER", "30"), ("STALL_MS", "2500")];
        if !is_child("session::cameras::fake::a_real_stream_survives_a_stall", &settings) {
            return;
        }
        let camera = live(Duration::from_secs(1));
        camera.wait_until_open(PATIENCE).unwrap();
        wait_for(&camera, "stalled", |status| status.state == CameraState::Stalled);
        let seen = camera.status().num_captured;
        wait_for(&camera, "well again", |status| status.state == CameraState::Streaming);
        let (index, _) = take(&camera, 20);
        assert!(u64::from(index) >= seen && camera.status().num_recoveries >= 1, "{:?}", camera.status());
    }
}
