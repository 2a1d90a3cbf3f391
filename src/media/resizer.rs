//! Pictures in another size.

use super::is_absurd_size;
use super::scaler::{Layout, Scaler};
use crate::geometry::Size;
use ffmpeg_the_third::ffi;
use ffmpeg_the_third::format::Pixel;
use ffmpeg_the_third::frame::Video;
use ffmpeg_the_third::software::scaling::Flags;
use std::ffi::c_int;

/// Scales RGB pictures from one size to another; every source pixel counts, the picture's corners stay its corners.
pub struct Resizer {
    from: Size,
    to: Size,
    input: Video,
    scaler: Scaler,
}

impl Resizer {
    /// A resizer between two sizes. The error is a clause.
    ///
    /// # Errors
    /// For sizes that no picture may have, and where memory is short.
    pub fn new(from: Size, to: Size) -> Result<Self, String> {
        for size in [from, to] {
            if size.area() == 0 || is_absurd_size(size.width, size.height) {
                return Err(format!("a picture cannot have {size} pixels"));
            }
        }
        // Area means what lies under a pixel; bicubic is sharper when there is less under it than one pixel.
        let kind = if to.width < from.width { Flags::AREA } else { Flags::BICUBIC };
        let scaler = Scaler::new(rgb_layout(from), rgb_layout(to), &(kind | Flags::ACCURATE_RND));
        let input = Video::new(Pixel::RGB24, from.width, from.height);
        match scaler {
            Some(scaler) if input.planes() > 0 => Ok(Self { from, to, input, scaler }),
            _ => Err("there is not enough memory for the pictures".to_owned()),
        }
    }

    /// Scales one picture of packed RGB rows into another, whose old content goes; the error is a clause.
    ///
    /// # Errors
    /// Where memory is short.
    ///
    /// # Panics
    /// If `rgb` is not a picture of the size to scale from.
    pub fn resize(&mut self, rgb: &[u8], into: &mut Vec<u8>) -> Result<(), String> {
        assert_eq!(rgb.len(), 3 * self.from.area(), "a {} RGB picture", self.from);
        let stride = self.input.stride(0);
        let row_bytes = 3 * self.from.width as usize;
        for (row, from) in self.input.data_mut(0).chunks_mut(stride).zip(rgb.chunks_exact(row_bytes)) {
            row[..row_bytes].copy_from_slice(from);
        }
        let output = self.scaler.run(&self.input).ok_or("there is not enough memory for the pictures")?;
        let row_bytes = 3 * self.to.width as usize;
        into.clear();
        let rows = output.data(0).chunks(output.stride(0)).take(self.to.height as usize);
        rows.for_each(|row| into.extend_from_slice(&row[..row_bytes]));
        Ok(())
    }
}

fn rgb_layout(size: Size) -> Layout {
    Layout {
        width: size.width as c_int,
        height: size.height as c_int,
        format: ffi::AVPixelFormat::RGB24.0,
        colour_space: ffi::AVColorSpace::UNSPECIFIED.0 as c_int, // RGB has no matrix
        is_full_range: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The middle of what is bright.
    fn centroid(rgb: &[u8], size: Size) -> (f32, f32) {
        let (mut sum, mut x_sum, mut y_sum) = (0.0, 0.0, 0.0);
        for (i, pixel) in rgb.chunks(3).enumerate() {
            let value = f32::from(pixel[1]);
            sum += value;
            x_sum += value * (i % size.width as usize) as f32;
            y_sum += value * (i / size.width as usize) as f32;
        }
        (x_sum / sum, y_sum / sum)
    }

    #[test]
    fn places_scale_about_the_corner_of_the_picture() {
        let from = Size::new(200, 120);
        let mut rgb = vec![0; 3 * from.area()];
        for (x, y) in (60..68).flat_map(|x| (32..40).map(move |y| (x, y))) {
            rgb[3 * (y * 200 + x)..][..3].fill(255);
        }
        for to in [Size::new(100, 60), Size::new(50, 30), Size::new(66, 40), Size::new(400, 240)] {
            let mut scaled = vec![7];
            Resizer::new(from, to).unwrap().resize(&rgb, &mut scaled).unwrap();
            assert_eq!(scaled.len(), 3 * to.area());
            let (scale_x, scale_y) = (to.width as f32 / 200.0, to.height as f32 / 120.0);
            let (x, y) = centroid(&scaled, to);
            let (wanted_x, wanted_y) = (64.0 * scale_x - 0.5, 36.0 * scale_y - 0.5);
            assert!((x - wanted_x).abs() < 0.1 && (y - wanted_y).abs() < 0.1, "{to}: ({x}, {y})");
        }
        assert!(Resizer::new(from, Size::new(0, 4)).is_err() && Resizer::new(from, Size::new(40_000, 4)).is_err());
    }
}
