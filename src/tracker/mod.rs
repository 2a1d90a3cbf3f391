//! The online algorithm. [`OnlineTracker`] follows points through a clip, in windows or in one span for all of it;
//! [`LiveTracker`] through a camera's stream, frame by frame. Single-threaded, deterministic.

mod course;
mod error;
mod feature_cache;
mod live;
mod look_alikes;
mod lost;
mod path;
mod queries;
mod second_look;
mod settings;
mod span;
mod view;
mod window;
mod zoomed;

pub use error::TrackerError;
pub use feature_cache::FeatureCache;
pub use live::{
    LatePoints, LiveFrame, LiveOptions, LivePoint, LiveRun, LiveTimings, LiveTracker, PointAside, PointId, PointState,
    Said,
};
pub use queries::{MAX_TRACKS_ON_CPU, MAX_TRACKS_PER_RUN};
pub use settings::{SPAN_BYTES, SUPPORT_GRID, TrackerOptions, Zoom};
pub use window::{OnlineTracker, WindowOutcome};
