//! A live stream beside a window: one thread takes the camera's frames, follows the points and shows both together.
//!
//! None of the calls waits. What must arrive (commands, events) goes through bounded channels; pictures and status are
//! the newest ones. The last seconds are kept: a frozen picture can be browsed through them, and a running one be shown
//! later than it came. Frozen, they stand still; frames that come meanwhile wait, ever farther apart, and are followed
//! when the stream goes on.

mod backlog;
mod editing;
mod following;
mod joining;
mod late;
mod memory;
mod recording;
mod ring;
mod undoing;
mod viewing;
mod worker;

pub use following::LivePointsInfo;
pub use memory::resident_bytes;
pub use recording::{RecordingNow, save_snapshot};

use super::camera::{CameraOptions, CameraStatus};
use super::messages::Repaint;
use super::model_loading::SharedNetwork;
use super::pace::{LiveSetting, LiveSpeed};
use super::spawn::{Worker, spawn};
use super::track_keeper::LogKeeping;
use crate::export::EmitTarget;
use crate::frame::Frame;
use crate::geometry::{FrameIndex, SourcePoint};
use crate::sync::{CancelToken, LatestSlot};
use crate::tracker::LiveOptions;
use crate::tracks::{TrackId, TrackLog, TrackStore};
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Clicks that may wait while one frame is followed.
const MAX_COMMANDS: usize = 256;
/// Messages that may wait while the app sleeps.
const MAX_EVENTS: usize = 256;

/// What the last seconds may take: at 30 frames a second 7.2 s of 640×480 and 2.4 s of 1280×720, more where fewer
/// frames are followed.
pub const RING_BYTES: usize = 192 << 20;

/// Takes what is to be shown. Called on the stream's thread, so that the app can convert it there; must not wait.
pub type LiveScreen = Arc<dyn Fn(LiveShown) + Send + Sync>;

/// A picture with its points.
#[derive(Clone, Debug)]
pub struct LiveShown {
    /// The picture; its number is the camera's.
    pub frame: Frame,
    /// The points on the last few frames.
    pub tracks: Arc<TrackStore>,
    /// What is known of the points beside that.
    pub points: Arc<LivePointsInfo>,
    /// The number of this frame in `tracks`.
    pub at: FrameIndex,
    /// Where the time went, of the newest frame that was followed.
    pub times: LiveTimes,
    /// The frame's place among those that can be browsed.
    pub place: usize,
    /// How many these are.
    pub num_frames: usize,
    /// How much older than the newest one it is.
    pub age_secs: f64,
}

/// The last seconds of a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LiveRing {
    /// Frames that are kept.
    pub num_frames: usize,
    /// From the oldest to the newest one.
    pub secs: f64,
    /// How many seconds there is room for at the present rate.
    pub room_secs: f64,
}

/// Where the time of a shown frame went. `done_at - taken_at` is all but the drawing.
#[derive(Clone, Copy, Debug)]
pub struct LiveTimes {
    /// When the camera took the picture.
    pub taken_at: Instant,
    /// When the picture and its points went to the app.
    pub done_at: Instant,
    /// From the camera's stamp to the decoded picture.
    pub capture_millis: f64,
    /// From then until its turn came.
    pub queue_millis: f64,
    /// From the picture to its features.
    pub encode_millis: f64,
    /// Correlation and transformer.
    pub refine_millis: f64,
}

/// Where the points of a stream go, and how many lines did so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendingNow {
    /// Where.
    pub target: EmitTarget,
    /// Lines that got out.
    pub num_sent: u64,
    /// Lines that nobody took.
    pub num_lost: u64,
}

/// How a live stream goes. May go stale: the newest one counts.
#[derive(Clone, Debug, Default)]
pub struct LiveStatus {
    /// What the camera does.
    pub camera: CameraStatus,
    /// Frames that are followed per second, over the last few.
    pub tracked_per_sec: Option<f64>,
    /// Frames that came and were not followed: passed over, left out while frozen, damaged.
    pub num_dropped: u64,
    /// Whether the picture stands still.
    pub is_frozen: bool,
    /// Frames that wait since it does.
    pub num_waiting: usize,
    /// Whether there is a network to follow points with.
    pub has_network: bool,
    /// How exactly it follows them.
    pub setting: Option<LiveSetting>,
    /// Memory of the whole program, where the system tells.
    pub resident_bytes: Option<u64>,
    /// What is being recorded.
    pub recording: Option<RecordingNow>,
    /// Where the points go.
    pub sending: Option<SendingNow>,
    /// Whether the last seconds are being saved.
    pub is_saving: bool,
    /// The last seconds.
    pub ring: LiveRing,
    /// Points of an earlier frame are being followed to the newest one: how much of that is done, from 0 to 1.
    pub following_late: Option<f32>,
}

/// What a user does to a stream.
#[derive(Clone, Debug, PartialEq)]
pub enum LiveCommand {
    /// Adds points, all or none, on the frame of this number, one of those that are kept, or on the newest one. They
    /// are followed from there on.
    Add(Option<FrameIndex>, Vec<SourcePoint>),
    /// Moves a point on such a frame; what was said of it from there on is forgotten.
    Move(TrackId, Option<FrameIndex>, SourcePoint),
    /// Gives up the points that are being followed from an earlier frame; moved ones stay where they were.
    GiveUpLate,
    /// Deletes points.
    Delete(Vec<TrackId>),
    /// Deletes all points.
    Clear,
    /// Stops following points until they are unparked.
    Park(Vec<TrackId>),
    /// Parked points go on where they are if they are seen there, else they are looked for.
    Unpark(Vec<TrackId>),
    /// Looks for points in the whole picture, wherever they are thought to be.
    LookFor(Vec<TrackId>),
    /// Names a point; without a name it is called by its number again.
    Rename(TrackId, String),
    /// Takes back the last of the commands above, [`LiveCommand::Add`] and [`LiveCommand::Move`] included.
    Undo,
    /// Does it again.
    Redo,
    /// Lets the picture stand still, or go on.
    Freeze(bool),
    /// Follows points more exactly, or faster, from the next frame on. They go on from where they are then.
    SetSpeed(LiveSpeed),
    /// Shows the frame at this place of the last seconds, in a frozen picture.
    Browse(usize),
    /// Shows the running picture so much later than it came, as far as the last seconds reach.
    Delay(Duration),
    /// Writes the last seconds, all of them where `secs` is none, with their tracks into a new file in this folder.
    SaveLast {
        /// Where it goes.
        folder: PathBuf,
        /// How many.
        secs: Option<f64>,
    },
    /// Records clip and tracks into a new file in this folder.
    Record(PathBuf),
    /// Completes the recording.
    StopRecording,
    /// Sends the points of every frame there, in place of where they went before; nowhere where there is none.
    Send(Option<EmitTarget>),
}

/// What must be told.
#[derive(Debug, PartialEq, Eq)]
pub enum LiveEvent {
    /// A command cannot be done, in one sentence.
    Refused(String),
    /// A change of the points was taken back, or done again: which one.
    Stepped {
        /// Its name.
        label: &'static str,
        /// Whether it was done again.
        is_redo: bool,
    },
    /// Points are not followed any more, in one sentence; the picture goes on.
    TrackingFailed(String),
    /// The same, since the GPU failed: another network takes the points over ([`super::Session::gpu_failed`]).
    GpuFailed(String),
    /// A recording is complete.
    Recorded {
        /// The clip.
        path: PathBuf,
        /// The tracks beside it.
        lines_path: PathBuf,
        /// Pictures in it.
        num_frames: u32,
        /// Pictures and lines that were left out because the disk could not keep up.
        num_lost: u64,
    },
    /// The older tracks of a long stream cannot be kept, in one sentence; the stream goes on.
    LogFailed(String),
    /// Nothing could be recorded, or not to the end, in one sentence; what was written stays.
    RecordingFailed(String),
    /// Nothing is sent any more, in one sentence; the stream goes on.
    SendingFailed(String),
    /// A programming error; the stream is over.
    Panicked(String),
}

/// What a live stream works with.
#[derive(Clone)]
pub struct LiveSessionOptions {
    /// The camera.
    pub camera: CameraOptions,
    /// What follows the points.
    pub network: SharedNetwork,
    /// How; picture size and iterations are those of the speed.
    pub tracking: LiveOptions,
    /// How exactly.
    pub speed: LiveSpeed,
    /// Bytes of the last seconds that are kept ([`RING_BYTES`]); the newest frame always is.
    pub ring_bytes: usize,
    /// How everything that is said of the points is kept.
    pub log: LogKeeping,
    /// Takes the pictures.
    pub screen: LiveScreen,
    /// Wakes the app.
    pub repaint: Repaint,
}

/// A live stream with its points. Dropping it ends the stream and joins the threads, which may take a second;
/// [`LiveSession::retire`] first and drop it once it [is over](LiveSession::is_over).
pub struct LiveSession {
    commands: Option<Sender<LiveCommand>>,
    events: Option<Receiver<LiveEvent>>,
    status: LatestSlot<LiveStatus>,
    stop: CancelToken,
    log: Arc<TrackLog>,
    worker: Option<Worker>,
}

impl LiveSession {
    /// Opens the camera in the background.
    #[must_use]
    pub fn start(options: LiveSessionOptions) -> Self {
        let (commands, wishes) = bounded(MAX_COMMANDS);
        let (event, events) = bounded(MAX_EVENTS);
        let (status, stop) = (LatestSlot::new(), CancelToken::new());
        let (panicked, repaint) = (event.clone(), Arc::clone(&options.repaint));
        let on_panic = move |message| {
            panicked.try_send(LiveEvent::Panicked(message)).ok(); // full: the end of the stream tells as much
            repaint();
        };
        let log = Arc::new(TrackLog::new(options.log.limits));
        let links = worker::Links { wishes, event, status: status.clone(), stop: stop.clone(), log: Arc::clone(&log) };
        let worker = spawn("live", move || worker::run(options, links), on_panic);
        Self { commands: Some(commands), events: Some(events), status, stop, log, worker: Some(worker) }
    }

    /// Queues a command; where hundreds of them wait already, it is forgotten.
    pub fn send(&self, command: LiveCommand) {
        match self.commands.as_ref().map(|commands| commands.try_send(command)) {
            Some(Err(TrySendError::Full(command))) => tracing::warn!(?command, "too much is waiting"),
            // Gone: the event that says so is on its way.
            Some(Ok(()) | Err(TrySendError::Disconnected(_))) | None => {}
        }
    }

    /// What happened since the last call. Never waits.
    pub fn events(&self) -> Vec<LiveEvent> {
        self.events.iter().flat_map(Receiver::try_iter).collect()
    }

    /// How it goes, if that has changed since the last call. Never waits.
    #[must_use]
    pub fn status(&self) -> Option<LiveStatus> {
        self.status.take()
    }

    /// Everything that was said of every point so far.
    #[must_use]
    pub fn log(&self) -> &Arc<TrackLog> {
        &self.log
    }

    /// Asks the stream to end, without waiting for that; a recording is completed and told of.
    pub fn retire(&mut self) {
        self.stop.cancel();
        self.commands.take();
    }

    /// Whether the stream has ended.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.worker.as_ref().is_none_or(Worker::is_finished)
    }
}

impl Drop for LiveSession {
    fn drop(&mut self) {
        self.retire();
        self.events.take(); // a thread that waits for room gives up
        self.worker.take();
    }
}

impl std::fmt::Debug for LiveSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LiveSession").field("is_over", &self.is_over()).finish_non_exhaustive()
    }
}
