//! The selected point, magnified, in the panel of points. While the clip plays the point stays in the middle, so that
//! errors show as wobble.

use super::look::Look;
use super::loupe::patch_ui;
use super::point_view::PointView;
use crate::app::kit::style::{self, GAP};
use egui::{Id, Rect, RichText, Role, Sense, Ui, WidgetInfo, vec2};

/// Largest side of the patch.
const MAX_SIDE: f32 = 200.0;
/// It takes this share of the panel at most: the list matters more.
const MAX_SHARE: f32 = 0.4;

/// The patch, if it is wanted, in a panel that is `room` points high.
pub(crate) fn docked_ui(ui: &mut Ui, view: &impl PointView, look: &Look, room: f32) {
    if !look.docks_loupe {
        return;
    }
    ui.separator();
    let (name, target) = match view.magnified() {
        Ok(found) => found,
        Err(reason) => {
            ui.label(RichText::new(reason).small().weak());
            return;
        }
    };
    let side = ui.available_width().min(MAX_SIDE).min(MAX_SHARE * room);
    let (_, row) = ui.allocate_space(vec2(ui.available_width(), side));
    let patch = Rect::from_center_size(row.center(), vec2(side, side));
    ui.painter().rect_filled(patch, 0.0, style::SURROUND);
    patch_ui(ui, &target, patch);
    let (x, y) = (target.point.x, target.point.y);
    let label = format!("Magnified {name}, x {x:.1}, y {y:.1}");
    let response = ui.interact(patch, Id::unique("docked magnifier"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &label));
    ui.vertical_centered(|ui| {
        ui.spacing_mut().interact_size.y = 16.0;
        ui.label(RichText::new(format!("{name}  x {x:.1}  y {y:.1}")).font(style::figures(11.5)).weak());
    });
    ui.add_space(GAP);
}
