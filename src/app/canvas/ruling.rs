//! Marks that say how large the scene is and where its axes are: how they are drawn, and what pointer and keys do to them.

use super::framing::place;
use super::marks::{Mark, Ruling};
use super::view::Placement;
use crate::app::actions::{Action, Actions, ClipAction, PointsAction};
use crate::app::kit::controls::pill;
use crate::app::kit::style::{self, GAP, GRAB_RADIUS};
use crate::geometry::{Size, SourcePoint};
use crate::measure::{Scale, World};
use crate::tracks::Measures;
use egui::{Align2, Key, Painter, Pos2, Rect, Shape, Stroke, Ui, vec2};

/// Length of the axes, in points.
const AXIS_LENGTH: f32 = 64.0;
/// Radius of the marks' ends.
const END_RADIUS: f32 = 4.5;

/// The marks that are there.
fn known(measures: &Measures) -> Vec<(Mark, Vec<SourcePoint>)> {
    let setup = &measures.setup;
    let scale = match setup.scale {
        Scale::Pixels => None,
        Scale::Line { ends, .. } => Some((Mark::Line, ends.to_vec())),
        Scale::Plane { corners, .. } => Some((Mark::Plane, corners.to_vec())),
    };
    let axes = setup.origin.map(|origin| (Mark::Axes, std::iter::once(origin).chain(setup.x_axis).collect()));
    scale.into_iter().chain(axes).collect()
}

/// The mark under the pointer, taken up.
pub(super) fn taken(measures: &Measures, placement: &Placement, at: Pos2) -> Option<Ruling> {
    let all = known(measures).into_iter().flat_map(|(mark, points)| {
        let ends: Vec<_> = points.iter().map(|point| placement.screen(*point)).collect();
        ends.into_iter().enumerate().map(move |(i, end)| (mark, points.clone(), i, end))
    });
    let near = all.filter(|(.., end)| end.distance(at) <= GRAB_RADIUS);
    let (mark, points, i, _) = near.min_by(|a, b| a.3.distance(at).total_cmp(&b.3.distance(at)))?;
    Some(Ruling::again(mark, points, i, at))
}

/// What a key does while marks are set.
pub(crate) fn key_action(key: Key) -> Option<Action> {
    (key == Key::Escape).then(|| PointsAction::Rule(None).into())
}

/// The left button while marks are set or moved; `size` is that of the picture.
pub(super) fn pointer_gestures(
    ui: &Ui,
    begins: bool,
    ruling: &Ruling,
    (placement, size): (&Placement, Size),
    actions: &mut Actions,
) {
    let (at, origin, is_down) = ui.input(|input| {
        let pointer = &input.pointer;
        (pointer.interact_pos(), pointer.press_origin(), pointer.primary_down())
    });
    let mut now = ruling.clone();
    if begins && let Some(at) = origin.or(at) {
        now.press(at, place(placement, at, size));
    }
    if let Some(at) = at {
        now.drag(at, place(placement, at, size));
    }
    if now.moving.is_some() && !is_down && now.release() {
        actions.push(ClipAction::Marked { mark: now.mark, points: now.points, is_new: !now.is_moved });
        actions.push(PointsAction::Rule(None));
    } else if now != *ruling {
        actions.push(PointsAction::Rule(Some(now)));
    }
}

/// The marks as they are, and what to do.
pub(super) fn preview(painter: &Painter, ruling: &Ruling, placement: &Placement, canvas: Rect) {
    marks(painter, ruling.mark, &ruling.points, placement);
    let text = match (ruling.mark, ruling.points.len()) {
        _ if ruling.is_moved => "Release where it belongs",
        (Mark::Line, 0) => "Drag along something of known length, or click its two ends",
        (Mark::Line, 1) => "Click the other end",
        (Mark::Line, _) => "Release at the other end",
        (Mark::Plane, 0) => "Click the four corners of a rectangle on the ground or wall, first the bottom left one",
        (Mark::Plane, 1) => "Now the bottom right one",
        (Mark::Plane, 2) => "Now the top right one",
        (Mark::Plane, _) => "Now the top left one",
        (Mark::Axes, _) => "Click the origin; drag from it to turn the x axis",
    };
    let at = canvas.center_bottom() - vec2(0.0, 3.0 * GAP);
    pill(painter, at, Align2::CENTER_BOTTOM, &format!("{text} · Esc gives up"), 14.5);
}

/// The marks that are there, with their sizes, and the axes, but for those that are being set anew.
pub(super) fn paint(
    painter: &Painter,
    (measures, world): (&Measures, Option<&World>),
    moving: Option<Mark>,
    placement: &Placement,
) {
    let middle =
        |a: SourcePoint, b: SourcePoint| placement.screen(a) + (placement.screen(b) - placement.screen(a)) / 2.0;
    let setup = &measures.setup;
    let is_still = |mark: &Mark| match moving {
        Some(Mark::Axes) => *mark != Mark::Axes,
        Some(_) => *mark == Mark::Axes,
        None => true,
    };
    for (mark, points) in known(measures).into_iter().filter(|(mark, _)| is_still(mark)) {
        marks(painter, mark, &points, placement);
    }
    if let Some(world) = world.filter(|_| is_still(&Mark::Axes)) {
        axes(painter, world, placement);
    }
    if !is_still(&Mark::Line) {
        return;
    }
    let size = |a: SourcePoint, b: SourcePoint, length: f64| {
        pill(painter, middle(a, b), Align2::CENTER_CENTER, &format!("{length} {}", setup.unit()), 12.5);
    };
    match setup.scale {
        Scale::Pixels => {}
        Scale::Line { ends: [a, b], length } => size(a, b, length),
        Scale::Plane { corners: [a, b, c, _], width, height } => {
            size(a, b, width);
            size(b, c, height);
        }
    }
}

/// The axes from the origin, where it is in the picture.
fn axes(painter: &Painter, world: &World, placement: &Placement) {
    let Some(origin) = world.source([0.0, 0.0]).map(|origin| placement.screen(origin)) else { return };
    for (name, step) in [("x", [1.0, 0.0]), ("y", [0.0, 1.0])] {
        // In perspective a unit may be beyond the horizon: a small step shows the way.
        let Some(towards) = world.source(step.map(|value: f64| 1e-3 * value)).map(|end| placement.screen(end)) else {
            continue;
        };
        let way = (towards - origin).normalized() * AXIS_LENGTH;
        for (width, colour) in [(4.0, style::PILL), (1.5, style::ON_SURROUND)] {
            painter.arrow(origin, way, Stroke::new(width, colour));
        }
        pill(painter, origin + way * 1.2, Align2::CENTER_CENTER, name, 11.5);
    }
}

fn marks(painter: &Painter, mark: Mark, points: &[SourcePoint], placement: &Placement) {
    let ends: Vec<Pos2> = points.iter().map(|point| placement.screen(*point)).collect();
    for (width, colour) in [(4.0, style::PILL), (1.5, style::ON_SURROUND)] {
        let stroke = Stroke::new(width, colour);
        painter.add(if mark == Mark::Plane && ends.len() == mark.num_points() {
            Shape::closed_line(ends.clone(), stroke)
        } else {
            Shape::line(ends.clone(), stroke)
        });
    }
    for end in ends {
        painter.circle(end, END_RADIUS, style::PILL, Stroke::new(1.5, style::ON_SURROUND));
    }
}
