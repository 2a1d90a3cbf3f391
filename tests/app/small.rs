//! Small windows: what a dialog asks can be answered there.

use super::Window;
use egui::{Key, Pos2, Rect, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use std::path::Path;

/// Where the last button of this name is that is no part of a menu or bar behind the dialog.
fn place(window: &Window, name: &str) -> Option<Rect> {
    let buttons = window.harness.query_all_by_label(name);
    let is_button = |node: &egui_kittest::Node<'_>| node.accesskit_node().role() == egui::accesskit::Role::Button;
    buttons.into_iter().rfind(is_button).map(|node| node.rect())
}

#[test]
fn the_buttons_of_dialogs_are_in_sight() {
    let mut window = Window::start(Some(Path::new("clip.mp4")), Vec::new());
    window.wait_for_part("Video, frame 0 of");
    window.click_picture(vec2(-40.0, 10.0));
    window.wait_for_part("point 1, ");
    for size in [vec2(800.0, 600.0), vec2(640.0, 480.0)] {
        window.harness.set_size(size);
        (0..3).for_each(|_| window.harness.step());
        for (command, button) in [
            ("Many clips…", "Start"),
            ("Learn from this clip…", "Learn"),
            ("Model…", "Use this model"),
            ("Keys", "Close"),
            ("Export…", "Export"),
        ] {
            window.run_command(command);
            window.wait(button, |harness| harness.query_all_by_label(button).next().is_some());
            (0..6).for_each(|_| window.harness.step()); // it finds its size
            let place = place(&window, button).expect(command);
            let screen = Rect::from_min_size(Pos2::ZERO, size);
            assert!(screen.contains_rect(place), "{command} at {size}: {button} is at {place}");
            window.key(Key::Escape);
            (0..2).for_each(|_| window.harness.step());
        }
    }
}
