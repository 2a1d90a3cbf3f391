//! Results as plain CPU data: which points were asked for, and where they are on every frame.
//!
//! Owns track identities, names and samples. Never tracks, draws or touches a device. Cheap to share between threads:
//! a [`TrackStore`] clone copies a few pointers per window, never samples.

mod store;

pub use store::{Chunk, Query, Run, RunId, Sample, Track, TrackId, TrackStore};
