//! Points that wait to join, where hundreds come at once ([`crate::tracker::PointState::Joining`]).

use super::LiveEvent;
use super::following::LivePoints;
use super::undoing::Change;
use super::worker::Stream;
use crate::geometry::{FrameIndex, SourcePoint};
use crate::sync::CancelToken;
use crate::tracker::{LivePoint, TrackerError};
use crate::tracks::{LiveSample, TrackId};
use std::collections::BTreeMap;

impl LivePoints {
    /// Adds points on an earlier frame, all or none; they join with the next frames. `None` where that is not how they
    /// join: they are few, or the tracker has forgotten that frame.
    ///
    /// # Errors
    /// What must be told.
    pub(super) fn add_waiting(
        &mut self,
        frame: FrameIndex,
        points: &[SourcePoint],
    ) -> Result<Option<Vec<TrackId>>, LiveEvent> {
        let Some(following) = &mut self.following else { return Ok(None) };
        let added = following.tracker.add_waiting(frame, points);
        let Some(known) = added.map_err(|error| LiveEvent::Refused(error.to_string()))? else { return Ok(None) };
        let ids: Vec<TrackId> = (self.next_id..).map(TrackId).take(known.len()).collect();
        self.next_id += ids.len() as u32;
        following.name(ids.iter().copied().zip(known));
        for (id, point) in ids.iter().zip(points) {
            self.history.place(*id, *point);
            self.history.hide(*id);
        }
        self.steps.did("add", Change::Points(ids.iter().map(|id| (*id, None)).collect()));
        Ok(Some(ids))
    }

    /// Whether points wait to join.
    pub(super) fn are_waiting(&self) -> bool {
        self.following.as_ref().is_some_and(|following| following.tracker.has_waiting())
    }

    /// Some of those that wait join while no frame comes.
    ///
    /// # Errors
    /// What must be told; cancelled, there is nothing to tell.
    fn join_meanwhile(&mut self, cancel: &CancelToken) -> Result<(), Option<LiveEvent>> {
        let Some(following) = &mut self.following else { return Ok(()) };
        match following.tracker.join_meanwhile(cancel) {
            Ok(found) => self.note_caught_up(&found, &[]),
            Err(TrackerError::Cancelled) => return Err(None),
            Err(error) => return Err(Some(self.fail(&error))),
        }
        Ok(())
    }

    /// Points that joined late were here on earlier frames, up to the one before that of `newest`.
    pub(super) fn note_caught_up(&mut self, found: &[(FrameIndex, LivePoint)], newest: &[LiveSample]) {
        let Some(following) = &self.following else { return };
        let mut places: BTreeMap<TrackId, Vec<LiveSample>> = BTreeMap::new();
        for (frame, point) in found {
            let Some(id) = following.own.get(&point.id) else { continue };
            let sample = point.sample(id.0);
            places.entry(*id).or_default().push(sample);
            self.late.push((*frame, sample));
        }
        for (id, mut samples) in places {
            samples.extend(newest.iter().find(|sample| sample.id == id.0));
            self.history.correct(id, &samples);
        }
    }
}

impl Stream {
    /// Many points are placed on an earlier frame while the stream goes on: some join with each of the next frames.
    /// `false` where that is not how they join.
    ///
    /// # Errors
    /// What must be told.
    pub(super) fn add_waiting(&mut self, frame: FrameIndex, points: &[SourcePoint]) -> Result<bool, LiveEvent> {
        if self.is_frozen || !self.late.is_empty() {
            return Ok(false);
        }
        let Some(ids) = self.points.add_waiting(frame, points)? else { return Ok(false) };
        for (id, point) in ids.into_iter().zip(points) {
            self.keeper.log().place(frame, id, *point);
            let hidden = LiveSample::placed(id.0, *point).unseen();
            for later in self.ring.since_mut(frame) {
                if later.index() == frame {
                    later.place(id, *point);
                } else {
                    later.set(hidden);
                    self.keeper.log().set(later.index(), &hidden);
                }
            }
        }
        self.replay.forget();
        self.show();
        Ok(true)
    }

    /// Some of the points that wait join while the picture stands still.
    pub(super) fn join_meanwhile(&mut self) {
        match self.points.join_meanwhile(&self.links.stop) {
            Ok(()) => {}
            Err(None) => return,
            Err(Some(event)) => self.tell(event),
        }
        self.note_late();
        self.is_stale = true;
    }

    /// The last frames and the log learn what was said of points on earlier frames.
    pub(super) fn note_late(&mut self) {
        let late = self.points.take_late();
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
