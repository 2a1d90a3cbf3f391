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
    /// The part of the picture that is to be looked at is larger than the picture.
    #[error("a zoom of {zoom} is larger than the picture of {picture}")]
    ZoomTooLarge {
        /// The part.
        zoom: Size,
        /// The picture.
        picture: Size,
    },
    /// Points that begin on one frame are too far apart for the part that is to be looked at.
    #[error("the points on frame {frame} take up {points} pixels, more than a zoom of {zoom} shows")]
    ZoomTooSmall {
        /// The part.
        zoom: Size,
        /// The frame.
        frame: FrameIndex,
        /// The box around its points.
        points: Size,
    },
    /// The whole clip is looked at at once.
    #[error("zoom follows points in windows, not where the whole clip is looked at at once")]
    ZoomOffline,
    /// The network failed.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The run was cancelled between two pieces of work; what was handed out stays valid.
    #[error("interrupted")]
    Cancelled,
}

impl TrackerError {
    /// Whether the device gave up: another one may not.
    #[must_use]
    pub fn is_of_device(&self) -> bool {
        matches!(self, Self::Network(NetworkError::DeviceFailed(_)))
    }
}
