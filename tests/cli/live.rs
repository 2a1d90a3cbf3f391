//! `--mode live` on files, and `cotrail eval`.

use super::fixtures::{CLIP, GOLDEN, NUM_FRAMES, cotrail, golden_path, text, track, tracked};
use ndarray::{Array2, Array3, Array4};
use ndarray_npy::NpzWriter;
use std::fs::File;

#[test]
fn a_clip_is_followed_live_from_each_points_frame_to_the_end() {
    let rows = tracked(track(CLIP.path(), "frames --queries queries.csv --mode live --support-grid 2"));
    for (n, [t, x, y]) in GOLDEN.queries.iter().enumerate() {
        let row = |frame: usize| rows.get(&(n, frame));
        let query = row(*t as usize).unwrap();
        assert!((query.x - x).abs() < 1e-3 && (query.y - y).abs() < 1e-3, "a point is where it was placed");
        assert!((0..NUM_FRAMES).all(|frame| row(frame).is_some() == (frame >= *t as usize)), "track {n}");
    }
}

#[test]
fn a_table_says_how_its_clip_was_followed() {
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("o.json");
    let mut command = track(CLIP.path(), "frames --point 30,20,20 --mode live --iters 3");
    assert!(command.arg("--out").arg(&path).output().unwrap().status.success());
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let text = json.to_string();
    assert!(text.contains("\"mode\":\"live\"") && text.contains("\"iterations\":3"), "{text}");
}

#[test]
fn eval_judges_clips_with_known_truth() {
    let folder = tempfile::tempdir().unwrap();
    let (t, size) = (5, 64);
    let video = Array4::from_shape_fn((t, size, size, 3), |(_, y, x, c)| (x * 7 + y * 13 * (c + 1)) as u8);
    let tracks = Array3::from_shape_fn((2, t, 2), |(n, _, axis)| (20 + 10 * n + axis) as f32);
    let visible = Array2::from_elem((2, t), true);
    let mut npz = NpzWriter::new(File::create(folder.path().join("still.npz")).unwrap());
    npz.add_array("video", &video).unwrap();
    npz.add_array("tracks", &tracks).unwrap();
    npz.add_array("visible", &visible).unwrap();
    npz.finish().unwrap();
    for mode in ["window", "live"] {
        let mut command = cotrail();
        command.args(["eval", "--json", "--device", "cpu", "--mode", mode, "--weights"]);
        let output = command.arg(golden_path("tiny.safetensors")).arg(folder.path()).output().unwrap();
        let lines = text(&output.stdout);
        let figures: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((figures.len(), figures[0]["clip"].as_str()), (2, Some("still")), "{}", text(&output.stderr));
        assert_eq!((figures[1]["points"].as_u64(), figures[1]["frames"].as_u64()), (Some(2), Some(5)));
        assert!((0.0..=100.0).contains(&figures[1]["delta_avg"].as_f64().unwrap()));
    }
    std::fs::write(folder.path().join("still.npz"), "no archive").unwrap();
    let mut command = cotrail();
    command.args(["eval", "--weights"]).arg(golden_path("tiny.safetensors")).arg(folder.path());
    let output = command.output().unwrap();
    assert!(output.status.code() == Some(1) && text(&output.stderr).contains("no evaluation clip"));
}
