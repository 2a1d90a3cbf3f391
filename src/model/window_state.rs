//! What a window's iterations refine.

/// Coordinates and logits of one window; frame-major.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowState {
    /// Frames `S`.
    pub num_frames: usize,
    /// Tracks `N`.
    pub num_tracks: usize,
    /// `[S, N]` (x, y) in level-0 feature pixels.
    pub coords: Vec<[f32; 2]>,
    /// `[S, N]` logits.
    pub visibility: Vec<f32>,
    /// `[S, N]` logits.
    pub confidence: Vec<f32>,
}
