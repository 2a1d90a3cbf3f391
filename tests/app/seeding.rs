//! Many points at once.

use super::Window;
use egui::{Key, vec2};
use egui_kittest::kittest::Queryable;

impl Window {
    /// How many points the button of the bar would add.
    fn offered(&self) -> Option<String> {
        use egui_kittest::kittest::NodeT;
        let buttons = self.harness.query_all_by_label_contains("Add ");
        buttons.into_iter().find_map(|node| {
            let label = node.accesskit_node().label()?;
            label.ends_with("points").then_some(label)
        })
    }
}

#[test]
fn a_grid_is_seen_first_and_added_by_enter_as_one_undoable_step() {
    let mut window = Window::with_clip();
    window.key(Key::G);
    window.wait_for_label("Add 36 points");
    assert!(window.has_part("No points yet."), "a preview adds nothing");
    window.harness.get_by_label("Points across the picture").set_value_accesskit(3.0);
    window.wait_for_label("Add 9 points");
    window.key(Key::Enter);
    window.wait_for_part("point 9, ");
    assert!(!window.has_part("point 10, ") && window.offered().is_none());
    window.key_with(egui::Modifiers::COMMAND, Key::Z);
    window.wait_for_part("No points yet.");
}

#[test]
fn esc_adds_nothing_and_gives_the_click_back_its_meaning() {
    let mut window = Window::with_clip();
    window.key(Key::G);
    window.wait_for_label("Add 36 points");
    window.click_picture(vec2(-100.0, 10.0));
    window.wait_for_label("Add 37 points");
    window.key(Key::Escape);
    window.harness.step();
    assert!(window.offered().is_none() && window.has_part("No points yet."));
    window.click_picture(vec2(-100.0, 10.0));
    window.wait_for_part("point 1, ");
}

#[test]
fn a_rectangle_is_filled_and_clicks_join_it() {
    let mut window = Window::with_clip();
    window.key(Key::R);
    window.wait_for_part("Drag a rectangle");
    let (from, to) = (window.at(vec2(-100.0, -100.0)), window.at(vec2(100.0, 60.0)));
    window.drag(from, to);
    window.harness.step();
    let filled = window.offered().expect("the rectangle holds points");
    let count = |label: &str| label.split(' ').nth(1).unwrap().parse::<usize>().unwrap();
    window.click_picture(vec2(-200.0, 0.0));
    window.harness.step();
    assert_eq!(count(&window.offered().unwrap()), count(&filled) + 1);
    window.press("Cancel");
    assert!(window.has_part("No points yet."));
}
