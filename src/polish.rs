//! A second pass over a clip that makes its tracks exact to parts of a pixel: every place that the network calls
//! visible is refined against what its point looked like ([`Polisher`]).
//!
//! Pure arithmetic on the calling thread, which reads the frames: [`PolishPass::next_frame`], [`PolishPass::push`], and
//! in the end [`PolishPass::finish`].

use crate::flow::{Polished, Polisher, Pyramid};
use crate::frame::Frame;
use crate::geometry::{FrameIndex, SourcePoint};
use crate::tracks::{Direction, Polish, PolishedPlace, Run, RunId, TrackStore};

/// A pass over the frames of a clip, run by run at once.
#[derive(Debug)]
pub struct PolishPass {
    runs: Vec<RunPass>,
    next: FrameIndex,
    last: Option<FrameIndex>,
}

/// The pass over one run.
#[derive(Debug)]
struct RunPass {
    /// As it was when the pass began.
    run: Run,
    last: FrameIndex,
    polisher: Polisher,
    polish: Polish,
}

impl PolishPass {
    /// A pass over every run that tracks take samples from and that goes forwards, up to a frame.
    #[must_use]
    pub fn new(store: &TrackStore, last: FrameIndex) -> Self {
        let runs: Vec<RunPass> = store.runs().filter_map(|run| RunPass::new(run, last)).collect();
        let next = runs.iter().map(|run| run.polish.first).min().unwrap_or_default();
        let last = runs.iter().map(|run| run.last).max();
        Self { runs, next, last }
    }

    /// The frame to push next, `None` once all is done.
    #[must_use]
    pub fn next_frame(&self) -> Option<FrameIndex> {
        self.last.filter(|last| self.next <= *last).map(|_| self.next)
    }

    /// The last frame of the pass, `None` where there is nothing to do.
    #[must_use]
    pub fn last_frame(&self) -> Option<FrameIndex> {
        self.last
    }

    /// Takes the next frame.
    ///
    /// # Panics
    /// If it is another one than [`PolishPass::next_frame`].
    pub fn push(&mut self, frame: &Frame) {
        assert_eq!(Some(frame.index), self.next_frame(), "frames come in order");
        let picture = Pyramid::new(frame);
        let is_due = |run: &&mut RunPass| (run.polish.first..=run.last).contains(&frame.index);
        self.runs.iter_mut().filter(is_due).for_each(|run| run.push(frame, &picture));
        self.next = self.next.after(1);
    }

    /// Puts what was found into the store; frames that were not pushed stay as they are.
    pub fn finish(self, store: &mut TrackStore) {
        for RunPass { run, polish, .. } in self.runs {
            store.set_polish(run.id, polish);
        }
    }

    /// The runs that are polished.
    pub fn runs(&self) -> impl Iterator<Item = RunId> {
        self.runs.iter().map(|run| run.run.id)
    }
}

impl RunPass {
    fn new(run: &Run, last: FrameIndex) -> Option<Self> {
        if run.direction() == Direction::Backward {
            return None;
        }
        let (_, covered) = run.covered()?;
        let first = run.queries().iter().map(|query| query.frame).min()?;
        let num_tracks = run.queries().len();
        Some(Self {
            run: run.clone(),
            last: covered.min(last),
            polisher: Polisher::new(num_tracks),
            polish: Polish { first, num_tracks, places: Vec::new() },
        })
    }

    fn push(&mut self, frame: &Frame, picture: &Pyramid) {
        let queries = self.run.queries().iter().enumerate();
        let place = |(slot, query): (usize, &crate::tracks::Query)| -> Option<SourcePoint> {
            // The network's own place on a point's own frame may be off: the point is what the user placed.
            if query.frame == frame.index {
                return Some(query.point);
            }
            let sample = self.run.sample(slot, frame.index).filter(|_| query.frame < frame.index)?;
            (sample.visible && frame.size().contains(sample.point)).then_some(sample.point)
        };
        let places: Vec<_> = queries.map(place).collect();
        let polished = self.polisher.push(picture, &places);
        let kept = |(slot, polished): (usize, Option<Polished>)| {
            let Polished { point, similarity } = polished?;
            let is_own = self.run.queries()[slot].frame == frame.index;
            let point = if is_own { self.run.sample(slot, frame.index)?.point } else { point };
            Some(PolishedPlace { point, similarity })
        };
        self.polish.places.extend(polished.into_iter().enumerate().map(kept));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;
    use crate::tracks::{Chunk, Query, Sample, SampleSource, TrackId};

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

    fn truth(start: SourcePoint, from: u32, at: u32) -> SourcePoint {
        let frames = (at - from) as f32;
        SourcePoint::new(start.x + 1.5 * frames, start.y - 0.5 * frames)
    }

    /// Two points, from frames 1 and 2 on; what is said of them is off by (0.6, 0.4), the second is hidden on frame 4.
    fn store() -> TrackStore {
        let queries = [(1, 30.0, 40.0), (2, 50.25, 30.5)];
        let queries = queries.map(|(frame, x, y)| Query { frame: FrameIndex(frame), point: SourcePoint::new(x, y) });
        let mut store = TrackStore::new();
        let (run, _) = store.add_run(queries.map(|query| (None, query)));
        let sample = |at: u32, slot: usize| {
            let Query { frame, point } = queries[slot];
            let place = truth(point, frame.0, at.max(frame.0));
            let point = if at == frame.0 { place } else { SourcePoint::new(place.x + 0.6, place.y + 0.4) };
            let visible = (at, slot) != (4, 1);
            let source = SampleSource::Tracked;
            (at >= frame.0).then_some(Sample { visible, source, ..Sample::by_hand(point) })
        };
        let samples = (0..6).flat_map(|at| [sample(at, 0), sample(at, 1)]).collect();
        store.advance(run, Some(Chunk { first: FrameIndex(0), num_tracks: 2, samples }), None);
        store
    }

    fn polished(last: u32) -> TrackStore {
        let mut store = store();
        let mut pass = PolishPass::new(&store, FrameIndex(last));
        while let Some(next) = pass.next_frame() {
            pass.push(&frame(next.0));
        }
        pass.finish(&mut store);
        store
    }

    #[test]
    fn visible_places_become_exact_and_tell_how_alike_they_are() {
        let store = polished(9);
        let all = FrameIndex(0)..=FrameIndex(5);
        for (track, query) in [(0, 1), (1, 2)] {
            let id = TrackId(track);
            let start = store.track(id).unwrap().query.point;
            for (at, similarity) in (0..).zip(store.similarities_of(id, all.clone())) {
                let Some(sample) = store.sample(id, FrameIndex(at)) else { continue };
                let off = sample.point.distance(truth(start, query, at));
                if sample.visible {
                    assert!(off < 0.05 && similarity.unwrap() > 0.99, "{track} on {at}: {off} px off");
                } else {
                    assert!(off > 0.7 && similarity.is_none(), "a hidden place stays as it was said");
                }
            }
        }
        assert!(store.is_polished());
        let known = |id| store.similarities_of(TrackId(id), all.clone()).flatten().count();
        assert_eq!((known(0), known(1)), (5, 3));
    }

    #[test]
    fn what_is_not_reached_or_comes_later_is_the_networks_own() {
        let mut store = polished(3);
        let off = |store: &TrackStore, at: u32| {
            store.sample(TrackId(0), FrameIndex(at)).unwrap().point.distance(truth(SourcePoint::new(30.0, 40.0), 1, at))
        };
        assert!(off(&store, 3) < 0.05 && off(&store, 4) > 0.7);
        let run = store.runs().next().unwrap().id;
        let chunk = Chunk { first: FrameIndex(6), num_tracks: 2, samples: vec![None; 2] };
        store.advance(run, Some(chunk), None);
        assert!(!store.is_polished() && off(&store, 3) > 0.7);
        assert!(PolishPass::new(&TrackStore::new(), FrameIndex(9)).next_frame().is_none());
    }
}
