//! The picture below the points: scaled into place, row by row.

use super::canvas::{Area, Canvas, Packed, mixed, multiplied, packed};
use crate::app::picture_pass::ShownPicture;
use crate::app::style;
use egui::Color32;
use std::sync::Arc;

/// Where a pixel of the screen lies between those of the picture.
#[derive(Clone, Copy)]
struct Between {
    /// The one before; the other one is next to it.
    first: usize,
    /// How much the next one counts, of 256.
    share: u32,
}

/// A picture in its place on the canvas.
pub(super) struct Placed {
    pub(super) shown: Arc<ShownPicture>,
    /// What it fills, its surround included.
    pub(super) area: Area,
    /// For the columns and rows of the area; `None` beside the picture.
    columns: Vec<Option<Between>>,
    rows: Vec<Option<Between>>,
    /// The picture's row that is being painted.
    line: Vec<Packed>,
}

impl Placed {
    pub(super) fn new(shown: Arc<ShownPicture>, area: Area, pixels_per_point: f32) -> Self {
        let rect = shown.rect * pixels_per_point;
        let [width, height] = shown.image.size;
        let places = |range: std::ops::Range<i32>, low: f32, length: f32, size: usize, is_mirrored: bool| {
            let place = |pixel: i32| {
                let share = (pixel as f32 + 0.5 - low) / length;
                let share = if is_mirrored { 1.0 - share } else { share };
                (0.0..=1.0).contains(&share).then(|| between(share * size as f32, size, shown.is_nearest))
            };
            range.map(place).collect()
        };
        Self {
            columns: places(area.left..area.right, rect.left(), rect.width(), width, shown.is_mirrored),
            rows: places(area.top..area.bottom, rect.top(), rect.height(), height, false),
            line: vec![0; width],
            shown,
            area,
        }
    }

    /// Paints what lies in `area`, which lies in its own one.
    pub(super) fn paint(&mut self, canvas: &mut Canvas, area: Area) {
        let surround = packed(style::SURROUND) & 0x00FF_FFFF;
        let columns = &self.columns[(area.left - self.area.left) as usize..(area.right - self.area.left) as usize];
        let ends = columns.iter().flatten().map(|column| column.first);
        let used = ends.clone().min().zip(ends.max());
        let [width, height] = self.shown.image.size;
        let tint = (self.shown.tint != Color32::WHITE).then(|| packed(self.shown.tint));
        for row in area.top..area.bottom {
            let pixels = canvas.span(row, area.left, area.right);
            let (Some(place), Some((first, last))) = (self.rows[(row - self.area.top) as usize], used) else {
                pixels.fill(surround);
                continue;
            };
            let last = (last + 1).min(width - 1);
            let source = |row: usize| &self.shown.image.pixels[row * width + first..=row * width + last];
            let (upper, lower) = (source(place.first), source((place.first + 1).min(height - 1)));
            let line = &mut self.line[..=last - first];
            for ((mixture, upper), lower) in line.iter_mut().zip(upper).zip(lower) {
                *mixture = mixed(raw(*upper), raw(*lower), place.share);
            }
            for (pixel, column) in pixels.iter_mut().zip(columns) {
                *pixel = column.map_or(surround, |column| {
                    let at = column.first - first;
                    let next = (at + 1).min(line.len() - 1);
                    swapped(mixed(line[at], line[next], column.share))
                });
                if let (Some(tint), true) = (tint, column.is_some()) {
                    *pixel = multiplied(*pixel, tint) & 0x00FF_FFFF;
                }
            }
        }
    }
}

fn between(at: f32, size: usize, is_nearest: bool) -> Between {
    let last = size - 1;
    if is_nearest {
        return Between { first: (at as usize).min(last), share: 0 };
    }
    let at = (at - 0.5).max(0.0);
    let first = (at as usize).min(last);
    Between { first, share: ((at - first as f32).min(1.0) * 256.0) as u32 }
}

/// As it lies in memory: red first.
fn raw(colour: Color32) -> u32 {
    u32::from_le_bytes(colour.to_array())
}

/// Red and blue change places; alpha is left out.
fn swapped(raw: u32) -> u32 {
    ((raw & 0xFF) << 16) | (raw & 0xFF00) | ((raw >> 16) & 0xFF)
}
