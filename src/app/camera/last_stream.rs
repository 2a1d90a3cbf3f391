//! The tracks of the camera that was open last. They can be exported until another camera has points; after a crash, by
//! another window.

use crate::app::actions::{Actions, CameraAction};
use crate::app::kit::commands::Command;
use crate::app::kit::controls::offer_ui;
use crate::app::kit::words::{ago, counted};
use crate::session::{Repaint, aside};
use crate::sync::LatestSlot;
use crate::tracks::{LeftLog, TrackLog};
use egui::Ui;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

#[derive(Default)]
pub(crate) struct LastStream {
    looking: Option<LatestSlot<Result<Option<LeftLog>, String>>>,
    pub(crate) log: Option<Arc<TrackLog>>,
    /// Its files, where another window left them.
    pub(super) left: Option<LeftLog>,
    /// That window ended without a word: the user is asked.
    pub(super) is_offered: bool,
}

impl LastStream {
    /// Looks for what another window left.
    pub(super) fn look(folder: Option<PathBuf>, repaint: &Repaint) -> Self {
        let looking = folder.map(|folder| aside("last camera", Arc::clone(repaint), move || LeftLog::find(&folder)));
        Self { looking, ..Self::default() }
    }

    /// A stream ends.
    pub(super) fn take(&mut self, log: &Arc<TrackLog>) {
        if log.status().num_tracks > 0 {
            (self.log, self.left) = (Some(Arc::clone(log)), None);
        }
    }

    pub(super) fn update(&mut self, repaint: &Repaint) {
        if let Some(found) = self.looking.as_ref().and_then(LatestSlot::take) {
            self.looking = None;
            if let (None, Ok(Some(left))) = (&self.log, found) {
                self.is_offered = !left.log().is_settled();
                (self.log, self.left) = (Some(Arc::clone(left.log())), Some(left));
            }
        }
        // Whatever is in a file of the user's need not be offered again.
        let is_done = self.is_offered && self.left.as_ref().is_some_and(|left| left.log().is_settled());
        if is_done && let Some(left) = self.left.take() {
            drop(aside("last camera", Arc::clone(repaint), move || left.remove()));
        }
    }

    /// Whether another window left tracks of a camera.
    pub(crate) fn is_on_offer(&self) -> bool {
        self.is_offered && self.left.is_some()
    }

    /// The user does not want what another window left.
    pub(super) fn discard(&mut self, repaint: &Repaint) {
        self.log = None;
        if let Some(left) = self.left.take() {
            drop(aside("last camera", Arc::clone(repaint), move || left.remove()));
        }
    }
}

/// The banner that offers the tracks of a camera that another window left.
pub(crate) fn last_stream_ui(ui: &mut Ui, last: &LastStream, actions: &mut Actions) {
    let Some(left) = &last.left else { return };
    let age = SystemTime::now().duration_since(left.written_at()).map_or(0, |age| age.as_secs());
    let points = counted(left.log().status().num_tracks, "point");
    let description = left.log().description();
    let camera = description.as_ref().map_or("a camera", |description| &description.about.source.path);
    let text = format!("Tracks of a camera were left behind: {camera}, {points}, {}.", ago(age));
    let keep = ("Export…", "Write them into tables", Command::ExportLast.into());
    let discard = ("Remove these tracks", CameraAction::DiscardLast.into());
    offer_ui(ui, &text, "Cotrail ended without an export of them.", keep, discard, actions);
}
