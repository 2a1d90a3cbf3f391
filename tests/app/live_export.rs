//! The live tracks into tables, while the camera goes on.

use super::Window;
use super::live::cameras;
use egui::{Key, Modifiers, vec2};
use std::path::Path;

#[test]
fn live_tracks_are_exported_while_the_camera_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (cameras, ..) = cameras(&folder.path().join("recordings"));
    let mut window = Window::start_with_cameras(Some(Path::new("camera:0")), cameras);
    window.wait_until_followed();
    window.key_with(Modifiers::COMMAND, Key::E);
    window.harness.step();
    assert!(!window.has_part("Export live tracks"), "there is nothing to export yet");
    let centre = window.live_canvas().center();
    window.click_at(centre + vec2(-80.0, 20.0));
    window.wait_for_part("points: 1, point 1 selected at ");
    window.wait_for_frames();
    // A point that was deleted is exported, too.
    window.key(Key::Delete);
    window.wait_for_part("points: 0");
    window.click_at(centre + vec2(60.0, 20.0));
    window.wait_for_part("points: 1, point 2 selected at ");
    window.wait_for_frames();
    window.key_with(Modifiers::COMMAND, Key::E);
    window.wait_for_part("Export live tracks");
    window.wait_for_part("2 points, up to now");
    window.press("JSON (.json)");
    window.press("Export");
    window.wait_for_part("Exported camera_tracks.csv, camera_tracks.json.");
    let table = std::fs::read_to_string(folder.path().join("camera_tracks.csv")).unwrap();
    let rows = |name: &str| table.lines().filter(|row| row.contains(name)).count();
    assert!(rows(",point 1,") >= 4 && rows(",point 2,") >= 4, "{table}");
    let json = std::fs::read_to_string(folder.path().join("camera_tracks.json")).unwrap();
    assert!(json.contains("\"path\":\"Desk camera\"") && json.contains("\"mode\":\"live\""), "{json}");
    window.wait_for_frames();
}
