//! What the timeline remembers of how it is looked at, and what it asks for.

use super::digest::{Digest, Digests};
use super::ruler::Units;
use super::scale::{Range, Window};
use crate::geometry::FrameIndex;
use crate::session::{Findings, Survey};
use crate::tracks::TrackId;

/// What the table is in the order of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ProblemSort {
    Point,
    Frames,
    Kind,
    /// The worst first.
    #[default]
    Score,
}

impl ProblemSort {
    pub(super) const ALL: [Self; 4] = [Self::Point, Self::Frames, Self::Kind, Self::Score];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Point => "Point",
            Self::Frames => "Frames",
            Self::Kind => "Kind",
            Self::Score => "Score",
        }
    }
}

#[derive(Default)]
pub(crate) struct Timeline {
    /// What is shown; all of the clip where `None`.
    pub(super) window: Option<Window>,
    pub(crate) units: Units,
    /// The playhead when the window last followed it.
    pub(super) followed: FrameIndex,
    pub(crate) shows_lanes: bool,
    /// Whether the table of problems is open, and its order.
    pub(crate) shows_problems: bool,
    pub(super) problem_sort: ProblemSort,
    /// How far the lanes are scrolled, and how much of them can be seen.
    pub(super) lanes_seen: (f32, f32),
    /// The selected track, once its lane has been scrolled to; and the one to scroll to.
    pub(super) lane_followed: Option<TrackId>,
    pub(super) lane_wanted: Option<TrackId>,
    pub(super) digests: Digests,
    pub(super) survey: Option<Survey>,
    /// Cuts and missing frames, as far as the survey has come.
    pub(super) findings: Findings,
}

impl Timeline {
    pub(crate) fn digest(&self) -> &Digest {
        &self.digests.newest
    }

    /// Forgets what belonged to the clip before.
    pub(crate) fn begin_clip(&mut self, survey: Option<Survey>) {
        (self.survey, self.findings) = (survey, Findings::default());
        (self.window, self.followed, self.digests) = (None, FrameIndex(0), Digests::default());
        (self.lane_followed, self.lane_wanted, self.lanes_seen) = (None, None, (0.0, 0.0));
    }

    /// Moves the window after the playhead: by a page while the clip plays, else no farther than needed.
    pub(super) fn follow(&mut self, playhead: FrameIndex, is_playing: bool) {
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

/// A change that the timeline asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Change {
    /// Shows this part of the clip, or all.
    Show(Option<Window>),
    /// Sets the range, or removes it.
    Range(Option<Range>),
    ShowProblems(bool),
    SortProblems(ProblemSort),
    /// Goes to a frame and stops there.
    GoTo(FrameIndex),
    /// The lanes were drawn, scrolled so far, so much of them in sight.
    LanesSeen(f32, f32),
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
