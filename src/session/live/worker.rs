//! The thread of a live stream.

use super::backlog::Backlog;
use super::following::LivePoints;
use super::memory::resident_bytes;
use super::recording::{RecordingJob, Told};
use super::{LiveCommand, LiveEvent, LiveSessionOptions, LiveShown, LiveStatus, LiveTimes};
use crate::geometry::FrameIndex;
use crate::session::camera::{CameraFrame, CameraState, CameraStatus, LiveCamera};
use crate::session::spawn::Worker;
use crate::session::speed::Speedometer;
use crate::sync::{CancelToken, LatestSlot};
use crate::tracker::LiveTimings;
use crate::tracks::{LiveLine, LiveSample};
use crossbeam_channel::{Receiver, Sender};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long a command may go unnoticed while no picture comes.
const LOOK_UP_EVERY: Duration = Duration::from_millis(30);
/// How often the status is told without a frame.
const STATUS_EVERY: Duration = Duration::from_millis(200);
/// How often the memory is looked at.
const MEMORY_EVERY: Duration = Duration::from_secs(1);
const USUAL_RATE: f64 = 30.0;

/// What ties the thread to its handle.
pub(super) struct Links {
    pub(super) wishes: Receiver<LiveCommand>,
    pub(super) event: Sender<LiveEvent>,
    pub(super) status: LatestSlot<LiveStatus>,
    pub(super) stop: CancelToken,
}

/// Serves the stream until it is asked to stop.
pub(super) fn run(options: LiveSessionOptions, links: Links) {
    // The thread looks itself whether a frame came, and wakes the shell when it is followed.
    let camera = crate::session::CameraOptions { repaint: Arc::new(|| ()), ..options.camera.clone() };
    let points = LivePoints::new(options.network.clone(), options.tracking.clone(), options.speed);
    let mut stream = Stream {
        camera: LiveCamera::start(camera),
        options,
        links,
        backlog: Backlog::new(),
        is_frozen: false,
        points,
        shown: None,
        recording: None,
        ending: Vec::new(),
        speed: Speedometer::default(),
        told_at: None,
        memory: (None, None),
    };
    while !stream.links.stop.is_cancelled() {
        stream.turn();
    }
    stream.stop_recording();
}

struct Stream {
    camera: LiveCamera,
    options: LiveSessionOptions,
    links: Links,
    backlog: Backlog,
    is_frozen: bool,
    points: LivePoints,
    shown: Option<(CameraFrame, LiveTimes)>,
    recording: Option<RecordingJob>,
    ending: Vec<Worker>,
    speed: Speedometer,
    told_at: Option<Instant>,
    memory: (Option<Instant>, Option<u64>),
}

impl Stream {
    fn turn(&mut self) {
        while let Ok(command) = self.links.wishes.try_recv() {
            self.obey(command);
        }
        let is_behind = !self.is_frozen && self.backlog.len() > 0;
        let patience = if is_behind { Duration::ZERO } else { LOOK_UP_EVERY };
        if let Some(taken) = self.camera.next_frame(patience) {
            self.backlog.push(taken);
        }
        if !self.is_frozen
            && let Some(taken) = self.backlog.pop()
        {
            self.follow(taken);
        }
        if self.recording.as_ref().is_some_and(|recording| recording.recorder.is_over()) {
            self.stop_recording(); // it failed: finishing it says why
        }
        self.ending.retain(|worker| !worker.is_finished());
        if self.told_at.is_none_or(|at| at.elapsed() >= STATUS_EVERY) {
            self.tell_status();
        }
    }

    fn tell(&self, event: LiveEvent) {
        if self.links.event.send(event).is_ok() {
            (self.options.repaint)();
        }
    }

    fn tell_status(&mut self) {
        let now = Instant::now();
        if self.memory.0.is_none_or(|at| now - at >= MEMORY_EVERY) {
            self.memory = (Some(now), resident_bytes());
        }
        let camera = self.camera.status();
        let goes_on = !self.is_frozen && camera.state == CameraState::Streaming;
        let status = LiveStatus {
            tracked_per_sec: if goes_on { self.speed.per_sec() } else { None },
            num_dropped: camera.num_skipped + camera.num_damaged + self.backlog.num_left_out,
            camera,
            is_frozen: self.is_frozen,
            num_waiting: self.backlog.len(),
            has_network: self.points.has_network(),
            setting: self.points.setting(),
            resident_bytes: self.memory.1,
            recording: self.recording.as_ref().map(|recording| recording.now.clone()),
        };
        self.told_at = Some(now);
        self.links.status.put(status);
        (self.options.repaint)();
    }

    /// Follows the points on the next frame and shows both.
    fn follow(&mut self, taken: CameraFrame) {
        let started = Instant::now();
        let mut timings = LiveTimings::default();
        let CameraStatus { format, stride, .. } = self.camera.status();
        self.points.set_rate(format.map(|format| f64::from(format.frame_rate)));
        self.points.keep_up(stride);
        match self.points.follow(&taken.frame, &self.links.stop) {
            Ok(Some(followed)) => {
                timings = followed.timings;
                self.write_line(&taken, followed.samples);
                let placed = self.points.place_again();
                self.tell_if(placed);
            }
            Ok(None) => {}
            Err(None) => return,
            Err(Some(event)) => self.tell(event),
        }
        self.speed.tick();
        let millis = |from: Instant, to: Instant| to.saturating_duration_since(from).as_secs_f64() * 1e3;
        let times = LiveTimes {
            taken_at: taken.taken_at,
            done_at: Instant::now(),
            capture_millis: millis(taken.taken_at, taken.ready_at),
            queue_millis: millis(taken.ready_at, started),
            encode_millis: timings.encode_millis,
            refine_millis: timings.refine_millis,
        };
        self.shown = Some((taken, times));
        self.show();
        self.tell_status();
    }

    fn show(&self) {
        let Some((taken, times)) = &self.shown else { return };
        let (tracks, at) = self.points.snapshot();
        (self.options.screen)(LiveShown { frame: taken.frame.clone(), tracks: Arc::new(tracks), at, times: *times });
        (self.options.repaint)();
    }

    fn obey(&mut self, command: LiveCommand) {
        match command {
            LiveCommand::Add(point) => {
                let added = self.points.add(point);
                self.changed(added);
            }
            LiveCommand::Move(id, point) => {
                let moved = self.points.move_to(id, point);
                self.changed(moved);
            }
            LiveCommand::Delete(ids) => {
                self.points.delete(&ids);
                self.show();
            }
            LiveCommand::Clear => {
                self.points.delete(&self.points.all());
                self.show();
            }
            LiveCommand::Freeze(is_frozen) => {
                self.is_frozen = is_frozen;
                self.speed.reset();
                self.tell_status();
            }
            LiveCommand::SetSpeed(speed) => self.points.set_speed(speed),
            LiveCommand::Record(folder) => self.record(&folder),
            LiveCommand::StopRecording => self.stop_recording(),
        }
    }

    /// A command changed points, or could not.
    fn changed(&self, result: Result<(), LiveEvent>) {
        if result.is_ok() {
            self.show();
        }
        self.tell_if(result);
    }

    fn tell_if(&self, result: Result<(), LiveEvent>) {
        if let Err(event) = result {
            self.tell(event);
        }
    }

    fn record(&mut self, folder: &Path) {
        if self.recording.is_some() {
            return;
        }
        let Some(format) = self.camera.status().format else {
            return self.tell(LiveEvent::Refused("nothing is recorded before the first picture".to_owned()));
        };
        let rate = if format.frame_rate > 0 { f64::from(format.frame_rate) } else { USUAL_RATE };
        match RecordingJob::start(folder, format.size, rate) {
            Ok(recording) => {
                self.camera.set_tap(Some(recording.recorder.tap()));
                self.recording = Some(recording);
                self.tell_status();
            }
            Err(message) => self.tell(LiveEvent::RecordingFailed(message)),
        }
    }

    fn stop_recording(&mut self) {
        let Some(recording) = self.recording.take() else { return };
        self.camera.set_tap(None);
        let (event, repaint) = (self.links.event.clone(), Arc::clone(&self.options.repaint));
        let told: Told = Arc::new(move |said| {
            if event.send(said).is_ok() {
                repaint();
            }
        });
        self.ending.push(recording.finish(told));
        self.tell_status();
    }

    fn write_line(&self, taken: &CameraFrame, points: Vec<LiveSample>) {
        let Some(recording) = &self.recording else { return };
        let taken_at = SystemTime::now().checked_sub(taken.taken_at.elapsed());
        let since_1970 = taken_at.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
        let (frame, time_secs): (FrameIndex, f64) = (taken.frame.index, taken.frame.time_secs);
        recording.write_line(LiveLine {
            frame,
            time_secs,
            unix_secs: since_1970.as_secs_f64(),
            clip_frame: None,
            points,
        });
    }
}
