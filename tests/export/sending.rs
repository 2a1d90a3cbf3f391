//! Clips to send: words, slow motion, pictures that are held still, moving pictures.

use super::clips::{job, orange_centroid, read_all};
use super::sources::{Grey, place, tracked};
use super::store;
use cotrail::export::{Captions, Steady, export_clip};
use cotrail::frame::Frame;
use cotrail::geometry::{FrameIndex, Freedom, Size, SourcePoint};
use cotrail::media::{ClipCodec, ClipEncoding, FrameSource, MediaError, SourceInfo};
use cotrail::sync::CancelToken;
use image::AnimationDecoder as _;
use image::codecs::webp::WebPDecoder;
use std::fs::File;
use std::io::BufReader;

#[test]
fn slow_motion_keeps_every_frame_and_stretches_the_times() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.mp4");
    let mut source = Grey::new(12, &[]);
    let job = cotrail::export::ClipJob { slowdown: 4.0, ..job(&path, 2..=11) };
    export_clip(&mut source, &tracked(12), job, &mut |_, _| {}, &CancelToken::new()).unwrap();
    let (times, frames) = read_all(&path);
    assert_eq!(frames.len(), 10);
    for (i, (at, frame)) in times.iter().zip(&frames).enumerate() {
        let wanted = 4.0 * (source.info().times_secs[i + 2] - source.info().times_secs[2]);
        assert!((at - wanted).abs() < 1e-3, "frame {i}: {at} s, not {wanted} s");
        assert!(frame.pixel(5, 110)[1].abs_diff(Grey::level(i as u32 + 2)) <= 3, "frame {i}");
    }
}

#[test]
fn words_stand_where_they_are_asked_for_and_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.mp4");
    // What is darker than the picture in some columns and rows.
    let darkened = |captions: Captions, xs: std::ops::Range<u32>, ys: std::ops::Range<u32>| {
        let mut job = job(&path, 7..=7);
        job.drawing.captions = captions;
        export_clip(&mut Grey::new(10, &[]), &tracked(10), job, &mut |_, _| {}, &CancelToken::new()).unwrap();
        let (_, frames) = read_all(&path);
        let pixels = ys.flat_map(|y| xs.clone().map(move |x| (x, y)));
        pixels.filter(|&(x, y)| frames[0].pixel(x, y)[1] < Grey::level(7) / 2).count()
    };
    let Size { width, height } = Grey::new(1, &[]).info().size;
    let (x, y) = place(7);
    let (x, y) = (x as u32, y as u32);
    let beside = (x + 8..x + 30, y - 6..y + 6);
    let corner = (8..40, height - 24..height - 8);
    let edge = (width / 2 - 10..width / 2 + 10, 14..30);
    let none = Captions::default;
    let title = Captions { title: "T".to_owned(), ..none() };
    for (captions, (xs, ys)) in [
        (Captions { names: true, ..none() }, beside.clone()),
        (Captions { legend: true, ..none() }, corner.clone()),
        (title.clone(), edge.clone()),
    ] {
        assert!(darkened(captions.clone(), xs.clone(), ys.clone()) > 60, "{captions:?}");
        assert_eq!(darkened(none(), xs, ys), 0, "{captions:?}");
    }
    assert_eq!(darkened(title, corner.0, corner.1), 0);
}

/// A picture whose bright dots move, turn and grow.
struct Moving(SourceInfo);

impl Moving {
    const SIZE: Size = Size::new(160, 120);

    fn new(num_frames: usize) -> Self {
        let times_secs = (0..num_frames).map(|i| i as f64 / 25.0).collect();
        Self(SourceInfo { size: Self::SIZE, times_secs, ..Grey::new(num_frames, &[]).info().clone() })
    }

    fn scale(frame: usize) -> f32 {
        1.0 + 0.01 * frame as f32
    }

    /// Where the dots are.
    fn dots(frame: usize) -> [(f32, f32); 4] {
        let t = frame as f32;
        let (sin, cos) = (0.03 * t).sin_cos();
        let scale = Self::scale(frame);
        [(-30.0, -20.0), (30.0, -20.0), (30.0, 20.0), (-30.0, 20.0)]
            .map(|(x, y)| (70.0 + 1.5 * t + scale * (cos * x - sin * y), 60.0 - t + scale * (sin * x + cos * y)))
    }
}

impl FrameSource for Moving {
    fn info(&self) -> &SourceInfo {
        &self.0
    }

    fn read(&mut self, frame: FrameIndex) -> Result<Frame, MediaError> {
        let (dots, scale) = (Self::dots(frame.get()), Self::scale(frame.get()));
        let pixel = |x: u32, y: u32| {
            let near = dots.iter().map(|(u, v)| (u - x as f32).hypot(v - y as f32)).fold(f32::INFINITY, f32::min);
            [(255.0 * (3.5 - near / scale).clamp(0.0, 1.0)) as u8, 40, 40]
        };
        let rgb = (0..Self::SIZE.height).flat_map(|y| (0..Self::SIZE.width).flat_map(move |x| pixel(x, y)));
        Ok(Frame::new(frame, self.0.time_secs(frame), Self::SIZE, rgb.collect()))
    }
}

#[test]
fn what_the_points_follow_stands_still_as_far_as_is_asked_for() {
    let num_frames = 14;
    let names = [("a", 0), ("b", 0), ("c", 0), ("d", 0)];
    let store = store(&names, num_frames, |track, frame| Moving::dots(frame)[track]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.mp4");
    // How far the four dots of the last picture are from where they were on the first, without marks.
    let moved = |freedom: Option<Freedom>| {
        let mut job = job(&path, 0..=num_frames as u32 - 1);
        job.drawing.draws_points = false;
        job.drawing.steady = freedom.map(|freedom| Steady { freedom, tracks: Vec::new() });
        export_clip(&mut Moving::new(num_frames), &store, job, &mut |_, _| {}, &CancelToken::new()).unwrap();
        let (_, frames) = read_all(&path);
        let around = |frame: &Frame, (u, v): (f32, f32)| {
            let near = |x: u32, y: u32| (x as f32 - u).hypot(y as f32 - v) < 7.0;
            let places = (0..120).flat_map(|y| (0..160).map(move |x| (x, y))).filter(|&(x, y)| near(x, y));
            places.map(|(x, y)| f32::from(frame.pixel(x, y)[0].saturating_sub(60))).sum::<f32>()
        };
        let share = |dot| around(&frames[num_frames - 1], dot) / around(&frames[0], dot);
        Moving::dots(0).map(share).into_iter().fold(f32::INFINITY, f32::min)
    };
    let [as_filmed, moves] = [moved(None), moved(Some(Freedom::Translation))];
    assert!(as_filmed < 0.3 && moves < 0.9, "{as_filmed}, {moves}");
    for freedom in [Freedom::Similarity, Freedom::Perspective] {
        let share = moved(Some(freedom));
        assert!((0.9..1.1).contains(&share), "{freedom:?}: {share} of a dot is where it was");
    }
}

#[test]
fn the_marks_of_a_steady_clip_stand_on_what_they_follow() {
    let num_frames = 14;
    let store = store(&[("a", 0)], num_frames, |_, frame| Moving::dots(frame)[0]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.mp4");
    let mut job = job(&path, 0..=num_frames as u32 - 1);
    job.drawing.size = cotrail::export::OutputSize::Height(240);
    job.drawing.steady = Some(Steady { freedom: Freedom::Translation, tracks: Vec::new() });
    export_clip(&mut Grey::new(num_frames, &[]), &store, job, &mut |_, _| {}, &CancelToken::new()).unwrap();
    let (_, frames) = read_all(&path);
    let (x, y) = Moving::dots(0)[0];
    let scale = frames[0].size().height as f32 / Grey::new(1, &[]).info().size.height as f32;
    let wanted = SourcePoint::new((x + 0.5) * scale - 0.5, (y + 0.5) * scale - 0.5);
    for (i, frame) in frames.iter().enumerate().filter(|(i, _)| i % 5 != 4) {
        let at = orange_centroid(frame).unwrap();
        assert!(at.distance(wanted) < 1.0, "frame {i}: {at:?}, not {wanted:?}");
    }
}

#[test]
fn moving_webp_pictures_show_every_frame_as_long_as_it_lasts() {
    if !ClipCodec::available().contains(&ClipCodec::WebP) {
        eprintln!("no encoder for WebP here");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.webp");
    let mut job = job(&path, 3..=12);
    job.encoding = ClipEncoding { codec: Some(ClipCodec::WebP), ..ClipEncoding::default() };
    let mut source = Grey::new(20, &[]);
    let report = export_clip(&mut source, &tracked(20), job, &mut |_, _| {}, &CancelToken::new()).unwrap();
    assert_eq!((report.codec.as_str(), report.num_frames, report.warnings.len()), ("WebP", 10, 0));
    let decoder = WebPDecoder::new(BufReader::new(File::open(&path).unwrap())).unwrap();
    let frames: Vec<_> = decoder.into_frames().map(Result::unwrap).collect();
    assert_eq!(frames.len(), 10);
    for (i, frame) in frames.iter().enumerate() {
        let level = frame.buffer().get_pixel(5, 110).0[1];
        assert!(level.abs_diff(Grey::level(i as u32 + 3)) <= 6, "frame {i}: {level}");
        let times = &source.info().times_secs;
        let (numerator, denominator) = frame.delay().numer_denom_ms();
        let lasts = f64::from(numerator) / f64::from(denominator) / 1000.0;
        assert!(i == 9 || (lasts - (times[i + 4] - times[i + 3])).abs() < 2e-3, "frame {i}: {lasts} s");
    }
}
