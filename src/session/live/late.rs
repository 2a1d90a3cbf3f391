//! Points that were placed or moved on an earlier frame than those that the tracker remembers: they are followed from
//! there to the newest one through the pictures of the ring, one picture at a time between the frames of the stream,
//! and join the others when they are there.

use super::LiveEvent;
use super::following::LivePoints;
use super::ring::{Ring, RingFrame};
use crate::geometry::{FrameIndex, SourcePoint};
use crate::sync::CancelToken;
use crate::tracker::LatePoints;
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
    /// `None` where one is not wanted any more.
    points: Vec<Option<(TrackId, SourcePoint)>>,
    on_way: Option<OnWay>,
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

/// Points that have joined, from this frame on.
pub(super) struct Arrived {
    pub(super) frame: FrameIndex,
    pub(super) ids: Vec<TrackId>,
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
        self.0.iter().flat_map(LateJob::ids)
    }

    pub(super) fn has(&self, id: TrackId) -> bool {
        self.ids().any(|other| other == id)
    }

    /// Points begin on an earlier frame, or begin anew there.
    pub(super) fn push(&mut self, frame: FrameIndex, points: &[(TrackId, SourcePoint)]) {
        self.forget(&points.iter().map(|(id, _)| *id).collect::<Vec<_>>());
        let points = points.iter().copied().map(Some);
        match self.0.iter_mut().find(|job| job.frame == frame && job.on_way.is_none()) {
            Some(job) => job.points.extend(points),
            None => self.0.push_back(LateJob { frame, points: points.collect(), on_way: None }),
        }
    }

    /// These points do not come any more.
    pub(super) fn forget(&mut self, ids: &[TrackId]) {
        for job in &mut self.0 {
            for point in &mut job.points {
                point.take_if(|(id, _)| ids.contains(id));
            }
        }
        self.0.retain(|job| job.ids().next().is_some());
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
            for sample in job.on(frame.index()) {
                let (id, changed) = (TrackId(sample.id), changed.to_mut());
                changed.set(sample);
                changed.placed.retain(|other| *other != id);
                if job.frame == frame.index() {
                    changed.placed.push(id);
                }
            }
        }
        changed
    }

    /// Takes the next picture. `is_running` says whether the stream goes on meanwhile: then the steps are longer, so
    /// that they catch up. Returns which points have joined.
    ///
    /// # Errors
    /// What must be told; cancelled, there is nothing to tell.
    pub(super) fn step(
        &mut self,
        points: &mut LivePoints,
        ring: &Ring,
        is_running: bool,
        cancel: &CancelToken,
    ) -> Result<Option<Arrived>, Option<LiveEvent>> {
        let Some(job) = self.0.front_mut() else { return Ok(None) };
        let arrived = job.advance(points, ring, is_running, cancel);
        if !matches!(arrived, Ok(None)) {
            self.0.pop_front();
        }
        arrived
    }
}

impl LateJob {
    fn ids(&self) -> impl Iterator<Item = TrackId> {
        self.points.iter().flatten().map(|(id, _)| *id)
    }

    /// What is to be shown of the points on a frame: where they have not been followed to, they wait.
    fn on(&self, frame: FrameIndex) -> Vec<LiveSample> {
        let Some(OnWay { late, .. }) = &self.on_way else {
            let placed = self.points.iter().flatten().map(|(id, point)| LiveSample::placed(id.0, *point));
            return placed.map(|sample| if frame == self.frame { sample } else { sample.unseen() }).collect();
        };
        let points = self.points.iter().zip(late.on(frame));
        points.filter_map(|(wanted, point)| Some(point.sample(wanted.as_ref()?.0.0))).collect()
    }

    fn advance(
        &mut self,
        points: &mut LivePoints,
        ring: &Ring,
        is_running: bool,
        cancel: &CancelToken,
    ) -> Result<Option<Arrived>, Option<LiveEvent>> {
        let Some((oldest, epoch)) = points.oldest_remembered() else {
            return Err(Some(LiveEvent::Refused("the point is not followed: there is no model".to_owned())));
        };
        let Some(on_way) = self.on_way.as_mut().filter(|on_way| on_way.epoch == epoch) else {
            self.start(points, ring, is_running, epoch)?;
            return Ok(None); // one picture at a time
        };
        // The pictures before those that the tracker has.
        let next = ring.place_from(on_way.late.at().after(1));
        let left = next..ring.place_from(oldest);
        let way: Vec<FrameIndex> =
            left.clone().take(on_way.stride).filter_map(|place| ring.get(place)).map(RingFrame::index).collect();
        if let Some(last) = ring.get(next + way.len().saturating_sub(1)).filter(|_| !way.is_empty()) {
            points.follow_late(&mut on_way.late, &way, &last.taken.frame, cancel)?;
        }
        if way.len() < left.len() {
            return Ok(None);
        }
        let ids = self.points.iter().map(|wanted| Some(wanted.as_ref()?.0));
        if let Some(OnWay { late, .. }) = self.on_way.take() {
            points.join_late(late, ids, cancel)?;
        }
        Ok(Some(Arrived { frame: self.frame, ids: self.ids().collect() }))
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
        self.points.retain(Option::is_some);
        let places: Vec<SourcePoint> = self.points.iter().flatten().map(|(_, point)| *point).collect();
        let late = points.start_late(frame, &places)?;
        let total = ring.len() - place;
        let stride = total.div_ceil(MAX_PICTURES).max(1) + usize::from(is_running);
        self.on_way = Some(OnWay { late, epoch, stride, total });
        Ok(())
    }
}
