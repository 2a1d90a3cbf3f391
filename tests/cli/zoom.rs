//! `--zoom`: a part of the picture that follows the points.

use super::fixtures::{NUM_FRAMES, cotrail, folder, golden_path, stderr_of, text, track};
use ndarray::{Array3, Axis};
use ndarray_npy::NpzReader;
use serde_json::{Value, json};
use std::fs::File;

#[test]
fn tables_have_the_path_of_each_run() {
    let folder = folder(NUM_FRAMES);
    let words = "frames --point 9,40,30 --point 9,48,36 --zoom 48x40 --both --out t.json --out t.npz --out t.csv";
    let output = track(folder.path(), words).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let json: Value = serde_json::from_slice(&std::fs::read(folder.path().join("t.json")).unwrap()).unwrap();
    let runs = json["runs"].as_array().unwrap();
    assert_eq!((runs.len(), &runs[1]["direction"]), (2, &json!("backward")));
    let mut npz = NpzReader::new(File::open(folder.path().join("t.npz")).unwrap()).unwrap();
    let crops: Array3<f32> = npz.by_name("crops").unwrap();
    assert_eq!(crops.shape(), [2, NUM_FRAMES, 4]);
    for (run, crops) in runs.iter().zip(crops.axis_iter(Axis(0))) {
        assert_eq!(run["zoom"], json!({ "width": 48, "height": 40 }));
        let rows = run["crops"].as_array().unwrap();
        assert_eq!(rows.len(), NUM_FRAMES);
        let mut known = 0;
        for (row, crop) in rows.iter().zip(crops.rows()) {
            let numbers: Option<Vec<f32>> =
                row.as_array().map(|row| row.iter().map(|v| v.as_f64().unwrap() as f32).collect());
            assert!(numbers.as_ref().is_none_or(|numbers| numbers[2..] == [48.0, 40.0]));
            assert_eq!(numbers.is_none(), crop[0].is_nan());
            assert!(numbers.is_none_or(|numbers| numbers == crop.to_vec()));
            known += usize::from(!row.is_null());
        }
        assert!(known >= 10, "{known}");
    }
    // Without zoom there is nothing of it.
    assert!(track(folder.path(), "frames --point 9,40,30 --out p.json --out p.npz").output().unwrap().status.success());
    let plain = std::fs::read_to_string(folder.path().join("p.json")).unwrap();
    assert!(!plain.contains("zoom") && !plain.contains("crops"));
    let mut npz = NpzReader::new(File::open(folder.path().join("p.npz")).unwrap()).unwrap();
    assert!(npz.by_name::<ndarray::OwnedRepr<f32>, ndarray::Ix3>("crops").is_err());
}

#[test]
fn a_zoom_that_changes_nothing_says_so_and_one_that_cannot_be_fails() {
    let folder = folder(NUM_FRAMES);
    let notes = stderr_of(track(folder.path(), "frames --grid 2 --zoom auto --out t.csv"), 0);
    assert!(notes.contains("zoom changes nothing"), "{notes}");
    for (words, cause) in [
        ("--point 0,10,10 --point 0,90,10 --zoom 48x40", "take up 81x1 pixels, more than a zoom of 48x40 shows"),
        ("--point 0,10,10 --zoom 480x400", "a zoom of 480x400 is larger than the picture of 96x72"),
    ] {
        let output = track(folder.path(), &format!("frames --out x.csv {words}")).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{words}");
        assert!(text(&output.stderr).contains(cause), "{}", text(&output.stderr));
        assert!(!folder.path().join("x.csv").exists());
    }
    let weights = golden_path("tiny.safetensors");
    let mut camera = cotrail();
    camera.args(["track", "camera:0", "--grid", "2", "--zoom", "auto", "--weights"]).arg(weights);
    let output = camera.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--zoom is for clips"), "{}", text(&output.stderr));
}
