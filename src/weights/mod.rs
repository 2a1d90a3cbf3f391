//! Weights by name: what there is, under which licence, where it lies, and how it gets there.
//!
//! Owns the catalogue and the folder of fetched checkpoints in the user's cache: `<name>.pth` with a small record
//! beside it (where from, SHA-256, which licence was accepted when). It never loads a network and fetches nothing
//! unasked. [`fetch`] blocks; callers with a window run it on a worker.

mod catalogue;
mod error;
mod fetch;
mod http;
mod record;
mod settings;
mod shelf;

pub use catalogue::{CATALOGUE, Entry, Licence, Origin, entry};
pub use error::WeightsError;
pub use fetch::{Fetched, Progress, fetch, needs_acceptance};
pub use record::{Record, verify};
pub use settings::{DEFAULT_ENDPOINT, Settings};
pub use shelf::{State, find, state};
