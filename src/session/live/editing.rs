//! What the user does to the points of a live stream, and taking it back.

use super::LiveEvent;
use super::following::LivePoints;
use super::undoing::{Change, Out, Step};
use crate::geometry::SourcePoint;
use crate::tracker::PointState;
use crate::tracks::TrackId;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Nearer than this many pixels, a point is where it was.
const SAME_PLACE: f32 = 0.05;

impl LivePoints {
    /// Deletes points.
    pub(super) fn delete(&mut self, ids: &[TrackId]) {
        let before = self.outs(ids);
        if !before.is_empty() {
            self.take_away(ids);
            self.steps.did("delete", Change::Points(before));
        }
    }

    fn take_away(&mut self, ids: &[TrackId]) {
        for id in ids {
            self.recent.remove(*id);
            self.waiting.remove(id);
        }
        if let Some(following) = &mut self.following {
            following.forget(ids.iter().copied());
        }
    }

    /// Stops following points until [`LivePoints::unpark`].
    ///
    /// # Errors
    /// What must be told.
    pub(super) fn park(&mut self, ids: &[TrackId]) -> Result<(), LiveEvent> {
        self.change_states("park", ids, PointState::Parked, |state| state != PointState::Parked)
    }

    /// Parked points go on where they are if they are seen there, else they are looked for.
    ///
    /// # Errors
    /// What must be told.
    pub(super) fn unpark(&mut self, ids: &[TrackId]) -> Result<(), LiveEvent> {
        self.change_states("unpark", ids, PointState::Followed, |state| state == PointState::Parked)
    }

    /// Looks for points in the whole picture, wherever they are thought to be.
    ///
    /// # Errors
    /// What must be told.
    pub(super) fn look_for(&mut self, ids: &[TrackId]) -> Result<(), LiveEvent> {
        let is_unknown = |id: &TrackId| self.out(*id).is_some_and(|out| out.patch.is_none());
        if ids.iter().any(is_unknown) {
            let why = "the model does not know what the point looks like: drag it to where it is";
            return Err(LiveEvent::Refused(why.to_owned()));
        }
        self.change_states("look for", ids, PointState::Lost, |state| state != PointState::Lost)
    }

    fn change_states(
        &mut self,
        label: &'static str,
        ids: &[TrackId],
        state: PointState,
        is_meant: impl Fn(PointState) -> bool,
    ) -> Result<(), LiveEvent> {
        let mut before = self.outs(ids);
        before.retain(|(_, out)| out.as_ref().is_some_and(|out| is_meant(out.state)));
        if before.is_empty() {
            return Ok(());
        }
        let after = before.iter().map(|(id, out)| (*id, out.clone().map(|out| Out { state, ..out })));
        self.put(after.collect())?;
        self.steps.did(label, Change::Points(before));
        Ok(())
    }

    /// Names a point; without a name it is called by its number again.
    pub(super) fn rename(&mut self, id: TrackId, name: &str) {
        let name = Some(name.trim()).filter(|name| !name.is_empty()).map(str::to_owned);
        if self.names.get(&id) != name.as_ref() && self.recent.newest().any(|(known, _)| known == id) {
            let before = self.set_name(id, name);
            self.steps.did("rename", Change::Name(id, before));
        }
    }

    fn set_name(&mut self, id: TrackId, name: Option<String>) -> Option<String> {
        let names = Arc::make_mut(&mut self.names);
        match name {
            Some(name) => names.insert(id, name),
            None => names.remove(&id),
        }
    }

    /// Takes the last change back, or does it again. Returns what it was.
    ///
    /// # Errors
    /// What must be told.
    pub(super) fn step(&mut self, is_redo: bool) -> Result<Option<&'static str>, LiveEvent> {
        let Some(Step { label, change }) = self.steps.take(is_redo) else { return Ok(None) };
        let reverse = match change {
            Change::Name(id, name) => Change::Name(id, self.set_name(id, name)),
            Change::Points(points) => {
                let now = points.iter().map(|(id, _)| (*id, self.out(*id))).collect();
                self.put(points)?;
                Change::Points(now)
            }
        };
        self.steps.stepped(is_redo, Step { label, change: reverse });
        Ok(Some(label))
    }

    /// Lets points be what they were, or not be where they were not.
    fn put(&mut self, points: Vec<(TrackId, Option<Out>)>) -> Result<(), LiveEvent> {
        let gone: Vec<TrackId> = points.iter().filter(|(_, out)| out.is_none()).map(|(id, _)| *id).collect();
        self.take_away(&gone);
        let here: BTreeMap<TrackId, SourcePoint> = self.recent.newest().collect();
        if let Some(following) = &mut self.following {
            following.forget(points.iter().map(|(id, _)| *id));
        }
        for (id, out) in points {
            let Some(out) = out else { continue };
            if here.get(&id).is_none_or(|place| place.distance(out.position) > SAME_PLACE) {
                self.recent.place(id, out.position);
            }
            if out.state != PointState::Followed {
                self.recent.hide(id);
            }
            self.waiting.insert(id, out);
        }
        self.place_again()
    }

    /// What is known of a point; `None` if there is no such point.
    pub(super) fn out(&self, id: TrackId) -> Option<Out> {
        if let Some(out) = self.waiting.get(&id) {
            return Some(out.clone());
        }
        let patch = self.following.as_ref()?.aside(id)?;
        Some(Out { position: patch.position, state: patch.state, patch: Some(patch) })
    }

    fn outs(&self, ids: &[TrackId]) -> Vec<(TrackId, Option<Out>)> {
        ids.iter().filter_map(|id| Some((*id, Some(self.out(*id)?)))).collect()
    }
}
