//! What [`super::late`] does with the points: start on an earlier picture, go on to the next, join the others.

use super::LiveEvent;
use super::following::LivePoints;
use super::undoing::Change;
use crate::frame::Frame;
use crate::geometry::{FrameIndex, SourcePoint};
use crate::sync::CancelToken;
use crate::tracker::{LatePoints, LivePoint, TrackerError};
use crate::tracks::{LiveSample, TrackId};

const NO_MODEL: &str = "no point was added: the model is not there yet";

fn refused() -> LiveEvent {
    LiveEvent::Refused(NO_MODEL.to_owned())
}

fn told(error: &TrackerError) -> Option<LiveEvent> {
    if matches!(error, TrackerError::Cancelled) { None } else { Some(LiveEvent::Refused(error.to_string())) }
}

impl LivePoints {
    /// The name of a point that is going to be placed here.
    ///
    /// # Errors
    /// What must be told.
    pub(super) fn reserve(&mut self, point: SourcePoint) -> Result<TrackId, LiveEvent> {
        self.check(point)?;
        let id = TrackId(self.next_id);
        self.next_id += 1;
        Ok(id)
    }

    /// Whether a point can be here.
    ///
    /// # Errors
    /// What must be told.
    pub(super) fn check(&self, point: SourcePoint) -> Result<(), LiveEvent> {
        let size = self.following.as_ref().ok_or_else(refused)?.size;
        let SourcePoint { x, y } = point;
        let outside = || LiveEvent::Refused(TrackerError::OutsidePicture { number: 1, x, y, size }.to_string());
        size.contains(point).then_some(()).ok_or_else(outside)
    }

    /// Whether there is a point of this name.
    pub(super) fn has(&self, id: TrackId) -> bool {
        self.history.newest().any(|(known, _)| known == id)
    }

    /// The frames from which on points join without a picture, and which tracker says so.
    pub(super) fn oldest_remembered(&self) -> Option<(FrameIndex, u32)> {
        let following = self.following.as_ref()?;
        Some((following.tracker.oldest_remembered()?, self.epoch))
    }

    pub(super) fn start_late(
        &mut self,
        frame: &Frame,
        places: &[SourcePoint],
    ) -> Result<LatePoints, Option<LiveEvent>> {
        let following = self.following.as_mut().ok_or_else(refused)?;
        following.tracker.start_late(frame, places).map_err(|error| told(&error))
    }

    pub(super) fn follow_late(
        &mut self,
        late: &mut LatePoints,
        frame: &Frame,
        steps: usize,
        cancel: &CancelToken,
    ) -> Result<Vec<LivePoint>, Option<LiveEvent>> {
        let following = self.following.as_ref().ok_or_else(refused)?;
        following.tracker.follow_late(late, frame, steps, cancel).map_err(|error| told(&error))
    }

    /// Lets late points join under these names, in place of what had them; those without a name are not wanted any
    /// more.
    pub(super) fn join_late(
        &mut self,
        late: LatePoints,
        ids: &[Option<TrackId>],
        cancel: &CancelToken,
    ) -> Result<Vec<(FrameIndex, Vec<LivePoint>)>, Option<LiveEvent>> {
        let before: Vec<_> = ids.iter().flatten().map(|id| (*id, self.out(*id))).collect();
        let following = self.following.as_mut().ok_or_else(refused)?;
        let known = late.ids().to_vec();
        let found = following.tracker.join_late(late, cancel).map_err(|error| told(&error))?;
        for (known, id) in known.into_iter().zip(ids) {
            if let Some(id) = id {
                following.forget([*id]);
                following.name([(*id, known)]);
                self.waiting.remove(id);
            } else {
                following.tracker.remove(known);
            }
        }
        if !before.is_empty() {
            let label = if before.iter().any(|(_, out)| out.is_some()) { "move" } else { "add" };
            self.steps.did(label, Change::Points(before));
        }
        Ok(found)
    }

    /// Where a point was on the last frames up to the newest one.
    pub(super) fn set_trail(&mut self, id: TrackId, found: &[(FrameIndex, LiveSample)]) {
        self.history.set_trail(id, found.iter().map(|(_, sample)| *sample));
        self.late.extend_from_slice(found);
    }
}
