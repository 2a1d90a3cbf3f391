//! What is done with the last seconds, and where files go: behind a button, since the row has little room.

use super::room::CameraRoom;
use super::view::LiveView;
use crate::app::actions::{Actions, CameraAction};
use crate::app::kit::commands::Command;
use crate::app::kit::controls::command_menu_ui;
use crate::app::kit::style::GAP;
use egui::containers::menu::{MenuButton, MenuConfig};
use egui::{Button, Label, PopupCloseBehavior, RichText, Role, Slider, Ui, WidgetInfo};

/// What can be saved, in seconds.
const SAVED_SECS: [f64; 3] = [2.0, 5.0, 10.0];
/// Longer delays than the last seconds hold cannot be kept.
const MIN_DELAY_ROOM_SECS: f64 = 0.5;

/// The button with its menu; `is_narrow` says that it takes what the row has no room for.
pub(super) fn more_ui(ui: &mut Ui, camera: &CameraRoom, is_narrow: bool, actions: &mut Actions) {
    let Some(live) = &camera.view else { return };
    let is_delayed = live.delay_secs > 0.0;
    let text = if is_delayed { format!("…  −{:.1} s", live.delay_secs) } else { "…".to_owned() };
    let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    let button = MenuButton::from_button(Button::selectable(is_delayed, text)).config(config);
    let (response, _) = button.ui(ui, |ui| {
        ui.set_min_width(230.0);
        delay_ui(ui, live, actions);
        ui.separator();
        save_ui(ui, camera, live, actions);
        ui.separator();
        command_menu_ui(ui, Command::Snapshot, false, camera.can(Command::Snapshot), actions);
        folder_ui(ui, camera, actions);
        if is_narrow {
            ui.separator();
            let (mirror, clear) = (Command::Mirror, Command::ClearCamera);
            command_menu_ui(ui, mirror, camera.is_mirrored, camera.can(mirror), actions);
            command_menu_ui(ui, clear, false, camera.can(clear), actions);
        }
    });
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "More"));
    response.on_hover_text("Delay, save the last seconds, snapshot, folder of recordings");
}

fn delay_ui(ui: &mut Ui, live: &LiveView, actions: &mut Actions) {
    let room_secs = (live.status.ring.room_secs * 2.0).floor() / 2.0;
    let mut delay_secs = live.delay_secs;
    let max = room_secs.max(delay_secs).max(MIN_DELAY_ROOM_SECS);
    ui.horizontal(|ui| {
        let label = ui.label("Delay");
        let slider = Slider::new(&mut delay_secs, 0.0..=max).step_by(0.5).fixed_decimals(1).suffix(" s");
        let response = ui.add_enabled(room_secs >= MIN_DELAY_ROOM_SECS, slider).labelled_by(label.id);
        if response.on_hover_text("Shows everything so much later; clicks mean the picture that is shown").changed() {
            actions.push(CameraAction::Delay(delay_secs));
        }
    });
}

fn save_ui(ui: &mut Ui, camera: &CameraRoom, live: &LiveView, actions: &mut Actions) {
    let is_saving = live.status.is_saving;
    let ring_secs = live.status.ring.secs;
    for secs in SAVED_SECS.into_iter().filter(|secs| *secs < ring_secs) {
        let button = Button::new(format!("Save the last {secs} s"));
        if ui.add_enabled(!is_saving, button).clicked() {
            actions.push(CameraAction::SaveLast(Some(secs)));
            ui.close();
        }
    }
    command_menu_ui(ui, Command::SaveLast, false, camera.can(Command::SaveLast), actions);
    let text = if is_saving { "Being saved…".to_owned() } else { format!("{ring_secs:.1} s are there") };
    ui.horizontal(|ui| {
        ui.add_space(2.0 * GAP);
        ui.label(RichText::new(text).small().weak());
    });
}

fn folder_ui(ui: &mut Ui, camera: &CameraRoom, actions: &mut Actions) {
    let command = Command::RecordingsFolder;
    command_menu_ui(ui, command, false, camera.can(command), actions);
    let folder = camera.chooser.recordings().display().to_string();
    ui.horizontal(|ui| {
        ui.add_space(2.0 * GAP);
        ui.add(Label::new(RichText::new(&folder).small().weak()).truncate()).on_hover_text(folder);
    });
}
