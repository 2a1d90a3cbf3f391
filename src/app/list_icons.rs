//! The icons of the list of points, drawn from lines.

use super::icons::Icon;
use egui::{Color32, Pos2, Rect, Shape, Stroke, StrokeKind, vec2};

/// The shapes of an icon around a centre; none for icons that are not of the list.
pub(super) fn shapes(centre: Pos2, icon: Icon, colour: Color32) -> Vec<Shape> {
    let stroke = Stroke::new(1.4, colour);
    let at = |x: f32, y: f32| centre + vec2(x, y);
    let line = |from: (f32, f32), to: (f32, f32)| Shape::line_segment([at(from.0, from.1), at(to.0, to.1)], stroke);
    match icon {
        Icon::Eye => eye(centre, stroke, true),
        Icon::EyeClosed => {
            let mut shapes = eye(centre, stroke, false);
            shapes.push(line((-5.0, 5.0), (5.0, -5.0)));
            shapes
        }
        Icon::Locked => padlock(centre, colour, true),
        Icon::Unlocked => padlock(centre, colour, false),
        Icon::Solo => vec![Shape::circle_stroke(centre, 5.5, stroke), Shape::circle_filled(centre, 2.2, colour)],
        Icon::Folded => vec![Shape::line(vec![at(-2.0, -4.0), at(2.0, 0.0), at(-2.0, 4.0)], stroke)],
        Icon::Unfolded => vec![Shape::line(vec![at(-4.0, -2.0), at(0.0, 2.0), at(4.0, -2.0)], stroke)],
        Icon::Filter => {
            let funnel = vec![at(-6.0, -5.0), at(6.0, -5.0), at(1.5, 0.5), at(1.5, 5.5), at(-1.5, 4.0), at(-1.5, 0.5)];
            vec![Shape::closed_line(funnel, stroke)]
        }
        Icon::Sort => {
            vec![line((-6.0, -4.5), (6.0, -4.5)), line((-6.0, 0.0), (2.5, 0.0)), line((-6.0, 4.5), (-1.0, 4.5))]
        }
        Icon::Sliders => {
            let slider =
                |y: f32, knob: f32| [line((-6.0, y), (6.0, y)), Shape::circle_filled(at(knob, y), 2.3, colour)];
            [slider(-4.5, 2.5), slider(0.0, -2.5), slider(4.5, 1.0)].into_iter().flatten().collect()
        }
        _ => Vec::new(),
    }
}

fn eye(centre: Pos2, stroke: Stroke, has_pupil: bool) -> Vec<Shape> {
    let lid = |sign: f32| {
        let points = (0..=12).map(|step| {
            let x = -6.5 + 13.0 * step as f32 / 12.0;
            let lift = 4.0 * (1.0 - (x / 6.5) * (x / 6.5));
            centre + vec2(x, sign * lift)
        });
        Shape::line(points.collect(), stroke)
    };
    let mut shapes = vec![lid(1.0), lid(-1.0)];
    if has_pupil {
        shapes.push(Shape::circle_filled(centre, 2.0, stroke.color));
    }
    shapes
}

fn padlock(centre: Pos2, colour: Color32, is_closed: bool) -> Vec<Shape> {
    let body = Rect::from_center_size(centre + vec2(0.0, 2.5), vec2(9.0, 7.0));
    let stroke = Stroke::new(1.4, colour);
    let lift = if is_closed { 0.0 } else { 2.0 };
    let arch = (0..=12).map(|step| {
        let (sin, cos) = (std::f32::consts::PI * step as f32 / 12.0).sin_cos();
        centre + vec2(-3.0 * cos, -2.5 - lift - 3.0 * sin)
    });
    let mut bow = vec![centre + vec2(-3.0, -1.0)];
    bow.extend(arch);
    if is_closed {
        bow.push(centre + vec2(3.0, -1.0));
    }
    let body = if is_closed {
        Shape::rect_filled(body, 1.5, colour)
    } else {
        Shape::rect_stroke(body, 1.5, stroke, StrokeKind::Inside)
    };
    vec![Shape::line(bow, stroke), body]
}
