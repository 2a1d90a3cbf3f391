//! How the timeline is zoomed and moved: wheel, Alt with the pointer, and the strip below.

use super::scale::{Scale, Window};
use super::state::Change;
use crate::app::actions::Actions;
use crate::app::kit::controls::wanted_value;
use crate::app::kit::style::{self, Tokens};
use crate::geometry::FrameIndex;
use crate::media::SourceInfo;
use egui::{Id, MouseWheelUnit, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

/// One notch of the wheel.
pub(super) const PER_NOTCH: f64 = 1.25;
/// Points that a notch of the wheel moves a zoomed timeline.
const PAN_PER_NOTCH: f32 = 60.0;
/// An Alt+drag that is shorter than this is a click.
const MIN_DRAG: f32 = 5.0;

/// Ctrl+wheel and pinching zoom about the pointer; the wheel alone moves a zoomed timeline.
pub(super) fn wheel(ui: &Ui, response: &Response, scale: &Scale, actions: &mut Actions) {
    let Some(pointer) = response.hover_pos() else { return };
    let (mut steps, mut pan) = (0.0f64, 0.0f32); // steps of the zoom, in notches
    ui.input(|input| {
        for event in &input.raw.events {
            match event {
                egui::Event::MouseWheel { unit, delta, modifiers, .. } => {
                    let notches = match unit {
                        MouseWheelUnit::Point => *delta / 40.0,
                        MouseWheelUnit::Line => *delta,
                        MouseWheelUnit::Page => *delta * 10.0,
                    };
                    if modifiers.command {
                        steps += f64::from(notches.y);
                    } else {
                        pan += (notches.x + notches.y) * PAN_PER_NOTCH;
                    }
                }
                egui::Event::Zoom(pinch) => steps += f64::from(*pinch).log(PER_NOTCH),
                _ => {}
            }
        }
    });
    if steps.abs() > f64::EPSILON {
        let factor = PER_NOTCH.powf(steps);
        actions.push(Change::Show(scale.zoomed(pointer.x, factor)));
    } else if pan.abs() > f32::EPSILON && scale.is_zoomed() {
        actions.push(Change::Show(scale.panned(-pan)));
    }
}

/// Alt+drag marks frames to zoom to, Alt+click shows all. Returns whether the press belongs to this gesture.
pub(super) fn alt_drag(ui: &Ui, response: &Response, scale: &Scale, tokens: &Tokens, actions: &mut Actions) -> bool {
    let id = response.id.with("alt");
    let pointer = response.interact_pointer_pos();
    if response.is_pointer_button_down_on() && ui.input(|input| input.pointer.any_pressed() && input.modifiers.alt) {
        let from = pointer.map_or(scale.bed.left(), |pointer| pointer.x);
        ui.data_mut(|data| data.insert_temp(id, from));
    }
    let Some(from) = ui.data(|data| data.get_temp::<f32>(id)) else { return false };
    let within = |x: f32| x.clamp(scale.bed.left(), scale.bed.right());
    let to = pointer.or_else(|| ui.input(|input| input.pointer.latest_pos())).map_or(from, |pointer| pointer.x);
    let (left, right) = (within(from.min(to)), within(from.max(to)));
    if response.is_pointer_button_down_on() {
        let marked = Rect::from_min_max(pos2(left, scale.bed.top()), pos2(right, scale.bed.bottom()));
        let (fill, stroke) = (tokens.accent.gamma_multiply(0.25), Stroke::new(1.0, tokens.accent));
        ui.painter().rect(marked, 0.0, fill, stroke, egui::StrokeKind::Inside);
        return true;
    }
    ui.data_mut(|data| data.remove::<f32>(id));
    let window = (right - left >= MIN_DRAG).then(|| Window::of(scale.frame_at(left), scale.frame_at(right)));
    actions.push(Change::Show(window.and_then(|window| window.within(scale.num_frames))));
    true
}

/// The strip below a zoomed timeline: what part is shown; dragging moves it.
pub(super) fn scroll_ui(
    ui: &Ui,
    rect: Rect,
    (scale, info): (&Scale, &SourceInfo),
    tokens: &Tokens,
    actions: &mut Actions,
) {
    if !scale.is_zoomed() {
        return;
    }
    let response = ui.interact(rect, Id::unique("timeline scroll"), Sense::click_and_drag());
    let all = scale.num_frames as f64;
    let x = |frames: f64| rect.left() + rect.width() * (frames / all) as f32;
    let (first, end) = (scale.window.first, scale.window.first + scale.window.span);
    let name = "Shown part of the timeline";
    response.widget_info(|| WidgetInfo::slider(true, first, name));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_role(Role::ScrollBar);
        node.set_min_numeric_value(0.0);
        node.set_max_numeric_value(all - scale.window.span);
        let ((first, last), (start, end)) = (scale.shown(), info.numbers());
        let [first, last] = [first, last].map(|frame| info.number(FrameIndex::new(frame)));
        node.set_value(format!("frames {first} to {last} of {start} to {end}"));
        node.add_action(egui::accesskit::Action::SetValue);
    });
    let groove = Rect::from_center_size(rect.center(), vec2(rect.width(), 4.0));
    ui.painter().rect_filled(groove, 2.0, tokens.sunken);
    let right = x(end).max(x(first) + 12.0).min(rect.right());
    let thumb =
        Rect::from_min_max(pos2(x(first).min(right - 12.0), rect.center().y - 3.0), pos2(right, rect.center().y + 3.0));
    let is_held = response.hovered() || response.dragged() || response.has_focus();
    ui.painter().rect_filled(thumb, 3.0, if is_held { tokens.text } else { tokens.outline });
    let mut target = None;
    if response.is_pointer_button_down_on()
        && let Some(pointer) = response.interact_pointer_pos()
    {
        let pressed = ui.input(|input| input.pointer.any_pressed());
        let by = f64::from(response.drag_delta().x / rect.width()) * all;
        let centred = f64::from((pointer.x - rect.left()) / rect.width()) * all - scale.window.span / 2.0;
        target = if pressed && !thumb.contains(pointer) { Some(centred) } else { (by != 0.0).then_some(first + by) };
    }
    let target = wanted_value(&response).or(target);
    if let Some(first) = target {
        let window = Window { first, span: scale.window.span }.within(scale.num_frames);
        actions.push(Change::Show(window));
    }
}

/// Height of the strip.
pub(super) const SCROLL_HEIGHT: f32 = 2.5 * style::GAP;
