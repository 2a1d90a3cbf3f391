//! Points and tracks that come from a table.

use super::Window;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use std::path::{Path, PathBuf};

/// A window with a clip; the dialog answers with a table of this content.
fn window_with(folder: &tempfile::TempDir, name: &str, content: &str) -> Window {
    let path: PathBuf = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    let mut window = Window::start(Some(Path::new("clip.mp4")), vec![path]);
    window.wait_for_part("Video, frame 0 of");
    window.key_with(Modifiers::COMMAND, Key::O); // as dropping it on the window
    window
}

#[test]
fn a_table_of_points_is_followed() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window_with(&folder, "points.csv", "name;y;x;frame\nlamp;20,5;30;0\n;40;50;3\n");
    window.wait_for_part("2 points imported");
    window.wait_for_part("lamp, ");
    window.wait_for_part("point 2, ");
    window.wait("they are tracked", |harness| harness.query_by_label("Stop").is_none());
}

#[test]
fn tracks_come_in_as_they_are_and_can_be_undone() {
    let folder = tempfile::tempdir().unwrap();
    let rows = (0..20).map(|t| format!("nose,{t},{},40,{}\n", 20 + t, u8::from(t != 19))).collect::<Vec<_>>().concat();
    let mut window = window_with(&folder, "tracks.csv", &format!("track,frame,x,y,visible\n{rows}"));
    window.wait_for_part("1 track imported");
    window.wait_for_part("nose, visible");
    window.key(Key::End);
    window.wait_for_part("Video, frame 23 of");
    window.wait_for_part("nose, ");
    assert!(!window.has_part("nose, visible"), "it has nothing there");
    window.key_with(Modifiers::COMMAND, Key::Z);
    window.wait_for_part("No points yet.");
}

#[test]
fn a_table_that_does_not_fit_the_clip_is_explained() {
    for (content, cause) in [
        ("frame,x,y\n99,30,20\n", "point 1 is on frame 99, the clip has frames 0 to 23"),
        ("frame,x,y\n0,30,200\n", "point 1 (30, 200) is outside the picture of 96x72"),
        ("x,y\n30,20\n", "no column for the frame"),
        ("frame,x,y\n", "the table has no points"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut window = window_with(&folder, "points.csv", content);
        window.wait_for_part("Nothing was imported: ");
        assert!(window.has_part(cause), "{content}");
        assert!(window.has_part("No points yet."));
    }
}

#[test]
fn a_points_menu_lets_it_end_outside() {
    let folder = tempfile::tempdir().unwrap();
    let rows = (0..20).map(|t| format!("nose,{t},{},40\n", 90 - 10 * t)).collect::<Vec<_>>().concat();
    let mut window = window_with(&folder, "tracks.csv", &format!("track,frame,x,y\n{rows}"));
    window.wait_for_part("nose, visible");
    (0..12).for_each(|_| window.key(Key::ArrowRight));
    window.wait_for_part("Video, frame 12 of");
    window.wait_for_part("nose, hidden");
    window.choose("nose", "Outside the picture");
    window.wait_for_label("End");
    window.press("End");
    window.wait("it has ended", |harness| harness.query_all_by_label_contains("nose, hidden").next().is_none());
}
