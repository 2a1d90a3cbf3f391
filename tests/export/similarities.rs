//! Tables of polished tracks: their places, and how alike they are. Other tables know nothing of it.

use super::store;
use super::tables::written;
use cotrail::geometry::{FrameIndex, SourcePoint};
use cotrail::tracks::{Edit, Polish, PolishedPlace, TableFormat, TrackStore, Treatment, read_tracks};
use ndarray::{Array2, Array3};
use ndarray_npy::NpzReader;
use serde_json::{Value, json};
use std::io::Cursor;

/// Two tracks from frames 0 and 2 on; of the first, frames 2 to 4 are polished, the last of them without likeness.
fn polished() -> TrackStore {
    let mut store = store(&[("a", 0), ("b", 2)], 12, |track, frame| (10.0 * track as f32, frame as f32));
    let place = |x, similarity| Some(PolishedPlace { point: SourcePoint::new(x, 0.5), similarity });
    let places = vec![place(1.25, Some(0.875)), None, place(2.25, Some(-0.5)), None, place(3.25, None), None];
    let run = store.runs().next().unwrap().id;
    store.apply(&Edit::Treat(Treatment { polish: true, ..Treatment::default() })).unwrap();
    store.set_polish(run, Polish { first: FrameIndex(2), num_tracks: 2, places });
    store
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
        std::fs::write(&path, written(&polished(), format)).unwrap();
        let tracks = read_tracks(&path).unwrap();
        let places = &tracks[0].samples;
        assert!(places.iter().any(|(_, sample)| sample.point == SourcePoint::new(2.25, 0.5)), "{format:?}");
    }
}
