//! Clips with the overlay drawn in.

use super::error::ExportError;
use super::target;
use crate::frame::Frame;
use crate::geometry::FrameIndex;
use crate::media::{ClipAudio, ClipSettings, ClipWriter, FrameSource, MediaError, SourceInfo};
use crate::overlay::{OverlayStyle, Raster, clip_scale, scene};
use crate::sync::CancelToken;
use crate::tracks::TrackStore;
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// Which clip to write.
#[derive(Clone, Debug, PartialEq)]
pub struct ClipJob {
    /// Where it goes.
    pub path: PathBuf,
    /// The source's frames that it shows, both ends included.
    pub frames: RangeInclusive<FrameIndex>,
    /// How the tracks are drawn.
    pub style: OverlayStyle,
    /// Whether the source's sound is copied, where it has any.
    pub audio: bool,
}

/// How an exported clip came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportReport {
    /// The codec in plain words.
    pub codec: String,
    /// How many frames the clip has: all that were asked for.
    pub num_frames: usize,
    /// The frames that do not decode; each shows the picture before it, or the first that decodes.
    pub bridged: Vec<FrameIndex>,
    /// What the user should know, one sentence each.
    pub warnings: Vec<String>,
}

/// A clip whose file is open but not written yet. Dropped before [`ClipExport::run`] is done, it leaves nothing behind.
pub struct ClipExport {
    job: ClipJob,
    writer: ClipWriter,
    raster: Raster,
    scale: f32,
}

impl ClipExport {
    /// Opens the clip's file and the encoder.
    ///
    /// # Errors
    /// If the frames are not in the source, or the file cannot be written.
    pub fn open(info: &SourceInfo, job: ClipJob) -> Result<Self, ExportError> {
        let (first, last, num_frames) = (*job.frames.start(), *job.frames.end(), info.num_frames());
        if first > last || last.get() >= num_frames {
            return Err(ExportError::NoSuchFrames { first, last, num_frames });
        }
        if target::is_same_file(&job.path, &info.path) {
            return Err(ExportError::WouldReplaceSource(job.path));
        }
        let path = target::resolve(&job.path)?;
        let audio = (job.audio && info.has_audio).then(|| ClipAudio {
            path: info.path.clone(),
            start_secs: info.time_secs(first),
            end_secs: end_secs(info, last),
        });
        let settings = ClipSettings { size: info.size, frame_rate: info.frame_rate, audio };
        let writer = ClipWriter::create(&path, &settings)?;
        Ok(Self { job, writer, raster: Raster::new(info.size), scale: clip_scale(info.size) })
    }

    /// Writes every frame with the tracks that it shows, at its own time, and puts the clip in its place. `progress` is
    /// told how many frames are done, and of how many.
    ///
    /// # Errors
    /// [`ExportError::Cancelled`], or what is wrong with the source or the file.
    pub fn run(
        mut self,
        source: &mut dyn FrameSource,
        store: &TrackStore,
        progress: &mut dyn FnMut(usize, usize),
        cancel: &CancelToken,
    ) -> Result<ExportReport, ExportError> {
        let (first, last) = (self.job.frames.start().get(), self.job.frames.end().get());
        let total = last - first + 1;
        let mut bridge = Bridge::new(self.job.frames.clone());
        let mut rgb = Vec::new();
        for (done, index) in (first..=last).map(FrameIndex::new).enumerate() {
            progress(done, total);
            let frame = bridge.picture(index, source, cancel)?;
            rgb.clear();
            rgb.extend_from_slice(frame.rgb());
            self.raster.draw(&scene(store, index, &self.job.style), self.scale, &mut rgb);
            self.writer.write(&rgb, source.info().time_secs(index))?;
        }
        if cancel.is_cancelled() {
            return Err(ExportError::Cancelled);
        }
        let report = self.writer.finish()?;
        progress(total, total);
        let (num_frames, bridged) = (report.num_frames, bridge.bridged);
        Ok(ExportReport { codec: report.codec, num_frames, bridged, warnings: report.warnings })
    }
}

/// Writes an annotated clip: [`ClipExport::open`], then [`ClipExport::run`].
///
/// # Errors
/// Theirs.
pub fn export_clip(
    source: &mut dyn FrameSource,
    store: &TrackStore,
    job: ClipJob,
    progress: &mut dyn FnMut(usize, usize),
    cancel: &CancelToken,
) -> Result<ExportReport, ExportError> {
    ClipExport::open(source.info(), job)?.run(source, store, progress, cancel)
}

/// When a frame gives way to the next one, in seconds; the last one stays for a usual frame's time.
fn end_secs(info: &SourceInfo, frame: FrameIndex) -> f64 {
    let next = info.times_secs.get(frame.get() + 1).copied();
    next.unwrap_or_else(|| info.time_secs(frame) + 1.0 / info.frame_rate.max(f64::MIN_POSITIVE))
}

/// Gives a picture for every frame, also for those that do not decode.
struct Bridge {
    frames: RangeInclusive<FrameIndex>,
    held: Option<Frame>,
    bridged: Vec<FrameIndex>,
}

impl Bridge {
    fn new(frames: RangeInclusive<FrameIndex>) -> Self {
        Self { frames, held: None, bridged: Vec::new() }
    }

    /// The picture of a frame. Frames must be asked for in order.
    fn picture(
        &mut self,
        index: FrameIndex,
        source: &mut dyn FrameSource,
        cancel: &CancelToken,
    ) -> Result<&Frame, ExportError> {
        let held_index = self.held.as_ref().map(|held| held.index);
        let read = match held_index {
            Some(held) if held >= index => None, // found ahead, when the first ones did not decode
            Some(_) => read(source, index, cancel)?,
            None => self.first_good(source, cancel)?,
        };
        if let Some(frame) = read {
            self.held = Some(frame);
        }
        let frame = self
            .held
            .as_ref()
            .ok_or(ExportError::NothingDecodes { first: *self.frames.start(), last: *self.frames.end() })?;
        if frame.index != index {
            self.bridged.push(index);
        }
        Ok(frame)
    }

    fn first_good(&self, source: &mut dyn FrameSource, cancel: &CancelToken) -> Result<Option<Frame>, ExportError> {
        for index in self.frames.start().get()..=self.frames.end().get() {
            if let Some(frame) = read(source, FrameIndex::new(index), cancel)? {
                return Ok(Some(frame));
            }
        }
        Ok(None)
    }
}

/// Reads a frame, `None` if it does not decode.
fn read(source: &mut dyn FrameSource, index: FrameIndex, cancel: &CancelToken) -> Result<Option<Frame>, ExportError> {
    if cancel.is_cancelled() {
        return Err(ExportError::Cancelled);
    }
    match source.read(index) {
        Ok(frame) if frame.size() == source.info().size => Ok(Some(frame)),
        Ok(_) | Err(MediaError::MissingFrame(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
