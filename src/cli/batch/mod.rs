//! `cotrail batch`: the same tracking over many clips. What is done is not done again, and a clip that fails stops
//! nothing.

mod clips;
mod summary;

use super::args::BatchArgs;
use super::failure::{Interrupted, one_line, say};
use super::interrupt::Interrupts;
use super::progress::{self, Progress, count};
use super::track::{self, Tally};
use crate::session::{BatchLine, BatchNews, Repaint, aside};
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
    progress: Progress,
    /// What was told of it last.
    told: (String, u64, u64),
    done: LatestSlot<Result<anyhow::Result<Tally>, String>>,
}

/// Follows the points of every clip, some clips at a time, and writes a summary.
pub(super) fn run(args: &BatchArgs) -> anyhow::Result<()> {
    let interrupts = Interrupts::listen()?;
    let clips = clips_of(args)?;
    let (total, jobs) = (clips.len(), usize::from(args.jobs));
    let progress = Progress::new(args.track.quiet);
    let teller = Teller { total, is_wanted: args.json };
    let mut rows: Vec<Row> = Vec::new();
    for (number, clip) in clips.iter().enumerate() {
        teller.tell(number, &clip.name, BatchNews::Waiting)?;
    }
    let mut waiting = clips.into_iter().enumerate();
    let mut running: Vec<Job> = Vec::new();
    let main = std::thread::current();
    let waker: Repaint = Arc::new(move || main.unpark());
    let _end_of_input = args.until_input_ends.then(|| interrupts.stop_when_input_ends(&waker));
    loop {
        while running.len() < jobs && !interrupts.tracking.is_cancelled() {
            let Some((number, clip)) = waiting.next() else { break };
            if clip.is_done && !args.again {
                teller.tell(number, &clip.name, BatchNews::DoneBefore)?;
                rows.push(Row { number, name: clip.name, state: State::DoneBefore });
                continue;
            }
            progress.note(format_args!("[{}/{total}] {}", number + 1, clip.name));
            teller.tell(number, &clip.name, BatchNews::Begun)?;
            running.push(start(number, clip, (jobs, &progress), &interrupts, &waker));
        }
        if running.is_empty() {
            break;
        }
        std::thread::park_timeout(NAP);
        for job in &mut running {
            teller.tell_progress(job)?;
        }
        let new: Vec<Row> = running.iter().filter_map(|job| Some(ended(job, job.done.take()?, &progress))).collect();
        running.retain(|job| new.iter().all(|row| row.number != job.number));
        for row in new {
            teller.tell(row.number, &row.name, row.state.news())?;
            rows.push(row);
        }
    }
    for (number, clip) in waiting {
        teller.tell(number, &clip.name, BatchNews::NotBegun)?;
        rows.push(Row { number, name: clip.name, state: State::NotBegun });
    }
    rows.sort_by_key(|row| row.number);
    if args.summary.is_some() || !args.json {
        summary::write(&rows, args.summary.as_deref())?;
    }
    conclude(&rows, interrupts.tracking.is_cancelled(), &progress)
}

/// Tells how far clips are, as lines of JSON on standard output, where that is wanted.
struct Teller {
    total: usize,
    is_wanted: bool,
}

impl Teller {
    fn tell(&self, number: usize, clip: &str, news: BatchNews) -> anyhow::Result<()> {
        if self.is_wanted {
            let line = BatchLine { clip: clip.to_owned(), number: number + 1, of: self.total, news };
            progress::tell(&line, &mut std::io::stdout().lock())?;
        }
        Ok(())
    }

    fn tell_progress(&self, job: &mut Job) -> anyhow::Result<()> {
        let now = job.progress.now();
        if now == job.told {
            return Ok(());
        }
        job.told.clone_from(&now);
        let (doing, frames, of_frames) = now;
        self.tell(job.number, &job.name, BatchNews::Progress { doing, frames, of_frames })
    }
}

/// What the whole came to.
fn conclude(rows: &[Row], is_interrupted: bool, progress: &Progress) -> anyhow::Result<()> {
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
    (jobs, progress): (usize, &Progress),
    interrupts: &Interrupts,
    waker: &Repaint,
) -> Job {
    // What was tracked of a clip that is cut short is not kept: it would pass for all of it.
    let interrupts = Interrupts::all_at_once(&interrupts.tracking);
    let Clip { name, config, outputs, .. } = clip;
    let progress = progress.of_part(jobs == 1);
    let thread = format!("clip {name}"); // messages are told apart by it
    let shown = progress.clone();
    let work = move || {
        for folder in outputs.iter().filter_map(|path| path.parent()).filter(|folder| *folder != Path::new("")) {
            fs::create_dir_all(folder)?;
        }
        track::follow(&config, &interrupts, &progress)
    };
    let (began, told, done) = (Instant::now(), Default::default(), aside(&thread, Arc::clone(waker), work));
    Job { number, name, began, progress: shown, told, done }
}

/// What became of a clip.
fn ended(job: &Job, outcome: Result<anyhow::Result<Tally>, String>, progress: &Progress) -> Row {
    let secs = job.began.elapsed().as_secs_f64();
    let name = job.name.clone();
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
