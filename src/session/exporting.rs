//! The export worker: one thread per export, with progress and cancel.

use super::Opener;
use super::messages::{Event, WorkerKind};
use super::spawn::{Outbox, Worker, spawn};
use crate::export::{ClipExport, ClipJob, ExportError, TableExport};
use crate::geometry::FrameIndex;
use crate::media::SourceInfo;
use crate::sync::{CancelToken, Generation, LatestSlot};
use crate::tracks::{About, TrackStore, TrackTable};
use std::path::PathBuf;
use std::sync::Arc;

/// Identifies an export for as long as the session lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExportId(pub u32);

/// How an export ended.
#[derive(Clone, Debug, PartialEq)]
pub enum ExportEnd {
    /// Everything is written; with what the user should know, one sentence each.
    Finished(Vec<String>),
    /// The user stopped it; no partial file is left.
    Cancelled,
    /// It could not go on; no partial file is left.
    Failed(String),
}

/// What to write. Targets are opened before anything is written, so that a bad name costs nothing.
#[derive(Clone, Debug)]
pub struct ExportRequest {
    /// The annotated clip, if it is wanted.
    pub clip: Option<ClipJob>,
    /// Tables; the ending of each name says its format.
    pub tables: Vec<PathBuf>,
    /// Where the tables' numbers come from.
    pub about: About,
}

/// What an export reads.
pub(super) struct ExportInput {
    pub(super) source: PathBuf,
    pub(super) info: Arc<SourceInfo>,
    pub(super) tracks: Arc<TrackStore>,
    pub(super) open: Opener,
}

/// An export under way.
#[derive(Debug)]
pub(super) struct Export {
    pub(super) id: ExportId,
    pub(super) cancel: CancelToken,
    pub(super) progress: f32,
    newest_progress: LatestSlot<f32>,
    worker: Worker,
}

impl Export {
    pub(super) fn start(id: ExportId, request: ExportRequest, input: ExportInput, outbox: Outbox) -> Self {
        let (cancel, newest_progress) = (CancelToken::new(), LatestSlot::new());
        let (token, slot, failed) = (cancel.clone(), newest_progress.clone(), outbox.clone());
        let work = move || {
            let progress = |share| {
                slot.put(share);
                (outbox.repaint)();
            };
            let end = match write(request, &input, &progress, &token) {
                Ok(notes) => ExportEnd::Finished(notes),
                Err(ExportError::Cancelled) => ExportEnd::Cancelled,
                Err(error) => ExportEnd::Failed(error.to_string()),
            };
            outbox.send(Event::ExportEnded { id, end });
        };
        let worker = spawn("export", work, move |message| {
            let generation = Generation::default();
            failed.send(Event::ExportEnded { id, end: ExportEnd::Failed(format!("the export broke off: {message}")) });
            failed.send(Event::Panicked { worker: WorkerKind::Export, generation, message });
        });
        Self { id, cancel, progress: 0.0, newest_progress, worker }
    }

    pub(super) fn refresh(&mut self) {
        if let Some(progress) = self.newest_progress.take() {
            self.progress = progress;
        }
    }

    pub(super) fn is_finished(&self) -> bool {
        self.worker.is_finished()
    }
}

/// Writes everything; returns what the user should know, one sentence each.
fn write(
    request: ExportRequest,
    input: &ExportInput,
    progress: &dyn Fn(f32),
    cancel: &CancelToken,
) -> Result<Vec<String>, ExportError> {
    let tables = request.tables.iter().map(|path| TableExport::open(path)).collect::<Result<Vec<_>, _>>()?;
    let clip = request.clip.map(|job| ClipExport::open(&input.info, job)).transpose()?;
    let frames = FrameIndex(0)..=FrameIndex::new(input.info.num_frames().saturating_sub(1));
    let table = TrackTable { store: &input.tracks, frames, times_secs: &input.info.times_secs, about: &request.about };
    for export in tables {
        export.run(&table, cancel)?;
    }
    let Some(clip) = clip else {
        progress(1.0);
        return Ok(Vec::new());
    };
    let mut source = (input.open)(&input.source)?;
    let mut report_progress = |done: usize, total: usize| progress(done as f32 / total.max(1) as f32);
    let report = clip.run(source.as_mut(), &input.tracks, &mut report_progress, cancel)?;
    let mut notes = report.warnings;
    if !report.bridged.is_empty() {
        notes.push(format!("{} frames do not decode and show the picture before them", report.bridged.len()));
    }
    Ok(notes)
}
