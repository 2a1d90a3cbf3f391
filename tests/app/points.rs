//! The list of points.

use super::{Window, no_cameras, nowhere, options};
use cotrail::app::{Cotrail, Memory};
use cotrail::calibration::Calibration;
use cotrail::model::recalibrated;
use egui::accesskit::{Role, Toggled};
use egui::{Key, Modifiers, PointerButton};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use std::path::Path;

/// Where the points of [`three_points`] are, from the middle of the canvas.
const PLACES: [egui::Vec2; 3] = [egui::vec2(-120.0, 0.0), egui::vec2(0.0, 60.0), egui::vec2(120.0, 0.0)];

impl Window {
    /// The rows: names and what is said of them, and whether they are selected.
    fn rows(&self) -> Vec<(String, bool)> {
        let rows = self.harness.query_all_by_role(Role::ListItem);
        let rows = rows.map(|row| {
            let node = row.accesskit_node();
            (node.label().unwrap_or_default(), node.toggled() == Some(Toggled::True))
        });
        rows.collect()
    }

    /// The names in the list, in its order.
    fn names(&self) -> Vec<String> {
        self.rows().iter().map(|(text, _)| text.split(", ").next().unwrap().to_owned()).collect()
    }

    fn selected(&self) -> Vec<String> {
        let rows = self.rows().into_iter().filter(|(_, is_selected)| *is_selected);
        rows.map(|(text, _)| text.split(", ").next().unwrap().to_owned()).collect()
    }

    fn row_rect(&self, name: &str) -> egui::Rect {
        let mut rows = self.harness.query_all_by_role(Role::ListItem);
        let is_row = |text: String| text.starts_with(&format!("{name}, "));
        let row = rows.find(|row| row.accesskit_node().label().is_some_and(is_row));
        row.unwrap_or_else(|| panic!("no row {name}")).rect()
    }

    fn click_row_with(&mut self, name: &str, button: PointerButton, modifiers: Modifiers) {
        let pos = self.row_rect(name).left_center() + egui::vec2(40.0, 0.0);
        self.harness.event(egui::Event::PointerMoved(pos));
        self.harness.event_modifiers(egui::Event::PointerMoved(pos), modifiers);
        for pressed in [true, false] {
            self.harness.event_modifiers(egui::Event::PointerButton { pos, button, pressed, modifiers }, modifiers);
        }
        self.harness.step();
        self.harness.step();
    }

    pub(super) fn click_row(&mut self, name: &str, modifiers: Modifiers) {
        self.click_row_with(name, PointerButton::Primary, modifiers);
    }

    /// Opens the menu of a row and chooses an entry; its name ends with its key.
    pub(super) fn choose(&mut self, row: &str, entry: &str) {
        self.click_row_with(row, PointerButton::Secondary, Modifiers::NONE);
        self.wait_for_part(entry);
        self.harness.step();
        self.harness.query_all_by_label_contains(entry).next().unwrap().click();
        self.harness.step();
        self.harness.step();
    }

    fn wait_until_tracked(&mut self) {
        self.wait("tracking is over", |harness| harness.query_by_label("Stop").is_none());
    }

    fn type_into_focused(&mut self, text: &str) {
        self.harness.step();
        self.harness.event(egui::Event::Text(text.into()));
        self.harness.step();
        self.harness.step();
    }
}

fn three_points() -> Window {
    let mut window = Window::start(Some(Path::new("clip.mp4")), Vec::new());
    window.wait_for_part("Video, frame 0 of");
    for place in PLACES {
        window.click_picture(place);
    }
    window.wait_for_part("point 3, ");
    window.wait_until_tracked();
    window
}

#[test]
fn points_of_single_clicks_are_tracked_all_together_in_one_step() {
    const TOGETHER: &str = "Track all together";
    let mut window = three_points();
    window.wait_for_label("Tracked in 3 runs");
    window.press(TOGETHER);
    window.wait_for_part("Tracking 3 points");
    window.wait_until_tracked();
    assert!(!window.has_part(TOGETHER) && !window.has_part("Tracked in"), "there is nothing to offer");
    window.key_with(Modifiers::COMMAND, Key::Z);
    window.wait_for_label("Undone: track together.");
    window.wait_for_label("Tracked in 3 runs");
    // The same is offered before an export.
    window.key_with(Modifiers::COMMAND, Key::E);
    window.wait_for_label("The points were tracked in 3 runs.");
    (0..3).for_each(|_| window.harness.step()); // the dialog finds its size
    window.harness.query_all_by_label(TOGETHER).last().unwrap().click(); // the other one is behind the dialog
    window.wait("it is done", |harness| {
        harness.query_all_by_label_contains("Tracking is at").next().is_none()
            && harness.query_all_by_label_contains("The points were tracked in").next().is_none()
    });
    assert!(window.has_part("Save as (file endings are added)"), "the dialog stays");
}

#[test]
fn points_are_selected_together_and_deleted_together() {
    let mut window = three_points();
    assert_eq!(window.selected(), ["point 3"]);
    window.click_row("point 1", Modifiers::COMMAND);
    assert_eq!(window.selected(), ["point 1", "point 3"]);
    window.click_row("point 3", Modifiers::COMMAND);
    assert_eq!(window.selected(), ["point 1"]);
    window.click_row("point 1", Modifiers::NONE);
    window.click_row("point 3", Modifiers::SHIFT);
    assert_eq!(window.selected(), ["point 1", "point 2", "point 3"]);
    window.key(Key::Escape);
    window.harness.step();
    assert!(window.selected().is_empty());
    window.key_with(Modifiers::COMMAND, Key::A);
    window.harness.step();
    assert_eq!(window.selected().len(), 3);
    window.click_row("point 2", Modifiers::COMMAND);
    window.key(Key::Delete);
    window.harness.step();
    assert_eq!(window.names(), ["point 2"]);
    window.key_with(Modifiers::COMMAND, Key::Z);
    window.harness.step();
    assert_eq!(window.names().len(), 3, "one step brings them back");
}

#[test]
fn a_hidden_point_is_neither_drawn_nor_hit_and_a_locked_one_stays() {
    let mut window = three_points();
    window.press("Hide point 1");
    window.wait_for_part("not shown");
    window.click_picture(PLACES[0]);
    window.wait("a click there adds another", |harness| {
        harness.query_all_by_label_contains("point 4, ").next().is_some()
    });
    window.press("Lock point 2");
    window.wait_for_part("locked");
    window.click_row("point 2", Modifiers::NONE);
    window.key(Key::Delete);
    window.wait_for_part("is locked");
    assert!(window.names().contains(&"point 2".to_owned()));
    window.key_with(Modifiers::COMMAND, Key::L);
    window.key(Key::H);
    window.harness.step();
    let (text, _) = window.rows().into_iter().find(|(text, _)| text.starts_with("point 2, ")).unwrap();
    assert!(text.contains("not shown") && !text.contains("locked"), "{text}");
}

#[test]
fn solo_shows_some_points_alone() {
    let mut window = three_points();
    window.click_row("point 2", Modifiers::NONE);
    window.press("Solo point 2");
    window.wait_for_label("1 point solo");
    window.click_picture(PLACES[0]);
    window.wait_for_part("point 4, ");
    window.press("Show all");
    window.harness.step();
    assert!(!window.has_part("1 point solo"));
}

#[test]
fn the_list_is_filtered_and_sorted() {
    let mut window = three_points();
    window.choose("point 2", "Rename point");
    window.type_into_focused("apple");
    window.key(Key::Enter);
    window.wait_for_part("apple, ");
    assert_eq!(window.names(), ["point 1", "apple", "point 3"]);
    window.press("Order of the points");
    window.press("Name");
    window.harness.step();
    assert_eq!(window.names(), ["apple", "point 1", "point 3"]);
    window.press("Order of the points");
    window.press("Reversed");
    window.key(Key::Escape);
    window.harness.step();
    assert_eq!(window.names(), ["point 3", "point 1", "apple"]);
    window.key_with(Modifiers::COMMAND, Key::F);
    window.type_into_focused("PoiNT");
    assert_eq!(window.names(), ["point 3", "point 1"]);
    assert!(window.has_part("2 of 3"));
    window.type_into_focused("x");
    window.wait_for_label("No point matches the filter.");
    window.press("Clear the filter");
    window.harness.step();
    assert_eq!(window.names().len(), 3);
    window.press("Filter points by state");
    window.press("Locked");
    window.wait_for_label("No point matches the filter.");
}

#[test]
fn tracks_are_split_merged_swapped_and_cleared_from_the_menu() {
    let mut window = three_points();
    window.click_row("point 1", Modifiers::NONE);
    window.click_row_with("point 1", PointerButton::Secondary, Modifiers::NONE);
    window.wait_for_part("Split point here");
    let split = window.harness.query_all_by_label_contains("Split point here").next();
    assert!(split.unwrap().accesskit_node().is_disabled(), "nothing is before frame 0");
    window.key(Key::Escape);
    for _ in 0..10 {
        window.key(Key::ArrowRight);
    }
    window.wait_for_part("Video, frame 10 of");
    window.choose("point 1", "Split point here");
    window.wait_for_part("point 1 (2), ");
    window.key(Key::Home);
    window.wait_for_part("point 1 (2), from 10");
    window.click_row("point 1", Modifiers::NONE);
    window.click_row("point 1 (2)", Modifiers::COMMAND);
    window.choose("point 1", "Merge two points");
    window.wait("they are one", |harness| harness.query_all_by_label_contains("point 1 (2)").next().is_none());
    window.key(Key::End);
    window.wait_for_part("Video, frame 23 of");
    assert!(!window.has_part("point 1, not tracked"), "what came after the split is there again");
    window.click_row("point 1", Modifiers::NONE);
    window.click_row("point 3", Modifiers::COMMAND);
    window.choose("point 3", "Swap two points from here on");
    window.click_row("point 3", Modifiers::NONE);
    window.key(Key::Home);
    window.wait_for_part("Video, frame 0 of");
    window.key_with(Modifiers::COMMAND, Key::Delete);
    window.key(Key::ArrowRight);
    window.wait_for_part("point 3, not tracked");
    assert!(!window.has_part("point 1, not tracked"));
}

#[test]
fn groups_fold_hide_and_dissolve() {
    let mut window = three_points();
    window.click_row("point 1", Modifiers::NONE);
    window.click_row("point 2", Modifiers::COMMAND);
    window.key_with(Modifiers::COMMAND, Key::G);
    window.wait_for_label("Group of 2 points");
    window.type_into_focused("arm");
    window.press("Group");
    window.wait_for_label("Group arm, 2 points, unfolded");
    assert_eq!(window.names(), ["point 1", "point 2", "point 3"]);
    window.press("Hide group arm");
    window.wait_for_label("Show group arm");
    let num_hidden = window.rows().iter().filter(|(text, _)| text.contains("not shown")).count();
    assert_eq!(num_hidden, 2);
    window.press("Group arm, 2 points, unfolded");
    window.wait_for_label("Group arm, 2 points, folded");
    assert_eq!(window.names(), ["point 3"]);
}

/// A window with the tiny network, whose every score is right in one of four cases.
fn calibrated(folder: &Path) -> Window {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tiny.safetensors");
    let table = Calibration::new(vec![[0.0, 0.254], [1.0, 0.254]]); // no step of the slider
    let weights = folder.join("calibrated.safetensors");
    std::fs::write(&weights, recalibrated(&golden, 0.0, &table).unwrap()).unwrap();
    let mut options = options(Some(Path::new("a.mp4")), Vec::new(), nowhere(), Memory::default(), no_cameras());
    options.model.as_mut().unwrap().weights = weights;
    Window::run(options, Harness::builder())
}

#[test]
fn where_the_weights_know_it_the_window_says_what_confidence_is_worth() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = calibrated(folder.path());
    window.wait_for_part("Video, frame 0 of");
    window.click_picture(egui::vec2(0.0, 0.0));
    window.wait_for_part("point 1, ");
    window.wait_until_tracked();
    window.key(Key::ArrowRight); // on its own frame a point stays as it was placed
    window.wait_for_part("Video, frame 1 of");
    // 8 of 256 pixels are 2.6 of a picture of 96 × 72.
    window.press("Results: threshold, smoothing, gaps");
    window.wait_for_part("seen and within 3 px");
    window.wait_for_label("25 %");
    let own = window.harness.get_by_label("as the network says").accesskit_node().toggled();
    assert_eq!(own, Some(egui::accesskit::Toggled::True), "a look changes nothing");
    let is_hidden = |harness: &Harness<'static, Cotrail>, is_hidden: bool| {
        let mut rows = harness.query_all_by_role(Role::ListItem);
        rows.all(|row| row.accesskit_node().label().is_some_and(|text| text.ends_with("hidden") == is_hidden))
    };
    window.harness.get_by_label("Confidence threshold").set_value_accesskit(0.26);
    window.wait("none is right so often", |harness| is_hidden(harness, true));
    window.harness.get_by_label("Confidence threshold").set_value_accesskit(0.24);
    window.wait("every one is", |harness| is_hidden(harness, false));
    window.key(Key::Escape);
    window.key_with(Modifiers::SHIFT, Key::C);
    window.key_with(Modifiers::SHIFT, Key::C);
    window.wait_for_label("Colours: Within 3 px  0 to 100 %");
}

#[test]
fn results_are_treated_without_loss() {
    let mut window = three_points();
    let before = window.rows();
    window.press("Results: threshold, smoothing, gaps");
    window.wait_for_label("Confidence threshold");
    window.harness.get_by_label("Confidence threshold").set_value_accesskit(1.0);
    window.wait("nothing is that sure", |harness| {
        let mut rows = harness.query_all_by_role(Role::ListItem);
        rows.all(|row| row.accesskit_node().label().is_some_and(|text| text.ends_with("hidden")))
    });
    window.harness.get_by_label("Smoothing in frames").set_value_accesskit(3.0);
    window.wait_for_label("3 frames on either side");
    window.press("Reset");
    window.harness.step();
    assert_eq!(window.rows(), before);
}

#[test]
fn points_are_followed_as_planes_where_that_is_wanted() {
    let mut window = three_points();
    window.key(Key::ArrowRight);
    window.wait_for_part("Video, frame 1 of");
    window.press("Results: threshold, smoothing, gaps");
    window.wait_for_label("Confidence threshold");
    assert!(!window.has_part("Side of its square"));
    let num_hidden = |harness: &Harness<'static, Cotrail>| {
        let rows = harness.query_all_by_role(Role::ListItem);
        rows.filter(|row| row.accesskit_node().label().is_some_and(|text| text.ends_with("hidden"))).count()
    };
    window.harness.get_by_label("Confidence threshold").set_value_accesskit(0.99);
    window.wait("the network is not that sure", |harness| num_hidden(harness) == 3);
    window.press("Follow each point as a small plane");
    window.wait_for_label("Side of its square");
    window.wait("the picture is", |harness| num_hidden(harness) < 3);
    window.wait("the second look is over", |harness| harness.query_by_label("Stop").is_none());
    window.press("Follow each point as a small plane");
    window.wait("that is the network's word again", |harness| num_hidden(harness) == 3);
    assert!(!window.has_part("Side of its square"));
}
