//! The windowed protocol: windows of `S` frames that advance by `step`; and the same with one window for the whole
//! clip, or for as much of it as fits ([`Span`]).

use super::TrackerError;
use super::course::Course;
use super::feature_cache::FeatureCache;
use super::look_alikes::LookAlike;
use super::lost::{self, Found};
use super::queries::{MAX_TRACKS_ON_CPU, MAX_TRACKS_PER_RUN, TrackedQuery, check, prepare};
use super::second_look::{Said, SecondLook};
use super::settings::{TrackerOptions, Zoom, run_settings};
use super::span::Span;
use super::view::View;
use crate::frame::Frame;
use crate::geometry::{Crop, FrameIndex, ModelFromSource, Size};
use crate::model::{Features, ModelConfig, Network, NetworkError, QueryPatches, WindowState};
use crate::sync::CancelToken;
use crate::tracks::{Chunk, Query, RunSettings, Sample, SampleSource};
use std::cmp::Ordering;
use std::collections::VecDeque;
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

/// What one window settles and what it proposes; goes to [`crate::tracks::TrackStore::advance`].
#[derive(Clone, Debug, PartialEq)]
pub struct WindowOutcome {
    /// Frames that will not change any more.
    pub settled: Option<Chunk>,
    /// Frames that the next window will look at again.
    pub tail: Option<Chunk>,
    /// What the network looked at of the frames, where that is not the whole picture.
    pub crops: Vec<(FrameIndex, Crop)>,
}

/// A frame of the window: what of it the network looks at, and what it makes of that.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) crop: Crop,
    pub(super) features: Features,
}

/// Follows the points of one run through a clip, frame by frame.
///
/// Push [`OnlineTracker::next_frame`] until it is `None` or no frame is left, then [`OnlineTracker::finish`]. Where the
/// whole clip is refined at once that takes long: [`OnlineTracker::iterate`] does it step by step.
#[derive(Debug)]
pub struct OnlineTracker {
    pub(super) network: Arc<Network>,
    source_size: Size,
    pub(super) model_size: Size,
    num_iters: usize,
    pub(super) span: Span,
    pub(super) view: View,
    zoom: Option<Zoom>,
    support_grid: usize,
    pin_queries: bool,
    pub(super) second_look: bool,
    pub(super) course: Course,
    /// Sorted by place, so that the tracks which a window knows are always the first ones.
    pub(super) queries: Vec<TrackedQuery>,
    num_user_tracks: usize,
    /// The window that is being filled; every frame is encoded once, unless it is looked at elsewhere again.
    pub(super) ring: VecDeque<Seen>,
    cache: Option<Arc<FeatureCache>>,
    /// First frame of that window, as the course counts.
    pub(super) start: usize,
    /// The first frame of the first one.
    first: usize,
    /// Sampled of the tracks that have joined.
    pub(super) patches: Option<QueryPatches>,
    /// What is known of these up to the window besides what the network says.
    looks: Vec<SecondLook>,
    /// On how many frames they have not been seen, up to the end of the previous window.
    unseen: Vec<usize>,
    /// The window at hand, and the iterations that it has gone through.
    pub(super) refining: Option<(WindowState, usize)>,
    /// The previous window, of the tracks that had joined then.
    previous: Option<WindowState>,
    tail: Option<Chunk>,
    is_finished: bool,
}

impl OnlineTracker {
    /// A run over the frames `clip` of a source of `source_size`. Windows stand at `clip.start() + 0, 8, 16, …`, or at
    /// `clip.end() - 0, 8, 16, …` where it goes backwards; those that hold no query are skipped. With
    /// [`TrackerOptions::span_bytes`] the whole clip is one window, and samples there are before a query's frame, too.
    ///
    /// # Errors
    /// When there is no query, or one is outside picture or clip; when the model size is none, or the zoom does not fit.
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
        let course = Course::new(clip, options.direction);
        check(queries, source_size, course.clip())?;
        let view = View::new(options.zoom, source_size, model_size, queries, &course)?;
        let grids = (options.support_grid, options.local_grid);
        let map = ModelFromSource::of(view.at_origin(), model_size);
        let max = if network.is_on_gpu() { MAX_TRACKS_PER_RUN } else { MAX_TRACKS_ON_CPU };
        let tracked = prepare(queries, source_size, &course, grids, (map, model_size), max)?;
        let span = Span::new(&network, model_size, (tracked.len(), course.len()), options);
        if options.zoom.is_some() && span.is_offline() {
            return Err(TrackerError::ZoomOffline);
        }
        // The first window that holds the earliest query.
        let start = (tracked[0].frame + 1).saturating_sub(span.len).div_ceil(span.step) * span.step;
        Ok(Self {
            num_iters: options.iters.unwrap_or(config.iters).max(1),
            span,
            zoom: options.zoom,
            view,
            support_grid: options.support_grid,
            pin_queries: options.pin_queries,
            second_look: options.second_look,
            source_size,
            model_size,
            course,
            num_user_tracks: queries.len(),
            queries: tracked,
            ring: VecDeque::new(),
            cache: None,
            start,
            first: start,
            patches: None,
            looks: Vec::new(),
            unseen: Vec::new(),
            refining: None,
            previous: None,
            tail: None,
            is_finished: false,
            network,
        })
    }

    /// What the run is followed with.
    #[must_use]
    pub fn settings(&self) -> RunSettings {
        let sizes = (self.model_size, self.view.zoom());
        run_settings(&self.network, self.span.mode, sizes, self.num_iters, self.support_grid)
    }

    /// Whether [`Zoom::Auto`] changes nothing: the points take up so much of the picture that the network looks at all
    /// of it, or the picture is no larger than what it sees.
    #[must_use]
    pub fn is_zoom_idle(&self) -> bool {
        self.zoom == Some(Zoom::Auto) && self.view.is_whole()
    }

    /// The frame to push next, `None` once the clip is covered.
    #[must_use]
    pub fn next_frame(&self) -> Option<FrameIndex> {
        if self.is_finished { None } else { self.course.frame(self.start + self.ring.len()) }
    }

    /// Frames done and frames in all; one that the whole clip is refined with counts half until that is done.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        let (before, here) = (self.start - self.first, self.ring.len());
        let done = match &self.refining {
            _ if !self.span.is_offline() => before + here,
            None => before + here / 2,
            Some((state, num_done)) => before + here / 2 + state.num_frames * num_done / (2 * self.num_iters),
        };
        (done, self.course.len() - self.first)
    }

    /// Whether the run gives samples of all frames of the clip, also of those before a query.
    #[must_use]
    pub fn covers_whole_clip(&self) -> bool {
        self.span.is_offline() && self.span.len == self.course.len()
    }

    /// Where the whole clip should be refined at once and memory does not allow it: how many parts it is followed in,
    /// and the frames in each.
    #[must_use]
    pub fn parts(&self) -> Option<(usize, usize)> {
        let is_cut = self.span.is_offline() && !self.covers_whole_clip();
        is_cut.then(|| (self.span.count(self.course.len()), self.span.len))
    }

    /// Takes features from a cache where it has them, and leaves there what it encodes. The cache must be of the same
    /// clip and network. Parts of pictures are this run's alone: they are not kept.
    #[must_use]
    pub fn with_cache(mut self, cache: Arc<FeatureCache>) -> Self {
        self.cache = self.view.is_whole().then_some(cache);
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
        let crop = self.view.next(frame, self.start + self.ring.len());
        // What a cache gives is rounded. Without one it is the same, so that results do not depend on it.
        let packed = self.network.encode_packed(&frame.cut(crop), self.model_size)?;
        let features = self.network.unpack(&packed)?;
        if let Some(cache) = &self.cache {
            cache.put(frame.index, self.model_size, packed);
        }
        self.take(Seen { crop, features }, cancel)
    }

    /// Takes the next frame from the cache, without its picture; `None` where the cache does not have it.
    ///
    /// # Errors
    /// As for [`OnlineTracker::push`].
    pub fn push_cached(&mut self, cancel: &CancelToken) -> Option<Result<Option<WindowOutcome>, TrackerError>> {
        let packed = self.cache.as_ref()?.get(self.next_frame()?, self.model_size)?;
        if cancel.is_cancelled() {
            return Some(Err(TrackerError::Cancelled));
        }
        let crop = Crop::whole(self.source_size);
        let features = self.network.unpack(&packed).map_err(TrackerError::from);
        Some(features.and_then(|features| self.take(Seen { crop, features }, cancel)))
    }

    fn take(&mut self, seen: Seen, cancel: &CancelToken) -> Result<Option<WindowOutcome>, TrackerError> {
        let outcome = if self.refining.is_some() { self.complete(cancel)? } else { None };
        self.ring.push_back(seen);
        if self.ring.len() < self.span.len {
            return Ok(outcome);
        }
        self.begin()?;
        if self.span.is_offline() { Ok(outcome) } else { self.complete(cancel) }
    }

    /// Whether all frames are there of what is refined at once, and it is not done yet.
    #[must_use]
    pub fn is_refining(&self) -> bool {
        self.refining.is_some()
    }

    /// One iteration of what is refined at once, where that is the whole clip or a good part of it; its outcome after
    /// the last one. Pushing the next frame and finishing do all that is left.
    ///
    /// # Errors
    /// As for [`OnlineTracker::push`].
    pub fn iterate(&mut self, cancel: &CancelToken) -> Result<Option<WindowOutcome>, TrackerError> {
        match self.refining {
            None => Ok(None),
            Some((_, done)) if done + 1 < self.num_iters => {
                self.refine(1, cancel)?;
                Ok(None)
            }
            Some(_) => self.complete(cancel),
        }
    }

    /// Refines the full window at hand to the end, and moves on.
    fn complete(&mut self, cancel: &CancelToken) -> Result<Option<WindowOutcome>, TrackerError> {
        let step = self.span.step;
        let (state, fits) = self.looked_at(cancel)?;
        let crops = self.crops();
        let mut looks = std::mem::take(&mut self.looks);
        let settled = self.chunk(&state, 0..step, &fits, &mut looks);
        self.looks.clone_from(&looks);
        let is_last = step == state.num_frames;
        self.tail = (!is_last).then(|| self.chunk(&state, step..state.num_frames, &fits, &mut looks));
        self.unseen = looks.iter().map(SecondLook::unseen).collect();
        self.look_ahead(&state, &fits);
        self.ring.drain(..step);
        self.start += step;
        self.previous = Some(state);
        Ok(Some(WindowOutcome { settled: Some(settled), tail: self.tail.clone(), crops }))
    }

    /// Ends the clip after the last pushed frame: a padded last window where frames are left over, then everything is
    /// settled. Also right when the clip turned out shorter than promised.
    ///
    /// # Errors
    /// As for [`OnlineTracker::push`].
    pub fn finish(&mut self, cancel: &CancelToken) -> Result<Option<WindowOutcome>, TrackerError> {
        // After a window, the ring holds the frames that the next one looks at again.
        let known = if self.previous.is_some() { self.span.len - self.span.step } else { 0 };
        let length = self.ring.len();
        let mut crops = Vec::new();
        let settled = if self.is_finished {
            None
        } else if length > known && self.queries[0].frame < self.start + length {
            if self.refining.is_none() {
                self.begin()?;
            }
            let (state, fits) = self.looked_at(cancel)?;
            crops = self.crops();
            let mut looks = std::mem::take(&mut self.looks);
            Some(self.chunk(&state, 0..length, &fits, &mut looks))
        } else {
            self.tail.take()
        };
        self.is_finished = true;
        self.ring.clear();
        Ok(settled.map(|chunk| WindowOutcome { settled: Some(chunk), tail: None, crops }))
    }

    /// Begins one window over the ring.
    fn begin(&mut self) -> Result<(), TrackerError> {
        self.join_queries()?;
        let mut state = self.initial_state();
        self.start_from_found(&mut state)?;
        self.refining = Some((state, 0));
        Ok(())
    }

    /// The window at hand after its last iteration.
    pub(super) fn refined(&mut self, cancel: &CancelToken) -> Result<WindowState, TrackerError> {
        let done = self.refining.as_ref().map_or(0, |(_, done)| *done);
        self.refine(self.num_iters - done, cancel)?;
        Ok(self.refining.take().expect("a window was begun").0)
    }

    /// Some iterations of the window at hand; where frames are missing in it, its last one stands in their place.
    fn refine(&mut self, num_iters: usize, cancel: &CancelToken) -> Result<(), TrackerError> {
        let (state, done) = self.refining.as_mut().expect("a window was begun");
        let last = self.ring.len() - 1;
        let window: Vec<&Features> = (0..state.num_frames).map(|i| &self.ring[i.min(last)].features).collect();
        let patches = self.patches.as_ref().expect("a window that is refined holds a query");
        if self.network.refine(&window, patches, state, num_iters, cancel)? {
            *done += num_iters;
            Ok(())
        } else {
            Err(TrackerError::Cancelled)
        }
    }

    /// Samples the patches of the queries whose frame is in the window for the first time.
    fn join_queries(&mut self) -> Result<(), TrackerError> {
        let joined = self.previous.as_ref().map_or(0, |state| state.num_tracks);
        let end = self.start + self.ring.len();
        self.hold_support(joined..self.queries.partition_point(|query| query.frame < end));
        let entering: Vec<&TrackedQuery> =
            self.queries[joined..].iter().take_while(|query| query.frame < end).collect();
        for group in entering.chunk_by(|a, b| a.frame == b.frame) {
            let points: Vec<[f32; 2]> = group.iter().map(|query| self.starts_at(query)).collect();
            let features = &self.ring[group[0].frame - self.start].features;
            let patches = self.network.patches(features, &points)?;
            let is_asked = |query: &&&TrackedQuery| self.second_look && query.user.is_some();
            let asked: Vec<[f32; 2]> = group.iter().filter(is_asked).map(|query| self.starts_at(query)).collect();
            let mut found = LookAlike::of_points(&self.network, features, &asked)?.into_iter();
            let look_alike = |query: &&TrackedQuery| if is_asked(&query) { found.next().flatten() } else { None };
            self.looks.extend(group.iter().map(look_alike).map(SecondLook::new));
            self.patches = Some(match self.patches.take() {
                Some(before) => before.join(&patches),
                None => patches,
            });
        }
        Ok(())
    }

    /// Tracks of the previous window go on from its overlap, the last value repeated; new ones start at their query.
    pub(super) fn initial_state(&self) -> WindowState {
        let (num_frames, step) = (self.span.padded(self.ring.len()), self.span.step);
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
                let (xy, visibility, confidence) = before.map_or_else(
                    || (self.starts_at(query), 0.0, 0.0),
                    |previous| {
                        let at = (frame + step).min(previous.num_frames - 1) * previous.num_tracks + track;
                        (previous.coords[at], previous.visibility[at], previous.confidence[at])
                    },
                );
                state.coords.push(xy);
                state.visibility.push(visibility);
                state.confidence.push(confidence);
            }
        }
        state
    }

    /// Lets tracks that were lost and are on the new frames of the window start from there.
    pub(super) fn start_from_found(&mut self, state: &mut WindowState) -> Result<(), TrackerError> {
        let is_asked = self.second_look && !self.span.is_offline();
        let Some(patches) = self.patches.as_ref().filter(|_| is_asked) else { return Ok(()) };
        let step = self.span.step;
        let new = self.ring.len() - step.min(self.ring.len());
        let newest: Vec<&Features> = self.ring.range(new..).map(|seen| &seen.features).collect();
        let is_users = |track: usize| self.queries[track].user.is_some();
        let unseen = self.unseen.iter().enumerate().map(|(track, unseen)| if is_users(track) { *unseen } else { 0 });
        let found = lost::found(&self.network, &newest, patches, &lost::lost(unseen, self.start / step))?;
        for Found { track, fit, xys } in found {
            self.looks[track].is_found(fit);
            let first = self.ring.len() - xys.len();
            for frame in 0..state.num_frames {
                let at = frame * state.num_tracks + track;
                state.coords[at] = xys[frame.saturating_sub(first).min(xys.len() - 1)];
                (state.visibility[at], state.confidence[at]) = (0.0, 0.0);
            }
        }
        Ok(())
    }

    /// The frames before a query on which its track has samples: where the whole clip is one window, all of them.
    fn before_query(&self, query: &TrackedQuery) -> Range<usize> {
        if self.covers_whole_clip() { 0..query.frame } else { 0..0 }
    }

    /// Some frames of a refined window as the user sees them: user tracks in their order, `None` before a query's
    /// frame unless they are the whole clip. What is known of the tracks goes on to the end of these frames.
    fn chunk(&self, state: &WindowState, frames: Range<usize>, fits: &[Vec<f32>], looks: &mut [SecondLook]) -> Chunk {
        let first = self.start + frames.start;
        let mut samples = vec![None; frames.len() * self.num_user_tracks];
        for (track, (query, look)) in self.queries[..state.num_tracks].iter().zip(looks).enumerate() {
            let Some((slot, user_query)) = query.user else { continue };
            let mut back = look.back();
            let mut put = |frame: usize, look: &mut SecondLook| {
                let mut sample = self.sample(state, (frame, track), fits.get(frame).filter(|_| self.second_look), look);
                if self.pin_queries && self.start + frame == query.frame {
                    sample.point = user_query.point;
                }
                samples[(frame - frames.start) * self.num_user_tracks + slot] = Some(sample);
            };
            frames.clone().filter(|frame| self.start + frame >= query.frame).for_each(|frame| put(frame, look));
            self.before_query(query).rev().for_each(|frame| put(frame, &mut back));
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
        let point = self.source_point(frame, state.coords[at]);
        let (visibility, mut confidence) = (sigmoid(state.visibility[at]), sigmoid(state.confidence[at]));
        // Of what it does not look at the network knows nothing.
        let is_inside = self.ring[frame].crop.contains(point);
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

    /// Where a track was one frame before a frame of the window, or after it where that comes before its query; unless
    /// it begins there.
    fn before(&self, state: &WindowState, (frame, track): (usize, usize)) -> Option<[f32; 2]> {
        let in_window = |frame: usize| Some(state.coords[frame * state.num_tracks + track]);
        match (self.start + frame).cmp(&self.queries[track].frame) {
            Ordering::Equal => return None,
            Ordering::Less => return in_window(frame + 1),
            Ordering::Greater if frame > 0 => return in_window(frame - 1),
            Ordering::Greater => {}
        }
        let previous = self.previous.as_ref().filter(|previous| track < previous.num_tracks)?;
        let last = self.span.step - 1;
        Some(previous.coords[last * previous.num_tracks + track])
    }
}

/// From a logit to a probability.
pub(super) fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}
