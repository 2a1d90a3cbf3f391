//! Points that rest: those that cannot be seen any more wait until their query patch is found again.

use super::tracks::Owner;
use super::{LivePoint, LiveTracker, LiveTracks, PointId, PointState};
use crate::geometry::SourcePoint;
use crate::model::{Match, Support};
use crate::tracker::TrackerError;

/// A point that is not followed.
#[derive(Debug)]
pub(super) struct Parked {
    id: PointId,
    /// Its query patch.
    support: Support,
    /// Where it was last.
    position: SourcePoint,
    state: PointState,
}

impl Parked {
    pub(super) fn new(id: PointId, support: Support, position: SourcePoint, state: PointState) -> Self {
        Self { id, support, position, state }
    }

    pub(super) fn id(&self) -> PointId {
        self.id
    }

    pub(super) fn support(&self) -> &Support {
        &self.support
    }

    pub(super) fn point(&self) -> LivePoint {
        let Self { id, position, state, .. } = *self;
        LivePoint { id, position, visibility: 0.0, confidence: 0.0, visible: false, state }
    }
}

impl LiveTracker {
    /// Stops following a point until [`LiveTracker::unpark`]. `false` if there is no such point.
    pub fn park(&mut self, id: PointId) -> bool {
        if let Some(parked) = self.parked.iter_mut().find(|parked| parked.id == id) {
            parked.state = PointState::Parked;
            return true;
        }
        let is_followed = self.tracks.place_of(id).is_some();
        if is_followed {
            self.set_aside(id, PointState::Parked);
        }
        is_followed
    }

    /// Looks for a parked point again, by the query patch that it had; followed once it is found. `false` if no such point
    /// is parked.
    pub fn unpark(&mut self, id: PointId) -> bool {
        let parked = self.parked.iter_mut().find(|parked| parked.id == id);
        parked.map(|parked| parked.state = PointState::Lost).is_some()
    }

    /// After a frame: gives up points that have not been seen for long, and looks for those that are lost.
    pub(super) fn look_for_lost_points(&mut self) -> Result<(), TrackerError> {
        if self.options.lost_after > 0 {
            for id in self.tracks.unseen_for(self.options.lost_after) {
                self.set_aside(id, PointState::Lost);
            }
        }
        let (_, newest) = self.ring.back().ok_or(TrackerError::NoFrame)?;
        // In turn: a found one leaves, one that is not goes to the end.
        let is_lost = |parked: &Parked| parked.state == PointState::Lost;
        for _ in 0..self.options.searches_per_frame.min(self.parked.iter().filter(|p| is_lost(p)).count()) {
            let Some(place) = self.parked.iter().position(is_lost) else { break };
            let parked = self.parked.remove(place);
            let found: Option<Match> = self.network.search(newest, &parked.support)?.first().copied();
            match found.filter(|found| found.score >= self.options.found_above) {
                Some(found) => {
                    let owners = [Owner::User(parked.id)];
                    let start = LiveTracks::start_from(&self.network, newest, parked.support, &owners, &[found.xy])?;
                    self.tracks.join(start);
                }
                None => self.parked.push(parked),
            }
        }
        Ok(())
    }

    /// Replaces support points that cannot be seen any more, once they are more than half.
    pub(super) fn renew_helpers(&mut self) -> Result<(), TrackerError> {
        let lost = self.tracks.unseen_helpers(self.network.config().step());
        let places = self.helper_places();
        if 2 * lost.len() <= places.len() {
            return Ok(());
        }
        self.tracks.retain(|_, owner| !matches!(owner, Owner::Helper(i) if lost.contains(&i)));
        let owners: Vec<Owner> = lost.iter().map(|&i| Owner::Helper(i)).collect();
        let places: Vec<[f32; 2]> = lost.iter().map(|&i| places[i]).collect();
        self.start(&owners, &places)
    }

    /// Counts for how long each track cannot be seen.
    pub(super) fn count_unseen(&mut self) {
        let seen: Vec<bool> = self.tracks.newest().map(|(_, track)| self.is_seen(&track)).collect();
        self.tracks.count_unseen(&seen);
    }

    fn set_aside(&mut self, id: PointId, state: PointState) {
        let Some(place) = self.tracks.place_of(id) else { return };
        if let Some((support, newest)) = self.tracks.take(place) {
            let position = self.source_from_feature(newest.xy);
            self.parked.push(Parked::new(id, support, position, state));
        }
    }
}
