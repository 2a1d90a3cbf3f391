//! The export dialog in the camera view: tables of all that was said of the points so far, while the stream goes on.

use super::dialog::{path_ui, running_ui, start_ui};
use super::plan::{Names, about_source};
use super::what::{choice_ui, counted};
use super::{ExportPanel, Running};
use crate::app::actions::{Action, Actions, now};
use crate::app::state::State;
use crate::app::style::{self, GAP};
use crate::geometry::FrameIndex;
use crate::session::LogExportRequest;
use crate::tracks::{AboutSource, LogStatus, TableOptions, TrackId, TrackMode};
use egui::{Grid, Id, Label, Modal, RichText, Ui};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

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

/// What the dialog knows of the stream.
struct Facts {
    status: LogStatus,
    /// The points that there are now.
    now: Vec<TrackId>,
    /// What the user calls points, deleted ones included.
    names: BTreeMap<TrackId, String>,
    selection: Vec<TrackId>,
}

impl Facts {
    fn of(state: &State) -> Option<Self> {
        let view = state.live.view.as_ref()?;
        let shown = view.on_screen.as_ref();
        Some(Self {
            status: view.log_status(),
            now: shown.into_iter().flat_map(|shown| shown.tracks.tracks()).map(|track| track.id).collect(),
            names: BTreeMap::clone(&view.points().names),
            selection: view.selection.clone(),
        })
    }

    fn num_points(&self, points: LivePoints) -> usize {
        self.points(points).map_or(self.status.num_tracks, |points| points.len())
    }

    /// `None` for all of them.
    fn points(&self, points: LivePoints) -> Option<Vec<TrackId>> {
        match points {
            LivePoints::All => None,
            LivePoints::Now => Some(self.now.clone()),
            LivePoints::Selected => Some(self.selection.clone()),
        }
    }
}

impl State {
    /// Opens the dialog; a name is suggested beside the folder of recordings.
    pub(super) fn open_live_export(&mut self) {
        let recordings = self.live.chooser.recordings();
        let panel = &mut self.export;
        if panel.named_for.as_deref() != Some(Path::new(NAMED_FOR)) {
            let base = recordings.with_file_name("camera_tracks");
            panel.base = base.to_string_lossy().into_owned();
            panel.named_for = Some(PathBuf::from(NAMED_FOR));
        }
        panel.choices.formats.csv |= !panel.choices.formats.has_tables();
        (panel.note, panel.places) = ("", super::Places::default());
        panel.live = Some(LivePoints::All);
        panel.is_open = true;
    }

    /// Starts to write what is chosen.
    pub(super) fn start_live_export(&mut self, ctx: &egui::Context) {
        let (Some(points), Some(facts), Some(view)) = (self.export.live, Facts::of(self), &self.live.view) else {
            return;
        };
        let (id, format) = (view.status.camera.id.as_ref(), view.status.camera.format);
        let Some(size) = view.on_screen.as_ref().map(|shown| shown.size) else { return };
        let source = AboutSource {
            path: id.map_or_else(String::new, |id| id.name.clone()),
            size,
            frame_rate: format.map_or(0.0, |format| f64::from(format.frame_rate)),
            num_frames: 0, // how many there are is known when they are written
        };
        let mut about = about_source(source, TrackMode::Live, &self.model, FrameIndex(0));
        if let Some(setting) = view.status.setting {
            (about.settings.model_size, about.settings.iterations) = (setting.model_size, setting.iters);
        }
        let panel = &mut self.export;
        let names = Names { base: panel.base.trim() };
        let request = LogExportRequest {
            log: view.log().clone(),
            paths: names.tables(&panel.choices).collect(),
            about,
            options: TableOptions {
                tracks: facts.points(points),
                keeps_hidden: panel.choices.keeps_hidden,
                first_number: 0,
            },
            names: facts.names,
        };
        let targets = panel.targets();
        let id = self.session.export_log(request);
        panel.running = Some(Running { id, targets, started_secs: now(ctx) });
        panel.is_open = false; // the stream matters more; a message tells when it is done
    }
}

/// The dialog.
pub(super) fn live_export_ui(ctx: &egui::Context, state: &mut State, actions: &mut Actions) {
    let Some(facts) = Facts::of(state) else {
        state.export.close(); // the camera is gone
        return;
    };
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
        let mut points = panel.live.unwrap_or(LivePoints::All);
        choice_ui(ui, "Points", &mut points, &[LivePoints::All, LivePoints::Now, LivePoints::Selected], name);
        panel.live = Some(points);
        let name = |keeps: bool| if keeps { "Kept, with a flag" } else { "Left out" }.to_owned();
        choice_ui(ui, "Hidden frames", &mut panel.choices.keeps_hidden, &[true, false], name);
    });
    ui.add_space(GAP);
    ui.separator();
    path_ui(ui, panel, actions);
    let num_points = facts.num_points(panel.live.unwrap_or(LivePoints::All));
    notes_ui(ui, panel, facts, num_points);
    ui.add_space(2.0 * GAP);
    start_ui(ui, panel, panel.choices.formats.has_tables() && num_points > 0, actions, |_| ());
}

/// What the user should know before starting.
fn notes_ui(ui: &mut Ui, panel: &ExportPanel, facts: &Facts, num_points: usize) {
    let tokens = style::tokens(ui);
    let num_frames = facts.status.num_pushed - facts.status.num_lost;
    let sum = format!("{} · {}, up to now", counted(num_frames as usize, "frame"), counted(num_points, "point"));
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
