//! A tensor in ordinary memory.

/// A weight tensor as read from a checkpoint: row-major `f32` values.
#[derive(Clone, Debug, PartialEq)]
pub struct HostTensor {
    /// Extents, outermost first.
    pub shape: Vec<usize>,
    /// `shape` product values.
    pub data: Vec<f32>,
}
