//! What came of learning, for people and for programs.

use super::pictures::{percent, tally};
use crate::cli::progress::figure;
use crate::learn::{Clip, Labelled, Marks, Part, Standing, Teacher, Verdict};
use crate::session::LearnLine;
use serde::Serialize;
use std::io::{self, Write};

/// All figures of a command.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    weights: String,
    weights_sha256: String,
    device: String,
    seed: u64,
    clips: Vec<ClipReport>,
    teachers: Vec<TeacherReport>,
    pub(super) learned: Standing,
    pub(super) before: Marks,
    pub(super) after: Marks,
    pub(super) verdict: Verdict,
    /// Where the weights are; nowhere, where they are no better.
    pub(super) written: Option<String>,
}

#[derive(Debug, Serialize)]
struct ClipReport {
    name: String,
    stretches: usize,
    held_back: usize,
    points: usize,
}

/// What was counted of a teacher's labels.
#[derive(Debug, Serialize)]
struct TeacherReport {
    name: String,
    asked: usize,
    visible: usize,
    returned: usize,
    counted: usize,
    /// With each teacher, itself included, in percent of what both see.
    agrees: Vec<Option<f64>>,
}

impl Report {
    pub(super) fn new(
        network: &crate::model::Network,
        seed: u64,
        clips: &[Clip],
        teachers: &[Teacher],
        labelled: &[(Part, Labelled)],
    ) -> Self {
        let clip = |(number, clip): (usize, &Clip)| {
            let here = || labelled.iter().filter(move |(part, _)| part.clip == number);
            ClipReport {
                name: clip.name.clone(),
                stretches: here().count(),
                held_back: here().filter(|(part, _)| part.is_held_back).count(),
                points: here().map(|(_, labelled)| labelled.taught.queries.len()).sum(),
            }
        };
        let teacher = |(number, teacher): (usize, &Teacher)| {
            let (tally, agreements) = tally(labelled.iter().map(|(_, labelled)| labelled), number);
            TeacherReport {
                name: teacher.name().to_owned(),
                asked: tally.asked,
                visible: tally.visible,
                returned: tally.returned,
                counted: tally.counted,
                agrees: agreements.iter().map(|agreement| percent(agreement.same, agreement.both)).collect(),
            }
        };
        Self {
            weights: network.weights_name().to_owned(),
            weights_sha256: network.weights_sha256().to_owned(),
            device: network.device_name().to_owned(),
            seed,
            clips: clips.iter().enumerate().map(clip).collect(),
            teachers: teachers.iter().enumerate().map(teacher).collect(),
            learned: Standing::default(),
            before: Marks::default(),
            after: Marks::default(),
            verdict: Verdict { is_better: false, reason: String::new() },
            written: None,
        }
    }

    /// What was labelled: known before learning begins.
    pub(super) fn write_labels(&self, out: &mut impl Write) -> io::Result<()> {
        let (stretches, held): (usize, usize) =
            self.clips.iter().fold((0, 0), |sum, clip| (sum.0 + clip.stretches, sum.1 + clip.held_back));
        let points: usize = self.clips.iter().map(|clip| clip.points).sum();
        let clips = self.clips.len();
        writeln!(out, "{points} points in {stretches} stretches of {clips} clips, {held} of them held back")?;
        let width = self.width();
        write!(
            out,
            "{:width$} {:>9} {:>9} {:>9}   in the same place as",
            "labels in %", "visible", "returned", "counted"
        )?;
        for teacher in &self.teachers {
            write!(out, " {:>9}", teacher.name)?;
        }
        writeln!(out)?;
        for (number, teacher) in self.teachers.iter().enumerate() {
            write!(out, "{:width$}", teacher.name)?;
            for part in [teacher.visible, teacher.returned, teacher.counted] {
                write!(out, " {:>9}", figure(percent(part, teacher.asked)))?;
            }
            write!(out, "{:23}", "")?;
            for (other, agrees) in teacher.agrees.iter().enumerate() {
                let text = if other == number { String::new() } else { figure(*agrees) };
                write!(out, " {text:>9}")?;
            }
            writeln!(out)?;
        }
        Ok(())
    }

    /// What was measured on what was held back, before and after.
    fn measures(&self) -> Vec<(String, Option<f64>, Option<f64>)> {
        let rows = self.teachers.iter().zip(self.before.agreement.iter().zip(&self.after.agreement));
        let mut rows: Vec<_> =
            rows.map(|(teacher, (a, b))| (format!("d_avg to the labels of {}", teacher.name), *a, *b)).collect();
        let known = |what: &str, a: f64, b: f64| (what.to_owned(), Some(a), Some(b));
        rows.push(known("d_avg of coming back", self.before.returns, self.after.returns));
        rows.push(known("d_avg on made clips", self.before.made, self.after.made));
        rows
    }

    /// What came of it, for programs.
    pub(super) fn outcome(&self) -> LearnLine {
        let reason = self.verdict.reason.clone();
        LearnLine::Outcome { measures: self.measures(), reason, is_written: self.written.is_some() }
    }

    /// What came of it.
    pub(super) fn write_outcome(&self, out: &mut impl Write) -> io::Result<()> {
        let rows = self.measures();
        let width = rows.iter().map(|(what, ..)| what.chars().count()).max().unwrap_or(0).max(16);
        let Standing { steps, secs, .. } = self.learned;
        writeln!(out, "learned {steps} steps in {:.1} minutes", secs / 60.0)?;
        writeln!(out, "{:width$} {:>9} {:>9}", "held back, in %", "before", "after")?;
        for (what, before, after) in rows {
            writeln!(out, "{what:width$} {:>9} {:>9}", figure(before), figure(after))?;
        }
        match &self.written {
            Some(path) => writeln!(out, "{}; written: {path}", self.verdict.reason),
            None => writeln!(out, "nothing is written: {}", self.verdict.reason),
        }
    }

    fn width(&self) -> usize {
        let names = self.teachers.iter().map(|teacher| teacher.name.chars().count());
        names.max().unwrap_or(0).max("labels in %".len())
    }
}
