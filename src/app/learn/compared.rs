//! What points look like before and after, side by side.

use crate::session::{Repaint, aside};
use crate::sync::LatestSlot;
use egui::{ColorImage, Context, Image, RichText, TextureHandle, TextureOptions, Ui};
use std::fmt;
use std::path::{Path, PathBuf};

/// The longer side of what is shown, in pixels: a picture of half the dialog, on a screen with two pixels a point.
const MOST_PX: u32 = 720;
/// How high a picture is shown at most.
const MOST_HIGH: f32 = 240.0;
const NAMES: [&str; 2] = ["before", "after"];

/// The two pictures that `cotrail learn --compare` writes.
pub(super) struct Compared {
    /// What is being read.
    reading: Option<LatestSlot<Result<Option<Vec<ColorImage>>, String>>>,
    /// Both, or none.
    shown: Vec<TextureHandle>,
}

impl fmt::Debug for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compared").field("shown", &self.shown.len()).finish_non_exhaustive()
    }
}

impl Compared {
    /// Begins to read them.
    pub(super) fn read(folder: PathBuf, repaint: Repaint) -> Self {
        let reading = aside("pictures of before and after", repaint, move || pictures(&folder));
        Self { reading: Some(reading), shown: Vec::new() }
    }

    /// Takes what was read.
    pub(super) fn update(&mut self, ctx: &Context) {
        let Some(read) = self.reading.as_ref().and_then(LatestSlot::take) else { return };
        self.reading = None;
        let images = read.ok().flatten().unwrap_or_default().into_iter().zip(NAMES);
        self.shown = images.map(|(image, name)| ctx.load_texture(name, image, TextureOptions::LINEAR)).collect();
    }

    /// The pictures beside each other, as wide as there is room. Their height follows from that alone: what asked how
    /// high the dialog is would make it grow frame by frame.
    pub(super) fn ui(&self, ui: &mut Ui) {
        if self.shown.is_empty() {
            return;
        }
        ui.columns(2, |columns| {
            for ((ui, texture), name) in columns.iter_mut().zip(&self.shown).zip(NAMES) {
                ui.label(RichText::new(name).small().weak());
                let size = texture.size_vec2();
                let scale = (ui.available_width() / size.x).min(MOST_HIGH / size.y);
                ui.add(Image::new((texture.id(), scale * size)).alt_text(format!("The points {name}")));
            }
        });
        let what = "The points that were put farthest apart, where they are seen, on a frame that was held back.";
        ui.label(RichText::new(what).small().weak());
    }
}

/// Both pictures, `None` where one cannot be read.
fn pictures(folder: &Path) -> Option<Vec<ColorImage>> {
    let read = |name: &str| {
        let picture = image::open(folder.join(name).with_extension("png")).ok()?;
        let picture = picture.thumbnail(MOST_PX, MOST_PX).into_rgb8();
        let size = [picture.width(), picture.height()].map(|side| side as usize);
        Some(ColorImage::from_rgb(size, &picture))
    };
    NAMES.into_iter().map(read).collect()
}
