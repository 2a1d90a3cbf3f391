//! Ctrl-C and closed pipes.
#![cfg(unix)]

use super::fixtures::{CLIP, demo_clip, golden_path, rows};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

fn start(words: &str, log: &str, stdout: Stdio) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cotrail"));
    command.current_dir(CLIP.path()).env("COTRAIL_LOG", log).arg("track").args(words.split_whitespace());
    command.args(["--device", "cpu", "--weights"]).arg(golden_path("tiny.safetensors"));
    command.stdin(Stdio::null()).stdout(stdout).stderr(Stdio::piped()).spawn().unwrap()
}

fn interrupt(child: &Child) {
    let status = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

#[test]
fn ctrl_c_keeps_the_frames_tracked_so_far() {
    let out = tempfile::tempdir().unwrap();
    let path = |name: &str| out.path().join(name).display().to_string();
    let (csv, mp4, demo) = (path("a.csv"), path("a.mp4"), demo_clip().display().to_string());
    // Enough work that the signal comes in the middle of it.
    let words = format!("{demo} --grid 8 --iters 40 --out {csv} --video {mp4}");
    let mut child = start(&words, "cotrail::cli=debug", Stdio::null());
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut text = String::new();
    while !text.contains("window is done") {
        assert_ne!(stderr.read_line(&mut text).unwrap(), 0, "ended early: {text}");
    }
    interrupt(&child);
    stderr.read_to_string(&mut text).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{text}");
    assert!(text.contains("warning: interrupted") && text.contains("error: interrupted: kept 64 points"), "{text}");
    let rows = rows(&std::fs::read(csv).unwrap());
    let last = rows.keys().map(|(_, frame)| *frame).max().unwrap();
    assert!(last < 239 && rows.len() == 64 * (last + 1), "{last}: {text}");
    let clip = cotrail::media::open(mp4.as_ref(), &cotrail::media::OpenOptions::default()).unwrap();
    assert_eq!(clip.info().num_frames(), last + 1);
    assert_eq!(std::fs::read_dir(out.path()).unwrap().count(), 2, "no partial file is left");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let mut child = start("frames --queries queries.csv --quiet", "off", Stdio::piped());
    drop(child.stdout.take()); // as `| head -0` does, before anything is written
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!((child.wait().unwrap().code(), text.as_str()), (Some(0), ""));
}
