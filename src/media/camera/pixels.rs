//! A camera's buffers as RGB.

use super::mjpeg::MjpegDecoder;
use super::{CameraError, CameraFormat, PixelFormat};
use crate::geometry::Size;

/// Turns the buffers of one stream into pictures.
#[derive(Debug)]
pub(super) struct PictureDecoder {
    format: CameraFormat,
    mjpeg: MjpegDecoder,
}

impl PictureDecoder {
    pub(super) fn new(format: CameraFormat) -> Self {
        Self { format, mjpeg: MjpegDecoder::new(format.size) }
    }

    /// The picture in a buffer as packed RGB rows. Bytes beyond the picture are ignored: drivers hand out whole
    /// buffers.
    ///
    /// # Errors
    /// [`CameraError::Damaged`] with the reason.
    pub(super) fn decode(&mut self, bytes: &[u8]) -> Result<Vec<u8>, CameraError> {
        let size = self.format.size;
        let area = size.area();
        match self.format.pixels {
            PixelFormat::Mjpeg => self.mjpeg.decode(bytes),
            PixelFormat::Rgb => Ok(whole(bytes, 3 * area)?.to_vec()),
            PixelFormat::Bgr => {
                Ok(whole(bytes, 3 * area)?.chunks_exact(3).flat_map(|bgr| [bgr[2], bgr[1], bgr[0]]).collect())
            }
            PixelFormat::Gray => Ok(whole(bytes, area)?.iter().flat_map(|value| [*value; 3]).collect()),
            PixelFormat::Yuyv => Ok(yuyv(whole(bytes, 2 * area)?)),
            PixelFormat::Nv12 => Ok(nv12(whole(bytes, area + area / 2)?, size)),
        }
    }
}

/// The bytes of the picture.
fn whole(bytes: &[u8], wanted: usize) -> Result<&[u8], CameraError> {
    let short = || CameraError::Damaged(format!("{} bytes in place of {wanted}", bytes.len()));
    bytes.get(..wanted).ok_or_else(short)
}

fn yuyv(bytes: &[u8]) -> Vec<u8> {
    let mut rgb = vec![0; bytes.len() / 2 * 3];
    for (pair, from) in rgb.chunks_exact_mut(6).zip(bytes.chunks_exact(4)) {
        let tint = Tint::new(from[1], from[3]);
        pair[..3].copy_from_slice(&tint.at(from[0]));
        pair[3..].copy_from_slice(&tint.at(from[2]));
    }
    rgb
}

fn nv12(bytes: &[u8], size: Size) -> Vec<u8> {
    let (width, area) = (size.width as usize, size.area());
    let (luma, chroma) = bytes.split_at(area);
    let mut rgb = vec![0; 3 * area];
    for (y, (row, values)) in rgb.chunks_exact_mut(3 * width).zip(luma.chunks_exact(width)).enumerate() {
        let chroma = &chroma[y / 2 * width..];
        for ((pair, values), uv) in row.chunks_exact_mut(6).zip(values.chunks_exact(2)).zip(chroma.chunks_exact(2)) {
            let tint = Tint::new(uv[0], uv[1]);
            pair[..3].copy_from_slice(&tint.at(values[0]));
            pair[3..].copy_from_slice(&tint.at(values[1]));
        }
    }
    rgb
}

/// What U and V add to each colour, times 256. BT.601 with black at 16 and white at 235, as webcams deliver.
struct Tint {
    red: i32,
    green: i32,
    blue: i32,
}

impl Tint {
    fn new(u: u8, v: u8) -> Self {
        let (u, v) = (i32::from(u) - 128, i32::from(v) - 128);
        Self { red: 409 * v, green: -100 * u - 208 * v, blue: 516 * u }
    }

    fn at(&self, luma: u8) -> [u8; 3] {
        let base = 298 * (i32::from(luma) - 16) + 128;
        [self.red, self.green, self.blue].map(|tint| ((base + tint) >> 8).clamp(0, 255) as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::FrameRate;

    /// The textbook formula.
    fn exact([y, u, v]: [u8; 3]) -> [f64; 3] {
        let (y, u, v) = (1.164_383 * (f64::from(y) - 16.0), f64::from(u) - 128.0, f64::from(v) - 128.0);
        [y + 1.596_027 * v, y - 0.391_762 * u - 0.812_968 * v, y + 2.017_232 * u].map(|value| value.clamp(0.0, 255.0))
    }

    fn decode(pixels: PixelFormat, size: Size, bytes: &[u8]) -> Result<Vec<u8>, CameraError> {
        PictureDecoder::new(CameraFormat { size, frame_rate: FrameRate::whole(30), pixels }).decode(bytes)
    }

    #[test]
    fn every_colour_is_within_a_step_of_the_formula() {
        for y in (0..=255).step_by(5) {
            for (u, v) in (0..=255).step_by(15).flat_map(|u| (0..=255).step_by(15).map(move |v| (u, v))) {
                let wanted = exact([y, u, v]);
                for (got, wanted) in Tint::new(u, v).at(y).into_iter().zip(wanted) {
                    assert!((f64::from(got) - wanted).abs() <= 1.5, "{y} {u} {v}: {got} {wanted}");
                }
            }
        }
    }

    #[test]
    fn the_same_picture_comes_out_of_every_layout() {
        let size = Size::new(4, 2);
        let luma = [16, 60, 120, 235, 90, 200, 30, 180];
        let (uv_left, uv_right) = ([100, 160], [140, 90]);
        let nv12: Vec<u8> = luma.into_iter().chain(uv_left).chain(uv_right).collect();
        let pairs = luma.chunks(2).zip([uv_left, uv_right].into_iter().cycle());
        let yuyv: Vec<u8> = pairs.flat_map(|(y, uv)| [y[0], uv[0], y[1], uv[1]]).collect();
        let rgb = decode(PixelFormat::Yuyv, size, &yuyv).unwrap();
        assert_eq!(decode(PixelFormat::Nv12, size, &nv12).unwrap(), rgb);
        assert_eq!(rgb[..3], Tint::new(100, 160).at(16));
        assert_eq!(rgb[3 * 7..], Tint::new(140, 90).at(180));
        let bgr: Vec<u8> = rgb.chunks(3).flat_map(|p| [p[2], p[1], p[0]]).collect();
        assert_eq!(decode(PixelFormat::Bgr, size, &bgr).unwrap(), rgb);
        assert_eq!(decode(PixelFormat::Rgb, size, &rgb).unwrap(), rgb);
        assert_eq!(decode(PixelFormat::Gray, Size::new(2, 1), &[7, 9]).unwrap(), [7, 7, 7, 9, 9, 9]);
    }

    #[test]
    fn longer_buffers_are_cut_and_shorter_ones_refused() {
        let size = Size::new(16, 8);
        for (pixels, length) in [
            (PixelFormat::Yuyv, 256),
            (PixelFormat::Nv12, 192),
            (PixelFormat::Rgb, 384),
            (PixelFormat::Bgr, 384),
            (PixelFormat::Gray, 128),
        ] {
            assert_eq!(decode(pixels, size, &vec![50; length + 99]).unwrap().len(), 384, "{pixels}");
            assert_eq!(decode(pixels, size, &vec![50; length]).unwrap().len(), 384, "{pixels}");
            let error = decode(pixels, size, &vec![50; length - 1]).unwrap_err();
            assert!(matches!(error, CameraError::Damaged(_)), "{pixels}: {error}");
        }
    }
}
