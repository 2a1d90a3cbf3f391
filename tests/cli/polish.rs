//! `--polish` and `--plane`: a second reading of the clip that refines the places, and follows planes.

use super::fixtures::{NUM_FRAMES, cotrail, demo_clip, folder, golden_path, stderr_of, text, track};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

const POINTS: &str = "frames --point 3,40,30 --point 0,60.5,40.25 --point 9,20,50";

/// Place, verdict and similarity by track and frame; nothing where there is no such column.
type Rows = BTreeMap<(usize, usize), (f32, f32, bool, Option<f32>)>;

fn rows(bytes: &[u8]) -> Rows {
    let mut reader = csv::Reader::from_reader(bytes);
    let rows = reader.records().map(Result::unwrap).map(|row| {
        let number = |at: usize| row[at].parse::<f32>().unwrap();
        let key = (row[0].parse().unwrap(), row[2].parse().unwrap());
        (key, (number(4), number(5), &row[8] == "1", row.get(10).and_then(|value| value.parse().ok())))
    });
    rows.collect()
}

fn json(folder: &Path, words: &str) -> Value {
    let output = track(folder, &format!("{POINTS} --out t.json {words}")).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&std::fs::read(folder.join("t.json")).unwrap()).unwrap()
}

#[test]
fn visible_places_move_by_a_pixel_or_two_and_tell_how_alike_they_are() {
    // Random weights lose every point at once, and what is lost is not polished.
    let demo = |polish: &[&str]| {
        let mut command = cotrail();
        command.args(["track", "--device", "cpu", "--grid", "4", "--end", "24"]).args(polish).arg(demo_clip());
        command.output().unwrap()
    };
    let (plain, output) = (rows(&demo(&[]).stdout), demo(&["--polish"]));
    assert!(text(&output.stderr).contains("polished in"), "{}", text(&output.stderr));
    let polished = rows(&output.stdout);
    assert!(plain.keys().eq(polished.keys()) && plain.values().all(|row| row.3.is_none()));
    let (mut moved, mut compared) = (0, 0);
    for (key, (x, y, visible, similarity)) in &polished {
        let (old_x, old_y, old_visible, _) = plain[key];
        let distance = (x - old_x).hypot(y - old_y);
        assert!(distance <= 4.0 && *visible == old_visible, "{key:?} is {distance} px away");
        assert!(*visible || distance == 0.0, "what is hidden stays");
        assert!(similarity.is_none_or(|similarity| (-1.0..=1.0).contains(&similarity)));
        moved += usize::from(distance > 0.0);
        compared += usize::from(similarity.is_some());
    }
    assert!(moved > 100 && compared >= moved, "{moved} moved, {compared} compared");
    for key in [(0, 0), (5, 0), (10, 0)] {
        let (x, y, _, similarity) = polished[&key];
        assert_eq!(((x, y), similarity), ((plain[&key].0, plain[&key].1), Some(1.0)), "where it was placed it stays");
    }
}

#[test]
fn the_json_says_that_places_were_polished_only_where_they_were() {
    let folder = folder(NUM_FRAMES);
    let plain = json(folder.path(), "");
    assert!(plain["runs"][0].get("polish").is_none() && plain.get("similarity").is_none());
    let polished = json(folder.path(), "--polish --end 20");
    assert_eq!(polished["runs"][0]["polish"], true);
    assert_eq!(polished["similarity"][0].as_array().unwrap().len(), 21);
    assert_eq!(polished["similarity"][0][3], 1.0, "frame 3");
}

#[test]
fn a_polished_clip_is_evaluated_with_the_same_verdicts() {
    let folder = tempfile::tempdir().unwrap();
    super::eval::write_archive(&folder.path().join("clip.npz"));
    let figures = |polish: &[&str]| -> Value {
        let mut command = cotrail();
        command.args(["eval", "--device", "cpu", "--json", "--weights"]).arg(golden_path("tiny.safetensors"));
        let output = command.args(polish).arg(folder.path()).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        serde_json::from_str(text(&output.stdout).lines().next().unwrap()).unwrap()
    };
    let (plain, polished) = (figures(&[]), figures(&["--polish"]));
    assert_eq!(plain["occlusion_accuracy"], polished["occlusion_accuracy"]);
    let error = |figures: &Value| figures["median_error_px"].as_f64().unwrap();
    assert!(error(&polished) <= error(&plain), "{plain} {polished}");
    assert!(polished["delta_1"].as_f64() >= plain["delta_1"].as_f64());
}

#[test]
fn cameras_are_not_polished() {
    let mut command = cotrail();
    command.args(["track", "camera:0", "--grid", "2", "--polish"]);
    assert!(stderr_of(command, 2).contains("--polish is for clips"));
    let mut command = cotrail();
    command.args(["track", "camera:0", "--grid", "2", "--plane", "61"]);
    assert!(stderr_of(command, 2).contains("--plane is for clips"));
}

#[test]
fn planes_have_corners_around_their_places_in_every_table() {
    let folder = tempfile::tempdir().unwrap();
    let out = |name: &str| folder.path().join(name);
    let mut command = cotrail();
    command.args(["track", "--device", "cpu", "--grid", "4", "--end", "24", "--plane", "41"]);
    command.arg("--out").arg(out("t.json")).arg("--out").arg(out("t.csv")).arg(demo_clip());
    let output = command.output().unwrap();
    assert!(text(&output.stderr).contains("followed planes in"), "{}", text(&output.stderr));
    let json: Value = serde_json::from_slice(&std::fs::read(out("t.json")).unwrap()).unwrap();
    assert_eq!((&json["runs"][0]["plane"], &json["runs"][0]["polish"]), (&Value::from(41), &Value::Null));
    let mut num_planes = 0;
    for (track, frame) in (0..16).flat_map(|track| (0..25).map(move |frame| (track, frame))) {
        let Some(corners) = json["corners"][track][frame].as_array() else { continue };
        num_planes += 1;
        assert_eq!(json["visible"][track][frame], true, "track {track}, frame {frame}");
        let similarity = json["similarity"][track][frame].as_f64().unwrap();
        assert!((0.8..=1.0).contains(&similarity));
        let axis = |corner: &Value, axis: usize| corner[axis].as_f64().unwrap();
        let place = &json["tracks"][track][frame];
        for at in [0, 1] {
            let [first, last] =
                [f64::min, f64::max].map(|most| corners.iter().map(|c| axis(c, at)).reduce(most).unwrap());
            assert!((first..=last).contains(&axis(place, at)), "track {track}, frame {frame}: {corners:?}");
            if frame == 0 {
                assert!((last - first - 41.0).abs() < 1e-3);
            }
        }
    }
    assert!(num_planes > 100, "{num_planes} were found");
    let mut reader = csv::Reader::from_path(out("t.csv")).unwrap();
    assert_eq!(reader.headers().unwrap().iter().next_back(), Some("y_bottom_left"));
    let rows = reader.records().map(Result::unwrap);
    assert_eq!(rows.filter(|row| !row[18].is_empty()).count(), num_planes);
}

#[test]
fn a_side_that_no_plane_has_is_refused() {
    let mut command = cotrail();
    command.args(["track", "clip.mp4", "--grid", "2", "--plane", "7"]);
    assert!(stderr_of(command, 2).contains("15..=501"));
}
