//! The windows of a lesson, and what one hands on to the next.

use crate::learn::Lesson;
use crate::model::WindowState;

/// The frames of a lesson that are refined at once, from `start` on; behind the last one it stands again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) start: usize,
    /// Frames `S`.
    pub(super) len: usize,
}

/// The windows of `num_frames` frames in which one of the points is known; as the tracker's, half a window apart.
pub(super) fn windows(num_frames: usize, len: usize, first_query: usize) -> Vec<Window> {
    let step = len / 2;
    let last = num_frames.saturating_sub(len).div_ceil(step) * step;
    let starts = (0..=last).step_by(step).filter(|start| first_query < start + len);
    starts.map(|start| Window { start, len }).collect()
}

impl Window {
    /// Its frames in the lesson.
    pub(super) fn frames(self, num_frames: usize) -> impl Iterator<Item = usize> {
        (self.start..self.start + self.len).map(move |frame| frame.min(num_frames - 1))
    }

    /// Where in `[N, S]` values each (frame, point) of the lesson stands that is in the window.
    pub(super) fn labelled(self, points: &[usize], num_frames: usize) -> impl Iterator<Item = (usize, (usize, usize))> {
        let present = self.len.min(num_frames - self.start);
        let track = move |(track, &point): (usize, &usize)| {
            (0..present).map(move |frame| (track * self.len + frame, (self.start + frame, point)))
        };
        points.iter().enumerate().flat_map(track)
    }

    /// Where `points`, those of the window before first, begin: where that one left them, or, where they are new since
    /// it, at their queries. In feature pixels.
    pub(super) fn begin(
        self,
        lesson: &Lesson,
        points: &[usize],
        before: Option<&WindowState>,
        stride: f32,
    ) -> WindowState {
        let places: Vec<[f32; 2]> = points.iter().map(|&point| lesson.queries[point].1.map(|v| v / stride)).collect();
        let mut state = WindowState::still(self.len, &places);
        let (Some(before), step) = (before, self.len / 2) else { return state };
        for frame in 0..self.len {
            let from = (frame + step).min(self.len - 1);
            for (track, _) in points.iter().take(before.num_tracks).enumerate() {
                let (to, from) = (frame * points.len() + track, from * before.num_tracks + track);
                state.coords[to] = before.coords[from];
                state.visibility[to] = before.visibility[from];
                state.confidence[to] = before.confidence[from];
            }
        }
        state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_the_trackers() {
        let starts = |num_frames, first| windows(num_frames, 16, first).iter().map(|w| w.start).collect::<Vec<_>>();
        assert_eq!(starts(5, 0), [0]);
        assert_eq!(starts(16, 15), [0]);
        assert_eq!(starts(17, 0), [0, 8]);
        assert_eq!(starts(27, 3), [0, 8, 16]);
        assert_eq!(starts(40, 24), [16, 24], "none before the first query");
        let window = Window { start: 16, len: 16 };
        assert_eq!(window.frames(27).skip(9).take(4).collect::<Vec<_>>(), [25, 26, 26, 26]);
        let labelled: Vec<_> = window.labelled(&[4, 2], 18).collect();
        assert_eq!(labelled, [(0, (16, 4)), (1, (17, 4)), (16, (16, 2)), (17, (17, 2))]);
    }

    #[test]
    fn a_window_begins_where_the_one_before_ended() {
        let lesson = Lesson {
            features: Vec::new(),
            size: crate::geometry::Size::new(64, 64),
            queries: vec![(0, [4.0, 8.0]), (9, [12.0, 16.0])],
            places: Vec::new(),
            visible: Vec::new(),
            weight: Vec::new(),
        };
        let mut before = WindowState::still(4, &[[0.0, 0.0]]);
        for frame in 0..4 {
            (before.coords[frame][0], before.visibility[frame]) = (frame as f32, 0.5);
        }
        let state = Window { start: 2, len: 4 }.begin(&lesson, &[0, 1], Some(&before), 4.0);
        let first: Vec<f32> = state.coords.iter().step_by(2).map(|place| place[0]).collect();
        assert_eq!((first, state.visibility[2]), (vec![2.0, 3.0, 3.0, 3.0], 0.5));
        assert!(state.coords.iter().skip(1).step_by(2).all(|place| *place == [3.0, 4.0]) && state.visibility[3] == 0.0);
    }
}
