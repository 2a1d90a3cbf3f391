//! Runs: raw results of points that were followed together, as settled chunks plus a provisional tail.

use super::track::{Query, RunId, Sample};
use crate::geometry::FrameIndex;
use std::sync::Arc;

/// The samples of one run over a few consecutive frames.
#[derive(Clone, Debug, PartialEq)]
pub struct Chunk {
    /// The first frame.
    pub first: FrameIndex,
    /// Points per frame.
    pub num_tracks: usize,
    /// `[frames, num_tracks]`; `None` before a point's query frame.
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

/// Points that were followed together. Chunks never change once settled, so sharing them is free.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its identity.
    pub id: RunId,
    queries: Arc<[Query]>,
    settled: Vec<Arc<Chunk>>,
    tail: Option<Arc<Chunk>>,
}

impl Run {
    pub(super) fn new(id: RunId, queries: Arc<[Query]>) -> Self {
        Self { id, queries, settled: Vec::new(), tail: None }
    }

    /// The points, in the order of their slots.
    #[must_use]
    pub fn queries(&self) -> &Arc<[Query]> {
        &self.queries
    }

    /// Adds a window's outcome: `settled` will not change any more, `tail` is replaced by the next window.
    ///
    /// # Panics
    /// If `settled` does not begin where the settled part ended, or a chunk has another number of points than the run.
    pub(super) fn advance(&mut self, settled: Option<Chunk>, tail: Option<Chunk>) {
        for chunk in settled.iter().chain(&tail) {
            assert_eq!(chunk.num_tracks, self.queries.len(), "a chunk holds every point of its run");
        }
        if let Some(chunk) = settled {
            if let Some(last) = self.settled.last() {
                assert_eq!(chunk.first, last.end(), "settled chunks are consecutive");
            }
            self.settled.push(Arc::new(chunk));
        }
        self.tail = tail.map(Arc::new);
    }

    /// The raw result for a point.
    #[must_use]
    pub fn sample(&self, slot: usize, frame: FrameIndex) -> Option<Sample> {
        let after = self.settled.partition_point(|chunk| chunk.first <= frame);
        let settled = after.checked_sub(1).and_then(|i| self.settled[i].sample(slot, frame));
        settled.or_else(|| self.tail.as_ref().and_then(|tail| tail.sample(slot, frame)))
    }

    /// The settled chunks, in order, and the provisional tail.
    #[must_use]
    pub fn chunks(&self) -> (&[Arc<Chunk>], Option<&Arc<Chunk>>) {
        (&self.settled, self.tail.as_ref())
    }

    /// Whether both are snapshots of one run with the same results.
    pub(super) fn has_same_chunks(&self, other: &Self) -> bool {
        let same_tail = match (&self.tail, &other.tail) {
            (Some(tail), Some(other)) => Arc::ptr_eq(tail, other),
            (None, None) => true,
            _ => false,
        };
        self.id == other.id && self.settled.len() == other.settled.len() && same_tail
    }

    /// The last frame that no later window changes, or `None` before the first window.
    #[must_use]
    pub fn last_settled(&self) -> Option<FrameIndex> {
        self.settled.last()?.end().get().checked_sub(1).map(FrameIndex::new)
    }

    /// The first and the last frame with results, or `None` before the first window.
    #[must_use]
    pub fn covered(&self) -> Option<(FrameIndex, FrameIndex)> {
        let chunks = || self.settled.iter().chain(&self.tail);
        let (first, last) = (chunks().next()?, chunks().last()?);
        Some((first.first, FrameIndex::new(last.end().get().checked_sub(1)?)))
    }
}
