//! Pictures to packets, with the best encoder there is.

use super::codecs::{CANDIDATES, Candidate, ClipCodec, ClipEncoding, Pace};
use super::output::Output;
use crate::geometry::Size;
use crate::media::scaler::{Layout, Scaler};
use crate::media::source::MediaError;
use ffmpeg_the_third::codec::threading;
use ffmpeg_the_third::frame::Video;
use ffmpeg_the_third::software::scaling::Flags;
use ffmpeg_the_third::{Dictionary, Packet, Rational, codec, encoder, ffi, format};
use quantette::deps::palette::Srgb;
use quantette::deps::palette::cast::from_component_slice;
use quantette::{ImageRef, Pipeline};
use std::collections::HashMap;
use std::ffi::c_int;

/// A key picture this often keeps scrubbing quick.
const MAX_KEY_DISTANCE: u32 = 60;
/// From this height on, players take untagged video for BT.709; the clip is tagged with what it is in any case.
const MIN_HD_HEIGHT: u32 = 720;

/// Encodes pictures.
pub(super) struct VideoEncoder {
    encoder: encoder::video::Encoder,
    candidate: &'static Candidate,
    /// `None` where pictures get a palette of their own.
    scaler: Option<Scaler>,
    size: Size,
    padded: Size,
    /// How long a picture stays if no other one follows.
    last_duration: i64,
    /// The newest picture: it is encoded when the next one tells how long it stays.
    waiting: Option<(i64, Video)>,
    /// Durations by timestamp: encoders lose them.
    durations: HashMap<i64, i64>,
}

impl VideoEncoder {
    /// The picture stream's number in the file.
    pub(super) const STREAM: usize = 0;

    /// Starts the first encoder that works. Errors are clauses without a path.
    pub(super) fn open(
        candidates: &'static [Candidate],
        encoding: ClipEncoding,
        size: Size,
        frame_rate: f64,
        pace: Pace,
    ) -> Result<Self, String> {
        if size.area() == 0 || crate::media::is_absurd_size(size.width, size.height) {
            return Err(format!("a clip of {size} pixels cannot be written"));
        }
        if !(frame_rate.is_finite() && frame_rate > 0.0) {
            return Err(format!("{frame_rate} frames per second is not a frame rate"));
        }
        let padded = Size::new(size.width.next_multiple_of(2), size.height.next_multiple_of(2));
        let (candidate, encoder) = candidates
            .iter()
            .filter(|candidate| candidate.suits(encoding.codec))
            .find_map(|candidate| Some((candidate, start(candidate, encoding, padded, frame_rate, pace)?)))
            .ok_or_else(|| match encoding.codec {
                None => "there is neither an H.264 nor an MPEG-4 encoder here".to_owned(),
                Some(codec) => format!("there is no encoder for {} here", codec.name()),
            })?;
        let scaler = match candidate.codec {
            ClipCodec::Gif => None,
            codec => Some(yuv_scaler(padded, codec).ok_or("there is not enough memory for the pictures")?),
        };
        let last_duration = ((f64::from(candidate.units_per_sec) / frame_rate).round() as i64).max(1);
        Ok(Self { encoder, candidate, scaler, size, padded, last_duration, waiting: None, durations: HashMap::new() })
    }

    pub(super) fn codec(&self) -> ClipCodec {
        self.candidate.codec
    }

    /// What the timestamps of the packets count in.
    pub(super) fn time_base(&self) -> Rational {
        Rational::new(1, self.candidate.units_per_sec)
    }

    /// Adds the picture stream to the file.
    pub(super) fn add_to(&self, output: &mut Output) -> Result<(), MediaError> {
        let outcome = output.context().add_stream(encoder::find_by_name(self.candidate.name)).map(|mut stream| {
            stream.set_time_base(self.time_base());
            stream.copy_parameters_from_context(&self.encoder);
        });
        outcome.map_err(|cause| output.error(format!("the clip cannot be written ({cause})")))
    }

    /// Takes a picture that is shown at `secs`; gives the packets that are ready.
    pub(super) fn encode(&mut self, rgb: &[u8], secs: f64) -> Result<Vec<Packet>, String> {
        assert_eq!(rgb.len(), 3 * self.size.area(), "a {} RGB picture", self.size);
        let wanted = (secs * f64::from(self.candidate.units_per_sec)).round() as i64;
        let mut packets = Vec::new();
        let at = match self.waiting.take() {
            None => wanted.max(0),
            Some((before, picture)) => {
                let at = wanted.max(before.saturating_add(1));
                self.send(&picture, before, at - before)?;
                packets = self.receive()?;
                at
            }
        };
        self.waiting = Some((at, self.picture(rgb)?));
        Ok(packets)
    }

    /// The last packets.
    pub(super) fn finish(&mut self) -> Result<Vec<Packet>, String> {
        if let Some((at, picture)) = self.waiting.take() {
            self.send(&picture, at, self.last_duration)?;
        }
        self.encoder.send_eof().map_err(failed)?;
        self.receive()
    }

    /// The picture as YUV, its last column and row repeated where the size is odd.
    fn picture(&self, rgb: &[u8]) -> Result<Video, String> {
        let mut padded = Video::new(format::Pixel::RGB24, self.padded.width, self.padded.height);
        if padded.planes() == 0 {
            return Err("there is not enough memory for the pictures".to_owned());
        }
        let stride = padded.stride(0);
        let row_bytes = 3 * self.size.width as usize;
        let rows = padded.data_mut(0).chunks_mut(stride);
        for (y, row) in rows.take(self.padded.height as usize).enumerate() {
            let from = y.min(self.size.height as usize - 1) * row_bytes;
            row[..row_bytes].copy_from_slice(&rgb[from..from + row_bytes]);
            if self.padded.width > self.size.width {
                row.copy_within(row_bytes - 3..row_bytes, row_bytes);
            }
        }
        Ok(padded)
    }

    fn send(&mut self, rgb: &Video, at: i64, duration: i64) -> Result<(), String> {
        const NO_MEMORY: &str = "there is not enough memory for the pictures";
        self.durations.insert(at, duration);
        if let Some(scaler) = &mut self.scaler {
            let yuv = scaler.run(rgb).ok_or(NO_MEMORY)?;
            yuv.set_pts(Some(at));
            return self.encoder.send_frame(yuv).map_err(failed);
        }
        let mut indexed = with_palette(rgb).ok_or(NO_MEMORY)?;
        indexed.set_pts(Some(at));
        self.encoder.send_frame(&indexed).map_err(failed)
    }

    fn receive(&mut self) -> Result<Vec<Packet>, String> {
        let mut packets = Vec::new();
        loop {
            let mut packet = Packet::empty();
            match self.encoder.receive_packet(&mut packet) {
                Ok(()) => {
                    let duration = packet.pts().and_then(|pts| self.durations.remove(&pts));
                    packet.set_duration(duration.unwrap_or(self.last_duration));
                    packets.push(packet);
                }
                Err(ffmpeg_the_third::Error::Eof) => return Ok(packets),
                Err(ffmpeg_the_third::Error::Other { errno })
                    if std::io::Error::from_raw_os_error(errno).kind() == std::io::ErrorKind::WouldBlock =>
                {
                    return Ok(packets);
                }
                Err(error) => return Err(failed(error)),
            }
        }
    }
}

/// The picture in 256 colours, chosen for it.
fn with_palette(rgb: &Video) -> Option<Video> {
    let (width, height) = (rgb.width(), rgb.height());
    let rows = rgb.data(0).chunks(rgb.stride(0)).take(height as usize);
    let packed: Vec<u8> = rows.flat_map(|row| &row[..3 * width as usize]).copied().collect();
    let picture = ImageRef::new(width, height, from_component_slice::<Srgb<u8>>(&packed)).ok()?;
    let (palette, indices) = Pipeline::new().input_image(picture).output_srgb8_indexed_image().into_parts();
    let mut indexed = Video::new(format::Pixel::PAL8, width, height);
    if indexed.planes() == 0 {
        return None;
    }
    let stride = indexed.stride(0);
    let rows = indexed.data_mut(0).chunks_mut(stride).zip(indices.chunks(width.max(1) as usize));
    rows.for_each(|(row, indices)| row[..indices.len()].copy_from_slice(indices));
    let entries = palette.iter().map(|c| u32::from_be_bytes([255, c.red, c.green, c.blue]).to_ne_bytes());
    palette_mut(&mut indexed)?.iter_mut().zip(entries).for_each(|(entry, colour)| *entry = colour);
    Some(indexed)
}

/// The palette of an indexed picture.
#[expect(unsafe_code, reason = "the safe getters do not know of palettes")]
fn palette_mut(indexed: &mut Video) -> Option<&mut [[u8; 4]]> {
    // SAFETY: libav gives every picture of this format room for 256 colours of four bytes behind its second pointer;
    // they live as long as the picture, which stays borrowed.
    unsafe {
        let palette = (*indexed.as_mut_ptr()).data[1].cast::<[u8; 4]>();
        (!palette.is_null()).then(|| std::slice::from_raw_parts_mut(palette, 256))
    }
}

fn failed(error: ffmpeg_the_third::Error) -> String {
    format!("the pictures cannot be encoded ({error})")
}

/// From RGB.
fn yuv_scaler(size: Size, codec: ClipCodec) -> Option<Scaler> {
    let to = yuv_layout(size, codec);
    let colour_space = ffi::AVColorSpace::UNSPECIFIED.0 as c_int; // RGB has no matrix
    let from = Layout { format: ffi::AVPixelFormat::RGB24.0, colour_space, is_full_range: None, ..to };
    Scaler::new(from, to, &(Flags::BICUBIC | Flags::ACCURATE_RND | Flags::FULL_CHR_H_INP))
}

/// Limited range, with the colour matrix that players expect of such a size.
fn yuv_layout(size: Size, codec: ClipCodec) -> Layout {
    let format: ffi::AVPixelFormat = pixels(codec).into();
    let colour_space = if is_hd(size) { ffi::AVColorSpace::BT709 } else { ffi::AVColorSpace::SMPTE170M };
    Layout {
        width: size.width as c_int,
        height: size.height as c_int,
        format: format.0,
        colour_space: colour_space.0 as c_int,
        is_full_range: Some(false),
    }
}

/// What the pictures are coded from.
fn pixels(codec: ClipCodec) -> format::Pixel {
    match codec {
        ClipCodec::ProRes => format::Pixel::YUV422P10LE,
        ClipCodec::Gif => format::Pixel::PAL8,
        _ => format::Pixel::YUV420P,
    }
}

fn is_hd(size: Size) -> bool {
    size.height >= MIN_HD_HEIGHT
}

/// Whether an encoder for this codec starts.
pub(super) fn starts(codec: ClipCodec) -> bool {
    let encoding = ClipEncoding { codec: Some(codec), ..ClipEncoding::default() };
    VideoEncoder::open(&CANDIDATES, encoding, Size::new(320, 240), 30.0, Pace::Clip).is_ok()
}

#[expect(unsafe_code, reason = "primaries and transfer have no safe setters")]
fn start(
    candidate: &Candidate,
    encoding: ClipEncoding,
    size: Size,
    frame_rate: f64,
    pace: Pace,
) -> Option<encoder::video::Encoder> {
    let codec = encoder::find_by_name(candidate.name)?;
    let mut context = codec::Context::new_with_codec(codec);
    context.set_flags(codec::Flags::GLOBAL_HEADER); // mp4 keeps the parameters in its head
    context.set_threading(threading::Config::count(std::thread::available_parallelism().map_or(1, usize::from)));
    let mut video = context.encoder().video().ok()?;
    video.set_width(size.width);
    video.set_height(size.height);
    video.set_format(pixels(candidate.codec));
    video.set_time_base(Rational::new(1, candidate.units_per_sec));
    video.set_frame_rate(Some(Rational::from(frame_rate)));
    video.set_gop(MAX_KEY_DISTANCE);
    video.set_max_b_frames(0); // mp4 keeps durations in decoding order: with B-frames, uneven ones come out wrong
    let is_hd = is_hd(size);
    // SAFETY: the context is ours and not open yet; plain fields are set.
    unsafe {
        let raw = &mut *video.as_mut_ptr();
        raw.color_range = ffi::AVColorRange::MPEG;
        raw.colorspace = if is_hd { ffi::AVColorSpace::BT709 } else { ffi::AVColorSpace::SMPTE170M };
        raw.color_primaries = if is_hd { ffi::AVColorPrimaries::BT709 } else { ffi::AVColorPrimaries::SMPTE170M };
        raw.color_trc = if is_hd {
            ffi::AVColorTransferCharacteristic::BT709
        } else {
            ffi::AVColorTransferCharacteristic::SMPTE170M
        };
    }
    let options = candidate.options(encoding.rate, pace);
    let options: Dictionary = options.iter().map(|(key, value)| (*key, value.as_str())).collect();
    video.open_with(options).map_err(|error| tracing::debug!(%error, candidate.name, "an encoder does not start")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_last_until_the_next_picture() {
        crate::media::silence_libav();
        let size = Size::new(48, 32);
        let mut encoder = VideoEncoder::open(&CANDIDATES, ClipEncoding::default(), size, 25.0, Pace::Clip).unwrap();
        let mut packets = Vec::new();
        for (i, secs) in [0.0, 0.5, 0.6, 1.6].into_iter().enumerate() {
            packets.extend(encoder.encode(&vec![i as u8 * 20; 3 * size.area()], secs).unwrap());
        }
        packets.extend(encoder.finish().unwrap());
        let unit = f64::from(encoder.time_base());
        let millis: Vec<f64> = packets.iter().map(|p| (p.duration() as f64 * unit * 1000.0).round()).collect();
        assert_eq!(millis, [500.0, 100.0, 1000.0, 40.0]);
        assert!(packets.iter().all(|packet| packet.pts() == packet.dts()), "durations are exact without B-frames");
    }
}
