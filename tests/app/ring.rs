//! The last seconds of a camera in the window: browsed, edited, saved.

use super::Window;
use super::live::{cameras, frame};
use cotrail::app::Memory;
use cotrail::project::Places;
use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use std::path::Path;

/// The camera with some frames to browse.
fn running(folder: &Path) -> Window {
    let mut window = Window::start_with_cameras(Some(Path::new("camera:0")), cameras(folder).0);
    window.wait_until_followed();
    (0..8).for_each(|_| window.wait_for_frames()); // a camera of a test is quick
    window
}

impl Window {
    fn wait_for_frame(&mut self, what: &str, is_so: impl Fn(u32) -> bool) -> u32 {
        self.wait(what, |harness| {
            let label = harness.query_by_label_contains("Camera, frame ").and_then(|n| n.accesskit_node().label());
            let number = label.and_then(|label| label.strip_prefix("Camera, frame ")?.split_once(',')?.0.parse().ok());
            number.is_some_and(&is_so)
        });
        frame(self).unwrap()
    }

    pub(super) fn freeze(&mut self) {
        self.key(Key::Space);
        self.wait_for_part(", frozen, points: ");
        for _ in 0..10 {
            self.harness.step(); // what came before the stream heard of it
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }
}

#[test]
fn a_frozen_picture_is_browsed_and_points_are_added_on_an_earlier_frame() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = running(folder.path());
    window.freeze();
    let newest = frame(&window).unwrap();
    assert!(!window.has_part("seconds old"));
    window.key(Key::ArrowLeft);
    let before = window.wait_for_frame("a frame back", |number| number < newest);
    window.key(Key::ArrowRight);
    window.wait_for_frame("and on", |number| number == newest);
    window.key_with(Modifiers::SHIFT, Key::ArrowLeft);
    let strip = window.harness.query_by_label_contains(" seconds, frame ").unwrap().accesskit_node().label().unwrap();
    let (place, num_frames) = strip.split_once("frame ").unwrap().1.split_once(" of ").unwrap();
    let [place, num_frames] = [place, num_frames].map(|number| number.parse::<usize>().unwrap());
    assert_eq!(place, num_frames - 10, "ten frames back");
    window.key(Key::Home);
    let oldest = window.wait_for_frame("the oldest one", |number| number < before);
    window.wait_for_part("The picture is ");
    assert!(window.has_part(", frame 1 of "), "the strip says where it is");
    let centre = window.live_canvas().center();
    window.click_at(centre + vec2(40.0, 20.0));
    window.wait_for_part("points: 1, point 1 selected at ");
    assert_eq!(frame(&window), Some(oldest), "on the frame that is shown");
    window.key(Key::End);
    window.wait_for_frame("the newest one", |number| number == newest);
    window.wait_for_part("points: 1"); // wherever the tiny network thinks that it is
    window.press("LIVE");
    window.wait("it goes on", |harness| harness.query_all_by_label_contains(", frozen").next().is_none());
    window.wait_for_frames();
    assert!(window.has_part("points: 1"), "the point is followed with the others");
    // Keys of the transport freeze a running picture; Alt+Right leads back.
    window.key_with(Modifiers::SHIFT, Key::ArrowLeft);
    window.wait_for_part(", frozen, points: ");
    window.key_with(Modifiers::ALT, Key::ArrowRight);
    window.wait("it goes on", |harness| harness.query_all_by_label_contains(", frozen").next().is_none());
}

#[test]
fn the_last_seconds_and_a_snapshot_go_into_the_folder_of_recordings() {
    let folder = tempfile::tempdir().unwrap();
    let (usual, other) = (folder.path().join("usual"), folder.path().join("other"));
    let mut window = running(&usual);
    window.press("More");
    window.wait_for_part("Save the last seconds");
    (0..3).for_each(|_| window.harness.step()); // the menu finds its size
    window.press("Save the last seconds "); // as a menu entry without a key is called
    window.wait_for_part("camera 1.mp4 and camera 1.tracks.jsonl in ");
    assert!(usual.join("camera 1.mp4").exists());
    window.key(Key::Escape);
    // There is no dialog here: the folder is typed.
    window.open_palette();
    window.type_text("recordings go");
    window.key(Key::Enter);
    window.wait_for_label("Recordings go to");
    window.key_with(Modifiers::COMMAND, Key::A);
    window.type_text(other.to_str().unwrap());
    window.press("Choose");
    window.key_with(Modifiers::SHIFT, Key::Enter);
    window.wait_for_part("Wrote camera 1.png in ");
    let bytes = std::fs::read(other.join("camera 1.png")).unwrap();
    let side = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    assert_eq!((&bytes[1..4], side(16), side(20)), (&b"PNG"[..], 96, 72), "the picture as the camera gave it");
}

#[test]
fn what_the_line_says_is_seen_when_the_pointer_moves_and_goes_after_a_while() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = running(folder.path());
    window.freeze();
    window.wait("the line goes", |harness| harness.query_all_by_label_contains("camera · ").next().is_none());
    let centre = window.live_canvas().center();
    window.move_to(centre);
    window.move_to(centre + vec2(9.0, 9.0));
    assert!(window.has_part("camera · 96×72 · in "));
    // A click there opens the details and places no point.
    let line = window.harness.query_all_by_label_contains("camera · 96×72 · in ").next().unwrap().rect().center();
    window.click_at(line);
    window.wait_for_part("Capture and decode");
    assert!(window.has_part("points: 0"));
}

#[test]
fn mirror_and_folder_are_there_again_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let places = Places::at(&folder.path().join("data"));
    let other = folder.path().join("other");
    let start = |dialogs| {
        let memory = Memory::load(Some(places.clone()));
        let cameras = cameras(&folder.path().join("usual")).0;
        let mut window = Window::start_all(Some(Path::new("camera:0")), dialogs, super::nowhere(), memory, cameras);
        window.wait_until_followed();
        window
    };
    let mut window = start(vec![other.clone()]);
    window.key_with(Modifiers::SHIFT, Key::M);
    window.open_palette();
    window.type_text("recordings go");
    window.key(Key::Enter);
    window.press("More");
    window.wait_for_part(other.to_str().unwrap());
    window.harness.step(); // what was chosen is taken note of
    window.end();
    let mut window = start(Vec::new());
    window.key_with(Modifiers::SHIFT, Key::Enter);
    window.wait_for_part(&format!("Wrote camera 1.png in {}", other.display()));
    let kept = cotrail::project::Settings::load(&places.settings()).0.app;
    assert_eq!(kept["camera"]["is_mirrored"], true, "{kept}");
}
