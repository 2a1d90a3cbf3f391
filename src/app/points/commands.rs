//! What commands do to the selected points, and when they make sense.

use crate::app::canvas::point_view::PointView;
use crate::app::clip::room::ClipRoom;
use crate::app::desk::Desk;
use crate::app::kit::commands::Command;
use crate::app::kit::controls::{Availability, needs};
use crate::geometry::FrameIndex;
use crate::tracks::{Edit, Track, TrackId};
use std::collections::HashMap;

const NEEDS_POINT: &str = "needs a selected point";
const NEEDS_TWO: &str = "needs two selected points";
const IS_LOCKED: &str = "the point is locked";

impl ClipRoom {
    /// Whether a command on the selected points can be used now, or why not.
    pub(crate) fn points_availability(&self, command: Command) -> Availability {
        needs(self.num_points() > 0, "needs a point")?;
        if command == Command::FilterPoints {
            return Ok(());
        }
        needs(!self.canvas.selection.is_empty(), NEEDS_POINT)?;
        if matches!(command, Command::HidePoints | Command::LockPoints | Command::Solo) {
            return Ok(());
        }
        let tracks = self.selected_tracks();
        if matches!(command, Command::MergePoints | Command::SwapPoints) {
            needs(tracks.len() == 2, NEEDS_TWO)?;
            needs(!tracks.iter().any(|track| track.locked), "one of the points is locked")?;
        }
        match command {
            Command::SplitPoint => {
                needs(tracks.len() == 1, "needs a single selected point")?;
                needs(!tracks[0].locked, IS_LOCKED)?;
                needs(self.is_inside(tracks[0]), "the point does not begin before the shown frame")
            }
            Command::SwapPoints => needs(
                tracks.iter().all(|track| self.start(track) < self.meant_frame()),
                "needs a frame on which both points have begun",
            ),
            Command::ClearFrame | Command::ClearAfter | Command::ClearBefore => {
                needs(tracks.iter().any(|track| !track.locked), IS_LOCKED)?;
                let reason = match command {
                    Command::ClearFrame => "the point has nothing on this frame",
                    Command::ClearAfter => "the point has nothing after this frame",
                    _ => "the point has nothing before this frame",
                };
                needs(tracks.iter().any(|track| self.is_clearable(track, command)), reason)
            }
            Command::GroupPoints => needs(!tracks.iter().any(|track| track.locked), IS_LOCKED),
            _ => Ok(()),
        }
    }

    /// Does what a command says to the selected points.
    pub(crate) fn run_on_points(&mut self, desk: &mut Desk, command: Command) {
        let (tracks, frame) = (self.canvas.selection.clone(), self.meant_frame());
        let edit = match command {
            Command::HidePoints => Edit::SetHidden { tracks, hidden: !self.are_all(|track| track.hidden) },
            Command::LockPoints => Edit::SetLocked { tracks, locked: !self.are_all(|track| track.locked) },
            Command::MergePoints => Edit::Merge { first: tracks[0], second: tracks[1] },
            Command::SplitPoint => Edit::Split { track: tracks[0], frame },
            Command::SwapPoints => Edit::Swap { a: tracks[0], b: tracks[1], frame },
            Command::ClearFrame => Edit::ClearFrame { tracks: self.clearable(command), frame },
            Command::ClearAfter => Edit::ClearAfter { tracks: self.clearable(command), frame },
            Command::ClearBefore => Edit::ClearBefore { tracks: self.clearable(command), frame },
            Command::Solo => {
                self.solo = if self.is_solo_the_selection() { Vec::new() } else { tracks };
                return;
            }
            Command::GroupPoints => {
                let group = self.selected_tracks().first().and_then(|track| track.group.clone()).unwrap_or_default();
                return self.list.ask_for_group(tracks, &group);
            }
            Command::FilterPoints => {
                self.list.wants_focus = true;
                return;
            }
            _ => return,
        };
        self.edit(desk, &edit);
    }

    /// Whether a command that can be on or off is on for all selected points.
    pub(crate) fn is_on_for_selected(&self, command: Command) -> bool {
        match command {
            Command::HidePoints => self.are_all(|track| track.hidden),
            Command::LockPoints => self.are_all(|track| track.locked),
            Command::Solo => !self.canvas.selection.is_empty() && self.is_solo_the_selection(),
            _ => false,
        }
    }

    /// Adds a point to those that are shown alone, or takes it out.
    pub(crate) fn toggle_solo(&mut self, track: TrackId) {
        let solo = &mut self.solo;
        match solo.iter().position(|other| *other == track) {
            Some(at) => drop(solo.remove(at)),
            None => solo.push(track),
        }
    }

    fn is_solo_the_selection(&self) -> bool {
        let solo = &self.solo;
        solo.len() == self.canvas.selection.len() && solo.iter().all(|track| self.canvas.is_selected(*track))
    }

    /// The selected tracks, in the order in which they were selected.
    fn selected_tracks(&self) -> Vec<&Track> {
        let Some(clip) = self.session.clip() else { return Vec::new() };
        let by_id: HashMap<TrackId, &Track> = clip.tracks().tracks().map(|track| (track.id, track)).collect();
        self.canvas.selection.iter().filter_map(|id| by_id.get(id).copied()).collect()
    }

    fn are_all(&self, is_so: impl Fn(&Track) -> bool) -> bool {
        let tracks = self.selected_tracks();
        !tracks.is_empty() && tracks.into_iter().all(is_so)
    }

    /// The first frame on which a track has something, or will have.
    fn start(&self, track: &Track) -> FrameIndex {
        let covered = self.session.clip().and_then(|clip| clip.tracks().covered(track.id));
        covered.map_or(track.query.frame, |(first, _)| first)
    }

    /// Whether a track has a position on the shown frame and begins before it.
    fn is_inside(&self, track: &Track) -> bool {
        self.start(track) < self.meant_frame() && self.has_sample(track, self.meant_frame())
    }

    fn has_sample(&self, track: &Track, frame: FrameIndex) -> bool {
        self.session.clip().is_some_and(|clip| clip.tracks().sample(track.id, frame).is_some())
    }

    /// The selected tracks of which a command would take something away, and leave something.
    fn clearable(&self, command: Command) -> Vec<TrackId> {
        let tracks = self.selected_tracks().into_iter().filter(|track| self.is_clearable(track, command));
        tracks.map(|track| track.id).collect()
    }

    fn is_clearable(&self, track: &Track, command: Command) -> bool {
        let frame = self.meant_frame();
        let covered = || self.session.clip().and_then(|clip| clip.tracks().covered(track.id));
        let has_some = match command {
            Command::ClearFrame => self.has_sample(track, frame),
            Command::ClearAfter => covered().is_some_and(|(first, last)| first <= frame && frame < last),
            _ => self.is_inside(track),
        };
        has_some && !track.locked
    }
}
