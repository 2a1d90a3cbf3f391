//! Which cameras there are. The system is asked on a thread beside the window.

use crate::media::{CameraError, CameraFormat, CameraId, CameraListing, list_cameras, open_camera};
use crate::project::{Places, recordings_of_the_user};
use crate::session::{CameraOpener, Repaint, aside};
use crate::sync::LatestSlot;
use std::path::PathBuf;
use std::sync::Arc;

/// Lists the cameras; called on a thread of its own.
type Lister = Arc<dyn Fn() -> Result<Vec<CameraListing>, CameraError> + Send + Sync>;
type Found = Result<Vec<CameraListing>, String>;

/// The cameras that the window can show.
#[derive(Clone)]
pub struct Cameras {
    /// Lists them.
    pub list: Lister,
    /// Opens one.
    pub open: CameraOpener,
    /// Where recordings go.
    pub recordings: PathBuf,
    /// Where the older tracks of a long stream lie while it lasts.
    pub streams: Option<PathBuf>,
}

impl Cameras {
    /// Those of the system, recorded into the user's folder of videos.
    #[must_use]
    pub fn of_the_system() -> Self {
        Self {
            list: Arc::new(list_cameras),
            open: Arc::new(open_camera),
            recordings: recordings_of_the_user(),
            streams: Places::of_the_user().map(|places| places.streams()),
        }
    }
}

pub(crate) struct Chooser {
    pub(super) cameras: Cameras,
    pub(crate) is_open: bool,
    pub(super) looking: Option<LatestSlot<Result<Found, String>>>,
    pub(super) found: Option<Found>,
    /// Where recordings go, if the user chose a folder.
    pub(crate) chosen: Option<PathBuf>,
}

impl Chooser {
    pub(super) fn new(cameras: Cameras) -> Self {
        Self { cameras, is_open: false, looking: None, found: None, chosen: None }
    }

    /// Where recordings go.
    pub(crate) fn recordings(&self) -> PathBuf {
        self.chosen.as_ref().unwrap_or(&self.cameras.recordings).clone()
    }

    pub(super) fn open(&mut self, repaint: &Repaint) {
        self.is_open = true;
        self.look(repaint);
    }

    /// Asks the system, unless that is being done.
    pub(super) fn look(&mut self, repaint: &Repaint) {
        if self.looking.is_none() {
            let list = Arc::clone(&self.cameras.list);
            let job = move || match list() {
                Err(CameraError::NoCameras) => Ok(Vec::new()),
                other => other.map_err(|error| error.to_string()),
            };
            self.looking = Some(aside("cameras", Arc::clone(repaint), job));
        }
    }

    pub(super) fn update(&mut self) {
        let Some(found) = self.looking.as_ref().and_then(LatestSlot::take) else { return };
        self.looking = None;
        let mut found = found.unwrap_or_else(Err);
        // A camera that is in use here does not tell its formats again.
        for listing in found.iter_mut().flatten().filter(|listing| listing.formats.is_err()) {
            let known = self.formats(&listing.id).to_vec();
            if !known.is_empty() {
                listing.formats = Ok(known);
            }
        }
        self.found = Some(found);
    }

    /// The formats of a camera, as far as they are known.
    pub(super) fn formats(&self, id: &CameraId) -> &[CameraFormat] {
        let mut listings = self.found.iter().flatten().flatten();
        let known = listings.find(|listing| listing.id == *id && listing.formats.is_ok());
        known.and_then(|listing| listing.formats.as_deref().ok()).unwrap_or(&[])
    }
}
