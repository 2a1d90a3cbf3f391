//! Which frame stands where on the timeline, and which part of the clip it shows.

use crate::geometry::FrameIndex;
use egui::{Rect, pos2};

/// A zoomed timeline shows at least this many frames.
const MIN_FRAMES: f64 = 8.0;

/// First and last frame, both in it: what loops and exports keep to.
pub(crate) type Range = (FrameIndex, FrameIndex);

/// Half of what the playhead takes of the ruler, with the space beside it.
pub(super) const GRIP: f32 = 8.0;
/// At both ends of the bed.
pub(super) const SIDE_MARGIN: f32 = 12.0;
/// Room for the names of the lanes.
pub(super) const GUTTER: f32 = 132.0;

/// The part of the clip that a zoomed timeline shows, in frames; edges may lie inside a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Window {
    pub(super) first: f64,
    pub(super) span: f64,
}

impl Window {
    /// From the first of these frames to the last.
    pub(super) fn of(first: FrameIndex, last: FrameIndex) -> Self {
        Self { first: f64::from(first.0), span: f64::from(last.0) + 1.0 - f64::from(first.0) }
    }

    /// The window inside a clip; `None` when it shows all of it.
    pub(super) fn within(self, num_frames: usize) -> Option<Self> {
        let all = num_frames as f64;
        if self.span.is_nan() || self.span >= all {
            return None;
        }
        let span = self.span.max(MIN_FRAMES.min(all));
        (span < all).then(|| Self { first: self.first.clamp(0.0, all - span), span })
    }

    /// The window moved as little as shows the frame.
    pub(super) fn showing(self, frame: FrameIndex) -> Self {
        let at = f64::from(frame.0);
        let first = if at < self.first { at } else { self.first.max(at + 1.0 - self.span) };
        Self { first, ..self }
    }
}

/// The map between frames and the screen. A frame is a cell; its number stands in the middle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    pub(super) bed: Rect,
    pub(super) num_frames: usize,
    pub(super) window: Window,
}

impl Scale {
    /// The scale of a clip on a bed; all of the clip where no window is given.
    pub(super) fn new(bed: Rect, num_frames: usize, window: Option<Window>) -> Self {
        let num_frames = num_frames.max(1);
        let all = Window { first: 0.0, span: num_frames as f64 };
        Self { bed, num_frames, window: window.and_then(|window| window.within(num_frames)).unwrap_or(all) }
    }

    /// Where a place in the clip, counted in frames, stands.
    pub(super) fn x(&self, frames: f64) -> f32 {
        self.bed.left() + (f64::from(self.bed.width()) * (frames - self.window.first) / self.window.span) as f32
    }

    /// The left edge of a frame's cell.
    pub(super) fn left(&self, frame: usize) -> f32 {
        self.x(frame as f64)
    }

    /// The middle of a frame's cell.
    pub(super) fn middle(&self, frame: FrameIndex) -> f32 {
        self.x(f64::from(frame.0) + 0.5)
    }

    /// Width of a frame's cell.
    pub(super) fn cell(&self) -> f32 {
        self.bed.width() / self.window.span as f32
    }

    /// The place in the clip at `x`, counted in frames.
    pub(super) fn place_at(&self, x: f32) -> f64 {
        self.window.first + f64::from((x - self.bed.left()) / self.bed.width().max(1.0)) * self.window.span
    }

    /// The frame at `x`, also beyond the bed, as far as the clip goes.
    pub(super) fn frame_at(&self, x: f32) -> FrameIndex {
        let last = self.num_frames - 1;
        FrameIndex::new((self.place_at(x).max(0.0) as usize).min(last))
    }

    /// The first and the last frame of which something is shown.
    pub(super) fn shown(&self) -> (usize, usize) {
        let end = (self.window.first + self.window.span).ceil() as usize;
        (self.window.first as usize, end.clamp(1, self.num_frames) - 1)
    }

    /// Whether a frame is in the window.
    pub(super) fn shows(&self, frame: FrameIndex) -> bool {
        let (first, last) = self.shown();
        (first..=last).contains(&frame.get())
    }

    /// The rectangle of a stretch of frames, at least a point wide and no wider than the bed.
    pub(super) fn band(&self, first: FrameIndex, last: FrameIndex, top: f32, height: f32) -> Rect {
        let (left, right) = (self.left(first.get()), self.left(last.get() + 1));
        let (left, right) = (left.max(self.bed.left()), right.max(left + 1.0).min(self.bed.right()));
        Rect::from_min_max(pos2(left, top), pos2(right, top + height))
    }

    /// The window that is closer by `factor`, with the same place at `x`; `None` when all is shown.
    pub(super) fn zoomed(&self, x: f32, factor: f64) -> Option<Window> {
        let held = self.place_at(x.clamp(self.bed.left(), self.bed.right()));
        let span = (self.window.span / factor).max(MIN_FRAMES.min(self.num_frames as f64));
        let share = (held - self.window.first) / self.window.span;
        Window { first: held - share * span, span }.within(self.num_frames)
    }

    /// The window moved by `x` points towards the end; `None` when all is shown.
    pub(super) fn panned(&self, x: f32) -> Option<Window> {
        let by = f64::from(x / self.bed.width().max(1.0)) * self.window.span;
        Window { first: self.window.first + by, ..self.window }.within(self.num_frames)
    }

    /// Whether only a part of the clip is shown.
    pub(super) fn is_zoomed(&self) -> bool {
        self.window.span < self.num_frames as f64
    }

    /// Stretches of frames that each take at least a point: what is drawn column by column takes the same time
    /// however long the clip is.
    pub(super) fn columns(&self) -> impl Iterator<Item = (usize, usize)> {
        let (first, last) = self.shown();
        let step = ((1.0 / self.cell().max(1e-6)).ceil() as usize).max(1);
        // Columns begin at multiples of their width, so that they keep still while the window moves.
        (first / step * step..=last).step_by(step).map(move |from| (from.max(first), (from + step - 1).min(last)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::vec2;
    use proptest::prelude::*;

    fn scale(num_frames: usize, window: Option<Window>) -> Scale {
        Scale::new(Rect::from_min_size(pos2(100.0, 0.0), vec2(500.0, 20.0)), num_frames, window)
    }

    #[test]
    fn every_frame_is_found_where_it_is_drawn() {
        for num_frames in [1, 7, 96, 500] {
            let scale = scale(num_frames, None);
            for frame in 0..num_frames {
                let frame = FrameIndex::new(frame);
                assert_eq!(scale.frame_at(scale.middle(frame)), frame);
            }
            assert_eq!(scale.frame_at(-5.0), FrameIndex(0));
            assert_eq!(scale.frame_at(1e6), FrameIndex::new(num_frames - 1));
        }
    }

    #[test]
    fn a_window_stays_in_the_clip_and_is_none_when_it_shows_all() {
        assert_eq!(Window { first: -3.0, span: 20.0 }.within(100), Some(Window { first: 0.0, span: 20.0 }));
        assert_eq!(Window { first: 95.0, span: 20.0 }.within(100), Some(Window { first: 80.0, span: 20.0 }));
        assert_eq!(Window { first: 95.0, span: 1.0 }.within(100), Some(Window { first: 92.0, span: 8.0 }));
        assert_eq!(Window { first: 0.0, span: 100.0 }.within(100), None);
        assert_eq!(Window { first: 0.0, span: f64::NAN }.within(100), None);
        assert_eq!(Window { first: 1.0, span: 2.0 }.within(5), None, "a short clip is always shown whole");
    }

    #[test]
    fn a_window_follows_a_frame_no_farther_than_it_must() {
        let window = Window { first: 40.0, span: 20.0 };
        assert_eq!(window.showing(FrameIndex(50)), window);
        assert_eq!(window.showing(FrameIndex(30)).first, 30.0);
        assert_eq!(window.showing(FrameIndex(60)).first, 41.0);
    }

    #[test]
    fn there_are_no_more_columns_than_points() {
        for num_frames in [1, 30, 499, 500, 501, 1_000_000] {
            let columns: Vec<_> = scale(num_frames, None).columns().collect();
            assert!(columns.len() <= 501 && columns.len() >= num_frames.min(250), "{num_frames}: {}", columns.len());
            assert_eq!((columns[0].0, columns[columns.len() - 1].1), (0, num_frames - 1));
            assert!(columns.windows(2).all(|pair| pair[0].1 + 1 == pair[1].0));
        }
    }

    proptest! {
        #[test]
        fn zooming_keeps_the_place_under_the_pointer(x in 100f32..600.0, notches in 1i32..12) {
            let before = scale(100_000, Some(Window { first: 20_000.0, span: 50_000.0 }));
            let after = scale(100_000, before.zoomed(x, 1.3f64.powi(notches)));
            prop_assert!((after.place_at(x) - before.place_at(x)).abs() < 1.0);
            prop_assert!(after.window.span < before.window.span);
        }
    }
}
