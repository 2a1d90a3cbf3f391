//! The table of figures.

use crate::cli::progress::{figure, tell};
use crate::eval::{Counts, EvalClip, Known, Measures, Returns, mean};
use serde::Serialize;
use std::io::Write;
use std::time::Duration;

/// What was measured on a clip or on all of them, shares in percent. What a clip cannot tell is left out.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    clip: String,
    /// What followed the points: the weights, or what they are compared with.
    tracker: String,
    points: usize,
    frames: usize,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    everywhere: Option<Everywhere>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    at_end: Option<AtEnd>,
    /// How far off the places of visible points are, in pixels of the clip; half of them are farther.
    #[serde(skip_serializing_if = "Option::is_none")]
    median_error_px: Option<f32>,
    /// Points that were gone for 20 frames and more and came back; of these, those found again and those mistaken.
    returns: usize,
    returns_found: usize,
    returns_mistaken: usize,
    millis_per_frame: f64,
}

/// Of clips whose truth is known on every frame.
#[derive(Debug, Serialize)]
struct Everywhere {
    delta_avg: f64,
    delta_1: f64,
    occlusion_accuracy: f64,
    average_jaccard: f64,
    /// For 1, 2, 4, 8 and 16 pixels.
    within: [f64; 5],
    jaccard: [f64; 5],
}

/// Of clips whose truth is known on the last frame.
#[expect(clippy::struct_field_names, reason = "the names that the JSON has")]
#[derive(Debug, Serialize)]
struct AtEnd {
    /// Points that are to be seen there.
    points_at_end: usize,
    delta_at_end: f64,
    delta_1_at_end: f64,
    /// Of all points, those of which it is rightly said whether they are to be seen there.
    visible_at_end: f64,
}

impl From<Measures> for Everywhere {
    fn from(measures: Measures) -> Self {
        Self {
            delta_avg: 100.0 * measures.delta_avg(),
            delta_1: 100.0 * measures.within[0],
            occlusion_accuracy: 100.0 * measures.occlusion_accuracy,
            average_jaccard: 100.0 * measures.average_jaccard(),
            within: measures.within.map(|share| 100.0 * share),
            jaccard: measures.jaccard.map(|share| 100.0 * share),
        }
    }
}

impl From<Counts> for AtEnd {
    fn from(counts: Counts) -> Self {
        let measures = counts.measures();
        Self {
            points_at_end: counts.visible,
            delta_at_end: 100.0 * measures.delta_avg(),
            delta_1_at_end: 100.0 * measures.within[0],
            visible_at_end: 100.0 * measures.occlusion_accuracy,
        }
    }
}

impl Figures {
    /// The heads of the columns.
    pub(super) const HEADS: [&'static str; 8] = ["d_avg", "OA", "AJ", "d_end", "vis_end", "d_1", "med", "ms"];

    /// The clip, and what followed its points.
    pub(super) fn names(&self) -> [&str; 2] {
        [&self.clip, &self.tracker]
    }

    /// What stands in the columns.
    pub(super) fn cells(&self) -> [String; 8] {
        let everywhere = |value: fn(&Everywhere) -> f64| figure(self.everywhere.as_ref().map(value));
        let at_end = |value: fn(&AtEnd) -> f64| figure(self.at_end.as_ref().map(value));
        let first = self.everywhere.as_ref().map(|m| m.delta_1).or(self.at_end.as_ref().map(|m| m.delta_1_at_end));
        [
            everywhere(|m| m.delta_avg),
            everywhere(|m| m.occlusion_accuracy),
            everywhere(|m| m.average_jaccard),
            at_end(|m| m.delta_at_end),
            at_end(|m| m.visible_at_end),
            figure(first),
            self.median_error_px.map_or("-".to_owned(), |median| format!("{median:.3}")),
            figure(Some(self.millis_per_frame)),
        ]
    }

    /// What became of points that came back, if any did.
    pub(super) fn returns(&self) -> Option<String> {
        let Self { returns, returns_found, returns_mistaken, .. } = self;
        (*returns > 0).then(|| format!("{returns_found} of {returns} returns found, {returns_mistaken} mistaken"))
    }

    /// Writes the heads; the trackers' names take `width`.
    pub(super) fn write_head(width: usize, out: &mut impl Write) -> anyhow::Result<()> {
        write_row(["clip", "tracker"], &Self::HEADS.map(str::to_owned), width, out)?;
        Ok(writeln!(out)?)
    }

    /// A row, in which the tracker's name takes so much, or a line of JSON where that is `None`.
    pub(super) fn write(&self, width: Option<usize>, out: &mut impl Write) -> anyhow::Result<()> {
        let Some(width) = width else { return tell(self, out) };
        write_row(self.names(), &self.cells(), width, out)?;
        let returns = self.returns().map_or(String::new(), |returns| format!("   {returns}"));
        writeln!(out, "{returns}")?;
        Ok(out.flush()?)
    }
}

fn write_row(
    [clip, tracker]: [&str; 2],
    [delta, accuracy, jaccard, end, visible, first, median, millis]: &[String; 8],
    width: usize,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let width = width.max(12);
    write!(out, "{clip:24} {tracker:width$} {delta:>6} {accuracy:>6} {jaccard:>6} {end:>6} {visible:>7}")?;
    Ok(write!(out, " {first:>6} {median:>7} {millis:>7}")?)
}

/// What one tracker did on all clips so far.
#[derive(Debug)]
pub(super) struct Total {
    tracker: String,
    /// Of each clip whose truth is known on every frame.
    everywhere: Vec<Measures>,
    /// Of all points of the other clips: they have too few to stand alone.
    at_end: Counts,
    returns: Returns,
    /// Of all clips, in pixels of theirs.
    errors_px: Vec<f32>,
    took: Duration,
    points: usize,
    frames: usize,
}

impl Total {
    pub(super) fn new(tracker: &str) -> Self {
        Self {
            tracker: tracker.to_owned(),
            everywhere: Vec::new(),
            at_end: Counts::default(),
            returns: Returns::default(),
            errors_px: Vec::new(),
            took: Duration::ZERO,
            points: 0,
            frames: 0,
        }
    }

    /// Takes in a clip and returns its own figures.
    pub(super) fn add(
        &mut self,
        clip: &EvalClip,
        counts: Counts,
        (returns, errors_px): (Returns, Vec<f32>),
        took: Duration,
    ) -> Figures {
        let (points, frames) = (clip.queries.len(), clip.frames.len());
        let mut own = Self { returns, errors_px, took, points, frames, ..Self::new(&self.tracker) };
        match clip.known {
            // Where nothing can be seen, TAP-Vid's shares are not defined.
            Known::Everywhere => own.everywhere.extend((counts.visible > 0).then(|| counts.measures())),
            Known::AtEnd => own.at_end = counts,
        }
        self.everywhere.extend(&own.everywhere);
        self.at_end += own.at_end;
        self.returns += returns;
        self.errors_px.extend(&own.errors_px);
        self.took += took;
        self.points += own.points;
        self.frames += own.frames;
        own.figures(&clip.name)
    }

    /// The mean over the clips whose truth is known on every frame, and over all points of the others.
    pub(super) fn mean(&self) -> Figures {
        self.figures("mean")
    }

    fn figures(&self, clip: &str) -> Figures {
        Figures {
            clip: clip.to_owned(),
            tracker: self.tracker.clone(),
            points: self.points,
            frames: self.frames,
            everywhere: (!self.everywhere.is_empty()).then(|| mean(&self.everywhere).into()),
            at_end: (self.at_end.judged > 0).then(|| self.at_end.into()),
            median_error_px: median(&self.errors_px),
            returns: self.returns.count,
            returns_found: self.returns.found,
            returns_mistaken: self.returns.mistaken,
            millis_per_frame: self.took.as_secs_f64() * 1e3 / self.frames.max(1) as f64,
        }
    }
}

/// The one in the middle.
fn median(values: &[f32]) -> Option<f32> {
    let mut values = values.to_vec();
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied()
}
