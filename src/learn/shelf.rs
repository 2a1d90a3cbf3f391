//! Encoded frames of many clips, as many as fit; the others are encoded again when they are needed.

use super::LearnError;
use crate::frame::Frame;
use crate::geometry::Size;
use crate::model::{Features, Network, PackedFeatures};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// Which frames: those of a stretch, or of a made clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Origin {
    Stretch(usize),
    Made(usize),
}

/// Encoded frames up to a budget of bytes. What was not needed for longest goes first: lessons come in no order.
#[derive(Debug)]
pub(super) struct Shelf {
    budget_bytes: usize,
    num_bytes: usize,
    /// How often it was asked.
    clock: u64,
    kept: HashMap<(Origin, usize), (Arc<PackedFeatures>, u64)>,
}

impl Shelf {
    pub(super) fn new(budget_bytes: usize) -> Self {
        Self { budget_bytes, num_bytes: 0, clock: 0, kept: HashMap::new() }
    }

    /// The features of some frames; `read` gives the pictures of those from the first to the last that is missing.
    pub(super) fn features(
        &mut self,
        (network, size): (&Network, Size),
        origin: Origin,
        frames: Range<usize>,
        read: impl FnOnce(Range<usize>) -> Result<Vec<Frame>, LearnError>,
    ) -> Result<Vec<Arc<Features>>, LearnError> {
        self.clock += 1;
        let mut missing = frames.clone().filter(|frame| !self.kept.contains_key(&(origin, *frame)));
        if let Some(first) = missing.next() {
            let last = missing.next_back().unwrap_or(first);
            for (frame, picture) in (first..=last).zip(read(first..last + 1)?) {
                if !self.kept.contains_key(&(origin, frame)) {
                    let packed = network.encode_packed(&picture, size)?;
                    self.num_bytes += packed.num_bytes();
                    self.kept.insert((origin, frame), (Arc::new(packed), self.clock));
                }
            }
        }
        let mut features = Vec::with_capacity(frames.len());
        for frame in frames {
            let (packed, used) = self.kept.get_mut(&(origin, frame)).expect("all frames are read");
            *used = self.clock;
            features.push(Arc::new(network.unpack(packed)?));
        }
        self.make_room();
        Ok(features)
    }

    fn make_room(&mut self) {
        while self.num_bytes > self.budget_bytes {
            let oldest = self.kept.iter().min_by_key(|(at, (_, used))| (*used, at.1)).map(|(at, _)| *at);
            let Some((packed, _)) = oldest.and_then(|at| self.kept.remove(&at)) else { return };
            self.num_bytes -= packed.num_bytes();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::FrameIndex;
    use crate::media::{FrameSource, SyntheticSource};
    use crate::model::{CpuOptions, DeviceChoice};
    use std::path::Path;

    #[test]
    fn frames_are_encoded_once_as_long_as_there_is_room() {
        let weights = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tiny.safetensors");
        let network = Network::load(&weights, DeviceChoice::Cpu, CpuOptions::precise(Some(1))).unwrap();
        let (size, mut source) = (network.config().clip_size(), SyntheticSource::new(Size::new(96, 72), 30, 25.0));
        let mut reads = Vec::new();
        let mut ask = |shelf: &mut Shelf, frames: Range<usize>| {
            let mut read_here = None;
            let read = |frames: Range<usize>| {
                read_here = Some(frames.clone());
                Ok(frames.map(|frame| source.read(FrameIndex::new(frame)).unwrap()).collect())
            };
            let features = shelf.features((&network, size), Origin::Stretch(0), frames.clone(), read).unwrap();
            assert_eq!(features.len(), frames.len());
            reads.push(read_here);
        };
        let mut shelf = Shelf::new(usize::MAX);
        ask(&mut shelf, 4..10);
        ask(&mut shelf, 6..9);
        ask(&mut shelf, 2..12);
        let bytes_of_one = shelf.num_bytes / 10;
        let mut small = Shelf::new(4 * bytes_of_one);
        ask(&mut small, 0..3);
        ask(&mut small, 6..9);
        ask(&mut small, 6..9);
        ask(&mut small, 0..3);
        assert_eq!(small.num_bytes, 4 * bytes_of_one);
        assert_eq!(reads, [Some(4..10), None, Some(2..12), Some(0..3), Some(6..9), None, Some(0..2)]);
    }
}
