//! The camera's picture with the points, and what the pointer does there.

use super::points::{menu_ui, resting_marker};
use super::view::LiveView;
use super::{LiveAction, cards, hud, push};
use crate::app::actions::{Action, Actions};
use crate::app::canvas::{MAX_LABELS, pill, point_menu, wheel};
use crate::app::look::legend;
use crate::app::overlay_paint;
use crate::app::seeding::{self, Seeding};
use crate::app::state::{ModelStatus, State};
use crate::app::style::{self, GAP};
use crate::app::view::Placement;
use crate::overlay::{self, Colour, Emphasis, Marker, MarkerState, OverlayStyle};
use crate::tracks::TrackId;
use egui::{Align2, CursorIcon, Painter, PointerButton, Pos2, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo, vec2};

/// The canvas fills what is left of the window.
pub(super) fn canvas_ui(ui: &mut Ui, state: &mut State, actions: &mut Actions) {
    let rect = ui.available_rect_before_wrap();
    state.canvas_corner = rect.max;
    let response = ui.allocate_rect(rect, Sense::click_and_drag());
    let painter = ui.painter_at(rect);
    describe(&response, state.live.view.as_ref());
    let style = overlay_style(state);
    let (is_mirrored, view) = (state.live.is_mirrored, state.view);
    let within_px = state.live.view.as_ref().and_then(|live| state.within_px(live.on_screen.as_ref()?.size));
    let tint = state.look.tint();
    let mut opens = None;
    if let Some(live) = &mut state.live.view
        && let Some(shown) = &live.on_screen
    {
        let pixels_per_point = ui.ctx().pixels_per_point();
        let placement = view.place(rect, shown.size, pixels_per_point).mirrored(is_mirrored.then_some(shown.size));
        state.placement = Some(placement);
        let picture = placement.picture_rect(shown.size);
        painter.add(shown.picture(rect, picture, is_mirrored, tint).shape(ui.ctx()));
        live.scene.update(&shown.tracks, shown.at, &style);
        overlay_paint::paint(&painter, live.scene.get(), &placement, pixels_per_point);
        legend(ui, &painter, rect, &style, within_px);
        marks(&painter, live, &placement, &style);
        interact(ui, &response, live, &placement, state.seeding.as_ref(), state.had_popup, actions);
        let clicked = response.interact_pointer_pos().filter(|_| response.secondary_clicked());
        let hit = clicked.map(|at| marker_at(live, &placement, at));
        if let Some(id) = hit.flatten().filter(|id| !live.is_selected(*id)) {
            actions.push(Action::Select(vec![id]));
        }
        opens = hit.map(|hit| hit.is_some());
        let (is_moved, now_secs) = ui.input(|input| (input.pointer.delta() != Vec2::ZERO, input.time));
        if live.moved_at_secs.is_none() || (is_moved && response.contains_pointer()) {
            live.moved_at_secs = Some(now_secs);
        }
        live.drawn(state.frame_times.last_secs());
        if let Some(seeding) = &state.seeding {
            seeding::preview(ui, &painter, seeding, &placement);
            seeding::bar_ui(ui, rect, state, actions);
        } else {
            hint(&painter, rect, state);
        }
    } else {
        painter.rect_filled(rect, 0.0, style::SURROUND);
    }
    point_menu(&response, opens).show(|ui| menu_ui(ui, state, actions));
    cards::card_ui(ui, rect, state, actions);
    hud::hud_ui(ui, rect, state, actions);
}

/// The same look as a clip's, with this view's own selection.
fn overlay_style(state: &State) -> OverlayStyle {
    let live = state.live.view.as_ref();
    OverlayStyle {
        selected: live.map(|live| live.selection.clone()).unwrap_or_default(),
        states: live.map(resting).unwrap_or_default(),
        hovered: live.and_then(|live| live.hovered.or(live.hovered_row)),
        only: Vec::new(),
        ..state.overlay.clone()
    }
}

/// The points that are not followed, and how they look.
fn resting(live: &LiveView) -> Vec<(TrackId, MarkerState)> {
    let states = live.points().states.iter();
    states.filter_map(|(id, state)| Some((*id, resting_marker(*state)?))).collect()
}

fn describe(response: &Response, live: Option<&LiveView>) {
    let Some((live, shown)) = live.and_then(|live| Some((live, live.on_screen.as_ref()?))) else {
        return response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, "Camera, no picture yet"));
    };
    let place = |id: TrackId| {
        let marker = live.scene.get().marker(id)?;
        let name = &shown.tracks.track(id)?.name;
        Some(format!(", {name} selected at {:.1}, {:.1}", marker.point.x, marker.point.y))
    };
    let selected = live.selection.last().and_then(|id| place(*id)).unwrap_or_default();
    let frozen = if live.is_frozen { ", frozen" } else { "" };
    let name = format!("Camera, frame {}{frozen}, points: {}{selected}", shown.number, shown.tracks.len());
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, &name));
}

/// Names of selected points, and the point that is held.
fn marks(painter: &Painter, live: &LiveView, placement: &Placement, style: &OverlayStyle) {
    let Some(shown) = &live.on_screen else { return };
    // The names of many points would hide the picture.
    let names_all = live.selection.len() <= MAX_LABELS;
    for marker in &live.scene.get().markers {
        let is_selected =
            if names_all { live.is_selected(marker.track) } else { live.selected() == Some(marker.track) };
        let is_meant = is_selected || live.hovered == Some(marker.track);
        if let Some(track) = shown.tracks.track(marker.track).filter(|_| is_meant) {
            let at = placement.screen(marker.point) + vec2(14.0, -14.0);
            pill(painter, at, Align2::LEFT_BOTTOM, &track.name, 12.5);
        }
    }
    let Some(held) = live.held.filter(|held| held.is_moved || held.subject.is_none()) else { return };
    let known = held.subject.and_then(|track| live.scene.get().marker(track));
    let marker = Marker {
        track: held.subject.unwrap_or(TrackId(u32::MAX)),
        point: placement.source(held.at),
        shape: overlay::Shape::Circle,
        colour: known.map_or(Colour::hex(0xFF_FF_FF), |marker| marker.colour),
        radius: style.point_radius,
        state: MarkerState::Pending,
        emphasis: Emphasis::None,
    };
    overlay_paint::paint_marker_at(painter, &marker, held.at);
}

/// The nearest point within reach.
fn marker_at(live: &LiveView, placement: &Placement, at: Pos2) -> Option<TrackId> {
    let near = live.scene.get().markers.iter().map(|m| (m.track, placement.screen(m.point).distance(at)));
    let near = near.filter(|(_, distance)| *distance <= style::GRAB_RADIUS);
    near.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(id, _)| id)
}

fn interact(
    ui: &Ui,
    response: &Response,
    live: &LiveView,
    placement: &Placement,
    seeding: Option<&Seeding>,
    had_popup: bool,
    actions: &mut Actions,
) {
    let marker_at = |at: Pos2| marker_at(live, placement, at);
    let is_inside = |at: Pos2| live.on_screen.as_ref().is_some_and(|shown| shown.size.contains(placement.source(at)));
    if let Some(pointer) = response.hover_pos() {
        wheel(ui, placement, pointer, actions);
        let hovered = marker_at(pointer);
        let icon = match hovered {
            Some(_) => CursorIcon::PointingHand,
            None if is_inside(pointer) => CursorIcon::Crosshair,
            None => CursorIcon::Default,
        };
        ui.ctx().set_cursor_icon(icon);
        if hovered != live.hovered {
            push(actions, LiveAction::Hover(hovered));
        }
    } else if live.hovered.is_some() {
        push(actions, LiveAction::Hover(None));
    }
    if response.dragged_by(PointerButton::Middle) {
        ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
        actions.push(Action::SetView(placement.panned(response.drag_delta())));
    }
    let (pressed, released, is_down, at, extends) = ui.input(|input| {
        let pointer = &input.pointer;
        let (pressed, released) = (pointer.primary_pressed(), pointer.primary_released());
        (pressed, released, pointer.primary_down(), pointer.interact_pos(), input.modifiers.command)
    });
    // A click beside an open menu closes the menu, no more.
    let is_meant = response.is_pointer_button_down_on() || response.clicked(); // not the line over the picture
    let begins = pressed && is_meant && !had_popup && !egui::Popup::is_any_open(ui.ctx());
    if let Some(seeding) = seeding {
        return seeding::pointer_gestures(ui, begins, seeding, actions);
    }
    let Some(at) = at else { return };
    if begins {
        let from = ui.input(|input| input.pointer.press_origin()).unwrap_or(at);
        let track = marker_at(from);
        if track.is_some() || is_inside(from) {
            push(actions, LiveAction::Press { at: from, track, extends });
        }
    }
    if begins || live.held.is_some_and(|held| !held.is_by_keys) {
        push(actions, LiveAction::Drag(at));
        if released || !is_down {
            push(actions, LiveAction::Release);
        }
    }
}

/// One line on what to do next, or why nothing can be followed.
fn hint(painter: &Painter, rect: Rect, state: &State) {
    let Some(live) = &state.live.view else { return };
    if live.held.is_some_and(|held| held.is_by_keys) {
        let text = "Arrows move by 1 px · Shift 10 · Enter adds · Esc gives up";
        pill(painter, rect.center_bottom() - vec2(0.0, 3.0 * GAP), Align2::CENTER_BOTTOM, text, 14.0);
        return;
    }
    let is_old = live.on_screen.as_ref().is_some_and(|shown| !shown.is_newest());
    let text = match &state.model {
        ModelStatus::Failed(_) => "There is no model: points cannot be followed".to_owned(),
        ModelStatus::Loading => "The model is being loaded…".to_owned(),
        ModelStatus::Ready(_) => match live.status.following_late {
            Some(done) => format!("Following the point to now… {:.0} % · Esc gives up", 100.0 * done),
            None if live.is_frozen && is_old => "Points that you add or move here are followed to now".to_owned(),
            None if live.is_frozen => {
                "Frozen: points that you add or move here are followed when it goes on".to_owned()
            }
            None if live.num_points() == 0 => "Click what you want to follow".to_owned(),
            None => return,
        },
    };
    pill(painter, rect.center_bottom() - vec2(0.0, 3.0 * GAP), Align2::CENTER_BOTTOM, &text, 14.0);
}
