//! `--mode live` on files.

use super::fixtures::{CLIP, GOLDEN, NUM_FRAMES, track, tracked};

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
