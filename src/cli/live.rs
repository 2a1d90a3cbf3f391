//! `cotrail track camera:N`: follows points on a live camera without a window.

use super::camera_tables::{self, CameraTables};
use super::config::{CameraConfig, NetworkConfig};
use super::failure::{Interrupted, warn};
use super::interrupt::Interrupts;
use super::progress::{Progress, count};
use super::track::name_cancel;
use super::{network, points};
use crate::export::EmitTarget;
use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size, SourcePoint};
use crate::media::{CameraError, CameraFormat, CameraRequest, open_camera};
use crate::model::{DeviceChoice, Network};
use crate::session::{
    CameraFrame, CameraOptions, CameraPatience, CameraState, CameraStatus, Emitter, LiveCamera, Pace, Recorder,
    live_settings,
};
use crate::sync::CancelToken;
use crate::tracker::{LiveTracker, TrackerError};
use crate::tracks::{LiveSample, NamedQuery, Query, TrackId};
use anyhow::Context;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long the first picture may take.
const OPENING_PATIENCE: Duration = Duration::from_secs(15);
/// How long Ctrl-C may go unnoticed while no picture comes.
const LOOK_UP_EVERY: Duration = Duration::from_millis(100);

/// Opens everything, follows the points until there is enough, says how it went.
pub(super) fn run(config: &CameraConfig) -> anyhow::Result<()> {
    let interrupts = Interrupts::listen()?;
    let progress = Progress::new(config.quiet);
    let tables = CameraTables::open(config)?;
    let camera = LiveCamera::start(CameraOptions {
        request: CameraRequest { size: config.capture, ..CameraRequest::index(config.camera) },
        open: Arc::new(open_camera),
        repaint: Arc::new(|| ()),
        patience: CameraPatience::default(),
    });
    let status = wait_until_open(&camera, &interrupts.tracking)?;
    let (id, format) = status.id.zip(status.format).context("the camera does not say what it is")?;
    let every_frame = FrameIndex(0)..=FrameIndex(u32::MAX);
    let points = points::collect(&config.points, format.size, &every_frame)?;
    let emitter = config.emit.as_ref().map(start_emitter).transpose()?;
    let network = network::load(&config.network)?;
    let (pace, tracker) = start_tracker(config, Arc::clone(&network), &camera, format, &interrupts.tracking)?;
    let setting = pace.setting();
    let about = camera_tables::about(config, &id, format, &network, setting);
    let recorder = config.record.as_deref().map(|path| {
        let recorder = Recorder::start(path, format.size, format.frame_rate.per_sec())?;
        camera.set_tap(Some(recorder.tap()));
        anyhow::Ok(recorder)
    });
    let recorder = recorder.transpose()?;
    let num_points = count("point", points.len());
    progress.note(format_args!("following {num_points} on {}, {format}; network: {setting} a frame", id.name));
    let mut stream = Stream {
        camera,
        tracker,
        pace,
        emitter,
        recorder,
        tables,
        points,
        state: CameraState::Streaming,
        log: Log::new(),
    };
    let end = stream.follow(config, &interrupts.tracking);
    interrupts.start_writing();
    let recorded = stream.finish(config, &progress);
    let written = stream.tables.write(&about, &progress, &interrupts.writing);
    recorded?;
    written.map_err(name_cancel)?;
    match end? {
        End::Enough => Ok(()),
        End::Interrupted => {
            Err(Interrupted(format!("after {}", count("frame", stream.log.num_frames as usize))).into())
        }
    }
}

/// Waits for the first picture.
fn wait_until_open(camera: &LiveCamera, cancel: &CancelToken) -> anyhow::Result<CameraStatus> {
    let start = Instant::now();
    loop {
        match camera.wait_until_open(LOOK_UP_EVERY) {
            Err(CameraError::Stalled(_)) if cancel.is_cancelled() => {
                return Err(Interrupted("the camera gave no picture yet".into()).into());
            }
            Err(CameraError::Stalled(_)) if start.elapsed() < OPENING_PATIENCE => {}
            outcome => return Ok(outcome?),
        }
    }
}

/// What follows the points: as exactly as keeps up with the camera, in what the command line leaves open.
fn start_tracker(
    config: &CameraConfig,
    network: Arc<Network>,
    camera: &LiveCamera,
    format: CameraFormat,
    cancel: &CancelToken,
) -> anyhow::Result<(Pace, LiveTracker)> {
    let settings = live_settings(network.config().model_size(), config.options.model_size, config.iters);
    let pace = if let [only] = settings[..] {
        Pace::fixed(only)
    } else {
        let frame = first_frame(camera, cancel)?;
        let rate = Some(format.frame_rate.per_sec());
        Pace::find(&network, &frame, rate, settings, &config.options, cancel)?
    };
    let options = pace.setting().options(&config.options);
    Ok((pace, LiveTracker::new(network, format.size, &options)?))
}

fn first_frame(camera: &LiveCamera, cancel: &CancelToken) -> anyhow::Result<Frame> {
    let start = Instant::now();
    loop {
        match camera.next_frame(LOOK_UP_EVERY) {
            _ if cancel.is_cancelled() => return Err(Interrupted("nothing was followed yet".into()).into()),
            Some(taken) => return Ok(taken.frame),
            None if start.elapsed() < OPENING_PATIENCE => {}
            None => anyhow::bail!("the camera gives no pictures"),
        }
    }
}

fn start_emitter(target: &EmitTarget) -> anyhow::Result<Emitter> {
    let outlet = target.open().with_context(|| format!("--emit {target}"))?;
    Ok(Emitter::start(move || Ok(outlet)))
}

enum End {
    Enough,
    Interrupted,
}

struct Stream {
    camera: LiveCamera,
    tracker: LiveTracker,
    pace: Pace,
    emitter: Option<Emitter>,
    recorder: Option<Recorder>,
    tables: CameraTables,
    /// Points that are not placed yet.
    points: Vec<NamedQuery>,
    /// What was last said of the camera.
    state: CameraState,
    log: Log,
}

impl Stream {
    fn follow(&mut self, config: &CameraConfig, cancel: &CancelToken) -> anyhow::Result<End> {
        loop {
            let is_enough = config.frames.is_some_and(|frames| self.log.num_frames >= u64::from(frames))
                || config.seconds.is_some_and(|secs| self.log.since.elapsed().as_secs_f64() >= secs);
            if is_enough {
                return Ok(End::Enough);
            }
            if cancel.is_cancelled() {
                return Ok(End::Interrupted);
            }
            if let Some(error) = self.emitter.as_ref().and_then(Emitter::take_failure) {
                // Whoever read our output has seen enough, as `head` does.
                return if error.kind() == ErrorKind::BrokenPipe { Ok(End::Enough) } else { Err(error.into()) };
            }
            if self.recorder.as_ref().is_some_and(Recorder::is_over) {
                return Ok(End::Enough); // it failed: finishing it says why
            }
            let taken = self.camera.next_frame(LOOK_UP_EVERY);
            self.say_state();
            let Some(taken) = taken else { continue };
            match self.track(&taken, cancel) {
                Err(TrackerError::Cancelled) => return Ok(End::Interrupted),
                Err(error) if network::may_move(&config.network, &error) => {
                    warn(format_args!("{error}; the CPU goes on"));
                    self.move_to_cpu(config, taken.frame.size())?;
                }
                other => other?,
            }
        }
    }

    /// Goes on without the GPU: all points are placed again where they were last, in the same order; those outside the
    /// picture on its edge.
    fn move_to_cpu(&mut self, config: &CameraConfig, size: Size) -> anyhow::Result<()> {
        let network = NetworkConfig { device: DeviceChoice::Cpu, ..config.network.clone() };
        let options = self.pace.setting().options(&config.options);
        let tracker = LiveTracker::new(network::load(&network)?, size, &options)?;
        let before = std::mem::replace(&mut self.tracker, tracker);
        let inside = |at: f32, length: u32| at.clamp(0.0, length as f32 - 1.0);
        let again = |SourcePoint { x, y }| {
            let point = SourcePoint::new(inside(x, size.width), inside(y, size.height));
            (None, Query { frame: FrameIndex(0), point })
        };
        self.points.splice(0..0, before.points().iter().map(|point| again(point.position)));
        Ok(())
    }

    fn track(&mut self, taken: &CameraFrame, cancel: &CancelToken) -> Result<(), TrackerError> {
        // A smaller picture would take another tracker, with other ids.
        self.pace.keep_up(self.camera.status().stride, &mut self.tracker);
        let live = self.tracker.push(&taken.frame, cancel)?;
        let mut line = taken.line(live.points.iter().map(|point| point.sample(point.id.0)).collect());
        line.points.extend(self.place(taken.frame.index)?);
        self.log.add(taken.taken_at.elapsed());
        self.tables.push(&line);
        if let Some(recorder) = &self.recorder {
            recorder.write_line(line.clone());
        }
        if let Some(emitter) = &self.emitter {
            emitter.send(line);
        }
        Ok(())
    }

    /// Places the points whose frame has come.
    fn place(&mut self, frame: FrameIndex) -> Result<Vec<LiveSample>, TrackerError> {
        let (due, later) = self.points.drain(..).partition::<Vec<_>, _>(|(_, query)| query.frame <= frame);
        self.points = later;
        let places: Vec<_> = due.iter().map(|(_, query)| query.point).collect();
        let ids = if places.is_empty() { Vec::new() } else { self.tracker.add(&places)? };
        for (id, (name, _)) in ids.iter().zip(due) {
            if let Some(name) = name {
                self.tables.name(TrackId(id.0), name);
            }
        }
        let sample = |(id, point): (_, _)| LiveSample::placed(id, point);
        Ok(ids.into_iter().map(|id| id.0).zip(places).map(sample).collect())
    }

    /// Tells what happened to the camera, once.
    fn say_state(&mut self) {
        let status = self.camera.status();
        if status.state != self.state {
            match &status.state {
                CameraState::Streaming => warn("the camera is back"),
                CameraState::Stalled => warn("the camera gives no pictures; waiting for it"),
                CameraState::Lost => warn("the camera was unplugged; waiting for it"),
                CameraState::Unavailable(error) => warn(format_args!("{error}; waiting for it")),
                CameraState::Opening => {}
            }
            self.state = status.state;
        }
    }

    /// Completes the recording and says how it went.
    fn finish(&mut self, config: &CameraConfig, progress: &Progress) -> anyhow::Result<()> {
        self.camera.set_tap(None);
        let status = self.camera.status();
        progress.note(self.log.report(&status));
        let num_lost = self.emitter.take().map_or(0, Emitter::finish);
        if num_lost > 0 {
            warn(format_args!("{} not read in time and lost", count_were("line", num_lost)));
        }
        let Some(recorder) = self.recorder.take() else { return Ok(()) };
        let num_lost = recorder.num_lost();
        let report = recorder.finish()?;
        if let Some(path) = &config.record {
            let (clip, lines) = (path.display(), report.lines_path.display());
            progress.note(format_args!("wrote {clip} ({} frames) and {lines}", report.num_frames));
        }
        if num_lost > 0 {
            let what = count_were("frame or line", num_lost);
            warn(format_args!("{what} left out of the recording, which could not keep up"));
        }
        Ok(())
    }
}

fn count_were(noun: &str, number: u64) -> String {
    if number == 1 { format!("1 {noun} was") } else { format!("{number} {noun}s were") }
}

/// How fast it went. Its size does not depend on how long that was.
struct Log {
    since: Instant,
    num_frames: u64,
    /// How many frames took so many milliseconds from the camera's stamp to the result; the last one holds all that
    /// took longer.
    millis: Vec<u64>,
}

/// Milliseconds that are told apart.
const MAX_MILLIS: usize = 10_000;

impl Log {
    fn new() -> Self {
        Self { since: Instant::now(), num_frames: 0, millis: vec![0; MAX_MILLIS + 1] }
    }

    fn add(&mut self, latency: Duration) {
        self.num_frames += 1;
        self.millis[(latency.as_millis() as usize).min(MAX_MILLIS)] += 1;
    }

    /// The latency that so large a share of the frames stayed within.
    fn millis_of(&self, share: f64) -> usize {
        let wanted = (self.num_frames as f64 * share).ceil() as u64;
        let mut seen = 0;
        self.millis
            .iter()
            .take_while(|count| {
                seen += **count;
                seen < wanted
            })
            .count()
    }

    /// A sentence on speed and latency.
    fn report(&self, status: &CameraStatus) -> String {
        if self.num_frames == 0 {
            return "no frame was tracked".to_owned();
        }
        let secs = self.since.elapsed().as_secs_f64();
        let CameraStatus { num_captured, num_damaged, num_skipped, stride, .. } = status;
        let mut text = vec![format!(
            "tracked {} in {secs:.1} s, {:.1} a second; from camera to result {} ms (p95 {} ms)",
            count("frame", self.num_frames as usize),
            self.num_frames as f64 / secs,
            self.millis_of(0.5),
            self.millis_of(0.95),
        )];
        if *num_skipped > 0 {
            let now = if *stride > 1 { format!("; in the end 1 of {stride} is followed") } else { String::new() };
            text.push(format!("{num_skipped} of {num_captured} pictures passed over{now}"));
        }
        if *num_damaged > 0 {
            text.push(format!("{num_damaged} did not decode"));
        }
        text.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_are_told_by_their_share() {
        let mut log = Log::new();
        (1..=100).for_each(|millis| log.add(Duration::from_millis(millis)));
        assert_eq!((log.millis_of(0.5), log.millis_of(0.95), log.millis_of(1.0)), (50, 95, 100));
        log.add(Duration::from_hours(1));
        assert_eq!(log.millis_of(1.0), MAX_MILLIS);
        let text =
            log.report(&CameraStatus { num_skipped: 3, num_captured: 104, stride: 2, ..CameraStatus::default() });
        assert!(
            text.starts_with("tracked 101 frames in ")
                && text.ends_with("3 of 104 pictures passed over; in the end 1 of 2 is followed"),
            "{text}"
        );
        assert_eq!(Log::new().report(&CameraStatus::default()), "no frame was tracked");
    }
}
