//! Which points of the camera are selected, and what is done to them.

use super::view::{Held, LiveView};
use crate::app::actions::Action;
use crate::app::seeding::MAX_SELECTED;
use crate::app::selection::neighbour;
use crate::app::state::{Renaming, State};
use crate::geometry::SourcePoint;
use crate::session::{LiveCommand, LivePointsInfo};
use crate::tracker::PointState;
use crate::tracks::{Track, TrackId, TrackStore};
use egui::Pos2;
use std::sync::LazyLock;

static NOTHING: LazyLock<LivePointsInfo> = LazyLock::new(LivePointsInfo::default);

impl State {
    /// Applies what is meant for the points of the camera that is open; everything else comes back.
    pub(in crate::app) fn apply_to_live_points(&mut self, action: Action) -> Option<Action> {
        let Some(view) = &mut self.live.view else { return Some(action) };
        match action {
            Action::Select(points) => view.selection = points,
            Action::Toggle(point) => view.toggle(point),
            Action::Delete(points) => view.delete(&points),
            Action::StartRename(point) => view.start_rename(point),
            Action::EndRename { is_kept } => view.end_rename(is_kept),
            other => return Some(other),
        }
        None
    }
}

impl LiveView {
    /// What is known of the points beside their tracks.
    pub(in crate::app) fn points(&self) -> &LivePointsInfo {
        self.on_screen.as_ref().map_or(&NOTHING, |shown| &shown.points)
    }

    /// The points on the frame that is shown.
    pub(super) fn ids(&self) -> impl Iterator<Item = TrackId> {
        self.on_screen.iter().flat_map(|shown| shown.tracks.tracks().map(|track| track.id))
    }

    fn track(&self, id: TrackId) -> Option<&Track> {
        self.on_screen.as_ref()?.tracks.track(id)
    }

    /// The point that commands for one point act on: the one selected last.
    pub(super) fn selected(&self) -> Option<TrackId> {
        self.selection.last().copied()
    }

    pub(super) fn is_selected(&self, id: TrackId) -> bool {
        self.selection.contains(&id)
    }

    /// Forgets points that are gone, and selects those that the user has added.
    pub(super) fn points_arrived(&mut self, tracks: &TrackStore, is_newest: bool) {
        // An earlier frame may not know a point yet.
        let is_gone = |id: &TrackId| is_newest && tracks.track(*id).is_none();
        self.selection.retain(|id| !is_gone(id));
        self.hovered_row.take_if(|id| is_gone(id));
        self.renaming.take_if(|renaming| is_gone(&renaming.track));
        if !self.awaits_points {
            return;
        }
        let newest_before = self.ids().max();
        let is_new = |id: &TrackId| newest_before.is_none_or(|before| *id > before);
        let new: Vec<TrackId> = tracks.tracks().map(|track| track.id).filter(is_new).collect();
        self.awaits_points = new.is_empty();
        // Rings around hundreds of points would hide what they stand on.
        if new.len() <= MAX_SELECTED {
            self.selection.extend(new);
        }
    }

    pub(super) fn toggle(&mut self, id: TrackId) {
        if self.is_selected(id) {
            self.selection.retain(|other| *other != id);
        } else {
            self.selection.push(id);
        }
    }

    pub(super) fn select_all(&mut self) {
        let meant = self.selected();
        self.selection = self.ids().filter(|id| Some(*id) != meant).chain(meant).collect();
    }

    /// Selects the point before or after the one that is meant.
    pub(super) fn select_neighbour(&mut self, by: isize) {
        let ids: Vec<TrackId> = self.ids().collect();
        self.selection = neighbour(&ids, self.selected(), by).into_iter().collect();
    }

    /// The button went down; beside all points it places a new one.
    pub(super) fn press(&mut self, at: Pos2, track: Option<TrackId>, extends: bool) {
        match track {
            Some(id) if extends => self.toggle(id),
            Some(id) if self.is_selected(id) => {
                // The others stay selected until it is clear that this is no drag.
                self.selection.retain(|other| *other != id);
                self.selection.push(id);
            }
            Some(id) => self.selection = vec![id],
            None if extends => {}
            None => self.selection.clear(),
        }
        let (is_moved, is_by_keys) = (false, false);
        self.held = Some(Held { subject: track, from: at, at, is_moved, extends, is_by_keys });
    }

    /// Begins a new point that keys move.
    pub(super) fn place_by_keys(&mut self, at: Pos2) {
        let (is_moved, extends, is_by_keys) = (false, false, true);
        self.held = Some(Held { subject: None, from: at, at, is_moved, extends, is_by_keys });
    }

    pub(in crate::app) fn add_many(&mut self, points: Vec<SourcePoint>) {
        let Some(number) = self.on_screen.as_ref().map(|shown| shown.number) else { return };
        self.selection.clear();
        self.awaits_points = true;
        self.send(LiveCommand::AddManyAt(number, points));
    }

    pub(super) fn delete(&mut self, points: &[TrackId]) {
        self.selection.retain(|id| !points.contains(id));
        self.send(LiveCommand::Delete(points.to_vec()));
    }

    pub(super) fn park(&self, points: Vec<TrackId>, parks: bool) {
        self.send(if parks { LiveCommand::Park(points) } else { LiveCommand::Unpark(points) });
    }

    /// Whether all selected points are parked.
    pub(super) fn is_selection_parked(&self) -> bool {
        self.selection.iter().all(|id| self.points().state(*id) == Some(PointState::Parked))
    }

    /// Parks the selected points, or lets them go on where all of them are parked.
    pub(super) fn park_selected(&self) {
        self.park(self.selection.clone(), !self.is_selection_parked());
    }

    pub(super) fn look_for_selected(&self) {
        self.send(LiveCommand::LookFor(self.selection.clone()));
    }

    pub(super) fn rename_selected(&mut self) {
        if let Some(id) = self.selected() {
            self.start_rename(id);
        }
    }

    fn start_rename(&mut self, id: TrackId) {
        let name = self.track(id).map(|track| track.name.clone());
        self.list.reveal();
        self.renaming = name.map(|text| Renaming { track: id, text, needs_focus: true });
    }

    fn end_rename(&mut self, is_kept: bool) {
        if let Some(Renaming { track, text, .. }) = self.renaming.take()
            && is_kept
            && !text.trim().is_empty()
            && self.track(track).is_some_and(|track| track.name != text.trim())
        {
            self.send(LiveCommand::Rename(track, text));
        }
    }
}
