//! `cargo bench --bench soak`: an hour of a live stream in less, with an eye on the memory.
//!
//! The stream is the window's own ([`LiveSession`]), from the camera's thread to what is shown, with the track log on
//! the disk; only the camera is made up, and gives its next picture when the one before is on the screen. A [`hand`]
//! adds, moves and deletes points all the time, the same ones in every run. In the end the whole log is exported and
//! counted.

mod camera;
mod hand;
mod report;

use anyhow::{Context, bail, ensure};
use camera::Lossless;
use clap::Parser;
use cotrail::export::{TableExport, export_log};
use cotrail::geometry::{FrameIndex, Size};
use cotrail::media::{CameraRequest, MediaError, SyntheticSource};
use cotrail::model::{CpuOptions, DeviceChoice};
use cotrail::session::{
    CameraOptions, CameraPatience, Event, LiveEvent, LiveSession, LiveSessionOptions, LiveSetting, LiveShown,
    LiveSpeed, LogKeeping, ModelInfo, ModelOptions, RING_BYTES, Session, SessionOptions, resident_bytes,
};
use cotrail::sync::CancelToken;
use cotrail::tracker::{LiveOptions, TrackerOptions};
use cotrail::tracks::{About, AboutSettings, AboutSource, AboutWeights, LogStatus, TableOptions, TrackId, TrackMode};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use hand::Hand;
use report::{Exported, Report, Sighting};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

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

/// Follows a made-up camera for long, and sees whether memory grows.
#[derive(Debug, Parser)]
struct Args {
    /// For how many frames; the default is an hour at 30 a second
    #[arg(long, default_value_t = 108_000, value_parser = clap::value_parser!(u32).range(1..))]
    frames: u32,
    /// About how many points there are at a time
    #[arg(long, default_value_t = 100)]
    points: usize,
    /// What follows them
    #[arg(long, default_value = "tests/golden/tiny.safetensors")]
    weights: PathBuf,
    /// Threads that compute; all cores if not given
    #[arg(long)]
    threads: Option<usize>,
    /// Where the memory curve goes, as CSV
    #[arg(long)]
    curve: Option<PathBuf>,
    /// What cargo says to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

/// Runs the stream, then writes the curve and says whether it is flat.
fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let mut soak = Soak::start(&args)?;
    soak.follow(args.frames)?;
    let report = soak.finish()?;
    if let Some(path) = &args.curve {
        std::fs::write(path, report.curve_csv()).with_context(|| format!("the curve: {}", path.display()))?;
    }
    report.print();
    report.judge(MAX_GROWTH_MIB, MAX_EXPORT_MIB)
}

struct Soak {
    live: LiveSession,
    /// Where its log is.
    _log_folder: TempDir,
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
    fn start(args: &Args) -> anyhow::Result<Self> {
        let mut session = Session::start(SessionOptions {
            open: Arc::new(|source| {
                Err(MediaError::Unreadable { problem: "no clip".to_owned(), path: source.path.clone() })
            }),
            screen: Arc::new(|_| ()),
            repaint: Arc::new(|| ()),
            model: Some(ModelOptions {
                weights: args.weights.clone(),
                device: DeviceChoice::Cpu,
                cpu: CpuOptions::fast(args.threads),
                tracker: TrackerOptions::default(),
                feature_budget_bytes: 0,
            }),
            cache_budget_bytes: 0,
        });
        let model = wait_for_network(&mut session)?;
        let tracking = LiveOptions::default();
        let setting = LiveSetting { model_size: model.config.model_size(), iters: tracking.iters };
        let log_folder = tempfile::tempdir().context("a folder for the log")?;
        let (pictures, steps) = bounded(1);
        let (screen, shown) = bounded(4096);
        let source = SyntheticSource::new(SIZE, args.frames as usize, f64::from(FRAME_RATE));
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
            tracking,
            speed: LiveSpeed::Fixed(setting),
            ring_bytes: RING_BYTES,
            log: LogKeeping { folder: Some(log_folder.path().to_owned()), ..LogKeeping::default() },
            screen: Arc::new(move |shown| {
                screen.try_send(shown).ok(); // full: nobody looks any more
            }),
            repaint: Arc::new(|| ()),
        });
        let about = about(args.frames, &model, setting);
        Ok(Self {
            live,
            _log_folder: log_folder,
            about,
            session,
            shown,
            pictures,
            hand: Hand::new(SIZE, args.points),
            since: Instant::now(),
            curve: Vec::new(),
            now: None,
            num_frames: 0,
            num_rows: 0,
        })
    }

    /// Lets the camera give all of its pictures.
    fn follow(&mut self, num_frames: u32) -> anyhow::Result<()> {
        let every = (num_frames / NUM_SIGHTINGS).max(1);
        while self.num_frames < num_frames {
            self.pictures.try_send(()).ok(); // full: the camera has not taken the last one yet
            self.wait_for_next()?;
            self.num_frames += 1;
            self.check()?;
            for command in self.hand.next(self.now.iter().flat_map(|(_, ids)| ids.iter().copied())) {
                self.live.send(command);
            }
            let is_start = [1, FIRST_MINUTE.min(num_frames)].contains(&self.num_frames);
            if self.num_frames.is_multiple_of(every) || is_start || self.num_frames == num_frames {
                self.look()?;
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
        Ok(Report::new(first, self.curve, exported))
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

fn about(num_frames: u32, model: &ModelInfo, LiveSetting { model_size, iters }: LiveSetting) -> About {
    let (frame_rate, num_frames) = (f64::from(FRAME_RATE), num_frames as usize);
    About {
        source: AboutSource { path: "synthetic".to_owned(), size: SIZE, frame_rate, num_frames, pixel_aspect: 1.0 },
        weights: AboutWeights { name: model.weights.clone(), sha256: model.weights_sha256.clone() },
        device: model.device.clone(),
        settings: AboutSettings {
            mode: TrackMode::Live,
            model_size,
            iterations: iters,
            support_grid: 0,
            start: FrameIndex(0),
            end: FrameIndex(0),
            visible_above: model.config.visible_above,
        },
    }
}
