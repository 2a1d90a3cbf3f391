//! Triangles: whose centres lie inside are its pixels, and those on a shared edge belong to one of both.

use crate::canvas::{Area, Canvas, Packed, blend, mixed, multiplied, over};
use crate::texture::Texture;
use std::array;

/// A corner, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Corner {
    pub(super) x: f32,
    pub(super) y: f32,
    /// In the texture, from 0 to 1.
    pub(super) u: f32,
    pub(super) v: f32,
    pub(super) colour: Packed,
}

/// How far texels may be from pixels, as a share of one, and still be copied.
const ALIGNED: f32 = 1e-3;

/// A line from its upper end down.
struct Edge {
    x: f32,
    y: f32,
    slope: f32,
}

impl Edge {
    fn new(upper: &Corner, lower: &Corner) -> Self {
        Self { x: upper.x, y: upper.y, slope: (lower.x - upper.x) / (lower.y - upper.y) }
    }

    fn at(&self, y: f32) -> f32 {
        self.x + (y - self.y) * self.slope
    }
}

/// Values that change evenly over the triangle.
#[derive(Clone, Copy)]
struct Planes<const N: usize> {
    at_origin: [f32; N],
    per_x: [f32; N],
    per_y: [f32; N],
}

impl<const N: usize> Planes<N> {
    #[inline]
    fn at(&self, x: f32, y: f32) -> [f32; N] {
        array::from_fn(|i| self.at_origin[i] + x * self.per_x[i] + y * self.per_y[i])
    }
}

/// Where the triangle lies, for values that change over it.
struct Slant<'a> {
    corners: [&'a Corner; 3],
    /// What a difference of two values is worth along x and y: for the second corner, and for the third.
    weights: [[f32; 2]; 2],
}

impl<'a> Slant<'a> {
    fn of(corners: [&'a Corner; 3]) -> Option<Self> {
        let [a, b, c] = corners;
        let determinant = (b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y);
        if determinant.abs() < 1e-9 {
            return None;
        }
        let share = 1.0 / determinant;
        let to_b = [(c.y - a.y) * share, -(c.x - a.x) * share];
        let to_c = [-(b.y - a.y) * share, (b.x - a.x) * share];
        Some(Self { corners, weights: [to_b, to_c] })
    }

    /// The origin is the middle of pixel (`x`, `y`).
    #[inline]
    fn planes<const N: usize>(&self, (x, y): (i32, i32), values: impl Fn(&Corner) -> [f32; N]) -> Planes<N> {
        let [a, b, c] = self.corners.map(values);
        let [[b_x, b_y], [c_x, c_y]] = self.weights;
        let (to_b, to_c): ([f32; N], [f32; N]) = (array::from_fn(|i| b[i] - a[i]), array::from_fn(|i| c[i] - a[i]));
        let per_x: [f32; N] = array::from_fn(|i| to_b[i] * b_x + to_c[i] * c_x);
        let per_y: [f32; N] = array::from_fn(|i| to_b[i] * b_y + to_c[i] * c_y);
        let (x, y) = (x as f32 + 0.5 - self.corners[0].x, y as f32 + 0.5 - self.corners[0].y);
        Planes { at_origin: array::from_fn(|i| a[i] + x * per_x[i] + y * per_y[i]), per_x, per_y }
    }

    /// The corners' colours, each multiplied with `texel`.
    fn gradient(&self, origin: (i32, i32), texel: Packed) -> Planes<4> {
        self.planes(origin, |corner| channels(multiplied(corner.colour, texel)))
    }
}

/// Blue, green, red, alpha, from 0 to 255.
type Channels = [f32; 4];

/// How its pixels are coloured.
enum Shade<'a> {
    Flat(Packed),
    /// [`Channels`].
    Gradient(Planes<4>),
    /// Texels moved by so many pixels, in one colour.
    Copied(&'a Texture, (i32, i32), Packed),
    /// The place in the texture, in texels, and the colour.
    Sampled(&'a Texture, Planes<2>, Planes<4>),
}

/// Paints what of a triangle lies in `area`, which lies on the canvas.
pub(super) fn paint(canvas: &mut Canvas, area: Area, corners: [&Corner; 3], texture: &Texture) {
    let mut by_height = corners;
    by_height.sort_by(|a, b| a.y.total_cmp(&b.y));
    let [upper, middle, lower] = by_height;
    let top = first_centre(upper.y).max(area.top);
    let bottom = first_centre(lower.y).min(area.bottom);
    if top >= bottom {
        return;
    }
    let mut shade = None; // many are so small that no pixel is theirs
    let long = Edge::new(upper, lower);
    let (first, second) = (Edge::new(upper, middle), Edge::new(middle, lower));
    for row in top..bottom {
        let y = row as f32 + 0.5;
        let short = if y < middle.y { &first } else { &second };
        let (a, b) = (long.at(y), short.at(y));
        let left = first_centre(a.min(b)).max(area.left);
        let right = first_centre(a.max(b)).min(area.right);
        if left < right {
            if shade.is_none() {
                shade = self::shade(corners, texture, (area.left, area.top));
            }
            let Some(shade) = &shade else { return };
            shade.paint(canvas.span(row, left, right), left - area.left, left, row, row - area.top);
        }
    }
}

/// The first pixel whose centre is not before this.
#[inline]
fn first_centre(at: f32) -> i32 {
    let at = at - 0.5;
    let whole = at as i32; // towards zero; the library's ceil() is a call where the processor's oldest kin has none
    whole.saturating_add(i32::from(at > whole as f32))
}

/// Rounded down.
#[inline]
fn floor(at: f32) -> i32 {
    let whole = at as i32;
    whole.saturating_sub(i32::from(at < whole as f32))
}

fn shade<'a>(corners: [&Corner; 3], texture: &'a Texture, origin: (i32, i32)) -> Option<Shade<'a>> {
    let [a, b, c] = corners;
    let is_one_colour = a.colour == b.colour && a.colour == c.colour;
    let size = (texture.width as f32, texture.height as f32);
    let is_one_texel = (a.u, a.v) == (b.u, b.v) && (a.u, a.v) == (c.u, c.v);
    if is_one_texel {
        // Nearly all that is no text is drawn with the texture's corner.
        let is_corner = a.u == 0.0 && a.v == 0.0;
        let texel = if is_corner { texture.pixels[0] } else { sampled(texture, a.u * size.0, a.v * size.1) };
        if is_one_colour {
            return Some(Shade::Flat(multiplied(a.colour, texel)));
        }
        return Some(Shade::Gradient(Slant::of(corners)?.gradient(origin, texel)));
    }
    let slant = Slant::of(corners)?;
    let places = slant.planes(origin, |corner| [corner.u * size.0, corner.v * size.1]);
    if is_one_colour && let Some(moved) = alignment(&places, origin) {
        return Some(Shade::Copied(texture, moved, a.colour));
    }
    Some(Shade::Sampled(texture, places, slant.gradient(origin, u32::MAX)))
}

fn channels(colour: Packed) -> Channels {
    colour.to_le_bytes().map(f32::from)
}

/// From pixels to texels, where they are of one size and lie on each other.
fn alignment(places: &Planes<2>, origin: (i32, i32)) -> Option<(i32, i32)> {
    let Planes { at_origin: [u, v], per_x: [u_per_x, v_per_x], per_y: [u_per_y, v_per_y] } = *places;
    let is_straight = u_per_y.abs() < ALIGNED && v_per_x.abs() < ALIGNED;
    let is_as_large = (u_per_x - 1.0).abs() < ALIGNED && (v_per_y - 1.0).abs() < ALIGNED;
    let is_centred = |at: f32| (at - floor(at) as f32 - 0.5).abs() < 0.05;
    let is_aligned = is_straight && is_as_large && is_centred(u) && is_centred(v);
    is_aligned.then(|| (floor(u) - origin.0, floor(v) - origin.1))
}

/// The colour at a place, in texels from the texture's corner.
fn sampled(texture: &Texture, x: f32, y: f32) -> Packed {
    if texture.is_nearest {
        return texture.texel(floor(x), floor(y));
    }
    let (x, y) = (x - 0.5, y - 0.5);
    let (left, top) = (floor(x).min(i32::MAX - 1), floor(y).min(i32::MAX - 1));
    let share = |at: f32, floor: i32| (((at - floor as f32) * 256.0) as u32).min(256);
    let (along, down) = (share(x, left), share(y, top));
    let upper = mixed(texture.texel(left, top), texture.texel(left + 1, top), along);
    let lower = mixed(texture.texel(left, top + 1), texture.texel(left + 1, top + 1), along);
    mixed(upper, lower, down)
}

impl Shade<'_> {
    /// A row of pixels that begins `x`, `y` from the origin, on the canvas at `left` in `row`.
    #[inline]
    fn paint(&self, pixels: &mut [u32], x: i32, left: i32, row: i32, y: i32) {
        match self {
            Shade::Flat(colour) => blend(pixels, *colour),
            Shade::Gradient(gradient) => {
                let mut colour = gradient.at(x as f32, y as f32);
                for pixel in pixels {
                    *pixel = over(from_channels(colour), *pixel);
                    colour = array::from_fn(|i| colour[i] + gradient.per_x[i]);
                }
            }
            Shade::Copied(texture, moved, colour) => copy(pixels, texture, (left + moved.0, row + moved.1), *colour),
            Shade::Sampled(texture, places, gradient) => {
                for (i, pixel) in pixels.iter_mut().enumerate() {
                    let (x, y) = ((x + i as i32) as f32, y as f32);
                    let [u, v] = places.at(x, y);
                    let texel = sampled(texture, u, v);
                    if texel != 0 {
                        *pixel = over(multiplied(texel, from_channels(gradient.at(x, y))), *pixel);
                    }
                }
            }
        }
    }
}

/// Rounded; what lies beyond is at the end of the range.
#[inline]
fn from_channels(colour: Channels) -> Packed {
    u32::from_le_bytes(colour.map(|value| (value + 0.5) as u8))
}

fn copy(pixels: &mut [u32], texture: &Texture, (x, y): (i32, i32), colour: Packed) {
    for (i, pixel) in pixels.iter_mut().enumerate() {
        let texel = texture.texel(x + i as i32, y);
        if texel != 0 {
            *pixel = over(multiplied(texel, colour), *pixel);
        }
    }
}
