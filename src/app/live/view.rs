//! One open camera: its session, what is on the screen, and what the user holds there.

use super::Live;
use super::points::PointsList;
use crate::app::loupe::Target;
use crate::app::picture_pass::{PictureSlot, ShownPicture};
use crate::app::pictures::Pictures;
use crate::app::state::{CachedScene, Renaming};
use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size, SourcePoint};
use crate::media::CameraRequest;
use crate::session::{
    CameraOptions, CameraPatience, LiveCommand, LiveEvent, LivePointsInfo, LiveSession, LiveSessionOptions, LiveShown,
    LiveSpeed, LiveStatus, LiveTimes, LogKeeping, RING_BYTES, Repaint, SharedNetwork,
};
use crate::sync::LatestSlot;
use crate::tracker::LiveOptions;
use crate::tracks::{LogStatus, TrackId, TrackLog, TrackStore};
use egui::{Color32, ColorImage, Pos2, Rect, Vec2};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Farther than that, a press is a drag.
const DRAG_FROM: f32 = 4.0;
/// How much the newest frame counts in what is shown of the times: figures that flicker cannot be read.
const NEWEST_SHARE: f64 = 0.1;

/// A picture with its points, ready for the renderer.
struct Arrived {
    image: Arc<ColorImage>,
    shown: LiveShown,
}

/// What is on the screen.
pub(in crate::app) struct OnScreen {
    image: Arc<ColorImage>,
    pub(in crate::app) size: Size,
    /// The camera's number of the frame.
    pub(super) number: FrameIndex,
    pub(in crate::app) tracks: Arc<TrackStore>,
    pub(super) points: Arc<LivePointsInfo>,
    /// The frame's number in the tracks.
    pub(super) at: FrameIndex,
    /// The picture itself.
    pub(super) frame: Frame,
    /// Its place among those that can be browsed, and how many these are.
    place: usize,
    num_frames: usize,
    /// How much older than the newest one it is.
    pub(super) age_secs: f64,
}

impl OnScreen {
    /// Whether there is no later one.
    pub(super) fn is_newest(&self) -> bool {
        self.place + 1 >= self.num_frames
    }
}

impl OnScreen {
    /// A point of the picture, to be magnified.
    pub(super) fn target(&self, point: SourcePoint) -> Target<'_> {
        Target { image: &self.image, size: self.size, point, at: Pos2::ZERO, scale: Vec2::splat(1.0) }
    }

    /// The picture, to be painted there.
    pub(super) fn picture(&self, canvas: Rect, rect: Rect, is_mirrored: bool, tint: Color32) -> ShownPicture {
        let image = Arc::clone(&self.image);
        ShownPicture { slot: PictureSlot::Camera, image, canvas, rect, is_mirrored, is_nearest: false, tint }
    }
}

/// The point that the pointer holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    /// `None` for a new one.
    pub(super) subject: Option<TrackId>,
    pub(super) from: Pos2,
    pub(super) at: Pos2,
    pub(super) is_moved: bool,
    /// It adds to the selection, or takes out of it.
    pub(super) extends: bool,
    /// Keys move it, not the pointer.
    pub(super) is_by_keys: bool,
}

/// Times in milliseconds, smoothed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shares {
    pub(super) capture: f64,
    pub(super) queue: f64,
    pub(super) encode: f64,
    pub(super) refine: f64,
    pub(super) draw: f64,
    /// From the camera's stamp until it is painted.
    pub(super) total: f64,
}

/// An open camera.
#[expect(clippy::struct_excessive_bools, reason = "what happens in one frame, and what the user said")]
pub(in crate::app) struct LiveView {
    pub(super) request: CameraRequest,
    session: LiveSession,
    newest: LatestSlot<Arrived>,
    pub(in crate::app) status: LiveStatus,
    /// The user has exported the tracks, or wants no more of them, and the stream is to end.
    pub(super) is_given_up: bool,
    /// The status has come just now.
    pub(super) has_news: bool,
    pub(in crate::app) on_screen: Option<OnScreen>,
    /// Until the frame on the screen was drawn.
    undrawn: Option<LiveTimes>,
    pub(super) shares: Option<Shares>,
    pub(in crate::app) selection: Vec<TrackId>,
    pub(super) hovered: Option<TrackId>,
    pub(super) held: Option<Held>,
    pub(super) scene: CachedScene,
    /// What the user wants; the stream follows.
    pub(super) is_frozen: bool,
    /// Points were added and are selected when they are there.
    pub(super) awaits_points: bool,
    /// The row of the list that is pointed at.
    pub(super) hovered_row: Option<TrackId>,
    pub(super) renaming: Option<Renaming>,
    pub(super) list: PointsList,
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
        live: &Live,
        network: SharedNetwork,
        pictures: &Pictures,
        repaint: &Repaint,
    ) -> Self {
        let newest = LatestSlot::new();
        let (slot, convert) = (newest.clone(), pictures.converter());
        let session = LiveSession::start(LiveSessionOptions {
            camera: CameraOptions {
                request: request.clone(),
                open: live.chooser.opener(),
                repaint: Arc::clone(repaint),
                patience: CameraPatience::default(),
            },
            network,
            tracking: LiveOptions { second_look: true, ..LiveOptions::default() },
            log: LogKeeping { folder: live.chooser.streams(), outlives: true, ..LogKeeping::default() },
            speed: live.speed,
            ring_bytes: RING_BYTES,
            screen: Arc::new(move |shown| {
                slot.put(Arrived { image: convert(&shown.frame), shown });
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
            selection: Vec::new(),
            hovered: None,
            held: None,
            scene: CachedScene::default(),
            is_frozen: false,
            awaits_points: false,
            hovered_row: None,
            renaming: None,
            list: PointsList::default(),
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

    /// Takes in the newest picture and status.
    pub(super) fn update(&mut self) -> Vec<LiveEvent> {
        if let Some(status) = self.session.status() {
            (self.status, self.has_news) = (status, true);
        }
        if let Some(arrived) = self.newest.take() {
            self.take_in(arrived);
        }
        self.session.events()
    }

    fn take_in(&mut self, arrived: Arrived) {
        let Arrived { image, shown } = arrived;
        let LiveShown { frame, tracks, points, at, times, place, num_frames, age_secs } = shown;
        let (size, number) = (frame.size(), frame.index);
        let is_new = self.on_screen.as_ref().is_none_or(|shown| shown.number != number);
        self.points_arrived(&tracks, place + 1 >= num_frames);
        self.undrawn = is_new.then_some(times);
        self.on_screen = Some(OnScreen { image, size, number, tracks, points, at, frame, place, num_frames, age_secs });
    }

    /// The frame on the screen was just laid out; painting it takes `frame_secs` at most, as long as the whole frame
    /// before.
    pub(super) fn drawn(&mut self, frame_secs: Option<f32>) {
        let Some(times) = self.undrawn.take().filter(|_| !self.is_frozen) else { return };
        let now = Instant::now();
        let painting = frame_secs.map_or(0.0, f64::from);
        let millis = |from: Instant| (now.saturating_duration_since(from).as_secs_f64() + painting) * 1e3;
        let new = Shares {
            capture: times.capture_millis,
            queue: times.queue_millis,
            encode: times.encode_millis,
            refine: times.refine_millis,
            draw: millis(times.done_at),
            total: millis(times.taken_at),
        };
        let Shares { capture, queue, encode, refine, draw, total } = new;
        let number = self.on_screen.as_ref().map(|shown| shown.number.0);
        tracing::trace!(number, capture, queue, encode, refine, draw, total, "drawn");
        let old = self.shares.unwrap_or(new);
        let smooth = |old: f64, new: f64| old + NEWEST_SHARE * (new - old);
        self.shares = Some(Shares {
            capture: smooth(old.capture, new.capture),
            queue: smooth(old.queue, new.queue),
            encode: smooth(old.encode, new.encode),
            refine: smooth(old.refine, new.refine),
            draw: smooth(old.draw, new.draw),
            total: smooth(old.total, new.total),
        });
    }

    pub(super) fn has_picture(&self) -> bool {
        self.on_screen.is_some()
    }

    /// Everything that was said of every point so far.
    pub(in crate::app) fn log(&self) -> &Arc<TrackLog> {
        self.session.log()
    }

    pub(in crate::app) fn log_status(&self) -> LogStatus {
        self.session.log().status()
    }

    pub(super) fn num_points(&self) -> usize {
        self.on_screen.as_ref().map_or(0, |shown| shown.tracks.len())
    }

    pub(super) fn send(&self, command: LiveCommand) {
        self.session.send(command);
    }

    pub(super) fn set_speed(&mut self, speed: LiveSpeed) {
        self.send(LiveCommand::SetSpeed(speed));
    }

    pub(super) fn toggle_freeze(&mut self) {
        self.freeze(!self.is_frozen);
    }

    fn freeze(&mut self, is_frozen: bool) {
        self.is_frozen = is_frozen;
        self.browsed = None;
        self.send(LiveCommand::Freeze(is_frozen));
    }

    /// Whether the newest picture is shown, and goes on.
    pub(super) fn is_live(&self) -> bool {
        !self.is_frozen && self.delay_secs <= 0.0
    }

    /// Back to the newest picture.
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

    pub(super) fn clear(&mut self) {
        self.selection.clear();
        self.send(LiveCommand::Clear);
    }

    /// Lets go of what is held, else of what is selected.
    pub(super) fn escape(&mut self) {
        if self.held.take().is_some() {
            return;
        }
        if self.status.following_late.is_some() {
            self.send(LiveCommand::GiveUpLate);
        } else {
            self.selection.clear();
        }
    }

    pub(super) fn drag(&mut self, to: Pos2) {
        if let Some(held) = &mut self.held {
            held.at = to;
            held.is_moved |= held.from.distance(to) > DRAG_FROM;
        }
    }

    /// Moves the point that keys move, on the canvas.
    pub(super) fn nudge(&mut self, by: Vec2, canvas: Rect) {
        if let Some(held) = &mut self.held {
            held.at = canvas.clamp(held.at + by);
        }
    }

    /// Places or moves the point that was held, where it is in the picture.
    pub(super) fn release(&mut self, source: impl Fn(Pos2) -> SourcePoint) {
        let (Some(held), Some(shown)) = (self.held.take(), &self.on_screen) else { return };
        let point = source(held.at);
        match held.subject {
            _ if !shown.size.contains(point) => {}
            None => {
                self.awaits_points = true;
                self.send(LiveCommand::AddAt(shown.number, point));
            }
            Some(track) if held.is_moved => self.send(LiveCommand::MoveAt(track, shown.number, point)),
            Some(track) if !held.extends => self.selection = vec![track],
            Some(_) => {}
        }
    }
}
