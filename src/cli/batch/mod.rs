//! `cotrail batch`: the same tracking over many clips. What is done is not done again, and a clip that fails stops
//! nothing.

mod clips;
mod summary;

use super::args::BatchArgs;
use super::failure::{Interrupted, one_line, say};
use super::interrupt::Interrupts;
use super::progress::{Progress, count};
use super::track::{self, Tally};
use crate::session::{Repaint, aside};
use crate::sync::LatestSlot;
use anyhow::bail;
pub(super) use clips::clips_at;
use clips::{Clip, clips_of};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use summary::{Row, State};

/// How long the main thread sleeps where nothing wakes it: Ctrl-C does not.
const NAP: Duration = Duration::from_millis(100);

/// A clip under way.
struct Job {
    number: usize,
    name: String,
    began: Instant,
    done: LatestSlot<Result<anyhow::Result<Tally>, String>>,
}

/// Follows the points of every clip, some clips at a time, and writes a summary.
pub(super) fn run(args: &BatchArgs) -> anyhow::Result<()> {
    let interrupts = Interrupts::listen()?;
    let clips = clips_of(args)?;
    let total = clips.len();
    let (progress, jobs) = (Progress::new(args.track.quiet), usize::from(args.jobs));
    let mut rows: Vec<Row> = Vec::new();
    let mut waiting = clips.into_iter().enumerate();
    let mut running: Vec<Job> = Vec::new();
    let main = std::thread::current();
    let waker: Repaint = Arc::new(move || main.unpark());
    loop {
        while running.len() < jobs && !interrupts.tracking.is_cancelled() {
            let Some((number, clip)) = waiting.next() else { break };
            if clip.is_done && !args.again {
                rows.push(Row { number, name: clip.name, state: State::DoneBefore });
                continue;
            }
            progress.note(format_args!("[{}/{total}] {}", number + 1, clip.name));
            running.push(start(number, clip, (jobs, progress), &interrupts, &waker));
        }
        if running.is_empty() {
            break;
        }
        std::thread::park_timeout(NAP);
        running.retain_mut(|job| match job.done.take() {
            None => true,
            Some(outcome) => {
                rows.push(ended(job, outcome, progress));
                false
            }
        });
    }
    rows.extend(waiting.map(|(number, clip)| Row { number, name: clip.name, state: State::NotBegun }));
    rows.sort_by_key(|row| row.number);
    summary::write(&rows, args.summary.as_deref())?;
    conclude(&rows, interrupts.tracking.is_cancelled(), progress)
}

/// What the whole came to.
fn conclude(rows: &[Row], is_interrupted: bool, progress: Progress) -> anyhow::Result<()> {
    let num = |is_so: fn(&State) -> bool| rows.iter().filter(|row| is_so(&row.state)).count();
    let total = rows.len();
    let num_before = num(|state| matches!(state, State::DoneBefore));
    if num_before > 0 {
        progress.note(format_args!("{num_before} of {total} clips were done before (--again follows them anew)"));
    }
    if is_interrupted {
        let num_left = num(|state| matches!(state, State::NotBegun | State::Interrupted));
        let left = format!("{num_left} of {total} clips are left; the same command goes on with them");
        return Err(Interrupted(left).into());
    }
    match num(|state| matches!(state, State::Failed(_))) {
        0 => Ok(()),
        num_failed => bail!("{num_failed} of {total} clips failed"),
    }
}

/// Begins to follow a clip on a thread of its own.
fn start(
    number: usize,
    clip: Clip,
    (jobs, progress): (usize, Progress),
    interrupts: &Interrupts,
    waker: &Repaint,
) -> Job {
    // What was tracked of a clip that is cut short is not kept: it would pass for all of it.
    let interrupts = Interrupts::all_at_once(&interrupts.tracking);
    let Clip { name, config, outputs, .. } = clip;
    let progress = progress.of_part(jobs == 1);
    let thread = format!("clip {name}"); // messages are told apart by it
    let work = move || {
        for folder in outputs.iter().filter_map(|path| path.parent()).filter(|folder| *folder != Path::new("")) {
            fs::create_dir_all(folder)?;
        }
        track::follow(&config, &interrupts, progress)
    };
    Job { number, name, began: Instant::now(), done: aside(&thread, Arc::clone(waker), work) }
}

/// What became of a clip.
fn ended(job: &mut Job, outcome: Result<anyhow::Result<Tally>, String>, progress: Progress) -> Row {
    let secs = job.began.elapsed().as_secs_f64();
    let name = std::mem::take(&mut job.name);
    let state = match outcome {
        Ok(Ok(tally)) => State::Done { tally, secs },
        Ok(Err(error)) if error.downcast_ref::<Interrupted>().is_some() => State::Interrupted,
        Ok(Err(error)) => State::Failed(one_line(&error)),
        Err(panic) => State::Failed(panic),
    };
    match &state {
        State::Done { tally, .. } => {
            let (points, frames) = (count("point", tally.num_points), count("frame", tally.num_frames));
            progress.note(format_args!("{name}: {points} over {frames} in {secs:.1} s"));
        }
        State::Failed(problem) => say(format_args!("{name}: error: {problem}")),
        _ => {}
    }
    Row { number: job.number, name, state }
}
