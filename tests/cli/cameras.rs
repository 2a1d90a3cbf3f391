//! Cameras on the command line, with a fake one in the program.

use super::fixtures::{golden_path, text};
use crate::media::fake_camera::{number_in, with_camera};
use cotrail::geometry::FrameIndex;
use cotrail::media::{FrameSource, OpenOptions, VideoFile};
use cotrail::tracks::LiveLine;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_mins(2);

/// The program with a camera, and the tiny network.
fn track(words: &str, settings: &[(&str, &str)]) -> Command {
    track_on("cpu", words, settings)
}

/// The same on some device.
pub(super) fn track_on(device: &str, words: &str, settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cotrail"));
    command.arg("track").args(words.split_whitespace()).args(["--device", device, "--threads", "1", "--weights"]);
    command.arg(golden_path("tiny.safetensors")).stdin(Stdio::null());
    command.env_remove("COTRAIL_LOG");
    with_camera(&mut command, settings);
    command
}

pub(super) fn lines(bytes: &[u8]) -> Vec<LiveLine> {
    text(bytes).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn succeeds(mut command: Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}\n{}", text(&output.stderr));
    output
}

#[test]
fn devices_lists_cameras() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cotrail"));
    let output = succeeds({
        with_camera(command.arg("devices"), &[("NAME", "Desk cam"), ("INDEX", "2")]);
        command
    });
    let list = text(&output.stdout);
    assert!(list.contains("\n  camera:2  Desk cam\n    YUYV   320x240    30, 15 fps\n"), "{list}");
}

#[test]
fn a_camera_is_followed_for_so_many_frames() {
    let output =
        succeeds(track("camera:0 --point 0,320,200 --point 3,100,50 --grid 2 --frames 12 --size 96x72 --iters 1", &[]));
    let lines = lines(&output.stdout);
    assert_eq!(lines.len(), 12);
    assert!(lines.windows(2).all(|pair| pair[0].frame < pair[1].frame && pair[0].time_secs < pair[1].time_secs));
    let ids = |line: &LiveLine| line.points.iter().map(|point| point.id).collect::<Vec<_>>();
    assert_eq!(ids(&lines[0]), [0, 1, 2, 3, 4], "the point of frame 3 comes later");
    assert_eq!(lines[11].points.len(), 6);
    let first = lines[0].points[0];
    assert_eq!((first.point.x, first.point.y, first.visibility), (320.0, 200.0, 1.0));
    assert!(lines.iter().all(|line| line.points.iter().all(|point| point.point.x.is_finite())));
    let said = text(&output.stderr);
    assert!(said.contains("following 6 points on Fake Camera, 640x480 at 30 fps (YUYV)"), "{said}");
    assert!(said.contains("tracked 12 frames in "), "{said}");
}

#[test]
fn lines_go_to_another_program_and_ctrl_c_ends_the_stream() {
    let reader = UdpSocket::bind("127.0.0.1:0").unwrap();
    reader.set_read_timeout(Some(PATIENCE)).unwrap();
    let words = format!("camera:0 --capture 320x240 --grid 3 --emit udp:{}", reader.local_addr().unwrap());
    let child = track(&words, &[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut before = None;
    for _ in 0..5 {
        let mut message = vec![0; 65_536];
        let length = reader.recv(&mut message).unwrap();
        let line: LiveLine = serde_json::from_slice(&message[..length]).unwrap();
        assert!(before < Some(line.frame) && line.points.len() == 9 && line.unix_secs > 1.7e9, "{line:?}");
        before = Some(line.frame);
    }
    let status = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(130), 0), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("error: interrupted: after "), "{}", text(&output.stderr));
}

/// A port that nobody has now.
fn free_port() -> u16 {
    let (udp, tcp) = (UdpSocket::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
    drop(udp);
    tcp.local_addr().unwrap().port()
}

#[test]
fn the_documented_reader_prints_the_points_by_udp_and_by_tcp() {
    if Command::new("python3").arg("--version").output().is_err() {
        println!("skipped: there is no python3 here");
        return;
    }
    for kind in ["udp", "tcp"] {
        let port = free_port();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/examples/live_reader.py");
        let reader = Command::new("python3").args([script, kind, &port.to_string()]).stdout(Stdio::piped()).spawn();
        let mut reader = reader.unwrap();
        // Cotrail wants somebody to listen. The reader waits for the next connection when this one is gone.
        let began = Instant::now();
        while kind == "tcp" && TcpStream::connect(("127.0.0.1", port)).is_err() && began.elapsed() < PATIENCE {}
        let words = format!("camera:0 --capture 320x240 --grid 2 --emit {kind}:127.0.0.1:{port}");
        let mut child = track(&words, &[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let printed = BufReader::new(reader.stdout.take().unwrap()).lines().take(6);
        let rows: Vec<Vec<f64>> =
            printed.map(|line| line.unwrap().split(' ').map(|word| word.parse().unwrap()).collect()).collect();
        for process in [&mut child, &mut reader] {
            process.kill().unwrap();
            process.wait().unwrap();
        }
        assert!(rows.iter().all(|row| row.len() == 5 && row[1] < 4.0 && (0.0..=1.0).contains(&row[4])), "{rows:?}");
        assert!(rows[5][0] > rows[0][0], "{kind}: more than one frame: {rows:?}");
    }
}

#[test]
fn a_recording_keeps_pictures_and_points_together() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session.mp4");
    let words = format!("camera:0 --grid 2 --frames 10 --record {}", path.display());
    let output = succeeds(track(&words, &[]));
    assert!(output.stdout.is_empty() && text(&output.stderr).contains("session.tracks.jsonl"));
    let lines = lines(&std::fs::read(folder.path().join("session.tracks.jsonl")).unwrap());
    assert_eq!(lines.len(), 10);
    let mut clip = VideoFile::open(&path, &OpenOptions::default()).unwrap();
    let mut before = None;
    for place in 0..clip.info().num_frames() {
        let number = number_in(&clip.read(FrameIndex::new(place)).unwrap());
        assert!(before < Some(number), "every picture, in order: {before:?} {number}");
        before = Some(number);
    }
    // The first frames may have come before the recording began.
    let recorded: Vec<_> = lines.iter().filter_map(|line| line.clip_frame.map(|place| (line.frame.0, place))).collect();
    assert!(recorded.len() >= 8, "{recorded:?}");
    let ahead = recorded[0].0 - recorded[0].1;
    assert!(recorded.iter().all(|(frame, place)| frame - place == ahead), "{recorded:?}");
}

#[test]
fn tables_say_what_the_lines_said() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(at("points.csv"), "t,x,y,name\n0,320,200,nose\n3,100,50,tail\n").unwrap();
    let (csv, json) = (at("tracks.csv"), at("tracks.json"));
    let words = format!("camera:0 --queries {} --frames 12 --emit stdout --out {csv} --out {json}", at("points.csv"));
    let mut command = track(&words, &[]);
    command.env("COTRAIL_DATA", folder.path());
    let output = succeeds(command);
    let lines = lines(&output.stdout);
    let mut rows = csv::Reader::from_path(&csv).unwrap();
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    let said =
        |id: u32| lines.iter().flat_map(move |l| l.points.iter().filter(move |p| p.id == id).map(move |p| (l, p)));
    let expected: Vec<_> = (0..2).flat_map(said).collect();
    assert_eq!(rows.len(), expected.len());
    for (row, (line, point)) in rows.iter().zip(expected) {
        assert_eq!((&row[0], &row[1]), (&*point.id.to_string(), ["nose", "tail"][point.id as usize]));
        assert_eq!(row[2].parse(), Ok(line.frame.0));
        // Reading JSON rounds the last digit of a number.
        assert!((row[3].parse::<f64>().unwrap() - line.time_secs).abs() < 1e-9, "{row:?} {}", line.time_secs);
        assert_eq!((row[4].parse(), row[5].parse()), (Ok(point.point.x), Ok(point.point.y)));
        assert_eq!(&row[8], if point.visible { "1" } else { "0" });
    }
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    let frames: Vec<u64> = json["frames"].as_array().unwrap().iter().map(|frame| frame.as_u64().unwrap()).collect();
    assert_eq!(frames, lines.iter().map(|line| u64::from(line.frame.0)).collect::<Vec<_>>());
    assert_eq!(json["unix_secs"][3].as_f64(), Some(lines[3].unix_secs));
    assert_eq!(
        (&json["settings"]["mode"], &json["source"]["path"]),
        (&"live".into(), &"camera:0 (Fake Camera)".into())
    );
    // A slow machine may follow no frame before the one on which the second point joins.
    let is_later = lines[0].points.iter().all(|point| point.id != 1);
    assert_eq!((json["tracks"][1][0][0].is_null(), json["names"][1].as_str()), (is_later, Some("tail")));
    assert!(text(&output.stderr).contains("tracks.csv (12 frames)"), "{}", text(&output.stderr));
}

#[test]
fn after_ctrl_c_there_is_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tracks.csv");
    let words = format!("camera:0 --grid 2 --emit stdout --out {}", path.display());
    let mut child = track(&words, &[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    for _ in 0..3 {
        assert_ne!(said.read_line(&mut String::new()).unwrap(), 0);
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    std::io::copy(&mut said, &mut std::io::sink()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    let table = std::fs::read_to_string(&path).unwrap();
    assert!(table.lines().count() > 3 * 4, "{table}");
}

#[test]
fn a_camera_that_is_unplugged_is_waited_for() {
    let settings = [("UNPLUG_AFTER", "40"), ("REPLUG_MS", "700"), ("FPS", "60")];
    let mut child =
        track("camera:0 --grid 1", &settings).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut seen = String::new();
    while !seen.contains("the camera is back") {
        assert_ne!(said.read_line(&mut seen).unwrap(), 0, "{seen}");
    }
    assert!(seen.contains("warning: the camera was unplugged; waiting for it"), "{seen}");
    drop(child.stdout.take()); // a reader that has seen enough ends it
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn what_cannot_be_done_with_a_camera_is_said() {
    for (words, code, cause) in [
        ("camera:0 --grid 2 --out a.txt", 2, "ends in .csv, .json or .npz"),
        ("camera:0 --grid 2 --out no/where.csv", 1, "there is no such folder to write to"),
        ("camera:0 --grid 2 --video a.mp4", 2, "--video is for clips; a camera is followed live"),
        ("camera:0 --grid 2 --mode window", 2, "--mode window is for clips"),
        ("camera:0 --grid 2 --record a.avi", 2, "ends in .mp4"),
        ("camera:0 --grid 2 --emit ws:a:1", 2, "expected udp:HOST:PORT"),
        ("camera:0 --grid 2 --seconds 0", 2, "--seconds"),
        ("camera:0", 2, "no points to follow"),
        ("camera:x --grid 2", 2, "'x' is no camera's number"),
        ("frames --grid 2 --frames 3", 2, "--frames is for cameras"),
        ("camera:0 --grid 2 --capture 800x600", 1, "camera 0 (Fake Camera) offers no format that fits"),
        ("camera:5 --grid 2", 1, "there is no camera 5; there is camera:0 (Fake Camera)"),
        ("camera:0 --point 0,640,10", 1, "point 1 (640, 10) is outside the picture of 640x480"),
        ("camera:0 --grid 2 --record no/where.mp4", 1, "there is no folder no"),
    ] {
        let output = track(words, &[]).output().unwrap();
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{words}: {stderr}");
        assert!(stderr.contains(cause) && output.stdout.is_empty(), "{words}: {stderr}");
    }
}
