//! Keeps one camera going: starts attempts, gives up those that hang, and waits for what was unplugged.

use super::capture::{Beat, Capture};
use super::shared::{CameraState, Shared};
use super::{CameraOptions, CameraPatience};
use crate::media::{CameraError, CameraRequest};
use crate::session::spawn::Worker;
use crossbeam_channel::{Receiver, RecvTimeoutError, select};
use std::sync::Arc;
use std::time::Instant;

/// So many threads may hang in a camera at once; then no more are started until one of them is let go.
const MAX_HANGING: usize = 4;

/// How an attempt ended.
enum End {
    Stopped,
    Stalled,
    Failed(CameraError),
}

pub(super) struct Watchdog {
    options: CameraOptions,
    shared: Arc<Shared>,
    stopped: Receiver<()>,
    /// What to open: after the first time, the same camera in the same format.
    request: CameraRequest,
    hanging: Vec<Worker>,
    was_open: bool,
}

impl Watchdog {
    pub(super) fn new(options: CameraOptions, shared: Arc<Shared>, stopped: Receiver<()>) -> Self {
        let request = options.request.clone();
        Self { options, shared, stopped, request, hanging: Vec::new(), was_open: false }
    }

    /// Runs until the owner is gone.
    pub(super) fn run(mut self) {
        loop {
            match self.attempt() {
                End::Stopped => break,
                End::Stalled => self.shared.set_state(CameraState::Stalled),
                End::Failed(error) => self.note(error),
            }
            if self.stopped.recv_timeout(self.options.patience.retry) == Err(RecvTimeoutError::Disconnected) {
                break;
            }
        }
        // They hang in the camera, perhaps for ever: nobody can wait for them.
        self.hanging.into_iter().for_each(Worker::detach);
    }

    /// What a failed attempt means for the state.
    fn note(&self, error: CameraError) {
        tracing::debug!(%error, "the camera cannot be used");
        let state = self.shared.status().state;
        let is_still_held = matches!(error, CameraError::Busy(_)) && state == CameraState::Stalled;
        let is_away =
            matches!(error, CameraError::Unplugged(_) | CameraError::NoSuchCamera { .. } | CameraError::NoCameras);
        if is_still_held {
            return; // by our own thread that hangs in it
        }
        let is_lost = is_away && self.was_open;
        self.shared.set_state(if is_lost { CameraState::Lost } else { CameraState::Unavailable(error) });
    }

    /// Opens the camera and listens to it until it ends, hangs, or is not wanted any more.
    fn attempt(&mut self) -> End {
        self.hanging.retain(|worker| !worker.is_finished());
        if self.hanging.len() >= MAX_HANGING {
            return End::Stalled;
        }
        let capture = Capture::start(self.request.clone(), Arc::clone(&self.options.open), Arc::clone(&self.shared));
        let CameraPatience { opening, frame, .. } = self.options.patience;
        let mut patience = opening;
        loop {
            select! {
                recv(self.stopped) -> _ => return self.close(capture),
                recv(capture.beats) -> beat => match beat {
                    Ok(Beat::Opened(id, format)) => {
                        self.was_open = true;
                        self.request = CameraRequest::again(&id, format);
                    }
                    Ok(Beat::Picture) => patience = frame,
                    Ok(Beat::Ended(error)) => return End::Failed(error),
                    Err(_) => {
                        let problem = "its thread ended".to_owned();
                        return End::Failed(CameraError::Failed { name: self.request.camera.to_string(), problem });
                    }
                },
                default(patience) => {
                    self.give_up(capture);
                    return End::Stalled;
                }
            }
        }
    }

    fn give_up(&mut self, capture: Capture) {
        self.shared.give_up(&capture.cancel);
        self.hanging.push(capture.worker);
    }

    /// Ends a thread that may be well, and waits a moment for it: whoever opens the camera next finds it free.
    fn close(&mut self, capture: Capture) -> End {
        let deadline = Instant::now() + self.options.patience.closing;
        self.shared.give_up(&capture.cancel);
        while capture.beats.recv_deadline(deadline).is_ok() {}
        if Instant::now() >= deadline {
            self.hanging.push(capture.worker); // else it is joined here
        }
        End::Stopped
    }
}
