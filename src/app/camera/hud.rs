//! The line over the picture: camera, size, rates, latency; with the details on a click. And the mark of a recording.

use super::room::CameraRoom;
use super::seekbar::age_text;
use super::view::{LiveView, SHARES};
use crate::app::actions::{Actions, CameraAction};
use crate::app::canvas::painter;
use crate::app::kit::controls::pill;
use crate::app::kit::style::{self, GAP};
use crate::app::model::status::ModelStatus;
use crate::geometry::Size;
use crate::session::{LiveSpeed, live_settings};
use egui::{
    Align2, Button, Color32, Grid, Popup, PopupCloseBehavior, Rect, RichText, Role, ScrollArea, Sense, Ui, UiBuilder,
    WidgetInfo, pos2, vec2,
};

/// Slower than this share of the camera's rate is said.
const KEEPS_UP_FROM: f64 = 0.9;
/// Younger pictures count as the newest one.
const SHOWN_AGE_SECS: f64 = 0.05;
/// Beside the line, for the mark of a recording.
const ROOM_FOR_REC: f32 = 120.0;
/// Without a movement of the pointer, the line goes after this time.
const STAYS_SECS: f64 = 3.0;
const AMBER: Color32 = Color32::from_rgb(0xe3, 0xb3, 0x41);
const RED: Color32 = Color32::from_rgb(0xff, 0x5a, 0x50);
const MEBI: u64 = 1 << 20;

/// The line at the top left, the mark at the top right.
pub(super) fn hud_ui(ui: &mut Ui, canvas: Rect, camera: &CameraRoom, model: &ModelStatus, actions: &mut Actions) {
    let Some(live) = &camera.view else { return };
    let now_secs = ui.input(|input| input.time);
    let stays_secs = live.moved_at_secs.map_or(STAYS_SECS, |at| at + STAYS_SECS - now_secs);
    let is_open = Popup::is_any_open(ui.ctx()); // its own, most of the time
    if live.on_screen.is_some() && (stays_secs > 0.0 || is_slow(live) || is_open) {
        line_ui(ui, canvas, camera, live, model, actions);
        ui.ctx().request_repaint_after_secs(stays_secs.max(0.1) as f32);
    }
    age_ui(ui, canvas, live);
    if let Some(recording) = &live.status.recording {
        let secs = recording.since.elapsed().as_secs();
        let text = format!("    REC {}:{:02}", secs / 60, secs % 60);
        let painter = ui.painter_at(canvas);
        let rect = pill(&painter, canvas.right_top() + vec2(-2.0 * GAP, 2.0 * GAP), Align2::RIGHT_TOP, &text, 13.0);
        painter.circle_filled(pos2(rect.left() + 13.0, rect.center().y), 4.5, RED);
        ui.interact(rect, egui::Id::unique("recording"), Sense::hover())
            .widget_info(|| WidgetInfo::labeled(Role::Label, true, text.trim()));
        ui.ctx().request_repaint_after_secs(1.0);
    }
}

/// How old the picture is, where it is not the newest one.
fn age_ui(ui: &Ui, canvas: Rect, live: &LiveView) {
    let age_secs = live.on_screen.as_ref().map_or(0.0, |shown| shown.age_secs);
    if live.is_live() || age_secs < SHOWN_AGE_SECS {
        return;
    }
    let at = canvas.left_top() + vec2(2.0 * GAP, 11.0 * GAP);
    let rect = pill(&ui.painter_at(canvas), at, Align2::LEFT_TOP, &age_text(age_secs), 18.0);
    let name = format!("The picture is {age_secs:.1} seconds old");
    ui.interact(rect, egui::Id::unique("age"), Sense::hover())
        .widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
}

fn line_ui(
    ui: &mut Ui,
    canvas: Rect,
    camera: &CameraRoom,
    live: &LiveView,
    model: &ModelStatus,
    actions: &mut Actions,
) {
    let mut room = canvas.shrink2(vec2(2.0 * GAP, 2.0 * GAP));
    if live.status.recording.is_some() {
        room.max.x -= ROOM_FOR_REC;
    }
    ui.scope_builder(UiBuilder::new().max_rect(room).id_salt("camera-line"), |ui| {
        ui.horizontal(|ui| {
            let colour = if is_slow(live) { AMBER } else { style::ON_SURROUND };
            let text = RichText::new(line(live)).size(12.5).color(colour);
            let response = ui.add(Button::new(text).fill(style::PILL).truncate());
            let details = Popup::menu(&response);
            let height = (canvas.height() - 6.0 * GAP).max(80.0);
            details.close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
                // As high as its contents, though they have grown since it was opened.
                ScrollArea::vertical().max_height(height).min_scrolled_height(height).show(ui, |ui| {
                    details_ui(ui, live, model);
                    speed_ui(ui, camera, live, model, actions);
                });
            });
            response.on_hover_text(if is_slow(live) {
                "Fewer points or a faster setting keep up with the camera. Click for details and settings."
            } else {
                "Click for details and settings"
            });
        });
    });
}

fn is_slow(live: &LiveView) -> bool {
    let rates = live.status.camera.frames_per_sec.zip(live.status.tracked_per_sec);
    rates.is_some_and(|(from_camera, tracked)| tracked < KEEPS_UP_FROM * from_camera)
}

/// `camera · 640×480 · in 30.0 · tracked 24.6 fps · 41 ms · dropped 3`
fn line(live: &LiveView) -> String {
    let rate = |rate: Option<f64>| rate.map_or_else(|| "–".to_owned(), |rate| format!("{rate:.1}"));
    let status = &live.status;
    let mut parts = vec!["camera".to_owned()];
    parts.extend(
        live.on_screen.as_ref().map(|shown| shown.frame.size()).map(|size| format!("{}×{}", size.width, size.height)),
    );
    parts.push(format!("in {}", rate(status.camera.frames_per_sec)));
    if live.is_frozen {
        parts.push("frozen".to_owned());
    } else {
        parts.push(format!("tracked {} fps", rate(status.tracked_per_sec)));
        parts.extend(live.shares.map(|[.., total]| format!("{total:.0} ms")));
    }
    parts.push(format!("dropped {}", status.num_dropped));
    parts.join(" · ")
}

fn details_ui(ui: &mut Ui, live: &LiveView, model: &ModelStatus) {
    let status = &live.status;
    ui.set_min_width(240.0);
    ui.spacing_mut().interact_size.y = 18.0;
    let painter = painter::of(ui.ctx());
    Grid::new("camera-details").num_columns(2).min_row_height(0.0).spacing([16.0, 4.0]).show(ui, |ui| {
        let mut row = |name: &str, value: String| {
            ui.label(name);
            ui.label(RichText::new(value).font(style::figures(12.5)));
            ui.end_row();
        };
        if let Some(id) = &status.camera.id {
            row("Camera", id.name.clone());
        }
        if let Some(format) = status.camera.format {
            row("Format", format.to_string());
        }
        for (name, millis) in SHARES.iter().zip(live.shares.into_iter().flatten()) {
            row(name, format!("{millis:.1} ms"));
        }
        row("Tracked", format!("every {} frame", ordinal(status.camera.stride.max(1))));
        row("Passed over", status.camera.num_skipped.to_string());
        row("Damaged", status.camera.num_damaged.to_string());
        if let Some(info) = model.ready() {
            row("Device", info.device.clone());
        }
        if let Some(note) = painter.note() {
            row("Window", note.to_owned());
        }
        if let Some(bytes) = status.resident_bytes {
            row("Memory", format!("{} MiB", bytes / MEBI));
        }
    });
}

/// How exactly points are followed, and the choice of another setting.
fn speed_ui(ui: &mut Ui, camera: &CameraRoom, live: &LiveView, model: &ModelStatus, actions: &mut Actions) {
    let Some(info) = model.ready() else { return };
    ui.add_space(GAP);
    ui.label(RichText::new("Picture that the network sees").strong());
    let settings = live_settings(info.config.model_size(), info.tracker.model_size, None);
    let mut choice_ui = |ui: &mut Ui, speed: LiveSpeed, text: &str, name: &str, hint: &str| {
        let response = ui.radio(camera.speed == speed, text);
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, camera.speed == speed, name));
        if response.on_hover_text(hint).clicked() {
            actions.push(CameraAction::SetSpeed(speed));
        }
    };
    let chosen = live.status.setting.filter(|_| camera.speed == LiveSpeed::Auto);
    let auto = format!("As exact as keeps up{}", chosen.map_or_else(String::new, |setting| format!(": {setting}")));
    let hint = "Tries what keeps up with the camera's rate. Click to try again";
    choice_ui(ui, LiveSpeed::Auto, &auto, &auto, hint);
    Grid::new("camera-speed").num_columns(3).spacing([16.0, 2.0]).show(ui, |ui| {
        for sizes in settings.chunk_by(|a, b| a.model_size == b.model_size) {
            let Size { width, height } = sizes[0].model_size;
            ui.label(format!("{width}×{height}"));
            for setting in sizes {
                let text = format!("{} iteration{}", setting.iters, if setting.iters == 1 { "" } else { "s" });
                let hint = "Larger and more often is more exact and slower. Points go on from where they are";
                choice_ui(ui, LiveSpeed::Fixed(*setting), &text, &setting.to_string(), hint);
            }
            ui.end_row();
        }
    });
}

fn ordinal(number: u32) -> String {
    match number {
        1 => "single".to_owned(),
        2 => "second".to_owned(),
        3 => "third".to_owned(),
        number => format!("{number}th"),
    }
}
