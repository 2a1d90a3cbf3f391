//! The recording of a live stream: begins in a file that is not there yet, is completed beside the stream.

use super::LiveEvent;
use crate::export::{Drawing, ExportError, Recording, write_snapshot};
use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size};
use crate::session::recorder::Recorder;
use crate::session::spawn::{Worker, spawn};
use crate::tracks::{LiveLine, TrackStore};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// How often another name is tried.
const NAME_ATTEMPTS: usize = 3;

/// A recording under way.
#[derive(Clone, Debug)]
pub struct RecordingNow {
    /// The clip.
    pub path: PathBuf,
    /// When it began.
    pub since: Instant,
}

pub(super) struct RecordingJob {
    pub(super) recorder: Recorder,
    pub(super) now: RecordingNow,
}

/// Hears of the end, on a thread of its own.
pub(super) type Told = Arc<dyn Fn(LiveEvent) + Send + Sync>;

impl RecordingJob {
    /// Begins a recording under a new name.
    ///
    /// # Errors
    /// In one sentence.
    pub(super) fn start(folder: &Path, size: Size, frame_rate: f64) -> Result<Self, String> {
        make_folder(folder)?;
        let path = free_name(folder, "mp4");
        let recorder = Recorder::start(&path, size, frame_rate).map_err(|error| error.to_string())?;
        Ok(Self { recorder, now: RecordingNow { path, since: Instant::now() } })
    }

    pub(super) fn write_line(&self, line: LiveLine) {
        self.recorder.write_line(line);
    }

    /// Completes the files on a thread of its own: that takes as long as the disk does.
    pub(super) fn finish(self, told: Told) -> Worker {
        let failed = Arc::clone(&told);
        let body = move || {
            let Self { recorder, now } = self;
            let num_lost = recorder.num_lost();
            told(match recorder.finish() {
                Ok(report) if report.num_frames == 0 => {
                    LiveEvent::RecordingFailed("nothing was recorded: no picture came".to_owned())
                }
                Ok(report) => LiveEvent::Recorded {
                    path: now.path,
                    lines_path: report.lines_path,
                    num_frames: report.num_frames,
                    num_lost,
                },
                Err(error) => LiveEvent::RecordingFailed(error.to_string()),
            });
        };
        spawn("recording-end", body, move |message| failed(LiveEvent::RecordingFailed(message)))
    }
}

/// Writes frames that are there already into a new clip, with their tracks beside it, on a thread of its own.
pub(super) fn save_last(folder: PathBuf, frames: Vec<(Frame, LiveLine)>, frame_rate: f64, told: Told) -> Worker {
    let failed = Arc::clone(&told);
    let body = move || told(save(&folder, frames, frame_rate).unwrap_or_else(LiveEvent::RecordingFailed));
    spawn("save-last", body, move |message| failed(LiveEvent::RecordingFailed(message)))
}

fn save(folder: &Path, frames: Vec<(Frame, LiveLine)>, frame_rate: f64) -> Result<LiveEvent, String> {
    let size = frames.first().map(|(frame, _)| frame.size()).ok_or("nothing is saved before the first picture")?;
    make_folder(folder)?;
    let mut path = free_name(folder, "mp4");
    let mut recording = Recording::create(&path, size, frame_rate);
    for _ in 0..NAME_ATTEMPTS {
        if recording.is_ok() || !path.exists() {
            break;
        }
        path = free_name(folder, "mp4"); // a recording that began just now has taken the name
        recording = Recording::create(&path, size, frame_rate);
    }
    let write = |recording: &mut Recording| -> Result<(), ExportError> {
        for (frame, line) in frames {
            recording.write_frame(&frame)?;
            recording.write_line(line)?;
        }
        Ok(())
    };
    let mut recording = recording.map_err(|error| error.to_string())?;
    write(&mut recording).map_err(|error| error.to_string())?;
    let report = recording.finish().map_err(|error| error.to_string())?;
    Ok(LiveEvent::Recorded { path, lines_path: report.lines_path, num_frames: report.num_frames, num_lost: 0 })
}

fn make_folder(folder: &Path) -> Result<(), String> {
    std::fs::create_dir_all(folder)
        .map_err(|error| format!("there is no place for recordings ({error}): {}", folder.display()))
}

/// Writes a picture of a stream with its tracks into a new file, "camera 1.png" or the like. Takes as long as the disk
/// does.
///
/// # Errors
/// In one sentence.
pub fn save_snapshot(
    folder: &Path,
    frame: &Frame,
    tracks: &TrackStore,
    at: FrameIndex,
    drawing: &Drawing,
) -> Result<PathBuf, String> {
    make_folder(folder)?;
    let path = free_name(folder, "png");
    write_snapshot(&path, frame, tracks, at, drawing).map_err(|error| error.to_string())?;
    Ok(path)
}

/// "camera 1.mp4", or with the first number that is free.
fn free_name(folder: &Path, extension: &str) -> PathBuf {
    let is_free = |name: &String| {
        let mut there = std::fs::read_dir(folder).into_iter().flatten().flatten();
        // Whatever has this stem: the table beside the clip, too.
        !there.any(|entry| Path::new(&entry.file_name()).file_stem().is_some_and(|stem| stem == name.as_str()))
    };
    let names = (1u32..).map(|number| format!("camera {number}"));
    let name = names.take(100_000).find(is_free).unwrap_or_else(|| "camera".to_owned());
    folder.join(format!("{name}.{extension}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_never_takes_the_place_of_another_one() {
        let folder = tempfile::tempdir().unwrap();
        let name = || free_name(folder.path(), "mp4").file_name().unwrap().to_string_lossy().into_owned();
        assert_eq!(name(), "camera 1.mp4");
        std::fs::write(folder.path().join("camera 1.mp4"), "").unwrap();
        std::fs::write(folder.path().join("camera 2.jsonl"), "").unwrap();
        assert_eq!(name(), "camera 3.mp4");
    }
}
