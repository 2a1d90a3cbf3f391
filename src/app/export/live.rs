//! The export dialog in the camera view: tables of all that was said of the points so far, while the stream goes on.

use super::dialog::{path_ui, running_ui, start_ui};
use super::plan::{Names, about_source};
use super::what::choice_ui;
use super::{ExportPanel, Running};
use crate::app::actions::{Action, Actions, now};
use crate::app::controls::counted;
use crate::app::state::State;
use crate::app::style::{self, GAP};
use crate::geometry::FrameIndex;
use crate::session::LogExportRequest;
use crate::tracks::{AboutSource, LogDescription, LogStatus, TableOptions, TrackId, TrackLog, TrackMode};
use egui::{Grid, Id, Label, Modal, RichText, Ui};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const WIDTH: f32 = 430.0;
/// Stands where the path of the clip does that a name was suggested for.
const NAMED_FOR: &str = "camera:";

/// Which points.
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
    log: Arc<TrackLog>,
    points: LivePoints,
}

/// What the dialog knows of the stream.
struct Facts {
    status: LogStatus,
    /// The points that there are now, and those among them that are selected; `None` where the stream is over.
    now: Option<(Vec<TrackId>, Vec<TrackId>)>,
}

impl Facts {
    fn of(state: &State, log: &Arc<TrackLog>) -> Self {
        let view = state.live.view.as_ref().filter(|view| Arc::ptr_eq(view.log(), log));
        let now = view.map(|view| {
            let shown = view.on_screen.as_ref();
            let ids = shown.into_iter().flat_map(|shown| shown.tracks.tracks()).map(|track| track.id);
            (ids.collect(), view.selection.clone())
        });
        Self { status: log.status(), now }
    }

    fn num_points(&self, points: LivePoints) -> usize {
        self.points(points).map_or(self.status.num_tracks, |points| points.len())
    }

    /// `None` for all of them.
    fn points(&self, points: LivePoints) -> Option<Vec<TrackId>> {
        let now = self.now.as_ref();
        match points {
            LivePoints::All => None,
            LivePoints::Now => now.map(|(now, _)| now.clone()),
            LivePoints::Selected => now.map(|(_, selection)| selection.clone()),
        }
    }
}

impl State {
    /// Opens the dialog for the camera that is open.
    pub(super) fn open_live_export(&mut self) {
        if let Some(log) = self.live.view.as_ref().map(|view| Arc::clone(view.log())) {
            self.open_log_export(log);
        }
    }

    /// Opens the dialog for the camera that was open last.
    pub(in crate::app) fn open_last_export(&mut self) {
        if let Some(log) = self.live.last_log().cloned() {
            self.open_log_export(log);
        }
    }

    /// A name is suggested beside the folder of recordings.
    fn open_log_export(&mut self, log: Arc<TrackLog>) {
        let recordings = self.live.chooser.recordings();
        let panel = &mut self.export;
        if panel.named_for.as_deref() != Some(Path::new(NAMED_FOR)) {
            let base = recordings.with_file_name("camera_tracks");
            panel.base = base.to_string_lossy().into_owned();
            panel.named_for = Some(PathBuf::from(NAMED_FOR));
        }
        panel.choices.formats.csv |= !panel.choices.formats.has_tables();
        (panel.note, panel.places, panel.after) = ("", super::Places::default(), None);
        panel.live = Some(LiveExport { log, points: LivePoints::All });
        panel.is_open = true;
    }

    /// The log of the camera that is open, and what is known of it.
    pub(in crate::app) fn describe_stream(&self) -> Option<(&TrackLog, LogDescription)> {
        let view = self.live.view.as_ref()?;
        let (id, format) = (view.status.camera.id.as_ref(), view.status.camera.format);
        let source = AboutSource {
            path: id.map_or_else(String::new, |id| id.name.clone()),
            size: view.on_screen.as_ref()?.size,
            frame_rate: format.map_or(0.0, |format| format.frame_rate.per_sec()),
            num_frames: 0, // how many there are is known when they are written
        };
        let mut about = about_source(source, TrackMode::Live, &self.model, FrameIndex(0));
        if let Some(setting) = view.status.setting {
            (about.settings.model_size, about.settings.iterations) = (setting.model_size, setting.iters);
        }
        Some((view.log(), LogDescription { about, names: BTreeMap::clone(&view.points().names) }))
    }

    /// Starts to write what is chosen.
    pub(super) fn start_live_export(&mut self, ctx: &egui::Context) {
        let Some(LiveExport { log, points }) = &self.export.live else { return };
        let (log, tracks) = (Arc::clone(log), Facts::of(self, log).points(*points));
        if let Some((newest, description)) = self.describe_stream()
            && std::ptr::eq(newest, &raw const *log)
        {
            log.describe(description);
        }
        let Some(description) = log.description() else { return };
        let panel = &mut self.export;
        let names = Names { base: panel.base.trim() };
        let options = TableOptions { tracks, keeps_hidden: panel.choices.keeps_hidden, first_number: 0 };
        let paths = names.tables(&panel.choices).collect();
        let targets = panel.targets();
        let id = self.session.export_log(LogExportRequest { log, paths, description, options });
        panel.running = Some(Running { id, targets, started_secs: now(ctx) });
        panel.is_open = false; // the stream matters more; a message tells when it is done
    }
}

/// The dialog.
pub(super) fn live_export_ui(ctx: &egui::Context, state: &mut State, actions: &mut Actions) {
    let Some(facts) = state.export.live.as_ref().map(|live| Facts::of(state, &live.log)) else { return };
    let progress = state.export.progress(&state.session);
    let panel = &mut state.export;
    if progress.is_none() {
        panel.look_at_places(&state.repaint);
    }
    let modal = Modal::new(Id::unique("export-live")).frame(style::dialog_frame(ctx)).show(ctx, |ui| {
        ui.set_width(WIDTH.min(ctx.content_rect().width() - 56.0));
        ui.heading("Export live tracks");
        ui.add_space(GAP);
        match (progress, &panel.running) {
            (Some(progress), Some(running)) => running_ui(ui, progress, running, actions),
            _ => what_ui(ui, panel, &facts, actions),
        }
    });
    if modal.should_close() {
        actions.push(Action::CloseExport);
    }
}

fn what_ui(ui: &mut Ui, panel: &mut ExportPanel, facts: &Facts, actions: &mut Actions) {
    ui.horizontal_wrapped(|ui| {
        let formats = &mut panel.choices.formats;
        ui.checkbox(&mut formats.csv, "Table (.csv)").on_hover_text("A row per point and frame, for spreadsheets, R");
        ui.checkbox(&mut formats.json, "JSON (.json)").on_hover_text("Arrays, with camera and settings, for scripts");
        ui.checkbox(&mut formats.npz, "NumPy (.npz)").on_hover_text("Arrays for numpy.load");
    });
    ui.add_space(GAP);
    Grid::new("what-live").num_columns(2).spacing([12.0, 6.0]).show(ui, |ui| {
        let name = |points: LivePoints| match points {
            LivePoints::All => format!("All, deleted ones too ({})", facts.num_points(points)),
            LivePoints::Now => format!("Those there now ({})", facts.num_points(points)),
            LivePoints::Selected => format!("Selected ({})", facts.num_points(points)),
        };
        let all = [LivePoints::All, LivePoints::Now, LivePoints::Selected];
        if let Some(live) = &mut panel.live {
            choice_ui(ui, "Points", &mut live.points, if facts.now.is_some() { &all } else { &all[..1] }, name);
        }
        let name = |keeps: bool| if keeps { "Kept, with a flag" } else { "Left out" }.to_owned();
        choice_ui(ui, "Hidden frames", &mut panel.choices.keeps_hidden, &[true, false], name);
    });
    ui.add_space(GAP);
    ui.separator();
    path_ui(ui, panel, actions);
    let num_points = panel.live.as_ref().map_or(0, |live| facts.num_points(live.points));
    notes_ui(ui, panel, facts, num_points);
    ui.add_space(2.0 * GAP);
    let is_something = panel.choices.formats.has_tables() && num_points > 0;
    start_ui(ui, panel, is_something, actions, |_, _| ());
}

/// What the user should know before starting.
fn notes_ui(ui: &mut Ui, panel: &ExportPanel, facts: &Facts, num_points: usize) {
    let tokens = style::tokens(ui);
    let num_frames = facts.status.num_pushed - facts.status.num_lost;
    let until = if facts.now.is_some() { ", up to now" } else { "" };
    let sum = format!("{} · {}{until}", counted(num_frames as usize, "frame"), counted(num_points, "point"));
    ui.label(RichText::new(sum).small().weak());
    let mut notes: Vec<(String, bool)> = Vec::new();
    if !panel.note.is_empty() {
        notes.push((panel.note.to_owned(), false));
    }
    if !panel.choices.formats.has_tables() {
        notes.push(("Choose at least one format.".to_owned(), false));
    }
    if num_points == 0 {
        notes.push(("No point is chosen.".to_owned(), true));
    }
    if facts.status.num_lost > 0 {
        let lost = counted(facts.status.num_lost as usize, "frame");
        notes.push((format!("The oldest are missing: {lost}, for which there was no room."), false));
    }
    notes.extend(panel.places.notes().iter().map(|note| (note.text.clone(), note.is_blocking)));
    for (text, is_blocking) in notes {
        let colour = if is_blocking { tokens.error } else { tokens.warning };
        ui.add(Label::new(RichText::new(text).small().color(colour)).wrap());
    }
}
