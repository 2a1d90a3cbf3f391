//! The app's own small dialogs: a path to type, a question, the sheet of keys.

use super::actions::{Action, Actions};
use super::controls::{is_confirmed, primary_button_ui};
use super::keys::{Menu, TABLE};
use super::state::{Prompt, State};
use super::style::{self, GAP};
use egui::{Align, Context, Grid, Id, Key, Label, Layout, Modal, RichText, ScrollArea, TextEdit, Ui};
use std::path::{Path, PathBuf};

/// The dialog that is open, if one is.
pub(super) fn prompt_ui(ctx: &Context, state: &mut State, actions: &mut Actions) {
    let num_points = state.num_points();
    let Some(mut prompt) = state.prompt.take() else { return };
    let room = ctx.content_rect().size();
    let modal = Modal::new(Id::unique("prompt")).frame(style::dialog_frame(ctx)).show(ctx, |ui| match &mut prompt {
        Prompt::Path { text, note, needs_focus } => {
            ui.set_width(420.0f32.min(room.x - 48.0));
            path_ui(ui, text, note, needs_focus, actions);
        }
        Prompt::Replace(path) => {
            ui.set_width(360.0f32.min(room.x - 48.0));
            replace_ui(ui, path, num_points, actions);
        }
        Prompt::Keys => {
            ui.set_width(500.0f32.min(room.x - 48.0));
            keys_ui(ui, state, room.y - 160.0, actions);
        }
    });
    if modal.should_close() {
        actions.push(Action::ClosePrompt);
    }
    state.prompt = Some(prompt);
}

fn path_ui(ui: &mut Ui, text: &mut String, note: &str, needs_focus: &mut bool, actions: &mut Actions) {
    ui.heading("Open path");
    ui.add_space(GAP);
    if !note.is_empty() {
        ui.label(RichText::new(note).weak());
    }
    let caption = ui.label("Video file or folder of images");
    let field = TextEdit::singleline(text).desired_width(f32::INFINITY).margin(egui::vec2(6.0, 5.0));
    let response = ui.add(field.hint_text("/home/me/clip.mp4")).labelled_by(caption.id);
    if std::mem::take(needs_focus) {
        response.request_focus();
    }
    let is_entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    let path = PathBuf::from(text.trim().trim_matches('"'));
    let can_open = !path.as_os_str().is_empty();
    ui.add_space(2.0 * GAP);
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let is_clicked = primary_button_ui(ui, "Open", can_open).clicked();
        if can_open && (is_clicked || is_entered) {
            actions.extend([Action::ClosePrompt, Action::Open(path)]);
        }
        if ui.button("Cancel").clicked() {
            actions.push(Action::ClosePrompt);
        }
    });
}

fn replace_ui(ui: &mut Ui, path: &Path, num_points: usize, actions: &mut Actions) {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    ui.heading(format!("Open {name}?"));
    ui.add_space(GAP);
    let points = if num_points == 1 { "the point".to_owned() } else { format!("the {num_points} points") };
    ui.add(
        Label::new(format!("This closes the current clip, and {points} with what was tracked will be lost.")).wrap(),
    );
    ui.add_space(2.0 * GAP);
    let is_entered = is_confirmed(ui);
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        if primary_button_ui(ui, "Open", true).clicked() || is_entered {
            actions.push(Action::Replace(path.to_owned()));
        }
        if ui.button("Cancel").clicked() {
            actions.push(Action::ClosePrompt);
        }
    });
}

fn keys_ui(ui: &mut Ui, state: &State, max_height: f32, actions: &mut Actions) {
    ui.heading("Keys");
    ui.add_space(GAP);
    // Both limits: else the sheet would grow for many frames after it has opened.
    ScrollArea::vertical().max_height(max_height).min_scrolled_height(max_height).auto_shrink([false, true]).show(
        ui,
        |ui| {
            ui.spacing_mut().interact_size.y = 20.0;
            let grid = Grid::new("keys").num_columns(3).spacing([20.0, 2.0]).min_col_width(20.0);
            grid.show(ui, |ui| {
                for menu in Menu::ALL {
                    heading_row_ui(ui, menu.name());
                    for binding in TABLE.iter().filter(|binding| binding.menu == menu && !binding.keys.is_empty()) {
                        let keys: Vec<String> = binding.keys.iter().map(|chord| chord.text()).collect();
                        let reason = state.availability(binding.command).err();
                        row_ui(ui, &keys.join(" or "), binding.name, reason);
                    }
                }
                heading_row_ui(ui, "Mouse");
                for (gesture, meaning) in [
                    ("Click", "Add a point, or select the one there"),
                    ("Drag", "Place a new point exactly, or move one on this frame; Shift slows, Esc gives up"),
                    ("Double click", "Move a point by keys: arrows 1 px, Shift 10, Ctrl 0.1; Enter keeps"),
                    ("Wheel", "Zoom about the pointer"),
                    ("Middle drag", "Move the picture"),
                    ("Double click", "Rename, in the list of points"),
                ] {
                    row_ui(ui, gesture, meaning, None);
                }
            });
        },
    );
    ui.add_space(GAP);
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        if ui.button("Close").clicked() {
            actions.push(Action::ClosePrompt);
        }
    });
}

fn heading_row_ui(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).strong().color(style::tokens(ui).accent));
    ui.end_row();
}

fn row_ui(ui: &mut Ui, keys: &str, name: &str, reason: Option<&str>) {
    ui.label(RichText::new(keys).font(style::figures(12.0)));
    let name = RichText::new(name);
    ui.label(if reason.is_some() { name.weak() } else { name });
    ui.label(RichText::new(reason.unwrap_or_default()).small().weak());
    ui.end_row();
}
