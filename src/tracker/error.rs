//! Why a run could not start or go on.

use crate::geometry::{FrameIndex, Size};
use crate::model::NetworkError;

/// Why a run could not start or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrackerError {
    /// There is nothing to track.
    #[error("no points to track")]
    NoQueries,
    /// More points than one run can hold in memory.
    #[error("{count} points are too many for one run: at most {max} are tracked together")]
    TooManyQueries {
        /// How many there are, support points included.
        count: usize,
        /// How many there may be.
        max: usize,
    },
    /// A point is not a number or lies outside the picture.
    #[error("point {number} ({x}, {y}) is outside the picture of {size}")]
    OutsidePicture {
        /// Its place among the queries, from 1.
        number: usize,
        /// Pixels from the left.
        x: f32,
        /// Pixels from the top.
        y: f32,
        /// The picture.
        size: Size,
    },
    /// A point's frame is not in the range that is tracked.
    #[error("point {number} is on frame {frame}, outside frames {first} to {last}")]
    OutsideClip {
        /// Its place among the queries, from 1.
        number: usize,
        /// Its frame.
        frame: FrameIndex,
        /// The first frame of the range.
        first: FrameIndex,
        /// The last frame of the range.
        last: FrameIndex,
    },
    /// A point was placed on a stream before its first frame.
    #[error("no frame has come yet")]
    NoFrame,
    /// The network failed.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The run was cancelled between two pieces of work; what was handed out stays valid.
    #[error("interrupted")]
    Cancelled,
}
