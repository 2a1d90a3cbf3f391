//! The rows of the list: which there are, and those that are on the screen.

use super::filter::{Choice, Facts, Item, Order, Show, listed};
use super::point_state::PointState;
use super::row::{self, Row};
use super::sparkline::Digests;
use crate::app::actions::{Action, Actions};
use crate::app::state::State;
use crate::app::style;
use crate::geometry::FrameIndex;
use crate::session::Clip;
use crate::tracks::{TrackId, TrackStore};
use egui::{Modifiers, Rect, RichText, ScrollArea, Ui, vec2};
use std::ops::Range;
use std::sync::Arc;

/// The list with what the user chose about it.
#[derive(Default)]
pub(in crate::app) struct PointsList {
    pub(super) choice: Choice,
    /// Where there are some, the view shows these points and no others.
    pub(in crate::app) solo: Vec<TrackId>,
    /// The filter field takes the focus next.
    pub(super) wants_focus: bool,
    pub(super) grouping: Option<super::grouping::Grouping>,
    pub(super) digests: Digests,
    items: Vec<Item>,
    made_from: Option<(Arc<TrackStore>, Choice, u64)>,
    /// Where a range of rows begins.
    anchor: Option<TrackId>,
    /// The selected point that was last scrolled to.
    scrolled_to: Option<TrackId>,
}

impl PointsList {
    /// The points in the order of the list; `None` before it was first laid out.
    pub(in crate::app) fn order(&self) -> Option<Vec<TrackId>> {
        self.made_from.as_ref()?;
        Some(self.points().collect())
    }

    fn points(&self) -> impl Iterator<Item = TrackId> {
        self.items.iter().filter_map(|item| match item {
            Item::Point { id, .. } => Some(*id),
            Item::Group(_) => None,
        })
    }

    /// How many points are listed.
    pub(super) fn num_listed(&self) -> Option<usize> {
        self.made_from.as_ref().map(|_| self.points().count())
    }

    /// The order that is kept from one start to the next.
    pub(in crate::app) fn chosen_order(&self) -> Order {
        self.choice.order
    }

    pub(in crate::app) fn set_order(&mut self, order: Order) {
        self.choice.order = order;
    }

    /// Forgets what belonged to the clip before; the order and the filter stay.
    pub(in crate::app) fn begin_clip(&mut self) {
        let choice = Choice { order: self.choice.order, ..Choice::default() };
        *self = Self { choice, ..Self::default() };
    }

    /// Lists a point, whatever the filter says, and brings the selected one into view.
    pub(in crate::app) fn reveal(&mut self, track: TrackId) {
        self.scrolled_to = None;
        if self.made_from.is_some() && !self.points().any(|listed| listed == track) {
            self.choice.clear_filter();
            self.choice.folded.clear();
        }
    }

    /// Takes points that are gone out of what points at them.
    pub(in crate::app) fn forget(&mut self, is_gone: impl Fn(TrackId) -> bool) {
        self.solo.retain(|track| !is_gone(*track));
        self.anchor.take_if(|track| is_gone(*track));
    }

    /// The rows from the one where a range begins to this one.
    fn range_to(&self, track: TrackId, meant: Option<TrackId>) -> Vec<TrackId> {
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

/// The list.
pub(super) fn list_ui(ui: &mut Ui, state: &mut State, actions: &mut Actions) {
    refresh(ui, state);
    if state.list.items.is_empty() {
        ui.add_space(style::GAP);
        ui.label(RichText::new("No point matches the filter.").weak());
        if ui.button("Clear the filter").clicked() {
            state.list.choice.clear_filter();
        }
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let num_rows = state.list.items.len();
    ScrollArea::vertical().auto_shrink(false).show_rows(ui, style::ROW_HEIGHT, num_rows, |ui, rows| {
        scroll_to_selected(ui, state, &rows);
        rows_ui(ui, state, rows, actions);
    });
}

/// Makes the rows anew where something has changed that they depend on.
fn refresh(ui: &Ui, state: &mut State) {
    let Some(clip) = state.session.clip() else { return };
    let store = Arc::clone(clip.tracks());
    let mut list = std::mem::take(&mut state.list);
    list.digests.follow(&store, clip.info().num_frames(), clip.info().size);
    if list.choice.order.sort.needs_digests() && list.digests.refresh_some() {
        ui.ctx().request_repaint(); // some more in the next frame
    }
    let from = (store, list.choice.clone(), list.digests.version());
    let is_same =
        |made: &(Arc<TrackStore>, Choice, u64)| Arc::ptr_eq(&made.0, &from.0) && made.1 == from.1 && made.2 == from.2;
    // What a point is on the shown frame changes with every frame.
    if list.choice.show != Show::All || !list.made_from.as_ref().is_some_and(is_same) {
        list.items = listed(&facts(state, clip, &list), &list.choice);
        list.made_from = Some(from);
    }
    state.list = list;
}

fn facts<'a>(state: &State, clip: &'a Clip, list: &'a PointsList) -> Vec<Facts<'a>> {
    let shown = state.shown_frame().unwrap_or(state.player.playhead);
    let facts = clip.tracks().samples_at(shown).map(|(track, sample)| Facts {
        id: track.id,
        name: &track.name,
        group: track.group.as_deref(),
        state: PointState::of(clip, track, sample, state),
        is_doubtful: sample.is_some_and(|sample| sample.is_doubtful()),
        is_hidden: track.hidden,
        is_locked: track.locked,
        digest: list.digests.known(track.id),
    });
    facts.collect()
}

/// Brings the selected point into view, once each time that another one is meant.
fn scroll_to_selected(ui: &Ui, state: &mut State, rows: &Range<usize>) {
    let meant = state.selected();
    if state.list.scrolled_to == meant {
        return;
    }
    state.list.scrolled_to = meant;
    let is_meant = |item: &Item| matches!(item, Item::Point { id, .. } if Some(*id) == meant);
    let Some(at) = state.list.items.iter().position(is_meant) else { return };
    let top = ui.max_rect().top() + (at as f32 - rows.start as f32) * style::ROW_HEIGHT;
    let row = Rect::from_min_size(egui::pos2(ui.max_rect().left(), top), vec2(1.0, style::ROW_HEIGHT));
    ui.scroll_to_rect(row, None);
}

fn rows_ui(ui: &mut Ui, state: &mut State, rows: Range<usize>, actions: &mut Actions) {
    let Some(clip) = state.session.clip() else { return };
    let store = Arc::clone(clip.tracks());
    let shown = state.shown_frame().unwrap_or(state.player.playhead);
    let share = (shown.get() as f32 + 0.5) / clip.info().num_frames().max(1) as f32;
    let items: Vec<Item> = state.list.items.get(rows).unwrap_or_default().to_vec();
    for item in items {
        match item {
            Item::Group(group) => row::group_ui(ui, state, &group, actions),
            Item::Point { id, is_in_group } => match state.renaming.as_mut().filter(|renaming| renaming.track == id) {
                Some(renaming) => row::rename_ui(ui, renaming, actions),
                None => point_ui(ui, state, &store, (id, is_in_group), (shown, share), actions),
            },
        }
    }
}

fn point_ui(
    ui: &mut Ui,
    state: &mut State,
    store: &TrackStore,
    (id, is_in_group): (TrackId, bool),
    (shown, share): (FrameIndex, f32),
    actions: &mut Actions,
) {
    let digest = state.list.digests.fresh(id);
    let (Some(clip), Some(track)) = (state.session.clip(), store.track(id)) else { return };
    let point_state = PointState::of(clip, track, store.sample(id, shown), state);
    let response = row::row_ui(ui, state, &Row { track, point_state, digest: &digest, share, is_in_group }, actions);
    if response.double_clicked() {
        actions.push(Action::StartRename(id));
    } else if response.clicked() {
        click(ui.input(|input| input.modifiers), state, id, actions);
    } else if response.secondary_clicked() && !state.is_selected(id) {
        actions.push(Action::Select(vec![id]));
    }
}

/// Ctrl adds or takes out, Shift selects a range.
fn click(modifiers: Modifiers, state: &mut State, id: TrackId, actions: &mut Actions) {
    if modifiers.shift {
        actions.push(Action::Select(state.list.range_to(id, state.selected())));
        return;
    }
    actions.push(if modifiers.command { Action::Toggle(id) } else { Action::Select(vec![id]) });
    state.list.anchor = Some(id);
}
