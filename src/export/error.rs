//! What can go wrong with an export.

use super::chart::UnknownChartFormat;
use crate::geometry::FrameIndex;
use crate::media::MediaError;
use crate::tracks::UnknownTableFormat;
use crate::whole;
use std::io;
use std::path::{Path, PathBuf};

/// Why there is no clip or table. What stood at the path before still stands there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The user called it off.
    #[error("the export was cancelled")]
    Cancelled,
    /// The table's name does not say its format.
    #[error(transparent)]
    UnknownTableFormat(#[from] UnknownTableFormat),
    /// The chart's name does not say its format.
    #[error(transparent)]
    UnknownChartFormat(#[from] UnknownChartFormat),
    /// The file cannot be written.
    #[error("{problem}: {}", path.display())]
    Unwritable {
        /// What is in the way, in one clause.
        problem: String,
        /// Where it should lie.
        path: PathBuf,
    },
    /// A folder of pictures would be mixed with other files, or replace them.
    #[error("this folder holds other files, which are neither mixed nor replaced; choose another name: {}", .0.display())]
    FolderInUse(PathBuf),
    /// A picture that is to stay on a track cannot be read.
    #[error("{problem}: {}", path.display())]
    UnreadablePin {
        /// Why.
        problem: String,
        /// Where it lies.
        path: PathBuf,
    },
    /// The pictures cannot be scaled.
    #[error("the pictures cannot be scaled: {0}")]
    Resizing(String),
    /// The clip would replace the video that it is made from.
    #[error("the clip would replace the video it is made from, choose another name: {}", .0.display())]
    WouldReplaceSource(PathBuf),
    /// The range of frames to write is empty, or reaches beyond the clip.
    #[error("frames {first} to {last} cannot be written: the clip has {num_frames} frames, counted from 0")]
    NoSuchFrames {
        /// The first frame asked for.
        first: FrameIndex,
        /// The last frame asked for.
        last: FrameIndex,
        /// How many there are.
        num_frames: usize,
    },
    /// Not one frame of the range decodes.
    #[error("no frame from {first} to {last} decodes")]
    NothingDecodes {
        /// The first frame tried.
        first: FrameIndex,
        /// The last frame tried.
        last: FrameIndex,
    },
    /// The source cannot be read any further, or the clip not be written.
    #[error(transparent)]
    Media(#[from] MediaError),
}

impl ExportError {
    /// The system's error in the user's words.
    pub(super) fn from_io(source: &io::Error, path: &Path) -> Self {
        Self::Unwritable { problem: whole::problem(source), path: path.to_owned() }
    }
}
