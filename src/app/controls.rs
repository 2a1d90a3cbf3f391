//! Buttons that stand for commands.

use super::actions::{Action, Actions};
use super::icons::{self, Icon};
use super::keys::{Command, binding, tooltip};
use super::style;
use egui::{Align, Button, Layout, Response, Role, Sense, Ui, WidgetInfo, vec2};

/// Whether a command can be used now, or why not.
pub(super) type Availability = Result<(), &'static str>;

/// A square button with an icon; its accessible name is the command's.
pub(super) fn command_icon_ui(
    ui: &mut Ui,
    icon: Icon,
    command: Command,
    is_on: bool,
    availability: Availability,
    actions: &mut Actions,
) -> Response {
    let response = icon_ui(ui, icon, style::ICON_BUTTON, binding(command).name, is_on, availability.is_ok());
    let response = explain(response, command, availability);
    if response.clicked() {
        actions.push(Action::Run(command));
    }
    response
}

/// A square button with an icon and an accessible name.
pub(super) fn icon_ui(ui: &mut Ui, icon: Icon, side: f32, name: &str, is_on: bool, is_enabled: bool) -> Response {
    let sense = if is_enabled { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(side, side), sense);
    response.widget_info(|| {
        if is_on {
            WidgetInfo::selected(Role::Button, is_enabled, true, name)
        } else {
            WidgetInfo::labeled(Role::Button, is_enabled, name)
        }
    });
    if ui.is_rect_visible(rect) {
        let tokens = style::tokens(ui);
        let visuals = ui.style().interact(&response);
        let painter = ui.painter();
        if is_on {
            painter.rect_filled(rect, style::CORNER, tokens.selection);
        } else if is_enabled && (response.hovered() || response.has_focus()) {
            painter.rect_filled(rect, style::CORNER, visuals.weak_bg_fill);
        }
        if response.has_focus() {
            let ring = egui::Stroke::new(1.5, tokens.accent);
            painter.rect_stroke(rect, style::CORNER, ring, egui::StrokeKind::Inside);
        }
        let colour = if is_enabled { tokens.text } else { tokens.outline };
        icons::paint(painter, rect, icon, colour);
    }
    response
}

/// A button with the command's name.
pub(super) fn command_button_ui(
    ui: &mut Ui,
    command: Command,
    availability: Availability,
    actions: &mut Actions,
) -> Response {
    let response = ui.add_enabled(availability.is_ok(), Button::new(binding(command).name));
    let response = explain(response, command, availability);
    if response.clicked() {
        actions.push(Action::Run(command));
    }
    response
}

/// The button of the next step: there is one at a time.
pub(super) fn primary_button_ui(ui: &mut Ui, text: &str, is_enabled: bool) -> Response {
    let tokens = style::tokens(ui);
    let text = egui::RichText::new(text);
    let button =
        if is_enabled { Button::new(text.color(tokens.on_accent)).fill(tokens.accent) } else { Button::new(text) };
    ui.add_enabled(is_enabled, button)
}

/// The row of buttons at the end of a dialog, from the right. No higher than they are: a dialog that was larger a
/// moment ago would stay so.
pub(super) fn end_row_ui(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    let row = vec2(ui.available_width(), style::ICON_BUTTON);
    ui.allocate_ui_with_layout(row, Layout::right_to_left(Align::Center), contents);
}

/// Whether Enter was pressed in a dialog and no widget of it takes it for itself: that is the primary button's key.
pub(super) fn is_confirmed(ui: &Ui) -> bool {
    let is_free = ui.memory(|memory| memory.focused().is_none());
    is_free && ui.input(|input| input.key_pressed(egui::Key::Enter))
}

/// A menu entry with its key.
pub(super) fn command_menu_ui(
    ui: &mut Ui,
    command: Command,
    is_on: bool,
    availability: Availability,
    actions: &mut Actions,
) {
    let binding = binding(command);
    let keys = binding.keys.first().map(|chord| chord.text()).unwrap_or_default();
    let button = Button::new(binding.name).shortcut_text(keys).selected(is_on);
    let response = ui.add_enabled(availability.is_ok(), button);
    if let Err(reason) = availability {
        response.on_disabled_hover_text(reason);
    } else if response.clicked() {
        actions.push(Action::Run(command));
        ui.close();
    }
}

fn explain(response: Response, command: Command, availability: Availability) -> Response {
    let text = tooltip(command);
    match availability {
        Ok(()) => response.on_hover_text(text),
        Err(reason) => {
            let text = format!("{text}: {reason}");
            response.on_hover_text(text.clone()).on_disabled_hover_text(text)
        }
    }
}

/// "1 frame", "2 frames".
pub(super) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
