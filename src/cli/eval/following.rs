//! The points of a clip, followed.

use super::config::Settings;
use super::{Said, Tracks};
use crate::cli::runs::Runs;
use crate::eval::{EvalClip, QueryMode};
use crate::geometry::{FrameIndex, SourcePoint};
use crate::model::{ModelConfig, Network};
use crate::polish::PolishPass;
use crate::sync::CancelToken;
use crate::tracks::{CloserLook, Direction, Edit, Query, TrackStore, Treatment};
use std::sync::Arc;

/// Tracks that are followed side by side, at most: more take too much memory, fewer encode every frame more often.
const MAX_TRACKS_AT_ONCE: usize = 8192;

/// A network and how it follows points.
pub(super) struct Tracker {
    pub(super) name: String,
    pub(super) network: Arc<Network>,
    pub(super) settings: Settings,
    /// Whether places are refined, or followed as planes.
    pub(super) look: CloserLook,
}

impl Tracker {
    /// Follows the points of a clip.
    pub(super) fn follow(&self, clip: &EvalClip) -> anyhow::Result<Tracks> {
        let ((support, each), per_run) =
            (self.settings.num_tracks(), self.settings.per_run().min(clip.queries.len().max(1)));
        let runs_at_once = (MAX_TRACKS_AT_ONCE / (support + per_run * each)).max(1);
        let mut tracks = Vec::with_capacity(clip.queries.len());
        for queries in clip.queries.chunks(per_run * runs_at_once) {
            tracks.extend(self.follow_side_by_side(clip, queries, per_run)?);
        }
        Ok(tracks)
    }

    fn follow_side_by_side(&self, clip: &EvalClip, queries: &[Query], per_run: usize) -> anyhow::Result<Tracks> {
        let (network, mode, cancel) = (&self.network, &self.settings.mode, CancelToken::new());
        let frames = FrameIndex(0)..=FrameIndex::new(clip.frames.len() - 1);
        let mut runs = Runs::new(clip.size, Direction::Forward);
        let mut back = Runs::new(clip.size, Direction::Backward);
        let (mut store, mut ids) = (TrackStore::new(), Vec::new());
        for queries in queries.chunks(per_run) {
            let (run, added) = store.add_run(queries.iter().map(|query| (None, *query)));
            runs.add(&mut store, run, (network, mode), frames.clone())?;
            ids.extend(added);
            if clip.query_mode == QueryMode::Strided
                && let Some(wanted) = store.follow_back(run)
            {
                let latest = queries.iter().map(|query| query.frame).max().unwrap_or_default();
                back.add(&mut store, wanted.run, (network, mode), FrameIndex(0)..=latest)?;
            }
        }
        for runs in [&mut runs, &mut back] {
            while let Some(next) = runs.next_frame() {
                runs.push(&clip.frames[next.get()], &mut store, &cancel)?;
            }
            runs.finish(&mut store, &cancel)?;
        }
        let CloserLook { polish, plane } = self.look;
        if !self.look.is_none() {
            store.apply(&Edit::Treat(Treatment { polish, plane, ..Treatment::default() }))?;
            for direction in [Direction::Forward, Direction::Backward] {
                let mut pass = PolishPass::new(&store, direction, *frames.end());
                while let Some(next) = pass.next_frame() {
                    pass.push(&clip.frames[next.get()]);
                }
                pass.finish(&mut store);
            }
        }
        let said = |id| {
            let samples = store.samples_of(id, frames.clone()).map(|(_, sample)| sample);
            let said = samples.map(|sample| {
                let sample = sample?;
                let score = ModelConfig::score(sample.visibility, sample.confidence, clip.size.contains(sample.point));
                Some(Said { point: sample.point, visible: sample.visible, score })
            });
            said.collect()
        };
        Ok(ids.into_iter().map(said).collect())
    }
}

/// What a baseline says.
pub(super) fn from_baseline(tracks: Vec<Vec<Option<(SourcePoint, bool)>>>) -> Tracks {
    let said = |(point, visible)| Said { point, visible, score: f32::from(u8::from(visible)) };
    tracks.into_iter().map(|track| track.into_iter().map(|place| place.map(said)).collect()).collect()
}
