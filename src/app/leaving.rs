//! What happens before work would be lost, and what closes, opens and saves it.

use super::actions::{Leave, ProjectAction};
use super::clip::project::{flat, with_extension};
use super::desk::dialogs::Question;
use super::desk::prompt::{PathPurpose, Prompt};
use super::desk::toasts::{Level, Topic};
use super::kit::words::name_of;
use super::state::State;
use crate::media::{CameraRequest, ClipSource};
use crate::project::{Project, ProjectError};
use crate::tracks::TrackStore;
use egui::ViewportCommand;
use std::path::{Path, PathBuf};
use std::sync::Arc;

impl State {
    /// Does what would close the current work, after a question if some of it is not saved.
    pub(super) fn leave(&mut self, leave: Leave) {
        self.desk.prompt = self.question_before(&leave);
        if self.desk.prompt.is_none() {
            self.go(leave);
        }
    }

    /// What is asked before something is done that would lose work.
    fn question_before(&self, leave: &Leave) -> Option<Prompt> {
        if self.camera.is_unexported() {
            return Some(Prompt::LiveTracks(leave.clone()));
        }
        if leave.ends_clip() && self.clip.is_unsaved() {
            return Some(Prompt::Unsaved(leave.clone()));
        }
        self.question_on_running(leave)
    }

    /// What is asked where only what is under way would end.
    fn question_on_running(&self, leave: &Leave) -> Option<Prompt> {
        (!self.ended_by(leave).is_empty()).then_some(Prompt::Running)
    }

    /// What is under way and ends if this is done, a sentence each.
    pub(super) fn ended_by(&self, leave: &Leave) -> Vec<String> {
        if *leave != Leave::Quit {
            return Vec::new();
        }
        [self.many.under_way(), self.learn.under_way(), self.export.under_way()].into_iter().flatten().collect()
    }

    fn go(&mut self, leave: Leave) {
        self.desk.prompt = None;
        self.clip.projects.give_up();
        self.clip.projects.arriving.take_if(|_| leave.ends_clip());
        match leave {
            Leave::Camera => self.camera.close(),
            Leave::OpenCamera(request) => self.open_camera(request),
            Leave::Open(ClipSource { path, .. }) if Project::is_named(&path) => self.clip.load(&self.desk, path),
            Leave::Open(source) => drop(self.clip.session.open(source)),
            Leave::New => {
                if let Some(source) = self.clip.session.clip().map(|clip| clip.source().clone()) {
                    self.clip.session.open(source);
                }
            }
            Leave::Close => {
                self.clip.close();
                self.begin_clip();
            }
            Leave::Quit if self.clip.projects.saving.is_some() => self.clip.projects.after_save = Some(Leave::Quit),
            Leave::Quit => {
                self.camera.end();
                self.clip.projects.may_quit = true;
                self.desk.ctx.send_viewport_cmd(ViewportCommand::Close);
            }
            Leave::Restore => self.clip.restore(&self.desk),
        }
    }

    fn open_camera(&mut self, request: CameraRequest) {
        self.clip.player.pause();
        self.clip.canvas.let_go();
        self.camera.open(request);
    }

    /// Forgets what belonged to the clip before.
    pub(super) fn begin_clip(&mut self) {
        self.camera.close();
        self.look.has_own_fastest = false;
        self.clip.begin();
        self.fit_speeds();
    }

    /// Applies an action about projects.
    pub(super) fn apply_project(&mut self, action: ProjectAction) {
        match action {
            ProjectAction::SaveAndLeave(leave) => {
                self.desk.prompt = None;
                self.clip.projects.after_save = Some(leave);
                self.save_project();
            }
            ProjectAction::Discard(leave) => self.go(leave),
            ProjectAction::ExportAndLeave(leave) => {
                self.desk.prompt = None;
                self.open_export();
                self.export.after = Some(leave);
            }
            ProjectAction::LeaveTracks(leave) => {
                self.camera.settle();
                self.leave(leave);
            }
            ProjectAction::SaveAs(path) => self.save_project_in(&with_extension(&path), false),
            ProjectAction::Replace(path) => self.save_project_in(&path, true),
            ProjectAction::Locate => self.desk.ask(Question::Clip),
            ProjectAction::Located(path) => self.clip.locate(&mut self.desk, path),
            ProjectAction::OpenAnyway(path) => self.clip.open_waiting(&mut self.desk, &path),
            ProjectAction::Restore => self.leave(Leave::Restore),
            ProjectAction::DiscardAutosave => self.clip.autosaver.discard_offered(&self.desk.repaint),
        }
    }

    /// Saves where the project lies, or asks where to.
    pub(super) fn save_project(&mut self) {
        self.clip.save(&mut self.desk, &self.model.status, &self.look);
    }

    fn save_project_in(&mut self, path: &Path, replaces: bool) {
        self.clip.start_saving(&mut self.desk, &self.model.status, &self.look, path, replaces);
    }

    /// Takes the name that a system dialog gave. It has asked about replacing what it knows of.
    pub(super) fn save_to(&mut self, chosen: &Path) {
        let path = with_extension(chosen);
        self.save_project_in(&path, path == chosen);
    }

    /// Takes in what jobs on files have brought, and the wish to close the window.
    pub(super) fn update_projects(&mut self) {
        if let Some(result) = self.clip.projects.saving.as_ref().and_then(|(.., job)| job.take())
            && let Some((path, tracks, _)) = self.clip.projects.saving.take()
        {
            self.saved(path, tracks, result);
        }
        if let Some(error) = self.clip.take_loaded(&mut self.desk) {
            self.desk.say(Topic::Open, Level::Error, format!("cannot open the project: {error}"), "");
        }
        if let Some(leave) = self.export.exported_before.take() {
            self.camera.settle();
            self.leave(leave);
        }
        let is_closing = self.desk.ctx.input(|input| input.viewport().close_requested());
        if is_closing && !self.clip.projects.may_quit {
            let is_saving = self.clip.projects.saving.is_some();
            // What is being saved is not asked about.
            let question =
                if is_saving { self.question_on_running(&Leave::Quit) } else { self.question_before(&Leave::Quit) };
            if question.is_some() || is_saving {
                self.desk.ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            }
            match question {
                Some(question) => self.desk.prompt = Some(question),
                None if is_saving => self.clip.projects.after_save = Some(Leave::Quit),
                None => {}
            }
        }
        self.clip.show_title(&self.desk);
    }

    fn saved(&mut self, path: PathBuf, tracks: Arc<TrackStore>, result: Result<Result<(), ProjectError>, String>) {
        match result {
            Ok(Ok(())) => {
                let text = format!("saved {}", name_of(&path));
                self.desk.say(Topic::Save, Level::Done, text, path.display().to_string());
                self.desk.memory.remember(&path);
                self.clip.autosaver.is_restored = false;
                (self.clip.projects.path, self.clip.projects.saved) = (Some(path), Some(tracks));
                if let Some(leave) = self.clip.projects.after_save.take() {
                    self.go(leave);
                }
            }
            Ok(Err(ProjectError::Exists(path))) => self.desk.prompt = Some(Prompt::ReplaceFile(path)),
            other => {
                // The name is not lost: it is asked for again, with the reason.
                let note = format!("Cannot save: {}.", flat(other).err().unwrap_or_default());
                self.desk.type_path(path.display().to_string(), note, PathPurpose::Save);
            }
        }
    }
}
