//! The parts of the window, each with what it owns; changed only by actions and by what the session reports.

use super::camera::room::CameraRoom;
use super::canvas::look::Look;
use super::canvas::point_view::Canvas;
use super::clip::room::ClipRoom;
use super::desk::Desk;
use super::export::panel::ExportPanel;
use super::kit::commands::Command;
use super::kit::controls::{Availability, needs};
use super::learn::room::LearnRoom;
use super::many::room::ManyRoom;
use super::model::room::ModelRoom;
use super::shell::log_panel::LogPanel;
use super::shell::palette::Palette;
use super::shell::recent::Missing;
use super::shell::stats::FrameTimes;

pub(super) struct State {
    /// What every part may use.
    pub(super) desk: Desk,
    pub(super) look: Look,
    pub(super) model: ModelRoom,
    pub(super) clip: ClipRoom,
    pub(super) camera: CameraRoom,
    pub(super) export: ExportPanel,
    pub(super) many: ManyRoom,
    pub(super) learn: LearnRoom,
    pub(super) palette: Palette,
    pub(super) log: LogPanel,
    pub(super) missing: Missing,
    pub(super) frame_times: FrameTimes,
    pub(super) shows_statistics: bool,
    /// The corner above which messages stand.
    pub(super) canvas_corner: egui::Pos2,
}

impl State {
    /// Whether the start page stands where a clip would be.
    pub(super) fn shows_start_page(&self) -> bool {
        let is_opening = self.clip.session.opening().is_some() || self.clip.projects.loading.is_some();
        self.clip.session.clip().is_none() && (self.missing.page_was_shown || !is_opening)
    }

    pub(super) fn shown_canvas(&self) -> &Canvas {
        if self.camera.is_open() { &self.camera.canvas } else { &self.clip.canvas }
    }

    /// Whether a command can be used now, or why not.
    pub(super) fn availability(&self, command: Command) -> Availability {
        match self.camera.availability(command) {
            Some(with_camera) => with_camera,
            None if command == Command::ManyClips => Ok(()),
            None if command == Command::OpenDemo => needs(self.desk.demo.is_some(), "the demo clip is not installed"),
            None => self.clip.availability(command),
        }
    }

    /// Lets the scale of speeds end where those of the clip do.
    pub(super) fn fit_speeds(&mut self) {
        self.look.fit_speeds(self.clip.session.clip().map(|clip| &**clip.tracks()));
    }
}
