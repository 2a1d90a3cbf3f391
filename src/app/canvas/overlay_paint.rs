//! Draws an overlay scene over the picture with egui's painter.

use super::held::Subject;
use super::point_view::Canvas;
use super::view::Placement;
use crate::app::kit::style;
use crate::geometry::SourcePoint;
use crate::overlay::{self, Colour, Emphasis, Form, Marker, MarkerState, Rgba, Scene, Trail, TrailVertex};
use crate::tracks::TrackId;
use egui::epaint::{Mesh, Vertex, WHITE_UV};
use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, Vec2, pos2, vec2};

/// Miters longer than this many half widths are cut: sharp turns would shoot out needles.
const MAX_MITER: f32 = 2.0;

/// Vertices of a line that are nearer to each other than that, in points, are one.
const MIN_STEP: f32 = 0.5;

/// A line may pass by its vertices that far, in points.
const MAX_ASIDE: f32 = 0.2;

/// So many vertices at most are looked at to find a straight line's end.
const MAX_RUN: usize = 32;

/// Their colours may differ by so many levels of 255 from those on the line.
const MAX_LEVELS: f32 = 4.0;

/// Draws trails, then markers. A style unit is a point on the screen, whatever the zoom.
pub(crate) fn paint(painter: &Painter, scene: &Scene, placement: &Placement, pixels_per_point: f32) {
    let feather = 1.0 / pixels_per_point;
    for trail in &scene.trails {
        paint_trail(painter, trail, placement, feather);
    }
    for marker in &scene.markers {
        paint_marker_at(painter, marker, placement.screen(marker.point));
    }
}

/// Draws a marker, in its place or in a list.
pub(crate) fn paint_marker_at(painter: &Painter, marker: &Marker, centre: Pos2) {
    let at = |offset: [f32; 2]| centre + vec2(offset[0], offset[1]);
    for layer in marker.layers() {
        let colour = colour(layer.colour, 1.0);
        let (fill, stroke) = match layer.stroke_width {
            Some(width) => (Color32::TRANSPARENT, Stroke::new(width, colour)),
            None => (colour, Stroke::NONE),
        };
        painter.add(match layer.form {
            Form::Circle { radius } => {
                Shape::Circle(egui::epaint::CircleShape { center: centre, radius, fill, stroke })
            }
            Form::Polygon { corners } => Shape::convex_polygon(corners.into_iter().map(at).collect(), fill, stroke),
            Form::Line { from, to } => Shape::line_segment([at(from), at(to)], stroke),
        });
    }
}

/// Draws a point that is being placed or moved: a ring with a cross, and a line from where it was.
pub(super) fn paint_held(
    painter: &Painter,
    subject: Subject,
    canvas: &Canvas,
    radius: f32,
    placement: &Placement,
    point: SourcePoint,
) {
    let known = match subject {
        Subject::Track(track, from) => canvas.marker(track).map(|marker| (from, marker)),
        Subject::New => None,
    };
    let centre = placement.screen(point);
    if let Some((from, _)) = known {
        for (width, colour) in [(3.0, style::PILL), (1.0, style::ON_SURROUND)] {
            painter.line_segment([placement.screen(from), centre], Stroke::new(width, colour));
        }
    }
    let held = Marker {
        track: known.map_or(TrackId(u32::MAX), |(_, marker)| marker.track),
        point,
        shape: overlay::Shape::Circle,
        colour: known.map_or(Colour::hex(0xFF_FF_FF), |(_, marker)| marker.colour),
        radius,
        state: MarkerState::Pending,
        emphasis: Emphasis::None,
    };
    paint_marker_at(painter, &held, centre);
}

fn paint_trail(painter: &Painter, trail: &Trail, placement: &Placement, feather: f32) {
    let width = if trail.dotted { 2.0 * trail.dot_radius() } else { trail.width };
    let casing_width = width + 2.0 * Trail::CASING_WIDTH;
    if trail.dotted {
        let dots = trail.dots(1.0 / placement.zoom);
        for (casing, diameter) in [(Some(Trail::CASING), casing_width), (None, width)] {
            for dot in &dots {
                let rgba = casing.unwrap_or(Rgba { colour: dot.colour, alpha: 1.0 });
                painter.circle_filled(placement.screen(dot.point), diameter / 2.0, colour(rgba, dot.alpha));
            }
        }
        return;
    }
    let coloured = |casing: Option<Rgba>| {
        let colour_of = move |v: &TrailVertex| colour(casing.unwrap_or(Rgba { colour: v.colour, alpha: 1.0 }), v.alpha);
        trail.vertices.iter().map(move |v| (placement.screen(v.point), colour_of(v))).collect::<Vec<_>>()
    };
    let points = coloured(None);
    if !painter.clip_rect().intersects(bounds(&points).expand(casing_width)) {
        return;
    }
    painter.add(Shape::mesh(strip(&coloured(Some(Trail::CASING)), casing_width, feather)));
    painter.add(Shape::mesh(strip(&points, width, feather)));
}

/// The scale of ordered values from its low end at the left to its high end.
pub(crate) fn ordered_bar(rect: Rect) -> Shape {
    const STEPS: u8 = 24;
    let mut mesh = Mesh::default();
    for step in 0..=STEPS {
        let share = f32::from(step) / f32::from(STEPS);
        let color = colour(Rgba { colour: overlay::ordered_colour(share), alpha: 1.0 }, 1.0);
        let x = egui::lerp(rect.x_range(), share);
        for y in [rect.top(), rect.bottom()] {
            mesh.vertices.push(Vertex { pos: pos2(x, y), uv: WHITE_UV, color });
        }
        if step > 0 {
            let new = 2 * u32::from(step);
            mesh.add_triangle(new - 2, new - 1, new);
            mesh.add_triangle(new - 1, new, new + 1);
        }
    }
    Shape::mesh(mesh)
}

fn bounds(points: &[(Pos2, Color32)]) -> egui::Rect {
    let mut rect = egui::Rect::NOTHING;
    for (point, _) in points {
        rect.extend_with(*point);
    }
    rect
}

fn colour(rgba: Rgba, alpha: f32) -> Color32 {
    let alpha = (rgba.alpha * alpha * 255.0).round().clamp(0.0, 255.0) as u8;
    Color32::from_rgba_unmultiplied(rgba.colour.r, rgba.colour.g, rgba.colour.b, alpha)
}

/// One mesh for a whole line: each vertex has its own colour and opacity, and joints are not drawn twice.
fn strip(points: &[(Pos2, Color32)], width: f32, feather: f32) -> Mesh {
    let places = straightened(&thinned(points));
    let mut mesh = Mesh::default();
    if places.len() < 2 {
        return mesh;
    }
    let inner = ((width - feather) / 2.0).max(0.0);
    let outer = f32::midpoint(width, feather);
    for i in 0..places.len() {
        let (point, solid) = places[i];
        let direction = |from: usize, to: usize| (places[to].0 - places[from].0).normalized();
        let before = direction(i.saturating_sub(1), i.max(1));
        let after = direction(i.min(places.len() - 2), (i + 1).min(places.len() - 1));
        let side = miter(before, after);
        let offsets = [(-outer, Color32::TRANSPARENT), (-inner, solid), (inner, solid), (outer, Color32::TRANSPARENT)];
        for (offset, color) in offsets {
            let at = point + side * offset;
            mesh.vertices.push(Vertex { pos: pos2(at.x, at.y), uv: WHITE_UV, color });
        }
        if i > 0 {
            let (old, new) = (4 * (i as u32 - 1), 4 * i as u32);
            for lane in 0..3 {
                mesh.add_triangle(old + lane, old + lane + 1, new + lane);
                mesh.add_triangle(old + lane + 1, new + lane, new + lane + 1);
            }
        }
    }
    mesh
}

/// The vertices of a line without those that nobody can tell from the one before; it ends where it ended.
fn thinned(points: &[(Pos2, Color32)]) -> Vec<(Pos2, Color32)> {
    let is_near = |a: &(Pos2, Color32), b: &(Pos2, Color32)| (a.0 - b.0).length_sq() < MIN_STEP * MIN_STEP;
    let mut places: Vec<(Pos2, Color32)> = Vec::with_capacity(points.len());
    for point in points {
        if places.last().is_none_or(|before| !is_near(before, point)) {
            places.push(*point);
        }
    }
    if let ([_, .., before], Some(last)) = (&mut places[..], points.last()) {
        *before = *last;
    }
    places
}

/// The vertices of a line without those that lie on the straight line between others, in place and colour.
fn straightened(points: &[(Pos2, Color32)]) -> Vec<(Pos2, Color32)> {
    let mut kept: Vec<(Pos2, Color32)> = points.first().copied().into_iter().collect();
    let mut from = 0;
    while from + 1 < points.len() {
        let reaches = |to: &usize| points[from + 1..*to].iter().all(|p| is_between(p, &points[from], &points[*to]));
        let end = points.len().min(from + MAX_RUN + 1);
        let to = (from + 2..end).take_while(reaches).last().unwrap_or(from + 1);
        kept.push(points[to]);
        from = to;
    }
    kept
}

/// Whether a vertex is hardly missed where a line goes straight from `a` to `b`.
fn is_between((point, colour): &(Pos2, Color32), a: &(Pos2, Color32), b: &(Pos2, Color32)) -> bool {
    let (line, offset) = (b.0 - a.0, *point - a.0);
    let share = offset.dot(line) / line.length_sq().max(f32::EPSILON);
    let mixed = |i: usize| egui::lerp(f32::from(a.1.to_array()[i])..=f32::from(b.1.to_array()[i]), share);
    (0.0..=1.0).contains(&share)
        && (offset - share * line).length_sq() <= MAX_ASIDE * MAX_ASIDE
        && (0..4).all(|i| (mixed(i) - f32::from(colour.to_array()[i])).abs() <= MAX_LEVELS)
}

/// The normal at a joint, long enough that both segments keep their width.
fn miter(before: Vec2, after: Vec2) -> Vec2 {
    let normal = before.rot90();
    let joint = (normal + after.rot90()).normalized();
    if joint == Vec2::ZERO {
        return normal; // straight back
    }
    joint * (1.0 / joint.dot(normal).max(1.0 / MAX_MITER))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Color32 = Color32::TRANSPARENT;
    const RED: Color32 = Color32::RED;

    #[test]
    fn a_straight_line_is_as_wide_as_asked_and_fades_along() {
        let mesh = strip(&[(pos2(0.0, 0.0), NOTHING), (pos2(10.0, 0.0), RED)], 3.0, 1.0);
        assert_eq!((mesh.vertices.len(), mesh.indices.len()), (8, 18));
        let ys: Vec<f32> = mesh.vertices[4..].iter().map(|v| v.pos.y.abs()).collect();
        assert_eq!(ys, vec![2.0, 1.0, 1.0, 2.0]);
        assert_eq!((mesh.vertices[1].color.a(), mesh.vertices[5].color.a()), (0, 255));
        assert!(mesh.is_valid());
    }

    #[test]
    fn a_slow_trail_has_few_vertices_and_ends_at_its_point() {
        let slow: Vec<_> = (0..=300).map(|i| (pos2(0.01 * i as f32, 2.0), RED)).collect();
        let places = thinned(&slow);
        assert!((4..10).contains(&places.len()), "{}", places.len());
        assert_eq!((places[0], places.last()), (slow[0], slow.last()));
        assert_eq!(thinned(&slow[..2]), slow[..1], "a standstill");
        assert!(thinned(&[]).is_empty());
    }

    #[test]
    fn what_is_straight_needs_no_vertices_between() {
        let level = |x: f32, y: f32, alpha: u8| (pos2(x, y), Color32::from_white_alpha(alpha));
        let fading: Vec<_> = (0..50_u8).map(|i| level(3.0 * f32::from(i), 7.0, 5 * i)).collect();
        assert_eq!(straightened(&fading), [fading[0], fading[32], fading[49]]);
        let mut turned = fading.clone();
        turned.extend((1..20).map(|i| level(147.0, 7.0 + 2.0 * i as f32, 245)));
        assert_eq!(straightened(&turned), [fading[0], fading[32], fading[49], turned[68]]);
        let jagged: Vec<_> = (0..20).map(|i| level(3.0 * i as f32, if i % 2 == 0 { 0.0 } else { 0.5 }, 255)).collect();
        assert_eq!(straightened(&jagged), jagged);
        let flashing: Vec<_> = (0..20).map(|i| level(3.0 * i as f32, 0.0, if i == 9 { 0 } else { 255 })).collect();
        assert!((4..20).contains(&straightened(&flashing).len()), "a change of colours stays where it is");
        let back = [level(0.0, 0.0, 255), level(9.0, 0.0, 255), level(3.0, 0.0, 255)];
        assert_eq!(straightened(&back), back, "a line that turns round");
        assert!(straightened(&[]).is_empty());
    }

    #[test]
    fn turns_stay_short_and_standstill_draws_nothing() {
        let hairpin = [(pos2(0.0, 0.0), RED), (pos2(10.0, 0.0), RED), (pos2(0.0, 0.1), RED)];
        let mesh = strip(&hairpin, 2.0, 1.0);
        assert!(mesh.vertices.iter().all(|v| v.pos.x.is_finite() && v.pos.x < 10.0 + 1.5 * MAX_MITER + 0.1));
        let still = [(pos2(5.0, 5.0), RED), (pos2(5.0, 5.0), RED)];
        assert!(strip(&still, 2.0, 1.0).is_empty());
    }
}
