//! The last seconds of a stream: every picture that was followed, with what was said of its points. Bounded in bytes.

use super::LiveTimes;
use crate::geometry::{FrameIndex, SourcePoint};
use crate::session::camera::CameraFrame;
use crate::tracks::{LiveSample, RecentTracks, TrackId};
use std::borrow::Cow;
use std::collections::VecDeque;
use std::time::Duration;

/// A frame that was followed.
#[derive(Clone, Debug)]
pub(super) struct RingFrame {
    pub(super) taken: CameraFrame,
    /// Of every point, in the order of their names.
    pub(super) samples: Vec<LiveSample>,
    /// The points that were placed on it; their trails begin here.
    pub(super) placed: Vec<TrackId>,
    pub(super) times: LiveTimes,
    num_bytes: usize,
}

impl RingFrame {
    pub(super) fn new(taken: CameraFrame, samples: Vec<LiveSample>, times: LiveTimes) -> Self {
        let num_bytes = taken.frame.rgb().len() + samples.len() * size_of::<LiveSample>();
        Self { taken, samples, placed: Vec::new(), times, num_bytes }
    }

    pub(super) fn index(&self) -> FrameIndex {
        self.taken.frame.index
    }

    /// Sets what is said of a point.
    pub(super) fn set(&mut self, sample: LiveSample) {
        match self.samples.binary_search_by_key(&sample.id, |known| known.id) {
            Ok(place) => self.samples[place] = sample,
            Err(place) => self.samples.insert(place, sample),
        }
    }

    /// A point was placed here.
    pub(super) fn place(&mut self, id: TrackId, point: SourcePoint) {
        self.set(LiveSample::placed(id.0, point));
        if !self.placed.contains(&id) {
            self.placed.push(id);
        }
    }
}

/// The last frames, oldest first, of one size. The newest one is always kept.
#[derive(Debug)]
pub(super) struct Ring {
    frames: VecDeque<RingFrame>,
    max_bytes: usize,
    num_bytes: usize,
}

impl Ring {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { frames: VecDeque::new(), max_bytes, num_bytes: 0 }
    }

    /// A frame was followed. Returns whether what was there before is of another size, and gone.
    pub(super) fn push(&mut self, frame: RingFrame) -> bool {
        let has_changed = self.newest().is_some_and(|newest| newest.taken.frame.size() != frame.taken.frame.size());
        if has_changed {
            self.frames.clear();
            self.num_bytes = 0;
        }
        self.num_bytes += frame.num_bytes;
        self.frames.push_back(frame);
        while self.num_bytes > self.max_bytes && self.frames.len() > 1 {
            let oldest = self.frames.pop_front().map_or(0, |oldest| oldest.num_bytes);
            self.num_bytes -= oldest;
        }
        has_changed
    }

    pub(super) fn len(&self) -> usize {
        self.frames.len()
    }

    pub(super) fn get(&self, place: usize) -> Option<&RingFrame> {
        self.frames.get(place)
    }

    pub(super) fn newest(&self) -> Option<&RingFrame> {
        self.frames.back()
    }

    pub(super) fn newest_mut(&mut self) -> Option<&mut RingFrame> {
        self.frames.back_mut()
    }

    /// Where this frame is, or the first one after it.
    pub(super) fn place_from(&self, frame: FrameIndex) -> usize {
        self.frames.partition_point(|known| known.index() < frame)
    }

    /// Where this frame is, if it is still here.
    pub(super) fn place_of(&self, frame: FrameIndex) -> Option<usize> {
        let place = self.place_from(frame);
        self.get(place).filter(|found| found.index() == frame).map(|_| place)
    }

    pub(super) fn by_index_mut(&mut self, frame: FrameIndex) -> Option<&mut RingFrame> {
        let place = self.place_of(frame)?;
        self.frames.get_mut(place)
    }

    /// The trails of points begin on this frame, whatever was placed on those after it.
    pub(super) fn begin_trails(&mut self, frame: FrameIndex, ids: &[TrackId]) {
        let first = self.place_from(frame);
        for known in self.frames.range_mut(first..) {
            known.placed.retain(|id| !ids.contains(id));
            if known.index() == frame {
                known.placed.extend(ids);
            }
        }
    }

    /// How much older than the newest frame this one is.
    pub(super) fn age(&self, place: usize) -> Duration {
        let taken_at = |frame: &RingFrame| frame.taken.taken_at;
        let ends = self.get(place).map(taken_at).zip(self.newest().map(taken_at));
        ends.map_or(Duration::ZERO, |(this, newest)| newest.saturating_duration_since(this))
    }

    /// The newest frame that is at least so old, or the oldest one.
    pub(super) fn place_of_age(&self, age: Duration) -> usize {
        (0..self.len()).rfind(|&place| self.age(place) >= age).unwrap_or(0)
    }

    /// How many seconds there is room for at the present rate.
    pub(super) fn room_secs(&self) -> f64 {
        let Some(frame_bytes) = self.newest().map(|newest| newest.num_bytes).filter(|bytes| *bytes > 0) else {
            return 0.0;
        };
        let span = self.age(0).as_secs_f64();
        if self.len() < 2 {
            return 0.0;
        }
        let max_frames = (self.max_bytes / frame_bytes).max(1);
        span / (self.len() - 1) as f64 * (max_frames - 1) as f64
    }
}

/// The points on an earlier frame with their trails, as they were when it was the newest one.
#[derive(Debug)]
pub(super) struct Replay {
    recent: RecentTracks,
    max_trail: usize,
    at: Option<FrameIndex>,
    /// The points that are shown.
    ids: Vec<TrackId>,
}

impl Replay {
    pub(super) fn new(max_trail: usize) -> Self {
        Self { recent: RecentTracks::new(max_trail), max_trail, at: None, ids: Vec::new() }
    }

    /// What was said of an earlier frame has changed.
    pub(super) fn forget(&mut self) {
        self.at = None;
    }

    /// These points up to this frame; `changed` may know better what is said of a frame. One frame on costs one frame.
    pub(super) fn up_to(
        &mut self,
        ring: &Ring,
        place: usize,
        ids: Vec<TrackId>,
        changed: impl for<'a> Fn(&'a RingFrame) -> Cow<'a, RingFrame>,
    ) -> &RecentTracks {
        let at = self.at.filter(|_| self.ids == ids);
        let known = at.and_then(|at| ring.place_of(at)).filter(|known| *known <= place);
        let first = known.map_or((place + 1).saturating_sub(self.max_trail), |known| known + 1);
        if known.is_none() {
            self.recent = RecentTracks::new(self.max_trail);
        }
        self.ids = ids;
        for frame in (first..=place).filter_map(|place| ring.get(place)) {
            let frame = changed(frame);
            let is_there = |sample: &&LiveSample| self.ids.contains(&TrackId(sample.id));
            let samples: Vec<LiveSample> = frame.samples.iter().filter(is_there).copied().collect();
            self.recent.push(&samples);
            for sample in samples.iter().filter(|sample| frame.placed.contains(&TrackId(sample.id))) {
                self.recent.place(TrackId(sample.id), sample.point);
            }
        }
        self.at = ring.get(place).map(RingFrame::index);
        &self.recent
    }
}
