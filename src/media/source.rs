//! What every source of frames promises.

use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size};
use std::path::PathBuf;
use std::sync::Arc;

/// What a source is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// A video file.
    Video,
    /// A folder of numbered images.
    Images,
    /// Pictures made by the program, for tests and benchmarks.
    Synthetic,
}

/// What is known of a source once it is open.
#[derive(Clone, Debug)]
pub struct SourceInfo {
    /// What it is made of.
    pub kind: SourceKind,
    /// Where it lies; empty for synthetic sources.
    pub path: PathBuf,
    /// Size of the upright picture.
    pub size: Size,
    /// When each frame is shown, in seconds from the first one; one entry per frame, never falling.
    pub times_secs: Arc<[f64]>,
    /// Nominal frames per second, for display and for writing; with variable frame rate, the average.
    pub frame_rate: f64,
    /// Whether frames are unevenly spaced in time.
    pub variable_rate: bool,
    /// Whether the file has sound that an export can copy.
    pub has_audio: bool,
    /// The codec in plain words, such as "h264" or "png images".
    pub codec: String,
    /// What the user should know about the source, one sentence each (missing numbers, fewer frames than promised, …).
    pub warnings: Vec<String>,
}

impl SourceInfo {
    /// How many frames the source promises.
    #[must_use]
    pub fn num_frames(&self) -> usize {
        self.times_secs.len()
    }

    /// The time of a frame in seconds, 0 for a frame that is not there.
    #[must_use]
    pub fn time_secs(&self, frame: FrameIndex) -> f64 {
        self.times_secs.get(frame.get()).copied().unwrap_or(0.0)
    }
}

/// A clip whose frames can be read by number.
pub trait FrameSource: Send {
    /// What is known of the source.
    fn info(&self) -> &SourceInfo;

    /// Reads one frame exactly. Reading in order is fast; another order costs a seek.
    ///
    /// # Errors
    /// [`MediaError::MissingFrame`] when the container promises the frame but it does not decode: others may.
    /// [`MediaError::NoSuchFrame`] past the end. Anything else means that the source is unusable from here on.
    fn read(&mut self, frame: FrameIndex) -> Result<Frame, MediaError>;
}

/// Why frames could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MediaError {
    /// The container promises this frame, but it does not decode.
    #[error("frame {0} does not decode")]
    MissingFrame(FrameIndex),
    /// The source has no such frame.
    #[error("there is no frame {frame}: the clip has {num_frames} frames, 0 to {}", num_frames.saturating_sub(1))]
    NoSuchFrame {
        /// What was asked for.
        frame: FrameIndex,
        /// How many there are.
        num_frames: usize,
    },
    /// The file or folder cannot be opened or read.
    #[error("{problem}: {}", path.display())]
    Unreadable {
        /// What is wrong with it, in one clause.
        problem: String,
        /// Where it lies.
        path: PathBuf,
    },
    /// The file cannot be written.
    #[error("{problem}: {}", path.display())]
    Unwritable {
        /// What went wrong, in one clause.
        problem: String,
        /// Where it should lie.
        path: PathBuf,
    },
}
