//! The app's own small dialogs: a path to type, a question, the sheet of keys.

use super::project_prompts::{live_tracks_ui, relink_ui, replace_file_ui, running_ui, unsaved_ui};
use crate::app::actions::{Actions, CameraAction, ClipAction, Leave, ProjectAction, ShellAction};
use crate::app::clip::properties::properties_ui;
use crate::app::desk::prompt::{PathPurpose, Prompt};
use crate::app::kit::commands::{MENUS, TABLE};
use crate::app::kit::controls::{end_row_ui, primary_button_ui, scroll_ui};
use crate::app::kit::style::{self, GAP};
use crate::app::state::State;
use egui::{Align, Context, Id, Key, Label, Layout, Modal, RichText, TextEdit, Ui, vec2};
use std::path::PathBuf;

const KEYS_COLUMN: f32 = 176.0;

pub(crate) fn prompt_ui(ctx: &Context, state: &mut State, actions: &mut Actions) {
    let Some(mut prompt) = state.desk.prompt.take() else { return };
    let room = ctx.content_rect().size();
    let width: f32 = match prompt {
        Prompt::Unsaved(_) | Prompt::Running | Prompt::ReplaceFile(_) => 380.0,
        Prompt::LiveTracks(_) | Prompt::Relink => 400.0,
        Prompt::Path { .. } | Prompt::Properties { .. } => 420.0,
        Prompt::Keys => 540.0,
    };
    let modal = Modal::new(Id::unique("prompt")).frame(style::dialog_frame(ctx)).show(ctx, |ui| {
        ui.set_width(width.min(room.x - 48.0));
        match &mut prompt {
            Prompt::Path { text, note, needs_focus, purpose } => {
                path_ui(ui, text, note, needs_focus, *purpose, actions);
            }
            Prompt::Unsaved(leave) => unsaved_ui(ui, &state.clip, leave, &state.ended_by(leave), actions),
            Prompt::Running => running_ui(ui, &state.ended_by(&Leave::Quit), actions),
            Prompt::LiveTracks(leave) => live_tracks_ui(ui, &state.camera, leave, actions),
            Prompt::ReplaceFile(path) => replace_file_ui(ui, path, actions),
            Prompt::Relink => relink_ui(ui, &state.clip, actions),
            Prompt::Properties { frame_rate, stream } => {
                properties_ui(ui, &state.clip, (frame_rate, stream), actions);
            }
            Prompt::Keys => keys_ui(ui, state, actions),
        }
    });
    if modal.should_close() {
        actions.push(ShellAction::ClosePrompt);
    }
    state.desk.prompt = Some(prompt);
}

fn path_ui(
    ui: &mut Ui,
    text: &mut String,
    note: &str,
    needs_focus: &mut bool,
    purpose: PathPurpose,
    actions: &mut Actions,
) {
    let (heading, caption, button) = match purpose {
        PathPurpose::Open => ("Open path", "Video file, folder of images or project", "Open"),
        PathPurpose::Import => ("Import points or tracks", "Table (.csv, .txt, .json or .npz)", "Import"),
        PathPurpose::Save => ("Save project as", "Project file", "Save"),
        PathPurpose::Locate => ("Locate the clip", "Video file or folder of images", "Open"),
        PathPurpose::Recordings => ("Recordings go to", "Folder", "Choose"),
        PathPurpose::Chart => ("Save chart as", "File (.svg, .png or .csv)", "Save"),
    };
    ui.heading(heading);
    ui.add_space(GAP);
    if !note.is_empty() {
        ui.add(Label::new(RichText::new(note).weak()).wrap());
    }
    let caption = ui.label(caption);
    let field = TextEdit::singleline(text).desired_width(f32::INFINITY).margin(egui::vec2(6.0, 5.0));
    let hint = if purpose == PathPurpose::Import { "/home/me/points.csv" } else { "/home/me/clip.mp4" };
    let response = ui.add(field.hint_text(hint)).labelled_by(caption.id);
    if std::mem::take(needs_focus) {
        response.request_focus();
    }
    let is_entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    let path = PathBuf::from(text.trim().trim_matches('"'));
    let can_open = !path.as_os_str().is_empty();
    ui.add_space(2.0 * GAP);
    end_row_ui(ui, |ui| {
        let is_clicked = primary_button_ui(ui, button, can_open).clicked();
        if can_open && (is_clicked || is_entered) {
            match purpose {
                PathPurpose::Open => actions.push(ShellAction::Open(path)),
                PathPurpose::Import => actions.push(ClipAction::Import(path)),
                PathPurpose::Save => actions.push(ProjectAction::SaveAs(path)),
                PathPurpose::Locate => actions.push(ProjectAction::Located(path)),
                PathPurpose::Recordings => actions.push(CameraAction::RecordInto(path)),
                PathPurpose::Chart => actions.push(ClipAction::WriteChart(path)),
            }
        }
        if ui.button("Cancel").clicked() {
            actions.push(ShellAction::ClosePrompt);
        }
    });
}

fn keys_ui(ui: &mut Ui, state: &State, actions: &mut Actions) {
    ui.heading("Keys");
    ui.add_space(GAP);
    scroll_ui(ui, 160.0, |ui| {
        ui.spacing_mut().interact_size.y = 20.0;
        ui.spacing_mut().item_spacing.y = 2.0;
        for (menu, name) in MENUS {
            heading_row_ui(ui, name);
            for binding in TABLE.iter().filter(|binding| binding.menu == *menu && !binding.keys.is_empty()) {
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
    ui.add_space(GAP);
    end_row_ui(ui, |ui| {
        if ui.button("Close").clicked() {
            actions.push(ShellAction::ClosePrompt);
        }
    });
}

fn heading_row_ui(ui: &mut Ui, text: &str) {
    ui.add_space(GAP);
    ui.label(RichText::new(text).strong().color(style::tokens(ui).accent));
}

fn row_ui(ui: &mut Ui, keys: &str, name: &str, reason: Option<&str>) {
    ui.horizontal_top(|ui| {
        let column = vec2(KEYS_COLUMN.min(0.4 * ui.available_width()), ui.spacing().interact_size.y);
        ui.allocate_ui_with_layout(column, Layout::left_to_right(Align::Center).with_main_wrap(true), |ui| {
            ui.set_width(column.x);
            ui.label(RichText::new(keys).font(style::figures(12.0)));
        });
        ui.horizontal_wrapped(|ui| {
            let name = RichText::new(name);
            ui.label(if reason.is_some() { name.weak() } else { name });
            if let Some(reason) = reason {
                ui.label(RichText::new(reason).small().weak());
            }
        });
    });
}
