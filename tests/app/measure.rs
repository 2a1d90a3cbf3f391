//! Scale, values and charts, as a user meets them.

use super::Window;
use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable;
use std::path::{Path, PathBuf};

/// A clip with three points that were followed, all selected in their order.
fn three_selected(dialogs: Vec<PathBuf>) -> Window {
    let mut window = Window::start(Some(Path::new("clip.mp4")), dialogs);
    window.wait_for_part("Video, frame 0 of");
    for x in [-120.0, 0.0, 120.0] {
        window.click_picture(vec2(x, if x == 0.0 { 90.0 } else { 0.0 }));
    }
    window.wait_for_part("point 3, ");
    window.wait("tracking is over", |harness| harness.query_by_label("Stop").is_none());
    window.click_row("point 1", Modifiers::NONE);
    for name in ["point 2", "point 3"] {
        window.click_row(name, Modifiers::COMMAND);
    }
    window
}

impl Window {
    /// Chooses an entry of the menu "Measure".
    fn measure(&mut self, entry: &str) {
        self.press("Measure");
        self.wait_for_part(entry);
        self.harness.step();
        self.harness.query_all_by_label_contains(entry).last().unwrap().click();
        self.harness.step();
        self.harness.step();
    }
}

#[test]
fn a_line_of_known_length_is_drawn_and_its_length_typed() {
    let mut window = Window::with_clip();
    window.measure("Draw a line of known length");
    window.wait_for_label("Set origin…"); // the window opens with it
    let (from, to) = (window.at(vec2(-200.0, 40.0)), window.at(vec2(-200.0, -100.0)));
    window.drag(from, to);
    window.wait_for_label("Length of the line");
    assert!(!window.has_part("point 1"), "a drag adds no point");
    // It has the focus: typing replaces what is there.
    (0..3).for_each(|_| window.harness.step());
    window.harness.event(egui::Event::Text("1.8".into()));
    window.harness.step();
    window.key(Key::Enter);
    window.harness.step();
    let length = window.harness.get_by_label("Length of the line").value();
    assert!(length.as_deref().is_some_and(|length| length.contains("1.8")), "{length:?}");
    window.key_with(Modifiers::COMMAND, Key::Z);
    window.wait_for_label("Undone: measure.");
    window.key_with(Modifiers::COMMAND, Key::Z);
    window.wait("the line is gone", |harness| harness.query_by_label("Length of the line").is_none());
}

#[test]
fn an_angle_of_three_selected_points_is_listed_drawn_and_goes_again() {
    let mut window = three_selected(Vec::new());
    window.measure("Angle of three points");
    window.key_with(Modifiers::SHIFT, Key::R);
    window.wait_for_label("Angle point 1, point 2, point 3");
    assert!(window.has_part("°") || window.has_part("–"), "a value, or none where one of them is hidden");
    window.press("Remove angle point 1, point 2, point 3");
    window.wait("it is gone", |harness| harness.query_by_label("Angle point 1, point 2, point 3").is_none());
    window.key_with(Modifiers::COMMAND, Key::Z);
    window.wait_for_label("Angle point 1, point 2, point 3");
}

#[test]
fn a_chart_goes_to_the_frame_that_is_clicked_and_into_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.csv");
    let mut window = three_selected(vec![file.clone()]);
    window.key_with(Modifiers::SHIFT, Key::G);
    window.wait_for_label("Confidence");
    window.press("Confidence");
    window.wait_for_label("Chart of Confidence, 3 curves");
    (0..3).for_each(|_| window.harness.step()); // it finds its bounds
    let chart = window.harness.get_by_label("Chart of Confidence, 3 curves").rect();
    let at = chart.right_center() - vec2(3.0, 0.0);
    window.click_at(at);
    window.wait_for_part("Video, frame 23 of");
    window.press("Save…");
    window.wait_for_label("CSV");
    window.press("CSV");
    window.wait_for_label("Saved x.csv.");
    let table = std::fs::read_to_string(&file).unwrap();
    assert!(
        table.starts_with("frame,scene_secs,confidence point 1,confidence point 2,confidence point 3\n"),
        "{table}"
    );
    assert_eq!(table.lines().count(), 1 + super::NUM_FRAMES);
    window.press("Close the charts");
    window.wait("it is closed", |harness| harness.query_all_by_label_contains("Chart of").next().is_none());
}
