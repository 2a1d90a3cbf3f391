//! What workers tell the app.

use super::ModelOptions;
use super::exporting::{ExportEnd, ExportId};
use crate::frame::Frame;
use crate::geometry::FrameIndex;
use crate::media::SourceInfo;
use crate::model::ModelConfig;
use crate::sync::Generation;
use crate::tracker::TrackerOptions;
use crate::tracks::RunId;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Asks the app to look at the session soon. Called from any thread; must return at once.
pub type Repaint = Arc<dyn Fn() + Send + Sync>;

/// Takes the frames to show. Called on the reader's thread, so that the app can convert them there.
pub type Screen = Arc<dyn Fn(Shown) + Send + Sync>;

/// A frame to show.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Which clip it belongs to.
    pub generation: Generation,
    /// The picture; its index tells which tracks belong over it.
    pub frame: Frame,
    /// Whether it is the wanted frame, or the nearest one at hand until that arrives.
    pub exact: bool,
}

/// What must arrive.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// A clip is open and becomes the current one; what was there before is closed.
    Opened {
        /// The clip's generation.
        generation: Generation,
        /// What is known of it.
        info: Arc<SourceInfo>,
    },
    /// A clip could not be opened; the current one stays.
    OpenFailed {
        /// The attempt's generation.
        generation: Generation,
        /// What should have been opened.
        path: PathBuf,
        /// Why not, in one sentence.
        message: String,
    },
    /// No frame of the current clip can be read any more.
    ClipFailed {
        /// The clip's generation.
        generation: Generation,
        /// Why, in one sentence.
        message: String,
    },
    /// The network is on its device: the first one, or another one that was asked for.
    ModelReady(Box<ModelInfo>),
    /// Another network was asked for and cannot be had; the one before goes on.
    ModelKept {
        /// Why, in one sentence.
        message: String,
    },
    /// The GPU failed while points were followed; the CPU has taken over, and the runs under way begin again.
    GpuFailed {
        /// Why, in one sentence.
        message: String,
    },
    /// There is no network: points can be placed but not followed.
    ModelFailed {
        /// Why, in one sentence.
        message: String,
    },
    /// A run that should see the whole clip at once sees it in parts: memory does not allow more.
    RunCut {
        /// The clip's generation.
        generation: Generation,
        /// How many parts.
        num_parts: usize,
        /// The frames in each.
        num_frames: usize,
    },
    /// A zoom was asked for, and the run looks at the whole picture all the same.
    ZoomIdle {
        /// The clip's generation.
        generation: Generation,
    },
    /// A run came to its end.
    RunEnded {
        /// The clip's generation.
        generation: Generation,
        /// Which run.
        run: RunId,
        /// How.
        end: RunEnd,
    },
    /// An export came to its end.
    ExportEnded {
        /// Which export.
        id: ExportId,
        /// How.
        end: ExportEnd,
    },
    /// A worker stopped by a programming error; the others go on.
    Panicked {
        /// Which one.
        worker: WorkerKind,
        /// The generation of the clip it worked for.
        generation: Generation,
        /// The panic's message.
        message: String,
    },
}

impl Event {
    /// The generation of the clip that the event is about, if it is about a clip.
    #[must_use]
    pub fn generation(&self) -> Option<Generation> {
        match self {
            Self::Opened { generation, .. }
            | Self::OpenFailed { generation, .. }
            | Self::ClipFailed { generation, .. }
            | Self::RunCut { generation, .. }
            | Self::ZoomIdle { generation }
            | Self::RunEnded { generation, .. } => Some(*generation),
            _ => None,
        }
    }
}

/// Which worker a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkerKind {
    /// Reads frames for the view.
    Reader,
    /// Follows points.
    Tracking,
    /// Writes files.
    Export,
}

/// What runs the tracking.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelInfo {
    /// The device in words.
    pub device: String,
    /// Why it is the CPU though a GPU would have been taken.
    pub device_note: Option<String>,
    /// The weights' name.
    pub weights: String,
    /// SHA-256 of the weights file, in hex.
    pub weights_sha256: String,
    /// The network's sizes.
    pub config: ModelConfig,
    /// How runs are tracked.
    pub tracker: TrackerOptions,
    /// How long loading took.
    pub load_secs: f64,
    /// What was asked for.
    pub options: ModelOptions,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum RunEnd {
    /// Every frame is covered.
    Finished {
        /// How many frames did not decode and were bridged by their neighbours.
        num_missing: usize,
    },
    /// The user stopped it, or deleted its tracks; what was found stays.
    Cancelled,
    /// It could not go on; what was found stays.
    Failed(String),
}

/// How far a run is.
#[derive(Clone, Debug, PartialEq)]
pub enum RunState {
    /// Queued; nothing is known yet.
    Waiting,
    /// Under way.
    Following {
        /// Frames done.
        done: usize,
        /// Frames in all.
        total: usize,
    },
    /// Over.
    Ended(RunEnd),
}

impl RunState {
    /// Whether there is work left.
    #[must_use]
    pub fn is_active(&self) -> bool {
        !matches!(self, Self::Ended(_))
    }
}

/// How far tracking is. May go stale: the newest one counts.
#[derive(Clone, Debug, Default)]
pub struct TrackingStatus {
    /// The clip's generation.
    pub generation: Generation,
    /// Every run of the clip that the worker knows of.
    pub runs: BTreeMap<RunId, RunState>,
    /// Frames that tracking takes in per second, over the last few.
    pub frames_per_sec: Option<f64>,
    /// While places are polished: frames done, and in all.
    pub polishing: Option<(usize, usize)>,
}

/// What the reader holds. May go stale: the newest one counts.
#[derive(Clone, Debug, Default)]
pub struct ReaderStatus {
    /// The clip's generation.
    pub generation: Generation,
    /// Stretches of decoded frames in memory, first and last frame of each, in order.
    pub cached: Vec<(FrameIndex, FrameIndex)>,
    /// Frames that the container promises but that do not decode, among those that were asked for.
    pub num_missing: usize,
}
