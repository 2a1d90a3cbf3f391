//! Annotated clips and tables: progress, cancel, temporary file then rename.
//!
//! Both come in two steps, so that a place that cannot be written is known before hours of tracking: open ([`ClipExport::open`],
//! [`TableExport::open`]), then run. Until the last moment what stood at the path stays; whatever goes wrong, nothing
//! half-written is left. Blocks the calling thread; the pixels come from a source, the marks from [`crate::overlay`].

mod clip;
mod error;
mod table;
mod target;

pub use clip::{ClipExport, ClipJob, ExportReport, export_clip};
pub use error::ExportError;
pub use table::{TableExport, export_table};
