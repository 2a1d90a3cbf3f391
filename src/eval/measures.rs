//! The measures of TAP-Vid.

use super::{EvalClip, QueryMode, Truth};
use crate::geometry::SourcePoint;
use std::array;
use std::ops::AddAssign;

/// Distances within which a position counts as right, in pixels of a picture of 256 × 256.
const THRESHOLDS_PX: [f64; 5] = [1.0, 2.0, 4.0, 8.0, 16.0];
/// Side of the picture in which distances are taken.
const RASTER: f64 = 256.0;

/// How good tracks are, each from 0 to 1, as TAP-Vid defines it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measures {
    /// Of what can be seen, the share placed within 1, 2, 4, 8 and 16 pixels.
    pub within: [f64; 5],
    /// `OA`: the share of verdicts on visibility that are right.
    pub occlusion_accuracy: f64,
    /// True positives over true positives, false positives and misses, for the same distances.
    pub jaccard: [f64; 5],
}

impl Measures {
    /// `δ_avg`: what was placed within each of the distances, averaged.
    #[must_use]
    pub fn delta_avg(&self) -> f64 {
        self.within.iter().sum::<f64>() / 5.0
    }

    /// `AJ`: the Jaccard indices, averaged.
    #[must_use]
    pub fn average_jaccard(&self) -> f64 {
        self.jaccard.iter().sum::<f64>() / 5.0
    }
}

/// What was counted on one clip or several, on frames that count and of which the truth is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// How many.
    pub judged: usize,
    /// On how many the verdict on visibility is right.
    pub right: usize,
    /// On how many the point can be seen.
    pub visible: usize,
    /// Of these, how many were placed within each of the thresholds.
    close: [usize; 5],
    /// Of these, how many were said to be visible, too.
    true_positives: [usize; 5],
    /// How many were said to be visible that are not, or are farther away.
    false_positives: [usize; 5],
}

impl Counts {
    /// The shares.
    #[must_use]
    pub fn measures(&self) -> Measures {
        let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
        Measures {
            within: self.close.map(|close| share(close, self.visible)),
            occlusion_accuracy: share(self.right, self.judged),
            jaccard: array::from_fn(|i| share(self.true_positives[i], self.visible + self.false_positives[i])),
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        let added = |a: [usize; 5], b: [usize; 5]| array::from_fn(|i| a[i] + b[i]);
        *self = Self {
            judged: self.judged + other.judged,
            right: self.right + other.right,
            visible: self.visible + other.visible,
            close: added(self.close, other.close),
            true_positives: added(self.true_positives, other.true_positives),
            false_positives: added(self.false_positives, other.false_positives),
        };
    }
}

impl EvalClip {
    /// How far a position is from the truth, in pixels of a picture of 256 × 256.
    #[must_use]
    pub fn raster_distance(&self, said: SourcePoint, truth: SourcePoint) -> f64 {
        let (scale_x, scale_y) = (RASTER / f64::from(self.size.width), RASTER / f64::from(self.size.height));
        (f64::from(said.x - truth.x) * scale_x).hypot(f64::from(said.y - truth.y) * scale_y)
    }

    /// The frames that count, of each point those of which the truth is known: point, frame, truth.
    pub fn judged(&self) -> impl Iterator<Item = (usize, usize, Truth)> {
        (0..self.queries.len()).flat_map(|n| self.judged_of(n).map(move |(t, truth)| (n, t, truth)))
    }

    /// The same of one point.
    fn judged_of(&self, n: usize) -> impl Iterator<Item = (usize, Truth)> {
        let query = self.queries[n].frame.get();
        let counts = move |t: usize| t > query || (t < query && self.query_mode == QueryMode::Strided);
        let known = self.truth[n].iter().enumerate().filter_map(|(t, truth)| Some((t, (*truth)?)));
        known.filter(move |(t, _)| counts(*t))
    }

    /// How far a point is off on average where it can be seen, in pixels of a picture of 256 × 256; where nothing is
    /// said it counts as a whole picture. `None` where it can be seen on no frame that counts.
    pub fn mean_distance(&self, n: usize, predicted: impl Fn(usize) -> Option<SourcePoint>) -> Option<f64> {
        let off = |t, truth: Truth| predicted(t).map_or(RASTER, |said| self.raster_distance(said, truth.point));
        let distances: Vec<f64> =
            self.judged_of(n).filter(|(_, truth)| truth.visible).map(|(t, truth)| off(t, truth)).collect();
        (!distances.is_empty()).then(|| distances.iter().sum::<f64>() / distances.len() as f64)
    }
}

/// Holds tracks against the truth. `predicted(track, frame)` is the position and whether it is said to be visible;
/// `None`, where nothing is said, counts as far away and not visible.
#[must_use]
pub fn measure(clip: &EvalClip, predicted: impl Fn(usize, usize) -> Option<(SourcePoint, bool)>) -> Counts {
    let mut counts = Counts::default();
    for (n, t, truth) in clip.judged() {
        let said = predicted(n, t);
        let says_visible = said.is_some_and(|(_, visible)| visible);
        let distance = said.map_or(f64::INFINITY, |(point, _)| clip.raster_distance(point, truth.point));
        counts.judged += 1;
        counts.right += usize::from(says_visible == truth.visible);
        counts.visible += usize::from(truth.visible);
        for (i, threshold) in THRESHOLDS_PX.iter().enumerate() {
            let is_close = distance < *threshold;
            counts.close[i] += usize::from(is_close && truth.visible);
            counts.true_positives[i] += usize::from(is_close && truth.visible && says_visible);
            counts.false_positives[i] += usize::from(says_visible && !(is_close && truth.visible));
        }
    }
    counts
}

/// How far the places that are said are from the truth where that can be seen, in pixels of the clip.
#[must_use]
pub fn errors_px(clip: &EvalClip, predicted: impl Fn(usize, usize) -> Option<(SourcePoint, bool)>) -> Vec<f32> {
    let visible = clip.judged().filter(|(_, _, truth)| truth.visible);
    visible.filter_map(|(n, t, truth)| Some(predicted(n, t)?.0.distance(truth.point))).collect()
}

/// The mean over clips; zeros where there are none.
#[must_use]
pub fn mean(all: &[Measures]) -> Measures {
    let of = |value: &dyn Fn(&Measures) -> f64| all.iter().map(value).sum::<f64>() / all.len().max(1) as f64;
    Measures {
        within: array::from_fn(|i| of(&|m| m.within[i])),
        occlusion_accuracy: of(&|m| m.occlusion_accuracy),
        jaccard: array::from_fn(|i| of(&|m| m.jaccard[i])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::Known;
    use crate::geometry::{FrameIndex, Size};

    fn clip_of(size: Size, truth: Vec<Vec<Option<Truth>>>) -> EvalClip {
        EvalClip::new("a clip".into(), (size, Vec::new()), Known::Everywhere, truth)
    }

    fn track(x: f32, y: f32, visible: &[bool]) -> Vec<Option<Truth>> {
        visible.iter().map(|&visible| Some(Truth { point: SourcePoint::new(x, y), visible })).collect()
    }

    /// Three frames of 512 × 256, two points; the second is hidden on the first frame and the last.
    fn clip() -> EvalClip {
        let truth = vec![track(10.0, 10.0, &[true; 3]), track(50.0, 60.0, &[false, true, false])];
        clip_of(Size::new(512, 256), truth)
    }

    #[test]
    fn the_truth_scores_full_marks() {
        let clip = clip();
        let found = measure(&clip, |n, t| clip.truth[n][t].map(|truth| (truth.point, truth.visible))).measures();
        assert_eq!(found, Measures { within: [1.0; 5], occlusion_accuracy: 1.0, jaccard: [1.0; 5] });
        assert_eq!(mean(&[found, Measures::default()]).delta_avg(), 0.5);
    }

    #[test]
    fn queries_stand_where_a_point_is_first_seen_and_do_not_count() {
        let clip = clip();
        assert_eq!(clip.queries[1].frame, FrameIndex(1));
        // Frames 1 and 2 of the first point and frame 2 of the second are judged; nothing is said of any.
        let found = measure(&clip, |_, _| None).measures();
        assert!((found.occlusion_accuracy - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!((found.delta_avg(), found.average_jaccard()), (0.0, 0.0));
    }

    #[test]
    fn distances_are_taken_in_a_picture_of_256_pixels() {
        let clip = clip();
        // 7 pixels to the right are 3.5 of the raster: close from 4 on. The hidden point is said to be visible.
        let found = measure(&clip, |n, t| {
            let truth = clip.truth[n][t].unwrap().point;
            Some((SourcePoint::new(truth.x + if n == 0 { 7.0 } else { 0.0 }, truth.y), true))
        })
        .measures();
        assert!((found.delta_avg() - 0.6).abs() < 1e-12 && found.within[0] == 0.0, "{found:?}");
        assert!((found.occlusion_accuracy - 2.0 / 3.0).abs() < 1e-12);
        // Two visible frames; beyond 4 pixels: 2 hits, 1 false alarm; below: no hit, 3 false alarms.
        assert!((found.average_jaccard() - 0.6 * 2.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn a_distance_that_is_a_threshold_is_not_within_it() {
        // Frames 1 to 5, off by exactly 1, 2, 4, 8 and 16 pixels; then by a little less than 1.
        let clip = clip_of(Size::new(256, 256), vec![track(20.0, 20.0, &[true; 7])]);
        let off = [0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 0.999];
        let counts = measure(&clip, |_, t| Some((SourcePoint::new(20.0, 20.0 + off[t]), true)));
        let found = counts.measures();
        assert_eq!(found.within, [1.0, 2.0, 3.0, 4.0, 5.0].map(|n| n / 6.0));
        // What is seen and farther away is a miss and a false alarm: n of 6 + (6 - n).
        assert_eq!(found.jaccard, [1.0, 2.0, 3.0, 4.0, 5.0].map(|n| n / (12.0 - n)));
        assert_eq!(found.occlusion_accuracy, 1.0);
        let distance = clip.mean_distance(0, |t| Some(SourcePoint::new(20.0 + off[t], 20.0)));
        assert!((distance.unwrap() - 31.999 / 6.0).abs() < 1e-5);
        assert_eq!(clip.mean_distance(0, |_| None), Some(256.0));
    }

    #[test]
    fn hidden_points_count_by_what_is_said_of_their_visibility_alone() {
        // Seen on its query's frame alone; then said to be hidden, hidden, visible where it is, visible elsewhere.
        let clip = clip_of(Size::new(256, 256), vec![track(9.0, 9.0, &[true, false, false, false, false])]);
        let said = |_, t: usize| Some((SourcePoint::new(if t == 4 { 99.0 } else { 9.0 }, 9.0), t == 0 || t > 2));
        let counts = measure(&clip, said);
        assert_eq!((counts.judged, counts.right, counts.visible), (4, 2, 0));
        assert_eq!((counts.false_positives, counts.true_positives, counts.close), ([2; 5], [0; 5], [0; 5]));
        assert_eq!(clip.mean_distance(0, |_| None), None);
        // Beside a point that is found on all four frames: 4 of 4 + 2.
        let mut truth = clip.truth.clone();
        truth.push(track(9.0, 9.0, &[true; 5]));
        let both = clip_of(clip.size, truth);
        let found = measure(&both, |n, t| if n == 0 { said(n, t) } else { Some((SourcePoint::new(9.0, 9.0), true)) });
        let found = found.measures();
        assert_eq!((found.within, found.jaccard, found.occlusion_accuracy), ([1.0; 5], [4.0 / 6.0; 5], 6.0 / 8.0));
    }

    #[test]
    fn strided_points_are_asked_for_on_every_fifth_frame_and_count_on_all_others() {
        // Twelve frames; the first point is hidden on frame 5, the second seen on frames 4 to 6 alone.
        let seen = |hidden: &[usize]| (0..12).map(|t| !hidden.contains(&t)).collect::<Vec<_>>();
        let truth = vec![track(9.0, 9.0, &seen(&[5])), track(50.0, 9.0, &seen(&[0, 1, 2, 3, 7, 8, 9, 10, 11]))];
        let clip = clip_of(Size::new(256, 256), truth).strided();
        let asked: Vec<_> = clip.queries.iter().map(|query| (query.frame.0, query.point.x)).collect();
        assert_eq!(asked, [(0, 9.0), (5, 50.0), (10, 9.0)]);
        let frames = |n: usize| clip.judged().filter(|judged| judged.0 == n).map(|judged| judged.1).collect::<Vec<_>>();
        assert_eq!(frames(1), [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11]);
        // All is said to be visible at 9, from the query on alone: seen are 10 + 2 + 10 frames, found 10 + 0 + 1.
        let said =
            |n: usize, t: usize| (t >= clip.queries[n].frame.get()).then_some((SourcePoint::new(9.0, 9.0), true));
        let counts = measure(&clip, said);
        assert_eq!((counts.judged, counts.visible, counts.close), (33, 22, [11; 5]));
        // False alarms: the hidden frame 5; of the second point frame 6, misplaced, and 7 to 11; none of the third.
        assert_eq!((counts.false_positives, counts.right), ([7; 5], 10 + 1 + 4 + 1 + 1));
        assert_eq!(counts.measures().jaccard, [11.0 / 29.0; 5]);
    }

    #[test]
    fn errors_are_those_of_visible_points_in_pixels_of_the_clip() {
        let clip = clip();
        let said = |n: usize, t: usize| Some((SourcePoint::new(10.0 + 3.0 * t as f32, 10.0), n == 1));
        assert_eq!(errors_px(&clip, said), [3.0, 6.0], "the second point is hidden on the one frame after its query");
        assert!(errors_px(&clip, |_, _| None).is_empty());
    }

    #[test]
    fn where_only_the_end_is_known_it_alone_counts_and_points_weigh_the_same() {
        let mut clip = clip();
        clip.truth.iter_mut().for_each(|track| track[1] = None);
        clip.truth[1][0] = clip.truth[0][0];
        let first = measure(&clip, |_, _| Some((SourcePoint::new(10.0, 10.0), true)));
        assert_eq!((first.judged, first.right, first.visible), (2, 1, 1));
        assert_eq!(first.measures().delta_avg(), 1.0);
        // Two clips with one visible end each, one of them found: half of all ends.
        let mut both = measure(&clip, |_, _| None);
        both += first;
        assert_eq!((both.measures().delta_avg(), both.measures().occlusion_accuracy), (0.5, 0.5));
    }
}
