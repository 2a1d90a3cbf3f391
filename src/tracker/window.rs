//! The windowed protocol: windows of `S` frames that advance by `step`.

use super::course::Course;
use super::feature_cache::FeatureCache;
use super::look_alikes::LookAlike;
use super::lost::{self, Found};
use super::queries::{TrackedQuery, prepare};
use super::second_look::{Said, SecondLook};
use super::settings::run_settings;
use crate::frame::Frame;
use crate::geometry::{FrameIndex, ModelFromSource, ModelPoint, Size, SourcePoint};
use crate::model::{Features, ModelConfig, Network, NetworkError, Support, WindowState};
use crate::sync::CancelToken;
use crate::tracks::{Chunk, Direction, Query, RunSettings, Sample, SampleSource, TrackMode};
use std::collections::VecDeque;
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

/// How a run is tracked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrackerOptions {
    /// The picture size that the network sees, multiples of 8; the config's where `None`.
    pub model_size: Option<Size>,
    /// Iterations per window; the config's where `None`.
    pub iters: Option<usize>,
    /// `K` of the K × K support points that join the run unseen; 0 for none.
    pub support_grid: usize,
    /// `K` of the K × K support points around each point, on its own frame; 0 for none.
    pub local_grid: usize,
    /// Whether a track passes exactly through its query on the query's frame, as the app shows it. The network's own
    /// estimate there, a fraction of a pixel away, is what the oracle writes.
    pub pin_queries: bool,
    /// Whether confidence goes where a point may have been mistaken for something that looks like it, and where what is
    /// to be seen there looks like something else; and whether points that were hidden for long are looked for. The
    /// oracle does none of it.
    pub second_look: bool,
    /// Which way through the clip points are followed.
    pub direction: Direction,
}

/// What one window settles and what it proposes; goes to [`crate::tracks::TrackStore::advance`].
#[derive(Clone, Debug, PartialEq)]
pub struct WindowOutcome {
    /// Frames that will not change any more.
    pub settled: Option<Chunk>,
    /// Frames that the next window will look at again.
    pub tail: Option<Chunk>,
}

/// Why a run could not start or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrackerError {
    /// There is nothing to track.
    #[error("no points to track")]
    NoQueries,
    /// More points than one run can hold in memory.
    #[error("{count} points are too many for one run: at most {max} are tracked together")]
    TooManyQueries {
        /// How many there are, support points included.
        count: usize,
        /// How many there may be.
        max: usize,
    },
    /// A point is not a number or lies outside the picture.
    #[error("point {number} ({x}, {y}) is outside the picture of {size}")]
    OutsidePicture {
        /// Its place among the queries, from 1.
        number: usize,
        /// Pixels from the left.
        x: f32,
        /// Pixels from the top.
        y: f32,
        /// The picture.
        size: Size,
    },
    /// A point's frame is not in the range that is tracked.
    #[error("point {number} is on frame {frame}, outside frames {first} to {last}")]
    OutsideClip {
        /// Its place among the queries, from 1.
        number: usize,
        /// Its frame.
        frame: FrameIndex,
        /// The first frame of the range.
        first: FrameIndex,
        /// The last frame of the range.
        last: FrameIndex,
    },
    /// A point was placed on a stream before its first frame.
    #[error("no frame has come yet")]
    NoFrame,
    /// The network failed.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The run was cancelled between two pieces of work; what was handed out stays valid.
    #[error("interrupted")]
    Cancelled,
}

/// Follows the points of one run through a clip, frame by frame.
///
/// Push [`OnlineTracker::next_frame`] until it is `None` or no frame is left, then [`OnlineTracker::finish`].
#[derive(Debug)]
pub struct OnlineTracker {
    network: Arc<Network>,
    source_size: Size,
    model_size: Size,
    num_iters: usize,
    support_grid: usize,
    pin_queries: bool,
    second_look: bool,
    course: Course,
    /// Sorted by place, so that the tracks which a window knows are always the first ones.
    queries: Vec<TrackedQuery>,
    num_user_tracks: usize,
    /// Features of the window that is being filled; every frame is encoded once, ever.
    ring: VecDeque<Arc<Features>>,
    cache: Option<Arc<FeatureCache>>,
    /// First frame of that window, as the course counts.
    start: usize,
    /// Patches of the tracks that have joined.
    support: Option<Support>,
    /// What is known of these up to the window besides what the network says.
    looks: Vec<SecondLook>,
    /// On how many frames they have not been seen, up to the end of the previous window.
    unseen: Vec<usize>,
    /// The previous window, of the tracks that had joined then.
    previous: Option<WindowState>,
    tail: Option<Chunk>,
    is_finished: bool,
}

impl OnlineTracker {
    /// A run over the frames `clip` of a source of `source_size`. Windows stand at `clip.start() + 0, 8, 16, …`, or at
    /// `clip.end() - 0, 8, 16, …` where it goes backwards; those that hold no query are skipped.
    ///
    /// # Errors
    /// When there is no query, or one is outside picture or clip; when the model size is none.
    pub fn new(
        network: Arc<Network>,
        source_size: Size,
        clip: RangeInclusive<FrameIndex>,
        queries: &[Query],
        options: &TrackerOptions,
    ) -> Result<Self, TrackerError> {
        let config = network.config();
        let model_size = options.model_size.unwrap_or(config.clip_size());
        if !ModelConfig::is_model_size(model_size) {
            return Err(NetworkError::ModelSize(model_size).into());
        }
        let map = ModelFromSource::new(source_size, model_size);
        let course = Course::new(clip, options.direction);
        let grids = (options.support_grid, options.local_grid);
        let tracked = prepare(queries, source_size, &course, grids, (map, model_size, config.stride))?;
        // The first window that holds the earliest query.
        let (window_len, step) = (config.window_len, config.step());
        let start = (tracked[0].frame + 1).saturating_sub(window_len).div_ceil(step) * step;
        Ok(Self {
            num_iters: options.iters.unwrap_or(config.iters).max(1),
            support_grid: options.support_grid,
            pin_queries: options.pin_queries,
            second_look: options.second_look,
            source_size,
            model_size,
            course,
            num_user_tracks: queries.len(),
            queries: tracked,
            ring: VecDeque::with_capacity(window_len),
            cache: None,
            start,
            support: None,
            looks: Vec::new(),
            unseen: Vec::new(),
            previous: None,
            tail: None,
            is_finished: false,
            network,
        })
    }

    /// What the run is followed with.
    #[must_use]
    pub fn settings(&self) -> RunSettings {
        run_settings(&self.network, TrackMode::Window, self.model_size, self.num_iters, self.support_grid)
    }

    /// The frame to push next, `None` once the clip is covered.
    #[must_use]
    pub fn next_frame(&self) -> Option<FrameIndex> {
        if self.is_finished { None } else { self.course.frame(self.start + self.ring.len()) }
    }

    /// Takes features from a cache where it has them, and leaves there what it encodes. The cache must be of the same
    /// clip and network.
    #[must_use]
    pub fn with_cache(mut self, cache: Arc<FeatureCache>) -> Self {
        self.cache = Some(cache);
        self
    }

    /// Takes the next frame; every `step` frames (`S` for the first window) a window is refined and its outcome
    /// returned.
    ///
    /// # Errors
    /// When the network fails, or `cancel` was raised before the window was done.
    ///
    /// # Panics
    /// If `frame` is not [`OnlineTracker::next_frame`], or has another size than the source.
    pub fn push(&mut self, frame: &Frame, cancel: &CancelToken) -> Result<Option<WindowOutcome>, TrackerError> {
        assert_eq!(Some(frame.index), self.next_frame(), "frames are pushed in order");
        assert_eq!(frame.size(), self.source_size, "every frame has the source's size");
        if cancel.is_cancelled() {
            return Err(TrackerError::Cancelled);
        }
        let features = Arc::new(self.network.encode(frame, self.model_size)?);
        if let Some(cache) = &self.cache {
            cache.put(frame.index, self.model_size, &features);
        }
        self.take(features, cancel)
    }

    /// Takes the next frame from the cache, without its picture; `None` where the cache does not have it.
    ///
    /// # Errors
    /// As for [`OnlineTracker::push`].
    pub fn push_cached(&mut self, cancel: &CancelToken) -> Option<Result<Option<WindowOutcome>, TrackerError>> {
        let features = self.cache.as_ref()?.get(self.next_frame()?, self.model_size)?;
        Some(if cancel.is_cancelled() { Err(TrackerError::Cancelled) } else { self.take(features, cancel) })
    }

    fn take(&mut self, features: Arc<Features>, cancel: &CancelToken) -> Result<Option<WindowOutcome>, TrackerError> {
        self.ring.push_back(features);
        if self.ring.len() < self.network.config().window_len {
            return Ok(None);
        }
        let step = self.network.config().step();
        let state = self.refine(cancel)?;
        let (fits, mut looks) = (self.fits(&state)?, std::mem::take(&mut self.looks));
        let settled = self.chunk(&state, 0..step, &fits, &mut looks);
        self.looks.clone_from(&looks);
        let tail = self.chunk(&state, step..state.num_frames, &fits, &mut looks);
        self.unseen = looks.iter().map(SecondLook::unseen).collect();
        self.tail = Some(tail.clone());
        self.previous = Some(state);
        self.ring.drain(..step);
        self.start += step;
        Ok(Some(WindowOutcome { settled: Some(settled), tail: Some(tail) }))
    }

    /// Ends the clip after the last pushed frame: a padded last window where frames are left over, then everything is
    /// settled. Also right when the clip turned out shorter than promised.
    ///
    /// # Errors
    /// As for [`OnlineTracker::push`].
    pub fn finish(&mut self, cancel: &CancelToken) -> Result<Option<WindowOutcome>, TrackerError> {
        let config = self.network.config();
        // After a window, the ring holds the frames that the next one looks at again.
        let known = if self.previous.is_some() { config.window_len - config.step() } else { 0 };
        let length = self.ring.len();
        let settled = if self.is_finished {
            None
        } else if length > known && self.queries[0].frame < self.start + length {
            let state = self.refine(cancel)?;
            let (fits, mut looks) = (self.fits(&state)?, std::mem::take(&mut self.looks));
            Some(self.chunk(&state, 0..length, &fits, &mut looks))
        } else {
            self.tail.take()
        };
        self.is_finished = true;
        self.ring.clear();
        Ok(settled.map(|chunk| WindowOutcome { settled: Some(chunk), tail: None }))
    }

    /// One window over the ring, its last frame repeated up to `S`.
    fn refine(&mut self, cancel: &CancelToken) -> Result<WindowState, TrackerError> {
        let window_len = self.network.config().window_len;
        self.join_queries()?;
        let mut state = self.initial_state();
        self.start_from_found(&mut state)?;
        let last = self.ring.len() - 1;
        let window: Vec<&Features> = (0..window_len).map(|i| &*self.ring[i.min(last)]).collect();
        let support = self.support.as_ref().expect("a window that is refined holds a query");
        if self.network.refine(&window, support, &mut state, self.num_iters, cancel)? {
            Ok(state)
        } else {
            Err(TrackerError::Cancelled)
        }
    }

    /// Samples the patches of the queries whose frame is in the window for the first time.
    fn join_queries(&mut self) -> Result<(), TrackerError> {
        let joined = self.previous.as_ref().map_or(0, |state| state.num_tracks);
        let end = self.start + self.ring.len();
        let entering: Vec<&TrackedQuery> =
            self.queries[joined..].iter().take_while(|query| query.frame < end).collect();
        for group in entering.chunk_by(|a, b| a.frame == b.frame) {
            let points: Vec<[f32; 2]> = group.iter().map(|query| query.feature_xy).collect();
            let features = &self.ring[group[0].frame - self.start];
            let support = self.network.support(features, &points)?;
            let is_asked = |query: &&&TrackedQuery| self.second_look && query.user.is_some();
            let asked: Vec<[f32; 2]> = group.iter().filter(is_asked).map(|query| query.feature_xy).collect();
            let mut found = LookAlike::of_points(&self.network, features, &asked)?.into_iter();
            let look_alike = |query: &&TrackedQuery| if is_asked(&query) { found.next().flatten() } else { None };
            self.looks.extend(group.iter().map(look_alike).map(SecondLook::new));
            self.support = Some(match self.support.take() {
                Some(before) => before.join(support),
                None => support,
            });
        }
        Ok(())
    }

    /// Tracks of the previous window go on from its overlap, the last value repeated; new ones start at their query.
    fn initial_state(&self) -> WindowState {
        let config = self.network.config();
        let (num_frames, step) = (config.window_len, config.step());
        let end = self.start + self.ring.len();
        let num_tracks = self.queries.partition_point(|query| query.frame < end);
        let count = num_frames * num_tracks;
        let mut state = WindowState {
            num_frames,
            num_tracks,
            coords: Vec::with_capacity(count),
            visibility: Vec::with_capacity(count),
            confidence: Vec::with_capacity(count),
        };
        for frame in 0..num_frames {
            for (track, query) in self.queries[..num_tracks].iter().enumerate() {
                let before = self.previous.as_ref().filter(|previous| track < previous.num_tracks);
                let (xy, visibility, confidence) = before.map_or((query.feature_xy, 0.0, 0.0), |previous| {
                    let at = (frame + step).min(num_frames - 1) * previous.num_tracks + track;
                    (previous.coords[at], previous.visibility[at], previous.confidence[at])
                });
                state.coords.push(xy);
                state.visibility.push(visibility);
                state.confidence.push(confidence);
            }
        }
        state
    }

    /// Lets tracks that were lost and are on the new frames of the window start from there.
    fn start_from_found(&self, state: &mut WindowState) -> Result<(), TrackerError> {
        let Some(support) = self.support.as_ref().filter(|_| self.second_look) else { return Ok(()) };
        let step = self.network.config().step();
        let new = self.ring.len() - step.min(self.ring.len());
        let newest: Vec<&Features> = self.ring.range(new..).map(|features| &**features).collect();
        let is_users = |track: usize| self.queries[track].user.is_some();
        let unseen = self.unseen.iter().enumerate().map(|(track, unseen)| if is_users(track) { *unseen } else { 0 });
        for Found { track, xys } in
            lost::found(&self.network, &newest, support, &lost::lost(unseen, self.start / step))?
        {
            let first = self.ring.len() - xys.len();
            for frame in 0..state.num_frames {
                let at = frame * state.num_tracks + track;
                state.coords[at] = xys[frame.saturating_sub(first).min(xys.len() - 1)];
                (state.visibility[at], state.confidence[at]) = (0.0, 0.0);
            }
        }
        Ok(())
    }

    /// How well the tracks' patches fit on each frame of a refined window; nothing where nobody asks.
    fn fits(&self, state: &WindowState) -> Result<Vec<Vec<f32>>, TrackerError> {
        let Some(support) = self.support.as_ref().filter(|_| self.second_look) else { return Ok(Vec::new()) };
        let coords = state.coords.chunks(state.num_tracks);
        let fits = self.ring.iter().zip(coords).map(|(features, coords)| self.network.fits(features, support, coords));
        Ok(fits.collect::<Result<_, NetworkError>>()?)
    }

    /// Some frames of a refined window as the user sees them: user tracks in their order, `None` before a query's
    /// frame. What is known of the tracks goes on to the end of these frames.
    fn chunk(&self, state: &WindowState, frames: Range<usize>, fits: &[Vec<f32>], looks: &mut [SecondLook]) -> Chunk {
        let first = self.start + frames.start;
        let mut samples = vec![None; frames.len() * self.num_user_tracks];
        for (track, (query, look)) in self.queries[..state.num_tracks].iter().zip(looks).enumerate() {
            let Some((slot, user_query)) = query.user else { continue };
            for frame in frames.clone().filter(|frame| self.start + frame >= query.frame) {
                let mut sample = self.sample(state, (frame, track), fits.get(frame), look);
                if self.pin_queries && self.start + frame == query.frame {
                    sample.point = user_query.point;
                }
                samples[(frame - frames.start) * self.num_user_tracks + slot] = Some(sample);
            }
        }
        let (first, samples) = self.course.by_frames(first, self.num_user_tracks, samples);
        Chunk { first, num_tracks: self.num_user_tracks, samples }
    }

    /// A track on a frame of a refined window as the user sees it.
    fn sample(
        &self,
        state: &WindowState,
        (frame, track): (usize, usize),
        fits: Option<&Vec<f32>>,
        look: &mut SecondLook,
    ) -> Sample {
        let at = frame * state.num_tracks + track;
        let point = self.source_from_feature(state.coords[at]);
        let (visibility, mut confidence) = (sigmoid(state.visibility[at]), sigmoid(state.confidence[at]));
        let is_inside = self.source_size.contains(point);
        if let Some(fits) = fits {
            confidence = look.confidence(&Said {
                xy: state.coords[at],
                before: self.before(state, (frame, track)),
                is_inside,
                is_seen: visibility * confidence > self.network.config().visible_above,
                confidence,
                fit: fits[track],
            });
        }
        let (visible, probability) =
            self.network.config().verdict(ModelConfig::score(visibility, confidence, is_inside));
        Sample { point, visibility, confidence, probability, visible, source: SampleSource::Tracked }
    }

    /// Where a track was one frame before a frame of the window, unless it begins there.
    fn before(&self, state: &WindowState, (frame, track): (usize, usize)) -> Option<[f32; 2]> {
        if self.start + frame <= self.queries[track].frame {
            return None;
        }
        if frame > 0 {
            return Some(state.coords[(frame - 1) * state.num_tracks + track]);
        }
        let previous = self.previous.as_ref().filter(|previous| track < previous.num_tracks)?;
        let last = self.network.config().step() - 1;
        Some(previous.coords[last * previous.num_tracks + track])
    }

    fn source_from_feature(&self, xy: [f32; 2]) -> SourcePoint {
        let [x, y] = xy.map(|v| v * self.network.config().stride as f32);
        ModelFromSource::new(self.source_size, self.model_size).invert(ModelPoint { x, y })
    }
}

/// From a logit to a probability.
pub(super) fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}
