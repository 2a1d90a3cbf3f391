//! Who says where points are.

use super::LearnError;
use crate::eval::{Baseline, EvalClip, Known, QueryMode};
use crate::flow::{self, Polisher, Pyramid};
use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size, SourcePoint};
use crate::model::Network;
use crate::sync::CancelToken;
use crate::tracker::{FeatureCache, OnlineTracker, SPAN_BYTES, SUPPORT_GRID, TrackerOptions, WindowOutcome};
use crate::tracks::{Direction, Query};
use std::sync::Arc;

/// Where points are on each frame of a stretch and whether they can be seen, `[N][T]`, in source pixels; nothing before
/// a point's query, or behind it where points are followed back.
pub type Tracks = Vec<Vec<Option<(SourcePoint, bool)>>>;

/// Within that, two places are the same: pixels of a picture of 256 × 256, in which TAP-Vid takes distances.
pub const SAME_PX: f32 = 3.0;

/// The distance of two places in a picture of this size, in pixels of a picture of 256 × 256.
#[must_use]
pub fn raster_distance(size: Size, a: SourcePoint, b: SourcePoint) -> f32 {
    (256.0 * (a.x - b.x) / size.width as f32).hypot(256.0 * (a.y - b.y) / size.height as f32)
}

/// Who says where points are.
#[derive(Clone, Debug)]
pub enum Teacher {
    /// The network that is to learn, in windows.
    Window,
    /// The same, all of the stretch at once.
    Offline,
    /// The same in windows, there and back; where the two agree, between them, nearer to the one that began nearer.
    BothWays,
    /// Lucas–Kanade from frame to frame.
    LucasKanade,
    /// Another network.
    Other(Arc<Network>),
}

impl Teacher {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Window => "window",
            Self::Offline => "offline",
            Self::BothWays => "both-ways",
            Self::LucasKanade => "lk",
            Self::Other(network) => network.weights_name(),
        }
    }

    /// Whose labels are kept for it: those of the way there and back make those of both ways.
    #[must_use]
    pub fn kept_as(&self) -> &Self {
        if matches!(self, Self::BothWays) { &Self::Window } else { self }
    }

    /// What its labels depend on besides clip and queries: the weights, if any, and how they are used.
    #[must_use]
    pub fn key(&self, own: &Network) -> String {
        match self {
            Self::LucasKanade => "lk".to_owned(),
            Self::Other(network) => format!("other {}", network.weights_sha256()),
            own_mode => format!("{} {}", own_mode.kept_as().name(), own.weights_sha256()),
        }
    }

    /// Whether this is the network that is to learn, as it is asked afterwards: it agrees with itself.
    #[must_use]
    pub fn is_student(&self) -> bool {
        matches!(self, Self::Window)
    }
}

/// What a teacher says of the points of a stretch: from each query on, and back from the last frame on which the point
/// can be seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// From the queries on.
    pub there: Tracks,
    /// Back from [`ends`] of that.
    pub back: Tracks,
}

/// Where and when each point can last be seen, `None` where it is never seen after its query.
#[must_use]
pub(super) fn ends(there: &Tracks, queries: &[Query]) -> Vec<Option<Query>> {
    let end = |(track, query): (&Vec<Option<(SourcePoint, bool)>>, &Query)| {
        let seen = track.iter().enumerate().skip(query.frame.get() + 1);
        let mut seen = seen.filter_map(|(t, place)| Some((t, place.filter(|(_, visible)| *visible)?.0)));
        seen.next_back().map(|(t, point)| Query { frame: FrameIndex::new(t), point })
    };
    there.iter().zip(queries).map(end).collect()
}

/// A stretch and how the networks look at it.
pub struct Asked<'a> {
    /// Its pictures, numbered from 0.
    pub frames: &'a [Frame],
    /// The network that is to learn.
    pub own: &'a Arc<Network>,
    /// What it has encoded of the stretch.
    pub cache: &'a Arc<FeatureCache>,
    /// The size that it looks at pictures in.
    pub model_size: Size,
    /// Stops the work.
    pub cancel: &'a CancelToken,
}

impl Asked<'_> {
    /// What a teacher says: of both ways, what it is made from. Places of networks are polished: looked at closely
    /// against what the points looked like, they are more exact than what the student says.
    ///
    /// # Errors
    /// When a network fails, or the work was stopped.
    pub fn teach(&self, teacher: &Teacher, queries: &[Query]) -> Result<Said, LearnError> {
        let mut there = self.follow(teacher, queries, Direction::Forward)?;
        let is_network = !matches!(teacher, Teacher::LucasKanade);
        if is_network {
            let starts: Vec<_> = queries.iter().copied().map(Some).collect();
            self.polish(&mut there, &starts, Direction::Forward);
        }
        let ends = ends(&there, queries);
        let mut back = self.follow_back(teacher, &ends)?;
        if is_network {
            self.polish(&mut back, &ends, Direction::Backward);
        }
        Ok(Said { there, back })
    }

    /// Makes tracks exact to parts of a pixel, from where they start on.
    fn polish(&self, tracks: &mut Tracks, starts: &[Option<Query>], direction: Direction) {
        let mut polisher = Polisher::new(tracks.len(), true, None);
        for step in 0..self.frames.len() {
            let t = if direction == Direction::Forward { step } else { self.frames.len() - 1 - step };
            let frame = &self.frames[t];
            let said = |n: usize| {
                let (start, (point, visible)) = (starts[n]?, tracks[n][t]?);
                let is_start = start.frame.get() == t;
                let point = if is_start { start.point } else { point };
                Some(flow::Said { point, is_seen: is_start || visible && frame.size().contains(point) })
            };
            let said: Vec<_> = (0..tracks.len()).map(said).collect();
            let polished = polisher.push(&Pyramid::new(frame), &said);
            for (track, polished) in tracks.iter_mut().zip(polished) {
                // Not out of the picture: points are followed back from where they end.
                let inside = polished.filter(|polished| frame.size().contains(polished.point));
                if let (Some((point, _)), Some(polished)) = (&mut track[t], inside) {
                    *point = polished.point;
                }
            }
        }
    }

    /// Follows points back from where they end; nothing of those that have no end.
    ///
    /// # Errors
    /// As for [`Asked::teach`].
    pub fn follow_back(&self, teacher: &Teacher, ends: &[Option<Query>]) -> Result<Tracks, LearnError> {
        let known: Vec<Query> = ends.iter().copied().flatten().collect();
        let mut followed = self.follow(teacher, &known, Direction::Backward)?.into_iter();
        let nothing = || vec![None; self.frames.len()];
        Ok(ends.iter().map(|end| end.and_then(|_| followed.next()).unwrap_or_else(nothing)).collect())
    }

    /// Follows points one way.
    ///
    /// # Errors
    /// As for [`Asked::teach`].
    pub fn follow(&self, teacher: &Teacher, queries: &[Query], direction: Direction) -> Result<Tracks, LearnError> {
        if queries.is_empty() {
            return Ok(Vec::new());
        }
        let mut tracks = match teacher {
            Teacher::LucasKanade => self.lucas_kanade(queries, direction),
            Teacher::Window | Teacher::BothWays => self.network(self.own, queries, direction, None)?,
            Teacher::Offline => self.network(self.own, queries, direction, Some(SPAN_BYTES))?,
            Teacher::Other(network) => self.network(network, queries, direction, None)?,
        };
        for (track, query) in tracks.iter_mut().zip(queries) {
            let at = query.frame.get();
            let other_way = if direction == Direction::Forward { 0..at } else { at + 1..track.len() };
            track[other_way].fill(None);
        }
        Ok(tracks)
    }

    fn lucas_kanade(&self, queries: &[Query], direction: Direction) -> Tracks {
        let clip = EvalClip {
            name: String::new(),
            size: self.frames[0].size(),
            frames: self.frames.to_vec(),
            known: Known::Everywhere,
            queries: queries.to_vec(),
            query_mode: if direction == Direction::Forward { QueryMode::First } else { QueryMode::Strided },
            truth: Vec::new(),
            visible_share: 0.0,
        };
        Baseline::LucasKanade.track(&clip)
    }

    fn network(
        &self,
        network: &Arc<Network>,
        queries: &[Query],
        direction: Direction,
        span_bytes: Option<usize>,
    ) -> Result<Tracks, LearnError> {
        let is_own = Arc::ptr_eq(network, self.own);
        let model_size = if is_own { self.model_size } else { network.config().clip_size() };
        let options = TrackerOptions {
            model_size: Some(model_size),
            span_bytes,
            support_grid: SUPPORT_GRID,
            pin_queries: true,
            second_look: true,
            direction,
            ..TrackerOptions::default()
        };
        let (size, last) = (self.frames[0].size(), FrameIndex::new(self.frames.len() - 1));
        let mut tracker = OnlineTracker::new(Arc::clone(network), size, FrameIndex(0)..=last, queries, &options)?;
        if is_own {
            tracker = tracker.with_cache(Arc::clone(self.cache));
        }
        let mut tracks: Tracks = vec![vec![None; self.frames.len()]; queries.len()];
        let mut take = |outcome: Option<WindowOutcome>| {
            let Some(chunk) = outcome.and_then(|outcome| outcome.settled) else { return };
            for (slot, track) in tracks.iter_mut().enumerate() {
                for t in chunk.first.get()..chunk.end().get().min(track.len()) {
                    track[t] = chunk.sample(slot, FrameIndex::new(t)).map(|sample| (sample.point, sample.visible));
                }
            }
        };
        while let Some(next) = tracker.next_frame() {
            let outcome = match tracker.push_cached(self.cancel) {
                Some(outcome) => outcome?,
                None => tracker.push(&self.frames[next.get()], self.cancel)?,
            };
            take(outcome);
            while tracker.is_refining() {
                take(tracker.iterate(self.cancel)?);
            }
        }
        take(tracker.finish(self.cancel)?);
        Ok(tracks)
    }
}

/// The labels of both ways: up to where a point ends, between the two where they agree.
#[must_use]
pub(super) fn both_ways(said: &Said, queries: &[Query], size: Size) -> Tracks {
    let ends = ends(&said.there, queries);
    let blend = |n: usize| {
        let (start, end) = (queries[n].frame.get(), ends[n].map(|end| end.frame.get()));
        let place = |t: usize| {
            let ((there, seen), Some(end)) = (said.there[n][t]?, end) else { return said.there[n][t] };
            let Some((back, seen_back)) = said.back[n][t].filter(|_| t <= end) else { return Some((there, false)) };
            let share = (t - start) as f32 / (end - start) as f32;
            let mix = |a: f32, b: f32| a + share * (b - a);
            let point = SourcePoint::new(mix(there.x, back.x), mix(there.y, back.y));
            let is_same = raster_distance(size, there, back) <= SAME_PX;
            Some((point, is_same && (seen || seen_back)))
        };
        (0..said.there[n].len()).map(place).collect()
    };
    (0..queries.len()).map(blend).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{FrameSource, SyntheticSource};
    use crate::model::{CpuOptions, DeviceChoice};
    use std::path::Path;

    const SIZE: Size = Size::new(256, 256);

    #[expect(clippy::unnecessary_wraps, reason = "as tracks hold them")]
    fn at(x: f32, visible: bool) -> Option<(SourcePoint, bool)> {
        Some((SourcePoint::new(x, 9.0), visible))
    }

    fn query(frame: u32, x: f32) -> Query {
        Query { frame: FrameIndex(frame), point: SourcePoint::new(x, 9.0) }
    }

    #[test]
    fn a_point_ends_where_it_is_last_seen() {
        let there = vec![
            vec![None, at(1.0, true), at(2.0, true), at(3.0, false)],
            vec![None, at(5.0, true), at(6.0, false), at(7.0, false)],
        ];
        assert_eq!(ends(&there, &[query(1, 1.0), query(1, 5.0)]), [Some(query(2, 2.0)), None]);
    }

    #[test]
    fn both_ways_lie_between_the_two_and_nearer_to_the_nearer_start() {
        let said = Said {
            there: vec![vec![at(0.0, true), at(10.0, false), at(20.0, true), at(30.0, true), at(40.0, false)]],
            back: vec![vec![at(0.0, true), at(11.5, true), at(25.0, true), at(30.0, true), None]],
        };
        let both = both_ways(&said, &[query(0, 0.0)], SIZE);
        assert_eq!(both[0][0], at(0.0, true));
        assert_eq!(both[0][1], at(10.5, true), "a third of the way, seen on the way back");
        assert!(!both[0][2].unwrap().1, "five pixels apart");
        assert_eq!((both[0][3], both[0][4].unwrap().1), (at(30.0, true), false));
    }

    /// A film of 20 frames, the golden network, and what it takes to ask it.
    fn setup() -> (SyntheticSource, Vec<Frame>, Arc<Network>, Arc<FeatureCache>, CancelToken) {
        let mut source = SyntheticSource::new(Size::new(96, 72), 20, 25.0);
        let frames: Vec<Frame> = (0..20).map(|frame| source.read(FrameIndex(frame)).unwrap()).collect();
        let weights = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tiny.safetensors");
        let own = Arc::new(Network::load(&weights, DeviceChoice::Cpu, CpuOptions::precise(Some(1))).unwrap());
        (source, frames, own, Arc::new(FeatureCache::new(usize::MAX)), CancelToken::new())
    }

    fn asked<'a>(
        frames: &'a [Frame],
        own: &'a Arc<Network>,
        cache: &'a Arc<FeatureCache>,
        cancel: &'a CancelToken,
    ) -> Asked<'a> {
        Asked { frames, own, cache, model_size: own.config().clip_size(), cancel }
    }

    #[test]
    fn polished_places_are_more_exact_both_ways() {
        let (source, frames, own, cache, cancel) = setup();
        let asked = asked(&frames, &own, &cache, &cancel);
        let place = |t: usize| source.square_centre(FrameIndex::new(t));
        let off = |t: usize| SourcePoint::new(place(t).x + 0.6, place(t).y - 0.5);
        for (start, direction, range) in [(3, Direction::Forward, 3..20), (16, Direction::Backward, 0..17)] {
            let track = (0..20).map(|t| range.contains(&t).then(|| (off(t), true))).collect();
            let mut tracks: Tracks = vec![track, vec![None; 20]];
            let start = Query { frame: FrameIndex(start), point: place(start as usize) };
            asked.polish(&mut tracks, &[Some(start), None], direction);
            for (t, found) in tracks[0].iter().enumerate() {
                assert_eq!(found.is_some(), range.contains(&t));
                let error = found.map_or(0.0, |(point, _)| point.distance(place(t)));
                assert!(error < 0.2, "{direction:?}, frame {t}: {error}");
            }
            assert!(tracks[1].iter().all(Option::is_none));
        }
    }

    #[test]
    fn teachers_follow_there_and_back() {
        let (source, frames, own, cache, cancel) = setup();
        let asked = asked(&frames, &own, &cache, &cancel);
        let centre = |frame: u32| Query { frame: FrameIndex(frame), point: source.square_centre(FrameIndex(frame)) };
        let queries = [centre(3), centre(9)];
        let said = asked.teach(&Teacher::LucasKanade, &queries).unwrap();
        for (n, query) in queries.iter().enumerate() {
            for t in 0..20 {
                assert_eq!(said.there[n][t].is_some(), t >= query.frame.get());
            }
            let (found, visible) = said.there[n][19].unwrap();
            assert!(visible && found.distance(centre(19).point) < 0.5, "{found:?}");
            let (back, _) = said.back[n][query.frame.get()].unwrap();
            assert!(back.distance(query.point) < 0.5, "{back:?}");
        }
        for teacher in [Teacher::Window, Teacher::Offline, Teacher::Other(Arc::clone(&own))] {
            let there = asked.follow(&teacher, &queries, Direction::Forward).unwrap();
            assert_eq!(there[0].iter().filter(|place| place.is_some()).count(), 17, "{}", teacher.name());
            assert_eq!(there[0][3].unwrap().0, queries[0].point, "{}", teacher.name());
            let back = asked.follow_back(&teacher, &[Some(centre(12)), None]).unwrap();
            assert_eq!(back[0].iter().filter(|place| place.is_some()).count(), 13, "{}", teacher.name());
            assert!(back[1].iter().all(Option::is_none));
        }
    }
}
