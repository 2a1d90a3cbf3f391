//! Opens a container file without trusting it, and finds the stream with the pictures.

use crate::geometry::Size;
use crate::media::source::MediaError;
use crate::media::{is_absurd_size, sane_aspect, silence_libav};
use ffmpeg_the_third::ffi;
use ffmpeg_the_third::format::context::Input;
use ffmpeg_the_third::packet::Ref;
use ffmpeg_the_third::{Dictionary, Error, Packet, Rational, format, media};
use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Demuxers that read one file and nothing else. Playlists (hls, concat, dash), image patterns and scripts are left out
/// on purpose: they would open whatever the file names.
const DEMUXERS: &str = "mov,mp4,matroska,webm,avi,mpegts,mpeg,mpegvideo,gif,apng,flv,asf,ogg,ivf,nut,mxf,dv,rm,wtv,\
    yuv4mpegpipe,h264,hevc,m4v,mjpeg,vc1,av1,obu,h263,h261,swf,nsv,mtv,amv,bink,smk,roq,cavsvideo,dirac,webp_pipe";
/// Failed reads in a row after which a file counts as ended.
const MAX_FAILED_READS: usize = 64;
/// Raw streams whose demuxers make times up.
const RAW: [&str; 8] = ["obu", "h261", "h263", "dirac", "vc1", "cavsvideo", "m4v", "mpegvideo"];
/// The first shown picture is among this many packets, even if an edit list hides a long group before it.
const MAX_REORDERED: usize = 512;

/// An open container and its picture stream.
pub(super) struct Container {
    input: Input,
    stream: usize,
    path: PathBuf,
    /// The sizes of all picture streams, and which one it is.
    pub(super) sizes: Vec<Size>,
    pub(super) choice: usize,
}

/// What a packet says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PacketHead {
    pub(super) pts: Option<i64>,
    pub(super) dts: Option<i64>,
    pub(super) is_key: bool,
    /// Needed for decoding but not to be shown (before the start of an edit list).
    pub(super) is_discard: bool,
}

/// Opens any media file by its path alone: no other file, no network, no pattern in the name.
pub(in crate::media) fn open_input(path: &Path) -> Result<Input, MediaError> {
    silence_libav();
    let mut url = OsString::from("file:");
    url.push(path);
    if url.as_encoded_bytes().contains(&0) {
        return Err(unreadable(path, "the name holds a zero byte"));
    }
    let options: Dictionary = [("protocol_whitelist", "file"), ("format_whitelist", DEMUXERS)].into_iter().collect();
    format::input_with_dictionary(&url, options).map_err(|error| {
        tracing::debug!(%error, path = %path.display(), "libav does not open the file");
        unreadable(path, &reason(error, path))
    })
}

pub(super) fn unreadable(path: &Path, problem: &str) -> MediaError {
    MediaError::Unreadable { problem: problem.to_owned(), path: path.to_path_buf() }
}

/// Why a file did not open, as a user would put it.
fn reason(error: Error, path: &Path) -> String {
    if let Error::Other { errno } = error
        && let io = std::io::Error::from_raw_os_error(errno)
        && matches!(io.kind(), std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::NotFound)
    {
        return match io.kind() {
            std::io::ErrorKind::PermissionDenied => "there is no permission to read this".to_owned(),
            _ => "there is no such file".to_owned(),
        };
    }
    let mut head = [0; 12];
    let is_whole = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok();
    match &head {
        [_, _, _, _, b'f', b't', b'y', b'p', ..] if is_whole => {
            "this mp4 or mov file has no readable index: it was cut off or damaged".to_owned()
        }
        [0x89, b'P', b'N', b'G', ..]
        | [0xFF, 0xD8, 0xFF, ..]
        | [b'I', b'I', 42 | 43, 0, ..]
        | [b'M', b'M', 0, 42 | 43, ..]
        | [0x76, 0x2F, 0x31, 0x01, ..]
        | [b'S', b'D', b'P', b'X', ..]
        | [b'X', b'P', b'D', b'S', ..] => {
            "this is a single image: a clip is a folder of them, or several with numbers".to_owned()
        }
        _ => "this is not a video that can be read".to_owned(),
    }
}

impl Container {
    /// Opens a video file, at one of its picture streams: counted from 0, the largest where `None`.
    pub(super) fn open(path: &Path, choice: Option<usize>) -> Result<Self, MediaError> {
        let input = open_input(path)?;
        let streams = picture_streams(&input);
        if streams.is_empty() {
            let has_audio = input.streams().any(|stream| stream.parameters().medium() == media::Type::Audio);
            let problem = if has_audio { "this file has sound but no video" } else { "this file has no video" };
            return Err(unreadable(path, problem));
        }
        let choice = choice.unwrap_or_else(|| preferred(&streams));
        let Some(&(stream, size)) = streams.get(choice) else {
            let problem = format!("there is no picture stream {}: the file has {}", choice + 1, streams.len());
            return Err(unreadable(path, &problem));
        };
        if is_absurd_size(size.width, size.height) {
            return Err(unreadable(path, &format!("a picture of {size} pixels is too large")));
        }
        let sizes = streams.iter().map(|(_, size)| *size).collect();
        Ok(Self { input, stream, path: path.to_path_buf(), sizes, choice })
    }

    /// Whether the file says when its pictures are shown. Raw streams do not: libav counts their pictures, no more.
    pub(super) fn has_times(&self) -> bool {
        let format = self.input.format();
        let makes_them_up = format.name().split(',').any(|name| RAW.contains(&name));
        !makes_them_up && !format.flags().contains(format::Flags::NO_TIMESTAMPS)
    }

    /// Width of a stored pixel in its heights, as the container says, else as the codec says.
    #[expect(unsafe_code, reason = "there is no safe call for what libav makes of both")]
    pub(super) fn pixel_aspect(&self) -> f64 {
        // SAFETY: the container is open, the stream is one of its own and only read; without a frame libav looks at
        // both.
        let ratio = self.with_stream(|stream| unsafe {
            let context = self.input.as_ptr().cast_mut();
            ffi::av_guess_sample_aspect_ratio(context, stream.as_ptr().cast_mut(), std::ptr::null_mut())
        });
        sane_aspect(f64::from(ratio.num) / f64::from(ratio.den))
    }

    /// Whether times may jump where pieces were joined or a broadcast broke off: they mean nothing there.
    pub(super) fn may_jump(&self) -> bool {
        self.input.format().flags().contains(format::Flags::TS_DISCONT)
    }

    /// Whether each picture holds two moments, line by line, as the file says for all of them.
    #[expect(unsafe_code, reason = "there is no safe getter")]
    pub(super) fn is_interlaced(&self) -> bool {
        use ffi::AVFieldOrder as Order;
        // SAFETY: the parameters belong to an open stream; one plain field is read.
        let order = self.with_stream(|stream| unsafe { (*stream.parameters().as_ptr()).field_order });
        [Order::TT, Order::BB, Order::TB, Order::BT].contains(&order)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Seconds per unit of the picture stream's timestamps.
    pub(super) fn unit_secs(&self) -> f64 {
        self.with_stream(|stream| f64::from(stream.time_base()))
    }

    pub(super) fn has_audio(&self) -> bool {
        self.input.streams().any(|stream| stream.parameters().medium() == media::Type::Audio)
    }

    /// Frames per second as the container says.
    pub(super) fn nominal_rate(&self) -> Option<f64> {
        let usable = |rate: Rational| Some(f64::from(rate)).filter(|rate| rate.is_finite() && *rate > 0.0);
        self.with_stream(|stream| usable(stream.avg_frame_rate()).or_else(|| usable(stream.rate())))
    }

    /// Runs `act` on the picture stream.
    pub(super) fn with_stream<T>(&self, act: impl FnOnce(format::stream::Stream) -> T) -> T {
        act(self.input.stream(self.stream).expect("the stream was there when the file was opened"))
    }

    /// How many packets the container's head promises, where it has an index.
    #[expect(unsafe_code, reason = "there is no safe call for the number of index entries")]
    pub(super) fn num_promised(&self) -> Option<usize> {
        self.with_stream(|stream| {
            if self.input.format().name().contains("mov") {
                // nb_frames also counts what an edit list cuts away, the index does not.
                // SAFETY: the stream belongs to an open container and is only read.
                let entries = unsafe { ffi::avformat_index_get_entries_count(stream.as_ptr()) };
                return usize::try_from(entries).ok().filter(|&count| count > 0);
            }
            usize::try_from(stream.frames()).ok().filter(|&count| count > 0)
        })
    }

    /// How long the pictures last as the container's head says, in seconds.
    pub(super) fn promised_secs(&self) -> Option<f64> {
        self.with_stream(|stream| {
            let own = (stream.duration() > 0).then(|| stream.duration() as f64 * f64::from(stream.time_base()));
            own.or_else(|| parse_duration(stream.metadata().get("DURATION")?))
        })
    }

    /// Reads the next packet of the picture stream into `packet`; `None` at the end. Unreadable stretches are skipped.
    pub(super) fn next_packet(&mut self, packet: &mut Packet) -> Option<PacketHead> {
        let mut failed = 0;
        loop {
            *packet = Packet::empty();
            match packet.read(&mut self.input) {
                Ok(()) if packet.stream() == self.stream => return Some(head_of(packet)),
                Ok(()) => failed = 0,
                Err(Error::Eof) => return None,
                Err(_) => {
                    failed += 1;
                    if failed >= MAX_FAILED_READS {
                        return None;
                    }
                }
            }
        }
    }

    /// Goes to the key packet at or before `timestamp`; whether that worked shows in the next packet.
    #[expect(unsafe_code, reason = "the safe call cannot name the stream")]
    pub(super) fn seek(&mut self, timestamp: i64) -> bool {
        // SAFETY: the container is open and the stream is one of its streams.
        let outcome = unsafe {
            ffi::av_seek_frame(
                self.input.as_mut_ptr(),
                self.stream as std::ffi::c_int,
                timestamp,
                ffi::AVSEEK_FLAG_BACKWARD,
            )
        };
        outcome >= 0
    }

    /// Goes back to the very first packet, by opening the file anew: this works for every container.
    pub(super) fn rewind(&mut self) -> Result<(), MediaError> {
        *self = Self::open(&self.path, Some(self.choice))?;
        Ok(())
    }
}

/// When the first shown picture of a file's picture stream (counted from 1, the largest where `None`) is due on the
/// file's own clock, in seconds: sound is timed by the same clock.
///
/// # Errors
/// As for opening the file.
pub(in crate::media) fn first_shown_secs(path: &Path, stream: Option<usize>) -> Result<f64, MediaError> {
    let mut container = Container::open(path, stream.map(|number| number.saturating_sub(1)))?;
    let mut packet = Packet::empty();
    let mut first: Option<i64> = None;
    for _ in 0..MAX_REORDERED {
        let Some(head) = container.next_packet(&mut packet) else { break };
        let shown = head.pts.or(head.dts).filter(|_| !head.is_discard);
        first = first.into_iter().chain(shown).min();
    }
    Ok(first.unwrap_or(0) as f64 * container.unit_secs())
}

/// The picture streams that are not the cover of a song: libav's number and the size of each.
fn picture_streams(input: &Input) -> Vec<(usize, Size)> {
    let is_cover =
        |stream: &format::stream::Stream| stream.disposition().contains(format::stream::Disposition::ATTACHED_PIC);
    let pictures = input.streams().filter(|stream| stream.parameters().medium() == media::Type::Video);
    let about = |stream: format::stream::Stream| {
        (stream.index(), Size::new(stream.parameters().width(), stream.parameters().height()))
    };
    pictures.filter(|stream| !is_cover(stream)).map(about).collect()
}

/// The largest, the first of several.
fn preferred(streams: &[(usize, Size)]) -> usize {
    (0..streams.len()).rev().max_by_key(|&i| streams[i].1.area()).unwrap_or(0)
}

#[expect(unsafe_code, reason = "the safe getter drops the flag that edit lists need")]
fn head_of(packet: &Packet) -> PacketHead {
    // SAFETY: a `Packet` is a valid AVPacket; one plain field is read.
    let flags = unsafe { (*packet.as_ptr()).flags };
    PacketHead {
        pts: packet.pts(),
        dts: packet.dts(),
        is_key: flags & ffi::AV_PKT_FLAG_KEY != 0,
        is_discard: flags & ffi::AV_PKT_FLAG_DISCARD != 0,
    }
}

/// Seconds in "00:00:08.033000000", as Matroska tags say it.
fn parse_duration(text: &str) -> Option<f64> {
    let mut secs = 0.0;
    for part in text.split(':') {
        secs = secs * 60.0 + part.trim().parse::<f64>().ok()?;
    }
    Some(secs).filter(|secs| secs.is_finite() && *secs > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matroskas_durations_are_read() {
        assert_eq!(parse_duration("00:01:08.500000000"), Some(68.5));
        assert_eq!(parse_duration("soon"), None);
        assert_eq!(parse_duration("nan"), None);
    }
}
