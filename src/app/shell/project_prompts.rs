//! Questions about projects: unsaved work, files that would be replaced, clips that are not where they were.

use crate::app::actions::{Actions, Leave, ProjectAction, ShellAction};
use crate::app::camera::room::CameraRoom;
use crate::app::clip::room::ClipRoom;
use crate::app::kit::controls::{end_row_ui, is_confirmed, primary_button_ui};
use crate::app::kit::style::GAP;
use crate::app::kit::words::name_of;
use crate::project::Located;
use egui::{Label, RichText, Ui};
use std::path::Path;

/// A question with its answers, of which the first is taken by Enter, too.
fn question_ui(
    ui: &mut Ui,
    (heading, text, notes): (&str, &str, &[String]),
    answers: impl IntoIterator<Item = (&'static str, ProjectAction)>,
    actions: &mut Actions,
) {
    ui.heading(heading);
    ui.add_space(GAP);
    ui.add(Label::new(text).wrap());
    for note in notes {
        ui.add_space(GAP);
        ui.add(Label::new(RichText::new(note.as_str()).weak()).wrap());
    }
    ui.add_space(2.0 * GAP);
    let is_entered = is_confirmed(ui);
    end_row_ui(ui, |ui| {
        for (i, (name, answer)) in answers.into_iter().enumerate() {
            let is_first = i == 0;
            let button = if is_first { primary_button_ui(ui, name, true) } else { ui.button(name) };
            if button.clicked() || (is_first && is_entered) {
                actions.push(answer);
            }
        }
        if ui.button("Cancel").clicked() {
            actions.push(ShellAction::ClosePrompt);
        }
    });
}

/// Asks what becomes of unsaved work; `ended` is what ends with it.
pub(crate) fn unsaved_ui(ui: &mut Ui, room: &ClipRoom, leave: &Leave, ended: &[String], actions: &mut Actions) {
    let (what, save) = if let Some(path) = &room.projects.path {
        (format!("the changes to {}", name_of(path)), "Save")
    } else {
        let clip = room.session.clip().map(|clip| name_of(clip.path())).unwrap_or_default();
        (format!("the points on {clip}"), "Save…")
    };
    let text = format!("Without saving, {} loses {what}.", in_words(leave));
    let following = "Points are still being followed: what is not tracked yet will be missing in the file.";
    let following = room.is_tracking().then(|| following.to_owned());
    let notes: Vec<String> = following.into_iter().chain(ended.iter().cloned()).collect();
    let answers =
        [(save, ProjectAction::SaveAndLeave(leave.clone())), ("Don't save", ProjectAction::Discard(leave.clone()))];
    question_ui(ui, ("Save your work first?", &text, &notes), answers, actions);
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

/// Asks whether the window may close although that ends what is under way.
pub(crate) fn running_ui(ui: &mut Ui, ended: &[String], actions: &mut Actions) {
    if ended.is_empty() {
        actions.push(ProjectAction::Discard(Leave::Quit)); // it has ended by itself
        return;
    }
    let answers = [("Quit", ProjectAction::Discard(Leave::Quit))];
    question_ui(ui, ("Quit now?", "This is not finished yet:", ended), answers, actions);
}

/// Asks what becomes of the tracks of the camera that is open.
pub(crate) fn live_tracks_ui(ui: &mut Ui, camera: &CameraRoom, leave: &Leave, actions: &mut Actions) {
    let Some(view) = &camera.view else {
        actions.push(ShellAction::ClosePrompt); // it has ended by itself
        return;
    };
    let (points, them) = match view.log().status().num_tracks {
        1 => ("The track of 1 point is".to_owned(), "it"),
        count => (format!("The tracks of {count} points are"), "them"),
    };
    let then = in_words(leave);
    let text = format!(
        "{points} not exported yet, or not to the end. After {then}, the File menu still exports {them}, until the next \
         camera has points."
    );
    let answers = [
        ("Export…", ProjectAction::ExportAndLeave(leave.clone())),
        ("Don't export", ProjectAction::LeaveTracks(leave.clone())),
    ];
    question_ui(ui, ("Export the camera's tracks first?", &text, &[]), answers, actions);
}

/// Asks whether a file may be replaced.
pub(crate) fn replace_file_ui(ui: &mut Ui, path: &Path, actions: &mut Actions) {
    let heading = format!("Replace {}?", name_of(path));
    let text = format!("There is such a file already in {}.", folder(path));
    question_ui(ui, (&heading, &text, &[]), [("Replace", ProjectAction::Replace(path.to_owned()))], actions);
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
    let (heading, text) = if let Some(path) = changed {
        let (found, own) = (name_of(path), if name_of(path) == clip { String::new() } else { format!(" {clip}") });
        let text = "that the project was made with. The tracks may not fit it.";
        ("Is this the clip?".to_owned(), format!("{found} differs from the clip{own} {text}"))
    } else {
        let place = folder(waiting.clip.absolute.as_path());
        let text = format!("The project's clip is not in its place any more. It was in {place}.");
        (format!("Where is {clip}?"), text)
    };
    let anyway = changed.map(|path| ("Open anyway", ProjectAction::OpenAnyway(path.clone())));
    let answers = [("Locate…", ProjectAction::Locate)].into_iter().chain(anyway);
    question_ui(ui, (&heading, &text, &[]), answers, actions);
}

fn folder(path: &Path) -> String {
    path.parent().unwrap_or(path).display().to_string()
}
