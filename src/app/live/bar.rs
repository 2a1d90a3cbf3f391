//! The camera in the window: its picture, and the row of buttons under it.

use super::more::more_ui;
use super::seekbar::seekbar_ui;
use super::{LiveAction, canvas, points, push};
use crate::app::actions::{Action, Actions};
use crate::app::controls::{command_button_ui, icon_ui};
use crate::app::icons::Icon;
use crate::app::keys::{Command, tooltip};
use crate::app::state::State;
use crate::app::style::{self, GAP};
use crate::media::CameraRequest;
use egui::{Align, Button, ComboBox, Frame, Layout, Margin, Panel, RichText, Role, Ui, WidgetInfo};

/// Below this width the list of formats is as narrow as it gets.
const ROOM_FOR_FORMATS: f32 = 760.0;

/// Everything between the bars.
pub(in crate::app) fn live_ui(ui: &mut Ui, state: &mut State, actions: &mut Actions) {
    let frame = Frame::new().fill(ui.visuals().panel_fill).inner_margin(Margin { top: 4, bottom: 6, ..Margin::ZERO });
    Panel::bottom("camera").frame(frame).show(ui, |ui| {
        let row = egui::vec2(ui.available_width(), style::ICON_BUTTON);
        ui.allocate_ui(row, |ui| seekbar_ui(ui, state, actions));
        ui.allocate_ui(row, |ui| row_ui(ui, state, actions));
    });
    let frame = Frame::new().fill(ui.visuals().panel_fill).inner_margin(Margin::symmetric(10, 8));
    let width = state.memory.settings.panel_width.unwrap_or(style::PANEL_WIDTH);
    let panel = Panel::right("camera_points").default_size(width).size_range(180.0..=420.0).frame(frame);
    let shown = panel.show(ui, |ui| points::points_ui(ui, state, actions));
    state.memory.settings.panel_width = Some(shown.response.rect.width().round());
    egui::CentralPanel::no_frame().show(ui, |ui| canvas::canvas_ui(ui, state, actions));
}

fn row_ui(ui: &mut Ui, state: &State, actions: &mut Actions) {
    let live = state.live.view.as_ref();
    let is_frozen = live.is_some_and(|live| live.is_frozen);
    let is_recording = live.is_some_and(|live| live.status.recording.is_some());
    let is_wide = ui.available_width() > ROOM_FOR_FORMATS;
    ui.horizontal_centered(|ui| {
        ui.add_space(2.0 * GAP);
        ui.spacing_mut().item_spacing.x = 1.5 * GAP;
        let has_picture = state.availability(Command::PlayPause).is_ok();
        let (icon, name) = if is_frozen { (Icon::Play, "Resume") } else { (Icon::Pause, "Freeze") };
        let freeze = icon_ui(ui, icon, style::ICON_BUTTON, name, is_frozen, has_picture);
        if freeze.on_hover_text(format!("{name} (Space)")).clicked() {
            actions.push(Action::Run(Command::PlayPause));
        }
        let text = if is_recording { "Stop recording" } else { "Record" };
        let record = ui.add_enabled(has_picture, Button::selectable(is_recording, text));
        if record.on_hover_text(tooltip(Command::Record)).clicked() {
            actions.push(Action::Run(Command::Record));
        }
        if is_wide {
            let mirror = ui.selectable_label(state.live.is_mirrored, "Mirror");
            let note = "The view alone: recorded and exported data stay as the camera sees them";
            if mirror.on_hover_text(format!("{}. {note}", tooltip(Command::Mirror))).clicked() {
                actions.push(Action::Run(Command::Mirror));
            }
            command_button_ui(ui, Command::ClearCamera, state.availability(Command::ClearCamera), actions);
        }
        more_ui(ui, state, !is_wide, actions);
        formats_ui(ui, state, is_wide, actions);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space(2.0 * GAP);
            if ui.button("Close camera").on_hover_text(tooltip(Command::CloseClip)).clicked() {
                actions.push(Action::Run(Command::CloseClip));
            }
            if is_wide {
                let camera = live.and_then(|live| live.status.camera.id.as_ref());
                let name = camera.map_or_else(|| "Camera…".to_owned(), |id| id.name.clone());
                let button = ui.add(Button::new(&name).truncate());
                button.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Another camera, now {name}")));
                if button.on_hover_text(tooltip(Command::Camera)).clicked() {
                    actions.push(Action::Run(Command::Camera));
                }
            }
        });
    });
}

/// The formats of the camera; another one takes its place with the points that fit no more.
fn formats_ui(ui: &mut Ui, state: &State, is_wide: bool, actions: &mut Actions) {
    let Some(camera) = state.live.view.as_ref().map(|live| &live.status.camera) else { return };
    let Some((id, format)) = camera.id.as_ref().zip(camera.format) else { return };
    let text = |format: crate::media::CameraFormat| {
        let (size, rate) = (format.size, format.frame_rate);
        format!("{}×{} · {rate} fps · {}", size.width, size.height, format.pixels)
    };
    let width = if is_wide { 190.0 } else { 120.0 };
    let shown = RichText::new(text(format)).small();
    let combo = ComboBox::from_id_salt("format").width(width).truncate().selected_text(shown).show_ui(ui, |ui| {
        for other in state.live.chooser.formats(id) {
            if ui.selectable_label(*other == format, text(*other)).clicked() && *other != format {
                push(actions, LiveAction::Open(CameraRequest::again(id, *other)));
            }
        }
    });
    combo.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, format!("Format, {}", text(format))));
    combo.response.on_hover_text("The camera's format. Another one begins anew, without points");
}
