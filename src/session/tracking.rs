//! The tracking worker: one network, one clip, a queue of runs.
//!
//! The clicks of a user come in bursts, and each is a run over the whole clip. So that every click shows its first
//! window soon, a run without one goes first, in the order of the clicks; the run that was under way waits, with all
//! its state, and goes on afterwards. Otherwise the oldest run is finished first: fewer changes of place in the clip
//! mean fewer seeks.

use super::messages::{Event, RunEnd, RunState, TrackingStatus, WorkerKind};
use super::model_loading::{self, Loaded, SharedNetwork, Switch};
use super::polishing::Polishing;
use super::shared_tracks::SharedTracks;
use super::spawn::{Outbox, Worker, spawn};
use super::speed::Speedometer;
use super::turns::{MAX_STARTED, MAX_STARTED_OFFLINE, Turn, next_turn};
use super::{ModelOptions, Opener};
use crate::geometry::FrameIndex;
use crate::media::{BridgedSource, ClipSource, MediaError};
use crate::model::{DeviceChoice, Network};
use crate::sync::{CancelToken, Generation, LatestSlot};
use crate::tracker::{FeatureCache, OnlineTracker, TrackerError, TrackerOptions, WindowOutcome};
use crate::tracks::{Direction, Query, RunId, TrackMode};
use crossbeam_channel::{Receiver, Sender, TryRecvError, TrySendError, bounded};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Instant;

/// Clicks that may wait while one window is computed.
const MAX_COMMANDS: usize = 256;
/// A clip to follow points in.
pub(super) struct NewClip {
    pub(super) generation: Generation,
    pub(super) source: ClipSource,
    pub(super) tracks: SharedTracks,
}

/// Points to follow together.
pub(super) struct RunJob {
    pub(super) generation: Generation,
    pub(super) run: RunId,
    pub(super) queries: Arc<[Query]>,
    pub(super) direction: Direction,
    /// The last frame that is needed, the first one where it goes backwards; the clip's where `None`.
    pub(super) until: Option<FrameIndex>,
    pub(super) cancel: CancelToken,
    /// When the user asked for it.
    pub(super) asked: Instant,
}

impl RunJob {
    /// The frames that it needs of a clip with that last frame.
    fn course(&self, end: FrameIndex) -> RangeInclusive<FrameIndex> {
        match self.direction {
            Direction::Forward => FrameIndex(0)..=self.until.map_or(end, |until| until.min(end)),
            Direction::Backward => {
                let latest = self.queries.iter().map(|query| query.frame).max().unwrap_or(end);
                self.until.unwrap_or_default()..=latest.min(end)
            }
        }
    }
}

pub(super) enum Command {
    Clip(NewClip),
    Run(RunJob),
    Model(Box<ModelOptions>),
    /// The network has failed elsewhere, for this reason.
    GpuFailed(String),
    /// The user's wishes have changed: places may have to be polished.
    Wishes,
}

/// The handle of the tracking thread.
pub(super) struct Tracking {
    pub(super) status: LatestSlot<TrackingStatus>,
    commands: Option<Sender<Command>>,
    worker: Option<Worker>,
}

impl Tracking {
    /// Loads the network on a thread of its own; [`Event::ModelReady`] or [`Event::ModelFailed`] follows.
    pub(super) fn start(model: ModelOptions, open: Opener, network: SharedNetwork, outbox: Outbox) -> Self {
        let (commands, receiver) = bounded(MAX_COMMANDS);
        let status = LatestSlot::new();
        let failed = outbox.clone();
        let published = status.clone();
        let worker = spawn(
            "tracking",
            move || run(model, open, network, &receiver, published, outbox),
            move |message| {
                let generation = Generation::default();
                failed.send(Event::Panicked { worker: WorkerKind::Tracking, generation, message });
            },
        );
        Self { status, commands: Some(commands), worker: Some(worker) }
    }

    /// Whether a command can be queued.
    pub(super) fn has_room(&self) -> bool {
        self.commands.as_ref().is_some_and(|commands| !commands.is_full())
    }

    /// Queues a command. Returns whether there was room.
    pub(super) fn send(&self, command: Command) -> bool {
        match self.commands.as_ref().map(|commands| commands.try_send(command)) {
            Some(Err(TrySendError::Full(_))) => false,
            // Gone: the panic event that says so is on its way.
            Some(Ok(()) | Err(TrySendError::Disconnected(_))) | None => true,
        }
    }
}

impl Drop for Tracking {
    fn drop(&mut self) {
        self.commands.take();
        self.worker.take();
    }
}

fn run(
    model: ModelOptions,
    open: Opener,
    network: SharedNetwork,
    commands: &Receiver<Command>,
    status: LatestSlot<TrackingStatus>,
    outbox: Outbox,
) {
    let (speed, status_now) = (Speedometer::default(), TrackingStatus::default());
    let none = Err("there is no network yet".to_owned());
    let mut following = TrackingThread { model: none, network, open, outbox, status, status_now, speed, clip: None };
    following.load(model);
    following.serve(commands);
}

struct TrackingThread {
    model: Result<Loaded, String>,
    /// Told of every network that comes into place.
    network: SharedNetwork,
    open: Opener,
    outbox: Outbox,
    status: LatestSlot<TrackingStatus>,
    status_now: TrackingStatus,
    speed: Speedometer,
    clip: Option<TrackedClip>,
}

struct TrackedClip {
    job: NewClip,
    source: Option<BridgedSource>,
    features: Arc<FeatureCache>,
    runs: Vec<ActiveRun>,
    polishing: Option<Polishing>,
}

struct ActiveRun {
    job: RunJob,
    tracker: Option<OnlineTracker>,
    has_window: bool,
}

impl TrackingThread {
    fn serve(mut self, commands: &Receiver<Command>) {
        loop {
            if self.clip.as_ref().is_none_or(|clip| clip.runs.is_empty()) && !self.polish() {
                self.speed.reset();
                let Ok(command) = commands.recv() else { return };
                self.accept(command);
            }
            loop {
                match commands.try_recv() {
                    Ok(command) => self.accept(command),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return,
                }
            }
            self.advance();
        }
    }

    /// Puts a network in place. Where that fails, the one before goes on. Runs that have begun keep theirs, with the
    /// frames that it has encoded.
    fn load(&mut self, options: ModelOptions) {
        match model_loading::load(options, self.model.as_ref().ok()) {
            Ok(Switch { loaded, keeps_features }) => {
                if let Some(clip) = self.clip.as_mut().filter(|_| !keeps_features) {
                    clip.features = Arc::new(FeatureCache::new(loaded.options.feature_budget_bytes));
                }
                self.network.put(&loaded);
                self.outbox.send(Event::ModelReady(Box::new(loaded.info())));
                self.model = Ok(loaded);
            }
            Err(message) if self.model.is_ok() => self.outbox.send(Event::ModelKept { message }),
            Err(message) => {
                self.model = Err(message.clone());
                self.outbox.send(Event::ModelFailed { message });
            }
        }
    }

    /// The GPU has failed: the CPU takes over, and what is under way begins again. Returns whether it could.
    fn move_to_cpu(&mut self, message: String) -> bool {
        let Some(before) = self.model.as_ref().ok().filter(|model| model.network.is_on_gpu()) else { return false };
        let options = ModelOptions { device: DeviceChoice::Cpu, ..before.options.clone() };
        tracing::warn!("the GPU failed ({message}); the CPU goes on");
        self.load(options);
        if self.model.as_ref().is_ok_and(|model| model.network.is_on_gpu()) {
            return false;
        }
        if let Some(clip) = &mut self.clip {
            for run in &mut clip.runs {
                (run.tracker, run.has_window) = (None, false);
                clip.job.tracks.edit(|store| store.restart(run.job.run));
            }
        }
        self.outbox.send(Event::GpuFailed { message });
        true
    }

    fn accept(&mut self, command: Command) {
        match command {
            Command::Model(options) => self.load(*options),
            Command::Wishes => {}
            Command::GpuFailed(message) => {
                self.move_to_cpu(message);
            }
            Command::Clip(job) => {
                self.status_now = TrackingStatus { generation: job.generation, ..TrackingStatus::default() };
                let budget_bytes = self.model.as_ref().map_or(0, |model| model.options.feature_budget_bytes);
                let features = Arc::new(FeatureCache::new(budget_bytes));
                self.clip = Some(TrackedClip { job, source: None, features, runs: Vec::new(), polishing: None });
            }
            Command::Run(RunJob { generation, run, .. }) if let Err(message) = &self.model => {
                let end = RunEnd::Failed(message.clone());
                self.outbox.send(Event::RunEnded { generation, run, end });
            }
            Command::Run(job) => {
                let current = self.clip.as_mut().filter(|clip| clip.job.generation == job.generation);
                let Some(clip) = current else { return }; // its clip is closed
                self.status_now.runs.insert(job.run, RunState::Waiting);
                clip.runs.push(ActiveRun { job, tracker: None, has_window: false });
            }
        }
        self.publish();
    }

    /// Takes in one frame of the run whose turn it is.
    fn advance(&mut self) {
        let Some(clip) = self.clip.as_mut() else { return };
        let Ok(model) = &self.model else { return };
        let is_offline = model.options.tracker.mode(model.network.config()) == TrackMode::Offline;
        let most = if is_offline { MAX_STARTED_OFFLINE } else { MAX_STARTED };
        let Some(at) = next_run(&clip.runs, most) else { return };
        let step = clip.step(at, &self.open, &model.network, &model.options, &self.outbox);
        let run = &clip.runs[at];
        match step {
            Ok(Step::Frame { done, total, is_new }) => {
                if is_new {
                    self.speed.tick();
                }
                self.status_now.runs.insert(run.job.run, RunState::Following { done, total });
            }
            Ok(Step::Finished { num_missing }) => self.end(at, RunEnd::Finished { num_missing }),
            Err(TrackingError::Cancelled) => self.end(at, RunEnd::Cancelled),
            Err(error) if error.is_of_device() && self.move_to_cpu(error.to_string()) => {}
            Err(error) => self.end(at, RunEnd::Failed(error.to_string())),
        }
        self.publish();
    }

    /// Polishes one frame, now that no run is under way; returns whether there was something to do.
    fn polish(&mut self) -> bool {
        let Some(clip) = &mut self.clip else { return false };
        let was = self.status_now.polishing;
        self.status_now.polishing = clip.polish(&self.open);
        if was != self.status_now.polishing {
            self.publish();
        }
        self.status_now.polishing.is_some()
    }

    fn end(&mut self, at: usize, end: RunEnd) {
        let Some(clip) = self.clip.as_mut() else { return };
        let ended = clip.runs.remove(at);
        let (generation, run) = (clip.job.generation, ended.job.run);
        self.status_now.runs.insert(run, RunState::Ended(end.clone()));
        self.outbox.send(Event::RunEnded { generation, run, end });
    }

    fn publish(&mut self) {
        self.status_now.frames_per_sec = self.speed.per_sec();
        self.status.put(self.status_now.clone());
        (self.outbox.repaint)();
    }
}

/// Which run goes next; see the head of this file.
fn next_run(runs: &[ActiveRun], most_started: usize) -> Option<usize> {
    let turns: Vec<Turn> =
        runs.iter().map(|run| Turn { is_started: run.tracker.is_some(), has_window: run.has_window }).collect();
    next_turn(&turns, most_started)
}

/// What a step brought.
enum Step {
    /// A frame was taken in, or, where that `is_new` is not, something was done with those that were.
    Frame {
        done: usize,
        total: usize,
        is_new: bool,
    },
    Finished {
        num_missing: usize,
    },
}

#[derive(Debug, thiserror::Error)]
enum TrackingError {
    #[error("interrupted")]
    Cancelled,
    #[error(transparent)]
    Media(#[from] MediaError),
    #[error(transparent)]
    Tracker(TrackerError),
}

impl TrackingError {
    fn is_of_device(&self) -> bool {
        matches!(self, Self::Tracker(error) if error.is_of_device())
    }
}

impl From<TrackerError> for TrackingError {
    fn from(error: TrackerError) -> Self {
        match error {
            TrackerError::Cancelled => Self::Cancelled,
            other => Self::Tracker(other),
        }
    }
}

impl TrackedClip {
    /// Takes in one frame of a run; each frame is encoded by the first run that needs it.
    fn step(
        &mut self,
        at: usize,
        open: &Opener,
        network: &Arc<Network>,
        options: &ModelOptions,
        outbox: &Outbox,
    ) -> Result<Step, TrackingError> {
        let run = &mut self.runs[at];
        let id = run.job.run;
        let is_wanted = self.job.tracks.read(|store| store.is_used(id));
        if run.job.cancel.is_cancelled() || !is_wanted {
            return Err(TrackingError::Cancelled);
        }
        let source = opened(&mut self.source, &self.job.source, open)?;
        let course = run.job.course(FrameIndex::new(source.info().num_frames().saturating_sub(1)));
        let tracker = if let Some(tracker) = &mut run.tracker {
            tracker
        } else {
            let (size, network) = (source.info().size, Arc::clone(network));
            let options = TrackerOptions { direction: run.job.direction, ..options.tracker.clone() };
            let started = OnlineTracker::new(network, size, course, &run.job.queries, &options)?;
            let is_back = run.job.direction == Direction::Backward;
            let twin = self.job.tracks.read(|store| store.whole_twin(id, &started.settings()));
            if let Some(twin) = twin.filter(|_| is_back) {
                self.job.tracks.edit(|store| store.copy_results(twin, id));
                return Ok(Step::Finished { num_missing: source.missing().len() });
            }
            if let Some((num_parts, num_frames)) = started.parts() {
                outbox.send(Event::RunCut { generation: run.job.generation, num_parts, num_frames });
            }
            if started.is_zoom_idle() {
                outbox.send(Event::ZoomIdle { generation: run.job.generation });
            }
            self.job.tracks.edit(|store| store.set_run_settings(id, started.settings()));
            run.tracker.insert(started.with_cache(Arc::clone(&self.features)))
        };
        let (frame, was_refining) = (tracker.next_frame(), tracker.is_refining());
        let outcome = take_frame(tracker, frame, (source, run.job.direction), &run.job.cancel)?;
        if let Taken::Frame(Some(outcome)) | Taken::End(Some(outcome)) = &outcome {
            if !run.has_window {
                let num_millis = run.job.asked.elapsed().as_millis();
                tracing::debug!("the first window of {} points came after {num_millis} ms", run.job.queries.len());
            }
            run.has_window = true;
            let WindowOutcome { settled, tail, crops } = outcome.clone();
            let cancel = &run.job.cancel;
            self.job.tracks.edit(|store| {
                if !cancel.is_cancelled() {
                    store.advance(id, settled, tail);
                    store.set_run_crops(id, crops);
                }
            });
        }
        let (done, total) = tracker.progress();
        Ok(match outcome {
            Taken::Frame(_) => Step::Frame { done, total, is_new: !was_refining },
            Taken::End(_) => Step::Finished { num_missing: source.missing().len() },
        })
    }
}

impl TrackedClip {
    /// Polishes one frame; returns how far that is, `None` where there is nothing to do.
    fn polish(&mut self, open: &Opener) -> Option<(usize, usize)> {
        let wanted = self.job.tracks.read(|store| store.treatment().closer_look());
        let begun = self.polishing.take().filter(|polishing| polishing.look() == wanted);
        let mut polishing = begun.or_else(|| Polishing::begin(&self.job.tracks))?;
        let source = opened(&mut self.source, &self.job.source, open).ok()?;
        let progress = polishing.progress();
        if polishing.step(source) {
            self.polishing = Some(polishing);
        } else {
            polishing.finish(&self.job.tracks);
        }
        Some(progress)
    }
}

/// The clip's source, opened if it is not yet.
fn opened<'a>(
    source: &'a mut Option<BridgedSource>,
    clip: &ClipSource,
    open: &Opener,
) -> Result<&'a mut BridgedSource, MediaError> {
    Ok(match source {
        Some(source) => source,
        None => source.insert(BridgedSource::new(open(clip)?)),
    })
}

/// What a tracker made of its next frame, or of the end of the clip.
enum Taken {
    Frame(Option<WindowOutcome>),
    End(Option<WindowOutcome>),
}

fn take_frame(
    tracker: &mut OnlineTracker,
    next: Option<FrameIndex>,
    (source, direction): (&mut BridgedSource, Direction),
    cancel: &CancelToken,
) -> Result<Taken, TrackingError> {
    if tracker.is_refining() {
        return Ok(Taken::Frame(tracker.iterate(cancel)?));
    }
    let Some(frame) = next else { return Ok(Taken::End(tracker.finish(cancel)?)) };
    if let Some(outcome) = tracker.push_cached(cancel) {
        return Ok(Taken::Frame(outcome?));
    }
    let read = match direction {
        Direction::Forward => source.read(frame)?,
        Direction::Backward => source.read_back(frame)?,
    };
    Ok(match read {
        Some(frame) => Taken::Frame(tracker.push(&frame, cancel)?),
        None => Taken::End(tracker.finish(cancel)?),
    })
}
