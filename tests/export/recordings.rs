//! Recordings of live streams: what is in them while they run, and after a kill.

use cotrail::export::Recording;
use cotrail::frame::Frame;
use cotrail::geometry::{FrameIndex, Size, SourcePoint};
use cotrail::media::{FrameSource, OpenOptions, SyntheticSource, VideoFile};
use cotrail::session::Recorder;
use cotrail::tracks::{LiveLine, LiveSample};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SIZE: Size = Size::new(128, 96);

/// Every third frame of the stream is missing in the recording, as if it had not decoded.
fn numbers() -> impl Iterator<Item = u32> {
    (0..).filter(|number| number % 3 != 2)
}

fn frame(number: u32) -> Frame {
    let mut source = SyntheticSource::new(SIZE, number as usize + 1, 25.0);
    source.read(FrameIndex(number)).unwrap()
}

fn line(number: u32) -> LiveLine {
    let sample = |id| LiveSample {
        id,
        point: SourcePoint::new(number as f32, id as f32),
        visibility: 0.9,
        confidence: 0.8,
        probability: None,
        visible: true,
    };
    LiveLine {
        frame: FrameIndex(number),
        time_secs: f64::from(number) / 25.0,
        unix_secs: 1.7e9,
        clip_frame: None,
        names: BTreeMap::new(),
        points: (0..5).map(sample).collect(),
    }
}

fn lines(path: &Path) -> Vec<LiveLine> {
    let text = std::fs::read_to_string(Recording::lines_path(path)).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'), "no line is cut off");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Checks clip and table against each other; how many frames each has.
fn check(path: &Path) -> (usize, usize) {
    let mut clip = VideoFile::open(path, &OpenOptions::default()).unwrap();
    let num_frames = clip.info().num_frames();
    let lines = lines(path);
    for (place, number) in numbers().take(num_frames).enumerate() {
        let frame = clip.read(FrameIndex::new(place)).unwrap();
        assert_eq!(SyntheticSource::number_in(&frame), number, "picture {place}");
        assert!((clip.info().time_secs(FrameIndex::new(place)) - f64::from(number) / 25.0).abs() < 1e-3);
    }
    for (place, (number, line)) in numbers().zip(&lines).enumerate() {
        assert_eq!((line.frame.0, line.clip_frame), (number, Some(place as u32)));
        assert_eq!((line.points.len(), line.points[4].point.x), (5, number as f32));
    }
    (num_frames, lines.len())
}

#[test]
fn a_recording_holds_every_frame_and_its_points() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a:b.mp4");
    let mut recording = Recording::create(&path, SIZE, 25.0).unwrap();
    for number in numbers().take(40) {
        recording.write_frame(&frame(number)).unwrap();
        recording.write_line(line(number)).unwrap();
    }
    let report = recording.finish().unwrap();
    assert_eq!((report.num_frames, report.num_lines), (40, 40));
    assert_eq!(check(&path), (40, 40));
    let codec = crate::media::fixtures::probe(&path, "v:0", "stream=codec_name");
    assert!(codec == "h264" || codec == "mpeg4", "{codec}");
}

#[test]
fn points_on_a_frame_that_is_not_in_the_clip_are_kept_without_its_number() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    let mut recording = Recording::create(&path, SIZE, 25.0).unwrap();
    for number in [3, 5] {
        recording.write_frame(&frame(number)).unwrap();
    }
    for number in [2, 3, 4, 5, 6] {
        recording.write_line(line(number)).unwrap();
    }
    recording.finish().unwrap();
    let clip_frames: Vec<Option<u32>> = lines(&path).iter().map(|line| line.clip_frame).collect();
    assert_eq!(clip_frames, [None, Some(0), None, Some(1), None]);
}

#[test]
fn nothing_is_replaced_and_nothing_empty_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    std::fs::write(&path, "old").unwrap();
    let error = Recording::create(&path, SIZE, 25.0).err().unwrap().to_string();
    assert!(error.starts_with("there is a file of this name already: ") && error.ends_with("clip.mp4"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    std::fs::rename(&path, Recording::lines_path(&path)).unwrap();
    assert!(Recording::create(&path, SIZE, 25.0).is_err() && !path.exists());
    assert_eq!(std::fs::read(Recording::lines_path(&path)).unwrap(), b"old");
    std::fs::remove_file(Recording::lines_path(&path)).unwrap();
    assert_eq!(Recording::create(&path, SIZE, 25.0).unwrap().finish().unwrap().num_frames, 0);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    assert!(Recording::create(&folder.path().join("no/where.mp4"), SIZE, 25.0).is_err());
}

#[test]
fn a_recorder_writes_what_waits_and_counts_what_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    let recorder = Recorder::start(&path, SIZE, 25.0).unwrap();
    let tap = recorder.tap();
    for number in numbers().take(10) {
        tap(&frame(number));
        recorder.write_line(line(number));
    }
    assert_eq!(recorder.num_lost(), 0, "so few always find room");
    let report = recorder.finish().unwrap();
    assert_eq!((report.num_frames, report.num_lines), (10, 10));
    tap(&frame(99)); // forgotten by its owner: goes nowhere
    assert_eq!(check(&path), (10, 10));
}

const RECORD_HERE: &str = "COTRAIL_TEST_RECORD_HERE";
const NUM_BEFORE_THE_KILL: usize = 60;

#[test]
fn a_killed_recording_can_be_opened() {
    if let Some(path) = std::env::var_os(RECORD_HERE) {
        record_until_killed(&PathBuf::from(path));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "export::recordings::a_killed_recording_can_be_opened", "--nocapture"])
        .env(RECORD_HERE, &path)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    while !text.contains("that is enough") {
        assert_ne!(said.read_line(&mut text).unwrap(), 0, "ended early: {text}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    said.read_to_string(&mut text).unwrap();
    let (num_frames, num_lines) = check(&path);
    assert!(num_frames + 2 >= NUM_BEFORE_THE_KILL && num_lines >= NUM_BEFORE_THE_KILL, "{num_frames} {num_lines}");
    let decoded = crate::media::fixtures::reference_frames(&path, SIZE);
    assert_eq!(decoded.len(), num_frames, "ffmpeg sees as many");
}

/// Never returns: it goes on until it is killed.
fn record_until_killed(path: &Path) -> ! {
    let mut recording = Recording::create(path, SIZE, 25.0).unwrap();
    for (count, number) in numbers().enumerate() {
        recording.write_frame(&frame(number)).unwrap();
        recording.write_line(line(number)).unwrap();
        if count + 1 == NUM_BEFORE_THE_KILL {
            println!("that is enough");
        }
    }
    unreachable!("the numbers never end");
}
