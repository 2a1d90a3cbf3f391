//! The strip under the camera's picture: the last seconds, which can be browsed, and the way back to now.

use super::room::CameraRoom;
use super::view::LiveView;
use crate::app::actions::{Actions, CameraAction};
use crate::app::kit::commands::{Command, tooltip};
use crate::app::kit::controls::command_icon_ui;
use crate::app::kit::icons::Icon;
use crate::app::kit::style::{self, GAP};
use egui::{Align, Button, CursorIcon, Label, Layout, Rect, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2};

/// Height of the strip's bed.
const BED: f32 = 6.0;
const HANDLE: egui::Vec2 = vec2(5.0, 18.0);
/// Closer together than that, seconds get no ticks.
const MIN_TICK_GAP: f32 = 8.0;
const RED: egui::Color32 = egui::Color32::from_rgb(0xff, 0x5a, 0x50);

/// `−1.4 s`
pub(super) fn age_text(age_secs: f64) -> String {
    let sign = if age_secs < 0.05 { "" } else { "−" };
    format!("{sign}{age_secs:.1} s")
}

pub(super) fn seekbar_ui(ui: &mut Ui, camera: &CameraRoom, actions: &mut Actions) {
    let Some(live) = &camera.view else { return };
    ui.horizontal_centered(|ui| {
        ui.add_space(2.0 * GAP);
        ui.spacing_mut().item_spacing.x = GAP;
        for (icon, command) in [(Icon::StepBack, Command::StepBack), (Icon::StepForward, Command::StepForward)] {
            command_icon_ui(ui, icon, command, false, camera.can(command), actions);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space(2.0 * GAP);
            live_button_ui(ui, camera, live, actions);
            ui.add_space(GAP);
            age_ui(ui, live);
            strip_ui(ui, live, actions);
        });
    });
}

/// Lit while the picture is the newest one; else a click leads back there.
fn live_button_ui(ui: &mut Ui, camera: &CameraRoom, live: &LiveView, actions: &mut Actions) {
    let tokens = style::tokens(ui);
    let is_live = live.is_live();
    let text = RichText::new("    LIVE").small().strong();
    let text = text.color(if is_live { tokens.text } else { tokens.weak });
    let is_enabled = camera.can(Command::GoLive).is_ok();
    let response = ui.add_enabled(is_enabled, Button::new(text).min_size(vec2(56.0, 22.0)));
    let dot = pos2(response.rect.left() + 13.0, response.rect.center().y);
    ui.painter().circle_filled(dot, 3.5, if is_live && is_enabled { RED } else { tokens.outline });
    response.widget_info(|| WidgetInfo::selected(Role::Button, is_enabled, is_live, "LIVE"));
    let why = if is_live { "This is the newest picture" } else { "Back to the newest picture" };
    if response.on_hover_text(format!("{why}\n{}", tooltip(Command::GoLive))).clicked() {
        actions.push(Command::GoLive);
    }
}

fn age_ui(ui: &mut Ui, live: &LiveView) {
    let age_secs = live.on_screen.as_ref().map_or(0.0, |shown| shown.age_secs);
    let text = if live.is_live() { String::new() } else { age_text(age_secs) };
    ui.allocate_ui_with_layout(vec2(58.0, ui.available_height()), Layout::right_to_left(Align::Center), |ui| {
        ui.set_width(58.0);
        ui.add(Label::new(RichText::new(text).font(style::figures(12.5))));
    });
}

fn strip_ui(ui: &mut Ui, live: &LiveView, actions: &mut Actions) {
    let (num_frames, place) = live.place();
    let is_enabled = num_frames > 1;
    let sense = if is_enabled { Sense::click_and_drag() } else { Sense::hover() };
    let size = vec2(ui.available_width().max(60.0), style::ICON_BUTTON);
    let (rect, response) = ui.allocate_exact_size(size, sense);
    let ring = live.status.ring;
    let name = format!("Last {:.1} seconds, frame {} of {num_frames}", ring.secs, place + 1);
    response.widget_info(|| WidgetInfo::labeled(Role::Slider, is_enabled, &name));
    let room = rect.shrink2(vec2(HANDLE.x, 0.0));
    let last = num_frames.saturating_sub(1).max(1);
    let x_of = |place: usize| room.left() + room.width() * if is_enabled { place as f32 / last as f32 } else { 1.0 };
    let tokens = style::tokens(ui);
    let painter = ui.painter();
    let bed = Rect::from_center_size(room.center(), vec2(room.width(), BED));
    painter.rect_filled(bed, 3.0, tokens.sunken);
    painter.rect_stroke(bed, 3.0, egui::Stroke::new(1.0, tokens.line), egui::StrokeKind::Outside);
    let handle = x_of(place);
    let behind = Rect::from_min_max(bed.min, pos2(handle, bed.max.y));
    painter.rect_filled(behind, 3.0, if live.is_live() { tokens.cached } else { tokens.accent });
    let per_sec = room.width() / (ring.secs as f32).max(0.1);
    if is_enabled && per_sec >= MIN_TICK_GAP {
        for second in 1..=ring.secs as u32 {
            let x = room.right() - second as f32 * per_sec;
            painter.vline(x, bed.bottom() + 2.0..=bed.bottom() + 5.0, egui::Stroke::new(1.0, tokens.outline));
        }
    }
    let handle = Rect::from_center_size(pos2(handle, room.center().y), HANDLE);
    painter.rect_filled(handle, 2.0, if is_enabled { tokens.text } else { tokens.outline });
    if !is_enabled {
        return;
    }
    let place_at = |x: f32| (((x - room.left()) / room.width()).clamp(0.0, 1.0) * last as f32).round() as usize;
    if response.clicked() || response.dragged() {
        let pointer = response.interact_pointer_pos().map(|at| place_at(at.x));
        if let Some(to) = pointer.filter(|to| live.is_live() || *to != place) {
            actions.push(CameraAction::Browse(to));
        }
    }
    if let Some(at) = response.hover_pos() {
        let age = ring.secs * (1.0 - f64::from((at.x - room.left()) / room.width()).clamp(0.0, 1.0));
        response.on_hover_cursor(CursorIcon::PointingHand).on_hover_text_at_pointer(age_text(age));
    }
}
