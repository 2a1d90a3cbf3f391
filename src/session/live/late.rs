//! Points that were placed or moved on an earlier frame: they are followed from there to the newest one through the
//! pictures of the ring, one picture at a time between the frames of the stream, and join the others when they are
//! there.

use super::LiveEvent;
use super::following::LivePoints;
use super::ring::{Ring, RingFrame};
use crate::geometry::{FrameIndex, SourcePoint};
use crate::sync::CancelToken;
use crate::tracker::{LatePoints, LivePoint, PointId};
use crate::tracks::{LiveSample, TrackId};
use std::borrow::Cow;
use std::collections::VecDeque;

/// Pictures that are looked at on the way, at most, but for the last ones, which the tracker still has.
const MAX_PICTURES: usize = 64;

/// Points on their way, those of one frame together.
#[derive(Debug, Default)]
pub(super) struct LateJobs(VecDeque<LateJob>);

#[derive(Debug)]
struct LateJob {
    /// Where they begin.
    frame: FrameIndex,
    points: Vec<Pending>,
    on_way: Option<OnWay>,
}

/// One of them.
#[derive(Debug)]
struct Pending {
    id: TrackId,
    point: SourcePoint,
    /// Its name on the way.
    known: Option<PointId>,
    /// Where it was found, in the order of the frames.
    found: Vec<(FrameIndex, LiveSample)>,
}

#[derive(Debug)]
struct OnWay {
    late: LatePoints,
    /// The tracker that it belongs to.
    epoch: u32,
    /// Every how manieth frame of the ring is looked at.
    stride: usize,
    /// Frames to go when it started.
    total: usize,
}

/// A place on the way from one to the other, `share` of it behind.
fn between(from: &LiveSample, to: &LiveSample, share: f32) -> LiveSample {
    let mix = |a: f32, b: f32| a + share * (b - a);
    LiveSample {
        id: to.id,
        point: SourcePoint::new(mix(from.point.x, to.point.x), mix(from.point.y, to.point.y)),
        visibility: mix(from.visibility, to.visibility),
        confidence: mix(from.confidence, to.confidence),
        probability: from.probability.zip(to.probability).map(|(from, to)| from.towards(to, share)),
        visible: from.visible && to.visible,
    }
}

impl Pending {
    /// Notes where it is; on the frames of the ring in between it is on the way there.
    fn note(&mut self, ring: &Ring, frame: FrameIndex, new: LiveSample) {
        if let Some((before, old)) = self.found.last().copied() {
            let (first, last) = (ring.place_from(before), ring.place_from(frame));
            for place in first + 1..last {
                let Some(index) = ring.get(place).map(RingFrame::index).filter(|index| *index > before) else {
                    continue;
                };
                self.found.push((index, between(&old, &new, (place - first) as f32 / (last - first) as f32)));
            }
        }
        self.found.push((frame, new));
    }

    /// What is to be shown of it on a frame: where it has not been followed to, it waits.
    fn on(&self, frame: FrameIndex) -> LiveSample {
        match self.found.binary_search_by_key(&frame, |(index, _)| *index) {
            Ok(place) => self.found[place].1,
            Err(0) => LiveSample::placed(self.id.0, self.point),
            Err(after) => self.found[after - 1].1.unseen(),
        }
    }
}

impl LateJobs {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Points that are on their way.
    pub(super) fn ids(&self) -> impl Iterator<Item = TrackId> {
        self.0.iter().flat_map(|job| job.points.iter().map(|pending| pending.id))
    }

    /// A point begins on an earlier frame, or begins anew there.
    pub(super) fn push(&mut self, frame: FrameIndex, id: TrackId, point: SourcePoint) {
        self.forget(&[id]);
        let pending = Pending { id, point, known: None, found: Vec::new() };
        match self.0.iter_mut().find(|job| job.frame == frame && job.on_way.is_none()) {
            Some(job) => job.points.push(pending),
            None => self.0.push_back(LateJob { frame, points: vec![pending], on_way: None }),
        }
    }

    /// These points do not come any more.
    pub(super) fn forget(&mut self, ids: &[TrackId]) {
        for job in &mut self.0 {
            job.points.retain(|pending| !ids.contains(&pending.id));
        }
        self.0.retain(|job| !job.points.is_empty());
    }

    /// How much of the way is done.
    pub(super) fn progress(&self, ring: &Ring) -> Option<f32> {
        let job = self.0.front()?;
        let Some(on_way) = &job.on_way else { return Some(0.0) };
        let left = ring.len().saturating_sub(ring.place_from(on_way.late.at()) + 1);
        Some((1.0 - left as f32 / on_way.total.max(1) as f32).clamp(0.0, 1.0))
    }

    /// What is said of a frame, with the points on their way.
    pub(super) fn on<'a>(&self, frame: &'a RingFrame) -> Cow<'a, RingFrame> {
        let mut changed = Cow::Borrowed(frame);
        for job in self.0.iter().filter(|job| job.frame <= frame.index()) {
            for pending in &job.points {
                let changed = changed.to_mut();
                changed.set(pending.on(frame.index()));
                changed.placed.retain(|id| *id != pending.id);
                if job.frame == frame.index() {
                    changed.placed.push(pending.id);
                }
            }
        }
        changed
    }

    /// Takes the next picture. `is_running` says whether the stream goes on meanwhile: then the steps are longer, so
    /// that they catch up. Returns whether points have joined.
    ///
    /// # Errors
    /// What must be told; cancelled, there is nothing to tell.
    pub(super) fn step(
        &mut self,
        points: &mut LivePoints,
        ring: &mut Ring,
        is_running: bool,
        cancel: &CancelToken,
    ) -> Result<bool, Option<LiveEvent>> {
        let Some(job) = self.0.front_mut() else { return Ok(false) };
        let is_there = job.advance(points, ring, is_running, cancel);
        if !matches!(is_there, Ok(false)) {
            self.0.pop_front();
        }
        is_there
    }
}

impl LateJob {
    fn advance(
        &mut self,
        points: &mut LivePoints,
        ring: &mut Ring,
        is_running: bool,
        cancel: &CancelToken,
    ) -> Result<bool, Option<LiveEvent>> {
        let Some((oldest, epoch)) = points.oldest_remembered() else {
            return Err(Some(LiveEvent::Refused("the point is not followed: there is no model".to_owned())));
        };
        let is_new = self.on_way.as_ref().is_none_or(|on_way| on_way.epoch != epoch);
        if is_new {
            self.start(points, ring, is_running, epoch)?;
        }
        let Some(on_way) = &mut self.on_way else { return Ok(false) };
        let place = ring.place_from(on_way.late.at());
        // The last picture before those that the tracker has.
        let last = ring.place_from(oldest).saturating_sub(1);
        if place < last {
            if is_new {
                return Ok(false); // one picture at a time
            }
            let next = (place + on_way.stride).min(last);
            let Some(frame) = ring.get(next) else { return Ok(false) };
            let found = points.follow_late(&mut on_way.late, &frame.taken.frame, next - place, cancel)?;
            self.note(ring, frame.index(), &found);
            if next < last {
                return Ok(false);
            }
        }
        self.join(points, ring, cancel)?;
        Ok(true)
    }

    /// Begins, or begins again with another tracker.
    fn start(
        &mut self,
        points: &mut LivePoints,
        ring: &Ring,
        is_running: bool,
        epoch: u32,
    ) -> Result<(), Option<LiveEvent>> {
        let gone = || Some(LiveEvent::Refused("the frame of the point is gone: it was not added".to_owned()));
        let place = ring.place_of(self.frame).ok_or_else(gone)?;
        let frame = &ring.get(place).ok_or_else(gone)?.taken.frame;
        let places: Vec<SourcePoint> = self.points.iter().map(|pending| pending.point).collect();
        let late = points.start_late(frame, &places)?;
        for (pending, known) in self.points.iter_mut().zip(late.ids()) {
            pending.known = Some(*known);
            pending.found = vec![(self.frame, LiveSample::placed(pending.id.0, pending.point))];
        }
        let total = ring.len() - place;
        let stride = total.div_ceil(MAX_PICTURES).max(1) + usize::from(is_running);
        self.on_way = Some(OnWay { late, epoch, stride, total });
        Ok(())
    }

    fn note(&mut self, ring: &Ring, frame: FrameIndex, found: &[LivePoint]) {
        for pending in &mut self.points {
            if let Some(point) = found.iter().find(|point| Some(point.id) == pending.known) {
                pending.note(ring, frame, point.sample(pending.id.0));
            }
        }
    }

    /// The points take their places among the others; the ring knows where they were.
    fn join(
        &mut self,
        points: &mut LivePoints,
        ring: &mut Ring,
        cancel: &CancelToken,
    ) -> Result<(), Option<LiveEvent>> {
        let Some(OnWay { late, .. }) = self.on_way.take() else { return Ok(()) };
        let ids: Vec<Option<TrackId>> = late
            .ids()
            .iter()
            .map(|known| self.points.iter().find(|pending| pending.known == Some(*known)).map(|pending| pending.id))
            .collect();
        for (frame, found) in points.join_late(late, &ids, cancel)? {
            self.note(ring, frame, &found);
        }
        for pending in &self.points {
            for (frame, sample) in &pending.found {
                if let Some(frame) = ring.by_index_mut(*frame) {
                    frame.placed.retain(|id| *id != pending.id);
                    frame.set(*sample);
                    if frame.index() == self.frame {
                        frame.placed.push(pending.id);
                    }
                }
            }
            points.set_trail(pending.id, &pending.found);
        }
        Ok(())
    }
}
