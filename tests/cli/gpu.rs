//! A GPU that gives up on the way (`COTRAIL_FAIL_GPU_AFTER`).

use super::cameras;
use super::fixtures::{CLIP, cotrail, golden_path, stderr_of, text};
use assert_cmd::Command;

const VARIABLE: &str = "COTRAIL_FAIL_GPU_AFTER";

fn follow(after: Option<&str>, device: &str) -> Command {
    let mut command = cotrail();
    let words = format!("track frames --grid 3 --iters 1 --quiet --device {device} --weights");
    command.current_dir(CLIP.path()).args(words.split_whitespace()).arg(golden_path("tiny.safetensors"));
    command.envs(after.map(|after| (VARIABLE, after)));
    command
}

#[test]
fn a_gpu_that_fails_gives_way_to_the_cpu_and_the_results_are_the_same() {
    let expected = text(&follow(None, "cpu").output().unwrap().stdout);
    assert!(expected.lines().count() > 9 * 30, "{expected}");
    for after in ["0", "1", "5", "40"] {
        let output = follow(Some(after), "auto").output().unwrap();
        let said = text(&output.stderr);
        assert!(output.status.success() && said.contains("the CPU begins anew"), "after {after}: {said}");
        assert_eq!(text(&output.stdout), expected, "after {after}");
    }
    let said = stderr_of(follow(Some("5"), "gpu"), 1);
    assert!(said.contains("the compute device failed"), "asked for by name: {said}");
}

#[test]
fn a_camera_goes_on_with_the_same_points() {
    let mut command = cameras::track_on("auto", "camera:0 --grid 2 --frames 14 --size 96x72 --iters 1", &[]);
    command.env(VARIABLE, "15");
    let output = command.output().unwrap();
    let said = text(&output.stderr);
    assert!(output.status.success() && said.contains("; the CPU goes on"), "{said}");
    let lines = cameras::lines(&output.stdout);
    assert_eq!(lines.len(), 14);
    for line in &lines {
        assert_eq!(line.points.iter().map(|point| point.id).collect::<Vec<_>>(), [0, 1, 2, 3], "frame {}", line.frame);
    }
}
