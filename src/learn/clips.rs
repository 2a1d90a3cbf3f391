//! Clips to learn from: their shots, cut into stretches, and some of their pictures as textures.

use super::LearnError;
use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size};
use crate::media::{BridgedSource, ClipSource, CutFinder, FrameSummary, Resizer};
use crate::sync::CancelToken;

/// Frames of a stretch at most,
const MOST_FRAMES: usize = 48;
/// and at most so many bytes of pictures, but never fewer frames than a window.
const MOST_BYTES: usize = 512 << 20;
const WINDOW: usize = 16;
/// A shot of fewer frames is passed over.
const LEAST_FRAMES: usize = 12;

/// Some frames of one shot that follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The first one, as the clip counts.
    pub first: FrameIndex,
    /// How many.
    pub len: usize,
}

/// A clip to learn from.
pub struct Clip {
    /// What it is called.
    pub name: String,
    /// Tells it from others, whatever it is called.
    pub digest: String,
    /// The size of its pictures.
    pub size: Size,
    /// Its stretches, in order.
    pub stretches: Vec<Stretch>,
    /// Some of its pictures, in the size that textures have.
    pub textures: Vec<Frame>,
    frames: BridgedSource,
}

impl Clip {
    /// Opens a clip and looks through it: where shots begin, and which frames decode. `textures` says how many pictures
    /// are kept, and how large. `progress` is told of every frame: how many are done, of how many.
    ///
    /// # Errors
    /// When it cannot be read, or `cancel` was raised.
    pub fn survey(
        source: &ClipSource,
        (name, digest): (String, String),
        (num_textures, texture_size): (usize, Size),
        progress: &mut dyn FnMut(usize, usize),
        cancel: &CancelToken,
    ) -> Result<Self, LearnError> {
        let mut frames = BridgedSource::new(source.open()?);
        let (size, promised) = (frames.info().size, frames.info().num_frames());
        let mut resizer = Resizer::new(size, texture_size).map_err(LearnError::Pictures)?;
        let (mut finder, mut cuts, mut textures) = (CutFinder::default(), Vec::new(), Vec::new());
        let mut num_frames = 0;
        while num_frames < promised {
            if cancel.is_cancelled() {
                return Err(LearnError::Cancelled);
            }
            let Some(frame) = frames.read(FrameIndex::new(num_frames))? else { break };
            cuts.extend(finder.push(FrameSummary::of(&frame)));
            // The middles of so many equal parts.
            if (2 * textures.len() + 1) * promised <= (2 * num_frames + 1) * num_textures {
                let mut rgb = Vec::new();
                resizer.resize(frame.rgb(), &mut rgb).map_err(LearnError::Pictures)?;
                textures.push(Frame::new(frame.index, frame.time_secs, texture_size, rgb));
            }
            num_frames += 1;
            progress(num_frames, promised);
        }
        cuts.extend(finder.finish());
        let most = (MOST_BYTES / (3 * size.area()).max(1)).clamp(WINDOW, MOST_FRAMES);
        let stretches = stretches(num_frames, &cuts, most);
        Ok(Self { name, digest, size, stretches, textures, frames })
    }

    /// The last frame of the clip that is in a stretch.
    #[must_use]
    pub fn last(&self) -> FrameIndex {
        self.stretches.last().map_or(FrameIndex(0), |stretch| stretch.first.after(stretch.len - 1))
    }

    /// Some frames of a stretch, the `len` from `first` on, as the stretch counts: its own first one is number 0.
    ///
    /// # Errors
    /// When they cannot be read any more.
    pub fn read(&mut self, stretch: Stretch, first: usize, len: usize) -> Result<Vec<Frame>, LearnError> {
        let mut frames = Vec::with_capacity(len);
        for number in first..first + len {
            let frame = self.frames.read(stretch.first.after(number))?;
            let frame = frame
                .or_else(|| self.frames.last().cloned())
                .ok_or_else(|| LearnError::TooLittle(format!("no frame of {} decodes any more", self.name)))?;
            frames.push(frame.held_at(FrameIndex::new(number), frame.time_secs));
        }
        Ok(frames)
    }
}

/// The shots of a clip in as few equal stretches as have no more than `most` frames; a clip that would be one stretch
/// alone is two, where each is long enough.
fn stretches(num_frames: usize, cuts: &[FrameIndex], most: usize) -> Vec<Stretch> {
    let mut bounds: Vec<usize> = cuts.iter().map(|cut| cut.get()).filter(|cut| *cut < num_frames).collect();
    bounds.insert(0, 0);
    bounds.push(num_frames);
    let shots: Vec<(usize, usize)> = bounds.windows(2).map(|shot| (shot[0], shot[1])).collect();
    let shots = shots.into_iter().filter(|(start, end)| end - start >= LEAST_FRAMES);
    let cut = |(start, end): (usize, usize), parts: usize| {
        let at = move |part: usize| start + (end - start) * part / parts;
        (0..parts).map(move |part| Stretch { first: FrameIndex::new(at(part)), len: at(part + 1) - at(part) })
    };
    let all: Vec<Stretch> = shots.flat_map(|shot| cut(shot, (shot.1 - shot.0).div_ceil(most))).collect();
    match all[..] {
        [Stretch { first, len }] if len >= 2 * LEAST_FRAMES => cut((first.get(), first.get() + len), 2).collect(),
        _ => all,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shots_are_cut_into_equal_stretches_and_short_ones_are_passed_over() {
        let cut = |num_frames, cuts: &[u32], most| {
            let cuts: Vec<FrameIndex> = cuts.iter().copied().map(FrameIndex).collect();
            let all = stretches(num_frames, &cuts, most);
            all.iter().map(|stretch| (stretch.first.get(), stretch.len)).collect::<Vec<_>>()
        };
        assert_eq!(cut(100, &[], 48), [(0, 33), (33, 33), (66, 34)]);
        assert_eq!(cut(100, &[5, 60, 70], 48), [(5, 27), (32, 28), (70, 30)]);
        assert_eq!(cut(40, &[], 48), [(0, 20), (20, 20)]);
        assert_eq!(cut(20, &[], 48), [(0, 20)]);
        assert_eq!(cut(70, &[60], 60), [(0, 30), (30, 30)], "one shot is too short");
        assert!(cut(8, &[], 48).is_empty() && cut(0, &[], 48).is_empty());
    }
}
