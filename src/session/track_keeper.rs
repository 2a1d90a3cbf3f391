//! Keeps the track log of a live stream: what has no room in memory goes to the disk, on a thread of its own.

use super::spawn::{Worker, spawn};
use crate::tracks::{LiveLine, LogLimits, LogWriter, TrackLog};
use crossbeam_channel::{RecvTimeoutError, Sender, bounded};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a crash may cost of a log that outlives it.
const WRITTEN_ASIDE_EVERY: Duration = Duration::from_secs(3);

/// How the log of a stream is kept.
#[derive(Clone, Debug, Default)]
pub struct LogKeeping {
    /// Where the older part lies until the stream ends, in a folder of its own below this; where there is none, it is
    /// forgotten.
    pub folder: Option<PathBuf>,
    /// How much is kept.
    pub limits: LogLimits,
    /// Whether the files stay after the stream, however it ends, to be found by [`crate::tracks::LeftLog`] until
    /// another such stream has points.
    pub outlives: bool,
}

/// A log in the keeping of a live stream. Dropping it removes the files, unless they are to outlive it.
#[derive(Debug)]
pub struct TrackKeeper {
    log: Arc<TrackLog>,
    wake: Option<Sender<()>>,
    worker: Option<Worker>,
}

impl TrackKeeper {
    /// Keeps a log as `keeping` says. Should the disk fail, `on_failure` hears of it once, in one sentence, on the
    /// keeper's thread.
    #[must_use]
    pub fn start(
        log: Arc<TrackLog>,
        keeping: &LogKeeping,
        on_failure: impl Fn(String) + Clone + Send + 'static,
    ) -> Self {
        let Some(folder) = keeping.folder.clone() else { return Self { log, wake: None, worker: None } };
        let outlives = keeping.outlives;
        let (wake, calls) = bounded(1);
        let (written, panicked) = (Arc::clone(&log), on_failure.clone());
        let body = move || {
            let writer = LogWriter::new(written, folder.clone());
            let mut writer = if outlives { writer.outliving() } else { writer };
            writer.sweep();
            let mut has_failed = false;
            // After a failure the thread still lives, and with it the files: what is in them can be read.
            let mut due = Instant::now() + WRITTEN_ASIDE_EVERY;
            loop {
                let call = calls.recv_deadline(due);
                let mut written = if call.is_ok() && !has_failed { writer.work() } else { Ok(()) };
                if call.is_err() || Instant::now() >= due {
                    due = Instant::now() + WRITTEN_ASIDE_EVERY;
                    let writes = outlives && !has_failed;
                    written = written.and_then(|()| if writes { writer.write_aside() } else { Ok(()) });
                }
                if let Err(error) = written {
                    has_failed = true;
                    on_failure(format!(
                        "the tracks of long streams cannot be kept on the disk ({error}), the oldest will be missing in \
                         exports: {}",
                        folder.display()
                    ));
                }
                if call == Err(RecvTimeoutError::Disconnected) {
                    return;
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
