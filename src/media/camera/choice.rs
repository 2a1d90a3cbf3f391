//! Which camera is meant, and in which of its formats.

use super::{CameraFormat, CameraId, FrameRate, PixelFormat};
use crate::geometry::Size;

/// Which camera is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CameraChoice {
    /// By its number at the moment.
    Index(u32),
    /// By what it is known by: also after it was plugged in again under another number.
    Id(CameraId),
}

impl std::fmt::Display for CameraChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Index(index) => index.fmt(f),
            Self::Id(id) => id.name.fmt(f),
        }
    }
}

/// A camera, and how it shall deliver. What is left open is chosen: colour before gray, 24 pictures per second or more,
/// a size near 640 × 480, uncompressed before compressed, a rate near 30.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameraRequest {
    /// Which camera.
    pub camera: CameraChoice,
    /// Size of the pictures.
    pub size: Option<Size>,
    /// Pictures per second.
    pub frame_rate: Option<FrameRate>,
    /// How they are coded.
    pub pixels: Option<PixelFormat>,
}

impl CameraRequest {
    /// The camera of a number, in whatever format suits.
    #[must_use]
    pub fn index(index: u32) -> Self {
        Self { camera: CameraChoice::Index(index), size: None, frame_rate: None, pixels: None }
    }

    /// The camera that was open, in the format that it had: what comes back must fit what went before.
    #[must_use]
    pub fn again(id: &CameraId, format: CameraFormat) -> Self {
        Self {
            camera: CameraChoice::Id(id.clone()),
            size: Some(format.size),
            frame_rate: Some(format.frame_rate),
            pixels: Some(format.pixels),
        }
    }
}
