//! `cotrail eval`: clips with known truth, what the network is compared with, and calibrated weights.

use super::fixtures::{CLIP, cotrail, golden_path, stderr_of, text, track, tracked};
use assert_cmd::Command;
use image::{Rgb, RgbImage};
use ndarray::{Array2, Array3, Array4};
use ndarray_npy::NpzWriter;
use safetensors::SafeTensors;
use serde_json::{Value, json};
use std::fs::File;
use std::path::Path;

const SIZE: usize = 96;
const NUM_FRAMES: usize = 5;
/// How far the clips move from frame to frame.
const STEP: [f32; 2] = [1.5, -0.75];

/// What a clip shows: a texture without period.
fn brightness(frame: usize, x: usize, y: usize) -> u8 {
    let (x, y) = (x as f32 - STEP[0] * frame as f32, y as f32 - STEP[1] * frame as f32);
    let wave = |a: f32, b: f32, c: f32| (a * x + b * y + c).sin();
    (128.0 + 40.0 * (wave(0.41, 0.17, 0.0) + wave(-0.22, 0.35, 1.0) + wave(0.09, -0.13, 2.0))) as u8
}

/// Where a point is that starts in the middle.
fn place(frame: usize, x: f32) -> [f32; 2] {
    [x + STEP[0] * frame as f32, 48.0 + STEP[1] * frame as f32]
}

/// An archive with two points, both seen on every frame.
pub(super) fn write_archive(path: &Path) {
    write_archive_of(path, NUM_FRAMES);
}

fn write_archive_of(path: &Path, t: usize) {
    let video = Array4::from_shape_fn((t, SIZE, SIZE, 3), |(frame, y, x, _)| brightness(frame, x, y));
    let tracks = Array3::from_shape_fn((2, t, 2), |(n, frame, axis)| place(frame, 40.0 + 10.0 * n as f32)[axis]);
    let mut npz = NpzWriter::new(File::create(path).unwrap());
    npz.add_array("video", &video).unwrap();
    npz.add_array("tracks", &tracks).unwrap();
    npz.add_array("visible", &Array2::from_elem((2, t), true)).unwrap();
    npz.finish().unwrap();
}

/// A folder of pictures with three points, one of them hidden at the end.
fn write_pictures(folder: &Path) -> Value {
    std::fs::create_dir_all(folder).unwrap();
    for frame in 0..NUM_FRAMES {
        let at = |x: u32, y: u32| Rgb([brightness(frame, x as usize, y as usize); 3]);
        RgbImage::from_fn(SIZE as u32, SIZE as u32, at).save(folder.join(format!("{frame:05}.png"))).unwrap();
    }
    let last = NUM_FRAMES - 1;
    let points = json!({
        "width": SIZE, "height": SIZE, "frames": NUM_FRAMES,
        "points": [
            {"query": place(0, 44.0), "end": place(last, 44.0), "visible_frames": NUM_FRAMES},
            {"query": place(0, 52.0), "end": place(last, 52.0), "visible_frames": NUM_FRAMES - 1},
            {"query": place(0, 48.0), "end": null, "visible_frames": 2},
        ],
    });
    std::fs::write(folder.join("points.json"), points.to_string()).unwrap();
    points
}

fn eval(words: &str) -> Command {
    let mut command = cotrail();
    command.args(["eval", "--device", "cpu", "--weights"]).arg(golden_path("tiny.safetensors"));
    command.args(words.split_whitespace());
    command
}

/// The lines of JSON that a command writes.
fn figures(command: &mut Command) -> Vec<Value> {
    let output = command.arg("--json").output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn archives_and_folders_of_pictures_are_judged_side_by_side_with_baselines() {
    let folder = tempfile::tempdir().unwrap();
    write_archive(&folder.path().join("archive.npz"));
    write_pictures(&folder.path().join("pictures"));
    std::fs::create_dir(folder.path().join("no clip")).unwrap();
    let rows = figures(eval("--baseline lk,stay").arg(folder.path()));
    let keys: Vec<_> =
        rows.iter().map(|row| (row["clip"].as_str().unwrap(), row["tracker"].as_str().unwrap())).collect();
    let trackers = ["tiny", "lk", "stay"];
    let expected = ["archive", "pictures", "mean"].map(|clip| trackers.map(|tracker| (clip, tracker)));
    assert_eq!(keys, expected.concat());
    let figure = |at: usize, key: &str| rows[at][key].as_f64();
    assert_eq!((figure(1, "delta_avg"), figure(1, "occlusion_accuracy")), (Some(100.0), Some(100.0)), "lk");
    assert_eq!((figure(1, "delta_at_end"), figure(4, "delta_avg")), (None, None), "each kind has its own figures");
    assert_eq!((figure(4, "delta_at_end"), figure(4, "points_at_end")), (Some(100.0), Some(2.0)));
    // The texture goes on where the point is said to be hidden.
    assert!((figure(4, "visible_at_end").unwrap() - 200.0 / 3.0).abs() < 1e-9);
    // Four steps of (1.5, −0.75) are 17.9 pixels of the raster of 256.
    assert_eq!((figure(5, "delta_at_end"), figure(8, "delta_at_end")), (Some(0.0), Some(0.0)), "stay");
    let mean = &rows[7];
    assert_eq!((mean["delta_avg"].as_f64(), mean["delta_at_end"].as_f64()), (Some(100.0), Some(100.0)));
    assert_eq!((mean["points"].as_u64(), mean["frames"].as_u64()), (Some(5), Some(10)));
    for key in ["delta_avg", "occlusion_accuracy", "average_jaccard", "delta_at_end", "visible_at_end"] {
        assert!((0.0..=100.0).contains(&figure(6, key).unwrap()), "{key}");
    }
}

#[test]
fn clips_are_named_one_by_one_too_in_each_mode() {
    let folder = tempfile::tempdir().unwrap();
    let (archive, pictures) = (folder.path().join("archive.npz"), folder.path().join("pictures"));
    write_archive(&archive);
    write_pictures(&pictures);
    for mode in ["window", "offline", "live"] {
        let rows = figures(eval(&format!("--mode {mode}")).arg(&pictures).arg(&archive));
        let clips: Vec<_> = rows.iter().map(|row| row["clip"].as_str().unwrap()).collect();
        assert_eq!(clips, ["pictures", "archive", "mean"]);
    }
    let table = text(&eval("--baseline stay").arg(&pictures).output().unwrap().stdout);
    let stay = table.lines().find(|line| line.starts_with("mean") && line.contains("stay")).unwrap();
    assert_eq!(stay.split_whitespace().collect::<Vec<_>>()[..7], ["mean", "stay", "-", "-", "-", "0.0", "66.7"]);
}

#[test]
fn clips_that_make_no_sense_are_refused_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let pictures = folder.path().join("pictures");
    let good = write_pictures(&pictures);
    let with = |key: &str, value: Value| {
        let mut points = good.clone();
        *points.pointer_mut(key).unwrap() = value;
        points.to_string()
    };
    for (points, cause) in [
        ("[]".to_owned(), "the points cannot be read"),
        (good.to_string()[..40].to_owned(), "the points cannot be read"),
        (with("/frames", json!(6)), "speaks of 6 pictures of 96x96, but there are 5 of 96x96"),
        (with("/width", json!(64)), "speaks of 5 pictures of 64x96"),
        (with("/points", json!([])), "no points"),
        (with("/points/1/query", json!([1e39, 2.0])), "points.json"),
        (with("/points/1/visible_frames", json!(6)), "point 1 is nowhere, or is visible more or less often"),
        (with("/points/1/visible_frames", json!(0)), "point 1 is nowhere, or is visible more or less often"),
    ] {
        std::fs::write(pictures.join("points.json"), points).unwrap();
        let mut command = eval("");
        command.arg(&pictures);
        let error = stderr_of(command, 1);
        assert!(error.contains(cause) && error.trim().lines().count() == 1, "{cause}: {error}");
    }
    std::fs::write(pictures.join("points.json"), good.to_string()).unwrap();
    std::fs::write(pictures.join("00002.png"), "no picture").unwrap();
    let error = |path: &Path| {
        let mut command = eval("");
        command.arg(path);
        stderr_of(command, 1)
    };
    assert!(error(&pictures).contains("pictures cannot be read"));
    std::fs::write(folder.path().join("bad.npz"), "no archive").unwrap();
    assert!(error(&folder.path().join("bad.npz")).contains("no evaluation clip"));
    let empty = tempfile::tempdir().unwrap();
    assert!(error(empty.path()).contains("no evaluation clips"));
    assert!(error(&empty.path().join("nothing")).contains("cannot be read"));
}

/// Every tensor's bytes.
fn tensors(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let file = SafeTensors::deserialize(bytes).unwrap();
    let mut tensors: Vec<_> = file.iter().map(|(name, view)| (name.to_owned(), view.data().to_vec())).collect();
    tensors.sort();
    tensors
}

#[test]
fn calibrated_weights_say_what_their_score_is_worth_and_nothing_else_changes() {
    let folder = tempfile::tempdir().unwrap();
    write_archive(&folder.path().join("archive.npz"));
    write_pictures(&folder.path().join("pictures"));
    let path = folder.path().join("calibrated.safetensors");
    let rows = figures(eval("--calibrate").arg(&path).arg(folder.path()));
    let report = rows.last().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(tensors(&bytes), tensors(&std::fs::read(golden_path("tiny.safetensors")).unwrap()));
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    let config: Value = serde_json::from_str(&header.metadata().as_ref().unwrap()["config"]).unwrap();
    assert_eq!(config["calibration"], report["calibration"]);
    assert_eq!(config["visible_above"], report["after"]["visible_above"]);
    let knots = config["calibration"].as_array().unwrap();
    assert!(!knots.is_empty(), "{report}");
    // What was chosen is no worse than what was there, by what it was chosen by.
    let score = |quality: &Value| -> f64 {
        let keys = ["occlusion_accuracy", "average_jaccard", "visible_at_end"];
        keys.iter().map(|key| quality[key].as_f64().unwrap()).sum()
    };
    assert!(score(&report["after"]) >= score(&report["before"]), "{report}");
    // Of the frames after the queries: 8 of 8 of the archive, 4 + 3 + 1 of 12 of the folder.
    assert!((report["truly_visible"].as_f64().unwrap() - 80.0).abs() < 1e-9, "{report}");

    // Tracks made with them carry the probability; those made with the others leave it empty.
    let mut command = cotrail();
    command.current_dir(CLIP.path()).args(["track", "frames", "--point", "0,30,20", "--device", "cpu", "--weights"]);
    let rows = tracked({
        command.arg(&path);
        command
    });
    let known = knots.iter().map(|knot| knot[1].as_f64().unwrap() as f32);
    let (least, most) = known.fold((1.0f32, 0.0f32), |(least, most), share| (least.min(share), most.max(share)));
    let within = |share: f32| (least - 1e-4..=most + 1e-4).contains(&share);
    assert!(rows.values().all(|row| row.probability.is_some_and(within)), "{least} {most} {rows:?}");
    let plain = tracked(track(CLIP.path(), "frames --point 0,30,20"));
    assert!(plain.values().all(|row| row.probability.is_none()));
}

#[test]
fn what_cannot_be_calibrated_is_said_before_anything_is_tracked() {
    let folder = tempfile::tempdir().unwrap();
    write_archive(&folder.path().join("archive.npz"));
    let error = |words: &str, code: i32| {
        let mut command = eval(words);
        command.current_dir(folder.path()).arg("archive.npz");
        stderr_of(command, code)
    };
    assert!(error("--calibrate out.pth", 2).contains("ends in .safetensors"));
    assert!(error("--calibrate out.safetensors --mode live", 2).contains("--mode window"));
    assert!(error("--calibrate nowhere/out.safetensors", 1).contains("no such folder"));
    assert!(error("--baseline lucas", 2).contains("lk"));
    let mut command = cotrail();
    command.current_dir(folder.path()).args(["eval", "archive.npz", "--device", "cpu", "--calibrate", "o.safetensors"]);
    command.arg("--weights").arg(golden_path("tiny.pth"));
    assert!(stderr_of(command, 1).contains("only .safetensors files can be calibrated"));
    assert!(!folder.path().join("o.safetensors").exists(), "nothing half-written is left");
}

/// What does not depend on the clock or on names.
fn without_names(row: &Value) -> Value {
    let mut row = row.clone();
    for key in ["clip", "tracker", "millis_per_frame"] {
        row.as_object_mut().unwrap().remove(key);
    }
    row
}

#[test]
fn a_pickle_gives_the_figures_of_its_clips() {
    // The clip of `tests/golden/make_pickles.py`.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plain.npz");
    let mut npz = NpzWriter::new(File::create(&path).unwrap());
    let video = Array4::from_shape_fn((4, 12, 16, 3), |(t, y, x, c)| (40 * t + 3 * y + 5 * x + 30 * c) as u8);
    let place =
        |(n, t, axis): (usize, usize, usize)| if axis == 0 { 2 + 3 * n + t } else { 1 + 2 * n + t } as f32 - 0.5;
    npz.add_array("video", &video).unwrap();
    npz.add_array("tracks", &Array3::from_shape_fn((2, 4, 2), place)).unwrap();
    npz.add_array("visible", &Array2::from_shape_fn((2, 4), |(n, t)| !(n == 1 && (t == 0 || t == 3)))).unwrap();
    npz.finish().unwrap();
    let archive = figures(eval("").arg(&path));
    for protocol in [2, 4] {
        let rows = figures(eval("").arg(golden_path(&format!("clips_{protocol}.pkl"))));
        assert_eq!(without_names(&rows[0]), without_names(&archive[0]), "protocol {protocol}");
    }
    let mut command = eval("");
    std::fs::write(folder.path().join("bad.pkl"), b"cos\nsystem\n.").unwrap();
    command.arg(folder.path().join("bad.pkl"));
    let error = stderr_of(command, 1);
    assert!(error.contains("names os.system") && error.trim().lines().count() == 1, "{error}");
}

#[test]
fn lists_of_weights_and_settings_are_compared_row_by_row() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("archive.npz");
    write_archive(&path);
    let trackers = |words: &str, weights: &str| {
        let mut command = cotrail();
        let golden = |name: &str| golden_path(name).to_str().unwrap().to_owned();
        let weights: Vec<_> = weights.split(',').map(golden).collect();
        command.args(["eval", "--device", "cpu", "--weights", &weights.join(",")]).args(words.split_whitespace());
        let rows = figures(command.arg(&path));
        rows.iter().map(|row| row["tracker"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let names = trackers("--mode window,live --support-grid 0,2 --baseline stay", "tiny.safetensors");
    let expected = ["tiny/window/support0", "tiny/window/support2", "tiny/live/support0", "tiny/live/support2", "stay"];
    assert_eq!(names, [expected, expected].concat(), "the clip, then the mean");
    let names = trackers("", "tiny.safetensors,tiny_f16.safetensors");
    assert_eq!(names, ["tiny", "tiny_f16", "tiny", "tiny_f16"]);
    let names = trackers("--second-look on,off", "tiny.safetensors");
    assert_eq!(names[..2], ["tiny/second look on", "tiny/second look off"]);
}

#[test]
fn a_single_point_has_support_over_the_picture_and_around_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("archive.npz");
    write_archive(&path);
    let row = |words: &str| without_names(&figures(eval(words).arg(&path))[0]);
    let single = row("--protocol single");
    assert_eq!(single, row("--together 1 --support-grid 5 --local-grid 8"));
    for other in ["--together 1 --support-grid 5", "--together 1 --support-grid 0 --local-grid 8", "--protocol joint"] {
        assert_ne!(single, row(other), "{other}");
    }
}

#[test]
fn strided_points_are_followed_both_ways() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("archive.npz");
    write_archive_of(&path, 7);
    let rows = figures(eval("--queries strided --baseline lk,stay").arg(&path));
    assert_eq!(rows[0]["points"], 4, "two points on frames 0 and 5");
    assert_eq!(rows[1]["delta_avg"], 100.0, "lk");
    // A step is 4.5 pixels of the raster: within 16 are 3 of the 6 frames after frame 0, 4 of the 6 around frame 5.
    let within = |at: usize| rows[at]["within"][4].as_f64().unwrap();
    assert!((within(2) - 700.0 / 12.0).abs() < 1e-9, "stay");
    // A random network stays near the query, too; were it not followed back, 4 of 12 were the most it could have.
    assert!(within(0) > 100.0 * 4.5 / 12.0, "{}", within(0));
}

#[test]
fn figures_and_pictures_go_into_files_that_stand_alone() {
    let folder = tempfile::tempdir().unwrap();
    write_archive(&folder.path().join("<clip>.npz"));
    write_pictures(&folder.path().join("pictures"));
    let mut command = eval("--baseline stay --report out.html --json=out.json .");
    let output = command.current_dir(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("mean"), "the table is shown, too");
    let json: Value = serde_json::from_slice(&std::fs::read(folder.path().join("out.json")).unwrap()).unwrap();
    let of = |list: &str| json[list].as_array().unwrap().iter().map(|row| row["tracker"].as_str().unwrap()).collect();
    let (clips, means): (Vec<_>, Vec<_>) = (of("clips"), of("means"));
    assert_eq!((clips, means), (["tiny", "stay"].repeat(2), vec!["tiny", "stay"]));
    assert_eq!((&json["trackers"][0]["mode"], &json["queries"]), (&json!("window"), &json!("first")));
    assert_eq!(json["trackers"][0]["second_look"], json!(true));
    let page = std::fs::read_to_string(folder.path().join("out.html")).unwrap();
    for outside in ["http:", "https:", "<script", "<link", "<clip>", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    let pictures: Vec<&str> = page.split("src=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    // The archive: 2 points, 5 frames each; the folder: 2 points that can be seen at the end, on 2 frames. Twice.
    assert_eq!(pictures.len(), 2 * (2 * 5 + 2 * 2));
    let starts_as_jpeg = |picture: &&str| picture.starts_with("data:image/jpeg;base64,/9j/");
    assert!(pictures.iter().all(starts_as_jpeg), "the first three bytes of a JPEG");
}

#[test]
fn what_does_not_go_together_is_bad_usage() {
    let folder = tempfile::tempdir().unwrap();
    write_pictures(&folder.path().join("pictures"));
    for (words, cause, code) in [
        ("--protocol single --local-grid 4", "--protocol single has its own", 2),
        ("--protocol single --mode live", "is for --mode window", 2),
        ("--local-grid 3 --mode window,live", "is for --mode window", 2),
        ("--queries strided --mode live", "goes both ways", 2),
        ("--queries strided --polish", "goes both ways", 2),
        ("--report page.htm", "ends in .html", 2),
        ("--calibrate o.safetensors --support-grid 0,6", "one row", 2),
        ("--calibrate o.safetensors --protocol joint", "cannot be used with", 2),
        ("--queries strided", "needs truth on every frame", 1),
        ("--report nowhere/page.html", "no such folder", 1),
        ("--json=nowhere/out.json", "no such folder", 1),
    ] {
        let mut command = eval(words);
        command.current_dir(folder.path()).arg("pictures");
        let error = stderr_of(command, code);
        assert!(error.contains(cause), "{words}: {error}");
    }
}
