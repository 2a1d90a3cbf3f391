//! Icons, drawn from lines: sharp at every scale and independent of fonts.

use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, pos2, vec2};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Icon {
    Play,
    Pause,
    StepBack,
    StepForward,
    First,
    Last,
    Loop,
    Lanes,
    Close,
    Eye,
    EyeClosed,
    Locked,
    Unlocked,
    Solo,
    Folded,
    Unfolded,
    Filter,
    Sort,
    Sliders,
}

/// Draws an icon in the middle of a rectangle, 12 points large.
pub(crate) fn paint(painter: &Painter, rect: Rect, icon: Icon, colour: Color32) {
    let at = |x: f32, y: f32| rect.center() + vec2(x, y);
    let fill = |points: Vec<Pos2>| Shape::convex_polygon(points, colour, Stroke::NONE);
    let bar =
        |x: f32, width: f32| Shape::rect_filled(Rect::from_center_size(at(x, 0.0), vec2(width, 11.0)), 0.5, colour);
    let triangle = |from: f32, to: f32| fill(vec![at(from, -5.5), at(to, 0.0), at(from, 5.5)]);
    let shapes = match icon {
        Icon::Play => vec![fill(vec![at(-4.5, -6.5), at(6.5, 0.0), at(-4.5, 6.5)])],
        Icon::Pause => vec![bar(-3.0, 3.0), bar(3.0, 3.0)],
        Icon::StepForward => vec![bar(-4.5, 2.0), triangle(-1.5, 5.5)],
        Icon::StepBack => vec![bar(4.5, 2.0), triangle(1.5, -5.5)],
        Icon::Last => vec![triangle(-5.0, 2.5), bar(4.5, 2.0)],
        Icon::First => vec![triangle(5.0, -2.5), bar(-4.5, 2.0)],
        Icon::Close => {
            let stroke = Stroke::new(1.5, colour);
            let arm = |dx: f32| Shape::line_segment([at(-4.0, -4.0 * dx), at(4.0, 4.0 * dx)], stroke);
            vec![arm(1.0), arm(-1.0)]
        }
        Icon::Lanes => {
            let lane =
                |y: f32, from: f32, to: f32| Shape::line_segment([at(from, y), at(to, y)], Stroke::new(2.5, colour));
            vec![lane(-4.5, -6.0, 3.0), lane(0.0, -2.0, 6.0), lane(4.5, -6.0, 5.0)]
        }
        Icon::Loop => loop_shapes(rect.center(), colour),
        _ => list_shapes(rect.center(), icon, colour),
    };
    painter.extend(shapes);
}

/// A ring that is open at the top right, with an arrow head there.
fn loop_shapes(centre: Pos2, colour: Color32) -> Vec<Shape> {
    let radius = 5.0;
    let on_ring = |degrees: f32| {
        let (sin, cos) = degrees.to_radians().sin_cos();
        pos2(centre.x + radius * cos, centre.y + radius * sin)
    };
    let ring = (0..=28).map(|step| on_ring(-20.0 + 290.0 * step as f32 / 28.0)).collect();
    let tip = on_ring(-90.0);
    let head = vec![tip + vec2(-0.5, -3.5), tip + vec2(4.5, 0.0), tip + vec2(-0.5, 3.5)];
    vec![Shape::line(ring, Stroke::new(1.5, colour)), Shape::convex_polygon(head, colour, Stroke::NONE)]
}

/// The icons of the list of points; nothing for others.
fn list_shapes(centre: Pos2, icon: Icon, colour: Color32) -> Vec<Shape> {
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
