//! Where results go: opened before tracking, written after it.

use super::clip_args::VideoConfig;
use super::config::{ModeConfig, TrackConfig};
use super::failure::{BadUsage, warn};
use super::progress::Progress;
use crate::export::{ClipExport, ClipJob, Drawing, ExportError, Ground, TableExport, source_of};
use crate::geometry::FrameIndex;
use crate::media::{FrameSource, SourceInfo};
use crate::model::Network;
use crate::sync::CancelToken;
use crate::tracks::{
    About, AboutSettings, AboutSource, AboutWeights, Table, TableFormat, TableOptions, TrackMode, TrackStore,
    TrackTable,
};
use anyhow::Context;
use std::io::{BufWriter, Write};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// Places that were found writable.
pub(super) struct Outputs {
    tables: Vec<(PathBuf, TableExport)>,
    options: TableOptions,
    clip: Option<(RangeInclusive<FrameIndex>, ClipExport)>,
}

/// What there is to write.
pub(super) struct Tracked<'a> {
    pub(super) store: &'a TrackStore,
    /// The frames that have results; fewer than asked for after an interruption or on a damaged clip.
    pub(super) frames: RangeInclusive<FrameIndex>,
    pub(super) info: &'a SourceInfo,
    pub(super) network: &'a Network,
    pub(super) mode: &'a ModeConfig,
}

impl Outputs {
    /// Opens every result of the frames `clip`.
    pub(super) fn open(
        config: &TrackConfig,
        info: &SourceInfo,
        clip: &RangeInclusive<FrameIndex>,
    ) -> anyhow::Result<Self> {
        let mut tables = Vec::new();
        for path in &config.tables {
            refuse_to_replace(path, &info.path, "the clip")?;
            if let Some(points) = &config.points.file {
                refuse_to_replace(path, points, "the table of points")?;
            }
            tables.push((path.clone(), TableExport::open(path)?));
        }
        let first_number = config.first_number.unwrap_or(info.first_number);
        let open = |video| anyhow::Ok((clip.clone(), open_clip(video, info, clip, first_number)?));
        let clip = config.video.as_ref().map(open).transpose()?;
        Ok(Self { tables, options: TableOptions { first_number, ..TableOptions::default() }, clip })
    }

    /// Finds the points that the annotated clip has something to say of; tracking has not begun.
    ///
    /// # Errors
    /// If there is no such point, or a picture that is to stay on one cannot be read.
    pub(super) fn look_for_points(&mut self, config: &TrackConfig, store: &TrackStore) -> anyhow::Result<()> {
        if let (Some(video), Some((_, clip))) = (&config.video, &mut self.clip) {
            choose(video, clip, store)?;
        }
        Ok(())
    }

    /// Writes the tables, one of them perhaps with the source's pictures: to their files, or the CSV to standard output
    /// where no result was named.
    pub(super) fn write_tables(
        &mut self,
        tracked: &Tracked,
        source: &mut dyn FrameSource,
        progress: &Progress,
        cancel: &CancelToken,
    ) -> anyhow::Result<()> {
        let Tracked { info, network, mode, .. } = tracked;
        let of_source = source_of(info);
        let about = about(of_source, network, mode, &tracked.frames);
        let frames = tracked.frames.clone();
        let times_secs = &tracked.info.times_secs;
        let table = TrackTable { store: tracked.store, frames, times_secs, about: &about, options: &self.options };
        if self.tables.is_empty() && self.clip.is_none() {
            let mut out = BufWriter::new(std::io::stdout().lock());
            table
                .write_text(TableFormat::Csv, &mut out)
                .and_then(|()| out.flush())
                .context("writing to standard output")?;
        }
        for (path, export) in self.tables.drain(..) {
            export.run_with(&table, source, cancel)?;
            progress.note(format_args!("wrote {}", path.display()));
        }
        Ok(())
    }

    /// Draws the tracks into a second reading of the clip, if an annotated clip was asked for.
    pub(super) fn write_clip(
        self,
        config: &TrackConfig,
        tracked: &Tracked,
        source: &mut dyn FrameSource,
        progress: &Progress,
        cancel: &CancelToken,
    ) -> anyhow::Result<()> {
        let (Some(video), Some((planned, export))) = (&config.video, self.clip) else { return Ok(()) };
        let export = if planned == tracked.frames {
            export
        } else {
            drop(export);
            let mut export = open_clip(video, tracked.info, &tracked.frames, self.options.first_number)?;
            choose(video, &mut export, tracked.store)?;
            export
        };
        let bar = progress.frames("drawing ", num_frames(&tracked.frames));
        let report = export.run(source, tracked.store, &mut |done, _| bar.set_position(done as u64), cancel);
        bar.finish_and_clear();
        let report = report?;
        report.warnings.iter().for_each(warn);
        progress.note(format_args!("wrote {} ({} frames)", video.path.display(), report.num_frames));
        Ok(())
    }
}

/// Says what stays on which track, and which tracks hold the picture still.
fn choose(video: &VideoConfig, clip: &mut ClipExport, store: &TrackStore) -> anyhow::Result<()> {
    let (pins, steady_by) = video.points(store)?;
    Ok(clip.choose(pins, steady_by)?)
}

fn open_clip(
    video: &VideoConfig,
    info: &SourceInfo,
    frames: &RangeInclusive<FrameIndex>,
    first_number: u32,
) -> Result<ClipExport, ExportError> {
    let job = ClipJob {
        path: video.path.clone(),
        frames: frames.clone(),
        drawing: Drawing { first_number, ..video.drawing.clone() },
        ground: Ground::Picture,
        encoding: video.encoding,
        audio: true,
        slowdown: video.slowdown,
    };
    ClipExport::open(info, job)
}

/// Refuses a result that would stand in the place of what is read.
pub(super) fn refuse_to_replace(path: &Path, input: &Path, what: &str) -> Result<(), BadUsage> {
    match (path.canonicalize(), input.canonicalize()) {
        (Ok(a), Ok(b)) if a == b => Err(BadUsage(format!("--out would replace {what}: {}", path.display()))),
        _ => Ok(()),
    }
}

/// Where the numbers of a table come from.
pub(super) fn about(
    source: AboutSource,
    network: &Network,
    mode: &ModeConfig,
    frames: &RangeInclusive<FrameIndex>,
) -> About {
    let config = network.config();
    let (mode, model_size, iterations, support_grid) = match mode {
        ModeConfig::Window(options) => {
            let size = options.model_size.unwrap_or(config.clip_size());
            (options.mode(config), size, options.iters.unwrap_or(config.iters), options.support_grid)
        }
        ModeConfig::Live(options) => {
            let size = options.model_size.unwrap_or(config.model_size());
            (TrackMode::Live, size, options.iters, options.support_grid)
        }
    };
    About {
        source,
        weights: AboutWeights { name: network.weights_name().to_owned(), sha256: network.weights_sha256().to_owned() },
        device: network.device_name().to_owned(),
        settings: AboutSettings {
            mode,
            model_size,
            iterations,
            support_grid,
            start: *frames.start(),
            end: *frames.end(),
            visible_above: config.visible_above,
        },
    }
}

/// How many frames a range holds.
pub(super) fn num_frames(frames: &RangeInclusive<FrameIndex>) -> usize {
    (frames.end().get() + 1).saturating_sub(frames.start().get())
}
