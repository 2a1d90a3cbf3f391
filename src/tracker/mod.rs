//! The online algorithm: windows over a clip, queries that join, support points. Single-threaded, deterministic.

mod feature_cache;
mod queries;
mod window;

pub use feature_cache::FeatureCache;
pub use queries::MAX_TRACKS_PER_RUN;
pub use window::{OnlineTracker, TrackerError, TrackerOptions, WindowOutcome};
