//! What `cotrail track` writes.

use super::fixtures::{CLIP, GOLDEN, NUM_FRAMES, Row, demo_clip, folder, frame_path, rows, text, track, tracked};
use cotrail::geometry::FrameIndex;
use cotrail::media;
use ndarray::{Array1, Array2, Array3};
use ndarray_npy::NpzReader;
use std::fs::File;
use std::path::Path;

const ALL_QUERIES: &str = "frames --queries queries.csv";

/// The arrays of a `.npz` table.
struct Arrays {
    tracks: Array3<f32>,
    visibility: Array2<f32>,
    confidence: Array2<f32>,
    visible: Array2<bool>,
    queries: Array2<f32>,
    frames: Vec<i64>,
}

fn arrays(path: &Path) -> Arrays {
    let mut npz = NpzReader::new(File::open(path).unwrap()).unwrap();
    let frames: Array1<i64> = npz.by_name("frames").unwrap();
    Arrays {
        tracks: npz.by_name("tracks").unwrap(),
        visibility: npz.by_name("visibility").unwrap(),
        confidence: npz.by_name("confidence").unwrap(),
        visible: npz.by_name("visible").unwrap(),
        queries: npz.by_name("queries").unwrap(),
        frames: frames.to_vec(),
    }
}

#[test]
fn the_golden_clip_is_tracked_as_the_oracle_tracks_it() {
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("o.npz");
    let mut command = track(CLIP.path(), &format!("{ALL_QUERIES} --raw-query --support-grid 0 --precise"));
    assert!(command.arg("--out").arg(&path).output().unwrap().status.success());
    let Arrays { tracks, queries, frames, .. } = arrays(&path);
    assert_eq!(tracks.shape(), [GOLDEN.queries.len(), NUM_FRAMES, 2]);
    assert_eq!(frames, (0..NUM_FRAMES as i64).collect::<Vec<_>>());
    for (n, query) in GOLDEN.queries.iter().enumerate() {
        assert_eq!(queries.row(n).to_vec(), query);
        for (t, row) in GOLDEN.coords.iter().enumerate() {
            for axis in 0..2 {
                let (ours, oracle) = (tracks[[n, t, axis]], row[n][axis]);
                assert_eq!(ours.is_nan(), oracle.is_nan(), "track {n}, frame {t}");
                assert!(ours.is_nan() || (ours - oracle).abs() < 0.01, "track {n}, frame {t}: {ours}, not {oracle}");
            }
        }
    }
}

#[test]
fn a_point_is_followed_to_the_end_to_the_start_or_both_ways() {
    let seen = |ways: &str| -> Vec<(usize, f32)> {
        let rows = tracked(track(CLIP.path(), &format!("frames --point 20,30.5,25 --point 36,60,40 {ways}")));
        rows.values().filter(|row| row.track == 0).map(|row| (row.frame, row.x)).collect()
    };
    let (forward, backward, both) = (seen(""), seen("--backward"), seen("--both"));
    let frames = |seen: &[(usize, f32)]| seen.iter().map(|(frame, _)| *frame).collect::<Vec<_>>();
    let last = NUM_FRAMES - 1;
    assert_eq!(frames(&forward), (20..=last).collect::<Vec<_>>());
    assert_eq!(frames(&backward), (0..=20).collect::<Vec<_>>());
    assert_eq!(frames(&both), (0..=last).collect::<Vec<_>>());
    assert_eq!((&both[..20], &both[20..]), (&backward[..20], &forward[..]));
    assert_eq!((backward[20].1, forward[0].1), (30.5, 30.5), "through the point itself");
    assert_ne!(backward[10].1, 30.5, "it moves");
}

#[test]
fn the_whole_clip_at_once_is_one_pass_for_both_ways_unless_it_is_cut() {
    let seen = |words: &str| -> Vec<(usize, f32)> {
        let line = format!("frames --point 20,30.5,25 --mode offline {words}");
        tracked(track(CLIP.path(), &line)).values().map(|row| (row.frame, row.x)).collect()
    };
    let (forward, both) = (seen(""), seen("--both"));
    assert_eq!((forward[0].0, both[0].0, both.len()), (20, 0, NUM_FRAMES));
    assert_eq!(both[20..], forward[..]);
    let mut cut = track(CLIP.path(), "frames --point 20,30.5,25 --mode offline --both --memory 0.001");
    let output = cut.output().unwrap();
    assert!(text(&output.stderr).contains("in 2 parts of 23 frames"), "{}", text(&output.stderr));
    assert_eq!(rows(&output.stdout).len(), NUM_FRAMES, "the way back is a pass of its own");
}

#[test]
fn three_formats_hold_the_same_numbers_and_standard_output_is_the_csv() {
    let out = tempfile::tempdir().unwrap();
    let path = |name: &str| out.path().join(name);
    let mut command = track(CLIP.path(), ALL_QUERIES);
    for name in ["t.csv", "t.json", "t.npz"] {
        command.arg("--out").arg(path(name));
    }
    let output = command.output().unwrap();
    assert!(output.status.success() && output.stdout.is_empty(), "{}", text(&output.stderr));
    let csv = std::fs::read(path("t.csv")).unwrap();
    assert_eq!(track(CLIP.path(), ALL_QUERIES).output().unwrap().stdout, csv);

    let rows = rows(&csv);
    let npz = arrays(&path("t.npz"));
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(path("t.json")).unwrap()).unwrap();
    let number = |key: &str, n: usize, t: usize| json[key][n][t].as_f64().map(|v| v as f32);
    for n in 0..GOLDEN.queries.len() {
        for t in 0..NUM_FRAMES {
            let Some(row) = rows.get(&(n, t)) else {
                assert!(npz.tracks[[n, t, 0]].is_nan() && npz.visibility[[n, t]].is_nan() && !npz.visible[[n, t]]);
                assert!(json["tracks"][n][t][0].is_null() && json["visibility"][n][t].is_null());
                continue;
            };
            let Row { x, y, visibility, confidence, visible, .. } = *row;
            assert_eq!((npz.tracks[[n, t, 0]], npz.tracks[[n, t, 1]]), (x, y));
            assert_eq!((npz.visibility[[n, t]], npz.confidence[[n, t]]), (visibility, confidence));
            assert_eq!(npz.visible[[n, t]], visible == 1);
            assert_eq!(json["tracks"][n][t][0].as_f64().map(|v| v as f32), Some(x));
            assert_eq!(json["tracks"][n][t][1].as_f64().map(|v| v as f32), Some(y));
            assert_eq!((number("visibility", n, t), number("confidence", n, t)), (Some(visibility), Some(confidence)));
            assert_eq!(json["visible"][n][t].as_bool(), Some(visible == 1));
        }
    }
    assert_eq!(json["weights"]["name"], "tiny");
    assert_eq!(json["weights"]["sha256"].as_str().map(str::len), Some(64));
}

#[test]
fn results_depend_neither_on_threads_nor_on_what_is_written() {
    let out = tempfile::tempdir().unwrap();
    let stdout = |words: &str| track(CLIP.path(), words).output().unwrap().stdout;
    let one = stdout("frames --queries queries.csv --threads 1");
    assert!(!one.is_empty());
    assert!(one == stdout("frames --queries queries.csv --threads 2"));
    let mut command = track(CLIP.path(), "frames --queries queries.csv --threads 2");
    command.arg("--out").arg(out.path().join("a.csv")).arg("--video").arg(out.path().join("a.mp4"));
    assert!(command.output().unwrap().status.success());
    assert!(one == std::fs::read(out.path().join("a.csv")).unwrap());
}

#[test]
fn tracks_stand_in_the_order_points_table_grid() {
    std::fs::write(CLIP.path().join("named.csv"), "t,x,y,name\n9,20,30,nose\n2,40,50,\n").unwrap();
    let words = "frames --grid 2 --queries named.csv --point 20,50.5,40 --point 0,10,10 --grid-frame 1 --end 24";
    let rows = tracked(track(CLIP.path(), words));
    let first: Vec<(usize, &str)> = (0..8)
        .map(|n| rows.values().find(|row| row.track == n).map(|row| (row.frame, row.name.as_str())).unwrap())
        .collect();
    let expected = [
        (20, "point 1"),
        (0, "point 2"),
        (9, "nose"),
        (2, "point 4"),
        (1, "point 5"),
        (1, "point 6"),
        (1, "point 7"),
        (1, "point 8"),
    ];
    assert_eq!(first, expected);
    assert_eq!(rows.keys().map(|(_, frame)| *frame).max(), Some(24));
}

#[test]
fn a_range_keeps_the_sources_own_frame_numbers_and_times() {
    let rows = tracked(track(CLIP.path(), "frames --point 10,30,30 --start 10 --end 20 --fps 25"));
    assert_eq!(rows.keys().copied().collect::<Vec<_>>(), (10..=20).map(|t| (0, t)).collect::<Vec<_>>());
    for ((_, frame), row) in &rows {
        assert!((row.time_secs - *frame as f64 / 25.0).abs() < 1e-6, "{row:?}");
        assert!([row.x, row.y, row.visibility, row.confidence].iter().all(|v| v.is_finite()), "{row:?}");
    }
}

#[test]
fn a_query_on_the_last_frame_and_a_clip_of_one_frame_have_one_row() {
    let rows = tracked(track(CLIP.path(), "frames --point 36,50,36"));
    assert_eq!(rows.keys().copied().collect::<Vec<_>>(), [(0, 36)]);
    let single = folder(1);
    let rows = tracked(track(single.path(), "frames --point 0,50,36 --support-grid 2"));
    assert_eq!(rows.keys().copied().collect::<Vec<_>>(), [(0, 0)]);
}

#[test]
fn the_mask_limits_the_grid_to_its_white() {
    let white_left = |x: u32| image::Luma([if x < super::fixtures::WIDTH / 2 { 255 } else { 0 }]);
    let mask = image::GrayImage::from_fn(super::fixtures::WIDTH, super::fixtures::HEIGHT, |x, _| white_left(x));
    mask.save(CLIP.path().join("left.png")).unwrap();
    let rows = tracked(track(CLIP.path(), "frames --grid 4 --mask left.png --end 2"));
    assert_eq!(rows.keys().filter(|(_, frame)| *frame == 0).count(), 8);
}

#[test]
fn the_annotated_clip_has_every_frame_of_the_range_and_differs_from_the_source() {
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("annotated.MP4");
    let mut command = track(out.path(), "--grid 3 --start 3 --end 20 --trail 5 --fade --point-size 9 --quiet");
    let output = command.arg(demo_clip()).arg("--video").arg(&path).output().unwrap();
    assert!(output.status.success() && output.stdout.is_empty(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "", "--quiet");
    let open = |path: &Path| media::open(path, &media::OpenOptions::default()).unwrap();
    let (mut source, mut annotated) = (open(&demo_clip()), open(&path));
    assert_eq!((annotated.info().num_frames(), annotated.info().size), (18, source.info().size));
    for index in 0..18 {
        let drawn = annotated.read(FrameIndex(index)).unwrap();
        let plain = source.read(FrameIndex(3 + index)).unwrap();
        let distance = |a: &[u8], b: &[u8]| {
            let sum: u64 = a.iter().zip(b).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
            sum as f64 / a.len() as f64
        };
        let changed = drawn.rgb().iter().zip(plain.rgb()).filter(|(a, b)| a.abs_diff(**b) > 80).count();
        assert!(distance(drawn.rgb(), plain.rgb()) < 6.0, "frame {index} shows another picture");
        assert!(changed > 30, "frame {index} shows no marks: {changed}");
    }
}

#[test]
fn odd_names_work() {
    let odd = folder(3);
    for name in ["a:b?c", "%03d", "with space", "-dash", "ünïcode", "[x]*"] {
        std::fs::rename(odd.path().join("frames"), odd.path().join(name)).unwrap();
        let out = odd.path().join(format!("{name}.csv"));
        let mut command = track(odd.path(), "--point 0,5,5");
        command.arg("--out").arg(&out).arg("--").arg(name);
        let output = command.output().unwrap();
        assert!(output.status.success() && out.is_file(), "{name}: {}", text(&output.stderr));
        std::fs::rename(odd.path().join(name), odd.path().join("frames")).unwrap();
    }
}

#[cfg(target_os = "linux")] // other systems do not let such names exist
#[test]
fn names_that_are_not_text_work() {
    use std::os::unix::ffi::OsStrExt;
    let odd = folder(3);
    let name = std::ffi::OsStr::from_bytes(b"latin\xe9");
    std::fs::rename(odd.path().join("frames"), odd.path().join(name)).unwrap();
    assert_eq!(
        tracked({
            let mut command = track(odd.path(), "--point 0,5,5");
            command.arg(name);
            command
        })
        .len(),
        3
    );
}

#[test]
fn a_pipe_sees_a_summary_and_no_progress_bar() {
    let output = track(CLIP.path(), "frames --point 0,5,5 --end 3").output().unwrap();
    let stderr = text(&output.stderr);
    assert!(stderr.starts_with("tracked 1 point over frames 0 to 3 in ") && stderr.lines().count() == 1, "{stderr}");
    assert!(!stderr.contains(['\r', '\u{1b}']), "{stderr:?}");
}

#[test]
fn tables_count_as_the_images_names_do_or_as_they_are_told_and_come_back_in() {
    let home = folder(12);
    for index in 0..12 {
        let name = home.path().join(format!("frames/shot.{}.png", 1001 + index));
        std::fs::rename(frame_path(home.path(), index), name).unwrap();
    }
    let frames = |options: &str| {
        let rows = tracked(track(home.path(), &format!("frames/shot.####.png --point 2,40,30 {options}")));
        rows.keys().map(|(_, frame)| *frame).collect::<Vec<_>>()
    };
    assert_eq!(frames("--end 11"), (1003..=1012).collect::<Vec<_>>());
    assert_eq!(frames("--first-number 0"), (2..=11).collect::<Vec<_>>());
    let first = track(home.path(), "frames/shot.%04d.png --point 2,40,30 --first-number 7").output().unwrap();
    std::fs::write(home.path().join("back.csv"), &first.stdout).unwrap();
    let again = track(home.path(), "frames/shot.1009.png --queries back.csv --first-number 7").output().unwrap();
    assert_eq!(text(&again.stdout), text(&first.stdout));
    let refused = track(home.path(), "frames/other.####.png --point 2,40,30").output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("there is no image of such a name: frames/other.####.png"));
}
