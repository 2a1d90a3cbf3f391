//! What a run is followed with: where nothing else is asked for, and as it is kept with the results.

use crate::geometry::Size;
use crate::model::Network;
use crate::tracks::{AboutWeights, RunSettings, TrackMode};

/// `K` of the support grid of clips where nothing else is asked for, with and without a window (`benches/RESULTS.md`:
/// company and support). A live stream has its own ([`super::LiveOptions`]): there it costs every frame.
pub const SUPPORT_GRID: usize = 6;

/// The settings of a run, to be kept with its results.
pub(super) fn run_settings(
    network: &Network,
    mode: TrackMode,
    model_size: Size,
    iterations: usize,
    support_grid: usize,
) -> RunSettings {
    let weights = AboutWeights { name: network.weights_name().to_owned(), sha256: network.weights_sha256().to_owned() };
    RunSettings { weights, mode, model_size, iterations, support_grid }
}
