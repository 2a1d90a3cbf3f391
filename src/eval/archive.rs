//! Clips as `NumPy` archives.

use super::clip::{EvalClip, EvalError};
use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size};
use ndarray::{Array2, Array3, Array4, ArrayView3};
use ndarray_npy::NpzReader;
use std::fs::File;
use std::path::Path;

/// Frames per second of clips that do not say.
pub(super) const FRAME_RATE: f64 = 30.0;

/// Reads one.
pub(super) fn read(path: &Path) -> Result<EvalClip, EvalError> {
    let unreadable = |source| EvalError::Unreadable { path: path.to_owned(), source };
    let misshaped = |problem: String| EvalError::Shape { path: path.to_owned(), problem };
    let of = |array, source| EvalError::Array { path: path.to_owned(), array, source };
    let file = File::open(path).map_err(unreadable)?;
    let mut npz = NpzReader::new(file).map_err(|source| of("video", source))?;
    let video: Array4<u8> = npz.by_name("video").map_err(|source| of("video", source))?;
    let tracks: Array3<f32> = npz.by_name("tracks").map_err(|source| of("tracks", source))?;
    let visible: Array2<bool> = npz.by_name("visible").map_err(|source| of("visible", source))?;
    let (_, height, width, channels) = video.dim();
    let size = picture_size(height, width, channels).map_err(misshaped)?;
    let picture = |(index, rgb): (usize, ArrayView3<u8>)| {
        Frame::new(FrameIndex::new(index), index as f64 / FRAME_RATE, size, rgb.iter().copied().collect())
    };
    let frames = video.outer_iter().enumerate().map(picture).collect();
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    EvalClip::known_everywhere(name, (size, frames), &tracks, &visible).map_err(misshaped)
}

/// The size of RGB pictures.
pub(super) fn picture_size(height: usize, width: usize, channels: usize) -> Result<Size, String> {
    if channels != 3 || !(1..=16384).contains(&height) || !(1..=16384).contains(&width) {
        return Err(format!("no pictures: {height} rows of {width} pixels with {channels} colours"));
    }
    Ok(Size::new(width as u32, height as u32))
}
