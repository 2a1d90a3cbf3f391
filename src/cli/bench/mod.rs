//! `cotrail bench`: one steady step of the network on noise, as the reference's `time` measures it; or a live stream's
//! frames.

mod joins;
mod live;

use super::config::{BenchConfig, ModeConfig};
use super::network;
use super::progress::tell;
use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size};
use crate::model::{Features, Network, NetworkError, QueryPatches, WindowState};
use crate::sync::CancelToken;
use crate::tracks::TrackMode;
use serde::Serialize;
use std::io::Write;
use std::time::Instant;

/// How often a piece of work is measured, after one run to warm up; the fastest counts.
const NUM_RUNS: usize = 3;

/// Frames of a clip that is refined at once.
const CLIP_LEN: usize = 96;

/// What was measured on.
#[derive(Debug, Serialize)]
struct Setup {
    device: String,
    threads: usize,
    weights: String,
    /// (height, width), as the reference writes it.
    size: [u32; 2],
    points: usize,
    iters: usize,
}

impl Setup {
    fn new(config: &BenchConfig, network: &Network, size: Size, iters: usize) -> Self {
        let all = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            device: network.device_name().to_owned(),
            threads: config.network.threads.unwrap_or_else(all),
            weights: network.weights_name().to_owned(),
            size: [size.height, size.width],
            points: config.num_points,
            iters,
        }
    }
}

/// What was measured.
#[derive(Debug, Serialize)]
struct Figures {
    #[serde(flatten)]
    setup: Setup,
    frames_refined: usize,
    encode_frame_millis: f64,
    refine_window_millis: f64,
    step_of_8_frames_millis: f64,
}

/// Measures, then writes the figures.
pub(super) fn run(config: &BenchConfig, out: &mut impl Write) -> anyhow::Result<()> {
    let network = network::load(&config.network)?;
    let options = match &config.mode {
        ModeConfig::Live(options) => return live::run(config, options, &network, out),
        ModeConfig::Window(options) => options,
    };
    let is_offline = options.mode(network.config()) == TrackMode::Offline;
    let num_frames = if is_offline { CLIP_LEN } else { network.config().window_len };
    let size = options.model_size.unwrap_or(network.config().model_size());
    let iters = options.iters.unwrap_or(network.config().iters);
    let (encode, refine) = measure(&network, size, (num_frames, config.num_points), iters)?;
    let figures = Figures {
        setup: Setup::new(config, &network, size, iters),
        frames_refined: num_frames,
        encode_frame_millis: encode,
        refine_window_millis: refine,
        // Of the whole clip each frame is refined once, of windows in two of them.
        step_of_8_frames_millis: 8.0 * encode + if is_offline { refine * 8.0 / num_frames as f64 } else { refine },
    };
    if config.json { tell(&figures, out) } else { Ok(write_text(&figures, out)?) }
}

fn write_text(figures: &Figures, out: &mut impl Write) -> std::io::Result<()> {
    let Setup { weights, device, size: [height, width], points, iters, .. } = &figures.setup;
    writeln!(out, "{weights} on {device}, {width}x{height}")?;
    writeln!(out, "encode one frame    {:9.1} ms", figures.encode_frame_millis)?;
    writeln!(
        out,
        "refine {:3} frames   {:9.1} ms  ({points} points, {iters} iterations)",
        figures.frames_refined, figures.refine_window_millis
    )?;
    let rate = 8000.0 / figures.step_of_8_frames_millis;
    writeln!(out, "step of 8 frames    {:9.1} ms  ({rate:.1} frames/s)", figures.step_of_8_frames_millis)
}

/// Milliseconds of encoding one frame and of refining so many at once.
fn measure(
    network: &Network,
    size: Size,
    (num_frames, num_points): (usize, usize),
    iters: usize,
) -> Result<(f64, f64), NetworkError> {
    let mut noise = Noise(0);
    let num_encoded = network.config().window_len.min(num_frames);
    let frames: Vec<Frame> = (0..num_encoded).map(|index| noise.frame(index, size)).collect();
    let encoded: Vec<Features> = frames.iter().map(|frame| network.encode(frame, size)).collect::<Result<_, _>>()?;
    let points = noise.points(num_points, size, network.config().stride);
    let patches = network.patches(&encoded[0], &points)?;
    let window: Vec<&Features> = encoded.iter().cycle().take(num_frames).collect();
    let refine_millis = best_millis(|| refine(network, &window, &patches, &points, iters))?;
    let encode_millis = if network.is_on_gpu() {
        // There, encoding only records work, and the read-back of a window waits for it: a small window with and
        // without a new frame in it.
        let point = &points[..1];
        let patches = network.patches(&encoded[0], point)?;
        let wait = |features: &Features| refine(network, &vec![features; num_encoded], &patches, point, 1);
        let both = best_millis(|| wait(&network.encode(&frames[0], size)?))?;
        (both - best_millis(|| wait(&encoded[0]))?).max(0.0)
    } else {
        best_millis(|| network.encode(&frames[0], size).map(drop))?
    };
    Ok((encode_millis, refine_millis))
}

/// Refines a window in which every point starts where it is on the first frame.
fn refine(
    network: &Network,
    window: &[&Features],
    patches: &QueryPatches,
    points: &[[f32; 2]],
    iters: usize,
) -> Result<(), NetworkError> {
    let count = window.len() * points.len();
    let mut state = WindowState {
        num_frames: window.len(),
        num_tracks: points.len(),
        coords: points.repeat(window.len()),
        visibility: vec![0.0; count],
        confidence: vec![0.0; count],
    };
    network.refine(window, patches, &mut state, iters, &CancelToken::new()).map(drop)
}

fn best_millis(mut work: impl FnMut() -> Result<(), NetworkError>) -> Result<f64, NetworkError> {
    work()?;
    let mut best = f64::INFINITY;
    for _ in 0..NUM_RUNS {
        let start = Instant::now();
        work()?;
        best = best.min(start.elapsed().as_secs_f64() * 1e3);
    }
    Ok(best)
}

/// The same noise in every run: a linear congruential generator (Knuth's MMIX constants), of which the high bits count.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 32) as u32
    }

    fn frame(&mut self, index: usize, size: Size) -> Frame {
        let rgb = (0..3 * size.area()).map(|_| (self.next() >> 24) as u8).collect();
        Frame::new(FrameIndex::new(index), 0.0, size, rgb)
    }

    /// Points all over the picture, in feature pixels.
    fn points(&mut self, count: usize, size: Size, stride: usize) -> Vec<[f32; 2]> {
        let mut below =
            |extent: u32| (f64::from(self.next()) / 2f64.powi(32)) as f32 * (extent - 1) as f32 / stride as f32;
        (0..count).map(|_| [below(size.width), below(size.height)]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_the_same_every_time_and_fills_its_range() {
        let (size, mut a, mut b) = (Size::new(64, 48), Noise(0), Noise(0));
        let frame = a.frame(0, size);
        assert_eq!(frame, b.frame(0, size));
        assert_ne!(frame.rgb(), a.frame(0, size).rgb());
        let mean = frame.rgb().iter().map(|v| f64::from(*v)).sum::<f64>() / frame.rgb().len() as f64;
        assert!((120.0..135.0).contains(&mean) && frame.rgb().contains(&0) && frame.rgb().contains(&255), "{mean}");
        let points = a.points(500, size, 4);
        let within = |axis: usize, most: f32| points.iter().all(|p| (0.0..=most).contains(&p[axis]));
        assert!(within(0, 63.0 / 4.0) && within(1, 47.0 / 4.0));
    }

    #[test]
    fn the_fastest_run_counts_and_the_first_only_warms_up() {
        let mut runs = 0;
        let millis = best_millis(|| {
            runs += 1;
            Ok(())
        });
        assert!(runs == 1 + NUM_RUNS && millis.unwrap() < 1000.0);
    }
}
