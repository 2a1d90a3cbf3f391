//! The frames of a run in the order in which it sees them.

use crate::geometry::FrameIndex;
use crate::tracks::Direction;
use std::ops::RangeInclusive;

/// A stretch of a clip, and which way through it a run goes.
#[derive(Clone, Debug)]
pub(super) struct Course {
    clip: RangeInclusive<FrameIndex>,
    direction: Direction,
}

impl Course {
    pub(super) fn new(clip: RangeInclusive<FrameIndex>, direction: Direction) -> Self {
        Self { clip, direction }
    }

    pub(super) fn clip(&self) -> &RangeInclusive<FrameIndex> {
        &self.clip
    }

    /// How many frames it has.
    pub(super) fn len(&self) -> usize {
        (self.clip.end().get() + 1).saturating_sub(self.clip.start().get())
    }

    /// The place of one of its frames, from 0.
    pub(super) fn place(&self, frame: FrameIndex) -> usize {
        match self.direction {
            Direction::Forward => frame.get() - self.clip.start().get(),
            Direction::Backward => self.clip.end().get() - frame.get(),
        }
    }

    /// The frame at a place, `None` after the last one.
    pub(super) fn frame(&self, place: usize) -> Option<FrameIndex> {
        let (start, end) = (self.clip.start().get(), self.clip.end().get());
        let frame = match self.direction {
            Direction::Forward => start.checked_add(place),
            Direction::Backward => end.checked_sub(place),
        };
        frame.filter(|frame| (start..=end).contains(frame)).map(FrameIndex::new)
    }

    /// Rows of `width`, one for each of some places in a row, as rows in the order of frames; and the first of these
    /// frames. `first` is the place of the first row.
    pub(super) fn by_frames<T>(&self, first: usize, width: usize, mut rows: Vec<T>) -> (FrameIndex, Vec<T>) {
        let num_rows = rows.len().checked_div(width).unwrap_or(0);
        let at = |place: usize| self.frame(place).unwrap_or(*self.clip.start());
        match self.direction {
            Direction::Forward => (at(first), rows),
            Direction::Backward => {
                rows.reverse(); // the rows, and each of them
                rows.chunks_mut(width.max(1)).for_each(<[T]>::reverse);
                (at((first + num_rows).saturating_sub(1)), rows)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_course_back_counts_from_the_end_and_gives_its_rows_in_the_order_of_frames() {
        let course = Course::new(FrameIndex(3)..=FrameIndex(9), Direction::Backward);
        assert_eq!((course.place(FrameIndex(9)), course.place(FrameIndex(4))), (0, 5));
        assert_eq!((course.frame(0), course.frame(6)), (Some(FrameIndex(9)), Some(FrameIndex(3))));
        assert_eq!(course.frame(7), None);
        // Frames 8 and 7, two tracks each.
        let (first, rows) = course.by_frames(1, 2, vec!["8a", "8b", "7a", "7b"]);
        assert_eq!((first, rows), (FrameIndex(7), vec!["7a", "7b", "8a", "8b"]));
        let forward = Course::new(FrameIndex(3)..=FrameIndex(9), Direction::Forward);
        assert_eq!((forward.place(FrameIndex(9)), forward.frame(6), forward.frame(7)), (6, Some(FrameIndex(9)), None));
        assert_eq!(forward.by_frames(1, 1, vec![4, 5]), (FrameIndex(4), vec![4, 5]));
    }
}
