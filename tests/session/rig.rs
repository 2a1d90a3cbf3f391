//! A shell without a window, and sources that do as they are told.

use cotrail::frame::Frame;
use cotrail::geometry::{FrameIndex, Size};
use cotrail::media::{ClipSource, FrameSource, MediaError, SourceInfo, SyntheticSource};
use cotrail::model::{CpuOptions, DeviceChoice};
use cotrail::session::{
    Event, ExportEnd, ExportId, ModelOptions, Opener, RunEnd, RunState, Session, SessionOptions, Shown,
};
use cotrail::sync::Generation;
use cotrail::tracker::TrackerOptions;
use cotrail::tracks::RunId;
use crossbeam_channel::{Receiver, bounded};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// The tiny network's own size.
pub(super) const SIZE: Size = Size::new(96, 72);
/// Far more than anything here takes, even on a machine with much else to do.
const PATIENCE: Duration = Duration::from_mins(2);

/// Lets a source read only as many frames as permitted, and tells which ones it was asked for.
#[derive(Clone, Default)]
pub(super) struct Gate(Arc<(Mutex<GateState>, Condvar)>);

#[derive(Default)]
struct GateState {
    seen: Vec<u32>,
    permits: usize,
    is_open: bool,
}

impl Gate {
    /// Lets through that many reads more.
    pub(super) fn permit(&self, count: usize) {
        self.0.0.lock().unwrap().permits += count;
        self.0.1.notify_all();
    }

    /// Lets everything through from now on.
    pub(super) fn open(&self) {
        self.0.0.lock().unwrap().is_open = true;
        self.0.1.notify_all();
    }

    /// What was asked for, in order.
    pub(super) fn seen(&self) -> Vec<u32> {
        self.0.0.lock().unwrap().seen.clone()
    }

    /// Waits until the newest request is for this frame.
    pub(super) fn wait_for(&self, frame: u32) {
        let state = self.0.0.lock().unwrap();
        let not_yet = |state: &mut GateState| state.seen.last() != Some(&frame);
        let (state, timeout) = self.0.1.wait_timeout_while(state, PATIENCE, not_yet).unwrap();
        assert!(!timeout.timed_out(), "frame {frame} was not asked for, but {:?}", state.seen);
    }

    fn pass(&self, frame: u32) {
        let mut state = self.0.0.lock().unwrap();
        state.seen.push(frame);
        self.0.1.notify_all();
        let shut = |state: &mut GateState| !state.is_open && state.permits == 0;
        let (mut state, timeout) = self.0.1.wait_timeout_while(state, PATIENCE, shut).unwrap();
        assert!(!timeout.timed_out(), "nobody lets frame {frame} through");
        state.permits = state.permits.saturating_sub(1);
    }
}

/// Counts sources that exist.
#[derive(Clone, Default)]
pub(super) struct Alive(Arc<AtomicUsize>);

impl Alive {
    pub(super) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    fn born(&self) -> Self {
        self.0.fetch_add(1, Ordering::SeqCst);
        self.clone()
    }
}

impl Drop for ScriptedSource {
    fn drop(&mut self) {
        self.alive.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// How the sources of a test behave.
#[derive(Clone, Default)]
pub(super) struct Script {
    pub(super) num_frames: usize,
    pub(super) missing: Vec<u32>,
    pub(super) panics_at: Option<u32>,
    pub(super) tracking_panics_once: bool,
    pub(super) reader_gate: Option<Gate>,
    pub(super) tracking_gate: Option<Gate>,
    pub(super) export_gate: Option<Gate>,
    /// Stops a clip called "slow" from opening.
    pub(super) opener_gate: Option<Gate>,
    pub(super) alive: Alive,
}

impl Script {
    pub(super) fn frames(num_frames: usize) -> Self {
        Self { num_frames, ..Self::default() }
    }
}

struct ScriptedSource {
    inner: SyntheticSource,
    gate: Option<Gate>,
    missing: Vec<u32>,
    panics_at: Option<u32>,
    alive: Alive,
}

impl FrameSource for ScriptedSource {
    fn info(&self) -> &SourceInfo {
        self.inner.info()
    }

    fn read(&mut self, frame: FrameIndex) -> Result<Frame, MediaError> {
        if let Some(gate) = &self.gate {
            gate.pass(frame.0);
        }
        assert_ne!(Some(frame.0), self.panics_at, "scripted panic on frame {}", frame.0);
        if self.missing.contains(&frame.0) {
            return Err(MediaError::MissingFrame(frame));
        }
        self.inner.read(frame)
    }
}

/// A session with what a shell has around it.
pub(crate) struct Rig {
    pub(crate) session: Session,
    /// Everything that was reported so far.
    pub(super) events: Vec<Event>,
    woken: Receiver<()>,
    shown: Receiver<Shown>,
}

impl Rig {
    /// Starts a session, with the tiny network or without any.
    pub(super) fn start(script: Script, with_network: bool) -> Self {
        let weights = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tiny.safetensors");
        Self::start_with_weights(script, with_network.then_some(weights))
    }

    pub(super) fn start_with_weights(script: Script, weights: Option<PathBuf>) -> Self {
        let tracking_opens = AtomicUsize::new(0);
        let open = move |source: &ClipSource| open(&script, &source.path, &tracking_opens);
        Self::start_on(Arc::new(open), weights)
    }

    /// Starts a session on other clips.
    pub(crate) fn start_on(open: Opener, weights: Option<PathBuf>) -> Self {
        let (wake, woken) = bounded(1);
        let (screen, shown) = bounded(100_000);
        let model = weights.map(|weights| ModelOptions {
            weights,
            device: DeviceChoice::Cpu,
            cpu: CpuOptions::precise(Some(1)),
            tracker: TrackerOptions {
                pin_queries: true,
                second_look: true,
                support_grid: 2,
                ..TrackerOptions::default()
            },
            feature_budget_bytes: 1 << 28,
        });
        let options = SessionOptions {
            open,
            screen: Arc::new(move |frame| screen.send(frame).unwrap()),
            repaint: Arc::new(move || {
                wake.try_send(()).ok(); // full: awake already
            }),
            model,
            cache_budget_bytes: 64 << 20,
        };
        Self { session: Session::start(options), events: Vec::new(), woken, shown }
    }

    /// Opens a clip and waits until it is the current one.
    pub(super) fn open(&mut self) -> Generation {
        self.open_path(Path::new("clip"))
    }

    /// Opens a clip by its path and waits until it is the current one.
    pub(crate) fn open_path(&mut self, path: &Path) -> Generation {
        let generation = self.session.open(path);
        self.wait("the clip is open", |session, _| session.clip().is_some_and(|clip| clip.generation() == generation));
        generation
    }

    /// Updates the session until the condition holds, for it and all events so far.
    pub(crate) fn wait(&mut self, what: &str, mut is_met: impl FnMut(&Session, &[Event]) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.events.extend(self.session.update());
            if is_met(&self.session, &self.events) {
                return;
            }
            let is_awake = self.woken.recv_deadline(deadline).is_ok();
            assert!(is_awake, "waited in vain: {what}; events: {:?}", self.events);
        }
    }

    /// Waits until a run is over, and checks how.
    pub(crate) fn wait_for_end(&mut self, run: RunId, expected: &RunEnd) {
        let state = |session: &Session| session.clip().and_then(|clip| clip.run_state(run)).cloned();
        self.wait("the run ends", |session, _| state(session).is_some_and(|state| !state.is_active()));
        assert_eq!(state(&self.session), Some(RunState::Ended(expected.clone())));
    }

    /// Waits until an export is over.
    pub(super) fn wait_for_export(&mut self, id: ExportId) -> ExportEnd {
        let end_of = |event: &Event| match event {
            Event::ExportEnded { id: ended, end } if *ended == id => Some(end.clone()),
            _ => None,
        };
        self.wait("the export ends", |_, events| events.iter().any(|event| end_of(event).is_some()));
        self.events.iter().find_map(end_of).unwrap()
    }

    pub(super) fn next_shown(&self) -> Shown {
        self.shown.recv_timeout(PATIENCE).expect("a frame is shown")
    }

    /// The next frame on the screen that is not a stand-in; it must be this one.
    pub(super) fn wait_for_exact(&self, frame: u32) -> Shown {
        loop {
            let shown = self.next_shown();
            if shown.exact && shown.frame.index == FrameIndex(frame) {
                return shown;
            }
        }
    }
}

fn open(script: &Script, path: &Path, tracking_opens: &AtomicUsize) -> Result<Box<dyn FrameSource>, MediaError> {
    if path == Path::new("broken") {
        return Err(MediaError::Unreadable { problem: "not a video".into(), path: path.to_owned() });
    }
    if path == Path::new("slow")
        && let Some(gate) = &script.opener_gate
    {
        gate.pass(0);
    }
    let worker = std::thread::current().name().unwrap_or_default().to_owned();
    let gate = match worker.as_str() {
        "tracking" => &script.tracking_gate,
        "export" => &script.export_gate,
        _ => &script.reader_gate,
    };
    let mut panics_at = script.panics_at;
    if worker == "tracking" && script.tracking_panics_once && tracking_opens.fetch_add(1, Ordering::Relaxed) == 0 {
        panics_at = Some(3);
    }
    Ok(Box::new(ScriptedSource {
        inner: SyntheticSource::new(SIZE, script.num_frames, 25.0),
        gate: gate.clone(),
        missing: script.missing.clone(),
        panics_at,
        alive: script.alive.born(),
    }))
}
