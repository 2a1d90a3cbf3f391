//! Tables of polished tracks: their places, how alike they are, and the corners of planes. Other tables know nothing of
//! it.

use super::store;
use super::tables::{with_table, written};
use cotrail::geometry::{FrameIndex, SourcePoint};
use cotrail::tracks::{
    CloserLook, Edit, Polish, PolishedPlace, Table, TableFormat, ToolFormat, TrackStore, Treatment, read_tracks,
};
use ndarray::{Array2, Array3, Array4, s};
use ndarray_npy::NpzReader;
use serde_json::{Value, json};
use std::io::Cursor;

/// Two tracks from frames 0 and 2 on; of the first, frames 2 to 4 are polished, the last of them without likeness.
fn polished() -> TrackStore {
    let mut store = store(&[("a", 0), ("b", 2)], 12, |track, frame| (10.0 * track as f32, frame as f32));
    let place = |x, similarity| Some(PolishedPlace { point: SourcePoint::new(x, 0.5), similarity, corners: None });
    let places = vec![place(1.25, Some(0.875)), None, place(2.25, Some(-0.5)), None, place(3.25, None), None];
    let run = store.runs().next().unwrap().id;
    store.apply(&Edit::Treat(Treatment { polish: true, ..Treatment::default() })).unwrap();
    let look = CloserLook { polish: true, plane: None };
    store.set_polish(run, Polish { look, first: FrameIndex(2), num_tracks: 2, places });
    store
}

/// The same, where the first is a plane of 61 pixels on frame 3.
fn planes() -> TrackStore {
    let mut store = polished();
    let run = store.runs().next().unwrap();
    let mut polish = run.polish().unwrap().clone();
    polish.look = CloserLook { polish: false, plane: Some(61) };
    let corners = [(1.0, 2.0), (3.0, 2.5), (3.5, 4.0), (0.5, 4.5)].map(|(x, y)| SourcePoint::new(x, y));
    polish.places[2].as_mut().unwrap().corners = Some(corners);
    let run = run.id;
    store.set_polish(run, polish);
    store.apply(&Edit::Treat(Treatment { plane: Some(61), ..Treatment::default() })).unwrap();
    store
}

#[test]
fn corners_of_planes_pin_pictures_in_nuke_and_after_effects() {
    let text = |tool| String::from_utf8(written(&planes(), TableFormat::Tool(tool))).unwrap();
    // Nuke: from the lower left corner on against the clock, y up in a picture 360 high, frames from 1.
    let nuke = text(ToolFormat::NukePin);
    let lines: Vec<&str> = nuke.lines().collect();
    assert_eq!(lines[0], "CornerPin2D {");
    assert_eq!(lines[1], " to1 {{curve x4 1} {curve x4 355}}");
    assert_eq!(lines[4], " to4 {{curve x4 1.5} {curve x4 357.5}}");
    assert_eq!(lines[7], " from3 {3.5 357}", "where the plane was found next to its query");
    assert!(nuke.contains("\n name CornerPin_a\n") && nuke.matches("CornerPin2D {").count() == 1, "{nuke}");
    // After Effects: row by row, y down, frames from 0.
    let keys = text(ToolFormat::AfterEffectsPin);
    for (number, place) in [(1, "1.5\t2.5"), (2, "3.5\t3"), (3, "1\t5"), (4, "4\t4.5")] {
        let block = format!(
            "Effects\tADBE Corner Pin #1\tADBE Corner Pin-000{number}\n\tFrame\tX pixels\tY pixels\t\n\t3\t{place}\t\n"
        );
        assert!(keys.contains(&block), "{keys}");
    }
    let mut to = Cursor::new(Vec::new());
    let error =
        with_table(&polished(), |table| table.write(TableFormat::Tool(ToolFormat::NukePin), &mut to)).unwrap_err();
    assert!(error.to_string().contains("no point was followed as a plane"), "{error}");
}

#[test]
fn corners_of_planes_are_in_every_table_where_they_were_found() {
    let store = planes();
    let numbers = [1.0, 2.0, 3.0, 2.5, 3.5, 4.0, 0.5, 4.5f32];
    let bytes = written(&store, TableFormat::Csv);
    let mut reader = csv::Reader::from_reader(&bytes[..]);
    let header: Vec<String> = reader.headers().unwrap().iter().skip(10).map(str::to_owned).collect();
    assert_eq!(header[..3], ["similarity", "x_top_left", "y_top_left"]);
    assert_eq!((header.len(), header[6].as_str(), header[7].as_str()), (9, "y_bottom_right", "x_bottom_left"));
    for row in reader.records().map(Result::unwrap) {
        let corners: Vec<f32> = row.iter().skip(11).filter_map(|value| value.parse().ok()).collect();
        let is_plane = (&row[0], &row[2]) == ("0", "3");
        assert_eq!(corners[..], numbers[..if is_plane { 8 } else { 0 }], "{row:?}");
    }

    let json: Value = serde_json::from_slice(&written(&store, TableFormat::Json)).unwrap();
    assert_eq!(json["corners"][0][2], json!([[1.0, 2.0], [3.0, 2.5], [3.5, 4.0], [0.5, 4.5]]));
    assert_eq!((&json["corners"][0][1], &json["corners"][1][2]), (&Value::Null, &Value::Null));
    assert_eq!((&json["runs"][0]["plane"], &json["runs"][0]["polish"]), (&json!(61), &Value::Null));

    let mut npz = NpzReader::new(Cursor::new(written(&store, TableFormat::Npz))).unwrap();
    let corners: Array4<f32> = npz.by_name("corners").unwrap();
    assert_eq!(corners.slice(s![0, 2, .., ..]).iter().copied().collect::<Vec<_>>(), numbers);
    assert_eq!(corners.iter().filter(|value| value.is_finite()).count(), 8);
}

#[test]
fn corners_lie_around_the_point_where_it_is_smoothed() {
    let mut store = planes();
    store.apply(&Edit::Treat(Treatment { smooth_frames: 2, ..*store.treatment() })).unwrap();
    let track = store.tracks().next().unwrap();
    let shown = store.sample(track.id, FrameIndex(3)).unwrap().point;
    let corners = store.corners(track, FrameIndex(3), shown).unwrap();
    let (x, y) = (corners[0].x - shown.x, corners[0].y - shown.y);
    assert!((x + 1.25).abs() < 1e-5 && (y - 1.5).abs() < 1e-5 && shown != SourcePoint::new(2.25, 0.5), "{x} {y}");
}

#[test]
fn places_and_similarities_of_polished_tracks_are_in_every_table() {
    let store = polished();
    let bytes = written(&store, TableFormat::Csv);
    let mut reader = csv::Reader::from_reader(&bytes[..]);
    assert_eq!(reader.headers().unwrap().iter().next_back(), Some("similarity"));
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let seen: Vec<_> = rows[..5].iter().map(|row| [&row[2], &row[4], &row[5], &row[10]]).collect();
    let expected = [["1", "0.0", "1.0", ""], ["2", "1.25", "0.5", "0.875"], ["3", "2.25", "0.5", "-0.5"]];
    assert_eq!(seen[..3], expected);
    assert_eq!(seen[3..], [["4", "3.25", "0.5", ""], ["5", "0.0", "5.0", ""]]);

    let json: Value = serde_json::from_slice(&written(&store, TableFormat::Json)).unwrap();
    assert_eq!(json["similarity"][0], json!([null, 0.875, -0.5, null, null, null, null, null, null, null]));
    assert_eq!(json["tracks"][0][1], json!([1.25, 0.5]));

    let mut npz = NpzReader::new(Cursor::new(written(&store, TableFormat::Npz))).unwrap();
    let similarity: Array2<f32> = npz.by_name("similarity").unwrap();
    let tracks: Array3<f32> = npz.by_name("tracks").unwrap();
    assert_eq!((similarity[[0, 1]], similarity[[0, 2]], tracks[[0, 2, 0]]), (0.875, -0.5, 2.25));
    assert!(similarity.row(1).iter().all(|value| value.is_nan()) && similarity[[0, 0]].is_nan());
}

#[test]
fn tables_of_other_tracks_do_not_mention_it() {
    let mut store = store(&[("a", 0), ("b", 2)], 12, |track, frame| (10.0 * track as f32, frame as f32));
    for format in TableFormat::ALL {
        let bytes = written(&store, format);
        assert!(!bytes.windows(10).any(|word| word == b"similarity"), "{format:?}");
        for store in [&store, &polished()] {
            let bytes = written(store, format);
            assert!(!bytes.windows(7).any(|word| word == b"corners" || word == b"x_top_l"), "{format:?}");
        }
    }
    // Where the user's hand has moved it, nobody has looked.
    store = polished();
    let id = store.tracks().next().unwrap().id;
    store.correct(&[(id, SourcePoint::new(7.0, 8.0))], FrameIndex(3)).unwrap();
    let json: Value = serde_json::from_slice(&written(&store, TableFormat::Json)).unwrap();
    assert_eq!((&json["similarity"][0][1], &json["similarity"][0][2]), (&json!(0.875), &Value::Null));
}

#[test]
fn polished_tables_can_be_read_back_in() {
    let folder = tempfile::tempdir().unwrap();
    for format in TableFormat::ALL {
        let path = folder.path().join(format!("t.{}", format.extension()));
        for store in [polished(), planes()] {
            std::fs::write(&path, written(&store, format)).unwrap();
            let tracks = read_tracks(&path).unwrap();
            let places = &tracks[0].samples;
            assert!(places.iter().any(|(_, sample)| sample.point == SourcePoint::new(2.25, 0.5)), "{format:?}");
        }
    }
}
