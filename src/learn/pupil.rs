//! Learning itself: lesson after lesson, until the time is up.

use super::lessons::Lessons;
use super::{LearnError, Lesson, Losses, Student};
use crate::model::Checkpoint;
use crate::sync::CancelToken;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A network that learns.
pub trait Pupil {
    /// Steps taken, those of earlier runs included.
    fn num_steps(&self) -> usize;

    /// Learns from one lesson; `progress`, 0 to 1, is the share of the run that lies behind.
    ///
    /// # Errors
    /// When the lesson is not usable or the device failed.
    fn step(&mut self, lesson: &Lesson, progress: f64) -> Result<Losses, LearnError>;

    /// Keeps the run in a file, which is whole or as it was; `note` comes back from [`Pupil::resume`].
    ///
    /// # Errors
    /// When it cannot be written.
    fn save(&self, path: &Path, note: &str) -> Result<(), LearnError>;

    /// Goes on with a run that was kept.
    ///
    /// # Errors
    /// When it cannot be read, or is of other weights.
    fn resume(&mut self, path: &Path) -> Result<String, LearnError>;

    /// What was learned, to be tried out.
    ///
    /// # Errors
    /// When the device failed.
    fn checkpoint(&self) -> Result<Checkpoint, LearnError>;

    /// Writes weights like those at `base`, and what was learned in place of the old; `learned` says from what.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn write(&self, base: &Path, out: &Path, learned: &str) -> Result<(), LearnError>;
}

impl Pupil for Student {
    fn num_steps(&self) -> usize {
        self.num_steps()
    }

    fn step(&mut self, lesson: &Lesson, progress: f64) -> Result<Losses, LearnError> {
        self.step(lesson, progress)
    }

    fn save(&self, path: &Path, note: &str) -> Result<(), LearnError> {
        self.save(path, note)
    }

    fn resume(&mut self, path: &Path) -> Result<String, LearnError> {
        self.resume(path)
    }

    fn checkpoint(&self) -> Result<Checkpoint, LearnError> {
        self.checkpoint()
    }

    fn write(&self, base: &Path, out: &Path, learned: &str) -> Result<(), LearnError> {
        self.write(base, out, learned)
    }
}

/// How long to learn, what earlier runs took included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// So many steps.
    Steps(usize),
    /// So long.
    Time(Duration),
}

/// How far learning is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Steps taken.
    pub steps: usize,
    /// How long that took.
    pub secs: f64,
    /// Means over the newest steps.
    pub position: f32,
    /// The same of the confidence's loss.
    pub confidence: f32,
}

/// How much of a mean of losses the newest step is.
const NEWEST: f32 = 0.05;
/// A run is kept at least so often.
const KEEP_EVERY: Duration = Duration::from_mins(2);
/// So many steps in a row without a gradient are too many.
const MOST_WITHOUT: usize = 10;

impl Standing {
    /// How much of the run lies behind, 0 to 1.
    #[must_use]
    pub fn progress(&self, limit: Limit) -> f64 {
        let share = match limit {
            Limit::Steps(steps) => self.steps as f64 / steps.max(1) as f64,
            Limit::Time(time) => self.secs / time.as_secs_f64().max(1e-3),
        };
        share.min(1.0)
    }

    fn add(&mut self, losses: Losses, secs: f64) {
        let share = if self.steps == 0 { 1.0 } else { NEWEST };
        self.position += share * (losses.position - self.position);
        self.confidence += share * (losses.confidence - self.confidence);
        self.steps += 1;
        self.secs += secs;
    }
}

/// A run: who learns, how long, and where it is kept.
pub struct Study<'a> {
    /// Who learns.
    pub pupil: &'a mut dyn Pupil,
    /// How long.
    pub limit: Limit,
    /// Where the run is kept.
    pub state: PathBuf,
    /// How far it is.
    pub standing: Standing,
}

impl<'a> Study<'a> {
    /// Begins a run, or goes on with the one that is kept where `resume` is set.
    ///
    /// # Errors
    /// When there is none to go on with, or it cannot be read.
    pub fn start(pupil: &'a mut dyn Pupil, limit: Limit, state: PathBuf, resume: bool) -> Result<Self, LearnError> {
        let mut standing = Standing::default();
        if resume {
            let problem = |problem: String| LearnError::Unreadable { path: state.clone(), problem };
            standing = serde_json::from_str(&pupil.resume(&state)?).map_err(|error| problem(error.to_string()))?;
            if standing.steps != pupil.num_steps() || !standing.secs.is_finite() {
                return Err(problem("it does not hold together".to_owned()));
            }
        }
        Ok(Self { pupil, limit, state, standing })
    }

    /// Learns until the limit is reached; `each` is told after every step. The run is kept now and then, and in
    /// the end.
    ///
    /// # Errors
    /// [`LearnError::Cancelled`], after the run was kept; or what went wrong.
    pub fn run(
        &mut self,
        lessons: &mut Lessons,
        each: &mut dyn FnMut(&Standing),
        cancel: &CancelToken,
    ) -> Result<(), LearnError> {
        let (mut kept, mut num_without) = (Instant::now(), 0);
        while self.standing.progress(self.limit) < 1.0 {
            if cancel.is_cancelled() {
                self.keep()?;
                return Err(LearnError::Cancelled);
            }
            let start = Instant::now();
            let lesson = lessons.lesson(self.standing.steps)?;
            let losses = self.pupil.step(&lesson, self.standing.progress(self.limit))?;
            num_without = if losses.gradient.is_finite() { 0 } else { num_without + 1 };
            if num_without == MOST_WITHOUT || !(losses.position + losses.confidence).is_finite() {
                return Err(LearnError::RanAway { step: self.standing.steps as u64 + 1 });
            }
            self.standing.add(losses, start.elapsed().as_secs_f64());
            each(&self.standing);
            if kept.elapsed() > KEEP_EVERY {
                self.keep()?;
                kept = Instant::now();
            }
        }
        self.keep()
    }

    fn keep(&self) -> Result<(), LearnError> {
        let note = serde_json::to_string(&self.standing).expect("figures are JSON");
        self.pupil.save(&self.state, &note)
    }
}
