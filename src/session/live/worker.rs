//! The thread of a live stream.

use super::backlog::Backlog;
use super::following::{LivePoints, MAX_TRAIL};
use super::late::LateJobs;
use super::memory::resident_bytes;
use super::recording::{RecordingJob, Told};
use super::ring::{Replay, Ring, RingFrame};
use super::{LiveCommand, LiveEvent, LiveSessionOptions, LiveStatus, LiveTimes, SendingNow};
use crate::export::EmitTarget;
use crate::geometry::FrameIndex;
use crate::session::camera::{CameraFrame, CameraState, CameraStatus, LiveCamera};
use crate::session::emitter::Emitter;
use crate::session::spawn::Worker;
use crate::session::speed::Speedometer;
use crate::session::track_keeper::TrackKeeper;
use crate::sync::{CancelToken, LatestSlot};
use crate::tracker::LiveTimings;
use crate::tracks::{LiveLine, TrackId, TrackLog};
use crossbeam_channel::{Receiver, Sender};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

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
    pub(super) log: Arc<TrackLog>,
}

/// Serves the stream until it is asked to stop.
pub(super) fn run(options: LiveSessionOptions, links: Links) {
    // The thread looks itself whether a frame came, and wakes the app when it is followed.
    let camera = crate::session::CameraOptions { repaint: Arc::new(|| ()), ..options.camera.clone() };
    let points = LivePoints::new(options.network.clone(), options.tracking.clone(), options.speed);
    let ring = Ring::new(options.ring_bytes);
    let (event, repaint) = (links.event.clone(), Arc::clone(&options.repaint));
    let on_failure = move |reason| {
        event.try_send(LiveEvent::LogFailed(reason)).ok(); // full: an export says what it lacks
        repaint();
    };
    let keeper = TrackKeeper::start(Arc::clone(&links.log), &options.log, on_failure);
    let mut stream = LiveThread {
        keeper,
        camera: LiveCamera::start(camera),
        options,
        links,
        backlog: Backlog::new(),
        is_frozen: false,
        browsed: None,
        delay: Duration::ZERO,
        is_stale: false,
        ring,
        replay: Replay::new(MAX_TRAIL),
        late: LateJobs::default(),
        points,
        recording: None,
        sending: None,
        saving: None,
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

pub(super) struct LiveThread {
    pub(super) keeper: TrackKeeper,
    camera: LiveCamera,
    pub(super) options: LiveSessionOptions,
    pub(super) links: Links,
    backlog: Backlog,
    pub(super) is_frozen: bool,
    /// The frame that is shown while frozen.
    pub(super) browsed: Option<FrameIndex>,
    /// How much later than it came the picture is shown.
    pub(super) delay: Duration,
    /// What is shown is not what is meant any more.
    pub(super) is_stale: bool,
    pub(super) ring: Ring,
    pub(super) replay: Replay,
    pub(super) late: LateJobs,
    pub(super) points: LivePoints,
    recording: Option<RecordingJob>,
    sending: Option<(EmitTarget, Emitter)>,
    pub(super) saving: Option<Worker>,
    ending: Vec<Worker>,
    pub(super) speed: Speedometer,
    told_at: Option<Instant>,
    memory: (Option<Instant>, Option<u64>),
}

impl LiveThread {
    fn turn(&mut self) {
        while let Ok(command) = self.links.wishes.try_recv() {
            self.obey(command);
        }
        let is_behind = !self.is_frozen && self.backlog.len() > 0;
        let has_time = self.is_frozen && self.points.are_waiting();
        let has_work = is_behind || has_time || !self.late.is_empty();
        let patience = if has_work { Duration::ZERO } else { LOOK_UP_EVERY };
        if let Some(taken) = self.camera.next_frame(patience) {
            self.backlog.push(taken);
        }
        if !self.is_frozen
            && let Some(taken) = self.backlog.pop()
        {
            self.follow(taken);
        }
        if !self.late.is_empty() {
            self.follow_late_points();
        }
        if has_time {
            self.catch_up();
        }
        if std::mem::take(&mut self.is_stale) {
            self.show();
        }
        if self.recording.as_ref().is_some_and(|recording| recording.recorder.is_over()) {
            self.stop_recording(); // it failed: finishing it says why
        }
        if let Some(error) = self.sending.as_ref().and_then(|(_, emitter)| emitter.take_failure())
            && let Some((target, _)) = self.sending.take()
        {
            self.tell(LiveEvent::SendingFailed(format!("{target}: {error}")));
        }
        self.ending.retain(|worker| !worker.is_finished());
        self.saving.take_if(|worker| worker.is_finished());
        if self.told_at.is_none_or(|at| at.elapsed() >= STATUS_EVERY) {
            self.tell_status();
        }
    }

    pub(super) fn tell(&self, event: LiveEvent) {
        if self.links.event.send(event).is_ok() {
            (self.options.repaint)();
        }
    }

    pub(super) fn tell_status(&mut self) {
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
            sending: self.sending.as_ref().map(|(target, emitter)| SendingNow {
                target: target.clone(),
                num_sent: emitter.num_sent(),
                num_lost: emitter.num_lost(),
            }),
            is_saving: self.saving.is_some(),
            ring: self.ring_status(),
            following_late: self.late.progress(&self.ring),
        };
        self.told_at = Some(now);
        self.links.status.put(status);
        if !goes_on {
            (self.options.repaint)(); // else the next picture takes it along
        }
    }

    /// Follows the points on the next frame and shows both.
    fn follow(&mut self, taken: CameraFrame) {
        let started = Instant::now();
        let (mut timings, mut samples) = (LiveTimings::default(), Vec::new());
        let CameraStatus { format, stride, .. } = self.camera.status();
        self.points.rate = format.map(|format| format.frame_rate.per_sec());
        if self.late.is_empty() {
            self.points.keep_up(stride); // else it is for a moment only
        }
        match self.points.follow(&taken.frame, &self.links.stop) {
            Ok(Some(followed)) => {
                (timings, samples) = (followed.timings, followed.samples);
                let line = taken.line(samples.clone());
                self.keeper.push(&line);
                self.note_late();
                if let Some((_, emitter)) = &self.sending {
                    emitter.send(LiveLine { names: self.points.names_given(), ..line.clone() });
                }
                if let Some(recording) = &self.recording {
                    recording.write_line(line);
                }
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
        if self.ring.push(RingFrame::new(taken, samples, times)) {
            self.late.clear();
            self.replay.forget();
        }
        self.show();
        self.tell_status();
    }

    fn obey(&mut self, command: LiveCommand) {
        match command {
            LiveCommand::Add(frame, points) => self.place(frame, None, &points),
            LiveCommand::Move(id, frame, point) => self.place(frame, Some(id), &[point]),
            LiveCommand::GiveUpLate => self.give_up_late_points(),
            LiveCommand::Delete(ids) => self.delete(&ids),
            LiveCommand::Clear => {
                let ids: Vec<TrackId> = self.points.all().into_iter().chain(self.late.ids()).collect();
                self.delete(&ids);
            }
            LiveCommand::Park(ids) => {
                let parked = self.points.park(&ids);
                self.changed(parked);
            }
            LiveCommand::Unpark(ids) => {
                let unparked = self.points.unpark(&ids);
                self.changed(unparked);
            }
            LiveCommand::LookFor(ids) => {
                let sought = self.points.look_for(&ids);
                self.changed(sought);
            }
            LiveCommand::Rename(id, name) => {
                self.points.rename(id, &name);
                self.show();
            }
            LiveCommand::Undo => self.step(false),
            LiveCommand::Redo => self.step(true),
            LiveCommand::Freeze(is_frozen) => self.freeze(is_frozen),
            LiveCommand::Browse(place) => self.browse(place),
            LiveCommand::Delay(delay) => self.set_delay(delay),
            LiveCommand::SaveLast { folder, secs } => self.save_last(&folder, secs),
            LiveCommand::SetSpeed(speed) => self.points.set_speed(speed),
            LiveCommand::Record(folder) => self.record(&folder),
            LiveCommand::StopRecording => self.stop_recording(),
            LiveCommand::Send(target) => {
                let start = |target: EmitTarget| (target.clone(), Emitter::start(move || target.open()));
                self.sending = target.map(start);
                self.tell_status();
            }
        }
    }

    /// Takes the last change of the points back, or does it again.
    fn step(&mut self, is_redo: bool) {
        let stepped = self.points.step(is_redo);
        if let Ok(Some(label)) = stepped {
            self.tell(LiveEvent::Stepped { label, is_redo });
        }
        self.changed(stepped.map(drop));
    }

    /// A command changed points, or could not.
    pub(super) fn changed(&mut self, result: Result<(), LiveEvent>) {
        if result.is_ok() {
            self.show();
        }
        self.tell_if(result);
    }

    pub(super) fn tell_if(&self, result: Result<(), LiveEvent>) {
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
        match RecordingJob::start(folder, format.size, self.frame_rate()) {
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
        self.ending.push(recording.finish(self.told()));
        self.tell_status();
    }

    /// What the camera says of its rate.
    pub(super) fn frame_rate(&self) -> f64 {
        self.camera.status().format.map_or(USUAL_RATE, |format| format.frame_rate.per_sec())
    }

    /// Tells of what ends on another thread.
    pub(super) fn told(&self) -> Told {
        let (event, repaint) = (self.links.event.clone(), Arc::clone(&self.options.repaint));
        Arc::new(move |said| {
            if event.send(said).is_ok() {
                repaint();
            }
        })
    }
}
