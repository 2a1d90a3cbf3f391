//! The window "Measure": scale, axes, times, and what is measured with its values.

use super::commands::Measuring;
use crate::app::actions::{Actions, ClipAction, LookAction};
use crate::app::canvas::look::Look;
use crate::app::canvas::point_view::PointView;
use crate::app::clip::room::ClipRoom;
use crate::app::kit::commands::Command;
use crate::app::kit::controls::{command_button_ui, icon_ui};
use crate::app::kit::icons::Icon;
use crate::app::kit::style::{self, GAP};
use crate::measure::{Scale, Setup, Smoothing};
use crate::overlay::OverlayStyle;
use crate::tracks::{Edit, Measures, Quantity};
use egui::text::{CCursor, CCursorRange};
use egui::text_edit::TextEditState;
use egui::{
    Align, Checkbox, Context, DragValue, Grid, Id, Label, Layout, Pos2, RichText, Role, ScrollArea, TextEdit, Ui,
    WidgetInfo, Window, pos2, vec2,
};

/// The window's inner width.
const WIDTH: f32 = 344.0;
/// Height of the list of values before it scrolls.
const LIST_HEIGHT: f32 = 150.0;
/// Side of the button that takes a value from the list.
const REMOVE: f32 = 24.0;
/// What slow motion is filmed at most often.
const USUAL_SLOW_MOTION: f64 = 240.0;

/// The window, if it is open. Returns whether the length that was drawn has been asked for.
pub(crate) fn measure_ui(ctx: &Context, room: &ClipRoom, look: &Look, corner: Pos2, actions: &mut Actions) -> bool {
    let Measuring { is_open: was_open, wants_length, .. } = room.measuring;
    let Some(tracks) = room.tracks() else { return false };
    let mut is_open = was_open;
    let window = Window::new("Measure").open(&mut is_open).collapsible(false).resizable(false).default_width(WIDTH);
    let before = tracks.measures();
    let shown = window.pivot(egui::Align2::RIGHT_TOP).default_pos(pos2(corner.x - 2.0 * GAP, 48.0)).show(ctx, |ui| {
        ui.set_width(WIDTH);
        let mut measures = before.clone();
        Grid::new("measure").num_columns(2).spacing([12.0, 7.0]).show(ui, |ui| {
            scale_ui(ui, &mut measures.setup, wants_length, actions);
            axes_ui(ui, &mut measures.setup, actions);
            times_ui(ui, &mut measures.setup, room.session.clip().map_or(30.0, |clip| clip.info().frame_rate));
        });
        ui.separator();
        values_ui(ui, room, &mut measures, actions);
        ui.separator();
        switches_ui(ui, room, look, actions);
        if measures != *before {
            actions.push(ClipAction::Edit(Edit::Measure(Box::new(measures))));
        }
    });
    if is_open != was_open {
        actions.push(Command::Measure);
    }
    shown.is_some()
}

fn scale_ui(ui: &mut Ui, setup: &mut Setup, wants_length: bool, actions: &mut Actions) {
    ui.label("Scale");
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = GAP;
        if ui.selectable_label(setup.scale == Scale::Pixels, "Pixels").clicked() {
            setup.scale = Scale::Pixels;
        }
        let line = ui.selectable_label(matches!(setup.scale, Scale::Line { .. }), "Line…");
        if line.on_hover_text("Draw a line along something of known length").clicked() {
            actions.push(Command::MeasureLine);
        }
        let plane = ui.selectable_label(matches!(setup.scale, Scale::Plane { .. }), "Plane…");
        let help = "Mark a rectangle of known size on the ground or wall, for scenes that are seen from aside";
        if plane.on_hover_text(help).clicked() {
            actions.push(Command::MeasurePlane);
        }
    });
    ui.end_row();
    let (scale, unit) = (&mut setup.scale, &mut setup.unit);
    match scale {
        Scale::Pixels => {}
        Scale::Line { length, .. } => {
            ui.label("Length");
            ui.horizontal(|ui| {
                length_ui(ui, length, "Length of the line", wants_length);
                unit_ui(ui, unit);
            });
            ui.end_row();
        }
        Scale::Plane { width, height, .. } => {
            ui.label("Size");
            ui.horizontal(|ui| {
                length_ui(ui, width, "Width of the plane", wants_length);
                ui.label("×");
                length_ui(ui, height, "Height of the plane", false);
                unit_ui(ui, unit);
            });
            ui.end_row();
        }
    }
}

/// A number as it was typed.
fn shown(number: f64) -> String {
    ((number * 1e6).round() / 1e6).to_string()
}

/// What is typed counts once it is whole.
fn length_ui(ui: &mut Ui, length: &mut f64, name: &str, wants_focus: bool) {
    let mut typed = *length;
    let value = DragValue::new(&mut typed).speed(0.0).range(1e-6..=1e9).update_while_editing(false);
    let response = ui.add(value.custom_formatter(|length, _| shown(length))).on_hover_text(name);
    response.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, name));
    if wants_focus {
        // What is typed takes the place of what is there.
        response.request_focus();
        let mut state = TextEditState::default();
        let all = CCursorRange::two(CCursor::new(0), CCursor::new(shown(*length).chars().count()));
        state.cursor.set_char_range(Some(all));
        state.store(ui.ctx(), response.id);
    }
    if (typed - *length).abs() > 0.0 {
        *length = typed;
    }
}

fn unit_ui(ui: &mut Ui, unit: &mut String) {
    let id = Id::unique("unit of length");
    let mut text = ui.data(|data| data.get_temp::<String>(id)).unwrap_or_else(|| unit.clone());
    let response = ui.add(TextEdit::singleline(&mut text).desired_width(44.0)).on_hover_text("Unit, such as m or cm");
    response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Unit of length"));
    if response.has_focus() {
        ui.data_mut(|data| data.insert_temp(id, text));
    } else {
        if response.lost_focus() && !text.trim().is_empty() {
            text.trim().clone_into(unit);
        }
        ui.data_mut(|data| data.remove::<String>(id));
    }
}

fn axes_ui(ui: &mut Ui, setup: &mut Setup, actions: &mut Actions) {
    ui.label("Axes");
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = GAP;
        if ui.button("Set origin…").on_hover_text("Click where x and y are 0; drag to turn the x axis").clicked() {
            actions.push(Command::MeasureOrigin);
        }
        if setup.origin.is_some() && ui.button("Reset").clicked() {
            (setup.origin, setup.x_axis) = (None, None);
        }
        if setup.origin.is_none() {
            let place = if matches!(setup.scale, Scale::Plane { .. }) { "first corner" } else { "bottom left" };
            ui.label(RichText::new(place).weak());
        }
    });
    ui.end_row();
}

fn times_ui(ui: &mut Ui, setup: &mut Setup, shown_rate: f64) {
    ui.label("Slow motion");
    ui.horizontal(|ui| {
        let mut is_slow = setup.capture_rate.is_some();
        let help = format!("The clip is shown at {shown_rate:.2} frames per second; say at how many it was filmed");
        if ui.checkbox(&mut is_slow, "Filmed at").on_hover_text(help).changed() {
            setup.capture_rate = is_slow.then_some(USUAL_SLOW_MOTION);
        }
        if let Some(rate) = &mut setup.capture_rate {
            let value = DragValue::new(rate).speed(0.0).range(0.01..=1e6).suffix(" fps");
            let response = ui.add(value.update_while_editing(false).custom_formatter(|rate, _| shown(rate)));
            response.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, "Capture rate"));
        }
    });
    ui.end_row();
    ui.label("Speed over");
    ui.horizontal(|ui| {
        let Smoothing { window, order } = &mut setup.smoothing;
        let (mut half, mut power) = (*window / 2, *order);
        let halves = Smoothing::WINDOWS.start() / 2..=Smoothing::WINDOWS.end() / 2;
        let frames = DragValue::new(&mut half).speed(0.0).range(halves).update_while_editing(false);
        let frames = frames.custom_formatter(|half, _| format!("{}", 2.0 * half + 1.0));
        let frames = frames.custom_parser(|text| text.trim().parse::<f64>().ok().map(|frames| (frames / 2.0).floor()));
        let response = ui.add(frames.suffix(" frames"));
        response.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, "Frames that a speed is taken from"));
        response.on_hover_text("A polynomial through so many frames gives speed and acceleration (Savitzky–Golay)");
        let orders = DragValue::new(&mut power).speed(0.0).range(Smoothing::ORDERS).update_while_editing(false);
        let response = ui.add(orders.prefix("order "));
        response.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, "Order of the polynomial"));
        *window = 2 * half + 1;
        *order = power.min(*window - 1);
    });
    ui.end_row();
}

/// What is measured, with its values on the shown frame; what can be added.
fn values_ui(ui: &mut Ui, room: &ClipRoom, measures: &mut Measures, actions: &mut Actions) {
    let Some(measured) = room.tracks().and_then(|tracks| tracks.measured()) else { return };
    let frame = room.meant_frame();
    let mut removed = None;
    let rows: Vec<Quantity> = measured.quantities().collect();
    if rows.is_empty() {
        let text = "Select two points for a distance, three for an angle (the second is its corner), any for speeds.";
        ui.add(Label::new(RichText::new(text).weak()).wrap());
    }
    ScrollArea::vertical().max_height(LIST_HEIGHT).show(ui, |ui| {
        for quantity in rows {
            let value = measured.value(quantity, frame);
            let text = value.map_or_else(|| "–".to_owned(), |value| measured.text(quantity, value));
            if value_ui(ui, &measured.name(quantity), &text) {
                removed = Some(quantity);
            }
        }
    });
    measures.quantities.retain(|quantity| Some(*quantity) != removed);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = GAP;
        for (text, command) in [
            ("Distance", Command::MeasureDistance),
            ("Angle", Command::MeasureAngle),
            ("Speed", Command::MeasureSpeed),
            ("Acceleration", Command::MeasureAcceleration),
            ("Join", Command::JoinPoints),
        ] {
            let (availability, is_on) = (room.measure_availability(command), room.is_measured(command));
            let response = ui.add_enabled(availability.is_ok(), egui::Button::new(text).selected(is_on));
            let response = match availability {
                Ok(()) => response.on_hover_text(crate::app::kit::commands::tooltip(command)),
                Err(reason) => response.on_disabled_hover_text(reason),
            };
            if response.clicked() {
                actions.push(command);
            }
        }
    });
}

/// A row: what it is, its value, and a button that takes it away; returns whether that was pressed.
fn value_ui(ui: &mut Ui, name: &str, value: &str) -> bool {
    let row = vec2(ui.available_width(), REMOVE);
    let right = Layout::right_to_left(Align::Center);
    let shown = ui.allocate_ui_with_layout(row, right, |ui| {
        let remove = format!("Remove {name}");
        let is_removed = icon_ui(ui, Icon::Close, REMOVE, &remove, false, true).on_hover_text(&remove).clicked();
        ui.label(RichText::new(value).font(style::figures(13.0)));
        let title = name[..1].to_uppercase() + &name[1..]; // kinds of values are plain words
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| ui.add(Label::new(title).truncate()));
        is_removed
    });
    shown.inner
}

fn switches_ui(ui: &mut Ui, room: &ClipRoom, look: &Look, actions: &mut Actions) {
    ui.horizontal(|ui| {
        let mut is_shown = look.style.show_measures;
        let shown = ui.add(Checkbox::new(&mut is_shown, "Values in the picture"));
        if shown.on_hover_text("Beside the points, here and in exported clips").changed() {
            let style = OverlayStyle { show_measures: is_shown, ..look.style.clone() };
            actions.push(LookAction::SetStyle(Box::new(style)));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            command_button_ui(ui, Command::Charts, room.measure_availability(Command::Charts), actions);
        });
    });
}
