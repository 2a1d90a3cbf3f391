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

mod container;
mod decoder;
mod hidden;
mod reader;
mod table;
mod timing;

pub(super) use container::{first_shown_secs, open_input};

use super::orientation::Orientation;
use super::scaler::{Layout, Scaler};
use super::source::{FrameSource, MediaError, SourceInfo, SourceKind};
use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size};
use container::{Container, unreadable};
use ffmpeg_the_third::frame::Video;
use ffmpeg_the_third::software::scaling::Flags;
use ffmpeg_the_third::{Stream, ffi, frame, packet};
use reader::Reader;
use std::ffi::c_int;
use std::path::Path;
use table::FrameTable;
use timing::timing;

/// So many frames at the start may fail before a file counts as undecodable.
const MAX_FIRST_FAILURES: usize = 256;
/// So many frames are decoded when a file is opened, to see if the table is right.
const NUM_PROBED: usize = 6;
/// A file of fields has half as many pictures as packets.
const FIELDS_SHARE: std::ops::RangeInclusive<f64> = 0.4..=0.6;
/// Pictures that end earlier than this share of the promised duration are warned of.
const MIN_DURATION_SHARE: f64 = 0.95;

/// A video file.
pub struct VideoFile {
    info: SourceInfo,
    reader: Reader,
    /// Size of the decoded picture, before it is turned upright.
    stored: Size,
    orientation: Orientation,
    scaler: Option<Scaler>,
    last: Option<Frame>,
}

impl VideoFile {
    /// Opens a video file: reads every packet once to number the frames, and decodes the first picture.
    ///
    /// # Errors
    /// [`MediaError::Unreadable`] with the cause.
    pub fn open(path: &Path) -> Result<Self, MediaError> {
        let mut container = Container::open(path)?;
        let (has_audio, nominal_rate) = (container.has_audio(), container.nominal_rate());
        let (promised_secs, unit_secs) = (container.promised_secs(), container.unit_secs());
        let codec = container.with_stream(|stream| stream.parameters().id().name().to_owned());
        let orientation = container.with_stream(|stream| stream_orientation(&stream)).unwrap_or_default();
        let table = FrameTable::build(&mut container)?;
        let num_promised = container.num_promised();
        let num_packets = table.num_packets();
        if num_packets == 0 {
            return Err(unreadable(path, "the file holds no picture data: it was cut off or damaged"));
        }
        let reader = settle(Reader::open(container, table)?)?;

        let timing = timing(reader.table().timestamps(), unit_secs, nominal_rate);
        let shown_secs = timing.times_secs.last().copied().unwrap_or(0.0) + 1.0 / timing.frame_rate;
        // Matroska counts the time before the first picture in.
        let offset_secs = reader.table().timestamps().first().map_or(0.0, |&first| (first as f64 * unit_secs).max(0.0));
        let promised_secs = promised_secs.filter(|&secs| secs * MIN_DURATION_SHARE > shown_secs + offset_secs);
        let warnings = shortfall(num_promised, num_packets, promised_secs, shown_secs).into_iter().collect();
        let mut file = Self {
            info: SourceInfo {
                kind: SourceKind::Video,
                path: path.to_path_buf(),
                size: Size::new(0, 0),
                times_secs: timing.times_secs.into(),
                frame_rate: timing.frame_rate,
                variable_rate: timing.is_variable,
                has_audio,
                codec,
                warnings,
            },
            reader,
            stored: Size::new(0, 0),
            orientation,
            scaler: None,
            last: None,
        };
        file.look_at_first_picture()?;
        Ok(file)
    }

    /// Learns the picture's size from the first picture that decodes.
    fn look_at_first_picture(&mut self) -> Result<(), MediaError> {
        for frame in 0..self.info.num_frames().min(MAX_FIRST_FAILURES) {
            let Some(picture) = self.reader.read(frame)? else { continue };
            self.stored = Size::new(picture.width(), picture.height());
            if super::is_absurd_size(self.stored.width, self.stored.height) {
                return Err(unreadable(&self.info.path, &format!("a picture of {} pixels is too large", self.stored)));
            }
            if let Some(orientation) = picture_orientation(&picture) {
                self.orientation = orientation;
            }
            self.info.size = self.orientation.upright_size(self.stored);
            self.last = self.convert(&picture, FrameIndex::new(frame));
            return match self.last {
                Some(_) => Ok(()),
                None => Err(unreadable(&self.info.path, "this kind of picture cannot be turned into RGB")),
            };
        }
        Err(unreadable(&self.info.path, "the video holds no picture that can be decoded"))
    }

    /// An upright RGB frame from a decoded picture. Pictures of another size than the first are scaled to it.
    fn convert(&mut self, picture: &Video, frame: FrameIndex) -> Option<Frame> {
        let layout = Layout::of(picture);
        if self.scaler.as_ref().is_none_or(|scaler| !scaler.takes(layout)) {
            let to = Layout {
                width: self.stored.width as c_int,
                height: self.stored.height as c_int,
                format: ffi::AVPixelFormat::RGB24.0,
                colour_space: ffi::SWS_CS_DEFAULT,
                is_full_range: None,
            };
            // The ffmpeg tool's own default, so that pictures are the same as from the command line.
            self.scaler = Some(Scaler::new(layout, to, &Flags::BICUBIC)?);
        }
        let rgb = self.scaler.as_mut()?.run(picture)?;
        let upright = self.orientation.upright_rgb(rgb.data(0), rgb.stride(0), self.stored);
        Some(Frame::new(frame, self.info.time_secs(frame), self.info.size, upright))
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
        let converted = self.convert(&picture, frame).ok_or(MediaError::MissingFrame(frame))?;
        self.last = Some(converted.clone());
        Ok(converted)
    }
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
        (kind == ffi::AVPacketSideDataType::DISPLAYMATRIX).then(|| orientation(side_data.data()))?
    })
}

/// How a decoded picture must be turned to stand upright, where it says so itself.
fn picture_orientation(picture: &Video) -> Option<Orientation> {
    orientation(picture.side_data(frame::side_data::Type::DisplayMatrix)?.data())
}

fn orientation(matrix: &[u8]) -> Option<Orientation> {
    let mut values = [0; 9];
    for (value, bytes) in values.iter_mut().zip(matrix.as_chunks().0) {
        *value = i32::from_ne_bytes(*bytes);
    }
    (matrix.len() >= 36).then(|| Orientation::from_display_matrix(&values))
}

/// What to tell the user where a file holds less than its head promises; `promised_secs` only if too few are shown.
fn shortfall(promised: Option<usize>, found: usize, promised_secs: Option<f64>, shown_secs: f64) -> Option<String> {
    if let Some(promised) = promised.filter(|&promised| promised > found) {
        return Some(format!("the file promises {promised} frames, but {} of them are missing", promised - found));
    }
    let promised_secs = promised_secs?;
    Some(format!("the file promises {promised_secs:.1} seconds, but its pictures end after {shown_secs:.1}"))
}
