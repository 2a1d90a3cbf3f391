//! The picture below the points: scaled into place, row by row.

use super::canvas::{Area, Canvas, multiplied, packed};
use crate::app::picture_pass::ShownPicture;
use crate::app::style;
use egui::Color32;
use std::ops::Range;
use std::sync::Arc;

/// Where a pixel of the screen lies between those of the picture.
#[derive(Clone, Copy)]
struct Between {
    /// The one before; the other one is next to it.
    first: usize,
    /// How much the next one counts, of 256.
    share: u32,
}

/// Columns, or rows, of the canvas that a picture covers.
struct Covered {
    /// The first of them.
    first: i32,
    places: Vec<Between>,
}

impl Covered {
    /// What of `range` is covered by a picture of `size` pixels that is shown from `low` on, `length` long.
    fn new(range: Range<i32>, (low, length): (f32, f32), size: usize, is_mirrored: bool, is_nearest: bool) -> Self {
        let share = |pixel: i32| (pixel as f32 + 0.5 - low) / length;
        let is_beside = |pixel: &i32| !(0.0..=1.0).contains(&share(*pixel));
        let first = range.clone().find(|pixel| !is_beside(pixel)).unwrap_or(range.end);
        let places = (first..range.end).take_while(|pixel| !is_beside(pixel)).map(|pixel| {
            let share = if is_mirrored { 1.0 - share(pixel) } else { share(pixel) };
            between(share * size as f32, size, is_nearest)
        });
        Self { first, places: places.collect() }
    }

    /// What lies within `range`: from where on, and its places.
    fn within(&self, range: Range<i32>) -> (i32, &[Between]) {
        let end = self.first + self.places.len() as i32;
        let (from, to) = (range.start.clamp(self.first, end), range.end.clamp(self.first, end));
        (from, &self.places[(from - self.first) as usize..(to - self.first).max(from - self.first) as usize])
    }
}

/// A picture in its place on the canvas.
pub(super) struct Placed {
    shown: Arc<ShownPicture>,
    /// What it fills, its surround included.
    pub(super) area: Area,
    /// The columns and rows of the area on which the picture lies.
    columns: Covered,
    rows: Covered,
    /// The picture's row that is being painted, 16 bits for each channel from red on, and one pixel more.
    line: Vec<u64>,
}

impl Placed {
    pub(super) fn new(shown: Arc<ShownPicture>, area: Area, pixels_per_point: f32) -> Self {
        let rect = shown.rect * pixels_per_point;
        let [width, height] = shown.image.size;
        let (along, down) = ((rect.left(), rect.width()), (rect.top(), rect.height()));
        let (is_mirrored, is_nearest) = (shown.is_mirrored, shown.is_nearest);
        Self {
            columns: Covered::new(area.left..area.right, along, width, is_mirrored, is_nearest),
            rows: Covered::new(area.top..area.bottom, down, height, false, is_nearest),
            line: vec![0; width + 1],
            shown,
            area,
        }
    }

    /// Paints what lies in `area`, which lies in its own one.
    pub(super) fn paint(&mut self, canvas: &mut Canvas, area: Area) {
        let (left, columns) = self.columns.within(area.left..area.right);
        let (top, rows) = self.rows.within(area.top..area.bottom);
        let inside = Area::new(left, top, left + columns.len() as i32, top + rows.len() as i32);
        let used = columns.iter().map(|column| column.first);
        let Some((first, last)) = used.clone().min().zip(used.max()).filter(|_| !rows.is_empty()) else {
            return canvas.fill(area, packed(style::SURROUND));
        };
        for beside in [
            Area { bottom: inside.top, ..area },
            Area { top: inside.bottom, ..area },
            Area { right: inside.left, ..Area { top: inside.top, bottom: inside.bottom, ..area } },
            Area { left: inside.right, ..Area { top: inside.top, bottom: inside.bottom, ..area } },
        ] {
            canvas.fill(beside, packed(style::SURROUND));
        }
        let image = &self.shown.image;
        let [width, height] = image.size;
        let last = (last + 1).min(width - 1);
        let length = last - first + 1;
        let tint = (self.shown.tint != Color32::WHITE).then(|| packed(self.shown.tint));
        for (row, place) in (inside.top..).zip(rows) {
            let source = |row: usize| &image.as_raw()[4 * (row * width + first)..4 * (row * width + first + length)];
            let (upper, lower) = (source(place.first), source((place.first + 1).min(height - 1)));
            mix_rows(bytemuck::cast_slice_mut(&mut self.line[..length]), upper, lower, place.share);
            self.line[length] = self.line[length - 1];
            let line = &self.line[..=length];
            let pixels = canvas.span(row, inside.left, inside.right);
            for (pixel, column) in pixels.iter_mut().zip(columns) {
                let at = column.first - first;
                *pixel = mixed_channels(line[at], line[at + 1], column.share);
            }
            if let Some(tint) = tint {
                for pixel in pixels {
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

/// Bytes of two rows, `share` of 256 of the lower one.
fn mix_rows(mixture: &mut [u16], upper: &[u8], lower: &[u8], share: u32) {
    let (rest, share) = ((256 - share) as u16, share as u16);
    for ((mixed, upper), lower) in mixture.iter_mut().zip(upper).zip(lower) {
        *mixed = (u16::from(*upper) * rest + u16::from(*lower) * share + 128) >> 8;
    }
}

/// Two pixels of a line, `share` of 256 of the second one, as one of the canvas.
#[inline]
fn mixed_channels(a: u64, b: u64, share: u32) -> u32 {
    let mixture = (a * u64::from(256 - share) + b * u64::from(share) + 0x0080_0080_0080_0080) >> 8;
    // Red is the lowest of the four where memory is read so.
    let mixture = if cfg!(target_endian = "little") { mixture } else { mixture.swap_bytes() >> 8 };
    (((mixture & 0xFF) << 16) | ((mixture >> 8) & 0xFF00) | ((mixture >> 32) & 0xFF)) as u32
}
