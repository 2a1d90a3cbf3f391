//! Points that are gone for a while and come back: whether they are found again.

use super::{EvalClip, QueryMode, Truth};
use crate::geometry::SourcePoint;
use std::ops::{AddAssign, Range};

/// A point counts as gone when it was hidden for as many frames.
const GONE_FRAMES: usize = 20;
/// Frames after it came back in which it must be found.
const PATIENCE_FRAMES: usize = 30;
/// Found is nearer than that, in pixels of the clip.
const FOUND_PX: f32 = 4.0;
/// Farther than that, a point that is said to be visible was mistaken for another.
const MISTAKEN_PX: f32 = 8.0;
/// A tracker may take as many frames to notice that a point is gone.
const NOTICE_FRAMES: usize = 16;
/// When it comes back, a point may be half visible.
const EDGE_FRAMES: usize = 3;

/// What became of the points that came back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Returns {
    /// How often a point came back after 20 frames or more.
    pub count: usize,
    /// Of these, those found within 4 pixels in the 30 frames after.
    pub found: usize,
    /// Of these, those taken for something else: said to be visible while hidden (after 16 frames), or, once back, more
    /// than 8 pixels from where they are.
    pub mistaken: usize,
}

impl AddAssign for Returns {
    fn add_assign(&mut self, other: Self) {
        self.count += other.count;
        self.found += other.found;
        self.mistaken += other.mistaken;
    }
}

/// Judges every return in a clip whose points are followed from where they are first seen; none else. `predicted` as
/// for [`super::measure`].
#[must_use]
pub fn returns(clip: &EvalClip, predicted: impl Fn(usize, usize) -> Option<(SourcePoint, bool)>) -> Returns {
    let mut judged = Returns::default();
    if clip.query_mode != QueryMode::First {
        return judged;
    }
    for (n, track) in clip.truth.iter().enumerate() {
        // Where the truth of some frame is not known, nobody knows when a point comes back.
        let Some(track) = track.iter().copied().collect::<Option<Vec<Truth>>>() else { continue };
        let visible: Vec<bool> = track.iter().map(|truth| truth.visible).collect();
        let distance =
            |t: usize| predicted(n, t).filter(|(_, seen)| *seen).map(|(point, _)| point.distance(track[t].point));
        for (gone, back) in gaps(&visible) {
            let is_lie = |t: usize| distance(t).is_some();
            let is_mistake = |t: usize| distance(t).is_some_and(|distance| distance > MISTAKEN_PX);
            let lies = (gone.start + NOTICE_FRAMES..gone.end.saturating_sub(EDGE_FRAMES)).any(is_lie);
            let errs = (back.start + EDGE_FRAMES..back.end).any(is_mistake);
            let is_found = back.clone().any(|t| distance(t).is_some_and(|distance| distance <= FOUND_PX));
            judged += Returns { count: 1, found: usize::from(is_found), mistaken: usize::from(lies || errs) };
        }
    }
    judged
}

/// The frames in which a point that had been seen was gone, and those right after that in which it is back.
fn gaps(visible: &[bool]) -> Vec<(Range<usize>, Range<usize>)> {
    let mut gaps = Vec::new();
    let Some(mut t) = visible.iter().position(|seen| *seen) else { return gaps };
    let until = |from: usize, seen: bool| {
        visible[from..].iter().position(|now| *now == seen).map_or(visible.len(), |count| from + count)
    };
    while t < visible.len() {
        let gone = until(t, false);
        let back = until(gone, true);
        let end = until(back, false).min(back + PATIENCE_FRAMES);
        if back - gone >= GONE_FRAMES && end > back {
            gaps.push((gone..back, back..end));
        }
        t = back;
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::Known;
    use crate::geometry::Size;

    /// One point at (8, 8), seen on frames 2 to 9, hidden from 10 to 39, seen from 40 to 79.
    fn clip() -> EvalClip {
        let truth = |t| Some(Truth { point: SourcePoint::new(8.0, 8.0), visible: (2..10).contains(&t) || t >= 40 });
        let size = Size::new(16, 16);
        EvalClip::new(
            "there and back".into(),
            (size, Vec::new()),
            Known::Everywhere,
            vec![(0..80).map(truth).collect()],
        )
    }

    fn judge(predicted: impl Fn(usize) -> Option<(f32, bool)>) -> (usize, usize, usize) {
        let Returns { count, found, mistaken } =
            returns(&clip(), |_, t| predicted(t).map(|(x, seen)| (SourcePoint::new(x, 8.0), seen)));
        (count, found, mistaken)
    }

    #[test]
    fn a_return_is_found_missed_or_mistaken() {
        assert_eq!(judge(|t| Some((8.0, t >= 60))), (1, 1, 0));
        assert_eq!(judge(|t| Some((11.0, t >= 41))), (1, 1, 0), "3 pixels away is found");
        assert_eq!(judge(|t| Some((8.0, t >= 70))), (1, 0, 0), "too late");
        assert_eq!(judge(|_| None), (1, 0, 0));
        assert_eq!(judge(|t| Some((8.0, t == 30 || t >= 40))), (1, 1, 1), "nobody sees a hidden point");
        assert_eq!(judge(|t| Some((8.0, !(25..40).contains(&t)))), (1, 1, 0), "slow to notice");
        assert_eq!(judge(|t| Some((if t > 50 { 8.0 } else { 0.0 - 0.5 }, t >= 44))), (1, 1, 1));
        assert_eq!(judge(|t| Some((8.0, t == 38 || t >= 40))), (1, 1, 0), "half visible at the edge");
    }

    #[test]
    fn where_only_the_end_is_known_nothing_returns() {
        let mut clip = clip();
        clip.truth[0][1..79].fill(None);
        assert_eq!(returns(&clip, |_, _| None), Returns::default());
    }

    #[test]
    fn short_gaps_and_points_that_stay_away_are_no_returns() {
        let seen = |pattern: &[(usize, bool)]| -> Vec<bool> {
            pattern.iter().flat_map(|&(count, seen)| vec![seen; count]).collect()
        };
        assert!(gaps(&seen(&[(5, true), (19, false), (5, true)])).is_empty());
        assert!(gaps(&seen(&[(5, true), (40, false)])).is_empty());
        assert!(gaps(&seen(&[(40, false), (5, true)])).is_empty(), "before its query a point is not gone");
        let twice = gaps(&seen(&[(5, true), (20, false), (50, true), (30, false), (2, true)]));
        assert_eq!(twice, [(5..25, 25..55), (75..105, 105..107)]);
    }
}
