//! `cotrail eval`: how good tracks are on clips whose points are known.

mod calibrating;
mod figures;

use super::config::EvalConfig;
use super::network;
use super::runs::Runs;
use crate::eval::{EvalClip, errors_px, measure, returns};
use crate::export::WholeFile;
use crate::geometry::{FrameIndex, SourcePoint};
use crate::model::{ModelConfig, Network};
use crate::polish::PolishPass;
use crate::sync::CancelToken;
use crate::tracks::{Direction, Edit, TrackStore, Treatment};
use calibrating::Judged;
use figures::{Figures, Total};
use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

/// What is said of a point on a frame.
#[derive(Clone, Copy, Debug)]
struct Said {
    point: SourcePoint,
    visible: bool,
    /// Visibility · confidence, as verdicts see it.
    score: f32,
}

/// What is said of every point on every frame, `[N][T]`.
type Tracks = Vec<Vec<Option<Said>>>;

/// Tracks every clip with the network and with what it is compared with, then writes the figures and their mean; makes
/// calibrated weights where they are asked for.
pub(super) fn run(config: &EvalConfig, out: &mut impl Write) -> anyhow::Result<()> {
    let paths = config.inputs.iter().map(|input| EvalClip::paths(input)).collect::<Result<Vec<_>, _>>()?.concat();
    let calibrated = config.calibrate.as_deref().map(WholeFile::open).transpose()?;
    let network = network::load(&config.network)?;
    if !config.json {
        writeln!(out, "{} on {}", network.weights_name(), network.device_name())?;
        Figures::write_head(out)?;
    }
    let names = std::iter::once(network.weights_name()).chain(config.baselines.iter().map(|baseline| baseline.name()));
    let mut totals: Vec<Total> = names.map(Total::new).collect();
    let mut judged = Vec::new();
    for path in &paths {
        let clip = EvalClip::read(path)?;
        for (at, total) in totals.iter_mut().enumerate() {
            let start = Instant::now();
            let tracks = match at.checked_sub(1) {
                None => follow(config, &network, &clip)?,
                Some(at) => baseline(config.baselines[at].track(&clip)),
            };
            let took = start.elapsed();
            let said = |n: usize, t: usize| tracks[n][t].map(|said| (said.point, said.visible));
            let counts = measure(&clip, said);
            let errors = errors_px(&clip, said);
            total.add(&clip, counts, (returns(&clip, said), errors), took).write(config.json, out)?;
            if at == 0 && calibrated.is_some() {
                judged.push(Judged::new(&clip, tracks));
            }
        }
    }
    for total in &totals {
        total.mean().write(config.json, out)?;
    }
    match (calibrated, &config.calibrate) {
        (Some(file), Some(path)) => calibrating::run(config, &network, &judged, (file, path), out),
        _ => Ok(()),
    }
}

/// Follows the points of a clip with the network.
fn follow(config: &EvalConfig, network: &Arc<Network>, clip: &EvalClip) -> anyhow::Result<Tracks> {
    let (queries, cancel) = (clip.queries(), CancelToken::new());
    let frames = FrameIndex(0)..=FrameIndex::new(clip.frames.len() - 1);
    let mut runs = Runs::new(clip.size, Direction::Forward);
    let (mut store, mut ids) = (TrackStore::new(), Vec::new());
    for queries in queries.chunks(if config.one_by_one { 1 } else { queries.len().max(1) }) {
        let (run, added) = store.add_run(queries.iter().map(|query| (None, *query)));
        runs.add(&mut store, run, (network, &config.mode), frames.clone())?;
        ids.extend(added);
    }
    while let Some(next) = runs.next_frame() {
        runs.push(&clip.frames[next.get()], &mut store, &cancel)?;
    }
    runs.finish(&mut store, &cancel)?;
    if config.polish {
        store.apply(&Edit::Treat(Treatment { polish: true, ..Treatment::default() }))?;
        let mut pass = PolishPass::new(&store, Direction::Forward, *frames.end());
        while let Some(next) = pass.next_frame() {
            pass.push(&clip.frames[next.get()]);
        }
        pass.finish(&mut store);
    }
    let said = |id| {
        let samples = store.samples_of(id, frames.clone()).map(|(_, sample)| sample);
        let said = samples.map(|sample| {
            let sample = sample?;
            let score = ModelConfig::score(sample.visibility, sample.confidence, clip.size.contains(sample.point));
            Some(Said { point: sample.point, visible: sample.visible, score })
        });
        said.collect()
    };
    Ok(ids.into_iter().map(said).collect())
}

fn baseline(tracks: Vec<Vec<Option<(SourcePoint, bool)>>>) -> Tracks {
    let said = |(point, visible)| Said { point, visible, score: f32::from(u8::from(visible)) };
    tracks.into_iter().map(|track| track.into_iter().map(|place| place.map(said)).collect()).collect()
}
