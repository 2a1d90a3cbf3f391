//! `cotrail eval`: how good tracks are on clips whose points are known.

mod args;
mod calibrating;
mod config;
mod figures;
mod following;
mod report;

pub(super) use args::{EVAL_EXAMPLES, EvalArgs};
pub(super) use config::EvalConfig;

use super::network;
use crate::eval::{ClipSource, EvalClip, Known, QueryMode, errors_px, measure, returns};
use crate::export::WholeFile;
use crate::geometry::SourcePoint;
use calibrating::Judged;
use config::Json;
use figures::{Figures, Total};
use following::{Tracker, from_baseline};
use report::Report;
use std::io::Write;
use std::path::Path;
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
    let sources = config.inputs.iter().map(|input| ClipSource::find(input)).collect::<Result<Vec<_>, _>>()?.concat();
    // What cannot be written is said before anything is tracked.
    let open = |path: Option<&Path>| path.map(WholeFile::open).transpose();
    let json = if let Json::File(path) = &config.json { Some(WholeFile::open(path)?) } else { None };
    let (calibrated, page) = (open(config.calibrate.as_deref())?, open(config.report.as_deref())?);
    let trackers = trackers(config)?;
    let names = trackers.iter().map(|tracker| tracker.name.as_str());
    let names: Vec<&str> = names.chain(config.baselines.iter().map(|baseline| baseline.name())).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let lines = if config.json == Json::Lines { None } else { Some(width) };
    if lines.is_some() {
        write_head(&trackers, out)?;
        Figures::write_head(width, out)?;
    }
    let mut totals: Vec<Total> = names.iter().map(|name| Total::new(name)).collect();
    let (mut report, mut judged) = (Report::new(&trackers, config), Vec::new());
    for source in &sources {
        let clip = asked_for(source.read()?, config.queries)?;
        for (at, total) in totals.iter_mut().enumerate() {
            let start = Instant::now();
            let tracks = match at.checked_sub(trackers.len()) {
                None => trackers[at].follow(&clip)?,
                Some(at) => from_baseline(config.baselines[at].track(&clip)),
            };
            let took = start.elapsed();
            let said = |n: usize, t: usize| tracks[n][t].map(|said| (said.point, said.visible));
            let found = (returns(&clip, said), errors_px(&clip, said));
            let figures = total.add(&clip, measure(&clip, said), found, took);
            figures.write(lines, out)?;
            if page.is_some() {
                report.show(&clip, at, names[at], &tracks);
            }
            report.clips.push(figures);
            if at == 0 && calibrated.is_some() {
                judged.push(Judged::new(&clip, tracks));
            }
        }
    }
    report.means = totals.iter().map(Total::mean).collect();
    for mean in &report.means {
        mean.write(lines, out)?;
    }
    if let Some(file) = json {
        file.finish(|mut file| serde_json::to_writer_pretty(&mut file, &report).map_err(Into::into))?;
    }
    if let Some(file) = page {
        file.finish(|mut file| file.write_all(report.page().as_bytes()))?;
    }
    match (calibrated, &config.calibrate) {
        (Some(file), Some(path)) => calibrating::run(config, &trackers[0].network, &judged, (file, path), out),
        _ => Ok(()),
    }
}

/// Every setting with each of the weights.
fn trackers(config: &EvalConfig) -> anyhow::Result<Vec<Tracker>> {
    let networks = config.networks.iter().map(network::load).collect::<Result<Vec<_>, _>>()?;
    let mut trackers = Vec::new();
    for network in &networks {
        for settings in &config.settings {
            let parts = [network.weights_name(), &settings.label];
            let name = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/");
            let (network, settings) = (network.clone(), settings.clone());
            trackers.push(Tracker { name, network, settings, look: config.look });
        }
    }
    Ok(trackers)
}

fn write_head(trackers: &[Tracker], out: &mut impl Write) -> anyhow::Result<()> {
    let mut weights: Vec<&str> = trackers.iter().map(|tracker| tracker.network.weights_name()).collect();
    weights.dedup();
    let device = trackers.first().map_or("", |tracker| tracker.network.device_name());
    Ok(writeln!(out, "{} on {device}", weights.join(", "))?)
}

/// The clip, its points asked for as they shall be.
fn asked_for(clip: EvalClip, queries: QueryMode) -> anyhow::Result<EvalClip> {
    match queries {
        QueryMode::First => Ok(clip),
        QueryMode::Strided if clip.known == Known::Everywhere => Ok(clip.strided()),
        QueryMode::Strided => {
            anyhow::bail!("--queries strided needs truth on every frame, which the clip '{}' does not have", clip.name)
        }
    }
}
