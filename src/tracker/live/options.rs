//! How a live stream is followed.

use crate::geometry::Size;

/// How a live stream is followed. The defaults are what won on rendered clips with exact truth (`benches/RESULTS.md`).
#[derive(Clone, Debug, PartialEq)]
pub struct LiveOptions {
    /// The picture size that the network sees, multiples of 8; the config's where `None`.
    pub model_size: Option<Size>,
    /// Iterations per frame, at least 1.
    pub iters: usize,
    /// How much of the velocity before stays in the smoothed one that a track is extended with, 0 to 1.
    pub velocity_smoothing: f32,
    /// Every so many frames, the last `S` are looked at anew, as the windowed protocol does; never where 0.
    pub correct_every: usize,
    /// Iterations of such a correction.
    pub correction_iters: usize,
    /// `K` of the K × K support points that join unseen; 0 for none. Lost ones are replaced.
    pub support_grid: usize,
}

impl Default for LiveOptions {
    fn default() -> Self {
        Self {
            model_size: None,
            iters: 2,
            velocity_smoothing: 0.8,
            correct_every: 0,
            correction_iters: 2,
            support_grid: 0,
        }
    }
}
