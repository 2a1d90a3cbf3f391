//! The last few frames of a live stream as tracks, so that a stream looks like a clip.

use super::live_line::LiveSample;
use super::run::{Chunk, Run};
use super::store::TrackStore;
use super::track::{Query, RunId, Sample, SampleSource, Track, TrackId};
use crate::geometry::{FrameIndex, SourcePoint};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Where the points of a stream were on its last frames. Its size depends on the number of points alone. Frames are
/// counted as they are followed, without gaps. A frame is kept as a piece of a run, which snapshots share.
#[derive(Clone, Debug)]
pub struct RecentTracks {
    max_frames: usize,
    /// The number of the next frame.
    next: u32,
    /// The points, in the order of their ids, which is that of their slots; each with the frame that it begins on.
    points: BTreeMap<TrackId, u32>,
    /// A piece for each of the last frames, oldest first. Before the first frame, what was placed stands on frame 0.
    frames: VecDeque<Arc<Chunk>>,
}

fn tracked(sample: &LiveSample) -> Sample {
    let LiveSample { point, visibility, confidence, probability, visible, .. } = *sample;
    Sample { point, visibility, confidence, probability, visible, source: SampleSource::Tracked }
}

impl RecentTracks {
    /// Nothing yet; of each point, `max_frames` samples are kept.
    ///
    /// # Panics
    /// If `max_frames` is 0.
    #[must_use]
    pub fn new(max_frames: usize) -> Self {
        assert!(max_frames > 0, "some frames are kept");
        Self { max_frames, next: 0, points: BTreeMap::new(), frames: VecDeque::new() }
    }

    /// The number of the newest frame.
    fn newest_frame(&self) -> u32 {
        self.next.saturating_sub(1)
    }

    /// A frame was followed: these are all points on it. Others are forgotten.
    pub fn push(&mut self, samples: &[LiveSample]) {
        if self.next == 0 {
            self.frames.clear();
        }
        let samples: BTreeMap<TrackId, Sample> = samples.iter().map(|s| (TrackId(s.id), tracked(s))).collect();
        let begins = |id: &TrackId| (*id, self.points.get(id).copied().unwrap_or(self.next));
        self.set_points(samples.keys().map(begins).collect());
        let (first, num_tracks) = (FrameIndex(self.next), samples.len());
        self.frames.push_back(Arc::new(Chunk {
            first,
            num_tracks,
            samples: samples.into_values().map(Some).collect(),
        }));
        self.frames.drain(..self.frames.len().saturating_sub(self.max_frames));
        self.next += 1;
    }

    /// Takes over these points; frames are sorted anew only where they are others than before.
    fn set_points(&mut self, points: BTreeMap<TrackId, u32>) {
        if !points.keys().eq(self.points.keys()) {
            let slots: BTreeMap<TrackId, usize> = self.points.keys().copied().zip(0..).collect();
            for frame in &mut self.frames {
                let sample = |id| slots.get(id).and_then(|slot| frame.samples[*slot]);
                let samples = points.keys().map(sample).collect();
                *frame = Arc::new(Chunk { first: frame.first, num_tracks: points.len(), samples });
            }
        }
        self.points = points;
    }

    /// The slot of a point, which begins on `frame` if it is new.
    fn slot(&mut self, id: TrackId, frame: u32) -> usize {
        if !self.points.contains_key(&id) {
            let mut points = self.points.clone();
            points.insert(id, frame);
            self.set_points(points);
        }
        self.points.range(..id).count()
    }

    /// A point was put somewhere on the newest frame; its trail begins there.
    pub fn place(&mut self, id: TrackId, point: SourcePoint) {
        self.remove(id);
        let newest = self.newest_frame();
        if self.frames.is_empty() {
            let (first, num_tracks) = (FrameIndex(newest), self.points.len());
            self.frames.push_back(Arc::new(Chunk { first, num_tracks, samples: vec![None; num_tracks] }));
        }
        let slot = self.slot(id, newest);
        let sample = Sample { source: SampleSource::Tracked, ..Sample::by_hand(point) };
        if let Some(frame) = self.frames.back_mut() {
            Arc::make_mut(frame).samples[slot] = Some(sample);
        }
    }

    /// A point is not seen on the newest frame after all; its trail stays.
    pub fn hide(&mut self, id: TrackId) {
        let slot = self.points.range(..id).count();
        if self.points.contains_key(&id)
            && let Some(frame) = self.frames.back_mut()
            && let Some(sample) = &mut Arc::make_mut(frame).samples[slot]
        {
            *sample = Sample { visibility: 0.0, confidence: 0.0, probability: None, visible: false, ..*sample };
        }
    }

    /// A point was on the last frames, the newest included, where these say, one a frame; what was said of it there is
    /// forgotten.
    pub fn correct(&mut self, id: TrackId, samples: &[LiveSample]) {
        let samples = &samples[samples.len().saturating_sub(self.frames.len())..];
        if samples.is_empty() {
            return;
        }
        let first = (self.newest_frame() + 1).saturating_sub(samples.len() as u32);
        let slot = self.slot(id, first);
        self.points.entry(id).and_modify(|begins| *begins = first.min(*begins));
        for (frame, sample) in self.frames.iter_mut().rev().zip(samples.iter().rev()) {
            Arc::make_mut(frame).samples[slot] = Some(tracked(sample));
        }
    }

    /// A point is gone.
    pub fn remove(&mut self, id: TrackId) {
        let mut points = self.points.clone();
        if points.remove(&id).is_some() {
            self.set_points(points);
        }
    }

    /// All points on the newest frame, in the order of their ids.
    pub fn newest(&self) -> impl Iterator<Item = (TrackId, SourcePoint)> {
        let samples = self.frames.back().into_iter().flat_map(|frame| &frame.samples);
        self.points.keys().zip(samples).filter_map(|(id, sample)| Some((*id, (*sample)?.point)))
    }

    /// The tracks, and the newest frame's number in them. Points that `names` leaves out are called by their number.
    #[must_use]
    pub fn snapshot(&self, names: &BTreeMap<TrackId, String>) -> (TrackStore, FrameIndex) {
        let newest = FrameIndex(self.newest_frame());
        let mut store = TrackStore::new();
        let Some(oldest) = self.frames.front().filter(|_| !self.points.is_empty()) else { return (store, newest) };
        let query = |(slot, begins): (usize, &u32)| {
            let frame = FrameIndex(*begins).max(oldest.first);
            let sample = self.frames[frame.get() - oldest.first.get()].samples[slot];
            Query { frame, point: sample.map_or(SourcePoint::new(0.0, 0.0), |sample| sample.point) }
        };
        let queries: Vec<Query> = self.points.values().enumerate().map(query).collect();
        let id = RunId(0);
        let track = |(slot, (point, query)): (usize, (&TrackId, &Query))| {
            let name = names.get(point).cloned().unwrap_or_else(|| Track::numbered(point.0 + 1));
            Track::new(*point, name, *query, Some((id, slot)))
        };
        *store.tracks_mut() = self.points.keys().zip(&queries).enumerate().map(track).collect();
        store.next_track = self.points.last_key_value().map_or(0, |(point, _)| point.0 + 1);
        store.runs.push(Run::of_pieces(id, queries.into(), self.frames.iter().cloned().collect()));
        store.next_run = 1;
        (store, newest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(id: u32, x: f32) -> LiveSample {
        LiveSample { visibility: 0.9, confidence: 0.8, ..LiveSample::placed(id, SourcePoint::new(x, 1.0)) }
    }

    /// The x of a point on each frame from 0 to the newest one.
    fn xs(recent: &RecentTracks, id: u32) -> Vec<Option<f32>> {
        let (store, newest) = recent.snapshot(&BTreeMap::new());
        let at = |frame| {
            let mut samples = store.samples_at(FrameIndex(frame));
            samples.find(|(track, _)| track.id == TrackId(id)).and_then(|(_, sample)| sample).map(|s| s.point.x)
        };
        (0..=newest.0).map(at).collect()
    }

    #[test]
    fn points_come_and_go_and_keep_their_ids() {
        let mut recent = RecentTracks::new(8);
        recent.push(&[]);
        recent.place(TrackId(4), SourcePoint::new(1.0, 1.0));
        recent.push(&[sample(4, 2.0)]);
        recent.place(TrackId(7), SourcePoint::new(50.0, 1.0));
        recent.push(&[sample(4, 3.0), sample(7, 51.0)]);
        assert_eq!(xs(&recent, 4), [Some(1.0), Some(2.0), Some(3.0)]);
        assert_eq!(xs(&recent, 7), [None, Some(50.0), Some(51.0)]);
        let (store, _) = recent.snapshot(&BTreeMap::new());
        assert_eq!(store.tracks().map(|track| track.name.as_str()).collect::<Vec<_>>(), ["point 5", "point 8"]);
        let names = BTreeMap::from([(TrackId(7), "nose".to_owned()), (TrackId(9), "gone".to_owned())]);
        let (store, newest) = recent.snapshot(&names);
        assert_eq!(store.tracks().map(|track| track.name.as_str()).collect::<Vec<_>>(), ["point 5", "nose"]);
        assert!(store.sample(TrackId(7), newest).is_some_and(|sample| sample.visible));
        recent.hide(TrackId(7));
        let hidden = recent.snapshot(&names).0.sample(TrackId(7), newest).unwrap();
        assert_eq!((hidden.visible, hidden.point.x), (false, 51.0));
        recent.remove(TrackId(4));
        assert_eq!((xs(&recent, 4), recent.snapshot(&BTreeMap::new()).0.len()), (vec![None; 3], 1));
        recent.push(&[]);
        assert_eq!(recent.snapshot(&BTreeMap::new()).0.len(), 0, "what a frame does not name is gone");
    }

    #[test]
    fn what_was_said_of_the_last_frames_can_be_corrected() {
        let mut recent = RecentTracks::new(4);
        recent.push(&[]);
        (1..4u8).for_each(|i| recent.push(&[sample(1, f32::from(i))]));
        recent.correct(TrackId(1), &[sample(1, 20.0), sample(1, 30.0)]);
        assert_eq!(xs(&recent, 1), [None, Some(1.0), Some(20.0), Some(30.0)]);
        recent.push(&[sample(1, 4.0)]);
        let longer: Vec<_> = (0..5u8).map(|i| sample(1, f32::from(50 + i))).collect();
        recent.correct(TrackId(1), &longer);
        assert_eq!(xs(&recent, 1), [None, Some(51.0), Some(52.0), Some(53.0), Some(54.0)]);
        recent.correct(TrackId(9), &[]);
        assert_eq!(recent.newest().count(), 1, "nothing makes no point");
    }

    #[test]
    fn only_the_last_frames_are_kept() {
        let mut recent = RecentTracks::new(3);
        (0..100u8).for_each(|i| recent.push(&[sample(0, f32::from(i))]));
        let kept: Vec<_> = xs(&recent, 0).into_iter().flatten().collect();
        assert_eq!(kept, [97.0, 98.0, 99.0]);
        recent.place(TrackId(0), SourcePoint::new(5.0, 1.0));
        assert_eq!(xs(&recent, 0).into_iter().flatten().collect::<Vec<_>>(), [5.0], "a moved point begins anew");
    }
}
