//! What every source of frames promises.

use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size};
use crate::measure::Footage;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a source is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// A video file.
    Video,
    /// A folder or a sequence of numbered images.
    Images,
    /// Pictures made by the program, for tests and benchmarks.
    Synthetic,
}

/// What is known of a source once it is open.
#[derive(Clone, Debug)]
pub struct SourceInfo {
    /// What it is made of.
    pub kind: SourceKind,
    /// Where it lies; empty for synthetic sources.
    pub path: PathBuf,
    /// Size of the upright picture, as it is stored: what coordinates count in.
    pub size: Size,
    /// How wide a pixel is to be shown, in heights of a pixel: 1 where pixels are square.
    pub pixel_aspect: f64,
    /// When each frame is shown, in seconds from the first one; one entry per frame, never falling.
    pub times_secs: Arc<[f64]>,
    /// What the names of the files call the first frame, where they count frames; else 0.
    pub first_number: u32,
    /// Nominal frames per second, for display and for writing; with variable frame rate, the average.
    pub frame_rate: f64,
    /// Whether frames are unevenly spaced in time.
    pub variable_rate: bool,
    /// Whether the source tells when its frames are shown; else they follow each other at [`Self::frame_rate`], which
    /// is assumed or was given.
    pub has_times: bool,
    /// The sizes of the file's picture streams, in the order of the file; none for what is no video.
    pub streams: Vec<Size>,
    /// Which of them is read, counted from 1.
    pub stream: usize,
    /// Whether the file has sound that an export can copy.
    pub has_audio: bool,
    /// The codec in plain words, such as "h264" or "png images".
    pub codec: String,
    /// What the user should know about the source, one sentence each (missing numbers, fewer frames than promised, …).
    /// Reading frames may add to them.
    pub warnings: Vec<String>,
}

impl SourceInfo {
    /// A source of square pixels without sound or times of its own: its frames follow each other evenly.
    #[must_use]
    pub fn even(
        kind: SourceKind,
        path: &Path,
        size: Size,
        num_frames: usize,
        frame_rate: f64,
        codec: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            path: path.to_path_buf(),
            size,
            pixel_aspect: 1.0,
            times_secs: even_times(num_frames, frame_rate),
            first_number: 0,
            frame_rate,
            variable_rate: false,
            has_times: false,
            streams: Vec::new(),
            stream: 1,
            has_audio: false,
            codec: codec.into(),
            warnings: Vec::new(),
        }
    }

    /// What measuring has to know of it.
    #[must_use]
    pub fn footage(&self) -> Footage {
        let Self { size, pixel_aspect, frame_rate, .. } = *self;
        Footage { size, pixel_aspect, frame_rate, times_secs: Arc::clone(&self.times_secs) }
    }

    /// The same source at another rate. One that has times of its own keeps them.
    #[must_use]
    pub fn at_rate(mut self, frame_rate: f64) -> Self {
        if !self.has_times {
            self.times_secs = even_times(self.num_frames(), frame_rate);
            self.frame_rate = frame_rate;
            self.warnings.retain(|warning| !warning.starts_with(NO_TIMES));
        }
        self
    }

    /// Size of the picture with square pixels, as it is to be shown: no side is shorter than the stored one.
    #[must_use]
    pub fn shown_size(&self) -> Size {
        let Size { width, height } = self.size;
        let stretched = |side: u32, by: f64| (f64::from(side) * by).round() as u32;
        if self.pixel_aspect >= 1.0 {
            Size::new(stretched(width, self.pixel_aspect), height)
        } else {
            Size::new(width, stretched(height, 1.0 / self.pixel_aspect))
        }
    }

    /// How many frames the source promises.
    #[must_use]
    pub fn num_frames(&self) -> usize {
        self.times_secs.len()
    }

    /// What a frame is called: counted from [`Self::first_number`].
    #[must_use]
    pub fn number(&self, frame: FrameIndex) -> u32 {
        frame.0.saturating_add(self.first_number)
    }

    /// What the first and the last frame are called.
    #[must_use]
    pub fn numbers(&self) -> (u32, u32) {
        (self.first_number, self.number(FrameIndex::new(self.num_frames().saturating_sub(1))))
    }

    /// The time of a frame in seconds, 0 for a frame that is not there.
    #[must_use]
    pub fn time_secs(&self, frame: FrameIndex) -> f64 {
        self.times_secs.get(frame.get()).copied().unwrap_or(0.0)
    }
}

/// What is said of a source without times, where nobody gave its rate.
pub(super) const NO_TIMES: &str = "the file tells no times";

/// Frames per second as somebody writes them: `25`, `29.97`, `29,97` or `30000/1001`. `None` for anything else, and for
/// what is not between 0.001 and 1000.
#[must_use]
pub fn parse_frame_rate(text: &str) -> Option<f64> {
    let number = |text: &str| text.trim().replacen(',', ".", 1).parse::<f64>().ok();
    let rate = match text.split_once('/') {
        Some((frames, secs)) => number(frames)? / number(secs)?,
        None => number(text)?,
    };
    (0.001..=1000.0).contains(&rate).then_some(rate)
}

fn even_times(num_frames: usize, frame_rate: f64) -> Arc<[f64]> {
    (0..num_frames).map(|i| i as f64 / frame_rate).collect()
}

/// A clip whose frames can be read by number.
pub trait FrameSource: Send {
    /// What is known of the source.
    fn info(&self) -> &SourceInfo;

    /// Reads one frame exactly. Reading in order is fast; another order costs a seek.
    ///
    /// # Errors
    /// [`MediaError::MissingFrame`] when the container promises the frame but it does not decode: others may.
    /// [`MediaError::NoSuchFrame`] past the end. Anything else means that the source is unusable from here on.
    fn read(&mut self, frame: FrameIndex) -> Result<Frame, MediaError>;
}

impl<S: FrameSource + ?Sized> FrameSource for Box<S> {
    fn info(&self) -> &SourceInfo {
        (**self).info()
    }

    fn read(&mut self, frame: FrameIndex) -> Result<Frame, MediaError> {
        (**self).read(frame)
    }
}

impl<S: FrameSource + ?Sized> FrameSource for &mut S {
    fn info(&self) -> &SourceInfo {
        (**self).info()
    }

    fn read(&mut self, frame: FrameIndex) -> Result<Frame, MediaError> {
        (**self).read(frame)
    }
}

/// Why frames could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MediaError {
    /// The container promises this frame, but it does not decode.
    #[error("frame {0} does not decode")]
    MissingFrame(FrameIndex),
    /// The source has no such frame.
    #[error("there is no frame {frame}: the clip has {num_frames} frames, 0 to {}", num_frames.saturating_sub(1))]
    NoSuchFrame {
        /// What was asked for.
        frame: FrameIndex,
        /// How many there are.
        num_frames: usize,
    },
    /// The file or folder cannot be opened or read.
    #[error("{problem}: {}", path.display())]
    Unreadable {
        /// What is wrong with it, in one clause.
        problem: String,
        /// Where it lies.
        path: PathBuf,
    },
    /// The file cannot be written.
    #[error("{problem}: {}", path.display())]
    Unwritable {
        /// What went wrong, in one clause.
        problem: String,
        /// Where it should lie.
        path: PathBuf,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_as_people_write_them() {
        let rates = ["25", " 29.97", "29,97", "30000/1001", "1000"].map(parse_frame_rate);
        assert_eq!(rates, [25.0, 29.97, 29.97, 30_000.0 / 1001.0, 1000.0].map(Some));
        for wrong in ["", "0", "-3", "1e9", "nan", "25 fps", "1/0", "0/0", "1/2/3", "29,97,1"] {
            assert_eq!(parse_frame_rate(wrong), None, "{wrong}");
        }
    }
}
