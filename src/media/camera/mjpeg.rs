//! Motion JPEG: one JPEG image for each picture, with two habits of cameras allowed for.
//!
//! Many leave out the Huffman tables, which then are the standard's own. And some break the format in every picture: a
//! damaged picture is refused at first, but where all of them are, the camera is taken as it is. A picture that ends
//! too early, but in good order, cannot be told: its lower part is gray.

use super::CameraError;
use crate::geometry::Size;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// After so many refused pictures in a row, without a good one before, damage counts as the camera's way.
const MAX_REFUSED: u32 = 30;

/// Decodes the pictures of one stream.
#[derive(Debug)]
pub(super) struct MjpegDecoder {
    size: Size,
    /// Pictures refused so far; `None` once a good one was there.
    refused: Option<u32>,
}

impl MjpegDecoder {
    pub(super) fn new(size: Size) -> Self {
        Self { size, refused: Some(0) }
    }

    /// The picture as packed RGB rows. What follows it in the buffer is ignored.
    ///
    /// # Errors
    /// [`CameraError::Damaged`] with the reason.
    pub(super) fn decode(&mut self, bytes: &[u8]) -> Result<Vec<u8>, CameraError> {
        let is_lenient = self.refused.is_some_and(|refused| refused >= MAX_REFUSED);
        let decoded = self.decode_as(bytes, !is_lenient);
        match (&decoded, &mut self.refused) {
            (Err(_), Some(refused)) => *refused = refused.saturating_add(1),
            (Ok(_), refused) if !is_lenient => *refused = None,
            _ => {}
        }
        decoded.map_err(CameraError::Damaged)
    }

    fn decode_as(&self, bytes: &[u8], is_strict: bool) -> Result<Vec<u8>, String> {
        let image = image_in(bytes)?;
        let with_tables;
        let image = if image.has_tables {
            image.bytes
        } else {
            with_tables = [&image.bytes[..2], &STANDARD_TABLES, &image.bytes[2..]].concat();
            &with_tables
        };
        let options = DecoderOptions::default()
            .set_strict_mode(is_strict)
            .set_max_width(self.size.width as usize)
            .set_max_height(self.size.height as usize)
            .jpeg_set_out_colorspace(ColorSpace::RGB);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(image), options);
        let rgb = decoder.decode().map_err(|error| error.to_string())?;
        match decoder.dimensions() {
            Some((width, height)) if (width, height) == (self.size.width as usize, self.size.height as usize) => {
                Ok(rgb)
            }
            _ => Err(format!("it is not {}", self.size)),
        }
    }
}

/// Asks the decoder for the tables of Motion JPEG: an APP0 segment that calls the image a part of an AVI file.
const STANDARD_TABLES: [u8; 18] = *b"\xff\xe0\x00\x10AVI1\0\0\0\0\0\0\0\0\0\0";

struct Image<'a> {
    bytes: &'a [u8],
    has_tables: bool,
}

/// Looks through the segments before the pixels.
fn image_in(bytes: &[u8]) -> Result<Image<'_>, String> {
    if !bytes.starts_with(&[0xff, 0xd8]) {
        return Err("it does not begin as a JPEG image does".to_owned());
    }
    let (mut at, mut has_tables) = (2, false);
    while let Some(&[mark, kind, high, low]) = bytes.get(at..).and_then(|rest| rest.first_chunk()) {
        match (mark, kind) {
            (0xff, 0xff) => at += 1, // filling
            (0xff, 0xda) => return Ok(Image { bytes, has_tables }),
            (0xff, _) => {
                has_tables |= kind == 0xc4;
                at += 2 + usize::from(u16::from_be_bytes([high, low])).max(2);
            }
            _ => break,
        }
    }
    Err("its head is damaged".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::codecs::jpeg::JpegEncoder;
    use proptest::prelude::*;

    const SIZE: Size = Size::new(48, 32);

    fn picture() -> image::RgbImage {
        image::RgbImage::from_fn(SIZE.width, SIZE.height, |x, y| image::Rgb([(x * 5) as u8, (y * 7) as u8, 90]))
    }

    fn jpeg() -> Vec<u8> {
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, 95).encode_image(&picture()).unwrap();
        bytes
    }

    /// The segments of one kind cut out.
    fn without(bytes: &[u8], kind: u8) -> Vec<u8> {
        let (mut kept, mut at) = (bytes[..2].to_vec(), 2);
        while bytes[at + 1] != 0xda {
            let end = at + 2 + usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
            if bytes[at + 1] != kind {
                kept.extend_from_slice(&bytes[at..end]);
            }
            at = end;
        }
        kept.extend_from_slice(&bytes[at..]);
        kept
    }

    fn is_near_the_picture(rgb: &[u8]) -> bool {
        rgb.len() == 3 * SIZE.area() && rgb.iter().zip(picture().iter()).all(|(a, b)| a.abs_diff(*b) < 24)
    }

    #[test]
    fn a_picture_is_decoded_whatever_follows_it() {
        let mut bytes = jpeg();
        bytes.extend_from_slice(&jpeg()[100..400]);
        bytes.extend_from_slice(&[0; 999]);
        assert!(is_near_the_picture(&MjpegDecoder::new(SIZE).decode(&bytes).unwrap()));
    }

    #[test]
    fn the_standard_tables_stand_in_for_missing_ones() {
        let bare = without(&jpeg(), 0xc4);
        assert!(bare.len() < jpeg().len() && !image_in(&bare).unwrap().has_tables);
        assert!(is_near_the_picture(&MjpegDecoder::new(SIZE).decode(&bare).unwrap()));
    }

    #[test]
    fn damage_is_refused_and_the_next_picture_decodes() {
        let mut decoder = MjpegDecoder::new(SIZE);
        let good = jpeg();
        let cut = &good[..good.len() / 2];
        let mut garbled = good.clone();
        let middle = garbled.len() * 2 / 3;
        garbled[middle..middle + 2].copy_from_slice(&[0xff, 0xc0]);
        let mut large = Vec::new();
        JpegEncoder::new(&mut large).encode_image(&image::RgbImage::new(96, 64)).unwrap();
        let mut small = Vec::new();
        JpegEncoder::new(&mut small).encode_image(&image::RgbImage::new(16, 16)).unwrap();
        for bad in [&[][..], b"\xff\xd8", b"no image at all", cut, &garbled, &large, &small, &[0xff; 500]] {
            let error = decoder.decode(bad).unwrap_err();
            assert!(matches!(error, CameraError::Damaged(_)), "{error}");
            assert!(decoder.decode(&good).is_ok());
        }
    }

    #[test]
    fn a_camera_whose_pictures_are_all_odd_is_taken_as_it_is() {
        let good = jpeg();
        let cut = &good[..good.len() - good.len() / 4];
        let mut decoder = MjpegDecoder::new(SIZE);
        for number in 0..MAX_REFUSED {
            assert!(decoder.decode(cut).is_err(), "{number}");
        }
        assert!(decoder.decode(cut).is_ok());
        let mut good_at_first = MjpegDecoder::new(SIZE);
        good_at_first.decode(&good).unwrap();
        assert!((0..2 * MAX_REFUSED).all(|_| good_at_first.decode(cut).is_err()));
    }

    proptest! {
        #[test]
        fn no_damage_makes_it_panic(
            changes in proptest::collection::vec((0usize..4096, any::<u8>()), 1..20),
            cut in 0usize..4096,
        ) {
            let mut bytes = jpeg();
            for (at, value) in changes {
                let length = bytes.len();
                bytes[at % length] = value;
            }
            bytes.truncate(bytes.len() - cut.min(bytes.len()));
            let mut decoder = MjpegDecoder::new(SIZE);
            let strict = decoder.decode(&bytes);
            prop_assert!(strict.map_or(true, |rgb| rgb.len() == 3 * SIZE.area()));
            decoder.refused = Some(MAX_REFUSED);
            prop_assert!(decoder.decode(&bytes).map_or(true, |rgb| rgb.len() == 3 * SIZE.area()));
        }
    }
}
