//! Runs over one clip that go one way side by side: each frame is read once, and encoded once for all that see it in
//! one size through one network.

use super::config::ModeConfig;
use super::failure::warn;
use super::follower::Follower;
use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size};
use crate::model::Network;
use crate::sync::CancelToken;
use crate::tracker::{FeatureCache, TrackerError, WindowOutcome};
use crate::tracks::{Direction, Run, RunId, TrackStore};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The runs of one clip, those that are not done yet.
pub(super) struct Runs {
    size: Size,
    direction: Direction,
    active: Vec<(RunId, Follower)>,
    /// What each network has encoded of the frame at hand.
    encoded: Vec<(Arc<Network>, Arc<FeatureCache>)>,
}

impl Runs {
    /// No runs yet, over a source of `size`.
    pub(super) fn new(size: Size, direction: Direction) -> Self {
        Self { size, direction, active: Vec::new(), encoded: Vec::new() }
    }

    /// Adds a run of the store, to be followed over the frames `clip`; the store is told with which settings.
    pub(super) fn add(
        &mut self,
        store: &mut TrackStore,
        run: RunId,
        (network, mode): (&Arc<Network>, &ModeConfig),
        clip: RangeInclusive<FrameIndex>,
    ) -> Result<(), TrackerError> {
        let queries = store.run(run).map(Run::queries).cloned().unwrap_or_default();
        let mode = &mode.in_direction(self.direction);
        let follower = Follower::new(mode, Arc::clone(network), self.size, clip, &queries)?;
        store.set_run_settings(run, follower.settings());
        if let Some((num_parts, num_frames)) = follower.parts() {
            warn(format_args!(
                "the clip is too long to be followed at once in this memory: it is followed in {num_parts} parts of \
                 {num_frames} frames, each going on from the one before (--memory: more memory, fewer parts)"
            ));
        }
        if follower.is_zoom_idle() {
            warn(
                "zoom changes nothing: the points are spread over most of the picture, or it is hardly larger than what \
                 the network sees (points that are far apart zoom better in commands of their own)",
            );
        }
        let known = self.encoded.iter().find(|(known, _)| Arc::ptr_eq(known, network));
        let cache = known.map_or_else(|| Arc::new(FeatureCache::new(usize::MAX)), |(_, cache)| Arc::clone(cache));
        if known.is_none() {
            self.encoded.push((Arc::clone(network), Arc::clone(&cache)));
        }
        self.active.push((run, follower.with_cache(cache)));
        Ok(())
    }

    /// A run that was added and that sees the whole clip at once, with the points of another one: it will find what
    /// that one looks for, too.
    pub(super) fn whole_twin(&self, store: &TrackStore, run: RunId) -> Option<RunId> {
        let queries = |run: RunId| store.run(run).map(Run::queries);
        let mut whole = self.active.iter().filter(|(_, follower)| follower.covers_whole_clip()).map(|(twin, _)| *twin);
        whole.find(|twin| queries(*twin) == queries(run))
    }

    /// The frame to push next, `None` once all is covered.
    pub(super) fn next_frame(&self) -> Option<FrameIndex> {
        let next = self.active.iter().filter_map(|(_, follower)| follower.next_frame());
        match self.direction {
            Direction::Forward => next.min(),
            Direction::Backward => next.max(),
        }
    }

    /// Takes the next frame; what runs make of it goes into the store.
    pub(super) fn push(
        &mut self,
        frame: &Frame,
        store: &mut TrackStore,
        cancel: &CancelToken,
    ) -> Result<(), TrackerError> {
        for (run, follower) in self.active.iter_mut().filter(|(_, follower)| follower.next_frame() == Some(frame.index))
        {
            if let Some(outcome) = follower.push(frame, cancel)? {
                advance(store, *run, outcome);
                tracing::debug!("frame {}, a window is done", frame.index);
            }
        }
        self.end(store, cancel)?;
        self.encoded.iter().for_each(|(_, cache)| cache.clear());
        Ok(())
    }

    /// Whether much of the clip is to be refined at once ([`Runs::iterate`]).
    pub(super) fn is_refining(&self) -> bool {
        self.active.iter().any(|(_, follower)| follower.is_refining())
    }

    /// One step of that; what is left undone comes with the next frame.
    pub(super) fn iterate(&mut self, store: &mut TrackStore, cancel: &CancelToken) -> Result<(), TrackerError> {
        if let Some((run, follower)) = self.active.iter_mut().find(|(_, follower)| follower.is_refining())
            && let Some(outcome) = follower.iterate(cancel)?
        {
            advance(store, *run, outcome);
        }
        self.end(store, cancel)
    }

    /// Ends the runs that have seen all.
    fn end(&mut self, store: &mut TrackStore, cancel: &CancelToken) -> Result<(), TrackerError> {
        let is_done = |follower: &Follower| follower.next_frame().is_none() && !follower.is_refining();
        for (run, follower) in self.active.iter_mut().filter(|(_, follower)| is_done(follower)) {
            finish(store, *run, follower, cancel)?;
        }
        self.active.retain(|(_, follower)| !is_done(follower));
        Ok(())
    }

    /// Ends the clip after the last frame that was pushed.
    pub(super) fn finish(&mut self, store: &mut TrackStore, cancel: &CancelToken) -> Result<(), TrackerError> {
        for (run, mut follower) in self.active.drain(..) {
            finish(store, run, &mut follower, cancel)?;
        }
        Ok(())
    }

    /// The last frame of which all that there is will not change any more, `None` where there is nothing.
    pub(super) fn last_settled(&self, store: &TrackStore) -> Option<FrameIndex> {
        let under_way = self.active.iter().filter_map(|(run, _)| store.run(*run)?.last_settled()).min();
        let ends = store.runs().filter(|run| run.direction() == self.direction).filter_map(Run::last_settled);
        under_way.or_else(|| ends.max())
    }
}

fn finish(
    store: &mut TrackStore,
    run: RunId,
    follower: &mut Follower,
    cancel: &CancelToken,
) -> Result<(), TrackerError> {
    if let Some(outcome) = follower.finish(cancel)? {
        advance(store, run, outcome);
    }
    Ok(())
}

fn advance(store: &mut TrackStore, run: RunId, outcome: WindowOutcome) {
    store.advance(run, outcome.settled, outcome.tail);
    store.set_run_crops(run, outcome.crops);
}
