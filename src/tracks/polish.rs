//! Polished places of a run. The network's own stay in the run's chunks.

use crate::geometry::{FrameIndex, SourcePoint};

/// A polished place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PolishedPlace {
    /// Where the point is; the network's own place where nothing better was found.
    pub point: SourcePoint,
    /// How much the picture there looks like the point on the frame of its query: normalised correlation, −1 to 1.
    /// `None` where there is too little to compare.
    pub similarity: Option<f32>,
}

/// The polished places of one run over consecutive frames.
#[derive(Clone, Debug, PartialEq)]
pub struct Polish {
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
