//! The online algorithm: windows over a clip, queries that join, support points. Single-threaded, deterministic.

mod window;

pub use window::{OnlineTracker, TrackerError, TrackerOptions, WindowOutcome};
