//! Where one shot ends and another begins, from small summaries of consecutive frames. Pure.
//!
//! A cut changes both the picture's layout and its colours, at once and for good. So two frames are compared by a small
//! picture and by a histogram of colours; their difference counts as a cut if it is large in both ways, stands out from
//! the differences around it (a fast pan does not), and the picture that was there before does not come back right
//! after (a flash does not last).

use crate::frame::Frame;
use crate::geometry::FrameIndex;
use std::collections::VecDeque;

/// The small picture.
const COLUMNS: usize = 16;
const ROWS: usize = 9;
/// Pixels looked at in each cell, across and down: enough to outvote noise, few enough to cost nothing.
const TAPS: usize = 8;
/// Bins of the histogram along each of red, green and blue.
const BINS: usize = 4;

/// Frames before and after that a verdict looks at.
const CUT_CONTEXT: usize = 2;

/// The least difference of the pictures, 0 to 1 (mean over the cells; brightness is evened out first),
const MIN_LAYOUT: f32 = 0.09;
/// and of the colours, 0 to 1 (the share of pixels that changed their bin),
const MIN_COLOUR: f32 = 0.28;
/// and of both together, as a sum.
const MIN_SUM: f32 = 0.50;
/// A cut stands out this many times from what changes around it anyway.
const MIN_RATIO: f32 = 2.5;

/// What is kept of a frame: some 800 bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameSummary {
    /// Mean red, green and blue of each cell, 0 to 1.
    cells: [[f32; 3]; COLUMNS * ROWS],
    /// Shares of the pixels by colour; they sum to 1.
    histogram: [f32; BINS * BINS * BINS],
}

impl FrameSummary {
    /// Summarises a frame from some of its pixels.
    #[must_use]
    pub fn of(frame: &Frame) -> Self {
        let (size, rgb) = (frame.size(), frame.rgb());
        let mut summary = Self { cells: [[0.0; 3]; COLUMNS * ROWS], histogram: [0.0; BINS * BINS * BINS] };
        if size.area() == 0 {
            return summary;
        }
        let share = 1.0 / (COLUMNS * ROWS * TAPS * TAPS) as f32;
        for (down, y) in taps(size.height, ROWS).enumerate() {
            for (across, x) in taps(size.width, COLUMNS).enumerate() {
                let at = 3 * (y * size.width as usize + x);
                let cell = &mut summary.cells[down / TAPS * COLUMNS + across / TAPS];
                let mut bin = 0;
                for (value, sum) in rgb[at..at + 3].iter().zip(cell.iter_mut()) {
                    *sum += f32::from(*value) / (255 * TAPS * TAPS) as f32;
                    bin = bin * BINS + usize::from(*value) * BINS / 256;
                }
                summary.histogram[bin] += share;
            }
        }
        summary
    }

    /// How different two frames are in layout and in colour, 0 to 1 each.
    fn difference(&self, other: &Self) -> (f32, f32) {
        // A change of brightness over the whole picture moves nothing.
        let (a, b) = (self.mean(), other.mean());
        let cells = self.cells.iter().zip(&other.cells);
        let layout: f32 = cells.map(|(x, y)| (0..3).map(|c| ((x[c] - a[c]) - (y[c] - b[c])).abs()).sum::<f32>()).sum();
        let colour: f32 = self.histogram.iter().zip(&other.histogram).map(|(x, y)| (x - y).abs()).sum();
        (layout / (3 * COLUMNS * ROWS) as f32, colour / 2.0)
    }

    fn mean(&self) -> [f32; 3] {
        let mut mean = [0.0; 3];
        for cell in &self.cells {
            for (sum, value) in mean.iter_mut().zip(cell) {
                *sum += value / (COLUMNS * ROWS) as f32;
            }
        }
        mean
    }
}

/// Evenly spread places along a side of the picture.
fn taps(extent: u32, cells: usize) -> impl Iterator<Item = usize> {
    let count = cells * TAPS;
    (0..count).map(move |tap| (2 * tap + 1) * extent as usize / (2 * count))
}

/// Whether a shot begins with `frame`. `summary` gives frames of the clip, `None` beyond its ends; it is asked for those
/// from [`CUT_CONTEXT`] + 1 before to [`CUT_CONTEXT`] after.
fn is_cut<'a>(frame: FrameIndex, summary: impl Fn(i64) -> Option<&'a FrameSummary>) -> bool {
    let at = i64::from(frame.0);
    let difference = |a: i64, b: i64| Some(summary(a)?.difference(summary(b)?));
    let Some(here) = difference(at - 1, at) else { return false };
    if !is_large(here) {
        return false;
    }
    // What was there before must not come back: neither at once nor after another frame.
    let context = CUT_CONTEXT as i64;
    let comes_back = |later: i64| difference(at - 1, at + later).is_some_and(|d| !is_large(d));
    if (1..=context).any(comes_back) {
        return false;
    }
    // Nor must this frame be the return itself, or a picture that lasts no longer than a blink.
    let came_before = |earlier: i64| difference(at - 1 - earlier, at).is_some_and(|d| !is_large(d));
    if (1..=context).any(came_before) {
        return false;
    }
    let around = (1..=context).flat_map(|by| [difference(at - 1 - by, at - by), difference(at + by - 1, at + by)]);
    let usual = around.flatten().map(sum).fold(0.0, f32::max);
    sum(here) > MIN_RATIO * usual
}

fn sum((layout, colour): (f32, f32)) -> f32 {
    2.0 * layout + colour
}

fn is_large(difference: (f32, f32)) -> bool {
    difference.0 >= MIN_LAYOUT && difference.1 >= MIN_COLOUR && sum(difference) >= MIN_SUM
}

/// Finds cuts in frames that come in order.
#[derive(Clone, Debug, Default)]
pub struct CutFinder {
    /// The newest summaries; the first one is of frame `first`.
    recent: VecDeque<FrameSummary>,
    first: i64,
    /// The frame that is judged next.
    next: i64,
}

impl CutFinder {
    /// Takes in the frame after the last one. Returns a frame with which a shot begins, [`CUT_CONTEXT`] frames late.
    pub fn push(&mut self, frame: FrameSummary) -> Option<FrameIndex> {
        self.recent.push_back(frame);
        let newest = self.first + self.recent.len() as i64 - 1;
        (newest - self.next >= CUT_CONTEXT as i64).then(|| self.judge()).flatten()
    }

    /// The clip is over: the frames that were still waiting for later ones.
    #[must_use]
    pub fn finish(mut self) -> Vec<FrameIndex> {
        let end = self.first + self.recent.len() as i64;
        let mut found = Vec::new();
        while self.next < end {
            found.extend(self.judge());
        }
        found
    }

    fn judge(&mut self) -> Option<FrameIndex> {
        let frame = FrameIndex(self.next as u32);
        let summary = |at: i64| usize::try_from(at - self.first).ok().and_then(|at| self.recent.get(at));
        let cut = is_cut(frame, summary).then_some(frame);
        self.next += 1;
        while self.first < self.next - 1 - CUT_CONTEXT as i64 {
            self.recent.pop_front();
            self.first += 1;
        }
        cut
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;

    const SIZE: Size = Size::new(160, 90);

    /// A picture from a function of place to colour.
    fn picture(paint: impl Fn(f32, f32) -> [f32; 3]) -> FrameSummary {
        let mut rgb = Vec::new();
        for y in 0..SIZE.height {
            for x in 0..SIZE.width {
                rgb.extend(paint(x as f32, y as f32).map(|value| value.clamp(0.0, 255.0) as u8));
            }
        }
        FrameSummary::of(&Frame::new(FrameIndex(0), 0.0, SIZE, rgb))
    }

    /// A shot of its own colours and shapes, moved by `pan` pixels, made brighter by `light`.
    fn shot(number: u32, pan: f32, light: f32) -> FrameSummary {
        picture(|x, y| {
            let (u, v, n) = ((x + pan) / 23.0, y / 17.0, number as f32);
            let wave = |a: f32, b: f32| 128.0 + 90.0 * (a * u + n).sin() * (b * v + 2.0 * n).cos() + light;
            let tint = [[30.0, -30.0, 0.0], [-60.0, 40.0, 20.0], [0.0, -50.0, 70.0]][number as usize % 3];
            [wave(1.0, 0.7) + tint[0], wave(0.6, 1.3) + tint[1], wave(1.4, 0.4) + tint[2]]
        })
    }

    fn blend(number: u32, other: u32, share: f32) -> FrameSummary {
        let (a, b) = (shot(number, 0.0, 0.0), shot(other, 0.0, 0.0));
        let mut mixed = a.clone();
        for (cell, (x, y)) in mixed.cells.iter_mut().zip(a.cells.iter().zip(&b.cells)) {
            for c in 0..3 {
                cell[c] = x[c] + share * (y[c] - x[c]);
            }
        }
        for (bin, (x, y)) in mixed.histogram.iter_mut().zip(a.histogram.iter().zip(&b.histogram)) {
            *bin = x + share * (y - x);
        }
        mixed
    }

    fn cuts(frames: impl IntoIterator<Item = FrameSummary>) -> Vec<FrameIndex> {
        let mut finder = CutFinder::default();
        let mut found: Vec<FrameIndex> = frames.into_iter().filter_map(|frame| finder.push(frame)).collect();
        found.extend(finder.finish());
        found
    }

    fn found(frames: impl IntoIterator<Item = FrameSummary>) -> Vec<u32> {
        cuts(frames).into_iter().map(|frame| frame.0).collect()
    }

    #[test]
    fn cuts_are_found_on_the_first_frame_of_the_new_shot() {
        let frames = (0..40).map(|i| shot(i / 10, i as f32, 0.0));
        assert_eq!(found(frames), [10, 20, 30]);
        // Also near the ends, where there is less to compare with.
        assert_eq!(found((0..6).map(|i| shot(u32::from(i >= 1), 0.0, 0.0))), [1]);
        assert_eq!(found((0..6).map(|i| shot(u32::from(i >= 5), 0.0, 0.0))), [5]);
    }

    #[test]
    fn a_still_picture_and_a_single_frame_have_no_cut() {
        assert_eq!(found((0..20).map(|_| shot(1, 0.0, 0.0))), [0; 0]);
        assert_eq!(found([shot(1, 0.0, 0.0)]), [0; 0]);
        assert_eq!(found([]), [0; 0]);
    }

    #[test]
    fn flashes_are_no_cuts() {
        for length in [1, 2] {
            let lit = |i: u32| (10..10 + length).contains(&i);
            assert_eq!(found((0..30).map(|i| shot(1, i as f32, if lit(i) { 150.0 } else { 0.0 }))), [0; 0]);
            let white = |i: u32| if lit(i) { picture(|_, _| [255.0; 3]) } else { shot(2, i as f32, 0.0) };
            assert_eq!(found((0..30).map(white)), [0; 0], "{length} white frames");
        }
    }

    #[test]
    fn lights_that_are_switched_on_are_no_cut() {
        assert_eq!(found((0..30).map(|i| shot(1, i as f32, if i >= 15 { 60.0 } else { 0.0 }))), [0; 0]);
    }

    #[test]
    fn fades_are_no_cuts() {
        let fade = |i: u32| blend(0, 1, ((i as f32 - 10.0) / 12.0).clamp(0.0, 1.0));
        assert_eq!(found((0..40).map(fade)), [0; 0]);
    }

    #[test]
    fn fast_pans_are_no_cuts() {
        for pace in [4.0, 15.0, 40.0, 80.0] {
            assert_eq!(found((0..40).map(|i| shot(2, pace * i as f32, 0.0))), [0; 0], "{pace} pixels per frame");
            // One that begins and ends at once.
            let whip = |i: u32| shot(2, pace * (i.clamp(10, 20) as f32), 0.0);
            assert_eq!(found((0..40).map(whip)), [0; 0], "{pace} pixels per frame for ten frames");
        }
    }

    #[test]
    fn a_shot_of_a_few_frames_is_one() {
        assert_eq!(
            found((0..30).map(|i| shot(
                match i {
                    0..10 => 0,
                    10..14 => 1,
                    _ => 2,
                },
                0.0,
                0.0
            ))),
            [10, 14]
        );
    }

    #[test]
    fn pictures_of_any_size_are_summarised() {
        for size in [Size::new(1, 1), Size::new(3, 200), Size::new(1000, 2)] {
            let frame = Frame::new(FrameIndex(0), 0.0, size, vec![200; 3 * size.area()]);
            let summary = FrameSummary::of(&frame);
            assert!((summary.histogram.iter().sum::<f32>() - 1.0).abs() < 1e-3);
            assert!((summary.cells[0][0] - 200.0 / 255.0).abs() < 1e-3);
        }
    }
}
