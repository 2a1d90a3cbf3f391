//! What commands do to the clip that is open, and when they make sense.

use super::room::ClipRoom;
use crate::app::actions::ClipAction;
use crate::app::canvas::point_view::PointView;
use crate::app::canvas::view::View;
use crate::app::desk::Desk;
use crate::app::kit::commands::{Command, JUMP, Menu, Note};
use crate::app::kit::controls::{Availability, needs};
use crate::geometry::FrameIndex;
use crate::session::Movement;
use crate::tracks::Ways;
use std::sync::Arc;

impl ClipRoom {
    pub(crate) fn apply(&mut self, desk: &mut Desk, action: ClipAction) {
        match action {
            ClipAction::Seek(frame, movement) => self.seek(desk, frame, movement),
            ClipAction::SetSpeed(speed) => self.set_speed(desk, speed),
            ClipAction::Edit(edit) => drop(self.edit(desk, &edit)),
            ClipAction::Solo(tracks) => self.solo = tracks,
            ClipAction::ToggleSolo(track) => self.toggle_solo(track),
            ClipAction::Timeline(change) => self.change_timeline(desk, change),
            ClipAction::Import(path) => self.import(desk, path),
            ClipAction::Marked { mark, points, is_new } => self.marked(desk, mark, &points, is_new),
            ClipAction::Chart(kind) => self.measuring.charts.kind = kind,
            ClipAction::SaveChart(format) => self.ask_for_chart(desk, format),
            ClipAction::WriteChart(path) => self.write_chart(desk, &path),
            ClipAction::ReadAs(options) => self.read_as(desk, options),
        }
    }

    /// Whether a command can be used now, or why not.
    pub(crate) fn availability(&self, command: Command) -> Availability {
        let has_clip = self.session.clip().is_some();
        match command {
            _ if command.has(Note::Clip) => needs(has_clip, "needs a clip"),
            _ if command.menu() == Menu::Timeline => self.timeline_availability(command),
            _ if command.menu() == Menu::Measure => self.measure_availability(command),
            Command::Export => needs(has_clip && self.num_points() > 0, "needs a clip with a point"),
            Command::PreviousPoint | Command::NextPoint | Command::SelectAll => {
                needs(self.num_points() > 0, "needs a point")
            }
            Command::Delete
            | Command::Rename
            | Command::TrackAgain
            | Command::TrackBack
            | Command::TrackBothWays
            | Command::EditPoint
            | Command::ZoomSelection => needs(!self.canvas.selection.is_empty(), "needs a selected point"),
            Command::TrackTogether => {
                let clip = self.session.clip();
                needs(clip.is_some_and(|clip| !clip.tracks().is_empty()), "needs a point")?;
                needs(clip.is_none_or(|clip| !clip.tracks().are_together()), "all points were tracked together")
            }
            _ if command.has(Note::Points) => self.points_availability(command),
            Command::Undo => needs(self.session.can_undo().is_some(), "nothing to undo"),
            Command::Redo => needs(self.session.can_redo().is_some(), "nothing to redo"),
            Command::StopTracking => needs(self.is_tracking(), "nothing is being tracked"),
            _ => Ok(()),
        }
    }

    pub(crate) fn run(&mut self, desk: &mut Desk, command: Command) {
        match command {
            Command::Undo => self.undo(desk),
            Command::Redo => self.redo(desk),
            Command::TrackTogether => self.track_together(desk),
            Command::TrackAgain => self.track_again(desk, Ways::Forward),
            Command::TrackBack => self.track_again(desk, Ways::Backward),
            Command::TrackBothWays => self.track_again(desk, Ways::Both),
            Command::BothWays => {
                self.goes_both_ways ^= true;
                self.session.set_both_ways(self.goes_both_ways);
            }
            Command::StopTracking => self.session.cancel_tracking(),
            Command::Escape => {
                if std::mem::take(&mut self.canvas.selection).is_empty() {
                    self.session.cancel_tracking();
                }
            }
            _ if command.has(Note::Points) => self.run_on_points(desk, command),
            Command::Results => egui::Popup::toggle_id(&desk.ctx, crate::app::points::rows::results_id()),
            Command::PlayPause => self.play_or_pause(desk),
            Command::StepBack => self.step(desk, -1),
            Command::StepForward => self.step(desk, 1),
            Command::JumpBack => self.step(desk, -JUMP),
            Command::JumpForward => self.step(desk, JUMP),
            Command::FirstFrame => self.step(desk, isize::MIN),
            Command::LastFrame => self.step(desk, isize::MAX),
            Command::Loop => self.player.loops ^= true,
            Command::Slower => self.set_speed(desk, self.player.neighbour_speed(-1)),
            Command::Faster => self.set_speed(desk, self.player.neighbour_speed(1)),
            Command::NormalSpeed => self.set_speed(desk, 1.0),
            Command::Properties => self.open_properties(desk),
            command if command.menu() == Menu::Measure => self.run_measure(desk, command),
            command => self.run_timeline(desk, command),
        }
    }

    fn times(&self) -> Option<Arc<[f64]>> {
        self.session.clip().map(|clip| clip.info().times_secs.clone())
    }

    pub(in crate::app::clip) fn seek(&mut self, desk: &Desk, frame: FrameIndex, movement: Movement) {
        if let Some(times) = self.times() {
            self.player.seek(frame, &times, desk.now_secs());
            self.session.show(self.player.playhead, movement);
        }
    }

    fn step(&mut self, desk: &Desk, by: isize) {
        self.player.pause();
        let target = FrameIndex(self.player.playhead.get().saturating_add_signed(by).min(u32::MAX as usize) as u32);
        let movement = if by < 0 { Movement::Backward } else { Movement::Forward };
        self.seek(desk, target, movement);
    }

    fn set_speed(&mut self, desk: &Desk, speed: f64) {
        let times = self.times().unwrap_or_default();
        self.player.set_speed(speed, &times, desk.now_secs());
    }

    pub(super) fn play_or_pause(&mut self, desk: &Desk) {
        let Some(times) = self.times() else { return };
        self.hints.has_moved_on |= self.hints.has_tracked;
        if self.player.is_playing() {
            self.player.pause();
            // Forward: the frame itself instead of whichever came last.
            self.session.show(self.player.playhead, Movement::Forward);
        } else {
            self.player.play(&times, self.range, desk.now_secs());
            self.session.show(self.player.playhead, Movement::Play);
        }
    }

    /// Moves the playhead while the clip plays; wakes up for the next frame.
    pub(crate) fn keep_playing(&mut self, desk: &Desk) {
        let Some(times) = self.times() else { return };
        let before = self.player.playhead;
        if let Some(secs) = self.player.advance(&times, self.range, desk.now_secs()) {
            desk.ctx.request_repaint_after_secs(secs as f32);
        }
        if self.player.playhead != before {
            self.session.show(self.player.playhead, Movement::Play);
        }
    }

    /// Forgets what belonged to the clip before.
    pub(crate) fn begin(&mut self) {
        self.player.rewind();
        self.canvas.view = View::Fit;
        self.range = None;
        self.timeline.begin_clip(self.session.survey());
        self.forget(|_| true);
        self.canvas.let_go();
        self.list.begin_clip();
        self.session.show(FrameIndex(0), Movement::Forward);
    }
}
