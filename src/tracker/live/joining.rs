//! Points that join: at once where they are few. Where hundreds come together, a frame takes in as many as it has time
//! for; the others wait, at most until the frame on which they were placed would be forgotten. Each is followed from
//! its own frame, whenever it joins.

use super::{LivePoint, LiveTracker, PointId, PointState, Said};
use crate::geometry::{FrameIndex, SourcePoint};
use crate::model::QueryPatches;
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

/// A point that joins.
#[derive(Clone, Debug)]
pub(super) struct Joining {
    pub(super) id: PointId,
    /// Where it was placed, in source pixels.
    pub(super) position: SourcePoint,
    /// The frame on which it was.
    pub(super) at: FrameIndex,
    /// Of a point that comes back: its query patch, and whether it was away for a moment only.
    pub(super) back: Option<(QueryPatches, bool)>,
}

impl Joining {
    /// The point while it waits.
    pub(super) fn point(&self) -> LivePoint {
        let Self { id, position, .. } = *self;
        LivePoint::unseen(id, position, PointState::Joining)
    }

    /// The point on its own frame.
    pub(super) fn placed(&self) -> LivePoint {
        LivePoint { visibility: 1.0, confidence: 1.0, visible: true, state: PointState::Followed, ..self.point() }
    }
}

impl LiveTracker {
    /// Adds points on the newest frame; what is said of them begins with the next one. Returns their ids, in order.
    ///
    /// # Errors
    /// As for [`LiveTracker::add_at`].
    pub fn add(&mut self, points: &[SourcePoint]) -> Result<Vec<PointId>, TrackerError> {
        let newest = self.newest().ok_or(TrackerError::NoFrame)?;
        Ok(self.add_at(newest, points, &CancelToken::new())?.0)
    }

    /// Adds points on a [remembered](Self::oldest_remembered) frame. Returns their ids, in order, and what is said of
    /// them from there on. Where they are many, they may [wait](super::LiveOptions::spread_joins).
    ///
    /// # Errors
    /// When there is no such frame, a point is outside the picture, there would be too many, the network fails, or
    /// `cancel` was raised; then none is added.
    pub fn add_at(
        &mut self,
        frame: FrameIndex,
        points: &[SourcePoint],
        cancel: &CancelToken,
    ) -> Result<(Vec<PointId>, Said), TrackerError> {
        self.check(points)?;
        let joining = self.joining_at(frame, points);
        let ids = joining.iter().map(|joining| joining.id).collect();
        Ok((ids, self.admit(joining, cancel)?))
    }

    /// The oldest frame from which on points can join without a picture.
    #[must_use]
    pub fn oldest_remembered(&self) -> Option<FrameIndex> {
        self.ring.front().map(|frame| frame.index)
    }

    /// Whether points wait to join.
    #[must_use]
    pub fn has_waiting(&self) -> bool {
        !self.joining.is_empty()
    }

    /// New points.
    pub(super) fn joining_at(&mut self, at: FrameIndex, points: &[SourcePoint]) -> Vec<Joining> {
        let ids = self.new_ids(points.len());
        ids.zip(points).map(|(id, &position)| Joining { id, position, at, back: None }).collect()
    }

    /// Points of one remembered frame join at once, or in turn where they are many. Returns what is said of them from
    /// there on.
    pub(super) fn admit(&mut self, joining: Vec<Joining>, cancel: &CancelToken) -> Result<Said, TrackerError> {
        let Some(at) = joining.first().map(|first| first.at) else { return Ok(Vec::new()) };
        let place = self.place_in_ring(at).ok_or(TrackerError::NoFrame)?;
        if self.options.spread_joins && self.num_fresh + joining.len() > AT_ONCE {
            let own = joining.iter().map(|joining| (at, joining.placed()));
            let later = self.ring.range(place + 1..);
            let waiting = later.flat_map(|frame| joining.iter().map(|joining| (frame.index, joining.point())));
            let said = own.chain(waiting).collect();
            self.enqueue(joining);
            return Ok(said);
        }
        let said = self.join(&joining, self.ring.len(), false, cancel)?;
        self.num_fresh += joining.len();
        self.add_helpers()?;
        Ok(said)
    }

    /// Those of an older frame come first, then those that came first.
    fn enqueue(&mut self, joining: Vec<Joining>) {
        self.tracks.reserve(self.joining.len() + joining.len());
        for joining in joining {
            let place = self.joining.partition_point(|other| other.at <= joining.at);
            self.joining.insert(place, joining);
        }
    }

    /// Takes in some of those that wait, while no frame comes. Returns where they were found on the frames since their
    /// own.
    ///
    /// # Errors
    /// When the network fails, or `cancel` was raised; those that have not joined wait on.
    pub fn catch_up(&mut self, cancel: &CancelToken) -> Result<Said, TrackerError> {
        let said = self.take_in(AT_ONCE, self.ring.len(), false, cancel)?;
        self.add_helpers()?;
        Ok(said)
    }

    /// Before the newest frame is looked at: those that it has time for join, so that they are looked at with the
    /// others. Returns where they were on the frames that they missed, and on their own.
    pub(super) fn catch_up_in_time(&mut self, cancel: &CancelToken) -> Result<Said, TrackerError> {
        self.num_fresh = 0;
        let mut said = Vec::new();
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
            said.extend(self.take_in(count, self.ring.len() - 1, true, cancel)?);
            left = left.saturating_sub(fixed + count * each);
            is_first = false;
        }
        Ok(said)
    }

    /// How many of the first that wait can join together.
    fn num_alike(&self) -> usize {
        let kind = |joining: &Joining| (joining.at, joining.back.is_some());
        self.joining
            .front()
            .map_or(0, |first| self.joining.iter().take_while(|other| kind(other) == kind(first)).count())
    }

    /// The first of those that wait, so many at most, join together. Returns where they were on their own frame and on
    /// those since, where they missed some.
    fn take_in(
        &mut self,
        max_count: usize,
        end: usize,
        in_one_step: bool,
        cancel: &CancelToken,
    ) -> Result<Said, TrackerError> {
        let group: Vec<Joining> = self.joining.range(..max_count.min(self.num_alike())).cloned().collect();
        let said = self.join(&group, end, in_one_step, cancel)?;
        self.joining.drain(..group.len());
        let has_missed = said.iter().any(|(frame, _)| *frame > group[0].at);
        Ok(if has_missed { said } else { Vec::new() })
    }

    /// Points that are alike join, followed through the ring up to this place: through every frame, or in one step.
    /// Returns where they were, from their own frame on.
    fn join(
        &mut self,
        group: &[Joining],
        end: usize,
        in_one_step: bool,
        cancel: &CancelToken,
    ) -> Result<Said, TrackerError> {
        let Some(at) = group.first().map(|first| first.at) else { return Ok(Vec::new()) };
        let place = self.place_in_ring(at).unwrap_or(0);
        let late = self.begin(self.ring.get(place).ok_or(TrackerError::NoFrame)?.features()?, group)?;
        let stride = if in_one_step { end.saturating_sub(place + 1).max(1) } else { 1 };
        self.arrive(late, end, stride, cancel)
    }

    /// The query patch of a point that waits.
    pub(super) fn patch_of(&self, joining: &Joining) -> Option<QueryPatches> {
        if let Some((patches, _)) = &joining.back {
            return Some(patches.clone());
        }
        let frame = self.ring.get(self.place_in_ring(joining.at)?)?;
        let features = frame.features().ok()?;
        self.network.patches(features, &[self.feature_from_source(joining.position)]).ok() // a failure shows on the next frame
    }

    fn place_in_ring(&self, frame: FrameIndex) -> Option<usize> {
        self.ring.iter().position(|remembered| remembered.index == frame)
    }
}
