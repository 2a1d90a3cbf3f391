//! What colours tell: which track it is, how fast it moves, or how sure it is.

use super::palette::Colour;
use crate::geometry::SourcePoint;
use crate::tracks::Sample;
use serde::{Deserialize, Serialize};

/// What the colours of trails and points tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Colouring {
    /// Which track it is.
    #[default]
    Track,
    /// How far the point has moved since the frame before.
    Speed,
    /// How sure the position is.
    Confidence,
}

impl Colouring {
    /// Every way, in the order in which a menu lists them.
    pub const ALL: [Self; 3] = [Self::Track, Self::Speed, Self::Confidence];

    /// What a menu calls it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Track => "Track",
            Self::Speed => "Speed",
            Self::Confidence => "Confidence",
        }
    }

    /// The colour of a sample: `own` is its track's, `before` where the point was on the frame before, `fastest_px` the
    /// speed with the strongest colour. Where nothing is known of the frame before, the point stands still.
    pub(super) fn colour(self, own: Colour, before: Option<SourcePoint>, sample: &Sample, fastest_px: f32) -> Colour {
        match self {
            Self::Track => own,
            Self::Speed => {
                let speed = before.map_or(0.0, |before| before.distance(sample.point));
                ordered_colour(speed / fastest_px.max(f32::MIN_POSITIVE))
            }
            Self::Confidence => ordered_colour(sample.certainty()),
        }
    }
}

/// Viridis without its darkest quarter, which would sink into dark pictures.
const ORDERED: [Colour; 7] = [
    Colour::hex(0x3B_52_8B),
    Colour::hex(0x2C_72_8E),
    Colour::hex(0x21_91_8C),
    Colour::hex(0x28_AE_80),
    Colour::hex(0x5E_C9_62),
    Colour::hex(0xAD_DC_30),
    Colour::hex(0xFD_E7_25),
];

/// The colour of a value from 0 to 1 on a scale that gets steadily lighter, so that every kind of colour vision can
/// read it. Values outside count as the nearest end.
#[must_use]
pub fn ordered_colour(share: f32) -> Colour {
    let last = ORDERED.len() - 1;
    let place = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) * last as f32 };
    let lower = (place as usize).min(last - 1);
    ORDERED[lower].mixed(ORDERED[lower + 1], place - lower as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(colour: Colour) -> f32 {
        0.2126 * f32::from(colour.r) + 0.7152 * f32::from(colour.g) + 0.0722 * f32::from(colour.b)
    }

    #[test]
    fn the_scale_gets_steadily_lighter_from_end_to_end() {
        assert_eq!((ordered_colour(0.0), ordered_colour(1.0)), (ORDERED[0], ORDERED[6]));
        assert_eq!((ordered_colour(-3.0), ordered_colour(f32::INFINITY)), (ORDERED[0], ORDERED[6]));
        assert_eq!(ordered_colour(f32::NAN), ORDERED[0]);
        let steps: Vec<f32> = (0u8..=20).map(|i| luminance(ordered_colour(f32::from(i) / 20.0))).collect();
        assert!(steps.windows(2).all(|pair| pair[0] + 1.0 < pair[1]), "{steps:?}");
    }
}
