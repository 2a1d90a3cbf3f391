//! The tracks of the camera that was open last: they can be exported until another one has points, by another window,
//! too, if this one ends without a word.

use super::{Live, LiveAction};
use crate::app::actions::{Action, Actions};
use crate::app::autosaver::offer_ui;
use crate::app::controls::counted;
use crate::app::keys::Command;
use crate::app::recent::ago;
use crate::app::state::State;
use crate::session::{Repaint, aside};
use crate::sync::LatestSlot;
use crate::tracks::{LeftLog, TrackLog};
use egui::Ui;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

/// What is known of the last stream.
#[derive(Default)]
pub(super) struct LastStream {
    looking: Option<LatestSlot<Result<Option<LeftLog>, String>>>,
    log: Option<Arc<TrackLog>>,
    /// Its files, where another window left them.
    left: Option<LeftLog>,
    /// That window ended without a word: the user is asked.
    is_offered: bool,
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

    fn update(&mut self, repaint: &Repaint) {
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
}

impl Live {
    /// Everything that was said of the points of the camera that was open last.
    pub(in crate::app) fn last_log(&self) -> Option<&Arc<TrackLog>> {
        self.last.log.as_ref()
    }

    /// Whether the camera that is open has followed points that are in no file of the user's.
    pub(in crate::app) fn is_unexported(&self) -> bool {
        self.view.as_ref().is_some_and(|view| !view.log().is_settled())
    }

    /// The user has exported the tracks of the camera that is open, or wants no more of them; it is to be closed.
    pub(in crate::app) fn settle(&mut self) {
        if let Some(view) = &mut self.view {
            view.log().settle();
            view.is_given_up = true;
        }
    }

    /// The program ends.
    pub(in crate::app) fn end(&self) {
        if let Some(view) = &self.view {
            view.forget_if_given_up();
        }
    }
}

impl State {
    /// Takes in what another window left, and keeps what is known of this stream beside its tracks.
    pub(super) fn update_last_stream(&mut self) {
        self.live.last.update(&self.repaint);
        let has_news = self.live.view.as_mut().is_some_and(|view| std::mem::take(&mut view.has_news));
        if has_news && let Some((log, description)) = self.describe_stream() {
            log.describe(description);
        }
    }

    /// Whether another window left tracks of a camera.
    pub(in crate::app) fn offers_last_stream(&self) -> bool {
        self.live.last.is_offered && self.live.last.left.is_some() && !self.live.is_open()
    }

    /// The user does not want what another window left.
    pub(super) fn discard_last_stream(&mut self) {
        self.live.last.log = None;
        if let Some(left) = self.live.last.left.take() {
            drop(aside("last camera", Arc::clone(&self.repaint), move || left.remove()));
        }
    }
}

/// The banner that offers the tracks of a camera that another window left.
pub(in crate::app) fn last_stream_ui(ui: &mut Ui, state: &State, actions: &mut Actions) {
    let Some(left) = &state.live.last.left else { return };
    let age = SystemTime::now().duration_since(left.written_at()).map_or(0, |age| age.as_secs());
    let points = counted(left.log().status().num_tracks, "point");
    let description = left.log().description();
    let camera = description.as_ref().map_or("a camera", |description| &description.about.source.path);
    let text = format!("Tracks of a camera were left behind: {camera}, {points}, {}.", ago(age));
    let keep = ("Export…", "Write them into tables", Action::Run(Command::ExportLast));
    let discard = ("Remove these tracks", Action::Live(LiveAction::DiscardLast));
    offer_ui(ui, &text, "Cotrail ended without an export of them.", keep, discard, actions);
}
