//! Clips with known truth, whatever form they had on disk.

use super::pickle::PickleError;
use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size, SourcePoint};
use crate::media::MediaError;
use crate::tracks::Query;
use ndarray::{Array2, Array3};
use ndarray_npy::ReadNpzError;
use std::io;
use std::path::PathBuf;

/// Why a clip with known truth cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// The file or folder cannot be read.
    #[error("the evaluation clip cannot be read: {}", path.display())]
    Unreadable {
        /// Where it lies.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// An array is missing or of another type.
    #[error("no evaluation clip: the array '{array}' cannot be read: {}", path.display())]
    Array {
        /// Where the file lies.
        path: PathBuf,
        /// The array's name.
        array: &'static str,
        /// Why not.
        source: ReadNpzError,
    },
    /// The arrays do not belong together.
    #[error("no evaluation clip: {problem}: {}", path.display())]
    Shape {
        /// Where the file lies.
        path: PathBuf,
        /// What does not fit.
        problem: String,
    },
    /// The points of a folder of pictures cannot be understood.
    #[error("no evaluation clip: the points cannot be read: {}", path.display())]
    Points {
        /// Where they lie.
        path: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// The pictures of a folder cannot be read.
    #[error("no evaluation clip: the pictures cannot be read: {}", path.display())]
    Pictures {
        /// The folder.
        path: PathBuf,
        /// Why not.
        source: MediaError,
    },
    /// A file of pickled clips cannot be read.
    #[error("no evaluation clips: {source}: {}", path.display())]
    Pickle {
        /// Where it lies.
        path: PathBuf,
        /// Why not.
        source: PickleError,
    },
    /// A folder without a clip in it.
    #[error(
        "no evaluation clips (.npz, .pkl, or folders with pictures and points.json) in this folder: {}",
        path.display()
    )]
    Empty {
        /// The folder.
        path: PathBuf,
    },
}

/// Where a point is on a frame, and whether it can be seen there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truth {
    /// The place; any, where it cannot be seen.
    pub point: SourcePoint,
    /// Whether it can be seen.
    pub visible: bool,
}

/// Of which frames the truth is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// Of all.
    Everywhere,
    /// Of the first, on which every point is to be seen, and of the last.
    AtEnd,
}

/// From where points are followed, as TAP-Vid names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueryMode {
    /// Each from where it can first be seen, forwards; the frames after that count.
    #[default]
    First,
    /// Each from every fifth frame on which it can be seen, both ways; all frames but its own count.
    Strided,
}

/// From how many frames to how many [`QueryMode::Strided`] asks.
const STRIDE_FRAMES: usize = 5;

/// A clip of which it is known where its points are.
#[derive(Clone, Debug)]
pub struct EvalClip {
    /// What it is called.
    pub name: String,
    /// The size of the pictures.
    pub size: Size,
    /// The pictures.
    pub frames: Vec<Frame>,
    /// Of which frames the truth is known.
    pub known: Known,
    /// What to track, `[N]`: a point may be asked for more than once.
    pub queries: Vec<Query>,
    /// Which frames count.
    pub query_mode: QueryMode,
    /// The truth, `[N][T]`, where it is known.
    pub truth: Vec<Vec<Option<Truth>>>,
    /// On which share of the frames after their query the points are to be seen; 0 where there are no such frames.
    pub visible_share: f64,
}

impl EvalClip {
    /// A clip whose points are known on every frame: `tracks` `[N, T, 2]` (pixels of the clip) and `visible` `[N, T]`.
    /// Points that can nowhere be seen are left out, as TAP-Vid does.
    ///
    /// # Errors
    /// A sentence, when the arrays do not belong together.
    pub(super) fn known_everywhere(
        name: String,
        (size, frames): (Size, Vec<Frame>),
        tracks: &Array3<f32>,
        visible: &Array2<bool>,
    ) -> Result<Self, String> {
        let (num_points, num_frames, axes) = tracks.dim();
        if frames.is_empty() || num_points == 0 {
            return Err("no frames or no points".to_owned());
        }
        if axes != 2 || num_frames != frames.len() || visible.dim() != (num_points, num_frames) {
            return Err("the pictures, the tracks [N, T, 2] and their visibility [N, T] do not fit together".to_owned());
        }
        if !tracks.iter().all(|v| v.is_finite()) {
            return Err("a track is not finite".to_owned());
        }
        let truth = |n: usize, t: usize| {
            let point = SourcePoint::new(tracks[[n, t, 0]], tracks[[n, t, 1]]);
            Some(Truth { point, visible: visible[[n, t]] })
        };
        let is_seen = |&n: &usize| visible.row(n).iter().any(|seen| *seen);
        let truth: Vec<Vec<_>> =
            (0..num_points).filter(is_seen).map(|n| (0..num_frames).map(|t| truth(n, t)).collect()).collect();
        let mut clip = Self::new(name, (size, frames), Known::Everywhere, truth);
        let later: Vec<bool> = clip.judged().map(|(_, _, truth)| truth.visible).collect();
        clip.visible_share = later.iter().filter(|seen| **seen).count() as f64 / later.len().max(1) as f64;
        Ok(clip)
    }

    /// A clip whose points are followed from where they can first be seen, which each can somewhere.
    pub(super) fn new(
        name: String,
        (size, frames): (Size, Vec<Frame>),
        known: Known,
        truth: Vec<Vec<Option<Truth>>>,
    ) -> Self {
        let first = |track: &Vec<Option<Truth>>| {
            let seen = track.iter().enumerate().find_map(|(t, truth)| Some((t, truth.filter(|truth| truth.visible)?)));
            let (frame, truth) = seen.expect("each point can be seen somewhere");
            Query { frame: FrameIndex::new(frame), point: truth.point }
        };
        let queries = truth.iter().map(first).collect();
        Self { name, size, frames, known, queries, query_mode: QueryMode::First, truth, visible_share: 0.0 }
    }

    /// The same points, asked for on every fifth frame on which they can be seen.
    ///
    /// # Panics
    /// If the truth is not known on every frame.
    #[must_use]
    pub fn strided(mut self) -> Self {
        assert_eq!(self.known, Known::Everywhere, "points can be asked for where they are known");
        let (mut queries, mut truth) = (Vec::new(), Vec::new());
        let num_frames = self.truth.first().map_or(0, Vec::len);
        for t in (0..num_frames).step_by(STRIDE_FRAMES) {
            for track in &self.truth {
                if let Some(here) = track[t].filter(|truth| truth.visible) {
                    queries.push(Query { frame: FrameIndex::new(t), point: here.point });
                    truth.push(track.clone());
                }
            }
        }
        (self.queries, self.truth, self.query_mode) = (queries, truth, QueryMode::Strided);
        self
    }
}
