//! The export dialog, the messages after it, and the log.

use super::{NUM_FRAMES, Window};
use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT, Queryable};
use std::path::{Path, PathBuf};

const FIRST_NUMBER: &str = "First frame of the clip is number";

/// A window with one point, tracked to the end, and the export dialog open with `folder`/out as its path.
fn dialog(folder: &Path) -> Window {
    let mut window = Window::start(Some(Path::new("clip.mp4")), vec![folder.join("out.csv")]);
    window.wait_for_part("Video, frame 0 of");
    window.click_picture(egui::vec2(-40.0, 10.0));
    window.wait_for_part("point 1, ");
    window.wait("tracking is over", |harness| harness.query_by_label("Stop").is_none());
    open(&mut window);
    window.press("Browse…");
    let out = folder.join("out").display().to_string();
    window.wait("the name is taken", |harness| {
        let fields = harness.query_all_by_role(Role::TextInput);
        fields.into_iter().any(|field| field.value().is_some_and(|value| value == out))
    });
    window
}

fn open(window: &mut Window) {
    window.key_with(egui::Modifiers::COMMAND, egui::Key::E);
    window.wait_for_label("Save as (file endings are added)");
}

/// Takes an entry of a list.
fn choose(window: &mut Window, list: &str, entry: &str) {
    (0..3).for_each(|_| window.harness.step()); // the dialog finds its size
    let lists = window.harness.query_all_by_role(Role::ComboBox);
    let found = lists.into_iter().find(|node| node.accesskit_node().label().is_some_and(|name| name.starts_with(list)));
    found.unwrap_or_else(|| panic!("no list {list}")).click();
    window.wait_for_label(entry);
    window.press(entry);
}

fn is_enabled(window: &Window, button: &str) -> bool {
    let mut buttons = window.harness.query_all_by_label(button);
    let is_usable = |node: &egui_kittest::Node<'_>| !node.accesskit_node().is_disabled();
    buttons.any(|node| node.accesskit_node().role() == Role::Button && is_usable(&node))
}

fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn everything_is_written_under_one_name_and_the_place_can_be_shown() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = dialog(folder.path());
    window.press("Everything");
    window.wait_for_part("24 frames · 1 point · 96 × 72 · 5 targets");
    window.press("Export");
    window.wait_for_part("Exported out.csv, out.json, out.npz, out.mp4, out_png.");
    assert_eq!(names_in(folder.path()), ["out.csv", "out.json", "out.mp4", "out.npz", "out_png"]);
    let pictures = names_in(&folder.path().join("out_png"));
    assert_eq!((pictures.len(), pictures[0].as_str()), (NUM_FRAMES, "out_000000.png"));
    assert!(!window.has_part("Save as"), "the dialog is closed");

    window.press("Show in folder");
    window.wait_for_label("Cannot show the folder.");
    (0..3).for_each(|_| window.harness.step()); // the messages move up
    let buttons = window.harness.query_all_by_label("Details");
    buttons.last().unwrap().click();
    window.wait_for_part("tests have no file manager for");

    // Again: what would be replaced is said before.
    open(&mut window);
    window.wait_for_part("Will be replaced: out.csv, out.json, out.npz, out.mp4, out_png (24 pictures)");
    std::fs::write(folder.path().join("out_png/notes.txt"), "").unwrap();
    window.press("Cancel");
    open(&mut window);
    window.wait_for_part("out_png holds other files, which are never replaced");
    assert!(!is_enabled(&window, "Export"));
    window.press("PNG pictures (folder)");
    window.wait("it can go on", |harness| harness.query_all_by_label_contains("holds other files").next().is_none());
    assert!(is_enabled(&window, "Export"));
}

#[test]
fn tables_follow_the_choice_of_points_frames_and_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = dialog(folder.path());
    window.press("Annotated clip (.mp4)");
    choose(&mut window, "Points", "Selected (1)");
    choose(&mut window, "Frames", "From frame to frame");
    let typed = |window: &mut Window, name: &str, value: f64| {
        window.harness.get_by_label(name).set_value_accesskit(value);
        window.harness.step();
    };
    typed(&mut window, "First exported frame", 5.0);
    typed(&mut window, "Last exported frame", 8.0);
    typed(&mut window, FIRST_NUMBER, 1001.0);
    window.wait_for_part("4 frames · 1 point · 1 target");
    window.wait_for_part("probability\n0,point 1,1006,"); // the first lines of the table
    window.harness.get_by_label("Copy CSV to the clipboard").scroll_to_me();
    (0..4).for_each(|_| window.harness.step());
    window.press("Copy CSV to the clipboard");
    window.wait_for_part("Copied the table, 4 rows.");
    window.press("Export");
    window.wait_for_part("Exported out.csv.");
    let written = std::fs::read_to_string(folder.path().join("out.csv")).unwrap();
    let frames: Vec<&str> = written.lines().skip(1).map(|line| line.split(',').nth(2).unwrap()).collect();
    assert_eq!(frames, ["1006", "1007", "1008", "1009"]);
}

#[test]
fn files_for_other_programs_are_chosen_from_a_list() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = dialog(folder.path());
    window.press("Annotated clip (.mp4)");
    window.press("Table (.csv)");
    window.wait_for_label("Choose at least one format.");
    choose(&mut window, "For another program", "Nuke");
    window.wait_for_label("Nuke: frames from 1");
    window.press("SLEAP");
    window.wait_for_part("24 frames · 1 point · 2 targets");
    window.wait_for_part("First lines: track,frame_idx,instance.score,point 1.x,");
    window.press("SLEAP");
    window.wait_for_part("First lines: Tracker4 {");
    window.harness.get_by_label("Copy Nuke text to the clipboard").scroll_to_me();
    (0..4).for_each(|_| window.harness.step());
    window.press("Export");
    window.wait_for_part("Exported out.nk.");
    assert!(std::fs::read_to_string(folder.path().join("out.nk")).unwrap().starts_with("Tracker4 {"));
    assert_eq!(names_in(folder.path()), ["out.nk"]);
}

#[test]
fn a_presets_numbers_hold_for_every_format_and_for_one_export() {
    let folder = tempfile::tempdir().unwrap();
    let number = |window: &Window| window.harness.get_by_label(FIRST_NUMBER).accesskit_node().numeric_value();
    let mut window = dialog(folder.path());
    assert_eq!(number(&window), Some(0.0));
    window.press("Compositing");
    window.press("JSON (.json)");
    window.wait_for_part("probability\n0,point 1,1001,");
    assert_eq!(number(&window), Some(1001.0));
    window.press("Export");
    window.wait_for_part("Exported out.csv, out.json, out_png.");
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(read("out.csv").lines().nth(1).unwrap().starts_with("0,point 1,1001,"));
    assert!(
        read("out.json").contains("\"frames\": [1001,1002,") || read("out.json").contains("\"frames\": [1001, 1002,")
    );
    assert_eq!(names_in(&folder.path().join("out_png"))[0], "out_001001.png");
    open(&mut window);
    assert_eq!(number(&window), Some(0.0), "the next export counts as the user is used to");
    assert!(window.has_part("out_png"), "the formats stay");
}

#[test]
fn what_cannot_be_exported_is_said_and_choices_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = dialog(folder.path());
    window.press("Annotated clip (.mp4)");
    window.press("Table (.csv)");
    window.wait_for_label("Choose at least one format.");
    assert!(!is_enabled(&window, "Export"));
    window.press("JSON (.json)");
    window.press("Cancel");
    window.harness.step(); // the dialog is gone
    window.key(egui::Key::Escape); // deselects
    open(&mut window);
    window.wait_for_part("1 target");
    choose(&mut window, "Points", "Selected (0)");
    window.wait_for_label("No point is selected.");
    assert!(!is_enabled(&window, "Export"));
    choose(&mut window, "Points", "All (1)");
    assert!(is_enabled(&window, "Export"));
}

#[test]
fn the_log_keeps_messages_by_level() {
    use tracing_subscriber::layer::SubscriberExt;
    let subscriber = tracing_subscriber::registry().with(cotrail::journal::layer());
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let dialogs = vec![PathBuf::from("log/broken.mp4")];
    let mut window = Window::start(Some(Path::new("clip.mp4")), dialogs);
    window.wait_for_part("Video, frame 0 of");
    window.key_with(egui::Modifiers::COMMAND, egui::Key::O);
    window.wait_for_label("Cannot open broken.mp4: this is not a video.");
    window.press("Dismiss message");
    window.key_with(egui::Modifiers::SHIFT, egui::Key::F12);
    window.wait_for_part("Messages shown, Everything");
    window.wait_for_part("Cannot open broken.mp4: this is not a video.");
    choose(&mut window, "Messages shown", "Errors");
    window.wait_for_part("Messages shown, Errors");
    window.wait_for_part("Cannot open broken.mp4: this is not a video.");
    window.press("Copy all");
    let copied = window.harness.output().platform_output.commands.iter().any(|command| {
        matches!(command, egui::OutputCommand::CopyText(text) if text.contains("ERROR") && text.contains("log/broken.mp4"))
    });
    assert!(copied);
}

#[test]
fn a_sequence_of_images_counts_as_the_names_of_its_files_do() {
    let folder = tempfile::tempdir().unwrap();
    for number in (1001..=1012).filter(|number| *number != 1005) {
        image::RgbImage::new(96, 72).save(folder.path().join(format!("shot.{number}.png"))).unwrap();
    }
    let mut window = Window::start(Some(&folder.path().join("shot.####.png")), Vec::new());
    window.wait_for_part("Video, frame 1001 of 1001 to 1012");
    window.wait_for_part("1 missing");
    window.key(egui::Key::ArrowRight);
    window.wait_for_part("Video, frame 1002 of 1001 to 1012");
    assert_eq!(window.timeline_value().as_deref(), Some("frame 1002 of 1001 to 1012"));
    window.click_picture(egui::vec2(-40.0, 10.0));
    window.wait_for_part("point 1, ");
    window.wait("tracking is over", |harness| harness.query_by_label("Stop").is_none());
    open(&mut window);
    window.wait_for_part("Whole clip (1001–1012)");
    assert_eq!(window.harness.get_by_label(FIRST_NUMBER).accesskit_node().numeric_value(), Some(1001.0));
    window.wait_for_part("probability\n0,point 1,1002,");
    let base = folder.path().join("shot_tracks").display().to_string();
    let fields = window.harness.query_all_by_role(Role::TextInput);
    assert!(fields.into_iter().any(|field| field.value().is_some_and(|value| value == base)));
}

#[test]
fn words_and_pictures_are_pinned_to_points() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = dialog(folder.path());
    window.press("Table (.csv)");
    window.press("PNG pictures (folder)");
    window.press("Annotated clip (.mp4)");
    let scroll_to = |window: &mut Window, label: &str| {
        window.harness.get_by_label(label).scroll_to_me();
        (0..4).for_each(|_| window.harness.step());
    };
    scroll_to(&mut window, "Add");
    window.press("Add");
    choose(&mut window, "What is pinned", "Picture");
    let logo = folder.path().join("logo.png");
    let field = window.harness.get_by_label("Path of a picture");
    field.focus();
    window.harness.step();
    window.harness.event(egui::Event::Text(logo.display().to_string()));
    window.harness.step();
    window.press("Export");
    window.wait_for_part("logo.png"); // it is not there: the message names it

    image::RgbaImage::from_pixel(8, 8, image::Rgba([9, 200, 7, 255])).save(&logo).unwrap();
    window.press("Export");
    window.wait_for_part("Exported out_png.");
    let green = |name: String| {
        let picture = image::open(folder.path().join("out_png").join(name)).unwrap().into_rgba8();
        picture.pixels().filter(|pixel| pixel.0 == [9, 200, 7, 255]).count()
    };
    let most = names_in(&folder.path().join("out_png")).into_iter().map(green).max().unwrap();
    // 15 % of 96 pixels a side; the point's mark lies over the middle.
    assert!((60..=230).contains(&most), "{most} pixels");
}
