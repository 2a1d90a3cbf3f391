//! What a window shows of its frames: the maps to source pixels; and where that is a part that follows the points, where
//! they went, and looking again where that is better.

use super::TrackerError;
use super::path::Place;
use super::queries::TrackedQuery;
use super::view::median;
use super::window::{OnlineTracker, Seen, sigmoid};
use crate::frame::Frame;
use crate::geometry::{Crop, FrameIndex, ModelFromSource, ModelPoint, SourcePoint};
use crate::model::{NetworkError, WindowState};
use crate::sync::CancelToken;
use std::ops::Range;

/// How well each track's patch fits where it is, by frame of the window.
pub(super) type Fits = Vec<Vec<f32>>;

/// A point is believed to be on the path where its query patch fits so well.
const FITS_ABOVE: f32 = 0.5;

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

    /// Holds support points that join in their places, whatever else is looked at of their frame later.
    pub(super) fn hold_support(&mut self, joining: Range<usize>) {
        for track in joining {
            if !self.view.is_whole() {
                let map = self.map(self.queries[track].frame - self.start);
                self.queries[track].stay(map);
            }
        }
    }

    /// The window at hand after its last iteration, and how well patches fit there, where anybody asks; looked at again
    /// where its points leave what was looked at.
    pub(super) fn looked_at(&mut self, cancel: &CancelToken) -> Result<(WindowState, Fits), TrackerError> {
        let mut state = self.refined(cancel)?;
        let mut fits = self.fits(&state)?;
        while let Some(better) = self.better(&state, &fits) {
            let first = self.ring.len() - better.len();
            for (seen, (crop, picture)) in self.ring.range_mut(first..).zip(better) {
                if seen.crop != crop {
                    let features = self.network.encode(&picture, self.model_size)?;
                    *seen = Seen { crop, features };
                }
            }
            // As if this had been the path from the start.
            let mut again = self.initial_state();
            self.start_from_found(&mut again)?;
            self.refining = Some((again, 0));
            state = self.refined(cancel)?;
            fits = self.fits(&state)?;
        }
        Ok((state, fits))
    }

    /// Where to look better on the newest frames of a refined window, if that is worth it.
    fn better(&mut self, state: &WindowState, fits: &Fits) -> Option<Vec<(Crop, Frame)>> {
        if self.view.is_whole() {
            return None;
        }
        let crops: Vec<Crop> = self.ring.iter().map(|seen| seen.crop).collect();
        let middles = self.middles(state, fits);
        self.view.better(self.start, &crops, &middles)
    }

    /// Thinks of what to look at after the window at hand, of which `state` is what was said.
    pub(super) fn look_ahead(&mut self, state: &WindowState, fits: &Fits) {
        if !self.view.is_whole() {
            let (crops, middles) =
                (self.ring.iter().map(|seen| seen.crop).collect::<Vec<_>>(), self.middles(state, fits));
            let step = self.span.step;
            self.view.settle(self.start + crops.len(), &crops[step..], &middles[step..], step);
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

    /// How well the tracks' patches fit on each frame of a refined window; nothing where neither the second look nor the
    /// path asks.
    fn fits(&self, state: &WindowState) -> Result<Fits, TrackerError> {
        if !self.second_look && self.view.is_whole() {
            return Ok(Fits::new());
        }
        let patches = self.patches.as_ref().expect("a window that is refined holds a query");
        let coords = state.coords.chunks(state.num_tracks);
        let fits =
            self.ring.iter().zip(coords).map(|(seen, coords)| self.network.fits(&seen.features, patches, coords));
        Ok(fits.collect::<Result<_, NetworkError>>()?)
    }

    /// Where the user's points are as a whole on each frame of the window, `None` where none of them is seen: where each
    /// says that their middle is, if they have kept together.
    fn middles(&self, state: &WindowState, fits: &Fits) -> Vec<Option<Place>> {
        let visible_above = self.network.config().visible_above;
        let said = |frame: usize, (track, query): (usize, &TrackedQuery)| {
            let (_, user) = query.user?;
            let at = frame * state.num_tracks + track;
            let (point, fit) = (self.source_point(frame, state.coords[at]), fits[frame][track]);
            let score = sigmoid(state.visibility[at]) * sigmoid(state.confidence[at]);
            let is_seen = score > visible_above && fit > FITS_ABOVE && self.ring[frame].crop.contains(point);
            let [x, y] = self.view.offset(query.frame, &user);
            (is_seen && self.start + frame >= query.frame)
                .then_some(([point.x - x, point.y - y], (score * fit).powi(2)))
        };
        let tracks = || self.queries[..state.num_tracks].iter().enumerate();
        let middle = |frame: usize| median(&tracks().filter_map(|track| said(frame, track)).collect::<Vec<_>>());
        (0..self.ring.len()).map(middle).collect()
    }
}
