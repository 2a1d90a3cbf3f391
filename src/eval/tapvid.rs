//! TAP-Vid's and RoboTAP's own files: pickles of clips.

use super::archive::{FRAME_RATE, picture_size};
use super::clip::{EvalClip, EvalError};
use super::pickle::{Array, Id, Pickle, PickleError, Value};
use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size};
use image::{ImageReader, Limits};
use ndarray::{Array2, Array3, Axis, Ix2, Ix3, Ix4};
use std::io::Cursor;
use std::path::{Path, PathBuf};

/// A clip's pictures may take so much memory.
const MAX_CLIP_BYTES: usize = 4 << 30;
/// A single one may take so much while it is decoded.
const MAX_PICTURE_BYTES: u64 = 1 << 30;

/// The clips of a file: a dict of them by name, or a list.
///
/// Each is a dict of `video`, u8 `[T, H, W, 3]` or a list of `T` pictures (JPEG, PNG) as bytes; `points` f32 or f64
/// `[N, T, 2]` (x, y from 0 to 1, (0, 0) the outer corner of the top-left pixel); and `occluded` bool `[N, T]`. Nothing
/// that is in the file is run.
#[derive(Debug)]
pub struct PickledClips {
    path: PathBuf,
    pickle: Pickle,
    clips: Vec<(String, Id)>,
}

impl PickledClips {
    /// Looks which clips are in a file.
    ///
    /// # Errors
    /// When it cannot be read, is damaged, or holds something else.
    pub(super) fn open(path: &Path) -> Result<Self, EvalError> {
        let failed = |source| EvalError::Pickle { path: path.to_owned(), source };
        let pickle = Pickle::open(path).map_err(failed)?;
        let clips: Option<Vec<(String, Id)>> = match pickle.root() {
            Value::Dict(clips) => clips.iter().map(|(name, clip)| Some((pickle.text(*name)?.into(), *clip))).collect(),
            Value::List(clips) | Value::Tuple(clips) => {
                let stem = path.file_stem().unwrap_or_default().to_string_lossy();
                Some(clips.iter().enumerate().map(|(at, clip)| (format!("{stem}_{at:03}"), *clip)).collect())
            }
            _ => None,
        };
        let clips = clips.filter(|clips| !clips.is_empty());
        let missing = || failed(PickleError::Unexpected("it holds no dict or list of clips".into()));
        let clips = clips.ok_or_else(missing)?;
        Ok(Self { path: path.to_owned(), pickle, clips })
    }

    /// How many.
    pub(super) fn len(&self) -> usize {
        self.clips.len()
    }

    /// Reads one of them.
    pub(super) fn read(&self, at: usize) -> Result<EvalClip, EvalError> {
        let (name, clip) = &self.clips[at];
        let in_clip = |problem: String| {
            let problem = format!("clip '{}': {problem}", name.escape_debug());
            EvalError::Pickle { path: self.path.clone(), source: PickleError::Unexpected(problem) }
        };
        let damaged = |error: PickleError| in_clip(error.to_string());
        let (size, frames) = self.pictures(*clip).map_err(damaged)?;
        let (tracks, visible) = self.points(*clip, size).map_err(damaged)?;
        EvalClip::known_everywhere(name.clone(), (size, frames), &tracks, &visible).map_err(in_clip)
    }

    fn pictures(&self, clip: Id) -> Result<(Size, Vec<Frame>), PickleError> {
        let pickle = &self.pickle;
        let coded = match pickle.entry(clip, "video") {
            Some(Value::List(pictures) | Value::Tuple(pictures)) => pictures,
            Some(Value::Array(array)) => match array.objects(pickle) {
                Some(pictures) => pictures,
                None => return self.plain_pictures(array),
            },
            _ => return Err(unexpected("'video' is no array and no list of pictures")),
        };
        let (mut size, mut frames) = (None, Vec::with_capacity(coded.len()));
        for (index, picture) in coded.iter().enumerate() {
            let Value::Bytes(span) = pickle.value(*picture) else {
                return Err(unexpected(&format!("picture {index} of 'video' is not made of bytes")));
            };
            let (found, rgb) = decode(&pickle.bytes(*span)?)
                .map_err(|error| unexpected(&format!("picture {index} does not decode: {error}")))?;
            let expected = *size.get_or_insert(found);
            if found != expected || rgb.len().saturating_mul(coded.len()) > MAX_CLIP_BYTES {
                return Err(unexpected(&format!("the pictures are not all of {expected}, or take more than 4 GiB")));
            }
            frames.push(frame(index, found, rgb));
        }
        Ok((size.ok_or_else(|| unexpected("no pictures"))?, frames))
    }

    fn plain_pictures(&self, array: &Array) -> Result<(Size, Vec<Frame>), PickleError> {
        let [_, height, width, channels] = *array.shape() else {
            return Err(unexpected("'video' is not of the form [T, H, W, 3]"));
        };
        let size = picture_size(height, width, channels).map_err(|problem| unexpected(&problem))?;
        if array
            .shape()
            .iter()
            .try_fold(1, |len: usize, axis| len.checked_mul(*axis))
            .is_none_or(|len| len > MAX_CLIP_BYTES)
        {
            return Err(unexpected("the pictures take more than 4 GiB"));
        }
        let video =
            array.bytes(&self.pickle)?.into_dimensionality::<Ix4>().map_err(|error| unexpected(&error.to_string()))?;
        let picture =
            |(index, rgb): (usize, ndarray::ArrayView3<u8>)| frame(index, size, rgb.iter().copied().collect());
        Ok((size, video.axis_iter(Axis(0)).enumerate().map(picture).collect()))
    }

    /// Where the points are, in pixels whose centres are whole numbers, and whether they can be seen.
    fn points(&self, clip: Id, size: Size) -> Result<(Array3<f32>, Array2<bool>), PickleError> {
        let array = |name: &str| match self.pickle.entry(clip, name) {
            Some(Value::Array(array)) => Ok(array),
            _ => Err(unexpected(&format!("'{name}' is no array"))),
        };
        let flat =
            |error: ndarray::ShapeError| unexpected(&format!("'points' or 'occluded' has no such form: {error}"));
        let points = array("points")?.numbers(&self.pickle)?.into_dimensionality::<Ix3>().map_err(flat)?;
        let occluded = array("occluded")?.bytes(&self.pickle)?.into_dimensionality::<Ix2>().map_err(flat)?;
        let extent = [f64::from(size.width), f64::from(size.height)];
        if points.dim().2 != 2 {
            return Err(unexpected("'points' is not of the form [N, T, 2]"));
        }
        let pixels = |((_, _, axis), share): ((usize, usize, usize), &f64)| (share * extent[axis] - 0.5) as f32;
        let (n, t, _) = points.dim();
        let pixels: Vec<f32> = points.indexed_iter().map(pixels).collect();
        let tracks = Array3::from_shape_vec((n, t, 2), pixels).map_err(flat)?;
        Ok((tracks, occluded.map(|hidden| *hidden == 0)))
    }
}

fn unexpected(problem: &str) -> PickleError {
    PickleError::Unexpected(problem.to_owned())
}

fn frame(index: usize, size: Size, rgb: Vec<u8>) -> Frame {
    Frame::new(FrameIndex::new(index), index as f64 / FRAME_RATE, size, rgb)
}

fn decode(bytes: &[u8]) -> Result<(Size, Vec<u8>), image::ImageError> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(16384), Some(16384));
    limits.max_alloc = Some(MAX_PICTURE_BYTES);
    reader.limits(limits);
    let picture = reader.decode()?.into_rgb8();
    Ok((Size::new(picture.width(), picture.height()), picture.into_raw()))
}
