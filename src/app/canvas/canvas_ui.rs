//! The picture with its overlay, and what the pointer does there; the same for a clip and for a camera.

use super::held::Held;
use super::look::Look;
use super::look_ui::legend;
use super::loupe::{Target, loupe_ui};
use super::painter::{self, ShownPicture};
use super::point_view::{Picture, PointView};
use super::view::Placement;
use super::{framing, overlay_paint, ruling, seeding};
use crate::app::actions::{Actions, Gesture, PointsAction};
use crate::app::kit::commands::{Command, command_key};
use crate::app::kit::controls::pill;
use crate::app::kit::style::{self, GAP};
use crate::geometry::{Crop, FrameIndex, SourcePoint};
use crate::overlay::Marker;
use crate::tracks::Measured;
use egui::{
    Align, Align2, Color32, CursorIcon, MouseWheelUnit, Painter, PointerButton, Popup, Pos2, Rect, Response, Role,
    Sense, SetOpenCommand, Ui, Vec2, WidgetInfo, vec2,
};

/// From this size of a source pixel on, in screen pixels, pixels are shown as squares.
const NEAREST_FROM: f32 = 4.0;
/// A page of the wheel, in notches.
const NOTCHES_PER_PAGE: f32 = 10.0;
/// Up to this many selected points are all named on the picture.
const MAX_LABELS: usize = 12;

/// What a canvas is drawn with beside its points.
pub(crate) struct Surroundings<'a> {
    pub(crate) look: &'a Look,
    /// How near a place is that the network's probabilities call right, in pixels; `None` where its weights know none.
    pub(crate) within_px: Option<f64>,
    /// One line on what to do next, and at which edge of the picture it stands.
    pub(crate) hint: Option<String>,
    pub(crate) hint_edge: Align2,
    /// Whether marks of scale and axes are shown and can be moved.
    pub(crate) shows_marks: bool,
    /// A menu was open before this frame; a click beside it closes it, no more.
    pub(crate) had_popup: bool,
}

pub(crate) struct Drawn {
    pub(crate) rect: Rect,
    /// Where the picture stands, once there is one.
    pub(crate) placement: Option<Placement>,
    pub(crate) response: Response,
}

/// The canvas fills what is left of the window. `menu` is that of a point.
pub(crate) fn canvas_ui(
    ui: &mut Ui,
    view: &impl PointView,
    around: &Surroundings<'_>,
    actions: &mut Actions,
    menu: impl FnOnce(&mut Ui, &mut Actions),
) -> Drawn {
    let rect = ui.available_rect_before_wrap();
    let response = ui.allocate_rect(rect, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, view.spoken()));
    let painter = ui.painter_at(rect);
    let mut opens = None;
    let Some(picture) = view.picture() else {
        painter.rect_filled(rect, 0.0, style::SURROUND);
        return Drawn { rect, placement: None, response };
    };
    let (look, canvas, pixels_per_point) = (around.look, view.canvas(), ui.ctx().pixels_per_point());
    let placement = canvas.view.place(rect, picture.size, picture.pixel_aspect, pixels_per_point);
    let placement = placement.mirrored(picture.is_mirrored.then_some(picture.size));
    let Picture { slot, image, size, is_mirrored, .. } = picture;
    let (image, is_nearest) = (image.clone(), placement.zoom * pixels_per_point >= NEAREST_FROM);
    let (place, tint) = (placement.picture_rect(size), look.tint());
    let shown = ShownPicture { slot, image, canvas: rect, rect: place, is_mirrored, is_nearest, tint };
    painter.add(painter::of(ui.ctx()).shape(shown));
    if !look.is_plain {
        looked_at(&painter, view, &placement);
        if around.shows_marks
            && let Some(tracks) = view.tracks()
        {
            let measured = tracks.measured();
            let moving = canvas.ruling.as_ref().map(|ruling| ruling.mark);
            let known = (tracks.measures(), measured.as_ref().map(Measured::world));
            ruling::paint(&painter, known, moving, &placement);
        }
        overlay_paint::paint(&painter, canvas.scene.get(), &placement, pixels_per_point);
        labels(&painter, view, &placement);
        values(&painter, view, &placement);
        legend(ui, &painter, rect, &look.style, around.within_px);
    }
    if let Some(frame) = view.frame() {
        let hit = |at: Pos2| marker_at(view, &placement, at);
        hover(ui, &response, &picture, &placement, &hit, actions);
        opens = pointer_gestures(ui, &response, view, &placement, frame, around, actions);
    }
    if let Some(ruling) = &canvas.ruling {
        ruling::preview(&painter, ruling, &placement, rect);
        if let (Some(point), true) = (ruling.held(), look.shows_loupe) {
            let at = placement.screen(point);
            loupe_ui(ui, rect, &Target { image: picture.image, size, point, at, scale: placement.scale() });
        }
    } else if let Some(framing) = &canvas.framing {
        framing::preview(&painter, framing, &placement, rect);
    } else if let Some(seeding) = &canvas.seeding {
        seeding::preview(ui, &painter, seeding, &placement);
        seeding::bar_ui(ui, rect, seeding, size, actions);
    } else if let Some(hint) = canvas.held.as_ref().and_then(held_hint).or_else(|| around.hint.clone()) {
        let inwards = vec2(0.0, if around.hint_edge == Align2::CENTER_TOP { 3.0 * GAP } else { -3.0 * GAP });
        pill(&painter, around.hint_edge.pos_in_rect(&rect) + inwards, around.hint_edge, &hint, 14.5);
    }
    held_ui(ui, &painter, rect, view, look, &placement);
    let point_menu = Popup::context_menu(&response).open_memory(opens.map(SetOpenCommand::Bool));
    point_menu.show(|ui| menu(ui, actions));
    Drawn { rect, placement: Some(placement), response }
}

/// A dashed frame around what the network looked at on this frame to follow the selected points, or any of them.
fn looked_at(painter: &Painter, view: &impl PointView, placement: &Placement) {
    let (Some(tracks), Some(frame)) = (view.tracks(), view.frame()) else { return };
    for Crop { x, y, size } in tracks.crops_at(frame, &view.canvas().selection) {
        let corner = |x: u32, y: u32| placement.screen(SourcePoint::new(x as f32 - 0.5, y as f32 - 0.5));
        framing::dashed(painter, Rect::from_two_pos(corner(x, y), corner(x + size.width, y + size.height)));
    }
}

/// Wheel, middle button, and what is under the pointer.
fn hover<'a>(
    ui: &Ui,
    response: &Response,
    picture: &Picture<'_>,
    placement: &Placement,
    hit: &impl Fn(Pos2) -> Option<&'a Marker>,
    actions: &mut Actions,
) {
    if let Some(pointer) = response.hover_pos() {
        wheel(ui, placement, pointer, actions);
        let hovered = hit(pointer).map(|marker| marker.track);
        actions.push(PointsAction::Hover(hovered));
        let is_inside = picture.size.contains(placement.source(pointer));
        let icon = match hovered {
            Some(_) => CursorIcon::PointingHand,
            None if is_inside => CursorIcon::Crosshair,
            None => CursorIcon::Default,
        };
        ui.ctx().set_cursor_icon(icon);
    }
    if response.dragged_by(PointerButton::Middle) {
        ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
        actions.push(PointsAction::SetView(placement.panned(response.drag_delta())));
    }
}

/// The left button places, selects and moves points; the right one opens the menu of a point: whether it was just
/// pressed on one, or beside all of them.
fn pointer_gestures(
    ui: &Ui,
    response: &Response,
    view: &impl PointView,
    placement: &Placement,
    frame: FrameIndex,
    around: &Surroundings<'_>,
    actions: &mut Actions,
) -> Option<bool> {
    let (canvas, size) = (view.canvas(), view.picture()?.size);
    let (pressed, released, is_down, modifiers) = ui.input(|input| {
        let pointer = &input.pointer;
        (pointer.primary_pressed(), pointer.primary_released(), pointer.primary_down(), input.modifiers)
    });
    let is_meant = response.is_pointer_button_down_on() || response.clicked(); // not what lies over the picture
    // A click beside an open menu closes the menu, no more.
    let begins = pressed && is_meant && !around.had_popup && !Popup::is_any_open(ui.ctx());
    if let Some(ruling) = &canvas.ruling {
        ruling::pointer_gestures(ui, begins, ruling, (placement, size), actions);
        return None;
    }
    if let Some(framing) = &canvas.framing {
        framing::pointer_gestures(ui, begins, framing, (placement, size), actions);
        return None;
    }
    if let Some(seeding) = &canvas.seeding {
        seeding::pointer_gestures(ui, begins, seeding, actions);
        return None;
    }
    if begins && let Some(at) = ui.input(|input| input.pointer.press_origin().or(input.pointer.interact_pos())) {
        let marks = view.tracks().map(|tracks| tracks.measures()).filter(|_| around.shows_marks);
        if let Some(taken) = marks.and_then(|measures| ruling::taken(measures, placement, at)) {
            actions.push(PointsAction::Rule(Some(taken)));
            return None;
        }
        let marker = marker_at(view, placement, at);
        if marker.is_some() || size.contains(placement.source(at)) {
            let track = marker.map(|marker| (marker.track, marker.point));
            actions.push(Gesture::Press { at, frame, track, extends: modifiers.command });
        } else {
            actions.push(PointsAction::Select(Vec::new()));
        }
    }
    if begins || canvas.held.is_some_and(|held| !held.is_edited()) {
        if let Some(to) = ui.input(|input| input.pointer.interact_pos()) {
            actions.push(Gesture::Drag { to, is_slow: modifiers.shift });
        }
        if released || !is_down {
            actions.push(Gesture::Keep);
        }
    }
    let at = |is_so: bool| response.interact_pointer_pos().filter(|_| is_so);
    if at(response.double_clicked()).is_some_and(|at| marker_at(view, placement, at).is_some()) {
        actions.push(Command::EditPoint);
    }
    let clicked = at(response.secondary_clicked())?;
    let hit = marker_at(view, placement, clicked);
    if let Some(track) = hit.map(|marker| marker.track).filter(|track| !canvas.is_selected(*track)) {
        actions.push(PointsAction::Select(vec![track]));
    }
    Some(hit.is_some())
}

/// The nearest marker within reach.
fn marker_at<'a>(view: &'a impl PointView, placement: &Placement, at: Pos2) -> Option<&'a Marker> {
    let markers = view.canvas().scene.get().markers.iter();
    let near = markers.map(|marker| (marker, placement.screen(marker.point).distance(at)));
    near.filter(|(_, distance)| *distance <= style::GRAB_RADIUS)
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(marker, _)| marker)
}

/// The wheel and pinching zoom about the pointer, two fingers pan.
fn wheel(ui: &Ui, placement: &Placement, pointer: Pos2, actions: &mut Actions) {
    let (mut factor, mut pan) = (1.0f32, Vec2::ZERO);
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
        actions.push(PointsAction::SetView(placement.zoomed(pointer, factor)));
    } else if pan != Vec2::ZERO {
        actions.push(PointsAction::SetView(placement.panned(pan)));
    }
}

/// The point that is being placed or moved, with the magnifier.
fn held_ui(ui: &Ui, painter: &Painter, rect: Rect, view: &impl PointView, look: &Look, placement: &Placement) {
    let canvas = view.canvas();
    let Some(held) = canvas.held.as_ref().filter(|held| held.is_shown()) else { return };
    let Some(Picture { image, size, .. }) = view.picture() else { return };
    let point = held.point(size);
    let at = placement.screen(point);
    overlay_paint::paint_held(painter, held.subject, canvas, look.style.point_radius, placement, point);
    if look.shows_loupe {
        loupe_ui(ui, rect, &Target { image, size, point, at, scale: placement.scale() });
    }
    ui.ctx().set_cursor_icon(CursorIcon::Crosshair);
}

/// The keys that move a point.
fn held_hint(held: &Held) -> Option<String> {
    let end = if held.is_placed_by_keys() { "adds" } else { "keeps" };
    let keys = || format!("Arrows move by 1 px · Shift 10 · {} 0.1 · Enter {end} · Esc gives up", command_key());
    held.is_edited().then(keys)
}

/// The names of the selected and the hovered point.
fn labels(painter: &Painter, view: &impl PointView, placement: &Placement) {
    let canvas = view.canvas();
    // The names of many points would hide the picture.
    let names_all = canvas.selection.len() <= MAX_LABELS;
    for marker in &canvas.scene.get().markers {
        let id = marker.track;
        let is_meant = if names_all { canvas.is_selected(id) } else { canvas.selected() == Some(id) };
        if !is_meant && Some(id) != canvas.hovered {
            continue;
        }
        if let Some(track) = view.track(id) {
            let at = placement.screen(marker.point) + vec2(14.0, -14.0);
            pill(painter, at, Align2::LEFT_BOTTOM, &track.name, 12.5);
        }
    }
}

/// What is measured, below the points.
fn values(painter: &Painter, view: &impl PointView, placement: &Placement) {
    for value in &view.canvas().scene.get().values {
        // Away from the lines: a box that stands on the point with the corner that is nearest to it.
        let away = vec2(value.away[0], value.away[1]) * placement.facing();
        let side = |towards: f32| if towards < 0.0 { Align::Max } else { Align::Min };
        let align = Align2([side(away.x), side(away.y)]);
        pill(painter, placement.screen(value.point) + 12.0 * away, align, &value.text, 12.5);
    }
}

pub(crate) fn opening_text(path: &std::path::Path) -> String {
    format!("Opening {}…", path.file_name().unwrap_or(path.as_os_str()).to_string_lossy())
}

/// Says that what is held over the window can be dropped.
pub(crate) fn drop_target(ui: &Ui, painter: &Painter, rect: Rect) {
    if ui.input(|input| !input.raw.hovered_files.is_empty()) {
        painter.rect_filled(rect, 0.0, Color32::from_black_alpha(150));
        let stroke = egui::Stroke::new(2.0, style::tokens(ui).accent);
        painter.rect_stroke(rect.shrink(3.0 * GAP), style::CORNER, stroke, egui::StrokeKind::Inside);
        pill(painter, rect.center(), Align2::CENTER_CENTER, "Drop to open", 17.0);
    }
}
