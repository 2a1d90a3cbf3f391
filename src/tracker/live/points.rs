//! What a live stream says of its points.

use crate::calibration::Probability;
use crate::geometry::{FrameIndex, SourcePoint};
use crate::tracks::LiveSample;

/// Identifies a point of a live stream; never used again after a removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PointId(pub u32);

/// Where a point is on one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LivePoint {
    /// Which one.
    pub id: PointId,
    /// Its position, in source pixels.
    pub position: SourcePoint,
    /// How probable it is that the point can be seen, 0 to 1.
    pub visibility: f32,
    /// How sure the network is of the position, 0 to 1.
    pub confidence: f32,
    /// What these are worth; `None` where the weights do not know.
    pub probability: Option<Probability>,
    /// The verdict shown to the user: visibility · confidence above the weights' threshold.
    pub visible: bool,
    /// Whether it is followed.
    pub state: PointState,
}

impl LivePoint {
    /// What is told of it outside, under this number.
    #[must_use]
    pub fn sample(&self, id: u32) -> LiveSample {
        let Self { position, visibility, confidence, probability, visible, .. } = *self;
        LiveSample { id, point: position, visibility, confidence, probability, visible }
    }

    /// A point that is not followed, at its last known place.
    pub(super) fn unseen(id: PointId, position: SourcePoint, state: PointState) -> Self {
        Self { id, position, visibility: 0.0, confidence: 0.0, probability: None, visible: false, state }
    }
}

/// Where points are on some frames; of each point in the order of the frames.
pub type Said = Vec<(FrameIndex, LivePoint)>;

/// Whether a point is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointState {
    /// It is.
    Followed,
    /// It has not been seen for long; it is looked for by its query patch. Its position is the last one known.
    Lost,
    /// It is to be followed soon, from the frame on which it was placed. Its position is the one there.
    Joining,
    /// The user parked it: not followed, not looked for.
    Parked,
}

/// The points on a frame, right after it came.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveFrame {
    /// The frame.
    pub frame: FrameIndex,
    /// Every point that was there when the frame came, in the order in which they were added.
    pub points: Vec<LivePoint>,
    /// Where points that joined late were before: on the frame on which they were placed, and on those since then but
    /// this.
    pub caught_up: Said,
    /// What the frame cost.
    pub timings: LiveTimings,
}

/// Where the time of a live frame went, in milliseconds. On a GPU, encoding is only recorded and waited for by
/// refining.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LiveTimings {
    /// From the picture to its features.
    pub encode_millis: f64,
    /// Correlation and transformer.
    pub refine_millis: f64,
}
