//! What dialogs are made of: buttons that stand for commands, lists, numbers, progress; and text over the picture.

use crate::app::actions::{Action, Actions};
use crate::app::kit::commands::{Command, binding, tooltip};
use crate::app::kit::icons::{self, Icon};
use crate::app::kit::style;
use egui::{
    Align, Align2, Button, ComboBox, DragValue, FontId, Label, Layout, Painter, Pos2, ProgressBar, Rect, Response,
    RichText, Role, ScrollArea, Sense, Stroke, StrokeKind, Ui, WidgetInfo, accesskit, vec2,
};
use std::ops::RangeInclusive;

/// Whether a command can be used now, or why not.
pub(crate) type Availability = Result<(), &'static str>;

/// Why points are tracked together.
pub(crate) const TOGETHER_HELP: &str =
    "Points that are tracked in one run steady each other. Tracked one by one, the same points end up elsewhere.";

/// Available where something is so.
pub(crate) fn needs(is_met: bool, reason: &'static str) -> Availability {
    if is_met { Ok(()) } else { Err(reason) }
}

/// A square button with an icon; its accessible name is the command's.
pub(crate) fn command_icon_ui(
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
        actions.push(command);
    }
    response
}

/// A square button with an icon and an accessible name.
pub(crate) fn icon_ui(ui: &mut Ui, icon: Icon, side: f32, name: &str, is_on: bool, is_enabled: bool) -> Response {
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
        focus_ring(ui, &response, rect);
        let colour = if is_enabled { tokens.text } else { tokens.outline };
        icons::paint(painter, rect, icon, colour);
    }
    response
}

/// The ring of the keyboard's focus, where it is.
pub(crate) fn focus_ring(ui: &Ui, response: &Response, rect: Rect) {
    if response.has_focus() {
        let ring = Stroke::new(1.5, style::tokens(ui).accent);
        ui.painter().rect_stroke(rect, style::CORNER, ring, StrokeKind::Inside);
    }
}

/// Scrolls what is higher. Both limits: else a dialog would grow for many frames after it has opened.
pub(crate) fn scroll_area(max_height: f32) -> ScrollArea {
    ScrollArea::vertical().max_height(max_height).min_scrolled_height(max_height).auto_shrink([false, true])
}

/// What scrolls in a dialog where the window is lower than that and `others` points for the rest.
pub(crate) fn scroll_ui(ui: &mut Ui, others: f32, contents: impl FnOnce(&mut Ui)) {
    let max_height = (ui.ctx().content_rect().height() - others).max(80.0);
    scroll_area(max_height).show(ui, |ui| {
        ui.set_max_width(ui.available_width() - 3.0 * style::GAP); // clear of the scroll bar
        contents(ui);
    });
}

/// A button with the command's name.
pub(crate) fn command_button_ui(
    ui: &mut Ui,
    command: Command,
    availability: Availability,
    actions: &mut Actions,
) -> Response {
    let response = ui.add_enabled(availability.is_ok(), Button::new(binding(command).name));
    let response = explain(response, command, availability);
    if response.clicked() {
        actions.push(command);
    }
    response
}

/// The button of the next step: there is one at a time.
pub(crate) fn primary_button_ui(ui: &mut Ui, text: &str, is_enabled: bool) -> Response {
    let tokens = style::tokens(ui);
    let text = RichText::new(text);
    let button =
        if is_enabled { Button::new(text.color(tokens.on_accent)).fill(tokens.accent) } else { Button::new(text) };
    ui.add_enabled(is_enabled, button)
}

/// The row of buttons at the end of a dialog, from the right. No higher than they are: a dialog that was larger a
/// moment ago would stay so.
pub(crate) fn end_row_ui(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    let row = vec2(ui.available_width(), style::ICON_BUTTON);
    ui.allocate_ui_with_layout(row, Layout::right_to_left(Align::Center), contents);
}

/// Whether Enter was pressed in a dialog and no widget of it takes it for itself: that is the primary button's key.
pub(crate) fn is_confirmed(ui: &Ui) -> bool {
    let is_free = ui.memory(|memory| memory.focused().is_none());
    is_free && ui.input(|input| input.key_pressed(egui::Key::Enter))
}

/// A menu entry with its key.
pub(crate) fn command_menu_ui(
    ui: &mut Ui,
    command: Command,
    is_on: bool,
    availability: Availability,
    actions: &mut Actions,
) {
    let binding = binding(command);
    let keys = binding.key_text();
    let button = Button::new(binding.name).shortcut_text(keys).selected(is_on);
    let response = ui.add_enabled(availability.is_ok(), button);
    if let Err(reason) = availability {
        response.on_disabled_hover_text(reason);
    } else if response.clicked() {
        actions.push(command);
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

/// A line across the window that offers something left behind: what is done with it, and what removes it.
pub(crate) fn offer_ui(
    ui: &mut Ui,
    text: &str,
    details: &str,
    keep: (&str, &str, Action),
    discard: (&str, Action),
    actions: &mut Actions,
) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.add_space(2.0 * style::GAP);
        if ui.button("Discard").on_hover_text(discard.0).clicked() {
            actions.push(discard.1);
        }
        if primary_button_ui(ui, keep.0, true).on_hover_text(keep.1).clicked() {
            actions.push(keep.2);
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.add_space(2.0 * style::GAP);
            let text = RichText::new(text).color(style::tokens(ui).text);
            let label = ui.add(Label::new(text).truncate()).on_hover_text(details);
            ui.ctx().accesskit_node_builder(label.id, |node| node.set_live(accesskit::Live::Polite));
        });
    });
}

pub(crate) fn list_width(ui: &Ui) -> f32 {
    (ui.available_width() - 4.0).clamp(90.0, 190.0)
}

/// A row of a grid: a caption, and a list to choose from.
pub(crate) fn choice_ui<T: PartialEq + Copy>(
    ui: &mut Ui,
    caption: &str,
    value: &mut T,
    options: &[T],
    name: impl Fn(T) -> String,
) {
    ui.label(RichText::new(caption).color(style::tokens(ui).weak));
    list_ui(ui, caption, list_width(ui), value, options.iter().copied(), name);
    ui.end_row();
}

/// A list to choose from, `width` points wide.
pub(crate) fn list_ui<T: PartialEq + Copy>(
    ui: &mut Ui,
    caption: &str,
    width: f32,
    value: &mut T,
    options: impl IntoIterator<Item = T>,
    name: impl Fn(T) -> String,
) {
    let shown = name(*value);
    let list = ComboBox::from_id_salt(caption).width(width).truncate().selected_text(shown.as_str());
    drop_down_ui(ui, list, &format!("{caption}, {shown}"), |ui| {
        for option in options {
            ui.selectable_value(value, option, name(option));
        }
    });
}

/// A list that drops down; `name` is what a screen reader says. It stands above its dialog, also where the button goes
/// down and up within one frame, after which egui raises the dialog.
pub(crate) fn drop_down_ui(ui: &mut Ui, list: ComboBox<'_>, name: &str, contents: impl FnOnce(&mut Ui)) -> Response {
    let dialog = ui.layer_id();
    let list = list.show_ui(ui, |ui| {
        if dialog.order == ui.layer_id().order {
            ui.ctx().set_sublayer(dialog, ui.layer_id());
        }
        contents(ui);
    });
    list.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, ui.is_enabled(), name));
    list.response
}

/// Tells a screen reader of a slider over frames that is drawn by hand; `text` is its value in words.
pub(crate) fn describe_slider(response: &Response, name: &str, value: u32, range: RangeInclusive<u32>, text: &str) {
    response.widget_info(|| WidgetInfo::slider(true, f64::from(value), name));
    response.ctx.accesskit_node_builder(response.id, |node| {
        node.set_role(Role::Slider);
        node.set_min_numeric_value(f64::from(*range.start()));
        node.set_max_numeric_value(f64::from(*range.end()));
        node.set_numeric_value_step(1.0);
        node.set_value(text);
        node.add_action(accesskit::Action::SetValue);
    });
}

/// The value that a screen reader wants a slider to have.
pub(crate) fn wanted_value(response: &Response) -> Option<f64> {
    response.ctx.input(|input| {
        let requests = input.accesskit_action_requests(response.id, accesskit::Action::SetValue);
        let values = requests.filter_map(|request| match request.data {
            Some(accesskit::ActionData::NumericValue(value)) => Some(value),
            _ => None,
        });
        values.last()
    })
}

/// A number to drag or type.
pub(crate) fn number_ui(ui: &mut Ui, name: &str, value: &mut u32, range: RangeInclusive<u32>) {
    let response = ui.add(DragValue::new(value).range(range).speed(0.5));
    response.ctx.accesskit_node_builder(response.id, |node| node.set_label(name));
}

/// Text on a filled box over the picture; returns the box.
pub(crate) fn pill(painter: &Painter, at: Pos2, align: Align2, text: &str, size: f32) -> Rect {
    let galley = painter.layout_no_wrap(text.to_owned(), FontId::proportional(size), style::ON_SURROUND);
    let rect = align.anchor_size(at, galley.size() + vec2(4.0 * style::GAP, 1.5 * style::GAP));
    painter.rect_filled(rect, style::CORNER, style::PILL);
    painter.galley(rect.center() - galley.size() / 2.0, galley, style::ON_SURROUND);
    rect
}

/// How far a piece of work is, 0 to 1, across the dialog; `name` is what a screen reader says.
pub(crate) fn bar_ui(ui: &mut Ui, share: f32, name: &str) {
    let bar = ProgressBar::new(share).desired_height(8.0).corner_radius(4).fill(style::tokens(ui).accent);
    ui.add(bar).widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, name));
}
