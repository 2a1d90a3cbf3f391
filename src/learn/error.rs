//! Why learning could not go on.

use crate::model::{CheckpointError, NetworkError};
use std::io;
use std::path::PathBuf;

/// Why learning could not begin or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LearnError {
    /// The network that learns failed.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The weights that it began with are not what they were, or what was learned cannot be put into their form.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// Nothing can be learned from a lesson as it is.
    #[error("the lesson is unusable: {0}")]
    Lesson(String),
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
}
