//! Which colour and shape a track has.

use serde::{Deserialize, Serialize};

/// An opaque sRGB colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Colour {
    /// Red.
    pub r: u8,
    /// Green.
    pub g: u8,
    /// Blue.
    pub b: u8,
}

impl Colour {
    /// A colour written as in CSS: `0xRR_GG_BB`.
    #[must_use]
    pub const fn hex(rgb: u32) -> Self {
        Self { r: (rgb >> 16) as u8, g: (rgb >> 8) as u8, b: rgb as u8 }
    }

    /// The colour that is `share` of the way to another one.
    #[must_use]
    pub fn mixed(self, other: Self, share: f32) -> Self {
        if self == other {
            return self; // most trails have one colour
        }
        let mix = |a: u8, b: u8| (f32::from(a) + (f32::from(b) - f32::from(a)) * share + 0.5) as u8;
        Self { r: mix(self.r, other.r), g: mix(self.g, other.g), b: mix(self.b, other.b) }
    }
}

/// The outline of a marker; the shapes have about the same area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// ●
    Circle,
    /// ■
    Square,
    /// ◆
    Diamond,
    /// ▲
    Triangle,
}

impl Shape {
    /// All shapes, in the order in which the palette takes them.
    pub const ALL: [Self; 4] = [Self::Circle, Self::Square, Self::Diamond, Self::Triangle];
}

/// The colours that tracks take in turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Palette {
    /// Okabe and Ito's, without black: told apart with every kind of colour vision; the darkest last.
    #[default]
    OkabeIto,
    /// Paul Tol's "bright".
    TolBright,
    /// Paul Tol's "vibrant".
    TolVibrant,
}

const OKABE_ITO: [Colour; 7] = [
    Colour::hex(0xE6_9F_00),
    Colour::hex(0x56_B4_E9),
    Colour::hex(0xF0_E4_42),
    Colour::hex(0xCC_79_A7),
    Colour::hex(0x00_9E_73),
    Colour::hex(0xD5_5E_00),
    Colour::hex(0x00_72_B2),
];
const TOL_BRIGHT: [Colour; 6] = [
    Colour::hex(0x44_77_AA),
    Colour::hex(0xEE_66_77),
    Colour::hex(0x22_88_33),
    Colour::hex(0xCC_BB_44),
    Colour::hex(0x66_CC_EE),
    Colour::hex(0xAA_33_77),
];
const TOL_VIBRANT: [Colour; 6] = [
    Colour::hex(0xEE_77_33),
    Colour::hex(0x00_77_BB),
    Colour::hex(0x33_BB_EE),
    Colour::hex(0xEE_33_77),
    Colour::hex(0xCC_33_11),
    Colour::hex(0x00_99_88),
];

impl Palette {
    /// Every palette, in the order in which a menu lists them.
    pub const ALL: [Self; 3] = [Self::OkabeIto, Self::TolBright, Self::TolVibrant];

    /// What a menu calls it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::OkabeIto => "Okabe–Ito",
            Self::TolBright => "Tol bright",
            Self::TolVibrant => "Tol vibrant",
        }
    }

    /// Its colours in order.
    #[must_use]
    pub fn colours(self) -> &'static [Colour] {
        match self {
            Self::OkabeIto => &OKABE_ITO,
            Self::TolBright => &TOL_BRIGHT,
            Self::TolVibrant => &TOL_VIBRANT,
        }
    }

    /// The colour of a track by its place ([`crate::tracks::Track::colour`]); the colours repeat.
    #[must_use]
    pub fn colour(self, place: usize) -> Colour {
        let colours = self.colours();
        colours[place % colours.len()]
    }

    /// The shape of a track by its place: it changes each time all colours have been used, since no longer palette
    /// stays distinct.
    #[must_use]
    pub fn shape(self, place: usize) -> Shape {
        Shape::ALL[place / self.colours().len() % Shape::ALL.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn okabe_ito_comes_in_the_documented_order() {
        let listed = ["E69F00", "56B4E9", "F0E442", "CC79A7", "009E73", "D55E00", "0072B2"];
        for (place, hex) in listed.iter().enumerate() {
            assert_eq!(Palette::OkabeIto.colour(place), Colour::hex(u32::from_str_radix(hex, 16).unwrap()));
        }
        assert_eq!(Palette::default(), Palette::OkabeIto);
    }

    #[test]
    fn the_shape_changes_after_the_last_colour_and_no_pair_repeats_before_all_are_used() {
        for palette in Palette::ALL {
            let num_colours = palette.colours().len();
            assert_eq!(palette.shape(num_colours - 1), Shape::Circle);
            assert_eq!(palette.shape(num_colours), Shape::Square);
            assert_eq!(palette.colour(num_colours), palette.colour(0));
            let pairs: HashSet<_> = (0..4 * num_colours).map(|i| (palette.colour(i), palette.shape(i))).collect();
            assert_eq!(pairs.len(), 4 * num_colours);
            assert_eq!(palette.shape(4 * num_colours), Shape::Circle);
        }
    }
}
