//! The picture under the overlay.

use egui::Color32;

/// What it looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Backdrop {
    /// How much darker, 0 to 1.
    pub(crate) dim: f32,
    /// Without colours.
    pub(crate) is_grey: bool,
}

impl Backdrop {
    /// What its colours are multiplied by.
    pub(crate) fn tint(self) -> Color32 {
        Color32::from_gray((255.0 * (1.0 - self.dim)).round().clamp(0.0, 255.0) as u8)
    }
}
