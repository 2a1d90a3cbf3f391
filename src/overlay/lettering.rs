//! Text that is burnt into pictures: letters from straight lines on a filled box, no font needed.

use super::mark::{Form, Layer, Rgba};
use super::palette::Colour;

const BOX: Rgba = Rgba { colour: Colour::hex(0x10_10_10), alpha: 0.8 };
const TEXT: Rgba = Rgba { colour: Colour::hex(0xFF_FF_FF), alpha: 1.0 };
/// From the left edge of one letter to that of the next, in heights of a digit.
const ADVANCE: f32 = 14.0 / 17.0;
const WIDTH: f32 = 10.0 / 17.0;
const LINE_WIDTH: f32 = 2.2 / 17.0;
/// From the box to the letters.
const PADDING: f32 = 7.0 / 17.0;

/// A line of text. Sizes are in whatever its height is given in.
#[derive(Clone, Debug)]
pub struct Lettering {
    text: String,
    height: f32,
}

impl Lettering {
    /// Text with digits of this height.
    #[must_use]
    pub fn new(text: impl Into<String>, height: f32) -> Self {
        Self { text: text.into(), height }
    }

    /// How wide the letters are together.
    #[must_use]
    pub fn width(&self) -> f32 {
        let letters = self.text.chars().count() as f32;
        (letters * ADVANCE - (ADVANCE - WIDTH)).max(0.0) * self.height
    }

    /// Width and height of the box.
    #[must_use]
    pub(super) fn plate_size(&self) -> [f32; 2] {
        [self.width() + 2.0 * PADDING * self.height, (1.0 + 2.0 * PADDING) * self.height]
    }

    /// The layers of text on its box, first to last, each with the place it stands at; (0, 0) is the box's top left
    /// corner.
    pub(super) fn plate(&self) -> Vec<([f32; 2], Layer)> {
        let [x, y] = self.plate_size().map(|side| side / 2.0);
        let corners = vec![[-x, -y], [x, -y], [x, y], [-x, y]];
        let plate = Layer { form: Form::Polygon { corners }, stroke_width: None, colour: BOX };
        let padding = PADDING * self.height;
        let letters = self.letters(TEXT).into_iter().map(|([x, y], layer)| ([x + padding, y + padding], layer));
        std::iter::once(([x, y], plate)).chain(letters).collect()
    }

    /// The layers of the letters alone; (0, 0) is the top left corner of the first one.
    #[must_use]
    pub fn letters(&self, colour: Rgba) -> Vec<([f32; 2], Layer)> {
        let mut layers = Vec::new();
        for (place, letter) in self.text.chars().enumerate() {
            let origin = [place as f32 * ADVANCE * self.height, 0.0];
            for line in strokes(letter).split('|') {
                let places: Vec<[f32; 2]> = line.split(' ').filter_map(|place| self.place(place)).collect();
                layers.extend(places.windows(2).map(|pair| {
                    let form = Form::Line { from: pair[0], to: pair[1] };
                    (origin, Layer { form, stroke_width: Some(LINE_WIDTH * self.height), colour })
                }));
            }
        }
        layers
    }

    fn place(&self, text: &str) -> Option<[f32; 2]> {
        let (x, y) = text.split_once(',')?;
        let share = |text: &str| text.parse::<f32>().ok().map(|share| share / 100.0 * self.height);
        Some([share(x)? * WIDTH, share(y)?])
    }
}

/// The lines of each letter: places in hundredths of its width and of a digit's height.
fn strokes(letter: char) -> &'static str {
    match letter {
        '0' => "30,0 70,0 95,18 95,82 70,100 30,100 5,82 5,18 30,0",
        '1' => "15,20 55,0 55,100",
        '2' => "5,20 30,0 70,0 95,17 95,36 5,100 100,100",
        '3' => "5,12 30,0 70,0 95,14 95,34 72,48 40,48 72,48 95,62 95,84 70,100 30,100 5,88",
        '4' => "72,100 72,0 0,70 100,70",
        '5' => "92,0 14,0 8,46 30,38 70,38 95,54 95,82 70,100 30,100 2,88",
        '6' => "85,0 45,6 5,50 5,82 30,100 70,100 95,82 95,60 70,44 30,44 5,60",
        '7' => "0,0 100,0 40,100",
        '8' => "30,0 70,0 92,14 92,32 70,46 30,46 5,62 5,84 30,100 70,100 95,84 95,62 70,46 30,46 8,32 8,14 30,0",
        '9' => "15,100 55,94 95,50 95,18 70,0 30,0 5,18 5,40 30,56 70,56 95,40",
        'a' => "90,40 90,100|90,55 70,40 35,40 10,58 10,82 35,100 70,100 90,85",
        'b' => "10,0 10,100|10,55 30,40 65,40 90,58 90,82 65,100 30,100 10,85",
        'c' => "88,50 65,40 35,40 10,58 10,82 35,100 65,100 88,90",
        'd' => "90,0 90,100|90,55 70,40 35,40 10,58 10,82 35,100 70,100 90,85",
        'e' => "10,70 90,70 90,58 65,40 35,40 10,58 10,82 35,100 65,100 88,90",
        'f' => "85,5 65,0 45,15 45,100|15,42 75,42",
        'g' => "90,40 90,115 70,130 35,130 12,120|90,55 70,40 35,40 10,58 10,82 35,100 70,100 90,85",
        'h' => "10,0 10,100|10,60 35,40 65,40 88,58 88,100",
        'i' => "50,40 50,100|50,14 50,18",
        'j' => "60,40 60,118 40,130 20,126|60,14 60,18",
        'k' => "12,0 12,100|82,40 12,76|38,64 88,100",
        'l' => "40,0 40,88 60,100",
        'm' => "5,40 5,100|5,56 20,40 38,40 50,56 50,100|50,56 65,40 82,40 95,56 95,100",
        'n' => "10,40 10,100|10,60 35,40 65,40 88,58 88,100",
        'o' => "35,40 65,40 90,58 90,82 65,100 35,100 10,82 10,58 35,40",
        'p' => "10,40 10,130|10,55 30,40 65,40 90,58 90,82 65,100 30,100 10,85",
        'q' => "90,40 90,130|90,55 70,40 35,40 10,58 10,82 35,100 70,100 90,85",
        'r' => "18,40 18,100|18,62 40,42 75,42",
        's' => "85,48 62,40 35,40 14,50 14,62 35,68 65,72 86,80 86,92 65,100 35,100 12,92",
        't' => "42,10 42,88 58,100 80,98|12,40 78,40",
        'u' => "10,40 10,82 35,100 65,100 88,82|88,40 88,100",
        'v' => "8,40 50,100 92,40",
        'w' => "2,40 26,100 50,50 74,100 98,40",
        'x' => "10,40 90,100|90,40 10,100",
        'y' => "8,40 50,100|92,40 50,100 30,130 10,130",
        'z' => "12,40 88,40 12,100 90,100",
        _ => capitals_and_signs(letter),
    }
}

fn capitals_and_signs(letter: char) -> &'static str {
    match letter {
        'A' => "0,100 50,0 100,100|18,64 82,64",
        'B' => "62,48 85,34 85,14 60,0 8,0 8,100 65,100 92,84 92,64 68,48 8,48",
        'C' => "95,18 70,0 30,0 5,18 5,82 30,100 70,100 95,82",
        'D' => "8,0 8,100 62,100 94,75 94,25 62,0 8,0",
        'E' => "92,0 10,0 10,100 92,100|10,48 75,48",
        'F' => "92,0 10,0 10,100|10,48 75,48",
        'G' => "95,18 70,0 30,0 5,18 5,82 30,100 70,100 95,82 95,54 58,54",
        'H' => "8,0 8,100|92,0 92,100|8,48 92,48",
        'I' => "50,0 50,100|25,0 75,0|25,100 75,100",
        'J' => "80,0 80,82 58,100 30,100 8,82",
        'K' => "10,0 10,100|90,0 10,58|34,42 92,100",
        'L' => "12,0 12,100 90,100",
        'M' => "4,100 4,0 50,60 96,0 96,100",
        'N' => "8,100 8,0 92,100 92,0",
        'O' => "28,0 72,0 100,20 100,80 72,100 28,100 0,80 0,20 28,0",
        'P' => "10,100 10,0 65,0 92,16 92,38 65,54 10,54",
        'Q' => "30,0 70,0 95,18 95,82 70,100 30,100 5,82 5,18 30,0|60,75 98,108",
        'R' => "10,100 10,0 65,0 92,16 92,38 65,54 10,54|50,54 92,100",
        'S' => "92,14 68,0 30,0 8,14 8,36 30,48 70,52 92,64 92,86 70,100 30,100 6,86",
        'T' => "2,0 98,0|50,0 50,100",
        'U' => "8,0 8,82 32,100 68,100 92,82 92,0",
        'V' => "2,0 50,100 98,0",
        'W' => "0,0 25,100 50,30 75,100 100,0",
        'X' => "5,0 95,100|95,0 5,100",
        'Y' => "4,0 50,48 96,0|50,48 50,100",
        'Z' => "6,0 94,0 6,100 94,100",
        ' ' => "",
        '.' => "50,96 50,100",
        ',' => "55,94 42,114",
        ':' => "50,48 50,52|50,94 50,98",
        '-' | '−' | '–' => "18,56 82,56",
        '+' => "12,56 88,56|50,30 50,82",
        '=' => "15,42 85,42|15,68 85,68",
        '_' => "0,110 100,110",
        '/' => "92,-6 8,108",
        '%' => "12,4 36,4 36,30 12,30 12,4|90,0 10,100|64,70 88,70 88,96 64,96 64,70",
        '(' => "66,-6 40,20 40,84 66,110",
        ')' => "34,-6 60,20 60,84 34,110",
        '°' => "36,0 58,0 68,10 68,24 58,34 36,34 26,24 26,10 36,0",
        '²' => "22,8 40,0 60,0 74,10 74,18 22,50 78,50",
        // What there is no letter for.
        _ => "12,0 88,0 88,100 12,100 12,0",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_has_a_form_of_its_own() {
        let letters: Vec<char> = ('0'..='9').chain('a'..='z').chain('A'..='Z').chain(" .,:-+=_/%()°²".chars()).collect();
        for (i, letter) in letters.iter().enumerate() {
            let same = letters[i + 1..].iter().find(|other| strokes(**other) == strokes(*letter));
            assert_eq!(same, None, "{letter}");
        }
        assert_eq!(strokes('世'), strokes('ж'), "others are a box");
        for letter in letters {
            let text = Lettering::new(letter.to_string(), 10.0);
            assert_eq!(text.letters(TEXT).is_empty(), letter == ' ', "{letter}");
        }
    }

    #[test]
    fn text_is_as_wide_as_its_letters() {
        let width = |text: &str| Lettering::new(text, 17.0).width();
        assert!((width("1") - 10.0).abs() < 1e-4 && (width("1234") - 52.0).abs() < 1e-4);
        assert_eq!(width(""), 0.0);
    }
}
