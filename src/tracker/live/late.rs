//! Points that begin on an earlier frame than the newest one: they are followed from there to now, picture by picture,
//! and then join the others.

use super::joining::Joining;
use super::parking::Parked;
use super::remembered::Remembered;
use super::tracks::{LiveTracks, Owner};
use super::{LivePoint, LiveTracker, PointState, Said};
use crate::frame::Frame;
use crate::geometry::{FrameIndex, SourcePoint};
use crate::model::Features;
use crate::sync::CancelToken;
use crate::tracker::TrackerError;

/// Points on their way from an earlier frame to the newest one. They belong to the tracker that they started in.
#[derive(Debug)]
pub struct LatePoints {
    tracks: LiveTracks,
    /// Where they are, from their own frame to the one that they have reached.
    said: Said,
    /// How many frames of the stream the last step was long.
    stride: usize,
    /// Those that came back and were not there.
    lost: Vec<Parked>,
}

impl LatePoints {
    /// The frame that they have reached.
    #[must_use]
    pub fn at(&self) -> FrameIndex {
        self.said.last().map_or(FrameIndex(0), |(frame, _)| *frame)
    }

    /// Where they are on a frame, in the order in which they were placed. They are not seen where they have not been
    /// followed to.
    pub fn on(&self, frame: FrameIndex) -> impl Iterator<Item = LivePoint> {
        let is_there = frame <= self.at();
        let end = self.said.partition_point(|(other, _)| *other <= frame);
        let points = self.said[end.saturating_sub(self.tracks.len())..end].iter().map(|(_, point)| *point);
        points.map(move |point| if is_there { point } else { LivePoint::unseen(point.id, point.position, point.state) })
    }

    /// Steps are so many frames of the stream long from now on; velocities are per step.
    fn set_stride(&mut self, stride: usize) {
        if stride != self.stride {
            self.tracks.scale_velocities(stride as f32 / self.stride as f32);
            self.stride = stride;
        }
    }
}

/// On the way from one place to the next, `share` of it behind.
fn between(from: &LivePoint, to: &LivePoint, share: f32) -> LivePoint {
    if share >= 1.0 {
        return *to;
    }
    let mix = |a: f32, b: f32| a + share * (b - a);
    LivePoint {
        position: SourcePoint::new(mix(from.position.x, to.position.x), mix(from.position.y, to.position.y)),
        visibility: mix(from.visibility, to.visibility),
        confidence: mix(from.confidence, to.confidence),
        probability: from.probability.zip(to.probability).map(|(from, to)| from.towards(to, share)),
        visible: from.visible && to.visible,
        ..*to
    }
}

impl LiveTracker {
    /// Points that begin on a picture of the stream, at least one, that is not [remembered](Self::oldest_remembered)
    /// any more. They are no points of the tracker before [`LiveTracker::join_late`]; dropped, they never were.
    ///
    /// # Errors
    /// As for [`LiveTracker::add`].
    pub fn start_late(&mut self, frame: &Frame, points: &[SourcePoint]) -> Result<LatePoints, TrackerError> {
        self.check(points)?;
        let features = self.network.encode(frame, self.model_size)?;
        let group = self.joining_at(frame.index, points);
        self.begin(&features, &group)
    }

    /// Follows late points to a later picture, past the frames `way`, of which it is the last.
    ///
    /// # Errors
    /// When the network fails, or `cancel` was raised; they then stand where they were.
    ///
    /// # Panics
    /// If there are no such frames, or they do not come after the one that was reached.
    pub fn follow_late(
        &self,
        late: &mut LatePoints,
        way: &[FrameIndex],
        frame: &Frame,
        cancel: &CancelToken,
    ) -> Result<(), TrackerError> {
        assert!(way[0] > late.at() && way.last() == Some(&frame.index), "late points go on");
        let features = self.network.encode(frame, self.model_size)?;
        self.step(late, way, &features, cancel)
    }

    /// Follows late points through the frames that are remembered, and lets them join. Returns where they were, from
    /// their own frame on.
    ///
    /// # Errors
    /// When there would be too many points, the network fails, or `cancel` was raised; then none is added.
    pub fn join_late(&mut self, late: LatePoints, cancel: &CancelToken) -> Result<Said, TrackerError> {
        self.check_room(late.tracks.len())?;
        let said = self.arrive(late, self.ring.len(), 1, cancel)?;
        self.add_helpers()?;
        Ok(said)
    }

    /// Points of one frame begin there, or come back to it; then those that are not there are lost.
    pub(super) fn begin(&self, features: &Features, group: &[Joining]) -> Result<LatePoints, TrackerError> {
        let owners: Vec<Owner> = group.iter().map(|joining| Owner::User(joining.id)).collect();
        let places: Vec<[f32; 2]> = group.iter().map(|joining| self.feature_from_source(joining.position)).collect();
        let patches = group.iter().filter_map(|joining| Some(joining.back.as_ref()?.0.clone()));
        let patches = patches.reduce(|all, more| all.join(&more));
        let room = self.room(group.len().max(self.joining.len()));
        let mut tracks = LiveTracks::start(&self.network, features, patches, &owners, &places, room)?;
        let is_lost = |joining: &Joining, is_seen: bool| {
            let (patches, was_just_there) = joining.back.as_ref()?;
            let lost = || Parked::new(joining.id, patches.clone(), joining.position, PointState::Lost);
            (!was_just_there && !is_seen).then(lost)
        };
        let lost: Vec<Option<Parked>> =
            group.iter().zip(self.seen(&tracks)).map(|(joining, is_seen)| is_lost(joining, is_seen)).collect();
        tracks.retain(|place, _| lost[place].is_none());
        let there = group.iter().zip(&lost).filter(|(_, lost)| lost.is_none());
        let said = there.map(|(joining, _)| (joining.at, joining.placed())).collect();
        Ok(LatePoints { tracks, said, stride: 1, lost: lost.into_iter().flatten().collect() })
    }

    /// Late points go on to the last frame of `way`, whose features these are.
    fn step(
        &self,
        late: &mut LatePoints,
        way: &[FrameIndex],
        features: &Features,
        cancel: &CancelToken,
    ) -> Result<(), TrackerError> {
        late.set_stride(way.len());
        let (iters, smoothing) = (self.options.iters.max(1), self.options.velocity_smoothing);
        if !late.tracks.advance(&self.network, features, iters, smoothing, cancel)? {
            return Err(TrackerError::Cancelled);
        }
        let seen = self.seen(&late.tracks);
        late.tracks.note_seen(&seen, self.options.fit_smoothing);
        let before = late.said[late.said.len() - late.tracks.len()..].to_vec();
        let after: Vec<_> = late.tracks.newest().filter_map(|(owner, track)| self.point(owner, &track)).collect();
        for (number, &frame) in (1..).zip(way) {
            let share = number as f32 / way.len() as f32;
            let points = before.iter().zip(&after).map(|((_, from), to)| (frame, between(from, to, share)));
            late.said.extend(points);
        }
        Ok(())
    }

    /// Late points go on through the ring up to the place `end`, in steps of so many frames, and join. Returns where
    /// they were, from their own frame on.
    pub(super) fn arrive(
        &mut self,
        mut late: LatePoints,
        end: usize,
        stride: usize,
        cancel: &CancelToken,
    ) -> Result<Said, TrackerError> {
        let missed: Vec<&Remembered> = self.ring.range(..end).filter(|frame| frame.index > late.at()).collect();
        for way in missed.chunks(stride) {
            let frames: Vec<FrameIndex> = way.iter().map(|frame| frame.index).collect();
            self.step(&mut late, &frames, way[way.len() - 1].features()?, cancel)?;
        }
        late.set_stride(1);
        self.tracks.join(late.tracks);
        self.parked.splice(0..0, late.lost); // they are looked for first
        Ok(late.said)
    }
}
