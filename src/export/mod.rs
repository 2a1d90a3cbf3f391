//! Annotated clips, sequences of pictures, tables and charts: progress, cancel, temporary file then rename.
//!
//! All come in two steps, so that a place that cannot be written is known before hours of tracking: open
//! ([`ClipExport::open`], [`PicturesExport::open`], [`TableExport::open`]), then run. Until the last moment what stood
//! at the path stays; whatever goes wrong, nothing half-written is left. Blocks the calling thread; the pixels come
//! from a source, the marks from [`crate::overlay`].
//!
//! Live streams are another matter: their results are sent out at once ([`EmitTarget`]), and a [`Recording`] stands in
//! its place from the first frame on.

mod chart;
mod clip;
mod drawing;
mod emit;
mod error;
mod frames;
mod log;
mod pictures;
mod pins;
mod recording;
mod snapshot;
mod steady;
mod table;
mod target;
mod whole;

pub use chart::{Chart, ChartFormat, ChartKind, ChartSeries, UnknownChartFormat};
pub use clip::{ClipExport, ClipJob, ExportReport, export_clip};
pub use drawing::{Captions, Drawing, Ground, OutputSize};
pub use emit::{EmitTarget, Lines, Outlet};
pub use error::ExportError;
pub use log::{LogReport, export_log};
pub use pictures::{PicturesExport, PicturesJob, Standing, standing};
pub use pins::{Pin, Pinned};
pub use recording::{Recording, RecordingReport};
pub use snapshot::write_snapshot;
pub use steady::Steady;
pub use table::{TableExport, export_table, source_of};
pub use whole::WholeFile;
