//! The measures of TAP-Vid.

use super::EvalClip;
use crate::geometry::SourcePoint;

/// Distances within which a position counts as right, in pixels of a picture of 256 × 256.
const THRESHOLDS_PX: [f64; 5] = [1.0, 2.0, 4.0, 8.0, 16.0];
/// Side of the picture in which distances are taken.
const RASTER: f64 = 256.0;

/// How good tracks are, each from 0 to 1, as TAP-Vid defines it. Only frames after a point's query count.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measures {
    /// `δ_avg`: of what can be seen, the share placed within 1, 2, 4, 8 and 16 pixels, averaged.
    pub delta_avg: f64,
    /// `OA`: the share of verdicts on visibility that are right.
    pub occlusion_accuracy: f64,
    /// `AJ`: true positives over true positives, false positives and misses, averaged over the thresholds.
    pub average_jaccard: f64,
}

/// Holds tracks against the truth. `predicted(track, frame)` is the position and whether it is said to be visible;
/// `None`, where nothing is said, counts as far away and not visible.
#[must_use]
pub fn measure(clip: &EvalClip, predicted: impl Fn(usize, usize) -> Option<(SourcePoint, bool)>) -> Measures {
    let size = clip.size();
    let (scale_x, scale_y) = (RASTER / f64::from(size.width), RASTER / f64::from(size.height));
    let (mut num_judged, mut num_right, mut num_visible) = (0usize, 0usize, 0usize);
    let (mut close, mut true_positives, mut false_positives) = ([0usize; 5], [0usize; 5], [0usize; 5]);
    for (n, query) in clip.queries().iter().enumerate() {
        for t in query.frame.get() + 1..clip.frames.len() {
            let (truth, is_visible) = (clip.tracks[n][t], clip.visible[n][t]);
            let said = predicted(n, t);
            let says_visible = said.is_some_and(|(_, visible)| visible);
            let distance = said.map_or(f64::INFINITY, |(point, _)| {
                (f64::from(point.x - truth.x) * scale_x).hypot(f64::from(point.y - truth.y) * scale_y)
            });
            num_judged += 1;
            num_right += usize::from(says_visible == is_visible);
            num_visible += usize::from(is_visible);
            for (i, threshold) in THRESHOLDS_PX.iter().enumerate() {
                let is_close = distance < *threshold;
                close[i] += usize::from(is_close && is_visible);
                true_positives[i] += usize::from(is_close && is_visible && says_visible);
                false_positives[i] += usize::from(says_visible && !(is_close && is_visible));
            }
        }
    }
    let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
    let average = |value: &dyn Fn(usize) -> f64| (0..5).map(value).sum::<f64>() / 5.0;
    Measures {
        delta_avg: average(&|i| share(close[i], num_visible)),
        occlusion_accuracy: share(num_right, num_judged),
        average_jaccard: average(&|i| share(true_positives[i], num_visible + false_positives[i])),
    }
}

/// The mean over clips; zeros where there are none.
#[must_use]
pub fn mean(all: &[Measures]) -> Measures {
    let of = |value: fn(&Measures) -> f64| all.iter().map(value).sum::<f64>() / all.len().max(1) as f64;
    Measures {
        delta_avg: of(|m| m.delta_avg),
        occlusion_accuracy: of(|m| m.occlusion_accuracy),
        average_jaccard: of(|m| m.average_jaccard),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Frame;
    use crate::geometry::{FrameIndex, Size};

    /// Three frames of 512 × 256, two points; the second is hidden on the first frame and the last.
    fn clip() -> EvalClip {
        let size = Size::new(512, 256);
        let frame = |index| Frame::new(FrameIndex::new(index), 0.0, size, vec![0; 3 * size.area()]);
        EvalClip {
            name: "a clip".into(),
            frames: (0..3).map(frame).collect(),
            tracks: vec![vec![SourcePoint::new(10.0, 10.0); 3], vec![SourcePoint::new(50.0, 60.0); 3]],
            visible: vec![vec![true; 3], vec![false, true, false]],
        }
    }

    #[test]
    fn the_truth_scores_full_marks() {
        let clip = clip();
        let found = measure(&clip, |n, t| Some((clip.tracks[n][t], clip.visible[n][t])));
        assert_eq!(found, Measures { delta_avg: 1.0, occlusion_accuracy: 1.0, average_jaccard: 1.0 });
        assert_eq!(mean(&[found, Measures::default()]).delta_avg, 0.5);
    }

    #[test]
    fn queries_stand_where_a_point_is_first_seen_and_do_not_count() {
        let clip = clip();
        assert_eq!(clip.queries()[1].frame, FrameIndex(1));
        // Frames 1 and 2 of the first point and frame 2 of the second are judged; nothing is said of any.
        let found = measure(&clip, |_, _| None);
        assert!((found.occlusion_accuracy - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!((found.delta_avg, found.average_jaccard), (0.0, 0.0));
    }

    #[test]
    fn distances_are_taken_in_a_picture_of_256_pixels() {
        let clip = clip();
        // 7 pixels to the right are 3.5 of the raster: close from 4 on. The hidden point is said to be visible.
        let found = measure(&clip, |n, t| {
            let truth = clip.tracks[n][t];
            Some((SourcePoint::new(truth.x + if n == 0 { 7.0 } else { 0.0 }, truth.y), true))
        });
        assert!((found.delta_avg - 0.6).abs() < 1e-12, "{found:?}");
        assert!((found.occlusion_accuracy - 2.0 / 3.0).abs() < 1e-12);
        // Two visible frames; beyond 4 pixels: 2 hits, 1 false alarm; below: no hit, 3 false alarms.
        assert!((found.average_jaccard - 0.6 * 2.0 / 3.0).abs() < 1e-12);
    }
}
