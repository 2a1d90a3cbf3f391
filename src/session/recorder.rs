//! Records a live stream on a thread of its own: a slow disk costs pictures of the recording, never of the stream.

use super::camera::FrameTap;
use super::spawn::{Worker, spawn};
use crate::export::{ExportError, Recording, RecordingReport};
use crate::frame::Frame;
use crate::geometry::Size;
use crate::sync::LatestSlot;
use crate::tracks::LiveLine;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded, select};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Pictures and lines that may wait for the encoder: half a second of both.
const MAX_WAITING: usize = 32;

/// Why a recording ended early.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecorderError {
    /// It cannot be written any more.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// A programming error; what was written stays.
    #[error("recording broke off: {0}")]
    Panicked(String),
}

#[derive(Debug)]
enum Item {
    Frame(Frame),
    Line(LiveLine),
}

/// A recording under way. Dropped, it writes what waits and completes the files.
#[derive(Debug)]
pub struct Recorder {
    items: Sender<Item>,
    stop: Option<Sender<()>>,
    num_lost: Arc<AtomicU64>,
    end: LatestSlot<Result<RecordingReport, RecorderError>>,
    worker: Option<Worker>,
}

impl Recorder {
    /// Begins a clip and the table beside it ([`Recording::create`]).
    ///
    /// # Errors
    /// Everything that keeps them from being written.
    pub fn start(path: &Path, size: Size, frame_rate: f64) -> Result<Self, ExportError> {
        let recording = Recording::create(path, size, frame_rate)?;
        let (items, waiting) = bounded(MAX_WAITING);
        let (stop, stopped) = bounded(0);
        let end = LatestSlot::new();
        let (ended, panicked) = (end.clone(), end.clone());
        let worker = spawn(
            "recorder",
            move || ended.put(record(recording, &waiting, &stopped).map_err(RecorderError::from)),
            move |message| panicked.put(Err(RecorderError::Panicked(message))),
        );
        Ok(Self { items, stop: Some(stop), num_lost: Arc::default(), end, worker: Some(worker) })
    }

    /// Takes the stream's pictures, on whatever thread they come; for [`super::LiveCamera::set_tap`].
    #[must_use]
    pub fn tap(&self) -> FrameTap {
        let (items, num_lost) = (self.items.clone(), Arc::clone(&self.num_lost));
        Arc::new(move |frame: &Frame| send(&items, &num_lost, Item::Frame(frame.clone())))
    }

    /// Takes the points on a frame. Never waits.
    pub fn write_line(&self, line: LiveLine) {
        send(&self.items, &self.num_lost, Item::Line(line));
    }

    /// How many pictures and lines were left out because the disk, or the encoder, could not keep up.
    #[must_use]
    pub fn num_lost(&self) -> u64 {
        self.num_lost.load(Ordering::Relaxed)
    }

    /// Whether it ended by itself: it failed. [`Recorder::finish`] says why.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.worker.as_ref().is_none_or(Worker::is_finished)
    }

    /// Writes what waits and completes the files. Takes as long as the disk does.
    ///
    /// # Errors
    /// Why the recording ended early; what was written until then stays.
    pub fn finish(mut self) -> Result<RecordingReport, RecorderError> {
        self.close();
        let nothing = || Err(RecorderError::Panicked("its thread ended".to_owned()));
        self.end.take().unwrap_or_else(nothing)
    }

    fn close(&mut self) {
        self.stop.take(); // first, or the join would wait for ever
        self.worker.take();
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.close();
    }
}

fn send(items: &Sender<Item>, num_lost: &AtomicU64, item: Item) {
    if let Err(TrySendError::Full(_)) = items.try_send(item) {
        num_lost.fetch_add(1, Ordering::Relaxed);
    }
}

/// Writes until it is stopped, and then what waits still.
fn record(
    mut recording: Recording,
    waiting: &Receiver<Item>,
    stopped: &Receiver<()>,
) -> Result<RecordingReport, ExportError> {
    let mut write = |item| match item {
        Item::Frame(frame) => recording.write_frame(&frame),
        Item::Line(line) => recording.write_line(line),
    };
    loop {
        select! {
            recv(waiting) -> item => match item {
                Ok(item) => write(item)?,
                Err(_) => break,
            },
            recv(stopped) -> _ => break,
        }
    }
    waiting.try_iter().try_for_each(write)?;
    recording.finish()
}
