//! Projects in the window: what is open, what is not saved yet, and what happens before work would be lost.

use super::actions::now;
use super::dialogs::Question;
use super::project_jobs::{Loaded, Snapshot, load, locate_again, save};
use super::state::{ModelStatus, PathPurpose, Prompt, State};
use super::toasts::{Level, Topic};
use crate::media::{CameraRequest, ClipSource, OpenOptions};
use crate::project::{Autosave, EXTENSION, Located, Project, ProjectError, SavedTracking, SavedView};
use crate::session::aside;
use crate::sync::{Generation, LatestSlot};
use crate::tracks::TrackStore;
use egui::ViewportCommand;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the user wants to do that would close the current work.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Leave {
    /// Opens a clip, a folder or a project.
    Open(ClipSource),
    /// Begins anew with the same clip.
    New,
    /// Goes to the start page.
    Close,
    /// Ends the program.
    Quit,
    /// Takes up what a window left that ended without a word.
    Restore,
    /// Closes the camera; the clip behind it stays.
    Camera,
    /// Opens a camera, in place of one that is open; the clip behind it stays.
    OpenCamera(CameraRequest),
}

impl Leave {
    /// Whether the clip is closed by it.
    fn ends_clip(&self) -> bool {
        !matches!(self, Self::Camera | Self::OpenCamera(_))
    }
}

/// What the user does about projects.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ProjectAction {
    /// Saves first, then goes on.
    SaveAndLeave(Leave),
    /// Goes on; what is not saved is lost.
    Discard(Leave),
    /// Exports the tracks of the camera first, then goes on.
    ExportAndLeave(Leave),
    /// Goes on without an export of the camera's tracks.
    LeaveTracks(Leave),
    /// Saves under a name that was typed; asks before something is replaced.
    SaveAs(PathBuf),
    /// Saves, whatever stands there.
    Replace(PathBuf),
    /// Looks for the clip of the project that is being opened.
    Locate,
    /// This may be the clip.
    Located(PathBuf),
    /// This is to be the clip, though it differs.
    OpenAnyway(PathBuf),
    /// Takes up the autosave that is offered.
    Restore,
    /// Removes the autosave that is offered.
    DiscardAutosave,
    /// Takes a file from the list of recent ones.
    Forget(PathBuf),
}

/// Why a path is typed.
pub(super) const NO_DIALOG: &str = "The system offers no file dialog here.";

type Job<T> = LatestSlot<Result<Result<T, ProjectError>, String>>;

/// A project whose clip is being opened.
struct Arriving {
    generation: Generation,
    path: Option<PathBuf>,
    view: SavedView,
    autosave: Option<Arc<Autosave>>,
}

/// The project that is open, and the jobs on files.
#[derive(Default)]
pub(super) struct Projects {
    /// Where the project lies; none before it is saved for the first time.
    pub(super) path: Option<PathBuf>,
    /// The tracks as they are in the file, or as they were when the clip was opened.
    pub(super) saved: Option<Arc<TrackStore>>,
    saving: Option<(PathBuf, Arc<TrackStore>, Job<()>)>,
    loading: Option<Job<Box<Loaded>>>,
    /// A project that lacks its clip.
    pub(super) waiting: Option<Box<Loaded>>,
    arriving: Option<Arriving>,
    after_save: Option<Leave>,
    may_quit: bool,
    title: String,
}

impl Projects {
    /// Whether a project is being read.
    pub(super) fn is_loading(&self) -> bool {
        self.loading.is_some()
    }

    /// Forgets what was to be done after saving, and the project that lacks its clip.
    pub(super) fn give_up(&mut self) {
        (self.after_save, self.waiting) = (None, None);
    }
}

impl State {
    /// Whether there is work that closing would lose.
    pub(super) fn is_unsaved(&self) -> bool {
        let Some(clip) = self.session.clip() else { return false };
        let is_same = self.projects.saved.as_ref().is_some_and(|saved| saved.is_same_work(clip.tracks()));
        !is_same && (self.projects.path.is_some() || self.autosaver.is_restored() || !clip.tracks().is_empty())
    }

    /// Does what would close the current work, after a question if some of it is not saved.
    pub(super) fn leave(&mut self, ctx: &egui::Context, leave: Leave) {
        self.prompt = self.question_before(&leave);
        if self.prompt.is_none() {
            self.go(ctx, leave);
        }
    }

    /// What is asked before something is done that would lose work.
    fn question_before(&self, leave: &Leave) -> Option<Prompt> {
        if self.live.is_unexported() {
            return Some(Prompt::LiveTracks(leave.clone()));
        }
        (leave.ends_clip() && self.is_unsaved()).then(|| Prompt::Unsaved(leave.clone()))
    }

    fn go(&mut self, ctx: &egui::Context, leave: Leave) {
        self.prompt = None;
        self.projects.give_up();
        self.projects.arriving.take_if(|_| leave.ends_clip());
        match leave {
            Leave::Camera => self.close_camera(),
            Leave::OpenCamera(request) => self.open_camera(request),
            Leave::Open(ClipSource { path, .. }) if Project::is_named(&path) => {
                let job = aside("project", self.repaint.clone(), move || load(&path).map(Box::new));
                self.projects.loading = Some(job);
            }
            Leave::Open(source) => drop(self.session.open(source)),
            Leave::New => {
                if let Some(source) = self.session.clip().map(|clip| clip.source().clone()) {
                    self.session.open(source);
                }
            }
            Leave::Close => {
                self.session.close();
                self.pictures.clear();
                (self.projects.path, self.projects.saved) = (None, None);
                self.autosaver.forget_restored();
                self.begin_clip();
            }
            Leave::Quit => {
                self.live.end();
                self.projects.may_quit = true;
                ctx.send_viewport_cmd(ViewportCommand::Close);
            }
            Leave::Restore => {
                if let Some(orphan) = self.autosaver.take_offered() {
                    let job = move || super::project_jobs::restore(orphan).map(Box::new);
                    self.projects.loading = Some(aside("project", self.repaint.clone(), job));
                }
            }
        }
    }

    /// Applies an action about projects.
    pub(super) fn apply_project(&mut self, ctx: &egui::Context, action: ProjectAction) {
        match action {
            ProjectAction::SaveAndLeave(leave) => {
                self.prompt = None;
                self.projects.after_save = Some(leave);
                self.save_project();
            }
            ProjectAction::Discard(leave) => self.go(ctx, leave),
            ProjectAction::ExportAndLeave(leave) => {
                self.prompt = None;
                self.open_export();
                self.export.after = Some(leave);
            }
            ProjectAction::LeaveTracks(leave) => {
                self.live.settle();
                self.leave(ctx, leave);
            }
            ProjectAction::SaveAs(path) => self.start_saving(&with_extension(&path), false),
            ProjectAction::Replace(path) => self.start_saving(&path, true),
            ProjectAction::Locate => self.ask(Question::Clip),
            ProjectAction::Located(path) => self.locate(path),
            ProjectAction::OpenAnyway(path) => self.open_waiting(&path),
            ProjectAction::Restore => self.leave(ctx, Leave::Restore),
            ProjectAction::DiscardAutosave => self.autosaver.discard_offered(&self.repaint),
            ProjectAction::Forget(path) => self.memory.settings.forget(&path),
        }
    }

    /// Saves where the project lies, or asks where to.
    pub(super) fn save_project(&mut self) {
        match self.projects.path.clone() {
            Some(path) => self.start_saving(&path, true),
            None => self.save_project_as(),
        }
    }

    /// Asks where to save.
    pub(super) fn save_project_as(&mut self) {
        self.ask(Question::SaveProject(self.suggested_path()));
    }

    /// Takes the name that a system dialog gave. It has asked about replacing what it knows of.
    pub(super) fn save_to(&mut self, chosen: &Path) {
        let path = with_extension(chosen);
        self.start_saving(&path, path == chosen);
    }

    /// There is no system dialog: the name is typed.
    pub(super) fn type_project_path(&mut self) {
        let text = self.suggested_path().display().to_string();
        let note = NO_DIALOG.to_owned();
        self.prompt = Some(Prompt::Path { text, note, needs_focus: true, purpose: PathPurpose::Save });
    }

    /// There is no system dialog: the place of the clip is typed.
    pub(super) fn type_clip_path(&mut self) {
        let Some(waiting) = &self.projects.waiting else { return };
        let text = waiting.clip.absolute.as_path().display().to_string();
        let note = NO_DIALOG.to_owned();
        self.prompt = Some(Prompt::Path { text, note, needs_focus: true, purpose: PathPurpose::Locate });
    }

    fn suggested_path(&self) -> PathBuf {
        let clip = self.session.clip().map(|clip| clip.path().with_extension(EXTENSION));
        self.projects.path.clone().or(clip).unwrap_or_else(|| PathBuf::from("project").with_extension(EXTENSION))
    }

    /// Everything that a project file holds, as it is now; cheap.
    pub(super) fn snapshot(&self) -> Option<Snapshot> {
        let clip = self.session.clip()?;
        let tracking = match &self.model {
            ModelStatus::Ready(model) if !clip.tracks().is_empty() => {
                let size = model.tracker.model_size.unwrap_or(model.config.clip_size());
                Some(SavedTracking {
                    weights: model.weights.clone(),
                    weights_sha256: model.weights_sha256.clone(),
                    iterations: model.tracker.iters.unwrap_or(model.config.iters),
                    support_grid: model.tracker.support_grid,
                    model_size: [size.width, size.height],
                })
            }
            _ => None,
        };
        Some(Snapshot {
            clip: clip.source().clone(),
            num_frames: clip.info().num_frames(),
            tracks: Arc::clone(clip.tracks()),
            tracking,
            view: SavedView {
                frame: self.player.playhead,
                range: self.range,
                trails: self.shows_trails,
                trail_frames: self.trail_frames,
            },
            origin: self.projects.path.clone(),
        })
    }

    fn start_saving(&mut self, path: &Path, replaces: bool) {
        self.prompt = None;
        let Some(snapshot) = self.snapshot().filter(|_| self.projects.saving.is_none()) else { return };
        let (target, tracks) = (path.to_owned(), Arc::clone(&snapshot.tracks));
        let job = aside("save", self.repaint.clone(), move || save(&snapshot, &target, replaces));
        self.projects.saving = Some((path.to_owned(), tracks, job));
    }

    /// Takes in what jobs on files have brought.
    pub(super) fn update_projects(&mut self, ctx: &egui::Context) {
        if let Some(result) = self.projects.saving.as_ref().and_then(|(.., job)| job.take())
            && let Some((path, tracks, _)) = self.projects.saving.take()
        {
            self.saved(ctx, path, tracks, result);
        }
        if let Some(result) = self.projects.loading.as_ref().and_then(LatestSlot::take) {
            self.projects.loading = None;
            match flat(result) {
                Ok(loaded) => self.loaded(loaded),
                Err(error) => self.toasts.add_on(
                    Topic::Open,
                    Level::Error,
                    format!("cannot open the project: {error}"),
                    "",
                    now(ctx),
                ),
            }
        }
        if let Some(leave) = self.export.exported_before.take() {
            self.live.settle();
            self.leave(ctx, leave);
        }
        if ctx.input(|input| input.viewport().close_requested()) && !self.projects.may_quit {
            if self.projects.saving.is_some() {
                self.projects.after_save = Some(Leave::Quit);
                ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            } else if let Some(question) = self.question_before(&Leave::Quit) {
                self.prompt = Some(question);
                ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            }
        }
        self.show_title(ctx);
    }

    fn saved(
        &mut self,
        ctx: &egui::Context,
        path: PathBuf,
        tracks: Arc<TrackStore>,
        result: Result<Result<(), ProjectError>, String>,
    ) {
        match result {
            Ok(Ok(())) => {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                self.toasts.add_on(
                    Topic::Save,
                    Level::Done,
                    format!("saved {name}"),
                    path.display().to_string(),
                    now(ctx),
                );
                self.memory.remember(&path);
                self.autosaver.forget_restored();
                (self.projects.path, self.projects.saved) = (Some(path), Some(tracks));
                if let Some(leave) = self.projects.after_save.take() {
                    self.go(ctx, leave);
                }
            }
            Ok(Err(ProjectError::Exists(path))) => self.prompt = Some(Prompt::ReplaceFile(path)),
            other => {
                // The name is not lost: it is asked for again, with the reason.
                let note = format!("Cannot save: {}.", flat(other).err().unwrap_or_default());
                let (text, purpose) = (path.display().to_string(), PathPurpose::Save);
                self.prompt = Some(Prompt::Path { text, note, needs_focus: true, purpose });
            }
        }
    }

    fn loaded(&mut self, loaded: Box<Loaded>) {
        match loaded.located.clone() {
            Located::Same(path) => {
                self.projects.waiting = Some(loaded);
                self.open_waiting(&path);
            }
            Located::Changed(_) | Located::Missing => {
                self.projects.waiting = Some(loaded);
                self.prompt = Some(Prompt::Relink);
            }
        }
    }

    fn locate(&mut self, path: PathBuf) {
        let Some(waiting) = self.projects.waiting.take() else { return };
        self.prompt = None;
        let job = aside("project", self.repaint.clone(), move || Ok(Box::new(locate_again(*waiting, path))));
        self.projects.loading = Some(job);
    }

    fn open_waiting(&mut self, clip: &Path) {
        self.prompt = None;
        if let Some(waiting) = self.projects.waiting.take() {
            let Loaded { path, clip: saved, view, tracks, autosave, .. } = *waiting;
            let options = OpenOptions { frame_rate: saved.frame_rate, stream: saved.stream };
            let source = ClipSource { path: clip.to_owned(), options };
            let generation = self.session.open_with_tracks(source, tracks);
            self.projects.arriving = Some(Arriving { generation, path, view, autosave });
        }
    }

    /// A clip is open, of a project or by itself.
    pub(super) fn project_opened(&mut self, generation: Generation) {
        let arriving = self.projects.arriving.take().filter(|arriving| arriving.generation == generation);
        let Some(clip) = self.session.clip() else { return };
        let (tracks, clip_path) = (Arc::clone(clip.tracks()), clip.path().to_owned());
        (self.projects.path, self.projects.saved) = (None, Some(Arc::clone(&tracks)));
        self.autosaver.forget_restored();
        let Some(Arriving { path, view, autosave, .. }) = arriving else {
            if self.demo.as_ref() != Some(&clip_path) {
                self.memory.remember(&clip_path);
            }
            return;
        };
        if let Some(autosave) = autosave {
            self.projects.saved = None; // it is in no file of the user's
            self.autosaver.adopt(autosave, tracks, &self.repaint);
        }
        if let Some(path) = &path {
            self.memory.remember(path);
        }
        self.projects.path = path;
        (self.shows_trails, self.trail_frames) = (view.trails, view.trail_frames.clamp(1, 200));
        let last = self.session.clip().map_or(0, |clip| clip.info().num_frames().saturating_sub(1));
        self.range = view.range; // within the clip: reading the file has seen to that
        self.player.playhead = view.frame.min(crate::geometry::FrameIndex::new(last));
        self.session.show(self.player.playhead, crate::session::Movement::Forward);
    }

    /// What the work is called, with a dot while it is not saved.
    pub(super) fn work_name(&self) -> Option<String> {
        let clip = self.session.clip()?.path();
        let path = self.projects.path.as_deref().unwrap_or(clip);
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        Some(if self.is_unsaved() { format!("• {name}") } else { name.into_owned() })
    }

    fn show_title(&mut self, ctx: &egui::Context) {
        let title = self.work_name().map_or_else(|| "Cotrail".to_owned(), |name| format!("{name} – Cotrail"));
        if title != self.projects.title {
            ctx.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.projects.title = title;
        }
    }
}

fn flat<T>(result: Result<Result<T, ProjectError>, String>) -> Result<T, String> {
    result.and_then(|result| result.map_err(|error| error.to_string()))
}

fn with_extension(path: &Path) -> PathBuf {
    if Project::is_named(path) {
        return path.to_owned();
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(EXTENSION);
    name.into()
}
