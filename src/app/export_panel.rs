//! The export dialog: what to write, where to, and how far it is.

use super::actions::{Action, Actions};
use super::controls::{is_confirmed, primary_button_ui};
use super::state::{ModelStatus, State};
use super::style::{self, GAP};
use crate::export::ClipJob;
use crate::geometry::FrameIndex;
use crate::overlay::OverlayStyle;
use crate::session::{Clip, ExportEnd, ExportId, ExportRequest, ModelInfo, Session};
use crate::tracks::{About, AboutSettings, AboutSource, AboutWeights, TableFormat};
use egui::{Id, Label, Modal, ProgressBar, RichText, Role, TextEdit, Ui, WidgetInfo, vec2};
use std::path::{Path, PathBuf};

const WIDTH: f32 = 440.0;

/// The dialog's state; an export goes on while it is closed.
#[derive(Debug, Default)]
pub(super) struct ExportPanel {
    is_open: bool,
    /// Path without ending.
    base: String,
    has_clip: bool,
    tables: [bool; TableFormat::ALL.len()],
    has_audio: bool,
    note: &'static str,
    /// Files that would be replaced; looked up when the path changes.
    replaced: Option<(Vec<PathBuf>, Vec<PathBuf>)>,
    running: Option<(ExportId, Vec<PathBuf>)>,
}

impl ExportPanel {
    /// Opens the dialog; a name is suggested beside the clip.
    pub(super) fn open(&mut self, clip: Option<&Clip>) {
        let Some(clip) = clip else { return };
        if self.running.is_none() {
            let stem = clip.path().file_stem().unwrap_or_default().to_string_lossy();
            let base = clip.path().with_file_name(format!("{stem}_tracks")).to_string_lossy().into_owned();
            let is_first = self.base.is_empty();
            *self = Self { base, has_audio: true, ..std::mem::take(self) };
            if is_first {
                self.has_clip = true;
                self.tables = TableFormat::ALL.map(|format| format == TableFormat::Csv);
            }
            (self.note, self.replaced) = ("", None);
        }
        self.is_open = true;
    }

    pub(super) fn close(&mut self) {
        self.is_open = false;
    }

    /// What a system dialog begins with.
    pub(super) fn target(&self) -> PathBuf {
        self.targets().into_iter().next().unwrap_or_else(|| PathBuf::from(&self.base))
    }

    /// Takes the name that a system dialog gave; endings follow from the formats.
    pub(super) fn set_target(&mut self, path: &Path) {
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        let is_ours = ending == "mp4" || TableFormat::ALL.iter().any(|format| format.extension() == ending);
        let base = if is_ours { path.with_extension("") } else { path.to_owned() };
        self.base = base.to_string_lossy().into_owned();
    }

    /// There is no system dialog: the field has to do.
    pub(super) fn no_dialog(&mut self) {
        self.note = "The system offers no file dialog here; type the path.";
    }

    fn with_ending(&self, ending: &str) -> PathBuf {
        PathBuf::from(format!("{}.{ending}", self.base.trim()))
    }

    fn table_paths(&self) -> Vec<PathBuf> {
        let chosen = TableFormat::ALL.iter().zip(self.tables).filter(|(_, is_chosen)| *is_chosen);
        chosen.map(|(format, _)| self.with_ending(format.extension())).collect()
    }

    fn targets(&self) -> Vec<PathBuf> {
        self.has_clip.then(|| self.with_ending("mp4")).into_iter().chain(self.table_paths()).collect()
    }

    /// Files that stand there already; asks the disk only when the names have changed.
    fn replaced(&mut self) -> &[PathBuf] {
        let targets = self.targets();
        if self.replaced.as_ref().is_none_or(|(asked, _)| *asked != targets) {
            let there = targets.iter().filter(|path| path.exists()).cloned().collect();
            self.replaced = Some((targets, there));
        }
        self.replaced.as_ref().map(|(_, there)| there.as_slice()).unwrap_or_default()
    }

    /// Starts the export.
    pub(super) fn start(
        &mut self,
        session: &mut Session,
        model: &ModelStatus,
        overlay: &OverlayStyle,
    ) -> Result<(), String> {
        let targets = self.targets();
        let Some(clip) = session.clip() else { return Err("there is no clip to export".into()) };
        let last = FrameIndex::new(clip.info().num_frames().saturating_sub(1));
        let style = OverlayStyle { only: Vec::new(), selected: Vec::new(), hovered: None, ..overlay.clone() };
        let job = |path| ClipJob { path, frames: FrameIndex(0)..=last, style, audio: self.has_audio };
        let request = ExportRequest {
            clip: self.has_clip.then(|| self.with_ending("mp4")).map(job),
            tables: self.table_paths(),
            about: about(clip, model, last),
        };
        let id = session.export(request).map_err(|error| error.to_string())?;
        self.running = Some((id, targets));
        Ok(())
    }

    pub(super) fn stop(&self, session: &mut Session) {
        if let Some((id, _)) = &self.running {
            session.cancel_export(*id);
        }
    }

    /// Takes in how an export ended; returns the files that it was about.
    pub(super) fn ended(&mut self, id: ExportId, end: &ExportEnd) -> Option<Vec<PathBuf>> {
        let (_, targets) = self.running.take_if(|(running, _)| *running == id)?;
        self.replaced = None;
        if matches!(end, ExportEnd::Finished(_)) {
            self.is_open = false;
        }
        Some(targets)
    }

    /// How far the export under way is, 0 to 1.
    pub(super) fn progress(&self, session: &Session) -> Option<f32> {
        self.running.as_ref().map(|(id, _)| session.export_progress(*id).unwrap_or(1.0))
    }
}

fn about(clip: &Clip, model: &ModelStatus, last: FrameIndex) -> About {
    let info = clip.info();
    let none = || (AboutWeights { name: String::new(), sha256: String::new() }, String::new());
    let ready = |model: &ModelInfo| {
        (AboutWeights { name: model.weights.clone(), sha256: model.weights_sha256.clone() }, model.device.clone())
    };
    let model = if let ModelStatus::Ready(model) = model { Some(&**model) } else { None };
    let (weights, device) = model.map_or_else(none, ready);
    About {
        source: AboutSource {
            path: clip.path().display().to_string(),
            size: info.size,
            frame_rate: info.frame_rate,
            num_frames: info.num_frames(),
        },
        weights,
        device,
        settings: AboutSettings {
            model_size: model.map_or(info.size, |m| m.tracker.model_size.unwrap_or(m.config.model_size())),
            iterations: model.map_or(0, |m| m.tracker.iters.unwrap_or(m.config.iters)),
            support_grid: model.map_or(0, |m| m.tracker.support_grid),
            start: FrameIndex(0),
            end: last,
            visible_above: model.map_or(0.0, |m| m.config.visible_above),
        },
    }
}

/// The dialog, if it is open.
pub(super) fn export_ui(ctx: &egui::Context, state: &mut State, actions: &mut Actions) {
    if !state.export.is_open {
        return;
    }
    let modal = Modal::new(Id::unique("export")).frame(style::dialog_frame(ctx)).show(ctx, |ui| {
        ui.set_width(WIDTH.min(ctx.content_rect().width() - 48.0));
        ui.heading("Export");
        ui.add_space(GAP);
        match state.export.progress(&state.session) {
            Some(progress) => running_ui(ui, progress, actions),
            None => choice_ui(ui, state, actions),
        }
    });
    if modal.should_close() {
        actions.push(Action::CloseExport);
    }
}

fn running_ui(ui: &mut Ui, progress: f32, actions: &mut Actions) {
    ui.label(format!("Writing, {:.0} %", 100.0 * progress));
    let response =
        ui.add(ProgressBar::new(progress).desired_height(8.0).corner_radius(4).fill(style::tokens(ui).accent));
    let name = format!("Export progress, {:.0} %", 100.0 * progress);
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, &name));
    ui.add_space(2.0 * GAP);
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        if ui.button("Continue in the background").clicked() {
            actions.push(Action::CloseExport);
        }
        if ui.button("Stop export").on_hover_text("No partial file is left").clicked() {
            actions.push(Action::StopExport);
        }
    });
}

fn choice_ui(ui: &mut Ui, state: &mut State, actions: &mut Actions) {
    let clip_has_audio = state.session.clip().is_some_and(|clip| clip.info().has_audio);
    let tracking = state.session.clip().and_then(Clip::tracking_progress);
    let panel = &mut state.export;
    ui.checkbox(&mut panel.has_clip, "Annotated clip (.mp4)").on_hover_text("Every frame with points and trails");
    if clip_has_audio {
        ui.indent("audio", |ui| {
            ui.add_enabled(panel.has_clip, egui::Checkbox::new(&mut panel.has_audio, "Copy the sound"));
        });
    }
    for (format, is_chosen) in TableFormat::ALL.iter().zip(&mut panel.tables) {
        let (name, use_for) = match format {
            TableFormat::Csv => ("Table (.csv)", "One row per point and frame, for spreadsheets and data frames"),
            TableFormat::Json => ("JSON (.json)", "The same with the source, the weights and the settings"),
            TableFormat::Npz => ("NumPy (.npz)", "Arrays for numpy.load"),
        };
        ui.checkbox(is_chosen, name).on_hover_text(use_for);
    }
    ui.add_space(2.0 * GAP);
    let caption = ui.label("Path without ending");
    ui.horizontal(|ui| {
        let width = ui.available_width() - 92.0;
        let field = TextEdit::singleline(&mut panel.base).desired_width(width).margin(egui::vec2(6.0, 5.0));
        ui.add(field).labelled_by(caption.id);
        if ui.button("Browse…").clicked() {
            actions.push(Action::BrowseTarget);
        }
    });
    for note in notes(panel, tracking) {
        let text = RichText::new(note).small().color(style::tokens(ui).warning);
        ui.add(Label::new(text).wrap());
    }
    ui.add_space(3.0 * GAP);
    let can_start = !panel.targets().is_empty() && !panel.base.trim().is_empty();
    let is_entered = can_start && is_confirmed(ui);
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        ui.spacing_mut().button_padding = vec2(16.0, 5.0);
        if primary_button_ui(ui, "Export", can_start).clicked() || is_entered {
            actions.push(Action::StartExport);
        }
        if ui.button("Cancel").clicked() {
            actions.push(Action::CloseExport);
        }
    });
}

/// What the user should know before starting.
fn notes(panel: &mut ExportPanel, tracking: Option<(usize, usize)>) -> Vec<String> {
    let mut notes = Vec::new();
    if !panel.note.is_empty() {
        notes.push(panel.note.to_owned());
    }
    if panel.targets().is_empty() {
        notes.push("Choose at least one format.".to_owned());
    }
    if let Some((done, total)) = tracking {
        let percent = 100 * done / total.max(1);
        notes.push(format!("Tracking is at {percent} %: what is not tracked yet will be missing."));
    }
    let names: Vec<String> =
        panel.replaced().iter().filter_map(|p| p.file_name()).map(|name| name.to_string_lossy().into_owned()).collect();
    if !names.is_empty() {
        notes.push(format!("Will be replaced: {}", names.join(", ")));
    }
    notes
}
