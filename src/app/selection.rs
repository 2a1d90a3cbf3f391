//! Which points are selected, in the order in which they were; the last one is the one that keys and labels mean.

use super::state::State;
use crate::tracks::{Edit, TrackId};

/// The point so many places after the one that is meant, or before it; without one, the first or the last.
pub(super) fn neighbour(ids: &[TrackId], meant: Option<TrackId>, by: isize) -> Option<TrackId> {
    let at = meant.and_then(|meant| ids.iter().position(|id| *id == meant));
    let next = match at {
        Some(at) => ids.get(at.saturating_add_signed(by).min(ids.len().saturating_sub(1))),
        None if by < 0 => ids.last(),
        None => ids.first(),
    };
    next.copied()
}

impl State {
    /// The point that commands for one point act on: the one selected last.
    pub(super) fn selected(&self) -> Option<TrackId> {
        self.selection.last().copied()
    }

    /// Whether a point is selected.
    pub(super) fn is_selected(&self, track: TrackId) -> bool {
        self.selection.contains(&track)
    }

    /// Selects these points and no others; the last one is the one that is meant.
    pub(super) fn select(&mut self, tracks: Vec<TrackId>) {
        self.selection = tracks;
    }

    /// Adds a point to the selection, or takes it out.
    pub(super) fn toggle(&mut self, track: TrackId) {
        if self.is_selected(track) {
            self.selection.retain(|other| *other != track);
        } else {
            self.selection.push(track);
        }
    }

    /// Every point, in the order in which they were added.
    fn all_points(&self) -> Vec<TrackId> {
        self.session.clip().map_or_else(Vec::new, |clip| clip.tracks().tracks().map(|track| track.id).collect())
    }

    /// Selects every point; the one that was meant stays meant.
    pub(super) fn select_all(&mut self) {
        let meant = self.selected();
        self.selection = self.all_points();
        if let Some(meant) = meant {
            self.selection.retain(|track| *track != meant);
            self.selection.push(meant);
        }
    }

    /// Selects the point before or after the one that is meant.
    pub(super) fn select_neighbour(&mut self, by: isize) {
        let ids = self.list.order().unwrap_or_else(|| self.all_points());
        self.selection = neighbour(&ids, self.selected(), by).into_iter().collect();
    }

    /// Deletes points. What stays selected of the others stays; where nothing does, a neighbour takes over.
    pub(super) fn delete(&mut self, ctx: &egui::Context, tracks: &[TrackId]) {
        let ids = self.all_points();
        let is_kept = |id: &&TrackId| !tracks.contains(id);
        let first = ids.iter().position(|id| tracks.contains(id)).unwrap_or(0);
        let neighbour = ids[first..].iter().find(is_kept).or_else(|| ids[..first].iter().rfind(is_kept)).copied();
        let had_selected = tracks.iter().any(|track| self.is_selected(*track));
        let is_done = self.edit(ctx, &Edit::Delete { tracks: tracks.to_vec() });
        if is_done && had_selected && self.selection.is_empty() {
            self.selection.extend(neighbour);
        }
    }

    /// Takes points that are gone out of everything that points at them.
    pub(super) fn forget(&mut self, is_gone: impl Fn(TrackId) -> bool) {
        self.selection.retain(|track| !is_gone(*track));
        self.list.forget(&is_gone);
        self.hovered.take_if(|hovered| is_gone(*hovered));
        self.renaming.take_if(|renaming| is_gone(renaming.track));
    }
}
