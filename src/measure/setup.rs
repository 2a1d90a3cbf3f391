//! What the user says about the scene.

use super::error::MeasureError;
use super::motion::Smoothing;
use crate::geometry::SourcePoint;
use serde::{Deserialize, Serialize};

/// The unit where there is no scale: heights of a pixel.
const PIXELS: &str = "px";

const MAX_UNIT_LETTERS: usize = 12;
const MAX_CAPTURE_RATE: f64 = 1e6;
/// Nobody marks a place farther away from the picture.
const FARTHEST_PX: f32 = 1e6;

/// How large the scene is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// Nobody knows: a unit is the height of a pixel.
    #[default]
    Pixels,
    /// A line of known length, in a scene that is seen from the front.
    Line {
        /// Its ends in the picture.
        ends: [SourcePoint; 2],
        /// Its length in units.
        length: f64,
    },
    /// A rectangle of known size on the plane on which everything moves, seen from anywhere.
    Plane {
        /// Its corners in the picture, going around. The first is the origin where none is set, the second lies on the x
        /// axis, the last one on the y axis.
        corners: [SourcePoint; 4],
        /// From the first to the second corner, in units.
        width: f64,
        /// From the second to the third corner, in units.
        height: f64,
    },
}

/// How a clip is measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Setup {
    /// How large the scene is.
    pub scale: Scale,
    /// What a unit is called; of no account without a scale.
    pub unit: String,
    /// Where x and y are 0; the first corner of the plane where `None`, else the picture's bottom left pixel.
    pub origin: Option<SourcePoint>,
    /// A place on the positive x axis. Where `None`, that goes to the right, or along the first side of the plane.
    pub x_axis: Option<SourcePoint>,
    /// Frames per second at which it was filmed; as it is shown where `None`.
    pub capture_rate: Option<f64>,
    /// How speeds are smoothed.
    pub smoothing: Smoothing,
}

impl Default for Setup {
    fn default() -> Self {
        let (origin, x_axis, capture_rate) = (None, None, None);
        Self {
            scale: Scale::Pixels,
            unit: "m".to_owned(),
            origin,
            x_axis,
            capture_rate,
            smoothing: Smoothing::default(),
        }
    }
}

impl Setup {
    /// What a unit is called.
    #[must_use]
    pub fn unit(&self) -> &str {
        if self.scale == Scale::Pixels { PIXELS } else { &self.unit }
    }

    /// Whether all of it makes sense; [`super::World::new`] asks, too.
    ///
    /// # Errors
    /// What does not.
    pub fn check(&self) -> Result<(), MeasureError> {
        let is_near = |point: &SourcePoint| [point.x, point.y].iter().all(|value| value.abs() <= FARTHEST_PX);
        let mut sides = None;
        let (marked, lengths): (&[SourcePoint], &[f64]) = match &self.scale {
            Scale::Pixels => (&[], &[]),
            Scale::Line { ends, length } => (ends, std::slice::from_ref(length)),
            Scale::Plane { corners, width, height } => (corners, sides.insert([*width, *height])),
        };
        if !marked.iter().chain(&self.origin).chain(&self.x_axis).all(is_near) {
            return Err(MeasureError::Place);
        }
        if !lengths.iter().all(|length| length.is_finite() && *length > 0.0) {
            return Err(MeasureError::Length);
        }
        let letters = self.unit.chars().count();
        if letters == 0 || letters > MAX_UNIT_LETTERS || self.unit.chars().any(char::is_control) {
            return Err(MeasureError::Unit);
        }
        if self.capture_rate.is_some_and(|rate| !(rate > 0.0 && rate <= MAX_CAPTURE_RATE)) {
            return Err(MeasureError::CaptureRate);
        }
        self.smoothing.check()
    }
}
