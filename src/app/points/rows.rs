//! Which rows the list of points has, and what it remembers.

use super::filter::{Choice, Item};
use super::sparkline::Digests;
use crate::tracks::{TrackId, TrackStore};
use egui::Id;
use std::sync::Arc;

/// Up to this many new points are selected.
pub(crate) const MAX_SELECTED: usize = 12;

#[derive(Clone, Debug)]
pub(crate) struct Renaming {
    pub(crate) track: TrackId,
    pub(crate) text: String,
    pub(crate) needs_focus: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Grouping {
    pub(super) tracks: Vec<TrackId>,
    pub(super) text: String,
    pub(super) needs_focus: bool,
}

/// Where the popup with what is done to results stands.
pub(crate) fn results_id() -> Id {
    Id::unique("results_popup")
}

/// The list with what the user chose about it.
#[derive(Default)]
pub(crate) struct PointsList {
    pub(crate) choice: Choice,
    /// The filter field takes the focus next.
    pub(super) wants_focus: bool,
    pub(super) grouping: Option<Grouping>,
    pub(crate) renaming: Option<Renaming>,
    pub(super) digests: Digests,
    pub(super) items: Vec<Item>,
    pub(super) made_from: Option<(Arc<TrackStore>, Choice, u64)>,
    /// Where a range of rows begins.
    pub(super) anchor: Option<TrackId>,
    /// The selected point that was last scrolled to.
    pub(super) scrolled_to: Option<TrackId>,
}

impl PointsList {
    /// The points in the order of the list; `None` before it was first laid out.
    pub(crate) fn order(&self) -> Option<Vec<TrackId>> {
        self.made_from.as_ref()?;
        Some(self.points().collect())
    }

    fn points(&self) -> impl Iterator<Item = TrackId> {
        self.items.iter().filter_map(|item| match item {
            Item::Point { id, .. } => Some(*id),
            Item::Group(_) => None,
        })
    }

    /// Lists these points as they are.
    pub(crate) fn set_points(&mut self, ids: impl Iterator<Item = TrackId>) {
        self.items = ids.map(|id| Item::Point { id, is_in_group: false }).collect();
    }

    /// Opens the dialog that asks for the name of a group, with a name to begin with.
    pub(super) fn ask_for_group(&mut self, tracks: Vec<TrackId>, name: &str) {
        self.grouping = Some(Grouping { tracks, text: name.to_owned(), needs_focus: true });
    }

    pub(super) fn num_listed(&self) -> Option<usize> {
        self.made_from.as_ref().map(|_| self.points().count())
    }

    /// Forgets what belonged to the clip before; the order and the filter stay.
    pub(crate) fn begin_clip(&mut self) {
        let choice = Choice { order: self.choice.order, ..Choice::default() };
        *self = Self { choice, ..Self::default() };
    }

    /// Lists a point, whatever the filter says, and brings the selected one into view.
    pub(crate) fn reveal(&mut self, track: TrackId) {
        self.scrolled_to = None;
        if self.made_from.is_some() && !self.points().any(|listed| listed == track) {
            self.choice.clear_filter();
            self.choice.folded.clear();
        }
    }

    /// Takes points that are gone out of what points at them.
    pub(crate) fn forget(&mut self, is_gone: impl Fn(TrackId) -> bool) {
        self.anchor.take_if(|track| is_gone(*track));
        self.renaming.take_if(|renaming| is_gone(renaming.track));
    }

    /// The rows from the one where a range begins to this one.
    pub(super) fn range_to(&self, track: TrackId, meant: Option<TrackId>) -> Vec<TrackId> {
        let order: Vec<TrackId> = self.points().collect();
        let place = |id: TrackId| order.iter().position(|other| *other == id);
        let from = self.anchor.or(meant).and_then(place);
        let (Some(from), Some(to)) = (from, place(track)) else { return vec![track] };
        let mut range = order[from.min(to)..=from.max(to)].to_vec();
        if to < from {
            range.reverse(); // the one that was clicked is meant
        }
        range
    }
}
