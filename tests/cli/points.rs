//! Points that go in and come out again, and where tracks end.

use super::fixtures::{CLIP, GOLDEN, NUM_FRAMES, cotrail, folder, frame_path, stderr_of, text, track, tracked};

/// Writes a table into the golden clip's folder.
fn table(name: &str, content: &str) {
    std::fs::write(CLIP.path().join(name), content).unwrap();
}

#[test]
fn what_was_written_comes_back_as_points() {
    let out = tempfile::tempdir().unwrap();
    table("mixed.csv", "name;x;y;frame\nleft ear;20,25;30,5;3\ntail;70;41,125;0\n");
    let mut command = track(CLIP.path(), "frames --queries mixed.csv --end 20");
    let paths = ["t.csv", "t.json", "t.npz"].map(|name| out.path().join(name));
    for path in &paths {
        command.arg("--out").arg(path);
    }
    assert!(command.output().unwrap().status.success());
    let first = std::fs::read_to_string(&paths[0]).unwrap();
    assert!(first.contains("\n0,left ear,3,") && first.contains("\n1,tail,0,0"), "{first}");
    for path in &paths {
        let mut command = track(CLIP.path(), "frames --end 20");
        let again = text(&command.arg("--queries").arg(path).output().unwrap().stdout);
        // NumPy's tables hold no names.
        let has_names = !path.to_string_lossy().ends_with("npz");
        let renamed = first.replace(",left ear,", ",point 1,").replace(",tail,", ",point 2,");
        assert!(again == if has_names { first.clone() } else { renamed }, "{}", path.display());
    }
}

#[test]
fn tables_that_say_too_little_are_refused_with_what_is_wanted() {
    for (name, content, cause) in [
        ("xy.csv", "x,y\n5,5\n", "line 1: no column for the frame"),
        ("long.csv", "t,x,y\n0,60,5,40\n", "line 2: this row has 4 field(s), the header 3"),
        ("thousands.csv", "t;x;y\n0;1,000;2,000\n", "line 2: '1,000' may be 1.000 or 1000"),
        ("other.json", "{\"points\": []}", "no JSON table of tracks"),
        ("other.npz", "PK", "no NPZ table of tracks"),
    ] {
        table(name, content);
        let stderr = stderr_of(track(CLIP.path(), &format!("frames --queries {name}")), 2);
        assert!(stderr.contains(cause) && stderr.contains(name) && stderr.lines().count() == 1, "{name}: {stderr}");
    }
}

#[test]
fn a_point_is_exactly_where_it_was_placed_unless_the_networks_own_place_is_wanted() {
    for mode in ["window", "live"] {
        let words = format!("frames --queries queries.csv --mode {mode}");
        let rows = tracked(track(CLIP.path(), &words));
        for (n, [t, x, y]) in GOLDEN.queries.iter().enumerate() {
            let row = &rows[&(n, *t as usize)];
            assert_eq!((row.x, row.y), (*x, *y), "{mode}, point {n}");
        }
    }
    let raw = tracked(track(CLIP.path(), "frames --queries queries.csv --raw-query"));
    let is_moved = |(n, [t, x, _]): (usize, &[f32; 3])| (raw[&(n, *t as usize)].x - x).abs() > 1e-3;
    assert!(GOLDEN.queries.iter().enumerate().any(is_moved));
}

/// The golden clip's folder with another scene from frame 20 on: the same pictures upside down, in other colours.
fn edited() -> tempfile::TempDir {
    let folder = folder(NUM_FRAMES);
    for index in 20..NUM_FRAMES {
        let path = frame_path(folder.path(), index);
        let mut frame = image::imageops::rotate180(&image::open(&path).unwrap().into_rgb8());
        frame.pixels_mut().for_each(|pixel| pixel.0 = [255 - pixel.0[2] / 2, pixel.0[0] / 3, 255 - pixel.0[1]]);
        frame.save(&path).unwrap();
    }
    folder
}

#[test]
fn tracks_stop_at_a_cut_unless_they_are_to_go_on() {
    let folder = edited();
    let last = |words: &str| tracked(track(folder.path(), words)).keys().map(|(_, frame)| *frame).max();
    for mode in ["window", "live"] {
        let words = format!("frames --point 3,40,30 --start 2 --mode {mode}");
        assert_eq!(last(&words), Some(19), "{mode}");
        assert_eq!(last(&format!("{words} --cuts ignore")), Some(NUM_FRAMES - 1), "{mode}");
    }
    // One that is placed after the cut is followed from there.
    assert_eq!(last("frames --point 3,40,30 --point 22,40,30"), Some(NUM_FRAMES - 1));
    let output = track(folder.path(), "frames --point 3,40,30").output().unwrap();
    assert!(text(&output.stderr).contains("another shot begins on frame 20"), "{}", text(&output.stderr));
}

#[test]
fn outside_the_picture_nothing_is_visible_and_tracks_end_if_they_are_to() {
    let folder = tempfile::tempdir().unwrap();
    let path = |index: usize| folder.path().join(format!("{index:02}.png"));
    let noise =
        |x: u32, y: u32| (x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77)).wrapping_mul(0x2C1B_3C6D) >> 24;
    for index in 0..40 {
        let shade = |x: u32, y: u32| noise((x + 8 * index as u32) / 6, y / 6) as u8;
        image::RgbImage::from_fn(256, 192, |x, y| image::Rgb([shade(x, y), shade(x, y + 600), shade(x + 900, y)]))
            .save(path(index))
            .unwrap();
    }
    let rows = |words: &str| {
        let mut command = cotrail();
        command.arg("track").arg(folder.path()).args(words.split_whitespace()).args(["--device", "cpu"]);
        tracked(command)
    };
    let is_outside = |x: f32, y: f32| !(-0.5..=255.5).contains(&x) || !(-0.5..=191.5).contains(&y);
    let kept = rows("--point 0,80,90 --point 0,40,60");
    assert!(kept.values().filter(|row| is_outside(row.x, row.y)).count() > 10, "the points leave the picture");
    assert!(kept.values().all(|row| row.visible == 0 || !is_outside(row.x, row.y)));
    let ended = rows("--point 0,80,90 --point 0,40,60 --outside end");
    assert!(ended.len() < kept.len() && ended.values().all(|row| !is_outside(row.x, row.y)));
}
