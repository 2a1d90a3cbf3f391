//! The command palette.

use super::{NUM_FRAMES, Window};
use egui::accesskit::Toggled;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use std::path::Path;

const FIELD: &str = "Command, frame number or point";

impl Window {
    pub(super) fn open_palette(&mut self) {
        self.key_with(Modifiers::COMMAND, Key::P);
        self.wait_for_label(FIELD);
        self.harness.step();
    }

    pub(super) fn type_text(&mut self, text: &str) {
        self.harness.event(egui::Event::Text(text.into()));
        self.harness.step();
        self.harness.step();
    }

    fn chosen_entry(&self) -> Option<String> {
        let entries = self.harness.query_all_by_role(egui::accesskit::Role::ListBoxOption);
        let chosen = entries.into_iter().find(|entry| entry.accesskit_node().toggled() == Some(Toggled::True));
        chosen.and_then(|entry| entry.accesskit_node().label())
    }
}

#[test]
fn a_few_letters_and_enter_run_a_command() {
    let mut window = Window::start(Some(Path::new("clip.mp4")), Vec::new());
    window.wait_for_part("Video, frame 0 of");
    window.open_palette();
    assert_eq!(window.chosen_entry().as_deref(), Some("Open…, Ctrl+O"));
    window.type_text("lafr");
    assert_eq!(window.chosen_entry().as_deref(), Some("Last frame, End"));
    window.key(Key::Enter);
    window.wait_for_part(&format!("Video, frame {} of", NUM_FRAMES - 1));
    assert!(!window.has_part(FIELD), "it closes");
    window.open_palette();
    assert_eq!(window.chosen_entry().as_deref(), Some("Last frame, End"), "the last one used stands first");
    window.key(Key::Escape);
    window.harness.step();
    assert!(!window.has_part(FIELD), "Esc closes it");
}

#[test]
fn the_palette_goes_to_frames_and_to_points() {
    let mut window = Window::start(Some(Path::new("clip.mp4")), Vec::new());
    window.wait_for_part("Video, frame 0 of");
    window.click_picture(egui::vec2(-60.0, 0.0));
    window.click_picture(egui::vec2(60.0, 0.0));
    window.wait_for_part("point 2, ");
    window.open_palette();
    window.type_text("17");
    window.key(Key::Enter);
    window.wait_for_part("Video, frame 17 of");
    window.open_palette();
    window.type_text("900");
    assert_eq!(window.chosen_entry().as_deref(), Some("Go to frame 900, the last frame is 23"));
    window.key(Key::Enter);
    assert!(window.has_part(FIELD), "what cannot be done leaves it open");
    window.key(Key::Escape);
    window.open_palette();
    window.type_text("point 1");
    assert_eq!(window.chosen_entry().as_deref(), Some("Select point 1, point"));
    window.key(Key::Enter);
    window.wait("the row is selected", |harness| {
        let mut rows = harness.query_all_by_role(egui::accesskit::Role::ListItem);
        rows.any(|row| {
            let node = row.accesskit_node();
            node.toggled() == Some(Toggled::True) && node.label().is_some_and(|label| label.starts_with("point 1, "))
        })
    });
}

#[test]
fn what_cannot_be_used_says_why_and_plain_keys_only_type() {
    let mut window = Window::start(None, Vec::new());
    window.wait_for_label("Follow any point through a video");
    window.open_palette();
    window.type_text("plpau");
    assert_eq!(window.chosen_entry().as_deref(), Some("Play or pause, needs a clip"));
    window.key(Key::Enter);
    assert!(window.has_part(FIELD));
    window.key_with(Modifiers::COMMAND, Key::A);
    window.type_text("keys");
    window.key(Key::ArrowDown);
    window.key(Key::ArrowUp);
    window.press("Keys, F1");
    window.wait_for_label("Mouse");
}
