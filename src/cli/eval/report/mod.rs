//! What an evaluation found, for files: JSON, and a page with pictures.

mod page;
mod strip;

use super::Tracks;
use super::config::{EvalConfig, Settings};
use super::figures::Figures;
use super::following::Tracker;
use crate::cli::config::ModeConfig;
use crate::eval::{EvalClip, QueryMode};
use serde::Serialize;

/// The worst tracks of each tracker that a page shows.
const WORST_SHOWN: usize = 12;
/// Of one clip it shows no more, or one bad clip would be all that is seen.
const WORST_PER_CLIP: usize = 3;

/// All that was found.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    queries: &'static str,
    device: String,
    trackers: Vec<Described>,
    pub(super) clips: Vec<Figures>,
    pub(super) means: Vec<Figures>,
    #[serde(skip)]
    worst: Vec<Worst>,
}

/// How the points of a row were followed.
#[derive(Debug, Serialize)]
struct Described {
    tracker: String,
    weights: String,
    weights_sha256: String,
    mode: &'static str,
    support_grid: usize,
    local_grid: usize,
    second_look: bool,
    /// How many points share a run; all where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    together: Option<usize>,
    polish: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    plane: Option<u16>,
}

/// A track that is far off.
#[derive(Debug)]
struct Worst {
    /// The tracker's place in the table, and its name.
    tracker: (usize, String),
    clip: String,
    point: usize,
    /// On average, in pixels of a picture of 256 × 256.
    distance: f64,
    /// What it looks like: frames by number, as JPEG.
    pictures: Vec<(usize, Vec<u8>)>,
}

impl Described {
    fn new(tracker: &Tracker) -> Self {
        let Settings { mode, together, .. } = &tracker.settings;
        let (mode, support_grid, local_grid, second_look) = match mode {
            ModeConfig::Window(options) => ("window", options.support_grid, options.local_grid, options.second_look),
            ModeConfig::Live(options) => ("live", options.support_grid, 0, options.second_look),
        };
        Self {
            tracker: tracker.name.clone(),
            weights: tracker.network.weights_name().to_owned(),
            weights_sha256: tracker.network.weights_sha256().to_owned(),
            mode,
            support_grid,
            local_grid,
            second_look,
            together: *together,
            polish: tracker.look.polish,
            plane: tracker.look.plane,
        }
    }
}

impl Report {
    /// Nothing found yet.
    pub(super) fn new(trackers: &[Tracker], config: &EvalConfig) -> Self {
        Self {
            queries: if config.queries == QueryMode::First { "first" } else { "strided" },
            device: trackers.first().map_or_else(String::new, |tracker| tracker.network.device_name().to_owned()),
            trackers: trackers.iter().map(Described::new).collect(),
            clips: Vec::new(),
            means: Vec::new(),
            worst: Vec::new(),
        }
    }

    /// Keeps pictures of the worst tracks of a clip, as long as they are among the worst of all.
    pub(super) fn show(&mut self, clip: &EvalClip, tracker: usize, name: &str, tracks: &Tracks) {
        let distance = |n: usize| clip.mean_distance(n, |t| tracks[n][t].map(|said| said.point)).map(|far| (far, n));
        let mut far: Vec<(f64, usize)> = (0..clip.queries.len()).filter_map(distance).collect();
        far.sort_by(|a, b| b.0.total_cmp(&a.0));
        for (distance, point) in far.into_iter().take(WORST_PER_CLIP) {
            let own = self.worst.iter().filter(|worst| worst.tracker.0 == tracker);
            if own.filter(|worst| worst.distance >= distance).count() >= WORST_SHOWN {
                break;
            }
            let pictures = strip::pictures(clip, point, &tracks[point]);
            let (tracker, clip) = ((tracker, name.to_owned()), clip.name.clone());
            self.worst.push(Worst { tracker, clip, point, distance, pictures });
        }
        self.worst.sort_by(|a, b| (a.tracker.0.cmp(&b.tracker.0)).then(b.distance.total_cmp(&a.distance)));
        let mut shown = 0;
        let mut last = None;
        self.worst.retain(|worst| {
            shown = if last == Some(worst.tracker.0) { shown + 1 } else { 1 };
            last = Some(worst.tracker.0);
            shown <= WORST_SHOWN
        });
    }
}
