//! The magnifier: the pixels around a point that is being placed or moved, eight times as large.

use crate::app::kit::style::{self, GAP};
use crate::geometry::{Size, SourcePoint};
use egui::{Align2, Color32, ColorImage, Id, Mesh, Painter, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui};
use egui::{Vec2, WidgetInfo, pos2, vec2};

/// Side of the magnified patch, in points, where there is room.
const SIDE: f32 = 160.0;
/// The smallest side: on a small canvas the loupe gives way to the pointer.
const MIN_SIDE: f32 = 72.0;
/// Height of the line with the coordinates.
const STRIP: f32 = 22.0;
/// Points per source pixel, as long as the picture itself is not shown nearly as large.
const MAGNIFICATION: f32 = 8.0;
/// How much larger than on the canvas pixels are shown at least.
const OVER_CANVAS: f32 = 2.0;
/// From the pointer to the loupe, along each axis.
const DISTANCE: f32 = 28.0;
/// The least distance, where the border of the canvas pushes the loupe back.
const MIN_DISTANCE: f32 = 14.0;
/// From the loupe to the border of the canvas.
const MARGIN: f32 = 2.0 * GAP;
/// Inner and outer end of the crosshair's arms: the point itself stays free.
const ARM: (f32, f32) = (6.0, 22.0);

#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
    /// The pixels of the shown frame, as they were uploaded.
    pub(crate) image: &'a ColorImage,
    /// The size of the picture; the pixels may be fewer.
    pub(crate) size: Size,
    pub(crate) point: SourcePoint,
    /// Where the point stands on the screen.
    pub(crate) at: Pos2,
    /// Width and height of a source pixel on the canvas, in points.
    pub(crate) scale: Vec2,
}

/// Draws the loupe beside its target; neither the point nor the pointer is covered.
pub(crate) fn loupe_ui(ui: &Ui, canvas: Rect, target: &Target<'_>) {
    let pointer = ui.input(|input| input.pointer.latest_pos()).filter(|pointer| canvas.contains(*pointer));
    let rect = place(canvas, target.at, pointer);
    let patch = Rect::from_min_max(rect.min, rect.max - vec2(0.0, STRIP));
    let painter = ui.painter_at(rect.expand(3.0));
    painter.rect_filled(rect.expand(1.0), style::CORNER, style::PILL);
    patch_ui(ui, target, patch);
    painter.rect_stroke(rect, style::CORNER, Stroke::new(1.0, style::ON_SURROUND_WEAK), StrokeKind::Outside);
    let SourcePoint { x, y } = target.point;
    let text = format!("x {x:.1}  y {y:.1}");
    let line = Rect::from_min_max(patch.left_bottom(), rect.max);
    painter.text(line.center(), Align2::CENTER_CENTER, text, style::figures(12.5), style::ON_SURROUND);
    let name = format!("Magnifier, x {x:.1}, y {y:.1}");
    let response = ui.interact(rect, Id::unique("loupe"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
}

/// Draws the pixels around the target, and a crosshair on it.
pub(crate) fn patch_ui(ui: &Ui, target: &Target<'_>, patch: Rect) {
    let painter = ui.painter_at(patch);
    painter.add(pixels(target, patch));
    crosshair(&painter, patch.center());
}

/// Where the loupe goes: beside the point, in the canvas, off the pointer.
fn place(canvas: Rect, at: Pos2, pointer: Option<Pos2>) -> Rect {
    let room = canvas.shrink(MARGIN);
    // With half of the canvas to itself, it finds a place whatever the pointer does.
    let half = (room.width() / 2.0).max(room.height() / 2.0 - STRIP) - MIN_DISTANCE;
    let whole = room.width().min(room.height() - STRIP);
    let side = SIDE.min(half).min(whole).max(MIN_SIDE);
    let size = vec2(side, side + STRIP);
    let keep_off = || [Some(at), pointer].into_iter().flatten();
    let clearance = |rect: &Rect| keep_off().map(|p| rect.distance_to_pos(p)).fold(f32::INFINITY, f32::min);
    let corners = [(1.0, -1.0), (-1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)].map(|(right, down)| {
        let towards = vec2(right, down);
        let centre = pointer.unwrap_or(at) + towards * (size / 2.0 + Vec2::splat(DISTANCE));
        within(Rect::from_center_size(centre, size), room)
    });
    let roomy = corners.iter().find(|rect| clearance(rect) >= MIN_DISTANCE);
    let best = corners.iter().max_by(|a, b| clearance(a).total_cmp(&clearance(b)));
    roomy.or(best).copied().unwrap_or(room)
}

/// The rectangle, pushed into the room.
fn within(rect: Rect, room: Rect) -> Rect {
    let push = |from: f32, length: f32, min: f32, max: f32| from.min(max - length).max(min);
    let min = pos2(
        push(rect.left(), rect.width(), room.left(), room.right()),
        push(rect.top(), rect.height(), room.top(), room.bottom()),
    );
    Rect::from_min_size(min, rect.size())
}

/// The pixels around the target as squares, its exact place in the middle of the patch.
fn pixels(target: &Target<'_>, patch: Rect) -> Mesh {
    let shorter = target.scale.min_elem();
    let scale = target.scale / shorter * MAGNIFICATION.max(OVER_CANVAS * shorter);
    let reach = patch.size() / 2.0 / scale;
    let span = |at: f32, reach: f32| ((at - reach).round() as i64)..=((at + reach).round() as i64);
    let mut mesh = Mesh::default();
    for row in span(target.point.y, reach.y) {
        for column in span(target.point.x, reach.x) {
            let offset = vec2(column as f32 - target.point.x, row as f32 - target.point.y);
            let square = Rect::from_center_size(patch.center() + offset * scale, scale);
            mesh.add_colored_rect(square, pixel(target, column, row));
        }
    }
    mesh
}

/// The colour of one source pixel.
fn pixel(target: &Target<'_>, column: i64, row: i64) -> Color32 {
    let [width, height] = target.image.size;
    let step = (target.size.width as usize).div_ceil(width.max(1)).max(1); // thinned out for the renderer
    let inside = |at: i64, extent: u32| usize::try_from(at).ok().filter(|at| *at < extent as usize);
    match (inside(column, target.size.width), inside(row, target.size.height)) {
        (Some(x), Some(y)) if x / step < width && y / step < height => target.image.pixels[y / step * width + x / step],
        _ => style::SURROUND,
    }
}

fn crosshair(painter: &Painter, centre: Pos2) {
    for (width, colour) in [(3.0, style::PILL), (1.0, style::ON_SURROUND)] {
        for direction in [vec2(1.0, 0.0), vec2(-1.0, 0.0), vec2(0.0, 1.0), vec2(0.0, -1.0)] {
            let arm = [centre + direction * ARM.0, centre + direction * ARM.1];
            painter.line_segment(arm, Stroke::new(width, colour));
        }
        painter.circle_filled(centre, width / 2.0 + 0.25, colour);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_stays_in_the_canvas_and_covers_neither_pointer_nor_point(
            width in 280f32..2000.0, height in 220f32..1400.0, x in 0f32..1.0, y in 0f32..1.0
        ) {
            let canvas = Rect::from_min_size(pos2(36.0, 40.0), vec2(width, height));
            let pointer = canvas.min + vec2(x * width, y * height);
            let rect = place(canvas, pointer, Some(pointer));
            prop_assert!(canvas.contains_rect(rect), "{rect:?}");
            prop_assert!(rect.distance_to_pos(pointer) >= MIN_DISTANCE - 1e-3, "{rect:?} {pointer:?}");
        }
    }

    #[test]
    fn it_has_its_full_size_on_a_usual_canvas() {
        let canvas = Rect::from_min_size(pos2(0.0, 34.0), vec2(910.0, 570.0));
        let rect = place(canvas, pos2(450.0, 300.0), None);
        assert_eq!(rect.size(), vec2(SIDE, SIDE + STRIP));
    }

    #[test]
    fn the_pixel_under_the_point_is_in_the_middle_and_there_is_nothing_outside_the_picture() {
        let colours = (0u8..12).map(Color32::from_gray).collect();
        let image = ColorImage::new([4, 3], colours);
        let size = Size::new(4, 3);
        let point = SourcePoint::new(2.0, 1.0);
        let target = Target { image: &image, size, point, at: Pos2::ZERO, scale: Vec2::splat(1.0) };
        let patch = Rect::from_center_size(pos2(80.0, 80.0), Vec2::splat(160.0));
        let mesh = pixels(&target, patch);
        let corners = |colour| mesh.vertices.iter().filter(move |vertex| vertex.color == colour);
        let square = Rect::from_points(&corners(Color32::from_gray(6)).map(|vertex| vertex.pos).collect::<Vec<_>>());
        assert_eq!(square, Rect::from_center_size(pos2(80.0, 80.0), Vec2::splat(8.0)));
        assert_eq!(pixel(&target, -1, 1), style::SURROUND);
        assert_eq!(pixel(&target, 4, 1), style::SURROUND);
    }

    #[test]
    fn a_thinned_picture_is_looked_up_where_its_pixels_are() {
        let image = ColorImage::new([2, 2], (0u8..4).map(Color32::from_gray).collect());
        let point = SourcePoint::new(0.0, 0.0);
        let target = Target { image: &image, size: Size::new(4, 4), point, at: Pos2::ZERO, scale: Vec2::splat(1.0) };
        assert_eq!(pixel(&target, 3, 2), Color32::from_gray(3));
        assert_eq!(pixel(&target, 1, 3), Color32::from_gray(2));
    }
}
