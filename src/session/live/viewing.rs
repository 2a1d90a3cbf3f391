//! Which frame of the ring is shown, and what the user does on it.

use super::recording::save_last;
use super::ring::RingFrame;
use super::worker::LiveThread;
use super::{LiveEvent, LiveRing, LiveShown};
use crate::tracks::{LiveSample, TrackId};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

impl LiveThread {
    /// The place in the ring of what is shown.
    fn place_shown(&self) -> usize {
        let newest = self.ring.len().saturating_sub(1);
        match self.browsed {
            Some(frame) if self.is_frozen => self.ring.place_from(frame).min(newest),
            _ if self.is_frozen || self.delay.is_zero() => newest,
            _ => self.ring.place_of_age(self.delay),
        }
    }

    /// Shows the frame that is meant, with its points.
    pub(super) fn show(&mut self) {
        self.note_placed();
        let (place, num_frames) = (self.place_shown(), self.ring.len());
        let (Some(frame), Some(newest)) = (self.ring.get(place), self.ring.newest()) else { return };
        let (tracks, at) = if place + 1 == num_frames {
            self.points.snapshot()
        } else {
            let mut ids: Vec<TrackId> = self.points.all().into_iter().chain(self.late.ids()).collect();
            ids.sort_unstable();
            ids.dedup();
            self.replay.up_to(&self.ring, place, ids, |frame| self.late.on(frame)).snapshot(&self.points.names)
        };
        (self.options.screen)(LiveShown {
            frame: frame.taken.frame.clone(),
            tracks: Arc::new(tracks),
            points: Arc::new(self.points.info()),
            at,
            times: newest.times,
            place,
            num_frames,
            age_secs: self.ring.age(place).as_secs_f64(),
        });
        (self.options.repaint)();
    }

    /// The ring's newest frame knows of what was placed on it.
    fn note_placed(&mut self) {
        let Some(newest) = self.ring.newest_mut() else { return };
        for (id, point) in self.points.newest() {
            let is_same = |sample: &LiveSample| sample.id == id.0 && sample.point == point;
            if !newest.samples.iter().any(is_same) {
                newest.place(id, point);
                self.keeper.log().place(newest.index(), id, point);
            }
        }
    }

    pub(super) fn ring_status(&self) -> LiveRing {
        LiveRing { num_frames: self.ring.len(), secs: self.ring.age(0).as_secs_f64(), room_secs: self.ring.room_secs() }
    }

    pub(super) fn freeze(&mut self, is_frozen: bool) {
        self.browsed = None;
        if is_frozen && !self.is_frozen {
            let place = self.place_shown();
            self.browsed = self.ring.get(place).map(RingFrame::index);
        }
        self.is_frozen = is_frozen;
        self.speed.reset();
        self.tell_status();
    }

    /// Shows this frame, or the first one after it that is still there; in a frozen picture alone.
    pub(super) fn browse(&mut self, place: usize) {
        if self.is_frozen {
            self.browsed = self.ring.get(place).or(self.ring.newest()).map(RingFrame::index);
            self.is_stale = true;
        }
    }

    /// Shows the picture so much later than it came.
    pub(super) fn set_delay(&mut self, delay: Duration) {
        self.delay = delay;
        self.is_stale = !self.is_frozen;
        self.tell_status();
    }

    /// Points that are on their way are given up; moved ones stay where they were.
    pub(super) fn give_up_late_points(&mut self) {
        self.late.clear();
        self.replay.forget();
        self.show();
        self.tell_status();
    }

    /// Deletes points, on their way or there.
    pub(super) fn delete(&mut self, ids: &[TrackId]) {
        self.late.forget(ids);
        self.points.delete(ids);
        self.show();
    }

    /// Writes the last seconds into a file; all that is there where `secs` is none.
    pub(super) fn save_last(&mut self, folder: &Path, secs: Option<f64>) {
        if self.saving.as_ref().is_some_and(|saving| !saving.is_finished()) {
            return self.tell(LiveEvent::Refused("the last seconds are still being saved".to_owned()));
        }
        let is_wanted = |age: Duration| secs.is_none_or(|secs| age.as_secs_f64() <= secs);
        let wanted = (0..self.ring.len()).filter(|&place| is_wanted(self.ring.age(place)));
        let frames: Vec<_> = wanted
            .filter_map(|place| self.ring.get(place))
            .map(|frame| (frame.taken.frame.clone(), frame.taken.line(frame.samples.clone())))
            .collect();
        if frames.is_empty() {
            return self.tell(LiveEvent::Refused("nothing is saved before the first picture".to_owned()));
        }
        self.saving = Some(save_last(folder.to_owned(), frames, self.frame_rate(), self.told()));
        self.tell_status();
    }
}
