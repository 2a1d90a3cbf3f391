//! Placing and moving points on the picture.

use super::Window;
use egui::{Event, Key, Modifiers, PointerButton, Pos2, Vec2, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use std::path::Path;

impl Window {
    pub(super) fn with_clip() -> Self {
        let mut window = Self::start(Some(Path::new("clip.mp4")), Vec::new());
        window.wait_for_part("Video, frame 0 of 0 to 23");
        window
    }

    pub(super) fn canvas(&self) -> egui::Rect {
        self.harness.query_all_by_label_contains("Video, frame").next().unwrap().rect()
    }

    /// A place on the canvas, `offset` points from its middle.
    pub(super) fn at(&self, offset: Vec2) -> Pos2 {
        self.canvas().center() + offset
    }

    pub(super) fn move_to(&mut self, at: Pos2) {
        self.harness.event(Event::PointerMoved(at));
        self.harness.step();
        self.harness.step();
    }

    pub(super) fn button(&mut self, pos: Pos2, pressed: bool) {
        let (button, modifiers) = (PointerButton::Primary, Modifiers::NONE);
        self.harness.event(Event::PointerButton { pos, button, pressed, modifiers });
        self.harness.step();
        self.harness.step();
    }

    pub(super) fn drag(&mut self, from: Pos2, to: Pos2) {
        self.move_to(from);
        self.button(from, true);
        self.move_to(to);
        self.button(to, false);
    }

    /// What the magnifier says: x and y.
    fn loupe(&self) -> Option<(f32, f32)> {
        let label = self.harness.query_by_label_contains("Magnifier, x ")?.accesskit_node().label()?;
        let (x, y) = label.strip_prefix("Magnifier, x ")?.split_once(", y ")?;
        Some((x.parse().ok()?, y.parse().ok()?))
    }
}

/// The picture of the test clip is 96 × 72 and fills the canvas from top to bottom or from side to side.
pub(super) fn zoom(window: &Window) -> f32 {
    let room = window.canvas().size() - Vec2::splat(16.0);
    (room.x / 96.0).min(room.y / 72.0)
}

#[test]
fn a_press_shows_the_magnifier_a_drag_refines_and_the_release_adds_the_point() {
    let mut window = Window::with_clip();
    let zoom = zoom(&window);
    let from = window.at(vec2(0.0, 0.0));
    window.move_to(from);
    window.button(from, true);
    let (x, y) = window.loupe().expect("the magnifier is there");
    assert!((x - 47.5).abs() < 0.2 && (y - 35.5).abs() < 0.2, "{x} {y}");
    let to = from + vec2(10.0, -5.0) * zoom;
    window.move_to(to);
    let (x, y) = window.loupe().unwrap();
    assert!((x - 57.5).abs() < 0.2 && (y - 30.5).abs() < 0.2, "{x} {y}");
    assert!(!window.has_part("point 1"), "not before the release");
    window.button(to, false);
    window.wait_for_part("point 1, ");
    assert_eq!(window.loupe(), None);
}

#[test]
fn esc_gives_up_a_point_and_shift_slows_the_drag() {
    let mut window = Window::with_clip();
    let zoom = zoom(&window);
    let from = window.at(vec2(0.0, 0.0));
    window.move_to(from);
    window.button(from, true);
    window.harness.event(Event::ModifiersChanged(Modifiers::SHIFT));
    window.move_to(from + vec2(8.0, 0.0) * zoom);
    let (x, _) = window.loupe().unwrap();
    assert!((x - 49.5).abs() < 0.2, "{x}");
    window.harness.event(Event::ModifiersChanged(Modifiers::NONE));
    window.key(Key::Escape);
    window.harness.step();
    assert_eq!(window.loupe(), None);
    window.button(from, false);
    window.harness.step();
    assert!(window.has_part("No points yet."));
}

#[test]
fn the_magnifier_can_be_switched_off() {
    let mut window = Window::with_clip();
    window.key(Key::M);
    let at = window.at(vec2(0.0, 0.0));
    window.move_to(at);
    window.button(at, true);
    assert_eq!(window.loupe(), None);
    window.button(at, false);
    window.wait_for_part("point 1, ");
}

#[test]
fn arrows_nudge_a_point_in_edit_mode_and_esc_puts_it_back() {
    let mut window = Window::with_clip();
    window.click_picture(vec2(0.0, 0.0));
    window.wait_for_part("point 1, ");
    window.wait("tracking is over", |harness| harness.query_by_label("Stop").is_none());
    window.key(Key::Enter);
    window.harness.step();
    let (x, y) = window.loupe().expect("Enter begins to edit");
    window.key(Key::ArrowRight);
    window.key_with(Modifiers::SHIFT, Key::ArrowDown);
    window.key_with(Modifiers::COMMAND, Key::ArrowRight);
    window.harness.step();
    let (moved_x, moved_y) = window.loupe().unwrap();
    assert!((moved_x - x - 1.1).abs() < 0.06 && (moved_y - y - 10.0).abs() < 0.06, "{moved_x} {moved_y}");
    assert!(window.has_part("Video, frame 0 of"), "arrows do not step meanwhile");
    window.key(Key::Escape);
    window.harness.step();
    assert_eq!(window.loupe(), None);
    window.key(Key::ArrowRight);
    window.wait_for_part("Video, frame 1 of");
}

#[test]
fn a_dragged_point_is_corrected_on_its_frame_and_passes_through_there_exactly() {
    let mut window = Window::with_clip();
    window.click_picture(vec2(0.0, 0.0));
    window.wait_for_part("point 1, ");
    window.wait("tracking is over", |harness| harness.query_by_label("Stop").is_none());
    let (from, to) = (window.at(vec2(0.0, 0.0)), window.at(vec2(60.0, 40.0)));
    window.move_to(from);
    window.button(from, true);
    window.move_to(to);
    let wanted = window.loupe().expect("the magnifier shows where the point goes");
    window.button(to, false);
    window.wait("it is followed again", |harness| harness.query_by_label("Stop").is_none());
    assert!(!window.has_part("point 2"), "a drag adds nothing");
    window.key(Key::Enter);
    window.harness.step();
    assert_eq!(window.loupe(), Some(wanted));
    window.key(Key::Escape);
    window.drag(to, from);
    window.wait("it is followed again", |harness| harness.query_by_label("Stop").is_none());
    window.key_with(Modifiers::COMMAND, Key::Z);
    window.wait_for_part("Undone: ");
    window.key(Key::Enter);
    window.harness.step();
    assert_eq!(window.loupe(), Some(wanted));
}

#[test]
fn keys_alone_place_points() {
    let mut window = Window::with_clip();
    window.key(Key::A);
    window.harness.step();
    let (x, y) = window.loupe().expect("the magnifier follows the cursor");
    assert!((x - 47.5).abs() < 0.2 && (y - 35.5).abs() < 0.2, "it begins in the middle: {x} {y}");
    window.key_with(Modifiers::SHIFT, Key::ArrowRight);
    window.key(Key::ArrowUp);
    window.harness.step();
    let cursor = window.loupe().unwrap();
    assert!((cursor.0 - x - 10.0).abs() < 0.06 && (y - cursor.1 - 1.0).abs() < 0.06, "{cursor:?}");
    assert!(window.has_part("Video, frame 0 of"), "arrows do not step meanwhile");
    window.key(Key::Enter);
    window.wait_for_part("point 1, ");
    assert_eq!(window.loupe(), None);
    // The next one begins where the last one was placed; Esc gives it up.
    window.key(Key::A);
    window.harness.step();
    assert_eq!(window.loupe(), Some(cursor));
    for _ in 0..20 {
        window.key_with(Modifiers::SHIFT, Key::ArrowDown);
    }
    window.harness.step();
    assert!(window.loupe().unwrap().1 <= 71.5, "it stays in the picture");
    window.key(Key::Escape);
    window.harness.step();
    assert!(window.loupe().is_none() && !window.has_part("point 2"));
    window.key(Key::ArrowRight);
    window.wait_for_part("Video, frame 1 of");
}

#[test]
fn a_cursor_that_keys_move_goes_with_the_frames_and_leaves_nothing_behind() {
    let mut window = Window::with_clip();
    window.key(Key::A);
    window.key(Key::Period);
    window.wait_for_part("Video, frame 1 of");
    assert!(window.loupe().is_some() && !window.has_part("point 1"), "it is not placed by going on");
    window.click_picture(vec2(90.0, 60.0));
    window.wait_for_part("point 1, ");
    window.harness.step();
    assert!(window.loupe().is_none() && !window.has_part("point 2"), "a click places one point");
}

#[test]
fn the_right_button_opens_the_menu_of_a_point_on_the_picture() {
    let mut window = Window::with_clip();
    window.click_picture(vec2(-60.0, 0.0));
    window.click_picture(vec2(60.0, 0.0));
    window.wait_for_part("point 2, ");
    let right_click = |window: &mut Window, offset: Vec2| {
        let pos = window.at(offset);
        window.move_to(pos);
        for pressed in [true, false] {
            let (button, modifiers) = (PointerButton::Secondary, Modifiers::NONE);
            window.harness.event(Event::PointerButton { pos, button, pressed, modifiers });
            window.harness.step();
        }
        window.harness.step();
    };
    right_click(&mut window, vec2(0.0, 80.0));
    assert!(!window.has_part("Rename point"), "there is no point");
    right_click(&mut window, vec2(-60.0, 0.0));
    window.wait_for_part("Rename point");
    window.harness.query_all_by_label_contains("Delete points").next().unwrap().click();
    window.wait("it is gone", |harness| harness.query_all_by_label_contains("point 1, ").next().is_none());
    assert!(window.has_part("point 2, "), "the other one was selected before");
}

#[test]
fn a_click_beside_a_menu_closes_it_and_places_nothing() {
    let mut window = Window::with_clip();
    window.press("View");
    window.wait_for_part("Fit picture");
    window.click_picture(vec2(60.0, 100.0)); // down and up within one frame
    window.wait("the menu is closed", |harness| harness.query_all_by_label_contains("Actual size").count() < 2);
    assert!(window.has_part("No points yet."));
    window.click_picture(vec2(60.0, 100.0));
    window.wait_for_part("point 1, ");
}

#[test]
fn the_view_zooms_while_it_follows_a_point() {
    let mut window = Window::with_clip();
    window.click_picture(vec2(0.0, 0.0));
    window.wait_for_part("point 1, ");
    window.wait("tracking is over", |harness| harness.query_by_label("Stop").is_none());
    window.key(Key::C);
    window.harness.step();
    let before = window.zoom_percent();
    window.key(Key::Plus);
    (0..3).for_each(|_| window.harness.step());
    let zoomed = window.zoom_percent();
    assert!(zoomed > 1.1 * before, "{before} {zoomed}");
    let at = window.at(vec2(0.0, 0.0));
    window.move_to(at);
    let wheel = Event::MouseWheel {
        unit: egui::MouseWheelUnit::Line,
        delta: vec2(0.0, -3.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    };
    window.harness.event(wheel);
    (0..3).for_each(|_| window.harness.step());
    assert!(window.zoom_percent() < zoomed / 1.3, "{}", window.zoom_percent());
}

#[test]
fn undo_says_so_once_and_gives_the_number_back() {
    let mut window = Window::with_clip();
    for x in [-120.0, 0.0, 120.0] {
        window.click_picture(vec2(x, 0.0));
    }
    window.wait_for_part("point 3, ");
    for num_left in [2, 1] {
        window.key_with(Modifiers::COMMAND, Key::Z);
        let gone = format!("point {}, ", num_left + 1);
        window.wait("it is undone", |harness| harness.query_all_by_label_contains(&gone).next().is_none());
    }
    assert_eq!(window.harness.query_all_by_label_contains("Undone: ").count(), 1);
    window.click_picture(vec2(0.0, 90.0));
    window.wait_for_part("point 2, ");
    assert!(!window.has_part("point 4"));
}

#[test]
fn the_selected_point_is_magnified_in_the_panel() {
    let mut window = Window::with_clip();
    window.key_with(Modifiers::COMMAND, Key::M);
    window.wait_for_label("Select a point to see it magnified here.");
    window.click_picture(vec2(0.0, 0.0));
    window.wait_for_part("Magnified point 1, x ");
    window.key_with(Modifiers::COMMAND, Key::M);
    window.harness.step();
    assert!(!window.has_part("Magnified point 1"));
}
