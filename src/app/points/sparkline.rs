//! What a track's results look like over the whole clip: a digest of a few numbers and columns, made once per change.

use crate::app::kit::style::Tokens;
use crate::app::kit::words::counted;
use crate::calibration::Probability;
use crate::geometry::{FrameIndex, Size};
use crate::tracks::{DOUBTFUL_BELOW, Sample, SampleSource, TrackId, TrackStore, problems_of};
use egui::epaint::Mesh;
use egui::{Painter, Rect, Shape, pos2};
use std::collections::HashMap;
use std::sync::Arc;

pub(super) const NUM_COLUMNS: usize = 48;
/// Samples that are looked at in one frame of the interface for the sake of an order, beside what is on the screen.
const MAX_SAMPLES_PER_PASS: usize = 60_000;

/// A few frames of a track.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Column {
    /// Frames with a result.
    num: u32,
    /// Of these, where the point is seen.
    num_visible: u32,
    /// Sum of the certainties.
    certainty: f32,
    /// Whether a position by hand is among them.
    is_by_hand: bool,
}

/// What is known of a track as a whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Digest {
    pub(super) columns: Vec<Column>,
    /// The first and the last frame with a result.
    pub(super) covered: Option<(FrameIndex, FrameIndex)>,
    /// Frames with a result.
    pub(super) num_frames: usize,
    /// `None` without a result.
    pub(super) mean_certainty: Option<f32>,
    /// Where the certainty is a probability: how near a place is that it calls right.
    pub(super) within_px: Option<f64>,
    /// Stretches that deserve a look, as the timeline counts them.
    pub(super) num_problems: usize,
}

impl Digest {
    /// Looks at the samples and similarities of a track from a frame on, in a clip of so many frames of that size.
    pub(super) fn of(
        first: FrameIndex,
        (samples, similarities): (&[Option<Sample>], &[Option<f32>]),
        (clip_frames, picture): (usize, Size),
    ) -> Self {
        let num_columns = NUM_COLUMNS.min(clip_frames.max(1));
        let num_problems = problems_of(TrackId(0), first, (samples, similarities), picture).len();
        let mut digest = Self { columns: vec![Column::default(); num_columns], num_problems, ..Self::default() };
        let (mut certainty, mut is_calibrated) = (0.0f64, false);
        for (at, sample) in samples.iter().enumerate() {
            let (frame, Some(sample)) = (first.after(at), sample) else { continue };
            let first = digest.covered.map_or(frame, |(first, _)| first);
            digest.covered = Some((first, frame));
            digest.num_frames += 1;
            certainty += f64::from(sample.certainty());
            is_calibrated |= sample.probability.is_some();
            let at = (frame.get() * num_columns / clip_frames.max(1)).min(num_columns - 1);
            let column = &mut digest.columns[at];
            column.num += 1;
            column.num_visible += u32::from(sample.visible);
            column.certainty += sample.certainty();
            column.is_by_hand |= sample.source == SampleSource::Corrected;
        }
        digest.mean_certainty = (digest.num_frames > 0).then(|| (certainty / digest.num_frames as f64) as f32);
        digest.within_px = is_calibrated.then(|| Probability::within_px(picture));
        digest
    }

    /// In words, for a tooltip; `first_number` is what the clip's first frame is called.
    pub(super) fn text(&self, first_number: u32) -> String {
        let (Some((first, last)), Some(certainty)) = (self.covered, self.mean_certainty) else {
            return "no results yet".to_owned();
        };
        let problems = match self.num_problems {
            0 => "no problems".to_owned(),
            many => counted(many, "problem"),
        };
        let percent = (100.0 * certainty).round();
        let certainty = match self.within_px {
            Some(within_px) => format!("within {within_px:.0} px with {percent} % on average"),
            None => format!("mean confidence {percent} %"),
        };
        let [first, last] = [first, last].map(|frame| frame.0.saturating_add(first_number));
        format!("frames {first} to {last} · {certainty} · {problems}")
    }
}

/// The digests of a clip's tracks, each made when it is needed and kept until the tracks change.
#[derive(Default)]
pub(super) struct Digests {
    store: Arc<TrackStore>,
    /// Frames and size of the clip.
    clip: Option<(usize, Size)>,
    /// Changes whenever a digest may have.
    pub(super) version: u64,
    known: HashMap<TrackId, (u64, Arc<Digest>)>,
}

impl Digests {
    pub(super) fn follow(&mut self, store: &Arc<TrackStore>, clip_frames: usize, picture: Size) {
        let clip = Some((clip_frames, picture));
        if Arc::ptr_eq(store, &self.store) && clip == self.clip {
            return;
        }
        (self.store, self.clip) = (Arc::clone(store), clip);
        self.version += 1;
        let is_there = |id: &TrackId| store.tracks().any(|track| track.id == *id);
        if self.known.len() > store.len() {
            self.known.retain(|id, _| is_there(id));
        }
    }

    pub(super) fn fresh(&mut self, id: TrackId) -> Arc<Digest> {
        if let Some((version, digest)) = self.known.get(&id)
            && *version == self.version
        {
            return Arc::clone(digest);
        }
        let clip = self.clip.unwrap_or((0, Size::new(1, 1)));
        let (first, last) = self.store.covered(id).unwrap_or_default();
        let samples: Vec<_> = self.store.samples_of(id, first..=last).map(|(_, sample)| sample).collect();
        let similarities: Vec<_> = self.store.similarities_of(id, first..=last).collect();
        let digest = Arc::new(Digest::of(first, (&samples, &similarities), clip));
        self.known.insert(id, (self.version, Arc::clone(&digest)));
        digest
    }

    /// A track's digest as it was last made, perhaps before the newest change.
    pub(super) fn known(&self, id: TrackId) -> Option<&Digest> {
        self.known.get(&id).map(|(_, digest)| &**digest)
    }

    /// Brings some more digests up to date. Returns whether there are others left.
    pub(super) fn refresh_some(&mut self) -> bool {
        let is_stale = |id: &TrackId| self.known.get(id).is_none_or(|(version, _)| *version != self.version);
        let stale: Vec<TrackId> = self.store.tracks().map(|track| track.id).filter(is_stale).collect();
        let some = (MAX_SAMPLES_PER_PASS / self.clip.map_or(1, |(num_frames, _)| num_frames.max(1))).max(1);
        for id in stale.iter().take(some) {
            self.fresh(*id);
        }
        stale.len() > some
    }
}

/// Draws a digest: a bar as high as the certainty where the point is seen, a line at that height where it is hidden,
/// amber where it is doubtful, a full bar in the text's colour where it was placed by hand.
pub(super) fn paint(painter: &Painter, rect: Rect, digest: &Digest, shown: Option<f32>, tokens: &Tokens) {
    let mut mesh = Mesh::default();
    let base = Rect::from_min_max(pos2(rect.left(), rect.bottom() - 1.0), rect.max);
    mesh.add_colored_rect(base, tokens.line);
    let width = rect.width() / digest.columns.len().max(1) as f32;
    for (i, column) in digest.columns.iter().enumerate().filter(|(_, column)| column.num > 0) {
        let left = rect.left() + i as f32 * width;
        let certainty = (column.certainty / column.num as f32).clamp(0.0, 1.0);
        let top = rect.bottom() - (certainty * rect.height()).max(2.0);
        let is_visible = 2 * column.num_visible >= column.num;
        let (top, bottom, colour) = if column.is_by_hand {
            (rect.top(), rect.bottom(), tokens.text)
        } else if is_visible && certainty < DOUBTFUL_BELOW {
            (top, rect.bottom(), tokens.warning)
        } else if is_visible {
            (top, rect.bottom(), tokens.tracked)
        } else {
            (top, top + 1.5, tokens.outline)
        };
        let right = (left + width * 1.02).min(rect.right()); // no seams
        mesh.add_colored_rect(Rect::from_min_max(pos2(left, top), pos2(right, bottom)), colour);
    }
    if let Some(share) = shown {
        let x = rect.left() + share * rect.width();
        let line = Rect::from_min_max(pos2(x - 0.75, rect.top() - 2.0), pos2(x + 0.75, rect.bottom() + 1.0));
        mesh.add_colored_rect(line, tokens.accent);
    }
    painter.add(Shape::mesh(mesh));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::SourcePoint;

    fn sample(confidence: f32, visible: bool) -> Sample {
        let point = SourcePoint::new(1.0, 2.0);
        Sample { confidence, visible, source: SampleSource::Tracked, ..Sample::by_hand(point) }
    }

    fn digest(samples: &[Option<Sample>], clip_frames: usize) -> Digest {
        Digest::of(FrameIndex(0), (samples, &[]), (clip_frames, Size::new(64, 64)))
    }

    #[test]
    fn a_digest_says_where_a_track_is_and_how_good() {
        let mut samples = vec![None; 4];
        samples.extend([Some(sample(1.0, true)), Some(sample(0.5, false)), None, Some(sample(0.9, true))]);
        let digest = digest(&samples, 96);
        assert_eq!(digest.covered, Some((FrameIndex(4), FrameIndex(7))));
        assert_eq!(digest.num_frames, 3);
        assert!((digest.mean_certainty.unwrap() - 0.8).abs() < 1e-6);
        let filled: Vec<usize> = (0..NUM_COLUMNS).filter(|i| digest.columns[*i].num > 0).collect();
        assert_eq!(filled, [2, 3], "two frames share a column");
        assert_eq!((digest.columns[2].num, digest.columns[2].num_visible, digest.columns[3].num), (2, 1, 1));
    }

    #[test]
    fn what_confidence_is_worth_is_said_where_it_is_known() {
        let plain = digest(&[Some(sample(0.9, true))], 1);
        assert_eq!(plain.text(1001), "frames 1001 to 1001 · mean confidence 90 % · no problems");
        let known = |share| Some(Sample { probability: Some(Probability::new(share)), ..sample(0.9, true) });
        let calibrated = Digest::of(FrameIndex(0), (&[known(0.7), known(0.8)], &[]), (2, Size::new(512, 512)));
        assert_eq!(calibrated.text(0), "frames 0 to 1 · within 16 px with 75 % on average · no problems");
    }

    #[test]
    fn problems_are_counted_as_the_timeline_counts_them() {
        let row = |num_doubtful: usize, num_hidden: usize| {
            let good = vec![Some(sample(0.9, true)); 9];
            let (doubtful, hidden) =
                (vec![Some(sample(0.2, true)); num_doubtful], vec![Some(sample(0.9, false)); num_hidden]);
            let samples = [good.clone(), doubtful, good, hidden].concat();
            digest(&samples, samples.len()).num_problems
        };
        assert_eq!((row(0, 0), row(2, 9)), (0, 0), "too short to matter");
        assert_eq!((row(3, 0), row(0, 16), row(3, 16)), (1, 1, 2));
    }

    #[test]
    fn a_track_without_results_has_a_digest_too() {
        let digest = digest(&[None, None], 2);
        assert_eq!((digest.covered, digest.mean_certainty, digest.columns.len()), (None, None, 2));
        assert_eq!(digest.text(0), "no results yet");
    }
}
