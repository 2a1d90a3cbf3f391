//! Tests of media: real files in many codecs and broken ones, against the ffmpeg tool's own output.

#[cfg(all(target_os = "linux", feature = "camera"))]
mod cameras;
mod clips;
mod damaged;
#[cfg(all(target_os = "linux", feature = "camera"))]
pub(crate) mod fake_camera;
pub(crate) mod fixtures;
mod images;
mod shapes;
mod trade;
mod videos;
