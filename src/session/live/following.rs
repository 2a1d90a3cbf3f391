//! The points of a live stream: the network that follows them, their names, and where they were on the last frames.

use super::LiveEvent;
use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size, SourcePoint};
use crate::session::model_loading::{SharedNetwork, UsedNetwork};
use crate::session::pace::{Lag, LiveSetting, LiveSpeed, fitting_setting, live_settings};
use crate::sync::CancelToken;
use crate::tracker::{LiveFrame, LiveOptions, LivePoint, LiveTimings, LiveTracker, PointId, TrackerError};
use crate::tracks::{LiveSample, StreamHistory, TrackId, TrackStore};
use std::sync::Arc;

/// Frames of which the places of points are kept: the longest trail of a stream.
const MAX_TRAIL: usize = 200;

/// A network that follows the points of a stream.
struct Following {
    used: UsedNetwork,
    size: Size,
    setting: LiveSetting,
    /// Another setting is wanted.
    is_stale: bool,
    tracker: LiveTracker,
    /// The points' names in the tracker: another network gives others.
    ids: Vec<(TrackId, PointId)>,
}

/// What is known of the points.
pub(super) struct LivePoints {
    network: SharedNetwork,
    options: LiveOptions,
    speed: LiveSpeed,
    /// The camera's rate in frames per second, where it tells.
    rate: Option<f64>,
    lag: Lag,
    following: Option<Following>,
    /// The network failed; another one may not.
    has_failed: bool,
    history: StreamHistory,
    next_id: u32,
}

/// What was said of the points on a frame.
pub(super) struct Followed {
    /// Of every point, in the order of their names.
    pub(super) samples: Vec<LiveSample>,
    /// What it cost.
    pub(super) timings: LiveTimings,
}

/// The nearest place in the picture.
fn inside(size: Size, point: SourcePoint) -> SourcePoint {
    let last = |extent: u32| extent.saturating_sub(1) as f32;
    SourcePoint::new(point.x.clamp(0.0, last(size.width)), point.y.clamp(0.0, last(size.height)))
}

impl LivePoints {
    /// No points; `options` and `speed` say how they are to be followed.
    pub(super) fn new(network: SharedNetwork, options: LiveOptions, speed: LiveSpeed) -> Self {
        let history = StreamHistory::new(MAX_TRAIL);
        Self {
            network,
            options,
            speed,
            rate: None,
            lag: Lag::default(),
            following: None,
            has_failed: false,
            history,
            next_id: 0,
        }
    }

    /// How exactly the points are followed now.
    pub(super) fn setting(&self) -> Option<LiveSetting> {
        self.following.as_ref().map(|following| following.setting)
    }

    /// Follows the points at another speed from the next frame on; [`LiveSpeed::Auto`] tries anew what fits.
    pub(super) fn set_speed(&mut self, speed: LiveSpeed) {
        self.speed = speed;
        if let Some(following) = &mut self.following {
            following.is_stale = true;
        }
    }

    /// The camera gives so many frames per second, where it tells. Counts for the next choice of a setting.
    pub(super) fn set_rate(&mut self, frames_per_sec: Option<f64>) {
        self.rate = frames_per_sec;
    }

    /// Every `stride`-th of the camera's frames is followed: where that is not each for long, and nobody wanted it exact,
    /// each costs less from now on.
    pub(super) fn keep_up(&mut self, stride: u32) {
        let is_behind = self.lag.observe(stride);
        if let Some(following) = self.following.as_mut().filter(|_| is_behind && self.speed == LiveSpeed::Auto) {
            following.setting.iters = 1;
            following.tracker.set_iters(1);
        }
    }

    /// Whether points can be followed.
    pub(super) fn has_network(&self) -> bool {
        self.network.get().is_some() && !self.has_failed
    }

    /// All points on the newest frame.
    pub(super) fn all(&self) -> Vec<TrackId> {
        self.history.newest().map(|(id, _)| id).collect()
    }

    /// The tracks on the last frames, and the newest frame's number in them.
    pub(super) fn snapshot(&self) -> (TrackStore, FrameIndex) {
        self.history.snapshot()
    }

    /// Follows the points on the next frame; `None` while there is nothing to follow them with: they stay where they are.
    ///
    /// # Errors
    /// What must be told; cancelled, there is nothing to tell.
    pub(super) fn follow(
        &mut self,
        frame: &Frame,
        cancel: &CancelToken,
    ) -> Result<Option<Followed>, Option<LiveEvent>> {
        match self.take_network(frame, cancel) {
            Err(TrackerError::Cancelled) => return Err(None),
            other => other.map_err(|error| Some(self.fail(&error)))?,
        }
        let Some(following) = &mut self.following else { return Ok(None) };
        match following.tracker.push(frame, cancel) {
            Ok(live) => {
                let samples = self.samples(&live);
                self.history.push(&samples);
                Ok(Some(Followed { samples, timings: live.timings }))
            }
            Err(TrackerError::Cancelled) => Err(None),
            Err(error) => Err(Some(self.fail(&error))),
        }
    }

    fn fail(&mut self, error: &TrackerError) -> LiveEvent {
        (self.has_failed, self.following) = (true, None);
        LiveEvent::TrackingFailed(error.to_string())
    }

    /// Takes over the network that is in place now.
    fn take_network(&mut self, frame: &Frame, cancel: &CancelToken) -> Result<(), TrackerError> {
        let Some(used) = self.network.get() else { return Ok(()) };
        let size = frame.size();
        let is_same = |f: &Following| {
            let is_used = Arc::ptr_eq(&f.used.network, &used.network) && f.used.model_size == used.model_size;
            is_used && f.size == size && !f.is_stale
        };
        if self.has_failed || self.following.as_ref().is_some_and(is_same) {
            return Ok(());
        }
        if self.following.as_ref().is_some_and(|following| following.size != size) {
            self.history = StreamHistory::new(MAX_TRAIL); // places in another picture
        }
        let setting = match self.speed {
            LiveSpeed::Fixed(setting) => setting,
            LiveSpeed::Auto => {
                let settings = live_settings(used.network.config().model_size(), used.model_size, None);
                fitting_setting(&used.network, frame, self.rate, &settings, &self.options, cancel)?
            }
        };
        let options =
            LiveOptions { model_size: Some(setting.model_size), iters: setting.iters, ..self.options.clone() };
        let tracker = LiveTracker::new(Arc::clone(&used.network), size, &options)?;
        self.following = Some(Following { used, size, setting, is_stale: false, tracker, ids: Vec::new() });
        Ok(())
    }

    /// Points that the tracker does not know, since it is new, start where they were last, on the frame that was followed just now.
    ///
    /// # Errors
    /// What must be told of points that cannot be followed any more.
    pub(super) fn place_again(&mut self) -> Result<(), LiveEvent> {
        let Some(following) = &mut self.following else { return Ok(()) };
        let is_known = |id| following.ids.iter().any(|(known, _)| *known == id);
        let lost: Vec<_> = self.history.newest().filter(|(id, _)| !is_known(*id)).collect();
        if lost.is_empty() {
            return Ok(());
        }
        let places: Vec<SourcePoint> = lost.iter().map(|(_, point)| inside(following.size, *point)).collect();
        match following.tracker.add(&places) {
            Ok(ids) => {
                following.ids.extend(lost.iter().map(|(id, _)| *id).zip(ids));
                Ok(())
            }
            Err(error) => {
                for (id, _) in &lost {
                    self.history.remove(*id);
                }
                Err(LiveEvent::Refused(error.to_string()))
            }
        }
    }

    /// The points of a frame under their own names; those that are to be placed again stand still.
    fn samples(&self, live: &LiveFrame) -> Vec<LiveSample> {
        let Some(following) = &self.following else { return Vec::new() };
        let own = |point: &LivePoint| following.ids.iter().find(|(_, id)| *id == point.id).map(|(own, _)| *own);
        let followed = live.points.iter().filter_map(|point| {
            let LivePoint { position, visibility, confidence, visible, .. } = *point;
            Some(LiveSample { id: own(point)?.0, point: position, visibility, confidence, visible })
        });
        let is_known = |id| following.ids.iter().any(|(known, _)| *known == id);
        let waiting = self.history.newest().filter(|(id, _)| !is_known(*id)).map(|(id, point)| LiveSample {
            id: id.0,
            point,
            visibility: 0.0,
            confidence: 0.0,
            visible: false,
        });
        let mut samples: Vec<_> = followed.chain(waiting).collect();
        samples.sort_by_key(|sample| sample.id);
        samples
    }

    /// Adds a point on the newest frame.
    ///
    /// # Errors
    /// What must be told.
    pub(super) fn add(&mut self, point: SourcePoint) -> Result<(), LiveEvent> {
        let Some(following) = &mut self.following else {
            let reason = if self.has_failed { "points cannot be followed" } else { "the model is not there yet" };
            return Err(LiveEvent::Refused(format!("no point was added: {reason}")));
        };
        let ids = following.tracker.add(&[point]).map_err(|error| LiveEvent::Refused(error.to_string()))?;
        for known in ids {
            let id = TrackId(self.next_id);
            self.next_id += 1;
            following.ids.push((id, known));
            self.history.place(id, point);
        }
        Ok(())
    }

    /// Moves a point on the newest frame; one that was deleted meanwhile stays deleted.
    ///
    /// # Errors
    /// What must be told.
    pub(super) fn move_to(&mut self, id: TrackId, point: SourcePoint) -> Result<(), LiveEvent> {
        let Some(following) = &mut self.following else { return Ok(()) };
        let Some((_, known)) = following.ids.iter().find(|(own, _)| *own == id).copied() else { return Ok(()) };
        if following.tracker.move_to(known, point).map_err(|error| LiveEvent::Refused(error.to_string()))? {
            self.history.place(id, point);
        }
        Ok(())
    }

    /// Deletes points.
    pub(super) fn delete(&mut self, ids: &[TrackId]) {
        for id in ids {
            self.history.remove(*id);
            if let Some(following) = &mut self.following
                && let Some(place) = following.ids.iter().position(|(own, _)| own == id)
            {
                let (_, known) = following.ids.remove(place);
                following.tracker.remove(known);
            }
        }
    }
}
