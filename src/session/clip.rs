//! The current clip, as the shell sees it.

use super::messages::{ReaderStatus, RunEnd, RunState, TrackingStatus};
use super::reader::{Movement, Reader};
use super::shared_tracks::SharedTracks;
use super::tracking::ClipJob;
use crate::geometry::FrameIndex;
use crate::media::SourceInfo;
use crate::sync::{CancelToken, Generation};
use crate::tracks::{Query, RunId, TrackId, TrackStore};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A clip with its tracks and the newest that is known of the work on it.
pub struct Clip {
    path: PathBuf,
    info: Arc<SourceInfo>,
    reader: Reader,
    shared: SharedTracks,
    tracks: Arc<TrackStore>,
    runs: BTreeMap<RunId, RunState>,
    run_of: BTreeMap<TrackId, RunId>,
    cancels: BTreeMap<RunId, CancelToken>,
    frames_per_sec: Option<f64>,
    reader_status: ReaderStatus,
}

impl Clip {
    pub(super) fn new(path: PathBuf, info: Arc<SourceInfo>, reader: Reader) -> Self {
        Self {
            path,
            info,
            reader,
            shared: SharedTracks::default(),
            tracks: Arc::default(),
            runs: BTreeMap::new(),
            run_of: BTreeMap::new(),
            cancels: BTreeMap::new(),
            frames_per_sec: None,
            reader_status: ReaderStatus::default(),
        }
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
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

    /// The run that a track belongs to.
    #[must_use]
    pub fn run_of(&self, track: TrackId) -> Option<RunId> {
        self.run_of.get(&track).copied()
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

    /// What the reader holds.
    #[must_use]
    pub fn reader_status(&self) -> &ReaderStatus {
        &self.reader_status
    }

    pub(super) fn job(&self) -> ClipJob {
        ClipJob { generation: self.generation(), path: self.path.clone(), tracks: self.shared.clone() }
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
            for (run, state) in status.runs {
                self.set_run(run, state);
            }
        }
        if let Some(status) = self.reader.status.take() {
            self.reader_status = status;
        }
    }

    fn refresh_tracks(&mut self) {
        if let Some(snapshot) = self.shared.take_snapshot() {
            self.tracks = snapshot;
        }
    }

    /// Takes in a run's state; an end is final, and what is unknown has been deleted.
    pub(super) fn set_run(&mut self, run: RunId, state: RunState) {
        if let Some(known) = self.runs.get_mut(&run).filter(|known| known.is_active()) {
            *known = state;
        }
    }

    pub(super) fn fail_active_runs(&mut self, message: &str) {
        for state in self.runs.values_mut().filter(|state| state.is_active()) {
            *state = RunState::Ended(RunEnd::Failed(format!("tracking broke off: {message}")));
        }
    }

    pub(super) fn add_run(&mut self, queries: &[Query]) -> (RunId, Vec<TrackId>, CancelToken) {
        let (run, tracks) = self.shared.edit(|store| store.add_run(queries.iter().map(|query| (None, *query))));
        let cancel = CancelToken::new();
        self.runs.insert(run, RunState::Waiting);
        self.run_of.extend(tracks.iter().map(|track| (*track, run)));
        self.cancels.insert(run, cancel.clone());
        self.refresh_tracks();
        (run, tracks, cancel)
    }

    pub(super) fn remove(&mut self, track: TrackId) -> bool {
        let (was_there, left) = self.shared.edit(|store| {
            let was_there = store.remove(track);
            (was_there, store.runs().iter().map(|run| run.id).collect::<Vec<_>>())
        });
        let gone: Vec<RunId> = self.runs.keys().copied().filter(|run| !left.contains(run)).collect();
        self.run_of.remove(&track);
        for run in gone {
            self.cancel_run(run);
            self.runs.remove(&run);
            self.cancels.remove(&run);
        }
        self.refresh_tracks();
        was_there
    }

    pub(super) fn rename(&mut self, track: TrackId, name: String) -> bool {
        let was_there = self.shared.edit(|store| store.rename(track, name));
        self.refresh_tracks();
        was_there
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
