//! A second pass over a clip that makes its tracks exact to parts of a pixel: every place that the network calls
//! visible is refined against what its point looked like, and points that are small planes are followed as such
//! ([`Polisher`]).
//!
//! Pure arithmetic on the calling thread, which reads the frames: [`PolishPass::next_frame`], [`PolishPass::push`], and
//! in the end [`PolishPass::finish`].

use crate::flow::{Polished, Polisher, Pyramid, Said};
use crate::frame::Frame;
use crate::geometry::FrameIndex;
use crate::tracks::{CloserLook, Direction, Polish, PolishedPlace, Query, Run, TrackStore};
use std::collections::VecDeque;
use std::ops::RangeInclusive;

/// A pass over the frames of a clip, all runs that go one way at once.
#[derive(Debug)]
pub struct PolishPass {
    look: CloserLook,
    runs: Vec<RunPass>,
    /// The frames to push, in this order.
    frames: VecDeque<FrameIndex>,
}

/// The pass over one run.
#[derive(Debug)]
struct RunPass {
    /// As it was when the pass began.
    run: Run,
    frames: RangeInclusive<FrameIndex>,
    polisher: Polisher,
    /// What was found, a row for each frame that was pushed.
    rows: VecDeque<Vec<Option<PolishedPlace>>>,
    /// The earliest of these frames.
    first: FrameIndex,
}

impl PolishPass {
    /// A pass over every run that tracks take samples from, that goes this way, and that no pass has been over yet with
    /// the closer look that the user wants ([`crate::tracks::Treatment::closer_look`]): up to a frame at most.
    #[must_use]
    pub fn new(store: &TrackStore, direction: Direction, last: FrameIndex) -> Self {
        let look = store.treatment().closer_look();
        let is_due = |run: &&Run| {
            let is_done = run.polish().is_some_and(|polish| polish.look == look);
            run.direction() == direction && !look.is_none() && !is_done
        };
        let runs: Vec<RunPass> = store.runs().filter(is_due).filter_map(|run| RunPass::new(run, look, last)).collect();
        let first = runs.iter().map(|run| *run.frames.start()).min().unwrap_or_default();
        let end = runs.iter().map(|run| run.frames.end().0 + 1).max().unwrap_or_default();
        let mut frames: VecDeque<FrameIndex> = (first.0..end).map(FrameIndex).collect();
        if direction == Direction::Backward {
            frames.make_contiguous().reverse();
        }
        Self { look, runs, frames }
    }

    /// What it looks for.
    #[must_use]
    pub fn look(&self) -> CloserLook {
        self.look
    }

    /// The frame to push next, `None` once all is done.
    #[must_use]
    pub fn next_frame(&self) -> Option<FrameIndex> {
        self.frames.front().copied()
    }

    /// How many frames are still to be pushed.
    #[must_use]
    pub fn num_left(&self) -> usize {
        self.frames.len()
    }

    /// Takes the next frame.
    ///
    /// # Panics
    /// If it is another one than [`PolishPass::next_frame`].
    pub fn push(&mut self, frame: &Frame) {
        assert_eq!(Some(frame.index), self.next_frame(), "frames come in order");
        let picture = Pyramid::new(frame);
        let is_due = |run: &&mut RunPass| run.frames.contains(&frame.index);
        self.runs.iter_mut().filter(is_due).for_each(|run| run.push(frame, &picture));
        self.frames.pop_front();
    }

    /// Puts what was found into the store; frames that were not pushed stay as they are. What was followed on since the
    /// pass began is left for another one.
    pub fn finish(self, store: &mut TrackStore) {
        let look = self.look;
        for RunPass { run, rows, first, .. } in self.runs {
            if store.run(run.id).is_some_and(|now| now.has_same_chunks(&run)) {
                let (num_tracks, places) = (run.queries().len(), rows.into_iter().flatten().collect());
                let polish = Polish { look, first, num_tracks, places };
                store.set_polish(run.id, polish);
            }
        }
    }
}

impl RunPass {
    fn new(run: &Run, look: CloserLook, last: FrameIndex) -> Option<Self> {
        let (first, end) = run.covered()?;
        let queried = || run.queries().iter().map(|query| query.frame);
        let frames = match run.direction() {
            Direction::Forward => queried().min()?..=end.min(last),
            Direction::Backward => first..=queried().max()?.min(last),
        };
        let polisher = Polisher::new(run.queries().len(), look.polish, look.plane);
        Some(Self { run: run.clone(), frames, polisher, rows: VecDeque::new(), first: FrameIndex(u32::MAX) })
    }

    fn push(&mut self, frame: &Frame, picture: &Pyramid) {
        let queries = self.run.queries().iter().enumerate();
        let said = |(slot, query): (usize, &Query)| -> Option<Said> {
            // The network's own place on a point's own frame may be off: the point is what the user placed.
            if query.frame == frame.index {
                return Some(Said { point: query.point, is_seen: true });
            }
            let is_after = match self.run.direction() {
                Direction::Forward => query.frame < frame.index,
                Direction::Backward => query.frame > frame.index,
            };
            let sample = self.run.sample(slot, frame.index).filter(|_| is_after)?;
            let is_seen = sample.visible && frame.size().contains(sample.point);
            Some(Said { point: sample.point, is_seen })
        };
        let said: Vec<_> = queries.map(said).collect();
        let polished = self.polisher.push(picture, &said);
        let kept = |(slot, polished): (usize, Option<Polished>)| {
            let Polished { point, similarity, corners } = polished?;
            let is_own = self.run.queries()[slot].frame == frame.index;
            let point = if is_own { self.run.sample(slot, frame.index)?.point } else { point };
            Some(PolishedPlace { point, similarity, corners })
        };
        let row = polished.into_iter().enumerate().map(kept).collect();
        match self.run.direction() {
            Direction::Forward => self.rows.push_back(row),
            Direction::Backward => self.rows.push_front(row),
        }
        self.first = self.first.min(frame.index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{Size, SourcePoint};
    use crate::tracks::{Chunk, Edit, Query, Sample, SampleSource, TrackId, Treatment};

    const SIZE: Size = Size { width: 96, height: 64 };

    /// A texture that goes 1.5 to the right and 0.5 up from frame to frame.
    fn frame(index: u32) -> Frame {
        let pixels = (0..SIZE.height).flat_map(|y| (0..SIZE.width).map(move |x| (x as f32, y as f32)));
        let value = |(x, y): (f32, f32)| {
            let (x, y) = (x - 1.5 * index as f32, y + 0.5 * index as f32);
            (128.0 + 50.0 * ((0.5 * x + 0.2 * y).sin() + (0.6 * y - 0.3 * x).sin())).round() as u8
        };
        let rgb = pixels.flat_map(|at| [value(at); 3]).collect();
        Frame::new(FrameIndex(index), 0.0, SIZE, rgb)
    }

    fn truth(query: Query, at: u32) -> SourcePoint {
        let frames = at as f32 - query.frame.0 as f32;
        SourcePoint::new(query.point.x + 1.5 * frames, query.point.y - 0.5 * frames)
    }

    /// Two points, followed from frames 1 and 2 on, or back from frames 4 and 3; what is said of them is off by
    /// (0.6, 0.4), the second is hidden on its fifth, or last, frame.
    fn store(direction: Direction) -> TrackStore {
        let is_back = direction == Direction::Backward;
        let queries = [(if is_back { 4 } else { 1 }, 34.0, 40.0), (if is_back { 3 } else { 2 }, 50.25, 30.5)];
        let queries = queries.map(|(frame, x, y)| Query { frame: FrameIndex(frame), point: SourcePoint::new(x, y) });
        let mut store = TrackStore::new();
        store.apply(&Edit::Treat(Treatment { polish: true, ..Treatment::default() })).unwrap();
        let (mut run, _) = store.add_run(queries.map(|query| (None, query)));
        if is_back {
            run = store.follow_back(run).unwrap().run;
        }
        let sample = |at: u32, slot: usize| {
            let (query, place) = (queries[slot], truth(queries[slot], at));
            let point = if at == query.frame.0 { place } else { SourcePoint::new(place.x + 0.6, place.y + 0.4) };
            let visible = (at, slot) != (if is_back { 1 } else { 4 }, 1);
            let is_there = if is_back { at <= query.frame.0 } else { at >= query.frame.0 };
            is_there.then_some(Sample { visible, source: SampleSource::Tracked, ..Sample::by_hand(point) })
        };
        let samples = (0..6).flat_map(|at| [sample(at, 0), sample(at, 1)]).collect();
        store.advance(run, Some(Chunk { first: FrameIndex(0), num_tracks: 2, samples }), None);
        store
    }

    fn polished(direction: Direction, last: u32) -> TrackStore {
        let mut store = store(direction);
        pass(&mut store, direction, last);
        store
    }

    fn pass(store: &mut TrackStore, direction: Direction, last: u32) {
        let mut pass = PolishPass::new(store, direction, FrameIndex(last));
        while let Some(next) = pass.next_frame() {
            pass.push(&frame(next.0));
        }
        pass.finish(store);
    }

    #[test]
    fn visible_places_become_exact_and_tell_how_alike_they_are_either_way_in_time() {
        for direction in [Direction::Forward, Direction::Backward] {
            let store = polished(direction, 9);
            let all = FrameIndex(0)..=FrameIndex(5);
            for id in [0, 1].map(TrackId) {
                let query = store.track(id).unwrap().query;
                for (at, similarity) in (0..).zip(store.similarities_of(id, all.clone())) {
                    let Some(sample) = store.sample(id, FrameIndex(at)) else { continue };
                    let off = sample.point.distance(truth(query, at));
                    if sample.visible {
                        assert!(off < 0.05 && similarity.unwrap() > 0.99, "{id:?} on {at}: {off} px off");
                    } else {
                        assert!(off > 0.7 && similarity.is_none(), "a hidden place stays as it was said");
                    }
                }
            }
            assert!(store.is_polished());
            let known = |id| store.similarities_of(TrackId(id), all.clone()).flatten().count();
            assert_eq!((known(0), known(1)), (5, 3));
            assert!(PolishPass::new(&store, direction, FrameIndex(9)).next_frame().is_none(), "once is enough");
        }
    }

    #[test]
    fn what_is_not_reached_or_comes_later_or_is_not_wanted_is_the_networks_own() {
        let mut store = polished(Direction::Forward, 3);
        let off = |store: &TrackStore, at: u32| {
            let query = store.track(TrackId(0)).unwrap().query;
            store.sample(TrackId(0), FrameIndex(at)).unwrap().point.distance(truth(query, at))
        };
        assert!(off(&store, 3) < 0.05 && off(&store, 4) > 0.7);
        store.apply(&Edit::Treat(Treatment::default())).unwrap();
        assert!(!store.is_polished() && off(&store, 3) > 0.7);
        store.apply(&Edit::Treat(Treatment { polish: true, ..Treatment::default() })).unwrap();
        assert!(off(&store, 3) < 0.05);
        let run = store.runs().next().unwrap().id;
        let chunk = Chunk { first: FrameIndex(6), num_tracks: 2, samples: vec![None; 2] };
        store.advance(run, Some(chunk), None);
        assert!(!store.is_polished() && off(&store, 3) > 0.7);
        assert!(PolishPass::new(&TrackStore::new(), Direction::Forward, FrameIndex(9)).next_frame().is_none());
    }

    #[test]
    fn a_pass_over_results_that_have_gone_on_since_changes_nothing() {
        let mut store = store(Direction::Forward);
        let mut pass = PolishPass::new(&store, Direction::Forward, FrameIndex(9));
        while let Some(next) = pass.next_frame() {
            pass.push(&frame(next.0));
        }
        let run = store.runs().next().unwrap().id;
        store.advance(run, Some(Chunk { first: FrameIndex(6), num_tracks: 2, samples: vec![None; 2] }), None);
        pass.finish(&mut store);
        assert!(!store.is_polished());
    }

    #[test]
    fn planes_are_seen_where_the_network_says_hidden_and_have_corners_around_their_points() {
        for direction in [Direction::Forward, Direction::Backward] {
            let mut store = polished(direction, 9);
            let treatment = Treatment { polish: true, plane: Some(21), ..Treatment::default() };
            store.apply(&Edit::Treat(treatment)).unwrap();
            assert!(!store.is_polished(), "another look is wanted");
            pass(&mut store, direction, 9);
            assert!(store.has_planes());
            for (id, at) in [0, 1].into_iter().flat_map(|id| (0..6).map(move |at| (TrackId(id), FrameIndex(at)))) {
                let query = store.track(id).unwrap().query;
                let Some(sample) = store.sample(id, at) else { continue };
                assert!(
                    sample.visible && sample.point.distance(truth(query, at.0)) < 0.05,
                    "{id:?} on {at}: {sample:?}"
                );
                let corners = store.corners(store.track(id).unwrap(), at, sample.point).unwrap();
                let expected = SourcePoint::new(sample.point.x + 10.5, sample.point.y - 10.5);
                assert!(corners[1].distance(expected) < 0.1, "{id:?} on {at}: {corners:?}");
            }
            let (id, at) = (TrackId(1), FrameIndex(if direction == Direction::Backward { 1 } else { 4 }));
            assert_eq!(store.sample(id, at).unwrap().source, SampleSource::Plane);
            let strict = Treatment { visible_above: Some(0.99), ..treatment };
            store.apply(&Edit::Treat(strict)).unwrap();
            assert!(store.sample(id, at).unwrap().visible, "the picture is surer than any score");
            store.apply(&Edit::Treat(Treatment { plane: None, ..treatment })).unwrap();
            let (sample, track) = (store.sample(id, at).unwrap(), store.track(id).unwrap());
            assert!(!sample.visible && store.corners(track, at, sample.point).is_none());
        }
    }
}
