//! The last few frames of a live stream as tracks, so that a stream looks like a clip.

use super::live_line::LiveSample;
use super::run::{Chunk, Direction, Run};
use super::store::TrackStore;
use super::track::{Query, RunId, Sample, SampleSource, Track, TrackId};
use crate::geometry::{FrameIndex, SourcePoint};
use std::collections::{BTreeMap, VecDeque};

/// Where the points of a stream were on its last frames. Its size depends on the number of points alone. Frames are
/// counted as they are followed, without gaps.
#[derive(Clone, Debug)]
pub struct RecentTracks {
    max_frames: usize,
    /// The number of the next frame.
    next: u32,
    /// The samples of each point up to the newest frame, oldest first, never none.
    points: BTreeMap<TrackId, VecDeque<Sample>>,
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
        Self { max_frames, next: 0, points: BTreeMap::new() }
    }

    /// A frame was followed: these are all points on it. Others are forgotten.
    pub fn push(&mut self, samples: &[LiveSample]) {
        self.next += 1;
        let mut before = std::mem::take(&mut self.points);
        for sample in samples {
            let id = TrackId(sample.id);
            let mut recent = before.remove(&id).unwrap_or_default();
            if recent.len() == self.max_frames {
                recent.pop_front();
            }
            recent.push_back(tracked(sample));
            self.points.insert(id, recent);
        }
    }

    /// A point was put somewhere on the newest frame; its trail begins there.
    pub fn place(&mut self, id: TrackId, point: SourcePoint) {
        let sample = Sample { source: SampleSource::Tracked, ..Sample::by_hand(point) };
        self.points.insert(id, VecDeque::from([sample]));
    }

    /// A point is not seen on the newest frame after all; its trail stays.
    pub fn hide(&mut self, id: TrackId) {
        if let Some(sample) = self.points.get_mut(&id).and_then(VecDeque::back_mut) {
            *sample = Sample { visibility: 0.0, confidence: 0.0, probability: None, visible: false, ..*sample };
        }
    }

    /// A point was on the last frames, the newest included, where these say, one a frame; what was said of it there is
    /// forgotten.
    pub fn correct(&mut self, id: TrackId, samples: &[LiveSample]) {
        let recent = self.points.entry(id).or_default();
        recent.truncate(recent.len().saturating_sub(samples.len()));
        recent.extend(samples.iter().map(tracked));
        recent.drain(..recent.len().saturating_sub(self.max_frames));
        if recent.is_empty() {
            self.points.remove(&id);
        }
    }

    /// A point is gone.
    pub fn remove(&mut self, id: TrackId) {
        self.points.remove(&id);
    }

    /// All points on the newest frame, in the order of their ids.
    pub fn newest(&self) -> impl Iterator<Item = (TrackId, SourcePoint)> {
        self.points.iter().filter_map(|(id, recent)| Some((*id, recent.back()?.point)))
    }

    /// The tracks, and the newest frame's number in them. Points that `names` leaves out are called by their number.
    #[must_use]
    pub fn snapshot(&self, names: &BTreeMap<TrackId, String>) -> (TrackStore, FrameIndex) {
        let newest = self.next.saturating_sub(1);
        let num_frames = self.points.values().map(VecDeque::len).max().unwrap_or(0).min(self.next.max(1) as usize);
        // Points that were placed before the first frame have one sample, which stands on frame 0.
        let first = (newest + 1).saturating_sub(num_frames as u32);
        let num_tracks = self.points.len();
        let mut samples = vec![None; num_frames * num_tracks];
        let mut queries = Vec::with_capacity(num_tracks);
        for (slot, recent) in self.points.values().enumerate() {
            let begin = num_frames - recent.len().min(num_frames);
            for (row, sample) in (begin..num_frames).zip(recent) {
                samples[row * num_tracks + slot] = Some(*sample);
            }
            queries.push(Query { frame: FrameIndex(first).after(begin), point: recent[0].point });
        }
        let run = RunId(0);
        let track = |(slot, (id, query)): (usize, (&TrackId, &Query))| {
            let name = names.get(id).cloned().unwrap_or_else(|| Track::numbered(id.0 + 1));
            Track::new(*id, name, *query, Some((run, slot)))
        };
        let tracks = self.points.keys().zip(&queries).enumerate().map(track).collect();
        let mut store = TrackStore::new();
        *store.tracks_mut() = tracks;
        store.next_track = self.points.last_key_value().map_or(0, |(id, _)| id.0 + 1);
        if num_tracks > 0 {
            let mut run = Run::new(run, queries.into(), Direction::Forward);
            run.advance(Some(Chunk { first: FrameIndex(first), num_tracks, samples }), None);
            store.runs.push(run);
            store.next_run = 1;
        }
        (store, FrameIndex(newest))
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
