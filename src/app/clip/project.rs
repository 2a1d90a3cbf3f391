//! The project around the clip: what is not saved yet, what is written, and what a project brings when it is opened.

use super::project_jobs::{Arriving, Job, Loaded, Snapshot, load, restore, save};
use super::room::ClipRoom;
use crate::app::canvas::look::Look;
use crate::app::desk::Desk;
use crate::app::desk::dialogs::Question;
use crate::app::desk::prompt::{PathPurpose, Prompt};
use crate::app::kit::words::name_of;
use crate::app::model::status::ModelStatus;
use crate::geometry::FrameIndex;
use crate::media::{ClipSource, OpenOptions};
use crate::project::{EXTENSION, Located, Project, ProjectError, SavedTracking, SavedView};
use crate::session::{Movement, aside};
use crate::sync::{Generation, LatestSlot};
use egui::ViewportCommand;
use std::path::{Path, PathBuf};
use std::sync::Arc;

impl ClipRoom {
    /// Whether there is work that closing would lose.
    pub(crate) fn is_unsaved(&self) -> bool {
        let Some(clip) = self.session.clip() else { return false };
        let is_same = self.projects.saved.as_ref().is_some_and(|saved| saved.is_same_work(clip.tracks()));
        !is_same && (self.projects.path.is_some() || self.autosaver.is_restored || !clip.tracks().is_empty())
    }

    /// What the work is called, with a dot while it is not saved.
    pub(crate) fn work_name(&self) -> Option<String> {
        let clip = self.session.clip()?.path();
        let name = name_of(self.projects.path.as_deref().unwrap_or(clip));
        Some(if self.is_unsaved() { format!("• {name}") } else { name })
    }

    /// Says in the window's title what the work is called.
    pub(crate) fn show_title(&mut self, desk: &Desk) {
        let title = self.work_name().map_or_else(|| "Cotrail".to_owned(), |name| format!("{name} – Cotrail"));
        if title != self.projects.title {
            desk.ctx.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.projects.title = title;
        }
    }

    /// Everything that a project file holds, as it is now; cheap.
    pub(super) fn snapshot(&self, model: &ModelStatus, look: &Look) -> Option<Snapshot> {
        let clip = self.session.clip()?;
        let tracking = model.ready().filter(|_| !clip.tracks().is_empty()).map(|model| {
            let size = model.tracker.model_size.unwrap_or(model.config.clip_size());
            SavedTracking {
                weights: model.weights.clone(),
                weights_sha256: model.weights_sha256.clone(),
                iterations: model.tracker.iters.unwrap_or(model.config.iters),
                support_grid: model.tracker.support_grid,
                model_size: [size.width, size.height],
            }
        });
        Some(Snapshot {
            clip: clip.source().clone(),
            num_frames: clip.info().num_frames(),
            tracks: Arc::clone(clip.tracks()),
            tracking,
            view: SavedView {
                frame: self.player.playhead,
                range: self.range,
                trails: look.shows_trails,
                trail_frames: look.trail_frames,
            },
            origin: self.projects.path.clone(),
        })
    }

    /// Saves where the project lies, or asks where to.
    pub(crate) fn save(&mut self, desk: &mut Desk, model: &ModelStatus, look: &Look) {
        match self.projects.path.clone() {
            Some(path) => self.start_saving(desk, model, look, &path, true),
            None => desk.ask(Question::SaveProject(self.suggested_path())),
        }
    }

    /// Where a project is saved if nothing else is said.
    pub(crate) fn suggested_path(&self) -> PathBuf {
        let clip = self.session.clip().map(|clip| clip.path().with_extension(EXTENSION));
        self.projects.path.clone().or(clip).unwrap_or_else(|| PathBuf::from("project").with_extension(EXTENSION))
    }

    pub(crate) fn start_saving(
        &mut self,
        desk: &mut Desk,
        model: &ModelStatus,
        look: &Look,
        path: &Path,
        replaces: bool,
    ) {
        desk.prompt = None;
        let Some(snapshot) = self.snapshot(model, look).filter(|_| self.projects.saving.is_none()) else { return };
        let (target, tracks) = (path.to_owned(), Arc::clone(&snapshot.tracks));
        let job = aside("save", desk.repaint.clone(), move || save(&snapshot, &target, replaces));
        self.projects.saving = Some((path.to_owned(), tracks, job));
    }

    pub(crate) fn load(&mut self, desk: &Desk, path: PathBuf) {
        self.start_loading(desk, move || load(&path));
    }

    /// Begins to take up the autosave that is offered.
    pub(crate) fn restore(&mut self, desk: &Desk) {
        if let Some(orphan) = self.autosaver.offered.pop() {
            self.start_loading(desk, move || restore(orphan));
        }
    }

    /// This may be the clip of the project that is being opened.
    pub(crate) fn locate(&mut self, desk: &mut Desk, path: PathBuf) {
        let Some(waiting) = self.projects.waiting.take() else { return };
        desk.prompt = None;
        self.start_loading(desk, move || {
            let located = if waiting.clip.is_same(&path) { Located::Same(path) } else { Located::Changed(path) };
            Ok(Loaded { located, ..*waiting })
        });
    }

    fn start_loading(&mut self, desk: &Desk, read: impl FnOnce() -> Result<Loaded, ProjectError> + Send + 'static) {
        let job: Job<Box<Loaded>> = aside("project", desk.repaint.clone(), move || read().map(Box::new));
        self.projects.loading = Some(job);
    }

    /// Takes in a project that was read; returns why it was not.
    pub(crate) fn take_loaded(&mut self, desk: &mut Desk) -> Option<String> {
        let result = self.projects.loading.as_ref().and_then(LatestSlot::take)?;
        self.projects.loading = None;
        match flat(result) {
            Ok(loaded) => {
                let located = loaded.located.clone();
                self.projects.waiting = Some(loaded);
                match located {
                    Located::Same(path) => self.open_waiting(desk, &path),
                    Located::Changed(_) | Located::Missing => desk.prompt = Some(Prompt::Relink),
                }
                None
            }
            Err(error) => Some(error),
        }
    }

    /// Opens the project that waits for its clip with this one.
    pub(crate) fn open_waiting(&mut self, desk: &mut Desk, clip: &Path) {
        desk.prompt = None;
        if let Some(waiting) = self.projects.waiting.take() {
            let Loaded { path, clip: saved, view, tracks, autosave, .. } = *waiting;
            let options = OpenOptions { frame_rate: saved.frame_rate, stream: saved.stream };
            let source = ClipSource { path: clip.to_owned(), options };
            let generation = self.session.open_with_tracks(source, tracks);
            self.projects.arriving = Some(Arriving { generation, path, view, autosave });
        }
    }

    /// There is no system dialog: the place of the clip is typed.
    pub(crate) fn type_clip_path(&self, desk: &mut Desk) {
        if let Some(waiting) = &self.projects.waiting {
            desk.ask_for_path(waiting.clip.absolute.as_path().display().to_string(), PathPurpose::Locate);
        }
    }

    /// A clip is open, of a project or by itself.
    pub(crate) fn opened(&mut self, desk: &mut Desk, look: &mut Look, generation: Generation) {
        let arriving = self.projects.arriving.take().filter(|arriving| arriving.generation == generation);
        let Some(clip) = self.session.clip() else { return };
        let (tracks, clip_path) = (Arc::clone(clip.tracks()), clip.path().to_owned());
        let last = FrameIndex::new(clip.info().num_frames().saturating_sub(1));
        (self.projects.path, self.projects.saved) = (None, Some(Arc::clone(&tracks)));
        self.autosaver.is_restored = false;
        let Some(Arriving { path, view, autosave, .. }) = arriving else {
            if desk.demo.as_ref() != Some(&clip_path) {
                desk.memory.remember(&clip_path);
            }
            return;
        };
        if let Some(autosave) = autosave {
            self.projects.saved = None; // it is in no file of the user's
            self.autosaver.adopt(autosave, tracks, &desk.repaint);
        }
        if let Some(path) = &path {
            desk.memory.remember(path);
        }
        self.projects.path = path;
        (look.shows_trails, look.trail_frames) = (view.trails, view.trail_frames.clamp(1, 200));
        self.range = view.range; // within the clip: reading the file has seen to that
        self.player.playhead = view.frame.min(last);
        self.session.show(self.player.playhead, Movement::Forward);
    }

    pub(crate) fn close(&mut self) {
        self.session.close();
        self.pictures.clear();
        (self.projects.path, self.projects.saved) = (None, None);
        self.autosaver.is_restored = false;
    }
}

/// A job's result, whichever way it failed, in words.
pub(crate) fn flat<T>(result: Result<Result<T, ProjectError>, String>) -> Result<T, String> {
    result.and_then(|result| result.map_err(|error| error.to_string()))
}

/// A project's path with the ending that it has to have.
pub(crate) fn with_extension(path: &Path) -> PathBuf {
    if Project::is_named(path) {
        return path.to_owned();
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(EXTENSION);
    name.into()
}
