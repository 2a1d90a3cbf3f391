//! What makes no sense of what the user said.

/// Why nothing can be measured with a [`super::Setup`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MeasureError {
    /// A number is not finite, or too large to be meant.
    #[error("a place of the scale, the origin or the axis is out of range")]
    Place,
    /// A length is not above 0.
    #[error("the known length must be a number above 0")]
    Length,
    /// The ends of the line are one place.
    #[error("the ends of the line of known length are at the same place")]
    NoLine,
    /// The corners are not those of a rectangle, however it is seen.
    #[error("the four corners must go around the plane, no three of them in a line")]
    NoPlane,
    /// The unit has no name, or one that is too long.
    #[error("a unit has 1 to 12 letters")]
    Unit,
    /// The capture rate is not above 0.
    #[error("the capture rate must be above 0 and at most 1000000 frames per second")]
    CaptureRate,
    /// The smoothing is out of range.
    #[error("the smoothing takes an odd number of frames from 3 to 99, and an order from 2 to 4 below it")]
    Smoothing,
    /// The axis leads nowhere.
    #[error("the x axis must lead away from the origin")]
    NoAxis,
}
