//! Polish in the window: a pass over the clip while nothing is followed, where that is wanted.

use super::shared_tracks::SharedTracks;
use crate::geometry::FrameIndex;
use crate::media::BridgedSource;
use crate::polish::PolishPass;
use crate::tracks::{CloserLook, Direction};

/// A pass under way.
pub(super) struct Polishing {
    pass: PolishPass,
    direction: Direction,
    num_frames: usize,
}

impl Polishing {
    /// A pass over runs that go one way and that nobody has looked at again as is wanted.
    pub(super) fn begin(tracks: &SharedTracks) -> Option<Self> {
        let last = FrameIndex(u32::MAX);
        let pass = |store: &_, direction| (direction, PolishPass::new(store, direction, last));
        let passes =
            tracks.read(|store| [Direction::Forward, Direction::Backward].map(|direction| pass(store, direction)));
        let (direction, pass) = passes.into_iter().find(|(_, pass)| pass.num_left() > 0)?;
        Some(Self { num_frames: pass.num_left(), direction, pass })
    }

    /// What it looks for.
    pub(super) fn look(&self) -> CloserLook {
        self.pass.look()
    }

    /// Frames done, and in all.
    pub(super) fn progress(&self) -> (usize, usize) {
        (self.num_frames - self.pass.num_left(), self.num_frames)
    }

    /// Looks at one frame; returns whether there are more. What cannot be read ends the pass.
    pub(super) fn step(&mut self, source: &mut BridgedSource) -> bool {
        let Some(next) = self.pass.next_frame() else { return false };
        let read = match self.direction {
            Direction::Forward => source.read(next),
            Direction::Backward => source.read_back(next),
        };
        match read {
            Ok(Some(frame)) => self.pass.push(&frame),
            Ok(None) => return false,
            Err(error) => {
                tracing::warn!("polish ends on frame {next}: {error}");
                return false;
            }
        }
        self.pass.num_left() > 0
    }

    /// Takes over what was found.
    pub(super) fn finish(self, tracks: &SharedTracks) {
        tracks.edit(|store| self.pass.finish(store));
    }
}
