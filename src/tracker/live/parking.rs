//! Points that rest: lost ones, which are looked for by their query patch, and parked ones.

use super::tracks::Owner;
use super::{LivePoint, LiveTracker, LiveTracks, PointId, PointState};
use crate::geometry::SourcePoint;
use crate::model::{Match, QueryPatches};
use crate::tracker::TrackerError;
use crate::tracker::look_alikes::LookAlike;
use crate::tracker::lost::is_sure;

/// So many new points are looked at on a frame at most, so that many do not hold it up.
const EXAMINED_AT_ONCE: usize = 2;

/// A point that is not followed.
#[derive(Debug)]
pub(super) struct Parked {
    id: PointId,
    /// Its query patch.
    patches: QueryPatches,
    /// Where it was last.
    position: SourcePoint,
    state: PointState,
}

impl Parked {
    pub(super) fn new(id: PointId, patches: QueryPatches, position: SourcePoint, state: PointState) -> Self {
        Self { id, patches, position, state }
    }

    pub(super) fn id(&self) -> PointId {
        self.id
    }

    pub(super) fn patches(&self) -> &QueryPatches {
        &self.patches
    }

    pub(super) fn point(&self) -> LivePoint {
        let Self { id, position, state, .. } = *self;
        LivePoint::unseen(id, position, state)
    }
}

impl LiveTracker {
    /// Before a frame is refined: looks once more for points that were just found. It is not known yet how fast they
    /// move, and farther than some pixels the network does not see. Returns how many were looked for.
    pub(super) fn look_again(&mut self) -> Result<usize, TrackerError> {
        let newest = self.ring.back().ok_or(TrackerError::NoFrame)?.features()?;
        let Some((places, patches)) = self.tracks.looked_for(self.options.searches_per_frame) else { return Ok(0) };
        for (&place, found) in places.iter().zip(self.network.search(newest, &patches)?) {
            if found.score >= self.options.found_above {
                self.tracks.head_for(place, found.xy);
            }
        }
        Ok(places.len())
    }

    /// Looks for what some new points may be mistaken for. Returns how many were looked at.
    pub(super) fn examine(&mut self, max_count: usize) -> Result<usize, TrackerError> {
        if !self.options.second_look {
            return Ok(0);
        }
        let newest = self.ring.back().ok_or(TrackerError::NoFrame)?.features()?;
        let Some((places, patches)) = self.tracks.unexamined(max_count.min(EXAMINED_AT_ONCE)) else { return Ok(0) };
        for (&place, found) in places.iter().zip(self.network.search(newest, &patches)?) {
            self.tracks.note_look_alike(place, LookAlike::of(&found));
        }
        Ok(places.len())
    }

    /// After a frame: gives up points that have not been seen for long, and looks for some of those that are lost.
    pub(super) fn look_for_lost_points(&mut self, max_count: usize) -> Result<(), TrackerError> {
        if self.options.lost_after > 0 {
            let unseen = self.tracks.unseen_for(self.options.lost_after);
            self.set_aside(&unseen, PointState::Lost);
        }
        let newest = self.ring.back().ok_or(TrackerError::NoFrame)?.features()?;
        let is_lost = |place: &usize| self.parked[*place].state == PointState::Lost;
        let places: Vec<usize> = (0..self.parked.len()).filter(is_lost).take(max_count).collect();
        let patches = places.iter().map(|&place| self.parked[place].patches.clone());
        let Some(patches) = patches.reduce(|all, more| all.join(&more)) else { return Ok(()) };
        let matches: Vec<Match> = self.network.search(newest, &patches)?;
        let mut started = Vec::new();
        for (&place, found) in places.iter().zip(&matches) {
            let found_above = self.options.found_above;
            let is_found =
                if self.options.second_look { is_sure(found, found_above) } else { found.score >= found_above };
            if is_found {
                let Parked { id, patches, .. } = &self.parked[place];
                let (patches, owners) = (patches.clone(), [Owner::User(*id)]);
                let (places, room) = ([found.xy], self.room(1));
                let start = LiveTracks::start(&self.network, newest, Some(patches), &owners, &places, room)?;
                started.push((*id, start.found(self.options.looks_after_found)));
            }
        }
        // In turn: those that were looked for go to the end.
        for &place in places.iter().rev() {
            let parked = self.parked.remove(place);
            self.parked.push(parked);
        }
        for (id, start) in started {
            self.parked.retain(|parked| parked.id != id);
            self.tracks.join(start);
        }
        Ok(())
    }

    /// Parks the user's points that are outside the picture, where they are to end there.
    pub(super) fn park_outside(&mut self) {
        if self.options.end_outside {
            let is_out = |xy| !self.source_size.contains(self.source_from_feature(xy));
            let tracks = self.tracks.newest().enumerate();
            let out = tracks.filter(|(_, (owner, track))| owner.id().is_some() && is_out(track.xy));
            let out: Vec<usize> = out.map(|(place, _)| place).collect();
            self.set_aside(&out, PointState::Parked);
        }
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

    /// Which of some tracks can be seen.
    pub(super) fn seen(&self, tracks: &LiveTracks) -> Vec<bool> {
        tracks.newest().map(|(_, track)| self.is_seen(&track)).collect()
    }

    /// All at once: when something covers the camera, every point is lost on the same frame.
    fn set_aside(&mut self, places: &[usize], state: PointState) {
        if places.is_empty() {
            return;
        }
        for (owner, patches, newest) in self.tracks.take(places) {
            let Some(id) = owner.id() else { continue };
            let position = self.source_from_feature(newest.xy);
            self.parked.push(Parked::new(id, patches, position, state));
        }
    }
}
