//! Edits of tracks: applied by the session, refused with a message, undone with words.

use super::room::ClipRoom;
use crate::app::canvas::point_view::{Canvas, PointRoom, PointView};
use crate::app::desk::Desk;
use crate::app::desk::toasts::{Level, Topic};
use crate::app::points::rows::{MAX_SELECTED, PointsList};
use crate::geometry::{FrameIndex, SourcePoint};
use crate::session::{Movement, SessionError};
use crate::tracks::{Edit, Query, TrackId, Ways};

impl PointRoom for ClipRoom {
    fn canvas_mut(&mut self) -> &mut Canvas {
        &mut self.canvas
    }

    fn list_mut(&mut self) -> &mut PointsList {
        &mut self.list
    }

    fn order(&self) -> Vec<TrackId> {
        self.list.order().unwrap_or_else(|| self.ids())
    }

    fn add(&mut self, desk: &mut Desk, frame: FrameIndex, points: &[SourcePoint]) -> bool {
        let queries = points.iter().map(|point| Query { frame, point: *point }).collect();
        let result = self.session.add_points(queries);
        match &result {
            // Rings around hundreds of points would hide what they stand on.
            Ok((_, tracks)) if tracks.len() > MAX_SELECTED => self.canvas.selection.clear(),
            Ok((_, tracks)) => self.canvas.selection.clone_from(tracks),
            Err(error) => desk.say(Topic::Edit, Level::Warning, error.to_string(), ""),
        }
        result.is_ok()
    }

    /// It is followed again from there.
    fn correct(&mut self, desk: &mut Desk, track: TrackId, frame: FrameIndex, point: SourcePoint) {
        let result = self.session.correct(track, frame, point).map(drop);
        say_refusal(desk, "move", &result);
    }

    /// What stays selected of the others stays; where nothing does, a neighbour takes over.
    fn delete(&mut self, desk: &mut Desk, tracks: &[TrackId]) {
        let ids = self.ids();
        let is_kept = |id: &&TrackId| !tracks.contains(id);
        let first = ids.iter().position(|id| tracks.contains(id)).unwrap_or(0);
        let neighbour = ids[first..].iter().find(is_kept).or_else(|| ids[..first].iter().rfind(is_kept)).copied();
        let had_selected = tracks.iter().any(|track| self.canvas.is_selected(*track));
        let is_done = self.edit(desk, &Edit::Delete { tracks: tracks.to_vec() });
        if is_done && had_selected && self.canvas.selection.is_empty() {
            self.canvas.selection.extend(neighbour);
        }
    }

    fn rename(&mut self, desk: &mut Desk, track: TrackId, name: String) {
        self.edit(desk, &Edit::Rename { track, name });
    }

    fn why_unmovable(&self, track: TrackId) -> Option<String> {
        let track = self.track(track)?;
        track.locked.then(|| format!("\"{}\" is locked: unlock it to move it", track.name))
    }

    /// A point is placed on one frame.
    fn stop_at(&mut self, desk: &Desk, frame: FrameIndex) -> bool {
        let was_playing = self.player.is_playing();
        if was_playing {
            self.player.pause();
            self.seek(desk, frame, Movement::Forward);
        }
        was_playing
    }

    fn go_on(&mut self, desk: &Desk) {
        if !self.player.is_playing() {
            self.play_or_pause(desk);
        }
    }
}

impl ClipRoom {
    /// Applies an edit, or says why not.
    pub(crate) fn edit(&mut self, desk: &mut Desk, edit: &Edit) -> bool {
        let result = self.session.edit(edit);
        say_refusal(desk, edit.label(), &result);
        self.forget_gone();
        result.is_ok()
    }

    /// Follows the selected points again from the shown frame.
    pub(super) fn track_again(&mut self, desk: &mut Desk, ways: Ways) {
        let Some(frame) = self.frame() else { return };
        let result = self.session.retrack(&self.canvas.selection, frame, ways).map(drop);
        say_refusal(desk, "track again", &result);
    }

    pub(super) fn track_together(&mut self, desk: &mut Desk) {
        let result = self.session.track_together().map(drop);
        say_refusal(desk, "track all together", &result);
    }

    pub(super) fn undo(&mut self, desk: &mut Desk) {
        let label = self.session.undo();
        self.say_step(desk, "undone", label);
    }

    pub(super) fn redo(&mut self, desk: &mut Desk) {
        let label = self.session.redo();
        self.say_step(desk, "done again", label);
    }

    fn say_step(&mut self, desk: &mut Desk, what: &str, label: Option<&'static str>) {
        self.forget_gone();
        if let Some(label) = label {
            desk.say(Topic::Edit, Level::Done, format!("{what}: {label}"), "");
        }
    }

    /// Nothing points at tracks that are gone.
    fn forget_gone(&mut self) {
        let tracks = self.tracks().cloned();
        self.forget(|id| tracks.as_ref().is_none_or(|tracks| tracks.track(id).is_none()));
    }
}

fn say_refusal(desk: &mut Desk, label: &str, result: &Result<(), SessionError>) {
    if let Err(error) = result {
        desk.say(Topic::Edit, Level::Warning, format!("cannot {label}: {error}"), "");
    }
}
