//! Clips with known truth, as `NumPy` archives.

use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size, SourcePoint};
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
        problem: &'static str,
    },
    /// A folder without a clip in it.
    #[error("no evaluation clips (.npz) in this folder: {}", path.display())]
    Empty {
        /// The folder.
        path: PathBuf,
    },
}

/// A clip of which it is known where its points are.
///
/// On disk it is a `.npz` of `video` `[T, H, W, 3]` u8 (RGB), `tracks` `[N, T, 2]` f32 (x, y in pixels, (0, 0) the
/// centre of the top-left one) and `visible` `[N, T]` bool; `scripts/tapvid_to_npz.py` makes such files from TAP-Vid's.
#[derive(Clone, Debug)]
pub struct EvalClip {
    /// The file's stem.
    pub name: String,
    /// The pictures.
    pub frames: Vec<Frame>,
    /// Where each point is, `[N][T]`.
    pub tracks: Vec<Vec<SourcePoint>>,
    /// Whether it can be seen there, `[N][T]`; somewhere each can.
    pub visible: Vec<Vec<bool>>,
}

impl EvalClip {
    /// Reads a clip. Points that can nowhere be seen are left out.
    ///
    /// # Errors
    /// When the file cannot be read or is no such archive.
    pub fn read(path: &Path) -> Result<Self, EvalError> {
        let unreadable = |source| EvalError::Unreadable { path: path.to_owned(), source };
        let misshaped = |problem| EvalError::Shape { path: path.to_owned(), problem };
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
        let point = |n: usize, t: usize| SourcePoint::new(tracks[[n, t, 0]], tracks[[n, t, 1]]);
        Ok(Self {
            name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            frames: video.outer_iter().enumerate().map(picture).collect(),
            tracks: seen.iter().map(|&n| (0..num_frames).map(|t| point(n, t)).collect()).collect(),
            visible: seen.iter().map(|&n| visible.row(n).to_vec()).collect(),
        })
    }

    /// The `.npz` files of a folder in the order of their names, or the one file that is named.
    ///
    /// # Errors
    /// When the folder cannot be read or holds none.
    pub fn paths(path: &Path) -> Result<Vec<PathBuf>, EvalError> {
        if path.is_file() {
            return Ok(vec![path.to_owned()]);
        }
        let unreadable = |source| EvalError::Unreadable { path: path.to_owned(), source };
        let entries = std::fs::read_dir(path).map_err(unreadable)?;
        let entries = entries.collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
        let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("npz")));
        paths.sort();
        if paths.is_empty() { Err(EvalError::Empty { path: path.to_owned() }) } else { Ok(paths) }
    }

    /// The size of the pictures.
    ///
    /// # Panics
    /// If the clip was put together without frames.
    #[must_use]
    pub fn size(&self) -> Size {
        self.frames[0].size()
    }

    /// What to track: each point where it can first be seen.
    #[must_use]
    pub fn queries(&self) -> Vec<Query> {
        let first = |(track, visible): (&Vec<SourcePoint>, &Vec<bool>)| {
            let frame = visible.iter().position(|seen| *seen).unwrap_or_default();
            Query { frame: FrameIndex::new(frame), point: track[frame] }
        };
        self.tracks.iter().zip(&self.visible).map(first).collect()
    }
}
