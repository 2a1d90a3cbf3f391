//! Pictures, scaled into place row by row.

use crate::callback::{PaintPixels, Part};
use crate::canvas::{Area, multiplied, packed};
use crate::tiles::{folded, pair};
use egui::{Color32, ColorImage, Rect};
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
        let is_on = |share: &f32| size > 0 && (0.0..=1.0).contains(share);
        let first = range.clone().find(|pixel| is_on(&share(*pixel))).unwrap_or(range.end);
        let mut places = Vec::with_capacity((range.end - first) as usize);
        places.extend((first..range.end).map(share).take_while(is_on).map(|share| {
            let share = if is_mirrored { 1.0 - share } else { share };
            between(share * size as f32, size, is_nearest)
        }));
        Self { first, places }
    }

    /// The one after the last.
    fn end(&self) -> i32 {
        self.first + self.places.len() as i32
    }
}

/// A picture that is scaled into its place; it fills the shape that it becomes.
pub struct Picture {
    /// Its pixels; they count as opaque. Another picture needs another [`Arc`].
    pub image: Arc<ColorImage>,
    /// Where it lies, in points; may go beyond the shape.
    pub rect: Rect,
    /// Left and right are exchanged.
    pub is_mirrored: bool,
    /// Pixels as squares, in place of smoothly.
    pub is_nearest: bool,
    /// What its colours are multiplied with.
    pub tint: Color32,
    /// What there is to be seen of the shape where the picture does not reach.
    pub surround: Color32,
}

impl PaintPixels for Picture {
    fn digest(&self) -> u64 {
        let Self { image, rect, is_mirrored, is_nearest, tint, surround } = self;
        let image = Arc::as_ptr(image) as usize as u64;
        let flags = u64::from(*is_mirrored) | u64::from(*is_nearest) << 1;
        let colours = u64::from(packed(*tint)) << 32 | u64::from(packed(*surround));
        let place = [pair(rect.left(), rect.top()), pair(rect.right(), rect.bottom())];
        place.into_iter().fold(folded(folded(image, colours), flags), folded)
    }

    fn paint(&self, part: &mut Part<'_>) {
        let area = part.area();
        let rect = self.rect * part.pixels_per_point();
        let [width, height] = self.image.size;
        let (across, down) = ((rect.left(), rect.width()), (rect.top(), rect.height()));
        let columns = Covered::new(area.left..area.right, across, width, self.is_mirrored, self.is_nearest);
        let rows = Covered::new(area.top..area.bottom, down, height, false, self.is_nearest);
        let inside = Area::new(columns.first, rows.first, columns.end(), rows.end());
        for beside in [
            Area { bottom: inside.top, ..area },
            Area { top: inside.bottom, ..area },
            Area { right: inside.left, top: inside.top, bottom: inside.bottom, ..area },
            Area { left: inside.right, top: inside.top, bottom: inside.bottom, ..area },
        ] {
            part.fill(beside, self.surround);
        }
        if !inside.is_empty() {
            self.paint_rows(part, &columns, &rows);
        }
    }
}

impl Picture {
    /// Paints where columns and rows of the picture are.
    fn paint_rows(&self, part: &mut Part<'_>, columns: &Covered, rows: &Covered) {
        let [width, height] = self.image.size;
        let used = columns.places.iter().map(|column| column.first);
        let first = used.clone().min().unwrap_or(0);
        let last = used.max().map_or(0, |last| (last + 1).min(width - 1));
        let length = last - first + 1;
        let tint = (self.tint != Color32::WHITE).then(|| packed(self.tint));
        let left = (columns.first - part.area().left) as usize;
        // 16 bits for each channel from red on, and one pixel more.
        let mut line = vec![0_u64; length + 1];
        for (row, place) in (rows.first..).zip(&rows.places) {
            let source =
                |row: usize| &self.image.as_raw()[4 * (row * width + first)..4 * (row * width + first + length)];
            let (upper, lower) = (source(place.first), source((place.first + 1).min(height - 1)));
            mix_rows(bytemuck::cast_slice_mut(&mut line[..length]), upper, lower, place.share);
            line[length] = line[length - 1];
            let pixels = &mut part.row(row)[left..left + columns.places.len()];
            for (pixel, column) in pixels.iter_mut().zip(&columns.places) {
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
