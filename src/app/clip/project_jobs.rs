//! The project that is open, and work on project files that waits for the disk: it runs aside, never on the window's
//! thread.

use crate::app::actions::Leave;
use crate::media::{ClipSource, OpenOptions};
use crate::project::{Autosave, KeptPath, Located, Orphan, Project, ProjectError, SavedClip, SavedTracking, SavedView};
use crate::sync::{Generation, LatestSlot};
use crate::tracks::TrackStore;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Everything that a project file holds, as it was at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) clip: ClipSource,
    pub(crate) num_frames: usize,
    pub(crate) tracks: Arc<TrackStore>,
    pub(crate) tracking: Option<SavedTracking>,
    pub(crate) view: SavedView,
    /// The project that the work belongs to.
    pub(crate) origin: Option<PathBuf>,
}

/// A project that was read, ready for its clip.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    /// The project's file; none for work that was never saved.
    pub(crate) path: Option<PathBuf>,
    pub(crate) clip: SavedClip,
    pub(crate) located: Located,
    pub(crate) view: SavedView,
    pub(crate) tracks: TrackStore,
    /// Where it comes from, if it was left by a window that ended without a word.
    pub(crate) autosave: Option<Arc<Autosave>>,
}

pub(crate) fn save(snapshot: &Snapshot, path: &Path, replaces: bool) -> Result<(), ProjectError> {
    project(snapshot, path, None).write(path, replaces)
}

pub(crate) fn save_aside(snapshot: &Snapshot, autosave: &Autosave) -> Result<(), ProjectError> {
    let origin = snapshot.origin.as_deref().map(KeptPath::from);
    autosave.write(&project(snapshot, autosave.path(), origin))
}

fn project(snapshot: &Snapshot, path: &Path, origin: Option<KeptPath>) -> Project {
    let ClipSource { path: clip, options: OpenOptions { frame_rate, stream } } = &snapshot.clip;
    let clip = SavedClip::describe(clip, snapshot.num_frames, path);
    Project {
        clip: SavedClip { frame_rate: *frame_rate, stream: *stream, ..clip },
        tracking: snapshot.tracking.clone(),
        view: snapshot.view.clone(),
        tracks: snapshot.tracks.to_saved(),
        origin,
    }
}

/// Reads a project and looks for its clip.
pub(crate) fn load(path: &Path) -> Result<Loaded, ProjectError> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    take_up(Project::read(&path)?, &path, Some(path.clone()), None)
}

/// Takes up an autosave and looks for its clip.
pub(crate) fn restore(orphan: Orphan) -> Result<Loaded, ProjectError> {
    let Orphan { autosave, project, .. } = orphan;
    let origin = project.origin.as_ref().map(|origin| origin.as_path().to_owned());
    let path = autosave.path().to_owned();
    take_up(project, &path, origin, Some(Arc::new(autosave)))
}

fn take_up(
    project: Project,
    read_from: &Path,
    path: Option<PathBuf>,
    autosave: Option<Arc<Autosave>>,
) -> Result<Loaded, ProjectError> {
    let Project { clip, view, tracks, .. } = project;
    let damaged =
        |error: crate::tracks::SavedError| ProjectError::Damaged { problem: error.to_string(), path: read_from.into() };
    let tracks = TrackStore::from_saved(tracks).map_err(damaged)?;
    let located = clip.locate(read_from);
    Ok(Loaded { path, clip, located, view, tracks, autosave })
}

pub(crate) type Job<T> = LatestSlot<Result<Result<T, ProjectError>, String>>;

/// A project whose clip is being opened.
pub(crate) struct Arriving {
    pub(crate) generation: Generation,
    pub(crate) path: Option<PathBuf>,
    pub(crate) view: SavedView,
    pub(crate) autosave: Option<Arc<Autosave>>,
}

/// The project that is open, and the jobs on files.
#[derive(Default)]
pub(crate) struct Projects {
    /// Where the project lies; none before it is saved for the first time.
    pub(crate) path: Option<PathBuf>,
    /// The tracks as they are in the file, or as they were when the clip was opened.
    pub(crate) saved: Option<Arc<TrackStore>>,
    pub(crate) saving: Option<(PathBuf, Arc<TrackStore>, Job<()>)>,
    pub(crate) loading: Option<Job<Box<Loaded>>>,
    /// A project that lacks its clip.
    pub(crate) waiting: Option<Box<Loaded>>,
    pub(crate) arriving: Option<Arriving>,
    pub(crate) after_save: Option<Leave>,
    pub(crate) may_quit: bool,
    pub(crate) title: String,
}

impl Projects {
    /// Forgets what was to be done after saving, and the project that lacks its clip.
    pub(crate) fn give_up(&mut self) {
        (self.after_save, self.waiting) = (None, None);
    }
}
