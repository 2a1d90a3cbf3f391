//! The table of figures.

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
    occlusion_accuracy: f64,
    average_jaccard: f64,
}

/// Of clips whose truth is known on the last frame.
#[expect(clippy::struct_field_names, reason = "the names that the JSON has")]
#[derive(Debug, Serialize)]
struct AtEnd {
    /// Points that are to be seen there.
    points_at_end: usize,
    delta_at_end: f64,
    /// Of all points, those of which it is rightly said whether they are to be seen there.
    visible_at_end: f64,
}

impl From<Measures> for Everywhere {
    fn from(measures: Measures) -> Self {
        Self {
            delta_avg: 100.0 * measures.delta_avg,
            occlusion_accuracy: 100.0 * measures.occlusion_accuracy,
            average_jaccard: 100.0 * measures.average_jaccard,
        }
    }
}

impl From<Counts> for AtEnd {
    fn from(counts: Counts) -> Self {
        let Measures { delta_avg, occlusion_accuracy, .. } = counts.measures();
        Self {
            points_at_end: counts.visible,
            delta_at_end: 100.0 * delta_avg,
            visible_at_end: 100.0 * occlusion_accuracy,
        }
    }
}

impl Figures {
    /// The heads of the columns.
    pub(super) fn write_head(out: &mut impl Write) -> anyhow::Result<()> {
        let heads = ["d_avg", "OA", "AJ", "d_end", "vis_end", "ms"];
        let [delta, accuracy, jaccard, end, visible, millis] = heads;
        writeln!(
            out,
            "{:24} {:12} {delta:>6} {accuracy:>6} {jaccard:>6} {end:>6} {visible:>7} {millis:>7}",
            "clip", "tracker"
        )?;
        Ok(())
    }

    /// A row, or a line of JSON.
    pub(super) fn write(&self, as_json: bool, out: &mut impl Write) -> anyhow::Result<()> {
        if as_json {
            writeln!(out, "{}", serde_json::to_string(self)?)?;
            out.flush()?;
            return Ok(());
        }
        let number = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.1}"));
        let everywhere = |value: fn(&Everywhere) -> f64| number(self.everywhere.as_ref().map(value));
        let at_end = |value: fn(&AtEnd) -> f64| number(self.at_end.as_ref().map(value));
        let (delta, accuracy) = (everywhere(|m| m.delta_avg), everywhere(|m| m.occlusion_accuracy));
        let (jaccard, end) = (everywhere(|m| m.average_jaccard), at_end(|m| m.delta_at_end));
        let (visible, Self { clip, tracker, millis_per_frame, .. }) = (at_end(|m| m.visible_at_end), self);
        write!(out, "{clip:24} {tracker:12} {delta:>6} {accuracy:>6} {jaccard:>6} {end:>6} {visible:>7}")?;
        write!(out, " {millis_per_frame:7.1}")?;
        let Self { returns, returns_found, returns_mistaken, .. } = self;
        if *returns > 0 {
            write!(out, "   {returns_found} of {returns} returns found, {returns_mistaken} mistaken")?;
        }
        writeln!(out)?;
        out.flush()?;
        Ok(())
    }
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
            took: Duration::ZERO,
            points: 0,
            frames: 0,
        }
    }

    /// Takes in a clip and returns its own figures.
    pub(super) fn add(&mut self, clip: &EvalClip, counts: Counts, returns: Returns, took: Duration) -> Figures {
        let mut own =
            Self { returns, took, points: clip.truth.len(), frames: clip.frames.len(), ..Self::new(&self.tracker) };
        match clip.known {
            Known::Everywhere => own.everywhere.push(counts.measures()),
            Known::AtEnd => own.at_end = counts,
        }
        self.everywhere.extend(&own.everywhere);
        self.at_end += own.at_end;
        self.returns += returns;
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
            returns: self.returns.count,
            returns_found: self.returns.found,
            returns_mistaken: self.returns.mistaken,
            millis_per_frame: self.took.as_secs_f64() * 1e3 / self.frames.max(1) as f64,
        }
    }
}
