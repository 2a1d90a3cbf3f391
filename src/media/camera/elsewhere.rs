//! Cameras of other systems through nokhwa: `AVFoundation` or Media Foundation.
//!
//! Its plain `Camera` alone: its other form swallows errors and spins once a camera is unplugged. Buffers are decoded
//! here, because its own decoders panic on damaged pictures.
#![cfg_attr(target_os = "linux", expect(dead_code, reason = "compiled there for its tests alone"))]

use super::pick::choose;
use super::pixels::PictureDecoder;
use super::system::{is_usable, label, sorted, taken_at};
use super::{CameraError, CameraFormat, CameraId, CameraRequest, CameraStream, FrameRate, PixelFormat, Shot};
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

/// What the system lists.
pub(super) fn nodes_found() -> Result<Vec<(u32, CameraId)>, CameraError> {
    let found = nokhwa::query(nokhwa::utils::ApiBackend::Auto).map_err(|error| explain("list", &error))?;
    let node = |info: nokhwa::utils::CameraInfo| {
        let index = info.index().as_index().ok()?;
        Some((index, CameraId { name: info.human_name(), place: info.misc() }))
    };
    Ok(found.into_iter().filter_map(node).collect())
}

/// Asks the user where the system wants that.
pub(super) fn is_permitted() -> bool {
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
pub(super) struct Native {
    camera: Camera,
    index: u32,
    id: CameraId,
}

impl Native {
    pub(super) fn open(index: u32, id: &CameraId) -> Result<Self, CameraError> {
        // Any format will do for asking which ones there are.
        let any = RequestedFormat::with_formats(RequestedFormatType::None, &ALL_FORMATS);
        let camera = Camera::new(CameraIndex::Index(index), any).map_err(|error| explain(&label(index, id), &error))?;
        Ok(Self { camera, index, id: id.clone() })
    }

    fn explain(&self, error: &NokhwaError) -> CameraError {
        explain(&label(self.index, &self.id), error)
    }

    pub(super) fn formats(&mut self) -> Result<Vec<CameraFormat>, CameraError> {
        let found = self.camera.compatible_camera_formats().map_err(|error| self.explain(&error))?;
        let formats = sorted(found.into_iter().filter_map(known).collect());
        if formats.is_empty() { Err(CameraError::NoFormat(label(self.index, &self.id))) } else { Ok(formats) }
    }

    pub(super) fn start(mut self, request: &CameraRequest) -> Result<NativeStream, CameraError> {
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
pub(super) struct NativeStream {
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
        let taken_at = stamped_at(buffer.capture_timestamp());
        Ok(Shot { rgb: self.decoder.decode(buffer.buffer())?, taken_at })
    }
}

/// When a picture was taken, by its stamp in wall-clock time.
fn stamped_at(stamp: Option<Duration>) -> Instant {
    taken_at(stamp.and_then(|stamp| SystemTime::now().duration_since(UNIX_EPOCH + stamp).ok()))
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
    let format = CameraFormat { size, frame_rate: FrameRate::new(native.frame_rate(), 1)?, pixels };
    is_usable(format).then_some(format)
}

/// nokhwa's name for a format of its own list, where rates are whole.
fn native(format: CameraFormat) -> NativeFormat {
    let pixels = match format.pixels {
        PixelFormat::Yuyv => FrameFormat::YUYV,
        PixelFormat::Nv12 => FrameFormat::NV12,
        PixelFormat::Rgb => FrameFormat::RAWRGB,
        PixelFormat::Bgr => FrameFormat::RAWBGR,
        PixelFormat::Mjpeg => FrameFormat::MJPEG,
        PixelFormat::Gray => FrameFormat::GRAY,
    };
    let rate = format.frame_rate.per_sec().round() as u32;
    NativeFormat::new(Resolution::new(format.size.width, format.size.height), pixels, rate)
}

/// What nokhwa's words mean: it keeps the system's error as text alone.
fn explain(name: &str, error: &NokhwaError) -> CameraError {
    let (name, text) = (name.to_owned(), error.to_string());
    if text.contains("Failed to Fufill") {
        return CameraError::NoFormat(name);
    }
    #[cfg(unix)]
    if let Some((_, rest)) = text.split_once("os error ")
        && let Some(errno) = rest.split(')').next().and_then(|number| number.parse().ok())
    {
        return super::system::explain(name, errno, text);
    }
    CameraError::Failed { name, problem: text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_errors_are_told_apart() {
        let open = |text: &str| explain("0", &NokhwaError::OpenStreamError(text.to_owned()));
        #[cfg(unix)]
        assert_eq!(open("Device or resource busy (os error 16)"), CameraError::Busy("0".into()));
        assert!(matches!(open("it is tired"), CameraError::Failed { .. }));
        let none = NokhwaError::GetPropertyError { property: "CameraFormat".into(), error: "Failed to Fufill".into() };
        assert_eq!(explain("0", &none), CameraError::NoFormat("0".into()));
    }

    #[test]
    fn formats_survive_the_way_there_and_back() {
        for pixels in ALL_FORMATS {
            let there = NativeFormat::new(Resolution::new(640, 480), pixels, 30);
            assert_eq!(known(there).map(native), Some(there));
        }
        assert_eq!(known(NativeFormat::new(Resolution::new(640, 480), FrameFormat::YUYV, 0)), None);
    }
}
