//! The export worker: one thread per export, with progress and cancel.

use super::messages::{Event, WorkerKind};
use super::spawn::{Outbox, Worker, spawn};
use crate::sync::{CancelToken, Generation, LatestSlot};

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

/// The work of an export: takes the wish to stop and a place for its progress (0 to 1), tells how it ended.
pub type ExportJob = Box<dyn FnOnce(&CancelToken, &dyn Fn(f32)) -> ExportEnd + Send>;

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
    pub(super) fn start(id: ExportId, job: ExportJob, outbox: Outbox) -> Self {
        let (cancel, newest_progress) = (CancelToken::new(), LatestSlot::new());
        let (token, slot, failed) = (cancel.clone(), newest_progress.clone(), outbox.clone());
        let work = move || {
            let end = job(&token, &|progress| {
                slot.put(progress);
                (outbox.repaint)();
            });
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
