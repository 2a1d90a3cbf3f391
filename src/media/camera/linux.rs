//! Linux cameras through V4L2, with the exact frame intervals that a driver names.
//!
//! Not through nokhwa: it leaves out every interval that is not 1/N s, and does not open a camera that another program
//! left at one (its issue 244).

use super::pick::choose;
use super::pixels::PictureDecoder;
use super::system::{explain, is_usable, label, sorted, taken_at};
use super::{CameraError, CameraFormat, CameraId, CameraRequest, CameraStream, FrameRate, PixelFormat, Shot};
use crate::geometry::Size;
use std::time::{Duration, Instant};
use v4l::buffer::{Flags, Type};
use v4l::frameinterval::FrameIntervalEnum;
use v4l::framesize::FrameSizeEnum;
use v4l::io::mmap::Stream;
use v4l::io::traits::CaptureStream as _;
use v4l::video::Capture as _;
use v4l::video::capture::Parameters;
use v4l::{Device, Format, FourCC, Fraction};

/// What can be decoded here, by V4L2's names.
const CODES: [(&[u8; 4], PixelFormat); 7] = [
    (b"YUYV", PixelFormat::Yuyv),
    (b"NV12", PixelFormat::Nv12),
    (b"RGB3", PixelFormat::Rgb),
    (b"BGR3", PixelFormat::Bgr),
    (b"MJPG", PixelFormat::Mjpeg),
    (b"JPEG", PixelFormat::Mjpeg),
    (b"GREY", PixelFormat::Gray),
];
/// Taken from a range of sizes, with its largest.
const USUAL_SIZES: [(u32, u32); 7] =
    [(320, 240), (640, 360), (640, 480), (800, 600), (1280, 720), (1920, 1080), (3840, 2160)];
/// Taken from a range of rates, with its ends.
const USUAL_RATES: [u32; 9] = [5, 10, 15, 24, 25, 30, 50, 60, 120];
/// In pictures per second.
const SANE_RATES: std::ops::RangeInclusive<f64> = 0.01..=2000.0;
/// Of a camera that tells no rate at all.
const ASSUMED_RATE: FrameRate = FrameRate::whole(30);
const NUM_BUFFERS: u32 = 4;

/// What the system lists. The v4l crate's own list would panic on names such as `/dev/video-decoder`.
pub(super) fn nodes_found() -> Result<Vec<(u32, CameraId)>, CameraError> {
    let entries = std::fs::read_dir("/dev")
        .map_err(|error| CameraError::Failed { name: "list".to_owned(), problem: error.to_string() })?;
    let number = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.ok()?.file_name().to_str()?.strip_prefix("video")?.parse::<u32>().ok()
    };
    let node = |index: u32| {
        // The port that it hangs on, as the kernel names it: not the order of plugging in.
        let told = format!("/sys/class/video4linux/video{index}");
        let name = std::fs::read_to_string(format!("{told}/name")).unwrap_or_else(|_| format!("/dev/video{index}"));
        let place = std::fs::canonicalize(format!("{told}/device")).map(|path| path.display().to_string());
        (index, CameraId { name: name.trim().to_owned(), place: place.unwrap_or_default() })
    };
    Ok(entries.filter_map(number).map(node).collect())
}

/// The system asks no questions: the device files have owners.
pub(super) fn is_permitted() -> bool {
    true
}

/// A camera that is open but not started.
pub(super) struct Native {
    device: Device,
    index: u32,
    id: CameraId,
}

impl Native {
    pub(super) fn open(index: u32, id: &CameraId) -> Result<Self, CameraError> {
        let device = Device::new(index as usize).map_err(|error| explain_io(label(index, id), &error))?;
        Ok(Self { device, index, id: id.clone() })
    }

    fn label(&self) -> String {
        label(self.index, &self.id)
    }

    fn explain(&self, error: &std::io::Error) -> CameraError {
        explain_io(self.label(), error)
    }

    pub(super) fn formats(&mut self) -> Result<Vec<CameraFormat>, CameraError> {
        Ok(sorted(self.offers()?.into_iter().map(|(_, format)| format).collect()))
    }

    /// The formats that can be decoded here, with V4L2's names for their coding.
    fn offers(&self) -> Result<Vec<(FourCC, CameraFormat)>, CameraError> {
        let codes: Vec<FourCC> =
            self.device.enum_formats().map_err(|error| self.explain(&error))?.into_iter().map(|it| it.fourcc).collect();
        if codes.is_empty() {
            return Err(CameraError::NoFormat(self.label()));
        }
        let mut offers = Vec::new();
        for &code in &codes {
            let Some((_, pixels)) = CODES.into_iter().find(|(known, _)| **known == code.repr) else { continue };
            for size in self.sizes(code) {
                let formats =
                    self.rates(code, size).into_iter().map(|frame_rate| CameraFormat { size, frame_rate, pixels });
                offers.extend(formats.filter(|format| is_usable(*format)).map(|format| (code, format)));
            }
        }
        if offers.is_empty() {
            let offered = codes.iter().map(|code| code.repr.escape_ascii().to_string()).collect::<Vec<_>>().join(", ");
            return Err(CameraError::UnknownFormats { name: self.label(), offered });
        }
        Ok(offers)
    }

    /// The sizes that the driver names, else the one that is set.
    fn sizes(&self, code: FourCC) -> Vec<Size> {
        let named = self.device.enum_framesizes(code).unwrap_or_default();
        let sizes: Vec<Size> = named.into_iter().flat_map(|named| sizes_of(&named.size)).collect();
        if sizes.is_empty() {
            return self.device.format().iter().map(|format| Size::new(format.width, format.height)).collect();
        }
        sizes
    }

    /// The rates that the driver names, else the one that is set, else the usual one: a camera that cannot tell is no
    /// reason to hide it.
    fn rates(&self, code: FourCC, size: Size) -> Vec<FrameRate> {
        let named = self.device.enum_frameintervals(code, size.width, size.height).unwrap_or_default();
        let rates: Vec<FrameRate> = named.into_iter().flat_map(|named| rates_of(&named.interval)).collect();
        if rates.is_empty() { vec![self.rate_set().unwrap_or(ASSUMED_RATE)] } else { rates }
    }

    fn rate_set(&self) -> Option<FrameRate> {
        rate(self.device.params().ok()?.interval)
    }

    pub(super) fn start(self, request: &CameraRequest) -> Result<NativeStream, CameraError> {
        let offers = self.offers()?;
        let formats: Vec<CameraFormat> = offers.iter().map(|(_, format)| *format).collect();
        let (code, mut format) = choose(request, &formats)
            .and_then(|chosen| offers.iter().find(|(_, format)| *format == chosen).copied())
            .ok_or_else(|| CameraError::NoFormat(self.label()))?;
        let wanted = Format::new(format.size.width, format.size.height, code);
        let got = self.device.set_format(&wanted).map_err(|error| self.explain(&error))?;
        if (got.width, got.height, got.fourcc) != (wanted.width, wanted.height, wanted.fourcc) {
            return Err(CameraError::NoFormat(self.label()));
        }
        let (numerator, denominator) = format.frame_rate.interval();
        match self.device.set_params(&Parameters::new(Fraction::new(numerator, denominator))) {
            // What the driver made of it is what the pictures come at.
            Ok(set) => format.frame_rate = rate(set.interval).unwrap_or(format.frame_rate),
            Err(error) => match self.explain(&error) {
                CameraError::Failed { problem, .. } => tracing::debug!(problem, "the camera's rate cannot be set"),
                error => return Err(error),
            },
        }
        let stream = Stream::with_buffers(&self.device, Type::VideoCapture, NUM_BUFFERS);
        let stream = stream.map_err(|error| self.explain(&error))?;
        Ok(NativeStream { stream, native: self, format, decoder: PictureDecoder::new(format) })
    }
}

/// A camera that delivers.
pub(super) struct NativeStream {
    stream: Stream<'static>,
    native: Native,
    format: CameraFormat,
    decoder: PictureDecoder,
}

impl CameraStream for NativeStream {
    fn id(&self) -> &CameraId {
        &self.native.id
    }

    fn format(&self) -> CameraFormat {
        self.format
    }

    fn grab(&mut self) -> Result<Shot, CameraError> {
        let (bytes, about) = self.stream.next().map_err(|error| self.native.explain(&error))?;
        if about.flags.contains(Flags::ERROR) {
            return Err(CameraError::Damaged("the camera says so itself".to_owned()));
        }
        let taken_at = stamped_at(Duration::from(about.timestamp));
        // Some drivers leave the number of bytes at 0.
        let bytes = bytes.get(..about.bytesused as usize).filter(|used| !used.is_empty()).unwrap_or(bytes);
        Ok(Shot { rgb: self.decoder.decode(bytes)?, taken_at })
    }
}

/// When a picture was taken, by its stamp on the monotonic clock.
fn stamped_at(stamp: Duration) -> Instant {
    taken_at(monotonic_now().checked_sub(stamp))
}

#[expect(unsafe_code, reason = "the clock of the cameras' stamps has no safe call")]
fn monotonic_now() -> Duration {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a local variable; the clock is there on every Linux.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// What a driver says of a rate, where it can be believed.
fn rate(interval: Fraction) -> Option<FrameRate> {
    FrameRate::new(interval.denominator, interval.numerator).filter(|rate| SANE_RATES.contains(&rate.per_sec()))
}

fn rates_of(interval: &FrameIntervalEnum) -> Vec<FrameRate> {
    match interval {
        FrameIntervalEnum::Discrete(interval) => rate(*interval).into_iter().collect(),
        FrameIntervalEnum::Stepwise(range) => {
            let (Some(fastest), Some(slowest)) = (rate(range.min), rate(range.max)) else { return Vec::new() };
            let usual = USUAL_RATES.map(FrameRate::whole);
            let between = usual.into_iter().filter(|rate| slowest < *rate && *rate < fastest);
            [slowest, fastest].into_iter().chain(between).collect()
        }
    }
}

fn sizes_of(size: &FrameSizeEnum) -> Vec<Size> {
    match size {
        FrameSizeEnum::Discrete(size) => vec![Size::new(size.width, size.height)],
        FrameSizeEnum::Stepwise(range) => {
            let is_in = |value: u32, min: u32, max: u32, step: u32| {
                (min..=max).contains(&value) && (value - min).is_multiple_of(step.max(1))
            };
            let is_offered = |(width, height): &(u32, u32)| {
                is_in(*width, range.min_width, range.max_width, range.step_width)
                    && is_in(*height, range.min_height, range.max_height, range.step_height)
            };
            let usual = USUAL_SIZES.into_iter().filter(is_offered);
            usual.chain([(range.max_width, range.max_height)]).map(|(width, height)| Size::new(width, height)).collect()
        }
    }
}

fn explain_io(name: String, error: &std::io::Error) -> CameraError {
    explain(name, error.raw_os_error().unwrap_or(0), error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use v4l::frameinterval::Stepwise as Intervals;
    use v4l::framesize::Stepwise as Sizes;

    #[test]
    fn any_interval_is_a_rate_and_ranges_give_the_usual_ones() {
        let text = |interval| rates_of(&interval).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(text(FrameIntervalEnum::Discrete(Fraction::new(1001, 30_000))), ["29.97"]);
        assert_eq!(text(FrameIntervalEnum::Discrete(Fraction::new(256, 7680))), ["30"]);
        for absurd in [Fraction::new(0, 30), Fraction::new(1000, 1), Fraction::new(1, 4_000_000_000)] {
            assert_eq!(text(FrameIntervalEnum::Discrete(absurd)), [""; 0]);
        }
        let [min, max, step] = [Fraction::new(1, 60), Fraction::new(2, 15), Fraction::new(1, 1000)];
        let range = FrameIntervalEnum::Stepwise(Intervals { min, max, step });
        assert_eq!(text(range), ["7.5", "60", "10", "15", "24", "25", "30", "50"]);
    }

    #[test]
    fn a_range_of_sizes_gives_the_usual_ones_on_its_grid_and_the_largest() {
        let range =
            Sizes { min_width: 32, max_width: 1296, step_width: 16, min_height: 32, max_height: 976, step_height: 16 };
        let sizes = sizes_of(&FrameSizeEnum::Stepwise(range));
        let wanted = [(320, 240), (640, 480), (1296, 976)].map(|(width, height)| Size::new(width, height));
        assert_eq!(sizes, [&wanted[..2], &[Size::new(1280, 720)], &wanted[2..]].concat());
    }

    #[test]
    fn a_stamp_that_makes_no_sense_is_not_believed() {
        let before = Instant::now();
        assert!(stamped_at(monotonic_now().checked_sub(Duration::from_millis(500)).unwrap()) < before);
        for wrong in [Duration::ZERO, monotonic_now() + Duration::from_hours(1)] {
            assert!(stamped_at(wrong) >= before, "{wrong:?}");
        }
    }
}
