//! Where clips with known truth lie: files and folders, some of which hold several.

use super::clip::{EvalClip, EvalError};
use super::tapvid::PickledClips;
use super::{archive, ends};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A clip that can be read.
#[derive(Clone, Debug)]
pub enum ClipSource {
    /// A `.npz` of `video` `[T, H, W, 3]` u8 (RGB), `tracks` `[N, T, 2]` f32 (x, y in pixels, (0, 0) the centre of the
    /// top-left one) and `visible` `[N, T]` bool.
    Archive(PathBuf),
    /// A folder of pictures with `points.json`: `width`, `height`, `frames`, and for each of `points` its `query`
    /// `[x, y]` on the first frame, its `end` `[x, y]` on the last one (null where it is hidden there) and
    /// `visible_frames`, on how many it is to be seen.
    Pictures(PathBuf),
    /// One of the clips of a `.pkl` file of TAP-Vid's.
    Pickled(Arc<PickledClips>, usize),
}

impl ClipSource {
    /// The clips of a folder in the order of their names, or those of the file or folder that is named.
    ///
    /// # Errors
    /// When there are none, or what is there cannot be read.
    pub fn find(path: &Path) -> Result<Vec<Self>, EvalError> {
        if path.is_file() || ends::is_clip(path) {
            return Self::at(path);
        }
        let unreadable = |source| EvalError::Unreadable { path: path.to_owned(), source };
        let entries = std::fs::read_dir(path).map_err(unreadable)?;
        let entries = entries.collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
        let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
        paths.retain(|path| has_ending(path, "npz") || has_ending(path, "pkl") || ends::is_clip(path));
        paths.sort();
        if paths.is_empty() {
            return Err(EvalError::Empty { path: path.to_owned() });
        }
        Ok(paths.iter().map(|path| Self::at(path)).collect::<Result<Vec<_>, _>>()?.concat())
    }

    fn at(path: &Path) -> Result<Vec<Self>, EvalError> {
        if path.is_dir() {
            return Ok(vec![Self::Pictures(path.to_owned())]);
        }
        if !has_ending(path, "pkl") {
            return Ok(vec![Self::Archive(path.to_owned())]);
        }
        let clips = Arc::new(PickledClips::open(path)?);
        Ok((0..clips.len()).map(|at| Self::Pickled(Arc::clone(&clips), at)).collect())
    }

    /// Reads the clip.
    ///
    /// # Errors
    /// When it cannot be read, or is no such clip.
    pub fn read(&self) -> Result<EvalClip, EvalError> {
        match self {
            Self::Archive(path) => archive::read(path),
            Self::Pictures(path) => ends::read(path),
            Self::Pickled(clips, at) => clips.read(*at),
        }
    }
}

fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|there| there.eq_ignore_ascii_case(ending))
}
