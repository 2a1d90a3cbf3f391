//! The tracks of a live stream into a table, while it goes on or when it is over.

use super::error::ExportError;
use super::table::TableExport;
use crate::sync::CancelToken;
use crate::tracks::{About, LogTable, LogView, Table as _, TableOptions, TrackId};
use std::collections::BTreeMap;

/// What was written of a live stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogReport {
    /// Frames in the table.
    pub num_frames: usize,
    /// Points in the table.
    pub num_tracks: usize,
    /// What is missing, in one sentence.
    pub note: Option<String>,
}

/// Writes all of a log, or those tracks that `options` name, into a place that was found writable. What lies on the
/// disk is read on the way, track by track; `about` is told which frames there are.
///
/// # Errors
/// Those of [`TableExport::run`], or that the tracks cannot be read.
pub fn export_log(
    to: TableExport,
    view: &LogView,
    names: &BTreeMap<TrackId, String>,
    mut about: About,
    options: &TableOptions,
    cancel: &CancelToken,
) -> Result<LogReport, ExportError> {
    if let Some((first, last)) = view.ends() {
        (about.settings.start, about.settings.end) = (first, last);
    }
    about.source.num_frames = view.num_frames();
    let table = LogTable::new(view, names, &about, options);
    to.run(&table, cancel)?;
    let is_wanted = |id| options.tracks.as_ref().is_none_or(|wanted| wanted.contains(&id));
    Ok(LogReport {
        num_frames: view.num_frames(),
        num_tracks: view.tracks().filter(|(id, _)| is_wanted(*id)).count(),
        note: table.note().map(str::to_owned),
    })
}
