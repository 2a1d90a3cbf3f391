//! Jumps along the clip: to problems, to what was placed by hand, to cuts.

use crate::app::clip::room::ClipRoom;
use crate::app::desk::Desk;
use crate::app::kit::commands::Command;
use crate::geometry::FrameIndex;
use crate::session::Movement;
use crate::tracks::{Problem, TrackId, TrackStore};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Back,
    On,
}

impl ClipRoom {
    pub(crate) fn jump(&mut self, desk: &Desk, command: Command) {
        match command {
            Command::NextProblem => self.jump_to_problem(desk, Way::On),
            Command::PreviousProblem => self.jump_to_problem(desk, Way::Back),
            Command::NextByHand => self.jump_by_hand(desk, Way::On),
            Command::PreviousByHand => self.jump_by_hand(desk, Way::Back),
            Command::NextCut => self.jump_among(desk, &self.timeline.findings.cuts.clone(), Way::On),
            Command::PreviousCut => self.jump_among(desk, &self.timeline.findings.cuts.clone(), Way::Back),
            Command::QueryFrame => {
                let tracks = self.session.clip().map(|clip| clip.tracks().clone());
                let track = tracks.as_ref().and_then(|tracks| tracks.track(self.canvas.selected()?));
                if let Some(frame) = track.map(|track| track.query.frame) {
                    self.go_to(desk, frame);
                }
            }
            _ => {}
        }
    }

    pub(super) fn go_to(&mut self, desk: &Desk, frame: FrameIndex) {
        self.player.pause();
        self.seek(desk, frame, Movement::between(self.player.playhead, frame));
    }

    fn jump_to_problem(&mut self, desk: &Desk, way: Way) {
        let problems = self.problems_in_order();
        let here = (self.player.playhead, self.canvas.selected());
        let Some(problem) = neighbour(&problems, here, way).map(|at| problems[at].1) else { return };
        self.canvas.selection = vec![problem.track];
        self.go_to(desk, problem.first);
    }

    /// The problems with what they are sorted by: first frame, then the track's id.
    fn problems_in_order(&self) -> Vec<((FrameIndex, TrackId), Problem)> {
        let problems = self.timeline.digest().problems.iter();
        let mut keyed: Vec<_> = problems.map(|problem| ((problem.first, problem.track), *problem)).collect();
        keyed.sort_by_key(|(key, _)| *key);
        keyed
    }

    /// The problem that the playhead stands on, with its number from 1: that of the selected point, where it has one.
    pub(crate) fn problem_here(&self) -> Option<(usize, Problem)> {
        let problems = self.timeline.digest().problems.iter().enumerate();
        let playhead = self.player.playhead;
        let here = problems.filter(|(_, problem)| (problem.first..=problem.last).contains(&playhead));
        let selected = self.canvas.selected();
        here.map(|(at, problem)| (at + 1, *problem)).find(|(_, problem)| Some(problem.track) == selected)
    }

    fn jump_by_hand(&mut self, desk: &Desk, way: Way) {
        let Some(clip) = self.session.clip() else { return };
        let frames = frames_by_hand(clip.tracks(), &self.canvas.selection);
        self.jump_among(desk, &frames, way);
    }

    /// Goes to the next of some frames in order.
    fn jump_among(&mut self, desk: &Desk, frames: &[FrameIndex], way: Way) {
        let here = self.player.playhead;
        let target = match way {
            Way::On => frames.iter().find(|frame| **frame > here),
            Way::Back => frames.iter().rev().find(|frame| **frame < here),
        };
        if let Some(frame) = target {
            self.go_to(desk, *frame);
        }
    }
}

/// The next problem in the order of frame and track; after the last one comes the first.
fn neighbour<T>(
    problems: &[((FrameIndex, TrackId), T)],
    (frame, track): (FrameIndex, Option<TrackId>),
    way: Way,
) -> Option<usize> {
    let last = problems.len().checked_sub(1)?;
    // Without a selected point, the problems of this frame are all still to come.
    let is_before = |key: &(FrameIndex, TrackId)| (key.0, Some(key.1)) < (frame, track);
    let is_here = |key: &(FrameIndex, TrackId)| (key.0, Some(key.1)) == (frame, track);
    let before = problems.partition_point(|(key, _)| is_before(key));
    let after = before + problems[before..].iter().take_while(|(key, _)| is_here(key)).count();
    Some(match way {
        Way::On if after <= last => after,
        Way::On => 0,
        Way::Back => before.checked_sub(1).unwrap_or(last),
    })
}

/// Frames on which the user placed or corrected these tracks, all tracks where none is given; in order.
fn frames_by_hand(tracks: &TrackStore, chosen: &[TrackId]) -> Vec<FrameIndex> {
    let chosen = tracks.tracks().filter(|track| chosen.is_empty() || chosen.contains(&track.id));
    let frames = chosen.flat_map(|track| track.corrections.keys().copied().chain([track.query.frame]));
    let sorted: std::collections::BTreeSet<FrameIndex> = frames.collect();
    sorted.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::SourcePoint;
    use crate::tracks::Query;

    fn keys(of: &[(u32, u32)]) -> Vec<((FrameIndex, TrackId), ())> {
        of.iter().map(|(frame, track)| ((FrameIndex(*frame), TrackId(*track)), ())).collect()
    }

    #[test]
    fn every_problem_is_visited_once_in_either_direction() {
        let problems = keys(&[(5, 1), (5, 2), (9, 0), (9, 0), (12, 1)]);
        let (mut here, mut visited) = ((FrameIndex(0), None), Vec::new());
        for _ in 0..5 {
            let at = neighbour(&problems, here, Way::On).unwrap();
            visited.push(at);
            here = (problems[at].0.0, Some(problems[at].0.1));
        }
        assert_eq!(visited, [0, 1, 2, 4, 0], "two at one place are one stop; after the last comes the first");
        let back = |here| neighbour(&problems, here, Way::Back);
        assert_eq!(back((FrameIndex(12), Some(TrackId(1)))), Some(3));
        assert_eq!(back((FrameIndex(9), Some(TrackId(0)))), Some(1));
        assert_eq!(back((FrameIndex(5), Some(TrackId(1)))), Some(4));
        assert_eq!(neighbour::<()>(&[], (FrameIndex(0), None), Way::On), None);
    }

    #[test]
    fn what_was_placed_by_hand_is_asked_for_of_the_chosen_tracks() {
        let mut store = TrackStore::new();
        let query = |frame| (None, Query { frame: FrameIndex(frame), point: SourcePoint::new(0.0, 0.0) });
        let (_, ids) = store.add_run([query(7), query(3), query(7)]);
        assert_eq!(frames_by_hand(&store, &[]), [FrameIndex(3), FrameIndex(7)]);
        assert_eq!(frames_by_hand(&store, &ids[..1]), [FrameIndex(7)]);
    }
}
