//! Annotated clips, decoded again.

use super::{names_in, store};
use cotrail::export::{ClipExport, ClipJob, ExportError, export_clip};
use cotrail::frame::Frame;
use cotrail::geometry::{FrameIndex, Size, SourcePoint};
use cotrail::media::{self, FrameSource, MediaError, OpenOptions, SourceInfo, SourceKind};
use cotrail::overlay::OverlayStyle;
use cotrail::sync::CancelToken;
use cotrail::tracks::TrackStore;
use std::fs;
use std::path::Path;

const SIZE: Size = Size::new(160, 120);

/// Grey pictures, brighter from frame to frame, at uneven times; some do not decode.
struct Grey {
    info: SourceInfo,
    missing: Vec<u32>,
}

impl Grey {
    fn new(num_frames: usize, missing: &[u32]) -> Self {
        // 25 frames per second, and every fourth frame stays twice as long.
        let times_secs = (0..num_frames).map(|i| (i + i / 4) as f64 / 25.0).collect();
        let info = SourceInfo {
            kind: SourceKind::Synthetic,
            path: std::path::PathBuf::new(),
            size: SIZE,
            times_secs,
            frame_rate: 20.0,
            variable_rate: true,
            has_audio: false,
            codec: "synthetic".to_owned(),
            warnings: Vec::new(),
        };
        Self { info, missing: missing.to_vec() }
    }

    fn level(index: u32) -> u8 {
        (40 + 6 * index) as u8
    }
}

impl FrameSource for Grey {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn read(&mut self, frame: FrameIndex) -> Result<Frame, MediaError> {
        if self.missing.contains(&frame.0) {
            return Err(MediaError::MissingFrame(frame));
        }
        let rgb = vec![Self::level(frame.0); 3 * SIZE.area()];
        Ok(Frame::new(frame, self.info.time_secs(frame), SIZE, rgb))
    }
}

/// Where the one track of [`tracked`] is.
fn place(frame: usize) -> (f32, f32) {
    (30.3 + 4.0 * frame as f32, 40.6 + 2.0 * frame as f32)
}

fn tracked(num_frames: usize) -> TrackStore {
    store(&[("dot", 0)], num_frames, |_, frame| place(frame))
}

fn job(path: &Path, frames: std::ops::RangeInclusive<u32>) -> ClipJob {
    let style = OverlayStyle { trail_frames: 0, point_radius: 10.0, ..OverlayStyle::default() };
    let frames = FrameIndex(*frames.start())..=FrameIndex(*frames.end());
    ClipJob { path: path.to_owned(), frames, style, audio: true }
}

fn read_all(path: &Path) -> (Vec<f64>, Vec<Frame>) {
    let mut clip = media::open(path, &OpenOptions::default()).unwrap();
    let times = clip.info().times_secs.to_vec();
    let frames = (0..times.len()).map(|i| clip.read(FrameIndex::new(i)).unwrap()).collect();
    (times, frames)
}

/// The middle of what is orange, the first colour of the palette: red far above blue.
fn orange_centroid(frame: &Frame) -> Option<SourcePoint> {
    let (mut sum, mut x_sum, mut y_sum) = (0.0, 0.0, 0.0);
    for y in 0..SIZE.height {
        for x in 0..SIZE.width {
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
        let time = source.info.times_secs[index] - source.info.times_secs[3];
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
