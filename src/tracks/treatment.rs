//! What is done to results when they are looked at. The results themselves stay as they are.

use super::polish::CloserLook;
use super::track::{Sample, SampleSource};
use crate::geometry::{FrameIndex, Size, SourcePoint};

/// Non-destructive options of a clip's tracks, applied in every look-up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Treatment {
    /// A point counts as visible where its [score](Sample::score) is above this: the probability that its place is
    /// right, or visibility · confidence where the weights did not know that. Where `None`, the network's own threshold
    /// decides.
    pub visible_above: Option<f32>,
    /// Positions are averaged over this many frames on either side, with weights that fall off linearly. Positions by
    /// hand stay exact: the window shrinks towards them, and towards the ends of a track.
    pub smooth_frames: u32,
    /// Hidden stretches of up to this many frames between visible ones become a straight line.
    pub fill_gap_frames: u32,
    /// Whether tracks go on after a cut. Where they do not, a track stops at the first cut after a frame that is fixed
    /// by hand: what the network says of another shot is a guess.
    pub through_cuts: bool,
    /// Whether tracks end where they leave the picture, unless a track says otherwise
    /// ([`super::Track::ends_outside`]): what the network says of a point that comes back is a guess.
    pub end_outside: bool,
    /// Whether polished places are shown, where there are any ([`super::Polish`]).
    pub polish: bool,
    /// Whether points are shown as the small planes that a closer look found, and of how many pixels a side. Where one
    /// was found, it says where its point is, and that it can be seen.
    pub plane: Option<u16>,
}

impl Treatment {
    /// The closer look that results are shown with.
    #[must_use]
    pub fn closer_look(&self) -> CloserLook {
        CloserLook { polish: self.polish, plane: self.plane }
    }

    /// Whether results are shown as they are.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// A track's sample on `frame`; `raw` gives the untreated ones. Outside the picture nothing is visible.
    pub(super) fn sample(
        &self,
        frame: FrameIndex,
        picture: Option<Size>,
        raw: &impl Fn(FrameIndex) -> Option<Sample>,
    ) -> Option<Sample> {
        let inside = |sample: Sample| {
            let is_inside = picture.is_none_or(|picture| picture.contains(sample.point));
            Sample { visible: sample.visible && is_inside, ..sample }
        };
        let own = |at: FrameIndex| raw(at).map(|sample| inside(self.judged(sample)));
        let sample = own(frame);
        let filled = match sample {
            Some(sample) if sample.visible => None,
            _ => self.filled(frame, sample, &own),
        };
        match filled {
            Some(filled) => Some(filled),
            None => sample.map(|sample| inside(Sample { point: self.smoothed(frame, sample, &own), ..sample })),
        }
    }

    fn judged(&self, sample: Sample) -> Sample {
        match self.visible_above {
            Some(threshold) if sample.source == SampleSource::Tracked => {
                Sample { visible: sample.score() > threshold, ..sample }
            }
            _ => sample,
        }
    }

    /// The place on the line between the visible samples round a short gap.
    fn filled(
        &self,
        frame: FrameIndex,
        sample: Option<Sample>,
        own: &impl Fn(FrameIndex) -> Option<Sample>,
    ) -> Option<Sample> {
        let most = self.fill_gap_frames;
        let visible = |at: u32| own(FrameIndex(at)).filter(|sample| sample.visible).map(|sample| (at, sample));
        let (before, from) = (1..=most.min(frame.0)).find_map(|n| visible(frame.0 - n))?;
        let left = most - (frame.0 - before - 1);
        let (after, to) = (1..=left).find_map(|n| visible(frame.0.checked_add(n)?))?;
        let smooth = |at: u32, sample: Sample| self.smoothed(FrameIndex(at), sample, own);
        let (from, to) = (smooth(before, from), smooth(after, to));
        let share = (frame.0 - before) as f32 / (after - before) as f32;
        let point = SourcePoint::new(from.x + share * (to.x - from.x), from.y + share * (to.y - from.y));
        let (visibility, confidence, probability) =
            sample.map_or((0.0, 0.0, None), |sample| (sample.visibility, sample.confidence, sample.probability));
        Some(Sample { point, visibility, confidence, probability, visible: true, source: SampleSource::Interpolated })
    }

    fn smoothed(&self, frame: FrameIndex, sample: Sample, own: &impl Fn(FrameIndex) -> Option<Sample>) -> SourcePoint {
        let (mut x, mut y, mut total) = (sample.point.x, sample.point.y, 1.0);
        if sample.source == SampleSource::Corrected {
            return sample.point;
        }
        // How far the window reaches: to the nearest end or position by hand.
        let reach = (1..=self.smooth_frames).take_while(|n| {
            let reaches = |at: Option<u32>| at.is_some_and(|at| own(FrameIndex(at)).is_some());
            reaches(frame.0.checked_sub(*n)) && reaches(frame.0.checked_add(*n)) && !Self::is_fixed(frame, n - 1, own)
        });
        let reach = reach.count() as u32;
        for n in 1..=reach {
            let weight = 1.0 - n as f32 / (reach + 1) as f32;
            for at in [frame.0 - n, frame.0 + n] {
                if let Some(sample) = own(FrameIndex(at)) {
                    (x, y, total) = (x + weight * sample.point.x, y + weight * sample.point.y, total + weight);
                }
            }
        }
        SourcePoint::new(x / total, y / total)
    }

    /// Whether a position `n` frames away is by hand.
    fn is_fixed(frame: FrameIndex, n: u32, own: &impl Fn(FrameIndex) -> Option<Sample>) -> bool {
        let by_hand = |at: u32| own(FrameIndex(at)).is_some_and(|sample| sample.source == SampleSource::Corrected);
        by_hand(frame.0 - n) || by_hand(frame.0 + n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibration::Probability;
    use proptest::prelude::*;

    fn tracked(x: f32, visible: bool) -> Sample {
        let visibility = if visible { 0.9 } else { 0.1 };
        Sample {
            point: SourcePoint::new(x, 2.0 * x),
            visibility,
            confidence: 0.8,
            probability: None,
            visible,
            source: SampleSource::Tracked,
        }
    }

    fn at(treatment: Treatment, samples: &[Option<Sample>], frame: usize) -> Option<Sample> {
        treatment.sample(FrameIndex::new(frame), None, &|at: FrameIndex| samples.get(at.get()).copied().flatten())
    }

    #[test]
    fn the_threshold_is_on_visibility_times_confidence() {
        let samples = [Some(tracked(1.0, true)), Some(Sample::by_hand(SourcePoint::new(5.0, 5.0)))];
        let visible = |above, frame| {
            at(Treatment { visible_above: Some(above), ..Treatment::default() }, &samples, frame).unwrap().visible
        };
        assert_eq!((visible(0.71, 0), visible(0.73, 0), visible(1.0, 1)), (true, false, true));
    }

    #[test]
    fn where_a_probability_is_known_the_threshold_is_on_that() {
        let samples = [Some(Sample { probability: Some(Probability::new(0.4)), ..tracked(1.0, true) })];
        let visible =
            |above| at(Treatment { visible_above: Some(above), ..Treatment::default() }, &samples, 0).unwrap().visible;
        assert_eq!((visible(0.39), visible(0.41)), (true, false));
        assert!(at(Treatment::default(), &samples, 0).unwrap().visible, "the network's own verdict stays");
    }

    #[test]
    fn short_gaps_become_a_straight_line_and_long_ones_stay() {
        let samples: Vec<_> = [Some(0.0), None, Some(50.0), Some(6.0), Some(8.0)]
            .iter()
            .enumerate()
            .map(|(i, x)| x.map(|x| tracked(x, i != 2)))
            .collect();
        let fill = |frames| Treatment { fill_gap_frames: frames, ..Treatment::default() };
        let x = |frames, frame| at(fill(frames), &samples, frame).map(|s| (s.point.x, s.visible, s.source));
        assert_eq!(x(2, 1), Some((2.0, true, SampleSource::Interpolated)));
        assert_eq!(x(2, 2), Some((4.0, true, SampleSource::Interpolated)));
        assert_eq!((x(1, 1), x(1, 2)), (None, Some((50.0, false, SampleSource::Tracked))));
        assert_eq!(x(9, 4), Some((8.0, true, SampleSource::Tracked)));
        assert_eq!(x(9, 5), None, "nothing is invented beyond the end");
    }

    #[test]
    fn smoothing_evens_out_jitter_and_keeps_what_is_by_hand() {
        let mut samples: Vec<_> = (0..20).map(|i| Some(tracked(if i % 2 == 0 { 1.0 } else { -1.0 }, true))).collect();
        samples[10] = Some(Sample::by_hand(SourcePoint::new(7.0, 7.0)));
        let smooth = Treatment { smooth_frames: 4, ..Treatment::default() };
        let x = |frame| at(smooth, &samples, frame).unwrap().point.x;
        assert!(x(5).abs() < 0.25, "{}", x(5));
        assert_eq!((x(10), x(0), x(19)), (7.0, 1.0, -1.0));
    }

    proptest! {
        #[test]
        fn a_straight_line_at_even_speed_stays_where_it_is(
            x0 in -100.0f32..100.0,
            v in -9.0f32..9.0,
            smooth in 0u32..8,
            frame in 0usize..30,
        ) {
            let samples: Vec<_> = (0..30).map(|i| Some(tracked(x0 + v * i as f32, true))).collect();
            let treatment = Treatment { smooth_frames: smooth, ..Treatment::default() };
            let shown = at(treatment, &samples, frame).unwrap().point.x;
            prop_assert!((shown - samples[frame].unwrap().point.x).abs() < 1e-3);
        }
    }
}
