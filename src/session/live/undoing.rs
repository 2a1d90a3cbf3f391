//! What undo takes back in a live stream. Points move on with it, so a step holds what the points were before; undoing
//! it puts them back so and keeps what they are now, for redo.

use crate::geometry::SourcePoint;
use crate::tracker::{PointAside, PointState};
use crate::tracks::TrackId;

/// Steps that can be taken back.
const MAX_STEPS: usize = 100;
/// Points that the steps may hold, beside those of the newest one: some 50 to 100 kB each.
const MAX_POINTS: usize = 100;

/// Everything that is known of a point.
#[derive(Clone, Debug)]
pub(super) struct Out {
    /// In source pixels.
    pub(super) position: SourcePoint,
    pub(super) state: PointState,
    /// What it looks like; `None` where another network has taken over since.
    pub(super) patch: Option<PointAside>,
}

/// What points were before a command.
#[derive(Clone, Debug)]
pub(super) enum Change {
    /// `None` where there was no such point.
    Points(Vec<(TrackId, Option<Out>)>),
    /// The name that the user had given, if any.
    Name(TrackId, Option<String>),
}

/// One command of the user.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) label: &'static str,
    pub(super) change: Change,
}

impl Step {
    fn num_points(&self) -> usize {
        match &self.change {
            Change::Points(points) => points.iter().filter(|(_, out)| out.is_some()).count(),
            Change::Name(..) => 0,
        }
    }
}

/// What can be taken back, and what can be done again; the newest at the end.
#[derive(Debug, Default)]
pub(super) struct Steps {
    undo: Vec<Step>,
    redo: Vec<Step>,
}

impl Steps {
    /// The user did something new.
    pub(super) fn did(&mut self, label: &'static str, change: Change) {
        self.redo.clear();
        self.undo.push(Step { label, change });
        self.trim();
    }

    /// The step to take back, or to do again.
    pub(super) fn take(&mut self, is_redo: bool) -> Option<Step> {
        if is_redo { self.redo.pop() } else { self.undo.pop() }
    }

    /// That was done; this is the way back.
    pub(super) fn stepped(&mut self, is_redo: bool, reverse: Step) {
        let way_back = if is_redo { &mut self.undo } else { &mut self.redo };
        way_back.push(reverse);
        self.trim();
    }

    pub(super) fn undo_label(&self) -> Option<&'static str> {
        Some(self.undo.last()?.label)
    }

    pub(super) fn redo_label(&self) -> Option<&'static str> {
        Some(self.redo.last()?.label)
    }

    /// Another network has no use for what the points looked like to the one before.
    pub(super) fn forget_patches(&mut self) {
        for step in self.undo.iter_mut().chain(&mut self.redo) {
            if let Change::Points(points) = &mut step.change {
                points.iter_mut().filter_map(|(_, out)| out.as_mut()).for_each(|out| out.patch = None);
            }
        }
    }

    /// The oldest steps go; one of each kind stays, however large.
    fn trim(&mut self) {
        for steps in [&mut self.undo, &mut self.redo] {
            let mut num_points = 0;
            let kept = steps.iter().rev().enumerate().take_while(|(age, step)| {
                num_points += step.num_points();
                *age == 0 || (*age < MAX_STEPS && num_points <= MAX_POINTS)
            });
            let num_kept = kept.count();
            steps.drain(..steps.len() - num_kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(num_points: u32) -> Change {
        let out = Out { position: SourcePoint::default(), state: PointState::Lost, patch: None };
        Change::Points((0..num_points).map(|id| (TrackId(id), Some(out.clone()))).collect())
    }

    #[test]
    fn what_can_be_taken_back_is_bounded_and_the_newest_step_always_can() {
        let mut steps = Steps::default();
        (0..1000).for_each(|_| steps.did("add", Change::Points(vec![(TrackId(0), None)])));
        assert_eq!(std::iter::from_fn(|| steps.take(false)).count(), MAX_STEPS);
        (0..50).for_each(|_| steps.did("delete", change(10)));
        assert_eq!(std::iter::from_fn(|| steps.take(false)).count(), MAX_POINTS / 10);
        steps.did("delete", change(10_000));
        assert_eq!((steps.undo_label(), steps.redo_label()), (Some("delete"), None));
    }

    #[test]
    fn something_new_ends_what_can_be_done_again() {
        let mut steps = Steps::default();
        steps.did("add", change(1));
        let step = steps.take(false).unwrap();
        steps.stepped(false, step);
        assert_eq!((steps.undo_label(), steps.redo_label()), (None, Some("add")));
        steps.did("move", change(1));
        assert_eq!((steps.undo_label(), steps.redo_label()), (Some("move"), None));
    }
}
