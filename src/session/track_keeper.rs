//! Keeps the track log of a live stream: what has no room in memory goes to the disk, on a thread of its own.

use super::spawn::{Worker, spawn};
use crate::tracks::{LiveLine, LogLimits, LogWriter, TrackLog};
use crossbeam_channel::{Sender, bounded};
use std::path::PathBuf;
use std::sync::Arc;

/// How the log of a stream is kept.
#[derive(Clone, Debug, Default)]
pub struct LogKeeping {
    /// Where the older part lies until the stream ends, in a folder of its own below this; where there is none, it is forgotten.
    pub folder: Option<PathBuf>,
    /// How much is kept.
    pub limits: LogLimits,
}

/// A log in the keeping of a live stream. Dropping it removes the files.
#[derive(Debug)]
pub struct TrackKeeper {
    log: Arc<TrackLog>,
    wake: Option<Sender<()>>,
    worker: Option<Worker>,
}

impl TrackKeeper {
    /// Keeps a log whose older part goes to files below `folder`; where there is none, the oldest is forgotten. Should the disk
    /// fail, `on_failure` hears of it once, in one sentence, on the keeper's thread.
    #[must_use]
    pub fn start(
        log: Arc<TrackLog>,
        folder: Option<PathBuf>,
        on_failure: impl Fn(String) + Clone + Send + 'static,
    ) -> Self {
        let Some(folder) = folder else { return Self { log, wake: None, worker: None } };
        let (wake, calls) = bounded(1);
        let (written, panicked) = (Arc::clone(&log), on_failure.clone());
        let body = move || {
            let mut writer = LogWriter::new(written, folder.clone());
            writer.sweep();
            let mut has_failed = false;
            // After a failure the thread still lives, and with it the files: what is in them can be read.
            for () in calls {
                if !has_failed && let Err(error) = writer.work() {
                    has_failed = true;
                    on_failure(format!(
                        "the tracks of long streams cannot be kept on the disk ({error}), the oldest will be missing in \
                         exports: {}",
                        folder.display()
                    ));
                }
            }
        };
        let worker = spawn("track-log", body, panicked);
        Self { log, wake: Some(wake), worker: Some(worker) }
    }

    /// A frame was followed. Never waits.
    pub fn push(&self, line: &LiveLine) {
        if self.log.push(line)
            && let Some(wake) = &self.wake
        {
            wake.try_send(()).ok(); // full: it will look anyway
        }
    }

    /// The log.
    #[must_use]
    pub fn log(&self) -> &Arc<TrackLog> {
        &self.log
    }
}

impl Drop for TrackKeeper {
    fn drop(&mut self) {
        self.wake.take(); // first, or the join would wait for ever
        self.worker.take();
    }
}
