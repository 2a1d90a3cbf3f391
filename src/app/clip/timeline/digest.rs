//! What the timeline draws, counted once per change of the tracks and never on the window's thread.

use crate::geometry::{FrameIndex, Size};
use crate::session::{Repaint, aside};
use crate::sync::LatestSlot;
use crate::tracks::{DRIFT_BELOW, Problem, Sample, SampleSource, Track, TrackId, TrackStore, problems_of};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

/// After a count, the thread rests this many times as long as that took: tracking needs the cores, too.
const REST_FACTOR: f64 = 3.0;

/// What a track is on some frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LaneState {
    Visible,
    Hidden,
    Doubtful,
    Interpolated,
}

impl LaneState {
    fn of(sample: &Sample, similarity: Option<f32>) -> Self {
        let has_drifted = || sample.visible && similarity.is_some_and(|similarity| similarity < DRIFT_BELOW);
        match sample.source {
            SampleSource::Interpolated => Self::Interpolated,
            _ if sample.is_doubtful() || has_drifted() => Self::Doubtful,
            _ if sample.visible => Self::Visible,
            _ => Self::Hidden,
        }
    }
}

/// A track along the clip.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    pub(super) track: TrackId,
    /// First and last frame of each stretch in one state, in order; nothing where the track has no sample.
    pub(super) spans: Vec<(FrameIndex, FrameIndex, LaneState)>,
    pub(super) num_problems: usize,
}

/// What is known of the tracks along the clip.
#[derive(Clone, Debug, Default)]
pub(crate) struct Digest {
    /// Before each frame, how many samples there were: differences are sums over any stretch.
    samples: Vec<u32>,
    /// The same for samples that are hidden.
    hidden: Vec<u32>,
    /// Tracks that the bands count.
    pub(super) num_tracks: usize,
    /// Frames with a correction.
    pub(super) corrected: Vec<FrameIndex>,
    /// Frames on which points were placed, with the palette's place of the first point there.
    pub(super) placed: Vec<(FrameIndex, usize)>,
    /// By first frame.
    pub(super) problems: Vec<Problem>,
    /// In the order of the tracks.
    pub(super) lanes: Vec<Lane>,
}

impl Digest {
    /// Counts; takes time in proportion to tracks × frames.
    pub(crate) fn of(store: &TrackStore, num_frames: usize, picture: Size) -> Self {
        let mut digest = Self { samples: vec![0; num_frames + 1], hidden: vec![0; num_frames + 1], ..Self::default() };
        let mut corrected = BTreeSet::new();
        for track in store.tracks() {
            let lane = digest.add(store, track, picture);
            digest.lanes.push(lane);
            corrected.extend(track.corrections.keys().copied().filter(|_| !track.hidden));
            digest.placed.push((track.query.frame, track.colour));
        }
        digest.corrected = corrected.into_iter().collect();
        digest.placed.sort_by_key(|(frame, _)| *frame); // stable: the first point of a frame stays first
        digest.placed.dedup_by_key(|(frame, _)| *frame);
        digest.problems.sort_by_key(|problem| problem.first);
        for counts in [&mut digest.samples, &mut digest.hidden] {
            let mut sum = 0;
            for count in counts.iter_mut() {
                sum += std::mem::replace(count, sum);
            }
        }
        digest
    }

    fn add(&mut self, store: &TrackStore, track: &Track, picture: Size) -> Lane {
        let mut lane = Lane { track: track.id, spans: Vec::new(), num_problems: 0 };
        self.num_tracks += usize::from(!track.hidden);
        let Some((first, last)) = store.covered(track.id) else { return lane };
        let samples: Vec<Option<Sample>> = store.samples_of(track.id, first..=last).map(|(_, sample)| sample).collect();
        let similarities: Vec<Option<f32>> = store.similarities_of(track.id, first..=last).collect();
        for (at, sample) in samples.iter().enumerate().filter_map(|(at, sample)| Some((at, sample.as_ref()?))) {
            let (frame, state) = (first.after(at), LaneState::of(sample, similarities[at]));
            match lane.spans.last_mut() {
                Some((_, end, same)) if *same == state && end.0 + 1 == frame.0 => *end = frame,
                _ => lane.spans.push((frame, frame, state)),
            }
            if let (false, Some(count)) = (track.hidden, self.samples.get_mut(frame.get())) {
                *count += 1;
                self.hidden[frame.get()] += u32::from(!sample.visible);
            }
        }
        if !track.hidden {
            let problems = problems_of(track.id, first, (&samples, &similarities), picture);
            lane.num_problems = problems.len();
            self.problems.extend(problems);
        }
        lane
    }

    /// Over the frames from the first to the last: the mean number of tracks with a sample, and of hidden ones.
    pub(super) fn mean(&self, (first, last): (usize, usize)) -> (f32, f32) {
        let mean = |sums: &[u32]| match (sums.get(first), sums.get(last + 1)) {
            (Some(from), Some(to)) => to.wrapping_sub(*from) as f32 / (last + 1 - first) as f32,
            _ => 0.0,
        };
        (mean(&self.samples), mean(&self.hidden))
    }
}

/// A digest with the seconds that it took, or the message of a panic.
type Outcome = Result<(Digest, f64), String>;

/// The newest digest, and the one on its way.
#[derive(Default)]
pub(crate) struct Digests {
    /// It may be a moment behind the tracks.
    pub(super) newest: Arc<Digest>,
    /// What the newest one was made from.
    from: Option<Arc<TrackStore>>,
    pending: Option<(Arc<TrackStore>, LatestSlot<Outcome>)>,
    rests_until_secs: f64,
}

impl Digests {
    /// Takes in a digest that is ready, and starts the next one where the tracks have changed. Returns in how many
    /// seconds to look again, if that has to wait.
    pub(super) fn update(
        &mut self,
        store: &Arc<TrackStore>,
        num_frames: usize,
        picture: Size,
        repaint: &Repaint,
        now_secs: f64,
    ) -> Option<f64> {
        if let Some(outcome) = self.pending.as_ref().and_then(|(_, slot)| slot.take()) {
            self.from = self.pending.take().map(|(from, _)| from);
            match outcome {
                Ok((digest, took_secs)) => {
                    self.newest = Arc::new(digest);
                    self.rests_until_secs = now_secs + REST_FACTOR * took_secs;
                }
                Err(message) => tracing::error!("the timeline could not be counted: {message}"),
            }
        }
        let is_same = self.from.as_ref().is_some_and(|from| Arc::ptr_eq(from, store));
        if is_same || self.pending.is_some() {
            return None;
        }
        if now_secs < self.rests_until_secs {
            return Some(self.rests_until_secs - now_secs);
        }
        let tracks = Arc::clone(store);
        let job = move || {
            let started = Instant::now();
            let digest = Digest::of(&tracks, num_frames, picture);
            (digest, started.elapsed().as_secs_f64())
        };
        self.pending = Some((Arc::clone(store), aside("timeline", Arc::clone(repaint), job)));
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::clip::timeline::scale::Scale;
    use crate::geometry::SourcePoint;
    use crate::tracks::{Chunk, Edit, Query};

    const PICTURE: Size = Size::new(640, 360);

    fn sample(visible: bool, confidence: f32) -> Sample {
        let point = SourcePoint::new(10.0, 10.0);
        Sample { confidence, visible, source: SampleSource::Tracked, ..Sample::by_hand(point) }
    }

    /// A store of tracks from frame 0 on, in windows of eight frames.
    fn store(num_tracks: usize, num_frames: usize, of: impl Fn(usize, usize) -> Sample) -> TrackStore {
        let mut store = TrackStore::new();
        let query = Query { frame: FrameIndex(0), point: SourcePoint::new(10.0, 10.0) };
        let (run, _) = store.add_run(vec![(None, query); num_tracks]);
        for first in (0..num_frames).step_by(8) {
            let frames = first..num_frames.min(first + 8);
            let samples = frames.flat_map(|frame| (0..num_tracks).map(move |track| (track, frame)));
            let samples = samples.map(|(track, frame)| Some(of(track, frame))).collect();
            store.advance(run, Some(Chunk { first: FrameIndex::new(first), num_tracks, samples }), None);
        }
        store
    }

    #[test]
    fn frames_are_counted_and_lanes_are_made_of_stretches() {
        let tracks = store(2, 40, |track, frame| sample(track == 0 || frame < 10, if frame < 30 { 1.0 } else { 0.2 }));
        let digest = Digest::of(&tracks, 50, PICTURE);
        assert_eq!(digest.mean((0, 9)), (2.0, 0.0));
        assert_eq!(digest.mean((10, 39)), (2.0, 1.0));
        assert_eq!(digest.mean((30, 49)), (1.0, 0.5));
        assert_eq!(digest.mean((45, 45)), (0.0, 0.0));
        let spans: Vec<_> = digest.lanes[1].spans.iter().map(|(a, b, state)| (a.0, b.0, *state)).collect();
        let expected = [(0, 9, LaneState::Visible), (10, 29, LaneState::Hidden), (30, 39, LaneState::Doubtful)];
        assert_eq!(spans, expected);
        assert_eq!((digest.placed.len(), digest.num_tracks), (1, 2));
        assert_eq!((digest.lanes[0].num_problems, digest.problems.len()), (1, 2));
    }

    #[test]
    fn tracks_that_the_user_hides_do_not_count_but_keep_their_lane() {
        let mut tracks = store(2, 16, |_, _| sample(false, 1.0));
        let hidden = tracks.tracks().next().unwrap().id;
        tracks.apply(&Edit::SetHidden { tracks: vec![hidden], hidden: true }).unwrap();
        let digest = Digest::of(&tracks, 16, PICTURE);
        assert_eq!((digest.mean((0, 15)), digest.num_tracks), ((1.0, 1.0), 1));
        assert_eq!(digest.lanes.len(), 2);
    }

    /// Drawing asks for a thousand columns at most, whatever the size of the store.
    #[test]
    fn a_thousand_tracks_of_ten_thousand_frames_are_drawn_from_few_numbers() {
        let tracks = store(1000, 10_000, |track, frame| sample((frame / 100 + track) % 5 > 0, 1.0));
        let digest = Digest::of(&tracks, 10_000, PICTURE);
        let bed = egui::Rect::from_min_size(egui::pos2(0.0, 0.0), egui::vec2(1000.0, 20.0));
        let columns: Vec<_> = Scale::new(bed, 10_000, None).columns().map(|column| digest.mean(column)).collect();
        assert!(columns.len() <= 1001);
        assert!(columns.iter().all(|mean| *mean == (1000.0, 200.0)));
        assert!(digest.lanes.iter().all(|lane| lane.spans.len() <= 41));
    }
}
