//! A project's tracking once more: the same points in the same company with the same settings give the same tracks.
//!
//! Runs are followed anew; how tracks are put together from them, corrections included, stays as the project says.

use super::config::{ModeConfig, NetworkConfig};
use super::failure::warn;
use super::network;
use super::runs::Runs;
use crate::geometry::FrameIndex;
use crate::media::{ClipSource, OpenOptions};
use crate::model::Network;
use crate::project::{Located, Project};
use crate::tracker::{LiveOptions, SPAN_BYTES, TrackerOptions, Zoom};
use crate::tracks::{Direction, Run, RunId, RunSettings, TrackMode, TrackStore};
use anyhow::{Context, bail};
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

/// Digits of a SHA-256 that tell weights apart in a message.
const NUM_DIGITS: usize = 12;

/// Reads a project; returns its clip and its tracks.
pub(super) fn read(path: &Path) -> anyhow::Result<(ClipSource, TrackStore)> {
    let Project { clip, tracks, .. } = Project::read(path)?;
    let tracks =
        TrackStore::from_saved(tracks).with_context(|| format!("the project is damaged: {}", path.display()))?;
    let found = match clip.locate(path) {
        Located::Same(found) => found,
        Located::Changed(found) => {
            warn(format_args!("the clip is not what the project was made with: {}", found.display()));
            found
        }
        Located::Missing => {
            let places: Vec<_> = clip.places(path).map(|place| place.display().to_string()).collect();
            bail!(
                "the clip of the project is missing; put it beside the project, or say in the window where it is; \
                 looked for at {}",
                places.join(", ")
            )
        }
    };
    let options = OpenOptions { frame_rate: clip.frame_rate, stream: clip.stream };
    Ok((ClipSource { path: found, options }, tracks))
}

/// Starts every run of a project anew over the frames up to `end` at most: those that go forwards in `runs`, the others
/// in `back`. Returns the network and the mode of the newest run.
pub(super) fn start(
    runs: &mut Runs,
    back: &mut Runs,
    store: &mut TrackStore,
    config: &NetworkConfig,
    end: FrameIndex,
) -> anyhow::Result<(Arc<Network>, ModeConfig)> {
    let known = store.runs().map(|run| (run.id, run.direction(), run.settings().cloned(), course(run, end)));
    let known: Vec<_> = known.collect();
    let (mut networks, mut newest) = (Vec::new(), None);
    for (old, direction, settings, course) in known {
        let Some(settings) = settings else {
            warn_of_unknown(store, old);
            continue;
        };
        let network = network_of(&settings, config, &mut networks)?;
        let mode = mode_of(&settings);
        let Some(run) = store.renew_run(old) else { continue };
        let same = |twin: &RunId| store.run(*twin).and_then(Run::settings) == Some(&settings);
        if let Some(twin) = runs.whole_twin(store, run).filter(same) {
            store.share_run(run, twin);
        } else {
            let runs = if direction == Direction::Forward { &mut *runs } else { &mut *back };
            runs.add(store, run, (&network, &mode), course)?;
        }
        newest = Some((network, mode));
    }
    newest.context(
        "the project does not say how its points were tracked: an earlier Cotrail saved it, or they come from \
                    a table; open it in the window and track all together",
    )
}

/// The frames that a run was followed over, up to `end`; the whole clip where it had not begun.
fn course(run: &Run, end: FrameIndex) -> RangeInclusive<FrameIndex> {
    let covered = run.covered();
    match run.direction() {
        Direction::Forward => FrameIndex(0)..=covered.map_or(end, |(_, last)| last.min(end)),
        Direction::Backward => covered.map_or(FrameIndex(0), |(first, _)| first)..=latest(run).min(end),
    }
}

/// The latest frame on which a run has a point: where one that goes backwards begins.
pub(super) fn latest(run: &Run) -> FrameIndex {
    run.queries().iter().map(|query| query.frame).max().unwrap_or_default()
}

fn warn_of_unknown(store: &TrackStore, run: RunId) {
    let takes = |track: &&crate::tracks::Track| track.slots().any(|(source, _)| source == run);
    let names: Vec<_> = store.tracks().filter(takes).map(|track| track.name.as_str()).collect();
    warn(format_args!("the project does not say how these were tracked, they stay as they are: {}", names.join(", ")));
}

/// The weights that a run was followed with, or those that the command line names in their place. Each is loaded once.
fn network_of(
    settings: &RunSettings,
    config: &NetworkConfig,
    loaded: &mut Vec<(String, Arc<Network>)>,
) -> anyhow::Result<Arc<Network>> {
    let wanted = &settings.weights;
    if let Some((_, network)) = loaded.iter().find(|(sha256, _)| *sha256 == wanted.sha256) {
        return Ok(Arc::clone(network));
    }
    let weights = config.weights.clone().or(Some(wanted.name.clone().into()));
    let network = network::load(&NetworkConfig { weights, ..config.clone() })
        .with_context(|| format!("the project was tracked with the weights {}; --weights names others", wanted.name))?;
    if network.weights_sha256() != wanted.sha256 {
        let digits = |sha256: &str| sha256.chars().take(NUM_DIGITS).collect::<String>();
        warn(format_args!(
            "the project was tracked with other weights: {} (SHA-256 {}…), not {} ({}…); tracks will differ",
            wanted.name,
            digits(&wanted.sha256),
            network.weights_name(),
            digits(network.weights_sha256()),
        ));
    }
    loaded.push((wanted.sha256.clone(), Arc::clone(&network)));
    Ok(network)
}

fn mode_of(settings: &RunSettings) -> ModeConfig {
    let &RunSettings { mode, model_size, zoom, iterations, support_grid, .. } = settings;
    let model_size = Some(model_size);
    match mode {
        TrackMode::Window | TrackMode::Offline => ModeConfig::Window(TrackerOptions {
            model_size,
            iters: Some(iterations),
            span_bytes: (mode == TrackMode::Offline).then_some(SPAN_BYTES),
            support_grid,
            local_grid: 0,
            pin_queries: true,
            second_look: true,
            zoom: zoom.map(Zoom::Size),
            direction: Direction::Forward,
        }),
        TrackMode::Live => ModeConfig::Live(LiveOptions {
            model_size,
            iters: iterations,
            support_grid,
            second_look: true,
            ..LiveOptions::default()
        }),
    }
}
