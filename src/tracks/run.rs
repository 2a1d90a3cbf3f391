//! Runs: raw results of points that were followed together, as settled chunks plus a provisional tail.

use super::polish::{CloserLook, Polish, PolishedPlace};
use super::table::{AboutWeights, TrackMode};
use super::track::{Query, RunId, Sample};
use crate::geometry::{Crop, FrameIndex, Size, SourcePoint};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Settled chunks are kept in pieces of at most so many frames, so that a look into one is short.
const MAX_PIECE: usize = 16;

/// The samples of one run over a few consecutive frames.
#[derive(Clone, Debug, PartialEq)]
pub struct Chunk {
    /// The first frame.
    pub first: FrameIndex,
    /// Points per frame.
    pub num_tracks: usize,
    /// `[frames, num_tracks]`; `None` before a point's query frame, unless the whole clip was seen at once.
    pub samples: Vec<Option<Sample>>,
}

impl Chunk {
    /// How many frames it covers.
    #[must_use]
    pub fn num_frames(&self) -> usize {
        self.samples.len().checked_div(self.num_tracks).unwrap_or(0)
    }

    /// The frame after its last one.
    #[must_use]
    pub fn end(&self) -> FrameIndex {
        self.first.after(self.num_frames())
    }

    /// The sample of the run's `slot`-th point.
    #[must_use]
    pub fn sample(&self, slot: usize, frame: FrameIndex) -> Option<Sample> {
        let row = frame.get().checked_sub(self.first.get())?;
        if slot >= self.num_tracks {
            return None;
        }
        self.samples.get(row * self.num_tracks + slot).copied().flatten()
    }
}

impl Chunk {
    /// The same in pieces that are not too long.
    fn into_pieces(self) -> Vec<Self> {
        if self.num_frames() <= MAX_PIECE {
            return vec![self];
        }
        let Self { first, num_tracks, samples } = self;
        let pieces = samples.chunks(MAX_PIECE * num_tracks).enumerate();
        pieces.map(|(i, piece)| Self { first: first.after(i * MAX_PIECE), num_tracks, samples: piece.into() }).collect()
    }

    /// How far each of its points gets.
    fn extents(&self) -> Arc<[Extent]> {
        let mut extents = vec![Extent::NOWHERE; self.num_tracks];
        for (at, sample) in self.samples.iter().enumerate() {
            if let Some(sample) = sample {
                extents[at % self.num_tracks].include(sample.point);
            }
        }
        extents.into()
    }
}

/// The box that a point stays in.
#[derive(Clone, Copy, Debug)]
struct Extent {
    low: SourcePoint,
    high: SourcePoint,
}

impl Extent {
    const NOWHERE: Self = Self {
        low: SourcePoint::new(f32::INFINITY, f32::INFINITY),
        high: SourcePoint::new(f32::NEG_INFINITY, f32::NEG_INFINITY),
    };

    /// Not looked at.
    const ANYWHERE: Self = Self { low: Self::NOWHERE.high, high: Self::NOWHERE.low };

    fn include(&mut self, point: SourcePoint) {
        self.low = SourcePoint::new(self.low.x.min(point.x), self.low.y.min(point.y));
        self.high = SourcePoint::new(self.high.x.max(point.x), self.high.y.max(point.y));
    }

    fn is_inside(&self, picture: Size) -> bool {
        self.low.x > self.high.x || (picture.contains(self.low) && picture.contains(self.high))
    }
}

/// Which way in time points are followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From the query on.
    #[default]
    Forward,
    /// From the query towards the start.
    Backward,
}

/// What a run is followed with. The same points followed together with the same settings give the same tracks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSettings {
    /// The network's weights.
    pub weights: AboutWeights,
    /// How the clip is followed.
    pub mode: TrackMode,
    /// Size of the picture that the network sees, in pixels.
    pub model_size: Size,
    /// Size of the part of the picture that it looks at, in source pixels; all of it where `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zoom: Option<Size>,
    /// Iterations for each window, or for each frame where it is followed live.
    pub iterations: usize,
    /// `K` of the K × K support points, 0 for none.
    pub support_grid: usize,
}

/// Points that were followed together. Chunks never change once settled, so sharing them is free.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its identity.
    pub id: RunId,
    queries: Arc<[Query]>,
    direction: Direction,
    /// Known once it is followed.
    pub(super) settings: Option<Arc<RunSettings>>,
    /// In the order of frames, whichever way they came.
    settled: Vec<Arc<Chunk>>,
    /// Of each settled chunk, by slot.
    extents: Vec<Arc<[Extent]>>,
    tail: Option<Arc<Chunk>>,
    polish: Option<Arc<Polish>>,
    crops: Arc<BTreeMap<FrameIndex, Crop>>,
}

impl Run {
    pub(super) fn new(id: RunId, queries: Arc<[Query]>, direction: Direction) -> Self {
        Self {
            id,
            queries,
            direction,
            settings: None,
            settled: Vec::new(),
            extents: Vec::new(),
            tail: None,
            polish: None,
            crops: Arc::default(),
        }
    }

    /// A run with these consecutive pieces, which stay shared.
    pub(super) fn of_pieces(id: RunId, queries: Arc<[Query]>, pieces: Vec<Arc<Chunk>>) -> Self {
        let anywhere: Arc<[Extent]> = vec![Extent::ANYWHERE; queries.len()].into();
        let extents = vec![anywhere; pieces.len()];
        Self { settled: pieces, extents, ..Self::new(id, queries, Direction::Forward) }
    }

    /// The points, in the order of their slots.
    #[must_use]
    pub fn queries(&self) -> &Arc<[Query]> {
        &self.queries
    }

    /// Which way they are followed.
    #[must_use]
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// What it was followed with; `None` before that, of tracks from a table, and in projects of earlier versions.
    #[must_use]
    pub fn settings(&self) -> Option<&RunSettings> {
        self.settings.as_deref()
    }

    /// Adds a window's outcome: `settled` will not change any more, `tail` is replaced by the next window.
    ///
    /// # Panics
    /// If `settled` does not go on where the settled part ended, or a chunk has another number of points than the run.
    pub(super) fn advance(&mut self, settled: Option<Chunk>, tail: Option<Chunk>) {
        for chunk in settled.iter().chain(&tail) {
            assert_eq!(chunk.num_tracks, self.queries.len(), "a chunk holds every point of its run");
        }
        if let Some(chunk) = settled {
            let at = match self.direction {
                Direction::Forward => self.settled.len(),
                Direction::Backward => 0,
            };
            let before = at.checked_sub(1).map(|before| self.settled[before].end());
            assert!(before.is_none_or(|end| end == chunk.first), "settled chunks are consecutive");
            let after = self.settled.get(at).map(|after| after.first);
            assert!(after.is_none_or(|first| first == chunk.end()), "settled chunks are consecutive");
            let pieces = chunk.into_pieces();
            self.extents.splice(at..at, pieces.iter().map(Chunk::extents));
            self.settled.splice(at..at, pieces.into_iter().map(Arc::new));
        }
        self.tail = tail.map(Arc::new);
        self.set_polish(None);
    }

    /// Takes over the results and settings of another run with the same points.
    pub(super) fn take_results(&mut self, other: Self) {
        *self = Self { id: self.id, queries: Arc::clone(&self.queries), direction: self.direction, ..other };
    }

    /// Takes over polished places; `None` where those that were there do not hold any more.
    ///
    /// # Panics
    /// If it is of another number of points than the run.
    pub(super) fn set_polish(&mut self, polish: Option<Polish>) {
        let is_whole = polish.as_ref().is_none_or(|polish| polish.num_tracks == self.queries.len());
        assert!(is_whole, "every point of its run is polished");
        self.polish = polish.map(Arc::new);
    }

    /// Says what the network looked at of some frames.
    pub(super) fn set_crops(&mut self, crops: impl IntoIterator<Item = (FrameIndex, Crop)>) {
        Arc::make_mut(&mut self.crops).extend(crops);
    }

    /// What the network looked at of each frame; nothing where that was the whole picture.
    #[must_use]
    pub fn crops(&self) -> &BTreeMap<FrameIndex, Crop> {
        &self.crops
    }

    /// The polished places, where there are any.
    #[must_use]
    pub fn polish(&self) -> Option<&Polish> {
        self.polish.as_deref()
    }

    /// What a closer look of some kind made of a place.
    pub(super) fn polished(&self, slot: usize, frame: FrameIndex, look: CloserLook) -> Option<PolishedPlace> {
        self.polish.as_ref().filter(|polish| polish.look == look)?.place(slot, frame)
    }

    /// The raw result for a point.
    #[must_use]
    pub fn sample(&self, slot: usize, frame: FrameIndex) -> Option<Sample> {
        let after = self.settled.partition_point(|chunk| chunk.first <= frame);
        let settled = after.checked_sub(1).and_then(|i| self.settled[i].sample(slot, frame));
        settled.or_else(|| self.tail.as_ref().and_then(|tail| tail.sample(slot, frame)))
    }

    /// The first of some frames on which a point is outside the picture.
    pub(super) fn first_outside(
        &self,
        slot: usize,
        frames: &RangeInclusive<FrameIndex>,
        picture: Size,
    ) -> Option<FrameIndex> {
        let from = self.settled.partition_point(|chunk| chunk.end() <= *frames.start());
        let settled = self.settled[from..].iter().zip(&self.extents[from..]);
        let leaves = settled.filter(|(_, extents)| extents.get(slot).is_some_and(|extent| !extent.is_inside(picture)));
        let is_near = |chunk: &&Arc<Chunk>| chunk.first <= *frames.end();
        let chunks = leaves.map(|(chunk, _)| chunk).take_while(is_near).chain(self.tail.iter().filter(is_near));
        let is_outside =
            |frame: &FrameIndex| self.sample(slot, *frame).is_some_and(|sample| !picture.contains(sample.point));
        chunks.into_iter().find_map(|chunk| {
            let (first, end) = (chunk.first.max(*frames.start()), chunk.end().0.min(frames.end().0.saturating_add(1)));
            (first.0..end).map(FrameIndex).find(is_outside)
        })
    }

    /// The settled chunks, in order, and the provisional tail.
    #[must_use]
    pub fn chunks(&self) -> (&[Arc<Chunk>], Option<&Arc<Chunk>>) {
        (&self.settled, self.tail.as_ref())
    }

    /// Whether both are snapshots of one run with the same results.
    #[must_use]
    pub fn has_same_chunks(&self, other: &Self) -> bool {
        let same_tail = match (&self.tail, &other.tail) {
            (Some(tail), Some(other)) => Arc::ptr_eq(tail, other),
            (None, None) => true,
            _ => false,
        };
        let same_polish = match (&self.polish, &other.polish) {
            (Some(polish), Some(other)) => Arc::ptr_eq(polish, other),
            (None, None) => true,
            _ => false,
        };
        self.id == other.id && self.settled.len() == other.settled.len() && same_tail && same_polish
    }

    /// The newest frame that no later window changes, or `None` before the first window.
    #[must_use]
    pub fn last_settled(&self) -> Option<FrameIndex> {
        match self.direction {
            Direction::Forward => self.settled.last()?.end().get().checked_sub(1).map(FrameIndex::new),
            Direction::Backward => Some(self.settled.first()?.first),
        }
    }

    /// The first and the last frame with results, or `None` before the first window.
    #[must_use]
    pub fn covered(&self) -> Option<(FrameIndex, FrameIndex)> {
        let chunks = || self.settled.iter().chain(&self.tail);
        let first = chunks().map(|chunk| chunk.first).min()?;
        let end = chunks().map(|chunk| chunk.end()).max()?;
        Some((first, FrameIndex::new(end.get().checked_sub(1)?)))
    }
}
