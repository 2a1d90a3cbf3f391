//! Words over a picture: names beside points, a title, a frame's number, a legend.

use super::mark::{Form, Layer, Rgba};
use super::palette::Colour;
use crate::geometry::{Size, SourcePoint};
use ab_glyph::{Font, FontRef, Glyph, OutlinedGlyph, PxScale, ScaleFont, point};
use std::sync::LazyLock;

/// Free for any use (see `epaint_default_fonts`); without Chinese, Japanese, Korean and Arabic letters.
static FONT: LazyLock<Option<FontRef<'static>>> =
    LazyLock::new(|| FontRef::try_from_slice(epaint_default_fonts::UBUNTU_LIGHT).ok());

const PLATE: Rgba = Rgba { colour: Colour::hex(0x10_10_10), alpha: 0.75 };
const TEXT: Colour = Colour::hex(0xFF_FF_FF);
/// From the picture's edge to a plate, and from a plate's edge to the words, in heights of the text.
const MARGIN: f32 = 0.6;
const PADDING: f32 = 0.3;
/// Radius of a line's dot, and what it takes of the line, in heights of the text.
const DOT_RADIUS: f32 = 0.25;
const DOT_WIDTH: f32 = 0.85;

/// Where a label stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LabelPlace {
    /// In the picture's top left corner.
    TopLeft,
    /// In the middle of its upper edge.
    Top,
    /// In its bottom left corner.
    BottomLeft,
    /// To the right of a point, to the left where the picture ends there.
    Beside(SourcePoint),
    /// Above a point, below it where the picture ends there.
    Above(SourcePoint),
}

impl LabelPlace {
    /// The point that the label belongs to.
    pub(super) fn point(mut self) -> Option<SourcePoint> {
        self.point_mut().copied()
    }

    pub(super) fn point_mut(&mut self) -> Option<&mut SourcePoint> {
        match self {
            Self::Beside(point) | Self::Above(point) => Some(point),
            Self::TopLeft | Self::Top | Self::BottomLeft => None,
        }
    }
}

/// A few words on a dark plate.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// Where it stands.
    pub place: LabelPlace,
    /// One below the other: a dot of this colour, where there is one, and words.
    pub lines: Vec<(Option<Colour>, String)>,
    /// Height of the text, in style units.
    pub height: f32,
}

/// A label in pixels: what has to be drawn, first to last.
pub(super) struct Laid {
    /// Plate and dots, with the place that each stands at. They are in style units.
    pub(super) layers: Vec<(SourcePoint, Layer)>,
    pub(super) glyphs: Vec<OutlinedGlyph>,
    pub(super) colour: Colour,
}

impl Label {
    /// A label of one line.
    #[must_use]
    pub fn line(place: LabelPlace, height: f32, text: impl Into<String>) -> Self {
        Self { place, lines: vec![(None, text.into())], height }
    }

    /// Where everything goes on a picture of `size` whose style units have `scale` pixels; `gap` is how far a label keeps
    /// from its point.
    pub(super) fn laid(&self, size: Size, scale: f32, gap: f32) -> Option<Laid> {
        let font = FONT.as_ref()?.as_scaled(PxScale::from(self.height * scale));
        let unit = self.height * scale;
        let indent = |dot: &Option<Colour>| if dot.is_some() { DOT_WIDTH * unit } else { 0.0 };
        let rows: Vec<(f32, Vec<Glyph>)> = self.lines.iter().map(|(dot, text)| row(font, text, indent(dot))).collect();
        let widest = rows.iter().map(|(width, _)| *width).fold(0.0, f32::max);
        let (width, height) = (widest + 2.0 * PADDING * unit, rows.len() as f32 * unit + PADDING * unit);
        let (left, top) = self.corner(size, [width, height], MARGIN * unit, gap);
        let middle = SourcePoint::new(left + width / 2.0 - 0.5, top + height / 2.0 - 0.5);
        let (x, y) = (width / 2.0 / scale, height / 2.0 / scale);
        let corners = vec![[-x, -y], [x, -y], [x, y], [-x, y]];
        let mut layers = vec![(middle, Layer { form: Form::Polygon { corners }, stroke_width: None, colour: PLATE })];
        let mut glyphs = Vec::new();
        for (place, ((dot, _), (_, row))) in self.lines.iter().zip(rows).enumerate() {
            let (x, y) = (left + PADDING * unit, top + PADDING / 2.0 * unit + place as f32 * unit);
            if let Some(colour) = *dot {
                let at = SourcePoint::new(x + DOT_RADIUS * unit - 0.5, y + unit / 2.0 - 0.5);
                let form = Form::Circle { radius: DOT_RADIUS * self.height };
                layers.push((at, Layer { form, stroke_width: None, colour: Rgba { colour, alpha: 1.0 } }));
            }
            glyphs.extend(row.into_iter().filter_map(|mut glyph| {
                glyph.position += point(x, y);
                font.outline_glyph(glyph)
            }));
        }
        Some(Laid { layers, glyphs, colour: TEXT })
    }

    /// The plate's top left corner, in pixels from the picture's.
    fn corner(&self, size: Size, [width, height]: [f32; 2], margin: f32, gap: f32) -> (f32, f32) {
        let whole = [size.width as f32, size.height as f32];
        let (x, y) = match self.place {
            LabelPlace::TopLeft => (margin, margin),
            LabelPlace::Top => ((whole[0] - width) / 2.0, margin),
            LabelPlace::BottomLeft => (margin, whole[1] - height - margin),
            LabelPlace::Beside(point) => {
                let [right, left] = [point.x + 0.5 + gap, point.x + 0.5 - gap - width];
                let x = if right + width > whole[0] && left >= 0.0 { left } else { right };
                (x, point.y + 0.5 - height / 2.0)
            }
            LabelPlace::Above(point) => {
                let [above, below] = [point.y + 0.5 - gap - height, point.y + 0.5 + gap];
                let x = (point.x + 0.5 - width / 2.0).clamp(0.0, (whole[0] - width).max(0.0));
                (x, if above < 0.0 { below } else { above })
            }
        };
        (x.round(), y.round())
    }
}

/// How wide a line of text is that is so high, in the same unit.
#[must_use]
pub fn text_width(text: &str, height: f32) -> f32 {
    FONT.as_ref().map_or(0.0, |font| row(font.as_scaled(PxScale::from(height)), text, 0.0).0)
}

/// Writes a line of text that is so many pixels high, from (x, y) on its base line: `put` is told of each pixel (x, y) how
/// much of it the letters cover.
pub fn write_text(text: &str, height: f32, [x, y]: [f32; 2], mut put: impl FnMut([i32; 2], f32)) {
    let Some(font) = FONT.as_ref().map(|font| font.as_scaled(PxScale::from(height))) else { return };
    for mut glyph in row(font, text, 0.0).1 {
        glyph.position += point(x, y - font.ascent());
        if let Some(glyph) = font.outline_glyph(glyph) {
            each_pixel(&glyph, &mut put);
        }
    }
}

/// Tells of each pixel (x, y) how much of it a letter covers.
pub(super) fn each_pixel(glyph: &OutlinedGlyph, mut put: impl FnMut([i32; 2], f32)) {
    let corner = glyph.px_bounds().min;
    glyph.draw(|dx, dy, cover| put([corner.x as i32 + dx as i32, corner.y as i32 + dy as i32], cover.min(1.0)));
}

/// The glyphs of a line, from its top left corner, and how wide it is.
fn row(font: impl ScaleFont<&'static FontRef<'static>> + Copy, text: &str, indent: f32) -> (f32, Vec<Glyph>) {
    let (mut x, mut before, mut glyphs) = (indent, None, Vec::new());
    for letter in text.chars().filter(|letter| !letter.is_control()) {
        let id = font.glyph_id(letter);
        x += before.map_or(0.0, |before| font.kern(before, id));
        glyphs.push(id.with_scale_and_position(font.scale(), point(x, font.ascent())));
        x += font.h_advance(id);
        before = Some(id);
    }
    (x, glyphs)
}
