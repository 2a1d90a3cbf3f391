//! What stands over the picture while the camera gives none: what is the matter, and one thing to do.

use super::room::CameraRoom;
use crate::app::actions::{Actions, CameraAction};
use crate::app::kit::commands::Command;
use crate::app::kit::controls::primary_button_ui;
use crate::app::kit::style::{self, GAP};
use crate::app::kit::words::sentence;
use crate::media::CameraError;
use crate::session::CameraState;
use egui::{Label, Rect, RichText, Ui, UiBuilder, vec2};

const SIZE: egui::Vec2 = vec2(340.0, 130.0);

struct Card {
    title: &'static str,
    line: String,
    /// The button opens the camera again instead of the list.
    is_again: bool,
}

/// The card of the camera's state, if there is something to say.
pub(super) fn card_ui(ui: &mut Ui, canvas: Rect, camera: &CameraRoom, actions: &mut Actions) {
    let Some(card) = card(camera) else { return };
    let size = SIZE.min(canvas.size() - vec2(24.0, 24.0));
    let rect = Rect::from_center_size(canvas.center(), size);
    ui.painter().rect_filled(rect, style::CORNER, style::tokens(ui).panel);
    let inner = UiBuilder::new().max_rect(rect.shrink(4.0 * GAP)).id_salt("camera-state");
    ui.scope_builder(inner, |ui| {
        ui.vertical_centered(|ui| {
            ui.label(RichText::new(card.title).strong().size(15.0));
            let line = ui.add(Label::new(RichText::new(card.line).color(style::tokens(ui).weak)).wrap());
            ui.ctx().accesskit_node_builder(line.id, |node| node.set_live(egui::accesskit::Live::Polite));
            ui.add_space(GAP);
            let button = if card.is_again { "Open it again" } else { "Choose a camera…" };
            if primary_button_ui(ui, button, true).clicked() {
                match &camera.view {
                    Some(view) if card.is_again => actions.push(CameraAction::Open(view.request.clone())),
                    _ => actions.push(Command::Camera),
                }
            }
        });
    });
}

fn card(camera: &CameraRoom) -> Option<Card> {
    let choose = |title, line: &str| Card { title, line: line.to_owned(), is_again: false };
    let waiting = || choose("Waiting for the camera", "The first picture may take some seconds.");
    let Some(view) = &camera.view else { return Some(waiting()) };
    Some(match &view.status.camera.state {
        CameraState::Streaming if view.on_screen.is_some() => return None,
        CameraState::Streaming | CameraState::Opening => waiting(),
        CameraState::Stalled => {
            Card { is_again: true, ..choose("The camera gives no pictures", "It is tried again all the time.") }
        }
        CameraState::Lost => choose("The camera was unplugged", "Plug it in again and it goes on by itself."),
        CameraState::Unavailable(CameraError::Busy(_)) => {
            choose("The camera is in use", "Close the other program that uses it, and it comes by itself.")
        }
        CameraState::Unavailable(CameraError::NoPermission(_)) => {
            choose("The camera may not be used", "The system gives this program no permission to use it.")
        }
        CameraState::Unavailable(error) => choose("The camera cannot be used", &sentence(&error.to_string())),
    })
}
