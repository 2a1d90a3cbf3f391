//! Draws a scene onto RGB pixels, for annotated clips, or onto a transparent ground, for pictures to lay over others.
//!
//! Every pixel near a mark is covered by how far its centre is from the mark's edge, so positions are exact far below a
//! pixel, and a trail's segments join without seams (scan-line rasterisers sample four times per pixel and darken the
//! joints of see-through lines). Only pixels near marks are touched.

use super::label::{Label, Laid, each_pixel};
use super::mark::{Dot, Form, Layer, Marker, Rgba, Trail, TrailVertex};
use super::palette::Colour;
use super::pixel::Pixel;
use super::scene::Scene;
use crate::geometry::{FrameIndex, Size, SourcePoint};

/// Beyond this, positions are nonsense and are not drawn; it also keeps the arithmetic exact.
const FARTHEST_PX: f32 = 1e6;
/// From a point to its label, in style units.
const LABEL_GAP: f32 = 10.0;
/// Smaller marks could not be told apart any more.
const SMALLEST_SCALE: f32 = 0.6;

/// Pixels per style unit in a clip of this size: 1 for 1080 lines (the shorter side, so that an upright phone video
/// looks like a lying one), not less than 0.6.
#[must_use]
pub fn clip_scale(size: Size) -> f32 {
    (size.width.min(size.height) as f32 / 1080.0).max(SMALLEST_SCALE)
}

/// Draws scenes onto pictures of one size; keeps its scratch memory from frame to frame.
#[derive(Debug)]
pub struct Raster {
    size: Size,
    /// How much of each pixel the trail in work covers: (core, core and casing). All zero between trails.
    cover: Vec<[f32; 2]>,
    /// The colour of each covered pixel.
    tint: Vec<Colour>,
    /// The columns of each row that the trail in work has touched.
    touched: Vec<std::ops::Range<usize>>,
}

impl Raster {
    /// A raster for pictures of `size`.
    #[must_use]
    pub fn new(size: Size) -> Self {
        Self {
            size,
            cover: vec![[0.0; 2]; size.area()],
            tint: vec![Colour::hex(0); size.area()],
            touched: vec![0..0; size.height as usize],
        }
    }

    /// Draws the scene onto a picture of packed RGB rows; `scale` is how many pixels a style unit has ([`clip_scale`]).
    ///
    /// # Panics
    /// If `rgb` is not a picture of the raster's size.
    pub fn draw(&mut self, scene: &Scene, scale: f32, rgb: &mut [u8]) {
        let (pixels, rest) = rgb.as_chunks_mut::<3>();
        assert!(rest.is_empty(), "a {} RGB picture", self.size);
        self.draw_onto(scene, scale, pixels);
    }

    /// Draws the scene onto pixels of either kind, row by row: RGB bytes, or [`super::Premultiplied`] ones.
    ///
    /// # Panics
    /// If `pixels` is not a picture of the raster's size.
    pub fn draw_onto<P: Pixel>(&mut self, scene: &Scene, scale: f32, pixels: &mut [P]) {
        assert_eq!(pixels.len(), self.size.area(), "a {} picture", self.size);
        for trail in &scene.trails {
            let half_width = if trail.dotted { trail.dot_radius() } else { trail.width / 2.0 };
            let half_widths = [half_width * scale, (half_width + Trail::CASING_WIDTH) * scale];
            if trail.dotted {
                for Dot { point, alpha, colour } in trail.dots(scale) {
                    let dot = TrailVertex { point, frame: FrameIndex(0), alpha, colour };
                    self.cover_segment(dot, dot, half_widths);
                }
            } else {
                for pair in trail.vertices.windows(2) {
                    self.cover_segment(pair[0], pair[1], half_widths);
                }
            }
            self.composite(pixels);
        }
        for marker in &scene.markers {
            self.draw_marker(marker, scale, pixels);
        }
        scene.labels.iter().for_each(|label| self.draw_label(label, scale, pixels));
    }

    fn draw_label<P: Pixel>(&self, label: &Label, scale: f32, pixels: &mut [P]) {
        if label.place.point().is_some_and(|point| !drawable(point)) {
            return;
        }
        let Some(Laid { layers, glyphs, colour }) = label.laid(self.size, scale, LABEL_GAP * scale) else { return };
        for (at, layer) in &layers {
            self.draw_layer(layer, *at, scale, pixels);
        }
        let size = [self.size.width, self.size.height].map(|length| length as i32);
        for glyph in glyphs {
            each_pixel(&glyph, |[x, y], cover| {
                if (0..size[0]).contains(&x) && (0..size[1]).contains(&y) {
                    let pixel = &mut pixels[y as usize * self.size.width as usize + x as usize];
                    blend(pixel, Rgba { colour, alpha: 1.0 }, cover);
                }
            });
        }
    }

    /// Adds a segment with round ends to the trail in work. Where segments overlap, the stronger counts.
    fn cover_segment(&mut self, from: TrailVertex, to: TrailVertex, half_widths: [f32; 2]) {
        if !(drawable(from.point) && drawable(to.point)) || from.alpha.max(to.alpha) <= 0.0 {
            return;
        }
        let reach = half_widths[1] + 1.0;
        let (dx, dy) = (to.point.x - from.point.x, to.point.y - from.point.y);
        let length_squared = dx * dx + dy * dy;
        let rows = span(from.point.y.min(to.point.y) - reach, from.point.y.max(to.point.y) + reach, self.size.height);
        for y in rows {
            // The part of the segment that is near this row bounds the columns: a diagonal costs no whole box.
            let [a, b] = [-reach, reach].map(|offset| {
                let along = if dy == 0.0 { 0.0 } else { ((y as f32 + offset - from.point.y) / dy).clamp(0.0, 1.0) };
                from.point.x + along * dx
            });
            let [a, b] = if dy == 0.0 { [from.point.x, to.point.x] } else { [a, b] };
            let columns = span(a.min(b) - reach, a.max(b) + reach, self.size.width);
            if columns.start == columns.end {
                continue;
            }
            let touched = &mut self.touched[y];
            *touched = if touched.start == touched.end {
                columns.clone()
            } else {
                touched.start.min(columns.start)..touched.end.max(columns.end)
            };
            let width = self.size.width as usize;
            let row = &mut self.cover[y * width..][columns.clone()];
            let tints = &mut self.tint[y * width..][columns.clone()];
            for ((x, cover), tint) in columns.zip(row).zip(tints) {
                let (px, py) = (x as f32 - from.point.x, y as f32 - from.point.y);
                let along = if length_squared > 0.0 { (px * dx + py * dy) / length_squared } else { 0.0 };
                let along = along.clamp(0.0, 1.0);
                let distance = length(px - along * dx, py - along * dy);
                let alpha = from.alpha + (to.alpha - from.alpha) * along;
                if alpha * band(distance, half_widths[0]) > cover[0] {
                    *tint = from.colour.mixed(to.colour, along);
                }
                for (cover, half_width) in cover.iter_mut().zip(half_widths) {
                    *cover = cover.max(alpha * band(distance, half_width));
                }
            }
        }
    }

    /// Puts the trail in work onto the picture, casing first, and forgets it.
    fn composite<P: Pixel>(&mut self, pixels: &mut [P]) {
        let width = self.size.width as usize;
        for (y, touched) in self.touched.iter_mut().enumerate() {
            let columns = std::mem::take(touched);
            let cover = &mut self.cover[y * width..][columns.clone()];
            let tints = &self.tint[y * width..][columns.clone()];
            let row = &mut pixels[y * width..][columns];
            for (([core, cased], tint), pixel) in cover.iter_mut().map(std::mem::take).zip(tints).zip(row) {
                blend(pixel, Trail::CASING, cased);
                blend(pixel, Rgba { colour: *tint, alpha: 1.0 }, core);
            }
        }
    }

    fn draw_marker<P: Pixel>(&self, marker: &Marker, scale: f32, pixels: &mut [P]) {
        if drawable(marker.point) {
            marker.layers().iter().for_each(|layer| self.draw_layer(layer, marker.point, scale, pixels));
        }
    }

    /// Draws one layer around a place.
    fn draw_layer<P: Pixel>(&self, layer: &Layer, at: SourcePoint, scale: f32, pixels: &mut [P]) {
        let reach = reach(layer) * scale + 1.0;
        let columns = span(at.x - reach, at.x + reach, self.size.width);
        for y in span(at.y - reach, at.y + reach, self.size.height) {
            for x in columns.clone() {
                let cover = layer_cover(layer, [x as f32 - at.x, y as f32 - at.y], scale);
                blend(&mut pixels[y * self.size.width as usize + x], layer.colour, cover);
            }
        }
    }
}

fn drawable(point: SourcePoint) -> bool {
    point.x.abs() < FARTHEST_PX && point.y.abs() < FARTHEST_PX // false for NaN
}

/// The pixels whose centres lie between `from` and `to`.
fn span(from: f32, to: f32, extent: u32) -> std::ops::Range<usize> {
    let start = from.ceil().max(0.0) as usize;
    let end = ((to.floor() + 1.0).max(0.0) as usize).min(extent as usize);
    start.min(end)..end
}

/// Parts of a pixel's side that are measured apart where a mark ends.
const PARTS: u8 = 4;

/// How much of the pixel at `offset` from the marker's point a layer covers.
fn layer_cover(layer: &Layer, [x, y]: [f32; 2], scale: f32) -> f32 {
    let half_width = layer.stroke_width.map(|width| width * scale / 2.0);
    let edge_at = |x, y| distance_outside(&layer.form, [x / scale, y / scale]) * scale;
    let cover = |edge: f32, softness: f32| match half_width {
        None => (0.5 - edge / softness).clamp(0.0, 1.0),
        Some(half_width) => band(edge / softness, half_width / softness),
    };
    let edge = edge_at(x, y);
    let to_border = half_width.map_or(edge, |half_width| (edge.abs() - half_width).abs());
    if to_border.abs() > 0.75 {
        return cover(edge, 1.0);
    }
    // At a corner one distance says too little.
    let parts = || (0..PARTS).map(|i| (f32::from(i) + 0.5) / f32::from(PARTS) - 0.5);
    let sum: f32 = parts()
        .flat_map(|dy| parts().map(move |dx| (dx, dy)))
        .map(|(dx, dy)| cover(edge_at(x + dx, y + dy), 1.0 / f32::from(PARTS)))
        .sum();
    sum / f32::from(PARTS * PARTS)
}

/// How much of a unit square lies within a line of this half width, `distance` from its middle.
fn band(distance: f32, half_width: f32) -> f32 {
    let within = |edge: f32| (edge - distance + 0.5).clamp(0.0, 1.0);
    within(half_width) - within(-half_width)
}

fn blend(pixel: &mut impl Pixel, colour: Rgba, cover: f32) {
    let alpha = colour.alpha * cover;
    if alpha > 0.0 {
        pixel.lay(colour.colour, alpha);
    }
}

/// The farthest that a layer gets from its marker's point, in style units.
fn reach(layer: &Layer) -> f32 {
    let far = match &layer.form {
        Form::Circle { radius } => *radius,
        Form::Polygon { corners } => corners.iter().map(|[x, y]| x.hypot(*y)).fold(0.0, f32::max),
        Form::Line { from, to } => from[0].hypot(from[1]).max(to[0].hypot(to[1])),
    };
    far + layer.stroke_width.unwrap_or(0.0) / 2.0
}

/// Distance from a form's edge, negative inside. For a line, from the line.
fn distance_outside(form: &Form, [x, y]: [f32; 2]) -> f32 {
    match form {
        Form::Circle { radius } => length(x, y) - radius,
        Form::Line { from, to } => distance_to_segment([x, y], *from, *to),
        Form::Polygon { corners } => {
            let edges = corners.iter().zip(corners.iter().cycle().skip(1));
            let mut nearest = f32::INFINITY;
            let mut inside = true;
            for (from, to) in edges {
                nearest = nearest.min(distance_to_segment([x, y], *from, *to));
                inside &= (to[0] - from[0]) * (y - from[1]) - (to[1] - from[1]) * (x - from[0]) >= 0.0;
            }
            if inside { -nearest } else { nearest }
        }
    }
}

fn distance_to_segment([x, y]: [f32; 2], from: [f32; 2], to: [f32; 2]) -> f32 {
    let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
    let (px, py) = (x - from[0], y - from[1]);
    let along = ((px * dx + py * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
    length(px - along * dx, py - along * dy)
}

/// Much faster than `hypot`, which guards against overflow that [`FARTHEST_PX`] rules out.
fn length(x: f32, y: f32) -> f32 {
    (x * x + y * y).sqrt()
}

#[cfg(test)]
mod tests {
    use super::super::label::LabelPlace;
    use super::super::mark::{Emphasis, MarkerState};
    use super::super::palette::Shape;
    use super::super::pixel::Premultiplied;
    use super::*;
    use crate::tracks::TrackId;
    use proptest::prelude::*;

    const SIZE: Size = Size::new(64, 48);
    const WHITE: Colour = Colour::hex(0xFF_FF_FF);

    fn marker(x: f32, y: f32) -> Marker {
        Marker {
            track: TrackId(0),
            point: SourcePoint::new(x, y),
            shape: Shape::Circle,
            colour: WHITE,
            radius: 5.0,
            state: MarkerState::Visible,
            emphasis: Emphasis::None,
        }
    }

    fn trail(dotted: bool, vertices: &[(f32, f32, f32)]) -> Trail {
        let vertex = |&(x, y, alpha): &(f32, f32, f32)| {
            let point = SourcePoint::new(x, y);
            TrailVertex { point, frame: FrameIndex(0), alpha, colour: WHITE }
        };
        let vertices = vertices.iter().map(vertex).collect();
        Trail { track: TrackId(0), width: 2.0, dotted, vertices }
    }

    fn drawn(scene: &Scene, scale: f32, ground: u8) -> Vec<u8> {
        let mut rgb = vec![ground; 3 * SIZE.area()];
        Raster::new(SIZE).draw(scene, scale, &mut rgb);
        rgb
    }

    fn pixel(rgb: &[u8], x: usize, y: usize) -> u8 {
        rgb[3 * (y * SIZE.width as usize + x) + 1]
    }

    /// The middle of the brightness that a white mark on black adds.
    fn centroid(rgb: &[u8]) -> SourcePoint {
        let (mut sum, mut x_sum, mut y_sum) = (0.0, 0.0, 0.0);
        for (i, value) in rgb.chunks(3).map(|pixel| f32::from(pixel[1])).enumerate() {
            sum += value;
            x_sum += value * (i % SIZE.width as usize) as f32;
            y_sum += value * (i / SIZE.width as usize) as f32;
        }
        SourcePoint::new(x_sum / sum, y_sum / sum)
    }

    proptest! {
        #[test]
        fn a_point_sits_exactly_on_its_position(
            x in 20f32..40.0, y in 20f32..28.0, scale in 0.6f32..2.0, shape in 0usize..4, hidden: bool,
        ) {
            let state = if hidden { MarkerState::Hidden } else { MarkerState::Visible };
            let marker = Marker { shape: Shape::ALL[shape], state, ..marker(x, y) };
            let scene = Scene { markers: vec![marker], ..Scene::default() };
            // Pixel centres are whole numbers, so no half pixel is lost or gained. The casing darkens black by nothing
            // but its own 16 of 255, evenly round the point.
            let off = centroid(&drawn(&scene, scale, 0)).distance(SourcePoint::new(x, y));
            prop_assert!(off < 0.05, "{off} px off");
        }

        #[test]
        fn any_position_is_drawn_or_left_out(x: f32, y: f32, x2: f32, y2: f32, dotted: bool) {
            let trails = vec![trail(dotted, &[(x, y, 0.9), (x2, y2, 0.5), (9.0, 9.0, 0.1)])];
            let scene = Scene { trails, markers: vec![marker(x, y)], ..Scene::default() };
            let _drawn = drawn(&scene, 1.0, 80);
        }
    }

    #[test]
    fn a_visible_point_is_filled_and_a_hidden_one_is_hollow_on_any_ground() {
        for ground in [0, 128, 255] {
            let at_centre = |state| {
                let scene = Scene { markers: vec![Marker { state, ..marker(30.0, 20.0) }], ..Scene::default() };
                pixel(&drawn(&scene, 1.0, ground), 30, 20)
            };
            assert_eq!((at_centre(MarkerState::Visible), at_centre(MarkerState::Hidden)), (255, ground));
        }
    }

    #[test]
    fn a_bright_mark_on_bright_ground_has_a_dark_edge() {
        let scene = Scene {
            trails: vec![trail(false, &[(10.0, 40.0, 0.9), (50.0, 40.0, 0.9)])],
            markers: vec![marker(30.0, 20.0)],
            ..Scene::default()
        };
        let rgb = drawn(&scene, 1.0, 255);
        assert!((24..37).map(|x| pixel(&rgb, x, 20)).min().unwrap() < 150);
        assert!((35..46).map(|y| pixel(&rgb, 30, y)).min().unwrap() < 180);
        assert!(pixel(&rgb, 30, 40) > 230); // the core itself
        assert_eq!(pixel(&rgb, 30, 32), 255); // and nothing farther out
    }

    #[test]
    fn a_trail_grows_stronger_towards_its_point_without_joints() {
        let vertices: Vec<_> = (0..=24).map(|i| (8.0 + 2.0 * i as f32, 24.0, 0.9 * i as f32 / 24.0)).collect();
        let rgb = drawn(&Scene { trails: vec![trail(false, &vertices)], ..Scene::default() }, 1.0, 0);
        let row: Vec<_> = (8..=56).map(|x| pixel(&rgb, x, 24)).collect();
        assert!(row[0] < 4 && *row.last().unwrap() > 225, "{row:?}");
        assert!(row.windows(2).all(|pair| pair[0] <= pair[1] && pair[1] - pair[0] < 10), "{row:?}");
    }

    #[test]
    fn a_dotted_trail_has_gaps() {
        let rgb = drawn(
            &Scene { trails: vec![trail(true, &[(5.0, 24.0, 0.9), (60.0, 24.0, 0.9)])], ..Scene::default() },
            1.0,
            100,
        );
        let row: Vec<_> = (5..55).map(|x| pixel(&rgb, x, 24)).collect();
        let rises = row.windows(2).filter(|pair| pair[0] <= 150 && pair[1] > 150).count();
        assert!((8..=10).contains(&rises), "{row:?}");
    }

    #[test]
    fn the_scale_follows_the_shorter_side_and_stays_legible() {
        assert_eq!(clip_scale(Size::new(1920, 1080)), 1.0);
        assert_eq!(clip_scale(Size::new(1080, 1920)), 1.0);
        assert_eq!(clip_scale(Size::new(3840, 2160)), 2.0);
        assert_eq!(clip_scale(Size::new(320, 240)), 0.6);
    }

    #[test]
    fn on_a_transparent_ground_only_the_marks_can_be_seen() {
        let scene = Scene {
            trails: vec![trail(false, &[(10.0, 40.0, 0.9), (50.0, 40.0, 0.9)])],
            markers: vec![Marker { colour: Colour::hex(0xE6_9F_00), ..marker(30.0, 20.0) }],
            ..Scene::default()
        };
        let mut pixels = vec![Premultiplied::CLEAR; SIZE.area()];
        Raster::new(SIZE).draw_onto(&scene, 1.0, &mut pixels);
        let at = |x: usize, y: usize| pixels[y * SIZE.width as usize + x].straight();
        assert_eq!(at(30, 20), [0xE6, 0x9F, 0x00, 255]);
        assert_eq!(at(30, 26), [0x10, 0x10, 0x10, 142], "the casing: three quarters, over three quarters of the pixel");
        assert_eq!(at(30, 30), [0, 0, 0, 0]);
        assert_eq!(at(30, 40)[3], 247, "a trail of 0.9 over its casing of 0.75 · 0.9");
        // What lies under it does not matter: over any picture it looks as if it were drawn there.
        let drawn = drawn(&scene, 1.0, 80);
        for (i, pixel) in pixels.iter().enumerate() {
            let [red, _, _, alpha] = pixel.straight().map(f32::from);
            let shown = 80.0 + (red - 80.0) * alpha / 255.0;
            assert!((shown - f32::from(drawn[3 * i])).abs() < 2.0, "pixel {i}: {shown} and {}", drawn[3 * i]);
        }
    }

    #[test]
    fn words_stand_on_their_plates_where_they_belong() {
        let size = Size::new(300, 100);
        let drawn = |place, text: &str| {
            let mut pixels = vec![Premultiplied::CLEAR; size.area()];
            let labels = vec![Label::line(place, 20.0, text)];
            Raster::new(size).draw_onto(&Scene { labels, ..Scene::default() }, 1.0, &mut pixels);
            pixels.into_iter().map(Premultiplied::straight).collect::<Vec<_>>()
        };
        let box_of = |pixels: &[[u8; 4]]| {
            let touched = (0..pixels.len()).filter(|at| pixels[*at][3] > 0).map(|at| (at % 300, at / 300));
            let (xs, ys): (Vec<_>, Vec<_>) = touched.unzip();
            [xs.iter().min(), xs.iter().max(), ys.iter().min(), ys.iter().max()].map(|end| *end.unwrap() as i32)
        };
        let pictures: Vec<_> = (0..10).map(|n| drawn(LabelPlace::TopLeft, &n.to_string())).collect();
        for (i, picture) in pictures.iter().enumerate() {
            assert!(picture.iter().any(|p| p[0] > 0xE0) && picture[..10 * 300].iter().all(|p| p[3] == 0), "{i}");
            assert!(pictures[i + 1..].iter().all(|other| other != picture), "{i}");
        }
        let [left, right, top, _] = box_of(&drawn(LabelPlace::Top, "nose"));
        assert!((left + right - 299).abs() <= 2 && top == 12, "{left} to {right} from {top}");
        let [left, _, _, bottom] = box_of(&drawn(LabelPlace::BottomLeft, "nose"));
        assert_eq!((left, bottom), (12, 87));
        let [left, _, top, bottom] = box_of(&drawn(LabelPlace::Beside(SourcePoint::new(50.0, 40.0)), "nose"));
        assert!(left == 61 && (top + bottom - 80).abs() <= 1, "{left}, {top} to {bottom}");
        let [_, right, ..] = box_of(&drawn(LabelPlace::Beside(SourcePoint::new(290.0, 40.0)), "nose"));
        assert!(right < 281, "where the picture ends, on the other side: {right}");
        let nothing = drawn(LabelPlace::Beside(SourcePoint::new(f32::NAN, 40.0)), "nose");
        assert!(nothing.iter().all(|pixel| pixel[3] == 0));
    }

    #[test]
    fn drawing_again_gives_the_same_bytes() {
        let scene = Scene {
            trails: vec![trail(false, &[(5.0, 5.0, 0.2), (50.0, 40.0, 0.9)])],
            markers: vec![marker(50.0, 40.0)],
            ..Scene::default()
        };
        let mut raster = Raster::new(SIZE);
        let [first, second] = [(); 2].map(|()| {
            let mut rgb = vec![70; 3 * SIZE.area()];
            raster.draw(&scene, 1.0, &mut rgb);
            rgb
        });
        assert_eq!(first, second);
    }
}
