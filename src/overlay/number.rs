//! Numbers that are burnt into pictures: digits from straight lines on a filled box, no font needed.

use super::mark::{Form, Layer, Rgba};
use super::palette::Colour;

const BOX: Rgba = Rgba { colour: Colour::hex(0x10_10_10), alpha: 0.8 };
const TEXT: Rgba = Rgba { colour: Colour::hex(0xFF_FF_FF), alpha: 1.0 };
/// A digit's cell, from the left edge of one digit to that of the next; the digit itself is two less.
const ADVANCE: f32 = 14.0;
const DIGIT_WIDTH: f32 = 10.0;
const DIGIT_HEIGHT: f32 = 17.0;
const LINE_WIDTH: f32 = 2.2;
/// From the picture's corner to the box, and from the box to the digits.
const MARGIN: f32 = 12.0;
const PADDING: f32 = 7.0;

/// A number on its box. Sizes are in style units from the picture's top left corner.
pub(super) struct NumberPlate {
    digits: Vec<u8>,
}

impl NumberPlate {
    pub(super) fn new(number: u32) -> Self {
        Self { digits: number.to_string().bytes().map(|byte| byte - b'0').collect() }
    }

    /// The layers to draw, first to last, each with the place it stands at.
    pub(super) fn layers(&self) -> Vec<([f32; 2], Layer)> {
        let width = self.digits.len() as f32 * ADVANCE - (ADVANCE - DIGIT_WIDTH) + 2.0 * PADDING;
        let (x, y) = (width / 2.0, DIGIT_HEIGHT / 2.0 + PADDING);
        let corners = vec![[-x, -y], [x, -y], [x, y], [-x, y]];
        let plate = Layer { form: Form::Polygon { corners }, stroke_width: None, colour: BOX };
        let mut layers = vec![([MARGIN + x, MARGIN + y], plate)];
        for (place, digit) in self.digits.iter().enumerate() {
            let origin = [MARGIN + PADDING + place as f32 * ADVANCE, MARGIN + PADDING];
            layers.extend(stroke(*digit).windows(2).map(|pair| {
                let form = Form::Line { from: pair[0], to: pair[1] };
                (origin, Layer { form, stroke_width: Some(LINE_WIDTH), colour: TEXT })
            }));
        }
        layers
    }
}

/// The stroke of each digit: places in hundredths of its width and height.
const STROKES: [&str; 10] = [
    "30,0 70,0 95,18 95,82 70,100 30,100 5,82 5,18 30,0",
    "15,20 55,0 55,100",
    "5,20 30,0 70,0 95,17 95,36 5,100 100,100",
    "5,12 30,0 70,0 95,14 95,34 72,48 40,48 72,48 95,62 95,84 70,100 30,100 5,88",
    "72,100 72,0 0,70 100,70",
    "92,0 14,0 8,46 30,38 70,38 95,54 95,82 70,100 30,100 2,88",
    "85,0 45,6 5,50 5,82 30,100 70,100 95,82 95,60 70,44 30,44 5,60",
    "0,0 100,0 40,100",
    "30,0 70,0 92,14 92,32 70,46 30,46 5,62 5,84 30,100 70,100 95,84 95,62 70,46 30,46 8,32 8,14 30,0",
    "15,100 55,94 95,50 95,18 70,0 30,0 5,18 5,40 30,56 70,56 95,40",
];

/// The places that a digit's stroke goes through, in style units from its top left corner.
fn stroke(digit: u8) -> Vec<[f32; 2]> {
    let length = |text: &str, whole: f32| text.parse::<f32>().ok().map(|share| share / 100.0 * whole);
    let place = |text: &str| {
        let (x, y) = text.split_once(',')?;
        Some([length(x, DIGIT_WIDTH)?, length(y, DIGIT_HEIGHT)?])
    };
    STROKES[usize::from(digit)].split(' ').filter_map(place).collect()
}
