//! Icons, drawn from lines: sharp at every scale and independent of fonts.

use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, pos2, vec2};

/// What an icon shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Icon {
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
pub(super) fn paint(painter: &Painter, rect: Rect, icon: Icon, colour: Color32) {
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
        _ => super::list_icons::shapes(rect.center(), icon, colour),
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
