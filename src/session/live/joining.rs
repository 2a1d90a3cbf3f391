//! Points that are placed on a frame of the stream, the newest or an earlier one. They join at once, wait their turn
//! ([`crate::tracker::PointState::Joining`]), or are followed [through the ring](super::late) first.

use super::LiveEvent;
use super::following::{Following, LivePoints};
use super::late::Arrived;
use super::ring::RingFrame;
use super::undoing::Change;
use super::worker::LiveThread;
use crate::frame::Frame;
use crate::geometry::{FrameIndex, SourcePoint};
use crate::sync::CancelToken;
use crate::tracker::{LatePoints, LivePoint, PointId, TrackerError};
use crate::tracks::{LiveSample, TrackId};
use std::collections::BTreeMap;

fn refused(reason: &impl ToString) -> LiveEvent {
    LiveEvent::Refused(reason.to_string())
}

/// What must be told; cancelled, there is nothing to tell.
fn told(error: TrackerError) -> Option<LiveEvent> {
    match error {
        TrackerError::Cancelled => None,
        other => Some(refused(&other)),
    }
}

impl LivePoints {
    fn follower(&mut self) -> Result<&mut Following, LiveEvent> {
        let why = if self.failed.is_some() { "points cannot be followed" } else { "the model is not there yet" };
        self.following.as_mut().ok_or_else(|| refused(&format_args!("no point was added: {why}")))
    }

    /// Names for so many more points; they are [taken](Self::take_names) once the points are there.
    fn free_names(&self, count: usize) -> Vec<TrackId> {
        (self.next_id..).map(TrackId).take(count).collect()
    }

    fn take_names(&mut self, points: &[(TrackId, SourcePoint)]) {
        self.next_id = points.iter().map(|(id, _)| id.0 + 1).fold(self.next_id, u32::max);
    }

    /// Whether points can be here.
    fn check(&mut self, points: &[(TrackId, SourcePoint)]) -> Result<(), LiveEvent> {
        let size = self.follower()?.size;
        let outside = (1..).zip(points).find(|(_, (_, point))| !size.contains(*point));
        let Some((number, (_, SourcePoint { x, y }))) = outside else { return Ok(()) };
        Err(refused(&TrackerError::OutsidePicture { number, x: *x, y: *y, size }))
    }

    /// Whether there is a point of this name.
    fn has(&self, id: TrackId) -> bool {
        self.recent.newest().any(|(known, _)| known == id)
    }

    /// The frames from which on points join without a picture, and which tracker says so.
    pub(super) fn oldest_remembered(&self) -> Option<(FrameIndex, u32)> {
        let following = self.following.as_ref()?;
        Some((following.tracker.oldest_remembered()?, self.epoch))
    }

    /// Points begin on a frame that the tracker remembers, all or none, in place of what had their names.
    fn place(
        &mut self,
        frame: FrameIndex,
        points: &[(TrackId, SourcePoint)],
        cancel: &CancelToken,
    ) -> Result<(), Option<LiveEvent>> {
        let places: Vec<SourcePoint> = points.iter().map(|(_, point)| *point).collect();
        let (known, said) = self.follower()?.tracker.add_at(frame, &places, cancel).map_err(told)?;
        self.take_over(points.iter().map(|(id, _)| *id).zip(known).collect());
        self.note_caught_up(&said, &[]);
        Ok(())
    }

    pub(super) fn start_late(
        &mut self,
        frame: &Frame,
        places: &[SourcePoint],
    ) -> Result<LatePoints, Option<LiveEvent>> {
        self.follower()?.tracker.start_late(frame, places).map_err(told)
    }

    pub(super) fn follow_late(
        &mut self,
        late: &mut LatePoints,
        way: &[FrameIndex],
        frame: &Frame,
        cancel: &CancelToken,
    ) -> Result<(), Option<LiveEvent>> {
        self.follower()?.tracker.follow_late(late, way, frame, cancel).map_err(told)
    }

    /// Lets late points join under these names, in place of what had them; those without a name are not wanted any
    /// more.
    pub(super) fn join_late(
        &mut self,
        late: LatePoints,
        ids: impl Iterator<Item = Option<TrackId>>,
        cancel: &CancelToken,
    ) -> Result<(), Option<LiveEvent>> {
        let known = late.on(late.at()).map(|point| point.id);
        let (wanted, others): (Vec<_>, Vec<_>) = ids.zip(known).partition(|(id, _)| id.is_some());
        let tracker = &mut self.follower()?.tracker;
        let said = tracker.join_late(late, cancel).map_err(told)?;
        tracker.remove_all(&others.into_iter().map(|(_, known)| known).collect::<Vec<_>>());
        self.take_over(wanted.into_iter().filter_map(|(id, known)| Some((id?, known))).collect());
        self.note_caught_up(&said, &[]);
        Ok(())
    }

    /// Points of the tracker get these names, in place of what had them. Their trails begin anew.
    fn take_over(&mut self, named: Vec<(TrackId, PointId)>) {
        let before: Vec<_> = named.iter().map(|(id, _)| (*id, self.out(*id))).collect();
        let label = if before.iter().any(|(_, out)| out.is_some()) { "move" } else { "add" };
        for (id, _) in &named {
            self.waiting.remove(id);
            self.recent.remove(*id);
        }
        if let Some(following) = &mut self.following {
            following.forget(named.iter().map(|(id, _)| *id));
            following.name(named);
        }
        self.steps.did(label, Change::Points(before));
    }

    /// Whether points wait to join.
    pub(super) fn are_waiting(&self) -> bool {
        self.following.as_ref().is_some_and(|following| following.tracker.has_waiting())
    }

    /// Some of those that wait join while no frame comes.
    fn catch_up(&mut self, cancel: &CancelToken) -> Result<(), Option<LiveEvent>> {
        let Some(following) = &mut self.following else { return Ok(()) };
        match following.tracker.catch_up(cancel) {
            Ok(said) => self.note_caught_up(&said, &[]),
            Err(TrackerError::Cancelled) => return Err(None),
            Err(error) => return Err(Some(self.fail(&error))),
        }
        Ok(())
    }

    /// Points that joined late were here on earlier frames, up to the newest, or to the one before that of `newest`.
    pub(super) fn note_caught_up(&mut self, said: &[(FrameIndex, LivePoint)], newest: &[LiveSample]) {
        let Some(following) = &self.following else { return };
        let mut places: BTreeMap<TrackId, Vec<LiveSample>> = BTreeMap::new();
        for (frame, point) in said {
            let Some(id) = following.own.get(&point.id) else { continue };
            let sample = point.sample(id.0);
            places.entry(*id).or_default().push(sample);
            self.late.push((*frame, sample));
        }
        for (id, mut samples) in places {
            samples.extend(newest.iter().find(|sample| sample.id == id.0));
            self.recent.correct(id, &samples);
        }
    }
}

impl LiveThread {
    /// Points are placed on a frame that was shown, or on the newest one; one that is `moved` is followed anew from
    /// there, unless it was deleted meanwhile.
    pub(super) fn place(&mut self, frame: Option<FrameIndex>, moved: Option<TrackId>, points: &[SourcePoint]) {
        let is_gone = moved.is_some_and(|id| !self.points.has(id) && !self.late.has(id));
        if is_gone || points.is_empty() {
            return;
        }
        let ids = moved.map_or_else(|| self.points.free_names(points.len()), |id| vec![id]);
        let points: Vec<(TrackId, SourcePoint)> = ids.into_iter().zip(points.iter().copied()).collect();
        match self.try_place(frame, &points) {
            Ok(()) => {
                self.points.take_names(&points);
                self.show();
                self.tell_status();
            }
            Err(event) => self.tell_if(event.map_or(Ok(()), Err)),
        }
    }

    fn try_place(
        &mut self,
        frame: Option<FrameIndex>,
        points: &[(TrackId, SourcePoint)],
    ) -> Result<(), Option<LiveEvent>> {
        self.points.check(points)?;
        let newest = || self.ring.newest().map(RingFrame::index);
        let frame = frame.or_else(newest).ok_or_else(|| refused(&TrackerError::NoFrame))?;
        let gone = || refused(&"that frame is gone already: freeze the picture first");
        self.ring.place_of(frame).ok_or_else(gone)?;
        if self.points.oldest_remembered().is_some_and(|(oldest, _)| frame >= oldest) {
            self.points.place(frame, points, &self.links.stop)?;
            let ids: Vec<TrackId> = points.iter().map(|(id, _)| *id).collect();
            self.late.forget(&ids);
            self.note_arrived(&Arrived { frame, ids });
        } else {
            self.late.push(frame, points);
            self.replay.forget();
        }
        Ok(())
    }

    /// Takes points that were placed on an earlier frame a picture further.
    pub(super) fn follow_late_points(&mut self) {
        let is_running = !self.is_frozen;
        match self.late.step(&mut self.points, &self.ring, is_running, &self.links.stop) {
            Ok(None) => {}
            Ok(Some(arrived)) => {
                self.note_arrived(&arrived);
                self.tell_status();
            }
            Err(None) => return,
            Err(Some(event)) => self.tell(event),
        }
        self.replay.forget();
        self.is_stale |= self.is_frozen;
    }

    /// Some of the points that wait join while the picture stands still.
    pub(super) fn catch_up(&mut self) {
        match self.points.catch_up(&self.links.stop) {
            Ok(()) => {}
            Err(None) => return,
            Err(Some(event)) => self.tell(event),
        }
        self.note_late();
        self.is_stale = true;
    }

    /// Points are followed from this frame on.
    fn note_arrived(&mut self, Arrived { frame, ids }: &Arrived) {
        self.ring.begin_trails(*frame, ids);
        self.note_late();
    }

    /// The last frames and the log learn what was said of points on earlier frames.
    pub(super) fn note_late(&mut self) {
        let late = std::mem::take(&mut self.points.late);
        if late.is_empty() {
            return;
        }
        for (frame, sample) in late {
            if let Some(known) = self.ring.by_index_mut(frame) {
                known.set(sample);
            }
            self.keeper.log().set(frame, &sample);
        }
        self.replay.forget();
    }
}
