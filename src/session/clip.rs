//! The current clip, as the app sees it.

use super::messages::{ReaderStatus, RunEnd, RunState, TrackingStatus};
use super::reader::{Movement, Reader};
use super::shared_tracks::SharedTracks;
use super::tracking::{NewClip, RunJob};
use crate::geometry::FrameIndex;
use crate::media::{ClipSource, SourceInfo, SourceKind};
use crate::sync::{CancelToken, Generation};
use crate::tracks::{EditError, History, Run, RunId, Track, TrackId, TrackStore};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// A clip with its tracks and the newest that is known of the work on it.
pub struct Clip {
    source: ClipSource,
    info: Arc<SourceInfo>,
    reader: Reader,
    shared: SharedTracks,
    tracks: Arc<TrackStore>,
    runs: BTreeMap<RunId, RunState>,
    cancels: BTreeMap<RunId, CancelToken>,
    /// Runs that were stopped because no track needed them.
    dropped: BTreeSet<RunId>,
    history: History,
    frames_per_sec: Option<f64>,
    polishing: Option<(usize, usize)>,
    reader_status: ReaderStatus,
}

impl Clip {
    pub(super) fn new(mut source: ClipSource, info: Arc<SourceInfo>, reader: Reader) -> Self {
        if info.kind == SourceKind::Images {
            source.path.clone_from(&info.path); // one of a sequence, in place of a pattern
        }
        let mut tracks = TrackStore::new();
        tracks.set_footage(info.footage());
        Self {
            source,
            info,
            reader,
            shared: SharedTracks::new(tracks.clone()),
            tracks: Arc::new(tracks),
            runs: BTreeMap::new(),
            cancels: BTreeMap::new(),
            dropped: BTreeSet::new(),
            history: History::default(),
            frames_per_sec: None,
            polishing: None,
            reader_status: ReaderStatus::default(),
        }
    }

    /// Begins with tracks that were saved. What was not followed to its end counts as stopped.
    pub(super) fn with_tracks(mut self, mut tracks: TrackStore) -> Self {
        tracks.set_footage(self.info.footage());
        let state = |run: &Run| {
            let (settled, tail) = run.chunks();
            let is_whole = !settled.is_empty() && tail.is_none();
            RunState::Ended(if is_whole { RunEnd::Finished { num_missing: 0 } } else { RunEnd::Cancelled })
        };
        self.runs = tracks.runs().map(|run| (run.id, state(run))).collect();
        self.tracks = Arc::new(tracks.clone());
        self.shared = SharedTracks::new(tracks);
        self
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.source.path
    }

    /// What it was opened from, and how.
    #[must_use]
    pub fn source(&self) -> &ClipSource {
        &self.source
    }

    pub(super) fn set_frame_rate(&mut self, frame_rate: f64) {
        self.source.options.frame_rate = Some(frame_rate);
        self.info = Arc::new(SourceInfo::clone(&self.info).at_rate(frame_rate));
    }

    /// What is known of the source.
    #[must_use]
    pub fn info(&self) -> &Arc<SourceInfo> {
        &self.info
    }

    /// Which clip it is.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.reader.generation
    }

    /// The newest snapshot of the tracks.
    #[must_use]
    pub fn tracks(&self) -> &Arc<TrackStore> {
        &self.tracks
    }

    /// The newest run that a track takes samples from, of those that go forwards where there are some.
    #[must_use]
    pub fn run_of(&self, track: TrackId) -> Option<RunId> {
        let segments = || self.tracks.track(track).into_iter().flat_map(Track::segments);
        let forward = segments().filter_map(|segment| segment.source).max();
        forward.or_else(|| segments().filter_map(|segment| segment.back).max()).map(|(run, _)| run)
    }

    /// How far a run is.
    #[must_use]
    pub fn run_state(&self, run: RunId) -> Option<&RunState> {
        self.runs.get(&run)
    }

    /// Frames done and to do over all runs that have work left; `None` if there is none.
    #[must_use]
    pub fn tracking_progress(&self) -> Option<(usize, usize)> {
        let active = self.runs.values().filter(|state| state.is_active());
        let frames = active.map(|state| match state {
            RunState::Following { done, total } => (*done, *total),
            _ => (0, self.info.num_frames()),
        });
        frames.reduce(|a, b| (a.0 + b.0, a.1 + b.1))
    }

    /// Runs that have work left.
    #[must_use]
    pub fn num_active_runs(&self) -> usize {
        self.runs.values().filter(|state| state.is_active()).count()
    }

    /// Frames that tracking takes in per second, while it is under way.
    #[must_use]
    pub fn frames_per_sec(&self) -> Option<f64> {
        self.frames_per_sec.filter(|_| self.num_active_runs() > 0)
    }

    /// While places are polished: frames done, and in all.
    #[must_use]
    pub fn polishing(&self) -> Option<(usize, usize)> {
        self.polishing.filter(|_| self.num_active_runs() == 0)
    }

    /// What the reader holds.
    #[must_use]
    pub fn reader_status(&self) -> &ReaderStatus {
        &self.reader_status
    }

    pub(super) fn job(&self) -> NewClip {
        NewClip { generation: self.generation(), source: self.source.clone(), tracks: self.shared.clone() }
    }

    pub(super) fn into_reader(self) -> Reader {
        self.reader
    }

    pub(super) fn want(&self, frame: FrameIndex, movement: Movement) {
        self.reader.want(frame, movement);
    }

    pub(super) fn refresh(&mut self, status: Option<TrackingStatus>) {
        self.refresh_tracks();
        if let Some(status) = status.filter(|status| status.generation == self.generation()) {
            self.frames_per_sec = status.frames_per_sec;
            self.polishing = status.polishing;
            for (run, state) in status.runs {
                self.set_run(run, state);
            }
        }
        if let Some(status) = self.reader.status.take() {
            self.reader_status = status;
        }
    }

    fn refresh_tracks(&mut self) {
        if let Some(snapshot) = self.shared.published.take() {
            self.tracks = snapshot;
        }
    }

    /// Takes in a run's state; an end is final, and what is unknown has been deleted.
    pub(super) fn set_run(&mut self, run: RunId, state: RunState) {
        if let Some(known) = self.runs.get_mut(&run).filter(|known| known.is_active()) {
            *known = state;
        }
    }

    /// A run that is complete from the start.
    pub(super) fn end_run(&mut self, run: RunId) {
        self.runs.insert(run, RunState::Ended(RunEnd::Finished { num_missing: 0 }));
    }

    pub(super) fn fail_active_runs(&mut self, message: &str) {
        for state in self.runs.values_mut().filter(|state| state.is_active()) {
            *state = RunState::Ended(RunEnd::Failed(format!("tracking broke off: {message}")));
        }
    }

    /// What was done and undone.
    pub(super) fn history(&self) -> &History {
        &self.history
    }

    /// Changes the tracks as one step that can be undone; with `joins`, one with a last step of the same label.
    pub(super) fn change<R>(
        &mut self,
        label: &'static str,
        joins: bool,
        change: impl FnOnce(&mut TrackStore) -> Result<R, EditError>,
    ) -> Result<R, EditError> {
        let (before, result) = self.shared.edit(|store| {
            let before = store.edits().clone();
            (before, change(store))
        });
        if result.is_ok() {
            self.history.record(label, before, joins);
        }
        self.refresh_tracks();
        result
    }

    pub(super) fn set_cuts(&mut self, cuts: Arc<[FrameIndex]>) {
        self.shared.edit(|store| store.set_cuts(cuts));
        self.refresh_tracks();
    }

    pub(super) fn undo(&mut self) -> Option<&'static str> {
        let Self { shared, history, .. } = self;
        let label = shared.edit(|store| history.undo(store));
        self.refresh_tracks();
        label
    }

    pub(super) fn redo(&mut self) -> Option<&'static str> {
        let Self { shared, history, .. } = self;
        let label = shared.edit(|store| history.redo(store));
        self.refresh_tracks();
        label
    }

    /// Stops the runs that no track needs any more, and returns those that were stopped so and are needed again, under
    /// their new ids.
    pub(super) fn settle_runs(&mut self) -> Vec<RunId> {
        let tracks = Arc::clone(&self.tracks);
        let unused = self.runs.iter().filter(|(run, state)| state.is_active() && !tracks.is_used(**run));
        for run in unused.map(|(run, _)| *run).collect::<Vec<_>>() {
            self.cancel_run(run);
            self.runs.remove(&run);
            self.dropped.insert(run);
        }
        let again: Vec<RunId> = self.dropped.iter().copied().filter(|run| tracks.is_used(*run)).collect();
        let renewed = again.into_iter().filter_map(|old| {
            self.dropped.remove(&old);
            let new = self.shared.edit(|store| store.renew_run(old))?;
            self.history.replace_run(old, new);
            Some(new)
        });
        let renewed = renewed.collect();
        self.refresh_tracks();
        renewed
    }

    /// What the tracking worker needs to know of a run, which counts as waiting from now on.
    pub(super) fn run_job(&mut self, run: RunId, until: Option<FrameIndex>) -> Option<RunJob> {
        let known = self.tracks.run(run)?;
        let (queries, direction) = (Arc::clone(known.queries()), known.direction());
        let cancel = CancelToken::new();
        self.runs.insert(run, RunState::Waiting);
        self.cancels.insert(run, cancel.clone());
        let (generation, asked) = (self.generation(), Instant::now());
        Some(RunJob { generation, run, queries, direction, until, cancel, asked })
    }

    pub(super) fn cancel_run(&self, run: RunId) {
        if let Some(cancel) = self.cancels.get(&run) {
            cancel.cancel();
        }
    }

    pub(super) fn cancel_all(&mut self) {
        self.cancels.values().for_each(CancelToken::cancel);
    }
}
