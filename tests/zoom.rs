//! Something small in a large picture: what the bundled weights lose in the whole picture, they follow in a part of it.

use cotrail::bundled;
use cotrail::frame::Frame;
use cotrail::geometry::{Crop, FrameIndex, Size, SourcePoint};
use cotrail::model::{CpuOptions, DeviceChoice, Network};
use cotrail::sync::CancelToken;
use cotrail::tracker::{OnlineTracker, TrackerOptions, Zoom};
use cotrail::tracks::{Query, TrackStore};
use std::sync::Arc;

const PICTURE: Size = Size::new(1280, 720);
const NUM_FRAMES: usize = 32;

/// Where the thing is.
fn place(frame: usize) -> SourcePoint {
    let t = frame as f32;
    SourcePoint::new((200.0 + 22.0 * t).round(), (400.0 + 120.0 * (t / 7.0).sin()).round())
}

fn hash(x: u32, y: u32) -> u32 {
    let mixed = (x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77)).wrapping_mul(0xC2B2_AE3D);
    mixed ^ (mixed >> 15)
}

/// Brightness of a ground with detail in several sizes.
fn ground(x: u32, y: u32) -> f32 {
    [(64, 60.0), (16, 30.0), (4, 25.0), (1, 12.0)].iter().fold(60.0, |sum, &(cell, strength)| {
        let corner = |dx: u32, dy: u32| (hash(x / cell + dx, y / cell + dy + cell) & 255) as f32 / 255.0;
        let (fx, fy) = ((x % cell) as f32 / cell as f32, (y % cell) as f32 / cell as f32);
        let row = |dy: u32| corner(0, dy) * (1.0 - fx) + corner(1, dy) * fx;
        sum + strength * (row(0) * (1.0 - fy) + row(1) * fy)
    })
}

/// A disc of four colours, 12 pixels wide, over the ground.
fn frame(index: usize) -> Frame {
    let at = place(index);
    let mut rgb = Vec::with_capacity(3 * PICTURE.area());
    for (x, y) in (0..PICTURE.height).flat_map(|y| (0..PICTURE.width).map(move |x| (x, y))) {
        let (dx, dy) = (x as f32 - at.x, y as f32 - at.y);
        let value = ground(x, y) as u8;
        rgb.extend(match (dx.hypot(dy) <= 6.0, dx >= 0.0, dy >= 0.0) {
            (false, ..) => [value, value, value / 2 + 40],
            (_, true, true) => [230, 60, 40],
            (_, false, true) => [40, 200, 60],
            (_, true, false) => [250, 240, 220],
            (_, false, false) => [30, 40, 160],
        });
    }
    Frame::new(FrameIndex::new(index), index as f64 / 30.0, PICTURE, rgb)
}

/// The track of the thing's middle, and what was looked at.
fn follow(network: &Arc<Network>, frames: &[Frame], zoom: Option<Zoom>) -> (Vec<(f32, bool)>, Vec<Crop>) {
    let query = Query { frame: FrameIndex(0), point: place(0) };
    let options = TrackerOptions { support_grid: 4, second_look: true, zoom, ..TrackerOptions::default() };
    let clip = FrameIndex(0)..=FrameIndex::new(NUM_FRAMES - 1);
    let mut tracker = OnlineTracker::new(Arc::clone(network), PICTURE, clip, &[query], &options).unwrap();
    let (mut store, cancel) = (TrackStore::new(), CancelToken::new());
    let (run, ids) = store.add_run([(None, query)]);
    let mut outcomes = Vec::new();
    while let Some(next) = tracker.next_frame() {
        outcomes.extend(tracker.push(&frames[next.get()], &cancel).unwrap());
    }
    outcomes.extend(tracker.finish(&cancel).unwrap());
    for outcome in outcomes {
        store.advance(run, outcome.settled, outcome.tail);
        store.set_run_crops(run, outcome.crops);
    }
    let said = |frame: usize| {
        let sample = store.sample(ids[0], FrameIndex::new(frame)).unwrap();
        (sample.point.distance(place(frame)), sample.visible)
    };
    let crops = store.run(run).unwrap().crops().values().copied().collect();
    ((1..NUM_FRAMES).map(said).collect(), crops)
}

#[test]
fn a_small_fast_thing_is_followed_in_a_part_of_the_picture_and_lost_in_the_whole() {
    let weights = bundled::weights(bundled::DEFAULT_WEIGHTS).unwrap();
    let network = Arc::new(Network::load(&weights, DeviceChoice::Cpu, CpuOptions::fast(None)).unwrap());
    let frames: Vec<Frame> = (0..NUM_FRAMES).map(frame).collect();
    let near = |said: &[(f32, bool)]| said.iter().filter(|(error, _)| *error < 3.0).count();
    let (whole, crops) = follow(&network, &frames, None);
    assert!(crops.is_empty());
    let (zoomed, crops) = follow(&network, &frames, Some(Zoom::Auto));
    assert!(near(&whole) < 10, "{whole:?}");
    assert!(near(&zoomed) >= 29, "{zoomed:?}");
    assert!(zoomed.iter().filter(|(_, visible)| *visible).count() >= 29, "{zoomed:?}");
    assert_eq!(crops.len(), NUM_FRAMES);
    assert!((0..NUM_FRAMES).all(|frame| crops[frame].contains(place(frame))), "{crops:?}");
    for three in crops.windows(3) {
        let [a, b, c] = [0, 1, 2].map(|i| three[i].middle());
        let bend = [0, 1].map(|axis| (a[axis] - 2.0 * b[axis] + c[axis]).abs());
        assert!(bend.iter().all(|bend| *bend < 24.0), "the path is smooth: {crops:?}");
    }
}
