//! Annotated clips, decoded again.

use super::names_in;
use super::sources::{Grey, place, tracked};
use cotrail::export::{ClipExport, ClipJob, Drawing, ExportError, Ground, OutputSize, export_clip};
use cotrail::frame::Frame;
use cotrail::geometry::{FrameIndex, Size, SourcePoint};
use cotrail::media::{self, ClipCodec, ClipEncoding, ClipRate, FrameSource, MediaError, OpenOptions, SourceInfo};
use cotrail::overlay::{Colour, OverlayStyle};
use cotrail::sync::CancelToken;
use std::fs;
use std::path::Path;

pub(super) fn job(path: &Path, frames: std::ops::RangeInclusive<u32>) -> ClipJob {
    let style = OverlayStyle { trail_frames: 0, point_radius: 10.0, ..OverlayStyle::default() };
    let frames = FrameIndex(*frames.start())..=FrameIndex(*frames.end());
    let (drawing, encoding) = (Drawing::new(style), ClipEncoding::default());
    ClipJob { path: path.to_owned(), frames, drawing, ground: Ground::Picture, encoding, audio: true, slowdown: 1.0 }
}

pub(super) fn read_all(path: &Path) -> (Vec<f64>, Vec<Frame>) {
    let mut clip = media::open(path, &OpenOptions::default()).unwrap();
    let times = clip.info().times_secs.to_vec();
    let frames = (0..times.len()).map(|i| clip.read(FrameIndex::new(i)).unwrap()).collect();
    (times, frames)
}

/// The middle of what is orange, the first colour of the palette: red far above blue.
pub(super) fn orange_centroid(frame: &Frame) -> Option<SourcePoint> {
    let (mut sum, mut x_sum, mut y_sum) = (0.0, 0.0, 0.0);
    for y in 0..frame.size().height {
        for x in 0..frame.size().width {
            let [r, _, b] = frame.pixel(x, y).map(f32::from);
            let weight = (r - b - 40.0).max(0.0);
            sum += weight;
            x_sum += weight * x as f32;
            y_sum += weight * y as f32;
        }
    }
    (sum > 500.0).then(|| SourcePoint::new(x_sum / sum, y_sum / sum))
}

#[test]
fn every_frame_is_there_at_its_time_with_its_own_point_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.mp4");
    let mut source = Grey::new(20, &[]);
    let mut told = Vec::new();
    let mut progress = |done, total| told.push((done, total));
    let report =
        export_clip(&mut source, &tracked(20), job(&path, 3..=17), &mut progress, &CancelToken::new()).unwrap();
    assert_eq!((report.num_frames, report.bridged), (15, vec![]));
    assert_eq!(told, (0..=15).map(|done| (done, 15)).collect::<Vec<_>>());
    assert_eq!(names_in(folder.path()), ["out.mp4"]);
    let (times, frames) = read_all(&path);
    assert_eq!(frames.len(), 15);
    for (i, frame) in frames.iter().enumerate() {
        let index = i + 3;
        let time = source.info().times_secs[index] - source.info().times_secs[3];
        assert!((times[i] - time).abs() < 1e-3, "frame {index}: {} s, not {time} s", times[i]);
        let ground = frame.pixel(5, 110)[1];
        assert!(ground.abs_diff(Grey::level(index as u32)) <= 3, "frame {index} shows the picture of another");
        let (x, y) = place(index);
        let at = orange_centroid(frame).unwrap();
        // The chroma of H.264 has half the resolution; the position is still that of this frame, 4.5 px from the next.
        assert!(at.distance(SourcePoint::new(x, y)) < 0.7, "frame {index}: {at:?}, not ({x}, {y})");
    }
}

#[test]
fn frames_that_do_not_decode_are_bridged_and_keep_their_own_tracks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.mp4");
    let mut source = Grey::new(10, &[0, 1, 5, 6, 9]);
    let report =
        export_clip(&mut source, &tracked(10), job(&path, 0..=9), &mut |_, _| {}, &CancelToken::new()).unwrap();
    assert_eq!(report.bridged, [0, 1, 5, 6, 9].map(FrameIndex));
    let (_, frames) = read_all(&path);
    let shown = [2, 2, 2, 3, 4, 4, 4, 7, 8, 8];
    assert_eq!(frames.len(), shown.len());
    for (index, (frame, shown)) in frames.iter().zip(shown).enumerate() {
        assert!(frame.pixel(5, 110)[1].abs_diff(Grey::level(shown)) <= 3, "frame {index}");
        let (x, y) = place(index);
        assert!(orange_centroid(frame).unwrap().distance(SourcePoint::new(x, y)) < 0.8, "frame {index}");
    }
    let mut hopeless = Grey::new(4, &[0, 1, 2, 3]);
    let path = folder.path().join("none.mp4");
    let outcome = export_clip(&mut hopeless, &tracked(4), job(&path, 0..=3), &mut |_, _| {}, &CancelToken::new());
    assert_eq!(outcome.unwrap_err().to_string(), "no frame from 0 to 3 decodes");
    assert_eq!(names_in(folder.path()), ["out.mp4"]);
}

#[test]
fn a_cancelled_clip_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.mp4");
    fs::write(&path, "old").unwrap();
    let cancel = CancelToken::new();
    let mut stop_at_five = |done, _| {
        if done == 5 {
            cancel.cancel();
        }
    };
    let outcome = export_clip(&mut Grey::new(20, &[]), &tracked(20), job(&path, 0..=19), &mut stop_at_five, &cancel);
    assert!(matches!(outcome, Err(ExportError::Cancelled)), "{outcome:?}");
    assert_eq!(names_in(folder.path()), ["out.mp4"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
}

#[test]
fn a_source_that_breaks_ends_the_export_with_its_error() {
    struct Broken(Grey);
    impl FrameSource for Broken {
        fn info(&self) -> &SourceInfo {
            self.0.info()
        }
        fn read(&mut self, frame: FrameIndex) -> Result<Frame, MediaError> {
            if frame.0 == 4 {
                return Err(MediaError::Unreadable { problem: "the disk is gone".into(), path: "a.mp4".into() });
            }
            self.0.read(frame)
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let job = job(&folder.path().join("out.mp4"), 0..=9);
    let outcome = export_clip(&mut Broken(Grey::new(10, &[])), &tracked(10), job, &mut |_, _| {}, &CancelToken::new());
    assert_eq!(outcome.unwrap_err().to_string(), "the disk is gone: a.mp4");
    assert!(names_in(folder.path()).is_empty());
}

#[test]
fn a_clip_that_cannot_be_written_is_refused_before_any_frame_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("folder.mp4")).unwrap();
    let open = |job| ClipExport::open(Grey::new(10, &[]).info(), job).map(drop).unwrap_err().to_string();
    assert_eq!(open(job(&at("folder.mp4"), 0..=9)), format!("this is a folder: {}", at("folder.mp4").display()));
    assert!(open(job(&at("nowhere/a.mp4"), 0..=9)).ends_with(&format!("{}", at("nowhere/a.mp4").display())));
    let beyond = "frames 2 to 10 cannot be written: the clip has 10 frames, counted from 0";
    assert_eq!(open(job(&at("a.mp4"), 2..=10)), beyond);
    #[expect(clippy::reversed_empty_ranges, reason = "this is what a user may ask for")]
    let reversed = job(&at("a.mp4"), 5..=4);
    assert!(open(reversed).starts_with("frames 5 to 4 cannot be written"));
    assert_eq!(names_in(folder.path()), ["folder.mp4"]);
    drop(ClipExport::open(Grey::new(10, &[]).info(), job(&at("a.mp4"), 0..=9)).unwrap());
    assert_eq!(names_in(folder.path()), ["folder.mp4"]);
}

#[test]
fn a_clip_never_replaces_the_video_it_is_made_from() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    export_clip(&mut Grey::new(6, &[]), &tracked(6), job(&path, 0..=5), &mut |_, _| {}, &CancelToken::new()).unwrap();
    let before = fs::read(&path).unwrap();
    let source = media::open(&path, &OpenOptions::default()).unwrap();
    let same = folder.path().join("../").join(folder.path().file_name().unwrap()).join("clip.mp4");
    let outcome = ClipExport::open(source.info(), job(&same, 0..=5)).map(drop);
    assert!(matches!(outcome, Err(ExportError::WouldReplaceSource(_))), "{outcome:?}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_scaled_clip_on_a_flat_ground_shows_the_chosen_points_in_their_places() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.mp4");
    let store = super::store(&[("dot", 0), ("other", 0)], 10, |track, frame| {
        let (x, y) = place(frame);
        if track == 0 { (x, y) } else { (150.0 - x, 15.0) }
    });
    let mut job = job(&path, 2..=8);
    job.drawing.size = OutputSize::Height(240);
    job.drawing.tracks = Some(vec![cotrail::tracks::TrackId(0)]);
    job.ground = Ground::Flat(Colour { r: 0, g: 60, b: 0 });
    // Nothing of the source is read: its frames do not decode.
    let mut source = Grey::new(10, &(0..10).collect::<Vec<_>>());
    let report = export_clip(&mut source, &store, job, &mut |_, _| {}, &CancelToken::new()).unwrap();
    assert_eq!((report.num_frames, report.bridged), (7, vec![]));
    let (_, frames) = read_all(&path);
    for (frame, index) in frames.iter().zip(2..) {
        assert_eq!(frame.size(), Size::new(320, 240));
        let [r, g, b] = frame.pixel(10, 200);
        assert!(r < 6 && g.abs_diff(60) < 6 && b < 6, "frame {index}: {r} {g} {b}");
        let [r, g, b] = frame.pixel((2.0 * (150.0 - place(index).0)) as u32, 30);
        assert!(r < 6 && g.abs_diff(60) < 6 && b < 6, "frame {index}: the other point is not drawn");
        if index % 5 != 4 {
            let (x, y) = place(index);
            let wanted = SourcePoint::new(2.0 * x + 0.5, 2.0 * y + 0.5);
            let at = orange_centroid(frame).unwrap();
            assert!(at.distance(wanted) < 0.7, "frame {index}: {at:?}, not {wanted:?}");
        }
    }
}

#[test]
fn a_burnt_in_number_changes_nothing_but_the_corner() {
    let folder = tempfile::tempdir().unwrap();
    let pixel = |burns, x, y| {
        let path = folder.path().join("out.mp4");
        let mut job = job(&path, 7..=7);
        job.drawing.captions.number = burns;
        export_clip(&mut Grey::new(10, &[]), &tracked(10), job, &mut |_, _| {}, &CancelToken::new()).unwrap();
        read_all(&path).1[0].pixel(x, y)[1]
    };
    // On a plate from 0.6 · 18 pixels on: darker than the picture, and below it nothing.
    assert!(pixel(true, 13, 13) < 50 && pixel(false, 13, 13).abs_diff(Grey::level(7)) < 4);
    assert!(pixel(true, 80, 110).abs_diff(Grey::level(7)) < 4);
}

#[test]
fn every_codec_of_this_machine_keeps_frames_times_and_places() {
    let folder = tempfile::tempdir().unwrap();
    let codecs = ClipCodec::available();
    assert!(codecs.contains(&ClipCodec::Mpeg4), "libav has it built in: {codecs:?}");
    // libav does not read moving WebP pictures; see `sending`.
    for codec in codecs.into_iter().filter(|codec| *codec != ClipCodec::WebP) {
        let path = folder.path().join(format!("out.{}", codec.extension()));
        let mut job = job(&path, 3..=12);
        let rates: &[ClipRate] = if codec.takes_bit_rate() {
            &[ClipRate::Quality(18), ClipRate::BitsPerSec(2_000_000)]
        } else {
            &[ClipRate::Quality(18)]
        };
        for rate in rates {
            job.encoding = ClipEncoding { codec: Some(codec), rate: *rate };
            let mut source = Grey::new(20, &[]);
            let report =
                export_clip(&mut source, &tracked(20), job.clone(), &mut |_, _| {}, &CancelToken::new()).unwrap();
            assert_eq!((report.codec.as_str(), report.num_frames), (codec.name(), 10), "{report:?}");
            assert!(report.warnings.is_empty(), "{report:?}");
            let (times, frames) = read_all(&path);
            assert_eq!(frames.len(), 10, "{codec:?}");
            for (i, frame) in frames.iter().enumerate() {
                let time = source.info().times_secs[i + 3] - source.info().times_secs[3];
                let unit = if codec == ClipCodec::Gif { 0.01 } else { 0.002 };
                assert!((times[i] - time).abs() < unit, "{codec:?} {i}: {} s, not {time} s", times[i]);
                let ground = frame.pixel(5, 110)[1];
                assert!(ground.abs_diff(Grey::level(i as u32 + 3)) <= 4, "{codec:?}, {rate:?}, frame {i}: {ground}");
                if (i + 3) % 5 != 4 {
                    let (x, y) = place(i + 3);
                    let at = orange_centroid(frame);
                    let off = at.map(|at| at.distance(SourcePoint::new(x, y)));
                    assert!(off.is_some_and(|off| off < 1.0), "{codec:?}, {rate:?}, frame {i}: {at:?}");
                }
            }
        }
    }
    assert!(names_in(folder.path()).iter().all(|name| name.starts_with("out.")));
}

#[test]
fn a_clip_of_pixels_that_are_not_square_is_written_in_its_true_shape_with_marks_in_their_places() {
    struct Wide(Grey, SourceInfo);
    impl FrameSource for Wide {
        fn info(&self) -> &SourceInfo {
            &self.1
        }
        fn read(&mut self, frame: FrameIndex) -> Result<Frame, MediaError> {
            self.0.read(frame)
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.mp4");
    let plain = Grey::new(6, &[]);
    let info = SourceInfo { pixel_aspect: 1.5, ..plain.info().clone() };
    let (size, shown) = (info.size, info.shown_size());
    assert_eq!(shown, Size::new(size.width * 3 / 2, size.height));
    let mut source = Wide(plain, info);
    export_clip(&mut source, &tracked(6), job(&path, 0..=5), &mut |_, _| {}, &CancelToken::new()).unwrap();
    let (_, frames) = read_all(&path);
    assert_eq!(frames[3].size(), shown);
    let (found, wanted) = (orange_centroid(&frames[3]).unwrap(), place(3));
    assert!((found.x - ((wanted.0 + 0.5) * 1.5 - 0.5)).abs() < 1.0 && (found.y - wanted.1).abs() < 1.0, "{found:?}");
}
