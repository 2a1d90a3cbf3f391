//! Clips with the overlay drawn in.

use super::drawing::{Drawing, Ground, Painter};
use super::error::ExportError;
use super::frames::each_frame;
use super::pins::Pin;
use super::target;
use crate::geometry::FrameIndex;
use crate::media::{
    BridgedSource, ClipAudio, ClipCodec, ClipEncoding, ClipSettings, ClipWriter, FrameSource, SourceInfo,
};
use crate::sync::CancelToken;
use crate::tracks::{TrackId, TrackStore};
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// Which clip to write.
#[derive(Clone, Debug, PartialEq)]
pub struct ClipJob {
    /// Where it goes; the ending should be that of the codec.
    pub path: PathBuf,
    /// The source's frames that it shows, both ends included.
    pub frames: RangeInclusive<FrameIndex>,
    /// How the tracks are drawn, and how large the clip is.
    pub drawing: Drawing,
    /// What they are drawn onto.
    pub ground: Ground,
    /// Codec and quality.
    pub encoding: ClipEncoding,
    /// Whether the source's sound is copied, where it has any, and where the clip is as fast.
    pub audio: bool,
    /// How many times slower than the source the clip is: 1 is as fast.
    pub slowdown: f64,
}

/// How an exported clip, or a sequence of pictures, came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportReport {
    /// The codec in plain words.
    pub codec: String,
    /// How many frames were written: all that were asked for.
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
    painter: Painter,
}

impl ClipExport {
    /// Opens the clip's file and the encoder.
    ///
    /// # Errors
    /// If the frames are not in the source, or the file cannot be written.
    pub fn open(info: &SourceInfo, job: ClipJob) -> Result<Self, ExportError> {
        target::check_frames(&job.frames, info.num_frames())?;
        if target::is_same_file(&job.path, &info.path) {
            return Err(ExportError::WouldReplaceSource(job.path));
        }
        let path = target::resolve(&job.path)?;
        let (first, last) = (*job.frames.start(), *job.frames.end());
        let takes_sound = job.encoding.codec.is_none_or(ClipCodec::has_sound) && (job.slowdown - 1.0).abs() < 1e-9;
        let audio = (job.audio && info.has_audio && takes_sound).then(|| ClipAudio {
            path: info.path.clone(),
            stream: Some(info.stream),
            start_secs: info.time_secs(first),
            end_secs: end_secs(info, last),
        });
        let painter = Painter::new(info.size, info.shown_size(), job.drawing.clone())?;
        let settings = ClipSettings {
            size: painter.size(),
            frame_rate: info.frame_rate / job.slowdown,
            encoding: job.encoding,
            audio,
        };
        let writer = ClipWriter::create(&path, &settings)?;
        Ok(Self { job, writer, painter })
    }

    /// Says what stays on which track, and which tracks hold the picture still, where something does: a clip may be
    /// opened before there are any.
    ///
    /// # Errors
    /// If a picture that is to stay on one cannot be read.
    pub fn choose(&mut self, pins: Vec<Pin>, steady_by: Vec<TrackId>) -> Result<(), ExportError> {
        self.painter.choose(pins, steady_by)
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
        let mut source = BridgedSource::new(source).up_to(*self.job.frames.end());
        let total = each_frame(&self.job.frames, progress, cancel, |index| {
            let time_secs = source.info().time_secs(index) * self.job.slowdown;
            let rgb = self.painter.rgb(self.job.ground, index, &mut source, store)?;
            Ok(self.writer.write(rgb, time_secs)?)
        })?;
        let report = self.writer.finish()?;
        progress(total, total);
        let (num_frames, bridged) = (report.num_frames, source.missing().iter().copied().collect());
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
