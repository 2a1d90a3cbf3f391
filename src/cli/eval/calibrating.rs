//! `cotrail eval --calibrate`: weights that know what their score is worth.

use super::Tracks;
use super::config::{EvalConfig, Json};
use crate::calibration::{Calibration, Probability};
use crate::cli::network;
use crate::cli::progress::{figure, tell};
use crate::eval::{Counts, EvalClip, Known, Measures, Verdict, calibrate, calibration_error, mean, measure};
use crate::export::WholeFile;
use crate::model::{Network, recalibrated};
use serde::Serialize;
use std::io::Write;
use std::path::Path;

/// A clip and what the network says of it.
pub(super) struct Judged {
    /// Without its pictures.
    clip: EvalClip,
    tracks: Tracks,
}

impl Judged {
    pub(super) fn new(clip: &EvalClip, tracks: Tracks) -> Self {
        let (name, queries, truth) = (clip.name.clone(), clip.queries.clone(), clip.truth.clone());
        let clip = EvalClip { name, frames: Vec::new(), queries, truth, ..*clip };
        Self { clip, tracks }
    }

    /// Each score of which the truth is known, and whether the point is to be seen near where it is said to be.
    fn verdicts(&self) -> impl Iterator<Item = Verdict> {
        self.clip.judged().filter_map(|(n, t, truth)| {
            let said = self.tracks[n][t]?;
            let distance = self.clip.raster_distance(said.point, truth.point);
            Some((said.score, truth.visible && distance < Probability::WITHIN_PX))
        })
    }

    /// On how many of the frames after their queries points are said to be visible, and how many such frames there are.
    fn said(&self, threshold: f32) -> (usize, usize) {
        let queries = &self.clip.queries;
        let later = self.tracks.iter().zip(queries).flat_map(|(track, query)| &track[query.frame.get() + 1..]);
        later.fold((0, 0), |(said, all), sample| {
            (said + usize::from(sample.is_some_and(|sample| sample.score > threshold)), all + 1)
        })
    }
}

/// How good verdicts with one threshold are, shares in percent.
#[derive(Clone, Copy, Debug, Serialize)]
struct Quality {
    visible_above: f32,
    /// Of clips whose truth is known on every frame.
    #[serde(skip_serializing_if = "Option::is_none")]
    occlusion_accuracy: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    average_jaccard: Option<f64>,
    /// Of points of which the end is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    visible_at_end: Option<f64>,
    /// On how many frames points are said to be visible.
    said_visible: f64,
    /// What is promised less what is kept, on average.
    calibration_error: f64,
}

impl Quality {
    fn new(judged: &[Judged], visible_above: f32, calibration_error: f64) -> Self {
        let (mut everywhere, mut at_end): (Vec<Measures>, _) = (Vec::new(), Counts::default());
        let (mut said, mut all) = (0, 0);
        for one in judged {
            let place = |n: usize, t: usize| one.tracks[n][t].map(|said| (said.point, said.score > visible_above));
            let counts = measure(&one.clip, place);
            match one.clip.known {
                Known::Everywhere => everywhere.push(counts.measures()),
                Known::AtEnd => at_end += counts,
            }
            let (said_here, all_here) = one.said(visible_above);
            (said, all) = (said + said_here, all + all_here);
        }
        let mean = (!everywhere.is_empty()).then(|| mean(&everywhere));
        Self {
            visible_above,
            occlusion_accuracy: mean.map(|m| 100.0 * m.occlusion_accuracy),
            average_jaccard: mean.map(|m| 100.0 * m.average_jaccard()),
            visible_at_end: (at_end.judged > 0).then(|| 100.0 * at_end.measures().occlusion_accuracy),
            said_visible: 100.0 * said as f64 / all.max(1) as f64,
            calibration_error: 100.0 * calibration_error,
        }
    }

    /// What the threshold is chosen by.
    fn score(&self) -> f64 {
        [self.occlusion_accuracy, self.average_jaccard, self.visible_at_end].iter().flatten().sum()
    }

    fn write(&self, name: &str, out: &mut impl Write) -> std::io::Result<()> {
        let [accuracy, jaccard, end] = [self.occlusion_accuracy, self.average_jaccard, self.visible_at_end].map(figure);
        let Self { visible_above, said_visible, calibration_error, .. } = self;
        writeln!(
            out,
            "{name:8} {visible_above:9.2} {accuracy:>6} {jaccard:>6} {end:>7} {said_visible:6.1} {calibration_error:6.1}"
        )
    }
}

/// What came of it, as JSON.
#[derive(Debug, Serialize)]
struct Report<'a> {
    calibrated: &'a Path,
    /// On how many frames points are to be seen, in percent.
    truly_visible: f64,
    before: Quality,
    after: Quality,
    calibration: &'a Calibration,
}

/// Fits table and threshold, says what they change, and writes the weights with them.
pub(super) fn run(
    config: &EvalConfig,
    network: &Network,
    judged: &[Judged],
    (file, path): (WholeFile, &Path),
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let verdicts: Vec<Verdict> = judged.iter().flat_map(Judged::verdicts).collect();
    let table = calibrate(&verdicts);
    let old = network.config();
    let before = Quality::new(judged, old.visible_above, calibration_error(&promises(&old.calibration, &verdicts)));
    let kept = calibration_error(&promises_to_others(judged));
    let thresholds = (1u8..95).map(|percent| f32::from(percent) / 100.0);
    let tried = thresholds.map(|threshold| Quality::new(judged, threshold, kept));
    let after = tried.reduce(|best, other| if other.score() > best.score() { other } else { best }).unwrap_or(before);
    let bytes = recalibrated(&network::find(&config.networks[0])?, after.visible_above, &table)?;
    file.finish(|mut file| file.write_all(&bytes))?;
    let frames = |one: &Judged| one.said(0.0).1 as f64;
    let truly_visible = judged.iter().map(|one| frames(one) * one.clip.visible_share).sum::<f64>();
    let truly_visible = 100.0 * truly_visible / judged.iter().map(frames).sum::<f64>().max(1.0);
    if config.json == Json::Lines {
        let report = Report { calibrated: path, truly_visible, before, after, calibration: &table };
        return tell(&report, out);
    }
    writeln!(out, "\n{:8} {:>9} {:>6} {:>6} {:>7} {:>6} {:>6}", "", "threshold", "OA", "AJ", "vis_end", "said", "ECE")?;
    before.write("before", out)?;
    after.write("after", out)?;
    writeln!(out, "truly visible {truly_visible:.1} %")?;
    for knots in table.knots().chunks(8) {
        let knots = knots.iter().map(|[score, share]| format!("{score:.3}: {:.0} %", 100.0 * share));
        writeln!(out, "score: within {} px   {}", Probability::WITHIN_PX, knots.collect::<Vec<_>>().join("   "))?;
    }
    writeln!(out, "wrote {}", path.display())?;
    Ok(())
}

/// What a table promises for each verdict; the score itself where there is none.
fn promises(table: &Calibration, verdicts: &[Verdict]) -> Vec<Verdict> {
    let share = |score| table.probability(score).map_or(score, Probability::share);
    verdicts.iter().map(|(score, is_right)| (share(*score), *is_right)).collect()
}

/// What is promised for each clip by a table made of the other ones: on what it was made of, every table keeps its
/// word. A single clip has no others.
fn promises_to_others(judged: &[Judged]) -> Vec<Verdict> {
    let each = |at: usize| {
        let others = judged.iter().enumerate().filter(|(other, _)| *other != at || judged.len() == 1);
        let table = calibrate(&others.flat_map(|(_, one)| one.verdicts()).collect::<Vec<_>>());
        promises(&table, &judged[at].verdicts().collect::<Vec<_>>())
    };
    (0..judged.len()).flat_map(each).collect()
}
