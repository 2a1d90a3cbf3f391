//! What became of the clips, as a table.

use crate::cli::track::Tally;
use crate::session::BatchNews;
use anyhow::Context;
use std::fs::File;
use std::io::Write;
use std::path::Path;

/// What became of a clip.
pub(super) enum State {
    Done {
        tally: Tally,
        secs: f64,
    },
    DoneBefore,
    Failed(String),
    /// It was cut short, and nothing of it was kept.
    Interrupted,
    NotBegun,
}

impl State {
    /// The same for whoever reads lines of JSON.
    pub(super) fn news(&self) -> BatchNews {
        match self {
            Self::Done { tally, secs } => {
                BatchNews::Done { points: tally.num_points, frames: tally.num_frames, secs: *secs }
            }
            Self::DoneBefore => BatchNews::DoneBefore,
            Self::Failed(problem) => BatchNews::Failed { problem: problem.clone() },
            Self::Interrupted => BatchNews::Interrupted,
            Self::NotBegun => BatchNews::NotBegun,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Done { .. } => "done",
            Self::DoneBefore => "done before",
            Self::Failed(_) => "failed",
            Self::Interrupted => "interrupted",
            Self::NotBegun => "not begun",
        }
    }
}

/// A clip of the table.
pub(super) struct Row {
    /// Its place among the clips.
    pub(super) number: usize,
    pub(super) name: String,
    pub(super) state: State,
}

/// Writes `clip,state,points,frames,secs,problem`, a row for each clip, to a file or to standard output.
pub(super) fn write(rows: &[Row], path: Option<&Path>) -> anyhow::Result<()> {
    let to: Box<dyn Write> = match path {
        Some(path) => Box::new(File::create(path).with_context(|| format!("writing {}", path.display()))?),
        None => Box::new(std::io::stdout().lock()),
    };
    let mut table = csv::Writer::from_writer(to);
    table.write_record(["clip", "state", "points", "frames", "secs", "problem"])?;
    for Row { name, state, .. } in rows {
        let (mut points, mut frames, mut time, mut problem) = Default::default();
        match state {
            State::Done { tally, secs } => {
                (points, frames) = (tally.num_points.to_string(), tally.num_frames.to_string());
                time = format!("{secs:.1}");
            }
            State::Failed(cause) => problem = cause.as_str(),
            _ => {}
        }
        table.write_record([name, state.name(), &points, &frames, &time, problem])?;
    }
    Ok(table.flush()?)
}
