//! Points that wait to join. Where hundreds come at once, a frame takes in as many as it has time for; the others wait,
//! at most until the frame on which they were placed would be forgotten. Each is followed from its own frame, whenever
//! it joins.

use super::parking::Parked;
use super::tracks::{LiveTracks, Owner};
use super::{LivePoint, LiveTracker, PointId, PointState};
use crate::geometry::{FrameIndex, SourcePoint};
use crate::model::{Features, Support};
use crate::sync::CancelToken;
use crate::tracker::TrackerError;

/// So many join at once, between two frames: few never wait.
const AT_ONCE: usize = 32;
/// No fewer than that join together on a frame: it would not be worth it.
const AT_LEAST: usize = 16;
/// How much longer than usual a frame may take for those that join, in percent of what following all points takes.
const SHARE_PERCENT: usize = 25;
/// And so much in any case, for what encoding takes. All costs are measured in iterations of one point.
const SPARE: usize = 60;
/// What an iteration costs however few the points are.
const PER_ITERATION: usize = 36;
/// What a point's beginning costs.
const BEGINNING: usize = 2;

/// A point that waits.
#[derive(Clone, Debug)]
pub(super) struct Joining {
    pub(super) id: PointId,
    /// Where it was placed, in source pixels.
    pub(super) position: SourcePoint,
    /// The frame on which it was.
    pub(super) at: FrameIndex,
    /// Of a point that comes back: its query patch, and whether it was away for a moment only.
    pub(super) back: Option<(Support, bool)>,
}

impl Joining {
    pub(super) fn point(&self) -> LivePoint {
        let Self { id, position, .. } = *self;
        LivePoint::unseen(id, position, PointState::Joining)
    }

    /// The point on its own frame.
    fn placed(&self) -> LivePoint {
        LivePoint { visibility: 1.0, confidence: 1.0, visible: true, state: PointState::Followed, ..self.point() }
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
    /// Adds points on an earlier frame, as [`LiveTracker::add`] does on the newest one; they join with the next frames.
    /// `None` where there is no need to wait, or that frame is forgotten.
    ///
    /// # Errors
    /// When a point is outside the picture, or there would be too many; then none is added.
    pub fn add_waiting(
        &mut self,
        frame: FrameIndex,
        points: &[SourcePoint],
    ) -> Result<Option<Vec<PointId>>, TrackerError> {
        if !self.must_wait(points.len()) || self.place_in_ring(frame).is_none() {
            return Ok(None);
        }
        self.check(points)?;
        Ok(Some(self.wait(frame, points)))
    }

    /// Whether points wait to join.
    #[must_use]
    pub fn has_waiting(&self) -> bool {
        !self.joining.is_empty()
    }

    /// Takes in some of those that wait, while no frame comes. Returns where they were found on the frames since their
    /// own.
    ///
    /// # Errors
    /// When the network fails, or `cancel` was raised; those that have not joined wait on.
    pub fn join_meanwhile(&mut self, cancel: &CancelToken) -> Result<Vec<(FrameIndex, LivePoint)>, TrackerError> {
        let found = self.join_group(self.num_alike().min(AT_ONCE), self.ring.len(), false, cancel)?;
        self.add_helpers()?;
        Ok(found)
    }

    /// Whether so many more cannot join between the newest frame and the next.
    pub(super) fn must_wait(&self, count: usize) -> bool {
        self.options.spread_joins && self.num_fresh + count > AT_ONCE
    }

    /// Points wait from now on.
    pub(super) fn wait(&mut self, at: FrameIndex, points: &[SourcePoint]) -> Vec<PointId> {
        let ids: Vec<PointId> = (self.next_id..).take(points.len()).map(PointId).collect();
        self.next_id += points.len() as u32;
        let joining = |(&id, &position): (&PointId, &SourcePoint)| Joining { id, position, at, back: None };
        self.enqueue(ids.iter().zip(points).map(joining).collect());
        ids
    }

    /// Those of an older frame come first, then those that came first.
    pub(super) fn enqueue(&mut self, joining: Vec<Joining>) {
        self.tracks.reserve(self.joining.len() + joining.len());
        for joining in joining {
            let place = self.joining.partition_point(|other| other.at <= joining.at);
            self.joining.insert(place, joining);
        }
    }

    /// Before the newest frame is looked at: those that it has time for join, so that they are looked at with the
    /// others. Returns where they were on the frames that they missed, and on their own.
    pub(super) fn join_some(&mut self, cancel: &CancelToken) -> Result<Vec<(FrameIndex, LivePoint)>, TrackerError> {
        self.num_fresh = 0;
        let mut found = Vec::new();
        let iters = self.options.iters.max(1);
        let all = self.tracks.len() + self.joining.len();
        // Those that have not joined cost less than usual.
        let usual = iters * (all + PER_ITERATION);
        let mut left = iters * self.joining.len() + usual * SHARE_PERCENT / 100 + SPARE;
        let mut is_first = true;
        while let Some(at) = self.joining.front().map(|first| first.at) {
            let place = self.place_in_ring(at).unwrap_or(0);
            // Wherever it was, it takes one step to the frame before the newest.
            let num_steps = usize::from(self.ring.len() > place + 2);
            let (fixed, each) = (PER_ITERATION * (1 + iters * num_steps), BEGINNING + iters * (num_steps + 1));
            let affordable = left.saturating_sub(fixed) / each;
            let same_frame = self.joining.iter().take_while(|joining| joining.at == at).count();
            // With so many more frames, its own is forgotten.
            let num_chances = place + 1 + self.network.config().window_len - self.ring.len();
            let least = match num_chances {
                1 => same_frame,
                _ if is_first => same_frame.div_ceil(num_chances).max(AT_LEAST),
                _ => 0,
            };
            let count = affordable.max(least).min(self.num_alike());
            if count == 0 {
                break;
            }
            found.extend(self.join_group(count, self.ring.len() - 1, true, cancel)?);
            left = left.saturating_sub(fixed + count * each);
            is_first = false;
        }
        Ok(found)
    }

    /// How many of the first that wait can join together.
    fn num_alike(&self) -> usize {
        let kind = |joining: &Joining| (joining.at, joining.back.is_some());
        self.joining
            .front()
            .map_or(0, |first| self.joining.iter().take_while(|other| kind(other) == kind(first)).count())
    }

    /// The first of those that wait, [alike](Self::num_alike), join, followed through the ring up to this place:
    /// through every frame, or in one step.
    fn join_group(
        &mut self,
        count: usize,
        end: usize,
        in_one_step: bool,
        cancel: &CancelToken,
    ) -> Result<Vec<(FrameIndex, LivePoint)>, TrackerError> {
        let group: Vec<Joining> = self.joining.range(..count).cloned().collect();
        let Some(at) = group.first().map(|joining| joining.at) else { return Ok(Vec::new()) };
        let place = self.place_in_ring(at).unwrap_or(0);
        let features = self.ring.get(place).ok_or(TrackerError::NoFrame)?.features()?;
        let (mut tracks, lost) = self.begin(features, &group, self.joining.len() - count)?;
        let num_missed = end.saturating_sub(place + 1);
        let stride = if in_one_step { num_missed.max(1) } else { 1 };
        let mut found = Vec::new();
        let mut before: Vec<LivePoint> = group.iter().map(Joining::placed).collect();
        if num_missed > 0 {
            found.extend(before.iter().map(|point| (at, *point)));
        }
        for first in (place + 1..end).step_by(stride) {
            let way: Vec<_> = self.ring.range(first..first + stride).collect();
            let Some(last) = way.last() else { continue };
            let points = self.step(&mut tracks, last.features()?, cancel)?;
            if stride > 1 {
                tracks.scale_velocities(1.0 / stride as f32); // they are per frame
            }
            before.retain(|old| points.iter().any(|new| new.id == old.id));
            for (number, frame) in (1..).zip(&way) {
                let share = number as f32 / stride as f32;
                found.extend(before.iter().zip(&points).map(|(old, new)| (frame.index, between(old, new, share))));
            }
            before = points;
        }
        self.joining.drain(..count);
        self.tracks.join(tracks);
        self.parked.splice(0..0, lost);
        Ok(found)
    }

    /// Points begin on a frame, or come back to it; then those that are not there are lost. `num_more` are to follow.
    pub(super) fn begin(
        &self,
        features: &Features,
        points: &[Joining],
        num_more: usize,
    ) -> Result<(LiveTracks, Vec<Parked>), TrackerError> {
        let owners: Vec<Owner> = points.iter().map(|point| Owner::User(point.id)).collect();
        let places: Vec<[f32; 2]> = points.iter().map(|point| self.feature_from_source(point.position)).collect();
        let patches = points.iter().filter_map(|point| Some(point.back.as_ref()?.0.clone()));
        let room = self.room(points.len() + num_more);
        let Some(patches) = patches.reduce(Support::join) else {
            return Ok((LiveTracks::start(&self.network, features, &owners, &places, room)?, Vec::new()));
        };
        let mut tracks = LiveTracks::start_from(&self.network, features, patches, &owners, &places, room)?;
        let was_just_there = |point: &Joining| point.back.as_ref().is_some_and(|(_, was_just_there)| *was_just_there);
        let goes_on: Vec<bool> = tracks
            .newest()
            .zip(points)
            .map(|((_, track), point)| was_just_there(point) || self.is_seen(&track))
            .collect();
        let lost = points.iter().zip(&goes_on).filter(|(_, goes_on)| !**goes_on).filter_map(|(point, _)| {
            let (support, _) = point.back.clone()?;
            Some(Parked::new(point.id, support, point.position, PointState::Lost))
        });
        let lost = lost.collect();
        tracks.retain(|place, _| goes_on[place]);
        Ok((tracks, lost))
    }

    /// The query patch of a point that waits.
    pub(super) fn look_of(&self, joining: &Joining) -> Option<Support> {
        if let Some((support, _)) = &joining.back {
            return Some(support.clone());
        }
        let frame = self.ring.get(self.place_in_ring(joining.at)?)?;
        let features = frame.features().ok()?;
        self.network.support(features, &[self.feature_from_source(joining.position)]).ok() // a failure shows on the next frame
    }

    /// A point that waits is parked.
    pub(super) fn park_waiting(&mut self, id: PointId) -> bool {
        let Some(place) = self.joining.iter().position(|joining| joining.id == id) else { return false };
        let joining = &self.joining[place];
        let Some(support) = self.look_of(joining) else { return false };
        self.parked.push(Parked::new(id, support, joining.position, PointState::Parked));
        self.joining.remove(place);
        true
    }

    fn place_in_ring(&self, frame: FrameIndex) -> Option<usize> {
        self.ring.iter().position(|remembered| remembered.index == frame)
    }
}
