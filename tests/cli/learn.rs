//! `cotrail learn`: labels, a few steps, and a verdict.

use super::fixtures::{CLIP, cotrail, golden_path, stderr_of, text};
use assert_cmd::Command;
use serde_json::Value;
use std::path::Path;

/// `cotrail learn` on the golden clip with the tiny network.
fn learn(work: &Path, words: &str) -> Command {
    let mut command = cotrail();
    command.current_dir(work).arg("learn").arg(CLIP.path().join("frames")).args(words.split_whitespace());
    command.args(["--device", "cpu", "--work", "work", "--weights"]).arg(golden_path("tiny.safetensors"));
    command
}

#[test]
fn a_few_steps_end_in_weights_that_can_be_used_or_in_a_reason_why_there_are_none() {
    let folder = tempfile::tempdir().unwrap();
    let words = "--out mine.safetensors --teacher lk --points 24 --steps 2 --iters 2 --report learned.json";
    let output = learn(folder.path(), words).output().unwrap();
    let (said, warned) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{said}{warned}");
    let report: Value = serde_json::from_slice(&std::fs::read(folder.path().join("learned.json")).unwrap()).unwrap();
    assert_eq!(report["learned"]["steps"], 2, "{report}");
    let is_better = report["verdict"]["is_better"].as_bool().unwrap();
    assert_eq!(is_better, folder.path().join("mine.safetensors").exists(), "{said}");
    assert!(said.contains(if is_better { "written: mine.safetensors" } else { "nothing is written: " }), "{said}");
    if is_better {
        let mut track = cotrail();
        track.current_dir(CLIP.path()).args(["track", "frames", "--grid", "2", "--weights"]);
        track.arg(folder.path().join("mine.safetensors")).args(["--device", "cpu"]).assert().success();
    }
    // A run that was kept is at its end: to go on with it changes nothing.
    let output = learn(folder.path(), &format!("{words} --resume")).output().unwrap();
    assert_eq!((text(&output.stdout), output.status.code()), (said, Some(0)), "{}", text(&output.stderr));
}

#[test]
fn what_makes_no_sense_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let error = |words: &str, code: i32| stderr_of(learn(folder.path(), words), code);
    assert!(error("--out mine.pth", 2).contains("weights end in .safetensors"));
    assert!(error("--out x.safetensors --steps 5 --minutes 1", 2).contains("cannot be used with"));
    assert!(error("--out x.safetensors --hold-back 0.9", 2).contains("not between"));
    assert!(error("--out x.safetensors none.mp4", 2).contains("there is no such clip"));
    assert!(error("--out none/x.safetensors", 1).contains("no such folder"));
    assert!(error("--out x.safetensors --steps 3 --resume --teacher lk", 1).contains("nothing to go on with"));
}
