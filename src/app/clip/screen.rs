//! The clip in the window: transport, timeline, points and picture.

use super::room::ClipRoom;
use super::timeline::lanes::{DEFAULT_HEIGHT, HEIGHTS, lanes_ui};
use super::timeline::strip::timeline_ui;
use super::transport::transport_ui;
use crate::app::actions::Actions;
use crate::app::canvas::canvas_ui::{Drawn, Surroundings, canvas_ui, drop_target, opening_text};
use crate::app::canvas::look::Look;
use crate::app::canvas::point_view::PointView;
use crate::app::kit::commands::{Command, binding};
use crate::app::kit::controls::pill;
use crate::app::kit::style;
use crate::app::measure::charts_ui::{DEFAULT_HEIGHT as DEFAULT_CHARTS, HEIGHTS as CHARTS, charts_ui};
use crate::app::model::status::ModelStatus;
use crate::app::points::menu::menu_ui;
use crate::app::points::panel::points_ui;
use crate::app::points::rows::PointsList;
use egui::{Align2, CentralPanel, Frame, Margin, Panel, Rect, Ui, vec2};

/// Everything between the bars. Returns what was drawn, and how wide the panel of points is.
pub(crate) fn clip_ui(
    ui: &mut Ui,
    room: &ClipRoom,
    list: &mut PointsList,
    (look, model): (&Look, &ModelStatus),
    (panel_width, had_popup): (f32, bool),
    actions: &mut Actions,
) -> (Drawn, f32) {
    let (bar, palette) = (Frame::new().fill(ui.visuals().panel_fill), look.style.palette);
    let bottom = Panel::bottom("transport").frame(bar.inner_margin(Margin { top: 2, bottom: 6, ..Margin::ZERO }));
    bottom.show(ui, |ui| {
        ui.allocate_ui(vec2(ui.available_width(), style::ICON_BUTTON), |ui| transport_ui(ui, room, actions));
    });
    if room.timeline.shows_lanes {
        let lanes = Panel::bottom("lanes").resizable(true).default_size(DEFAULT_HEIGHT).size_range(HEIGHTS);
        lanes
            .frame(bar.inner_margin(Margin { top: 4, bottom: 4, ..Margin::ZERO }))
            .show(ui, |ui| lanes_ui(ui, room, palette, actions));
    }
    let strip = Panel::bottom("timeline").frame(bar.inner_margin(Margin { top: 6, ..Margin::ZERO }));
    strip.show(ui, |ui| timeline_ui(ui, room, palette, actions));
    let points = Panel::right("points").default_size(panel_width).size_range(180.0..=420.0);
    let shown = points
        .frame(bar.inner_margin(Margin::symmetric(10, 8)))
        .show(ui, |ui| points_ui(ui, room, list, model, look, actions));
    if room.measuring.charts.is_open {
        let charts = Panel::bottom("charts").resizable(true).default_size(DEFAULT_CHARTS).size_range(CHARTS);
        let frame = bar.inner_margin(Margin { top: 4, bottom: 2, left: 8, right: 6 });
        charts.frame(frame).show(ui, |ui| charts_ui(ui, room, actions));
    }
    let canvas = CentralPanel::no_frame().show(ui, |ui| {
        let around = Surroundings {
            look,
            within_px: room.picture().and_then(|picture| model.within_px(picture.size)),
            hint: hint(room),
            hint_edge: Align2::CENTER_TOP,
            shows_marks: room.measuring.is_open,
            had_popup,
        };
        let menu = |ui: &mut Ui, actions: &mut Actions| menu_ui(ui, room, palette, actions);
        let drawn = canvas_ui(ui, room, &around, actions, menu);
        opening_ui(ui, drawn.rect, room);
        drop_target(ui, &ui.painter_at(drawn.rect), drawn.rect);
        drawn
    });
    (canvas.inner, shown.response.rect.width())
}

/// One line on what to do next.
fn hint(room: &ClipRoom) -> Option<String> {
    if room.session.clip().is_none() || room.session.opening().is_some() {
        return None;
    }
    let key = |command: Command| binding(command).key_text();
    if room.num_points() == 0 {
        return Some("Click what you want to follow".to_owned());
    }
    let is_due = room.hints.has_tracked && !room.hints.has_moved_on;
    let (play, export) = (key(Command::PlayPause), key(Command::Export));
    is_due.then(|| format!("{play} plays · {export} exports the clip and the data"))
}

fn opening_ui(ui: &Ui, rect: Rect, room: &ClipRoom) {
    if let Some(path) = room.session.opening() {
        let text = opening_text(path);
        let shown = pill(&ui.painter_at(rect), rect.center(), Align2::CENTER_CENTER, &text, 14.5);
        egui::Spinner::new()
            .paint_at(ui, Rect::from_center_size(shown.left_center() - vec2(20.0, 0.0), vec2(18.0, 18.0)));
    }
}
