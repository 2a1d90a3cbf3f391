//! One open camera: its session, what is on the screen, and what the user holds there.

use super::chooser::Chooser;
use crate::app::picture_pass::{PictureSlot, ShownPicture};
use crate::app::pictures::Pictures;
use crate::app::state::CachedScene;
use crate::geometry::{FrameIndex, Size, SourcePoint};
use crate::media::CameraRequest;
use crate::session::{
    CameraOptions, CameraPatience, LiveCommand, LiveEvent, LiveSession, LiveSessionOptions, LiveSpeed, LiveStatus,
    LiveTimes, Repaint, SharedNetwork,
};
use crate::sync::LatestSlot;
use crate::tracker::LiveOptions;
use crate::tracks::{TrackId, TrackStore};
use egui::{Color32, ColorImage, Pos2, Rect};
use std::sync::Arc;
use std::time::Instant;

/// Farther than that, a press is a drag.
const DRAG_FROM: f32 = 4.0;
/// How much the newest frame counts in what is shown of the times: figures that flicker cannot be read.
const NEWEST_SHARE: f64 = 0.1;

/// A picture with its points, ready for the renderer.
struct Arrived {
    image: Arc<ColorImage>,
    size: Size,
    number: FrameIndex,
    tracks: Arc<TrackStore>,
    at: FrameIndex,
    times: LiveTimes,
}

/// What is on the screen.
pub(in crate::app) struct OnScreen {
    image: Arc<ColorImage>,
    pub(super) size: Size,
    /// The camera's number of the frame.
    pub(super) number: FrameIndex,
    pub(super) tracks: Arc<TrackStore>,
    /// The frame's number in the tracks.
    pub(super) at: FrameIndex,
}

impl OnScreen {
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
    from: Pos2,
    pub(super) at: Pos2,
    pub(super) is_moved: bool,
}

/// Times in milliseconds, smoothed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shares {
    pub(super) capture: f64,
    pub(super) queue: f64,
    pub(super) encode: f64,
    pub(super) refine: f64,
    pub(super) draw: f64,
    /// From the camera's stamp until it is drawn.
    pub(super) total: f64,
}

/// An open camera.
pub(in crate::app) struct LiveView {
    pub(super) request: CameraRequest,
    session: LiveSession,
    newest: LatestSlot<Arrived>,
    pub(super) status: LiveStatus,
    pub(super) on_screen: Option<OnScreen>,
    /// Until the frame on the screen was drawn.
    undrawn: Option<LiveTimes>,
    pub(super) shares: Option<Shares>,
    pub(super) selection: Vec<TrackId>,
    pub(super) hovered: Option<TrackId>,
    pub(super) held: Option<Held>,
    pub(super) scene: CachedScene,
    /// What the user wants; the stream follows.
    pub(super) is_frozen: bool,
    pub(super) speed: LiveSpeed,
    /// A point was added and is selected when it is there.
    awaits_point: bool,
}

impl LiveView {
    pub(super) fn start(
        request: CameraRequest,
        chooser: &Chooser,
        network: SharedNetwork,
        pictures: &Pictures,
        repaint: &Repaint,
    ) -> Self {
        let newest = LatestSlot::new();
        let (slot, convert) = (newest.clone(), pictures.converter());
        let session = LiveSession::start(LiveSessionOptions {
            camera: CameraOptions {
                request: request.clone(),
                open: chooser.opener(),
                repaint: Arc::clone(repaint),
                patience: CameraPatience::default(),
            },
            network,
            tracking: LiveOptions::default(),
            speed: LiveSpeed::default(),
            screen: Arc::new(move |shown| {
                let image = convert(&shown.frame);
                let (size, number) = (shown.frame.size(), shown.frame.index);
                slot.put(Arrived { image, size, number, tracks: shown.tracks, at: shown.at, times: shown.times });
            }),
            repaint: Arc::clone(repaint),
        });
        Self {
            request,
            session,
            newest,
            status: LiveStatus::default(),
            on_screen: None,
            undrawn: None,
            shares: None,
            selection: Vec::new(),
            hovered: None,
            held: None,
            scene: CachedScene::default(),
            is_frozen: false,
            speed: LiveSpeed::default(),
            awaits_point: false,
        }
    }

    /// Ends it; the session is to be kept until it is over.
    pub(super) fn retire(mut self) -> LiveSession {
        self.session.retire();
        self.session
    }

    /// Takes in the newest picture and status.
    pub(super) fn update(&mut self) -> Vec<LiveEvent> {
        if let Some(status) = self.session.status() {
            self.status = status;
        }
        if let Some(arrived) = self.newest.take() {
            self.take_in(arrived);
        }
        self.session.events()
    }

    fn take_in(&mut self, arrived: Arrived) {
        let Arrived { image, size, number, tracks, at, times } = arrived;
        let is_new = self.on_screen.as_ref().is_none_or(|shown| shown.number != number);
        let newest_before = self.on_screen.as_ref().and_then(|shown| shown.tracks.tracks().map(|track| track.id).max());
        self.selection.retain(|id| tracks.track(*id).is_some());
        let newest = tracks.tracks().map(|track| track.id).max();
        if self.awaits_point && newest > newest_before {
            self.selection = newest.into_iter().collect();
            self.awaits_point = false;
        }
        self.undrawn = is_new.then_some(times);
        self.on_screen = Some(OnScreen { image, size, number, tracks, at });
    }

    /// The frame on the screen was just drawn.
    pub(super) fn drawn(&mut self) {
        let Some(times) = self.undrawn.take().filter(|_| !self.is_frozen) else { return };
        let now = Instant::now();
        let millis = |from: Instant| now.saturating_duration_since(from).as_secs_f64() * 1e3;
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

    pub(super) fn num_points(&self) -> usize {
        self.on_screen.as_ref().map_or(0, |shown| shown.tracks.len())
    }

    pub(super) fn send(&self, command: LiveCommand) {
        self.session.send(command);
    }

    pub(super) fn set_speed(&mut self, speed: LiveSpeed) {
        self.speed = speed;
        self.send(LiveCommand::SetSpeed(speed));
    }

    pub(super) fn toggle_freeze(&mut self) {
        self.is_frozen ^= true;
        self.send(LiveCommand::Freeze(self.is_frozen));
    }

    pub(super) fn select_all(&mut self) {
        self.selection = self.on_screen.iter().flat_map(|shown| shown.tracks.tracks().map(|track| track.id)).collect();
    }

    pub(super) fn delete_selected(&mut self) {
        let selection = std::mem::take(&mut self.selection);
        self.send(LiveCommand::Delete(selection));
    }

    pub(super) fn clear(&mut self) {
        self.selection.clear();
        self.send(LiveCommand::Clear);
    }

    /// Lets go of what is held, else of what is selected.
    pub(super) fn escape(&mut self) {
        if self.held.take().is_none() {
            self.selection.clear();
        }
    }

    pub(super) fn press(&mut self, at: Pos2, track: Option<TrackId>) {
        self.selection = track.into_iter().collect();
        self.held = Some(Held { subject: track, from: at, at, is_moved: false });
    }

    pub(super) fn drag(&mut self, to: Pos2) {
        if let Some(held) = &mut self.held {
            held.at = to;
            held.is_moved |= held.from.distance(to) > DRAG_FROM;
        }
    }

    /// Places or moves the point that was held, where it is in the picture.
    pub(super) fn release(&mut self, source: impl Fn(Pos2) -> SourcePoint) {
        let (Some(held), Some(shown)) = (self.held.take(), &self.on_screen) else { return };
        let point = source(held.at);
        match held.subject {
            _ if !shown.size.contains(point) => {}
            None => {
                self.awaits_point = true;
                self.send(LiveCommand::Add(point));
            }
            Some(track) if held.is_moved => self.send(LiveCommand::Move(track, point)),
            Some(_) => {}
        }
    }
}
