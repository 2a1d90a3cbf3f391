//! The thread of a live stream.

use super::backlog::Backlog;
use super::memory::resident_bytes;
use super::recording::{RecordingJob, Told};
use super::{LiveCommand, LiveEvent, LiveSessionOptions, LiveShown, LiveStatus, LiveTimes};
use crate::geometry::{FrameIndex, Size, SourcePoint};
use crate::session::camera::{CameraFrame, CameraState, LiveCamera};
use crate::session::model_loading::UsedNetwork;
use crate::session::spawn::Worker;
use crate::session::speed::Speedometer;
use crate::sync::{CancelToken, LatestSlot};
use crate::tracker::{LiveFrame, LiveOptions, LivePoint, LiveTimings, LiveTracker, PointId, TrackerError};
use crate::tracks::{LiveLine, LiveSample, StreamHistory, TrackId};
use crossbeam_channel::{Receiver, Sender};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long a command may go unnoticed while no picture comes.
const LOOK_UP_EVERY: Duration = Duration::from_millis(30);
/// Frames of which the places of points are kept: the longest trail of a stream.
const MAX_TRAIL: usize = 200;
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
    let mut stream = Stream {
        camera: LiveCamera::start(camera),
        options,
        links,
        backlog: Backlog::new(),
        is_frozen: false,
        following: None,
        has_failed: false,
        history: StreamHistory::new(MAX_TRAIL),
        next_id: 0,
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

/// A network that follows the points of a stream.
struct Following {
    used: UsedNetwork,
    size: Size,
    tracker: LiveTracker,
    /// The points' names in the tracker: another network gives others.
    ids: Vec<(TrackId, PointId)>,
}

struct Stream {
    camera: LiveCamera,
    options: LiveSessionOptions,
    links: Links,
    backlog: Backlog,
    is_frozen: bool,
    following: Option<Following>,
    /// The network failed; another one may not.
    has_failed: bool,
    history: StreamHistory,
    next_id: u32,
    shown: Option<(CameraFrame, LiveTimes)>,
    recording: Option<RecordingJob>,
    ending: Vec<Worker>,
    speed: Speedometer,
    told_at: Option<Instant>,
    memory: (Option<Instant>, Option<u64>),
}

/// The nearest place in the picture.
fn inside(size: Size, point: SourcePoint) -> SourcePoint {
    let last = |extent: u32| extent.saturating_sub(1) as f32;
    SourcePoint::new(point.x.clamp(0.0, last(size.width)), point.y.clamp(0.0, last(size.height)))
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
            has_network: self.options.network.get().is_some() && !self.has_failed,
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
        self.take_network(taken.frame.size());
        let mut timings = LiveTimings::default();
        match self.push(&taken) {
            Ok(Some(live)) => {
                let samples = self.samples(&live);
                timings = live.timings;
                self.history.push(&samples);
                self.write_line(&taken, samples);
                self.place_again();
            }
            // Nothing follows the points: they stay where they are.
            Ok(None) => {}
            Err(TrackerError::Cancelled) => return,
            Err(error) => {
                (self.has_failed, self.following) = (true, None);
                self.tell(LiveEvent::TrackingFailed(error.to_string()));
            }
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

    fn push(&mut self, taken: &CameraFrame) -> Result<Option<LiveFrame>, TrackerError> {
        let Some(following) = &mut self.following else { return Ok(None) };
        following.tracker.push(&taken.frame, &self.links.stop).map(Some)
    }

    fn show(&self) {
        let Some((taken, times)) = &self.shown else { return };
        let (tracks, at) = self.history.snapshot();
        (self.options.screen)(LiveShown { frame: taken.frame.clone(), tracks: Arc::new(tracks), at, times: *times });
        (self.options.repaint)();
    }

    /// Takes over the network that is in place now.
    fn take_network(&mut self, size: Size) {
        let Some(used) = self.options.network.get() else { return };
        let is_same = |f: &Following| {
            Arc::ptr_eq(&f.used.network, &used.network) && f.used.model_size == used.model_size && f.size == size
        };
        if self.has_failed || self.following.as_ref().is_some_and(is_same) {
            return;
        }
        if self.following.as_ref().is_some_and(|following| following.size != size) {
            self.history = StreamHistory::new(MAX_TRAIL); // places in another picture
        }
        let model_size = self.options.tracking.model_size.or(used.model_size);
        let options = LiveOptions { model_size, ..self.options.tracking.clone() };
        match LiveTracker::new(Arc::clone(&used.network), size, &options) {
            Ok(tracker) => self.following = Some(Following { used, size, tracker, ids: Vec::new() }),
            Err(error) => {
                self.has_failed = true;
                self.tell(LiveEvent::TrackingFailed(error.to_string()));
            }
        }
    }

    /// Points that the tracker does not know, since it is new, start where they were last.
    fn place_again(&mut self) {
        let Some(following) = &mut self.following else { return };
        let is_known = |id| following.ids.iter().any(|(known, _)| *known == id);
        let lost: Vec<_> = self.history.newest().filter(|(id, _)| !is_known(*id)).collect();
        if lost.is_empty() {
            return;
        }
        let places: Vec<SourcePoint> = lost.iter().map(|(_, point)| inside(following.size, *point)).collect();
        match following.tracker.add(&places) {
            Ok(ids) => following.ids.extend(lost.iter().map(|(id, _)| *id).zip(ids)),
            Err(error) => {
                for (id, _) in &lost {
                    self.history.remove(*id);
                }
                self.tell(LiveEvent::Refused(error.to_string()));
            }
        }
    }

    /// The points of a frame under their own names; those that are to be placed again stand still.
    fn samples(&self, live: &LiveFrame) -> Vec<LiveSample> {
        let Some(following) = &self.following else { return Vec::new() };
        let own = |point: &LivePoint| following.ids.iter().find(|(_, id)| *id == point.id).map(|(own, _)| *own);
        let followed = live.points.iter().filter_map(|point| {
            let LivePoint { position, visibility, confidence, visible, .. } = *point;
            Some(LiveSample { id: own(point)?.0, point: position, visibility, confidence, visible })
        });
        let is_known = |id| following.ids.iter().any(|(known, _)| *known == id);
        let waiting = self.history.newest().filter(|(id, _)| !is_known(*id)).map(|(id, point)| LiveSample {
            id: id.0,
            point,
            visibility: 0.0,
            confidence: 0.0,
            visible: false,
        });
        let mut samples: Vec<_> = followed.chain(waiting).collect();
        samples.sort_by_key(|sample| sample.id);
        samples
    }

    fn obey(&mut self, command: LiveCommand) {
        match command {
            LiveCommand::Add(point) => self.add(point),
            LiveCommand::Move(id, point) => self.move_to(id, point),
            LiveCommand::Delete(ids) => self.delete(&ids),
            LiveCommand::Clear => {
                let all: Vec<_> = self.history.newest().map(|(id, _)| id).collect();
                self.delete(&all);
            }
            LiveCommand::Freeze(is_frozen) => {
                self.is_frozen = is_frozen;
                self.speed.reset();
                self.tell_status();
            }
            LiveCommand::Record(folder) => self.record(&folder),
            LiveCommand::StopRecording => self.stop_recording(),
        }
    }

    fn add(&mut self, point: SourcePoint) {
        let Some(following) = &mut self.following else {
            let reason = if self.has_failed { "points cannot be followed" } else { "the model is not there yet" };
            return self.tell(LiveEvent::Refused(format!("no point was added: {reason}")));
        };
        let result = following.tracker.add(&[point]);
        match result.map(|ids| ids.first().copied()) {
            Ok(Some(known)) => {
                let id = TrackId(self.next_id);
                self.next_id += 1;
                following.ids.push((id, known));
                self.history.place(id, point);
                self.show();
            }
            Ok(None) => {}
            Err(error) => self.tell(LiveEvent::Refused(error.to_string())),
        }
    }

    fn move_to(&mut self, id: TrackId, point: SourcePoint) {
        let Some(following) = &mut self.following else { return };
        let Some((_, known)) = following.ids.iter().find(|(own, _)| *own == id).copied() else { return };
        match following.tracker.move_to(known, point) {
            Ok(true) => {
                self.history.place(id, point);
                self.show();
            }
            Ok(false) => {} // deleted meanwhile
            Err(error) => self.tell(LiveEvent::Refused(error.to_string())),
        }
    }

    fn delete(&mut self, ids: &[TrackId]) {
        for id in ids {
            self.history.remove(*id);
            if let Some(following) = &mut self.following
                && let Some(place) = following.ids.iter().position(|(own, _)| own == id)
            {
                let (_, known) = following.ids.remove(place);
                following.tracker.remove(known);
            }
        }
        self.show();
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
