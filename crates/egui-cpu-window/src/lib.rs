//! A window for [egui] that the CPU paints.
#![doc = include_str!("../README.md")]

mod callback;
mod canvas;
mod painter;
mod picture;
mod screen;
#[cfg(test)]
mod tests;
mod texture;
mod tiles;
mod triangle;
mod window;

pub use callback::{PaintPixels, Part, shape};
pub use canvas::Area;
pub use painter::{CpuPainter, GROUND};
pub use picture::Picture;
pub use window::{App, Error, MAX_TEXTURE_SIDE, run};
