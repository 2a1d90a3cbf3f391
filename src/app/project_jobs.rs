//! Work on project files that waits for the disk: runs aside, never on the window's thread.

use crate::media::{ClipSource, OpenOptions};
use crate::project::{Autosave, KeptPath, Located, Orphan, Project, ProjectError, SavedClip, SavedTracking, SavedView};
use crate::tracks::TrackStore;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Everything that a project file holds, as it was at one moment.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    pub(super) clip: ClipSource,
    pub(super) num_frames: usize,
    pub(super) tracks: Arc<TrackStore>,
    pub(super) tracking: Option<SavedTracking>,
    pub(super) view: SavedView,
    /// The project that the work belongs to.
    pub(super) origin: Option<PathBuf>,
}

/// A project that was read, ready for its clip.
#[derive(Clone, Debug)]
pub(super) struct Loaded {
    /// The project's file; none for work that was never saved.
    pub(super) path: Option<PathBuf>,
    pub(super) clip: SavedClip,
    pub(super) located: Located,
    pub(super) view: SavedView,
    pub(super) tracks: TrackStore,
    /// Where it comes from, if it was left by a window that ended without a word.
    pub(super) autosave: Option<Arc<Autosave>>,
}

/// Writes a project.
pub(super) fn save(snapshot: &Snapshot, path: &Path, replaces: bool) -> Result<(), ProjectError> {
    project(snapshot, path, None).write(path, replaces)
}

/// Writes an autosave.
pub(super) fn save_aside(snapshot: &Snapshot, autosave: &Autosave) -> Result<(), ProjectError> {
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
pub(super) fn load(path: &Path) -> Result<Loaded, ProjectError> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    take_up(Project::read(&path)?, &path, Some(path.clone()), None)
}

/// Takes up an autosave and looks for its clip.
pub(super) fn restore(orphan: Orphan) -> Result<Loaded, ProjectError> {
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

/// Tries another place for the clip.
pub(super) fn locate_again(loaded: Loaded, clip: PathBuf) -> Loaded {
    let located = if loaded.clip.is_same(&clip) { Located::Same(clip) } else { Located::Changed(clip) };
    Loaded { located, ..loaded }
}
