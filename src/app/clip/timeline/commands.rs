//! What keys, menus and gestures do on the timeline.

use super::scale::{Scale, Window};
use super::state::Change;
use super::{range, zoom};
use crate::app::canvas::point_view::PointView;
use crate::app::clip::room::ClipRoom;
use crate::app::desk::Desk;
use crate::app::desk::toasts::Level;
use crate::app::kit::commands::Command;
use crate::app::kit::controls::{Availability, needs};
use crate::geometry::FrameIndex;
use crate::session::Survey;
use egui::{Rect, pos2, vec2};

impl ClipRoom {
    /// Brings the timeline up to date before it is laid out.
    pub(crate) fn prepare_timeline(&mut self, desk: &mut Desk) {
        if let Some(findings) = self.timeline.survey.as_ref().and_then(Survey::take) {
            self.session.set_cuts(&findings.cuts);
            for warning in &findings.warnings {
                desk.tell(Level::Warning, warning.as_str(), "");
            }
            self.timeline.findings = findings;
        }
        let selected = self.canvas.selected();
        if self.timeline.lane_followed != selected {
            (self.timeline.lane_followed, self.timeline.lane_wanted) = (selected, selected);
        }
        if let Some(clip) = self.session.clip() {
            let (info, tracks) = (clip.info(), clip.tracks());
            let wait =
                self.timeline.digests.update(tracks, info.num_frames(), info.size, &desk.repaint, desk.now_secs());
            if let Some(secs) = wait {
                desk.ctx.request_repaint_after_secs(secs as f32);
            }
        }
        self.timeline.follow(self.player.playhead, self.player.is_playing());
    }

    pub(crate) fn change_timeline(&mut self, desk: &Desk, change: Change) {
        match change {
            Change::Show(window) => self.timeline.window = window,
            Change::Range(range) => self.range = range,
            Change::ShowProblems(shows) => self.timeline.shows_problems = shows,
            Change::SortProblems(sort) => self.timeline.problem_sort = sort,
            Change::GoTo(frame) => self.go_to(desk, frame),
            Change::LanesSeen(offset, height) => {
                (self.timeline.lanes_seen, self.timeline.lane_wanted) = ((offset, height), None);
            }
        }
    }

    /// Whether a command of the timeline can be used now, or why not.
    pub(crate) fn timeline_availability(&self, command: Command) -> Availability {
        needs(self.session.clip().is_some(), "needs a clip")?;
        match command {
            Command::ClearRange => needs(self.range.is_some(), "there is no range"),
            Command::TimelineAll => needs(self.timeline.window.is_some(), "the whole clip is shown"),
            Command::NextProblem | Command::PreviousProblem => {
                needs(!self.timeline.digest().problems.is_empty(), "no problems were found")
            }
            Command::NextCut | Command::PreviousCut => {
                needs(!self.timeline.findings.cuts.is_empty(), "no cuts were found")
            }
            Command::NextByHand | Command::PreviousByHand => needs(self.num_points() > 0, "needs a point"),
            Command::QueryFrame => needs(self.canvas.selected().is_some(), "needs a selected point"),
            _ => Ok(()),
        }
    }

    pub(crate) fn run_timeline(&mut self, desk: &Desk, command: Command) {
        let Some(clip) = self.session.clip() else { return };
        let info = clip.info();
        let last = FrameIndex::new(info.num_frames().saturating_sub(1));
        let playhead = self.player.playhead;
        match command {
            Command::RangeStart => self.range = range::with_start(self.range, playhead, last),
            Command::RangeEnd => self.range = range::with_end(self.range, playhead, last),
            Command::ClearRange => self.range = None,
            Command::TimelineIn => self.timeline.window = self.zoomed_about_playhead(last, zoom::PER_NOTCH),
            Command::TimelineOut => self.timeline.window = self.zoomed_about_playhead(last, 1.0 / zoom::PER_NOTCH),
            Command::TimelineAll => self.timeline.window = None,
            Command::Units => self.timeline.units = self.timeline.units.for_clip(info).next(info.variable_rate),
            Command::Lanes => self.timeline.shows_lanes ^= true,
            Command::Problems => self.timeline.shows_problems ^= true,
            _ => self.jump(desk, command),
        }
    }

    fn zoomed_about_playhead(&self, last: FrameIndex, factor: f64) -> Option<Window> {
        // Any bed will do: what is held is a place in the clip.
        let bed = Rect::from_min_size(pos2(0.0, 0.0), vec2(1000.0, 1.0));
        let scale = Scale::new(bed, last.get() + 1, self.timeline.window);
        scale.zoomed(scale.middle(self.player.playhead), factor)
    }
}
