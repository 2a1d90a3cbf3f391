//! What files say of their pictures: the shape of pixels, rates, streams, sizes that change, fields, HDR.

use super::fixtures::make;
use cotrail::frame::Frame;
use cotrail::geometry::{FrameIndex, Size};
use cotrail::media::{FrameSource, OpenOptions, open};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn opened(path: &Path, options: OpenOptions) -> Box<dyn FrameSource> {
    open(path, &options).unwrap_or_else(|error| panic!("{error}"))
}

/// A file that ffmpeg makes from `frames` test pictures; `args` stand between them and the name.
fn made(folder: &TempDir, name: &str, size: &str, frames: u32, args: &[&str]) -> PathBuf {
    let path = folder.path().join(name);
    let (source, frames) = (format!("testsrc2=size={size}:rate=25"), frames.to_string());
    let mut all = vec!["-f", "lavfi", "-i", &source, "-frames:v", &frames];
    all.extend(args);
    make(&all, &path);
    path
}

#[test]
fn pixels_that_are_not_square_are_said_and_turn_with_the_picture() {
    let folder = tempfile::tempdir().unwrap();
    let wide = made(&folder, "wide.mp4", "352x288", 3, &["-vf", "setsar=16/11", "-c:v", "libx264"]);
    let info = opened(&wide, OpenOptions::default()).info().clone();
    assert_eq!((info.size, info.shown_size()), (Size::new(352, 288), Size::new(512, 288)));
    let turned = folder.path().join("turned.mp4");
    make(&["-i", wide.to_str().unwrap(), "-c", "copy", "-metadata:s:v", "rotate=90"], &turned);
    let info = opened(&turned, OpenOptions::default()).info().clone();
    assert_eq!((info.size, info.shown_size()), (Size::new(288, 352), Size::new(288, 512)));
    let narrow = made(&folder, "narrow.mkv", "720x480", 3, &["-vf", "setsar=8/9", "-c:v", "ffv1"]);
    let info = opened(&narrow, OpenOptions::default()).info().clone();
    assert_eq!((info.size, info.shown_size()), (Size::new(720, 480), Size::new(720, 540)));
    let square = made(&folder, "square.mp4", "64x48", 3, &["-c:v", "libx264"]);
    let info = opened(&square, OpenOptions::default()).info().clone();
    assert_eq!((info.pixel_aspect, info.shown_size()), (1.0, info.size));
}

#[test]
fn a_stream_without_times_has_a_sane_rate_that_can_be_given() {
    let folder = tempfile::tempdir().unwrap();
    let ticks = ["-c:v", "libx264", "-bf", "2", "-bsf:v", "h264_metadata=tick_rate=2000000", "-f", "h264"];
    let absurd = made(&folder, "absurd.h264", "64x48", 12, &ticks);
    let info = opened(&absurd, OpenOptions::default()).info().clone();
    assert_eq!((info.num_frames(), info.frame_rate, info.has_times), (12, 30.0, false));
    assert_eq!(info.warnings, ["the file tells no times: 30 frames per second are assumed"]);
    let given = opened(&absurd, OpenOptions { frame_rate: Some(12.5), stream: None }).info().clone();
    assert_eq!((given.frame_rate, given.warnings.len()), (12.5, 0));
    assert!((given.times_secs[11] - 0.88).abs() < 1e-9, "{:?}", given.times_secs);

    let sane = made(&folder, "sane.h264", "64x48", 12, &["-c:v", "libx264", "-f", "h264"]);
    let info = opened(&sane, OpenOptions::default()).info().clone();
    assert_eq!((info.num_frames(), info.frame_rate, info.has_times), (12, 25.0, false));

    let timed = made(&folder, "timed.mp4", "64x48", 12, &["-c:v", "libx264"]);
    let info = opened(&timed, OpenOptions { frame_rate: Some(12.5), stream: None }).info().clone();
    assert_eq!((info.frame_rate, info.has_times), (25.0, true), "a file with times keeps them");
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let refused = open(&absurd, &OpenOptions { frame_rate: Some(rate), stream: None }).err().unwrap().to_string();
        assert!(refused.contains("is not a frame rate"), "{refused}");
    }
}

#[test]
fn the_larger_of_several_picture_streams_is_read_unless_another_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("two.mkv");
    let inputs = ["-f", "lavfi", "-i", "testsrc2=size=64x48:rate=50:duration=1"];
    let larger = ["-f", "lavfi", "-i", "testsrc2=size=128x96:rate=25:duration=1"];
    let args = [&inputs[..], &larger, &["-map", "0:v", "-map", "1:v", "-c:v", "ffv1"]].concat();
    make(&args, &path);
    let read = |stream| opened(&path, OpenOptions { frame_rate: None, stream }).info().clone();
    let info = read(None);
    assert_eq!((info.size, info.num_frames(), info.stream), (Size::new(128, 96), 25, 2));
    assert_eq!(info.streams, [Size::new(64, 48), Size::new(128, 96)]);
    assert_eq!(info.warnings, ["the file has 2 picture streams: stream 2 (128x96) is read; 1 has 64x48"]);
    assert_eq!((read(Some(1)).size, read(Some(1)).num_frames()), (Size::new(64, 48), 50));
    assert_eq!(read(Some(2)).size, Size::new(128, 96));
    for (stream, wanted) in
        [(3, "there is no picture stream 3: the file has 2"), (0, "picture streams are counted from 1")]
    {
        let refused = open(&path, &OpenOptions { frame_rate: None, stream: Some(stream) }).err().unwrap().to_string();
        assert!(refused.starts_with(wanted), "{refused}");
    }
}

#[test]
fn pictures_of_another_size_are_fitted_in_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let lying = made(&folder, "lying.h264", "64x48", 5, &["-c:v", "libx264", "-f", "h264"]);
    let upright = made(&folder, "upright.h264", "48x64", 5, &["-c:v", "libx264", "-f", "h264"]);
    let both = folder.path().join("both.h264");
    std::fs::write(&both, [std::fs::read(lying).unwrap(), std::fs::read(upright).unwrap()].concat()).unwrap();
    let mut source = opened(&both, OpenOptions { frame_rate: Some(25.0), stream: None });
    assert_eq!((source.info().num_frames(), source.info().warnings.len()), (10, 0));
    let first = source.read(FrameIndex(4)).unwrap();
    let turned = source.read(FrameIndex(7)).unwrap();
    assert_eq!((first.size(), turned.size()), (Size::new(64, 48), Size::new(64, 48)));
    let is_black = |frame: &Frame, x: u32| (0..48).all(|y| frame.pixel(x, y) == [0; 3]);
    assert!(!is_black(&first, 0) && is_black(&turned, 0) && is_black(&turned, 63) && !is_black(&turned, 32));
    // 48x64 is 36x48 in there: 14 black columns on either side.
    assert!(is_black(&turned, 13) && !is_black(&turned, 15) && !is_black(&turned, 48) && is_black(&turned, 50));
    let wanted = "pictures change their size: frame 7 has 48x64, the first 64x48; such pictures are fitted into that";
    assert_eq!(source.info().warnings, [wanted]);
    source.read(FrameIndex(8)).unwrap();
    assert_eq!(source.info().warnings.len(), 1, "said once");
}

#[test]
fn interlaced_material_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let fields = ["-vf", "interlace", "-c:v", "mpeg2video", "-flags", "+ilme+ildct"];
    let path = made(&folder, "fields.mpg", "64x48", 12, &fields);
    let warnings = opened(&path, OpenOptions::default()).info().warnings.clone();
    assert!(warnings.iter().any(|warning| warning.starts_with("the pictures are interlaced")), "{warnings:?}");
}

#[test]
fn hdr_is_mapped_to_an_ordinary_screen() {
    let folder = tempfile::tempdir().unwrap();
    let grey = |name: &str, transfer: &str| {
        // 58 % of the signal: a white sheet as PQ codes it.
        let path = folder.path().join(name);
        let colours = ["-color_trc", transfer, "-color_primaries", "bt2020", "-colorspace", "bt2020nc"];
        let picture = ["-f", "lavfi", "-i", "color=0x949494:size=64x48", "-frames:v", "2"];
        make(&[&picture[..], &["-pix_fmt", "yuv420p10le", "-c:v", "ffv1"], &colours].concat(), &path);
        let mut source = opened(&path, OpenOptions::default());
        (source.read(FrameIndex(0)).unwrap().pixel(20, 20), source.info().warnings.clone())
    };
    let (plain, warnings) = grey("sdr.mkv", "bt709");
    assert!(plain.iter().all(|value| value.abs_diff(0x94) <= 2) && warnings.is_empty(), "{plain:?} {warnings:?}");
    let (mapped, warnings) = grey("pq.mkv", "smpte2084");
    assert!(mapped.iter().all(|value| (190..215).contains(value)), "{mapped:?}");
    assert_eq!(warnings, ["HDR (PQ): colours and brightness are mapped to an ordinary screen's"]);
    let (mapped, _) = grey("hlg.mkv", "arib-std-b67");
    assert!(mapped.iter().all(|value| *value > 0x60 && *value < 200), "{mapped:?}");
}
