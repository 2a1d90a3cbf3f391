//! What the export dialog remembers, and the export under way, which goes on while it is closed.

use super::choices::{ExportChoices, PngGround};
use super::pinned::PinRow;
use super::places::Places;
use super::plan::{Facts, Names, Target};
use super::preview::Preview;
use crate::app::actions::Leave;
use crate::app::kit::words::name_of;
use crate::export::{Captions, ClipJob, Drawing, PicturesJob, Steady};
use crate::media::{ClipCodec, ClipEncoding};
use crate::session::{
    ExportEnd, ExportId, ExportItem, ExportProgress, ExportRequest, ItemOutcome, Repaint, Session, TableJob,
};
use crate::sync::LatestSlot;
use crate::tracks::{TableFormat, TableOptions, TrackLog};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// More than this is not put on the clipboard: no program takes it gladly.
pub(super) const MAX_CLIPBOARD_BYTES: usize = 64 << 20;

/// What a job beside the window leaves: its result, or the message of a panic.
pub(super) type Beside<T> = LatestSlot<Result<T, String>>;

/// The dialog's state; an export goes on while it is closed.
#[derive(Debug, Default)]
pub(crate) struct ExportPanel {
    pub(crate) is_open: bool,
    /// Of the live tracks, where the dialog is open in the camera view.
    pub(super) live: Option<LiveExport>,
    /// Remembered from one export to the next, and from one start to the next.
    pub(crate) choices: ExportChoices,
    /// The number of the first frame that goes with a preset or with the clip, for this export.
    pub(super) preset_number: Option<u32>,
    /// What the names of the clip's images call the first one.
    pub(super) clip_number: Option<u32>,
    /// What stands over this export's pictures.
    pub(super) title: String,
    /// What stays on points of this clip.
    pub(super) pins: Vec<PinRow>,
    /// Path without ending.
    pub(super) base: String,
    /// The clip that the name was suggested for.
    pub(super) named_for: Option<PathBuf>,
    /// First and last frame, where they are typed.
    pub(super) typed: (u32, u32),
    /// What can be coded here, once that is known.
    pub(super) codecs: Vec<ClipCodec>,
    pub(super) asked_codecs: Option<Beside<Vec<ClipCodec>>>,
    pub(super) places: Places,
    pub(super) preview: Preview,
    pub(super) note: &'static str,
    pub(super) running: Option<Running>,
    /// What is done when everything is written.
    pub(crate) after: Option<Leave>,
    /// Everything is written: this is done now.
    pub(crate) exported_before: Option<Leave>,
    pub(super) copying: Option<Beside<Result<String, String>>>,
}

#[derive(Debug)]
pub(super) struct Running {
    pub(super) id: ExportId,
    pub(super) targets: Vec<Target>,
    pub(super) started_secs: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LivePoints {
    /// Deleted ones, too.
    All,
    /// Those that are in the picture's list now.
    Now,
    Selected,
}

/// What is exported of which stream.
#[derive(Debug)]
pub(super) struct LiveExport {
    pub(super) log: Arc<TrackLog>,
    pub(super) points: LivePoints,
}

impl ExportPanel {
    /// The number of the clip's first frame, in every format.
    pub(super) fn first_number(&self) -> u32 {
        self.preset_number.unwrap_or(self.choices.first_number)
    }

    pub(crate) fn close(&mut self) {
        self.is_open = false;
        self.after.take_if(|_| self.running.is_none());
    }

    /// What a system dialog begins with.
    pub(crate) fn target(&self) -> PathBuf {
        self.targets().first().map_or_else(|| PathBuf::from(&self.base), |target| target.path().to_owned())
    }

    /// Takes the name that a system dialog gave; endings follow from the formats.
    pub(crate) fn set_target(&mut self, path: &Path) {
        let ending = path.extension().unwrap_or_default();
        let is_clip = ClipCodec::ALL.iter().any(|codec| ending.eq_ignore_ascii_case(codec.extension()));
        let base = match TableFormat::and_stem(path) {
            Some((_, stem)) => stem,
            None if is_clip => path.with_extension(""),
            None => path.to_owned(),
        };
        self.base = base.to_string_lossy().into_owned();
    }

    /// Takes the picture that a system dialog gave for what is pinned.
    pub(crate) fn set_pinned(&mut self, number: usize, path: &Path) {
        if let Some(row) = self.pins.get_mut(number) {
            row.text = path.to_string_lossy().into_owned();
        }
    }

    /// There is no system dialog: the field has to do.
    pub(crate) fn no_dialog(&mut self) {
        self.note = "The system offers no file dialog here; type the path.";
    }

    pub(super) fn codec(&self) -> Option<ClipCodec> {
        self.choices.pictures.clip_codec(&self.codecs)
    }

    pub(super) fn targets(&self) -> Vec<Target> {
        let names = Names { base: self.base.trim() };
        match self.live {
            Some(_) => names.tables(&self.choices).map(Target::File).collect(),
            None => names.targets(&self.choices, self.codec()),
        }
    }

    pub(super) fn look_at_places(&mut self, repaint: &Repaint) {
        let targets = self.targets();
        self.places.look_at(targets, repaint);
    }

    pub(crate) fn stop(&self, session: &mut Session) {
        if let Some(running) = &self.running {
            session.cancel_export(running.id);
        }
    }

    /// What ends with the window, in words; nothing while nothing is exported.
    pub(crate) fn under_way(&self) -> Option<String> {
        let target = self.running.as_ref()?.targets.first()?;
        Some(format!("Export of {}. What is written of it so far is removed.", name_of(target.path())))
    }

    /// Takes in how an export ended. Returns whether it is the one of the dialog.
    pub(super) fn ended(&mut self, id: ExportId, end: &ExportEnd) -> bool {
        if self.running.take_if(|running| running.id == id).is_none() {
            return false;
        }
        self.places = Places::default();
        let after = self.after.take();
        let is_complete = end.items.iter().all(|item| matches!(item.outcome, ItemOutcome::Written(_)));
        if is_complete {
            (self.is_open, self.exported_before) = (false, after);
        }
        true
    }

    pub(crate) fn progress(&self, session: &Session) -> Option<ExportProgress> {
        let done = || ExportProgress { share: 1.0, item: 0 };
        self.running.as_ref().map(|running| session.export_progress(running.id).unwrap_or_else(done))
    }

    /// What of the tracks goes into tables.
    pub(super) fn table_options(&self, facts: &Facts) -> TableOptions {
        let choices = &self.choices;
        let (tracks, first_number) = (facts.points(choices.points), self.first_number());
        TableOptions { tracks, keeps_hidden: choices.keeps_hidden, first_number }
    }

    /// What the session has to write: what is quick comes first.
    pub(super) fn request(&self, facts: &Facts) -> ExportRequest {
        let (choices, names) = (&self.choices, Names { base: self.base.trim() });
        let frames = facts.frames(choices.range, self.typed);
        let table = |format: TableFormat| {
            let (path, options) = (names.with_ending(format.extension()), self.table_options(facts));
            ExportItem::Table(TableJob { path, frames: frames.clone(), options })
        };
        let mut items: Vec<ExportItem> = choices.tables().into_iter().map(table).collect();
        let pictures = &choices.pictures;
        let drawing = Drawing {
            style: choices.style.overlay(&facts.view),
            draws_points: choices.style.draws_points(),
            tracks: facts.points(choices.points),
            size: pictures.output_size(),
            captions: Captions {
                number: pictures.burns_number,
                names: pictures.names,
                legend: pictures.legend,
                title: self.title.trim().to_owned(),
            },
            pins: self.pins.iter().filter_map(PinRow::pin).collect(),
            steady: pictures.steady.map(|freedom| Steady { freedom, tracks: facts.selection.clone() }),
            first_number: self.first_number(),
        };
        if choices.formats.clip {
            let codec = self.codec();
            items.push(ExportItem::Clip(ClipJob {
                path: names.clip(codec),
                frames: frames.clone(),
                drawing: drawing.clone(),
                ground: pictures.clip_ground(),
                encoding: ClipEncoding { codec, rate: pictures.clip_rate() },
                audio: pictures.audio,
                slowdown: f64::from(pictures.slowdown),
            }));
        }
        if choices.formats.png {
            let ground = match pictures.png_ground {
                PngGround::Clear => None,
                PngGround::AsClip => Some(pictures.clip_ground()),
            };
            let (folder, name) = (names.folder(), names.picture_name());
            items.push(ExportItem::Pictures(PicturesJob { folder, name, frames: frames.clone(), drawing, ground }));
        }
        let mut about = facts.about.clone();
        (about.settings.start, about.settings.end) = frames.into_inner();
        ExportRequest { items, about }
    }
}
