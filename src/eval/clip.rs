//! Clips with known truth: as `NumPy` archives, or as folders of pictures with `points.json`.

use super::ends;
use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size, SourcePoint};
use crate::media::MediaError;
use crate::tracks::Query;
use ndarray::{Array2, Array3, Array4};
use ndarray_npy::{NpzReader, ReadNpzError};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

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
    /// A folder without a clip in it.
    #[error("no evaluation clips (.npz, or folders with pictures and points.json) in this folder: {}", path.display())]
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

/// A clip of which it is known where its points are.
///
/// On disk it is one of two things. A `.npz` of `video` `[T, H, W, 3]` u8 (RGB), `tracks` `[N, T, 2]` f32 (x, y in
/// pixels, (0, 0) the centre of the top-left one) and `visible` `[N, T]` bool; `scripts/tapvid_to_npz.py` makes such
/// files from TAP-Vid's. Or a folder of pictures with `points.json`: `width`, `height`, `frames`, and for each of
/// `points` its `query` `[x, y]` on the first frame, its `end` `[x, y]` on the last one (null where it is hidden there)
/// and `visible_frames`, on how many it is to be seen.
#[derive(Clone, Debug)]
pub struct EvalClip {
    /// The file's stem, or the folder's name.
    pub name: String,
    /// The size of the pictures.
    pub size: Size,
    /// The pictures.
    pub frames: Vec<Frame>,
    /// Of which frames the truth is known.
    pub known: Known,
    /// The truth, `[N][T]`, where it is known; somewhere each point can be seen.
    pub truth: Vec<Vec<Option<Truth>>>,
    /// On which share of the frames after their query the points are to be seen; 0 where there are no such frames.
    pub visible_share: f64,
}

impl EvalClip {
    /// Reads a clip. Points that can nowhere be seen are left out.
    ///
    /// # Errors
    /// When the file or folder cannot be read or is no such clip.
    pub fn read(path: &Path) -> Result<Self, EvalError> {
        if path.is_dir() { ends::read(path) } else { Self::read_archive(path) }
    }

    fn read_archive(path: &Path) -> Result<Self, EvalError> {
        let unreadable = |source| EvalError::Unreadable { path: path.to_owned(), source };
        let misshaped = |problem: &str| EvalError::Shape { path: path.to_owned(), problem: problem.to_owned() };
        let of = |array, source| EvalError::Array { path: path.to_owned(), array, source };
        let file = File::open(path).map_err(unreadable)?;
        let mut npz = NpzReader::new(file).map_err(|source| of("video", source))?;
        let video: Array4<u8> = npz.by_name("video").map_err(|source| of("video", source))?;
        let tracks: Array3<f32> = npz.by_name("tracks").map_err(|source| of("tracks", source))?;
        let visible: Array2<bool> = npz.by_name("visible").map_err(|source| of("visible", source))?;

        let (num_frames, height, width, channels) = video.dim();
        let (num_points, of_tracks, axes) = tracks.dim();
        if num_frames == 0 || num_points == 0 || !(1..=16384).contains(&height) || !(1..=16384).contains(&width) {
            return Err(misshaped("no frames, no points or no picture"));
        }
        if channels != 3 || axes != 2 || of_tracks != num_frames || visible.dim() != (num_points, num_frames) {
            return Err(misshaped("video [T, H, W, 3], tracks [N, T, 2] and visible [N, T] do not fit together"));
        }
        if !tracks.iter().all(|v| v.is_finite()) {
            return Err(misshaped("a track is not finite"));
        }
        let size = Size::new(width as u32, height as u32);
        let picture = |(index, rgb): (usize, ndarray::ArrayView3<u8>)| {
            Frame::new(FrameIndex::new(index), index as f64 / 30.0, size, rgb.iter().copied().collect())
        };
        let is_seen = |&n: &usize| visible.row(n).iter().any(|seen| *seen);
        let seen: Vec<usize> = (0..num_points).filter(is_seen).collect();
        let truth = |n: usize, t: usize| {
            let point = SourcePoint::new(tracks[[n, t, 0]], tracks[[n, t, 1]]);
            Some(Truth { point, visible: visible[[n, t]] })
        };
        let after = |&n: &usize| visible.row(n).iter().copied().skip_while(|seen| !seen).skip(1).collect::<Vec<_>>();
        let after: Vec<bool> = seen.iter().flat_map(after).collect();
        Ok(Self {
            name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            size,
            frames: video.outer_iter().enumerate().map(picture).collect(),
            known: Known::Everywhere,
            truth: seen.iter().map(|&n| (0..num_frames).map(|t| truth(n, t)).collect()).collect(),
            visible_share: after.iter().filter(|seen| **seen).count() as f64 / after.len().max(1) as f64,
        })
    }

    /// The clips of a folder in the order of their names, or the one clip that is named.
    ///
    /// # Errors
    /// When the folder cannot be read or holds none.
    pub fn paths(path: &Path) -> Result<Vec<PathBuf>, EvalError> {
        if path.is_file() || ends::is_clip(path) {
            return Ok(vec![path.to_owned()]);
        }
        let unreadable = |source| EvalError::Unreadable { path: path.to_owned(), source };
        let entries = std::fs::read_dir(path).map_err(unreadable)?;
        let entries = entries.collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
        let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
        let is_archive = |path: &Path| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("npz"));
        paths.retain(|path| is_archive(path) || ends::is_clip(path));
        paths.sort();
        if paths.is_empty() { Err(EvalError::Empty { path: path.to_owned() }) } else { Ok(paths) }
    }

    /// What to track: each point where it can first be seen.
    ///
    /// # Panics
    /// If the clip was put together with a point that can nowhere be seen.
    #[must_use]
    pub fn queries(&self) -> Vec<Query> {
        let first = |track: &Vec<Option<Truth>>| {
            let seen = track.iter().enumerate().find_map(|(t, truth)| Some((t, truth.filter(|truth| truth.visible)?)));
            let (frame, truth) = seen.expect("each point can be seen somewhere");
            Query { frame: FrameIndex::new(frame), point: truth.point }
        };
        self.truth.iter().map(first).collect()
    }
}
