//! The selected point, magnified, in the panel of points: in play it stays in the middle, so that whatever wobbles is
//! an error.

use super::loupe::{Target, patch_ui};
use super::state::State;
use super::style::{self, GAP};
use egui::{Id, Pos2, Rect, RichText, Role, Sense, Ui, WidgetInfo, vec2};

/// Largest side of the patch.
const MAX_SIDE: f32 = 200.0;
/// It takes this share of the panel at most: the list matters more.
const MAX_SHARE: f32 = 0.4;

/// The patch, if it is wanted.
pub(super) fn docked_ui(ui: &mut Ui, state: &State) {
    if !state.aids.docks_loupe {
        return;
    }
    ui.separator();
    let found = if state.live.is_open() { state.live.magnified() } else { magnified(state) };
    let (name, target) = match found {
        Ok(found) => found,
        Err(reason) => {
            ui.label(RichText::new(reason).small().weak());
            return;
        }
    };
    let side = ui.available_width().min(MAX_SIDE).min(MAX_SHARE * ui.available_height());
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

/// The selected point of the clip, or why there is none to be seen.
fn magnified(state: &State) -> Result<(&str, Target<'_>), &'static str> {
    let track = state.selected().ok_or("Select a point to see it magnified here.")?;
    let missing = "The selected point has no position on this frame.";
    let point = state.scene.get().marker(track).map(|marker| marker.point).ok_or(missing)?;
    let (image, size) = state.pictures.image().ok_or(missing)?;
    let name = state.session.clip().and_then(|clip| clip.tracks().track(track)).map_or("", |track| track.name.as_str());
    let scale = state.placement.map_or(vec2(1.0, 1.0), |placement| placement.pixel_shape());
    Ok((name, Target { image, size, point, at: Pos2::ZERO, scale }))
}
