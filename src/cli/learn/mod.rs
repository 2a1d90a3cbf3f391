//! `cotrail learn`: weights that know the user's own footage.

mod args;
mod config;
mod labelling;
mod pictures;
mod report;

pub(super) use args::{LEARN_EXAMPLES, LearnArgs};
pub(super) use config::LearnConfig;

use super::failure::Interrupted;
use super::interrupt::Interrupts;
use super::network;
use super::progress::{Progress, count, tell};
use crate::export::WholeFile;
use crate::geometry::Size;
use crate::hex::hex;
use crate::learn::{
    Clip, Examined, HeldBack, Kept, Labelled, LearnError, Lessons, Limit, Part, Pupil, Standing, Student,
    StudentOptions, Study, Teacher, verdict,
};
use crate::model::{Checkpoint, Network};
use crate::project::Places;
use crate::session::{LearnLine, Repaint, aside};
use crate::sync::CancelToken;
use anyhow::{Context, bail};
use config::Resume;
use indicatif::ProgressBar;
use labelling::name_cancel;
use report::Report;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Between two lines of JSON.
const TELL_EVERY: Duration = Duration::from_millis(250);

/// Makes who is to learn: of a network, and of its weights as they lie on the disk.
pub(super) type MakePupil<'a> = &'a dyn Fn(&LearnConfig, &Arc<Network>, &Path) -> anyhow::Result<Box<dyn Pupil>>;

/// Labels the clips, learns from them, and writes what was learned if it is worth it.
pub(super) fn run(config: &LearnConfig, make: MakePupil<'_>, out: &mut impl Write) -> anyhow::Result<()> {
    let (interrupts, progress) = (Interrupts::listen()?, Progress::new(config.quiet));
    let _end_of_input = config.until_input_ends.then(|| interrupts.stop_when_input_ends(&asleep()));
    if !config.json {
        return learn(config, make, (&progress, &interrupts.tracking), out).map(drop);
    }
    let teller = Teller::start(progress.clone());
    let report = learn(config, make, (&progress, &interrupts.tracking), &mut std::io::sink())?;
    teller.end(&report.outcome(), out)
}

/// Wakes nobody.
fn asleep() -> Repaint {
    Arc::new(|| {})
}

/// Tells how far learning is as lines of JSON on standard output, until it is over.
struct Teller {
    is_over: CancelToken,
    /// Held while a line is written.
    line: Arc<Mutex<()>>,
}

impl Teller {
    fn start(progress: Progress) -> Self {
        let (is_over, line) = (CancelToken::new(), Arc::<Mutex<()>>::default());
        let (over, writing) = (is_over.clone(), Arc::clone(&line));
        aside("progress", asleep(), move || {
            let mut told = Default::default();
            loop {
                let now = progress.now();
                let turn = writing.lock();
                if over.is_cancelled() {
                    return;
                }
                if now != told {
                    let (doing, done, of) = now.clone();
                    tell(&LearnLine::Progress { doing, done, of }, &mut std::io::stdout()).ok(); // who listens is gone
                    told = now;
                }
                drop(turn);
                std::thread::sleep(TELL_EVERY);
            }
        });
        Self { is_over, line }
    }

    /// Says what came of it, as the last line.
    fn end(self, outcome: &LearnLine, out: &mut impl Write) -> anyhow::Result<()> {
        let turn = self.line.lock();
        self.is_over.cancel();
        tell(outcome, out)?;
        drop(turn);
        Ok(())
    }
}

fn learn(
    config: &LearnConfig,
    make: MakePupil<'_>,
    (progress, cancel): (&Progress, &CancelToken),
    out: &mut impl Write,
) -> anyhow::Result<Report> {
    let paths = labelling::find(&config.inputs)?;
    let base = network::find(&config.network)?;
    let outputs = Outputs::open(config, &base)?;
    let network = network::load(&config.network)?;
    let teachers = labelling::teachers(config)?;
    let size = config.size.unwrap_or(network.config().clip_size());
    let mut clips = labelling::survey(&paths, size, progress, cancel)?;
    let run = run_name(config, (&network, size), &clips, &teachers);
    let state = outputs.work.join("states").join(format!("{run}.safetensors"));
    forget_old(&state);
    let goes_on = config.resume != Resume::Never && state.exists();
    if config.resume == Resume::Always && !goes_on {
        let work = outputs.work.display();
        bail!("there is nothing to go on with: no run of the same clips and settings is kept in {work}");
    }
    let kept = Kept::at(outputs.work.join("labels"))?;
    let asked = (&network, size, &teachers[..]);
    let labelled = labelling::label(config, asked, &kept, &mut clips, progress, cancel)?;
    let mut report = Report::new(&network, config.seed, &clips, &teachers, &labelled);
    report.write_labels(out)?;
    if let Some(folder) = &config.labels {
        pictures::write(folder, (&paths, &clips), &teachers, &labelled, progress, cancel)?;
    }

    let mut pupil = make(config, &network, &base)?;
    let mut school = School::new(config, (&network, size), clips, labelled, cancel)?;
    let before = school.examine(&network, "looking at what it knows", progress)?;
    report.before = before.marks;
    let mut study = Study::start(&mut *pupil, config.limit, state, goes_on)?;
    school.teach(&mut study, progress)?;
    report.learned = study.standing;

    let learned = network.with_weights(&pupil.checkpoint()?)?;
    let after = school.examine(&Arc::new(learned), "looking at what it has learned", progress)?;
    report.after = after.marks;
    if let Some(folder) = &config.compare {
        let School { held_back, lessons, .. } = &mut school;
        pictures::compare(folder, held_back, lessons.clips_mut(), [&before.tracks, &after.tracks])?;
    }
    report.verdict = verdict(&teachers, &report.before, &report.after);
    if report.verdict.is_better {
        let clips = count("clip", school.num_clips());
        let minutes = report.learned.secs / 60.0;
        let about = format!("learned from {clips} in {} steps, {minutes:.0} minutes", report.learned.steps);
        pupil.write(&base, &config.out, &about)?;
        report.written = Some(config.out.display().to_string());
    }
    if let Some(file) = outputs.report {
        file.finish(|mut file| serde_json::to_writer_pretty(&mut file, &report).map_err(Into::into))?;
    }
    report.write_outcome(out)?;
    Ok(report)
}

/// Runs that nobody went on with for so long are removed.
const FORGET_AFTER: Duration = Duration::from_hours(30 * 24);

/// Removes what lies beside this state of runs that nobody went on with for long: 100 MB each. What cannot be removed
/// stays.
fn forget_old(state: &Path) {
    let is_old = |entry: &fs::DirEntry| {
        let changed = entry.metadata().and_then(|metadata| metadata.modified());
        entry.path() != state && changed.is_ok_and(|changed| changed.elapsed().is_ok_and(|age| age > FORGET_AFTER))
    };
    let beside = state.parent().and_then(|states| fs::read_dir(states).ok());
    for entry in beside.into_iter().flatten().flatten().filter(is_old) {
        fs::remove_file(entry.path()).ok();
    }
}

/// Where results go: found writable before any work.
struct Outputs {
    /// Where labels and states are kept.
    work: PathBuf,
    report: Option<WholeFile>,
}

impl Outputs {
    fn open(config: &LearnConfig, base: &Path) -> anyhow::Result<Self> {
        let same = |path: &Path| fs::canonicalize(path).ok();
        if same(&config.out).is_some_and(|out| Some(out) == same(base)) {
            bail!("--out would replace the weights that learning begins with: {}", config.out.display());
        }
        drop(WholeFile::open(&config.out)?);
        let report = config.report.as_deref().map(WholeFile::open).transpose()?;
        let of_the_user = || Places::of_the_user().map(|places| places.learning());
        let work = config.work.clone().or_else(of_the_user);
        let work = work.context("there is no folder of the user to keep labels in: name one with --work")?;
        for folder in std::iter::once(&work.join("states")).chain(&config.labels).chain(&config.compare) {
            fs::create_dir_all(folder).with_context(|| format!("making the folder {}", folder.display()))?;
        }
        Ok(Self { work, report })
    }
}

/// A run is another one if any of this is; how long it takes may change.
fn run_name(
    config: &LearnConfig,
    (network, size): (&Arc<Network>, Size),
    clips: &[Clip],
    teachers: &[Teacher],
) -> String {
    let mut digest = Sha256::new();
    let mut add = |text: String| {
        digest.update(text);
        digest.update([0]);
    };
    add(format!("{} {size} {:?} {}", network.weights_sha256(), config.iters, config.seed));
    add(format!("{} {} {} {}", config.made_share, config.hold_back, config.num_stretches, config.num_points));
    for clip in clips {
        add(clip.digest.clone());
    }
    for teacher in teachers {
        add(format!("{} {}", teacher.name(), teacher.key(network)));
    }
    hex(&digest.finalize()[..8])
}

/// Who and what learning takes, but for the pupil.
struct School<'a> {
    lessons: Lessons,
    held_back: HeldBack,
    size: Size,
    cancel: &'a CancelToken,
}

impl<'a> School<'a> {
    fn new(
        config: &LearnConfig,
        (network, size): (&Arc<Network>, Size),
        clips: Vec<Clip>,
        labelled: Vec<(Part, Labelled)>,
        cancel: &'a CancelToken,
    ) -> anyhow::Result<Self> {
        let (held, learned): (Vec<_>, Vec<_>) = labelled.into_iter().partition(|(part, _)| part.is_held_back);
        let held = held.into_iter().map(|(_, labelled)| (labelled.taught, labelled.own)).collect();
        let learned = learned.into_iter().map(|(_, labelled)| labelled.taught).collect();
        let held_back = HeldBack::new(held, &clips, size, config.seed);
        let lessons = Lessons::new((Arc::clone(network), size), clips, learned, (config.made_share, config.seed))?;
        Ok(Self { lessons, held_back, size, cancel })
    }

    fn num_clips(&mut self) -> usize {
        self.lessons.clips_mut().len()
    }

    fn examine(
        &mut self,
        network: &Arc<Network>,
        doing: &'static str,
        progress: &Progress,
    ) -> anyhow::Result<Examined> {
        let bar = progress.steps(doing, "stretches", self.held_back.len());
        let (subject, clips) = ((network, self.size), self.lessons.clips_mut());
        let examined = self.held_back.examine(subject, clips, &mut || bar.inc(1), self.cancel);
        bar.finish_and_clear();
        examined.map_err(name_cancel)
    }

    fn teach(&mut self, study: &mut Study<'_>, progress: &Progress) -> anyhow::Result<()> {
        let limit = study.limit;
        let bar = match limit {
            Limit::Steps(steps) => progress.steps("learning", "steps", steps),
            Limit::Time(time) => progress.time("learning", time),
        };
        show(&bar, limit, &study.standing);
        bar.reset_eta();
        let learned = study.run(&mut self.lessons, &mut |standing| show(&bar, limit, standing), self.cancel);
        bar.finish_and_clear();
        match learned {
            Err(LearnError::Cancelled) => {
                let steps = count("step", study.standing.steps);
                Err(Interrupted(format!("{steps} kept; the same command with --resume goes on")).into())
            }
            learned => Ok(learned?),
        }
    }
}

fn show(bar: &ProgressBar, limit: Limit, standing: &Standing) {
    let Standing { steps, secs, position, confidence } = *standing;
    bar.set_position(if matches!(limit, Limit::Steps(_)) { steps as u64 } else { secs as u64 });
    if steps > 0 {
        bar.set_message(format!("learning: step {steps}, losses {position:.2} and {confidence:.2}"));
    }
}

/// Who learns: a student of the network.
pub(super) fn student(config: &LearnConfig, network: &Arc<Network>, base: &Path) -> anyhow::Result<Box<dyn Pupil>> {
    let default = StudentOptions::default();
    let options = StudentOptions { num_iters: config.iters.unwrap_or(default.num_iters), seed: config.seed, ..default };
    Ok(Box::new(Student::new(Arc::clone(network), Checkpoint::read(base)?, options)?))
}

#[cfg(test)]
mod tests;
