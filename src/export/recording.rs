//! A live stream on disk while it runs: a clip, and a line of JSON beside it for each frame that was tracked.
//!
//! Both files stand in their places from the first moment, and grow frame by frame: a crash, a kill or an empty battery
//! takes the last picture or two along, nothing else.

use super::error::ExportError;
use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size};
use crate::media::ClipWriter;
use crate::tracks::LiveLine;
use std::collections::VecDeque;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Tracks come a little after their frame; frames of more than that ago are forgotten.
const MAX_REMEMBERED: usize = 1024;

/// A recording in work. Dropped unfinished, both files stay, as after a crash.
pub struct Recording {
    clip: ClipWriter,
    lines: File,
    path: PathBuf,
    lines_path: PathBuf,
    size: Size,
    /// The stream's numbers of the last frames of the clip.
    numbers: VecDeque<FrameIndex>,
    num_frames: u32,
    num_lines: u32,
}

/// What a finished recording holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingReport {
    /// Pictures in the clip.
    pub num_frames: u32,
    /// Lines in the table.
    pub num_lines: u32,
    /// Where the table lies.
    pub lines_path: PathBuf,
}

impl Recording {
    /// Where the tracks of a clip go: beside it, under its name.
    #[must_use]
    pub fn lines_path(clip: &Path) -> PathBuf {
        clip.with_extension("tracks.jsonl")
    }

    /// Begins both files; neither may be there already.
    ///
    /// # Errors
    /// Everything that keeps them from being written.
    pub fn create(path: &Path, size: Size, frame_rate: f64) -> Result<Self, ExportError> {
        let lines_path = Self::lines_path(path);
        let clip = ClipWriter::record(path, size, frame_rate)?;
        let lines = File::create_new(&lines_path).map_err(|error| {
            std::fs::remove_file(path).ok(); // nothing is in it yet
            ExportError::from_io(&error, &lines_path)
        })?;
        let path = path.to_owned();
        Ok(Self { clip, lines, path, lines_path, size, numbers: VecDeque::new(), num_frames: 0, num_lines: 0 })
    }

    /// Adds a picture.
    ///
    /// # Errors
    /// When it cannot be written, as on a full disk; what was written before stays.
    ///
    /// # Panics
    /// If it is of another size than the recording.
    pub fn write_frame(&mut self, frame: &Frame) -> Result<(), ExportError> {
        assert_eq!(frame.size(), self.size, "every frame has the recording's size");
        self.clip.write(frame.rgb(), frame.time_secs)?;
        if self.numbers.len() == MAX_REMEMBERED {
            self.numbers.pop_front();
        }
        self.numbers.push_back(frame.index);
        self.num_frames += 1;
        Ok(())
    }

    /// Adds the points on one frame, with the frame's number in the clip where it is in it.
    ///
    /// # Errors
    /// When they cannot be written; what was written before stays.
    pub fn write_line(&mut self, line: LiveLine) -> Result<(), ExportError> {
        let clip_frame = self.clip_frame(line.frame);
        let text = LiveLine { clip_frame, ..line }.to_json();
        // One call for each line: a kill in between leaves whole lines.
        self.lines.write_all(&text).map_err(|error| ExportError::from_io(&error, &self.lines_path))?;
        self.num_lines += 1;
        Ok(())
    }

    /// The number that a frame of the stream has in the clip.
    fn clip_frame(&self, frame: FrameIndex) -> Option<u32> {
        let place = self.numbers.binary_search(&frame).ok()?;
        Some(self.num_frames - (self.numbers.len() - place) as u32)
    }

    /// Completes both files.
    ///
    /// # Errors
    /// When the last of it cannot be written; the rest stays. Without a picture, no files stay.
    pub fn finish(self) -> Result<RecordingReport, ExportError> {
        let Self { clip, lines, path, lines_path, num_frames, num_lines, .. } = self;
        if num_frames == 0 {
            drop((clip, lines));
            for path in [&path, &lines_path] {
                std::fs::remove_file(path).ok(); // an empty file that stays does no harm
            }
        } else {
            lines.sync_all().map_err(|error| ExportError::from_io(&error, &lines_path))?;
            clip.finish()?;
        }
        Ok(RecordingReport { num_frames, num_lines, lines_path })
    }
}
