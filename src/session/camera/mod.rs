//! A live camera: a thread that takes its pictures, and a watchdog that notices when they stop coming.
//!
//! | thread             | does                                             | may wait for         |
//! |--------------------|--------------------------------------------------|----------------------|
//! | `camera`           | opens the camera, takes and decodes its pictures | the camera, for ever |
//! | `camera-watchdog`  | replaces the other one where it fails or hangs   | nothing else         |
//!
//! A camera call that hangs cannot be ended from outside. Its thread is given up: whatever it still delivers is
//! refused, and it closes the camera as soon as it is let go. The camera that was open at first is looked for until it
//! is back, by what it is known by and in the format that it had; frames go on counting.

mod capture;
mod shared;
mod watchdog;

pub use shared::{CameraFrame, CameraState, CameraStatus, FrameTap};

use super::messages::Repaint;
use super::spawn::{Worker, spawn};
use crate::media::{CameraError, CameraRequest, CameraStream};
use crossbeam_channel::{Sender, bounded};
use shared::Shared;
use std::sync::Arc;
use std::time::{Duration, Instant};
use watchdog::Watchdog;

/// Opens a camera; called on a thread that may be given up.
pub type CameraOpener = Arc<dyn Fn(&CameraRequest) -> Result<Box<dyn CameraStream>, CameraError> + Send + Sync>;

/// How long a camera may be silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CameraPatience {
    /// From opening to the first picture: some take seconds to set their exposure.
    pub opening: Duration,
    /// From one picture to the next.
    pub frame: Duration,
    /// From a failed attempt to the next one.
    pub retry: Duration,
    /// From the wish to close a healthy camera until it is closed.
    pub closing: Duration,
}

impl Default for CameraPatience {
    fn default() -> Self {
        Self {
            opening: Duration::from_secs(10),
            frame: Duration::from_millis(2500),
            retry: Duration::from_millis(500),
            closing: Duration::from_secs(1),
        }
    }
}

/// What a live camera works with.
#[derive(Clone)]
pub struct CameraOptions {
    /// Which camera, and how it shall deliver.
    pub request: CameraRequest,
    /// Opens it.
    pub open: CameraOpener,
    /// Wakes the app: a frame came, or something happened.
    pub repaint: Repaint,
    /// When it counts as stalled.
    pub patience: CameraPatience,
}

/// A camera that is kept going. Dropping it closes the camera.
pub struct LiveCamera {
    shared: Arc<Shared>,
    stop: Option<Sender<()>>,
    watchdog: Option<Worker>,
}

impl LiveCamera {
    /// Starts to open the camera in the background.
    #[must_use]
    pub fn start(options: CameraOptions) -> Self {
        let (stop, stopped) = bounded(0);
        let shared = Arc::new(Shared::new(Arc::clone(&options.repaint)));
        let failed = Arc::clone(&shared);
        let watchdog = Watchdog::new(options, Arc::clone(&shared), stopped);
        let on_panic = move |problem| {
            let name = "thread".to_owned();
            failed.set_state(CameraState::Unavailable(CameraError::Failed { name, problem }));
        };
        let watchdog = spawn("camera-watchdog", move || watchdog.run(), on_panic);
        Self { shared, stop: Some(stop), watchdog: Some(watchdog) }
    }

    /// How it goes.
    #[must_use]
    pub fn status(&self) -> CameraStatus {
        self.shared.status()
    }

    /// Waits until pictures come.
    ///
    /// # Errors
    /// Why they do not: the first attempt failed, or nothing came within the time. The camera is still being tried.
    pub fn wait_until_open(&self, timeout: Duration) -> Result<CameraStatus, CameraError> {
        self.shared.wait_until_open(Instant::now() + timeout)
    }

    /// The newest frame, if it was not taken from here before: for showing. Never waits.
    #[must_use]
    pub fn newest(&self) -> Option<CameraFrame> {
        self.shared.newest.take()
    }

    /// Waits for the next frame to track; `None` where none comes in time. Whoever takes longer for a frame than the
    /// camera gets every second, third, … one. For one worker: the time between two calls counts as its work.
    #[must_use]
    pub fn next_frame(&self, timeout: Duration) -> Option<CameraFrame> {
        self.shared.next_frame(Instant::now() + timeout)
    }

    /// Shows every frame to this from now on, tracked or not: for recording.
    pub fn set_tap(&self, tap: Option<FrameTap>) {
        self.shared.set_tap(tap);
    }
}

impl Drop for LiveCamera {
    fn drop(&mut self) {
        self.stop.take(); // first, or the join would wait for ever
        self.watchdog.take();
    }
}

impl std::fmt::Debug for LiveCamera {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LiveCamera").field("status", &self.status()).finish_non_exhaustive()
    }
}
