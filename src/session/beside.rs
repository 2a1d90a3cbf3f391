//! Work beside the window, by a program of its own: `cotrail batch` and `cotrail learn`, and what they say.
//!
//! A program of its own cannot take the window with it, uses the same code as the command line, and ends when the
//! window does: its standard input is closed then.

use super::messages::Repaint;
use super::spawn::{Worker, spawn};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A line that `cotrail batch --json` writes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BatchLine {
    /// The clip's name.
    pub clip: String,
    /// Its place among the clips, from 1 on.
    pub number: usize,
    /// How many clips there are.
    pub of: usize,
    /// What is new.
    #[serde(flatten)]
    pub news: BatchNews,
}

/// What is new of a clip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum BatchNews {
    /// Its turn has not come.
    Waiting,
    /// It is being opened.
    Begun,
    /// It is being worked on.
    Progress {
        /// At what, in a word or two.
        doing: String,
        /// Frames that are done.
        frames: u64,
        /// Of how many.
        of_frames: u64,
    },
    /// All its results are written.
    Done {
        /// Points that were followed.
        points: usize,
        /// Frames over which they were.
        frames: usize,
        /// How long it took.
        secs: f64,
    },
    /// Its results were there before.
    DoneBefore,
    /// Nothing came of it.
    Failed {
        /// Why, in a sentence.
        problem: String,
    },
    /// It was stopped; nothing of it was kept.
    Interrupted,
    /// The work was stopped before its turn came.
    NotBegun,
}

/// What `cotrail learn --json` writes, a line each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum LearnLine {
    /// It is at work.
    Progress {
        /// At what, in a few words.
        doing: String,
        /// How much of that is done.
        done: u64,
        /// Of how much.
        of: u64,
    },
    /// What came of it.
    Outcome {
        /// What was measured on what was held back; before, after, in percent.
        measures: Vec<(String, Option<f64>, Option<f64>)>,
        /// In a sentence.
        reason: String,
        /// Whether the weights were written: only where they are better.
        is_written: bool,
    },
}

/// What lines add up to.
pub trait Told: Clone + Default + Send + 'static {
    /// What a line says.
    type Line: DeserializeOwned;
    /// Takes in a line.
    fn take(&mut self, line: Self::Line);
}

/// Every clip's name, and how it stands, in their order.
impl Told for Vec<(String, BatchNews)> {
    type Line = BatchLine;

    fn take(&mut self, line: BatchLine) {
        let (place, clip) = (line.number.saturating_sub(1), (line.clip, line.news));
        match self.get_mut(place) {
            Some(known) => *known = clip,
            None => self.push(clip),
        }
    }
}

/// The newest line.
impl Told for Option<LearnLine> {
    type Line = LearnLine;

    fn take(&mut self, line: LearnLine) {
        *self = Some(line);
    }
}

/// How such work stands.
#[derive(Clone, Debug, Default)]
pub struct BesideState<T> {
    /// What it has said.
    pub told: T,
    /// How it ended, once it has: what it said last where it failed.
    pub ended: Option<Result<(), String>>,
}

/// Such work under way, or ended.
#[derive(Debug)]
pub struct Beside<T> {
    /// While it is held the program goes on.
    input: Option<ChildStdin>,
    state: Arc<Mutex<BesideState<T>>>,
    _worker: Worker,
}

/// Many clips.
pub type Batch = Beside<Vec<(String, BatchNews)>>;

/// Learning from clips.
pub type Learning = Beside<Option<LearnLine>>;

impl<T: Told> Beside<T> {
    /// Starts `program COMMAND WORDS --json`.
    ///
    /// # Errors
    /// If the program cannot be started.
    pub fn start(program: &Path, command: &str, words: &[OsString], repaint: Repaint) -> std::io::Result<Self> {
        Self::run(Command::new(program), command, words, repaint)
    }

    /// The same at the lowest priority: it takes what time others leave.
    ///
    /// # Errors
    /// If the program cannot be started.
    pub fn start_patient(program: &Path, command: &str, words: &[OsString], repaint: Repaint) -> std::io::Result<Self> {
        Self::run(patient(program), command, words, repaint)
    }

    fn run(mut program: Command, command: &str, words: &[OsString], repaint: Repaint) -> std::io::Result<Self> {
        let said = tempfile::tempfile()?;
        let mut child = program
            .arg(command)
            .args(["--json", "--until-input-ends", "--quiet"])
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(said.try_clone()?)
            .spawn()?;
        let (input, state) = (child.stdin.take(), Arc::<Mutex<BesideState<T>>>::default());
        let (told, failed) = (Arc::clone(&state), Arc::clone(&state));
        let listening = move || listen(child, said, &told, &repaint);
        let worker = spawn("beside", listening, move |panic| lock(&failed).ended = Some(Err(panic)));
        Ok(Self { input, state, _worker: worker })
    }

    /// How it stands.
    #[must_use]
    pub fn state(&self) -> BesideState<T> {
        self.look(BesideState::clone)
    }

    /// Looks at how it stands, without a copy: for what is asked in every frame.
    pub fn look<R>(&self, look: impl FnOnce(&BesideState<T>) -> R) -> R {
        look(&lock(&self.state))
    }

    /// Asks for an end; what is written stays.
    pub fn stop(&mut self) {
        self.input = None;
    }

    /// Whether an end was asked for.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.input.is_none()
    }
}

impl<T> Drop for Beside<T> {
    fn drop(&mut self) {
        self.input = None; // before its listener is waited for
    }
}

/// The program at the lowest priority.
#[cfg(not(windows))]
fn patient(program: &Path) -> Command {
    let mut nice = Command::new("nice");
    nice.args(["-n", "19"]).arg(program);
    nice
}

/// The program at the lowest priority.
#[cfg(windows)]
fn patient(program: &Path) -> Command {
    use std::os::windows::process::CommandExt;
    const IDLE_PRIORITY_CLASS: u32 = 0x40;
    let mut command = Command::new(program);
    command.creation_flags(IDLE_PRIORITY_CLASS);
    command
}

fn lock<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes in what the program says, to its end.
fn listen<T: Told>(mut child: Child, mut said: File, state: &Mutex<BesideState<T>>, repaint: &Repaint) {
    let lines = child.stdout.take().into_iter().flat_map(|out| BufReader::new(out).lines().map_while(Result::ok));
    for line in lines.filter_map(|line| serde_json::from_str(&line).ok()) {
        lock(state).told.take(line);
        repaint();
    }
    let is_well = child.wait().is_ok_and(|status| status.success());
    let mut text = String::new();
    let read = said.rewind().and_then(|()| said.read_to_string(&mut text));
    let last = text.lines().last().filter(|_| read.is_ok());
    let problem = last.map_or("it ended without a word", |line| line.trim_start_matches("error: "));
    lock(state).ended = Some(if is_well { Ok(()) } else { Err(problem.to_owned()) });
    repaint();
}
