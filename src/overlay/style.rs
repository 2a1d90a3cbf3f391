//! What the user may choose about the overlay.

use super::colouring::Colouring;
use super::mark::MarkerState;
use super::palette::Palette;
use crate::tracks::TrackId;

/// How tracks are drawn. Sizes are in style units.
#[expect(clippy::struct_excessive_bools, reason = "switches that do not depend on each other")]
#[derive(Clone, Debug, PartialEq)]
pub struct OverlayStyle {
    /// How many past frames the trail shows; 0 for none, `usize::MAX` for the whole track.
    pub trail_frames: usize,
    /// Whether the trail fades out towards its end; else it is equally strong all along.
    pub fade: bool,
    /// Radius of a point.
    pub point_radius: f32,
    /// Width of a trail, without its dark casing.
    pub line_width: f32,
    /// Whether points and stretches that the network judges hidden are drawn (hollow and dotted) or left out.
    pub show_hidden: bool,
    /// Whether points that the user has hidden are drawn, too.
    pub show_put_away: bool,
    /// Whether distances, angles and speeds are drawn and written beside their points.
    pub show_measures: bool,
    /// The colours of the tracks.
    pub palette: Palette,
    /// What the colours tell.
    pub colouring: Colouring,
    /// The speed with the strongest colour, in source pixels per frame.
    pub fastest_px: f32,
    /// Where there are some, these points are drawn and no others.
    pub only: Vec<TrackId>,
    /// Points that are drawn in another state than their samples say, in the order of their ids.
    pub states: Vec<(TrackId, MarkerState)>,
    /// Points with a double ring, drawn on top.
    pub selected: Vec<TrackId>,
    /// The point under the pointer.
    pub hovered: Option<TrackId>,
}

impl Default for OverlayStyle {
    fn default() -> Self {
        Self {
            trail_frames: 24,
            fade: true,
            point_radius: 5.0,
            line_width: 2.0,
            show_hidden: true,
            show_put_away: false,
            show_measures: true,
            palette: Palette::default(),
            colouring: Colouring::default(),
            fastest_px: 10.0,
            only: Vec::new(),
            states: Vec::new(),
            selected: Vec::new(),
            hovered: None,
        }
    }
}

impl OverlayStyle {
    /// What [`Self::trail_frames`] is for trails that are shown or not, whole or of so many frames.
    #[must_use]
    pub fn trail_length(is_shown: bool, is_whole: bool, num_frames: u32) -> usize {
        match (is_shown, is_whole) {
            (false, _) => 0,
            (true, true) => usize::MAX,
            (true, false) => num_frames as usize,
        }
    }
}
