//! The track store: runs of tracks, each as settled chunks plus a provisional tail.

use crate::geometry::{FrameIndex, SourcePoint};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Identifies a track for as long as the store lives; never used again after a delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrackId(pub u32);

/// Identifies a run: the tracks that were followed together and attended to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(pub u32);

/// A point that the user asked for: "this, on this frame".
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Query {
    /// The frame on which the point was placed.
    pub frame: FrameIndex,
    /// Where it was placed.
    pub point: SourcePoint,
}

/// Where a track is on one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// The position.
    pub point: SourcePoint,
    /// How probable it is that the point can be seen, 0 to 1.
    pub visibility: f32,
    /// How sure the network is of the position, 0 to 1.
    pub confidence: f32,
    /// The verdict shown to the user: visibility · confidence above the weights' threshold.
    pub visible: bool,
}

/// A track's identity and looks; its samples are in the run's chunks.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    /// Its identity.
    pub id: TrackId,
    /// What the user calls it.
    pub name: String,
    /// Its place in the palette (before wrapping round).
    pub colour: usize,
    /// The point that it follows.
    pub query: Query,
}

/// The samples of one run over a few consecutive frames.
#[derive(Clone, Debug, PartialEq)]
pub struct Chunk {
    /// The first frame.
    pub first: FrameIndex,
    /// Tracks per frame.
    pub num_tracks: usize,
    /// `[frames, num_tracks]`; `None` before a track's query frame.
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

    /// The sample of the run's `slot`-th track.
    #[must_use]
    pub fn sample(&self, slot: usize, frame: FrameIndex) -> Option<Sample> {
        let row = frame.get().checked_sub(self.first.get())?;
        if slot >= self.num_tracks {
            return None;
        }
        self.samples.get(row * self.num_tracks + slot).copied().flatten()
    }
}

/// Tracks that were followed together. Chunks never change once settled, so sharing them is free.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its identity.
    pub id: RunId,
    slots: Vec<TrackId>,
    settled: Vec<Arc<Chunk>>,
    tail: Option<Arc<Chunk>>,
}

impl Run {
    /// Adds a window's outcome: `settled` will not change any more, `tail` is replaced by the next window.
    ///
    /// # Panics
    /// If `settled` does not begin where the settled part ended, or a chunk has another number of tracks than the run.
    fn advance(&mut self, settled: Option<Chunk>, tail: Option<Chunk>) {
        for chunk in settled.iter().chain(&tail) {
            assert_eq!(chunk.num_tracks, self.slots.len(), "a chunk holds every track of its run");
        }
        if let Some(chunk) = settled {
            if let Some(last) = self.settled.last() {
                assert_eq!(chunk.first, last.end(), "settled chunks are consecutive");
            }
            self.settled.push(Arc::new(chunk));
        }
        self.tail = tail.map(Arc::new);
    }

    fn sample(&self, slot: usize, frame: FrameIndex) -> Option<Sample> {
        let after = self.settled.partition_point(|chunk| chunk.first <= frame);
        let settled = after.checked_sub(1).and_then(|i| self.settled[i].sample(slot, frame));
        settled.or_else(|| self.tail.as_ref().and_then(|tail| tail.sample(slot, frame)))
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

/// All tracks of a clip, in the order in which they were added.
#[derive(Clone, Debug, Default)]
pub struct TrackStore {
    tracks: Vec<(Track, RunId, usize)>,
    runs: Vec<Run>,
    next_track: u32,
    next_run: u32,
}

impl TrackStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the points of one action as a run; results come later through [`TrackStore::advance`]. Points without a
    /// name are called "point N" by their id. Returns the run and the new tracks' ids, in the order of `queries`.
    pub fn add_run(&mut self, queries: impl IntoIterator<Item = (Option<String>, Query)>) -> (RunId, Vec<TrackId>) {
        let run = RunId(self.next_run);
        self.next_run += 1;
        let mut slots = Vec::new();
        for (name, query) in queries {
            let id = TrackId(self.next_track);
            self.next_track += 1;
            let name = name.unwrap_or_else(|| format!("point {}", id.0 + 1));
            let track = Track { id, name, colour: id.0 as usize, query };
            self.tracks.push((track, run, slots.len()));
            slots.push(id);
        }
        self.runs.push(Run { id: run, slots: slots.clone(), settled: Vec::new(), tail: None });
        (run, slots)
    }

    /// Adds a window's outcome to a run; nothing happens if the run's tracks are all deleted by now.
    ///
    /// # Panics
    /// If `settled` does not begin where the settled part ended, or a chunk has another number of tracks than the run.
    pub fn advance(&mut self, run: RunId, settled: Option<Chunk>, tail: Option<Chunk>) {
        if let Some(run) = self.runs.iter_mut().find(|r| r.id == run) {
            run.advance(settled, tail);
        }
    }

    /// Deletes a track; the other tracks of its run keep their samples. Returns whether it was there.
    pub fn remove(&mut self, id: TrackId) -> bool {
        let before = self.tracks.len();
        self.tracks.retain(|(track, ..)| track.id != id);
        self.runs.retain(|run| self.tracks.iter().any(|(_, r, _)| *r == run.id));
        self.tracks.len() < before
    }

    /// Renames a track. Returns whether it was there.
    pub fn rename(&mut self, id: TrackId, name: String) -> bool {
        let found = self.tracks.iter_mut().find(|(track, ..)| track.id == id);
        found.map(|(track, ..)| track.name = name).is_some()
    }

    /// The tracks, in the order in which they were added.
    #[must_use]
    pub fn tracks(&self) -> impl ExactSizeIterator<Item = &Track> {
        self.tracks.iter().map(|(track, ..)| track)
    }

    /// One track.
    #[must_use]
    pub fn track(&self, id: TrackId) -> Option<&Track> {
        self.tracks().find(|track| track.id == id)
    }

    /// How many tracks there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tracks.len()
    }

    /// Whether there is no track.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tracks.is_empty()
    }

    /// The runs that still have tracks.
    #[must_use]
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Where a track is on a frame: `None` before its query frame, and where tracking has not come yet.
    #[must_use]
    pub fn sample(&self, id: TrackId, frame: FrameIndex) -> Option<Sample> {
        let (_, run, slot) = self.tracks.iter().find(|(track, ..)| track.id == id)?;
        self.runs.iter().find(|r| r.id == *run)?.sample(*slot, frame)
    }

    /// A track's samples over a range of frames, one entry per frame; cheaper than asking frame by frame.
    pub fn samples_of(
        &self,
        id: TrackId,
        frames: RangeInclusive<FrameIndex>,
    ) -> impl Iterator<Item = (FrameIndex, Option<Sample>)> {
        let entry = self.tracks.iter().find(|(track, ..)| track.id == id);
        let place = entry.and_then(|(_, run, slot)| Some((self.runs.iter().find(|r| r.id == *run)?, *slot)));
        (frames.start().0..=frames.end().0).map(FrameIndex).map(move |frame| {
            let sample = place.and_then(|(run, slot)| run.sample(slot, frame));
            (frame, sample)
        })
    }

    /// Every track with its sample on a frame, in order; cheaper than asking one by one.
    pub fn samples_at(&self, frame: FrameIndex) -> impl Iterator<Item = (&Track, Option<Sample>)> {
        let mut run_at = 0; // tracks of a run stand together, so one look-up per run
        self.tracks.iter().map(move |(track, run, slot)| {
            if self.runs.get(run_at).is_none_or(|r| r.id != *run) {
                run_at = self.runs.partition_point(|r| r.id < *run);
            }
            (track, self.runs.get(run_at).and_then(|r| r.sample(*slot, frame)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(frame: usize, x: f32) -> Query {
        Query { frame: FrameIndex::new(frame), point: SourcePoint::new(x, 0.0) }
    }

    fn chunk(first: usize, num_frames: usize, num_tracks: usize, x: f32) -> Chunk {
        let sample = |i: usize| {
            Some(Sample { point: SourcePoint::new(x + i as f32, 0.0), visibility: 1.0, confidence: 1.0, visible: true })
        };
        Chunk { first: FrameIndex::new(first), num_tracks, samples: (0..num_frames * num_tracks).map(sample).collect() }
    }

    #[test]
    fn the_tail_is_replaced_and_the_settled_part_stays() {
        let mut store = TrackStore::new();
        let (run, ids) = store.add_run([(None, query(0, 0.0)), (Some("nose".into()), query(0, 1.0))]);
        store.advance(run, Some(chunk(0, 8, 2, 0.0)), Some(chunk(8, 8, 2, 100.0)));
        let x = |store: &TrackStore, frame| store.sample(ids[1], FrameIndex::new(frame)).map(|s| s.point.x);
        assert_eq!((x(&store, 0), x(&store, 8), x(&store, 16)), (Some(1.0), Some(101.0), None));
        store.advance(run, Some(chunk(8, 8, 2, 200.0)), None);
        assert_eq!((x(&store, 0), x(&store, 8)), (Some(1.0), Some(201.0)));
        assert_eq!(store.runs()[0].covered(), Some((FrameIndex(0), FrameIndex(15))));
        assert_eq!(store.track(ids[1]).unwrap().name, "nose");
    }

    #[test]
    fn a_deleted_track_leaves_the_others_untouched_and_its_id_unused() {
        let mut store = TrackStore::new();
        let (run, ids) = store.add_run([(None, query(0, 0.0)), (None, query(0, 1.0))]);
        store.advance(run, Some(chunk(0, 8, 2, 0.0)), None);
        let (_, later) = store.add_run([(None, query(3, 5.0))]);
        assert!(store.remove(ids[0]) && !store.remove(ids[0]));
        assert_eq!(store.sample(ids[1], FrameIndex(0)).unwrap().point.x, 1.0);
        let at: Vec<_> = store.samples_at(FrameIndex(0)).map(|(t, s)| (t.id, s.is_some())).collect();
        assert_eq!(at, vec![(ids[1], true), (later[0], false)]);
        assert!(store.remove(later[0]));
        assert_eq!(store.add_run([(None, query(0, 0.0))]).1, vec![TrackId(3)]);
        assert_eq!(store.runs().len(), 2);
    }
}
