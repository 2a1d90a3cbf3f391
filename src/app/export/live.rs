//! The export dialog in the camera view: tables of all that was said of the points so far, while the stream goes on.

use super::dialog::{notes_ui, path_ui, running_ui, start_ui};
use super::panel::{ExportPanel, LivePoints};
use super::what::{table_ui, tools_ui};
use crate::app::actions::{Actions, ExportAction};
use crate::app::camera::room::CameraRoom;
use crate::app::canvas::point_view::PointView;
use crate::app::kit::controls::choice_ui;
use crate::app::kit::style::{self, GAP};
use crate::app::kit::words::counted;
use crate::app::state::State;
use crate::tracks::{LogStatus, TrackId, TrackLog};
use egui::{Grid, Id, Modal, RichText, Ui};
use std::sync::Arc;

const WIDTH: f32 = 430.0;

pub(super) struct LiveFacts {
    status: LogStatus,
    /// The points that there are now, and those among them that are selected; `None` where the stream is over.
    now: Option<(Vec<TrackId>, Vec<TrackId>)>,
}

impl LiveFacts {
    pub(super) fn of(camera: &CameraRoom, log: &Arc<TrackLog>) -> Self {
        let is_open = camera.view.as_ref().is_some_and(|view| Arc::ptr_eq(view.log(), log));
        let now = is_open.then(|| (camera.ids(), camera.canvas.selection.clone()));
        Self { status: log.status(), now }
    }

    fn num_points(&self, points: LivePoints) -> usize {
        self.points(points).map_or(self.status.num_tracks, |points| points.len())
    }

    /// `None` for all of them.
    pub(super) fn points(&self, points: LivePoints) -> Option<Vec<TrackId>> {
        let now = self.now.as_ref();
        match points {
            LivePoints::All => None,
            LivePoints::Now => now.map(|(now, _)| now.clone()),
            LivePoints::Selected => now.map(|(_, selection)| selection.clone()),
        }
    }
}

pub(super) fn live_export_ui(ctx: &egui::Context, state: &mut State, actions: &mut Actions) {
    let live = state.export.live.as_ref();
    let Some(facts) = live.map(|live| LiveFacts::of(&state.camera, &live.log)) else { return };
    let progress = state.export.progress(&state.clip.session);
    let panel = &mut state.export;
    if progress.is_none() {
        panel.look_at_places(&state.desk.repaint);
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
        actions.push(ExportAction::Close);
    }
}

fn what_ui(ui: &mut Ui, panel: &mut ExportPanel, facts: &LiveFacts, actions: &mut Actions) {
    ui.horizontal_wrapped(|ui| {
        let formats = &mut panel.choices.formats;
        ui.checkbox(&mut formats.csv, "Table (.csv)").on_hover_text("A row per point and frame, for spreadsheets, R");
        ui.checkbox(&mut formats.json, "JSON (.json)").on_hover_text("Arrays, with camera and settings, for scripts");
        ui.checkbox(&mut formats.npz, "NumPy (.npz)").on_hover_text("Arrays for numpy.load");
    });
    ui.add_space(GAP);
    Grid::new("what-live").num_columns(2).spacing([12.0, 6.0]).show(ui, |ui| {
        tools_ui(ui, panel);
        let name = |points: LivePoints| match points {
            LivePoints::All => format!("All, deleted ones too ({})", facts.num_points(points)),
            LivePoints::Now => format!("Those there now ({})", facts.num_points(points)),
            LivePoints::Selected => format!("Selected ({})", facts.num_points(points)),
        };
        let all = [LivePoints::All, LivePoints::Now, LivePoints::Selected];
        if let Some(live) = &mut panel.live {
            choice_ui(ui, "Points", &mut live.points, if facts.now.is_some() { &all } else { &all[..1] }, name);
        }
        table_ui(ui, panel);
    });
    ui.add_space(GAP);
    ui.separator();
    path_ui(ui, panel, actions);
    let num_points = panel.live.as_ref().map_or(0, |live| facts.num_points(live.points));
    let num_frames = facts.status.num_pushed - facts.status.num_lost;
    let until = if facts.now.is_some() { ", up to now" } else { "" };
    let sum = format!("{} · {}{until}", counted(num_frames as usize, "frame"), counted(num_points, "point"));
    ui.label(RichText::new(sum).small().weak());
    notes_ui(ui, panel, panel.choices.has_tables(), notes(facts, num_points));
    ui.add_space(2.0 * GAP);
    let is_something = panel.choices.has_tables() && num_points > 0;
    start_ui(ui, panel, is_something, actions, |_, _| ());
}

/// What there is to say of this stream and the points that are chosen.
fn notes(facts: &LiveFacts, num_points: usize) -> Vec<(String, bool)> {
    let no_point = (num_points == 0).then(|| ("No point is chosen.".to_owned(), true));
    let lost = counted(facts.status.num_lost as usize, "frame");
    let lost = format!("The oldest are missing: {lost}, for which there was no room.");
    no_point.into_iter().chain((facts.status.num_lost > 0).then_some((lost, false))).collect()
}
