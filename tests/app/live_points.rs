//! The points of a camera: their panel, keys, undo.

use super::Window;
use super::live::cameras;
use egui::accesskit::{Role, Toggled};
use egui::{Event, Key, Modifiers, PointerButton, Vec2, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use std::path::Path;

/// A random network has its own idea of what can be seen.
const FOLLOWED: [&str; 2] = ["visible", "hidden"];
const PLACES: [Vec2; 3] = [vec2(-120.0, 0.0), vec2(0.0, 80.0), vec2(120.0, -60.0)];

impl Window {
    /// Names, what is said of them, and whether they are selected.
    fn live_rows(&self) -> Vec<(String, String, bool)> {
        let rows = self.harness.query_all_by_role(Role::ListItem);
        let row = |node: egui_kittest::Node<'_>| {
            let node = node.accesskit_node();
            let label = node.label()?;
            let (name, word) = label.split_once(", ")?;
            Some((name.to_owned(), word.to_owned(), node.toggled() == Some(Toggled::True)))
        };
        rows.filter_map(row).collect()
    }

    fn wait_for_rows(&mut self, wanted: &[&str]) {
        self.wait(&format!("the list says {wanted:?}"), |harness| {
            let rows = harness.query_all_by_role(Role::ListItem).filter_map(|row| row.accesskit_node().label());
            let names: Vec<String> = rows.filter_map(|label| Some(label.split_once(", ")?.0.to_owned())).collect();
            names == wanted
        });
    }

    fn wait_for_word(&mut self, name: &str, words: &[&str]) {
        self.wait(&format!("{name} is one of {words:?}"), |harness| {
            words.iter().any(|word| harness.query_by_label(&format!("{name}, {word}")).is_some())
        });
    }

    fn selected_rows(&self) -> Vec<String> {
        self.live_rows().into_iter().filter(|(.., is_selected)| *is_selected).map(|(name, ..)| name).collect()
    }

    fn click_live_at(&mut self, offset: Vec2, modifiers: Modifiers) {
        let pos = self.live_canvas().center() + offset;
        self.harness.event(Event::PointerMoved(pos));
        for pressed in [true, false] {
            let button = PointerButton::Primary;
            self.harness.event_modifiers(Event::PointerButton { pos, button, pressed, modifiers }, modifiers);
            self.harness.step();
        }
        self.harness.step();
    }

    fn with_live_points(folder: &Path) -> Self {
        let mut window = Self::start_with_cameras(Some(Path::new("camera:0")), cameras(folder).0);
        window.wait_for_part("No points yet.");
        window.wait_until_followed();
        window.key(Key::Space);
        window.wait_for_part(", frozen, points: 0");
        for (i, place) in (1..).zip(PLACES) {
            window.click_live_at(place, Modifiers::NONE);
            window.wait_for_part(&format!("points: {i}, point {i} selected at "));
        }
        window.wait_for_rows(&["point 1", "point 2", "point 3"]);
        window
    }
}

#[test]
fn the_points_of_a_camera_are_parked_renamed_and_deleted_and_all_that_is_undone() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = Window::with_live_points(folder.path());
    window.wait_for_word("point 3", &FOLLOWED);
    window.press("Park point 1");
    window.wait_for_word("point 1", &["parked"]);
    window.press("Unpark point 1");
    window.wait_for_word("point 1", &FOLLOWED);
    window.key(Key::Q);
    window.wait_for_word("point 3", &["parked"]);
    window.key_with(Modifiers::COMMAND, Key::Z);
    window.wait_for_label("Undone: park.");
    window.wait_for_word("point 3", &FOLLOWED);

    window.key(Key::T);
    window.wait_for_word("point 3", &["lost"]);
    window.key_with(Modifiers::COMMAND, Key::Z);
    window.wait_for_word("point 3", &FOLLOWED);

    window.key(Key::F2);
    window.harness.step();
    window.key_with(Modifiers::COMMAND, Key::A);
    window.harness.event(Event::Text("nose".into()));
    window.key(Key::Enter);
    window.wait_for_rows(&["point 1", "point 2", "nose"]);
    window.wait_for_part("points: 3, nose selected at ");
    window.press("Delete nose");
    window.wait_for_rows(&["point 1", "point 2"]);
    window.key_with(Modifiers::COMMAND, Key::Z);
    window.wait_for_rows(&["point 1", "point 2", "nose"]);
    window.wait_for_word("nose", &FOLLOWED);
    window.key_with(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z);
    window.wait_for_rows(&["point 1", "point 2"]);
    window.key_with(Modifiers::COMMAND, Key::Z);
    window.wait_for_rows(&["point 1", "point 2", "nose"]);
    // It goes on as it was left.
    window.key(Key::Space);
    window.wait("it goes on", |harness| harness.query_all_by_label_contains(", frozen").next().is_none());
    window.wait_for_frames();
    window.wait_for_rows(&["point 1", "point 2", "nose"]);
}

#[test]
fn several_points_are_selected_in_the_list_and_on_the_picture() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = Window::with_live_points(folder.path());
    assert_eq!(window.selected_rows(), ["point 3"]);
    window.click_row("point 1", Modifiers::COMMAND);
    assert_eq!(window.selected_rows(), ["point 1", "point 3"]);
    window.click_live_at(PLACES[1], Modifiers::COMMAND);
    assert_eq!(window.selected_rows(), ["point 1", "point 2", "point 3"]);
    window.click_live_at(PLACES[1], Modifiers::COMMAND);
    assert_eq!(window.selected_rows(), ["point 1", "point 3"], "a second click takes it out");
    window.click_row("point 1", Modifiers::NONE);
    window.click_row("point 3", Modifiers::SHIFT);
    assert_eq!(window.selected_rows(), ["point 1", "point 2", "point 3"]);
    window.key(Key::Q);
    for name in ["point 1", "point 2", "point 3"] {
        window.wait_for_word(name, &["parked"]);
    }
    window.key(Key::Q);
    window.wait_for_word("point 2", &FOLLOWED);
    window.click_live_at(PLACES[1], Modifiers::NONE);
    assert_eq!(window.selected_rows(), ["point 2"], "a click without a drag means one point");
    window.key(Key::ArrowDown);
    window.harness.step();
    assert_eq!(window.selected_rows(), ["point 3"]);
    window.click_row("point 1", Modifiers::COMMAND);
    window.key(Key::Delete);
    window.wait_for_rows(&["point 2"]);
    window.key_with(Modifiers::COMMAND, Key::Z);
    window.wait_for_rows(&["point 1", "point 2", "point 3"]);
}

#[test]
fn a_grid_of_points_is_laid_out_on_the_camera_picture_and_added_as_one_step() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = Window::with_live_points(folder.path());
    window.key(Key::G);
    window.wait_for_label("Add 36 points");
    window.key(Key::Enter);
    window.wait_for_part("points: 39");
    window.wait("the bar is gone", |harness| harness.query_by_label("Add 36 points").is_none());
    assert!(window.selected_rows().is_empty(), "rings around so many would hide the picture");
    window.key_with(Modifiers::COMMAND, Key::Z);
    window.wait_for_rows(&["point 1", "point 2", "point 3"]);
    window.open_palette();
    window.type_text("select point 2");
    window.key(Key::Enter);
    window.wait_for_part(", point 2 selected at ");
}
