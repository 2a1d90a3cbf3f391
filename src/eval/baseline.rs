//! Baselines: trackers without a network, to compare with.

use super::{EvalClip, QueryMode};
use crate::flow::{Pyramid, follow_both_ways};
use crate::geometry::SourcePoint;

/// A way to follow points without a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Baseline {
    /// Lucas–Kanade on pyramids, from frame to frame, there and back.
    LucasKanade,
    /// Every point stays where it is, and is always seen.
    Stay,
}

impl Baseline {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::LucasKanade, Self::Stay];

    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LucasKanade => "lk",
            Self::Stay => "stay",
        }
    }

    /// Where it says the points of a clip are, and whether they are to be seen, `[N][T]`; nothing before their queries
    /// unless what is before counts.
    #[must_use]
    pub fn track(self, clip: &EvalClip) -> Vec<Vec<Option<(SourcePoint, bool)>>> {
        let mut tracks = vec![vec![None; clip.frames.len()]; clip.queries.len()];
        let goes_back = clip.query_mode == QueryMode::Strided;
        for (track, query) in tracks.iter_mut().zip(&clip.queries) {
            track[if goes_back { 0 } else { query.frame.get() }..].fill(Some((query.point, true)));
        }
        if self == Self::LucasKanade {
            let in_order: Vec<usize> = (0..clip.frames.len()).collect();
            follow(clip, &mut tracks, in_order.iter().copied(), |query, t| query < t);
            if goes_back {
                follow(clip, &mut tracks, in_order.into_iter().rev(), |query, t| query > t);
            }
        }
        tracks
    }
}

/// Follows points from frame to frame, one way; `is_due` says for a query's frame and another whether that lies on its
/// way.
fn follow(
    clip: &EvalClip,
    tracks: &mut [Vec<Option<(SourcePoint, bool)>>],
    mut order: impl Iterator<Item = usize>,
    is_due: impl Fn(usize, usize) -> bool,
) {
    let Some(mut last) = order.next() else { return };
    let mut before = Pyramid::new(&clip.frames[last]);
    for t in order {
        let now = Pyramid::new(&clip.frames[t]);
        let due = tracks.iter_mut().zip(&clip.queries).filter(|(_, query)| is_due(query.frame.get(), t));
        for (track, query) in due {
            let point = track[last].map_or(query.point, |(point, _)| point);
            let found = follow_both_ways(&before, &now, point);
            // A point that is lost is followed on from where it was last looked for, and may be found again by chance.
            let is_somewhere = found.point.x.is_finite() && found.point.y.is_finite();
            let place = if is_somewhere { found.point } else { point };
            track[t] = Some((place, found.is_found && clip.size.contains(place)));
        }
        (before, last) = (now, t);
    }
}
