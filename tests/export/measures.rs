//! Tables of tracks that are measured.

use super::store;
use super::tables::{written, written_with};
use cotrail::geometry::{FrameIndex, Size, SourcePoint};
use cotrail::measure::{Footage, Scale, Setup, Smoothing};
use cotrail::tracks::{Edit, History, Measures, Quantity, TableFormat, TableOptions, ToolFormat, TrackId, TrackStore};

/// Two points that part by 10 pixels (0.1 m) a frame from 100 px on, hidden on frames 4 and 9; 30 frames a second.
fn example() -> TrackStore {
    let mut store = store(&[("left", 0), ("right side", 0)], 12, |track, frame| {
        (100.0 + (100.0 + 10.0 * frame as f32) * track as f32, 60.0)
    });
    let (size, times_secs) = (Size::new(640, 360), (0..12).map(|i| f64::from(i) / 30.0).collect());
    store.set_footage(Footage { size, pixel_aspect: 1.0, frame_rate: 30.0, times_secs });
    let ends = [SourcePoint::new(0.0, 0.0), SourcePoint::new(0.0, 200.0)];
    let smoothing = Smoothing { window: 3, order: 2 };
    let setup = Setup { scale: Scale::Line { ends, length: 2.0 }, smoothing, ..Setup::default() };
    let quantities = vec![Quantity::Distance([TrackId(0), TrackId(1)])];
    store.apply(&Edit::Measure(Box::new(Measures { setup, quantities, ..Measures::default() }))).unwrap();
    store
}

fn rows(bytes: &[u8]) -> (Vec<String>, Vec<csv::StringRecord>) {
    let mut reader = csv::Reader::from_reader(bytes);
    let names = reader.headers().unwrap().iter().map(str::to_owned).collect();
    (names, reader.records().map(Result::unwrap).collect())
}

#[test]
fn a_csv_has_measured_columns_after_its_own() {
    let (names, rows) = rows(&written(&example(), TableFormat::Csv));
    let at = |name: &str| names.iter().position(|known| known == name).unwrap_or_else(|| panic!("{name}: {names:?}"));
    assert_eq!(at("scene_secs"), 10, "after the columns that every table has");
    let number = |row: usize, name: &str| rows[row][at(name)].parse::<f64>().ok();
    // Row 0 is frame 1 of the first point, row 10 that of the second.
    assert_eq!((number(0, "x_m"), number(10, "x_m")), (Some(1.0), Some(2.1)));
    assert_eq!((number(0, "distance_left_right_side_m"), number(10, "distance_left_right_side_m")), (Some(1.1), None));
    let speed = number(11, "speed_m_per_s_savgol_3_2").unwrap();
    assert!((speed - 3.0).abs() < 1e-4, "{speed}");
    assert_eq!((number(3, "x_m"), number(3, "speed_m_per_s_savgol_3_2")), (None, None), "hidden on frame 4");
}

#[test]
fn a_spreadsheet_has_a_row_for_each_frame_and_only_what_is_wanted() {
    let sheet = TableFormat::Tool(ToolFormat::Sheet);
    let (names, all) = rows(&written(&example(), sheet));
    assert_eq!((all.len(), names.len()), (10, 3 + 2 * 8 + 1));
    assert_eq!(
        (&names[11], names.last().unwrap().as_str()),
        (&"right_side_x_m".to_owned(), "distance_left_right_side_m")
    );
    let options = TableOptions { tracks: Some(vec![TrackId(1)]), ..TableOptions::default() };
    let (names, _) = rows(&written_with(&example(), sheet, &options));
    assert!(names.len() == 3 + 8 && names[3] == "right_side_x_m", "{names:?}");
    // Nobody has said anything: pixels, y up.
    let mut plain = example();
    plain.apply(&Edit::Measure(Box::default())).unwrap();
    let (names, rows) = rows(&written(&plain, sheet));
    assert_eq!((names[4].as_str(), &rows[0][4]), ("left_y_px", "299.0"));
    let text = String::from_utf8(written(&plain, TableFormat::Csv)).unwrap();
    assert!(text.starts_with("track,name,frame,time_secs,x,y,visibility,confidence,visible,probability\n"));
}

#[test]
fn measures_are_undone_like_every_edit() {
    let mut store = example();
    let mut history = History::default();
    let before = store.edits().clone();
    store.apply(&Edit::Measure(Box::default())).unwrap();
    history.record("measure", before, false);
    assert!(store.measures().is_empty());
    assert_eq!(history.undo(&mut store), Some("measure"));
    assert_eq!(store.measured().unwrap().value(Quantity::Distance([TrackId(0), TrackId(1)]), FrameIndex(0)), Some(1.0));
    let wrong = Setup { capture_rate: Some(-1.0), ..Setup::default() };
    let refused = store.apply(&Edit::Measure(Box::new(Measures { setup: wrong, ..Measures::default() })));
    assert_eq!(
        refused.unwrap_err().to_string(),
        "the capture rate must be above 0 and at most 1000000 frames per second"
    );
}
