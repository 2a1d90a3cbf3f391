//! Following the points of a clip in any mode.

use super::config::ModeConfig;
use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size};
use crate::model::Network;
use crate::sync::CancelToken;
use crate::tracker::{FeatureCache, LiveRun, OnlineTracker, TrackerError, WindowOutcome};
use crate::tracks::{Query, RunSettings};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// One run over a clip, in windows or frame by frame.
pub(super) enum Follower {
    Window(Box<OnlineTracker>),
    Live(Box<LiveRun>),
}

impl Follower {
    /// A run over the frames `clip` of a source of `size`.
    pub(super) fn new(
        mode: &ModeConfig,
        network: Arc<Network>,
        size: Size,
        clip: RangeInclusive<FrameIndex>,
        queries: &[Query],
    ) -> Result<Self, TrackerError> {
        Ok(match mode {
            ModeConfig::Window(options) => {
                Self::Window(Box::new(OnlineTracker::new(network, size, clip, queries, options)?))
            }
            ModeConfig::Live(options) => Self::Live(Box::new(LiveRun::new(network, size, clip, queries, options)?)),
        })
    }

    /// Shares what is encoded with other runs of the clip in the same network; live, each run encodes for itself.
    pub(super) fn with_cache(self, cache: Arc<FeatureCache>) -> Self {
        match self {
            Self::Window(tracker) => Self::Window(Box::new(tracker.with_cache(cache))),
            live @ Self::Live(_) => live,
        }
    }

    /// What the run is followed with.
    pub(super) fn settings(&self) -> RunSettings {
        match self {
            Self::Window(tracker) => tracker.settings(),
            Self::Live(run) => run.settings(),
        }
    }

    /// Whether samples come of all frames of the clip, also of those before a query.
    pub(super) fn covers_whole_clip(&self) -> bool {
        matches!(self, Self::Window(tracker) if tracker.covers_whole_clip())
    }

    /// How many parts the clip is followed in where it is too long to be followed at once, and the frames in each.
    pub(super) fn parts(&self) -> Option<(usize, usize)> {
        match self {
            Self::Window(tracker) => tracker.parts(),
            Self::Live(_) => None,
        }
    }

    /// Whether a zoom was asked for that changes nothing.
    pub(super) fn is_zoom_idle(&self) -> bool {
        matches!(self, Self::Window(tracker) if tracker.is_zoom_idle())
    }

    /// The frame to push next, `None` once the clip is covered.
    pub(super) fn next_frame(&self) -> Option<FrameIndex> {
        match self {
            Self::Window(tracker) => tracker.next_frame(),
            Self::Live(run) => run.next_frame(),
        }
    }

    /// Takes the next frame; live, every frame is settled at once.
    pub(super) fn push(&mut self, frame: &Frame, cancel: &CancelToken) -> Result<Option<WindowOutcome>, TrackerError> {
        match self {
            Self::Window(tracker) => tracker.push_cached(cancel).unwrap_or_else(|| tracker.push(frame, cancel)),
            Self::Live(run) => {
                let (chunk, timings) = run.push(frame, cancel)?;
                tracing::trace!("frame {}: {timings:?}", frame.index);
                Ok(Some(WindowOutcome { settled: Some(chunk), tail: None, crops: Vec::new() }))
            }
        }
    }

    /// Whether what was pushed is to be refined step by step ([`Follower::iterate`]).
    pub(super) fn is_refining(&self) -> bool {
        matches!(self, Self::Window(tracker) if tracker.is_refining())
    }

    /// One such step.
    pub(super) fn iterate(&mut self, cancel: &CancelToken) -> Result<Option<WindowOutcome>, TrackerError> {
        match self {
            Self::Window(tracker) => tracker.iterate(cancel),
            Self::Live(_) => Ok(None),
        }
    }

    /// Ends the clip after the last pushed frame.
    pub(super) fn finish(&mut self, cancel: &CancelToken) -> Result<Option<WindowOutcome>, TrackerError> {
        match self {
            Self::Window(tracker) => tracker.finish(cancel),
            Self::Live(_) => Ok(None),
        }
    }
}
