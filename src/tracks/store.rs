//! The track store: tracks as the user sees them, put together from the raw results of runs.

use super::blend::{self, Said};
use super::import::ImportedTrack;
use super::measures::Measures;
use super::polish::PolishedPlace;
use super::run::{Chunk, Direction, Run, RunSettings};
use super::table::TrackMode;
use super::track::{Query, RunId, Sample, SampleSource, Slot, Track, TrackId};
use super::treatment::Treatment;
use crate::geometry::{FrameIndex, Size};
use crate::measure::Footage;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Everything that the user's edits have made of the tracks; what undo goes back to. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edits {
    pub(super) tracks: Arc<Vec<Track>>,
    pub(super) treatment: Treatment,
    pub(super) measures: Arc<Measures>,
}

impl Edits {
    /// Lets every track that takes samples from a run take them from another one.
    pub(super) fn replace_run(&mut self, old: RunId, new: RunId) {
        let uses = |track: &Track| track.slots().any(|(run, _)| run == old);
        if !self.tracks.iter().any(uses) {
            return;
        }
        for segment in Arc::make_mut(&mut self.tracks).iter_mut().flat_map(|track| &mut track.segments) {
            for (run, _) in segment.slots_mut().filter(|(run, _)| *run == old) {
                *run = new;
            }
        }
    }
}

/// All tracks of a clip, in the order in which they were added, and the runs that their samples come from.
#[derive(Clone, Debug, Default)]
pub struct TrackStore {
    pub(super) edits: Edits,
    /// In the order of their ids. A run stays as long as the store: an undone edit may need it again.
    pub(super) runs: Vec<Run>,
    pub(super) next_track: u32,
    pub(super) next_run: u32,
    /// Frames with which a shot of the clip begins, in order.
    pub(super) cuts: Arc<[FrameIndex]>,
    /// The size of the clip's pictures, once it is known.
    pub(super) picture: Option<Size>,
    /// What measuring has to know of the clip, once it is known.
    pub(super) footage: Option<Arc<Footage>>,
}

impl TrackStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the points of one action as a run; results come later through [`TrackStore::advance`]. Points without a
    /// name are called "point N", N being one more than the largest that is there. Returns the run and the new tracks'
    /// ids, in the order of `queries`.
    pub fn add_run(&mut self, queries: impl IntoIterator<Item = (Option<String>, Query)>) -> (RunId, Vec<TrackId>) {
        let (names, queries): (Vec<_>, Vec<_>) = queries.into_iter().unzip();
        let run = self.new_run(queries.iter().copied().collect(), Direction::Forward);
        let mut number = self.tracks().filter_map(Track::number).max().unwrap_or(0);
        let ids = names.into_iter().zip(queries).enumerate().map(|(slot, (name, query))| {
            let id = self.new_track_id();
            number = number.saturating_add(1);
            let name = name.unwrap_or_else(|| Track::numbered(number));
            let track = Track { colour: number as usize - 1, ..Track::new(id, name, query, Some((run, slot))) };
            self.tracks_mut().push(track);
            id
        });
        let ids = ids.collect();
        (run, ids)
    }

    /// Adds tracks of a table as a run that is complete. Returns the run and the new tracks' ids, in order.
    pub fn add_tracks(&mut self, tracks: &[ImportedTrack]) -> (RunId, Vec<TrackId>) {
        let (run, ids) = self.add_run(tracks.iter().map(|track| (track.name.clone(), track.query)));
        let places = || tracks.iter().flat_map(|track| track.samples.iter().map(|(frame, _)| *frame));
        if let (Some(first), Some(last)) = (places().min(), places().max()) {
            let num_tracks = tracks.len();
            let mut samples = vec![None; (last.get() + 1 - first.get()) * num_tracks];
            for (slot, track) in tracks.iter().enumerate() {
                for (frame, sample) in &track.samples {
                    samples[(frame.get() - first.get()) * num_tracks + slot] = Some(*sample);
                }
            }
            self.advance(run, Some(Chunk { first, num_tracks, samples }), None);
            for (slot, track) in tracks.iter().enumerate() {
                let start = track.query.frame;
                if track.samples.iter().any(|(frame, _)| *frame < start) {
                    let at = self.len() - num_tracks + slot;
                    self.tracks_mut()[at].set_back(FrameIndex(0), start, Some((run, slot)));
                }
            }
        }
        (run, ids)
    }

    pub(super) fn new_run(&mut self, queries: Arc<[Query]>, direction: Direction) -> RunId {
        let id = RunId(self.next_run);
        self.next_run += 1;
        self.runs.push(Run::new(id, queries, direction));
        id
    }

    pub(super) fn new_track_id(&mut self) -> TrackId {
        self.next_track += 1;
        TrackId(self.next_track - 1)
    }

    pub(super) fn tracks_mut(&mut self) -> &mut Vec<Track> {
        Arc::make_mut(&mut self.edits.tracks)
    }

    /// Adds a window's outcome to a run; nothing happens if there is no such run.
    ///
    /// # Panics
    /// If `settled` does not begin where the settled part ended, or a chunk has another number of points than the run.
    pub fn advance(&mut self, run: RunId, settled: Option<Chunk>, tail: Option<Chunk>) {
        if let Some(run) = self.run_mut(run) {
            run.advance(settled, tail);
        }
    }

    /// Forgets all results of a run, which is followed again; nothing happens if there is no such run.
    pub fn restart(&mut self, run: RunId) {
        if let Some(run) = self.run_mut(run) {
            *run = Run::new(run.id, Arc::clone(run.queries()), run.direction());
        }
    }

    /// Tells what a run is followed with; nothing happens if there is no such run.
    pub fn set_run_settings(&mut self, run: RunId, settings: RunSettings) {
        if let Some(run) = self.run_mut(run) {
            run.settings = Some(Arc::new(settings));
        }
    }

    /// What the user's edits have made of the tracks, to go back to.
    #[must_use]
    pub fn edits(&self) -> &Edits {
        &self.edits
    }

    /// Goes back to earlier edits of this store, or forth to later ones. The results of runs stay what they are.
    pub fn restore(&mut self, edits: Edits) {
        self.edits = edits;
    }

    /// Lets tracks that take samples from one run take them from another one, which has them, too.
    pub fn share_run(&mut self, from: RunId, with: RunId) {
        self.edits.replace_run(from, with);
    }

    /// A run that has seen the whole clip at once, with the points of this one and these settings: it has found what
    /// this one looks for.
    #[must_use]
    pub fn whole_twin(&self, run: RunId, settings: &RunSettings) -> Option<RunId> {
        let queries = self.run(run)?.queries();
        let has_all = |twin: &&Run| {
            twin.id != run
                && settings.mode == TrackMode::Offline
                && twin.settings() == Some(settings)
                && twin.queries() == queries
                && (0..queries.len()).all(|slot| twin.sample(slot, FrameIndex(0)).is_some())
        };
        self.runs().find(has_all).map(|twin| twin.id)
    }

    /// Gives a run all results of another one with the same points; nothing happens if there is no such run.
    pub fn copy_results(&mut self, from: RunId, to: RunId) {
        let Some(from) = self.run(from).cloned() else { return };
        if let Ok(at) = self.runs.binary_search_by_key(&to, |run| run.id) {
            self.runs[at].take_results(from);
        }
    }

    /// Starts a run anew under another id, for all tracks that take samples from it; returns the new id, or `None` if
    /// there is no such run.
    pub fn renew_run(&mut self, old: RunId) -> Option<RunId> {
        let run = self.run(old)?;
        let (queries, direction) = (Arc::clone(run.queries()), run.direction());
        let new = self.new_run(queries, direction);
        self.edits.replace_run(old, new);
        Some(new)
    }

    /// What is done to results when they are looked at.
    #[must_use]
    pub fn treatment(&self) -> &Treatment {
        &self.edits.treatment
    }

    /// Whether another snapshot of this store has the same edits and results; what is known of the clip does not
    /// matter.
    #[must_use]
    pub fn is_same_work(&self, other: &Self) -> bool {
        let same_edits =
            Arc::ptr_eq(&self.edits.tracks, &other.edits.tracks) || self.edits.tracks == other.edits.tracks;
        same_edits
            && self.edits.treatment == other.edits.treatment
            && self.edits.measures == other.edits.measures
            && self.runs.len() == other.runs.len()
            && self.runs.iter().zip(&other.runs).all(|(run, other)| run.has_same_chunks(other))
    }

    /// Tells where shots of the clip begin, in order: tracks stop there, unless [`Treatment::through_cuts`] is set.
    pub fn set_cuts(&mut self, cuts: Arc<[FrameIndex]>) {
        self.cuts = cuts;
    }

    /// Tells how large the clip's pictures are: outside nothing is visible, whatever the network says.
    pub fn set_picture(&mut self, picture: Size) {
        self.picture = Some(picture);
    }

    /// Where shots of the clip begin, as far as that is known.
    #[must_use]
    pub fn cuts(&self) -> &[FrameIndex] {
        &self.cuts
    }

    /// The tracks, in the order in which they were added.
    #[must_use]
    pub fn tracks(&self) -> impl ExactSizeIterator<Item = &Track> {
        self.edits.tracks.iter()
    }

    /// One track.
    #[must_use]
    pub fn track(&self, id: TrackId) -> Option<&Track> {
        self.tracks().find(|track| track.id == id)
    }

    /// How many tracks there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.edits.tracks.len()
    }

    /// Whether there is no track.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.edits.tracks.is_empty()
    }

    /// One run.
    #[must_use]
    pub fn run(&self, id: RunId) -> Option<&Run> {
        self.runs.binary_search_by_key(&id, |run| run.id).ok().map(|at| &self.runs[at])
    }

    pub(super) fn run_mut(&mut self, id: RunId) -> Option<&mut Run> {
        self.runs.binary_search_by_key(&id, |run| run.id).ok().map(|at| &mut self.runs[at])
    }

    /// The runs that tracks take samples from.
    pub fn runs(&self) -> impl Iterator<Item = &Run> {
        let used: BTreeSet<RunId> = self.tracks().flat_map(runs_of).collect();
        used.into_iter().filter_map(|id| self.run(id))
    }

    /// Whether a track takes samples from this run.
    #[must_use]
    pub fn is_used(&self, run: RunId) -> bool {
        self.tracks().flat_map(runs_of).any(|used| used == run)
    }

    /// Whether all tracks that may be changed take their samples from one run for each way in time. A single one has
    /// no company anyway.
    #[must_use]
    pub fn are_together(&self) -> bool {
        let tracks = self.edits.tracks.iter().filter(|track| !track.locked);
        let segments = || tracks.clone().flat_map(|track| &track.segments);
        let is_one = |mut runs: Box<dyn Iterator<Item = Slot> + '_>| {
            runs.next().is_none_or(|(first, _)| runs.all(|(run, _)| run == first))
        };
        let forward = is_one(Box::new(segments().filter_map(|segment| segment.source)));
        let back = is_one(Box::new(segments().filter_map(|segment| segment.back)));
        tracks.count() < 2 || (forward && back)
    }

    /// Where a track is on a frame: `None` where it was not followed to, or not yet.
    #[must_use]
    pub fn sample(&self, id: TrackId, frame: FrameIndex) -> Option<Sample> {
        self.look_up(self.track(id)?, frame)
    }

    /// A track's samples over a range of frames, one entry per frame; cheaper than asking frame by frame.
    pub fn samples_of(
        &self,
        id: TrackId,
        frames: RangeInclusive<FrameIndex>,
    ) -> impl Iterator<Item = (FrameIndex, Option<Sample>)> {
        let track = self.track(id);
        (frames.start().0..=frames.end().0)
            .map(FrameIndex)
            .map(move |frame| (frame, track.and_then(|track| self.look_up(track, frame))))
    }

    /// Every track with its sample on a frame, in order; cheaper than asking one by one.
    pub fn samples_at(&self, frame: FrameIndex) -> impl Iterator<Item = (&Track, Option<Sample>)> {
        self.tracks().map(move |track| (track, self.look_up(track, frame)))
    }

    /// The first and the last frame on which a track has a sample; `None` while it has none.
    #[must_use]
    pub fn covered(&self, id: TrackId) -> Option<(FrameIndex, FrameIndex)> {
        let track = self.track(id)?;
        let stretches = track.stretches().flat_map(|(segment, end)| {
            let of = |slot: Option<Slot>, is_back: bool| slot.into_iter().map(move |slot| (slot, is_back));
            let slots = of(segment.source, false).chain(of(segment.back, true));
            slots.filter_map(move |((run, slot), is_back)| {
                let run = self.run(run)?;
                let (mut first, mut last) = run.covered()?;
                let query = run.queries().get(slot)?.frame;
                last = end.map_or(last, |end| FrameIndex(end.0 - 1).min(last));
                first = first.max(segment.from);
                if is_back {
                    last = last.min(query);
                    first = self.stop_back(track, first).map_or(first, |at| at.max(first));
                } else {
                    first = first.max(query);
                }
                (first <= last).then_some((first, last))
            })
        });
        let by_hand = track.corrections.keys().map(|at| (*at, *at));
        let (first, last) = stretches.chain(by_hand).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))?;
        Some((first, self.stop(track, last).map_or(last, |cut| FrameIndex(cut.0 - 1).max(first))))
    }

    /// A track's sample as the user sees it.
    fn look_up(&self, track: &Track, frame: FrameIndex) -> Option<Sample> {
        let treatment = &self.edits.treatment;
        if treatment.is_none() {
            return self.untreated(track, frame);
        }
        // Where it was placed it stays, as where it was corrected.
        let is_query = |at: FrameIndex, sample: &Sample| Query { frame: at, point: sample.point } == track.query;
        let raw = |at: FrameIndex| {
            let sample = self.untreated(track, at)?;
            let source = if is_query(at, &sample) { SampleSource::Corrected } else { sample.source };
            Some(Sample { source, ..sample })
        };
        treatment.sample(frame, self.picture, &raw)
    }

    /// A track's sample without the options of [`TrackStore::treatment`].
    pub(super) fn untreated(&self, track: &Track, frame: FrameIndex) -> Option<Sample> {
        let sample = if let Some(point) = track.corrections.get(&frame) {
            Sample::by_hand(*point)
        } else {
            let segment = track.segment_at(frame)?;
            let said = |(run, slot): Slot| {
                let run = self.run(run)?;
                let sample = run.sample(slot, frame)?;
                let polished = run.polished(slot, frame, self.edits.treatment.closer_look());
                let sample = match polished {
                    Some(PolishedPlace { point, corners: Some(_), .. }) => {
                        Sample { point, visible: true, source: SampleSource::Plane, ..sample }
                    }
                    Some(PolishedPlace { point, .. }) => Sample { point, ..sample },
                    None => sample,
                };
                Some(Said { sample, from: run.queries().get(slot)?.frame })
            };
            // A run that saw the whole clip at once says something on both sides of a point's own frame.
            let forward = segment.source.and_then(said).filter(|said| said.from <= frame);
            let forward = forward.filter(|_| self.stop(track, frame).is_none());
            let backward = segment.back.and_then(said).filter(|said| frame <= said.from);
            let backward = backward.filter(|_| self.stop_back(track, frame).is_none());
            blend::blended(forward, backward, frame, self.picture)?
        };
        let is_inside = self.picture.is_none_or(|picture| picture.contains(sample.point));
        Some(Sample { visible: sample.visible && is_inside, ..sample })
    }

    /// Where a track ends that would otherwise reach a frame: at a cut, or where it leaves the picture.
    fn stop(&self, track: &Track, frame: FrameIndex) -> Option<FrameIndex> {
        let treatment = &self.edits.treatment;
        let stops_at_cuts = !self.cuts.is_empty() && !treatment.through_cuts;
        let picture = self.picture.filter(|_| track.ends_outside.unwrap_or(treatment.end_outside));
        if !stops_at_cuts && picture.is_none() {
            return None;
        }
        let corrected = track.corrections.range(..=frame).next_back().map(|(at, _)| *at);
        let fixed = corrected.into_iter().chain(Some(track.query.frame).filter(|at| *at <= frame)).max()?;
        let cut = stops_at_cuts.then(|| self.cuts.get(self.cuts.partition_point(|cut| *cut <= fixed))).flatten();
        let cut = cut.copied().filter(|cut| *cut <= frame);
        let left = picture.and_then(|picture| self.leaves(track, fixed.after(1), frame, picture));
        cut.into_iter().chain(left).min()
    }

    /// Where a track that comes from after a frame ends that would otherwise reach back to it: the first frame that
    /// it has, the one after a cut, or after being outside the picture.
    fn stop_back(&self, track: &Track, frame: FrameIndex) -> Option<FrameIndex> {
        let treatment = &self.edits.treatment;
        let fixed = track.next_fixed(frame)?;
        let cuts = if treatment.through_cuts { &[] } else { &self.cuts[..] };
        let cut = cuts[..cuts.partition_point(|cut| *cut <= fixed)].last().copied().filter(|cut| *cut > frame);
        let picture = self.picture.filter(|_| track.ends_outside.unwrap_or(treatment.end_outside));
        let back = track.segment_at(frame).and_then(|segment| segment.back);
        let left = picture.zip(back).and_then(|(picture, (run, slot))| {
            let run = self.run(run)?;
            run.first_outside(slot, &(frame..=FrameIndex(fixed.0 - 1)), picture)?;
            let is_outside = |at: &FrameIndex| run.sample(slot, *at).is_some_and(|s| !picture.contains(s.point));
            (frame.0..fixed.0).rev().map(FrameIndex).find(is_outside)
        });
        cut.into_iter().chain(left.map(|left| left.after(1))).max()
    }

    /// The first of some frames on which a track is outside the picture.
    fn leaves(&self, track: &Track, first: FrameIndex, last: FrameIndex, picture: Size) -> Option<FrameIndex> {
        let ends = track.segments.iter().skip(1).map(|next| FrameIndex(next.from.0 - 1)).chain([last]);
        track.segments.iter().zip(ends).find_map(|(segment, end)| {
            let (run, slot) = segment.source?;
            let frames = first.max(segment.from)..=end.min(last);
            self.run(run)?.first_outside(slot, &frames, picture)
        })
    }
}

fn runs_of(track: &Track) -> impl Iterator<Item = RunId> {
    track.slots().map(|(run, _)| run)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::SourcePoint;

    fn query(frame: usize, x: f32) -> Query {
        Query { frame: FrameIndex::new(frame), point: SourcePoint::new(x, 0.0) }
    }

    fn chunk(first: usize, num_frames: usize, num_tracks: usize, x: f32) -> Chunk {
        let sample = |i: usize| {
            Some(Sample {
                point: SourcePoint::new(x + i as f32, 0.0),
                visibility: 1.0,
                confidence: 1.0,
                probability: None,
                visible: true,
                source: SampleSource::Tracked,
            })
        };
        Chunk { first: FrameIndex::new(first), num_tracks, samples: (0..num_frames * num_tracks).map(sample).collect() }
    }

    #[test]
    fn the_tail_is_replaced_and_the_settled_part_stays() {
        let mut store = TrackStore::new();
        let (run, ids) = store.add_run([(None, query(0, 0.0)), (Some("nose".into()), query(0, 1.0))]);
        store.advance(run, Some(chunk(0, 8, 2, 0.0)), Some(chunk(8, 8, 2, 100.0)));
        let x = |store: &TrackStore, frame| store.sample(ids[1], FrameIndex::new(frame)).map(|s| s.point.x);
        assert_eq!((x(&store, 0), x(&store, 8), x(&store, 16)), (Some(1.0), Some(101.0), None));
        store.advance(run, Some(chunk(8, 8, 2, 200.0)), None);
        assert_eq!((x(&store, 0), x(&store, 8)), (Some(1.0), Some(201.0)));
        assert_eq!(store.runs().next().unwrap().covered(), Some((FrameIndex(0), FrameIndex(15))));
        assert_eq!(store.track(ids[1]).unwrap().name, "nose");
    }

    #[test]
    fn a_deleted_track_leaves_the_others_untouched_and_its_id_unused() {
        let mut store = TrackStore::new();
        let (run, ids) = store.add_run([(None, query(0, 0.0)), (None, query(0, 1.0))]);
        store.advance(run, Some(chunk(0, 8, 2, 0.0)), None);
        let (_, later) = store.add_run([(None, query(3, 5.0))]);
        assert!(store.remove(ids[0]) && !store.remove(ids[0]));
        assert_eq!(store.sample(ids[1], FrameIndex(0)).unwrap().point.x, 1.0);
        let at: Vec<_> = store.samples_at(FrameIndex(0)).map(|(t, s)| (t.id, s.is_some())).collect();
        assert_eq!(at, vec![(ids[1], true), (later[0], false)]);
        assert!(store.remove(later[0]));
        assert_eq!(store.add_run([(None, query(0, 0.0))]).1, vec![TrackId(3)]);
        assert_eq!(
            store.track(TrackId(3)).unwrap().name,
            "point 3",
            "numbers of points that are gone at the end are free"
        );
        assert_eq!(store.runs().count(), 2);
    }
}
