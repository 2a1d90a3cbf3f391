//! `cotrail bench --mode live`: what a frame of a live stream costs, without a camera.

use super::joins::{self, JoinFigures};
use super::{Noise, Setup};
use crate::cli::config::BenchConfig;
use crate::cli::progress::tell;
use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size, SourcePoint};
use crate::model::Network;
use crate::sync::CancelToken;
use crate::tracker::{LiveOptions, LiveTimings, LiveTracker, PointState, TrackerError};
use serde::Serialize;
use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

/// Frames that are measured, after a window's worth to warm up.
const NUM_FRAMES: usize = 60;
/// How often adding is measured, on a stream of its own each time.
const NUM_ADDITIONS: usize = 3;
/// How far the picture sways, in pixels.
const SWAY_PX: u32 = 16;
/// No point stands nearer to the border.
const MARGIN_PX: u32 = 24;

/// What was measured, in milliseconds.
#[derive(Debug, Serialize)]
struct Figures {
    #[serde(flatten)]
    setup: Setup,
    frames: usize,
    encode: Shares,
    refine: Shares,
    /// Encode and refine.
    frame: Shares,
    /// Adding all points at once, the median.
    add_all: f64,
    /// Adding one more to these.
    add_one: f64,
    /// Looking for lost points on a frame, all of them being lost.
    search: Shares,
    /// Frames in which more points join.
    #[serde(skip_serializing_if = "Option::is_none")]
    join: Option<JoinFigures>,
}

/// The median of some times and what 95 % of them stay within.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Shares {
    pub(super) p50: f64,
    p95: f64,
}

impl Shares {
    pub(super) fn new(mut millis: Vec<f64>) -> Self {
        millis.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let rank = (millis.len() as f64 * share).ceil() as usize;
            millis.get(rank.saturating_sub(1)).copied().unwrap_or_default()
        };
        Self { p50: at(0.5), p95: at(0.95) }
    }
}

/// Measures, then writes the figures.
pub(super) fn run(
    config: &BenchConfig,
    options: &LiveOptions,
    network: &Arc<Network>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let figures = measure(config, options, network)?;
    if config.json { tell(&figures, out) } else { Ok(write_text(&figures, out)?) }
}

fn measure(config: &BenchConfig, options: &LiveOptions, network: &Arc<Network>) -> Result<Figures, TrackerError> {
    let size = options.model_size.unwrap_or(network.config().model_size());
    // Nothing is lost, or found again, of its own accord.
    let options = LiveOptions { lost_after: 0, found_above: f32::INFINITY, second_look: false, ..options.clone() };
    let mut source = Source::new(size);
    let points = source.points(config.num_points);
    let mut additions = Vec::new();
    let (mut tracker, mut ids) = (LiveTracker::new(Arc::clone(network), size, &options)?, Vec::new());
    for _ in 0..NUM_ADDITIONS {
        tracker = LiveTracker::new(Arc::clone(network), size, &options)?;
        source.push_to(&mut tracker)?;
        let start = Instant::now();
        ids = tracker.add(&points)?;
        additions.push(millis_since(start));
    }
    source.push_many(&mut tracker, network.config().window_len)?;
    let timings = source.push_many(&mut tracker, NUM_FRAMES)?;
    let shares = |of: fn(&LiveTimings) -> f64| Shares::new(timings.iter().map(of).collect());
    let start = Instant::now();
    ids.extend(tracker.add(&points[..1])?);
    let add_one = millis_since(start);
    let mut lost: Vec<_> = ids.iter().filter_map(|id| tracker.aside(*id)).collect();
    for point in &mut lost {
        point.state = PointState::Lost;
    }
    tracker.remove_all(&ids);
    tracker.put_back(&lost)?;
    let join =
        config.num_joining.map(|count| joins::measure(network, &options, config.num_points, count)).transpose()?;
    let lost = source.push_many(&mut tracker, NUM_FRAMES / 3)?;
    Ok(Figures {
        setup: Setup::new(config, network, size, options.iters),
        frames: NUM_FRAMES,
        encode: shares(|t| t.encode_millis),
        refine: shares(|t| t.refine_millis),
        frame: shares(|t| t.encode_millis + t.refine_millis),
        add_all: Shares::new(additions).p50,
        add_one,
        search: Shares::new(lost.iter().map(|t| t.refine_millis).collect()),
        join,
    })
}

fn write_text(figures: &Figures, out: &mut impl Write) -> std::io::Result<()> {
    let (frames, Setup { weights, device, size: [height, width], points, iters, .. }) =
        (figures.frames, &figures.setup);
    writeln!(out, "{weights} on {device}, {width}x{height}, live")?;
    writeln!(out, "{:21} {:>9} {:>9}", "", "p50", "p95")?;
    let mut row = |what: &str, times: Shares, note: &str| {
        writeln!(out, "{what:21} {:6.1} ms {:6.1} ms{note}", times.p50, times.p95)
    };
    row("encode a frame", figures.encode, "")?;
    row("refine", figures.refine, &format!("  ({points} points, {iters} iterations)"))?;
    row("frame", figures.frame, &format!("  ({:.1} frames/s)", 1e3 / figures.frame.p50.max(1e-3)))?;
    row("look for lost points", figures.search, "")?;
    writeln!(out, "{:21} {:6.1} ms", format!("add {points} points"), figures.add_all)?;
    writeln!(out, "{:21} {:6.1} ms  ({frames} frames measured)", "add one more", figures.add_one)?;
    figures.join.iter().try_for_each(|join| join.write_text(out))
}

pub(super) fn millis_since(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}

/// A made picture with much to hold on to, that sways.
pub(super) struct Source {
    size: Size,
    /// RGB, larger than the frames by the sway.
    picture: Vec<u8>,
    noise: Noise,
    next: usize,
}

impl Source {
    pub(super) fn new(size: Size) -> Self {
        let (mut noise, cell) = (Noise(0), 4);
        let whole = Size::new(size.width + SWAY_PX, size.height + SWAY_PX);
        let cells = Size::new(whole.width.div_ceil(cell), whole.height.div_ceil(cell));
        let colours: Vec<[u8; 3]> = (0..cells.area()).map(|_| [0; 3].map(|_: u8| (noise.next() >> 24) as u8)).collect();
        let colour = |x: u32, y: u32| colours[(y / cell * cells.width + x / cell) as usize];
        let picture = (0..whole.height).flat_map(|y| (0..whole.width).flat_map(move |x| colour(x, y)));
        Self { size, picture: picture.collect(), noise, next: 0 }
    }

    /// Places that are on every frame.
    pub(super) fn points(&mut self, count: usize) -> Vec<SourcePoint> {
        let mut within = |extent: u32| {
            let margin = MARGIN_PX.min(extent / 4);
            let share = f64::from(self.noise.next()) / 2f64.powi(32);
            f64::from(margin) + share * f64::from(extent - 1 - 2 * margin)
        };
        (0..count).map(|_| SourcePoint::new(within(self.size.width) as f32, within(self.size.height) as f32)).collect()
    }

    fn frame(&self, index: usize) -> Frame {
        let turn = 2 * SWAY_PX as usize;
        let shift = (index % turn).min(turn - index % turn);
        let row_len = 3 * (self.size.width + SWAY_PX) as usize;
        let rows = self.picture.chunks_exact(row_len).skip(shift).take(self.size.height as usize);
        let rgb = rows.flat_map(|row| &row[3 * shift..][..3 * self.size.width as usize]).copied().collect();
        Frame::new(FrameIndex::new(index), 0.0, self.size, rgb)
    }

    pub(super) fn push_to(&mut self, tracker: &mut LiveTracker) -> Result<LiveTimings, TrackerError> {
        let frame = self.frame(self.next);
        self.next += 1;
        Ok(tracker.push(&frame, &CancelToken::new())?.timings)
    }

    pub(super) fn push_many(
        &mut self,
        tracker: &mut LiveTracker,
        count: usize,
    ) -> Result<Vec<LiveTimings>, TrackerError> {
        (0..count).map(|_| self.push_to(tracker)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_those_of_the_sorted_times() {
        let millis: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!(Shares::new(millis), Shares { p50: 50.0, p95: 95.0 });
        assert_eq!(Shares::new(Vec::new()), Shares { p50: 0.0, p95: 0.0 });
    }

    #[test]
    fn the_picture_sways_by_a_pixel_a_frame_and_comes_back() {
        let mut source = Source::new(Size::new(64, 72));
        let pixel = |frame: &Frame, x: usize, y: usize| frame.rgb()[3 * (64 * y + x)..][..3].to_vec();
        let (first, second) = (source.frame(0), source.frame(1));
        assert!((0..40).all(|i| pixel(&first, i + 1, i + 1) == pixel(&second, i, i)));
        assert!(first.rgb() != second.rgb() && first.rgb() == source.frame(32).rgb());
        assert!(source.points(200).iter().all(|p| p.x >= 16.0 && p.x <= 47.0 && p.y >= 18.0 && p.y <= 53.0));
    }
}
