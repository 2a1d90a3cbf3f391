//! Charts as pictures.

use super::Chart;
use super::layout::{Anchor, Piece, SIZE, TEXT, pieces};
use crate::overlay::{Colour, text_width, write_text};
use image::{ImageEncoder, Rgb, RgbImage};

/// Pixels per point.
const SCALE: f32 = 2.0;

/// The chart as a PNG file.
pub(super) fn png(chart: &Chart) -> Vec<u8> {
    let [width, height] = SIZE.map(|side| (side * SCALE) as u32);
    let mut picture = RgbImage::from_pixel(width, height, Rgb([255; 3]));
    for piece in pieces(chart) {
        match piece {
            Piece::Line { places, width, colour } => line(&mut picture, &places, width, colour),
            Piece::Text { at: [x, y], anchor, colour, text } => {
                let height = 1.15 * TEXT * SCALE; // as large as SVG's: that measures the em, this from top to bottom
                let before = match anchor {
                    Anchor::Start => 0.0,
                    Anchor::Middle => text_width(&text, height) / 2.0,
                    Anchor::End => text_width(&text, height),
                };
                let at = [x * SCALE - before, y * SCALE];
                write_text(&text, height, at, |place, cover| blend(&mut picture, place, colour, cover));
            }
        }
    }
    let mut bytes = Vec::new();
    let encoder = image::codecs::png::PngEncoder::new(&mut bytes);
    let written = encoder.write_image(&picture, width, height, image::ExtendedColorType::Rgb8);
    written.expect("memory takes everything");
    bytes
}

/// Draws a line through places; where its parts meet, the stronger cover counts.
fn line(picture: &mut RgbImage, places: &[[f32; 2]], width: f32, colour: Colour) {
    let (size, half) = ([picture.width(), picture.height()], width * SCALE / 2.0);
    let places: Vec<[f32; 2]> = places.iter().map(|place| place.map(|value| value * SCALE)).collect();
    let mut covers = std::collections::BTreeMap::new();
    for pair in places.windows(2) {
        let range = |axis: usize| {
            let (from, to) = (pair[0][axis].min(pair[1][axis]), pair[0][axis].max(pair[1][axis]));
            (from - half - 1.0).floor() as i32..=(to + half + 1.0).ceil().min(size[axis] as f32) as i32
        };
        for y in range(1) {
            for x in range(0) {
                let distance = from_segment([x as f32 + 0.5, y as f32 + 0.5], pair[0], pair[1]);
                let cover = (half + 0.5 - distance).clamp(0.0, 1.0);
                if cover > 0.0 {
                    let known = covers.entry([x, y]).or_insert(cover);
                    *known = known.max(cover);
                }
            }
        }
    }
    for (place, cover) in covers {
        blend(picture, place, colour, cover);
    }
}

fn from_segment(p: [f32; 2], a: [f32; 2], b: [f32; 2]) -> f32 {
    let (along, to) = ([b[0] - a[0], b[1] - a[1]], [p[0] - a[0], p[1] - a[1]]);
    let length = (along[0] * along[0] + along[1] * along[1]).max(f32::MIN_POSITIVE);
    let share = ((to[0] * along[0] + to[1] * along[1]) / length).clamp(0.0, 1.0);
    (to[0] - share * along[0]).hypot(to[1] - share * along[1])
}

fn blend(picture: &mut RgbImage, [x, y]: [i32; 2], Colour { r, g, b }: Colour, cover: f32) {
    let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else { return };
    let Some(pixel) = picture.get_pixel_mut_checked(x, y) else { return };
    for (value, over) in pixel.0.iter_mut().zip([r, g, b]) {
        *value = (f32::from(*value) + (f32::from(over) - f32::from(*value)) * cover).round() as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::{ChartKind, ChartSeries};

    #[test]
    fn a_curve_and_its_text_are_in_the_picture() {
        let chart = |values: Vec<Option<f64>>| Chart {
            kind: ChartKind::Angle,
            unit: "°".to_owned(),
            secs: (0..values.len()).map(|i| i as f64).collect(),
            series: vec![ChartSeries { name: "knee".to_owned(), colour: Colour::hex(0xD5_5E_00), values }],
            smoothing: None,
        };
        let drawn = |chart: &Chart| image::load_from_memory(&png(chart)).unwrap().into_rgb8();
        let curve = drawn(&chart(vec![Some(90.0), Some(120.0), Some(100.0)]));
        let count = |picture: &RgbImage| picture.pixels().filter(|pixel| pixel.0 == [0xD5, 0x5E, 0x00]).count();
        assert_eq!((curve.width(), curve.height()), (1920, 840));
        assert!(count(&curve) > 3000, "{}", count(&curve));
        let nothing = drawn(&chart(vec![None, None]));
        assert!(count(&nothing) < 300, "the legend alone: {}", count(&nothing));
        assert!(nothing.pixels().any(|pixel| pixel.0[0] < 0x60 && pixel.0[2] < 0x60), "text");
    }
}
