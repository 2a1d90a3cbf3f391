//! The dialog "Many clips": the same points in clip after clip, by a program beside the window.

use super::Window;
use egui_kittest::kittest::{NodeT, Queryable};
use std::path::Path;

/// A folder of images, with something to follow.
fn images(folder: &Path, num_frames: u32) {
    std::fs::create_dir(folder).unwrap();
    for frame in 0..num_frames {
        let picture = image::RgbImage::from_fn(96, 72, |x, y| {
            let value = ((x + frame) * 37 % 101 + y * 53 % 97) as u8;
            image::Rgb([value, value.wrapping_mul(3), 255 - value])
        });
        picture.save(folder.join(format!("{frame:04}.png"))).unwrap();
    }
}

/// Types into a field that has this name.
fn type_into(window: &mut Window, field: &str, text: &str) {
    (0..3).for_each(|_| window.harness.step());
    let fields = window.harness.query_all_by_label(field);
    let field = fields.into_iter().find(|node| node.accesskit_node().role() == egui::accesskit::Role::TextInput);
    let field = field.expect("a field of that name");
    field.focus();
    window.harness.step();
    window.key_with(egui::Modifiers::COMMAND, egui::Key::A);
    window.harness.event(egui::Event::Text(text.to_owned()));
    window.harness.step();
}

fn open(window: &mut Window) {
    window.run_command("Many clips");
    window.wait_for_label("Path of a clip or a folder");
}

#[test]
fn the_points_of_the_clip_are_followed_in_others_and_what_fails_says_why() {
    let home = tempfile::tempdir().unwrap();
    images(&home.path().join("left"), 9);
    images(&home.path().join("right"), 10);
    std::fs::write(home.path().join("broken.mp4"), "no video").unwrap();
    let mut window = Window::start(Some(Path::new("clip.mp4")), Vec::new());
    window.wait_for_part("Video, frame 0 of");
    window.click_picture(egui::vec2(-40.0, 10.0));
    window.wait_for_part("point 1, ");
    window.wait("tracking is over", |harness| harness.query_by_label("Stop").is_none());
    open(&mut window);
    window.wait_for_label("Add a clip.");
    for name in ["left", "right", "broken.mp4"] {
        type_into(&mut window, "Path of a clip or a folder", &home.path().join(name).display().to_string());
        window.key(egui::Key::Enter);
        window.wait_for_label(&format!("Remove {name}"));
    }
    let results = home.path().join("results");
    type_into(&mut window, "Folder of the results", &results.display().to_string());
    window.press("Start");
    window.wait_for_part("2 of 3 clips followed, 1 failed");
    window.wait_for_part("broken.mp4");
    for (name, num_frames) in [("left", 9), ("right", 10)] {
        let table = std::fs::read_to_string(results.join(format!("{name}.csv"))).unwrap();
        assert_eq!(table.lines().count(), 1 + num_frames, "{name}: {table}");
        assert!(table.contains("point 1"), "{table}");
    }
    let points = std::fs::read_to_string(results.join("points.csv")).unwrap();
    assert!(points.starts_with("t,x,y,name\n0,") && points.ends_with(",point 1\n"), "{points}");

    // Once more: what is there is passed over.
    window.press("Other clips…");
    window.press("Remove broken.mp4");
    window.press("Start");
    window.wait_for_part("2 of 2 clips");
    window.wait("both were done before", |harness| harness.query_all_by_label("done before").count() == 2);
}

#[test]
fn a_batch_that_cannot_begin_says_so() {
    let home = tempfile::tempdir().unwrap();
    let mut window = Window::start(None, Vec::new());
    open(&mut window);
    type_into(&mut window, "Path of a clip or a folder", &home.path().join("gone.mp4").display().to_string());
    window.key(egui::Key::Enter);
    window.wait_for_label("Remove gone.mp4");
    window.press("Start");
    window.wait_for_part("There is no such clip");
    window.press("Other clips…");
    window.wait_for_label("Remove gone.mp4");
}

#[test]
fn a_list_stands_above_its_dialog_where_the_button_goes_down_and_up_in_one_frame() {
    let mut window = Window::start(None, Vec::new());
    open(&mut window);
    (0..3).for_each(|_| window.harness.step()); // the dialog finds its size
    let list = |window: &Window| {
        let mut lists = window.harness.query_all_by_role(egui::accesskit::Role::ComboBox);
        let points = lists.find(|node| node.accesskit_node().label().is_some_and(|name| name.starts_with("Points, ")));
        let points = points.expect("the list of points");
        (points.accesskit_node().label().unwrap(), points.rect().center())
    };
    let (_, at) = list(&window);
    window.click_in_one_frame(at);
    let entry = window.harness.get_by_label("Their own (projects)").rect().center();
    window.click_in_one_frame(entry);
    assert_eq!(list(&window).0, "Points, Their own (projects)");
}
