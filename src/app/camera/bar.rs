//! The row of buttons under the camera's picture.

use super::more::more_ui;
use super::room::CameraRoom;
use super::send::send_ui;
use crate::app::actions::{Actions, CameraAction};
use crate::app::kit::commands::{Command, tooltip};
use crate::app::kit::controls::{command_button_ui, drop_down_ui, icon_ui};
use crate::app::kit::icons::Icon;
use crate::app::kit::style::{self, GAP};
use crate::media::CameraRequest;
use egui::{Align, Button, ComboBox, Layout, RichText, Role, Ui, WidgetInfo};

/// Below this width the list of formats is as narrow as it gets.
const ROOM_FOR_FORMATS: f32 = 760.0;

pub(super) fn row_ui(ui: &mut Ui, camera: &CameraRoom, actions: &mut Actions) {
    let live = camera.view.as_ref();
    let is_frozen = live.is_some_and(|live| live.is_frozen);
    let is_recording = live.is_some_and(|live| live.status.recording.is_some());
    let is_wide = ui.available_width() > ROOM_FOR_FORMATS;
    ui.horizontal_centered(|ui| {
        ui.add_space(2.0 * GAP);
        ui.spacing_mut().item_spacing.x = 1.5 * GAP;
        let has_picture = camera.can(Command::PlayPause).is_ok();
        let (icon, name) = if is_frozen { (Icon::Play, "Resume") } else { (Icon::Pause, "Freeze") };
        let freeze = icon_ui(ui, icon, style::ICON_BUTTON, name, is_frozen, has_picture);
        if freeze.on_hover_text(format!("{name} (Space)")).clicked() {
            actions.push(Command::PlayPause);
        }
        let text = if is_recording { "Stop recording" } else { "Record" };
        let record = ui.add_enabled(has_picture, Button::selectable(is_recording, text));
        if record.on_hover_text(tooltip(Command::Record)).clicked() {
            actions.push(Command::Record);
        }
        send_ui(ui, camera, actions);
        if is_wide {
            let mirror = ui.selectable_label(camera.is_mirrored, "Mirror");
            let note = "The view alone: recorded and exported data stay as the camera sees them";
            if mirror.on_hover_text(format!("{}. {note}", tooltip(Command::Mirror))).clicked() {
                actions.push(Command::Mirror);
            }
            command_button_ui(ui, Command::ClearCamera, camera.can(Command::ClearCamera), actions);
        }
        more_ui(ui, camera, !is_wide, actions);
        formats_ui(ui, camera, is_wide, actions);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space(2.0 * GAP);
            if ui.button("Close camera").on_hover_text(tooltip(Command::CloseClip)).clicked() {
                actions.push(Command::CloseClip);
            }
            if is_wide {
                let camera = live.and_then(|live| live.status.camera.id.as_ref());
                let name = camera.map_or_else(|| "Camera…".to_owned(), |id| id.name.clone());
                let button = ui.add(Button::new(&name).truncate());
                button.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Another camera, now {name}")));
                if button.on_hover_text(tooltip(Command::Camera)).clicked() {
                    actions.push(Command::Camera);
                }
            }
        });
    });
}

/// The formats of the camera; another one takes its place with the points that fit no more.
fn formats_ui(ui: &mut Ui, camera: &CameraRoom, is_wide: bool, actions: &mut Actions) {
    let Some(status) = camera.view.as_ref().map(|live| &live.status.camera) else { return };
    let Some((id, format)) = status.id.as_ref().zip(status.format) else { return };
    let text = |format: crate::media::CameraFormat| {
        let (size, rate) = (format.size, format.frame_rate);
        format!("{}×{} · {rate} fps · {}", size.width, size.height, format.pixels)
    };
    let width = if is_wide { 190.0 } else { 120.0 };
    let shown = RichText::new(text(format)).small();
    let list = ComboBox::from_id_salt("format").width(width).truncate().selected_text(shown);
    let response = drop_down_ui(ui, list, &format!("Format, {}", text(format)), |ui| {
        for other in camera.chooser.formats(id) {
            if ui.selectable_label(*other == format, text(*other)).clicked() && *other != format {
                actions.push(CameraAction::Open(CameraRequest::again(id, *other)));
            }
        }
    });
    response.on_hover_text("The camera's format. Another one begins anew, without points");
}
