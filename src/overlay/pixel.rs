//! What marks are drawn onto: opaque bytes, or a ground that can be seen through.

use super::palette::Colour;

/// A pixel that colours can be laid over.
pub trait Pixel {
    /// Covers the pixel with a colour of this opacity, 0 to 1.
    fn lay(&mut self, colour: Colour, alpha: f32);
}

/// An opaque pixel: red, green, blue.
impl Pixel for [u8; 3] {
    fn lay(&mut self, Colour { r, g, b }: Colour, alpha: f32) {
        for (byte, target) in self.iter_mut().zip([r, g, b]) {
            let below = f32::from(*byte);
            *byte = (below + (f32::from(target) - below) * alpha + 0.5) as u8;
        }
    }
}

/// A pixel with opacity: red, green and blue (0 to 255) multiplied by it, and the opacity (0 to 1). Not rounded between
/// the layers, so that faint marks keep their colour.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Premultiplied {
    colour: [f32; 3],
    alpha: f32,
}

impl Premultiplied {
    /// Nothing at all.
    pub const CLEAR: Self = Self { colour: [0.0; 3], alpha: 0.0 };

    /// Red, green, blue and opacity as PNG files hold them: not multiplied, 0 to 255. What cannot be seen is black.
    #[must_use]
    pub fn straight(self) -> [u8; 4] {
        let alpha = (self.alpha * 255.0 + 0.5) as u8;
        if alpha == 0 {
            return [0; 4];
        }
        let [r, g, b] = self.colour.map(|value| (value / self.alpha + 0.5) as u8);
        [r, g, b, alpha]
    }
}

impl Pixel for Premultiplied {
    fn lay(&mut self, Colour { r, g, b }: Colour, alpha: f32) {
        for (value, target) in self.colour.iter_mut().zip([r, g, b]) {
            *value += (f32::from(target) - *value) * alpha;
        }
        // `colour` holds premultiplied values: over a clear ground, the mean with nothing is the product.
        self.alpha += (1.0 - self.alpha) * alpha;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORANGE: Colour = Colour::hex(0xE6_9F_00);

    #[test]
    fn one_layer_keeps_its_colour_and_gives_its_opacity() {
        let mut pixel = Premultiplied::CLEAR;
        assert_eq!(pixel.straight(), [0; 4]);
        pixel.lay(ORANGE, 0.5);
        assert_eq!(pixel.straight(), [0xE6, 0x9F, 0, 128]);
        pixel.lay(Colour::hex(0), 1.0);
        assert_eq!(pixel.straight(), [0, 0, 0, 255]);
    }

    #[test]
    fn laid_over_a_picture_it_looks_like_drawn_onto_it() {
        for below in [0u8, 90, 255] {
            let (mut over, mut onto) = (Premultiplied::CLEAR, [below; 3]);
            for (colour, alpha) in [(Colour::hex(0x10_10_10), 0.75), (ORANGE, 0.3), (Colour::hex(0x00_72_B2), 0.6)] {
                over.lay(colour, alpha);
                onto.lay(colour, alpha);
            }
            let [r, g, b, alpha] = over.straight().map(f32::from);
            for (straight, direct) in [r, g, b].into_iter().zip(onto) {
                let shown = f32::from(below) + (straight - f32::from(below)) * alpha / 255.0;
                assert!((shown - f32::from(direct)).abs() < 2.0, "{shown} and {direct} on {below}");
            }
        }
    }
}
