//! Frames on their way to the screen: converted on the reader's thread, uploaded by the [picture
//! pass](crate::app::canvas::picture_pass).

use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size};
use crate::session::{Screen, Shown};
use crate::sync::{Generation, LatestSlot};
use egui::{Color32, ColorImage};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Makes pictures that the renderer takes, on any thread.
pub(crate) type Converter = Arc<dyn Fn(&Frame) -> Arc<ColorImage> + Send + Sync>;

/// A frame as the renderer takes it.
struct Picture {
    generation: Generation,
    index: FrameIndex,
    size: Size,
    is_exact: bool,
    image: Arc<ColorImage>,
}

/// The picture of the clip.
pub(crate) struct Pictures {
    newest: LatestSlot<Picture>,
    /// Came in before its clip did.
    early: Option<Picture>,
    on_screen: Option<Picture>,
    max_side: usize,
    is_grey: Arc<AtomicBool>,
}

impl Pictures {
    /// Nothing on the screen yet; `max_side` is the largest texture that the renderer takes.
    pub(crate) fn new(max_side: usize) -> Self {
        Self { newest: LatestSlot::new(), early: None, on_screen: None, max_side, is_grey: Arc::default() }
    }

    /// Where the session puts its frames.
    pub(crate) fn screen(&self) -> Screen {
        let (slot, max_side, is_grey) = (self.newest.clone(), self.max_side, Arc::clone(&self.is_grey));
        Arc::new(move |shown| {
            slot.put(convert(&shown, max_side, is_grey.load(Ordering::Relaxed)));
        })
    }

    /// Converts pictures as for this canvas, on any thread.
    pub(crate) fn converter(&self) -> Converter {
        let (max_side, is_grey) = (self.max_side, Arc::clone(&self.is_grey));
        Arc::new(move |frame| Arc::new(image_of(frame, max_side, is_grey.load(Ordering::Relaxed))))
    }

    /// Whether frames that come from now on lose their colours. Returns what it was before.
    pub(crate) fn set_grey(&self, is_grey: bool) -> bool {
        self.is_grey.swap(is_grey, Ordering::Relaxed)
    }

    /// Takes the newest frame of the current clip.
    pub(crate) fn update(&mut self, current: Option<Generation>) {
        if let Some(picture) = self.newest.take() {
            self.early = Some(picture);
        }
        let Some(generation) = current else { return };
        self.early.take_if(|picture| picture.generation < generation);
        if let Some(picture) = self.early.take_if(|picture| picture.generation == generation) {
            self.on_screen = Some(picture);
        }
    }

    /// Takes the picture off the screen: there is no clip any more.
    pub(crate) fn clear(&mut self) {
        (self.early, self.on_screen) = (None, None);
    }

    /// The pixels of what is on the screen, perhaps thinned out, and the source size.
    pub(crate) fn image(&self) -> Option<(&Arc<ColorImage>, Size)> {
        self.on_screen.as_ref().map(|shown| (&shown.image, shown.size))
    }

    /// The number of the frame on the screen, if it belongs to the current clip.
    pub(crate) fn shown_frame(&self, current: Option<Generation>) -> Option<FrameIndex> {
        let shown = self.on_screen.as_ref().filter(|shown| Some(shown.generation) == current);
        shown.map(|shown| shown.index)
    }

    /// Whether the frame on the screen is the wanted one, not a stand-in.
    pub(crate) fn is_exact(&self) -> bool {
        self.on_screen.as_ref().is_none_or(|shown| shown.is_exact)
    }
}

/// How bright a pixel is (Rec. 709).
fn luma(rgb: &[u8]) -> u8 {
    let [r, g, b] = [rgb[0], rgb[1], rgb[2]].map(u32::from);
    ((54 * r + 183 * g + 19 * b + 128) / 256) as u8
}

/// Runs on the reader's thread.
fn convert(shown: &Shown, max_side: usize, is_grey: bool) -> Picture {
    let image = Arc::new(image_of(&shown.frame, max_side, is_grey));
    let (index, size) = (shown.frame.index, shown.frame.size());
    Picture { generation: shown.generation, index, size, is_exact: shown.exact, image }
}

fn image_of(frame: &Frame, max_side: usize, is_grey: bool) -> ColorImage {
    let size = frame.size();
    let (width, height) = (size.width as usize, size.height as usize);
    // Larger than the renderer takes: every n-th pixel is better than nothing.
    let step = width.max(height).div_ceil(max_side.max(1)).max(1);
    let colour =
        |rgb: &[u8]| if is_grey { Color32::from_gray(luma(rgb)) } else { Color32::from_rgb(rgb[0], rgb[1], rgb[2]) };
    let pixels = if step == 1 {
        frame.rgb().chunks_exact(3).map(colour).collect()
    } else {
        let rows = frame.rgb().chunks_exact(3 * width).step_by(step);
        rows.flat_map(|row| row.chunks_exact(3).step_by(step).map(colour)).collect()
    };
    ColorImage::new([width.div_ceil(step), height.div_ceil(step)], pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(generation: u64, width: u32, height: u32) -> Shown {
        let size = Size::new(width, height);
        let rgb = (0..size.area()).flat_map(|i| [i as u8, 0, 0]).collect();
        Shown { generation: Generation(generation), frame: Frame::new(FrameIndex(3), 0.0, size, rgb), exact: true }
    }

    #[test]
    fn a_picture_larger_than_any_texture_is_thinned_out() {
        let picture = convert(&shown(1, 5, 3), 3, false);
        assert_eq!((picture.image.size, picture.size), ([3, 2], Size::new(5, 3)));
        assert_eq!(picture.image.pixels[3], Color32::from_rgb(10, 0, 0));
        assert_eq!(convert(&shown(1, 5, 3), 5, false).image.size, [5, 3]);
    }

    #[test]
    fn a_grey_picture_keeps_how_bright_it_is() {
        assert_eq!((luma(&[0, 0, 0]), luma(&[77, 77, 77]), luma(&[255, 255, 255])), (0, 77, 255));
        assert!(luma(&[0, 255, 0]) > luma(&[255, 0, 0]) && luma(&[255, 0, 0]) > luma(&[0, 0, 255]));
        let picture = convert(&shown(1, 255, 1), 255, true);
        assert!(picture.image.pixels.iter().all(|pixel| pixel.r() == pixel.g() && pixel.g() == pixel.b()));
        assert_eq!(picture.image.pixels[200], Color32::from_gray(luma(&[200, 0, 0])));
    }

    #[test]
    fn a_frame_that_overtakes_its_clip_waits_and_an_old_one_is_dropped() {
        let mut pictures = Pictures::new(100);
        let screen = pictures.screen();
        screen(shown(2, 2, 2));
        pictures.update(Some(Generation(1)));
        assert!(pictures.image().is_none());
        pictures.update(Some(Generation(2)));
        assert_eq!(pictures.shown_frame(Some(Generation(2))), Some(FrameIndex(3)));
        screen(shown(1, 4, 4));
        pictures.update(Some(Generation(2)));
        assert_eq!(pictures.image().map(|(_, size)| size), Some(Size::new(2, 2)));
    }
}
