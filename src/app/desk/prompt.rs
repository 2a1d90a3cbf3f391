//! The app's own dialogs, as data.

use crate::app::actions::Leave;
use std::path::PathBuf;

/// What a typed path is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PathPurpose {
    Open,
    /// It is a table of points or tracks for the clip.
    Import,
    /// The project is written there.
    Save,
    /// It is the clip of the project that is being opened.
    Locate,
    /// Recordings go into this folder.
    Recordings,
    /// The chart is written there.
    Chart,
}

/// A dialog of the app's own.
#[derive(Clone, Debug)]
pub(crate) enum Prompt {
    /// Asks for a path by typing.
    Path {
        text: String,
        note: String,
        needs_focus: bool,
        purpose: PathPurpose,
    },
    /// Asks what becomes of unsaved work.
    Unsaved(Leave),
    /// Asks whether the window may close although something is under way that ends with it.
    Running,
    /// Asks what becomes of the tracks of the camera that is open.
    LiveTracks(Leave),
    ReplaceFile(PathBuf),
    /// Asks where the clip of a project is.
    Relink,
    /// What the clip is, and how it is read.
    Properties {
        frame_rate: f64,
        stream: usize,
    },
    Keys,
}
