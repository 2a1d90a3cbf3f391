//! Frames in and out: videos, image folders, synthetic clips and cameras are read, clips and PNG files are written.
//!
//! Knows nothing of tracking. Every call blocks the calling thread; `session` and `cli` decide which thread that is.

mod bridged;
mod camera;
mod clip_writer;
mod cuts;
mod images;
mod orientation;
mod png;
mod resizer;
mod scaler;
mod sequence;
mod source;
mod synthetic;
mod video;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Once;

pub use bridged::BridgedSource;
pub use camera::{
    CameraChoice, CameraError, CameraFormat, CameraId, CameraListing, CameraRequest, CameraStream, FrameRate,
    PixelFormat, Shot, list_cameras, open_camera,
};
pub use clip_writer::{ClipAudio, ClipCodec, ClipEncoding, ClipRate, ClipReport, ClipSettings, ClipWriter};
pub use cuts::{CutFinder, FrameSummary};
pub use images::{IMAGE_ENDINGS, ImageFolder};
pub use png::{PngPixels, write_png};
pub use resizer::Resizer;
pub use source::{FrameSource, MediaError, SourceInfo, SourceKind, parse_frame_rate};
pub use synthetic::SyntheticSource;
pub use video::VideoFile;

/// Pictures with a longer side are refused before anything is allocated: 16,384 is what video codecs end at.
const MAX_SIDE_PX: u32 = 16_384;
/// Pictures of more pixels are refused too: 400 MB as RGB.
const MAX_AREA_PX: u64 = 1 << 27;

/// Frames per second where neither the source nor the user says another.
const DEFAULT_FRAME_RATE: f64 = 30.0;

/// Endings of the videos that most people have. Others are read as well, where they are named.
pub const VIDEO_ENDINGS: [&str; 16] =
    ["mp4", "mov", "mkv", "webm", "avi", "m4v", "mts", "m2ts", "ts", "mpg", "mpeg", "gif", "wmv", "flv", "ogv", "mxf"];

/// How to read what does not say it itself.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OpenOptions {
    /// Frames per second of a source that has no times of its own: a folder of images, a raw stream. Sources with times
    /// ignore it. Where `None`, what the stream says of its rate, or 30.
    pub frame_rate: Option<f64>,
    /// Which of a file's picture streams, or of its images' layers, counted from 1; the largest stream, the main layer
    /// where `None`.
    pub stream: Option<usize>,
}

impl OpenOptions {
    /// The rate that was given, for the source at this path.
    fn rate_for(&self, path: &Path) -> Result<Option<f64>, MediaError> {
        match self.frame_rate {
            Some(rate) if !(rate.is_finite() && rate > 0.0) => Err(MediaError::Unreadable {
                problem: format!("{rate} frames per second is not a frame rate"),
                path: path.to_path_buf(),
            }),
            rate => Ok(rate),
        }
    }
}

/// What can be opened: where it lies, and how to read it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClipSource {
    /// A video file, a folder of images, or a sequence of them: a pattern, or one of its images.
    pub path: PathBuf,
    /// How to read it.
    pub options: OpenOptions,
}

impl From<PathBuf> for ClipSource {
    fn from(path: PathBuf) -> Self {
        Self { path, options: OpenOptions::default() }
    }
}

impl From<&Path> for ClipSource {
    fn from(path: &Path) -> Self {
        path.to_path_buf().into()
    }
}

impl ClipSource {
    /// Opens it.
    ///
    /// # Errors
    /// As [`open`].
    pub fn open(&self) -> Result<Box<dyn FrameSource>, MediaError> {
        open(&self.path, &self.options)
    }
}

/// Opens a video file, a folder of images, or a sequence of them by a pattern or by one of its images.
///
/// # Errors
/// [`MediaError::Unreadable`] with the cause: nothing there, no permission, not a regular file, not a video, no picture
/// that decodes, images of different sizes, …
pub fn open(path: &Path, options: &OpenOptions) -> Result<Box<dyn FrameSource>, MediaError> {
    let unreadable = |problem: &str| MediaError::Unreadable { problem: problem.to_owned(), path: path.to_path_buf() };
    if let Some(sequence) = ImageFolder::open_sequence(path, options) {
        return Ok(Box::new(sequence?));
    }
    let metadata = std::fs::metadata(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => unreadable("there is no such file or folder"),
        ErrorKind::PermissionDenied => unreadable("there is no permission to read this"),
        _ => unreadable(&error.to_string()),
    })?;
    if metadata.is_dir() {
        return Ok(Box::new(ImageFolder::open(path, options)?));
    }
    // Opening a FIFO would wait for a writer for ever, and a device never ends.
    if !metadata.is_file() {
        return Err(unreadable("this is neither a regular file nor a folder"));
    }
    if metadata.len() == 0 {
        return Err(unreadable("the file is empty"));
    }
    Ok(Box::new(VideoFile::open(path, options)?))
}

/// Whether a picture is too large to be taken in.
fn is_absurd_size(width: u32, height: u32) -> bool {
    width > MAX_SIDE_PX || height > MAX_SIDE_PX || u64::from(width) * u64::from(height) > MAX_AREA_PX
}

/// Pixels further from square than this are a mistake of the file: they count as square.
const MAX_PIXEL_ASPECT: f64 = 10.0;

/// How wide a pixel is, in its heights, where a file says so.
fn sane_aspect(aspect: f64) -> f64 {
    if (1.0 / MAX_PIXEL_ASPECT..=MAX_PIXEL_ASPECT).contains(&aspect) { aspect } else { 1.0 }
}

/// Keeps libav's own messages off the user's terminal; they are shown when debug messages are asked for.
fn silence_libav() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        use ffmpeg_the_third::log::{Level, set_level};
        set_level(if tracing::enabled!(tracing::Level::DEBUG) { Level::Warning } else { Level::Quiet });
    });
}
