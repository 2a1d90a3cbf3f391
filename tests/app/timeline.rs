//! The timeline, driven by what a screen reader hears.

use super::Window;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use std::path::Path;

fn value(window: &Window, label: &str) -> Option<String> {
    window.harness.query_by_label(label)?.accesskit_node().value()
}

fn start() -> Window {
    let mut window = Window::start(Some(Path::new("clip.mp4")), Vec::new());
    window.wait_for_part("Video, frame 0 of");
    window
}

fn go_to(window: &mut Window, frame: u32) {
    window.harness.get_by_label("Timeline").set_value_accesskit(f64::from(frame));
    window.wait_for_part(&format!("Video, frame {frame} of"));
}

#[test]
fn the_range_is_set_by_keys_moved_by_its_edges_and_looped() {
    let mut window = start();
    assert_eq!(value(&window, "Range start"), None);
    go_to(&mut window, 5);
    window.key(Key::I);
    go_to(&mut window, 9);
    window.key(Key::O);
    window.harness.step();
    assert_eq!(value(&window, "Range start").as_deref(), Some("frame 5"));
    assert_eq!(value(&window, "Range end").as_deref(), Some("frame 9"));
    window.harness.get_by_label("Range end").set_value_accesskit(7.0);
    window.wait_for_part("Video, frame 7 of");
    window.harness.step();
    assert_eq!(value(&window, "Range end").as_deref(), Some("frame 7"));
    // A loop begins at the start of the range, since the playhead stands at its end.
    window.key_with(Modifiers::SHIFT, Key::L);
    window.key(Key::Space);
    window.wait_for_part("Video, frame 5 of");
    window.wait_for_part("Video, frame 7 of");
    window.wait_for_part("Video, frame 5 of");
    window.key(Key::Space);
    window.key_with(Modifiers::ALT, Key::X);
    window.harness.step();
    assert_eq!(value(&window, "Range start"), None);
}

#[test]
fn the_timeline_zooms_about_the_playhead_follows_it_and_shows_all_again() {
    let mut window = start();
    let part = "Shown part of the timeline";
    assert_eq!(value(&window, part), None, "all is shown");
    for _ in 0..20 {
        window.key_with(Modifiers::ALT, Key::Plus);
    }
    window.harness.step();
    assert_eq!(value(&window, part).as_deref(), Some("frames 0 to 7 of 0 to 23"));
    go_to(&mut window, 12);
    window.harness.step();
    assert_eq!(value(&window, part).as_deref(), Some("frames 5 to 12 of 0 to 23"));
    window.harness.get_by_label(part).set_value_accesskit(16.0);
    window.harness.step();
    window.harness.step();
    assert_eq!(value(&window, part).as_deref(), Some("frames 16 to 23 of 0 to 23"));
    window.key_with(Modifiers::SHIFT, Key::Z);
    window.harness.step();
    assert_eq!(value(&window, part), None);
}

#[test]
fn the_wheel_with_ctrl_zooms_about_the_pointer_and_alt_drag_to_frames() {
    let mut window = start();
    let part = "Shown part of the timeline";
    let strip = window.harness.get_by_label("Timeline").rect();
    let at = |share: f32| egui::pos2(strip.left() + 12.0 + share * (strip.width() - 24.0), strip.center().y);
    window.harness.event(egui::Event::PointerMoved(at(1.0) - egui::vec2(1.0, 0.0)));
    window.harness.step();
    let wheel = egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Line,
        delta: egui::vec2(0.0, 20.0),
        phase: egui::TouchPhase::Move,
        modifiers: Modifiers { ctrl: true, command: true, ..Modifiers::NONE },
    };
    window.harness.event(wheel);
    window.harness.step();
    window.harness.step();
    assert_eq!(value(&window, part).as_deref(), Some("frames 15 to 23 of 0 to 23"));
    let drag = |window: &mut Window, from: f32, to: f32| {
        let held = Modifiers::ALT;
        for (pos, pressed) in [(at(from), true), (at(to), false)] {
            window.harness.event_modifiers(egui::Event::PointerMoved(pos), held);
            let button = egui::PointerButton::Primary;
            window.harness.event_modifiers(egui::Event::PointerButton { pos, button, pressed, modifiers: held }, held);
            window.harness.step();
        }
        window.harness.step();
    };
    drag(&mut window, 0.5, 0.5);
    assert_eq!(value(&window, part), None, "Alt+click shows all");
    drag(&mut window, 0.26, 0.74);
    assert_eq!(value(&window, part).as_deref(), Some("frames 6 to 17 of 0 to 23"));
    assert_eq!(window.timeline_value().as_deref(), Some("frame 0 of 0 to 23"), "none of this scrubbed");
}

#[test]
fn the_ruler_counts_in_frames_seconds_or_timecode() {
    let mut window = start();
    assert!(window.harness.query_by_label("Ruler in frames").is_some());
    window.key(Key::U);
    window.wait_for_label("Ruler in seconds");
    window.press("Ruler in seconds");
    window.wait_for_label("Ruler in timecode");
    go_to(&mut window, 23);
    window.wait_for_label("00:00:00:23");
    window.key(Key::U);
    window.wait_for_label("Ruler in frames");
}
