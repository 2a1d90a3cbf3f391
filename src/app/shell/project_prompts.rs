//! Questions about projects: unsaved work, files that would be replaced, clips that are not where they were.

use crate::app::actions::{Actions, Leave, ProjectAction, ShellAction};
use crate::app::camera::room::CameraRoom;
use crate::app::clip::room::ClipRoom;
use crate::app::kit::controls::{end_row_ui, is_confirmed, primary_button_ui};
use crate::app::kit::style::GAP;
use crate::app::kit::words::name_of;
use crate::project::Located;
use egui::{Label, Ui};
use std::path::Path;

/// Asks what becomes of unsaved work.
pub(crate) fn unsaved_ui(ui: &mut Ui, room: &ClipRoom, leave: &Leave, actions: &mut Actions) {
    ui.heading("Save your work first?");
    ui.add_space(GAP);
    let what = match &room.projects.path {
        Some(path) => format!("the changes to {}", name_of(path)),
        None => format!("the points on {}", room.session.clip().map(|clip| name_of(clip.path())).unwrap_or_default()),
    };
    ui.add(Label::new(format!("Without saving, {} loses {what}.", in_words(leave))).wrap());
    if room.is_tracking() {
        ui.add_space(GAP);
        let text = "Points are still being followed: what is not tracked yet will be missing in the file.";
        ui.add(Label::new(egui::RichText::new(text).weak()).wrap());
    }
    ui.add_space(2.0 * GAP);
    let is_entered = is_confirmed(ui);
    end_row_ui(ui, |ui| {
        let text = if room.projects.path.is_some() { "Save" } else { "Save…" };
        if primary_button_ui(ui, text, true).clicked() || is_entered {
            actions.push(ProjectAction::SaveAndLeave(leave.clone()));
        }
        if ui.button("Don't save").clicked() {
            actions.push(ProjectAction::Discard(leave.clone()));
        }
        if ui.button("Cancel").clicked() {
            actions.push(ShellAction::ClosePrompt);
        }
    });
}

fn in_words(leave: &Leave) -> String {
    match leave {
        Leave::Open(source) => format!("opening {}", name_of(&source.path)),
        Leave::New => "beginning anew".to_owned(),
        Leave::Close => "closing the clip".to_owned(),
        Leave::Quit => "quitting".to_owned(),
        Leave::Restore => "restoring the other work".to_owned(),
        Leave::Camera => "closing the camera".to_owned(),
        Leave::OpenCamera(_) => "opening a camera".to_owned(),
    }
}

/// Asks what becomes of the tracks of the camera that is open.
pub(crate) fn live_tracks_ui(ui: &mut Ui, camera: &CameraRoom, leave: &Leave, actions: &mut Actions) {
    let Some(view) = &camera.view else {
        actions.push(ShellAction::ClosePrompt); // it has ended by itself
        return;
    };
    ui.heading("Export the camera's tracks first?");
    ui.add_space(GAP);
    let (points, them) = match view.log_status().num_tracks {
        1 => ("The track of 1 point is".to_owned(), "it"),
        count => (format!("The tracks of {count} points are"), "them"),
    };
    let then = in_words(leave);
    let text =
        format!("{points} not exported yet, or not to the end. After {then}, the File menu still exports {them}");
    ui.add(Label::new(format!("{text}, until the next camera has points.")).wrap());
    ui.add_space(2.0 * GAP);
    let is_entered = is_confirmed(ui);
    end_row_ui(ui, |ui| {
        if primary_button_ui(ui, "Export…", true).clicked() || is_entered {
            actions.push(ProjectAction::ExportAndLeave(leave.clone()));
        }
        if ui.button("Don't export").clicked() {
            actions.push(ProjectAction::LeaveTracks(leave.clone()));
        }
        if ui.button("Cancel").clicked() {
            actions.push(ShellAction::ClosePrompt);
        }
    });
}

/// Asks whether a file may be replaced.
pub(crate) fn replace_file_ui(ui: &mut Ui, path: &Path, actions: &mut Actions) {
    ui.heading(format!("Replace {}?", name_of(path)));
    ui.add_space(GAP);
    ui.add(Label::new(format!("There is such a file already in {}.", folder(path))).wrap());
    ui.add_space(2.0 * GAP);
    let is_entered = is_confirmed(ui);
    end_row_ui(ui, |ui| {
        if primary_button_ui(ui, "Replace", true).clicked() || is_entered {
            actions.push(ProjectAction::Replace(path.to_owned()));
        }
        if ui.button("Cancel").clicked() {
            actions.push(ShellAction::ClosePrompt);
        }
    });
}

/// Asks where the clip of a project is.
pub(crate) fn relink_ui(ui: &mut Ui, room: &ClipRoom, actions: &mut Actions) {
    let Some(waiting) = &room.projects.waiting else {
        actions.push(ShellAction::ClosePrompt);
        return;
    };
    let changed = match &waiting.located {
        Located::Same(path) | Located::Changed(path) => Some(path),
        Located::Missing => None,
    };
    let clip = waiting.clip.name();
    let text = if let Some(path) = changed {
        ui.heading("Is this the clip?");
        let own = if name_of(path) == clip { String::new() } else { format!(" {clip}") };
        format!(
            "{} differs from the clip{own} that the project was made with. The tracks may not fit it.",
            name_of(path)
        )
    } else {
        ui.heading(format!("Where is {clip}?"));
        let place = folder(waiting.clip.absolute.as_path());
        format!("The project's clip is not in its place any more. It was in {place}.")
    };
    ui.add_space(GAP);
    ui.add(Label::new(text).wrap());
    ui.add_space(2.0 * GAP);
    let is_entered = is_confirmed(ui);
    end_row_ui(ui, |ui| {
        if primary_button_ui(ui, "Locate…", true).clicked() || is_entered {
            actions.push(ProjectAction::Locate);
        }
        if let Some(path) = changed
            && ui.button("Open anyway").clicked()
        {
            actions.push(ProjectAction::OpenAnyway(path.clone()));
        }
        if ui.button("Cancel").clicked() {
            actions.push(ShellAction::ClosePrompt);
        }
    });
}

fn folder(path: &Path) -> String {
    path.parent().unwrap_or(path).display().to_string()
}
