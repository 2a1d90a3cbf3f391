//! The camera in the window: its picture, its points, and what stands under them.

use super::bar::row_ui;
use super::cards::card_ui;
use super::hud::hud_ui;
use super::points::{menu_ui, points_ui};
use super::room::CameraRoom;
use super::seekbar::seekbar_ui;
use crate::app::actions::Actions;
use crate::app::canvas::canvas_ui::{Drawn, Surroundings, canvas_ui};
use crate::app::canvas::look::Look;
use crate::app::canvas::point_view::PointView;
use crate::app::kit::style;
use crate::app::model::status::ModelStatus;
use crate::app::points::rows::PointsList;
use egui::{Align2, CentralPanel, Frame, Margin, Panel, Ui, Vec2};

/// Everything between the bars. Returns what was drawn, and how wide the panel of points is.
pub(crate) fn camera_ui(
    ui: &mut Ui,
    camera: &CameraRoom,
    list: &mut PointsList,
    (look, model): (&Look, &ModelStatus),
    (panel_width, had_popup): (f32, bool),
    actions: &mut Actions,
) -> (Drawn, f32) {
    let frame = Frame::new().fill(ui.visuals().panel_fill).inner_margin(Margin { top: 4, bottom: 6, ..Margin::ZERO });
    Panel::bottom("camera").frame(frame).show(ui, |ui| {
        let row = egui::vec2(ui.available_width(), style::ICON_BUTTON);
        ui.allocate_ui(row, |ui| seekbar_ui(ui, camera, actions));
        ui.allocate_ui(row, |ui| row_ui(ui, camera, actions));
    });
    let frame = Frame::new().fill(ui.visuals().panel_fill).inner_margin(Margin::symmetric(10, 8));
    let panel = Panel::right("camera_points").default_size(panel_width).size_range(180.0..=420.0).frame(frame);
    let shown = panel.show(ui, |ui| points_ui(ui, camera, list, look, actions));
    let canvas = CentralPanel::no_frame().show(ui, |ui| {
        let around = Surroundings {
            look,
            within_px: camera.on_screen().and_then(|shown| model.within_px(shown.frame.size())),
            hint: hint(camera, model),
            shows_marks: false,
            hint_edge: Align2::CENTER_BOTTOM, // the line of the camera stands at the top
            had_popup,
        };
        let drawn = canvas_ui(ui, camera, &around, actions, |ui, actions| menu_ui(ui, camera, actions));
        card_ui(ui, drawn.rect, camera, actions);
        hud_ui(ui, drawn.rect, camera, model, actions);
        drawn
    });
    (canvas.inner, shown.response.rect.width())
}

/// One line on what to do next, or why nothing can be followed.
fn hint(camera: &CameraRoom, model: &ModelStatus) -> Option<String> {
    let view = camera.view.as_ref()?;
    let is_old = camera.on_screen().is_some_and(|shown| !shown.is_newest());
    let text = match model {
        ModelStatus::Failed(_) => "There is no model: points cannot be followed",
        ModelStatus::Loading => "The model is being loaded…",
        ModelStatus::Ready(_) => match view.status.following_late {
            Some(done) => return Some(format!("Following the point to now… {:.0} % · Esc gives up", 100.0 * done)),
            None if view.is_frozen && is_old => "Points that you add or move here are followed to now",
            None if view.is_frozen => "Frozen: points that you add or move here are followed when it goes on",
            None if camera.num_points() == 0 => "Click what you want to follow",
            None => return None,
        },
    };
    Some(text.to_owned())
}

impl CameraRoom {
    /// Takes note of what was drawn; `frame_secs` is how long the whole frame before took.
    pub(crate) fn drawn(&mut self, drawn: &Drawn, now_secs: f64, frame_secs: Option<f32>) {
        self.canvas.placement = drawn.placement.or(self.canvas.placement);
        let Some(view) = self.view.as_mut().filter(|_| drawn.placement.is_some()) else { return };
        let is_moved = drawn.response.ctx.input(|input| input.pointer.delta() != Vec2::ZERO);
        if view.moved_at_secs.is_none() || (is_moved && drawn.response.contains_pointer()) {
            view.moved_at_secs = Some(now_secs);
        }
        view.drawn(frame_secs);
    }
}
