//! Who does what the user wants: each action goes to the part of the window that it is meant for.

use super::actions::{
    Action, Actions, CameraAction, ClipAction, ExportAction, Leave, ModelAction, PointsAction, ShellAction,
};
use super::canvas::commands as points;
use super::canvas::framing::Framing;
use super::clip::importing::{is_table, refuse};
use super::desk::dialogs::{Answer, Question};
use super::desk::prompt::{PathPurpose, Prompt};
use super::desk::toasts::{Level, Topic};
use super::kit::commands::Command;
use super::state::State;
use crate::media::{CameraRequest, ClipSource};
use egui::{Context, ThemePreference, ViewportCommand};
use std::path::{Path, PathBuf};

impl State {
    pub(super) fn apply_all(&mut self, actions: Actions) {
        // The list and the canvas both say what is under the pointer: the last word counts, silence means nothing.
        let mut hovered = None;
        for action in actions.0 {
            match action {
                Action::Points(PointsAction::Hover(track)) => hovered = track.or(hovered),
                other => self.apply(other),
            }
        }
        if self.shown_canvas().hovered != hovered {
            self.apply(PointsAction::Hover(hovered).into());
        }
    }

    fn apply(&mut self, action: Action) {
        self.desk.ctx.request_repaint();
        match action {
            Action::Run(command) => self.run(command),
            Action::Points(action) if self.camera.is_open() => {
                points::apply(&mut self.camera, &mut self.desk, action);
            }
            Action::Points(action) => points::apply(&mut self.clip, &mut self.desk, action),
            Action::Look(action) => {
                self.look.apply(action);
                self.look_changed();
            }
            Action::Clip(ClipAction::Import(path)) if self.camera.is_open() => self.import(path),
            Action::Clip(ClipAction::ReadAs(options)) => match self.clip.other_stream(options) {
                Some(source) => self.leave(Leave::Open(source)),
                None => self.clip.apply(&mut self.desk, ClipAction::ReadAs(options)),
            },
            Action::Clip(action) => self.clip.apply(&mut self.desk, action),
            Action::Camera(CameraAction::Open(request)) => {
                self.camera.chooser.is_open = false;
                self.leave(Leave::OpenCamera(request));
            }
            Action::Camera(action) => self.camera.apply(&mut self.desk, action),
            Action::Project(action) => self.apply_project(action),
            Action::Export(action) => self.apply_export(action),
            Action::Learn(action) => {
                let learned = self.learn.apply(&mut self.desk, &self.clip, &self.model.status, action);
                if let Some(weights) = learned {
                    self.model.use_file(&mut self.desk, &mut self.clip.session, &weights);
                }
            }
            Action::Many(action) => self.many.apply(&mut self.desk, &self.clip, action),
            Action::Model(ModelAction::DrawPart) if self.camera.is_open() => {
                self.desk.say(Topic::Model, Level::Warning, "a part is drawn on a clip: close the camera first", "");
            }
            Action::Model(ModelAction::DrawPart) => {
                self.model.is_open = false; // makes room for the picture; what is chosen so far stays chosen
                self.clip.canvas.let_go();
                self.clip.canvas.framing = Some(Framing::default());
            }
            Action::Model(action @ ModelAction::SetPart(_)) => {
                self.clip.canvas.let_go();
                self.model.apply(&mut self.desk, &mut self.clip.session, action);
            }
            Action::Model(action) => self.model.apply(&mut self.desk, &mut self.clip.session, action),
            Action::Shell(action) => self.apply_shell(action),
        }
    }

    fn apply_shell(&mut self, action: ShellAction) {
        match action {
            ShellAction::Open(path) => self.open(path),
            ShellAction::ClosePrompt => {
                self.desk.prompt = None;
                self.clip.projects.give_up();
            }
            ShellAction::Reveal(path) => self.desk.reveal(path),
            ShellAction::Forget(path) => self.desk.memory.settings.forget(&path),
        }
    }

    pub(super) fn look_changed(&mut self) {
        self.fit_speeds();
        self.clip.set_grey(self.look.backdrop.is_grey);
    }

    fn run(&mut self, command: Command) {
        if self.availability(command).is_err() || self.run_on_window(command) {
            return;
        }
        if self.look.run(&self.desk.ctx, command) {
            return self.look_changed();
        }
        if self.camera.is_open() {
            let _ = points::run(&mut self.camera, &mut self.desk, command)
                || self.camera.run(&mut self.desk, &self.look, command);
        } else if !self.camera.run(&mut self.desk, &self.look, command)
            && !points::run(&mut self.clip, &mut self.desk, command)
        {
            self.clip.run(&mut self.desk, command);
        }
    }

    /// Runs a command that means the window or files. Returns whether it was one.
    fn run_on_window(&mut self, command: Command) -> bool {
        match command {
            Command::OpenFile => self.desk.ask(Question::Any),
            Command::OpenFolder => self.desk.ask(Question::Folder),
            Command::OpenProject => self.desk.ask(Question::Project),
            Command::OpenPath => self.desk.type_path(String::new(), String::new(), PathPurpose::Open),
            Command::OpenDemo => self.desk.demo.clone().into_iter().for_each(|demo| self.open(demo)),
            Command::Import => self.desk.ask(Question::Table),
            Command::Save => self.save_project(),
            Command::SaveAs => self.desk.ask(Question::SaveProject(self.clip.suggested_path())),
            Command::New => self.leave(Leave::New),
            Command::CloseClip if self.camera.is_open() => self.leave(Leave::Camera),
            Command::CloseClip => self.leave(Leave::Close),
            Command::Quit => self.desk.ctx.send_viewport_cmd(ViewportCommand::Close),
            Command::Export => self.open_export(),
            Command::ExportLast => self.open_last_export(),
            Command::ManyClips => self.many.open(&self.clip),
            Command::Learn => {
                self.model.is_open = false;
                self.learn.open();
            }
            Command::Model => self.model.open(&self.desk),
            Command::Palette => self.palette.open(),
            Command::Statistics => self.shows_statistics ^= true,
            Command::Log => self.log.is_open ^= true,
            Command::Keys => self.desk.prompt = Some(Prompt::Keys),
            Command::LargerUi | Command::SmallerUi | Command::NormalUi | Command::Fullscreen => {
                resize(&self.desk.ctx, command);
            }
            Command::SystemTheme => self.desk.ctx.set_theme(ThemePreference::System),
            Command::DarkTheme => self.desk.ctx.set_theme(ThemePreference::Dark),
            Command::LightTheme => self.desk.ctx.set_theme(ThemePreference::Light),
            _ => return false,
        }
        true
    }

    /// Opens a clip, a project or, where the path says so, a camera; a table of points goes into the clip.
    pub(super) fn open(&mut self, path: PathBuf) {
        if is_table(&path) {
            return self.import(path);
        }
        match camera_number(&path) {
            Some(number) => self.leave(Leave::OpenCamera(CameraRequest::index(number))),
            None => self.leave(Leave::Open(ClipSource::from(path))),
        }
    }

    fn import(&mut self, path: PathBuf) {
        if self.camera.is_open() {
            return refuse(&mut self.desk);
        }
        self.clip.apply(&mut self.desk, ClipAction::Import(path));
    }

    /// Acts on what a system dialog said.
    pub(super) fn answered(&mut self, question: &Question, answer: Answer) {
        match answer {
            Answer::Paths(paths) => {
                for path in paths {
                    if !matches!(question, Question::Recordings(_) | Question::ManyResults(_)) {
                        self.desk.memory.remember_folder(&path);
                    }
                    self.chosen(question, path);
                }
            }
            Answer::Cancelled if *question == Question::Clip => {} // the question that led here still stands
            Answer::Cancelled => self.clip.projects.give_up(),
            Answer::Unavailable => self.type_instead(question),
        }
    }

    fn chosen(&mut self, question: &Question, path: PathBuf) {
        match question {
            Question::SaveProject(_) => self.save_to(&path),
            Question::Clip => self.clip.locate(&mut self.desk, path),
            Question::Target(_) => self.export.set_target(&path),
            Question::Pinned(number) => self.export.set_pinned(*number, &path),
            Question::Chart(_) => self.clip.save_chart(&self.desk, &path),
            Question::ManyClips | Question::ManyFolder => self.many.add([path]),
            Question::ManyResults(_) => self.many.set_folder(&path),
            Question::Weights => self.model.set_file(&path),
            Question::Recordings(_) => self.camera.apply(&mut self.desk, CameraAction::RecordInto(path)),
            Question::Table => self.import(path),
            Question::Any | Question::Folder | Question::Project => self.open(path),
        }
    }

    /// There is no system dialog.
    fn type_instead(&mut self, question: &Question) {
        let typed = |path: &Path| path.display().to_string();
        match question {
            Question::SaveProject(path) => self.desk.ask_for_path(typed(path), PathPurpose::Save),
            Question::Clip => self.clip.type_clip_path(&mut self.desk),
            Question::Target(_) | Question::Pinned(_) => self.export.no_dialog(),
            Question::Chart(path) => self.desk.ask_for_path(typed(path), PathPurpose::Chart),
            Question::Weights => self.model.no_dialog(),
            Question::ManyClips | Question::ManyFolder | Question::ManyResults(_) => self.many.no_dialog(),
            Question::Recordings(folder) => self.desk.ask_for_path(typed(folder), PathPurpose::Recordings),
            Question::Table => self.desk.ask_for_path(String::new(), PathPurpose::Import),
            Question::Any | Question::Folder | Question::Project => {
                self.desk.ask_for_path(String::new(), PathPurpose::Open);
            }
        }
    }

    fn apply_export(&mut self, action: ExportAction) {
        match action {
            ExportAction::Browse => self.desk.ask(Question::Target(self.export.target())),
            ExportAction::BrowsePin(number) => self.desk.ask(Question::Pinned(number)),
            ExportAction::Start => self.start_export(),
            ExportAction::Stop => self.export.stop(&mut self.clip.session),
            ExportAction::Close => self.export.close(),
            ExportAction::CopyTable(format) => self.copy_table(format),
        }
    }
}

/// The number of the camera that stands in place of a file's name.
fn camera_number(input: &Path) -> Option<u32> {
    input.to_str()?.strip_prefix("camera:")?.parse().ok()
}

/// Changes the size of the interface or of the window.
fn resize(ctx: &Context, command: Command) {
    match command {
        Command::LargerUi => ctx.set_zoom_factor((ctx.zoom_factor() * 1.1).min(3.0)),
        Command::SmallerUi => ctx.set_zoom_factor((ctx.zoom_factor() / 1.1).max(0.5)),
        Command::Fullscreen => {
            let is_full = ctx.input(|input| input.viewport().fullscreen.unwrap_or(false));
            ctx.send_viewport_cmd(ViewportCommand::Fullscreen(!is_full));
        }
        _ => ctx.set_zoom_factor(1.0),
    }
}
