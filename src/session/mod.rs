//! The only module that spawns threads: reading, tracking, exporting, and the messages between them and the app.
//!
//! A [`Session`] belongs to the app's thread; none of its calls waits for work. What workers send that must arrive
//! comes out of [`Session::update`]; what may go stale (frames, tracks, progress) is read from the newest snapshot.
//! Every message about a clip carries its [`Generation`]; older ones are dropped here. Dropping the session cancels
//! everything and joins the threads.

mod beside;
mod cache;
mod camera;
mod clip;
mod editing;
mod emitter;
mod exporting;
mod live;
mod messages;
mod model_loading;
mod pace;
mod pacing;
mod polishing;
mod reader;
mod recorder;
mod shared_tracks;
mod spawn;
mod speed;
mod survey;
mod thinning;
mod track_keeper;
mod tracking;
mod turns;

pub use beside::{Batch, BatchLine, BatchNews, Beside, BesideState, LearnLine, Learning, Told};
pub use camera::{
    CameraFrame, CameraOpener, CameraOptions, CameraPatience, CameraState, CameraStatus, FrameTap, LiveCamera,
};
pub use clip::Clip;
pub use emitter::Emitter;
pub use exporting::{
    ExportEnd, ExportId, ExportItem, ExportProgress, ExportRequest, ItemEnd, ItemOutcome, LogExportRequest, TableJob,
};
pub use live::{
    LiveCommand, LiveEvent, LivePointsInfo, LiveRing, LiveScreen, LiveSession, LiveSessionOptions, LiveShown,
    LiveStatus, LiveTimes, RING_BYTES, RecordingNow, SendingNow, resident_bytes, save_snapshot,
};
pub use messages::{
    Event, ModelInfo, ReaderStatus, Repaint, RunEnd, RunState, Screen, Shown, TrackingStatus, WorkerKind,
};
pub use model_loading::SharedNetwork;
pub use pace::{LiveSetting, LiveSpeed, Pace, live_settings};
pub use pacing::{Due, Playback};
pub use reader::Movement;
pub use recorder::{Recorder, RecorderError};
pub use survey::{Findings, Survey};
pub use track_keeper::{LogKeeping, TrackKeeper};

use crate::geometry::FrameIndex;
use crate::media::{ClipSource, FrameSource, MediaError};
use crate::model::{CpuOptions, DeviceChoice};
use crate::sync::{Generation, LatestSlot};
use crate::tracker::TrackerOptions;
use crate::tracks::{EditError, RunId, TrackStore};
use crossbeam_channel::{Receiver, bounded};
use exporting::{Export, ExportInput};
use reader::Reader;
use spawn::{Outbox, Worker, spawn};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tracking::{Command, Tracking};

/// Messages that may wait while the app sleeps; workers wait beyond that.
const MAX_EVENTS: usize = 1024;
/// A tracking worker that panicked is started again this often; then something is wrong for good.
const MAX_TRACKING_RESTARTS: usize = 2;

/// Opens a source of frames; called on worker threads, once for the view and once for tracking.
pub type Opener = Arc<dyn Fn(&ClipSource) -> Result<Box<dyn FrameSource>, MediaError> + Send + Sync>;

/// The network and how it is used.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelOptions {
    /// The weights file.
    pub weights: PathBuf,
    /// Where it runs.
    pub device: DeviceChoice,
    /// How the CPU computes, where it does.
    pub cpu: CpuOptions,
    /// How runs are tracked.
    pub tracker: TrackerOptions,
    /// Bytes of encoded frames kept for later runs of the same clip.
    pub feature_budget_bytes: usize,
}

impl ModelOptions {
    /// A gigabyte of encoded frames: some 500 to 1000 with the small network.
    pub const DEFAULT_FEATURE_BYTES: usize = 1 << 30;
}

/// What a session works with.
#[derive(Clone)]
pub struct SessionOptions {
    /// Opens clips.
    pub open: Opener,
    /// Takes the frames to show.
    pub screen: Screen,
    /// Wakes the app.
    pub repaint: Repaint,
    /// The network; points can be placed but not followed where there is none.
    pub model: Option<ModelOptions>,
    /// Bytes of decoded frames kept in memory.
    pub cache_budget_bytes: usize,
}

impl SessionOptions {
    /// Half a gigabyte of decoded frames: 80 of 1080p, 700 of 360p.
    pub const DEFAULT_CACHE_BYTES: usize = 512 << 20;
}

/// Why the session refused an action.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// There is no clip.
    #[error("no clip is open")]
    NoClip,
    /// Too many runs are waiting.
    #[error("too many points are waiting to be tracked; wait for some to finish")]
    Busy,
    /// The edit makes no sense.
    #[error(transparent)]
    Edit(#[from] EditError),
}

/// Reading, tracking and exporting for one app.
pub struct Session {
    options: SessionOptions,
    outbox: Outbox,
    events: Receiver<Event>,
    network: SharedNetwork,
    tracking: Option<Tracking>,
    num_tracking_restarts: usize,
    unsent_clip: bool,
    /// Whether new points are followed both ways in time.
    follows_both_ways: bool,
    newest_generation: Generation,
    clip: Option<Clip>,
    pending: Option<(ClipSource, Reader)>,
    arriving_tracks: Option<(Generation, TrackStore)>,
    exports: Vec<Export>,
    num_exports: u32,
    retired: Vec<Worker>,
}

impl Session {
    /// Starts the workers; the network begins to load.
    #[must_use]
    pub fn start(options: SessionOptions) -> Self {
        let (sender, events) = bounded(MAX_EVENTS);
        let outbox = Outbox { events: sender, repaint: Arc::clone(&options.repaint) };
        let mut session = Self {
            options,
            outbox,
            events,
            network: SharedNetwork::default(),
            tracking: None,
            num_tracking_restarts: 0,
            unsent_clip: false,
            follows_both_ways: false,
            newest_generation: Generation::default(),
            clip: None,
            pending: None,
            arriving_tracks: None,
            exports: Vec::new(),
            num_exports: 0,
            retired: Vec::new(),
        };
        session.start_tracking();
        session
    }

    fn start_tracking(&mut self) {
        let model = self.options.model.clone();
        self.tracking = model.map(|model| {
            Tracking::start(model, Arc::clone(&self.options.open), self.network.clone(), self.outbox.clone())
        });
        self.unsent_clip = self.clip.is_some();
        self.send_clip();
    }

    /// Puts another network in the place of this one, or uses it in another way. The one at hand stays until the new
    /// one is ready ([`Event::ModelReady`]), and for good where that fails ([`Event::ModelKept`]). Runs that have begun
    /// are finished by the network that began them; what comes later is followed by the new one.
    ///
    /// # Errors
    /// When too much is waiting for the network.
    pub fn set_model(&mut self, model: ModelOptions) -> Result<(), SessionError> {
        if let Some(tracking) = &self.tracking {
            let is_queued = tracking.send(Command::Model(Box::new(model)));
            return if is_queued { Ok(()) } else { Err(SessionError::Busy) };
        }
        self.options.model = Some(model);
        self.num_tracking_restarts = 0;
        self.start_tracking();
        Ok(())
    }

    /// A live stream's network failed on its GPU: the CPU takes over, here and there ([`Event::GpuFailed`]).
    pub fn gpu_failed(&self, message: String) {
        if let Some(tracking) = &self.tracking {
            tracking.send(Command::GpuFailed(message)); // full: a clip's run on it fails next, and does the same
        }
    }

    /// The network, for a [`LiveSession`] beside this one.
    #[must_use]
    pub fn network(&self) -> SharedNetwork {
        self.network.clone()
    }

    /// Opens a clip in the background. The current one stays until the new one is open; a newer call replaces an
    /// older one that is still opening.
    pub fn open(&mut self, source: impl Into<ClipSource>) -> Generation {
        let source = source.into();
        self.newest_generation = self.newest_generation.next();
        let generation = self.newest_generation;
        let reader = Reader::start(source.clone(), generation, &self.options, self.outbox.clone());
        if let Some((_, older)) = self.pending.replace((source, reader)) {
            self.retired.extend(older.retire());
        }
        generation
    }

    /// As [`Session::open`], with tracks that were saved: they are there when the clip is. Nothing is followed anew.
    pub fn open_with_tracks(&mut self, source: impl Into<ClipSource>, tracks: TrackStore) -> Generation {
        let generation = self.open(source);
        self.arriving_tracks = Some((generation, tracks));
        generation
    }

    /// Says how fast the clip is. One that tells the times of its frames itself keeps them.
    pub fn set_frame_rate(&mut self, frame_rate: f64) {
        if let Some(clip) = &mut self.clip {
            clip.set_frame_rate(frame_rate);
        }
    }

    /// Closes the current clip and gives up what is being opened.
    pub fn close(&mut self) {
        self.arriving_tracks = None;
        let pending = self.pending.take().and_then(|(_, reader)| reader.retire());
        self.retired.extend(pending);
        if let Some(mut clip) = self.clip.take() {
            clip.cancel_all();
            self.retired.extend(clip.into_reader().retire());
        }
        self.unsent_clip = false;
    }

    /// What is being opened.
    #[must_use]
    pub fn opening(&self) -> Option<&Path> {
        self.pending.as_ref().map(|(source, _)| source.path.as_path())
    }

    /// The current clip.
    #[must_use]
    pub fn clip(&self) -> Option<&Clip> {
        self.clip.as_ref()
    }

    /// Takes in what the workers sent; returns what the app should react to. Call it whenever the repaint callback
    /// was called, also while the window is hidden.
    pub fn update(&mut self) -> Vec<Event> {
        let arrived: Vec<Event> = self.events.try_iter().collect();
        let events = arrived.into_iter().filter_map(|event| self.take_in(event)).collect();
        self.send_clip();
        if let Some(clip) = &mut self.clip {
            clip.refresh(self.tracking.as_ref().and_then(|tracking| tracking.status.take()));
        }
        self.exports.iter_mut().for_each(Export::refresh);
        self.exports.retain(|export| !export.is_finished());
        self.retired.retain(|worker| !worker.is_finished());
        events
    }

    fn take_in(&mut self, event: Event) -> Option<Event> {
        match event {
            Event::Opened { generation, info } => {
                let (source, reader) = self.pending.take_if(|(_, reader)| reader.generation == generation)?;
                let clip = Clip::new(source, Arc::clone(&info), reader);
                let tracks = self.arriving_tracks.take_if(|(arriving, _)| *arriving == generation);
                self.replace_clip(match tracks {
                    Some((_, tracks)) => clip.with_tracks(tracks),
                    None => clip,
                });
                Some(Event::Opened { generation, info })
            }
            Event::OpenFailed { generation, path, message } => {
                let (_, reader) = self.pending.take_if(|(_, reader)| reader.generation == generation)?;
                self.retired.extend(reader.retire());
                Some(Event::OpenFailed { generation, path, message })
            }
            Event::Panicked { worker: WorkerKind::Reader, generation, message } => {
                let message = format!("reading broke off: {message}");
                if let Some((source, _)) = self.pending.take_if(|(_, reader)| reader.generation == generation) {
                    return Some(Event::OpenFailed { generation, path: source.path, message });
                }
                self.is_current(generation).then_some(Event::ClipFailed { generation, message })
            }
            Event::Panicked { worker: WorkerKind::Tracking, generation, message } => {
                if let Some(clip) = &mut self.clip {
                    clip.fail_active_runs(&message);
                }
                self.tracking = None;
                if self.num_tracking_restarts < MAX_TRACKING_RESTARTS {
                    self.num_tracking_restarts += 1;
                    self.start_tracking();
                }
                Some(Event::Panicked { worker: WorkerKind::Tracking, generation, message })
            }
            Event::ModelReady(info) => {
                self.options.model = Some(info.options.clone()); // what a restart begins with
                Some(Event::ModelReady(info))
            }
            Event::RunEnded { generation, run, end } => {
                let clip = self.clip.as_mut().filter(|clip| clip.generation() == generation)?;
                clip.set_run(run, RunState::Ended(end.clone()));
                Some(Event::RunEnded { generation, run, end })
            }
            Event::ClipFailed { generation, .. } if !self.is_current(generation) => None,
            other => Some(other),
        }
    }

    fn is_current(&self, generation: Generation) -> bool {
        self.clip.as_ref().is_some_and(|clip| clip.generation() == generation)
    }

    fn replace_clip(&mut self, clip: Clip) {
        if let Some(mut old) = self.clip.replace(clip) {
            old.cancel_all();
            self.retired.extend(old.into_reader().retire());
        }
        self.unsent_clip = true;
        self.send_clip();
    }

    fn send_clip(&mut self) {
        if !self.unsent_clip {
            return;
        }
        if let (Some(clip), Some(tracking)) = (&self.clip, &self.tracking) {
            self.unsent_clip = !tracking.send(Command::Clip(clip.job()));
        }
    }

    /// Sets the frame to show; it comes to the screen when it is read, and a newer wish replaces this one.
    pub fn show(&self, frame: FrameIndex, movement: Movement) {
        if let Some(clip) = &self.clip {
            clip.want(frame, movement);
        }
    }

    /// Starts to look through the whole clip for cuts and for frames that do not decode; `None` where no clip is open.
    #[must_use]
    pub fn survey(&self) -> Option<Survey> {
        let source = self.clip.as_ref()?.source().clone();
        Some(Survey::start(source, Arc::clone(&self.options.open), Arc::clone(&self.options.repaint)))
    }

    /// Stops one run; what it found stays.
    pub fn cancel_run(&mut self, run: RunId) {
        if let Some(clip) = &mut self.clip {
            clip.cancel_run(run);
        }
    }

    /// Stops all runs; what they found stays.
    pub fn cancel_tracking(&mut self) {
        if let Some(clip) = &mut self.clip {
            clip.cancel_all();
        }
    }

    /// Starts to write the clip's tracks as they are now; [`Event::ExportEnded`] follows.
    ///
    /// # Errors
    /// When there is no clip.
    pub fn export(&mut self, request: ExportRequest) -> Result<ExportId, SessionError> {
        let clip = self.clip.as_ref().ok_or(SessionError::NoClip)?;
        let input = ExportInput {
            source: clip.source().clone(),
            info: Arc::clone(clip.info()),
            tracks: Arc::clone(clip.tracks()),
            open: Arc::clone(&self.options.open),
        };
        let id = ExportId(self.num_exports);
        self.num_exports += 1;
        self.exports.push(Export::start(id, request, input, self.outbox.clone()));
        Ok(id)
    }

    /// Starts to write the tracks of a live stream as they are now; [`Event::ExportEnded`] follows. The stream goes on.
    pub fn export_log(&mut self, request: LogExportRequest) -> ExportId {
        let id = ExportId(self.num_exports);
        self.num_exports += 1;
        self.exports.push(Export::start_log(id, request, self.outbox.clone()));
        id
    }

    /// How far an export is; `None` once it has ended.
    #[must_use]
    pub fn export_progress(&self, id: ExportId) -> Option<ExportProgress> {
        self.exports.iter().find(|export| export.id == id).map(|export| export.progress)
    }

    /// Stops an export; [`Event::ExportEnded`] says when it is over.
    pub fn cancel_export(&mut self, id: ExportId) {
        if let Some(export) = self.exports.iter().find(|export| export.id == id) {
            export.cancel.cancel();
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // First everything that a thread may be busy with or wait for, then the joins.
        if let Some(clip) = &mut self.clip {
            clip.cancel_all();
        }
        for export in &self.exports {
            export.cancel.cancel();
        }
        self.events = crossbeam_channel::never(); // a worker that waits for room gives up
        let pending = self.pending.take().and_then(|(_, reader)| reader.retire());
        self.retired.extend(pending);
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("generation", &self.newest_generation).finish_non_exhaustive()
    }
}

/// Runs something that nobody can hurry, such as a system dialog, on a thread of its own; the result, or the message of
/// a panic, arrives in the slot. The thread is not joined: it may outlive the app.
pub fn aside<T: Send + 'static>(
    name: &str,
    repaint: Repaint,
    job: impl FnOnce() -> T + Send + 'static,
) -> LatestSlot<Result<T, String>> {
    let slot = LatestSlot::new();
    let (done, failed, repaint_failed) = (slot.clone(), slot.clone(), Arc::clone(&repaint));
    let work = move || {
        done.put(Ok(job()));
        repaint();
    };
    let on_panic = move |message| {
        failed.put(Err(message));
        repaint_failed();
    };
    spawn(name, work, on_panic).detach();
    slot
}
