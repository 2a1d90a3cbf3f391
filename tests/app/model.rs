//! The model panel: another model in a running window, and fetching one.

use super::Window;
use crate::weights::server::{Reply, Server};
use cotrail::app::Memory;
use cotrail::project::Places;
use cotrail::weights::Settings;
use egui::vec2;
use egui_kittest::kittest::{NodeT, Queryable};
use std::path::Path;
use std::time::Duration;

fn golden(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// Fetched weights go into `folder`, from `endpoint`.
fn settings(folder: &Path, endpoint: &str) -> Settings {
    let (folder, endpoint) = (Some(folder.join("weights")), endpoint.to_owned());
    Settings { folder, endpoint, is_offline: false, patience: Duration::from_mins(1) }
}

/// A window on a clip, with the panel open and everything looked up.
fn with_panel(settings: Settings) -> Window {
    let mut window = Window::start_with(Some(Path::new("clip.mp4")), Vec::new(), settings, Memory::default());
    window.wait_for_part("Video, frame 0 of");
    window.wait_for_part("tiny weights");
    window.key_with(egui::Modifiers::COMMAND.plus(egui::Modifiers::SHIFT), egui::Key::M);
    window.wait_for_part("In use: tiny on CPU");
    window.wait_for_part("comes with Cotrail · Apache");
    window
}

fn type_path(window: &mut Window, path: &Path) {
    window.press("A file of your own");
    window.harness.step();
    window.harness.get_by_label("Path of the weights").focus();
    window.harness.step();
    window.key_with(egui::Modifiers::COMMAND, egui::Key::A);
    window.harness.event(egui::Event::Text(path.display().to_string()));
    window.harness.step();
}

/// Presses what may lie further down in the panel.
fn choose(window: &mut Window, label: &str) {
    window.harness.get_by_label(label).scroll_to_me();
    for _ in 0..3 {
        window.harness.step();
    }
    window.press(label);
}

#[test]
fn another_model_follows_the_points_that_come_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = with_panel(settings(folder.path(), "http://127.0.0.1:1"));
    type_path(&mut window, &golden("tiny.pth"));
    choose(&mut window, "CPU");
    choose(&mut window, "Quick (2)");
    window.press("Use this model");
    window.wait_for_part("Points are now followed with tiny on CPU");
    window.press("Close");
    window.wait("the panel is closed", |harness| harness.query_by_label("Quality and speed").is_none());
    window.click_picture(egui::vec2(-40.0, 10.0));
    window.wait_for_part("point 1, ");
    window.wait("tracking is over", |harness| harness.query_by_label("Stop").is_none());
    // The status bar's button leads to the panel, which knows the choice and its speed.
    window.harness.query_all_by_label_contains("tiny weights").next().unwrap().click_accesskit();
    window.wait_for_label("Quality and speed");
    let quick = window.harness.get_by_label("Quick (2)");
    assert_eq!(quick.accesskit_node().toggled(), Some(egui::accesskit::Toggled::True));
}

#[test]
fn a_model_that_cannot_be_used_leaves_the_one_before_in_place() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = with_panel(settings(folder.path(), "http://127.0.0.1:1"));
    type_path(&mut window, Path::new("no/such/weights.pth"));
    window.press("Use this model");
    window.wait_for_part("The model stays as it was: the weights cannot be read");
    window.wait_for_part("In use: tiny on CPU");
    window.press("Close");
    window.click_picture(egui::vec2(-40.0, 10.0));
    window.wait("it is followed", |harness| {
        ["point 1, visible", "point 1, hidden"].iter().any(|label| harness.query_by_label(label).is_some())
    });
}

#[test]
fn weights_are_fetched_after_their_licence_is_accepted_and_then_used() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = std::fs::read(golden("tiny.pth")).unwrap();
    let server = Server::start(vec![Reply::status(503), Reply::file(&bytes, "v1")]);
    let mut window = with_panel(settings(folder.path(), &server.endpoint));
    window.press("Fetch scaled_online");
    window.wait_for_part("Non-commercial use only");
    window.press("Fetch (about 102 MB)");
    window.harness.step();
    assert!(server.requests().is_empty(), "nothing is asked before the box is ticked");
    window.press("I accept this licence (CC-BY-NC-4.0)");
    window.press("Fetch (about 102 MB)");
    window.wait_for_part("Cannot fetch scaled_online: the server is in trouble");
    window.wait_for_part("Fetching scaled_online failed.");
    window.press("Fetch scaled_online");
    window.press("I accept this licence (CC-BY-NC-4.0)");
    window.press("Fetch (about 102 MB)");
    window.wait_for_part("The weights scaled_online are here, checked");
    window.wait_for_part("fetched · CC-BY-NC-4.0");
    window.press("Use this model");
    window.wait_for_part("Points are now followed with scaled_online on CPU");
    window.wait_for_part("In use: scaled_online on CPU");
}

#[test]
fn a_fetch_can_be_stopped_and_says_what_became_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = std::fs::read(golden("tiny.pth")).unwrap();
    let slow = Reply { falls_silent: true, ..Reply::file(&bytes, "v1").cut_after(1000) };
    let server = Server::start(vec![slow]);
    let patience = Duration::from_millis(500);
    let mut window = with_panel(Settings { patience, ..settings(folder.path(), &server.endpoint) });
    window.press("Fetch scaled_online");
    window.press("I accept this licence (CC-BY-NC-4.0)");
    window.press("Fetch (about 102 MB)");
    window.wait_for_label("Stop fetching");
    window.press("Stop fetching");
    window.wait_for_part("Stopped. What came is kept");
}

#[test]
fn the_chosen_model_comes_back_at_the_next_start_or_the_bundled_one_takes_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let places = Places::at(&folder.path().join("data"));
    let own = folder.path().join("own.safetensors");
    std::fs::copy(golden("tiny.safetensors"), &own).unwrap();
    let start = || {
        let memory = Memory::load(Some(places.clone()));
        let weights = settings(folder.path(), "http://127.0.0.1:1");
        Window::start_with(Some(Path::new("clip.mp4")), Vec::new(), weights, memory)
    };
    let mut window = start();
    window.wait_for_part("Video, frame 0 of");
    window.wait_for_part("tiny weights");
    window.key_with(egui::Modifiers::COMMAND.plus(egui::Modifiers::SHIFT), egui::Key::M);
    window.wait_for_part("comes with Cotrail · Apache");
    type_path(&mut window, &own);
    choose(&mut window, "Quick (2)");
    choose(&mut window, "Look at the whole clip at once");
    window.press("Use this model");
    window.wait_for_part("Points are now followed with own on CPU");
    window.harness.step(); // what was chosen is taken note of
    window.end(); // as a quick user, before a second has passed
    let kept = cotrail::project::Settings::load(&places.settings()).0.app;
    assert_eq!((&kept["model"]["iters"], &kept["model"]["whole_clip"]), (&2.into(), &true.into()), "{kept}");

    let mut window = start();
    window.wait_for_part("own weights");
    window.end();
    std::fs::remove_file(&own).unwrap();
    let mut window = start();
    window.wait_for_part("The model of the last time cannot be used; tiny is used instead."); // first: it fades
    window.wait_for_part("Video, frame 0 of");
    window.wait_for_part("tiny weights");
    window.click_picture(egui::vec2(-40.0, 10.0));
    window.wait_for_part("point 1, ");
    window.end();
    assert_eq!(cotrail::project::Settings::load(&places.settings()).0.app, kept, "the disk may be back tomorrow");
}

#[test]
fn a_part_of_the_picture_is_drawn_and_points_are_followed_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = with_panel(settings(folder.path(), "http://127.0.0.1:1"));
    type_path(&mut window, &golden("tiny.pth"));
    choose(&mut window, "A part of this size");
    window.harness.step();
    choose(&mut window, "Draw it…");
    window.wait("the panel makes room", |harness| harness.query_by_label("Quality and speed").is_none());
    let zoom = super::placing::zoom(&window);
    let (from, to) = (window.at(vec2(-44.0, -33.0) * zoom), window.at(vec2(44.0, 34.0) * zoom));
    window.drag(from, to);
    window.wait_for_label("Quality and speed");
    let side = |window: &Window, name: &str| {
        let node = window.harness.get_by_label(name);
        node.accesskit_node().value().unwrap().parse::<f32>().unwrap()
    };
    let (width, height) = (side(&window, "Width of the part"), side(&window, "Height of the part"));
    assert!((width - 88.0).abs() <= 1.0 && (height - 67.0).abs() <= 1.0, "{width} x {height}");
    window.press("Use this model");
    window.wait_for_part("Points are now followed with tiny on CPU");
    window.press("Close");
    window.wait("the panel is closed", |harness| harness.query_by_label("Quality and speed").is_none());
    assert!(window.has_part("No points yet."), "drawing adds none");
    window.click_picture(vec2(-40.0, 10.0));
    window.wait("it is followed", |harness| {
        ["point 1, visible", "point 1, hidden"].iter().any(|label| harness.query_by_label(label).is_some())
    });
    // Esc gives up drawing.
    window.key_with(egui::Modifiers::COMMAND.plus(egui::Modifiers::SHIFT), egui::Key::M);
    window.wait_for_label("Quality and speed");
    choose(&mut window, "Draw it…");
    window.wait("the panel makes room", |harness| harness.query_by_label("Quality and speed").is_none());
    window.key(egui::Key::Escape);
    window.harness.step();
    window.click_picture(vec2(-70.0, 30.0));
    window.wait_for_part("point 2, ");
}
