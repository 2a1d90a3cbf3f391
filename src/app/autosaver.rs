//! Autosaves: the newest unsaved work goes aside every few seconds, and what another window left is offered.

use super::actions::{Action, Actions, now};
use super::controls::{counted, primary_button_ui};
use super::project::ProjectAction;
use super::project_jobs::{Snapshot, save_aside};
use super::recent::ago;
use super::state::State;
use super::style::{self, GAP};
use super::toasts::Level;
use crate::project::{Autosave, Orphan, orphans};
use crate::session::{Repaint, aside};
use crate::sync::LatestSlot;
use crate::tracks::TrackStore;
use egui::{Align, Label, Layout, Ui};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// A change is at most this old when it is written.
const INTERVAL_SECS: f64 = 5.0;

type Written = LatestSlot<Result<Result<(), String>, String>>;

/// The window's own autosave. Whoever writes holds it, so that nothing is made or written after the end.
#[derive(Default)]
struct Own(Mutex<Place>);

#[derive(Default)]
enum Place {
    /// Nothing was written yet.
    #[default]
    Unmade,
    Made(Arc<Autosave>),
    Over,
}

impl Own {
    fn place(&self) -> MutexGuard<'_, Place> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the newest state; nothing after the end.
    fn write(&self, folder: &Path, snapshot: &Snapshot) -> Result<(), String> {
        let mut place = self.place();
        let autosave = match &*place {
            Place::Over => return Ok(()),
            Place::Made(autosave) => Arc::clone(autosave),
            Place::Unmade => {
                let made = Autosave::create(folder, SystemTime::now()).map_err(|error| error.to_string())?;
                let made = Arc::new(made);
                *place = Place::Made(Arc::clone(&made));
                made
            }
        };
        save_aside(snapshot, &autosave).map_err(|error| error.to_string())
    }

    /// There is nothing unsaved any more.
    fn clear(&self) {
        if let Place::Made(autosave) = &*self.place() {
            autosave.clear();
        }
    }

    /// Leaves nothing behind. Waits for a writer.
    fn end(&self) {
        if let Place::Made(autosave) = std::mem::replace(&mut *self.place(), Place::Over) {
            autosave.remove();
        }
    }
}

/// The window's own autosave, and those on offer.
#[derive(Default)]
pub(super) struct Autosaver {
    folder: Option<PathBuf>,
    own: Arc<Own>,
    /// The tracks in it.
    written: Option<Arc<TrackStore>>,
    writing: Option<(Arc<TrackStore>, Written)>,
    changed_at_secs: Option<f64>,
    has_complained: bool,
    restored: bool,
    looking: Option<LatestSlot<Result<Vec<Orphan>, String>>>,
    /// The newest last.
    offered: Vec<Orphan>,
}

impl Autosaver {
    /// Looks for what other windows left.
    pub(super) fn new(folder: Option<PathBuf>, repaint: &Repaint) -> Self {
        let look = folder.clone().map(|folder| {
            aside("autosaves", Arc::clone(repaint), move || {
                let mut found = orphans(&folder, SystemTime::now());
                found.reverse();
                found
            })
        });
        Self { folder, looking: look, ..Self::default() }
    }

    /// Whether the work was restored and is in no file of the user's yet.
    pub(super) fn is_restored(&self) -> bool {
        self.restored
    }

    /// The autosave on offer; it is ours from now on.
    pub(super) fn take_offered(&mut self) -> Option<Orphan> {
        self.offered.pop()
    }

    /// The user does not want it.
    pub(super) fn discard_offered(&mut self, repaint: &Repaint) {
        if let Some(orphan) = self.offered.pop() {
            drop(aside("discard", Arc::clone(repaint), move || orphan.autosave.remove()));
        }
    }

    /// Goes on with the autosave that was restored, instead of the window's own.
    pub(super) fn adopt(&mut self, autosave: Arc<Autosave>, tracks: Arc<TrackStore>, repaint: &Repaint) {
        let old = std::mem::replace(&mut self.own, Arc::new(Own(Mutex::new(Place::Made(autosave)))));
        drop(aside("autosave", Arc::clone(repaint), move || old.end()));
        (self.written, self.restored) = (Some(tracks), true);
    }

    /// The work is in a file of the user's, or is other work.
    pub(super) fn forget_restored(&mut self) {
        self.restored = false;
    }

    /// At the end: nothing is left behind.
    pub(super) fn end(&mut self) {
        self.own.end();
    }

    fn start_writing(&mut self, snapshot: Snapshot, repaint: Repaint) {
        let Some(folder) = self.folder.clone() else { return };
        let (own, tracks) = (Arc::clone(&self.own), Arc::clone(&snapshot.tracks));
        let job = aside("autosave", repaint, move || own.write(&folder, &snapshot));
        self.writing = Some((tracks, job));
    }

    /// Takes in what was written; returns why nothing was, the first time.
    fn take_written(&mut self) -> Option<String> {
        let result = self.writing.as_ref()?.1.take()?;
        let (tracks, _) = self.writing.take()?;
        match result.and_then(|result| result) {
            Ok(()) => {
                (self.written, self.has_complained) = (Some(tracks), false);
                None
            }
            Err(problem) => {
                self.written = Some(tracks); // not again before the next change
                (!std::mem::replace(&mut self.has_complained, true)).then_some(problem)
            }
        }
    }
}

impl State {
    /// Writes the newest work aside when it is time, and takes in what was found at the start.
    pub(super) fn update_autosave(&mut self, ctx: &egui::Context) {
        if let Some(Ok(found)) = self.autosaver.looking.as_ref().and_then(LatestSlot::take) {
            (self.autosaver.offered, self.autosaver.looking) = (found, None);
        }
        if let Some(problem) = self.autosaver.take_written() {
            let text = "unsaved work cannot be kept aside for a crash";
            self.toasts.add(Level::Warning, text, problem, now(ctx));
        }
        if self.autosaver.folder.is_none() || self.autosaver.writing.is_some() {
            return;
        }
        if !self.is_unsaved() {
            self.autosaver.changed_at_secs = None;
            if self.autosaver.written.take().is_some() {
                let own = Arc::clone(&self.autosaver.own);
                drop(aside("autosave", self.repaint.clone(), move || own.clear()));
            }
            return;
        }
        let Some(snapshot) = self.snapshot() else { return };
        if self.autosaver.written.as_ref().is_some_and(|written| written.is_same_work(&snapshot.tracks)) {
            return;
        }
        let changed_at = *self.autosaver.changed_at_secs.get_or_insert(now(ctx));
        let wait_secs = changed_at + INTERVAL_SECS - now(ctx);
        if wait_secs > 0.0 {
            ctx.request_repaint_after_secs(wait_secs as f32);
        } else {
            self.autosaver.changed_at_secs = None;
            self.autosaver.start_writing(snapshot, self.repaint.clone());
        }
    }

    /// Whether there is something to restore.
    pub(super) fn offers_autosave(&self) -> bool {
        !self.autosaver.offered.is_empty()
    }
}

/// The banner that offers what another window left.
pub(super) fn banner_ui(ui: &mut Ui, state: &State, actions: &mut Actions) {
    let Some(orphan) = state.autosaver.offered.last() else { return };
    let age = SystemTime::now().duration_since(orphan.written_at).map_or(0, |age| age.as_secs());
    let points = counted(orphan.project.tracks.len(), "point");
    let text = format!("Unsaved work was left behind: {}, {points}, {}.", orphan.project.clip.name(), ago(age));
    let details = format!("Cotrail did not close properly.\n{}", orphan.project.clip.absolute.as_path().display());
    let keep = ("Restore", "Open it again", Action::Project(ProjectAction::Restore));
    let discard = ("Remove this unsaved work", Action::Project(ProjectAction::DiscardAutosave));
    offer_ui(ui, &text, &details, keep, discard, actions);
}

/// A line across the window that offers something left behind: what is done with it, and what removes it.
pub(super) fn offer_ui(
    ui: &mut Ui,
    text: &str,
    details: &str,
    keep: (&str, &str, Action),
    discard: (&str, Action),
    actions: &mut Actions,
) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.add_space(2.0 * GAP);
        if ui.button("Discard").on_hover_text(discard.0).clicked() {
            actions.push(discard.1);
        }
        if primary_button_ui(ui, keep.0, true).on_hover_text(keep.1).clicked() {
            actions.push(keep.2);
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.add_space(2.0 * GAP);
            let text = egui::RichText::new(text).color(style::tokens(ui).text);
            let label = ui.add(Label::new(text).truncate()).on_hover_text(details);
            ui.ctx().accesskit_node_builder(label.id, |node| node.set_live(egui::accesskit::Live::Polite));
        });
    });
}
