//! Fetching weights beside the window: a worker, its progress, and the wish to stop it.

use crate::session::{Repaint, aside};
use crate::sync::{CancelToken, LatestSlot};
use crate::weights::{Entry, Fetched, Progress, Settings, WeightsError, fetch};
use std::time::{Duration, Instant};

/// The window is told of progress no more often than this.
const REPORT_EVERY: Duration = Duration::from_millis(60);

/// How a fetch ended; `Err` is the message of a panic.
pub(crate) type End = Result<Result<Fetched, WeightsError>, String>;

/// A fetch under way. It ends with the program at the latest, and what came is kept.
pub(crate) struct Fetching {
    pub(crate) entry: &'static Entry,
    pub(crate) progress: Option<Progress>,
    newest: LatestSlot<Progress>,
    cancel: CancelToken,
    end: LatestSlot<End>,
}

impl Fetching {
    /// Begins; the user has agreed to the licence.
    pub(crate) fn start(entry: &'static Entry, settings: Settings, repaint: Repaint) -> Self {
        let (cancel, newest) = (CancelToken::new(), LatestSlot::new());
        let (token, slot, wake) = (cancel.clone(), newest.clone(), repaint.clone());
        let end = aside("fetching", repaint, move || {
            let mut reported: Option<Instant> = None;
            let mut report = |now: Progress| {
                let is_due = reported.is_none_or(|at| at.elapsed() >= REPORT_EVERY);
                if is_due || now.done_bytes == now.total_bytes {
                    reported = Some(Instant::now());
                    slot.put(now);
                    wake();
                }
            };
            fetch(entry, &settings, true, &mut report, &token)
        });
        Self { entry, progress: None, newest, cancel, end }
    }

    /// Asks for the stop; it comes with the next bytes, or when the connection has been silent for long.
    pub(crate) fn stop(&self) {
        self.cancel.cancel();
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// Takes in what the worker says; its end, once it has one.
    pub(crate) fn update(&mut self) -> Option<End> {
        self.progress = self.newest.take().or(self.progress);
        self.end.take()
    }
}

impl Drop for Fetching {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}
