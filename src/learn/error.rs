//! Why learning could not go on.

use crate::media::MediaError;
use crate::model::{CheckpointError, NetworkError};
use crate::tracker::TrackerError;
use std::io;
use std::path::PathBuf;

/// Why learning could not begin or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LearnError {
    /// A clip cannot be read.
    #[error(transparent)]
    Media(#[from] MediaError),
    /// A teacher that is a network cannot follow the points.
    #[error(transparent)]
    Tracker(TrackerError),
    /// The network that learns failed.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The weights that it began with are not what they were, or what was learned cannot be put into their form.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// Pictures cannot be made smaller.
    #[error("the pictures cannot be scaled: {0}")]
    Pictures(String),
    /// Nothing can be learned from a lesson as it is.
    #[error("the lesson is unusable: {0}")]
    Lesson(String),
    /// There is too little to learn from and to hold back.
    #[error("there is too little to learn from: {0}")]
    TooLittle(String),
    /// What is kept between runs cannot be written.
    #[error("what was learned cannot be kept: {}", path.display())]
    Unwritable {
        /// Where it should lie.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// What was kept of an earlier run cannot be read.
    #[error("what an earlier run kept cannot be read ({problem}): {}", path.display())]
    Unreadable {
        /// Where it lies.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The network that learns has come to numbers that are none.
    #[error("learning ran away: the losses of step {step} are no numbers")]
    RanAway {
        /// Counted from 1.
        step: u64,
    },
    /// Stopped between two pieces of work; what was finished is kept.
    #[error("interrupted")]
    Cancelled,
}

impl From<TrackerError> for LearnError {
    fn from(error: TrackerError) -> Self {
        if matches!(error, TrackerError::Cancelled) { Self::Cancelled } else { Self::Tracker(error) }
    }
}
