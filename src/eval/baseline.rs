//! What needs no network, to compare with.

use super::EvalClip;
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

    /// Where it says the points of a clip are, and whether they are to be seen, `[N][T]`; nothing before their queries.
    #[must_use]
    pub fn track(self, clip: &EvalClip) -> Vec<Vec<Option<(SourcePoint, bool)>>> {
        let queries = clip.queries();
        let mut tracks = vec![vec![None; clip.frames.len()]; queries.len()];
        for (track, query) in tracks.iter_mut().zip(&queries) {
            track[query.frame.get()..].fill(Some((query.point, true)));
        }
        if self == Self::Stay {
            return tracks;
        }
        let mut before = clip.frames.first().map(Pyramid::new);
        for (t, frame) in clip.frames.iter().enumerate().skip(1) {
            let now = Pyramid::new(frame);
            for (track, query) in tracks.iter_mut().zip(&queries).filter(|(_, query)| query.frame.get() < t) {
                let point = track[t - 1].map_or(query.point, |(point, _)| point);
                let Some(before) = &before else { continue };
                let found = follow_both_ways(before, &now, point);
                // A point that is lost is followed on from where it was last looked for, and may be found again by
                // chance.
                let is_somewhere = found.point.x.is_finite() && found.point.y.is_finite();
                let place = if is_somewhere { found.point } else { point };
                track[t] = Some((place, found.is_found && clip.size.contains(place)));
            }
            before = Some(now);
        }
        tracks
    }
}
