//! A picture as it is handed to whatever paints the window.

use egui::{Color32, ColorImage, Context, Id, Rect, Shape};
use std::sync::Arc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PictureSlot {
    Clip,
    Camera,
}

/// What the picture under the overlay looks like.
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

pub(crate) struct ShownPicture {
    pub(crate) slot: PictureSlot,
    pub(crate) image: Arc<ColorImage>,
    /// Filled by it, in points.
    pub(crate) canvas: Rect,
    /// Where it lies, in points; may go beyond the canvas, which is dark where it does not reach.
    pub(crate) rect: Rect,
    pub(crate) is_mirrored: bool,
    /// Pixels as squares, in place of smoothly.
    pub(crate) is_nearest: bool,
    /// What its colours are multiplied with.
    pub(crate) tint: Color32,
}

pub(crate) trait PicturePainter: Sync {
    fn shape(&self, shown: ShownPicture) -> Shape;

    /// Said of the window among the details of a stream, where there is something to say.
    fn note(&self) -> Option<&'static str> {
        None
    }
}

/// The painter of this window.
pub(crate) fn of(ctx: &Context) -> &'static dyn PicturePainter {
    ctx.data(|data| data.get_temp(Id::NULL)).expect("the app has been started in it")
}

pub(crate) fn install(painter: &'static dyn PicturePainter, ctx: &Context) {
    ctx.data_mut(|data| data.insert_temp(Id::NULL, painter));
}
