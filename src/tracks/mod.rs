//! Results as plain CPU data: which points were asked for, and where they are on every frame.
//!
//! Owns track identities, names and samples, and the tables that they are exchanged in. Never tracks, draws or touches
//! a device; how places become units of the scene is [`crate::measure`]'s part. Cheap to share between threads: a
//! [`TrackStore`] clone copies a few pointers per window, never samples.
//! Raw results (runs) are kept apart from what the user makes of them (tracks), so every edit can be undone.

mod blend;
mod crops;
mod edit;
mod history;
mod import;
mod live_line;
mod log;
mod measures;
mod polish;
mod problems;
mod recent_tracks;
mod run;
mod saved;
mod store;
mod table;
mod track;
mod treatment;

pub use edit::{Edit, EditError, WantedRun, Ways};
pub use history::History;
pub use import::{ImportedTrack, NamedQuery, QueryFileError, parse_queries, read_queries, read_tracks};
pub use live_line::{LiveLine, LiveSample};
pub use log::{LeftLog, LogDescription, LogLimits, LogStatus, LogTable, LogView, LogWriter, TrackLog};
pub use measures::{Measured, Measures, Quantity};
pub use polish::{CloserLook, Polish, PolishedPlace};
pub use problems::{DOUBTFUL_BELOW, DRIFT_BELOW, Problem, ProblemKind, problems, problems_of};
pub use recent_tracks::RecentTracks;
pub use run::{Chunk, Direction, Run, RunSettings};
pub use saved::{SavedError, SavedTracks};
pub use store::{Edits, TrackStore};
pub use table::{
    About, AboutSettings, AboutSource, AboutWeights, Entry, Pictures, Table, TableFormat, TableOptions, TableTrack,
    ToolFormat, TrackMode, TrackTable, UnknownTableFormat, write_tapvid,
};
pub use track::{Query, RunId, Sample, SampleSource, Segment, Slot, Track, TrackId};
pub use treatment::Treatment;
