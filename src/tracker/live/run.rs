//! The live tracker on a clip whose points are known beforehand.

use super::{LiveOptions, LiveTimings, LiveTracker, PointId};
use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size};
use crate::model::Network;
use crate::sync::CancelToken;
use crate::tracker::TrackerError;
use crate::tracker::queries::check;
use crate::tracker::settings::run_settings;
use crate::tracks::{Chunk, Query, RunSettings, Sample, SampleSource, TrackMode};
use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Follows the points of one run through a clip as a live stream: what is said of a frame was known when it came.
///
/// Push [`LiveRun::next_frame`] until it is `None` or no frame is left.
#[derive(Debug)]
pub struct LiveRun {
    tracker: LiveTracker,
    clip: RangeInclusive<FrameIndex>,
    queries: Vec<Query>,
    /// The queries' places by the tracker's ids.
    slots: HashMap<PointId, usize>,
    next: FrameIndex,
}

impl LiveRun {
    /// A run over the frames `clip` of a source of `size`, from the earliest query's frame on.
    ///
    /// # Errors
    /// When there is no query, or one is outside picture or clip; when the model size is none.
    pub fn new(
        network: Arc<Network>,
        size: Size,
        clip: RangeInclusive<FrameIndex>,
        queries: &[Query],
        options: &LiveOptions,
    ) -> Result<Self, TrackerError> {
        check(queries, size, &clip)?;
        let next = queries.iter().map(|query| query.frame).min().ok_or(TrackerError::NoQueries)?;
        let tracker = LiveTracker::new(network, size, options)?;
        Ok(Self { tracker, clip, queries: queries.to_vec(), slots: HashMap::new(), next })
    }

    /// What the run is followed with.
    #[must_use]
    pub fn settings(&self) -> RunSettings {
        let LiveTracker { network, model_size, options, .. } = &self.tracker;
        run_settings(network, TrackMode::Live, (*model_size, None), options.iters, options.support_grid)
    }

    /// The frame to push next, `None` once the clip is covered.
    #[must_use]
    pub fn next_frame(&self) -> Option<FrameIndex> {
        (self.next <= *self.clip.end()).then_some(self.next)
    }

    /// Takes the next frame and says where the points are on it. On its own frame a point is where it was placed.
    ///
    /// # Errors
    /// When the network fails, there are too many points, or `cancel` was raised.
    ///
    /// # Panics
    /// If `frame` is not [`LiveRun::next_frame`], or has another size than the source.
    pub fn push(&mut self, frame: &Frame, cancel: &CancelToken) -> Result<(Chunk, LiveTimings), TrackerError> {
        assert_eq!(Some(frame.index), self.next_frame(), "frames are pushed in order");
        let result = self.tracker.push(frame, cancel)?;
        let mut samples = vec![None; self.queries.len()];
        for point in result.points {
            let sample = Sample {
                point: point.position,
                visibility: point.visibility,
                confidence: point.confidence,
                probability: point.probability,
                visible: point.visible,
                source: SampleSource::Tracked,
            };
            samples[self.slots[&point.id]] = Some(sample);
        }
        let entering: Vec<usize> =
            (0..self.queries.len()).filter(|&slot| self.queries[slot].frame == frame.index).collect();
        let places: Vec<_> = entering.iter().map(|&slot| self.queries[slot].point).collect();
        let ids = self.tracker.add(&places)?;
        for (slot, id) in entering.into_iter().zip(ids) {
            self.slots.insert(id, slot);
            samples[slot] = Some(Sample { source: SampleSource::Tracked, ..Sample::by_hand(self.queries[slot].point) });
        }
        self.next = frame.index.after(1);
        let chunk = Chunk { first: frame.index, num_tracks: self.queries.len(), samples };
        Ok((chunk, result.timings))
    }
}
