//! The view of a live camera: its picture with the points, and what the user does there.
//!
//! The clip that is open stays as it is behind it. Frames come from [`crate::session::LiveSession`], already converted
//! and with their points; recorded and sent data know nothing of the mirror.

mod bar;
mod canvas;
mod cards;
mod chooser;
mod files;
mod hud;
mod last;
mod more;
mod points;
mod seekbar;
mod selecting;
mod view;

pub use chooser::Cameras;

pub(super) use bar::live_ui;
pub(super) use chooser::chooser_ui;
pub(super) use last::last_stream_ui;
pub(super) use view::LiveView;

use super::actions::{Action, Actions, JUMP, now};
use super::controls::Availability;
use super::dialogs::Question;
use super::keys::Command;
use super::loupe::Target;
use super::placing::release_focus;
use super::project::Leave;
use super::state::State;
use super::toasts::{Level, Topic};
use super::view::View;
use crate::geometry::{Size, SourcePoint};
use crate::media::CameraRequest;
use crate::session::{LiveCommand, LiveEvent, LiveSession, LiveSpeed, Repaint};
use crate::tracks::{TrackId, TrackStore};
use chooser::Chooser;
use egui::{Key, Modifiers, Pos2, Vec2, vec2};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the user does with a camera.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum LiveAction {
    /// Opens this camera, in place of the one that is open.
    Open(CameraRequest),
    /// Removes the tracks of a camera that another window left.
    DiscardLast,
    /// Looks for cameras again.
    Look,
    CloseChooser,
    /// The left button went down on a point, or beside all of them; with Ctrl, it adds to the selection.
    Press {
        at: Pos2,
        track: Option<TrackId>,
        extends: bool,
    },
    /// It moved, or stayed.
    Drag(Pos2),
    /// An arrow key moves the held point, in source pixels as they are seen.
    Nudge(Vec2),
    /// It went up.
    Release,
    Hover(Option<TrackId>),
    /// Parks points, or lets them go on.
    Park {
        points: Vec<TrackId>,
        parks: bool,
    },
    SetSpeed(LiveSpeed),
    /// Shows this frame of the last seconds; freezes the picture.
    Browse(usize),
    /// Shows the picture so many seconds late.
    Delay(f64),
    /// Saves the last seconds, all of them where there is no number.
    SaveLast(Option<f64>),
    /// Recordings go into this folder.
    RecordInto(PathBuf),
}

/// The camera, if one is open, and what leads there.
pub(super) struct Live {
    pub(super) view: Option<LiveView>,
    pub(super) chooser: Chooser,
    /// Streams that end; told of until they have.
    closing: Vec<LiveSession>,
    last: last::LastStream,
    /// Opened as soon as they have: a camera serves one at a time.
    wanted: Option<CameraRequest>,
    pub(super) is_mirrored: bool,
    /// How exactly points are followed, with the next camera, too.
    pub(super) speed: LiveSpeed,
    /// Pictures that are being written.
    snapshots: Vec<files::Writing>,
    /// What the clip was looked at with.
    clip_view: View,
}

impl Live {
    pub(super) fn new(cameras: Cameras, repaint: &Repaint) -> Self {
        let chooser = Chooser::new(cameras);
        Self {
            view: None,
            last: last::LastStream::look(chooser.streams(), repaint),
            chooser,
            closing: Vec::new(),
            wanted: None,
            is_mirrored: false,
            speed: LiveSpeed::default(),
            snapshots: Vec::new(),
            clip_view: View::Fit,
        }
    }

    /// Whether the camera stands where a clip would be.
    pub(super) fn is_open(&self) -> bool {
        self.view.is_some() || self.wanted.is_some()
    }

    fn selection(&self) -> &[TrackId] {
        self.view.as_ref().map_or(&[], |view| &view.selection)
    }

    /// The size of the picture.
    pub(super) fn size(&self) -> Option<Size> {
        Some(self.view.as_ref()?.on_screen.as_ref()?.size)
    }

    /// The selected point, magnified, or why there is none to be seen.
    pub(super) fn magnified(&self) -> Result<(&str, Target<'_>), &'static str> {
        let view = self.view.as_ref();
        let id = view.and_then(LiveView::selected).ok_or("Select a point to see it magnified here.")?;
        let found = view.and_then(|view| {
            let shown = view.on_screen.as_ref()?;
            let point = view.scene.get().marker(id)?.point;
            Some((shown.tracks.track(id)?.name.as_str(), shown.target(point)))
        });
        found.ok_or("The selected point has no position on this frame.")
    }

    /// The points that are followed.
    pub(super) fn tracks(&self) -> Option<&Arc<TrackStore>> {
        Some(&self.view.as_ref()?.on_screen.as_ref()?.tracks)
    }
}

/// What a key does to a point of the camera that keys move; `None` leaves it to the table of keys.
pub(super) fn key_action(live: &Live, key: Key, modifiers: Modifiers) -> Option<Action> {
    live.view.as_ref()?.held.filter(|held| held.is_by_keys)?;
    let by = if modifiers.shift { 10.0 } else { 1.0 };
    Some(Action::Live(match key {
        Key::Enter => LiveAction::Release,
        Key::ArrowLeft => LiveAction::Nudge(vec2(-by, 0.0)),
        Key::ArrowRight => LiveAction::Nudge(vec2(by, 0.0)),
        Key::ArrowUp => LiveAction::Nudge(vec2(0.0, -by)),
        Key::ArrowDown => LiveAction::Nudge(vec2(0.0, by)),
        _ => return None,
    }))
}

/// The number of the camera that stands in place of a file's name.
pub(super) fn camera_number(input: &Path) -> Option<u32> {
    input.to_str()?.strip_prefix("camera:")?.parse().ok()
}

impl State {
    /// Opens a camera as soon as the one before is closed.
    pub(super) fn open_camera(&mut self, request: CameraRequest) {
        self.player.pause();
        self.held = None;
        self.seeding = None;
        if !self.live.is_open() {
            self.live.clip_view = std::mem::take(&mut self.view);
        }
        self.view = View::Fit;
        self.retire_camera();
        self.live.chooser.is_open = false;
        self.live.wanted = Some(request);
    }

    /// Closes the camera; the clip behind it is seen again.
    pub(super) fn close_camera(&mut self) {
        if self.live.is_open() {
            self.retire_camera();
            self.live.wanted = None;
            self.view = self.live.clip_view;
        }
    }

    fn retire_camera(&mut self) {
        self.seeding = None;
        if let Some(view) = self.live.view.take() {
            self.live.last.take(view.log());
            self.live.closing.push(view.retire());
        }
    }

    /// Takes in what the camera's threads say.
    pub(super) fn update_live(&mut self, ctx: &egui::Context) {
        self.live.chooser.update();
        self.update_snapshots(ctx);
        let mut events = Vec::new();
        for session in &self.live.closing {
            events.extend(session.events());
        }
        self.live.closing.retain(|session| !session.is_over());
        if !self.live.closing.is_empty() {
            ctx.request_repaint_after_secs(0.05); // nobody calls when a thread has ended
        }
        let is_ready = self.live.closing.is_empty() && !self.live.chooser.is_looking();
        if is_ready && let Some(request) = self.live.wanted.take() {
            if self.live.chooser.has_looked() {
                let network = self.session.network();
                let view = LiveView::start(request, &self.live, network, &self.pictures, &self.repaint);
                self.live.view = Some(view);
            } else {
                // Its formats can only be asked for while nobody uses it.
                self.live.chooser.look(&self.repaint);
                self.live.wanted = Some(request);
            }
        }
        if let Some(view) = &mut self.live.view {
            events.extend(view.update());
        }
        self.update_last_stream();
        for event in events {
            self.live_event(event, now(ctx));
        }
    }

    fn live_event(&mut self, event: LiveEvent, now_secs: f64) {
        match event {
            LiveEvent::Refused(reason) | LiveEvent::LogFailed(reason) => {
                self.toasts.add_on(Topic::Edit, Level::Warning, reason, "", now_secs);
            }
            LiveEvent::Stepped { label, is_redo } => {
                let what = if is_redo { "done again" } else { "undone" };
                self.toasts.add_on(Topic::Edit, Level::Done, format!("{what}: {label}"), "", now_secs);
            }
            LiveEvent::TrackingFailed(reason) => {
                self.toasts.add(Level::Error, "points cannot be followed any more", reason, now_secs);
            }
            LiveEvent::Recorded { path, lines_path, num_frames, num_lost } => {
                let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let folder = path.parent().unwrap_or(Path::new("")).display().to_string();
                let what = format!("{} and {}", name(&path), name(&lines_path));
                let lost =
                    if num_lost > 0 { format!("; {num_lost} were lost, the disk was too slow") } else { String::new() };
                let text = format!("recorded {num_frames} frames: {what} in {folder}{lost}");
                let level = if num_lost > 0 { Level::Warning } else { Level::Done };
                self.toasts.add_file(Topic::Recording, level, text, path.display().to_string(), &path, now_secs);
            }
            LiveEvent::RecordingFailed(reason) => {
                self.toasts.add_on(Topic::Recording, Level::Error, "the recording ended", reason, now_secs);
            }
            LiveEvent::Panicked(message) => {
                self.toasts.add(Level::Error, "something went wrong inside Cotrail (camera)", message, now_secs);
                self.close_camera();
            }
        }
    }

    /// Whether a command can be used with a camera; `None` where that does not depend on it.
    pub(super) fn live_availability(&self, command: Command) -> Option<Availability> {
        let needs = |is_met: bool, reason: &'static str| Some(if is_met { Ok(()) } else { Err(reason) });
        let view = self.live.view.as_ref();
        match command {
            Command::Mirror
            | Command::Record
            | Command::ClearCamera
            | Command::Park
            | Command::GoLive
            | Command::Snapshot
            | Command::SaveLast
                if !self.live.is_open() =>
            {
                needs(false, "needs a camera")
            }
            Command::RecordingsFolder => Some(Ok(())),
            Command::ExportLast => needs(self.live.last_log().is_some(), "needs a camera that was closed"),
            Command::SaveLast if view.is_some_and(|view| view.status.is_saving) => {
                needs(false, "they are being saved already")
            }
            _ if !self.live.is_open() => None,
            Command::PlayPause
            | Command::Record
            | Command::SeedGrid
            | Command::SeedRectangle
            | Command::SeedLasso
            | Command::PlacePoint
            | Command::GoLive
            | Command::Snapshot
            | Command::SaveLast
            | Command::StepBack
            | Command::StepForward
            | Command::JumpBack
            | Command::JumpForward
            | Command::FirstFrame
            | Command::LastFrame
            | Command::ZoomIn
            | Command::ZoomOut
            | Command::Fit
            | Command::ActualSize => needs(view.is_some_and(LiveView::has_picture), "no picture yet"),
            Command::Export => needs(view.is_some_and(|view| view.log_status().num_tracks > 0), "needs a point"),
            Command::SelectAll | Command::PreviousPoint | Command::NextPoint | Command::ClearCamera => {
                needs(view.is_some_and(|view| view.num_points() > 0), "needs a point")
            }
            Command::Delete | Command::Rename | Command::Park | Command::TrackAgain => {
                needs(!self.live.selection().is_empty(), "needs a selected point")
            }
            Command::Undo => needs(view.is_some_and(|view| view.points().undo.is_some()), "nothing to undo"),
            Command::Redo => needs(view.is_some_and(|view| view.points().redo.is_some()), "nothing to redo"),
            Command::Mirror
            | Command::CloseClip
            | Command::Escape
            | Command::OpenFile
            | Command::OpenFolder
            | Command::OpenProject
            | Command::OpenPath
            | Command::Camera
            | Command::Model
            | Command::Quit
            | Command::Overlay
            | Command::NextColouring
            | Command::Dim
            | Command::Greyscale
            | Command::Trails
            | Command::DockMagnifier
            | Command::LargerUi
            | Command::SmallerUi
            | Command::NormalUi
            | Command::Fullscreen
            | Command::Log
            | Command::SystemTheme
            | Command::DarkTheme
            | Command::LightTheme
            | Command::Statistics
            | Command::Palette
            | Command::Keys => Some(Ok(())),
            Command::OpenDemo => None,
            _ => needs(false, "does not go with a camera"),
        }
    }

    /// Runs a command on the camera. Returns whether it was meant for it.
    pub(super) fn run_live(&mut self, ctx: &egui::Context, command: Command) -> bool {
        match command {
            Command::Camera => self.live.chooser.open(&self.repaint),
            Command::Mirror => self.live.is_mirrored ^= true,
            Command::RecordingsFolder => self.ask(Question::Recordings(self.live.chooser.recordings())),
            Command::ExportLast => self.open_last_export(),
            Command::PlacePoint if self.live.is_open() => {
                release_focus(ctx);
                if let (Some(view), Some(placement)) = (&mut self.live.view, self.placement) {
                    view.place_by_keys(placement.canvas_centre());
                }
            }
            _ if !self.live.is_open() => return false,
            Command::CloseClip => self.leave(ctx, Leave::Camera),
            Command::Snapshot => self.save_snapshot(),
            command => return self.run_live_view(command),
        }
        true
    }

    fn run_live_view(&mut self, command: Command) -> bool {
        let folder = self.live.chooser.recordings();
        let Some(view) = &mut self.live.view else { return false };
        match command {
            Command::PlayPause => view.toggle_freeze(),
            Command::Record if view.status.recording.is_some() => view.send(LiveCommand::StopRecording),
            Command::Record => view.send(LiveCommand::Record(folder)),
            Command::SaveLast => view.send(LiveCommand::SaveLast { folder, secs: None }),
            Command::GoLive => view.go_live(),
            Command::StepBack => view.step(-1),
            Command::StepForward => view.step(1),
            Command::JumpBack => view.step(-JUMP),
            Command::JumpForward => view.step(JUMP),
            Command::FirstFrame => view.step(isize::MIN),
            Command::LastFrame => view.step(isize::MAX),
            Command::SelectAll => view.select_all(),
            Command::Delete => view.delete(&view.selection.clone()),
            Command::PreviousPoint => view.select_neighbour(-1),
            Command::NextPoint => view.select_neighbour(1),
            Command::Rename => view.rename_selected(),
            Command::Park => view.park_selected(),
            Command::TrackAgain => view.look_for_selected(),
            Command::Undo => view.send(LiveCommand::Undo),
            Command::Redo => view.send(LiveCommand::Redo),
            Command::ClearCamera => view.clear(),
            Command::Escape => view.escape(),
            _ => return false,
        }
        true
    }

    pub(super) fn apply_live(&mut self, ctx: &egui::Context, action: LiveAction) {
        match action {
            LiveAction::Open(request) => {
                self.live.chooser.is_open = false;
                self.leave(ctx, Leave::OpenCamera(request));
            }
            LiveAction::DiscardLast => self.discard_last_stream(),
            LiveAction::Look => self.live.chooser.look(&self.repaint),
            LiveAction::CloseChooser => self.live.chooser.is_open = false,
            LiveAction::RecordInto(folder) => self.set_recordings(folder),
            LiveAction::SaveLast(secs) => {
                let folder = self.live.chooser.recordings();
                if let Some(view) = &self.live.view {
                    view.send(LiveCommand::SaveLast { folder, secs });
                }
            }
            LiveAction::SetSpeed(speed) => {
                self.live.speed = speed;
                if let Some(view) = &mut self.live.view {
                    view.set_speed(speed);
                }
            }
            pointer => {
                let placement = self.placement;
                let (Some(view), Some(placement)) = (&mut self.live.view, placement) else { return };
                match pointer {
                    LiveAction::Press { at, track, extends } => view.press(at, track, extends),
                    LiveAction::Drag(to) => view.drag(to),
                    LiveAction::Nudge(by) => view.nudge(by * placement.zoom, placement.canvas()),
                    LiveAction::Release => view.release(|at: Pos2| -> SourcePoint { placement.source(at) }),
                    LiveAction::Hover(track) => view.hovered = track,
                    LiveAction::Park { points, parks } => view.park(points, parks),
                    LiveAction::Browse(place) => view.browse(place),
                    LiveAction::Delay(secs) => view.set_delay(secs),
                    _ => {}
                }
            }
        }
    }
}

/// A button that stands for something the camera does.
fn push(actions: &mut Actions, action: LiveAction) {
    actions.push(Action::Live(action));
}
