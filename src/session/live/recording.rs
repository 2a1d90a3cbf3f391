//! The recording of a live stream: begins in a file that is not there yet, is completed beside the stream.

use super::LiveEvent;
use crate::geometry::Size;
use crate::session::recorder::Recorder;
use crate::session::spawn::{Worker, spawn};
use crate::tracks::LiveLine;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

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
        std::fs::create_dir_all(folder)
            .map_err(|error| format!("there is no place for the recording ({error}): {}", folder.display()))?;
        let path = free_name(folder);
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

/// "camera 1.mp4", or with the first number that is free.
fn free_name(folder: &Path) -> PathBuf {
    let is_free = |name: &String| {
        let mut there = std::fs::read_dir(folder).into_iter().flatten().flatten();
        // Whatever has this stem: the table beside the clip, too.
        !there.any(|entry| Path::new(&entry.file_name()).file_stem().is_some_and(|stem| stem == name.as_str()))
    };
    let names = (1u32..).map(|number| format!("camera {number}"));
    let name = names.take(100_000).find(is_free).unwrap_or_else(|| "camera".to_owned());
    folder.join(format!("{name}.mp4"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_never_takes_the_place_of_another_one() {
        let folder = tempfile::tempdir().unwrap();
        let name = || free_name(folder.path()).file_name().unwrap().to_string_lossy().into_owned();
        assert_eq!(name(), "camera 1.mp4");
        std::fs::write(folder.path().join("camera 1.mp4"), "").unwrap();
        std::fs::write(folder.path().join("camera 2.jsonl"), "").unwrap();
        assert_eq!(name(), "camera 3.mp4");
    }
}
