//! What keys, menus and gestures do on the timeline.

use super::digest::Digests;
use super::scale::{Scale, Window};
use super::{Change, Timeline, range, zoom};
use crate::app::actions::now;
use crate::app::controls::Availability;
use crate::app::keys::Command;
use crate::app::state::State;
use crate::app::toasts::Level;
use crate::geometry::FrameIndex;
use crate::session::{Findings, Survey};
use egui::{Rect, pos2, vec2};

impl Timeline {
    /// Forgets what belonged to the clip before.
    pub(crate) fn begin_clip(&mut self, survey: Option<Survey>) {
        (self.survey, self.findings) = (survey, Findings::default());
        (self.window, self.followed, self.digests) = (None, FrameIndex(0), Digests::default());
        (self.lane_followed, self.lane_wanted, self.lanes_seen) = (None, None, (0.0, 0.0));
    }

    /// Moves the window after the playhead: by a page while the clip plays, else no farther than needed.
    fn follow(&mut self, playhead: FrameIndex, is_playing: bool) {
        if std::mem::replace(&mut self.followed, playhead) == playhead {
            return;
        }
        if let Some(window) = self.window {
            let shown = window.showing(playhead);
            let is_outside = shown != window;
            self.window =
                Some(if is_outside && is_playing { Window { first: f64::from(playhead.0), ..window } } else { shown });
        }
    }
}

impl State {
    /// Brings the timeline up to date before it is laid out.
    pub(crate) fn prepare_timeline(&mut self, ctx: &egui::Context) {
        if let Some(findings) = self.timeline.survey.as_ref().and_then(Survey::take) {
            self.session.set_cuts(&findings.cuts);
            for warning in &findings.warnings {
                self.toasts.add(Level::Warning, warning.as_str(), "", now(ctx));
            }
            self.timeline.findings = findings;
        }
        let selected = self.selected();
        if self.timeline.lane_followed != selected {
            (self.timeline.lane_followed, self.timeline.lane_wanted) = (selected, selected);
        }
        if let Some(clip) = self.session.clip() {
            let (info, tracks) = (clip.info(), clip.tracks());
            let wait = self.timeline.digests.update(tracks, info.num_frames(), info.size, &self.repaint, now(ctx));
            if let Some(secs) = wait {
                ctx.request_repaint_after_secs(secs as f32);
            }
        }
        self.timeline.follow(self.player.playhead, self.player.is_playing());
    }

    /// Applies what the timeline asked for.
    pub(crate) fn change_timeline(&mut self, ctx: &egui::Context, change: Change) {
        match change {
            Change::Show(window) => self.timeline.window = window,
            Change::Range(range) => self.range = range,
            Change::ShowProblems(shows) => self.timeline.shows_problems = shows,
            Change::SortProblems(sort) => self.timeline.problem_sort = sort,
            Change::GoTo(frame) => self.go_to(ctx, frame),
            Change::LanesSeen(offset, height) => {
                (self.timeline.lanes_seen, self.timeline.lane_wanted) = ((offset, height), None);
            }
        }
    }

    /// Whether a command of the timeline can be used now, or why not.
    pub(crate) fn timeline_availability(&self, command: Command) -> Availability {
        let needs = |is_met: bool, reason: &'static str| if is_met { Ok(()) } else { Err(reason) };
        if self.session.clip().is_none() {
            return Err("needs a clip");
        }
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
            Command::QueryFrame => needs(self.selected().is_some(), "needs a selected point"),
            _ => Ok(()),
        }
    }

    /// Runs a command of the timeline.
    pub(crate) fn run_timeline(&mut self, ctx: &egui::Context, command: Command) {
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
            _ => self.jump(ctx, command),
        }
    }

    fn zoomed_about_playhead(&self, last: FrameIndex, factor: f64) -> Option<Window> {
        // Any bed will do: what is held is a place in the clip.
        let bed = Rect::from_min_size(pos2(0.0, 0.0), vec2(1000.0, 1.0));
        let scale = Scale::new(bed, last.get() + 1, self.timeline.window);
        scale.zoomed(scale.middle(self.player.playhead), factor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zoomed_timeline_turns_pages_while_playing_and_creeps_otherwise() {
        let window = Some(Window { first: 10.0, span: 20.0 });
        let mut timeline = Timeline { window, ..Timeline::default() };
        timeline.follow(FrameIndex(25), false);
        assert_eq!(timeline.window, window);
        timeline.follow(FrameIndex(30), false);
        assert_eq!(timeline.window, Some(Window { first: 11.0, span: 20.0 }));
        timeline.follow(FrameIndex(31), true);
        assert_eq!(timeline.window, Some(Window { first: 31.0, span: 20.0 }));
        timeline.window = window; // moved by hand: it stays until the playhead moves
        timeline.follow(FrameIndex(31), true);
        assert_eq!(timeline.window, window);
    }
}
