//! Writes a clip: H.264 in mp4 or what else is asked for, every frame at its own time, the sound of the source copied.
//!
//! | file      | holds                                             |
//! |-----------|---------------------------------------------------|
//! | `codecs`  | what can be asked for, and what encoders call it  |
//! | `encoder` | pictures to packets                               |
//! | `audio`   | the source's sound packets, trimmed and re-stamped |
//! | `output`  | the file: temporary beside the target, then renamed |

mod audio;
mod codecs;
mod encoder;
mod output;

pub use codecs::{ClipCodec, ClipEncoding, ClipRate};
pub(super) use output::explain;

use super::source::MediaError;
use crate::geometry::Size;
use audio::AudioCopy;
use codecs::Pace;
use encoder::VideoEncoder;
use ffmpeg_the_third::Packet;
use output::Output;
use std::path::{Path, PathBuf};

/// Of recordings: good enough to be tracked again, at a fifth of what loses nothing that is seen.
const RECORDING_QUALITY: u8 = 23;

/// What a written clip is like.
#[derive(Clone, Debug, PartialEq)]
pub struct ClipSettings {
    /// Size of every picture. Odd sizes are padded by repeating the border, as H.264 needs even ones.
    pub size: Size,
    /// Nominal frames per second: how long the last frame stays, and what the encoder reckons with.
    pub frame_rate: f64,
    /// How the pictures are coded, and in which kind of file.
    pub encoding: ClipEncoding,
    /// Where the sound comes from, if the clip shall have any.
    pub audio: Option<ClipAudio>,
}

/// The sound to copy into a clip.
#[derive(Clone, Debug, PartialEq)]
pub struct ClipAudio {
    /// The video file whose sound is copied.
    pub path: PathBuf,
    /// The picture stream whose first frame is the time 0 of the other two, counted from 1; the largest where `None`.
    pub stream: Option<usize>,
    /// Where the copy starts: the time of the first written frame in the source.
    pub start_secs: f64,
    /// Where it ends: the time of the last written frame in the source, plus how long it stays.
    pub end_secs: f64,
}

/// How a finished clip came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClipReport {
    /// The codec in plain words, "H.264" or "MPEG-4 part 2".
    pub codec: String,
    /// How many frames were written.
    pub num_frames: usize,
    /// What the user should know: another codec than H.264, sound that could not be copied.
    pub warnings: Vec<String>,
}

/// Writes pictures into a clip. The file appears under its name when [`ClipWriter::finish`] is done; until then, a
/// hidden file beside it holds what there is, and dropping the writer removes that.
pub struct ClipWriter {
    encoder: VideoEncoder,
    audio: Option<AudioCopy>,
    output: Output,
    warnings: Vec<String>,
    first_secs: Option<f64>,
    num_frames: usize,
}

impl ClipWriter {
    /// Opens a clip for writing; what stands at `path` is only replaced by [`ClipWriter::finish`].
    ///
    /// # Errors
    /// [`MediaError::Unwritable`] with the cause: no such folder, no permission, no encoder, …
    pub fn create(path: &Path, settings: &ClipSettings) -> Result<Self, MediaError> {
        Self::create_with(&codecs::CANDIDATES, path, settings)
    }

    /// Opens a recording: a new mp4 file that stands in its place from the start, and that can be opened at any moment,
    /// also after the program was killed; it lacks the last picture then, or two. It stays when the writer is dropped.
    ///
    /// # Errors
    /// [`MediaError::Unwritable`] with the cause, such as a file of this name.
    pub fn record(path: &Path, size: Size, frame_rate: f64) -> Result<Self, MediaError> {
        super::silence_libav();
        let unwritable = |problem| MediaError::Unwritable { problem, path: path.to_path_buf() };
        let encoding = ClipEncoding { codec: None, rate: ClipRate::Quality(RECORDING_QUALITY) };
        let encoder =
            VideoEncoder::open(&codecs::CANDIDATES, encoding, size, frame_rate, Pace::Live).map_err(unwritable)?;
        let mut output = Output::create_in_place(path)?;
        encoder.add_to(&mut output)?;
        output.write_header()?;
        Ok(Self { encoder, audio: None, output, warnings: Vec::new(), first_secs: None, num_frames: 0 })
    }

    fn create_with(
        candidates: &'static [codecs::Candidate],
        path: &Path,
        settings: &ClipSettings,
    ) -> Result<Self, MediaError> {
        super::silence_libav();
        let encoding = settings.encoding;
        let mut output = Output::create(path, encoding.container())?;
        let encoder = VideoEncoder::open(candidates, encoding, settings.size, settings.frame_rate, Pace::Clip)
            .map_err(|problem| MediaError::Unwritable { problem, path: path.to_path_buf() })?;
        let mut warnings = Vec::new();
        if encoding.codec.is_none() && encoder.codec() != ClipCodec::H264 {
            let codec = encoder.codec().name();
            warnings.push(format!("the clip is coded as {codec}: there is no H.264 encoder here"));
        }
        let audio = settings.audio.as_ref().and_then(|wanted| {
            let copy = AudioCopy::open(wanted, encoding.container());
            copy.map_err(|problem| warnings.push(format!("the clip has no sound: {problem}"))).ok()
        });
        encoder.add_to(&mut output)?;
        if let Some(audio) = &audio {
            audio.add_to(&mut output)?;
        }
        output.write_header()?;
        Ok(Self { encoder, audio, output, warnings, first_secs: None, num_frames: 0 })
    }

    /// The codec of the pictures in plain words.
    #[must_use]
    pub fn codec(&self) -> &'static str {
        self.encoder.codec().name()
    }

    /// Adds a picture: rows of (red, green, blue) bytes without gaps. `time_secs` is its time in the source; the clip
    /// starts with its first picture. Times must rise; one that does not is set right behind the one before.
    ///
    /// # Errors
    /// [`MediaError::Unwritable`] with the cause, such as a full disk.
    ///
    /// # Panics
    /// If `rgb` does not hold 3 · width · height bytes.
    pub fn write(&mut self, rgb: &[u8], time_secs: f64) -> Result<(), MediaError> {
        let first_secs = *self.first_secs.get_or_insert(time_secs);
        self.num_frames += 1;
        let packets = self.encoder.encode(rgb, time_secs - first_secs).map_err(|problem| self.output.error(problem))?;
        self.write_packets(packets)?;
        self.copy_audio(time_secs - first_secs)
    }

    /// Writes what is left, and puts the clip in its place.
    ///
    /// # Errors
    /// [`MediaError::Unwritable`] with the cause; nothing is left behind then.
    pub fn finish(mut self) -> Result<ClipReport, MediaError> {
        if self.num_frames == 0 {
            return Err(self.output.error("a clip needs at least one frame".to_owned()));
        }
        let packets = self.encoder.finish().map_err(|problem| self.output.error(problem))?;
        self.write_packets(packets)?;
        self.copy_audio(f64::INFINITY)?;
        self.output.finish()?;
        let codec = self.encoder.codec().name().to_owned();
        Ok(ClipReport { codec, num_frames: self.num_frames, warnings: self.warnings })
    }

    fn write_packets(&mut self, packets: Vec<Packet>) -> Result<(), MediaError> {
        let time_base = self.encoder.time_base();
        packets.into_iter().try_for_each(|packet| self.output.write(packet, VideoEncoder::STREAM, time_base))
    }

    /// Copies the sound up to this time of the clip, so that the muxer never has to keep much of it.
    fn copy_audio(&mut self, until_secs: f64) -> Result<(), MediaError> {
        let Some(audio) = &mut self.audio else { return Ok(()) };
        while let Some(packet) = audio.next_packet(until_secs) {
            self.output.write(packet, AudioCopy::STREAM, audio.time_base())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{FrameSource, OpenOptions, VideoFile};

    #[test]
    fn without_h264_another_codec_is_taken_and_named() {
        let only_mpeg4 = codecs::CANDIDATES.last_chunk::<1>().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clip.mp4");
        let settings =
            ClipSettings { size: Size::new(47, 32), frame_rate: 25.0, encoding: ClipEncoding::default(), audio: None };
        let mut writer = ClipWriter::create_with(only_mpeg4, &path, &settings).unwrap();
        for i in 0..5u8 {
            writer.write(&vec![i * 40; 3 * settings.size.area()], f64::from(i) / 25.0).unwrap();
        }
        let report = writer.finish().unwrap();
        assert_eq!(report.codec, "MPEG-4 part 2");
        assert_eq!(report.warnings, ["the clip is coded as MPEG-4 part 2: there is no H.264 encoder here"]);
        let clip = VideoFile::open(&path, &OpenOptions::default()).unwrap();
        assert_eq!((clip.info().codec.as_str(), clip.info().num_frames(), clip.info().frame_rate), ("mpeg4", 5, 25.0));
    }
}
