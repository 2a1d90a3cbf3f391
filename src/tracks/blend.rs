//! Blending: one sample for each frame of a stretch that was followed from both of its ends.

use super::track::{Sample, SampleSource};
use crate::geometry::{FrameIndex, Size, SourcePoint};

/// Two places that are nearer to each other than this share of the picture's diagonal mean the same thing; a place
/// between them is as good. Farther apart one of them is wrong, and between them there is nothing.
const SAME_WITHIN: f32 = 0.01;
/// No end counts for nothing: something has to be shown.
const LEAST_WEIGHT: f32 = 1e-3;

/// What one of the ends says of a frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said {
    pub(super) sample: Sample,
    /// The frame that it was followed from.
    pub(super) from: FrameIndex,
}

/// The sample of a frame between two ends. Each counts by how sure it is, and less the farther its end is.
pub(super) fn blended(
    forward: Option<Said>,
    backward: Option<Said>,
    frame: FrameIndex,
    picture: Option<Size>,
) -> Option<Sample> {
    let (Some(forward), Some(backward)) = (forward, backward) else {
        return forward.or(backward).map(|said| said.sample);
    };
    let [forward_sees, backward_sees] = [forward, backward].map(|said| said.sample.source == SampleSource::Plane);
    if forward_sees != backward_sees {
        return Some(if forward_sees { forward.sample } else { backward.sample });
    }
    let length = backward.from.0.saturating_sub(forward.from.0).max(1) as f32;
    let way = (frame.0.saturating_sub(forward.from.0) as f32 / length).clamp(0.0, 1.0);
    let weight = |said: &Said, nearness: f32| (said.sample.score() * nearness).max(LEAST_WEIGHT * nearness);
    let (before, after) = (weight(&forward, 1.0 - way), weight(&backward, way));
    let share = after / (before + after);
    let (a, b) = (forward.sample, backward.sample);
    let nearer = if share < 0.5 { a } else { b };
    let same_px = picture.map_or(f32::INFINITY, |size| SAME_WITHIN * (size.width as f32).hypot(size.height as f32));
    if a.point.distance(b.point) > same_px {
        return Some(nearer);
    }
    let mix = |a: f32, b: f32| a + share * (b - a);
    let point = SourcePoint::new(mix(a.point.x, b.point.x), mix(a.point.y, b.point.y));
    let (visibility, confidence) = (mix(a.visibility, b.visibility), mix(a.confidence, b.confidence));
    Some(Sample { point, visibility, confidence, ..nearer })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "as it is handed over")]
    fn said(from: u32, x: f32, confidence: f32) -> Option<Said> {
        let sample = Sample { confidence, ..Sample::by_hand(SourcePoint::new(x, 0.0)) };
        Some(Said { sample, from: FrameIndex(from) })
    }

    fn x(forward: Option<Said>, backward: Option<Said>, frame: u32) -> Option<f32> {
        let picture = Some(Size::new(300, 400)); // 5 px are the same
        blended(forward, backward, FrameIndex(frame), picture).map(|sample| sample.point.x)
    }

    #[test]
    fn one_end_alone_says_all() {
        assert_eq!(x(said(0, 3.0, 0.5), None, 9), Some(3.0));
        assert_eq!(x(None, said(9, 4.0, 0.5), 0), Some(4.0));
        assert_eq!(x(None, None, 0), None);
    }

    #[test]
    fn two_that_agree_are_mixed_by_nearness_and_by_how_sure_they_are() {
        assert_eq!(x(said(0, 0.0, 1.0), said(10, 4.0, 1.0), 5), Some(2.0));
        assert_eq!(x(said(0, 0.0, 1.0), said(10, 4.0, 1.0), 0), Some(0.0), "at an end, that end counts alone");
        assert_eq!(x(said(0, 0.0, 1.0), said(10, 4.0, 1.0), 10), Some(4.0));
        assert_eq!(x(said(0, 0.0, 0.75), said(10, 4.0, 0.25), 5), Some(1.0));
        assert_eq!(x(said(0, 0.0, 0.0), said(10, 4.0, 0.0), 5), Some(2.0), "neither is sure");
    }

    #[test]
    fn a_plane_that_was_found_counts_alone() {
        let plane = said(10, 4.0, 0.0).map(|said| {
            let sample = Sample { source: SampleSource::Plane, ..said.sample };
            Said { sample, ..said }
        });
        assert_eq!(x(said(0, 0.0, 1.0), plane, 1), Some(4.0));
        assert_eq!(x(plane.map(|said| Said { from: FrameIndex(0), ..said }), said(10, 0.0, 1.0), 9), Some(4.0));
    }

    #[test]
    fn of_two_that_disagree_one_is_right() {
        assert_eq!(x(said(0, 0.0, 1.0), said(10, 90.0, 1.0), 4), Some(0.0));
        assert_eq!(x(said(0, 0.0, 1.0), said(10, 90.0, 1.0), 6), Some(90.0));
        assert_eq!(x(said(0, 0.0, 0.1), said(10, 90.0, 0.9), 4), Some(90.0));
    }
}
