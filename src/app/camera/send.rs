//! Sends the points of every frame to another program: the same lines as `cotrail track camera:N --emit`.

use super::room::CameraRoom;
use super::send_choice::SendKind;
use crate::app::actions::{Actions, CameraAction};
use crate::app::kit::style::{self, GAP};
use crate::session::SendingNow;
use egui::containers::menu::{MenuButton, MenuConfig};
use egui::style::StyleModifier;
use egui::{Align, Button, Label, Layout, PopupCloseBehavior, RichText, Role, TextEdit, Ui, WidgetInfo, vec2};

const WIDTH: f32 = 250.0;

pub(super) fn send_ui(ui: &mut Ui, camera: &CameraRoom, actions: &mut Actions) {
    let Some(live) = &camera.view else { return };
    let sending = live.status.sending.as_ref();
    // Buttons look like those of a dialog, not like entries of a menu.
    let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    let config = config.style(StyleModifier::default());
    let text = if sending.is_some() { "Sending" } else { "Send" };
    let button = MenuButton::from_button(Button::selectable(sending.is_some(), text)).config(config);
    let (response, _) = button.ui(ui, |ui| {
        ui.set_width(WIDTH);
        ui.with_layout(Layout::top_down(Align::Min), |ui| menu_ui(ui, camera, sending, actions));
    });
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, text));
    response.on_hover_text("Sends the points to another program, as UDP, TCP or OSC");
}

fn menu_ui(ui: &mut Ui, camera: &CameraRoom, sending: Option<&SendingNow>, actions: &mut Actions) {
    let mut choice = camera.send_to.clone();
    ui.horizontal(|ui| {
        for (kind, name, meaning) in SendKind::ALL {
            ui.selectable_value(&mut choice.kind, kind, name).on_hover_text(meaning);
        }
    });
    ui.add_space(GAP);
    let caption = ui.label("To (host:port)");
    let field = TextEdit::singleline(&mut choice.address).desired_width(f32::INFINITY).margin(vec2(6.0, 5.0));
    ui.add(field).labelled_by(caption.id);
    ui.add_space(GAP);
    let is_other = sending.is_some_and(|sending| choice.target().is_ok_and(|target| target != sending.target));
    let target = choice.target();
    ui.horizontal(|ui| {
        let name = if is_other { "Send there" } else { "Start" };
        if (sending.is_none() || is_other) && ui.add_enabled(target.is_ok(), Button::new(name)).clicked() {
            actions.push(CameraAction::Send(true));
        }
        if sending.is_some() && ui.button("Stop").clicked() {
            actions.push(CameraAction::Send(false));
        }
    });
    let tokens = style::tokens(ui);
    let (text, colour) = match (&target, sending) {
        (Err(problem), _) => (problem.clone(), tokens.error),
        (Ok(_), Some(sending)) => (said(sending), tokens.weak),
        (Ok(_), None) => ("The points of every frame, with the names that you gave".to_owned(), tokens.weak),
    };
    ui.add(Label::new(RichText::new(text).small().color(colour)).wrap());
    if choice != camera.send_to {
        actions.push(CameraAction::SendTo(choice));
    }
}

fn said(sending: &SendingNow) -> String {
    let SendingNow { target, num_sent, num_lost } = sending;
    let lost = if *num_lost > 0 { format!(", {num_lost} that nobody took") } else { String::new() };
    format!("{num_sent} lines to {target}{lost}")
}
