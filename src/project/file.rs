//! The project file: JSON, versioned, with everything that a session of work has made of a clip.

use super::clip::SavedClip;
use super::disk::{read_whole, write_whole};
use super::error::ProjectError;
use super::kept_path::KeptPath;
use crate::geometry::FrameIndex;
use crate::tracks::SavedTracks;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The ending of project files.
pub const EXTENSION: &str = "cotrail";
const FORMAT: &str = "cotrail project";
/// Readers refuse what is newer. A field that older readers may ignore does not make a new version.
const VERSION: u64 = 1;
/// A project lists no more frames than a clip can have.
const MAX_FRAMES: usize = 1 << 30;

/// What was tracked with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedTracking {
    /// The weights' name.
    pub weights: String,
    /// SHA-256 of the weights file, in hex.
    pub weights_sha256: String,
    /// Iterations per window.
    pub iterations: usize,
    /// `K` of the K × K support points of each run.
    pub support_grid: usize,
    /// The picture size that the network saw.
    pub model_size: [u32; 2],
}

/// How the clip was looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedView {
    /// The frame on show.
    pub frame: FrameIndex,
    /// The first and the last frame that are worked on; all of them where `None`.
    pub range: Option<(FrameIndex, FrameIndex)>,
    /// Whether trails are drawn.
    pub trails: bool,
    /// Their length.
    pub trail_frames: u32,
}

impl Default for SavedView {
    fn default() -> Self {
        Self { frame: FrameIndex(0), range: None, trails: true, trail_frames: 24 }
    }
}

/// A project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Project {
    /// The clip.
    pub clip: SavedClip,
    /// What was tracked with; `None` when nothing was.
    pub tracking: Option<SavedTracking>,
    /// How it was looked at.
    #[serde(default)]
    pub view: SavedView,
    /// The tracks with their results.
    pub tracks: SavedTracks,
    /// In an autosave: the project file that the work belongs to, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<KeptPath>,
}

#[derive(Serialize)]
struct Written<'a> {
    format: &'static str,
    version: u64,
    program: &'static str,
    #[serde(flatten)]
    project: &'a Project,
}

/// What says whether the rest can be understood.
#[derive(Deserialize)]
struct Head {
    format: String,
    version: u64,
}

impl Project {
    /// Reads a project.
    ///
    /// # Errors
    /// Another kind of file, a newer one, a damaged one, or one that cannot be read.
    pub fn read(path: &Path) -> Result<Self, ProjectError> {
        Self::parse(&read_whole(path)?, path)
    }

    /// Reads a project from a file's bytes; `path` is for messages.
    ///
    /// # Errors
    /// As [`Project::read`].
    pub fn parse(bytes: &[u8], path: &Path) -> Result<Self, ProjectError> {
        let not_a_project = || ProjectError::NotAProject(path.to_owned());
        let damaged = |problem: String| ProjectError::Damaged { problem, path: path.to_owned() };
        if !bytes.trim_ascii_start().starts_with(b"{") {
            return Err(not_a_project());
        }
        let head: Head = serde_json::from_slice(bytes).map_err(|error| match error.classify() {
            // The format stands first, so even a file that is cut off says what it was.
            _ if names_format(bytes) && is_at_end(bytes, &error) => ProjectError::CutOff(path.to_owned()),
            serde_json::error::Category::Syntax if names_format(bytes) => damaged(error.to_string()),
            _ => not_a_project(),
        })?;
        if head.format != FORMAT {
            return Err(not_a_project());
        }
        match head.version {
            VERSION => {}
            0 => return Err(damaged("there is no version 0 of the format".to_owned())),
            version => return Err(ProjectError::Newer { version, path: path.to_owned() }),
        }
        let project: Self = serde_json::from_slice(bytes).map_err(|error| damaged(error.to_string()))?;
        project.check().map_err(|problem| damaged(problem.to_owned()))?;
        Ok(project)
    }

    fn check(&self) -> Result<(), &'static str> {
        let num_frames = self.clip.frames;
        if num_frames == 0 || num_frames > MAX_FRAMES {
            return Err("the clip's number of frames is out of range");
        }
        if self.view.frame.get() >= num_frames {
            return Err("the frame on show is not in the clip");
        }
        if self.view.range.is_some_and(|(first, last)| first > last || last.get() >= num_frames) {
            return Err("the range is not in the clip");
        }
        Ok(())
    }

    /// The file's bytes.
    ///
    /// # Panics
    /// Never: texts and finite numbers can always be written.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let program = concat!("cotrail ", env!("CARGO_PKG_VERSION"));
        let written = Written { format: FORMAT, version: VERSION, program, project: self };
        serde_json::to_vec(&written).expect("projects have text for keys and finite numbers")
    }

    /// Writes the project; `replaces` says whether another file may stand there.
    ///
    /// # Errors
    /// Everything that keeps a file from being written. What was there stays.
    pub fn write(&self, path: &Path, replaces: bool) -> Result<(), ProjectError> {
        write_whole(path, &self.to_bytes(), replaces)
    }

    /// Whether a file of this name is a project.
    #[must_use]
    pub fn is_named(path: &Path) -> bool {
        path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(EXTENSION))
    }
}

/// Whether an error is that the file ends: in the middle of a number, the reader finds fault with its last byte.
fn is_at_end(bytes: &[u8], error: &serde_json::Error) -> bool {
    let before: usize =
        bytes.split_inclusive(|byte| *byte == b'\n').take(error.line().saturating_sub(1)).map(<[u8]>::len).sum();
    error.is_eof() || (error.is_syntax() && before + error.column() >= bytes.len())
}

fn names_format(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(256)];
    start.windows(FORMAT.len()).any(|window| window == FORMAT.as_bytes())
}
