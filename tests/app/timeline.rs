//! The timeline, driven by what a screen reader hears.

use super::Window;
use cotrail::frame::Frame;
use cotrail::geometry::FrameIndex;
use cotrail::media::{FrameSource, MediaError, SourceInfo, SyntheticSource};
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
    window.harness.get_by_label("Playhead").set_value_accesskit(f64::from(frame));
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
    for _ in 0..12 {
        window.harness.step(); // a quarter of a second each: six frames
        let value = window.timeline_value().unwrap();
        assert!(["frame 5 ", "frame 6 ", "frame 7 "].iter().any(|frame| value.starts_with(frame)), "{value}");
    }
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
    assert_eq!(value(&window, part).as_deref(), Some("frames 0 to 8 of 0 to 23"));
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
    let strip = window.harness.get_by_label("Playhead").rect();
    let at = |share: f32| egui::pos2(strip.left() + 12.0 + share * (strip.width() - 24.0), strip.center().y);
    window.harness.event(egui::Event::PointerMoved(at(1.0) - egui::vec2(1.0, 0.0)));
    window.harness.step();
    let wheel = egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Line,
        delta: egui::vec2(0.0, 20.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
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

#[test]
fn lanes_select_their_track_and_problems_are_visited_by_key() {
    let mut window = start();
    window.click_picture(egui::vec2(-40.0, 10.0));
    window.click_picture(egui::vec2(60.0, -40.0));
    window.wait_for_part("point 2, ");
    window.key(Key::L);
    window.wait("lanes are counted to the end", |harness| {
        let lanes = ["Lane of point 1, ", "Lane of point 2, "].map(|part| {
            let lane = harness.query_all_by_label_contains(part).next();
            lane.and_then(|lane| lane.accesskit_node().label()).map_or(0, |label| num_frames_in(&label))
        });
        lanes.iter().all(|frames| *frames == 24)
    });
    let lane = window.harness.query_all_by_label_contains("Lane of point 1, ").next().unwrap().rect();
    click(&mut window, egui::pos2(lane.left() + 30.0, lane.center().y));
    assert_eq!(window.timeline_value().as_deref(), Some("frame 0 of 0 to 23"), "the name only selects");
    click(&mut window, egui::pos2(lane.right() - 14.0, lane.center().y));
    window.wait_for_part("Video, frame 23 of");
    window.key_with(Modifiers::SHIFT, Key::Home);
    window.wait_for_part("Video, frame 0 of");
    window.key(Key::L);
    window.wait("the lanes are closed", |harness| harness.query_all_by_label_contains("Lane of").next().is_none());
}

/// The sum of the counts in "Lane of point 1, 20 frames visible, 4 frames hidden, 2 problems".
fn num_frames_in(label: &str) -> usize {
    let parts = label.split(", ").filter(|part| part.contains("frames"));
    parts.filter_map(|part| part.split(' ').next()?.parse::<usize>().ok()).sum()
}

fn click(window: &mut Window, at: egui::Pos2) {
    window.harness.event(egui::Event::PointerMoved(at));
    window.harness.step();
    for pressed in [true, false] {
        let (button, modifiers) = (egui::PointerButton::Primary, Modifiers::NONE);
        window.harness.event(egui::Event::PointerButton { pos: at, button, pressed, modifiers });
        window.harness.step();
    }
}

#[test]
fn what_was_placed_by_hand_is_visited_in_either_direction() {
    let mut window = start();
    for frame in [4, 15] {
        go_to(&mut window, frame);
        window.click_picture(egui::vec2(-60.0 + 8.0 * frame as f32, 0.0));
    }
    window.wait_for_part("point 2, ");
    window.key(Key::Escape);
    let ctrl = Modifiers { ctrl: true, command: true, ..Modifiers::NONE };
    window.key_with(Modifiers::NONE, Key::Home);
    window.wait_for_part("Video, frame 0 of");
    for (key, frame) in [(Key::ArrowRight, 4), (Key::ArrowRight, 15), (Key::ArrowLeft, 4)] {
        window.key_with(ctrl, key);
        window.wait_for_part(&format!("Video, frame {frame} of"));
    }
}

/// Another shot begins with frame 14.
pub(super) struct Edited(pub(super) SyntheticSource);

impl FrameSource for Edited {
    fn info(&self) -> &SourceInfo {
        self.0.info()
    }

    fn read(&mut self, frame: FrameIndex) -> Result<Frame, MediaError> {
        let plain = self.0.read(frame)?;
        if frame.0 < 14 {
            return Ok(plain);
        }
        let other = plain.rgb().chunks(3).rev().flat_map(|p| [255 - p[2] / 2, 255 - p[0], p[1] / 3]);
        Ok(Frame::new(frame, plain.time_secs, plain.size(), other.collect()))
    }
}

#[test]
fn cuts_are_found_and_jumped_to() {
    let mut window = Window::start(Some(Path::new("cut.mp4")), Vec::new());
    window.wait_for_part("Video, frame 0 of");
    let ctrl_shift = Modifiers { ctrl: true, command: true, shift: true, ..Modifiers::NONE };
    window.wait("the survey has found the cut", |harness| {
        harness.key_press_modifiers(ctrl_shift, Key::ArrowRight);
        harness.query_all_by_label_contains("Video, frame 14 of").next().is_some()
    });
    window.key(Key::End);
    window.wait_for_part("Video, frame 23 of");
    window.key_with(ctrl_shift, Key::ArrowLeft);
    window.wait_for_part("Video, frame 14 of");
}

#[test]
fn problems_are_listed_and_a_click_goes_there() {
    let mut window = start();
    go_to(&mut window, 3);
    for x in [-80.0, 80.0] {
        window.click_picture(egui::vec2(x, 20.0));
    }
    window.wait_for_part("point 2, ");
    window.wait("tracking is over", |harness| harness.query_by_label("Stop").is_none());
    // No network is that sure: both points are lost after the frame on which they were placed.
    window.press("Results: threshold, smoothing, gaps");
    window.wait_for_label("Confidence threshold");
    window.harness.get_by_label("Confidence threshold").set_value_accesskit(1.0);
    window.harness.step();
    window.key(Key::Escape);
    window.key_with(Modifiers { ctrl: true, command: true, shift: true, ..Modifiers::NONE }, Key::N);
    window.wait_for_part(", score ");
    (0..3).for_each(|_| window.harness.step());
    let rows = |window: &Window| -> Vec<String> {
        let rows = window.harness.query_all_by_label_contains(", score ");
        rows.filter_map(|row| row.accesskit_node().label()).collect()
    };
    let scores: Vec<f32> = rows(&window).iter().map(|row| row.rsplit(' ').next().unwrap().parse().unwrap()).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "the worst comes first: {scores:?}");
    window.press("Sort problems by frames");
    window.harness.step();
    let first = |row: &String| -> u32 {
        row.split("frames ").nth(1).unwrap().split([' ', ',']).next().unwrap().parse().unwrap()
    };
    let listed = rows(&window);
    assert!(listed.is_sorted_by_key(first), "{listed:?}");
    let last = listed.last().unwrap().clone();
    window.press(&last);
    window.wait_for_part(&format!("Video, frame {} of", first(&last)));
    window.press("List of problems");
    window.wait("the list is closed", |harness| harness.query_all_by_label_contains(", score ").next().is_none());
}
