//! Points that begin on an earlier frame than the newest one: they are followed from there to now, picture by picture,
//! and then join the others.

use super::tracks::Owner;
use super::{LivePoint, LiveTracker, LiveTracks, PointId};
use crate::frame::Frame;
use crate::geometry::{FrameIndex, SourcePoint};
use crate::model::Features;
use crate::sync::CancelToken;
use crate::tracker::TrackerError;

/// Points on their way from an earlier frame to the newest one. They belong to the tracker that they started in.
#[derive(Debug)]
pub struct LatePoints {
    tracks: LiveTracks,
    ids: Vec<PointId>,
    at: FrameIndex,
    /// How many frames of the stream the last step was long.
    steps: usize,
}

impl LatePoints {
    /// The frame that they have reached.
    #[must_use]
    pub fn at(&self) -> FrameIndex {
        self.at
    }

    /// Their ids, in the order in which they were placed.
    #[must_use]
    pub fn ids(&self) -> &[PointId] {
        &self.ids
    }
}

impl LiveTracker {
    /// The oldest frame from which on points can join without a picture.
    #[must_use]
    pub fn oldest_remembered(&self) -> Option<FrameIndex> {
        self.ring.front().map(|frame| frame.index)
    }

    /// Points that begin on an earlier picture of the stream, however old, at least one. They are no points of the
    /// tracker before [`LiveTracker::join_late`]; dropped, they never were.
    ///
    /// # Errors
    /// As for [`LiveTracker::add`].
    pub fn start_late(&mut self, frame: &Frame, points: &[SourcePoint]) -> Result<LatePoints, TrackerError> {
        self.check(points)?;
        let late = match self.remembered(frame.index)? {
            Some(features) => self.start_on(frame.index, features, points)?,
            None => self.start_on(frame.index, &self.network.encode(frame, self.model_size)?, points)?,
        };
        self.next_id += points.len() as u32;
        Ok(late)
    }

    /// Follows late points to a later picture, `steps` frames of the stream on. Returns where they are there.
    ///
    /// # Errors
    /// When the network fails, or `cancel` was raised; they then stand where they were.
    ///
    /// # Panics
    /// If the picture does not come after the one that they have reached.
    pub fn follow_late(
        &self,
        late: &mut LatePoints,
        frame: &Frame,
        steps: usize,
        cancel: &CancelToken,
    ) -> Result<Vec<LivePoint>, TrackerError> {
        assert!(frame.index > late.at, "late points go on");
        if let Some(features) = self.remembered(frame.index)? {
            return self.step_late(late, frame.index, features, steps, cancel);
        }
        let features = self.network.encode(frame, self.model_size)?;
        self.step_late(late, frame.index, &features, steps, cancel)
    }

    /// Follows late points through the frames that are remembered, and lets them join. Returns where they are on each
    /// of these.
    ///
    /// # Errors
    /// When there would be too many points, the network fails, or `cancel` was raised; then none is added.
    pub fn join_late(
        &mut self,
        mut late: LatePoints,
        cancel: &CancelToken,
    ) -> Result<Vec<(FrameIndex, Vec<LivePoint>)>, TrackerError> {
        self.check_room(late.ids.len())?;
        let (mut places, from) = (Vec::new(), late.at);
        for frame in self.ring.iter().filter(|frame| frame.index > from) {
            let features = frame.features()?;
            let points = self.step_late(&mut late, frame.index, features, 1, cancel)?;
            places.push((frame.index, points));
        }
        self.tracks.join(late.tracks);
        self.add_helpers()?;
        Ok(places)
    }

    fn remembered(&self, frame: FrameIndex) -> Result<Option<&Features>, TrackerError> {
        let remembered = self.ring.iter().find(|remembered| remembered.index == frame);
        Ok(remembered.map(|remembered| remembered.features()).transpose()?)
    }

    fn start_on(
        &self,
        at: FrameIndex,
        features: &Features,
        points: &[SourcePoint],
    ) -> Result<LatePoints, TrackerError> {
        let ids: Vec<PointId> = (self.next_id..).take(points.len()).map(PointId).collect();
        let owners: Vec<Owner> = ids.iter().map(|id| Owner::User(*id)).collect();
        let feature_xys: Vec<_> = points.iter().map(|&point| self.feature_from_source(point)).collect();
        let tracks = LiveTracks::start(&self.network, features, &owners, &feature_xys, self.room(points.len()))?;
        Ok(LatePoints { tracks, ids, at, steps: 1 })
    }

    fn step_late(
        &self,
        late: &mut LatePoints,
        at: FrameIndex,
        features: &Features,
        steps: usize,
        cancel: &CancelToken,
    ) -> Result<Vec<LivePoint>, TrackerError> {
        if steps != late.steps {
            late.tracks.scale_velocities(steps as f32 / late.steps as f32); // they are per step
            late.steps = steps;
        }
        let points = self.step(&mut late.tracks, features, cancel)?;
        late.at = at;
        Ok(points)
    }

    /// Follows tracks that are on their way to another frame. Returns where they are there.
    pub(super) fn step(
        &self,
        tracks: &mut LiveTracks,
        features: &Features,
        cancel: &CancelToken,
    ) -> Result<Vec<LivePoint>, TrackerError> {
        let (iters, smoothing) = (self.options.iters.max(1), self.options.velocity_smoothing);
        if !tracks.advance(&self.network, features, iters, smoothing, cancel)? {
            return Err(TrackerError::Cancelled);
        }
        let seen = self.seen(tracks);
        tracks.note_seen(&seen, self.options.fit_smoothing);
        Ok(tracks.newest().filter_map(|(owner, track)| self.point(owner, &track)).collect())
    }
}
