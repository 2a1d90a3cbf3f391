//! What the threads of a live camera and its owner share.

use crate::frame::Frame;
use crate::geometry::FrameIndex;
use crate::media::{CameraError, CameraFormat, CameraId, Shot};
use crate::session::messages::Repaint;
use crate::session::speed::Speedometer;
use crate::session::thinning::Thinning;
use crate::sync::{CancelToken, LatestSlot};
use crate::tracks::{LiveLine, LiveSample};
use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// A frame of a camera.
#[derive(Clone, Debug)]
pub struct CameraFrame {
    /// The picture. Its number counts what the camera gave, and its time starts at the first picture; both always rise.
    pub frame: Frame,
    /// When the camera took it.
    pub taken_at: Instant,
    /// When it was decoded and ready.
    pub ready_at: Instant,
}

impl CameraFrame {
    /// What is told of it and the points on it.
    #[must_use]
    pub fn line(&self, points: Vec<LiveSample>) -> LiveLine {
        let taken_at = SystemTime::now().checked_sub(self.taken_at.elapsed());
        let since_1970 = taken_at.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
        let (frame, time_secs) = (self.frame.index, self.frame.time_secs);
        LiveLine {
            frame,
            time_secs,
            unix_secs: since_1970.as_secs_f64(),
            clip_frame: None,
            names: BTreeMap::new(),
            points,
        }
    }
}

/// What a camera is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CameraState {
    /// It is being opened; no picture yet.
    #[default]
    Opening,
    /// Pictures come.
    Streaming,
    /// It is there, but no picture comes; tried again all the time.
    Stalled,
    /// It was unplugged; taken up again when it is back.
    Lost,
    /// It cannot be used, for this reason; tried again all the time.
    Unavailable(CameraError),
}

/// How a live camera goes.
#[derive(Clone, Debug, Default)]
pub struct CameraStatus {
    /// What it is doing.
    pub state: CameraState,
    /// Which camera it is, once it was open.
    pub id: Option<CameraId>,
    /// How it delivers, once it was open.
    pub format: Option<CameraFormat>,
    /// Pictures that came, damaged ones included.
    pub num_captured: u64,
    /// Pictures that did not decode.
    pub num_damaged: u64,
    /// Pictures that were passed over because tracking could not keep up.
    pub num_skipped: u64,
    /// Every how manieth picture is tracked.
    pub stride: u32,
    /// How often it was taken up again after it stalled or was unplugged.
    pub num_recoveries: u32,
    /// Pictures per second over the last few.
    pub frames_per_sec: Option<f64>,
}

/// Sees every frame as it comes. Called on the camera's thread; must return at once.
pub type FrameTap = Arc<dyn Fn(&Frame) + Send + Sync>;

pub(super) struct Shared {
    /// For showing.
    pub(super) newest: LatestSlot<CameraFrame>,
    inner: Mutex<Inner>,
    changed: Condvar,
    repaint: Repaint,
}

#[derive(Default)]
struct Inner {
    status: CameraStatus,
    speed: Speedometer,
    thinning: Thinning,
    /// The number of the next picture.
    next: FrameIndex,
    first_taken_at: Option<Instant>,
    /// The newest picture, until it is tracked.
    waiting: Option<CameraFrame>,
    tap: Option<FrameTap>,
    last_time_secs: f64,
    last_tracked: Option<FrameIndex>,
    /// From when on the tracker works on that one.
    tracked_since: Option<Instant>,
    /// The camera waits for the tracker: every frame is tracked, however long that takes.
    takes_every: bool,
    /// The next frame is tracked, whatever its number: the stream was interrupted.
    takes_any: bool,
}

impl Shared {
    pub(super) fn new(repaint: Repaint) -> Self {
        Self { newest: LatestSlot::new(), inner: Mutex::default(), changed: Condvar::new(), repaint }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic between lock and unlock leaves whole values: nothing here can be half written.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn status(&self) -> CameraStatus {
        let inner = self.lock();
        CameraStatus { stride: inner.thinning.stride(), frames_per_sec: inner.speed.per_sec(), ..inner.status.clone() }
    }

    pub(super) fn set_tap(&self, tap: Option<FrameTap>) {
        self.lock().tap = tap;
    }

    /// Notes what the camera is doing now.
    pub(super) fn set_state(&self, state: CameraState) {
        let mut inner = self.lock();
        if inner.status.state != state {
            inner.speed.reset();
            inner.takes_any = true;
            inner.tracked_since = None; // some of that time was spent waiting
            inner.status.state = state;
            self.tell(inner);
        }
    }

    /// The camera is open. Returns whether the thread with this token shall go on.
    pub(super) fn set_open(&self, thread: &CancelToken, id: &CameraId, format: CameraFormat, is_paced: bool) -> bool {
        let mut inner = self.lock();
        let is_wanted = !thread.is_cancelled();
        if is_wanted {
            (inner.status.id, inner.status.format) = (Some(id.clone()), Some(format));
            inner.takes_every = !is_paced;
        }
        is_wanted
    }

    /// From here on nothing that the thread with this token delivers is taken.
    pub(super) fn give_up(&self, thread: &CancelToken) {
        let _no_delivery_in_between = self.lock();
        thread.cancel();
    }

    /// Takes a picture, or that one did not decode. Returns whether the thread shall go on.
    pub(super) fn deliver(&self, thread: &CancelToken, shot: Result<Shot, ()>) -> bool {
        let mut inner = self.lock();
        if thread.is_cancelled() {
            return false;
        }
        let index = inner.next;
        inner.next = index.after(1);
        inner.status.num_captured += 1;
        if inner.status.state != CameraState::Streaming {
            inner.status.num_recoveries += u32::from(index.0 > 0);
            inner.status.state = CameraState::Streaming;
        }
        inner.speed.tick();
        match (shot, inner.status.format) {
            (Ok(shot), Some(format)) => inner.take_in(index, shot, format, &self.newest),
            _ => inner.status.num_damaged += 1,
        }
        self.tell(inner);
        true
    }

    fn tell(&self, inner: MutexGuard<'_, Inner>) {
        drop(inner);
        self.changed.notify_all();
        (self.repaint)();
    }

    pub(super) fn wait_until_open(&self, deadline: Instant) -> Result<CameraStatus, CameraError> {
        let is_unknown = |inner: &mut Inner| inner.status.state == CameraState::Opening;
        let patience = deadline.saturating_duration_since(Instant::now());
        let waited = self.changed.wait_timeout_while(self.lock(), patience, is_unknown);
        let (inner, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let name = inner.status.id.as_ref().map_or_else(String::new, |id| id.name.clone());
        let state = inner.status.state.clone();
        drop(inner);
        match state {
            CameraState::Streaming => Ok(self.status()),
            CameraState::Opening | CameraState::Stalled => Err(CameraError::Stalled(name)),
            CameraState::Lost => Err(CameraError::Unplugged(name)),
            CameraState::Unavailable(error) => Err(error),
        }
    }

    pub(super) fn next_frame(&self, deadline: Instant) -> Option<CameraFrame> {
        let mut inner = self.lock();
        inner.observe_work();
        let patience = deadline.saturating_duration_since(Instant::now());
        let is_early = |inner: &mut Inner| !inner.is_due();
        let waited = self.changed.wait_timeout_while(inner, patience, is_early);
        let (mut inner, _) = waited.unwrap_or_else(PoisonError::into_inner);
        inner.take_due()
    }
}

impl Inner {
    /// Makes the shot the newest frame.
    fn take_in(&mut self, index: FrameIndex, shot: Shot, format: CameraFormat, newest: &LatestSlot<CameraFrame>) {
        if shot.rgb.len() != 3 * format.size.area() {
            self.status.num_damaged += 1;
            return;
        }
        let first = *self.first_taken_at.get_or_insert(shot.taken_at);
        let secs = shot.taken_at.saturating_duration_since(first).as_secs_f64();
        // Stamps of a camera that was plugged in again may lie a little before the last one.
        let time_secs = if index.0 == 0 { secs } else { secs.max(self.last_time_secs + 1e-6) };
        self.last_time_secs = time_secs;
        let frame = Frame::new(index, time_secs, format.size, shot.rgb);
        let taken = CameraFrame { frame, taken_at: shot.taken_at, ready_at: Instant::now() };
        if let Some(tap) = &self.tap {
            tap(&taken.frame);
        }
        newest.put(taken.clone());
        self.waiting = Some(taken);
    }

    /// The time since the last frame was handed out was work.
    fn observe_work(&mut self) {
        let Some(since) = self.tracked_since.take().filter(|_| !self.takes_every) else { return };
        let nominal = self.status.format.map(|format| format.frame_rate.per_sec());
        if let Some(rate) = self.speed.per_sec().or(nominal) {
            self.thinning.observe(since.elapsed().as_secs_f64(), 1.0 / rate);
        }
    }

    fn is_due(&self) -> bool {
        let due = self.last_tracked.filter(|_| !self.takes_any).map(|last| self.thinning.due_after(last));
        self.waiting.as_ref().is_some_and(|waiting| Some(waiting.frame.index) >= due)
    }

    fn take_due(&mut self) -> Option<CameraFrame> {
        if !self.is_due() {
            return None;
        }
        let taken = self.waiting.take()?;
        let index = taken.frame.index;
        if let Some(last) = self.last_tracked.replace(index) {
            self.status.num_skipped += u64::from(index.0 - last.0 - 1);
        }
        self.takes_any = false;
        self.tracked_since = Some(Instant::now());
        Some(taken)
    }
}
