//! The export worker: one thread per export, with progress and cancel.

use super::Opener;
use super::messages::{Event, WorkerKind};
use super::spawn::{Outbox, Worker, spawn};
use crate::export::{ClipExport, ClipJob, ExportError, PicturesExport, PicturesJob, TableExport, export_log};
use crate::geometry::FrameIndex;
use crate::media::{ClipSource, FrameSource, SourceInfo};
use crate::sync::{CancelToken, Generation, LatestSlot};
use crate::tracks::{About, LogDescription, TableOptions, TrackLog, TrackStore, TrackTable};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Identifies an export for as long as the session lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExportId(pub u32);

/// What to write.
#[derive(Clone, Debug)]
pub struct ExportRequest {
    /// The files and folders, in the order in which they are written. All are opened before the first is written, so
    /// that a bad name is known at once; one that fails does not keep the others from being written.
    pub items: Vec<ExportItem>,
    /// Where the tables' numbers come from.
    pub about: About,
}

/// One file or folder to write.
#[derive(Clone, Debug)]
pub enum ExportItem {
    /// A table.
    Table(TableJob),
    /// A folder of pictures.
    Pictures(PicturesJob),
    /// A clip.
    Clip(ClipJob),
}

/// A table to write.
#[derive(Clone, Debug)]
pub struct TableJob {
    /// Where it goes; the ending says its format.
    pub path: PathBuf,
    /// The frames, both ends included.
    pub frames: RangeInclusive<FrameIndex>,
    /// What of the tracks is wanted.
    pub options: TableOptions,
}

impl ExportItem {
    /// Where it goes.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Table(job) => &job.path,
            Self::Pictures(job) => &job.folder,
            Self::Clip(job) => &job.path,
        }
    }

    /// How much work it is, roughly, in pictures to write.
    fn weight(&self) -> f32 {
        let (frames, each) = match self {
            Self::Table(job) => (&job.frames, 0.02),
            Self::Pictures(job) => (&job.frames, 1.0),
            Self::Clip(job) => (&job.frames, 1.0),
        };
        each * (frames.end().get() + 1).saturating_sub(frames.start().get()).max(1) as f32
    }
}

/// Tables to write of a live stream, which goes on meanwhile.
#[derive(Clone, Debug)]
pub struct LogExportRequest {
    /// What was said of every point.
    pub log: Arc<TrackLog>,
    /// The tables; the endings say their formats.
    pub paths: Vec<PathBuf>,
    /// Where the numbers come from, and what the user calls the points.
    pub description: Arc<LogDescription>,
    /// What of it is wanted.
    pub options: TableOptions,
}

/// How an export ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportEnd {
    /// Every file or folder that was asked for, in that order.
    pub items: Vec<ItemEnd>,
}

/// How one file or folder of an export ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemEnd {
    /// Where it was to go.
    pub path: PathBuf,
    /// How it ended.
    pub outcome: ItemOutcome,
}

/// How one file or folder of an export ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemOutcome {
    /// It is written; with what the user should know, one sentence each.
    Written(Vec<String>),
    /// The user stopped the export before it was done; nothing of it is left.
    Cancelled,
    /// It could not be written; nothing of it is left.
    Failed(String),
}

/// How far an export is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ExportProgress {
    /// The share of the work that is done, 0 to 1.
    pub share: f32,
    /// Which of its items is being written.
    pub item: usize,
}

/// What an export reads.
pub(super) struct ExportInput {
    pub(super) source: ClipSource,
    pub(super) info: Arc<SourceInfo>,
    pub(super) tracks: Arc<TrackStore>,
    pub(super) open: Opener,
}

/// An export under way.
#[derive(Debug)]
pub(super) struct Export {
    pub(super) id: ExportId,
    pub(super) cancel: CancelToken,
    pub(super) progress: ExportProgress,
    newest_progress: LatestSlot<ExportProgress>,
    worker: Worker,
}

impl Export {
    pub(super) fn start(id: ExportId, request: ExportRequest, input: ExportInput, outbox: Outbox) -> Self {
        let paths: Vec<PathBuf> = request.items.iter().map(|item| item.path().to_owned()).collect();
        Self::start_work(id, paths, outbox, move |progress, cancel| write(request, &input, progress, cancel))
    }

    pub(super) fn start_log(id: ExportId, request: LogExportRequest, outbox: Outbox) -> Self {
        Self::start_work(id, request.paths.clone(), outbox, move |progress, cancel| {
            write_log(request, progress, cancel)
        })
    }

    fn start_work(
        id: ExportId,
        paths: Vec<PathBuf>,
        outbox: Outbox,
        body: impl FnOnce(&dyn Fn(ExportProgress), &CancelToken) -> ExportEnd + Send + 'static,
    ) -> Self {
        let (cancel, newest_progress) = (CancelToken::new(), LatestSlot::new());
        let (token, slot, failed) = (cancel.clone(), newest_progress.clone(), outbox.clone());
        let work = move || {
            let progress = |progress| {
                slot.put(progress);
                (outbox.repaint)();
            };
            let end = body(&progress, &token);
            outbox.send(Event::ExportEnded { id, end });
        };
        let worker = spawn("export", work, move |message| {
            let generation = Generation::default();
            let fail = |path: &PathBuf| ItemEnd {
                path: path.clone(),
                outcome: ItemOutcome::Failed(format!("the export broke off: {message}")),
            };
            failed.send(Event::ExportEnded { id, end: ExportEnd { items: paths.iter().map(fail).collect() } });
            failed.send(Event::Panicked { worker: WorkerKind::Export, generation, message });
        });
        Self { id, cancel, progress: ExportProgress::default(), newest_progress, worker }
    }

    pub(super) fn refresh(&mut self) {
        if let Some(progress) = self.newest_progress.take() {
            self.progress = progress;
        }
    }

    pub(super) fn is_finished(&self) -> bool {
        self.worker.is_finished()
    }
}

/// An item whose place was found writable.
enum Opened {
    Table(TableExport, TableJob),
    Pictures(Box<PicturesExport>),
    Clip(Box<ClipExport>),
}

/// Writes everything that can be written.
fn write(
    request: ExportRequest,
    input: &ExportInput,
    progress: &dyn Fn(ExportProgress),
    cancel: &CancelToken,
) -> ExportEnd {
    let ExportRequest { items, about } = request;
    let total: f32 = items.iter().map(ExportItem::weight).sum();
    let places: Vec<(PathBuf, f32)> = items.iter().map(|item| (item.path().to_owned(), item.weight())).collect();
    let opened: Vec<Result<Opened, ExportError>> = items.into_iter().map(|item| open(item, input)).collect();
    let mut writer = Writer { input, about: &about, cancel, source: None };
    let mut before = 0.0;
    let mut ends = Vec::new();
    for (item, ((path, weight), opened)) in places.into_iter().zip(opened).enumerate() {
        let mut report = |done: usize, of: usize| {
            let share = (before + weight * done as f32 / of.max(1) as f32) / total;
            progress(ExportProgress { share, item });
        };
        report(0, 1);
        let written = opened.and_then(|opened| writer.write(opened, &mut report));
        before += weight;
        ends.push(ItemEnd { path, outcome: outcome(written) });
    }
    ExportEnd { items: ends }
}

fn outcome(written: Result<Vec<String>, ExportError>) -> ItemOutcome {
    match written {
        Ok(notes) => ItemOutcome::Written(notes),
        Err(ExportError::Cancelled) => ItemOutcome::Cancelled,
        Err(error) => ItemOutcome::Failed(error.to_string()),
    }
}

/// Writes every table that can be written, all as the stream is now.
fn write_log(request: LogExportRequest, progress: &dyn Fn(ExportProgress), cancel: &CancelToken) -> ExportEnd {
    let LogExportRequest { log, paths, description, options } = request;
    let LogDescription { about, names } = &*description;
    let view = log.view();
    let places: Vec<_> = paths.iter().map(|path| TableExport::open(path)).collect();
    let total = paths.len().max(1);
    let mut items = Vec::new();
    for (item, (path, place)) in paths.into_iter().zip(places).enumerate() {
        progress(ExportProgress { share: item as f32 / total as f32, item });
        let written = place.and_then(|place| export_log(place, &view, names, about.clone(), &options, cancel));
        items.push(ItemEnd { path, outcome: outcome(written.map(|report| report.note.into_iter().collect())) });
    }
    let is_written = |item: &ItemEnd| matches!(item.outcome, ItemOutcome::Written(_));
    if options.tracks.is_none() && items.iter().all(is_written) {
        log.settle_view(&view);
    }
    ExportEnd { items }
}

fn open(item: ExportItem, input: &ExportInput) -> Result<Opened, ExportError> {
    Ok(match item {
        ExportItem::Table(job) => Opened::Table(TableExport::open(&job.path)?, job),
        ExportItem::Pictures(job) => Opened::Pictures(Box::new(PicturesExport::open(&input.info, job)?)),
        ExportItem::Clip(job) => Opened::Clip(Box::new(ClipExport::open(&input.info, job)?)),
    })
}

/// Writes one item after the other; the source is opened when the first one needs it.
struct Writer<'a> {
    input: &'a ExportInput,
    about: &'a About,
    cancel: &'a CancelToken,
    source: Option<Box<dyn FrameSource>>,
}

impl Writer<'_> {
    /// Returns what the user should know, one sentence each.
    fn write(&mut self, opened: Opened, progress: &mut dyn FnMut(usize, usize)) -> Result<Vec<String>, ExportError> {
        if self.cancel.is_cancelled() {
            return Err(ExportError::Cancelled);
        }
        let Self { input, about, cancel, source } = self;
        let report = match opened {
            Opened::Table(export, TableJob { frames, options, .. }) => {
                let (store, times_secs) = (&*input.tracks, &*input.info.times_secs);
                let table = TrackTable { store, frames, times_secs, about, options: &options };
                if export.holds_pictures() {
                    export.run_with(&table, reading(source, input)?, cancel)?;
                } else {
                    export.run(&table, cancel)?;
                }
                return Ok(Vec::new());
            }
            Opened::Pictures(export) => export.run(reading(source, input)?, &input.tracks, progress, cancel)?,
            Opened::Clip(export) => export.run(reading(source, input)?, &input.tracks, progress, cancel)?,
        };
        let mut notes = report.warnings;
        if !report.bridged.is_empty() {
            notes.push(format!("{} frames do not decode and show the picture before them", report.bridged.len()));
        }
        Ok(notes)
    }
}

fn reading<'a>(
    source: &'a mut Option<Box<dyn FrameSource>>,
    input: &ExportInput,
) -> Result<&'a mut dyn FrameSource, ExportError> {
    let opened = match source.take() {
        Some(opened) => opened,
        None => (input.open)(&input.source)?,
    };
    Ok(source.insert(opened).as_mut())
}
