//! `cotrail track`: follows points through a clip without a window.

use super::config::{ModeConfig, NetworkConfig, TrackConfig};
use super::failure::{BadUsage, Interrupted, warn};
use super::interrupt::Interrupts;
use super::outputs::{Outputs, Tracked, num_frames};
use super::progress::{Progress, count};
use super::runs::Runs;
use super::{network, points, polishing, repeat};
use crate::export::ExportError;
use crate::geometry::{FrameIndex, Size};
use crate::media::{BridgedSource, ClipSource, CutFinder, FrameSource, FrameSummary, SourceInfo};
use crate::model::{DeviceChoice, Network};
use crate::project::Project;
use crate::sync::CancelToken;
use crate::tracker::TrackerError;
use crate::tracks::{Direction, Edit, NamedQuery, Run, TrackStore, Treatment, Ways};
use anyhow::{Context, bail};
use indicatif::ProgressBar;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Instant;

/// What was followed.
pub(super) struct Tally {
    pub(super) num_points: usize,
    pub(super) num_frames: usize,
}

/// Opens everything, follows the points, writes the results.
pub(super) fn run(config: &TrackConfig) -> anyhow::Result<()> {
    follow(config, &Interrupts::listen()?, &Progress::new(config.quiet)).map(drop)
}

/// The same, as part of something larger. A GPU that fails on the way gives way to the CPU, which begins anew.
pub(super) fn follow(config: &TrackConfig, interrupts: &Interrupts, progress: &Progress) -> anyhow::Result<Tally> {
    match follow_once(config, interrupts, progress) {
        Err(error) if error.downcast_ref().is_some_and(|error| network::may_move(&config.network, error)) => {
            warn(format_args!("{error}; the CPU begins anew"));
            let network = NetworkConfig { device: DeviceChoice::Cpu, ..config.network.clone() };
            follow_once(&TrackConfig { network, ..config.clone() }, interrupts, progress)
        }
        outcome => outcome,
    }
}

fn follow_once(config: &TrackConfig, interrupts: &Interrupts, progress: &Progress) -> anyhow::Result<Tally> {
    let project = Project::is_named(&config.input).then(|| repeat::read(&config.input)).transpose()?;
    let (input, tracks) = project.unzip();
    let input = input.unwrap_or_else(|| ClipSource { path: config.input.clone(), options: config.reading });
    let source = input.open()?;
    let info = source.info().clone();
    info.warnings.iter().for_each(warn);
    if config.reading.frame_rate.is_some() && info.has_times {
        warn("--fps is for sources without times; the video's own times are used");
    }
    let clip = range(config, &info)?;
    let start = match tracks {
        Some(tracks) => Start::Again(tracks),
        None => Start::New(points::collect(&config.points, info.size, &clip)?),
    };
    let mut outputs = Outputs::open(config, &info, &clip)?;
    let mut work = Work::start(config, start, source, &clip)?;
    outputs.look_for_points(config, &work.store)?;
    let began = Instant::now();
    let bar = progress.frames("tracking", num_frames(&clip));
    let followed = work.follow(&bar, &interrupts.tracking);
    bar.finish_and_clear();
    let is_interrupted = followed?;
    interrupts.start_writing();

    work.stop_at_cuts(progress);
    work.warn_of_missing_frames();
    work.store.runs().for_each(|run| warn_of_unseen(run, info.size));
    let last = work.last_tracked(is_interrupted).map(|last| last.min(*clip.end()));
    let Some(last) = last.filter(|last| last >= clip.start()) else {
        if is_interrupted {
            return Err(Interrupted("no frame was tracked yet, nothing is written".into()).into());
        }
        work.frames.info().warnings.iter().skip(info.warnings.len()).for_each(warn);
        bail!("no frame from {} to {} decodes", clip.start(), clip.end());
    };
    let frames = *clip.start()..=last;
    let tally = Tally { num_points: work.store.len(), num_frames: num_frames(&frames) };
    let what = format!("{} over frames {} to {last}", count("point", work.store.len()), clip.start());
    if is_interrupted {
        warn(format_args!("interrupted: writing {what}; Ctrl-C once more stops that, too"));
    } else {
        let (secs, device) = (began.elapsed().as_secs_f64(), work.network.device_name());
        progress.note(format_args!("tracked {what} in {secs:.1} s ({device})"));
    }
    let Work { mut store, network, mode, frames: read, .. } = work;
    let mut source = read.into_source();
    if !store.treatment().closer_look().is_none() {
        source = polishing::run(&mut store, source, &frames, progress, &interrupts.writing).map_err(name_cancel)?;
    }
    let tracked = Tracked { store: &store, frames, info: &info, network: &network, mode: &mode };
    source.info().warnings.iter().skip(info.warnings.len()).for_each(warn);
    outputs.write_tables(&tracked, &mut *source, progress, &interrupts.writing).map_err(name_cancel)?;
    outputs.write_clip(config, &tracked, &mut *source, progress, &interrupts.writing).map_err(name_cancel)?;
    if is_interrupted {
        return Err(Interrupted(format!("kept {what}")).into());
    }
    Ok(tally)
}

/// Tells of points that went out of what a zoom shows.
fn warn_of_unseen(run: &Run, picture: Size) {
    let (frames, points) = run.num_out_of_view(picture);
    if let (true, Some(zoom)) = (points > 0, run.settings().and_then(|settings| settings.zoom)) {
        warn(format_args!(
            "{} left the {zoom} pixels that the network looks at ({} in all): hidden there; \
             a larger --zoom, or a command for each, may keep them",
            count("point", points),
            count("frame", frames)
        ));
    }
}

/// The frames to track.
fn range(config: &TrackConfig, info: &SourceInfo) -> anyhow::Result<RangeInclusive<FrameIndex>> {
    let last = FrameIndex::new(info.num_frames().checked_sub(1).context("the clip has no frames")?);
    let (start, end) = (config.start.unwrap_or_default(), config.end.unwrap_or(last));
    for (option, frame) in [("--start", start), ("--end", end)] {
        if frame > last {
            bail!("{option} {frame} is not in the clip: it has frames 0 to {last}");
        }
    }
    if start > end {
        return Err(BadUsage(format!("--start {start} is after the last frame, {end}")).into());
    }
    Ok(start..=end)
}

/// An export that Ctrl-C ended is an interruption, not a failure.
pub(super) fn name_cancel(error: anyhow::Error) -> anyhow::Error {
    match error.downcast_ref::<ExportError>() {
        Some(ExportError::Cancelled) => {
            Interrupted("the result that was being written is not there; those named before are complete".into()).into()
        }
        _ => error,
    }
}

/// What is followed.
enum Start {
    /// Points, all together.
    New(Vec<NamedQuery>),
    /// The tracks of a project, run by run.
    Again(TrackStore),
}

/// Where much of the clip is refined at once: does it step by step, and says so.
fn refine(runs: &mut Runs, store: &mut TrackStore, bar: &ProgressBar, cancel: &CancelToken) -> anyhow::Result<()> {
    let doing = bar.message();
    let mut number = 1;
    while runs.is_refining() {
        bar.set_message(format!("{doing}: all at once, iteration {number}"));
        runs.iterate(store, cancel)?;
        number += 1;
    }
    bar.set_message(doing);
    Ok(())
}

/// The runs over the clip.
struct Work {
    runs: Runs,
    /// Those that go backwards: their turn comes when the others are done.
    back: Runs,
    store: TrackStore,
    /// Of the newest run.
    network: Arc<Network>,
    mode: ModeConfig,
    frames: BridgedSource,
    start: FrameIndex,
    /// The last frame of the clip: nearer than promised where the rest does not decode.
    end: Option<FrameIndex>,
    /// Where shots begin, unless tracks go on there.
    cuts: Option<Cuts>,
}

/// Looks for cuts in the frames that are followed.
struct Cuts {
    finder: CutFinder,
    found: Vec<FrameIndex>,
}

impl Cuts {
    fn new(first: FrameIndex) -> Self {
        Self { finder: CutFinder::starting_at(first), found: Vec::new() }
    }
}

impl Work {
    /// Loads what it takes and starts the runs: those of a project over the frames that they had, new ones over `clip`.
    fn start(
        config: &TrackConfig,
        start: Start,
        source: Box<dyn FrameSource>,
        clip: &RangeInclusive<FrameIndex>,
    ) -> anyhow::Result<Self> {
        let info = source.info();
        let end = FrameIndex::new(info.num_frames().saturating_sub(1));
        let mut runs = Runs::new(info.size, Direction::Forward);
        let mut back = Runs::new(info.size, Direction::Backward);
        let mut store = TrackStore::new();
        let (clip, network, mode) = match start {
            Start::New(points) => {
                store.apply(&Edit::Treat(config.treatment))?;
                let (run, _) = store.add_run(points);
                let network = network::load(&config.network)?;
                if config.ways != Ways::Backward {
                    runs.add(&mut store, run, (&network, &config.mode), clip.clone())?;
                }
                let wanted = if config.ways == Ways::Forward { None } else { store.follow_back(run) };
                let twin = wanted.and_then(|wanted| Some((wanted.run, runs.whole_twin(&store, wanted.run)?)));
                if let Some((wanted, twin)) = twin {
                    store.share_run(wanted, twin);
                } else if let Some((wanted, run)) = wanted.and_then(|wanted| Some((wanted.run, store.run(wanted.run)?)))
                {
                    let course = *clip.start()..=repeat::latest(run);
                    back.add(&mut store, wanted, (&network, &config.mode), course)?;
                }
                (clip.clone(), network, config.mode.clone())
            }
            Start::Again(tracks) => {
                store = tracks;
                let (before, asked) = (*store.treatment(), &config.treatment);
                let (polish, plane) = (before.polish || asked.polish, asked.plane.or(before.plane));
                store.apply(&Edit::Treat(Treatment { polish, plane, ..before }))?;
                let (network, mode) = repeat::start(&mut runs, &mut back, &mut store, &config.network, end)?;
                (FrameIndex(0)..=end, network, mode)
            }
        };
        store.set_footage(info.footage());
        let (frames, end) = (BridgedSource::new(source).up_to(*clip.end()), Some(*clip.end()));
        let mut work = Self { runs, back, store, network, mode, frames, start: *clip.start(), end, cuts: None };
        work.cuts = work.first_read().filter(|_| !work.store.treatment().through_cuts).map(Cuts::new);
        Ok(work)
    }

    /// The first frame that is read, `None` where nothing is followed.
    fn first_read(&self) -> Option<FrameIndex> {
        if self.back.next_frame().is_some() { Some(self.start) } else { self.runs.next_frame() }
    }

    /// Feeds the clip to the tracker. Returns whether Ctrl-C cut it short; what was tracked until then is in the store.
    fn follow(&mut self, bar: &ProgressBar, cancel: &CancelToken) -> anyhow::Result<bool> {
        match self.advance(bar, cancel) {
            Ok(()) => Ok(false),
            Err(error) if matches!(error.downcast_ref(), Some(TrackerError::Cancelled)) => Ok(true),
            Err(error) => Err(error),
        }
    }

    fn advance(&mut self, bar: &ProgressBar, cancel: &CancelToken) -> anyhow::Result<()> {
        // Windows before the first query are skipped, unless cuts are looked for there.
        let first = self.first_read().unwrap_or_default();
        let last_back = self.back.next_frame();
        bar.set_length(self.end.map_or(0, |end| u64::from(end.0 + 1).saturating_sub(u64::from(first.0))));
        let mut index = first;
        while self.runs.next_frame().is_some() || last_back.is_some_and(|last| index <= last) {
            if cancel.is_cancelled() {
                return Err(TrackerError::Cancelled.into());
            }
            let Some(frame) = self.frames.read(index)? else {
                self.end = index.0.checked_sub(1).map(FrameIndex);
                break;
            };
            if let Some(cuts) = &mut self.cuts {
                cuts.found.extend(cuts.finder.push(FrameSummary::of(&frame)));
            }
            self.runs.push(&frame, &mut self.store, cancel)?;
            refine(&mut self.runs, &mut self.store, bar, cancel)?;
            bar.set_position(u64::from(index.0 - first.0) + 1);
            index = index.after(1);
        }
        self.runs.finish(&mut self.store, cancel)?;
        self.go_back(bar, cancel)
    }

    /// Ends the tracks at the cuts that were found, and says so.
    fn stop_at_cuts(&mut self, progress: &Progress) {
        let Some(Cuts { finder, mut found }) = self.cuts.take() else { return };
        found.extend(finder.finish());
        if !found.is_empty() {
            let frames: Vec<String> = found.iter().map(ToString::to_string).collect();
            let frames = frames.join(", ");
            progress
                .note(format_args!("another shot begins on frame {frames}: tracks stop there (--cuts ignore: go on)"));
            self.store.set_cuts(found.into());
        }
    }

    /// Follows the runs that go backwards, once the others are done.
    fn go_back(&mut self, bar: &ProgressBar, cancel: &CancelToken) -> anyhow::Result<()> {
        let Some(last) = self.back.next_frame() else { return Ok(()) };
        bar.set_length(u64::from(last.0) + 1);
        while let Some(index) = self.back.next_frame() {
            let Some(frame) = self.frames.read_back(index)? else { break };
            self.back.push(&frame, &mut self.store, cancel)?;
            refine(&mut self.back, &mut self.store, bar, cancel)?;
            bar.set_position(u64::from(last.0 - index.0) + 1);
        }
        Ok(self.back.finish(&mut self.store, cancel)?)
    }

    /// The last frame whose results are final, `None` where there is none: what a window proposes for the frames that
    /// the next one looks at again is not kept when tracking is cut short.
    fn last_tracked(&self, is_interrupted: bool) -> Option<FrameIndex> {
        let from_back = self.back.last_settled(&self.store).and_then(|_| {
            let back = self.store.runs().filter(|run| run.direction() == Direction::Backward);
            back.map(repeat::latest).max()
        });
        let settled = self.runs.last_settled(&self.store).max(from_back)?;
        if is_interrupted { Some(settled) } else { self.end }
    }

    /// Tells what a damaged clip lacks.
    fn warn_of_missing_frames(&self) {
        match self.frames.missing().len() {
            0 => return,
            1 => warn("1 frame does not decode; the clip shows its neighbour there, or ends before it"),
            n => warn(format_args!(
                "{n} frames do not decode; the clip shows their neighbours there, or ends before them"
            )),
        }
        for (number, track) in (1..).zip(self.store.tracks()) {
            if self.end.is_none_or(|end| track.query.frame > end) {
                let frame = track.query.frame;
                warn(format_args!(
                    "point {number} is on frame {frame}, where nothing decodes any more: it has no track"
                ));
            }
        }
    }
}
