//! `cotrail bench --soak N`: an hour of a live stream in less, with an eye on the memory.
//!
//! The stream is the window's own ([`LiveSession`]), from the camera's thread to what is shown, with the track log on
//! the disk; only the camera is made up, and gives its next picture when the one before is on the screen. A [`hand`]
//! adds, moves and deletes points all the time, the same ones in every run. In the end the whole log is exported and
//! counted.

mod camera;
mod hand;
mod report;

use super::config::NetworkConfig;
use super::failure::Interrupted;
use super::interrupt::Interrupts;
use super::network;
use super::progress::Progress;
use crate::export::{TableExport, export_log};
use crate::geometry::{FrameIndex, Size};
use crate::media::{CameraRequest, MediaError, SyntheticSource};
use crate::project::Places;
use crate::session::{
    CameraOptions, CameraPatience, Event, LiveEvent, LiveSession, LiveSessionOptions, LiveSetting, LiveShown,
    LiveSpeed, LogKeeping, ModelInfo, ModelOptions, RING_BYTES, Session, SessionOptions, resident_bytes,
};
use crate::sync::CancelToken;
use crate::tracker::{LiveOptions, TrackerOptions};
use crate::tracks::{About, AboutSettings, AboutSource, AboutWeights, LogStatus, TableOptions, TrackId, TrackMode};
use anyhow::{Context, bail, ensure};
use camera::Lossless;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use hand::Hand;
use report::{Exported, Report, Sighting};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The pictures of the camera that does not exist.
const SIZE: Size = Size::new(320, 240);
const FRAME_RATE: u32 = 30;
/// After a minute of the stream everything that has a bound has reached it.
const FIRST_MINUTE: u32 = 60 * FRAME_RATE;
/// How much resident memory may grow after that, at any moment.
const MAX_GROWTH_MIB: f64 = 20.0;
/// What an export of everything may add on top.
const MAX_EXPORT_MIB: f64 = 20.0;
/// How often memory is looked at, of the whole.
const NUM_SIGHTINGS: u32 = 216;
/// How often, and for how long each time, the next frame is waited for. Not until a moment: a program may be stopped
/// for a while.
const NUM_WAITS: usize = 240;
const PATIENCE: Duration = Duration::from_millis(500);
/// The camera is never given up: it gives a picture when it is told to, and the program may be stopped for a while.
const CAMERA_PATIENCE: Duration = Duration::from_hours(24);
/// How long the network may take to load.
const LOADING_PATIENCE: Duration = Duration::from_mins(2);

/// `cotrail bench --soak`.
#[derive(Clone, Debug)]
pub(in crate::cli) struct SoakConfig {
    pub(in crate::cli) network: NetworkConfig,
    pub(in crate::cli) options: LiveOptions,
    pub(in crate::cli) num_points: usize,
    pub(in crate::cli) num_frames: u32,
    /// Where the curve goes, `.csv`.
    pub(in crate::cli) curve: Option<PathBuf>,
    pub(in crate::cli) json: bool,
}

/// Runs the stream, then writes the curve and says whether it is flat.
pub(in crate::cli) fn run(config: &SoakConfig, out: &mut impl Write) -> anyhow::Result<()> {
    let interrupts = Interrupts::listen()?;
    let progress = Progress::new(config.json);
    let mut soak = Soak::start(config)?;
    let bar = progress.frames("soaking ", config.num_frames as usize);
    let ran = soak.follow(config, &interrupts.tracking, &|frame| bar.set_position(u64::from(frame)));
    bar.finish_and_clear();
    ran?;
    let report = soak.finish()?;
    if let Some(path) = &config.curve {
        std::fs::write(path, report.curve_csv()).with_context(|| format!("the curve: {}", path.display()))?;
    }
    report.write(config.json, out)?;
    if interrupts.tracking.is_cancelled() {
        return Err(Interrupted(format!("after {} frames", report.num_frames)).into());
    }
    report.judge(MAX_GROWTH_MIB, MAX_EXPORT_MIB)
}

struct Soak {
    live: LiveSession,
    /// Where the table's numbers come from.
    about: About,
    /// Lends the network.
    session: Session,
    shown: Receiver<LiveShown>,
    /// Lets the camera give a picture.
    pictures: Sender<()>,
    hand: Hand,
    since: Instant,
    curve: Vec<Sighting>,
    /// The frame that is on the screen, and all points that were seen on it.
    now: Option<(FrameIndex, BTreeSet<TrackId>)>,
    num_frames: u32,
    /// Points on all frames together: rows that the table must have.
    num_rows: u64,
}

impl Soak {
    fn start(config: &SoakConfig) -> anyhow::Result<Self> {
        let NetworkConfig { device, threads, .. } = config.network;
        let mut session = Session::start(SessionOptions {
            open: Arc::new(|source| {
                Err(MediaError::Unreadable { problem: "no clip".to_owned(), path: source.path.clone() })
            }),
            screen: Arc::new(|_| ()),
            repaint: Arc::new(|| ()),
            model: Some(ModelOptions {
                weights: network::find(&config.network)?,
                device,
                num_threads: threads,
                tracker: TrackerOptions { model_size: config.options.model_size, ..TrackerOptions::default() },
                feature_budget_bytes: 0,
            }),
            cache_budget_bytes: 0,
        });
        let model = wait_for_network(&mut session)?;
        let model_size = config.options.model_size.unwrap_or(model.config.model_size());
        let (pictures, steps) = bounded(1);
        let (screen, shown) = bounded(4096);
        let source = SyntheticSource::new(SIZE, config.num_frames as usize, f64::from(FRAME_RATE));
        let open = move |_: &CameraRequest| Ok(Lossless::boxed(source.clone(), steps.clone()));
        let live = LiveSession::start(LiveSessionOptions {
            camera: CameraOptions {
                request: CameraRequest::index(0),
                open: Arc::new(open),
                repaint: Arc::new(|| ()),
                patience: CameraPatience {
                    opening: CAMERA_PATIENCE,
                    frame: CAMERA_PATIENCE,
                    ..CameraPatience::default()
                },
            },
            network: session.network(),
            tracking: config.options.clone(),
            speed: LiveSpeed::Fixed(LiveSetting { model_size, iters: config.options.iters }),
            ring_bytes: RING_BYTES,
            log: LogKeeping { folder: Places::of_the_user().map(|places| places.streams()), ..LogKeeping::default() },
            screen: Arc::new(move |shown| {
                screen.try_send(shown).ok(); // full: nobody looks any more
            }),
            repaint: Arc::new(|| ()),
        });
        let about = about(config, &model, model_size);
        Ok(Self {
            live,
            about,
            session,
            shown,
            pictures,
            hand: Hand::new(SIZE, config.num_points),
            since: Instant::now(),
            curve: Vec::new(),
            now: None,
            num_frames: 0,
            num_rows: 0,
        })
    }

    /// Lets the camera give all of its pictures.
    fn follow(&mut self, config: &SoakConfig, cancel: &CancelToken, seen: &dyn Fn(u32)) -> anyhow::Result<()> {
        let every = (config.num_frames / NUM_SIGHTINGS).max(1);
        while self.num_frames < config.num_frames && !cancel.is_cancelled() {
            self.pictures.try_send(()).ok(); // full: the camera has not taken the last one yet
            self.wait_for_next()?;
            self.num_frames += 1;
            self.check()?;
            for command in self.hand.next(self.now.iter().flat_map(|(_, ids)| ids.iter().copied())) {
                self.live.send(command);
            }
            let is_start = [1, FIRST_MINUTE.min(config.num_frames)].contains(&self.num_frames);
            if self.num_frames.is_multiple_of(every) || is_start || self.num_frames == config.num_frames {
                self.look()?;
                seen(self.num_frames);
            }
        }
        Ok(())
    }

    /// Waits until the next frame is shown. What is shown of the one before until then is what the hand did to it.
    fn wait_for_next(&mut self) -> anyhow::Result<()> {
        let mut num_waits = 0;
        loop {
            match self.shown.recv_timeout(PATIENCE) {
                Ok(shown) if self.take_in(&shown) => return Ok(()),
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => {
                    self.check()?;
                    num_waits += 1;
                    ensure!(num_waits < NUM_WAITS, "the stream shows nothing any more");
                }
                Err(RecvTimeoutError::Disconnected) => bail!("the stream broke off"),
            }
        }
    }

    /// Returns whether this is another frame.
    fn take_in(&mut self, shown: &LiveShown) -> bool {
        let ids = shown.tracks.samples_at(shown.at).filter(|(_, sample)| sample.is_some()).map(|(track, _)| track.id);
        let number = shown.frame.index;
        if let Some((_, seen)) = self.now.as_mut().filter(|(now, _)| *now == number) {
            seen.extend(ids);
            return false;
        }
        let now = (number, ids.collect());
        self.num_rows += self.now.replace(now).map_or(0, |(_, seen)| seen.len() as u64);
        true
    }

    /// What must not happen.
    fn check(&self) -> anyhow::Result<()> {
        for event in self.live.events() {
            match event {
                // A point was deleted just before it was moved, for example.
                LiveEvent::Refused(_) | LiveEvent::Stepped { .. } => {}
                other => bail!("the stream is not well: {other:?}"),
            }
        }
        Ok(())
    }

    fn look(&mut self) -> anyhow::Result<()> {
        let LogStatus { disk_bytes, memory_bytes, .. } = self.live.log().status();
        let now = self.now.as_ref();
        self.curve.push(Sighting {
            frame: self.num_frames,
            secs: self.since.elapsed().as_secs_f64(),
            resident_mib: resident_mib()?,
            log_memory_mib: mib(memory_bytes as u64),
            log_disk_mib: mib(disk_bytes),
            points: now.map_or(0, |(_, ids)| ids.len()),
            points_ever: now.and_then(|(_, ids)| ids.last()).map_or(0, |id| id.0 + 1),
        });
        Ok(())
    }

    /// Exports everything, and counts it.
    fn finish(mut self) -> anyhow::Result<Report> {
        // The last commands are done when the next frame is there.
        self.pictures.try_send(()).ok();
        self.wait_for_next()?;
        let status = self.live.log().status();
        let before_mib = resident_mib()?;
        let folder = tempfile::tempdir().context("a folder for the export")?;
        let path = folder.path().join("tracks.csv");
        let since = Instant::now();
        let view = self.live.log().view();
        let (names, options) = (BTreeMap::new(), TableOptions::default());
        let table = TableExport::open(&path)?;
        let report = export_log(table, &view, &names, self.about.clone(), &options, &CancelToken::new())?;
        let export_mib = resident_mib()? - before_mib;
        let secs = since.elapsed().as_secs_f64();
        let last = self.now.take().map_or(0, |(_, seen)| seen.len() as u64);
        drop(self.session);
        let lines = BufReader::new(std::fs::File::open(&path)?).split(b'\n').count() as u64;
        let exported = Exported {
            rows: lines.saturating_sub(1),
            expected_rows: self.num_rows + last,
            tracks: report.num_tracks,
            frames: report.num_frames,
            lost_frames: status.num_lost,
            bytes: std::fs::metadata(&path)?.len(),
            secs,
            growth_mib: export_mib,
        };
        let first = FIRST_MINUTE.min(self.num_frames / 4).max(1);
        Ok(Report::new(self.num_frames, first, self.curve, exported))
    }
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn resident_mib() -> anyhow::Result<f64> {
    resident_bytes().map(mib).context("this system does not tell how much memory a program holds")
}

/// Waits until the network is there.
fn wait_for_network(session: &mut Session) -> anyhow::Result<Box<ModelInfo>> {
    let since = Instant::now();
    while since.elapsed() < LOADING_PATIENCE {
        for event in session.update() {
            match event {
                Event::ModelReady(info) => return Ok(info),
                Event::ModelFailed { message, .. } => bail!("the network does not load: {message}"),
                _ => {}
            }
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    bail!("the network does not load")
}

fn about(config: &SoakConfig, model: &ModelInfo, model_size: Size) -> About {
    About {
        source: AboutSource {
            path: "synthetic".to_owned(),
            size: SIZE,
            frame_rate: f64::from(FRAME_RATE),
            num_frames: config.num_frames as usize,
        },
        weights: AboutWeights { name: model.weights.clone(), sha256: model.weights_sha256.clone() },
        device: model.device.clone(),
        settings: AboutSettings {
            mode: TrackMode::Live,
            model_size,
            iterations: config.options.iters,
            support_grid: config.options.support_grid,
            start: FrameIndex(0),
            end: FrameIndex(0),
            visible_above: model.config.visible_above,
        },
    }
}
