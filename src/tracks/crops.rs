//! What of the picture the network looked at, frame by frame, where that was a part that followed the points.

use super::run::Run;
use super::store::TrackStore;
use super::track::{RunId, Track, TrackId};
use crate::geometry::{Crop, FrameIndex, Size};
use std::collections::BTreeSet;

impl Run {
    /// On how many frames so many of its points were in the picture, but not in what the network looked at; they count as
    /// hidden there.
    #[must_use]
    pub fn num_out_of_view(&self, picture: Size) -> (usize, usize) {
        let is_out = |slot: usize, (frame, crop): (&FrameIndex, &Crop)| {
            let sample = self.sample(slot, *frame);
            sample.is_some_and(|sample| picture.contains(sample.point) && !crop.contains(sample.point))
        };
        let frames = |slot: usize| self.crops().iter().filter(|seen| is_out(slot, *seen)).count();
        let counts: Vec<usize> = (0..self.queries().len()).map(frames).filter(|count| *count > 0).collect();
        (counts.iter().sum(), counts.len())
    }
}

impl TrackStore {
    /// Tells what the network looked at of some frames of a run; nothing happens if there is no such run.
    pub fn set_run_crops(&mut self, run: RunId, crops: Vec<(FrameIndex, Crop)>) {
        if let Ok(at) = self.runs.binary_search_by_key(&run, |run| run.id)
            && !crops.is_empty()
        {
            self.runs[at].set_crops(crops);
        }
    }

    /// What the network looked at on a frame to follow some tracks, or all where there are none; nothing where that was
    /// the whole picture. Each part is told once.
    #[must_use]
    pub fn crops_at(&self, frame: FrameIndex, tracks: &[TrackId]) -> Vec<Crop> {
        if self.runs.iter().all(|run| run.crops().is_empty()) {
            return Vec::new();
        }
        let is_meant = |track: &&Track| tracks.is_empty() || tracks.contains(&track.id);
        let segments = self.tracks().filter(is_meant).filter_map(|track| track.segment_at(frame));
        let runs: BTreeSet<RunId> =
            segments.flat_map(|segment| [segment.source, segment.back]).flatten().map(|(run, _)| run).collect();
        let mut crops: Vec<Crop> =
            runs.into_iter().filter_map(|run| self.run(run)?.crops().get(&frame).copied()).collect();
        crops.dedup();
        crops
    }
}
