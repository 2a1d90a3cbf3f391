//! Help, bad usage, and failures before tracking starts.

use super::fixtures::{CLIP, cotrail, demo_clip, stderr_of, text, track};

#[test]
fn every_command_has_help_with_examples() {
    let commands = [
        "",
        "track",
        "batch",
        "devices",
        "bench",
        "eval",
        "learn",
        "weights",
        "weights list",
        "weights info",
        "weights fetch",
        "generate",
    ];
    for words in commands.map(|words| words.split_whitespace().chain(["--help"]).collect::<Vec<_>>()) {
        let output = cotrail().args(&words).output().unwrap();
        let help = text(&output.stdout);
        assert!(output.status.success() && help.contains("Examples:\n  cotrail "), "{words:?}: {help}");
    }
    let version = text(&cotrail().arg("--version").output().unwrap().stdout);
    assert_eq!(version.trim(), concat!("cotrail ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn manual_pages_and_completions_name_what_the_arguments_name() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("made/where/missing");
    for (what, file, says) in [
        ("man", "cotrail-track.1", "\\-\\-queries"),
        ("man", "cotrail.1", "cotrail\\-batch(1)"),
        ("bash", "cotrail.bash", "--queries"),
        ("zsh", "_cotrail", "--queries"),
        ("fish", "cotrail.fish", "queries"),
        ("powershell", "_cotrail.ps1", "--queries"),
    ] {
        let output = cotrail().arg("generate").arg(what).arg(&folder).output().unwrap();
        assert!(output.status.success(), "{what}: {}", text(&output.stderr));
        let made = std::fs::read_to_string(folder.join(file)).unwrap();
        assert!(made.contains(says), "{file}: {made}");
    }
    let output = cotrail().args(["generate", "bash"]).arg(folder.join("cotrail.1")).output().unwrap();
    assert!(!output.status.success() && text(&output.stderr).contains("cannot be written to"));
}

#[test]
fn bad_usage_ends_with_two_and_names_the_mistake() {
    std::fs::write(CLIP.path().join("empty.csv"), "t,x,y\n").unwrap();
    std::fs::write(CLIP.path().join("nan.csv"), "t,x,y\n0,1,2\n0,nan,2\n").unwrap();
    std::fs::write(CLIP.path().join("words.csv"), "t,x,y\n0,left,2\n").unwrap();
    let black = image::GrayImage::new(super::fixtures::WIDTH, super::fixtures::HEIGHT);
    black.save(CLIP.path().join("black.png")).unwrap();
    for (words, mistake) in [
        ("frames", "no points"),
        ("frames --queries empty.csv", "no points"),
        ("frames --grid 3 --mask black.png", "no points"),
        ("frames --queries nan.csv", "line 3"),
        ("frames --queries words.csv", "'left'"),
        ("frames --point 0,nan,3", "finite"),
        ("frames --point 0,inf,3", "finite"),
        ("frames --point 0,1", "expected"),
        ("frames --point 0.5,1,2", "whole number"),
        ("frames --point -1,1,2", "whole number"),
        ("frames --grid 0", "--grid"),
        ("frames --grid x", "--grid"),
        ("frames --grid-frame 3 --point 0,1,2", "--grid"),
        ("frames --mask black.png --point 0,1,2", "--grid"),
        ("frames --grid 2 --out tracks.txt", ".csv, .json or .npz"),
        ("frames --grid 2 --out tracks", ".csv, .json or .npz"),
        ("frames --grid 2 --video clip.avi", ".mp4"),
        ("frames --grid 2 --out a.csv --out a.csv", "one name"),
        ("frames --queries queries.csv --out queries.csv", "would replace"),
        ("frames --grid 2 --size 100x96", "multiple of 8"),
        ("frames --grid 2 --size 96", "WIDTHxHEIGHT"),
        ("frames --grid 2 --threads 0", "--threads"),
        ("frames --grid 2 --iters 0", "--iters"),
        ("frames --grid 2 --fps 0", "--fps"),
        ("frames --grid 2 --start 5 --end 4", "--start 5 is after --end 4"),
        ("frames --grid 2 --device tpu", "--device"),
        ("frames --grid 2 --mode dead", "--mode"),
        ("frames --grid 2 --correct-every 8", "for --mode live"),
        ("frames --grid 2 --mode live --both", "only goes forwards"),
        ("frames --grid 2 --backward --both", "--both"),
        ("frames --grid 2 --memory 2", "--memory is for --mode offline"),
        ("frames --grid 2 --mode offline --correct-every 8", "--correct-every is for --mode live"),
        ("frames --grid 2 --no-such-option", "--no-such-option"),
        ("", "<INPUT>"),
    ] {
        let output = track(CLIP.path(), words).output().unwrap();
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{words}: {stderr}");
        assert!(stderr.starts_with("error: ") && stderr.contains(mistake), "{words}: {stderr}");
        assert!(output.stdout.is_empty(), "{words}");
    }
}

#[test]
fn what_cannot_be_done_ends_with_one_and_one_line() {
    image::GrayImage::new(8, 8).save(CLIP.path().join("small.png")).unwrap();
    std::fs::create_dir_all(CLIP.path().join("empty")).unwrap();
    std::fs::write(CLIP.path().join("text.mp4"), "not a video\n".repeat(100)).unwrap();
    for (words, cause) in [
        ("nowhere.mp4 --grid 2", "nowhere.mp4"),
        ("empty --grid 2", "empty"),
        ("text.mp4 --grid 2", "text.mp4"),
        ("camera:0 --grid 2", "camera"),
        ("frames --queries nowhere.csv", "nowhere.csv"),
        ("frames --point 0,96,10", "point 1 (96, 10) is outside the picture of 96x72"),
        ("frames --point 0,5,5 --point 0,5,-3", "point 2 (5, -3) is outside"),
        ("frames --point 37,5,5", "point 1 is on frame 37, outside frames 0 to 36"),
        ("frames --point 5,5,5 --start 8", "point 1 is on frame 5, outside frames 8 to 36"),
        ("frames --grid 2 --grid-frame 40", "frame 40"),
        ("frames --grid 2 --start 37", "--start 37 is not in the clip: it has frames 0 to 36"),
        ("frames --grid 2 --end 99", "--end 99 is not in the clip"),
        ("frames --grid 2 --mask small.png", "the mask is 8x8, the clip 96x72"),
        ("frames --grid 2 --mask nowhere.png", "nowhere.png"),
        ("frames --grid 2 --out no/such/folder/a.csv", "no/such/folder/a.csv"),
        ("frames --grid 2 --video no/such/folder/a.mp4", "no/such/folder/a.mp4"),
        ("frames --grid 2 --out empty.npz/a.npz", "empty.npz/a.npz"),
        ("frames --grid 100 --grid-frame 0 --mode live", "too many"),
    ] {
        let stderr = stderr_of(track(CLIP.path(), words), 1);
        let lines: Vec<&str> = stderr.lines().collect();
        assert!(lines.len() == 1 && lines[0].starts_with("error: ") && lines[0].contains(cause), "{words}: {stderr}");
    }
}

#[test]
fn unreadable_weights_are_named() {
    let path = CLIP.path().join("broken.safetensors");
    std::fs::write(&path, [0xff; 200]).unwrap();
    for weights in ["broken.safetensors", "nowhere.safetensors", "nowhere.pth", "frames", "queries.csv"] {
        let mut command = cotrail();
        command.current_dir(CLIP.path()).args([
            "track",
            "frames",
            "--grid",
            "2",
            "--device",
            "cpu",
            "--weights",
            weights,
        ]);
        let stderr = stderr_of(command, 1);
        assert!(stderr.starts_with("error: ") && stderr.lines().count() == 1 && stderr.contains(weights), "{stderr}");
    }
}

#[test]
fn results_are_opened_before_the_weights_are_loaded() {
    let mut command = cotrail();
    command.current_dir(CLIP.path()).args("track frames --grid 2 --weights nowhere.pth --out missing/a.csv".split(' '));
    let stderr = stderr_of(command, 1);
    assert!(stderr.contains("missing/a.csv") && !stderr.contains("nowhere.pth"), "{stderr}");
}

#[test]
fn a_clip_is_never_replaced_by_its_annotated_self() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(demo_clip(), folder.path().join("clip.mp4")).unwrap();
    let before = std::fs::read(folder.path().join("clip.mp4")).unwrap();
    let stderr = stderr_of(track(folder.path(), "clip.mp4 --grid 2 --end 3 --video ./clip.mp4"), 1);
    assert!(stderr.contains("replace"), "{stderr}");
    assert_eq!(std::fs::read(folder.path().join("clip.mp4")).unwrap(), before);
}

#[test]
fn the_app_refuses_what_is_called_like_a_camera_and_is_none() {
    let mut command = cotrail();
    command.arg("camera:first");
    assert!(stderr_of(command, 2).contains("'first' is no camera's number"));
}

#[test]
fn devices_lists_the_cpu_and_marks_one() {
    let output = cotrail().arg("devices").output().unwrap();
    let list = text(&output.stdout);
    assert!(output.status.success() && list.contains("cpu  "), "{list}");
    assert_eq!(list.lines().filter(|line| line.starts_with("* ") && line.contains("pu  ")).count(), 1, "{list}");
}

#[test]
fn bench_prints_the_oracles_figures() {
    let mut command = cotrail();
    command.args("bench --device cpu --threads 1 --size 64x72 --points 3 --iters 2 --json --weights".split(' '));
    let output = command.arg(super::fixtures::golden_path("tiny.safetensors")).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let figures: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let number = |key: &str| figures[key].as_f64().unwrap();
    assert_eq!((number("threads"), number("points"), number("iters")), (1.0, 3.0, 2.0));
    assert_eq!(figures["size"], serde_json::json!([72, 64]));
    let (encode, refine) = (number("encode_frame_millis"), number("refine_window_millis"));
    assert!(encode > 0.0 && refine > 0.0);
    assert!((number("step_of_8_frames_millis") - (8.0 * encode + refine)).abs() < 1e-9);
}

#[test]
fn bench_measures_a_live_stream_without_a_camera() {
    let mut command = cotrail();
    command.args(
        "bench --mode live --device cpu --threads 1 --size 64x72 --points 3 --iters 1 --json --weights".split(' '),
    );
    let output = command.arg(super::fixtures::golden_path("tiny.safetensors")).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let figures: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&figures["points"], &figures["iters"], &figures["size"][0]), (&3.into(), &1.into(), &72.into()));
    for times in ["encode", "refine", "frame", "search"] {
        let share = |key: &str| figures[times][key].as_f64().unwrap();
        assert!(share("p50") > 0.0 && share("p95") >= share("p50"), "{figures}");
    }
    assert!(figures["add_all"].as_f64().unwrap() > 0.0 && figures["add_one"].as_f64().unwrap() > 0.0);
    assert_eq!(figures["join"], serde_json::Value::Null, "nobody asked");
}

#[test]
fn bench_measures_the_frames_in_which_many_points_join() {
    let weights = super::fixtures::golden_path("tiny.safetensors");
    let bench = |words: &str| cotrail().args(words.split(' ')).arg(&weights).output().unwrap();
    let common = "--device cpu --threads 1 --size 64x72 --points 3 --iters 1 --join 200";
    let output = bench(&format!("bench --mode live {common} --json --weights"));
    assert!(output.status.success(), "{}", text(&output.stderr));
    let figures: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let join = &figures["join"];
    let number = |how: &str, key: &str| join[how][key].as_f64().unwrap();
    assert_eq!((&join["points"], number("at_once", "frames")), (&200.into(), 1.0));
    assert!(number("spread", "frames") > 1.0, "{join}");
    for how in ["at_once", "spread"] {
        assert!(["before", "worst", "after", "ratio"].iter().all(|key| number(how, key) > 0.0), "{join}");
    }
    let output = bench(&format!("bench --mode window {common} --weights"));
    assert!(!output.status.success() && text(&output.stderr).contains("--join is for --mode live"));
}
