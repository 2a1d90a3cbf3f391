//! Places of a run after a closer look at the pictures, and what tracks show of them. The network's own stay in the
//! run's chunks.

use super::store::TrackStore;
use super::track::{RunId, Track, TrackId};
use crate::geometry::{FrameIndex, SourcePoint};
use std::ops::RangeInclusive;

/// A polished place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PolishedPlace {
    /// Where the point is; the network's own place where nothing better was found.
    pub point: SourcePoint,
    /// How much the picture there looks like the point on the frame of its query: normalised correlation, −1 to 1.
    /// `None` where there is too little to compare.
    pub similarity: Option<f32>,
    /// Where the point was found as a small plane: the corners of the square around its query, clockwise from the one
    /// that is top left on the query's frame.
    pub corners: Option<[SourcePoint; 4]>,
}

/// What a closer look at the pictures is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CloserLook {
    /// Visible places are refined to parts of a pixel.
    pub polish: bool,
    /// The square of so many pixels a side around each point is followed as a small plane.
    pub plane: Option<u16>,
}

impl CloserLook {
    /// The sides that a plane may have.
    pub const PLANE_SIDES: RangeInclusive<u16> = 15..=501;
    /// The side of a plane that nobody has chosen.
    pub const PLANE_SIDE: u16 = 61;

    /// Whether there is nothing to look for.
    #[must_use]
    pub fn is_none(self) -> bool {
        self == Self::default()
    }
}

/// The polished places of one run over consecutive frames.
#[derive(Clone, Debug, PartialEq)]
pub struct Polish {
    /// What was looked for.
    pub look: CloserLook,
    /// The first frame.
    pub first: FrameIndex,
    /// Points per frame.
    pub num_tracks: usize,
    /// `[frames, num_tracks]`; `None` where nothing was looked at: the point is hidden there, or not yet placed.
    pub places: Vec<Option<PolishedPlace>>,
}

impl Polish {
    /// The place of the run's `slot`-th point.
    #[must_use]
    pub fn place(&self, slot: usize, frame: FrameIndex) -> Option<PolishedPlace> {
        let row = frame.get().checked_sub(self.first.get())?;
        if slot >= self.num_tracks {
            return None;
        }
        self.places.get(row * self.num_tracks + slot).copied().flatten()
    }
}

impl TrackStore {
    /// Takes over what a closer look made of a run's places; its tracks are there from now on. Nothing happens if there
    /// is no such run. Results that come later undo it.
    ///
    /// # Panics
    /// If it is of another number of points than the run.
    pub fn set_polish(&mut self, run: RunId, polish: Polish) {
        if let Some(run) = self.run_mut(run) {
            run.set_polish(Some(polish));
        }
    }

    /// Whether any track shows places after a closer look.
    #[must_use]
    pub fn is_polished(&self) -> bool {
        let wanted = self.treatment().closer_look();
        !wanted.is_none() && self.runs().any(|run| run.polish().is_some_and(|polish| polish.look == wanted))
    }

    /// Whether any track is shown as a small plane.
    #[must_use]
    pub fn has_planes(&self) -> bool {
        self.treatment().plane.is_some() && self.is_polished()
    }

    /// How much a track looks like its point does on the frame of its query, one entry per frame: normalised
    /// correlation, −1 to 1. `None` where nobody has looked: where it is hidden or by hand, and everywhere unless its
    /// run was polished and that is shown.
    pub fn similarities_of(
        &self,
        id: TrackId,
        frames: RangeInclusive<FrameIndex>,
    ) -> impl Iterator<Item = Option<f32>> {
        let track = self.track(id);
        let frames = (frames.start().0..=frames.end().0).map(FrameIndex);
        frames.map(move |frame| self.polished(track?, frame).find_map(|place| place.similarity))
    }

    /// The corners of the square around a track's query where it was found as a small plane, clockwise from the one
    /// that is top left on the query's frame, in source pixels. `shown` is where the track is said to be on that frame:
    /// they lie around it, also where it is smoothed. `None` where the plane was not found, and where the point is by
    /// hand.
    #[must_use]
    pub fn corners(&self, track: &Track, frame: FrameIndex, shown: SourcePoint) -> Option<[SourcePoint; 4]> {
        self.treatment().plane?;
        let planes = self.polished(track, frame).filter_map(|place| Some((place.point, place.corners?)));
        let (point, corners) = planes.min_by(|a, b| a.0.distance(shown).total_cmp(&b.0.distance(shown)))?;
        let (x, y) = (shown.x - point.x, shown.y - point.y);
        Some(corners.map(|corner| SourcePoint::new(corner.x + x, corner.y + y)))
    }

    /// What the shown closer look made of a track's place, a forward run's word before that of one from after it.
    fn polished(&self, track: &Track, frame: FrameIndex) -> impl Iterator<Item = PolishedPlace> {
        let look = self.treatment().closer_look();
        let segment = track.segment_at(frame).filter(|_| !track.corrections.contains_key(&frame)).copied();
        let slots = segment.into_iter().flat_map(|segment| segment.slots().collect::<Vec<_>>());
        slots.filter_map(move |(run, slot)| self.run(run)?.polished(slot, frame, look))
    }
}
