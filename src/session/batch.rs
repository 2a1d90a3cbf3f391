//! Many clips beside the window: `cotrail batch --json` as a program of its own, and what it says.
//!
//! A program of its own cannot take the window with it, uses the same code as the command line, and ends when the
//! window does: its standard input is closed then.

use super::messages::Repaint;
use super::spawn::{Worker, spawn};
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

/// What a batch has said.
#[derive(Clone, Debug, Default)]
pub struct BatchState {
    /// Every clip's name, and how it stands, in their order.
    pub clips: Vec<(String, BatchNews)>,
    /// How it ended, once it has: the reason where it did nothing at all.
    pub ended: Option<Result<(), String>>,
}

/// A batch under way, or one that has ended.
#[derive(Debug)]
pub struct Batch {
    /// While it is held the program goes on.
    input: Option<ChildStdin>,
    state: Arc<Mutex<BatchState>>,
    _worker: Worker,
}

impl Batch {
    /// Starts `program batch WORDS --json`.
    ///
    /// # Errors
    /// If the program cannot be started.
    pub fn start(program: &Path, words: &[OsString], repaint: Repaint) -> std::io::Result<Self> {
        let said = tempfile::tempfile()?;
        let mut child = Command::new(program)
            .arg("batch")
            .args(["--json", "--until-input-ends", "--quiet"])
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(said.try_clone()?)
            .spawn()?;
        let (input, state) = (child.stdin.take(), Arc::<Mutex<BatchState>>::default());
        let (told, failed) = (Arc::clone(&state), Arc::clone(&state));
        let listening = move || listen(child, said, &told, &repaint);
        let worker = spawn("batch", listening, move |panic| lock(&failed).ended = Some(Err(panic)));
        Ok(Self { input, state, _worker: worker })
    }

    /// What it has said so far.
    #[must_use]
    pub fn state(&self) -> BatchState {
        lock(&self.state).clone()
    }

    /// Asks for an end: clips that are being followed are given up, what is written stays.
    pub fn stop(&mut self) {
        self.input = None;
    }

    /// Whether an end was asked for.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.input.is_none()
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.stop(); // before its listener is waited for
    }
}

fn lock(state: &Mutex<BatchState>) -> MutexGuard<'_, BatchState> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes in what the program says, to its end.
fn listen(mut child: Child, mut said: File, state: &Mutex<BatchState>, repaint: &Repaint) {
    let lines = child.stdout.take().into_iter().flat_map(|out| BufReader::new(out).lines().map_while(Result::ok));
    for line in lines.filter_map(|line| serde_json::from_str::<BatchLine>(&line).ok()) {
        let (place, clip) = (line.number.saturating_sub(1), (line.clip, line.news));
        let mut state = lock(state);
        match state.clips.get_mut(place) {
            Some(known) => *known = clip,
            None => state.clips.push(clip),
        }
        drop(state);
        repaint();
    }
    let is_well = child.wait().is_ok_and(|status| status.success());
    let mut text = String::new();
    let read = said.rewind().and_then(|()| said.read_to_string(&mut text));
    let last = text.lines().last().filter(|_| read.is_ok());
    let problem = last.map_or("it ended without a word", |line| line.trim_start_matches("error: "));
    let mut state = lock(state);
    // Where clips failed, each says why.
    state.ended = Some(if is_well || !state.clips.is_empty() { Ok(()) } else { Err(problem.to_owned()) });
    drop(state);
    repaint();
}
