//! One image file: its head, and its picture as upright RGB of 8 bits.
//!
//! | ending               | decoded by                                                            |
//! |----------------------|-----------------------------------------------------------------------|
//! | png, jpg, webp, tiff | the crate `image`: FFmpeg 5 gets TIFF in tiles and of 16-bit floats wrong |
//! | exr, dpx             | FFmpeg, after a look at the head ([`super::exr`], [`super::dpx`])     |

use super::light::{Light, place};
use super::{dpx, exr};
use crate::geometry::Size;
use crate::media::scaler::{Layout, RGB48, Scaler};
use crate::media::{MAX_AREA_PX, MAX_SIDE_PX, silence_libav};
use ffmpeg_the_third::codec::{self, threading};
use ffmpeg_the_third::frame::Video;
use ffmpeg_the_third::software::scaling::Flags;
use ffmpeg_the_third::{Dictionary, Packet, decoder, ffi};
use image::metadata::Orientation;
use image::{ColorType, DynamicImage, ImageDecoder, ImageError, ImageReader, Limits};
use std::io::ErrorKind;
use std::path::Path;

/// Larger files are no picture of [`MAX_AREA_PX`].
const MAX_FILE_BYTES: u64 = 1 << 31;
/// As for videos: tracking needs the other cores.
const NUM_THREADS: usize = 2;

/// What a file says before its pixels.
#[derive(Clone, Debug)]
pub(super) struct Head {
    /// Of the upright picture.
    pub(super) size: Size,
    pub(super) pixel_aspect: f64,
    pub(super) frame_rate: Option<f64>,
    /// The names of the layers with colours, the main one first; none where there are no such things.
    pub(super) layers: Vec<String>,
    pub(super) light: Light,
    /// What the user should know, a sentence each.
    pub(super) notes: Vec<String>,
}

impl Default for Head {
    fn default() -> Self {
        Self {
            size: Size::new(0, 0),
            pixel_aspect: 1.0,
            frame_rate: None,
            layers: Vec::new(),
            light: Light::Display,
            notes: Vec::new(),
        }
    }
}

/// Reads a file's head; else says in one clause what is wrong with it.
pub(super) fn head(file: &Path) -> Result<Head, String> {
    match Kind::of(file) {
        Kind::Exr => exr::head(file),
        Kind::Dpx => dpx::head(file),
        Kind::Common => common_head(file).map_err(|error| problem(&error)),
    }
}

/// The picture of a file as RGB rows, with its size; else what is wrong, in one clause. Of several layers, `layer` is
/// read; `table` is that of [`Light::table`].
pub(super) fn read(file: &Path, layer: &str, table: &[u8]) -> Result<(Size, Vec<u8>), String> {
    let (id, options) = match Kind::of(file) {
        Kind::Common => return decode(file, table).map_err(|error| problem(&error)),
        Kind::Exr => {
            exr::head(file)?; // a file that was cut off decodes to black rows
            (codec::Id::EXR, [("layer", layer)].into_iter().collect())
        }
        Kind::Dpx => (codec::Id::DPX, Dictionary::new()),
    };
    let picture = decode_by_libav(file, id, options)?;
    let size = Size::new(picture.width(), picture.height());
    let rgb = float_rgb(&picture, table).or_else(|| integer_rgb(&picture, table));
    Ok((size, rgb.ok_or("this kind of picture cannot be turned into RGB")?))
}

enum Kind {
    Common,
    Exr,
    Dpx,
}

impl Kind {
    fn of(file: &Path) -> Self {
        let is = |ending: &str| file.extension().is_some_and(|own| own.eq_ignore_ascii_case(ending));
        match () {
            () if is("exr") => Self::Exr,
            () if is("dpx") => Self::Dpx,
            () => Self::Common,
        }
    }
}

/// What is wrong with an image, in one clause.
fn problem(error: &ImageError) -> String {
    tracing::debug!(%error, "an image cannot be read");
    match error {
        ImageError::Decoding(_) => "it is damaged".to_owned(),
        ImageError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => "it ends early".to_owned(),
        other => other.to_string(),
    }
}

fn open_decoder(file: &Path) -> Result<impl ImageDecoder, ImageError> {
    let mut reader = ImageReader::open(file)?.with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE_PX);
    limits.max_image_height = Some(MAX_SIDE_PX);
    limits.max_alloc = Some(16 * MAX_AREA_PX); // four 32-bit channels
    reader.limits(limits);
    reader.into_decoder()
}

fn common_head(file: &Path) -> Result<Head, ImageError> {
    let mut decoder = open_decoder(file)?;
    let (width, height) = decoder.dimensions();
    let is_on_its_side = matches!(
        decoder.orientation()?,
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH
    );
    let size = if is_on_its_side { Size::new(height, width) } else { Size::new(width, height) };
    let is_float = matches!(decoder.color_type(), ColorType::Rgb32F | ColorType::Rgba32F);
    Ok(Head { size, light: if is_float { Light::Linear } else { Light::Display }, ..Head::default() })
}

/// Alpha is dropped, 16 bits are rounded to 8; floating point goes through the table.
fn decode(file: &Path, table: &[u8]) -> Result<(Size, Vec<u8>), ImageError> {
    let mut decoder = open_decoder(file)?;
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    let size = Size::new(picture.width(), picture.height());
    let is_float = matches!(picture, DynamicImage::ImageRgb32F(_) | DynamicImage::ImageRgba32F(_));
    let rgb = if is_float {
        picture.into_rgb32f().iter().map(|value| table[place(*value)]).collect()
    } else {
        picture.into_rgb8().into_raw()
    };
    Ok((size, rgb))
}

/// Hands a whole file to one of libav's decoders: no demuxer is needed, which might open other files.
#[expect(unsafe_code, reason = "there is no safe call for the limit on pixels")]
fn decode_by_libav(file: &Path, id: codec::Id, options: Dictionary) -> Result<Video, String> {
    silence_libav();
    let bytes = std::fs::metadata(file).map_err(|error| error.to_string())?.len();
    if bytes > MAX_FILE_BYTES {
        return Err("the file is too large for a picture".to_owned());
    }
    let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
    let codec = decoder::find(id).ok_or_else(|| format!("FFmpeg has no decoder for {} here", id.name()))?;
    let mut context = codec::Context::new_with_codec(codec);
    let (kind, count) = (threading::Type::Slice, NUM_THREADS);
    context.set_threading(threading::Config { kind, count, ..threading::Config::default() });
    // SAFETY: the context is ours and not open yet; a plain number is set.
    unsafe { (*context.as_mut_ptr()).max_pixels = MAX_AREA_PX as i64 };
    let open = context.decoder().open_as_with(codec, options).and_then(decoder::Opened::video);
    let mut decoder = open.map_err(|error| format!("FFmpeg's decoder does not start ({error})"))?;
    let mut picture = Video::empty();
    let decoded = decoder.send_packet(&Packet::copy(&bytes)).and_then(|()| {
        decoder.send_eof()?;
        decoder.receive_frame(&mut picture)
    });
    decoded.map_err(|error| format!("FFmpeg does not decode it ({error})"))?;
    Ok(picture)
}

/// A picture of floating point, plane by plane; `None` for any other.
fn float_rgb(picture: &Video, table: &[u8]) -> Option<Vec<u8>> {
    use ffi::AVPixelFormat as Format;
    let big = cfg!(target_endian = "big");
    let format = Format(Layout::of(picture).format);
    let planes = match format {
        Format::GBRPF32LE | Format::GBRAPF32LE if !big => [2, 0, 1],
        Format::GBRPF32BE | Format::GBRAPF32BE if big => [2, 0, 1],
        Format::GRAYF32LE if !big => [0; 3],
        Format::GRAYF32BE if big => [0; 3],
        _ => return None,
    };
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let mut rgb = vec![0; 3 * width * height];
    for (channel, plane) in planes.into_iter().enumerate() {
        let rows = picture.data(plane).chunks(picture.stride(plane));
        for (row, to) in rows.zip(rgb.chunks_exact_mut(3 * width)) {
            let values = row.as_chunks().0.iter().map(|bytes| f32::from_ne_bytes(*bytes));
            to[channel..].iter_mut().step_by(3).zip(values).for_each(|(to, value)| *to = table[place(value)]);
        }
    }
    Some(rgb)
}

/// A picture of whole numbers; `None` if swscale does not know its kind.
fn integer_rgb(picture: &Video, table: &[u8]) -> Option<Vec<u8>> {
    let from = Layout::of(picture);
    let to = Layout { format: RGB48, is_full_range: None, ..from };
    let mut scaler = Scaler::new(from, to, &Flags::BICUBIC)?;
    let rgb = scaler.run(picture)?;
    let width = picture.width() as usize;
    let rows = rgb.data(0).chunks(rgb.stride(0)).take(picture.height() as usize);
    let values = rows.flat_map(|row| row[..6 * width].as_chunks().0);
    Some(values.map(|bytes| table[usize::from(u16::from_ne_bytes(*bytes))]).collect())
}
