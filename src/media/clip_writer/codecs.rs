//! Which codecs a clip can be written in, and how each encoder is told what quality is wanted.

use serde::{Deserialize, Serialize};

/// What a clip is coded in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClipCodec {
    /// In an mp4 file: plays everywhere.
    H264,
    /// In a webm file: for web pages.
    Vp9,
    /// In a mov file: for editing, with ten bits and full vertical colour; large.
    ProRes,
    /// Part 2, in an mp4 file: for what is very old.
    Mpeg4,
    /// A moving picture of 256 colours, without sound: shown where videos are not.
    Gif,
    /// A moving picture in all colours, without sound: smaller than a GIF.
    WebP,
}

impl ClipCodec {
    /// Every codec, in the order in which a menu lists them.
    pub const ALL: [Self; 6] = [Self::H264, Self::Vp9, Self::ProRes, Self::Mpeg4, Self::Gif, Self::WebP];

    /// Its name in plain words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::H264 => "H.264",
            Self::Vp9 => "VP9",
            Self::ProRes => "ProRes",
            Self::Mpeg4 => "MPEG-4 part 2",
            Self::Gif => "GIF",
            Self::WebP => "WebP",
        }
    }

    /// The ending of a file that holds it, without the dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::H264 | Self::Mpeg4 => "mp4",
            Self::Vp9 => "webm",
            Self::ProRes => "mov",
            Self::Gif => "gif",
            Self::WebP => "webp",
        }
    }

    /// Whether its size can be set in bits per second; the others know quality alone.
    #[must_use]
    pub fn takes_bit_rate(self) -> bool {
        matches!(self, Self::H264 | Self::Vp9 | Self::Mpeg4)
    }

    /// Whether its files can have sound.
    #[must_use]
    pub fn has_sound(self) -> bool {
        !matches!(self, Self::Gif | Self::WebP)
    }

    /// The codecs for which an encoder starts on this machine. Tries each one: that takes a moment.
    #[must_use]
    pub fn available() -> Vec<Self> {
        crate::media::silence_libav();
        Self::ALL.into_iter().filter(|codec| super::encoder::starts(*codec)).collect()
    }
}

/// How much a clip may lose, or weigh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClipRate {
    /// The same quality throughout, on the scale of x264: 0 loses nothing, 18 loses nothing that is seen, 51 is the
    /// worst. Other encoders get what comes closest on theirs.
    Quality(u8),
    /// So many bits per second on average.
    BitsPerSec(u32),
}

/// How the pictures of a clip are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClipEncoding {
    /// The codec; where `None`, H.264 if there is an encoder, else MPEG-4.
    pub codec: Option<ClipCodec>,
    /// Quality or size.
    pub rate: ClipRate,
}

impl Default for ClipEncoding {
    fn default() -> Self {
        Self { codec: None, rate: ClipRate::Quality(18) }
    }
}

impl ClipEncoding {
    /// What a file that holds it is called by libav.
    pub(super) fn container(self) -> &'static str {
        self.codec.map_or("mp4", ClipCodec::extension)
    }
}

/// How soon a picture has to be in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// At the end.
    Clip,
    /// At once, and with little work beside tracking.
    Live,
}

/// An encoder to try.
pub(super) struct Candidate {
    pub(super) name: &'static str,
    pub(super) codec: ClipCodec,
    /// What timestamps count in.
    pub(super) units_per_sec: i32,
}

/// 24, 25, 30, 50, 60 and the 1001 rates are all whole numbers of these units per frame.
const FINE: i32 = 120_000;
/// MPEG-4 part 2 cannot count in more than 65,535 units per second.
const COARSE: i32 = 60_000;

/// The first one that starts is taken.
pub(super) static CANDIDATES: [Candidate; 10] = [
    Candidate { name: "libx264", codec: ClipCodec::H264, units_per_sec: FINE },
    Candidate { name: "h264_videotoolbox", codec: ClipCodec::H264, units_per_sec: FINE },
    Candidate { name: "h264_nvenc", codec: ClipCodec::H264, units_per_sec: FINE },
    Candidate { name: "libopenh264", codec: ClipCodec::H264, units_per_sec: FINE },
    Candidate { name: "h264_mf", codec: ClipCodec::H264, units_per_sec: FINE },
    Candidate { name: "libvpx-vp9", codec: ClipCodec::Vp9, units_per_sec: FINE },
    Candidate { name: "gif", codec: ClipCodec::Gif, units_per_sec: 100 },
    Candidate { name: "libwebp_anim", codec: ClipCodec::WebP, units_per_sec: 1000 },
    Candidate { name: "prores_ks", codec: ClipCodec::ProRes, units_per_sec: FINE },
    Candidate { name: "mpeg4", codec: ClipCodec::Mpeg4, units_per_sec: COARSE },
];

impl Candidate {
    /// Whether it makes what is wanted.
    pub(super) fn suits(&self, codec: Option<ClipCodec>) -> bool {
        match codec {
            Some(codec) => self.codec == codec,
            None => matches!(self.codec, ClipCodec::H264 | ClipCodec::Mpeg4),
        }
    }

    /// The encoder's own settings for a quality or size.
    pub(super) fn options(&self, rate: ClipRate, pace: Pace) -> Vec<(&'static str, String)> {
        let mut options: Vec<(&'static str, String)> = match self.name {
            // Without "zerolatency" some 40 pictures wait in the encoder: a crash would take them along.
            "libx264" if pace == Pace::Live => vec![("preset", "superfast".into()), ("tune", "zerolatency".into())],
            "h264_videotoolbox" if pace == Pace::Live => vec![("allow_sw", "1".into()), ("realtime", "1".into())],
            "h264_nvenc" if pace == Pace::Live => vec![("delay", "0".into()), ("zerolatency", "1".into())],
            // "veryfast" is three times as fast as "medium" for a tenth more bytes.
            "libx264" => vec![("preset", "veryfast".into())],
            "h264_videotoolbox" => vec![("allow_sw", "1".into())],
            "libvpx-vp9" => vec![("deadline", "good".into()), ("cpu-used", "5".into()), ("row-mt", "1".into())],
            "prores_ks" => vec![("vendor", "apl0".into())],
            _ => Vec::new(),
        };
        match rate {
            ClipRate::Quality(crf) => options.extend(self.quality(crf.min(51))),
            ClipRate::BitsPerSec(_) if !self.codec.takes_bit_rate() => options.extend(self.quality(18)),
            ClipRate::BitsPerSec(bits) => options.push(("b", bits.to_string())),
        }
        options
    }

    /// What comes closest to x264's `crf` on the encoder's own scale.
    fn quality(&self, crf: u8) -> Vec<(&'static str, String)> {
        let worse = crf.saturating_sub(18);
        match self.name {
            "libx264" => vec![("crf", crf.to_string())],
            "h264_videotoolbox" => vec![("q", (70 + 2 * i32::from(18 - crf as i8)).clamp(1, 100).to_string())],
            "h264_nvenc" => vec![("cq", (crf + 1).to_string())],
            "libvpx-vp9" => vec![("crf", (crf + 8).to_string()), ("b", "0".into())],
            "prores_ks" => vec![("profile", (if crf <= 20 { "3" } else { "1" }).into())],
            "gif" => Vec::new(),
            "libwebp_anim" => vec![("quality", (80 - 2 * i32::from(worse)).max(10).to_string())],
            "mpeg4" => {
                let quantiser = 2 + worse / 2;
                vec![("qmin", quantiser.to_string()), ("qmax", (quantiser + 1).to_string())]
            }
            // These know bits alone: six steps of x264's scale are half the bits.
            _ => vec![("b", ((12e6 * (-f64::from(worse) / 6.0).exp2()) as u32).to_string())],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_quality_gives_the_usual_settings() {
        let options = |name: &str, rate| {
            let candidate = CANDIDATES.iter().find(|candidate| candidate.name == name).unwrap();
            candidate
                .options(rate, Pace::Clip)
                .into_iter()
                .map(|(key, value)| format!("{key}={value}"))
                .collect::<Vec<_>>()
                .join(" ")
        };
        let usual = ClipEncoding::default().rate;
        assert_eq!(options("libx264", usual), "preset=veryfast crf=18");
        assert_eq!(options("h264_videotoolbox", usual), "allow_sw=1 q=70");
        assert_eq!(options("h264_nvenc", usual), "cq=19");
        assert_eq!(options("libopenh264", usual), "b=12000000");
        assert_eq!(options("mpeg4", usual), "qmin=2 qmax=3");
        assert_eq!(options("libx264", ClipRate::BitsPerSec(5_000_000)), "preset=veryfast b=5000000");
        assert_eq!(options("prores_ks", ClipRate::BitsPerSec(5_000_000)), "vendor=apl0 profile=3");
        assert_eq!(options("h264_videotoolbox", ClipRate::Quality(0)), "allow_sw=1 q=100");
        assert_eq!(options("libopenh264", ClipRate::Quality(24)), "b=6000000");
    }
}
