//! The export dialog: what to write, where to, and how far it is.
//!
//! | file      | holds                                                       |
//! |-----------|-------------------------------------------------------------|
//! | `choices` | what the user chose, remembered                             |
//! | `plan`    | choices → what the session is asked to write                |
//! | `places`  | what stands where the files should go                       |
//! | `dialog`  | the dialog's frame, its foot, and what it shows meanwhile   |
//! | `what`    | its part on formats, points and frames                      |
//! | `looks`   | its part on clips and pictures                              |
//! | `live`    | the dialog in the camera view: tables of the live tracks    |
//! | `ended`   | what the user is told afterwards                            |
//! | `reveal`  | the system's file manager                                   |

mod choices;
mod dialog;
mod ended;
mod live;
mod looks;
mod places;
mod plan;
mod preview;
mod reveal;
mod what;

pub(super) use choices::ExportChoices;
pub(super) use dialog::export_ui;
pub(super) use reveal::show_in_folder;

use super::actions::now;
use super::project::Leave;
use super::state::State;
use super::toasts::{Level, Topic};
use crate::media::ClipCodec;
use crate::session::{ExportEnd, ExportId, ExportProgress, Repaint, Session, aside};
use crate::sync::LatestSlot;
use crate::tracks::{Table, TableFormat, TrackTable};
use live::LiveExport;
use places::Places;
use plan::{Facts, Names, Target};
use preview::Preview;
use std::path::{Path, PathBuf};

/// More than this is not put on the clipboard: no program takes it gladly.
const MAX_CLIPBOARD_BYTES: usize = 64 << 20;

/// What a job beside the window leaves: its result, or the message of a panic.
type Beside<T> = LatestSlot<Result<T, String>>;

/// The dialog's state; an export goes on while it is closed.
#[derive(Debug, Default)]
pub(super) struct ExportPanel {
    is_open: bool,
    /// Of the live tracks, where the dialog is open in the camera view.
    live: Option<LiveExport>,
    /// Remembered from one export to the next, and from one start to the next.
    pub(super) choices: ExportChoices,
    /// The number of the first frame that goes with a preset, for this export.
    preset_number: Option<u32>,
    /// Path without ending.
    base: String,
    /// The clip that the name was suggested for.
    named_for: Option<PathBuf>,
    /// First and last frame, where they are typed.
    typed: (u32, u32),
    /// What can be coded here, once that is known.
    codecs: Vec<ClipCodec>,
    asked_codecs: Option<Beside<Vec<ClipCodec>>>,
    places: Places,
    preview: Preview,
    note: &'static str,
    running: Option<Running>,
    /// What is done when everything is written.
    pub(super) after: Option<Leave>,
    /// Everything is written: this is done now.
    pub(super) exported_before: Option<Leave>,
    copying: Option<Beside<Result<String, String>>>,
    revealing: Option<Beside<Result<(), String>>>,
}

/// The export under way.
#[derive(Debug)]
struct Running {
    id: ExportId,
    targets: Vec<Target>,
    started_secs: f64,
}

impl State {
    /// Opens the export dialog; a name is suggested beside the clip.
    pub(super) fn open_export(&mut self) {
        if self.live.is_open() {
            return self.open_live_export();
        }
        let Some(clip) = self.session.clip() else { return };
        let panel = &mut self.export;
        (panel.live, panel.after) = (None, None);
        if panel.named_for.as_deref() != Some(clip.path()) {
            let stem = clip.path().file_stem().unwrap_or_default().to_string_lossy();
            panel.base = clip.path().with_file_name(format!("{stem}_tracks")).to_string_lossy().into_owned();
            panel.named_for = Some(clip.path().to_owned());
            panel.typed = (0, u32::try_from(clip.info().num_frames()).unwrap_or(u32::MAX).saturating_sub(1));
        }
        if panel.asked_codecs.is_none() && panel.codecs.is_empty() {
            panel.asked_codecs = Some(aside("codecs", self.repaint.clone(), ClipCodec::available));
        }
        (panel.note, panel.places, panel.preset_number) = ("", Places::default(), None);
        panel.is_open = true;
    }

    /// Takes in what the jobs beside the window found out.
    pub(super) fn update_export(&mut self, ctx: &egui::Context) {
        let panel = &mut self.export;
        if let Some(codecs) = panel.asked_codecs.as_ref().and_then(LatestSlot::take) {
            panel.codecs = codecs.unwrap_or_default();
            panel.asked_codecs = None;
        }
        panel.places.update();
        if let Some(copied) = panel.copying.as_ref().and_then(LatestSlot::take) {
            panel.copying = None;
            match copied.and_then(|copied| copied) {
                Ok(text) => {
                    let num_rows = text.lines().count().saturating_sub(1);
                    ctx.copy_text(text);
                    self.toasts.add_on(
                        Topic::Export,
                        Level::Done,
                        format!("copied the table, {num_rows} rows"),
                        "",
                        now(ctx),
                    );
                }
                Err(message) => {
                    self.toasts.add_on(Topic::Export, Level::Error, "cannot copy the table", message, now(ctx));
                }
            }
        }
        if let Some(shown) = self.export.revealing.as_ref().and_then(LatestSlot::take) {
            self.export.revealing = None;
            if let Err(message) = shown.and_then(|shown| shown) {
                self.toasts.add_on(Topic::Export, Level::Error, "cannot show the folder", message, now(ctx));
            }
        }
    }

    /// Starts to write what is chosen.
    pub(super) fn start_export(&mut self, ctx: &egui::Context) {
        if self.export.live.is_some() {
            return self.start_live_export(ctx);
        }
        self.hints.has_moved_on = true;
        let Some(facts) = Facts::of(self) else { return };
        let panel = &mut self.export;
        let targets = panel.targets();
        let request = plan::request(panel, &facts);
        match self.session.export(request) {
            Ok(id) => panel.running = Some(Running { id, targets, started_secs: now(ctx) }),
            Err(error) => self.toasts.add_on(Topic::Export, Level::Error, error.to_string(), "", now(ctx)),
        }
    }

    /// Puts the CSV table of what is chosen on the clipboard.
    pub(super) fn copy_csv(&mut self) {
        let Some(facts) = Facts::of(self) else { return };
        let options = plan::table_options(&self.export, &facts);
        let frames = facts.frames(self.export.choices.range, self.export.typed);
        self.export.copying = Some(aside("clipboard", self.repaint.clone(), move || {
            let (store, times_secs) = (&*facts.tracks, &*facts.times_secs);
            let table = TrackTable { store, frames, times_secs, about: &facts.about, options: &options };
            let mut bytes = Vec::new();
            table.write_csv(&mut bytes).map_err(|error| error.to_string())?;
            if bytes.len() > MAX_CLIPBOARD_BYTES {
                return Err(format!("{} MB are too much for the clipboard; export a file", bytes.len() >> 20));
            }
            String::from_utf8(bytes).map_err(|error| error.to_string())
        }));
    }

    /// Opens the system's file manager on a file.
    pub(super) fn reveal(&mut self, path: PathBuf) {
        let system = self.dialogs.system();
        self.export.revealing = Some(aside("folder", self.repaint.clone(), move || system.show_in_folder(&path)));
    }
}

impl ExportPanel {
    /// The number of the clip's first frame, in every format.
    fn first_number(&self) -> u32 {
        self.preset_number.unwrap_or(self.choices.first_number)
    }

    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    pub(super) fn close(&mut self) {
        self.is_open = false;
        self.after.take_if(|_| self.running.is_none());
    }

    /// What a system dialog begins with.
    pub(super) fn target(&self) -> PathBuf {
        self.targets().first().map_or_else(|| PathBuf::from(&self.base), |target| target.path().to_owned())
    }

    /// Takes the name that a system dialog gave; endings follow from the formats.
    pub(super) fn set_target(&mut self, path: &Path) {
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        let is_table = TableFormat::ALL.iter().any(|format| format.extension() == ending);
        let is_clip = ClipCodec::ALL.iter().any(|codec| codec.extension() == ending);
        let base = if is_table || is_clip { path.with_extension("") } else { path.to_owned() };
        self.base = base.to_string_lossy().into_owned();
    }

    /// There is no system dialog: the field has to do.
    pub(super) fn no_dialog(&mut self) {
        self.note = "The system offers no file dialog here; type the path.";
    }

    fn codec(&self) -> Option<ClipCodec> {
        self.choices.pictures.clip_codec(&self.codecs)
    }

    fn targets(&self) -> Vec<Target> {
        let names = Names { base: self.base.trim() };
        match self.live {
            Some(_) => names.tables(&self.choices).map(Target::File).collect(),
            None => names.targets(&self.choices, self.codec()),
        }
    }

    fn look_at_places(&mut self, repaint: &Repaint) {
        let targets = self.targets();
        self.places.look_at(targets, repaint);
    }

    pub(super) fn stop(&self, session: &mut Session) {
        if let Some(running) = &self.running {
            session.cancel_export(running.id);
        }
    }

    /// Takes in how an export ended. Returns whether it is the one of the dialog.
    fn ended(&mut self, id: ExportId, end: &ExportEnd) -> bool {
        if self.running.take_if(|running| running.id == id).is_none() {
            return false;
        }
        self.places = Places::default();
        let after = self.after.take();
        if ended::is_complete(end) {
            (self.is_open, self.exported_before) = (false, after);
        }
        true
    }

    /// How far the export under way is.
    fn progress(&self, session: &Session) -> Option<ExportProgress> {
        let done = || ExportProgress { share: 1.0, item: 0 };
        self.running.as_ref().map(|running| session.export_progress(running.id).unwrap_or_else(done))
    }

    /// How far the export under way is, 0 to 1.
    pub(super) fn share_done(&self, session: &Session) -> Option<f32> {
        self.progress(session).map(|progress| progress.share)
    }
}
