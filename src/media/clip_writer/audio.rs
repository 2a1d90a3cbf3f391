//! Copies a source's sound, packet by packet, without decoding it.

use super::ClipAudio;
use super::output::Output;
use crate::media::source::MediaError;
use crate::media::video::{first_shown_secs, open_input};
use ffmpeg_the_third::format::context::Input;
use ffmpeg_the_third::{Error, Packet, Rational, ffi, media};
use std::ffi::{CString, c_int};

/// Failed reads in a row after which the sound counts as ended.
const MAX_FAILED_READS: usize = 64;

/// The sound of a file between two times.
pub(super) struct AudioCopy {
    input: Input,
    stream: usize,
    time_base: Rational,
    /// The first and the last time that is copied, in the stream's units.
    start: i64,
    end: i64,
    /// A packet that is read but not due yet.
    waiting: Option<Packet>,
    has_ended: bool,
    /// The stamp of the packet before: muxers refuse falling ones.
    last_stamp: i64,
}

impl AudioCopy {
    /// The sound stream's number in the file.
    pub(super) const STREAM: usize = 1;

    /// Finds the sound, for a file of this kind. Errors are clauses without a path.
    pub(super) fn open(wanted: &ClipAudio, container: &str) -> Result<Self, String> {
        let zero_secs = first_shown_secs(&wanted.path, wanted.stream).map_err(|error| error.to_string())?;
        let input = open_input(&wanted.path).map_err(|error| error.to_string())?;
        let stream = input.streams().best(media::Type::Audio).ok_or("the source has none")?;
        let (index, time_base, codec) = (stream.index(), stream.time_base(), stream.parameters().id());
        if !fits_into(container, codec.into()) {
            return Err(format!("{} sound cannot be put into a .{container} file as it is", codec.name()));
        }
        let units = |secs: f64| ((secs + zero_secs) / f64::from(time_base)).round() as i64;
        Ok(Self {
            start: units(wanted.start_secs),
            end: units(wanted.end_secs),
            input,
            stream: index,
            time_base,
            waiting: None,
            has_ended: false,
            last_stamp: i64::MIN,
        })
    }

    pub(super) fn time_base(&self) -> Rational {
        self.time_base
    }

    /// Adds the sound stream to the file.
    #[expect(unsafe_code, reason = "the codec tag has no safe setter")]
    pub(super) fn add_to(&self, output: &mut Output) -> Result<(), MediaError> {
        let Some(source) = self.input.stream(self.stream) else { return Ok(()) };
        let outcome = output.context().add_stream(None::<ffmpeg_the_third::Codec>).map(|mut stream| {
            stream.set_parameters(source.parameters());
            stream.set_time_base(self.time_base);
            // SAFETY: the stream's parameters are valid; a plain field is set. Tags differ between containers: 0 lets
            // the muxer choose its own.
            unsafe { (*stream.parameters_mut().as_mut_ptr()).codec_tag = 0 };
        });
        outcome.map_err(|cause| output.error(format!("the clip cannot be written ({cause})")))
    }

    /// The next packet that begins before this time of the clip.
    pub(super) fn next_packet(&mut self, until_secs: f64) -> Option<Packet> {
        let packet = self.waiting.take().or_else(|| self.read())?;
        let is_due = packet.pts().is_some_and(|pts| pts as f64 * f64::from(self.time_base) < until_secs);
        if is_due {
            return Some(packet);
        }
        self.waiting = Some(packet);
        None
    }

    /// The next packet within the times, stamped from the start of the clip.
    fn read(&mut self) -> Option<Packet> {
        let mut failed = 0;
        while !self.has_ended && failed < MAX_FAILED_READS {
            let mut packet = Packet::empty();
            match packet.read(&mut self.input) {
                Ok(()) => failed = 0,
                Err(Error::Eof) => break,
                Err(_) => failed += 1,
            }
            let Some(pts) = packet.pts().filter(|_| packet.stream() == self.stream && packet.size() > 0) else {
                continue;
            };
            if pts >= self.end {
                break;
            }
            // A packet that is mostly before the start is left out: sound is never late by more than half a packet.
            let shifted = pts.saturating_sub(self.start).max(0);
            if pts.saturating_add(packet.duration() / 2) < self.start || shifted <= self.last_stamp {
                continue;
            }
            self.last_stamp = shifted;
            packet.set_pts(Some(shifted));
            packet.set_dts(Some(shifted));
            return Some(packet);
        }
        self.has_ended = true;
        None
    }
}

#[expect(unsafe_code, reason = "there is no safe call for what a container can hold")]
fn fits_into(container: &str, codec: ffi::AVCodecID) -> bool {
    let Ok(name) = CString::new(container) else { return false };
    // SAFETY: the name is a C string; a null format is checked for before it is used.
    unsafe {
        let format = ffi::av_guess_format(name.as_ptr(), std::ptr::null(), std::ptr::null());
        !format.is_null() && ffi::avformat_query_codec(format, codec, ffi::FF_COMPLIANCE_NORMAL as c_int) == 1
    }
}
