//! Pixels, and how colours come together on them.

/// A rectangle of the window's pixels, counted from its top left corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    /// The first column.
    pub left: i32,
    /// The first row.
    pub top: i32,
    /// The column after the last one.
    pub right: i32,
    /// The row after the last one.
    pub bottom: i32,
}

impl Area {
    /// From the first column and row up to, but not including, `right` and `bottom`.
    #[must_use]
    pub const fn new(left: i32, top: i32, right: i32, bottom: i32) -> Self {
        Self { left, top, right, bottom }
    }

    /// What lies in both; empty where they do not meet.
    #[must_use]
    pub fn intersect(self, other: Self) -> Self {
        Self {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        }
    }

    /// Whether there is no pixel in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.left >= self.right || self.top >= self.bottom
    }

    /// How many pixels are in it.
    #[must_use]
    pub const fn num_pixels(self) -> i32 {
        if self.is_empty() { 0 } else { (self.right - self.left) * (self.bottom - self.top) }
    }

    /// Whether every pixel of `other` is in it, too.
    pub(super) const fn covers(self, other: Self) -> bool {
        self.left <= other.left && self.top <= other.top && self.right >= other.right && self.bottom >= other.bottom
    }
}

/// Four channels of eight bits, `0xAARRGGBB`, multiplied with alpha.
pub(super) type Packed = u32;

/// The two outer channels of a packed colour, or the two inner ones moved down.
const LANES: u32 = 0x00FF_00FF;

pub(super) fn packed(colour: egui::Color32) -> Packed {
    let [r, g, b, a] = colour.to_array();
    u32::from_be_bytes([a, r, g, b])
}

/// `x / 255` in both lanes, rounded; lanes up to 255 * 255.
fn by_255(lanes: u32) -> u32 {
    let lanes = lanes + 0x0080_0080;
    ((lanes + ((lanes >> 8) & LANES)) >> 8) & LANES
}

/// Both lanes, no more than 255 each.
fn saturated(lanes: u32) -> u32 {
    let over = (lanes >> 8) & 0x0001_0001;
    (lanes | ((over << 8) - over)) & LANES
}

/// What `source` makes of an opaque pixel below it. A colour that is lighter than its alpha adds light.
#[inline]
pub(super) fn over(source: Packed, below: u32) -> u32 {
    let rest = 255 - (source >> 24);
    let outer = (source & LANES) + by_255((below & LANES) * rest);
    let inner = ((source >> 8) & LANES) + by_255(((below >> 8) & LANES) * rest);
    (saturated(outer) | (saturated(inner) << 8)) & 0x00FF_FFFF
}

/// Channel by channel.
#[inline]
pub(super) fn multiplied(a: Packed, b: Packed) -> Packed {
    if b == u32::MAX {
        return a;
    }
    let (a, b) = (a.to_be_bytes(), b.to_be_bytes());
    u32::from_be_bytes(std::array::from_fn(|i| {
        let product = u32::from(a[i]) * u32::from(b[i]) + 128;
        ((product + (product >> 8)) >> 8) as u8
    }))
}

/// `a` at share 0, `b` at share 256.
#[inline]
pub(super) fn mixed(a: Packed, b: Packed, share: u32) -> Packed {
    let outer = ((a & LANES) * (256 - share) + (b & LANES) * share + 0x0080_0080) >> 8;
    let inner = ((a >> 8) & LANES) * (256 - share) + ((b >> 8) & LANES) * share + 0x0080_0080;
    (outer & LANES) | (inner & !LANES)
}

/// What is painted on: opaque pixels, `0x00RRGGBB`, row by row.
#[derive(Default)]
pub(super) struct Canvas {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) pixels: Vec<u32>,
}

impl Canvas {
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self { width, height, pixels: vec![0; width * height] }
    }

    pub(super) fn area(&self) -> Area {
        Area::new(0, 0, self.width as i32, self.height as i32)
    }

    /// The pixels of a row from `left` to `right`; all within the canvas.
    #[inline]
    pub(super) fn span(&mut self, row: i32, left: i32, right: i32) -> &mut [u32] {
        let start = row as usize * self.width;
        &mut self.pixels[start + left as usize..start + right as usize]
    }

    pub(super) fn fill(&mut self, area: Area, colour: Packed) {
        for row in area.top..area.bottom {
            blend(self.span(row, area.left, area.right), colour);
        }
    }
}

/// One colour over all of these pixels.
#[inline]
pub(super) fn blend(pixels: &mut [u32], colour: Packed) {
    match colour >> 24 {
        255 => pixels.fill(colour & 0x00FF_FFFF),
        _ if colour == 0 => {}
        _ => pixels.iter_mut().for_each(|pixel| *pixel = over(colour, *pixel)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::Color32;

    #[test]
    fn colours_come_together_as_they_do_one_by_one() {
        let below = Color32::from_rgb(10, 200, 77);
        for colour in [Color32::from_rgba_unmultiplied(250, 3, 90, 130), Color32::from_rgb_additive(250, 100, 3)] {
            let (source, under) = (colour.to_array(), below.to_array());
            let expected = [0, 1, 2].map(|i| {
                let rest = f64::from(under[i]) * f64::from(255 - source[3]) / 255.0;
                (f64::from(source[i]) + rest).round().min(255.0) as u8
            });
            let [_, r, g, b] = over(packed(colour), packed(below) & 0x00FF_FFFF).to_be_bytes();
            assert_eq!([r, g, b], expected, "{colour:?}");
        }
        assert_eq!(multiplied(packed(below), packed(Color32::WHITE)), packed(below));
        assert_eq!(multiplied(packed(below), packed(Color32::from_rgb(128, 128, 0))), 0xFF05_6400);
    }

    #[test]
    fn a_mixture_ends_at_both_ends() {
        let (a, b) = (0xFF12_34FE, 0x00FE_DC01);
        assert_eq!((mixed(a, b, 0), mixed(a, b, 256)), (a, b));
        assert_eq!(mixed(0xFF00_00FF, 0xFF00_FF00, 128), 0xFF00_8080);
    }
}
