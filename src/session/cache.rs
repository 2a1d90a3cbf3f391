//! Decoded frames in memory, within a budget.

use crate::frame::Frame;
use crate::geometry::FrameIndex;
use std::collections::BTreeMap;

/// Decoded frames by number. Over budget, the frame farthest from the playhead goes first.
#[derive(Debug)]
pub(super) struct FrameCache {
    frames: BTreeMap<FrameIndex, Frame>,
    budget_bytes: usize,
    used_bytes: usize,
}

impl FrameCache {
    pub(super) fn new(budget_bytes: usize) -> Self {
        Self { frames: BTreeMap::new(), budget_bytes, used_bytes: 0 }
    }

    pub(super) fn get(&self, frame: FrameIndex) -> Option<&Frame> {
        self.frames.get(&frame)
    }

    pub(super) fn contains(&self, frame: FrameIndex) -> bool {
        self.frames.contains_key(&frame)
    }

    /// The frame closest to this one.
    pub(super) fn nearest(&self, frame: FrameIndex) -> Option<&Frame> {
        let before = self.frames.range(..=frame).next_back().map(|(_, f)| f);
        let after = self.frames.range(frame..).next().map(|(_, f)| f);
        [before, after].into_iter().flatten().min_by_key(|f| f.index.0.abs_diff(frame.0))
    }

    /// Keeps a frame; `playhead` tells which others go for it. At least this one stays, whatever the budget.
    pub(super) fn insert(&mut self, frame: Frame, playhead: FrameIndex) {
        let kept = frame.index;
        self.used_bytes += frame.rgb().len();
        if let Some(old) = self.frames.insert(kept, frame) {
            self.used_bytes -= old.rgb().len();
        }
        while self.used_bytes > self.budget_bytes {
            let (first, last) = (self.frames.first_key_value(), self.frames.last_key_value());
            let ends = [first, last].into_iter().flatten().map(|(index, _)| *index).filter(|index| *index != kept);
            let Some(farthest) = ends.max_by_key(|index| index.0.abs_diff(playhead.0)) else { return };
            if let Some(old) = self.frames.remove(&farthest) {
                self.used_bytes -= old.rgb().len();
            }
        }
    }

    /// How many frames of this size may be read ahead without pushing out those around the playhead.
    pub(super) fn reach(&self, frame_bytes: usize) -> usize {
        (self.budget_bytes / 4 * 3) / frame_bytes.max(1)
    }

    /// Stretches of consecutive frames, first and last of each.
    pub(super) fn spans(&self) -> Vec<(FrameIndex, FrameIndex)> {
        let mut spans: Vec<(FrameIndex, FrameIndex)> = Vec::new();
        for &index in self.frames.keys() {
            match spans.last_mut() {
                Some((_, last)) if last.0 + 1 == index.0 => *last = index,
                _ => spans.push((index, index)),
            }
        }
        spans
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;

    fn frame(index: u32) -> Frame {
        Frame::new(FrameIndex(index), 0.0, Size::new(2, 1), vec![0; 6])
    }

    #[test]
    fn the_frame_farthest_from_the_playhead_goes_first() {
        let mut cache = FrameCache::new(18);
        for index in [10, 11, 12] {
            cache.insert(frame(index), FrameIndex(12));
        }
        cache.insert(frame(13), FrameIndex(12));
        assert_eq!(cache.spans(), vec![(FrameIndex(11), FrameIndex(13))]);
        cache.insert(frame(5), FrameIndex(5));
        assert_eq!(cache.spans(), vec![(FrameIndex(5), FrameIndex(5)), (FrameIndex(11), FrameIndex(12))]);
    }

    #[test]
    fn one_frame_stays_even_when_it_exceeds_the_budget() {
        let mut cache = FrameCache::new(1);
        cache.insert(frame(3), FrameIndex(0));
        cache.insert(frame(4), FrameIndex(0));
        assert_eq!(cache.spans(), vec![(FrameIndex(4), FrameIndex(4))]);
    }

    #[test]
    fn the_stand_in_is_the_nearest_frame_on_either_side() {
        let mut cache = FrameCache::new(100);
        for index in [2, 9] {
            cache.insert(frame(index), FrameIndex(0));
        }
        let nearest = |to| cache.nearest(FrameIndex(to)).map(|f| f.index.0);
        assert_eq!((nearest(0), nearest(5), nearest(6), nearest(50)), (Some(2), Some(2), Some(9), Some(9)));
    }
}
