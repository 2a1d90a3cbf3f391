//! Draws a scene onto RGB pixels, for annotated clips.
//!
//! Every pixel near a mark is covered by how far its centre is from the mark's edge, so positions are exact far below a
//! pixel, and a trail's segments join without seams (scan-line rasterisers sample four times per pixel and darken the
//! joints of see-through lines). Only pixels near marks are touched.

use super::mark::{Dot, Form, Layer, Marker, Rgba, Trail, TrailVertex};
use super::palette::Colour;
use super::scene::Scene;
use crate::geometry::{Size, SourcePoint};

/// Beyond this, positions are nonsense and are not drawn; it also keeps the arithmetic exact.
const FARTHEST_PX: f32 = 1e6;
/// Smaller marks could not be told apart any more.
const SMALLEST_SCALE: f32 = 0.6;

/// Pixels per style unit in a clip of this size: 1 for 1080 lines (the shorter side, so that an upright phone video looks
/// like a lying one), not less than 0.6.
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
    /// The columns of each row that the trail in work has touched.
    touched: Vec<std::ops::Range<usize>>,
}

impl Raster {
    /// A raster for pictures of `size`.
    #[must_use]
    pub fn new(size: Size) -> Self {
        Self { size, cover: vec![[0.0; 2]; size.area()], touched: vec![0..0; size.height as usize] }
    }

    /// Draws the scene onto a picture of packed RGB rows; `scale` is how many pixels a style unit has ([`clip_scale`]).
    ///
    /// # Panics
    /// If `rgb` is not a picture of the raster's size.
    pub fn draw(&mut self, scene: &Scene, scale: f32, rgb: &mut [u8]) {
        assert_eq!(rgb.len(), 3 * self.size.area(), "a {} RGB picture", self.size);
        for trail in &scene.trails {
            let half_widths = [trail.width * scale / 2.0, (trail.width / 2.0 + Trail::CASING_WIDTH) * scale];
            if trail.dotted {
                for Dot { point, alpha } in trail.dots(scale) {
                    let dot = TrailVertex { point, alpha };
                    self.cover_segment(dot, dot, half_widths);
                }
            } else {
                for pair in trail.vertices.windows(2) {
                    self.cover_segment(pair[0], pair[1], half_widths);
                }
            }
            self.composite(trail.colour, rgb);
        }
        for marker in &scene.markers {
            self.draw_marker(marker, scale, rgb);
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
            let row = &mut self.cover[y * self.size.width as usize..][..self.size.width as usize];
            for (x, cover) in columns.clone().zip(&mut row[columns]) {
                let (px, py) = (x as f32 - from.point.x, y as f32 - from.point.y);
                let along = if length_squared > 0.0 { (px * dx + py * dy) / length_squared } else { 0.0 };
                let along = along.clamp(0.0, 1.0);
                let distance = (px - along * dx).hypot(py - along * dy);
                let alpha = from.alpha + (to.alpha - from.alpha) * along;
                for (cover, half_width) in cover.iter_mut().zip(half_widths) {
                    *cover = cover.max(alpha * band(distance, half_width));
                }
            }
        }
    }

    /// Puts the trail in work onto the picture, casing first, and forgets it.
    fn composite(&mut self, colour: Colour, rgb: &mut [u8]) {
        let width = self.size.width as usize;
        for (y, touched) in self.touched.iter_mut().enumerate() {
            let columns = std::mem::take(touched);
            let cover = &mut self.cover[y * width..][columns.clone()];
            let pixels = rgb[3 * (y * width + columns.start)..].chunks_exact_mut(3);
            for ([core, cased], pixel) in cover.iter_mut().map(std::mem::take).zip(pixels) {
                blend(pixel, Trail::CASING, cased);
                blend(pixel, Rgba { colour, alpha: 1.0 }, core);
            }
        }
    }

    fn draw_marker(&self, marker: &Marker, scale: f32, rgb: &mut [u8]) {
        if !drawable(marker.point) {
            return;
        }
        for layer in marker.layers() {
            let reach = reach(&layer) * scale + 1.0;
            let columns = span(marker.point.x - reach, marker.point.x + reach, self.size.width);
            for y in span(marker.point.y - reach, marker.point.y + reach, self.size.height) {
                for x in columns.clone() {
                    // In style units; the edge's softness is one pixel whatever the scale.
                    let at = [(x as f32 - marker.point.x) / scale, (y as f32 - marker.point.y) / scale];
                    let edge = distance_outside(&layer.form, at) * scale;
                    let cover = match layer.stroke_width {
                        None => (0.5 - edge).clamp(0.0, 1.0),
                        Some(width) => band(edge.abs(), width * scale / 2.0),
                    };
                    let pixel = 3 * (y * self.size.width as usize + x);
                    blend(&mut rgb[pixel..pixel + 3], layer.colour, cover);
                }
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

/// How much of a pixel lies within a line of this half width, `distance` from its middle.
fn band(distance: f32, half_width: f32) -> f32 {
    let within = |edge: f32| (edge - distance + 0.5).clamp(0.0, 1.0);
    within(half_width) - within(-half_width)
}

fn blend(pixel: &mut [u8], colour: Rgba, cover: f32) {
    let alpha = colour.alpha * cover;
    if alpha <= 0.0 {
        return;
    }
    let Colour { r, g, b } = colour.colour;
    for (byte, target) in pixel.iter_mut().zip([r, g, b]) {
        let below = f32::from(*byte);
        *byte = (below + (f32::from(target) - below) * alpha + 0.5) as u8;
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
        Form::Circle { radius } => x.hypot(y) - radius,
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
    (px - along * dx).hypot(py - along * dy)
}
