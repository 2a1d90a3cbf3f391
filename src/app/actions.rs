//! What the user can do. The interface pushes actions while it is laid out; they are applied afterwards.

use super::dialogs::{Answer, Question};
use super::importing::is_table;
use super::keys::Command;
use super::live::{LiveAction, camera_number};
use super::look::Backdrop;
use super::model_panel::ModelAction;
use super::placing::Gesture;
use super::project::{Leave, NO_DIALOG, ProjectAction};
use super::seeding::{Pattern, SeedStep};
use super::state::{PathPurpose, Prompt, Renaming, State};
use super::timeline::Change;
use super::toasts::{Level, Topic};
use super::view::View;
use crate::geometry::{FrameIndex, SourcePoint};
use crate::media::{CameraRequest, OpenOptions};
use crate::overlay::OverlayStyle;
use crate::session::Movement;
use crate::tracks::{Edit, Query, TrackId};
use egui::{ThemePreference, ViewportCommand};
use std::path::PathBuf;

/// A wish of the user.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Action {
    Run(Command),
    /// Opens a clip or a project; asks first if work would be lost.
    Open(PathBuf),
    Project(ProjectAction),
    ClosePrompt,
    Seek(FrameIndex, Movement),
    SetSpeed(f64),
    AddPoint(FrameIndex, SourcePoint),
    /// Many points are laid out.
    Seed(SeedStep),
    /// Something happens to the point that is held.
    Point(Gesture),
    /// Selects these points and no others; the last one is the one that is meant.
    Select(Vec<TrackId>),
    /// Adds a point to the selection, or takes it out.
    Toggle(TrackId),
    Hover(Option<TrackId>),
    /// Shows these points alone; all of them again where there are none.
    Solo(Vec<TrackId>),
    /// Adds a point to those that are shown alone, or takes it out.
    ToggleSolo(TrackId),
    Delete(Vec<TrackId>),
    Edit(Edit),
    /// Moves a point by hand on a frame.
    Correct(TrackId, FrameIndex, SourcePoint),
    StartRename(TrackId),
    EndRename {
        is_kept: bool,
    },
    SetView(View),
    SetTrail(u32),
    /// Whether trails reach back to where the tracks begin.
    SetWholeTrails(bool),
    SetOverlay(Box<OverlayStyle>),
    SetBackdrop(Backdrop),
    Timeline(Change),
    /// The export dialog's "Browse…".
    BrowseTarget,
    StartExport,
    StopExport,
    CloseExport,
    /// Puts the CSV table on the clipboard.
    CopyCsv,
    /// Shows a file in the system's file manager.
    Reveal(PathBuf),
    Model(ModelAction),
    Live(LiveAction),
    /// Adds what is in a table of points or tracks.
    Import(PathBuf),
    /// Reads the clip in another way.
    ReadAs(OpenOptions),
}

/// Actions in the order in which they were pushed.
pub(super) type Actions = Vec<Action>;

/// Frames of the long step.
pub(super) const JUMP: isize = 10;

impl State {
    /// Applies one action.
    pub(super) fn apply(&mut self, ctx: &egui::Context, action: Action) {
        ctx.request_repaint();
        let Some(action) = self.apply_to_live_points(action) else { return };
        match action {
            Action::Run(command) => self.run(ctx, command),
            Action::Open(path) => self.open(ctx, path),
            Action::Project(action) => self.apply_project(ctx, action),
            Action::ClosePrompt => {
                self.prompt = None;
                self.projects.give_up();
            }
            Action::Seek(frame, movement) => self.seek(ctx, frame, movement),
            Action::SetSpeed(speed) => self.set_speed(ctx, speed),
            Action::AddPoint(frame, point) => self.add_point(ctx, frame, point),
            Action::Seed(step) => self.seed(ctx, step),
            Action::Point(gesture) => self.point_gesture(ctx, gesture),
            Action::Select(tracks) => self.select(tracks),
            Action::Toggle(track) => self.toggle(track),
            Action::Solo(tracks) => self.solo(tracks),
            Action::ToggleSolo(track) => self.toggle_solo(track),
            Action::Hover(track) => self.hovered = track,
            Action::Delete(tracks) => self.delete(ctx, &tracks),
            Action::Edit(edit) => drop(self.edit(ctx, &edit)),
            Action::Correct(track, frame, point) => self.correct(ctx, track, frame, point),
            Action::StartRename(track) => self.start_rename(track),
            Action::EndRename { is_kept } => self.end_rename(ctx, is_kept),
            Action::SetView(view) => self.set_view(view),
            Action::SetTrail(frames) => self.trail_frames = frames,
            Action::SetWholeTrails(is_whole) => self.look.has_whole_trails = is_whole,
            Action::SetOverlay(style) => self.set_overlay(*style),
            Action::SetBackdrop(backdrop) => self.set_backdrop(backdrop),
            Action::Timeline(change) => self.change_timeline(ctx, change),
            Action::BrowseTarget => {
                self.ask(Question::Target(self.export.target()));
            }
            Action::StartExport => self.start_export(ctx),
            Action::StopExport => self.export.stop(&mut self.session),
            Action::CloseExport => self.export.close(),
            Action::CopyCsv => self.copy_csv(),
            Action::Reveal(path) => self.reveal(path),
            Action::Model(action) => self.apply_model(ctx, action),
            Action::Live(action) => self.apply_live(ctx, action),
            Action::Import(path) => self.import(ctx, path),
            Action::ReadAs(options) => self.read_as(ctx, options),
        }
    }

    fn run(&mut self, ctx: &egui::Context, command: Command) {
        if self.availability(command).is_err() || self.run_live(ctx, command) {
            return;
        }
        match command {
            Command::OpenFile
            | Command::OpenFolder
            | Command::OpenProject
            | Command::OpenPath
            | Command::OpenDemo
            | Command::Save
            | Command::SaveAs
            | Command::New
            | Command::Properties
            | Command::CloseClip => self.run_file(ctx, command),
            Command::Export => self.open_export(),
            Command::Model => self.open_model_panel(),
            Command::Quit => ctx.send_viewport_cmd(ViewportCommand::Close),
            Command::PreviousPoint | Command::NextPoint | Command::SelectAll => self.run_selection(command),
            Command::Rename => self.selected().into_iter().for_each(|track| self.start_rename(track)),
            Command::Delete => self.delete(ctx, &self.selection.clone()),
            Command::Escape => {
                if std::mem::take(&mut self.selection).is_empty() {
                    self.session.cancel_tracking();
                }
            }
            Command::SeedGrid | Command::SeedRectangle | Command::SeedLasso => self.run_seeding(ctx, command),
            Command::Import => self.ask(Question::Table),
            Command::Undo | Command::Redo | Command::TrackAgain | Command::TrackTogether => {
                self.run_edit(ctx, command);
            }
            Command::FilterPoints
            | Command::HidePoints
            | Command::LockPoints
            | Command::Solo
            | Command::GroupPoints
            | Command::MergePoints
            | Command::SplitPoint
            | Command::SwapPoints
            | Command::ClearFrame
            | Command::ClearAfter
            | Command::ClearBefore => self.run_on_points(ctx, command),
            Command::Park => {} // points of a clip are followed to their ends
            Command::Results => egui::Popup::toggle_id(ctx, super::points::results_id()),
            Command::EditPoint => self.point_gesture(ctx, Gesture::Edit),
            Command::PlacePoint => self.point_gesture(ctx, Gesture::Place),
            Command::Overlay | Command::Dim | Command::Greyscale | Command::NextColouring | Command::Plain => {
                self.run_look(ctx, command);
            }
            Command::ZoomSelection
            | Command::Follow
            | Command::PanLeft
            | Command::PanRight
            | Command::PanUp
            | Command::PanDown => self.navigate(command),
            Command::Magnifier => self.aids.shows_loupe ^= true,
            Command::DockMagnifier => self.aids.docks_loupe ^= true,
            Command::Trails => self.shows_trails ^= true,
            Command::StopTracking => self.session.cancel_tracking(),
            Command::Palette | Command::Keys | Command::Statistics | Command::Log => self.run_help(command),
            Command::LargerUi | Command::SmallerUi | Command::NormalUi | Command::Fullscreen => resize(ctx, command),
            Command::SystemTheme => ctx.set_theme(ThemePreference::System),
            Command::DarkTheme => ctx.set_theme(ThemePreference::Dark),
            Command::LightTheme => ctx.set_theme(ThemePreference::Light),
            Command::ZoomIn | Command::ZoomOut | Command::Fit | Command::ActualSize => self.zoom(ctx, command),
            Command::PlayPause
            | Command::StepBack
            | Command::StepForward
            | Command::JumpBack
            | Command::JumpForward
            | Command::FirstFrame
            | Command::LastFrame
            | Command::Loop
            | Command::Slower
            | Command::Faster
            | Command::NormalSpeed => self.run_playback(ctx, command),
            command => self.run_timeline(ctx, command),
        }
    }

    /// Opens a clip, a project or, where the path says so, a camera; a table of points goes into the clip.
    pub(super) fn open(&mut self, ctx: &egui::Context, path: PathBuf) {
        if is_table(&path) {
            return self.import(ctx, path);
        }
        match camera_number(&path) {
            Some(number) => self.leave(ctx, Leave::OpenCamera(CameraRequest::index(number))),
            None => self.leave(ctx, Leave::Open(path.into())),
        }
    }

    fn run_selection(&mut self, command: Command) {
        match command {
            Command::PreviousPoint => self.select_neighbour(-1),
            Command::NextPoint => self.select_neighbour(1),
            _ => self.select_all(),
        }
    }

    fn run_seeding(&mut self, ctx: &egui::Context, command: Command) {
        let pattern = match command {
            Command::SeedGrid => Pattern::Grid,
            Command::SeedRectangle => Pattern::Rectangle,
            _ => Pattern::Lasso,
        };
        self.seed(ctx, SeedStep::Choose(pattern));
    }

    fn run_edit(&mut self, ctx: &egui::Context, command: Command) {
        match command {
            Command::Undo => self.undo(ctx),
            Command::Redo => self.redo(ctx),
            Command::TrackTogether => self.track_together(ctx),
            _ => self.track_again(ctx),
        }
    }

    fn run_help(&mut self, command: Command) {
        match command {
            Command::Palette => self.palette.open(),
            Command::Statistics => self.shows_statistics ^= true,
            Command::Log => self.log.is_open ^= true,
            _ => self.prompt = Some(Prompt::Keys),
        }
    }

    fn run_file(&mut self, ctx: &egui::Context, command: Command) {
        match command {
            Command::OpenFile => self.ask(Question::Any),
            Command::OpenFolder => self.ask(Question::Folder),
            Command::OpenProject => self.ask(Question::Project),
            Command::Save => self.save_project(),
            Command::SaveAs => self.save_project_as(),
            Command::New => self.leave(ctx, Leave::New),
            Command::CloseClip => self.leave(ctx, Leave::Close),
            Command::OpenPath => self.ask_for_path("", PathPurpose::Open),
            Command::Properties => self.open_properties(),
            _ => {
                if let Some(demo) = self.demo.clone() {
                    self.apply(ctx, Action::Open(demo));
                }
            }
        }
    }

    fn run_playback(&mut self, ctx: &egui::Context, command: Command) {
        match command {
            Command::StepBack => self.step(ctx, -1),
            Command::StepForward => self.step(ctx, 1),
            Command::JumpBack => self.step(ctx, -JUMP),
            Command::JumpForward => self.step(ctx, JUMP),
            Command::FirstFrame => self.step(ctx, isize::MIN),
            Command::LastFrame => self.step(ctx, isize::MAX),
            Command::Loop => self.player.loops ^= true,
            Command::Slower => self.set_speed(ctx, self.player.neighbour_speed(-1)),
            Command::Faster => self.set_speed(ctx, self.player.neighbour_speed(1)),
            Command::NormalSpeed => self.set_speed(ctx, 1.0),
            _ => self.play_or_pause(ctx),
        }
    }

    /// Opens the path field, with a note on why.
    pub(super) fn ask_for_path(&mut self, note: &str, purpose: PathPurpose) {
        let (text, note) = (String::new(), note.to_owned());
        self.prompt = Some(Prompt::Path { text, note, needs_focus: true, purpose });
    }

    /// Shows a system dialog.
    pub(super) fn ask(&mut self, question: Question) {
        self.dialogs.ask(question, self.memory.settings.last_folder(), self.repaint.clone());
    }

    /// Acts on what a system dialog said.
    pub(super) fn answered(&mut self, ctx: &egui::Context, question: Question, answer: Answer) {
        if let Answer::Path(path) = &answer
            && !matches!(question, Question::Recordings(_))
        {
            self.memory.remember_folder(path);
        }
        match (question, answer) {
            (Question::Clip, Answer::Cancelled) => {} // the question that led here still stands
            (_, Answer::Cancelled) => self.projects.give_up(),
            (Question::SaveProject(_), Answer::Path(path)) => self.save_to(&path),
            (Question::SaveProject(_), Answer::Unavailable) => self.type_project_path(),
            (Question::Clip, Answer::Path(path)) => self.apply_project(ctx, ProjectAction::Located(path)),
            (Question::Clip, Answer::Unavailable) => self.type_clip_path(),
            (Question::Target(_), Answer::Path(path)) => self.export.set_target(&path),
            (Question::Target(_), Answer::Unavailable) => self.export.no_dialog(),
            (Question::Weights, Answer::Path(path)) => self.model_panel.set_file(&path),
            (Question::Weights, Answer::Unavailable) => self.model_panel.no_dialog(),
            (Question::Recordings(_), Answer::Path(path)) => self.set_recordings(path),
            (Question::Recordings(_), Answer::Unavailable) => self.type_recordings(),
            (Question::Table, Answer::Path(path)) => self.import(ctx, path),
            (Question::Table, Answer::Unavailable) => self.ask_for_path(NO_DIALOG, PathPurpose::Import),
            (_, Answer::Path(path)) => self.apply(ctx, Action::Open(path)),
            (_, Answer::Unavailable) => self.ask_for_path(NO_DIALOG, PathPurpose::Open),
        }
    }

    fn zoom(&mut self, ctx: &egui::Context, command: Command) {
        let Some(placement) = self.placement else { return };
        let centre = placement.canvas_centre();
        self.view = match command {
            Command::ZoomIn => placement.zoomed(centre, super::style::ZOOM_PER_NOTCH),
            Command::ZoomOut => placement.zoomed(centre, 1.0 / super::style::ZOOM_PER_NOTCH),
            Command::ActualSize => placement.actual_size(ctx.pixels_per_point()),
            _ => View::Fit,
        };
        self.aids.follows &= command != Command::Fit;
    }

    fn times(&self) -> Option<std::sync::Arc<[f64]>> {
        self.session.clip().map(|clip| clip.info().times_secs.clone())
    }

    pub(super) fn seek(&mut self, ctx: &egui::Context, frame: FrameIndex, movement: Movement) {
        if let Some(times) = self.times() {
            self.player.seek(frame, &times, now(ctx));
            self.session.show(self.player.playhead, movement);
        }
    }

    fn step(&mut self, ctx: &egui::Context, by: isize) {
        self.player.pause();
        let target = FrameIndex(self.player.playhead.get().saturating_add_signed(by).min(u32::MAX as usize) as u32);
        let movement = if by < 0 { Movement::Backward } else { Movement::Forward };
        self.seek(ctx, target, movement);
    }

    fn set_speed(&mut self, ctx: &egui::Context, speed: f64) {
        let times = self.times().unwrap_or_default();
        self.player.set_speed(speed, &times, now(ctx));
    }

    pub(super) fn play_or_pause(&mut self, ctx: &egui::Context) {
        let Some(times) = self.times() else { return };
        self.hints.has_moved_on |= self.hints.has_tracked;
        if self.player.is_playing() {
            self.player.pause();
            // Forward: the frame itself instead of whichever came last.
            self.session.show(self.player.playhead, Movement::Forward);
        } else {
            self.player.play(&times, self.range, now(ctx));
            self.session.show(self.player.playhead, Movement::Play);
        }
    }

    /// Moves the playhead while the clip plays; wakes up for the next frame.
    pub(super) fn keep_playing(&mut self, ctx: &egui::Context) {
        let Some(times) = self.times() else { return };
        let before = self.player.playhead;
        if let Some(secs) = self.player.advance(&times, self.range, now(ctx)) {
            ctx.request_repaint_after_secs(secs as f32);
        }
        if self.player.playhead != before {
            self.session.show(self.player.playhead, Movement::Play);
        }
    }

    fn add_point(&mut self, ctx: &egui::Context, frame: FrameIndex, point: SourcePoint) {
        match self.session.add_points(vec![Query { frame, point }]) {
            Ok((_, tracks)) => self.select(tracks),
            Err(error) => self.toasts.add_on(Topic::Edit, Level::Warning, error.to_string(), "", now(ctx)),
        }
    }

    fn start_rename(&mut self, track: TrackId) {
        let name = self.session.clip().and_then(|clip| clip.tracks().track(track)).map(|track| track.name.clone());
        self.list.reveal(track);
        self.renaming = name.map(|text| Renaming { track, text, needs_focus: true });
    }

    fn end_rename(&mut self, ctx: &egui::Context, is_kept: bool) {
        if let Some(renaming) = self.renaming.take()
            && is_kept
            && !renaming.text.trim().is_empty()
        {
            let name = renaming.text.trim().to_owned();
            self.edit(ctx, &Edit::Rename { track: renaming.track, name });
        }
    }

    /// Forgets what belonged to the clip before.
    pub(super) fn begin_clip(&mut self) {
        self.close_camera();
        self.player.rewind();
        self.view = View::Fit;
        self.range = None;
        self.look.has_own_fastest = false;
        self.fit_speeds();
        self.timeline.begin_clip(self.session.survey());
        self.forget(|_| true);
        (self.held, self.seeding) = (None, None);
        self.list.begin_clip();
        self.session.show(FrameIndex(0), Movement::Forward);
    }
}

/// The clock of the window.
pub(super) fn now(ctx: &egui::Context) -> f64 {
    ctx.input(|input| input.time)
}

/// Changes the size of the interface or of the window.
fn resize(ctx: &egui::Context, command: Command) {
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
