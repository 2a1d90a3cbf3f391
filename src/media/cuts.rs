//! Where one shot ends and another begins, from small summaries of consecutive frames. Pure.
//!
//! A cut changes both the picture's layout and its colours, at once and for good. So two frames are compared by a small
//! picture and by a histogram of colours; their difference counts as a cut if it is large in both ways, stands out from
//! the differences around it (a fast pan does not), and the picture that was there before does not come back right
//! after (a flash does not last).
//!
//! Two finely textured scenes may have the same layout and colours. There, a cut is where nothing of a frame is found
//! again in the next one, though it is from frame to frame before and after.

mod structure;

use crate::frame::Frame;
use crate::geometry::FrameIndex;
use std::collections::VecDeque;
use structure::Structure;

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

/// Where patches fit worse than this, nothing is found again. Between shots of real clips, 0.32 to 0.45.
const MAX_LOST: f32 = 0.55;
/// Where they fit better, things are. Within shots of real clips, 0.8 and more; 0.62 in the fastest frame of a jump.
const MIN_FOUND: f32 = 0.7;

/// What is kept of a frame: some 15 kB.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameSummary {
    /// Mean red, green and blue of each cell, 0 to 1.
    cells: [[f32; 3]; COLUMNS * ROWS],
    /// Shares of the pixels by colour; they sum to 1.
    histogram: [f32; BINS * BINS * BINS],
    /// `None` for a picture without pixels.
    structure: Option<Structure>,
}

impl FrameSummary {
    /// Summarises a frame from some of its pixels.
    #[must_use]
    pub fn of(frame: &Frame) -> Self {
        let (size, rgb) = (frame.size(), frame.rgb());
        let (cells, histogram) = ([[0.0; 3]; COLUMNS * ROWS], [0.0; BINS * BINS * BINS]);
        let mut summary = Self { cells, histogram, structure: None };
        if size.area() == 0 {
            return summary;
        }
        summary.structure = Some(Structure::of(frame));
        let share = 1.0 / (COLUMNS * ROWS * TAPS * TAPS) as f32;
        for (down, y) in taps(size.height, ROWS * TAPS).enumerate() {
            for (across, x) in taps(size.width, COLUMNS * TAPS).enumerate() {
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

    /// How well things of this frame are found again in another one; `None` where there is too little to tell.
    fn found_in(&self, other: &Self) -> Option<f32> {
        self.structure.as_ref()?.found_in(other.structure.as_ref()?)
    }

    /// Whether another frame shows this one moved far.
    fn jumps_to(&self, other: &Self) -> bool {
        let both = self.structure.as_ref().zip(other.structure.as_ref());
        both.is_some_and(|(structure, other)| structure.jumps_to(other) || other.jumps_to(structure))
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
fn taps(extent: u32, count: usize) -> impl Iterator<Item = usize> {
    (0..count).map(move |tap| (2 * tap + 1) * extent as usize / (2 * count))
}

/// Whether a shot begins with `frame`. `summary` gives frames of the clip, `None` beyond its ends; it is asked for
/// those from [`CUT_CONTEXT`] + 1 before to [`CUT_CONTEXT`] after.
fn is_cut<'a>(frame: FrameIndex, summary: impl Fn(i64) -> Option<&'a FrameSummary>) -> bool {
    let at = i64::from(frame.0);
    changes_colours(at, &summary) || loses_everything(at, &summary)
}

/// Whether nothing of the frames before is in this one and those after, though it is from frame to frame on either
/// side.
fn loses_everything<'a>(at: i64, summary: &impl Fn(i64) -> Option<&'a FrameSummary>) -> bool {
    let found = |a: i64, b: i64| Some(summary(a)?.found_in(summary(b)?));
    let is_lost = |a: i64, b: i64| found(a, b).is_none_or(|found| found.is_some_and(|found| found < MAX_LOST));
    let goes_on = |a: i64, b: i64| found(a, b).is_none_or(|found| found.is_some_and(|found| found >= MIN_FOUND));
    let context = CUT_CONTEXT as i64;
    summary(at - 1).is_some()
        && is_lost(at - 1, at)
        && (1..=context).all(|by| goes_on(at - 1 - by, at - by) && goes_on(at + by - 1, at + by))
        && (1..=context).all(|by| is_lost(at - 1, at + by) && is_lost(at - 1 - by, at))
        && !summary(at - 1).zip(summary(at)).is_some_and(|(before, here)| before.jumps_to(here))
}

/// Whether layout and colours change at once and for good.
fn changes_colours<'a>(at: i64, summary: &impl Fn(i64) -> Option<&'a FrameSummary>) -> bool {
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
    /// Begins with this frame instead of the clip's first one.
    #[must_use]
    pub fn starting_at(frame: FrameIndex) -> Self {
        Self { recent: VecDeque::new(), first: i64::from(frame.0), next: i64::from(frame.0) }
    }

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

    /// A scene of fine grain that has the layout and the colours of every other one, moved by whole pixels.
    fn grain(number: u32, pan: u32, light: f32) -> FrameSummary {
        picture(|x, y| {
            let (u, v) = ((x as u32 + pan) >> 1, y as u32 >> 1);
            [1, 2, 3].map(|channel: u32| {
                let mut hash = u.wrapping_mul(0x9E37_79B1) ^ v.wrapping_mul(0x85EB_CA77) ^ (64 * number + channel);
                for _ in 0..3 {
                    hash = (hash ^ (hash >> 15)).wrapping_mul(0x2C1B_3C6D);
                }
                40.0 + (hash >> 24) as f32 / 2.0 + light
            })
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
    fn a_cut_between_two_fine_textures_is_found() {
        for pan in [0, 1, 7] {
            assert_eq!(found((0..24).map(|i| grain(i / 12, pan * i, 0.0))), [12], "{pan} pixels per frame");
        }
        assert_eq!(found((0..24).map(|i| grain(i / 12, i, if i >= 12 { 40.0 } else { 0.0 }))), [12], "darker, too");
    }

    #[test]
    fn what_happens_within_a_fine_texture_is_no_cut() {
        for length in [1, 2, 5] {
            let lit = |i: u32| (10..10 + length).contains(&i);
            let flash = |i: u32| if lit(i) { picture(|_, _| [255.0; 3]) } else { grain(1, i, 0.0) };
            assert_eq!(found((0..30).map(flash)), [0; 0], "{length} white frames");
            let bright = |i: u32| grain(1, i, if lit(i) { 70.0 } else { 0.0 });
            assert_eq!(found((0..30).map(bright)), [0; 0], "{length} bright frames");
        }
        for pace in [4, 15, 40, 80] {
            assert_eq!(found((0..40).map(|i| grain(2, pace * i, 0.0))), [0; 0], "{pace} pixels per frame");
            for length in [1, 2, 3, 10] {
                let whip = |i: u32| grain(2, pace * i.clamp(10, 10 + length), 0.0);
                assert_eq!(found((0..40).map(whip)), [0; 0], "{pace} pixels per frame for {length} frames");
                let held = |i: u32| grain(2, pace * (i.clamp(10, 10 + 2 * length) / 2), 0.0);
                assert_eq!(found((0..40).map(held)), [0; 0], "the same, every frame twice");
            }
        }
        assert_eq!(found((0..30).map(|i| grain(i, 0, 0.0))), [0; 0], "snow");
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
