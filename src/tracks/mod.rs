//! Results as plain CPU data: which points were asked for, and where they are on every frame.
//!
//! Owns track identities, names and samples, and the tables that they are exchanged in. Never tracks, draws or touches a
//! device. Cheap to share between threads: a [`TrackStore`] clone copies a few pointers per window, never samples.

mod queries;
mod store;
mod table;

pub use queries::{NamedQuery, QueryFileError, parse_queries, read_queries};
pub use store::{Chunk, Query, Run, RunId, Sample, Track, TrackId, TrackStore};
pub use table::{About, AboutSettings, AboutSource, AboutWeights, TableFormat, TrackTable, UnknownTableFormat};
