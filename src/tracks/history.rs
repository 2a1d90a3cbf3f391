//! Undo and redo without limit.

use super::store::{Edits, TrackStore};
use super::track::RunId;

/// What was done, and what was undone. A step costs the tracks' identities, never their samples.
#[derive(Clone, Debug, Default)]
pub struct History {
    done: Vec<(&'static str, Edits)>,
    undone: Vec<(&'static str, Edits)>,
}

impl History {
    /// Notes that something was done to a store that had these edits before. With `joins`, it becomes one step with a
    /// last step of the same label: a slider that is dragged.
    pub fn record(&mut self, label: &'static str, before: Edits, joins: bool) {
        let is_joined = joins && self.undone.is_empty() && self.done.last().is_some_and(|(last, _)| *last == label);
        self.undone.clear();
        if !is_joined {
            self.done.push((label, before));
        }
    }

    /// Undoes the last step; returns what it was.
    pub fn undo(&mut self, store: &mut TrackStore) -> Option<&'static str> {
        step(&mut self.done, &mut self.undone, store)
    }

    /// Does again what was undone last; returns what it was.
    pub fn redo(&mut self, store: &mut TrackStore) -> Option<&'static str> {
        step(&mut self.undone, &mut self.done, store)
    }

    /// What would be undone.
    #[must_use]
    pub fn can_undo(&self) -> Option<&'static str> {
        self.done.last().map(|(label, _)| *label)
    }

    /// What would be done again.
    #[must_use]
    pub fn can_redo(&self) -> Option<&'static str> {
        self.undone.last().map(|(label, _)| *label)
    }

    /// After [`TrackStore::renew_run`]: the steps know the run by its new id, too.
    pub fn replace_run(&mut self, old: RunId, new: RunId) {
        for (_, edits) in self.done.iter_mut().chain(&mut self.undone) {
            edits.replace_run(old, new);
        }
    }
}

fn step(
    from: &mut Vec<(&'static str, Edits)>,
    to: &mut Vec<(&'static str, Edits)>,
    store: &mut TrackStore,
) -> Option<&'static str> {
    let (label, edits) = from.pop()?;
    to.push((label, store.edits().clone()));
    store.restore(edits);
    Some(label)
}
