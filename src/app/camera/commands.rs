//! What commands and threads do to the camera, and when commands make sense.

use super::room::CameraRoom;
use super::view::LiveView;
use crate::app::actions::CameraAction;
use crate::app::canvas::look::Look;
use crate::app::canvas::point_view::{Canvas, PointView};
use crate::app::desk::Desk;
use crate::app::desk::dialogs::Question;
use crate::app::desk::toasts::{Level, Topic};
use crate::app::kit::commands::{Command, JUMP, Menu, Note};
use crate::app::kit::controls::{Availability, needs};
use crate::app::kit::words::name_of;
use crate::app::points::rows::PointsList;
use crate::export::Drawing;
use crate::media::CameraRequest;
use crate::session::{LiveCommand, LiveEvent, Session, aside, save_snapshot};
use std::path::Path;
use std::sync::Arc;

impl CameraRoom {
    /// Opens a camera as soon as the one before is closed.
    pub(crate) fn open(&mut self, request: CameraRequest) {
        self.retire();
        self.canvas = Canvas::default();
        self.list = PointsList::default();
        self.chooser.is_open = false;
        self.wanted = Some(request);
    }

    /// Closes the camera; the clip behind it is seen again.
    pub(crate) fn close(&mut self) {
        self.retire();
        self.wanted = None;
    }

    fn retire(&mut self) {
        if let Some(view) = self.view.take() {
            self.last.take(view.log());
            self.closing.push(view.retire());
        }
    }

    /// Takes in what the camera's threads say.
    pub(crate) fn update(&mut self, desk: &mut Desk, session: &Session) {
        self.chooser.update();
        self.update_snapshots(desk);
        let mut events = Vec::new();
        for session in &self.closing {
            events.extend(session.events());
        }
        self.closing.retain(|session| !session.is_over());
        if !self.closing.is_empty() {
            desk.ctx.request_repaint_after_secs(0.05); // nobody calls when a thread has ended
        }
        let is_ready = self.closing.is_empty() && self.chooser.looking.is_none();
        if is_ready && let Some(request) = self.wanted.take() {
            if self.chooser.found.is_some() {
                let convert = Arc::clone(&self.convert);
                let view =
                    LiveView::start(request, &self.chooser, self.speed, session.network(), convert, &desk.repaint);
                self.view = Some(view);
            } else {
                // Its formats can only be asked for while nobody uses it.
                self.chooser.look(&desk.repaint);
                self.wanted = Some(request);
            }
        }
        if let Some(view) = &mut self.view {
            events.extend(view.update());
        }
        self.update_picture();
        self.last.update(&desk.repaint);
        for event in events {
            self.take_event(desk, session, event);
        }
    }

    /// Whether there is something new to be said of the stream.
    pub(crate) fn has_news(&mut self) -> bool {
        self.view.as_mut().is_some_and(|view| std::mem::take(&mut view.has_news))
    }

    fn take_event(&mut self, desk: &mut Desk, session: &Session, event: LiveEvent) {
        match event {
            LiveEvent::Refused(reason) | LiveEvent::LogFailed(reason) => {
                desk.say(Topic::Edit, Level::Warning, reason, "");
            }
            LiveEvent::Stepped { label, is_redo } => {
                let what = if is_redo { "done again" } else { "undone" };
                desk.say(Topic::Edit, Level::Done, format!("{what}: {label}"), "");
            }
            LiveEvent::GpuFailed(reason) => session.gpu_failed(reason),
            LiveEvent::TrackingFailed(reason) => {
                desk.tell(Level::Error, "points cannot be followed any more", reason);
            }
            LiveEvent::Recorded { path, lines_path, num_frames, num_lost } => {
                let folder = path.parent().unwrap_or(Path::new("")).display().to_string();
                let what = format!("{} and {}", name_of(&path), name_of(&lines_path));
                let lost =
                    if num_lost > 0 { format!("; {num_lost} were lost, the disk was too slow") } else { String::new() };
                let text = format!("recorded {num_frames} frames: {what} in {folder}{lost}");
                let level = if num_lost > 0 { Level::Warning } else { Level::Done };
                desk.say_file(Topic::Recording, level, &text, path.display().to_string(), &path);
            }
            LiveEvent::RecordingFailed(reason) => {
                desk.say(Topic::Recording, Level::Error, "the recording ended", reason);
            }
            LiveEvent::SendingFailed(reason) => {
                desk.tell(Level::Error, "nothing is sent any more", reason);
            }
            LiveEvent::Panicked(message) => {
                desk.tell(Level::Error, "something went wrong inside Cotrail (camera)", message);
                self.close();
            }
        }
    }

    /// Whether a command can be used with a camera; `None` where that does not depend on it.
    pub(crate) fn availability(&self, command: Command) -> Option<Availability> {
        let needs = |is_met: bool, reason: &'static str| Some(needs(is_met, reason));
        let view = self.view.as_ref();
        match command {
            Command::RecordingsFolder => Some(Ok(())),
            Command::ExportLast => needs(self.last.log.is_some(), "needs a camera that was closed"),
            _ if command.menu() == Menu::Camera && !self.is_open() => needs(false, "needs a camera"),
            Command::SaveLast if view.is_some_and(|view| view.status.is_saving) => {
                needs(false, "they are being saved already")
            }
            _ if !self.is_open() => None,
            _ if command.has(Note::Picture) => needs(self.on_screen().is_some(), "no picture yet"),
            Command::Export => needs(view.is_some_and(|view| view.log().status().num_tracks > 0), "needs a point"),
            Command::SelectAll | Command::PreviousPoint | Command::NextPoint | Command::ClearCamera => {
                needs(self.num_points() > 0, "needs a point")
            }
            Command::Delete | Command::Rename | Command::Park | Command::TrackAgain | Command::ZoomSelection => {
                needs(!self.canvas.selection.is_empty(), "needs a selected point")
            }
            Command::Undo => needs(view.is_some_and(|view| view.points().undo.is_some()), "nothing to undo"),
            Command::Redo => needs(view.is_some_and(|view| view.points().redo.is_some()), "nothing to redo"),
            _ if command.has(Note::Camera) => Some(Ok(())),
            Command::OpenDemo => None,
            _ => needs(false, "does not go with a camera"),
        }
    }

    /// Whether a command of the camera's own controls can be used now, or why not.
    pub(super) fn can(&self, command: Command) -> Availability {
        self.availability(command).unwrap_or(Ok(()))
    }

    /// Runs a command on the camera. Returns whether it was meant for it.
    pub(crate) fn run(&mut self, desk: &mut Desk, look: &Look, command: Command) -> bool {
        match command {
            Command::Camera => self.chooser.open(&desk.repaint),
            Command::Mirror => self.is_mirrored ^= true,
            Command::RecordingsFolder => desk.ask(Question::Recordings(self.chooser.recordings())),
            _ if !self.is_open() => return false,
            Command::Snapshot => self.save_snapshot(desk, look),
            command => return self.run_on_stream(command),
        }
        true
    }

    fn run_on_stream(&mut self, command: Command) -> bool {
        let (folder, selection) = (self.chooser.recordings(), self.canvas.selection.clone());
        let parks = !self.is_selection_parked();
        let Some(view) = &mut self.view else { return false };
        match command {
            Command::PlayPause => view.freeze(!view.is_frozen),
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
            Command::Park => view.park(selection, parks),
            Command::TrackAgain => view.send(LiveCommand::LookFor(selection)),
            Command::Undo => view.send(LiveCommand::Undo),
            Command::Redo => view.send(LiveCommand::Redo),
            Command::ClearCamera => {
                view.send(LiveCommand::Clear);
                self.canvas.selection.clear();
            }
            Command::Escape => {
                if !view.give_up_late() {
                    self.canvas.selection.clear();
                }
            }
            _ => return false,
        }
        true
    }

    pub(crate) fn apply(&mut self, desk: &mut Desk, action: CameraAction) {
        match action {
            CameraAction::Open(request) => self.open(request),
            CameraAction::DiscardLast => self.last.discard(&desk.repaint),
            CameraAction::Look => self.chooser.look(&desk.repaint),
            CameraAction::CloseChooser => self.chooser.is_open = false,
            CameraAction::RecordInto(folder) => {
                desk.prompt = None;
                self.chooser.chosen = Some(folder);
            }
            CameraAction::SaveLast(secs) => {
                self.send(LiveCommand::SaveLast { folder: self.chooser.recordings(), secs });
            }
            CameraAction::SendTo(choice) => self.send_to = choice,
            CameraAction::Send(begins) => {
                let target = if begins { self.send_to.target().ok() } else { None };
                self.send(LiveCommand::Send(target));
            }
            CameraAction::SetSpeed(speed) => {
                self.speed = speed;
                self.send(LiveCommand::SetSpeed(speed));
            }
            CameraAction::Park { points, parks } => self.view.iter().for_each(|view| view.park(points.clone(), parks)),
            CameraAction::Browse(place) => self.view.iter_mut().for_each(|view| view.browse(place)),
            CameraAction::Delay(secs) => self.view.iter_mut().for_each(|view| view.set_delay(secs)),
        }
    }

    /// Writes what is on the screen, unmirrored, into a PNG file.
    fn save_snapshot(&mut self, desk: &Desk, look: &Look) {
        let Some(shown) = self.on_screen() else { return };
        let (frame, tracks, at) = (shown.frame.clone(), Arc::clone(&shown.tracks), shown.at);
        let (style, folder) = (look.overlay(), self.chooser.recordings());
        let job = move || save_snapshot(&folder, &frame, &tracks, at, &Drawing::new(style));
        self.snapshots.push(aside("snapshot", Arc::clone(&desk.repaint), job));
    }

    /// Tells of pictures that are written.
    fn update_snapshots(&mut self, desk: &mut Desk) {
        let mut done = Vec::new();
        self.snapshots.retain(|writing| {
            let result = writing.take();
            let is_done = result.is_some();
            done.extend(result.map(Result::flatten));
            !is_done
        });
        for result in done {
            match result {
                Ok(path) => {
                    let folder = path.parent().map(|folder| folder.display().to_string()).unwrap_or_default();
                    let text = format!("wrote {} in {folder}", name_of(&path));
                    desk.say_file(Topic::Recording, Level::Done, &text, path.display().to_string(), &path);
                }
                Err(reason) => {
                    desk.say(Topic::Recording, Level::Error, "the snapshot cannot be written", reason);
                }
            }
        }
    }
}
