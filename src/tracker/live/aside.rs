//! Points that are taken out of a stream with everything known of them, and put back, maybe much later.

use super::parking::Parked;
use super::tracks::{LiveTracks, Owner};
use super::{LivePoint, LiveTracker, PointId, PointState};
use crate::geometry::{FrameIndex, SourcePoint};
use crate::model::Support;
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
    support: Support,
    /// The newest frame when the copy was made.
    frame: Option<FrameIndex>,
}

impl LiveTracker {
    /// A copy of what is known of a point; `None` if there is no such point.
    #[must_use]
    pub fn aside(&self, id: PointId) -> Option<PointAside> {
        let frame = self.newest();
        if let Some(place) = self.tracks.place_of(id) {
            let (support, newest) = self.tracks.look_at(place)?;
            let position = self.source_from_feature(newest.xy);
            return Some(PointAside { position, state: PointState::Followed, support, frame });
        }
        let parked = self.parked.iter().find(|parked| parked.id() == id)?;
        let LivePoint { position, state, .. } = parked.point();
        Some(PointAside { position, state, support: parked.support().clone(), frame })
    }

    /// Puts points back under new ids, in order. One that was followed goes on at once if it is seen where it was, or was away for
    /// a moment only; else it is looked for. The copies may come from another tracker with the same network.
    ///
    /// # Errors
    /// When there is no frame yet, there would be too many points, or the network fails; then none is put back.
    ///
    /// # Panics
    /// If they come from a tracker with another network.
    pub fn put_back(&mut self, points: &[PointAside]) -> Result<Vec<PointId>, TrackerError> {
        self.check_room(points.len())?;
        let ids: Vec<PointId> = (self.next_id..).take(points.len()).map(PointId).collect();
        let is_followed = |point: &PointAside| point.state == PointState::Followed;
        let followed: Vec<_> = ids.iter().zip(points).filter(|(_, point)| is_followed(point)).collect();
        let support = followed.iter().map(|(_, point)| point.support.clone()).reduce(Support::join);
        let mut resting: Vec<Parked> = Vec::new();
        if let Some(support) = support {
            let (newest, features) = self.ring.back().ok_or(TrackerError::NoFrame)?;
            let owners: Vec<Owner> = followed.iter().map(|(id, _)| Owner::User(**id)).collect();
            let places: Vec<[f32; 2]> =
                followed.iter().map(|(_, point)| self.feature_from_source(point.position)).collect();
            let mut tracks = LiveTracks::start_from(&self.network, features, support, &owners, &places)?;
            let was_just_there =
                |from: Option<FrameIndex>| from.is_some_and(|from| newest.get() <= from.get() + SHORT_ABSENCE);
            let goes_on: Vec<bool> = tracks
                .newest()
                .zip(&followed)
                .map(|((_, track), (_, point))| was_just_there(point.frame) || self.is_seen(&track))
                .collect();
            let lost = followed.iter().zip(&goes_on).filter(|(_, goes_on)| !**goes_on);
            resting.extend(
                lost.map(|((id, point), _)| Parked::new(**id, point.support.clone(), point.position, PointState::Lost)),
            );
            tracks.retain(|place, _| goes_on[place]);
            self.tracks.join(tracks);
        }
        let others = ids.iter().zip(points).filter(|(_, point)| !is_followed(point));
        resting.extend(others.map(|(id, point)| Parked::new(*id, point.support.clone(), point.position, point.state)));
        self.parked.splice(0..0, resting); // they are looked for first
        self.next_id += points.len() as u32;
        self.add_helpers()?;
        Ok(ids)
    }

    /// Removes points, all at once; those that there are none of do not matter.
    pub fn remove_all(&mut self, ids: &[PointId]) {
        let is_gone = |id: PointId| ids.contains(&id);
        self.tracks.retain(|_, owner| !owner.id().is_some_and(is_gone));
        self.parked.retain(|parked| !is_gone(parked.id()));
        self.dismiss_helpers();
    }
}
