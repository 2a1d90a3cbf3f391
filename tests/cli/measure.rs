//! `cotrail measure`: tables and projects in units of the scene.

use super::fixtures::{cotrail, folder, stderr_of, text};
use assert_cmd::Command;
use cotrail::geometry::{FrameIndex, SourcePoint};
use cotrail::measure::{Scale, Setup};
use cotrail::project::{Project, SavedClip, SavedView};
use cotrail::tracks::{Measures, Quantity, TrackId, TrackStore, read_tracks};
use std::path::Path;
use tempfile::TempDir;

const NUM_FRAMES: usize = 12;

/// A folder of pictures, and a table of three points on it: a hip that stands at (20, 20), a knee that moves down by 1
/// pixel a frame from (20, 30), an ankle to the right of the knee; the knee is hidden on frame 11.
fn tracked() -> TempDir {
    let folder = folder(NUM_FRAMES);
    let mut table = "track,name,frame,x,y,visible\n".to_owned();
    for frame in 0..NUM_FRAMES {
        let y = 30 + frame;
        let visible = u8::from(frame != 11);
        table += &[
            format!("0,hip,{frame},20,20,1\n"),
            format!("1,knee,{frame},20,{y},{visible}\n"),
            format!("2,ankle,{frame},50,{y},1\n"),
        ]
        .concat();
    }
    std::fs::write(folder.path().join("t.csv"), table).unwrap();
    folder
}

fn measure(folder: &Path, words: &str) -> Command {
    let mut command = cotrail();
    command.current_dir(folder).arg("measure").args(words.split_whitespace());
    command
}

/// The columns of a CSV table by name.
fn columns(csv: &[u8]) -> Vec<(String, Vec<Option<f64>>)> {
    let mut reader = csv::Reader::from_reader(csv);
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let column = |(i, name): (usize, String)| (name, rows.iter().map(|row| row[i].parse().ok()).collect());
    names.into_iter().enumerate().map(column).collect()
}

fn column<'a>(columns: &'a [(String, Vec<Option<f64>>)], name: &str) -> &'a [Option<f64>] {
    let found = columns.iter().find(|(known, _)| known == name);
    &found.unwrap_or_else(|| panic!("no {name} in {:?}", columns.iter().map(|c| &c.0).collect::<Vec<_>>())).1
}

fn close(value: Option<f64>, wanted: f64) -> bool {
    value.is_some_and(|value| (value - wanted).abs() < 1e-5)
}

#[test]
fn a_table_is_measured_in_one_line() {
    let folder = tracked();
    // 50 pixels are 2 m; 20 frames a second, filmed at 40.
    let words = "t.csv --clip frames --fps 20 --capture-rate 40 --line 0,0,0,50=2m --origin 20,20 --smooth 5 \
                 --distance hip,knee --angle hip,knee,ankle --out knee.csv --out knee.json";
    let output = measure(folder.path(), words).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let sheet = columns(&std::fs::read(folder.path().join("knee.csv")).unwrap());
    assert!(close(column(&sheet, "scene_secs")[2], 0.05) && close(column(&sheet, "time_secs")[2], 0.1));
    assert!(close(column(&sheet, "knee_y_m")[5], -0.04 * 15.0), "y goes up");
    let speed = column(&sheet, "knee_speed_m_per_s_savgol_5_2");
    assert!(close(speed[0], 0.04 * 40.0) && close(speed[10], 1.6) && speed[11].is_none());
    assert!(close(column(&sheet, "knee_vy_m_per_s_savgol_5_2")[5], -1.6));
    assert!(close(column(&sheet, "knee_acceleration_m_per_s2_savgol_5_2")[5], 0.0));
    assert!(close(column(&sheet, "distance_hip_knee_m")[10], 0.04 * 20.0));
    let angle = column(&sheet, "angle_hip_knee_ankle_deg");
    assert!(close(angle[0], 90.0) && angle[11].is_none());
    let json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("knee.json")).unwrap()).unwrap();
    let smoothing = json["measured"]["smoothing"].as_str().unwrap();
    assert_eq!(smoothing, "velocities and accelerations: Savitzky–Golay, window 5 frames, order 2");
    assert_eq!((json["measured"]["unit"].as_str(), json["quantities"][1]["unit"].as_str()), (Some("m"), Some("°")));
    assert!(close(json["velocities"][1][5][1].as_f64(), -1.6) && json["places"][1][11].is_null());
    let words = "knee.json --fps 20 --angle hip,knee,ankle --chart angle=a.svg --chart y=y.csv";
    let output = measure(folder.path(), words).output().unwrap();
    assert!(output.status.success() && output.stdout.is_empty(), "{}", text(&output.stderr));
    let svg = std::fs::read_to_string(folder.path().join("a.svg")).unwrap();
    assert!(svg.contains("angle hip, knee, ankle") && svg.contains("Angle (°)"));
    let ys = columns(&std::fs::read(folder.path().join("y.csv")).unwrap());
    assert!(close(column(&ys, "y knee (px)")[0], 41.0) && column(&ys, "y knee (px)")[11].is_none());
    // A JSON table names its clip; what it was measured with is asked for anew.
    let output = measure(folder.path(), "knee.json --fps 20").output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(close(column(&columns(&output.stdout), "knee_y_px")[0], 41.0), "pixels above the lowest row of 72");
}

#[test]
fn a_project_knows_how_it_is_measured() {
    let folder = tracked();
    let mut store = TrackStore::new();
    store.add_tracks(&read_tracks(&folder.path().join("t.csv")).unwrap());
    let (at, ids) = (SourcePoint::new, [0, 1, 2].map(TrackId));
    let corners = [at(0.0, 50.0), at(50.0, 50.0), at(50.0, 0.0), at(0.0, 0.0)];
    let scale = Scale::Plane { corners, width: 2.0, height: 4.0 };
    let setup = Setup { scale, unit: "ft".to_owned(), ..Setup::default() };
    let quantities = vec![Quantity::Angle(ids)];
    store.set_measures(Measures { setup, quantities, edges: vec![[ids[0], ids[1]]] }).unwrap();
    let path = folder.path().join("work.cotrail");
    let clip = SavedClip::describe(&folder.path().join("frames"), NUM_FRAMES, &path);
    let project = Project { clip, tracking: None, view: SavedView::default(), tracks: store.to_saved(), origin: None };
    project.write(&path, true).unwrap();
    let again = TrackStore::from_saved(Project::read(&path).unwrap().tracks).unwrap();
    assert_eq!(again.measures(), store.measures());
    let output = measure(folder.path(), "work.cotrail --out all.csv --out long.npz").output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let sheet = columns(&std::fs::read(folder.path().join("all.csv")).unwrap());
    assert!(close(column(&sheet, "hip_x_ft")[3], 0.8) && close(column(&sheet, "hip_y_ft")[3], 2.4));
    assert!(close(column(&sheet, "angle_hip_knee_ankle_deg")[3], 90.0));
    let mut npz = ndarray_npy::NpzReader::new(std::fs::File::open(folder.path().join("long.npz")).unwrap()).unwrap();
    let angles: ndarray::Array2<f32> = npz.by_name("quantities").unwrap();
    assert!(angles.shape() == [1, NUM_FRAMES] && (angles[[0, 3]] - 90.0).abs() < 1e-3 && angles[[0, 11]].is_nan());
    let window: ndarray::Array1<i64> = npz.by_name("savgol_window_order").unwrap();
    assert_eq!(window.to_vec(), [7, 2]);
    assert_eq!(store.sample(ids[1], FrameIndex(3)), again.sample(ids[1], FrameIndex(3)));
}

#[test]
fn what_makes_no_sense_is_said() {
    let folder = tracked();
    for (words, said) in [
        ("t.csv", "--clip is needed"),
        ("t.csv --clip frames --angle hip,knee", "the names of 3 different points"),
        ("t.csv --clip frames --angle hip,knee,hip", "3 different points"),
        ("t.csv --clip frames --distance hip,toe", "no point is called toe; there are hip, knee, ankle"),
        ("t.csv --clip frames --line 5,5,5,5=1m", "the same place"),
        ("t.csv --clip frames --plane 0,0,9,9,9,0,0,9=1x1m", "must go around the plane"),
        ("t.csv --clip frames --line 0,0,9,9=1", "expected x,y,x,y=length"),
        ("t.csv --clip frames --smooth 4", "an odd number"),
        ("t.csv --clip frames --out t.csv", "would replace what is measured"),
    ] {
        let said_really = stderr_of(measure(folder.path(), words), 2);
        assert!(said_really.contains(said), "{words}: {said_really}");
    }
    let stderr = stderr_of(measure(folder.path(), "nothing.csv --clip frames"), 1);
    assert!(stderr.contains("nothing.csv"), "{stderr}");
}
