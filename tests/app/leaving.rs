//! What becomes of a camera's tracks when it is closed, and of those that a window left that ended without a word.

use super::live::cameras;
use super::{PATIENCE, Window};
use cotrail::app::Cameras;
use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use std::path::Path;
use std::time::{Duration, Instant};

const QUESTION: &str = "Export the camera's tracks first?";
const START_PAGE: &str = "Follow any point through a video";

fn cameras_in(folder: &Path) -> Cameras {
    let (cameras, ..) = cameras(&folder.join("recordings"));
    Cameras { streams: Some(folder.join("streams")), ..cameras }
}

/// A camera with one point that was followed for some frames.
fn followed(folder: &Path) -> Window {
    let mut window = Window::start_with_cameras(Some(Path::new("camera:0")), cameras_in(folder));
    window.wait_until_followed();
    let centre = window.live_canvas().center();
    window.click_at(centre + vec2(-80.0, 20.0));
    window.wait_for_part("points: 1, point 1 selected at ");
    window.wait_for_frames();
    window
}

fn num_rows(folder: &Path) -> usize {
    std::fs::read_to_string(folder.join("camera_tracks.csv")).map_or(0, |table| table.lines().count() - 1)
}

impl Window {
    fn is_asked(&mut self) {
        self.wait_for_label(QUESTION);
    }

    /// Of the question or of the banner; the bar at the top has a button of the same name.
    fn press_export(&mut self) {
        (0..2).for_each(|_| self.harness.step()); // a dialog that has just opened finds its place
        self.harness
            .query_all_by_label("Export…")
            .rfind(|node| !node.accesskit_node().is_disabled())
            .expect("there is such a button")
            .click();
        self.harness.step();
    }

    pub(super) fn run_command(&mut self, name: &str) {
        self.open_palette();
        self.type_text(name);
        self.key(Key::Enter);
    }
}

#[test]
fn a_camera_without_tracks_closes_at_once_and_one_with_tracks_asks() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = Window::start_with_cameras(Some(Path::new("camera:0")), cameras_in(folder.path()));
    window.wait_until_followed();
    window.press("Close camera");
    window.wait_for_label(START_PAGE);
    drop(window);

    let mut window = followed(folder.path());
    window.press("Close camera");
    window.is_asked();
    window.press("Cancel");
    window.wait("the question is gone", |harness| harness.query_by_label(QUESTION).is_none());
    window.wait_for_frames();
    assert!(window.has_part("points: 1"));
    // Another camera, or another format of this one, would lose as much.
    window.run_command("camera…");
    window.wait_for_label("Desk camera (camera:0)");
    window.press("Desk camera (camera:0)");
    window.is_asked();
    window.press("Cancel");
    window.key_with(Modifiers::COMMAND, Key::W);
    window.is_asked();
    // A slip.
    window.press("Don't export");
    window.wait_for_label(START_PAGE);
    window.run_command("Export the last camera");
    window.wait_for_label("Export live tracks");
    window.press("Export");
    window.wait_for_part("Exported camera_tracks.csv.");
    assert!(num_rows(folder.path()) >= 1);
}

#[test]
fn tracks_are_exported_before_the_camera_closes() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = followed(folder.path());
    window.press("Close camera");
    window.is_asked();
    window.press_export();
    window.wait_for_label("Export live tracks");
    window.press("Cancel");
    window.wait_for_frames();
    assert!(window.has_part("points: 1"), "given up: nothing is closed");
    window.press("Close camera");
    window.is_asked();
    window.press_export();
    window.wait_for_label("Export live tracks");
    window.press("Export");
    window.wait_for_label(START_PAGE);
    window.wait_for_part("Exported camera_tracks.csv.");
    assert!(num_rows(folder.path()) >= 1);
}

#[test]
fn the_window_does_not_close_over_live_tracks_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = followed(folder.path());
    assert!(window.is_close_refused());
    window.is_asked();
    window.press("Cancel");
    window.wait("the question is gone", |harness| harness.query_by_label(QUESTION).is_none());
    assert!(window.is_close_refused());
    window.is_asked();
    window.press("Don't export");
    assert!(!window.is_close_refused());
    // Unwanted tracks are not offered; a slip can still be mended.
    drop(window);
    let mut window = Window::start_with_cameras(None, cameras_in(folder.path()));
    window.wait_for_label(START_PAGE);
    let deadline = Instant::now() + PATIENCE;
    while !window.has_part("Export live tracks") {
        assert!(Instant::now() < deadline, "the last camera's tracks are not there");
        window.run_command("Export the last camera");
        window.harness.step();
        if !window.has_part("Export live tracks") {
            window.key(Key::Escape);
        }
    }
    assert!(!window.has_part("Tracks of a camera were left behind"));
}

#[test]
fn tracks_that_a_window_left_are_offered_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let window = followed(folder.path());
    drop(window); // without a word
    let mut window = Window::start_with_cameras(None, cameras_in(folder.path()));
    window.wait_for_part("Tracks of a camera were left behind: Desk camera, 1 point, ");
    window.press_export();
    window.wait_for_label("Export live tracks");
    window.press("Export");
    window.wait_for_part("Exported camera_tracks.csv.");
    assert!(num_rows(folder.path()) >= 1);
    window.wait("it is offered no more", |harness| {
        harness.query_all_by_label_contains("Tracks of a camera were left behind").next().is_none()
    });
    let deadline = Instant::now() + PATIENCE;
    while std::fs::read_dir(folder.path().join("streams")).unwrap().count() > 0 {
        assert!(Instant::now() < deadline, "the files stay");
        std::thread::sleep(Duration::from_millis(5)); // another thread removes them
    }
    drop(window);

    drop(followed(folder.path()));
    let mut window = Window::start_with_cameras(None, cameras_in(folder.path()));
    window.wait_for_part("Tracks of a camera were left behind");
    window.press("Discard");
    window.wait("it is gone", |harness| {
        harness.query_all_by_label_contains("Tracks of a camera were left behind").next().is_none()
    });
}
