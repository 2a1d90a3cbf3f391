//! The three tables hold the same numbers, and come whole or not at all.

use super::{names_in, store};
use cotrail::calibration::Probability;
use cotrail::export::{ExportError, TableExport, export_table};
use cotrail::geometry::{FrameIndex, Size, SourcePoint};
use cotrail::sync::CancelToken;
use cotrail::tracks::{
    About, AboutSettings, AboutSource, AboutWeights, Edit, RunSettings, Table, TableFormat, TableOptions, TrackId,
    TrackMode, TrackStore, TrackTable,
};
use ndarray::{Array1, Array2, Array3, s};
use ndarray_npy::NpzReader;
use serde_json::Value;
use std::fs;
use std::io::{self, Cursor, Seek, SeekFrom, Write};
use std::path::Path;

const TRACKS: [(&str, usize); 4] = [("nose", 2), ("left, \"ear\"", 0), ("two\nlines", 3), ("尾 — 😀", 9)];
const NUM_FRAMES: usize = 12;

fn example() -> TrackStore {
    store(&TRACKS, NUM_FRAMES, |track, frame| (100.1 * track as f32 + frame as f32 / 3.0, -0.25 * frame as f32))
}

fn about() -> About {
    About {
        source: AboutSource {
            path: "some/where \"else\".mp4".to_owned(),
            size: Size::new(640, 360),
            frame_rate: 30.0,
            num_frames: NUM_FRAMES,
            pixel_aspect: 1.0,
        },
        weights: AboutWeights { name: "small".to_owned(), sha256: "ab".repeat(32) },
        device: "CPU, 2 threads".to_owned(),
        settings: AboutSettings {
            mode: TrackMode::Window,
            model_size: Size::new(384, 256),
            iterations: 4,
            support_grid: 6,
            start: FrameIndex(1),
            end: FrameIndex(10),
            visible_above: 0.6,
        },
    }
}

/// The table of frames 1 to 10 in a format.
pub(super) fn written(store: &TrackStore, format: TableFormat) -> Vec<u8> {
    written_with(store, format, &TableOptions::default())
}

pub(super) fn written_with(store: &TrackStore, format: TableFormat, options: &TableOptions) -> Vec<u8> {
    let times_secs: Vec<f64> = (0..NUM_FRAMES).map(|i| i as f64 / 30.0).collect();
    let about = about();
    let frames = FrameIndex(1)..=FrameIndex(10);
    let table = TrackTable { store, frames, times_secs: &times_secs, about: &about, options };
    let mut to = Cursor::new(Vec::new());
    table.write(format, &mut to).unwrap();
    to.into_inner()
}

pub(super) fn with_table<T>(store: &TrackStore, work: impl FnOnce(&TrackTable) -> T) -> T {
    let about = about();
    let (frames, options) = (FrameIndex(0)..=FrameIndex(10), TableOptions::default());
    work(&TrackTable { store, frames, times_secs: &[0.0; NUM_FRAMES], about: &about, options: &options })
}

#[test]
fn the_csv_has_a_row_for_each_track_and_frame_from_its_query_on() {
    let store = example();
    let bytes = written(&store, TableFormat::Csv);
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert!(
        text.starts_with("track,name,frame,time_secs,x,y,visibility,confidence,visible,probability\n0,nose,2,"),
        "{text}"
    );
    assert!(text.contains(",\"left, \"\"ear\"\"\",") && text.contains(",\"two\nlines\",") && !text.contains('\r'));
    let mut rows = csv::Reader::from_reader(&bytes[..]);
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    let mut expected = Vec::new();
    for (place, (name, query)) in TRACKS.iter().enumerate() {
        expected.extend(((*query).max(1)..=10).map(|frame| (place, (*name).to_owned(), frame)));
    }
    let keys: Vec<_> = rows.iter().map(|r| (r[0].parse().unwrap(), r[1].to_owned(), r[2].parse().unwrap())).collect();
    assert_eq!(keys, expected);
    for row in &rows {
        let frame: u32 = row[2].parse().unwrap();
        let sample = store.sample(TrackId(row[0].parse().unwrap()), FrameIndex(frame)).unwrap();
        assert_eq!(row[3].parse::<f64>().unwrap(), f64::from(frame) / 30.0);
        let numbers: Vec<f32> = (4..8).map(|i| row[i].parse().unwrap()).collect();
        assert_eq!(numbers, [sample.point.x, sample.point.y, sample.visibility, sample.confidence]); // to the last bit
        assert_eq!(&row[8], if sample.visible { "1" } else { "0" });
        assert_eq!(row[9].parse().ok(), sample.probability.map(Probability::share), "empty where it is not known");
    }
}

#[test]
fn the_npz_has_the_arrays_with_nan_before_each_query() {
    let store = example();
    let mut npz = NpzReader::new(Cursor::new(written(&store, TableFormat::Npz))).unwrap();
    assert_eq!(npz.len(), 7);
    let tracks: Array3<f32> = npz.by_name("tracks").unwrap();
    let visibility: Array2<f32> = npz.by_name("visibility").unwrap();
    let confidence: Array2<f32> = npz.by_name("confidence").unwrap();
    let probability: Array2<f32> = npz.by_name("probability").unwrap();
    let visible: Array2<bool> = npz.by_name("visible").unwrap();
    let queries: Array2<f32> = npz.by_name("queries").unwrap();
    let frames: Array1<i64> = npz.by_name("frames").unwrap();
    assert_eq!(frames.to_vec(), (1..=10).collect::<Vec<i64>>());
    assert_eq!((tracks.dim(), visible.dim(), queries.dim()), ((4, 10, 2), (4, 10), (4, 3)));
    for (place, track) in store.tracks().enumerate() {
        let query = track.query;
        assert_eq!(queries.slice(s![place, ..]).to_vec(), [query.frame.0 as f32, query.point.x, query.point.y]);
        for (column, frame) in (1..=10).map(FrameIndex).enumerate() {
            let at = [tracks[[place, column, 0]], tracks[[place, column, 1]]];
            let likely = [visibility[[place, column]], confidence[[place, column]]];
            if let Some(sample) = store.sample(track.id, frame) {
                assert_eq!(at, [sample.point.x, sample.point.y]);
                assert_eq!(likely, [sample.visibility, sample.confidence]);
                let known = Some(probability[[place, column]]).filter(|share| !share.is_nan());
                assert_eq!(known, sample.probability.map(Probability::share));
                assert_eq!(visible[[place, column]], sample.visible);
            } else {
                assert!(at.iter().chain(&likely).all(|value| value.is_nan()) && !visible[[place, column]]);
                assert!(frame < query.frame);
            }
        }
    }
}

#[test]
fn the_json_has_the_same_arrays_and_says_where_they_come_from() {
    let store = example();
    let json: Value = serde_json::from_slice(&written(&store, TableFormat::Json)).unwrap();
    let mut npz = NpzReader::new(Cursor::new(written(&store, TableFormat::Npz))).unwrap();
    let number = |value: &Value| value.as_f64().map_or(f32::NAN, |number| number as f32);
    let same = |value: &Value, other: f32| number(value) == other || (value.is_null() && other.is_nan());
    let tracks: Array3<f32> = npz.by_name("tracks").unwrap();
    for ((track, frame, axis), value) in tracks.indexed_iter() {
        assert!(same(&json["tracks"][track][frame][axis], *value), "{track} {frame}");
    }
    for name in ["visibility", "confidence", "probability", "queries"] {
        let array: Array2<f32> = npz.by_name(name).unwrap();
        for ((row, column), value) in array.indexed_iter() {
            assert!(same(&json[name][row][column], *value), "{name} {row} {column}");
        }
        assert_eq!(json[name].as_array().unwrap().len(), TRACKS.len());
    }
    let visible: Array2<bool> = npz.by_name("visible").unwrap();
    assert!(visible.indexed_iter().all(|((row, column), value)| json["visible"][row][column] == *value));
    assert_eq!(json["frames"], serde_json::json!([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
    assert_eq!(json["times_secs"][9], 10.0 / 30.0);
    assert_eq!(json["names"], serde_json::json!(TRACKS.map(|(name, _)| name)));
    assert_eq!(json["source"]["path"], "some/where \"else\".mp4");
    assert_eq!((&json["source"]["width"], &json["source"]["num_frames"]), (&640.into(), &12.into()));
    assert_eq!((&json["weights"]["name"], &json["weights"]["sha256"]), (&"small".into(), &"ab".repeat(32).into()));
    assert_eq!(json["settings"]["model_size"], serde_json::json!({ "width": 384, "height": 256 }));
    assert_eq!((&json["settings"]["start"], &json["settings"]["support_grid"]), (&1.into(), &6.into()));
    assert_eq!((&json["version"], &json["device"]), (&env!("CARGO_PKG_VERSION").into(), &"CPU, 2 threads".into()));
    assert!(json["pixels"].as_str().unwrap().contains("centre of the top-left pixel"));
}

#[test]
fn the_json_says_what_was_tracked_together_and_what_was_placed_by_hand() {
    let mut store = example();
    let run = store.runs().next().unwrap().id;
    let settings = RunSettings {
        weights: AboutWeights { name: "small".to_owned(), sha256: "cd".repeat(32) },
        mode: TrackMode::Window,
        model_size: Size::new(384, 256),
        zoom: None,
        iterations: 4,
        support_grid: 5,
    };
    store.set_run_settings(run, settings);
    store.correct(&[(TrackId(1), SourcePoint::new(7.5, 8.25))], FrameIndex(6)).unwrap();
    store.apply(&Edit::ClearAfter { tracks: vec![TrackId(1)], frame: FrameIndex(8) }).unwrap();
    let tracks = Some(vec![TrackId(0), TrackId(1)]);
    let options = TableOptions { tracks, first_number: 1001, ..TableOptions::default() };
    let json: Value = serde_json::from_slice(&written_with(&store, TableFormat::Json, &options)).unwrap();
    assert_eq!((&json["runs"][0]["support_grid"], &json["runs"][0]["iterations"]), (&5.into(), &4.into()));
    assert_eq!((&json["runs"][0]["mode"], &json["runs"][0]["weights"]["name"]), (&"window".into(), &"small".into()));
    assert_eq!(json["runs"][1], Value::Null, "nothing is known of it");
    assert_eq!(json["runs"][2], serde_json::json!({ "direction": "backward" }));
    let runs = serde_json::json!([[[1001, 0]], [[1001, 0, 2], [1007, 1], [1010, null]]]);
    assert_eq!(json["track_runs"], runs);
    assert_eq!(json["corrections"], serde_json::json!([[], [[1007, 7.5, 8.25]]]));
}

#[test]
fn the_same_tracks_give_the_same_bytes() {
    for format in TableFormat::ALL {
        assert_eq!(written(&example(), format), written(&example(), format), "{format:?}");
    }
}

#[test]
fn a_deleted_track_leaves_no_gap_in_the_numbering() {
    let mut store = example();
    store.remove(TrackId(1));
    let text = String::from_utf8(written(&store, TableFormat::Csv)).unwrap();
    assert!(text.contains("\n1,\"two\nlines\",3,") && text.contains("\n2,尾 — 😀,9,") && !text.contains("ear"));
    let mut npz = NpzReader::new(Cursor::new(written(&store, TableFormat::Npz))).unwrap();
    let queries: Array2<f32> = npz.by_name("queries").unwrap();
    assert_eq!(queries.column(0).to_vec(), [2.0, 3.0, 9.0]);
}

#[test]
fn a_table_may_hold_some_tracks_without_hidden_frames_and_count_from_another_number() {
    let store = example();
    let tracks = Some(vec![TrackId(3), TrackId(0)]);
    let options = TableOptions { tracks, keeps_hidden: false, first_number: 1001 };
    let bytes = written_with(&store, TableFormat::Csv, &options);
    let mut rows = csv::Reader::from_reader(&bytes[..]);
    let rows: Vec<_> =
        rows.records().map(Result::unwrap).map(|r| (r[0].to_owned(), r[1].to_owned(), r[2].to_owned())).collect();
    // Frames 1 to 10; every fifth one is hidden; the tracks keep the order of the store.
    let frames = |place: &str, name: &str, from: u32| {
        let shown = (from.max(1)..=10).filter(|frame| frame % 5 != 4);
        shown.map(|frame| (place.to_owned(), name.to_owned(), (frame + 1001).to_string())).collect::<Vec<_>>()
    };
    assert_eq!(rows, [frames("0", "nose", 2), frames("1", "尾 — 😀", 9)].concat());
    let json: Value = serde_json::from_slice(&written_with(&store, TableFormat::Json, &options)).unwrap();
    assert_eq!(json["names"], serde_json::json!(["nose", "尾 — 😀"]));
    assert_eq!((&json["frames"][0], &json["first_number"]), (&1002.into(), &1001.into()));
    assert_eq!((&json["queries"][0][0], &json["queries"][1][0]), (&1003.into(), &1010.into()));
    assert_eq!((&json["tracks"][0][3][0], &json["visible"][0][3]), (&Value::Null, &false.into()), "frame 4 is hidden");
    assert!(json["tracks"][0][4][0].is_number());
    let mut npz = NpzReader::new(Cursor::new(written_with(&store, TableFormat::Npz, &options))).unwrap();
    let tracks: Array3<f32> = npz.by_name("tracks").unwrap();
    assert_eq!(tracks.dim(), (2, 10, 2));
    assert!(tracks[[0, 3, 0]].is_nan() && tracks[[0, 4, 0]].is_finite());
    let frames: Array1<i64> = npz.by_name("frames").unwrap();
    let queries: Array2<f32> = npz.by_name("queries").unwrap();
    assert_eq!((frames[0], queries.column(0).to_vec()), (1002, vec![1003.0, 1010.0]));
    let first: ndarray::Array0<i64> = npz.by_name("first_number").unwrap();
    assert_eq!(first.into_scalar(), 1001);
}

#[test]
fn a_store_without_tracks_gives_empty_tables() {
    let store = TrackStore::new();
    let csv = String::from_utf8(written(&store, TableFormat::Csv)).unwrap();
    assert_eq!(csv, "track,name,frame,time_secs,x,y,visibility,confidence,visible,probability\n");
    let json: Value = serde_json::from_slice(&written(&store, TableFormat::Json)).unwrap();
    assert_eq!(json["tracks"], serde_json::json!([]));
    let mut npz = NpzReader::new(Cursor::new(written(&store, TableFormat::Npz))).unwrap();
    let tracks: Array3<f32> = npz.by_name("tracks").unwrap();
    assert_eq!(tracks.dim(), (0, 10, 2));
}

#[test]
fn a_full_disk_ends_the_table_with_its_cause() {
    struct Disk {
        holds: Cursor<Vec<u8>>,
        room: usize,
    }
    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = bytes.len().min(self.room.saturating_sub(self.holds.position() as usize));
            if taken == 0 { Err(io::ErrorKind::StorageFull.into()) } else { self.holds.write(&bytes[..taken]) }
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    impl Seek for Disk {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.holds.seek(to)
        }
    }
    for format in TableFormat::ALL {
        let outcome = |room| {
            let mut disk = Disk { holds: Cursor::new(Vec::new()), room };
            with_table(&example(), |table| table.write(format, &mut disk)).map(|()| disk.holds.into_inner().len())
        };
        let size = outcome(usize::MAX).unwrap();
        assert_eq!(outcome(size).unwrap(), size);
        for room in [0, 10, size / 2, size - 1] {
            let outcome = outcome(room);
            assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::StorageFull, "{format:?} {room}");
        }
    }
}

#[test]
fn a_table_replaces_what_was_there_and_leaves_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.csv", "b.JSON", "ü ö.npz"] {
        let path = folder.path().join(name);
        fs::write(&path, "old").unwrap();
        with_table(&example(), |table| export_table(table, &path, &CancelToken::new())).unwrap();
        assert!(fs::read(&path).unwrap().len() > 300);
    }
    assert_eq!(names_in(folder.path()), ["a.csv", "b.JSON", "ü ö.npz"]);
}

#[test]
fn a_cancelled_table_leaves_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npz");
    fs::write(&path, "old").unwrap();
    let cancel = CancelToken::new();
    cancel.cancel();
    let outcome = with_table(&example(), |table| export_table(table, &path, &cancel));
    assert!(matches!(outcome, Err(ExportError::Cancelled)), "{outcome:?}");
    assert_eq!((fs::read_to_string(&path).unwrap().as_str(), names_in(folder.path()).len()), ("old", 1));
}

#[test]
fn an_opened_table_that_is_never_written_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    drop(TableExport::open(&folder.path().join("a.csv")).unwrap());
    assert!(names_in(folder.path()).is_empty());
}

#[test]
fn a_place_that_cannot_be_written_is_refused_at_once_with_the_cause() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("folder.csv")).unwrap();
    fs::write(at("file"), "").unwrap();
    fs::write(at("protected.csv"), "precious").unwrap();
    let mut permissions = fs::metadata(at("protected.csv")).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(at("protected.csv"), permissions).unwrap();
    let cause = |path: &Path| TableExport::open(path).unwrap_err().to_string();
    for (name, words) in [
        ("folder.csv", "this is a folder"),
        ("nowhere/a.csv", "there is no such folder to write to"),
        ("file/a.csv", "what should be the folder is a file"),
        ("protected.csv", "the file is write-protected"),
        ("a.txt", "a table's name ends in .csv, .json or .npz, or"),
    ] {
        let said = cause(&at(name));
        assert!(said.starts_with(words) && said.ends_with(&format!(": {}", at(name).display())), "{said}");
    }
    assert_eq!(fs::read_to_string(at("protected.csv")).unwrap(), "precious");
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_devices_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (real, link) = (folder.path().join("real.csv"), folder.path().join("link.csv"));
    fs::write(&real, "old").unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    with_table(&example(), |table| export_table(table, &link, &CancelToken::new())).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&real).unwrap().starts_with("track,"));
    let null = folder.path().join("null.csv");
    std::os::unix::fs::symlink("/dev/null", &null).unwrap();
    assert!(TableExport::open(&null).unwrap_err().to_string().starts_with("this is not a regular file"));
}

#[cfg(unix)]
#[test]
fn a_read_only_folder_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(folder.path().join("probe"), "").is_ok() {
        eprintln!("skipped: this user may write anywhere");
        return;
    }
    let error = TableExport::open(&folder.path().join("a.csv")).unwrap_err();
    assert!(error.to_string().starts_with("there is no permission to write here"), "{error}");
}
