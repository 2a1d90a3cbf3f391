//! Tracks: identity, looks, and which results they are put together from.

use crate::calibration::Probability;
use crate::geometry::{FrameIndex, SourcePoint};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Identifies a track for as long as the store lives; never used again after a delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TrackId(pub u32);

/// Identifies a run: the points that were followed together and attended to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(pub u32);

/// A point that the user asked for: "this, on this frame".
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Query {
    /// The frame on which the point was placed.
    pub frame: FrameIndex,
    /// Where it was placed.
    pub point: SourcePoint,
}

/// Where a sample comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SampleSource {
    /// The network.
    #[default]
    Tracked,
    /// The user's hand, passed through exactly.
    Corrected,
    /// A straight line over a gap ([`super::Treatment::fill_gap_frames`]).
    Interpolated,
    /// The picture itself: the point is a small plane, which was found there ([`super::Treatment::plane`]).
    Plane,
}

/// Where a track is on one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// The position.
    pub point: SourcePoint,
    /// How probable it is that the point can be seen, 0 to 1.
    pub visibility: f32,
    /// How sure the network is of the position, 0 to 1.
    pub confidence: f32,
    /// What the network's figures are worth; `None` where its weights do not know, or it was not asked.
    pub probability: Option<Probability>,
    /// The verdict shown to the user: visibility · confidence above the weights' threshold.
    pub visible: bool,
    /// Who says so.
    pub source: SampleSource,
}

impl Sample {
    /// A position that the user gave.
    #[must_use]
    pub fn by_hand(point: SourcePoint) -> Self {
        let source = SampleSource::Corrected;
        Self { point, visibility: 1.0, confidence: 1.0, probability: None, visible: true, source }
    }

    /// What a threshold is held against: the probability that the place is right, and visibility · confidence where
    /// that is not known; 1 where the picture itself says so.
    #[must_use]
    pub fn score(&self) -> f32 {
        if self.source == SampleSource::Plane {
            return 1.0;
        }
        self.probability.map_or(self.visibility * self.confidence, Probability::share)
    }

    /// How sure the place is: the probability that it is right, and the network's confidence where that is not known.
    #[must_use]
    pub fn certainty(&self) -> f32 {
        self.probability.map_or(self.confidence, Probability::share)
    }
}

/// A run, and the place of a track's point in it.
pub type Slot = (RunId, usize);

/// From a frame on, a track's samples are those of a slot of a run, or of two, or there are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The first frame for which it holds; the next segment ends it.
    pub from: FrameIndex,
    /// Comes from before, going forwards.
    pub source: Option<Slot>,
    /// Comes from after, going backwards. Where both say something, they are blended.
    pub back: Option<Slot>,
}

impl Segment {
    /// The runs that it takes samples from.
    pub fn slots(&self) -> impl Iterator<Item = Slot> {
        self.source.into_iter().chain(self.back)
    }

    pub(super) fn slots_mut(&mut self) -> impl Iterator<Item = &mut Slot> {
        self.source.iter_mut().chain(&mut self.back)
    }

    fn is_like(&self, other: &Self) -> bool {
        (self.source, self.back) == (other.source, other.back)
    }
}

/// A track's identity, looks and corrections. The raw results stay in the runs, whatever is done to a track.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    /// Its identity.
    pub id: TrackId,
    /// What the user calls it.
    pub name: String,
    /// Its place in the palette (before wrapping round).
    pub colour: usize,
    /// The point that it follows.
    pub query: Query,
    /// Whether the user does not want to see it.
    pub hidden: bool,
    /// Whether it is kept from changes.
    pub locked: bool,
    /// Whether it ends where it leaves the picture; as the treatment says where `None`.
    pub ends_outside: Option<bool>,
    /// The group that the user put it in.
    pub group: Option<String>,
    /// Where the user's hand moved it, by frame. The point of `query` is by hand, too, and not among these.
    pub corrections: BTreeMap<FrameIndex, SourcePoint>,
    /// In order; the first one begins at frame 0.
    pub(super) segments: Vec<Segment>,
}

impl Track {
    /// What a point is called that nobody has named.
    pub(super) fn numbered(number: u32) -> String {
        format!("point {number}")
    }

    /// The number in such a name.
    pub(super) fn number(&self) -> Option<u32> {
        self.name.strip_prefix("point ")?.parse().ok()
    }

    pub(super) fn new(id: TrackId, name: String, query: Query, source: Option<Slot>) -> Self {
        Self {
            id,
            name,
            colour: id.0 as usize,
            query,
            hidden: false,
            locked: false,
            ends_outside: None,
            group: None,
            corrections: BTreeMap::new(),
            segments: vec![Segment { from: FrameIndex(0), source, back: None }],
        }
    }

    /// What its samples come from, in order; the first segment begins at frame 0.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Each segment with the frame that ends it, `None` for the last one.
    pub(super) fn stretches(&self) -> impl Iterator<Item = (&Segment, Option<FrameIndex>)> {
        let ends = self.segments.iter().skip(1).map(|next| Some(next.from)).chain([None]);
        self.segments.iter().zip(ends)
    }

    /// What the samples on a frame come from.
    #[must_use]
    pub fn segment_at(&self, frame: FrameIndex) -> Option<&Segment> {
        let after = self.segments.partition_point(|segment| segment.from <= frame);
        self.segments.get(after.checked_sub(1)?)
    }

    /// The runs that it takes samples from.
    pub fn slots(&self) -> impl Iterator<Item = Slot> {
        self.segments.iter().flat_map(Segment::slots)
    }

    /// The first frame after this one that the user's hand has fixed: a correction, or the query.
    #[must_use]
    pub fn next_fixed(&self, frame: FrameIndex) -> Option<FrameIndex> {
        let corrected = self.corrections.keys().copied().find(|at| *at > frame);
        corrected.into_iter().chain(Some(self.query.frame).filter(|at| *at > frame)).min()
    }

    /// The last frame before this one that the user's hand has fixed: a correction, or the query.
    #[must_use]
    pub fn last_fixed(&self, frame: FrameIndex) -> Option<FrameIndex> {
        let corrected = self.corrections.range(..frame).next_back().map(|(at, _)| *at);
        corrected.into_iter().chain(Some(self.query.frame).filter(|at| *at < frame)).max()
    }

    /// Frames `from..until` (to the end where that is `None`) take what comes from before them from `source`.
    pub(super) fn set_source(&mut self, from: FrameIndex, until: Option<FrameIndex>, source: Option<Slot>) {
        self.change_segments(from, until, |segment| segment.source = source);
    }

    /// Frames `from..until` take what comes from after them from `back`.
    pub(super) fn set_back(&mut self, from: FrameIndex, until: FrameIndex, back: Option<Slot>) {
        self.change_segments(from, Some(until), |segment| segment.back = back);
    }

    /// Frames `from..until` (to the end where that is `None`) have no samples.
    pub(super) fn clear(&mut self, from: FrameIndex, until: Option<FrameIndex>) {
        self.change_segments(from, until, |segment| (segment.source, segment.back) = (None, None));
    }

    fn change_segments(&mut self, from: FrameIndex, until: Option<FrameIndex>, change: impl Fn(&mut Segment)) {
        if until.is_some_and(|until| until <= from) {
            return;
        }
        self.cut_segment(from);
        if let Some(until) = until {
            self.cut_segment(until);
        }
        let is_inside = |segment: &&mut Segment| segment.from >= from && until.is_none_or(|until| segment.from < until);
        self.segments.iter_mut().filter(is_inside).for_each(change);
        self.merge_segments();
    }

    /// Makes one of segments that go on as before.
    pub(super) fn merge_segments(&mut self) {
        self.segments.dedup_by(|b, a| a.is_like(b));
    }

    /// Lets a segment begin on a frame.
    fn cut_segment(&mut self, frame: FrameIndex) {
        let at = self.segments.partition_point(|segment| segment.from < frame);
        if self.segments.get(at).is_none_or(|segment| segment.from != frame)
            && let Some(before) = at.checked_sub(1).map(|before| self.segments[before])
        {
            self.segments.insert(at, Segment { from: frame, ..before });
        }
    }

    /// Exchanges everything from a frame on with another track.
    pub(super) fn swap_from(&mut self, other: &mut Self, frame: FrameIndex) {
        let (mine, theirs) = (self.tail_from(frame), other.tail_from(frame));
        self.replace_tail(frame, theirs);
        other.replace_tail(frame, mine);
    }

    /// The segments and corrections from a frame on.
    pub(super) fn tail_from(&self, frame: FrameIndex) -> (Vec<Segment>, BTreeMap<FrameIndex, SourcePoint>) {
        let (source, back) = self.segment_at(frame).map_or((None, None), |segment| (segment.source, segment.back));
        let first = Segment { from: frame, source, back };
        let later = self.segments.iter().copied().filter(|segment| segment.from > frame);
        let corrections = self.corrections.range(frame..).map(|(at, point)| (*at, *point)).collect();
        (std::iter::once(first).chain(later).collect(), corrections)
    }

    pub(super) fn replace_tail(
        &mut self,
        frame: FrameIndex,
        (segments, corrections): (Vec<Segment>, BTreeMap<FrameIndex, SourcePoint>),
    ) {
        self.segments.retain(|segment| segment.from < frame);
        self.segments.extend(segments);
        self.merge_segments();
        self.corrections.retain(|at, _| *at < frame);
        self.corrections.extend(corrections);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track() -> Track {
        let query = Query { frame: FrameIndex(2), point: SourcePoint::new(1.0, 1.0) };
        Track::new(TrackId(0), Track::numbered(1), query, source(0))
    }

    #[expect(clippy::unnecessary_wraps, reason = "as segments hold it")]
    fn source(run: u32) -> Option<(RunId, usize)> {
        Some((RunId(run), 0))
    }

    fn runs(track: &Track, frames: u32) -> Vec<Option<u32>> {
        let source = |frame| track.segment_at(FrameIndex(frame)).and_then(|segment| segment.source);
        (0..frames).map(|frame| source(frame).map(|(run, _)| run.0)).collect()
    }

    #[test]
    fn a_stretch_is_replaced_and_what_follows_resumes() {
        let mut track = track();
        track.set_source(FrameIndex(3), Some(FrameIndex(5)), source(1));
        assert_eq!(runs(&track, 6), [Some(0), Some(0), Some(0), Some(1), Some(1), Some(0)]);
        track.set_source(FrameIndex(4), None, None);
        assert_eq!(runs(&track, 6), [Some(0), Some(0), Some(0), Some(1), None, None]);
        track.set_source(FrameIndex(0), Some(FrameIndex(1)), source(2));
        assert_eq!(runs(&track, 6), [Some(2), Some(0), Some(0), Some(1), None, None]);
        track.set_source(FrameIndex(1), Some(FrameIndex(4)), source(2));
        assert_eq!(track.segments().len(), 2, "equal neighbours are one");
        track.set_source(FrameIndex(3), Some(FrameIndex(3)), source(9));
        assert_eq!(
            runs(&track, 6),
            [Some(2), Some(2), Some(2), Some(2), None, None],
            "an empty stretch changes nothing"
        );
    }

    #[test]
    fn swapping_twice_changes_nothing() {
        let (mut a, mut b) = (track(), track());
        b.segments[0].source = source(7);
        a.corrections.insert(FrameIndex(6), SourcePoint::new(5.0, 5.0));
        let before = (a.clone(), b.clone());
        a.swap_from(&mut b, FrameIndex(4));
        assert_eq!(
            (runs(&a, 5)[3..].to_vec(), runs(&b, 5)[3..].to_vec()),
            (vec![Some(0), Some(7)], vec![Some(7), Some(0)])
        );
        assert!(a.corrections.is_empty() && b.corrections.len() == 1);
        a.swap_from(&mut b, FrameIndex(4));
        assert_eq!((a, b), before);
    }

    #[test]
    fn the_next_fixed_frame_is_a_correction_or_the_query() {
        let mut track = track();
        track.corrections.insert(FrameIndex(6), SourcePoint::default());
        let next = |frame| track.next_fixed(FrameIndex(frame)).map(|at| at.0);
        assert_eq!((next(0), next(2), next(6)), (Some(2), Some(6), None));
    }
}
