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
    /// A point that has not been visible for so many frames is given up and looked for by its query patch; never where
    /// 0.
    pub lost_after: usize,
    /// How many lost points are looked for on each frame, in turn.
    pub searches_per_frame: usize,
    /// How well a patch must fit for its point to be found again, up to 1.
    pub found_above: f32,
    /// On so many frames after it was found, a point is looked for once more, to learn how fast it moves.
    pub looks_after_found: usize,
    /// A point counts as hidden where its query patch fits worse than this share of how it fitted while it was seen; 0
    /// leaves the verdict to the network.
    pub misfit_below: f32,
    /// How much of the fit before stays in the smoothed one that a patch is held against, 0 to 1.
    pub fit_smoothing: f32,
    /// `K` of the K × K support points that join unseen; 0 for none. Lost ones are replaced.
    pub support_grid: usize,
    /// Where hundreds of points come at once, the next frames take them in, some each, so that none of these takes much
    /// longer than usual ([`super::PointState::Joining`]); else they join at once.
    pub spread_joins: bool,
    /// Whether a point is parked where it leaves the picture.
    pub end_outside: bool,
    /// Whether confidence goes where something else in the picture looks like a point and may be mistaken for it. Some
    /// new points are looked at on each frame, in turn, and no lost point is found where two places fit.
    pub second_look: bool,
}

impl Default for LiveOptions {
    fn default() -> Self {
        Self {
            model_size: None,
            iters: 2,
            velocity_smoothing: 0.8,
            correct_every: 0,
            correction_iters: 2,
            lost_after: 16,
            searches_per_frame: 4,
            found_above: 0.7,
            looks_after_found: 2,
            misfit_below: 0.6,
            fit_smoothing: 0.5,
            support_grid: 0,
            spread_joins: false,
            end_outside: false,
            second_look: false,
        }
    }
}
