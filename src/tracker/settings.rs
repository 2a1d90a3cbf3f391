//! What a run is followed with: where nothing else is asked for, and as it is kept with the results.

use crate::geometry::Size;
use crate::model::Network;
use crate::tracks::{AboutWeights, Direction, RunSettings, TrackMode};
use serde::{Deserialize, Serialize};

/// `K` of the support grid of clips where nothing else is asked for, with and without a window (`benches/RESULTS.md`:
/// company and support). A live stream has its own ([`super::LiveOptions`]): there it costs every frame.
pub const SUPPORT_GRID: usize = 6;

/// Memory for what is refined at once where the whole clip should be and nothing else is asked for: some 500 frames of
/// 512 × 384 with a hundred points.
pub const SPAN_BYTES: usize = 4 << 30;
/// A clip is cut into pieces of at least so many frames, whatever memory there is.
pub(super) const MIN_SPAN: usize = 32;

/// A part of the picture that the network looks at in place of all of it; it follows the points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Zoom {
    /// One that holds the points on their own frames with room around them, and is looked at no larger than it is.
    Auto,
    /// One of so many source pixels.
    Size(Size),
}

/// How a run is tracked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrackerOptions {
    /// The picture size that the network sees, multiples of 8; the config's where `None`.
    pub model_size: Option<Size>,
    /// Iterations per window; the config's where `None`.
    pub iters: Option<usize>,
    /// Refines the whole clip at once, or as much of it as is refined in so many bytes; in windows where `None`.
    pub span_bytes: Option<usize>,
    /// `K` of the K × K support points that join the run unseen; 0 for none.
    pub support_grid: usize,
    /// `K` of the K × K support points around each point, on its own frame; 0 for none.
    pub local_grid: usize,
    /// Whether a track passes exactly through its query on the query's frame, as the app shows it. The network's own
    /// estimate there, a fraction of a pixel away, is what the reference writes.
    pub pin_queries: bool,
    /// Whether confidence goes where a point may have been mistaken for something that looks like it, and where what is
    /// to be seen there looks like something else; and whether, in windows, points that were hidden for long are looked
    /// for. The reference does none of it.
    pub second_look: bool,
    /// What part of the picture the network looks at; all of it where `None`. For windows alone.
    pub zoom: Option<Zoom>,
    /// Which way through the clip points are followed.
    pub direction: Direction,
}

/// The settings of a run, to be kept with its results.
pub(super) fn run_settings(
    network: &Network,
    mode: TrackMode,
    (model_size, zoom): (Size, Option<Size>),
    iterations: usize,
    support_grid: usize,
) -> RunSettings {
    let weights = AboutWeights { name: network.weights_name().to_owned(), sha256: network.weights_sha256().to_owned() };
    RunSettings { weights, mode, model_size, zoom, iterations, support_grid }
}
