//! What the overlay and the picture look like, and moving the view by keys.

use super::Window;
use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use std::path::Path;

impl Window {
    /// The zoom that the row of buttons shows, in per cent.
    pub(super) fn zoom_percent(&self) -> f32 {
        let labels = self.harness.query_all_by_label_contains(" %");
        let texts = labels.filter_map(|node| node.accesskit_node().value().or(node.accesskit_node().label()));
        let zooms: Vec<f32> = texts.filter_map(|text| text.strip_suffix(" %")?.parse().ok()).collect();
        zooms[0]
    }

    fn with_tracked_point() -> Self {
        let mut window = Self::with_clip();
        window.click_picture(vec2(-60.0, 20.0));
        window.wait_for_part("point 1, ");
        window.wait("tracking is over", |harness| harness.query_by_label("Stop").is_none());
        window
    }
}

#[test]
fn colours_can_tell_speed_or_confidence_and_then_a_scale_says_what_they_mean() {
    let mut window = Window::with_tracked_point();
    assert!(!window.has_part("Colours: "));
    window.key_with(Modifiers::SHIFT, Key::Y);
    window.wait_for_label("Colour by");
    window.press("Confidence");
    window.wait_for_part("Colours: Confidence");
    window.press("Speed");
    window.wait_for_part("Colours: Speed");
    window.harness.get_by_label("Speed with the brightest colour").set_value_accesskit(25.0);
    window.wait_for_label("Colours: Speed  0 to 25 px/frame");
    window.key_with(Modifiers::SHIFT, Key::Y);
    window.wait("it is closed", |harness| harness.query_by_label("Colour by").is_none());
    window.key_with(Modifiers::SHIFT, Key::C);
    window.wait_for_part("Colours: Confidence");
}

#[test]
fn the_picture_is_seen_alone_as_long_as_the_key_is_held() {
    let mut window = Window::with_tracked_point();
    window.key_with(Modifiers::SHIFT, Key::C);
    window.wait_for_part("Colours: Speed");
    window.harness.key_down(Key::P);
    window.harness.step();
    window.harness.step();
    assert!(!window.has_part("Colours: "));
    window.harness.key_up(Key::P);
    window.harness.step();
    window.wait_for_part("Colours: Speed");
}

#[test]
fn the_view_goes_to_the_selected_point_and_keeps_it_in_the_middle() {
    let mut window = Window::with_tracked_point();
    for _ in 0..7 {
        window.key(Key::Minus);
    }
    window.harness.step();
    let far = window.zoom_percent();
    window.key_with(Modifiers::SHIFT, Key::F);
    window.harness.step();
    let near = window.zoom_percent();
    assert!(near > far + 50.0, "{far} {near}");
    window.key(Key::C);
    window.key(Key::ArrowRight);
    window.wait_for_part("Video, frame 1 of");
    // In the middle: a press there takes hold of the point instead of adding one.
    window.harness.step();
    window.click_picture(vec2(0.0, 0.0));
    assert!(!window.has_part("point 2, "));
    window.key_with(Modifiers::ALT | Modifiers::SHIFT, Key::ArrowRight);
    window.harness.step();
    window.click_picture(vec2(0.0, 0.0));
    window.wait_for_part("point 2, ");
}

#[test]
fn the_scale_of_speeds_is_not_that_of_the_clip_before() {
    let mut window = Window::start(Some(Path::new("clip.mp4")), vec!["other.mp4".into()]);
    window.wait_for_part("Video, frame 0 of");
    window.key_with(Modifiers::SHIFT, Key::Y);
    window.wait_for_label("Colour by");
    window.press("Speed");
    window.wait_for_part("Colours: Speed");
    window.harness.get_by_label("Speed with the brightest colour").set_value_accesskit(77.0);
    window.wait_for_label("Colours: Speed  0 to 77 px/frame");
    window.key_with(Modifiers::COMMAND, Key::O);
    window.wait_for_label("other.mp4");
    window.wait("the scale is its own", |harness| {
        harness.query_by_label("Colours: Speed  0 to 77 px/frame").is_none()
            && harness.query_all_by_label_contains("Colours: Speed").next().is_some()
    });
}
