//! Where the picture stands on the screen: fit, zoom and pan, exact to a fraction of a pixel.

use crate::app::kit::style::CANVAS_MARGIN;
use crate::geometry::{Size, SourcePoint};
use egui::{Pos2, Rect, Vec2, pos2, vec2};

/// The largest and the smallest size of a source pixel, in points.
const ZOOM_LIMITS: (f32, f32) = (0.02, 64.0);

/// Share of the canvas that framed points fill.
const FRAMED_SHARE: f32 = 0.7;
/// Source pixels that are shown around a single framed point.
const SMALLEST_FRAMED: f32 = 64.0;

/// What part of the picture is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum View {
    /// All of it, as large as it goes.
    #[default]
    Fit,
    /// A part.
    Free {
        /// Points per source pixel.
        zoom: f32,
        /// The place in the middle of the canvas.
        centre: SourcePoint,
    },
}

/// A view on a canvas: the map between source pixels and the screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Placement {
    /// Points per source pixel, along the shorter side of a pixel.
    pub(crate) zoom: f32,
    /// Width and height of a source pixel, in its shorter side.
    pub(super) pixel: Vec2,
    /// The picture's top left corner on the screen, half a pixel before source (0, 0).
    corner: Pos2,
    pub(super) canvas: Rect,
    /// The picture's width in source pixels, where it is shown with left and right exchanged.
    mirrored_width: Option<f32>,
}

impl View {
    /// Places a picture whose pixels are `pixel_aspect` times as wide as they are high.
    pub(crate) fn place(self, canvas: Rect, picture: Size, pixel_aspect: f64, pixels_per_point: f32) -> Placement {
        let pixel = vec2((pixel_aspect as f32).max(1.0), (1.0 / pixel_aspect as f32).max(1.0));
        let (width, height) = (pixel.x * picture.width.max(1) as f32, pixel.y * picture.height.max(1) as f32);
        let (zoom, centre) = match self {
            Self::Fit => {
                let room = (canvas.size() - Vec2::splat(2.0 * CANVAS_MARGIN)).max(Vec2::splat(1.0));
                let zoom = (room.x / width).min(room.y / height);
                (zoom, vec2(width, height) / 2.0)
            }
            Self::Free { zoom, centre } => (zoom, vec2(centre.x + 0.5, centre.y + 0.5) * pixel),
        };
        let corner = canvas.center() - centre * zoom;
        // On whole screen pixels, so that 100 % is sharp.
        let snap = |v: f32| (v * pixels_per_point).round() / pixels_per_point;
        Placement { zoom, pixel, corner: pos2(snap(corner.x), snap(corner.y)), canvas, mirrored_width: None }
    }
}

impl Placement {
    /// Width and height of a source pixel on the screen, in points.
    pub(crate) fn scale(&self) -> Vec2 {
        self.pixel * self.zoom
    }

    /// The same place for a picture of that size with left and right exchanged.
    pub(crate) fn mirrored(self, picture: Option<Size>) -> Self {
        Self { mirrored_width: picture.map(|size| size.width as f32), ..self }
    }

    /// Where steps to the right and down in source pixels lead on the screen: -1 is the other way.
    pub(crate) fn facing(&self) -> Vec2 {
        vec2(if self.mirrored_width.is_some() { -1.0 } else { 1.0 }, 1.0)
    }

    /// The view with a place in the middle.
    pub(crate) fn centred(&self, point: SourcePoint, zoom: f32) -> View {
        View::Free { zoom, centre: self.flipped(point) }
    }

    /// From source pixels to those of the picture as it is shown, or back.
    fn flipped(&self, point: SourcePoint) -> SourcePoint {
        self.mirrored_width.map_or(point, |width| SourcePoint::new(width - 1.0 - point.x, point.y))
    }

    /// From source pixels to the screen.
    pub(crate) fn screen(&self, point: SourcePoint) -> Pos2 {
        let point = self.flipped(point);
        self.corner + vec2(point.x + 0.5, point.y + 0.5) * self.scale()
    }

    /// From the screen to source pixels.
    pub(crate) fn source(&self, at: Pos2) -> SourcePoint {
        self.flipped(self.shown(at))
    }

    /// From the screen to pixels of the picture as it is shown, which views are told in.
    fn shown(&self, at: Pos2) -> SourcePoint {
        let from_corner = (at - self.corner) / self.scale();
        SourcePoint::new(from_corner.x - 0.5, from_corner.y - 0.5)
    }

    /// Where the whole picture stands.
    pub(crate) fn picture_rect(&self, picture: Size) -> Rect {
        Rect::from_min_size(self.corner, vec2(picture.width as f32, picture.height as f32) * self.scale())
    }

    /// The view that is closer by `factor`, with the same place under the pointer.
    pub(crate) fn zoomed(&self, pointer: Pos2, factor: f32) -> View {
        let zoom = (self.zoom * factor).clamp(ZOOM_LIMITS.0, ZOOM_LIMITS.1);
        let held = self.shown(pointer);
        let offset = (self.canvas.center() - pointer) / (self.pixel * zoom);
        View::Free { zoom, centre: SourcePoint::new(held.x + offset.x, held.y + offset.y) }
    }

    /// The view moved with the pointer.
    pub(crate) fn panned(&self, by: Vec2) -> View {
        View::Free { zoom: self.zoom, centre: self.shown(self.canvas.center() - by) }
    }

    /// The view that shows a source pixel as one screen pixel, around the middle of this one.
    pub(crate) fn actual_size(&self, pixels_per_point: f32) -> View {
        View::Free { zoom: 1.0 / pixels_per_point, centre: self.shown(self.canvas.center()) }
    }

    /// The view that shows these places, as large as it goes but not larger than a few dozen pixels across; one place
    /// alone comes closer, never farther. `None` without any.
    pub(crate) fn framed(&self, points: &[SourcePoint]) -> Option<View> {
        let first = *points.first()?;
        let (min, max) = points.iter().fold((first, first), |(min, max), p| {
            let (left, top) = (min.x.min(p.x), min.y.min(p.y));
            (SourcePoint::new(left, top), SourcePoint::new(max.x.max(p.x), max.y.max(p.y)))
        });
        let room = self.canvas.size() * FRAMED_SHARE;
        let extent = (vec2(max.x - min.x, max.y - min.y) * self.pixel).max(Vec2::splat(SMALLEST_FRAMED));
        let zoom = (room.x / extent.x).min(room.y / extent.y).clamp(ZOOM_LIMITS.0, ZOOM_LIMITS.1);
        let zoom = if points.len() == 1 { zoom.max(self.zoom) } else { zoom };
        let centre = self.flipped(SourcePoint::new(f32::midpoint(min.x, max.x), f32::midpoint(min.y, max.y)));
        Some(View::Free { zoom, centre })
    }

    /// Whether a place of the picture is on the canvas.
    pub(crate) fn shows(&self, point: SourcePoint) -> bool {
        self.canvas.contains(self.screen(point))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PICTURE: Size = Size::new(640, 360);

    fn canvas() -> Rect {
        Rect::from_min_size(pos2(10.0, 40.0), vec2(816.0, 600.0))
    }

    #[test]
    fn a_fitted_picture_stands_in_the_middle_and_touches_the_margin() {
        let rect = View::Fit.place(canvas(), PICTURE, 1.0, 1.0).picture_rect(PICTURE);
        assert_eq!((rect.width(), rect.height()), (800.0, 450.0));
        assert_eq!(rect.center(), canvas().center());
    }

    #[test]
    fn the_centre_of_the_first_pixel_is_half_a_pixel_inside_the_corner() {
        let placement = View::Fit.place(canvas(), PICTURE, 1.0, 1.0);
        let corner = placement.picture_rect(PICTURE).min;
        let at = placement.screen(SourcePoint::new(0.0, 0.0));
        assert!((at - corner - Vec2::splat(0.5 * placement.zoom)).length() < 1e-4);
    }

    #[test]
    fn actual_size_is_one_source_pixel_per_screen_pixel() {
        let placement = View::Fit.place(canvas(), PICTURE, 1.0, 2.0);
        let placement = placement.actual_size(2.0).place(canvas(), PICTURE, 1.0, 2.0);
        assert!((placement.picture_rect(PICTURE).width() - 320.0).abs() < 1e-3);
    }

    #[test]
    fn pixels_that_are_not_square_are_shown_in_their_shape_and_places_stay_places() {
        let (pal, turned) = (Size::new(720, 576), Size::new(576, 720));
        for (size, aspect, wanted) in [(pal, 64.0 / 45.0, 16.0 / 9.0), (turned, 45.0 / 64.0, 9.0 / 16.0)] {
            let placement = View::Fit.place(canvas(), size, aspect, 1.0);
            let rect = placement.picture_rect(size);
            assert!((rect.aspect_ratio() - wanted).abs() < 1e-3 && (rect.center() - canvas().center()).length() < 1.0);
            let (at, point) = (pos2(200.0, 300.0), SourcePoint::new(100.0, 50.0));
            let back = placement.source(placement.screen(point));
            assert!((back.x - point.x).abs() < 1e-3 && (back.y - point.y).abs() < 1e-3);
            let held = placement.source(at);
            let closer = placement.zoomed(at, 3.0).place(canvas(), size, aspect, 1.0);
            assert!((closer.screen(held) - at).length() <= 1.0);
        }
    }

    #[test]
    fn framed_points_are_all_in_view_and_one_alone_is_in_the_middle() {
        let before = View::Fit.place(canvas(), PICTURE, 1.0, 1.0);
        assert_eq!(before.framed(&[]), None);
        let points = [SourcePoint::new(10.0, 20.0), SourcePoint::new(300.0, 50.0), SourcePoint::new(100.0, 340.0)];
        let after = before.framed(&points).unwrap().place(canvas(), PICTURE, 1.0, 1.0);
        assert!(points.iter().all(|point| canvas().shrink(60.0).contains(after.screen(*point))));
        let alone = before.framed(&points[..1]).unwrap().place(canvas(), PICTURE, 1.0, 1.0);
        assert!((alone.screen(points[0]) - canvas().center()).length() < 1.0 && alone.zoom > 6.0);
        assert_eq!(
            alone.framed(&points[..1]).map(|view| view.place(canvas(), PICTURE, 1.0, 1.0).zoom),
            Some(alone.zoom)
        );
    }

    #[test]
    fn a_mirrored_picture_exchanges_left_and_right_and_views_stay_what_they_are() {
        let plain = View::Fit.place(canvas(), PICTURE, 1.0, 1.0);
        let mirrored = plain.mirrored(Some(PICTURE));
        let (left, right) = (SourcePoint::new(0.0, 7.0), SourcePoint::new(639.0, 7.0));
        assert_eq!(mirrored.screen(left), plain.screen(right));
        let back = mirrored.source(mirrored.screen(SourcePoint::new(100.0, 30.0)));
        assert!((back.x - 100.0).abs() < 1e-2 && (back.y - 30.0).abs() < 1e-2);
        let pointer = pos2(200.0, 300.0);
        assert_eq!(mirrored.zoomed(pointer, 2.0), plain.zoomed(pointer, 2.0));
    }

    proptest! {
        #[test]
        fn zooming_keeps_the_place_under_the_pointer(x in 20f32..800.0, y in 50f32..600.0, notches in -8i32..8) {
            let before = View::Fit.place(canvas(), PICTURE, 1.0, 1.0);
            let pointer = pos2(x, y);
            let after = before.zoomed(pointer, 1.15f32.powi(notches)).place(canvas(), PICTURE, 1.0, 1.0);
            let moved = after.screen(before.source(pointer)) - pointer;
            prop_assert!(moved.length() < 0.75, "{moved:?}"); // half a pixel of snapping on each axis
        }

        #[test]
        fn screen_and_back_is_the_same_place(x in -50f32..700.0, y in -50f32..400.0, zoom in 0.05f32..40.0) {
            let view = View::Free { zoom, centre: SourcePoint::new(100.0, 50.0) };
            let placement = view.place(canvas(), PICTURE, 1.0, 1.5);
            let back = placement.source(placement.screen(SourcePoint::new(x, y)));
            prop_assert!((back.x - x).abs() < 0.01 && (back.y - y).abs() < 0.01);
        }
    }
}
