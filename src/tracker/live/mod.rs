//! A live stream: every frame is shown with its tracks as it comes; points come and go while it runs.
//!
//! Per frame one encode, then one or two iterations that look at the newest frame alone: its correlation and its tokens
//! are computed, what is known of the frames before is remembered. A new track starts as if it had stood still for a
//! whole window, so that adding one costs next to nothing.

mod aside;
mod joining;
mod late;
mod options;
mod parking;
mod points;
mod remembered;
mod run;
mod tracks;

pub use aside::PointAside;
pub use late::LatePoints;
pub use options::LiveOptions;
pub use points::{LiveFrame, LivePoint, LiveTimings, PointId, PointState, Said};
pub use run::LiveRun;

use super::TrackerError;
use super::queries::MAX_TRACKS_PER_RUN;
use super::window::sigmoid;
use crate::calibration::Probability;
use crate::frame::Frame;
use crate::geometry::{FrameIndex, ModelFromSource, ModelPoint, Size, SourcePoint, grid};
use crate::model::{Features, ModelConfig, Network, NetworkError};
use crate::sync::CancelToken;
use joining::Joining;
use parking::Parked;
use remembered::Remembered;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;
use tracks::{LiveTracks, Newest, Owner};

/// The first tracks of a stream take room for so many, so that those that come after them find it: untouched memory
/// costs nothing.
const ROOM: usize = 256;

/// Follows points through a stream, frame by frame, for as long as it runs. Its memory depends on the number of points
/// alone. All points attend to each other; adding or removing one never changes what was said of others.
#[derive(Debug)]
pub struct LiveTracker {
    network: Arc<Network>,
    options: LiveOptions,
    source_size: Size,
    model_size: Size,
    map: ModelFromSource,
    /// The last `S` frames at most.
    ring: VecDeque<Remembered>,
    tracks: LiveTracks,
    /// Points that are not followed; lost ones are looked for from the front.
    parked: Vec<Parked>,
    /// Points that are to be followed soon, those of the oldest frame first.
    joining: VecDeque<Joining>,
    /// How many have joined since the newest frame came.
    num_fresh: usize,
    next_id: u32,
    /// Frames since the last correction.
    uncorrected: usize,
}

impl LiveTracker {
    /// A stream of pictures of `size`, without points yet.
    ///
    /// # Errors
    /// When the model size is none, or there are too many support points.
    pub fn new(network: Arc<Network>, size: Size, options: &LiveOptions) -> Result<Self, TrackerError> {
        let config = network.config();
        let model_size = options.model_size.unwrap_or(config.model_size());
        if !ModelConfig::is_model_size(model_size) {
            return Err(NetworkError::ModelSize(model_size).into());
        }
        let count = options.support_grid.saturating_mul(options.support_grid);
        if count > MAX_TRACKS_PER_RUN {
            return Err(TrackerError::TooManyQueries { count, max: MAX_TRACKS_PER_RUN });
        }
        Ok(Self {
            map: ModelFromSource::new(size, model_size),
            options: options.clone(),
            source_size: size,
            model_size,
            ring: VecDeque::with_capacity(config.window_len),
            tracks: LiveTracks::new(config.window_len),
            parked: Vec::new(),
            joining: VecDeque::new(),
            num_fresh: 0,
            next_id: 0,
            uncorrected: 0,
            network,
        })
    }

    /// Takes the next frame of the stream and says where every point is on it.
    ///
    /// # Errors
    /// When the network fails, or `cancel` was raised; the tracks then stand where they were.
    ///
    /// # Panics
    /// If the frame has another size than the stream, or does not come after the one before.
    pub fn push(&mut self, frame: &Frame, cancel: &CancelToken) -> Result<LiveFrame, TrackerError> {
        assert_eq!(frame.size(), self.source_size, "every frame has the stream's size");
        assert!(self.newest().is_none_or(|newest| newest < frame.index), "frames come in order");
        if cancel.is_cancelled() {
            return Err(TrackerError::Cancelled);
        }
        let start = Instant::now();
        let remembered = Remembered::new(frame, Arc::clone(&self.network), self.model_size);
        let is_idle = self.tracks.is_empty() && self.parked.is_empty() && self.joining.is_empty();
        if !is_idle {
            remembered.features()?;
        }
        let encoded = Instant::now();
        if self.ring.len() == self.network.config().window_len {
            self.ring.pop_front();
        }
        self.ring.push_back(remembered);
        if is_idle {
            let (points, caught_up) = (Vec::new(), Vec::new());
            return Ok(LiveFrame { frame: frame.index, points, caught_up, timings: LiveTimings::default() });
        }
        let caught_up = self.catch_up_in_time(cancel)?;
        let num_looks = self.look_again()?;
        if !self.tracks.is_empty() {
            self.refine(cancel)?;
            let seen = self.seen(&self.tracks);
            self.tracks.note_seen(&seen, self.options.fit_smoothing);
            self.park_outside();
            self.add_helpers()?;
            self.renew_helpers()?;
        }
        let num_examined = self.examine(self.options.searches_per_frame - num_looks)?;
        self.look_for_lost_points(self.options.searches_per_frame - num_looks - num_examined)?;
        let timings = LiveTimings {
            encode_millis: (encoded - start).as_secs_f64() * 1e3,
            refine_millis: encoded.elapsed().as_secs_f64() * 1e3,
        };
        Ok(LiveFrame { frame: frame.index, points: self.points(), caught_up, timings })
    }

    fn refine(&mut self, cancel: &CancelToken) -> Result<(), TrackerError> {
        let (network, options) = (&self.network, &self.options);
        let Some(newest) = self.ring.back() else { return Ok(()) };
        let newest = newest.features()?;
        let (iters, smoothing) = (options.iters.max(1), options.velocity_smoothing);
        let mut done = self.tracks.advance(network, newest, iters, smoothing, cancel)?;
        self.uncorrected += 1;
        let is_full = self.ring.len() == network.config().window_len;
        if done && options.correct_every > 0 && self.uncorrected >= options.correct_every && is_full {
            let window = self.ring.iter().map(|frame| frame.features());
            let window: Vec<&Features> = window.collect::<Result<_, _>>()?;
            done = self.tracks.correct(network, &window, options.correction_iters, cancel)?;
            self.uncorrected = 0;
        }
        if done { Ok(()) } else { Err(TrackerError::Cancelled) }
    }

    /// Follows points with so many iterations per frame from now on, at least 1.
    pub fn set_iters(&mut self, iters: usize) {
        self.options.iters = iters;
    }

    /// The ids of so many more points.
    fn new_ids(&mut self, count: usize) -> impl Iterator<Item = PointId> + use<> {
        let first = self.next_id;
        self.next_id += count as u32;
        (first..self.next_id).map(PointId)
    }

    /// The newest frame.
    #[must_use]
    pub fn newest(&self) -> Option<FrameIndex> {
        self.ring.back().map(|frame| frame.index)
    }

    /// Every point where it is on the newest frame, in the order in which they were added.
    #[must_use]
    pub fn points(&self) -> Vec<LivePoint> {
        let mut points: Vec<_> = self.tracks.newest().filter_map(|(owner, track)| self.point(owner, &track)).collect();
        points.extend(self.parked.iter().map(Parked::point));
        points.extend(self.joining.iter().map(Joining::point));
        points.sort_by_key(|point| point.id);
        points
    }

    /// A track of the user's as a point.
    fn point(&self, owner: Owner, track: &Newest) -> Option<LivePoint> {
        let (id, position) = (owner.id()?, self.source_from_feature(track.xy));
        let (visibility, confidence) = (sigmoid(track.visibility), track.confidence());
        let (visible, probability) = self.verdict(track);
        let state = PointState::Followed;
        Some(LivePoint { id, position, visibility, confidence, probability, visible, state })
    }

    /// Whether a track is said to be visible. Outside the picture nothing is, nor where something else is to be seen.
    fn is_seen(&self, track: &Newest) -> bool {
        self.verdict(track).0
    }

    /// The same, and how probable its place is.
    fn verdict(&self, track: &Newest) -> (bool, Option<Probability>) {
        let is_inside = self.source_size.contains(self.source_from_feature(track.xy));
        let score = ModelConfig::score(sigmoid(track.visibility), track.confidence(), is_inside);
        let (visible, probability) = self.network.config().verdict(score);
        (visible && track.fit >= self.options.misfit_below * track.usual_fit, probability)
    }

    fn start(&mut self, owners: &[Owner], feature_xys: &[[f32; 2]]) -> Result<(), TrackerError> {
        if owners.is_empty() {
            return Ok(());
        }
        let newest = self.ring.back().ok_or(TrackerError::NoFrame)?.features()?;
        let room = self.room(owners.len());
        self.tracks.join(LiveTracks::start(&self.network, newest, None, owners, feature_xys, room)?);
        Ok(())
    }

    /// For how many tracks there should be room where so many begin: those that are the first keep it.
    fn room(&self, num_tracks: usize) -> usize {
        if self.tracks.is_empty() { (num_tracks / 2 * 3).max(ROOM) } else { num_tracks }
    }

    /// Support points join with the first points.
    fn add_helpers(&mut self) -> Result<(), TrackerError> {
        if self.tracks.is_empty() || self.tracks.num_helpers() > 0 {
            return Ok(());
        }
        let places = self.helper_places();
        let helpers: Vec<Owner> = (0..places.len()).map(Owner::Helper).collect();
        self.start(&helpers, &places)
    }

    fn check(&self, points: &[SourcePoint]) -> Result<(), TrackerError> {
        let size = self.source_size;
        for (number, point) in (1..).zip(points) {
            if !size.contains(*point) {
                return Err(TrackerError::OutsidePicture { number, x: point.x, y: point.y, size });
            }
        }
        self.check_room(points.len())
    }

    fn check_room(&self, num_more: usize) -> Result<(), TrackerError> {
        let count = self.tracks.len() + self.parked.len() + self.joining.len() + num_more;
        if count > MAX_TRACKS_PER_RUN {
            return Err(TrackerError::TooManyQueries { count, max: MAX_TRACKS_PER_RUN });
        }
        Ok(())
    }

    /// Where support points stand, in feature pixels.
    fn helper_places(&self) -> Vec<[f32; 2]> {
        let stride = self.network.config().stride as f32;
        let places = grid(self.options.support_grid, self.model_size.width as f32, self.model_size.height as f32);
        places.into_iter().map(|(x, y)| [x / stride, y / stride]).collect()
    }

    fn feature_from_source(&self, point: SourcePoint) -> [f32; 2] {
        let stride = self.network.config().stride as f32;
        let point = self.map.apply(point);
        [point.x / stride, point.y / stride]
    }

    fn source_from_feature(&self, [x, y]: [f32; 2]) -> SourcePoint {
        let stride = self.network.config().stride as f32;
        self.map.invert(ModelPoint { x: x * stride, y: y * stride })
    }
}
