//! The dialog: which clips and points, what is written; then how far each clip is.

use super::request::ManyPoints;
use super::room::{ManyRoom, num_ended};
use crate::app::actions::{Actions, ManyAction, ShellAction};
use crate::app::canvas::point_view::PointView;
use crate::app::clip::room::ClipRoom;
use crate::app::export::what::tools_list_ui;
use crate::app::kit::controls::{
    bar_ui, choice_ui, end_row_ui, icon_ui, list_width, number_ui, primary_button_ui, scroll_ui,
};
use crate::app::kit::icons::Icon;
use crate::app::kit::style::{self, GAP};
use crate::app::kit::words::{counted, name_of, sentence};
use crate::app::model::status::ModelStatus;
use crate::session::{BatchNews, BesideState};
use egui::{Align, Context, Grid, Id, Key, Label, Layout, Modal, RichText, ScrollArea, TextEdit, Ui, vec2};
use std::path::PathBuf;

const WIDTH: f32 = 560.0;
/// Height of what does not scroll, and of the room around.
const OTHERS: f32 = 190.0;
/// Height of a list before it scrolls.
const LIST_HEIGHT: f32 = 220.0;
const ROW: f32 = 22.0;
const MOST_AT_ONCE: u32 = 16;

/// The dialog, if it is open.
pub(crate) fn many_ui(ctx: &Context, room: &mut ManyRoom, clip: &ClipRoom, model: &ModelStatus, actions: &mut Actions) {
    if !room.is_open {
        return;
    }
    let modal = Modal::new(Id::unique("many clips")).frame(style::dialog_frame(ctx)).show(ctx, |ui| {
        ui.set_width(WIDTH.min(ctx.content_rect().width() - 56.0));
        ui.heading("Many clips");
        ui.add_space(GAP);
        match room.batch.as_ref().map(|batch| (batch.state(), batch.is_stopping())) {
            Some((state, is_stopping)) => progress_ui(ui, room, &state, is_stopping, actions),
            None => choose_ui(ui, room, clip, model, actions),
        }
    });
    if modal.should_close() {
        actions.push(ManyAction::Close);
    }
}

fn choose_ui(ui: &mut Ui, room: &mut ManyRoom, clip: &ClipRoom, model: &ModelStatus, actions: &mut Actions) {
    scroll_ui(ui, OTHERS, |ui| what_ui(ui, room, clip, actions));
    ui.add_space(GAP);
    let how = model.ready().map(|model| format!("Followed as in this window: {} weights.", model.weights));
    ui.label(RichText::new(how.as_deref().unwrap_or("Followed with the bundled weights.")).small().weak());
    let lacks = room.request.lacks();
    for text in [room.note, lacks.unwrap_or_default()].into_iter().filter(|text| !text.is_empty()) {
        ui.label(RichText::new(text).small().color(style::tokens(ui).warning));
    }
    end_row_ui(ui, |ui| {
        if primary_button_ui(ui, "Start", lacks.is_none() && !room.is_running()).clicked() {
            actions.push(ManyAction::Start);
        }
        if ui.button("Cancel").clicked() {
            actions.push(ManyAction::Close);
        }
    });
}

/// Which clips and points, and what is written.
fn what_ui(ui: &mut Ui, room: &mut ManyRoom, clip: &ClipRoom, actions: &mut Actions) {
    let about = "The same points are followed in every clip, and the results are written into one folder. Clips \
                 whose results are there already are passed over.";
    ui.add(Label::new(RichText::new(about).weak()).wrap());
    ui.add_space(GAP);
    clips_ui(ui, room, actions);
    ui.add_space(GAP);
    let num_points = clip.tracks().map_or(0, |tracks| tracks.len());
    Grid::new("many").num_columns(2).spacing([12.0, 6.0]).show(ui, |ui| {
        let request = &mut room.request;
        let mut kinds = vec![ManyPoints::Grid, ManyPoints::Own];
        if num_points > 0 {
            kinds.insert(0, ManyPoints::OfClip);
        }
        let name = |points| match points {
            ManyPoints::OfClip => format!("{} of this clip", counted(num_points, "point")),
            ManyPoints::Grid => "A grid".to_owned(),
            ManyPoints::Own => "Their own (projects)".to_owned(),
        };
        choice_ui(ui, "Points", &mut request.points, &kinds, name);
        if request.points == ManyPoints::Grid {
            weak(ui, "Points along a side");
            let mut side = u32::from(request.grid);
            number_ui(ui, "Points along a side of the grid", &mut side, 1..=100);
            request.grid = u16::try_from(side).unwrap_or(u16::MAX);
            ui.end_row();
        }
        weak(ui, "Formats");
        ui.horizontal(|ui| {
            ui.checkbox(&mut request.writes_csv, "Table (.csv)");
            ui.checkbox(&mut request.writes_video, "Annotated clip (.mp4)");
        });
        ui.end_row();
        tools_list_ui(ui, &mut request.tools, |_| true);
        weak(ui, "Clips at a time");
        let mut at_once = u32::from(request.at_once);
        number_ui(ui, "Clips at a time", &mut at_once, 1..=MOST_AT_ONCE);
        request.at_once = u16::try_from(at_once).unwrap_or(1);
        ui.end_row();
        weak(ui, "Results go to");
        ui.horizontal(|ui| {
            let field = TextEdit::singleline(&mut request.folder).desired_width(list_width(ui) + 80.0);
            let response = ui.add(field.hint_text("A folder"));
            response.ctx.accesskit_node_builder(response.id, |node| node.set_label("Folder of the results"));
            if ui.button("Browse…").clicked() {
                actions.push(ManyAction::BrowseResults);
            }
        });
        ui.end_row();
    });
}

fn weak(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).color(style::tokens(ui).weak));
}

/// The list of clips, and what adds to it.
fn clips_ui(ui: &mut Ui, room: &mut ManyRoom, actions: &mut Actions) {
    ui.horizontal(|ui| {
        if ui.button("Add clips…").clicked() {
            actions.push(ManyAction::BrowseClips);
        }
        if ui.button("Add a folder…").clicked() {
            actions.push(ManyAction::BrowseFolder);
        }
        let hint = "or type a path, then Enter";
        let field = TextEdit::singleline(&mut room.typed).hint_text(hint).desired_width(f32::INFINITY);
        let response = ui.add(field);
        response.ctx.accesskit_node_builder(response.id, |node| node.set_label("Path of a clip or a folder"));
        if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
            actions.push(ManyAction::AddTyped);
            response.request_focus(); // for the next one
        }
    });
    let mut removed = None;
    list_ui(ui, room.request.clips.len(), |ui, number| {
        let path: &PathBuf = &room.request.clips[number];
        row_ui(ui, |ui| {
            if icon_ui(ui, Icon::Close, ROW, &format!("Remove {}", name_of(path)), false, true).clicked() {
                removed = Some(number);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(Label::new(name_of(path)).truncate()).on_hover_text(path.display().to_string());
            });
        });
    });
    if room.request.clips.is_empty() {
        ui.label(RichText::new("No clips yet: videos, folders of images, projects, or a table of clips (.csv)").weak());
    }
    if let Some(number) = removed {
        room.request.clips.remove(number);
    }
}

/// Rows that scroll where there are many; only those that are seen are laid out.
fn list_ui(ui: &mut Ui, num_rows: usize, mut row: impl FnMut(&mut Ui, usize)) {
    ScrollArea::vertical().max_height(LIST_HEIGHT).auto_shrink([false, true]).show_rows(
        ui,
        ROW,
        num_rows,
        |ui, seen| {
            for number in seen {
                row(ui, number);
            }
        },
    );
}

/// A row that is filled from the right.
fn row_ui(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    ui.allocate_ui_with_layout(vec2(ui.available_width(), ROW), Layout::right_to_left(Align::Center), contents);
}

fn progress_ui(
    ui: &mut Ui,
    room: &ManyRoom,
    state: &BesideState<Vec<(String, BatchNews)>>,
    is_stopping: bool,
    actions: &mut Actions,
) {
    let tokens = style::tokens(ui);
    match &state.ended {
        Some(Err(problem)) if state.told.is_empty() => {
            ui.add(Label::new(RichText::new(sentence(problem)).color(tokens.error)).wrap());
        }
        _ => {
            let (ended, total) = (num_ended(&state.told), state.told.len());
            let share = ended as f32 / total.max(1) as f32;
            let name = format!("{ended} of {}", counted(total, "clip"));
            bar_ui(ui, share, &name);
            let doing = match (&state.ended, is_stopping) {
                (None, true) => "stopping…",
                (Some(_), true) => "stopped",
                (Some(_), false) => "ended",
                (None, false) => "",
            };
            let text = if doing.is_empty() { name } else { format!("{name} · {doing}") };
            ui.label(RichText::new(text).small().weak());
        }
    }
    ui.add_space(GAP);
    list_ui(ui, state.told.len(), |ui, number| {
        let (name, news) = &state.told[number];
        let (text, colour, more) = match news {
            BatchNews::Waiting => ("waiting".to_owned(), tokens.weak, None),
            BatchNews::Begun => ("opening".to_owned(), tokens.text, None),
            BatchNews::Progress { doing, frames, of_frames } => {
                let percent = 100 * frames / (*of_frames).max(1);
                (format!("{doing} {percent} %"), tokens.text, None)
            }
            BatchNews::Done { points, secs, .. } => {
                (format!("{} in {secs:.1} s", counted(*points, "point")), tokens.success, None)
            }
            BatchNews::DoneBefore => ("done before".to_owned(), tokens.success, None),
            BatchNews::Failed { problem } => (problem.clone(), tokens.error, Some(problem)),
            BatchNews::Interrupted | BatchNews::NotBegun => ("not followed".to_owned(), tokens.weak, None),
        };
        row_ui(ui, |ui| {
            let width = ui.available_width();
            ui.allocate_ui_with_layout(vec2(width * 0.6, ROW), Layout::right_to_left(Align::Center), |ui| {
                let response = ui.add(Label::new(RichText::new(text).small().color(colour)).truncate());
                more.map(|problem| response.on_hover_text(problem));
            });
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| ui.add(Label::new(name).truncate()));
        });
    });
    ui.add_space(GAP);
    end_row_ui(ui, |ui| {
        if state.ended.is_none() {
            if ui.button("Continue in the background").clicked() {
                actions.push(ManyAction::Close);
            }
            if ui.add_enabled(!is_stopping, egui::Button::new("Stop")).on_hover_text("What is written stays").clicked()
            {
                actions.push(ManyAction::Stop);
            }
        } else {
            if ui.button("Close").clicked() {
                actions.push(ManyAction::Close);
            }
            if ui.button("Other clips…").clicked() {
                actions.push(ManyAction::Again);
            }
            if ui.button("Show the folder").clicked() {
                actions.push(ShellAction::Reveal(PathBuf::from(&room.request.folder)));
            }
        }
    });
}
