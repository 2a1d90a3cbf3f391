//! A few small pictures of what is painted by hand: the canvas and the timeline, dark and light. `UPDATE_SNAPSHOTS=1`
//! makes them anew.

use super::Window;
use egui_kittest::SnapshotOptions;
use egui_kittest::kittest::Queryable;
use std::path::Path;

/// A drawn window with a point in the middle of its trail; `theme` is a command.
fn window(theme: &str) -> Window {
    let mut window = Window::start_drawn(Path::new("clip.mp4"));
    window.wait_for_part("Video, frame 0 of");
    window.wait_for_part("tiny weights");
    window.click_picture(egui::vec2(-40.0, 10.0));
    window.wait_for_part("point 1, ");
    window.wait("tracking is over", |harness| harness.query_by_label("Stop").is_none());
    window.key_with(egui::Modifiers::COMMAND, egui::Key::P);
    window.harness.event(egui::Event::Text(theme.to_owned()));
    window.harness.step();
    window.key(egui::Key::Enter);
    window.key(egui::Key::End);
    window.wait_for_part("Video, frame 23 of");
    window.harness.remove_cursor();
    window
}

/// Compares the part of the window that has this name for a screen reader.
fn compare(window: &mut Window, name: &str, label: &str) {
    // Hints fade, counts come in from the workers: some frames more until all is at rest.
    for _ in 0..40 {
        window.harness.step();
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let nodes = window.harness.query_all_by_label_contains(label);
    let rect = nodes.map(|node| node.rect()).reduce(egui::Rect::union).expect("the part is there");
    let picture = window.harness.render().expect("a Vulkan driver, software will do");
    let (x, y) = (rect.left() as u32, rect.top() as u32);
    let part = image::imageops::crop_imm(&picture, x, y, rect.width() as u32, rect.height() as u32).to_image();
    let options = SnapshotOptions::new().output_path("tests/snapshots").max_failed_pixels(10);
    egui_kittest::image_snapshot_options(&part, name, &options);
}

#[test]
fn canvas_and_timeline_look_as_they_should() {
    for (theme, name) in [("Dark theme", "dark"), ("Light theme", "light")] {
        let mut window = window(theme);
        compare(&mut window, &format!("canvas_{name}"), "Video, frame");
        compare(&mut window, &format!("timeline_{name}"), "Playhead");
    }
}
