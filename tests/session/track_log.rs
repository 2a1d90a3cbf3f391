//! The log of a live stream: everything that was said of every point, on the disk where memory ends, exported while it
//! goes on.

use super::rig::SIZE;
use super::tiny;
use cotrail::export::{LogReport, TableExport, export_log};
use cotrail::geometry::{FrameIndex, Size, SourcePoint};
use cotrail::media::{
    CameraError, CameraFormat, CameraId, CameraRequest, CameraStream, FrameRate, FrameSource, PixelFormat, Shot,
    SyntheticSource,
};
use cotrail::session::{
    CameraOptions, CameraPatience, LiveCommand, LiveEvent, LiveSession, LiveSessionOptions, LiveSetting, LiveShown,
    LiveSpeed, LogKeeping, Session, SessionOptions,
};
use cotrail::sync::CancelToken;
use cotrail::tracker::LiveOptions;
use cotrail::tracks::{About, AboutSettings, AboutSource, AboutWeights, LogLimits, TableOptions, TrackId, TrackMode};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_mins(2);
const NUM_FRAMES: usize = 300;
/// What the network sees.
const TINY: Size = Size::new(96, 72);
const LIMITS: LogLimits = LogLimits {
    memory_bytes: 20_000,
    waiting_bytes: 1 << 30, // however slow the disk is
    chunk_bytes: 4000,
    file_bytes: 30_000,
    disk_bytes: 1 << 30,
};

struct Led {
    id: CameraId,
    source: SyntheticSource,
    steps: Receiver<()>,
    next: usize,
}

impl CameraStream for Led {
    fn id(&self) -> &CameraId {
        &self.id
    }

    fn format(&self) -> CameraFormat {
        CameraFormat { size: SIZE, frame_rate: FrameRate::whole(30), pixels: PixelFormat::Rgb }
    }

    fn is_paced(&self) -> bool {
        false
    }

    fn grab(&mut self) -> Result<Shot, CameraError> {
        self.steps.recv().map_err(|_| CameraError::Unplugged("led".into()))?;
        let frame = self.source.read(FrameIndex::new(self.next)).unwrap();
        self.next += 1;
        Ok(Shot { rgb: frame.rgb().to_vec(), taken_at: Instant::now() })
    }
}

struct Rig {
    live: LiveSession,
    shown: Receiver<LiveShown>,
    camera: Sender<()>,
    session: Session,
    /// What the screen said of each point on each frame; the last word counts.
    said: BTreeMap<(u32, u32), SourcePoint>,
}

impl Rig {
    fn start(folder: Option<PathBuf>, limits: LogLimits) -> Self {
        let session = Session::start(SessionOptions {
            open: Arc::new(|_| unreachable!("no clip is opened")),
            screen: Arc::new(|_| ()),
            repaint: Arc::new(|| ()),
            model: Some(tiny("tiny.safetensors", None)),
            cache_budget_bytes: 0,
        });
        let (camera, steps) = bounded(0);
        let (screen, shown) = bounded(1024);
        let live = LiveSession::start(LiveSessionOptions {
            camera: CameraOptions {
                request: CameraRequest::index(0),
                open: Arc::new(move |_| {
                    let id = CameraId { name: "led".into(), place: String::new() };
                    let source = SyntheticSource::new(SIZE, NUM_FRAMES, 30.0);
                    Ok(Box::new(Led { id, source, steps: steps.clone(), next: 0 }) as Box<dyn CameraStream>)
                }),
                repaint: Arc::new(|| ()),
                patience: CameraPatience { opening: PATIENCE, frame: PATIENCE, ..CameraPatience::default() },
            },
            network: session.network(),
            tracking: LiveOptions::default(),
            speed: LiveSpeed::Fixed(LiveSetting { model_size: TINY, iters: 1 }),
            ring_bytes: 1 << 20,
            log: LogKeeping { folder, limits, outlives: false },
            screen: Arc::new(move |shown| screen.send(shown).unwrap()),
            repaint: Arc::new(|| ()),
        });
        let start = Instant::now();
        while !live.status().is_some_and(|status| status.has_network) {
            assert!(start.elapsed() < PATIENCE, "the network does not load");
            std::thread::yield_now();
        }
        Self { live, shown, camera, session, said: BTreeMap::new() }
    }

    /// Lets the camera take a picture, and waits until it is shown.
    fn picture(&mut self, number: u32) {
        self.camera.send_timeout((), PATIENCE).unwrap();
        while self.next_shown() != number {}
    }

    fn next_shown(&mut self) -> u32 {
        let shown = self.shown.recv_timeout(PATIENCE).expect("something is shown");
        let number = shown.frame.index.0;
        for (track, sample) in shown.tracks.samples_at(shown.at) {
            if let Some(sample) = sample {
                self.said.insert((track.id.0, number), sample.point);
            }
        }
        number
    }

    fn send(&mut self, command: LiveCommand) {
        self.live.send(command);
        self.next_shown(); // with what the command did
    }

    fn export(&self, path: &Path) -> LogReport {
        let about = About {
            source: AboutSource { path: "led".into(), size: SIZE, frame_rate: 30.0, num_frames: 0, pixel_aspect: 1.0 },
            weights: AboutWeights { name: "tiny".into(), sha256: String::new() },
            device: String::new(),
            settings: AboutSettings {
                mode: TrackMode::Live,
                model_size: SIZE,
                iterations: 1,
                support_grid: 0,
                start: FrameIndex(0),
                end: FrameIndex(0),
                visible_above: 0.6,
            },
        };
        let names = BTreeMap::from([(TrackId(1), "nose".to_owned())]);
        let (view, options) = (self.live.log().view(), TableOptions::default());
        export_log(TableExport::open(path).unwrap(), &view, &names, about, &options, &CancelToken::new()).unwrap()
    }
}

fn rows(path: &Path) -> BTreeMap<(String, u32), SourcePoint> {
    let mut table = csv::Reader::from_path(path).unwrap();
    let rows = table.records().map(Result::unwrap).map(|row| {
        (
            (row[1].to_owned(), row[2].parse().unwrap()),
            SourcePoint::new(row[4].parse().unwrap(), row[5].parse().unwrap()),
        )
    });
    rows.collect()
}

#[test]
fn everything_that_was_shown_is_exported_while_the_stream_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let streams = folder.path().join("streams");
    let mut rig = Rig::start(Some(streams.clone()), LIMITS);
    let place = |i: u32| SourcePoint::new((7 * i % SIZE.width) as f32, (5 * i % SIZE.height) as f32);
    let mut most = 0;
    for number in 0..NUM_FRAMES as u32 {
        rig.picture(number);
        match number % 25 {
            0..=7 => rig.send(LiveCommand::Add(None, vec![place(number)])),
            9 => rig.send(LiveCommand::Move(TrackId(number / 25 * 8 + 2), None, place(number))),
            10 => rig.send(LiveCommand::Delete((0..4).map(|i| TrackId(number / 25 * 8 + i)).collect())),
            24 => rig.send(LiveCommand::Clear),
            _ => {}
        }
        if number == 150 {
            let path = folder.path().join("early.csv");
            assert_eq!(rig.export(&path).num_frames, 151);
            assert!(rows(&path).len() > 500);
        }
        most = most.max(rig.live.log().status().memory_bytes);
    }
    // What was asked of the keeper's thread last may not be done yet.
    let start = Instant::now();
    while rig.live.log().status().memory_bytes > LIMITS.memory_bytes + LIMITS.chunk_bytes {
        assert!(start.elapsed() < PATIENCE, "it stays in memory");
        std::thread::yield_now();
    }
    let status = rig.live.log().status();
    assert!(status.disk_bytes > 20_000, "{status:?}, {most} at most");
    let path = folder.path().join("tracks.csv");
    let report = rig.export(&path);
    assert_eq!((report.num_frames, report.num_tracks, report.note), (NUM_FRAMES, 96, None));
    let name = |id: u32| if id == 1 { "nose".to_owned() } else { format!("point {}", id + 1) };
    let said: BTreeMap<_, _> = rig.said.iter().map(|((id, frame), point)| ((name(*id), *frame), *point)).collect();
    assert_eq!(rows(&path), said, "deleted points, too, and those that were placed or moved by hand");
    assert!(fs::read_dir(&streams).unwrap().count() == 1);
    let Rig { live, session, camera, .. } = rig;
    drop((camera, live, session));
    assert_eq!(fs::read_dir(&streams).unwrap().count(), 0, "nothing is left of it");
}

#[test]
fn a_disk_that_fails_is_told_of_once_and_the_stream_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let streams = folder.path().join("streams");
    fs::write(&streams, "a file").unwrap();
    let limits = LogLimits { memory_bytes: 1000, waiting_bytes: 3000, ..LIMITS };
    let mut rig = Rig::start(Some(streams), limits);
    for number in 0..100 {
        rig.picture(number);
        if number < 4 {
            rig.send(LiveCommand::Add(None, vec![SourcePoint::new(20.0 + number as f32, 30.0)]));
        }
    }
    let start = Instant::now();
    let mut events = Vec::new();
    while events.is_empty() {
        assert!(start.elapsed() < PATIENCE, "nothing is told");
        events.extend(rig.live.events());
    }
    assert!(matches!(&events[..], [LiveEvent::LogFailed(reason)] if reason.contains("streams")), "{events:?}");
    let report = rig.export(&folder.path().join("tracks.csv"));
    assert!(report.num_frames < 100 && report.note.is_some_and(|note| note.starts_with("partial: ")));
    assert!(rig.live.log().status().memory_bytes <= limits.waiting_bytes);
}
