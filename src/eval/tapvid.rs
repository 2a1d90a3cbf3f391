//! TAP-Vid's and `RoboTAP`'s own files: pickles of clips.

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::SourcePoint;
    use proptest::prelude::*;

    fn golden(protocol: u8) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/clips_{protocol}.pkl"))
    }

    fn clips(path: &Path) -> Result<Vec<EvalClip>, EvalError> {
        let clips = PickledClips::open(path)?;
        (0..clips.len()).map(|at| clips.read(at)).collect()
    }

    #[test]
    fn every_form_of_a_clip_is_the_same_clip() {
        let names = [(2, &["clips_2_000"][..]), (4, &["plain", "coded"]), (5, &["plain", "coded"])];
        for (protocol, names) in names {
            let clips = clips(&golden(protocol)).unwrap();
            assert_eq!(clips.iter().map(|clip| clip.name.as_str()).collect::<Vec<_>>(), names);
            for clip in clips {
                assert_eq!((clip.size, clip.frames.len()), (Size::new(16, 12), 4));
                // As `tests/golden/make_pickles.py` draws it; a JPEG is a little off.
                let off = if clip.name == "coded" { 8 } else { 0 };
                for (t, frame) in clip.frames.iter().enumerate() {
                    for (x, y) in [(0, 0), (15, 0), (4, 11), (9, 6)] {
                        let expected = [0, 30, 60].map(|c| (40 * t as u32 + 3 * y + 5 * x + c) as u8);
                        let is_near = |(a, b): (&u8, &u8)| a.abs_diff(*b) <= off;
                        assert!(frame.pixel(x, y).iter().zip(&expected).all(is_near), "{} {t} {x} {y}", clip.name);
                    }
                }
                for (n, t) in [(0, 0), (0, 3), (1, 0), (1, 2)] {
                    let truth = clip.truth[n][t].unwrap();
                    // Half a pixel less than in the file: there the first pixel's corner is (0, 0), here its middle.
                    let (x, y) = ((2 + 3 * n + t) as f32 - 0.5, (1 + 2 * n + t) as f32 - 0.5);
                    assert!(truth.point.distance(SourcePoint::new(x, y)) < 1e-5, "{truth:?}");
                    assert_eq!(truth.visible, !(n == 1 && (t == 0 || t == 3)));
                }
                assert_eq!(clip.queries[1].frame, FrameIndex(1), "where it is first seen");
            }
        }
    }

    #[test]
    fn a_pickle_of_something_else_is_refused_in_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("other.pkl");
        let plain = std::fs::read(golden(4)).unwrap();
        let swapped = |from: &[u8], to: &[u8]| {
            let at = plain.windows(from.len()).position(|window| window == from).unwrap();
            [&plain[..at], to, &plain[at + from.len()..]].concat()
        };
        for (bytes, cause) in [
            (b"].".to_vec(), "no dict or list of clips"),
            (b"K\x01.".to_vec(), "no dict or list of clips"),
            (b"]}a.".to_vec(), "clip 'other_000': 'video' is no array"),
            (swapped(b"points", b"poimts"), "clip 'plain': 'points' is no array"),
            (
                swapped(b"K\x04K\x0cK\x10K\x03", b"K\x04K\x0cK\x11K\x03"),
                "an array of the shape [4, 12, 17, 3] has 2304 bytes",
            ),
            (swapped(b"K\x04K\x0cK\x10K\x03", b"K\x04K\x10K\x0cK\x04"), "4 colours"),
            (swapped(b"f4", b"f2"), "not of 32 or 64 bit numbers"),
            (swapped(b"\xff\xd8\xff", b"\0\0\0"), "picture 0 does not decode"),
        ] {
            std::fs::write(&path, bytes).unwrap();
            let error = clips(&path).unwrap_err().to_string();
            assert!(error.contains(cause) && error.ends_with("other.pkl"), "{cause}: {error}");
        }
    }

    proptest! {
        #[test]
        fn no_damage_is_more_than_an_error(at in 0usize..5856, byte in any::<u8>(), cut in 0usize..64) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("damaged.pkl");
            let mut bytes = std::fs::read(golden(4)).unwrap();
            bytes[at] = byte;
            bytes.drain(at..(at + cut).min(5856));
            std::fs::write(&path, bytes).unwrap();
            if let Err(error) = clips(&path) {
                prop_assert!(!error.to_string().contains('\n'));
            }
        }
    }
}
