//! The system's cameras through nokhwa: V4L2, `AVFoundation` or Media Foundation.
//!
//! Its plain `Camera` alone: its other form swallows errors and spins once a camera is unplugged. Buffers are decoded
//! here, because its own decoders panic on damaged pictures.

use super::pick::{choose, meant};
use super::pixels::PictureDecoder;
use super::{
    CameraChoice, CameraError, CameraFormat, CameraId, CameraListing, CameraRequest, CameraStream, PixelFormat, Shot,
};
use crate::geometry::Size;
use nokhwa::utils::{
    CameraFormat as NativeFormat, CameraIndex, FrameFormat, RequestedFormat, RequestedFormatType, Resolution,
};
use nokhwa::{Camera, NokhwaError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Whatever nokhwa can deliver.
const ALL_FORMATS: [FrameFormat; 6] = [
    FrameFormat::YUYV,
    FrameFormat::NV12,
    FrameFormat::RAWRGB,
    FrameFormat::RAWBGR,
    FrameFormat::MJPEG,
    FrameFormat::GRAY,
];
/// How long the user may take to answer the system's question whether the program may use cameras (macOS).
const PERMISSION_PATIENCE: Duration = Duration::from_mins(1);
/// Pictures older than this by their own stamp carry a wrong stamp.
const MAX_AGE: Duration = Duration::from_secs(2);

pub(super) fn list() -> Result<Vec<CameraListing>, CameraError> {
    let probe = |(index, id): (u32, CameraId)| {
        let formats = Native::open(index, &id).and_then(|mut camera| camera.formats());
        CameraListing { index, id, formats }
    };
    let all = nodes()?.into_iter().map(probe);
    // A camera may have nodes beside the one with the pictures (for its metadata); they have no formats.
    Ok(all.filter(|listing| !matches!(listing.formats, Err(CameraError::NoFormat(_)))).collect())
}

pub(super) fn open(request: &CameraRequest) -> Result<Box<dyn CameraStream>, CameraError> {
    let nodes = nodes()?;
    let mut problem = None;
    for (index, id) in meant(&request.camera, &nodes) {
        match Native::open(*index, id).and_then(|camera| camera.start(request)) {
            Ok(stream) => return Ok(Box::new(stream)),
            Err(error) => problem = problem.filter(|first| !matches!(first, CameraError::NoFormat(_))).or(Some(error)),
        }
    }
    Err(problem.unwrap_or_else(|| missing(&request.camera, &nodes)))
}

fn missing(wanted: &CameraChoice, nodes: &[(u32, CameraId)]) -> CameraError {
    if nodes.is_empty() {
        return CameraError::NoCameras;
    }
    let there: Vec<String> = nodes.iter().map(|(index, id)| format!("camera:{index} ({})", id.name)).collect();
    CameraError::NoSuchCamera { wanted: wanted.to_string(), there: there.join(", ") }
}

/// Every node that may be a camera, by its number.
fn nodes() -> Result<Vec<(u32, CameraId)>, CameraError> {
    if !is_permitted() {
        return Err(CameraError::NoPermission("access".to_owned()));
    }
    let mut nodes = found()?;
    nodes.sort_by_key(|(index, _)| *index);
    Ok(nodes)
}

/// What the system lists. Not nokhwa's own list: that one panics on names such as `/dev/video-decoder`.
#[cfg(target_os = "linux")]
fn found() -> Result<Vec<(u32, CameraId)>, CameraError> {
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

/// What the system lists.
#[cfg(not(target_os = "linux"))]
fn found() -> Result<Vec<(u32, CameraId)>, CameraError> {
    let found = nokhwa::query(nokhwa::utils::ApiBackend::Auto).map_err(|error| explain("list", &error))?;
    let node = |info: nokhwa::utils::CameraInfo| {
        let index = info.index().as_index().ok()?;
        Some((index, CameraId { name: info.human_name(), place: info.misc() }))
    };
    Ok(found.into_iter().filter_map(node).collect())
}

/// Asks the user where the system wants that.
fn is_permitted() -> bool {
    if nokhwa::nokhwa_check() {
        return true;
    }
    let (answer, answered) = crossbeam_channel::bounded(1);
    nokhwa::nokhwa_initialize(move |is_granted| {
        answer.try_send(is_granted).ok(); // nobody waits any more
    });
    answered.recv_timeout(PERMISSION_PATIENCE).unwrap_or(false)
}

/// A camera that is open but not started.
struct Native {
    camera: Camera,
    index: u32,
    id: CameraId,
}

impl Native {
    fn open(index: u32, id: &CameraId) -> Result<Self, CameraError> {
        // Any format will do for asking which ones there are.
        let any = RequestedFormat::with_formats(RequestedFormatType::None, &ALL_FORMATS);
        let camera = Camera::new(CameraIndex::Index(index), any).map_err(|error| explain(&label(index, id), &error))?;
        Ok(Self { camera, index, id: id.clone() })
    }

    fn explain(&self, error: &NokhwaError) -> CameraError {
        explain(&label(self.index, &self.id), error)
    }

    fn formats(&mut self) -> Result<Vec<CameraFormat>, CameraError> {
        let found = self.camera.compatible_camera_formats().map_err(|error| self.explain(&error))?;
        let mut formats: Vec<CameraFormat> = found.into_iter().filter_map(known).collect();
        formats.sort_by_key(|format| (format.pixels, format.size.area(), format.size.width, format.frame_rate));
        formats.dedup();
        if formats.is_empty() { Err(CameraError::NoFormat(label(self.index, &self.id))) } else { Ok(formats) }
    }

    fn start(mut self, request: &CameraRequest) -> Result<NativeStream, CameraError> {
        let formats = self.formats()?;
        let format = choose(request, &formats).ok_or_else(|| CameraError::NoFormat(label(self.index, &self.id)))?;
        let native = native(format);
        // `Closest` fails often; `Exact` takes what the list promises.
        let pixels = [native.format()];
        let exact = RequestedFormat::with_formats(RequestedFormatType::Exact(native), &pixels);
        self.camera.set_camera_requset(exact).map_err(|error| self.explain(&error))?;
        self.camera.open_stream().map_err(|error| self.explain(&error))?;
        Ok(NativeStream { native: self, format, decoder: PictureDecoder::new(format) })
    }
}

/// A camera that delivers.
struct NativeStream {
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
        let buffer = self.native.camera.frame().map_err(|error| self.native.explain(&error))?;
        let taken_at = taken_at(buffer.capture_timestamp());
        Ok(Shot { rgb: self.decoder.decode(buffer.buffer())?, taken_at })
    }
}

/// When a picture was taken, by its stamp in wall-clock time.
fn taken_at(stamp: Option<Duration>) -> Instant {
    let now = Instant::now();
    let age = stamp.and_then(|stamp| SystemTime::now().duration_since(UNIX_EPOCH + stamp).ok());
    age.filter(|age| *age < MAX_AGE).and_then(|age| now.checked_sub(age)).unwrap_or(now)
}

fn label(index: u32, id: &CameraId) -> String {
    format!("{index} ({})", id.name)
}

/// A format that can be decoded here.
fn known(native: NativeFormat) -> Option<CameraFormat> {
    let pixels = match native.format() {
        FrameFormat::YUYV => PixelFormat::Yuyv,
        FrameFormat::NV12 => PixelFormat::Nv12,
        FrameFormat::RAWRGB => PixelFormat::Rgb,
        FrameFormat::RAWBGR => PixelFormat::Bgr,
        FrameFormat::MJPEG => PixelFormat::Mjpeg,
        FrameFormat::GRAY => PixelFormat::Gray,
    };
    let size = Size::new(native.width(), native.height());
    let shares_colours = matches!(pixels, PixelFormat::Yuyv | PixelFormat::Nv12);
    let is_whole =
        size.area() > 0 && (!shares_colours || (size.width.is_multiple_of(2) && size.height.is_multiple_of(2)));
    let is_sane = is_whole && native.frame_rate() > 0 && !crate::media::is_absurd_size(size.width, size.height);
    is_sane.then_some(CameraFormat { size, frame_rate: native.frame_rate(), pixels })
}

fn native(format: CameraFormat) -> NativeFormat {
    let pixels = match format.pixels {
        PixelFormat::Yuyv => FrameFormat::YUYV,
        PixelFormat::Nv12 => FrameFormat::NV12,
        PixelFormat::Rgb => FrameFormat::RAWRGB,
        PixelFormat::Bgr => FrameFormat::RAWBGR,
        PixelFormat::Mjpeg => FrameFormat::MJPEG,
        PixelFormat::Gray => FrameFormat::GRAY,
    };
    NativeFormat::new(Resolution::new(format.size.width, format.size.height), pixels, format.frame_rate)
}

/// What nokhwa's words mean: it keeps the system's error as text alone.
fn explain(name: &str, error: &NokhwaError) -> CameraError {
    let (name, text) = (name.to_owned(), error.to_string());
    let says = |code: u8| cfg!(unix) && text.contains(&format!("os error {code})"));
    if says(16) {
        CameraError::Busy(name) // EBUSY
    } else if says(1) || says(13) {
        CameraError::NoPermission(name) // EPERM, EACCES
    } else if says(2) || says(6) || says(19) {
        CameraError::Unplugged(name) // ENOENT, ENXIO, ENODEV
    } else if text.contains("Failed to Fufill") {
        CameraError::NoFormat(name)
    } else {
        CameraError::Failed { name, problem: text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_errors_are_told_apart() {
        let open = |text: &str| explain("0", &NokhwaError::OpenStreamError(text.to_owned()));
        assert_eq!(open("Device or resource busy (os error 16)"), CameraError::Busy("0".into()));
        assert_eq!(open("Permission denied (os error 13)"), CameraError::NoPermission("0".into()));
        assert_eq!(open("No such device (os error 19)"), CameraError::Unplugged("0".into()));
        assert!(matches!(open("Cannot allocate memory (os error 12)"), CameraError::Failed { .. }));
        let none = NokhwaError::GetPropertyError { property: "CameraFormat".into(), error: "Failed to Fufill".into() };
        assert_eq!(explain("0", &none), CameraError::NoFormat("0".into()));
    }

    #[test]
    fn formats_survive_the_way_there_and_back() {
        for pixels in ALL_FORMATS {
            let there = NativeFormat::new(Resolution::new(640, 480), pixels, 30);
            assert_eq!(known(there).map(native), Some(there));
        }
        for (width, height, rate) in [(0, 480, 30), (641, 480, 30), (640, 480, 0), (40_000, 480, 30)] {
            let odd = NativeFormat::new(Resolution::new(width, height), FrameFormat::YUYV, rate);
            assert_eq!(known(odd), None, "{width} {height} {rate}");
        }
    }

    #[test]
    fn a_stamp_that_makes_no_sense_is_not_believed() {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let before = Instant::now();
        assert!(taken_at(wall.checked_sub(Duration::from_millis(500))) < before);
        for wrong in [None, Some(Duration::ZERO), Some(wall + Duration::from_hours(1))] {
            assert!(taken_at(wrong) >= before, "{wrong:?}");
        }
    }
}
