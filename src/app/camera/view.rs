//! One open camera: its session, and what is on the screen.

use super::chooser::Chooser;
use crate::app::canvas::pictures::Converter;
use crate::media::CameraRequest;
use crate::session::{
    CameraOptions, CameraPatience, LiveCommand, LiveEvent, LivePointsInfo, LiveSession, LiveSessionOptions, LiveShown,
    LiveSpeed, LiveStatus, LiveTimes, LogKeeping, RING_BYTES, Repaint, SharedNetwork,
};
use crate::sync::LatestSlot;
use crate::tracker::LiveOptions;
use crate::tracks::{TrackId, TrackLog, TrackStore};
use egui::ColorImage;
use std::ops::Deref;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

/// How much the newest frame counts in what is shown of the times: figures that flicker cannot be read.
const NEWEST_SHARE: f64 = 0.1;

static NOTHING: LazyLock<LivePointsInfo> = LazyLock::new(LivePointsInfo::default);

/// A picture with its points, ready for the renderer.
pub(crate) struct Shown {
    pub(super) image: Arc<ColorImage>,
    live: LiveShown,
}

impl Deref for Shown {
    type Target = LiveShown;

    fn deref(&self) -> &LiveShown {
        &self.live
    }
}

impl Shown {
    /// Whether there is no later one.
    pub(super) fn is_newest(&self) -> bool {
        self.place + 1 >= self.num_frames
    }
}

/// What the time from the camera to the screen is made of, and all of it.
pub(super) const SHARES: [&str; 6] =
    ["Capture and decode", "Queue", "Encode", "Refine", "Draw", "From camera to screen"];

#[expect(clippy::struct_excessive_bools, reason = "what happens in one frame, and what the user said")]
pub(crate) struct LiveView {
    pub(super) request: CameraRequest,
    session: LiveSession,
    newest: LatestSlot<Shown>,
    pub(crate) status: LiveStatus,
    /// The user has exported the tracks, or wants no more of them, and the stream is to end.
    pub(super) is_given_up: bool,
    /// The status has come just now.
    pub(super) has_news: bool,
    pub(crate) on_screen: Option<Shown>,
    /// Until the frame on the screen was drawn.
    undrawn: Option<LiveTimes>,
    /// In milliseconds, smoothed.
    pub(super) shares: Option<[f64; SHARES.len()]>,
    /// What the user wants; the stream follows.
    pub(super) is_frozen: bool,
    /// Points were added and are selected when they are there.
    pub(super) awaits_points: bool,
    /// The frame that the user wants to see, while frozen.
    browsed: Option<usize>,
    /// How late the user wants to see the picture.
    pub(super) delay_secs: f64,
    /// When the pointer was last moved over the picture, in the window's time.
    pub(super) moved_at_secs: Option<f64>,
}

impl LiveView {
    pub(super) fn start(
        request: CameraRequest,
        chooser: &Chooser,
        speed: LiveSpeed,
        network: SharedNetwork,
        convert: Converter,
        repaint: &Repaint,
    ) -> Self {
        let newest = LatestSlot::new();
        let slot = newest.clone();
        let session = LiveSession::start(LiveSessionOptions {
            camera: CameraOptions {
                request: request.clone(),
                open: Arc::clone(&chooser.cameras.open),
                repaint: Arc::clone(repaint),
                patience: CameraPatience::default(),
            },
            network,
            tracking: LiveOptions { second_look: true, ..LiveOptions::default() },
            log: LogKeeping { folder: chooser.cameras.streams.clone(), outlives: true, ..LogKeeping::default() },
            speed,
            ring_bytes: RING_BYTES,
            screen: Arc::new(move |shown| {
                slot.put(Shown { image: convert(&shown.frame), live: shown });
            }),
            repaint: Arc::clone(repaint),
        });
        Self {
            request,
            session,
            newest,
            status: LiveStatus::default(),
            has_news: false,
            is_given_up: false,
            on_screen: None,
            undrawn: None,
            shares: None,
            is_frozen: false,
            awaits_points: false,
            browsed: None,
            delay_secs: 0.0,
            moved_at_secs: None,
        }
    }

    /// Ends it; the session is to be kept until it is over.
    pub(super) fn retire(mut self) -> LiveSession {
        self.forget_if_given_up();
        self.session.retire();
        self.session
    }

    /// The stream ends: what is still said of its last frames is not to be asked about, or offered at the next start.
    pub(super) fn forget_if_given_up(&self) {
        if self.is_given_up {
            self.log().give_up();
        }
    }

    pub(super) fn update(&mut self) -> Vec<LiveEvent> {
        if let Some(status) = self.session.status() {
            (self.status, self.has_news) = (status, true);
        }
        self.session.events()
    }

    /// Takes in the newest picture. Returns the points that the user has added and that have come now.
    pub(super) fn update_picture(&mut self) -> Option<Vec<TrackId>> {
        let new = self.newest.take()?;
        let is_new = self.on_screen.as_ref().is_none_or(|shown| shown.frame.index != new.frame.index);
        let added = self.added(&new.tracks);
        self.undrawn = is_new.then_some(new.times);
        self.on_screen = Some(new);
        Some(added)
    }

    fn added(&mut self, tracks: &TrackStore) -> Vec<TrackId> {
        if !self.awaits_points {
            return Vec::new();
        }
        let ids = |tracks: &TrackStore| tracks.tracks().map(|track| track.id).collect::<Vec<_>>();
        let newest_before = self.on_screen.as_ref().and_then(|shown| ids(&shown.tracks).into_iter().max());
        let mut new = ids(tracks);
        new.retain(|id| newest_before.is_none_or(|before| *id > before));
        self.awaits_points = new.is_empty();
        new
    }

    /// The frame on the screen was just laid out; painting it takes `frame_secs` at most, as long as the whole frame
    /// before.
    pub(super) fn drawn(&mut self, frame_secs: Option<f32>) {
        let Some(times) = self.undrawn.take().filter(|_| !self.is_frozen) else { return };
        let now = Instant::now();
        let painting = frame_secs.map_or(0.0, f64::from);
        let millis = |from: Instant| (now.saturating_duration_since(from).as_secs_f64() + painting) * 1e3;
        let LiveTimes { capture_millis, queue_millis, encode_millis, refine_millis, done_at, taken_at } = times;
        let new = [capture_millis, queue_millis, encode_millis, refine_millis, millis(done_at), millis(taken_at)];
        let [capture, queue, encode, refine, draw, total] = new;
        let number = self.on_screen.as_ref().map(|shown| shown.frame.index.0);
        tracing::trace!(number, capture, queue, encode, refine, draw, total, "drawn");
        let old = self.shares.unwrap_or(new);
        self.shares = Some(std::array::from_fn(|i| old[i] + NEWEST_SHARE * (new[i] - old[i])));
    }

    /// Everything that was said of every point so far.
    pub(crate) fn log(&self) -> &Arc<TrackLog> {
        self.session.log()
    }

    pub(super) fn send(&self, command: LiveCommand) {
        self.session.send(command);
    }

    pub(super) fn freeze(&mut self, is_frozen: bool) {
        self.is_frozen = is_frozen;
        self.browsed = None;
        self.send(LiveCommand::Freeze(is_frozen));
    }

    /// Whether the newest picture is shown, and goes on.
    pub(super) fn is_live(&self) -> bool {
        !self.is_frozen && self.delay_secs <= 0.0
    }

    pub(super) fn go_live(&mut self) {
        self.set_delay(0.0);
        if self.is_frozen {
            self.freeze(false);
        }
    }

    /// How many frames can be browsed, and which one is shown or wanted.
    pub(super) fn place(&self) -> (usize, usize) {
        let shown = self.on_screen.as_ref().map_or((0, 0), |shown| (shown.num_frames, shown.place));
        (shown.0, self.browsed.unwrap_or(shown.1))
    }

    /// Shows another frame of the last seconds; a running picture stands still for that.
    pub(super) fn browse(&mut self, place: usize) {
        if !self.is_frozen {
            self.freeze(true);
        }
        let (num_frames, _) = self.place();
        let place = place.min(num_frames.saturating_sub(1));
        self.browsed = Some(place);
        self.send(LiveCommand::Browse(place));
    }

    /// Goes back or on by so many frames; the newest picture that goes on has nothing after it.
    pub(super) fn step(&mut self, by: isize) {
        let (num_frames, place) = self.place();
        if by < 0 || !self.is_live() {
            self.browse(place.saturating_add_signed(by).min(num_frames.saturating_sub(1)));
        }
    }

    pub(super) fn set_delay(&mut self, secs: f64) {
        if self.delay_secs.to_bits() != secs.to_bits() {
            self.delay_secs = secs;
            self.send(LiveCommand::Delay(Duration::from_secs_f64(secs.max(0.0))));
        }
    }

    pub(super) fn park(&self, points: Vec<TrackId>, parks: bool) {
        self.send(if parks { LiveCommand::Park(points) } else { LiveCommand::Unpark(points) });
    }

    /// Ends what is followed late. Returns whether there was something.
    pub(super) fn give_up_late(&self) -> bool {
        let is_so = self.status.following_late.is_some();
        if is_so {
            self.send(LiveCommand::GiveUpLate);
        }
        is_so
    }

    /// What is known of the points beside their tracks.
    pub(crate) fn points(&self) -> &LivePointsInfo {
        self.on_screen.as_ref().map_or(&NOTHING, |shown| &shown.points)
    }
}
