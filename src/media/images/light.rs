//! Stated ways from what a picture codes to what a screen shows, 8 bits for each colour.

/// What a picture's numbers mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Light {
    /// What a screen shows, as most pictures have it.
    Display,
    /// In proportion to the light of the scene, 1 a white sheet.
    Linear,
    /// Densities of a film print, as Cineon and DPX hold scanned film.
    Density,
}

/// Where Cineon has black and white, of 1023, and the density of a step over the film's gamma.
const CINEON: (f64, f64, f64) = (95.0, 685.0, 0.002 / 0.6);

impl Light {
    /// What is said of pictures that are shown otherwise than they are coded.
    pub(super) fn note(self) -> Option<&'static str> {
        match self {
            Self::Display => None,
            Self::Linear => Some(
                "scene-linear pictures: shown and tracked through the sRGB curve at exposure 0, clipped at 0 and 1",
            ),
            Self::Density => Some(
                "pictures of printing density (log): shown and tracked as Cineon has it (black 95, white 685 of 1023), \
                 then through the sRGB curve",
            ),
        }
    }

    /// The 8 bits for each of the 65,536 values from 0 to 1.
    pub(super) fn table(self) -> Vec<u8> {
        let shown = |value: f64| match self {
            Self::Display => value,
            Self::Linear => srgb(value),
            Self::Density => {
                let (black, white, step) = CINEON;
                let light = |code: f64| 10f64.powf((code - white) * step);
                srgb((light(1023.0 * value) - light(black)) / (1.0 - light(black)))
            }
        };
        (0..=u16::MAX).map(|value| (255.0 * shown(f64::from(value) / 65_535.0)).round() as u8).collect()
    }
}

/// The curve of IEC 61966-2-1, clipped.
fn srgb(light: f64) -> f64 {
    let light = light.clamp(0.0, 1.0);
    if light <= 0.003_130_8 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

/// A value from 0 to 1 as a place in the table; what is no number counts as 0.
pub(super) fn place(value: f32) -> usize {
    (value.clamp(0.0, 1.0) * 65_535.0 + 0.5) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_come_out() {
        let shown = |light: Light, value: f32| light.table()[place(value)];
        assert_eq!([0.0, 0.18, 0.5, 1.0, 7.0, -1.0].map(|v| shown(Light::Linear, v)), [0, 118, 188, 255, 255, 0]);
        assert_eq!(shown(Light::Linear, f32::NAN), 0);
        // Cineon: black, an 18 % grey card (which it puts at 470), white, and the light above it.
        let codes = [0.0, 95.0, 470.0, 685.0, 1023.0].map(|code| shown(Light::Density, code / 1023.0));
        assert_eq!((codes[0], codes[1], codes[3], codes[4]), (0, 0, 255, 255));
        assert!((115..=121).contains(&codes[2]), "{codes:?}");
        assert_eq!([0.0, 0.5, 1.0].map(|v| shown(Light::Display, v)), [0, 128, 255]);
    }
}
