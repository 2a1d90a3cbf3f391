//! The windowed protocol: windows of `S` frames that advance by `step`.

use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size};
use crate::model::{Network, NetworkError};
use crate::sync::CancelToken;
use crate::tracks::{Chunk, Query};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// How a run is tracked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrackerOptions {
    /// The picture size that the network sees, multiples of 8; the config's where `None`.
    pub model_size: Option<Size>,
    /// Iterations per window; the config's where `None`.
    pub iters: Option<usize>,
    /// `K` of the K × K support points that join the run unseen; 0 for none.
    pub support_grid: usize,
}

/// What one window settles and what it proposes; goes to [`crate::tracks::TrackStore::advance`].
#[derive(Clone, Debug, PartialEq)]
pub struct WindowOutcome {
    /// Frames that will not change any more.
    pub settled: Option<Chunk>,
    /// Frames that the next window will look at again.
    pub tail: Option<Chunk>,
}

/// Why a run could not start or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrackerError {
    /// There is nothing to track.
    #[error("no points to track")]
    NoQueries,
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
    /// The network failed.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The run was cancelled between two pieces of work; what was handed out stays valid.
    #[error("interrupted")]
    Cancelled,
}

/// Follows the points of one run through a clip, frame by frame.
///
/// Push [`OnlineTracker::next_frame`] until it is `None` or no frame is left, then [`OnlineTracker::finish`].
#[derive(Debug)]
pub struct OnlineTracker {}

impl OnlineTracker {
    /// A run over the frames `clip` of a source of `source_size`. Windows stand at `clip.start() + 0, 8, 16, …`; those
    /// that hold no query are skipped.
    ///
    /// # Errors
    /// When there is no query, or one is outside picture or clip.
    pub fn new(
        _network: Arc<Network>,
        _source_size: Size,
        _clip: RangeInclusive<FrameIndex>,
        _queries: &[Query],
        _options: &TrackerOptions,
    ) -> Result<Self, TrackerError> {
        unimplemented!()
    }

    /// The frame to push next, `None` once the clip is covered.
    #[must_use]
    pub fn next_frame(&self) -> Option<FrameIndex> {
        unimplemented!()
    }

    /// Takes the next frame; every `step` frames (`S` for the first window) a window is refined and its outcome returned.
    ///
    /// # Errors
    /// When the network fails, or `cancel` was raised before the window was done.
    ///
    /// # Panics
    /// If `frame` is not [`OnlineTracker::next_frame`], or has another size than the source.
    pub fn push(&mut self, _frame: &Frame, _cancel: &CancelToken) -> Result<Option<WindowOutcome>, TrackerError> {
        unimplemented!()
    }

    /// Ends the clip after the last pushed frame: a padded last window where frames are left over, then everything is
    /// settled. Also right when the clip turned out shorter than promised.
    ///
    /// # Errors
    /// As for [`OnlineTracker::push`].
    pub fn finish(&mut self, _cancel: &CancelToken) -> Result<Option<WindowOutcome>, TrackerError> {
        unimplemented!()
    }
}
