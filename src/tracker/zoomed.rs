//! What a window shows of its frames: the maps to source pixels; and where that is a part that follows the points, where
//! they went, and looking again where that is better.

use super::TrackerError;
use super::path::Place;
use super::queries::TrackedQuery;
use super::window::{OnlineTracker, Seen, sigmoid};
use crate::geometry::{Crop, FrameIndex, ModelFromSource, ModelPoint, SourcePoint};
use crate::model::WindowState;
use crate::sync::CancelToken;
use std::sync::Arc;

impl OnlineTracker {
    /// From source to model pixels, on a frame of the window.
    pub(super) fn map(&self, frame: usize) -> ModelFromSource {
        ModelFromSource::of(self.ring[frame.min(self.ring.len() - 1)].crop, self.model_size)
    }

    /// A place on a frame of the window, given in level-0 feature pixels.
    pub(super) fn source_point(&self, frame: usize, xy: [f32; 2]) -> SourcePoint {
        let [x, y] = xy.map(|v| v * self.network.config().stride as f32);
        self.map(frame).invert(ModelPoint { x, y })
    }

    /// Where a query whose frame is in the window starts, in level-0 feature pixels of its frame.
    pub(super) fn starts_at(&self, query: &TrackedQuery) -> [f32; 2] {
        query.feature_xy(self.map(query.frame - self.start), self.network.config().stride)
    }

    /// The window at hand after its last iteration; looked at again where its points leave what was looked at.
    pub(super) fn looked_at(&mut self, cancel: &CancelToken) -> Result<WindowState, TrackerError> {
        let mut state = self.refined(cancel)?;
        if self.view.is_whole() {
            return Ok(state);
        }
        loop {
            let crops: Vec<Crop> = self.ring.iter().map(|seen| seen.crop).collect();
            let seen = self.middles(&state, 0);
            let at = self.start + self.ring.len() - self.view.num_kept();
            let Some(better) = self.view.better(at, &crops, &seen) else { return Ok(state) };
            let first = self.ring.len() - better.len();
            let places: Vec<_> =
                (0..state.coords.len()).map(|at| self.source_point(at / state.num_tracks, state.coords[at])).collect();
            for (i, (crop, picture)) in better.into_iter().enumerate() {
                if self.ring[first + i].crop != crop {
                    let features = Arc::new(self.network.encode(&picture, self.model_size)?);
                    self.ring[first + i] = Seen { crop, features };
                }
            }
            // Points start from where they were said to be.
            let stride = self.network.config().stride as f32;
            for (at, place) in places.into_iter().enumerate() {
                let point = self.map(at / state.num_tracks).apply(place);
                state.coords[at] = [point.x / stride, point.y / stride];
            }
            self.refining = Some((state, 0));
            state = self.refined(cancel)?;
        }
    }

    /// Thinks of what to look at next: the window has moved on, `state` is what was said in it.
    pub(super) fn look_ahead(&mut self, state: &WindowState) {
        if !self.view.is_whole() {
            let crops: Vec<Crop> = self.ring.iter().map(|seen| seen.crop).collect();
            let seen = self.middles(state, self.span.step);
            self.view.settle(self.start + self.ring.len(), &crops, &seen, self.span.step);
        }
    }

    /// What was looked at of the frames of the window, where that is not all of them.
    pub(super) fn crops(&self) -> Vec<(FrameIndex, Crop)> {
        if self.view.is_whole() {
            return Vec::new();
        }
        let frame = |i: usize| self.course.frame(self.start + i);
        self.ring.iter().enumerate().filter_map(|(i, seen)| Some((frame(i)?, seen.crop))).collect()
    }

    /// Where the user's points are as a whole on each frame of the window, `None` where none of them is seen. The
    /// frames of `state` begin `skipped` before it.
    fn middles(&self, state: &WindowState, skipped: usize) -> Vec<Option<Place>> {
        let visible_above = self.network.config().visible_above;
        let place = |frame: usize, track: usize| {
            let at = (frame + skipped) * state.num_tracks + track;
            let point = self.source_point(frame, state.coords[at]);
            let score = sigmoid(state.visibility[at]) * sigmoid(state.confidence[at]);
            let is_seen = score > visible_above && self.ring[frame].crop.contains(point);
            ([point.x, point.y], is_seen && self.start + frame >= self.queries[track].frame)
        };
        let users: Vec<usize> = (0..state.num_tracks).filter(|&track| self.queries[track].user.is_some()).collect();
        let is_about = |track: &usize| (0..self.ring.len()).any(|frame| place(frame, *track).1);
        let about: Vec<usize> = users.into_iter().filter(is_about).collect();
        let middle = |frame: usize| {
            let places: Vec<(Place, bool)> = about.iter().map(|&track| place(frame, track)).collect();
            // Those that are hidden for a while are still where they are said to be.
            let is_seen = places.iter().any(|(_, is_seen)| *is_seen);
            let places: Vec<Place> = places.into_iter().map(|(place, _)| place).collect();
            self.view.middle(&places).filter(|_| is_seen)
        };
        (0..self.ring.len()).map(middle).collect()
    }
}
