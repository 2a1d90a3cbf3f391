//! The points of a live stream: the network that follows them, their names, and where they were on the last frames.
//!
//! Points have ids of their own; those that the tracker gives change with the network and with every return of a point.

use super::LiveEvent;
use super::undoing::{Out, Steps};
use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size, SourcePoint};
use crate::session::model_loading::{SharedNetwork, UsedNetwork};
use crate::session::pace::{LiveSetting, LiveSpeed, Pace, live_settings};
use crate::sync::CancelToken;
use crate::tracker::{LiveFrame, LiveOptions, LiveTimings, LiveTracker, PointAside, PointId, PointState, TrackerError};
use crate::tracks::{LiveSample, RecentTracks, TrackId, TrackStore};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Frames of which the places of points are kept: the longest trail of a stream.
pub(super) const MAX_TRAIL: usize = 200;

/// A network that follows the points of a stream.
pub(super) struct Following {
    used: UsedNetwork,
    pub(super) size: Size,
    pace: Pace,
    /// Another setting is wanted.
    is_stale: bool,
    pub(super) tracker: LiveTracker,
    /// The points' names in the tracker, and back.
    pub(super) known: BTreeMap<TrackId, PointId>,
    pub(super) own: BTreeMap<PointId, TrackId>,
}

impl Following {
    fn is_with(&self, used: &UsedNetwork) -> bool {
        Arc::ptr_eq(&self.used.network, &used.network)
    }

    pub(super) fn name(&mut self, ids: impl IntoIterator<Item = (TrackId, PointId)>) {
        for (id, known) in ids {
            self.known.insert(id, known);
            self.own.insert(known, id);
        }
    }

    /// The tracker forgets points.
    pub(super) fn forget(&mut self, ids: impl IntoIterator<Item = TrackId>) {
        let known: Vec<PointId> = ids.into_iter().filter_map(|id| self.known.remove(&id)).collect();
        for id in &known {
            self.own.remove(id);
        }
        if !known.is_empty() {
            self.tracker.remove_all(&known);
        }
    }

    pub(super) fn aside(&self, id: TrackId) -> Option<PointAside> {
        self.tracker.aside(*self.known.get(&id)?)
    }
}

/// What is known of the points of a stream beside their tracks.
#[derive(Clone, Debug, Default)]
pub struct LivePointsInfo {
    /// Whether they are followed, in the order of the tracks.
    pub states: Vec<(TrackId, PointState)>,
    /// The names that the user gave, also to points that are gone; the others are called as
    /// [`crate::tracks::Track::name`] is where nobody named it.
    pub names: Arc<BTreeMap<TrackId, String>>,
    /// What undo would take back.
    pub undo: Option<&'static str>,
    /// What redo would do again.
    pub redo: Option<&'static str>,
}

impl LivePointsInfo {
    /// Whether a point is followed; `None` if there is no such point.
    #[must_use]
    pub fn state(&self, id: TrackId) -> Option<PointState> {
        let at = self.states.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        Some(self.states[at].1)
    }
}

/// What is known of the points.
pub(super) struct LivePoints {
    network: SharedNetwork,
    options: LiveOptions,
    speed: LiveSpeed,
    /// The camera's rate in frames per second, where it tells. Counts for the next choice of a setting.
    pub(super) rate: Option<f64>,
    /// What is to be done from the next frame on, since the stream fell behind.
    slowed: Option<Pace>,
    pub(super) following: Option<Following>,
    /// Counts the trackers.
    pub(super) epoch: u32,
    /// The network that failed; another one may not.
    pub(super) failed: Option<UsedNetwork>,
    pub(super) recent: RecentTracks,
    pub(super) next_id: u32,
    /// Points that the tracker does not know, though they are there: those that it takes over with the next frame, and
    /// those that rest and look like nothing that it knows.
    pub(super) waiting: BTreeMap<TrackId, Out>,
    pub(super) names: Arc<BTreeMap<TrackId, String>>,
    pub(super) steps: Steps,
    /// What was said of points on earlier frames, until somebody takes it.
    pub(super) late: Vec<(FrameIndex, LiveSample)>,
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
        Self {
            network,
            options,
            speed,
            rate: None,
            slowed: None,
            following: None,
            epoch: 0,
            failed: None,
            recent: RecentTracks::new(MAX_TRAIL),
            next_id: 0,
            waiting: BTreeMap::new(),
            names: Arc::default(),
            steps: Steps::default(),
            late: Vec::new(),
        }
    }

    /// How exactly the points are followed now.
    pub(super) fn setting(&self) -> Option<LiveSetting> {
        self.following.as_ref().map(|following| following.pace.setting())
    }

    /// Follows the points at another speed from the next frame on; [`LiveSpeed::Auto`] tries anew what fits.
    pub(super) fn set_speed(&mut self, speed: LiveSpeed) {
        (self.speed, self.slowed) = (speed, None);
        if let Some(following) = &mut self.following {
            following.is_stale = true;
        }
    }

    /// Every `stride`-th of the camera's frames is followed: where that is not each for long, and nobody wanted it
    /// exact, each costs less from now on.
    pub(super) fn keep_up(&mut self, stride: u32) {
        let Some(following) = &mut self.following else { return };
        if let Some(slowed) = following.pace.keep_up(stride, &mut following.tracker) {
            self.slowed = Some(slowed);
            following.is_stale = true;
        }
    }

    /// Whether points can be followed.
    pub(super) fn has_network(&self) -> bool {
        self.network.get().is_some_and(|used| !self.has_failed(&used))
    }

    fn has_failed(&self, used: &UsedNetwork) -> bool {
        self.failed.as_ref().is_some_and(|failed| Arc::ptr_eq(&failed.network, &used.network))
    }

    /// Where the points are on the newest frame.
    pub(super) fn newest(&self) -> impl Iterator<Item = (TrackId, SourcePoint)> {
        self.recent.newest()
    }

    /// The names that the user gave, by the points' ids.
    pub(super) fn names_given(&self) -> BTreeMap<u32, String> {
        self.names.iter().map(|(id, name)| (id.0, name.clone())).collect()
    }

    /// All points on the newest frame.
    pub(super) fn all(&self) -> Vec<TrackId> {
        self.recent.newest().map(|(id, _)| id).collect()
    }

    /// The tracks on the last frames, and the newest frame's number in them.
    pub(super) fn snapshot(&self) -> (TrackStore, FrameIndex) {
        self.recent.snapshot(&self.names)
    }

    /// What is known of the points beside that.
    pub(super) fn info(&self) -> LivePointsInfo {
        let followed: BTreeMap<PointId, PointState> = match &self.following {
            Some(following) => following.tracker.points().iter().map(|point| (point.id, point.state)).collect(),
            None => BTreeMap::new(),
        };
        let known = |id| self.following.as_ref()?.known.get(&id).and_then(|known| followed.get(known)).copied();
        let waiting = |id| self.waiting.get(&id).map(|out| out.state);
        let state = |id| known(id).or_else(|| waiting(id)).unwrap_or(PointState::Followed);
        LivePointsInfo {
            states: self.recent.newest().map(|(id, _)| (id, state(id))).collect(),
            names: Arc::clone(&self.names),
            undo: self.steps.undo_label(),
            redo: self.steps.redo_label(),
        }
    }

    /// Follows the points on the next frame; `None` while there is nothing to follow them with: they stay where they
    /// are.
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
                self.recent.push(&samples);
                self.note_caught_up(&live.caught_up, &samples);
                Ok(Some(Followed { samples, timings: live.timings }))
            }
            Err(TrackerError::Cancelled) => Err(None),
            Err(error) => Err(Some(self.fail(&error))),
        }
    }

    pub(super) fn fail(&mut self, error: &TrackerError) -> LiveEvent {
        self.failed = self.network.get();
        self.leave_tracker(false);
        let is_on_gpu = self.failed.as_ref().is_some_and(|used| used.network.is_on_gpu());
        let event = if is_on_gpu && error.is_of_device() { LiveEvent::GpuFailed } else { LiveEvent::TrackingFailed };
        event(error.to_string())
    }

    /// Takes over the network that is in place now.
    fn take_network(&mut self, frame: &Frame, cancel: &CancelToken) -> Result<(), TrackerError> {
        let Some(used) = self.network.get().filter(|used| !self.has_failed(used)) else { return Ok(()) };
        let size = frame.size();
        let is_same =
            |f: &Following| f.is_with(&used) && f.used.model_size == used.model_size && f.size == size && !f.is_stale;
        if self.following.as_ref().is_some_and(is_same) {
            return Ok(());
        }
        if self.following.as_ref().is_some_and(|following| following.size != size) {
            // Places in another picture.
            self.recent = RecentTracks::new(MAX_TRAIL);
            (self.following, self.steps) = (None, Steps::default());
            self.waiting.clear();
        }
        let is_of_now = |f: &Following| f.is_with(&used) && f.used.model_size == used.model_size;
        let slowed = self.slowed.take().filter(|_| self.following.as_ref().is_some_and(is_of_now));
        let pace = match (self.speed, slowed) {
            (LiveSpeed::Fixed(setting), _) => Pace::fixed(setting),
            (LiveSpeed::Auto, Some(slowed)) => slowed,
            (LiveSpeed::Auto, None) => {
                let settings = live_settings(used.network.config().model_size(), used.model_size, None);
                Pace::find(&used.network, frame, self.rate, settings, &self.options, cancel)?
            }
        };
        // On a GPU, every other number of points costs more than the points do.
        let spread_joins = !used.network.is_on_gpu();
        let options = LiveOptions { spread_joins, ..pace.setting().options(&self.options) };
        let tracker = LiveTracker::new(Arc::clone(&used.network), size, &options)?;
        self.epoch += 1;
        self.leave_tracker(self.following.as_ref().is_some_and(|following| following.is_with(&used)));
        let (known, own) = (BTreeMap::new(), BTreeMap::new());
        self.following = Some(Following { used, size, pace, is_stale: false, tracker, known, own });
        Ok(())
    }

    /// Gives up the tracker; its points wait for another one. What they look like is of use for the same network alone.
    fn leave_tracker(&mut self, keeps_patches: bool) {
        let Some(following) = self.following.take() else { return };
        for point in following.tracker.points() {
            let Some(id) = following.own.get(&point.id) else { continue };
            let patch = if keeps_patches { following.tracker.aside(point.id) } else { None };
            let state = if point.state == PointState::Joining { PointState::Followed } else { point.state };
            self.waiting.insert(*id, Out { position: point.position, state, patch });
        }
        if !keeps_patches {
            self.waiting.values_mut().for_each(|out| out.patch = None);
            self.steps.forget_patches();
        }
    }

    /// Points that the tracker does not know, since it is new, go on where they were last, on the frame that was
    /// followed just now.
    ///
    /// # Errors
    /// What must be told of points that cannot be followed any more.
    pub(super) fn place_again(&mut self) -> Result<(), LiveEvent> {
        let Some((following, newest)) = self.following.as_mut().and_then(|f| f.tracker.newest().map(|at| (f, at)))
        else {
            return Ok(());
        };
        let (mut with_patch, mut without) = (Vec::new(), Vec::new());
        for (id, out) in &self.waiting {
            match &out.patch {
                Some(patch) => {
                    let mut patch = patch.clone().handed_over(newest);
                    patch.state = out.state;
                    with_patch.push((*id, patch));
                }
                None if out.state == PointState::Followed => without.push((*id, inside(following.size, out.position))),
                None => {}
            }
        }
        if with_patch.is_empty() && without.is_empty() {
            return Ok(());
        }
        let (ids, patches): (Vec<_>, Vec<_>) = with_patch.into_iter().unzip();
        let (placed_ids, places): (Vec<_>, Vec<_>) = without.into_iter().unzip();
        let back = following.tracker.put_back(&patches);
        let back = back.and_then(|back| Ok((back, following.tracker.add(&places)?)));
        let all: Vec<TrackId> = ids.iter().chain(&placed_ids).copied().collect();
        self.waiting.retain(|id, _| !all.contains(id));
        match back {
            Ok((back, placed)) => {
                following.name(ids.into_iter().zip(back).chain(placed_ids.into_iter().zip(placed)));
                Ok(())
            }
            Err(error) => {
                for id in all {
                    self.recent.remove(id);
                }
                Err(LiveEvent::Refused(error.to_string()))
            }
        }
    }

    /// The points of a frame under their own names; those that the tracker does not know stand still.
    fn samples(&self, live: &LiveFrame) -> Vec<LiveSample> {
        let Some(following) = &self.following else { return Vec::new() };
        let followed = live.points.iter().filter_map(|point| Some(point.sample(following.own.get(&point.id)?.0)));
        let is_known = |id: &TrackId| following.known.contains_key(id);
        let waiting = self
            .recent
            .newest()
            .filter(|(id, _)| !is_known(id))
            .map(|(id, point)| LiveSample::placed(id.0, point).unseen());
        let mut samples: Vec<_> = followed.chain(waiting).collect();
        samples.sort_by_key(|sample| sample.id);
        samples
    }
}
