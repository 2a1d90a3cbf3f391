//! `cotrail bench --mode live --join N`: what the frames cost in which many points join.

use super::live::{Shares, Source, millis_since};
use crate::model::Network;
use crate::tracker::{LiveOptions, LiveTracker, TrackerError};
use serde::Serialize;
use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

/// How often it is measured, on a stream of its own each time.
const NUM_RUNS: usize = 7;
/// Usual frames before, and after.
const NUM_USUAL: usize = 9;
/// Frames after the last point has joined that may still cost more.
const NUM_AFTER: usize = 2;

/// What was measured.
#[derive(Debug, Serialize)]
pub(super) struct JoinFigures {
    points: usize,
    /// All in one frame.
    at_once: Joined,
    /// As in a camera's window ([`LiveOptions::spread_joins`]).
    spread: Joined,
}

/// The medians of some runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
struct Joined {
    /// A usual frame before, in milliseconds.
    before: f64,
    /// The longest frame while they join, what adding them takes included.
    worst: f64,
    /// A usual frame with all of them.
    after: f64,
    /// `worst / after` of each run.
    ratio: f64,
    /// On so many frames points joined.
    frames: f64,
}

fn median(values: Vec<f64>) -> f64 {
    Shares::new(values).p50
}

impl Joined {
    fn medians(runs: &[Self]) -> Self {
        let of = |value: fn(&Self) -> f64| median(runs.iter().map(value).collect());
        let [before, worst, after] = [of(|run| run.before), of(|run| run.worst), of(|run| run.after)];
        Self { before, worst, after, ratio: of(|run| run.ratio), frames: of(|run| run.frames) }
    }
}

/// `num_joining` points join `num_points`. Both ways in turn, so that whatever else the machine does strikes both.
pub(super) fn measure(
    network: &Arc<Network>,
    options: &LiveOptions,
    num_points: usize,
    num_joining: usize,
) -> Result<JoinFigures, TrackerError> {
    let mut runs = [Vec::new(), Vec::new()];
    for _ in 0..NUM_RUNS {
        for (spread_joins, runs) in [false, true].into_iter().zip(&mut runs) {
            let options = LiveOptions { spread_joins, ..options.clone() };
            runs.push(join(network, &options, num_points, num_joining)?);
        }
    }
    let [at_once, spread] = runs.map(|runs| Joined::medians(&runs));
    Ok(JoinFigures { points: num_joining, at_once, spread })
}

fn join(
    network: &Arc<Network>,
    options: &LiveOptions,
    num_points: usize,
    num_joining: usize,
) -> Result<Joined, TrackerError> {
    let size = options.model_size.unwrap_or(network.config().model_size());
    let mut source = Source::new(size);
    let (points, joining) = (source.points(num_points), source.points(num_joining));
    let mut tracker = LiveTracker::new(Arc::clone(network), size, options)?;
    push(&mut source, &mut tracker)?;
    tracker.add(&points)?;
    source.push_many(&mut tracker, network.config().window_len)?;
    let before = usual(&mut source, &mut tracker)?;
    let start = Instant::now();
    tracker.add(&joining)?;
    let (mut frames, mut left, mut extra, mut worst) = (0, NUM_AFTER, millis_since(start), 0.0f64);
    while left > 0 {
        left = if tracker.has_waiting() { NUM_AFTER } else { left - 1 };
        frames += usize::from(tracker.has_waiting());
        worst = worst.max(extra + push(&mut source, &mut tracker)?);
        extra = 0.0;
    }
    let (after, frames) = (usual(&mut source, &mut tracker)?, frames.max(1) as f64);
    Ok(Joined { before, worst, after, ratio: worst / after.max(1e-9), frames })
}

/// The milliseconds of a frame.
fn push(source: &mut Source, tracker: &mut LiveTracker) -> Result<f64, TrackerError> {
    let timings = source.push_to(tracker)?;
    Ok(timings.encode_millis + timings.refine_millis)
}

/// Those of a usual one.
fn usual(source: &mut Source, tracker: &mut LiveTracker) -> Result<f64, TrackerError> {
    let millis: Result<Vec<f64>, TrackerError> = (0..NUM_USUAL).map(|_| push(source, tracker)).collect();
    Ok(median(millis?))
}

impl JoinFigures {
    pub(super) fn write_text(&self, out: &mut impl Write) -> std::io::Result<()> {
        writeln!(out, "{} points join:", self.points)?;
        writeln!(out, "{:21} {:>9} {:>9} {:>9} {:>9}", "", "before", "worst", "after", "ratio")?;
        for (what, joined) in [("  at once", self.at_once), ("  spread", self.spread)] {
            let Joined { before, worst, after, ratio, frames } = joined;
            let times = format!("{before:6.1} ms {worst:6.1} ms {after:6.1} ms {ratio:9.2}");
            writeln!(out, "{what:21} {times}  (on {frames} frames)")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_run_in_the_middle_counts() {
        let run = |worst: f64| Joined { before: 1.0, worst, after: 2.0, ratio: worst / 2.0, frames: 3.0 };
        let runs = [9.0, 2.0, 3.0].map(run);
        assert_eq!(Joined::medians(&runs), run(3.0));
        assert_eq!(median(Vec::new()), 0.0);
    }
}
