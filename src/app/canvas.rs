//! The picture with its overlay, and what the pointer does there.

use super::actions::{Action, Actions};
use super::keys::{Command, binding, command_key};
use super::look::legend;
use super::loupe::{Target, loupe_ui};
use super::placing::Gesture;
use super::state::State;
use super::style::{self, GAP};
use super::view::Placement;
use super::{overlay_paint, points, seeding};
use crate::geometry::{FrameIndex, Size};
use crate::overlay::Marker;
use egui::{
    Align2, Color32, CursorIcon, FontId, MouseWheelUnit, Painter, PointerButton, Popup, Pos2, Rect, Response, Role,
    Sense, SetOpenCommand, Ui, WidgetInfo, vec2,
};

/// From this size of a source pixel on, in screen pixels, pixels are shown as squares.
const NEAREST_FROM: f32 = 4.0;
/// A page of the wheel, in notches.
const NOTCHES_PER_PAGE: f32 = 10.0;
/// Up to this many selected points are all named on the picture.
pub(super) const MAX_LABELS: usize = 12;

/// The canvas fills what is left of the window.
pub(super) fn canvas_ui(ui: &mut Ui, state: &mut State, actions: &mut Actions) {
    let rect = ui.available_rect_before_wrap();
    state.canvas_corner = rect.max;
    let response = ui.allocate_rect(rect, Sense::click_and_drag());
    let painter = ui.painter_at(rect);
    describe(&response, state);
    let pixels_per_point = ui.ctx().pixels_per_point();
    let pixel_aspect = state.session.clip().map_or(1.0, |clip| clip.info().pixel_aspect);
    let place = |size| (size, state.view.place_shaped(rect, size, pixel_aspect, pixels_per_point));
    let shown = state.pictures.size().map(place);
    if let Some((size, placement)) = shown {
        state.placement = Some(placement);
        let is_nearest = placement.zoom * pixels_per_point >= NEAREST_FROM;
        let picture = state.pictures.shown(rect, placement.picture_rect(size), is_nearest, state.look.tint());
        painter.extend(picture.map(|picture| picture.shape(ui.ctx())));
        if !state.look.is_plain {
            overlay_paint::paint(&painter, state.scene.get(), &placement, pixels_per_point);
            labels(&painter, state, &placement);
            legend(ui, &painter, rect, &state.overlay, state.within_px(size));
        }
        if let Some(shown) = state.shown_frame() {
            interact(ui, &response, state, &placement, size, shown, actions);
        }
        if let Some(seeding) = &state.seeding {
            seeding::preview(ui, &painter, seeding, &placement);
            seeding::bar_ui(ui, rect, state, actions);
        }
        hint(&painter, rect, state);
        held_ui(ui, &painter, rect, state, &placement);
    } else {
        painter.rect_filled(rect, 0.0, style::SURROUND);
    }
    opening(ui, &painter, rect, state);
    drop_target(ui, &painter, rect);
}

fn describe(response: &Response, state: &State) {
    let name = match (state.session.clip(), state.shown_frame()) {
        (Some(clip), Some(shown)) => {
            format!("Video, frame {shown} of 0 to {}", clip.info().num_frames().saturating_sub(1))
        }
        (Some(_), None) => "Video, loading".to_owned(),
        (None, _) => "Video, no clip".to_owned(),
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, &name));
}

fn interact(
    ui: &Ui,
    response: &Response,
    state: &State,
    placement: &Placement,
    size: Size,
    shown: FrameIndex,
    actions: &mut Actions,
) {
    let pointer = response.hover_pos();
    if let Some(pointer) = pointer {
        wheel(ui, placement, pointer, actions);
        let hovered = marker_at(state, placement, pointer).map(|marker| marker.track);
        actions.push(Action::Hover(hovered));
        let is_inside = size.contains(placement.source(pointer));
        let icon = match hovered {
            Some(_) => CursorIcon::PointingHand,
            None if is_inside => CursorIcon::Crosshair,
            None => CursorIcon::Default,
        };
        ui.ctx().set_cursor_icon(icon);
    }
    if response.dragged_by(PointerButton::Middle) {
        ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
        actions.push(Action::SetView(placement.panned(response.drag_delta())));
    }
    pointer_gestures(ui, response, state, placement, size, shown, actions);
}

/// The left button places, selects and moves points.
fn pointer_gestures(
    ui: &Ui,
    response: &Response,
    state: &State,
    placement: &Placement,
    size: Size,
    shown: FrameIndex,
    actions: &mut Actions,
) {
    let (pressed, released, is_down, modifiers) = ui.input(|input| {
        let pointer = &input.pointer;
        (pointer.primary_pressed(), pointer.primary_released(), pointer.primary_down(), input.modifiers)
    });
    // A click beside an open menu closes the menu, no more.
    let begins = pressed && response.contains_pointer() && !state.had_popup && !egui::Popup::is_any_open(ui.ctx());
    if let Some(seeding) = &state.seeding {
        return seeding::pointer_gestures(ui, begins, seeding, actions);
    }
    if begins && let Some(at) = ui.input(|input| input.pointer.press_origin().or(input.pointer.interact_pos())) {
        let marker = marker_at(state, placement, at);
        if marker.is_some() || size.contains(placement.source(at)) {
            let track = marker.map(|marker| (marker.track, marker.point));
            let extends = modifiers.command;
            actions.push(Action::Point(Gesture::Press { at, frame: shown, track, extends }));
        } else {
            actions.push(Action::Select(Vec::new()));
        }
    }
    let is_held = begins || state.held.as_ref().is_some_and(|held| !held.is_edited());
    if is_held {
        if let Some(to) = ui.input(|input| input.pointer.interact_pos()) {
            actions.push(Action::Point(Gesture::Drag { to, is_slow: modifiers.shift }));
        }
        if released || !is_down {
            actions.push(Action::Point(Gesture::Keep));
        }
    }
    menu_ui(response, state, placement, actions);
    if response.double_clicked()
        && response.interact_pointer_pos().is_some_and(|at| marker_at(state, placement, at).is_some())
    {
        actions.push(Action::Run(Command::EditPoint));
    }
}

/// The menu of the point under the right button; it acts on the selected points.
fn menu_ui(response: &Response, state: &State, placement: &Placement, actions: &mut Actions) {
    let clicked = response.interact_pointer_pos().filter(|_| response.secondary_clicked());
    let marker = clicked.and_then(|at| marker_at(state, placement, at));
    if let Some(track) = marker.map(|marker| marker.track).filter(|track| !state.is_selected(*track)) {
        actions.push(Action::Select(vec![track]));
    }
    point_menu(response, clicked.map(|_| marker.is_some())).show(|ui| points::menu::menu_ui(ui, state, actions));
}

/// A menu at the pointer; `opens` says whether the right button was just pressed on a point, or beside all of them.
pub(super) fn point_menu(response: &Response, opens: Option<bool>) -> Popup<'_> {
    Popup::context_menu(response).open_memory(opens.map(SetOpenCommand::Bool))
}

/// The nearest marker within reach.
fn marker_at<'a>(state: &'a State, placement: &Placement, at: Pos2) -> Option<&'a Marker> {
    let markers = state.scene.get().markers.iter();
    let near = markers.map(|marker| (marker, placement.screen(marker.point).distance(at)));
    near.filter(|(_, distance)| *distance <= style::GRAB_RADIUS)
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(marker, _)| marker)
}

/// The wheel and pinching zoom about the pointer, two fingers pan.
pub(super) fn wheel(ui: &Ui, placement: &Placement, pointer: Pos2, actions: &mut Actions) {
    let (mut factor, mut pan) = (1.0f32, egui::Vec2::ZERO);
    ui.input(|input| {
        for event in &input.raw.events {
            match event {
                egui::Event::MouseWheel { unit: MouseWheelUnit::Point, delta, modifiers, .. } if !modifiers.command => {
                    pan += *delta;
                }
                egui::Event::MouseWheel { unit: MouseWheelUnit::Point, delta, .. } => {
                    factor *= (delta.y / 200.0).exp();
                }
                egui::Event::MouseWheel { unit, delta, .. } => {
                    let notches = if *unit == MouseWheelUnit::Page { NOTCHES_PER_PAGE * delta.y } else { delta.y };
                    factor *= style::ZOOM_PER_NOTCH.powf(notches);
                }
                egui::Event::Zoom(by) => factor *= by,
                _ => {}
            }
        }
    });
    if (factor - 1.0).abs() > 1e-6 {
        actions.push(Action::SetView(placement.zoomed(pointer, factor)));
    } else if pan != egui::Vec2::ZERO {
        actions.push(Action::SetView(placement.panned(pan)));
    }
}

/// The point that is being placed or moved, with the magnifier.
fn held_ui(ui: &Ui, painter: &Painter, canvas: Rect, state: &State, placement: &Placement) {
    let Some(held) = state.held.as_ref().filter(|held| held.is_shown()) else { return };
    let Some((image, size)) = state.pictures.image() else { return };
    let point = held.point(size);
    let at = placement.screen(point);
    overlay_paint::paint_held(painter, held.subject, state, placement, point);
    if state.aids.shows_loupe {
        loupe_ui(ui, canvas, &Target { image, size, point, at, scale: placement.scale() });
    }
    ui.ctx().set_cursor_icon(CursorIcon::Crosshair);
}

/// The names of the selected and the hovered point.
fn labels(painter: &Painter, state: &State, placement: &Placement) {
    let Some(clip) = state.session.clip() else { return };
    // The names of many points would hide the picture.
    let names_all = state.selection.len() <= MAX_LABELS;
    for marker in &state.scene.get().markers {
        let is_meant = if names_all { state.is_selected(marker.track) } else { state.selected() == Some(marker.track) };
        if !is_meant && Some(marker.track) != state.hovered {
            continue;
        }
        if let Some(track) = clip.tracks().track(marker.track) {
            let at = placement.screen(marker.point) + vec2(14.0, -14.0);
            pill(painter, at, Align2::LEFT_BOTTOM, &track.name, 12.5);
        }
    }
}

/// Text on a filled box; returns the box.
pub(super) fn pill(painter: &Painter, at: Pos2, align: Align2, text: &str, size: f32) -> Rect {
    let galley = painter.layout_no_wrap(text.to_owned(), FontId::proportional(size), style::ON_SURROUND);
    let rect = align.anchor_size(at, galley.size() + vec2(4.0 * GAP, 1.5 * GAP));
    painter.rect_filled(rect, style::CORNER, style::PILL);
    painter.galley(rect.center() - galley.size() / 2.0, galley, style::ON_SURROUND);
    rect
}

/// One line on what to do next, at the top of the picture.
fn hint(painter: &Painter, rect: Rect, state: &State) {
    if state.session.clip().is_none() || state.session.opening().is_some() || state.seeding.is_some() {
        return;
    }
    let key = |command: Command| binding(command).keys[0].text();
    let text = if let Some(held) = state.held.as_ref().filter(|held| held.is_edited()) {
        let end = if held.is_placed_by_keys() { "adds" } else { "keeps" };
        format!("Arrows move by 1 px · Shift 10 · {} 0.1 · Enter {end} · Esc gives up", command_key())
    } else if state.num_points() == 0 {
        "Click what you want to follow".to_owned()
    } else if state.hints.has_tracked && !state.hints.has_moved_on {
        let (play, export) = (key(Command::PlayPause), key(Command::Export));
        format!("{play} plays · {export} exports the clip and the data")
    } else {
        return;
    };
    pill(painter, rect.center_top() + vec2(0.0, 3.0 * GAP), Align2::CENTER_TOP, &text, 14.5);
}

/// What is being opened, in words.
pub(super) fn opening_text(state: &State) -> Option<String> {
    let path = state.session.opening()?;
    Some(format!("Opening {}…", path.file_name().unwrap_or(path.as_os_str()).to_string_lossy()))
}

/// What is being opened.
fn opening(ui: &Ui, painter: &Painter, rect: Rect, state: &State) {
    if let Some(text) = opening_text(state) {
        let shown = pill(painter, rect.center(), Align2::CENTER_CENTER, &text, 14.5);
        egui::Spinner::new()
            .paint_at(ui, Rect::from_center_size(shown.left_center() - vec2(20.0, 0.0), vec2(18.0, 18.0)));
    }
}

/// Says that what is held over the window can be dropped.
pub(super) fn drop_target(ui: &Ui, painter: &Painter, rect: Rect) {
    if ui.input(|input| !input.raw.hovered_files.is_empty()) {
        painter.rect_filled(rect, 0.0, Color32::from_black_alpha(150));
        let stroke = egui::Stroke::new(2.0, style::tokens(ui).accent);
        painter.rect_stroke(rect.shrink(3.0 * GAP), style::CORNER, stroke, egui::StrokeKind::Inside);
        pill(painter, rect.center(), Align2::CENTER_CENTER, "Drop to open", 17.0);
    }
}
