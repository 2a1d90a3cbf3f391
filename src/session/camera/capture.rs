//! The thread that takes pictures. Everything that may hang happens here.

use super::CameraOpener;
use super::shared::Shared;
use crate::media::{CameraError, CameraFormat, CameraId, CameraRequest};
use crate::session::spawn::{Worker, spawn};
use crate::sync::CancelToken;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::sync::Arc;

/// What the watchdog hears.
#[derive(Debug)]
pub(super) enum Beat {
    /// The camera is open.
    Opened(CameraId, CameraFormat),
    /// A picture came, damaged or not.
    Picture,
    /// It is over.
    Ended(CameraError),
}

/// One attempt at a camera.
pub(super) struct Capture {
    pub(super) beats: Receiver<Beat>,
    pub(super) cancel: CancelToken,
    pub(super) worker: Worker,
}

impl Capture {
    /// Opens the camera on a thread of its own and takes its pictures.
    pub(super) fn start(request: CameraRequest, open: CameraOpener, shared: Arc<Shared>) -> Self {
        let (beat, beats) = bounded(4);
        let cancel = CancelToken::new();
        let thread = Thread { shared, cancel: cancel.clone(), beat: beat.clone() };
        let on_panic = move |problem| {
            let error = CameraError::Failed { name: "thread".to_owned(), problem };
            beat.try_send(Beat::Ended(error)).ok(); // full or gone: then the end of the thread tells as much
        };
        let body = move || {
            if let Err(error) = thread.run(&request, &open) {
                thread.beat.send(Beat::Ended(error)).ok(); // nobody listens any more: given up
            }
        };
        let worker = spawn("camera", body, on_panic);
        Self { beats, cancel, worker }
    }
}

struct Thread {
    shared: Arc<Shared>,
    cancel: CancelToken,
    beat: Sender<Beat>,
}

impl Thread {
    fn run(&self, request: &CameraRequest, open: &CameraOpener) -> Result<(), CameraError> {
        let mut stream = open(request)?;
        let (id, format) = (stream.id().clone(), stream.format());
        if !self.shared.set_open(&self.cancel, &id, format, stream.is_paced())
            || self.beat.send(Beat::Opened(id, format)).is_err()
        {
            return Ok(());
        }
        loop {
            let shot = match stream.grab() {
                Ok(shot) => Ok(shot),
                Err(CameraError::Damaged(reason)) => {
                    tracing::debug!(reason, "a picture does not decode");
                    Err(())
                }
                Err(error) => return Err(error),
            };
            if !self.shared.deliver(&self.cancel, shot) {
                return Ok(());
            }
            self.beat.try_send(Beat::Picture).ok(); // full: there is enough to hear already
        }
    }
}
