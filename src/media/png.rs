//! Single pictures as PNG files.

use super::clip_writer::explain;
use super::source::MediaError;
use crate::geometry::Size;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder, ImageError};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// The pixels of a picture, row by row.
#[derive(Clone, Copy, Debug)]
pub enum PngPixels<'a> {
    /// Red, green, blue.
    Rgb(&'a [u8]),
    /// Red, green, blue and opacity, not multiplied by each other.
    Rgba(&'a [u8]),
}

/// Writes a picture; a file that stands there is replaced.
///
/// # Errors
/// [`MediaError::Unwritable`] with the cause, such as a full disk; what is written so far stays.
pub fn write_png(path: &Path, size: Size, pixels: PngPixels) -> Result<(), MediaError> {
    let (bytes, kind) = match pixels {
        PngPixels::Rgb(bytes) => (bytes, ExtendedColorType::Rgb8),
        PngPixels::Rgba(bytes) => (bytes, ExtendedColorType::Rgba8),
    };
    let write = || -> Result<(), ImageError> {
        let mut file = BufWriter::new(File::create(path)?);
        // Drawn pictures over a flat or clear ground are small in any case; the time counts.
        let encoder = PngEncoder::new_with_quality(&mut file, CompressionType::Fast, FilterType::Adaptive);
        encoder.write_image(bytes, size.width, size.height, kind)?;
        Ok(file.flush()?)
    };
    write().map_err(|error| {
        let problem = match error {
            ImageError::IoError(cause) => explain(&cause, path.parent().unwrap_or(path)),
            other => format!("the picture cannot be written ({other})"),
        };
        MediaError::Unwritable { problem, path: path.to_owned() }
    })
}
