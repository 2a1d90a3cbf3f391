//! `cotrail track project.cotrail`: what was tracked in the window is tracked once more.

use super::fixtures::{NUM_FRAMES, Row, cotrail, folder, golden_path, rows, stderr_of, text, track};
use crate::session::rig::Rig;
use assert_cmd::Command;
use cotrail::geometry::{FrameIndex, SourcePoint};
use cotrail::media::ClipSource;
use cotrail::project::{Project, SavedClip, SavedView};
use cotrail::session::{Event, RunEnd};
use cotrail::tracks::{Edit, Query, TrackStore};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

const NAME: &str = "work.cotrail";
/// Where a point is put by hand.
const BY_HAND: SourcePoint = SourcePoint::new(41.5, 33.25);

fn query(frame: u32, x: f32, y: f32) -> Query {
    Query { frame: FrameIndex(frame), point: SourcePoint::new(x, y) }
}

/// Points that a session has followed: two together, one alone and corrected twice, one that ends early; saved beside
/// the clip.
fn worked_on(folder: &Path) -> TrackStore {
    let mut rig = Rig::start_on(Arc::new(ClipSource::open), Some(golden_path("tiny.safetensors")));
    rig.open_path(&folder.join("frames"));
    let mut runs = vec![rig.session.add_points(vec![query(0, 20.0, 30.0), query(9, 60.0, 40.0)]).unwrap().0];
    let (alone, ids) = rig.session.add_points(vec![query(3, 40.0, 30.0)]).unwrap();
    let (short, cleared) = rig.session.add_points(vec![query(0, 70.0, 20.0)]).unwrap();
    runs.extend([alone, short]);
    runs.push(rig.session.correct(ids[0], FrameIndex(20), BY_HAND).unwrap());
    runs.push(rig.session.correct(ids[0], FrameIndex(11), BY_HAND).unwrap());
    for run in &runs {
        rig.wait_for_end(*run, &RunEnd::Finished { num_missing: 0 });
    }
    rig.wait("tracking ends", |session, _| session.clip().unwrap().num_active_runs() == 0);
    rig.session.edit(&Edit::ClearAfter { tracks: cleared, frame: FrameIndex(8) }).unwrap();
    let tracks = TrackStore::clone(rig.session.clip().unwrap().tracks());
    save(folder, &tracks);
    tracks
}

fn save(folder: &Path, tracks: &TrackStore) {
    let path = folder.join(NAME);
    let clip = SavedClip::describe(&folder.join("frames"), NUM_FRAMES, &path);
    let project = Project { clip, tracking: None, view: SavedView::default(), tracks: tracks.to_saved(), origin: None };
    project.write(&path, true).unwrap();
}

/// `cotrail track work.cotrail` with the weights of the session by their name, and its precision.
fn repeat(folder: &Path, words: &str) -> Command {
    let mut command = cotrail();
    command.current_dir(folder).args(["track", NAME, "--device", "cpu", "--precise"]).args(words.split_whitespace());
    command.env("COTRAIL_WEIGHTS", golden_path(""));
    command
}

fn projected() -> (TempDir, TrackStore) {
    let folder = folder(NUM_FRAMES);
    let tracks = worked_on(folder.path());
    (folder, tracks)
}

#[test]
fn a_project_gives_the_tracks_that_the_window_had() {
    let (folder, tracks) = projected();
    let json_path = folder.path().join("t.json");
    let output = repeat(folder.path(), "--out t.json --out t.csv").output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(!text(&output.stderr).contains("warning"), "{}", text(&output.stderr));
    let rows = rows(&std::fs::read(folder.path().join("t.csv")).unwrap());
    let num_rows = compare(&rows, &tracks);
    assert!(num_rows == rows.len() && num_rows > 80, "{num_rows}");
    for frame in [11, 20] {
        assert_eq!((rows[&(2, frame)].x, rows[&(2, frame)].y), (BY_HAND.x, BY_HAND.y));
    }
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(json_path).unwrap()).unwrap();
    let runs = json["runs"].as_array().unwrap();
    assert!(runs.len() == 7 && runs.iter().all(|run| run["support_grid"] == 2), "{runs:?}");
    assert_eq!(json["track_runs"][0], json["track_runs"][1], "these were tracked together");
    assert_eq!(json["track_runs"][2], serde_json::json!([[0, 1], [3, 1, 6], [11, 5, 4], [20, 3]]));
    assert_eq!(json["corrections"][2], serde_json::json!([[11, 41.5, 33.25], [20, 41.5, 33.25]]));
    assert_eq!(json["settings"]["support_grid"], 2);
}

/// Every sample has its row; returns how many there are.
fn compare(rows: &std::collections::BTreeMap<(usize, usize), Row>, tracks: &TrackStore) -> usize {
    let mut num_rows = 0;
    for (place, track) in tracks.tracks().enumerate() {
        let frames = FrameIndex(0)..=FrameIndex::new(NUM_FRAMES - 1);
        for (frame, sample) in tracks.samples_of(track.id, frames) {
            let row = rows.get(&(place, frame.get()));
            assert_eq!(row.is_some(), sample.is_some(), "track {place}, frame {frame}");
            let (Some(row), Some(sample)) = (row, sample) else { continue };
            let distance = (row.x - sample.point.x).abs().max((row.y - sample.point.y).abs());
            assert!(distance < 1e-3, "track {place}, frame {frame}: {row:?}, not {sample:?}");
            num_rows += 1;
        }
    }
    num_rows
}

#[test]
fn what_was_seen_at_once_is_seen_so_again_both_ways() {
    let folder = folder(NUM_FRAMES);
    let mut rig = Rig::start_on(Arc::new(ClipSource::open), Some(golden_path("tiny.safetensors")));
    rig.open_path(&folder.path().join("frames"));
    let options = |event: &Event| if let Event::ModelReady(info) = event { Some(info.options.clone()) } else { None };
    let mut model = None;
    rig.wait("the network is ready", |_, events| {
        model = events.iter().find_map(options);
        model.is_some()
    });
    let mut model = model.unwrap();
    model.tracker.span_bytes = Some(1 << 30);
    rig.session.set_model(model).unwrap();
    rig.session.set_both_ways(true);
    let (_, ids) = rig.session.add_points(vec![query(9, 20.0, 30.0), query(20, 60.0, 40.0)]).unwrap();
    rig.session.correct(ids[1], FrameIndex(30), BY_HAND).unwrap();
    rig.wait("tracking ends", |session, _| session.clip().unwrap().num_active_runs() == 0);
    let tracks = TrackStore::clone(rig.session.clip().unwrap().tracks());
    save(folder.path(), &tracks);
    let output = repeat(folder.path(), "--out t.json --out t.csv").output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let rows = rows(&std::fs::read(folder.path().join("t.csv")).unwrap());
    assert_eq!((compare(&rows, &tracks), rows.len()), (2 * NUM_FRAMES, 2 * NUM_FRAMES));
    let json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("t.json")).unwrap()).unwrap();
    let runs = json["runs"].as_array().unwrap();
    assert!(json["settings"]["mode"] == "offline" && runs.iter().all(|run| run["mode"] == "offline"), "{runs:?}");
}

#[test]
fn company_and_support_matter_so_that_all_points_at_once_are_elsewhere() {
    let (folder, tracks) = projected();
    let repeated = rows(&repeat(folder.path(), "").output().unwrap().stdout);
    let points: Vec<String> = tracks
        .tracks()
        .map(|track| format!("--point {},{},{}", track.query.frame, track.query.point.x, track.query.point.y))
        .collect();
    let together = rows(&track(folder.path(), &format!("frames {}", points.join(" "))).output().unwrap().stdout);
    assert!((repeated[&(0, 36)].x - together[&(0, 36)].x).abs() > 1e-3, "else the test above claims nothing");
}

#[test]
fn a_part_of_a_project_is_written_but_all_of_it_is_tracked() {
    let (folder, _) = projected();
    let whole = rows(&repeat(folder.path(), "").output().unwrap().stdout);
    let part = rows(&repeat(folder.path(), "--start 10 --end 12").output().unwrap().stdout);
    assert_eq!(part.keys().map(|(_, frame)| *frame).collect::<std::collections::BTreeSet<_>>(), (10..=12).collect());
    assert!(part.iter().all(|(key, row)| whole[key] == *row));
}

#[test]
fn what_keeps_a_project_from_being_repeated_is_said() {
    let (folder, mut tracks) = projected();
    let weights = golden_path("tiny.safetensors");
    let other: PathBuf = folder.path().join("other.safetensors");
    let mut bytes = std::fs::read(&weights).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&other, bytes).unwrap();
    let mut command = repeat(folder.path(), "--quiet --out other.csv --weights");
    command.arg(&other);
    let stderr = stderr_of(command, 0);
    assert!(stderr.starts_with("warning: the project was tracked with other weights: tiny (SHA-256 "), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "once: {stderr}");

    let mut nameless = repeat(folder.path(), "");
    nameless.env_remove("COTRAIL_WEIGHTS");
    let stderr = stderr_of(nameless, 1);
    assert!(stderr.contains("tracked with the weights tiny; --weights names others"), "{stderr}");

    let query = query(0, 5.0, 5.0);
    let sample = cotrail::tracks::Sample::by_hand(query.point);
    let imported = cotrail::tracks::ImportedTrack {
        name: Some("from a table".into()),
        query,
        samples: vec![(query.frame, sample)],
    };
    tracks.add_tracks(std::slice::from_ref(&imported));
    save(folder.path(), &tracks);
    let output = repeat(folder.path(), "--quiet").output().unwrap();
    assert!(text(&output.stderr).contains("they stay as they are: from a table"), "{}", text(&output.stderr));
    assert_eq!(rows(&output.stdout)[&(4, 0)].x, 5.0);

    let mut unknown = TrackStore::new();
    unknown.add_tracks(&[imported]);
    save(folder.path(), &unknown);
    let stderr = stderr_of(repeat(folder.path(), ""), 1);
    assert!(stderr.contains("does not say how its points were tracked"), "{stderr}");

    save(folder.path(), &tracks);
    std::fs::write(folder.path().join("frames/9999.png"), b"no picture").unwrap();
    let stderr = stderr_of(repeat(folder.path(), "--end 3"), 0);
    assert!(stderr.contains("warning: the clip is not what the project was made with"), "{stderr}");
    std::fs::rename(folder.path().join("frames"), folder.path().join("gone")).unwrap();
    let stderr = stderr_of(repeat(folder.path(), ""), 1);
    assert!(stderr.contains("the clip of the project is missing") && stderr.contains("frames"), "{stderr}");
    let bytes = std::fs::read(folder.path().join(NAME)).unwrap();
    std::fs::write(folder.path().join(NAME), &bytes[..bytes.len() / 2]).unwrap();
    assert!(stderr_of(repeat(folder.path(), ""), 1).contains("cut off"));
    assert!(stderr_of(repeat(folder.path(), "--grid 2"), 2).contains("--grid is in the project"));
}
