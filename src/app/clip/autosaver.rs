//! Autosaves: the newest unsaved work goes aside every few seconds, and what another window left is offered.

use super::project_jobs::{Snapshot, save_aside};
use crate::app::actions::{Actions, ProjectAction};
use crate::app::kit::controls::offer_ui;
use crate::app::kit::words::{ago, counted};
use crate::project::{Autosave, Orphan, orphans};
use crate::session::{Repaint, aside};
use crate::sync::LatestSlot;
use crate::tracks::TrackStore;
use egui::Ui;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// A change is at most this old when it is written.
pub(super) const INTERVAL_SECS: f64 = 5.0;

pub(super) type Written = LatestSlot<Result<Result<(), String>, String>>;

/// The window's own autosave. Whoever writes holds it, so that nothing is made or written after the end.
#[derive(Default)]
pub(super) struct Own(Mutex<Place>);

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
    pub(super) fn clear(&self) {
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
pub(crate) struct Autosaver {
    pub(super) folder: Option<PathBuf>,
    pub(super) own: Arc<Own>,
    /// The tracks in it.
    pub(super) written: Option<Arc<TrackStore>>,
    pub(super) writing: Option<(Arc<TrackStore>, Written)>,
    pub(super) changed_at_secs: Option<f64>,
    has_complained: bool,
    /// Whether the work was restored and is in no file of the user's yet.
    pub(crate) is_restored: bool,
    pub(super) looking: Option<LatestSlot<Result<Vec<Orphan>, String>>>,
    /// The newest last.
    pub(crate) offered: Vec<Orphan>,
}

impl Autosaver {
    /// Looks for what other windows left.
    pub(crate) fn new(folder: Option<PathBuf>, repaint: &Repaint) -> Self {
        let look = folder.clone().map(|folder| {
            aside("autosaves", Arc::clone(repaint), move || {
                let mut found = orphans(&folder, SystemTime::now());
                found.reverse();
                found
            })
        });
        Self { folder, looking: look, ..Self::default() }
    }

    /// The user does not want it.
    pub(crate) fn discard_offered(&mut self, repaint: &Repaint) {
        if let Some(orphan) = self.offered.pop() {
            drop(aside("discard", Arc::clone(repaint), move || orphan.autosave.remove()));
        }
    }

    /// Goes on with the autosave that was restored, instead of the window's own.
    pub(crate) fn adopt(&mut self, autosave: Arc<Autosave>, tracks: Arc<TrackStore>, repaint: &Repaint) {
        let old = std::mem::replace(&mut self.own, Arc::new(Own(Mutex::new(Place::Made(autosave)))));
        drop(aside("autosave", Arc::clone(repaint), move || old.end()));
        (self.written, self.is_restored) = (Some(tracks), true);
    }

    /// At the end: nothing is left behind.
    pub(crate) fn end(&mut self) {
        self.own.end();
    }

    pub(super) fn start_writing(&mut self, snapshot: Snapshot, repaint: Repaint) {
        let Some(folder) = self.folder.clone() else { return };
        let (own, tracks) = (Arc::clone(&self.own), Arc::clone(&snapshot.tracks));
        let job = aside("autosave", repaint, move || own.write(&folder, &snapshot));
        self.writing = Some((tracks, job));
    }

    /// Takes in what was written; returns why nothing was, the first time.
    pub(super) fn take_written(&mut self) -> Option<String> {
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

/// The banner that offers what another window left.
pub(crate) fn banner_ui(ui: &mut Ui, autosaver: &Autosaver, actions: &mut Actions) {
    let Some(orphan) = autosaver.offered.last() else { return };
    let age = SystemTime::now().duration_since(orphan.written_at).map_or(0, |age| age.as_secs());
    let points = counted(orphan.project.tracks.len(), "point");
    let text = format!("Unsaved work was left behind: {}, {points}, {}.", orphan.project.clip.name(), ago(age));
    let details = format!("Cotrail did not close properly.\n{}", orphan.project.clip.absolute.as_path().display());
    let keep = ("Restore", "Open it again", ProjectAction::Restore.into());
    let discard = ("Remove this unsaved work", ProjectAction::DiscardAutosave.into());
    offer_ui(ui, &text, &details, keep, discard, actions);
}
