//! Points that are taken out of a stream with everything known of them, and put back, maybe much later.

use super::joining::Joining;
use super::parking::Parked;
use super::{LivePoint, LiveTracker, PointId, PointState};
use crate::geometry::{FrameIndex, SourcePoint};
use crate::model::QueryPatches;
use crate::sync::CancelToken;
use crate::tracker::TrackerError;

/// Whoever was away for so few frames goes on where it was, whatever is seen there: it may be hidden for a moment.
const SHORT_ABSENCE: usize = 8;

/// A copy of a point: where it was, what it looks like to the network, and whether it was followed.
#[derive(Clone, Debug)]
pub struct PointAside {
    /// Where it was, in source pixels.
    pub position: SourcePoint,
    /// What becomes of it when it is put back.
    pub state: PointState,
    /// Its query patch.
    patches: QueryPatches,
    /// The newest frame when the copy was made.
    frame: Option<FrameIndex>,
}

/// How many of a camera's frames may lie between the last one of a tracker and the first one of the next.
const HANDED_OVER_WITHIN: usize = 60;

impl PointAside {
    /// The copy, taken over by another tracker on the first frame that it follows: nobody has missed the point
    /// meanwhile, however many frames the camera gave.
    #[must_use]
    pub fn handed_over(self, frame: FrameIndex) -> Self {
        let is_next = self.frame.is_some_and(|from| frame.get() <= from.get() + HANDED_OVER_WITHIN);
        Self { frame: if is_next { Some(frame) } else { self.frame }, ..self }
    }
}

impl LiveTracker {
    /// A copy of what is known of a point; `None` if there is no such point.
    #[must_use]
    pub fn aside(&self, id: PointId) -> Option<PointAside> {
        let frame = self.newest();
        if let Some(place) = self.tracks.place_of(id) {
            let (patches, newest) = self.tracks.patch_at(place)?;
            let position = self.source_from_feature(newest.xy);
            return Some(PointAside { position, state: PointState::Followed, patches, frame });
        }
        if let Some(joining) = self.joining.iter().find(|joining| joining.id == id) {
            let patches = self.patch_of(joining)?;
            return Some(PointAside { position: joining.position, state: PointState::Followed, patches, frame });
        }
        let parked = self.parked.iter().find(|parked| parked.id() == id)?;
        let LivePoint { position, state, .. } = parked.point();
        Some(PointAside { position, state, patches: parked.patches().clone(), frame })
    }

    /// Puts points back under new ids, in order. One that was followed goes on at once if it is seen where it was, or
    /// was away for a moment only; else it is looked for. Where they are many, they may
    /// [wait](super::LiveOptions::spread_joins). The copies may come from another tracker with the same network.
    ///
    /// # Errors
    /// When there is no frame yet, there would be too many points, or the network fails; then none is put back.
    ///
    /// # Panics
    /// If they come from a tracker with another network.
    pub fn put_back(&mut self, points: &[PointAside]) -> Result<Vec<PointId>, TrackerError> {
        self.check_room(points.len())?;
        let newest = self.newest();
        let was_just_there = |from: Option<FrameIndex>| {
            newest.zip(from).is_some_and(|(newest, from)| newest.get() <= from.get() + SHORT_ABSENCE)
        };
        let ids: Vec<PointId> = self.new_ids(points.len()).collect();
        let (mut joining, mut resting) = (Vec::new(), Vec::new());
        for (&id, PointAside { position, state, patches, frame }) in ids.iter().zip(points) {
            let (position, patches) = (*position, patches.clone());
            if *state == PointState::Followed {
                let (at, back) = (newest.ok_or(TrackerError::NoFrame)?, Some((patches, was_just_there(*frame))));
                joining.push(Joining { id, position, at, back });
            } else {
                resting.push(Parked::new(id, patches, position, *state));
            }
        }
        self.admit(joining, &CancelToken::new())?; // on the newest frame: nothing takes long
        self.parked.splice(0..0, resting); // they are looked for first
        Ok(ids)
    }

    /// Removes points, all at once; those that there are none of do not matter.
    pub fn remove_all(&mut self, ids: &[PointId]) {
        let is_gone = |id: PointId| ids.contains(&id);
        self.tracks.retain(|_, owner| !owner.id().is_some_and(is_gone));
        self.parked.retain(|parked| !is_gone(parked.id()));
        self.joining.retain(|joining| !is_gone(joining.id));
        let has_others = !self.parked.is_empty() || !self.joining.is_empty();
        if !has_others && self.tracks.len() == self.tracks.num_helpers() {
            self.tracks.retain(|_, _| false); // support points go where nothing is left to steady
        }
    }
}
