//! Frames in and out: videos, image folders, synthetic clips and cameras are read, clips and PNG files are written.
//!
//! Knows nothing of tracking. Every call blocks the calling thread; `session` and `cli` decide which thread that is.

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
use std::path::Path;
use std::sync::Once;

pub use camera::{
    CameraChoice, CameraError, CameraFormat, CameraId, CameraListing, CameraRequest, CameraStream, PixelFormat, Shot,
    list_cameras, open_camera,
};
pub use clip_writer::{ClipAudio, ClipCodec, ClipEncoding, ClipRate, ClipReport, ClipSettings, ClipWriter};
pub use cuts::{CutFinder, FrameSummary};
pub use images::ImageFolder;
pub use png::{PngPixels, write_png};
pub use resizer::Resizer;
pub use source::{FrameSource, MediaError, SourceInfo, SourceKind};
pub use synthetic::SyntheticSource;
pub use video::VideoFile;

/// Pictures with a longer side are refused before anything is allocated: 16,384 is what video codecs end at.
const MAX_SIDE_PX: u32 = 16_384;
/// Pictures of more pixels are refused too: 400 MB as RGB.
const MAX_AREA_PX: u64 = 1 << 27;

/// How to read what does not say it itself.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OpenOptions {
    /// Frames per second of an image folder; 30 where `None`. Videos carry their own times and ignore it.
    pub frame_rate: Option<f64>,
}

/// Opens a video file or a folder of images.
///
/// # Errors
/// [`MediaError::Unreadable`] with the cause: nothing there, no permission, not a regular file, not a video, no picture
/// that decodes, images of different sizes, …
pub fn open(path: &Path, options: &OpenOptions) -> Result<Box<dyn FrameSource>, MediaError> {
    let unreadable = |problem: &str| MediaError::Unreadable { problem: problem.to_owned(), path: path.to_path_buf() };
    let metadata = std::fs::metadata(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => unreadable("there is no such file or folder"),
        ErrorKind::PermissionDenied => unreadable("there is no permission to read this"),
        _ => unreadable(&error.to_string()),
    })?;
    if metadata.is_dir() {
        return Ok(Box::new(ImageFolder::open(path, options.frame_rate.unwrap_or(images::DEFAULT_FRAME_RATE))?));
    }
    // Opening a FIFO would wait for a writer for ever, and a device never ends.
    if !metadata.is_file() {
        return Err(unreadable("this is neither a regular file nor a folder"));
    }
    if metadata.len() == 0 {
        return Err(unreadable("the file is empty"));
    }
    Ok(Box::new(VideoFile::open(path)?))
}

/// Whether a picture is too large to be taken in.
fn is_absurd_size(width: u32, height: u32) -> bool {
    width > MAX_SIDE_PX || height > MAX_SIDE_PX || u64::from(width) * u64::from(height) > MAX_AREA_PX
}

/// Keeps libav's own messages off the user's terminal; they are shown when debug messages are asked for.
fn silence_libav() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        use ffmpeg_the_third::log::{Level, set_level};
        set_level(if tracing::enabled!(tracing::Level::DEBUG) { Level::Warning } else { Level::Quiet });
    });
}
