//! What measuring has to know of a clip.

use crate::geometry::{FrameIndex, Size};
use std::sync::Arc;

/// The clip that is measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Footage {
    /// Size of the upright picture in source pixels.
    pub size: Size,
    /// How wide a pixel is, in heights of a pixel.
    pub pixel_aspect: f64,
    /// Frames per second at which the clip is shown.
    pub frame_rate: f64,
    /// When each frame is shown, in seconds from the first one.
    pub times_secs: Arc<[f64]>,
}

impl Footage {
    /// When a frame was taken, in seconds of the scene from the first one: the clip's own time, shorter by as much as
    /// it was filmed faster than it is shown.
    #[must_use]
    pub fn scene_secs(&self, frame: FrameIndex, capture_rate: Option<f64>) -> Option<f64> {
        let shown = *self.times_secs.get(frame.get())?;
        Some(capture_rate.map_or(shown, |rate| shown * self.frame_rate / rate))
    }
}
