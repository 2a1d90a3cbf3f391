//! Egui's textures, as the CPU reads them.

use crate::canvas::{Packed, packed};
use egui::epaint::ImageDelta;
use egui::{ImageData, TextureFilter, TextureId, TexturesDelta};
use std::collections::HashMap;

/// A picture that egui draws from.
pub(super) struct Texture {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) pixels: Vec<Packed>,
    /// Pixels as squares, in place of smoothly.
    pub(super) is_nearest: bool,
    /// Another one with each change.
    pub(super) version: u64,
}

impl Texture {
    /// The texel nearest to a place; places beyond the edge are at the edge.
    #[inline]
    pub(super) fn texel(&self, x: i32, y: i32) -> Packed {
        let x = x.clamp(0, self.width as i32 - 1) as usize;
        let y = y.clamp(0, self.height as i32 - 1) as usize;
        self.pixels[y * self.width + x]
    }

    fn set(&mut self, delta: &ImageDelta) {
        let ImageData::Color(image) = &delta.image;
        let [width, height] = image.size;
        let Some([left, top]) = delta.pos else {
            (self.width, self.height) = (width, height);
            self.pixels = image.pixels.iter().map(|pixel| packed(*pixel)).collect();
            return;
        };
        if left + width > self.width || top + height > self.height {
            return;
        }
        for (row, pixels) in image.pixels.chunks_exact(width.max(1)).enumerate() {
            let start = (top + row) * self.width + left;
            for (texel, pixel) in self.pixels[start..start + width].iter_mut().zip(pixels) {
                *texel = packed(*pixel);
            }
        }
    }
}

/// All of egui's textures.
#[derive(Default)]
pub(super) struct Textures {
    all: HashMap<TextureId, Texture>,
    versions: u64,
}

impl Textures {
    /// Takes in what is new. Egui wants this done before it is painted.
    pub(super) fn set(&mut self, delta: &TexturesDelta) {
        for (id, changes) in &delta.set {
            self.versions += 1;
            let texture = self.all.entry(*id).or_insert_with(|| Texture {
                width: 0,
                height: 0,
                pixels: Vec::new(),
                is_nearest: false,
                version: 0,
            });
            texture.version = self.versions;
            for change in changes {
                texture.is_nearest = change.options.magnification == TextureFilter::Nearest;
                texture.set(change);
            }
        }
    }

    /// Lets go of what is not needed any more. Egui wants this done after it was painted.
    pub(super) fn free(&mut self, delta: &TexturesDelta) {
        for id in &delta.free {
            self.all.remove(id);
        }
    }

    /// `None` also for one without any texel.
    pub(super) fn get(&self, id: TextureId) -> Option<&Texture> {
        self.all.get(&id).filter(|texture| !texture.pixels.is_empty())
    }
}
