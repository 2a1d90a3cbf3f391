//! Video files as clips with exact frame numbers.
//!
//! | file        | holds                                                              |
//! |-------------|--------------------------------------------------------------------|
//! | `container` | opening files without trusting them, packets, seeks                |
//! | `table`     | which packet is which frame, and where decoding can start          |
//! | `hidden`    | packets that show nothing                                          |
//! | `timing`    | times and rates                                                    |
//! | `decoder`   | packets to pictures                                                |
//! | `reader`    | any frame by number                                                |
//! | `converter` | pictures to upright RGB of one size                                |
//! | `hdr`       | … of HDR material                                                  |

mod container;
mod converter;
mod decoder;
mod hdr;
mod hidden;
mod reader;
mod table;
mod timing;

pub(super) use container::{first_shown_secs, open_input};

use super::OpenOptions;
use super::orientation::Orientation;
use super::source::{FrameSource, MediaError, NO_TIMES, SourceInfo, SourceKind};
use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size};
use container::{Container, unreadable};
use converter::Converter;
use ffmpeg_the_third::frame::Video;
use ffmpeg_the_third::{Stream, ffi, packet};
use hdr::Transfer;
use reader::Reader;
use std::path::Path;
use std::sync::Arc;
use table::FrameTable;
use timing::{Timing, assumed_rate, timing, without_leaps};

/// So many frames at the start may fail before a file counts as undecodable.
const MAX_FIRST_FAILURES: usize = 256;
/// So many frames are decoded when a file is opened, to see if the table is right.
const NUM_PROBED: usize = 6;
/// A file of fields has half as many pictures as packets.
const FIELDS_SHARE: std::ops::RangeInclusive<f64> = 0.4..=0.6;
/// Pictures that end earlier than this share of the promised duration are warned of.
const MIN_DURATION_SHARE: f64 = 0.95;
const INTERLACED: &str = "the pictures are interlaced: each holds two moments, line by line, and what moves has combed \
    edges; deinterlaced material is tracked better";
const HDR_NOTE: &str = "colours and brightness are mapped to an ordinary screen's";

/// A video file.
pub struct VideoFile {
    info: SourceInfo,
    reader: Reader,
    converter: Converter,
    last: Option<Frame>,
    /// Whether a picture of another size than the first was met.
    has_other_sizes: bool,
}

impl VideoFile {
    /// Opens a video file: reads every packet once to number the frames, and decodes the first picture.
    ///
    /// # Errors
    /// [`MediaError::Unreadable`] with the cause.
    pub fn open(path: &Path, options: &OpenOptions) -> Result<Self, MediaError> {
        let given_rate = options.rate_for(path)?;
        let choice = options.stream.map(|number| number.checked_sub(1).ok_or("picture streams are counted from 1"));
        let choice = choice.transpose().map_err(|problem| unreadable(path, problem))?;
        let mut container = Container::open(path, choice)?;
        let (nominal_rate, promised_secs) = (container.nominal_rate(), container.promised_secs());
        let (has_audio, has_times) = (container.has_audio(), container.has_times());
        let codec = container.with_stream(|stream| stream.parameters().id().name().to_owned());
        let orientation = container.with_stream(|stream| stream_orientation(&stream));
        let (unit_secs, pixel_aspect) = (container.unit_secs(), container.pixel_aspect());
        let (stream, streams) = (container.choice + 1, container.sizes.clone());
        let mut warnings: Vec<String> = about_streams(stream, &streams).into_iter().collect();
        let (is_interlaced, may_jump) = (container.is_interlaced(), container.may_jump());
        let table = FrameTable::build(&mut container)?;
        let num_promised = container.num_promised();
        let num_packets = table.num_packets();
        if num_packets == 0 {
            return Err(unreadable(path, "the file holds no picture data: it was cut off or damaged"));
        }
        let mut reader = settle(Reader::open(container, table)?)?;

        let table = reader.table();
        let has_times = has_times && table.has_times();
        let rate = given_rate.unwrap_or_else(|| assumed_rate(nominal_rate));
        let (num_frames, offset) = (table.num_frames(), table.timestamps().first().copied());
        let (timestamps, num_leaps) = without_leaps(table.timestamps(), unit_secs, may_jump);
        let timing = has_times.then(|| timing(&timestamps, unit_secs, nominal_rate));
        if let Some(timing) = &timing {
            // Matroska counts the time before the first picture in.
            let promised_secs = promised_secs.filter(|_| num_leaps == 0);
            let offset_secs = offset.map_or(0.0, |first| (first as f64 * unit_secs).max(0.0));
            warnings.extend(shortfall((num_promised, num_packets), promised_secs, offset_secs, timing));
            if num_leaps > 0 {
                let places = if num_leaps == 1 { "a place".to_owned() } else { format!("{num_leaps} places") };
                warnings
                    .push(format!("the file's times jump in {places}: frames are taken to follow there as everywhere"));
            }
        } else if given_rate.is_none() {
            warnings.push(format!("{NO_TIMES}: {} frames per second are assumed", rounded(rate)));
        }
        let (index, first) = first_picture(&mut reader, path)?;
        if is_interlaced || converter::is_interlaced(&first) {
            warnings.push(INTERLACED.to_owned());
        }
        warnings.extend(Transfer::of(&first).map(|transfer| format!("HDR ({transfer}): {HDR_NOTE}")));
        let mut converter = Converter::new(&first, orientation);
        let pixel_aspect = if converter.swaps_axes() { 1.0 / pixel_aspect } else { pixel_aspect };
        let even = SourceInfo::even(SourceKind::Video, path, converter.size, num_frames, rate, codec);
        let even = SourceInfo { pixel_aspect, streams, stream, has_audio, warnings, ..even };
        let info = match timing {
            Some(Timing { times_secs, frame_rate, is_variable }) => {
                let (times_secs, variable_rate) = (times_secs.into(), is_variable);
                SourceInfo { times_secs, frame_rate, variable_rate, has_times, ..even }
            }
            None => even,
        };
        let rgb =
            converter.run(&first).ok_or_else(|| unreadable(path, "this kind of picture cannot be turned into RGB"))?;
        let last = Some(Frame::new(index, info.time_secs(index), info.size, rgb));
        Ok(Self { info, reader, converter, last, has_other_sizes: false })
    }

    /// Says once that a picture has another size than the first.
    fn tell_size(&mut self, picture: &Video, frame: FrameIndex) {
        let (own, common) = (self.converter.upright_size(picture), self.info.size);
        if own != common && !std::mem::replace(&mut self.has_other_sizes, true) {
            self.info.warnings.push(format!(
                "pictures change their size: frame {frame} has {own}, the first {common}; \
                 such pictures are fitted into that"
            ));
        }
    }
}

impl FrameSource for VideoFile {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn read(&mut self, frame: FrameIndex) -> Result<Frame, MediaError> {
        let num_frames = self.info.num_frames();
        if frame.get() >= num_frames {
            return Err(MediaError::NoSuchFrame { frame, num_frames });
        }
        if let Some(last) = self.last.as_ref().filter(|last| last.index == frame) {
            return Ok(last.clone());
        }
        let picture = self.reader.read(frame.get())?.ok_or(MediaError::MissingFrame(frame))?;
        let rgb = self.converter.run(&picture).ok_or(MediaError::MissingFrame(frame))?;
        self.tell_size(&picture, frame);
        let converted = Frame::new(frame, self.info.time_secs(frame), self.info.size, rgb);
        self.last = Some(converted.clone());
        Ok(converted)
    }
}

/// The first picture that decodes, and its frame.
fn first_picture(reader: &mut Reader, path: &Path) -> Result<(FrameIndex, Arc<Video>), MediaError> {
    for frame in 0..reader.table().num_frames().min(MAX_FIRST_FAILURES) {
        let Some(picture) = reader.read(frame)? else { continue };
        let size = Size::new(picture.width(), picture.height());
        if super::is_absurd_size(size.width, size.height) {
            return Err(unreadable(path, &format!("a picture of {size} pixels is too large")));
        }
        return Ok((FrameIndex::new(frame), picture));
    }
    Err(unreadable(path, "the video holds no picture that can be decoded"))
}

/// Which of several picture streams is read.
fn about_streams(stream: usize, sizes: &[Size]) -> Option<String> {
    let others = (1..).zip(sizes).filter(|(number, _)| *number != stream);
    let others: Vec<String> = others.map(|(number, size)| format!("{number} has {size}")).collect();
    let size = sizes.get(stream.checked_sub(1)?)?;
    (!others.is_empty()).then(|| {
        let count = sizes.len();
        format!("the file has {count} picture streams: stream {stream} ({size}) is read; {}", others.join(", "))
    })
}

/// A rate in plain words: "25", "29.97".
fn rounded(rate: f64) -> f64 {
    (rate * 100.0).round() / 100.0
}

/// Checks the table against the first pictures, and corrects it.
fn settle(mut reader: Reader) -> Result<Reader, MediaError> {
    let num_probed = reader.table().num_frames().min(NUM_PROBED);
    let mut is_missing = Vec::with_capacity(num_probed);
    for frame in 0..num_probed {
        is_missing.push(reader.read(frame)?.is_none());
    }
    // Leading pictures refer to what came before the file was cut: they are no promise.
    let num_leading = reader.table().num_leading();
    let num_undecodable = is_missing.iter().take(num_leading).take_while(|is_missing| **is_missing).count();
    if is_missing.iter().skip(num_undecodable).any(|is_missing| *is_missing) {
        // Two packets per picture (interlaced fields) or damage: decoding tells.
        let (mut container, table) = reader.into_parts();
        let decoded = table.by_decoding_again(&mut container)?;
        let share = decoded.num_frames() as f64 / table.num_packets().max(1) as f64;
        return Reader::open(container, if FIELDS_SHARE.contains(&share) { decoded } else { table });
    }
    if num_undecodable > 0 {
        let (container, table) = reader.into_parts();
        return Reader::open(container, table.without_first(num_undecodable));
    }
    Ok(reader)
}

/// From libav 8 on streams have no side data; there this method takes the place of [`Stream::side_data`].
#[expect(dead_code, reason = "an inherent method of the same name goes first where there is one: before libav 8")]
trait NoSideData {
    fn side_data(&self) -> std::iter::Empty<packet::SideData<'_>> {
        std::iter::empty()
    }
}

impl NoSideData for Stream<'_> {}

/// How the stream must be turned to stand upright, from libav 5 and 6; later versions tell it with each picture.
#[expect(unsafe_code, reason = "the safe getter panics on side data newer than the bindings")]
fn stream_orientation(stream: &Stream) -> Option<Orientation> {
    stream.side_data().find_map(|side_data| {
        // SAFETY: the entry belongs to the stream, which is open; its kind is a plain number.
        let kind = unsafe { (*side_data.as_ptr()).type_ };
        (kind == ffi::AVPacketSideDataType::DISPLAYMATRIX).then(|| Orientation::from_bytes(side_data.data()))?
    })
}

/// What to tell the user where a file holds less than its head promises: packets, or seconds.
fn shortfall(
    (promised, found): (Option<usize>, usize),
    promised_secs: Option<f64>,
    offset_secs: f64,
    timing: &Timing,
) -> Option<String> {
    if let Some(promised) = promised.filter(|&promised| promised > found) {
        return Some(format!("the file promises {promised} frames, but {} of them are missing", promised - found));
    }
    let shown_secs = timing.times_secs.last().copied().unwrap_or(0.0) + 1.0 / timing.frame_rate;
    let promised_secs = promised_secs.filter(|&secs| secs * MIN_DURATION_SHARE > shown_secs + offset_secs)?;
    Some(format!("the file promises {promised_secs:.1} seconds, but its pictures end after {shown_secs:.1}"))
}
