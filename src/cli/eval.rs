//! `cotrail eval`: how good tracks are on clips whose points are known.

use super::config::EvalConfig;
use super::follower::Follower;
use super::network;
use crate::eval::{EvalClip, Measures, Returns, mean, measure, returns};
use crate::geometry::FrameIndex;
use crate::model::Network;
use crate::sync::CancelToken;
use crate::tracks::TrackStore;
use serde::Serialize;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What was measured, shares in percent.
#[derive(Debug, Serialize)]
struct Figures {
    clip: String,
    points: usize,
    frames: usize,
    delta_avg: f64,
    occlusion_accuracy: f64,
    average_jaccard: f64,
    /// Points that were gone for 20 frames and more and came back; of these, those found again and those mistaken.
    returns: usize,
    returns_found: usize,
    returns_mistaken: usize,
    millis_per_frame: f64,
}

impl Figures {
    fn new(
        clip: &str,
        (points, frames): (usize, usize),
        (measures, returns): (Measures, Returns),
        took: Duration,
    ) -> Self {
        Self {
            clip: clip.to_owned(),
            points,
            frames,
            delta_avg: 100.0 * measures.delta_avg,
            occlusion_accuracy: 100.0 * measures.occlusion_accuracy,
            average_jaccard: 100.0 * measures.average_jaccard,
            returns: returns.count,
            returns_found: returns.found,
            returns_mistaken: returns.mistaken,
            millis_per_frame: took.as_secs_f64() * 1e3 / frames.max(1) as f64,
        }
    }
}

/// Tracks every clip, then writes the figures and their mean.
pub(super) fn run(config: &EvalConfig, out: &mut impl Write) -> anyhow::Result<()> {
    let paths = EvalClip::paths(&config.input)?;
    let network = network::load(&config.network)?;
    if !config.json {
        writeln!(out, "{} on {}", network.weights_name(), network.device_name())?;
        writeln!(out, "{:24} {:>6} {:>6} {:>6} {:>7}", "clip", "d_avg", "OA", "AJ", "ms")?;
    }
    let (mut all, mut all_returns, mut took) = (Vec::new(), Returns::default(), Duration::ZERO);
    let (mut num_points, mut num_frames) = (0, 0);
    for path in &paths {
        let clip = EvalClip::read(path)?;
        let (judged, time) = evaluate(config, &network, &clip)?;
        write(&Figures::new(&clip.name, (clip.tracks.len(), clip.frames.len()), judged, time), config.json, out)?;
        num_points += clip.tracks.len();
        num_frames += clip.frames.len();
        took += time;
        all.push(judged.0);
        all_returns += judged.1;
    }
    write(&Figures::new("mean", (num_points, num_frames), (mean(&all), all_returns), took), config.json, out)
}

fn evaluate(
    config: &EvalConfig,
    network: &Arc<Network>,
    clip: &EvalClip,
) -> anyhow::Result<((Measures, Returns), Duration)> {
    let (queries, cancel) = (clip.queries(), CancelToken::new());
    let frames = FrameIndex(0)..=FrameIndex::new(clip.frames.len() - 1);
    let mut follower = Follower::new(&config.mode, Arc::clone(network), clip.size(), frames, &queries)?;
    let mut store = TrackStore::new();
    let (run, ids) = store.add_run(queries.iter().map(|query| (None, *query)));
    let start = Instant::now();
    while let Some(next) = follower.next_frame() {
        if let Some(outcome) = follower.push(&clip.frames[next.get()], &cancel)? {
            store.advance(run, outcome.settled, outcome.tail);
        }
    }
    if let Some(outcome) = follower.finish(&cancel)? {
        store.advance(run, outcome.settled, outcome.tail);
    }
    let took = start.elapsed();
    let predicted = |n: usize, t: usize| {
        let sample = store.sample(ids[n], FrameIndex::new(t))?;
        Some((sample.point, sample.visible))
    };
    Ok(((measure(clip, predicted), returns(clip, predicted)), took))
}

fn write(figures: &Figures, as_json: bool, out: &mut impl Write) -> anyhow::Result<()> {
    if as_json {
        writeln!(out, "{}", serde_json::to_string(figures)?)?;
    } else {
        let Figures { clip, delta_avg, occlusion_accuracy, average_jaccard, millis_per_frame, .. } = figures;
        write!(out, "{clip:24} {delta_avg:6.1} {occlusion_accuracy:6.1} {average_jaccard:6.1} {millis_per_frame:7.1}")?;
        let Figures { returns, returns_found, returns_mistaken, .. } = figures;
        if *returns > 0 {
            write!(out, "   {returns_found} of {returns} returns found, {returns_mistaken} mistaken")?;
        }
        writeln!(out)?;
    }
    out.flush()?;
    Ok(())
}
