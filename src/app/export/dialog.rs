//! The dialog's frame, its foot, and what it shows while an export is under way.

use super::choices::Points;
use super::live::live_export_ui;
use super::looks::looks_ui;
use super::panel::{ExportPanel, Running};
use super::plan::{Facts, Target};
use super::what::{first_number_ui, presets_ui, what_ui};
use crate::app::actions::{Actions, ExportAction};
use crate::app::kit::commands::Command;
use crate::app::kit::controls::{
    Availability, TOGETHER_HELP, bar_ui, command_button_ui, end_row_ui, is_confirmed, primary_button_ui, scroll_area,
};
use crate::app::kit::style::{self, GAP};
use crate::app::kit::words::counted;
use crate::app::state::State;
use crate::media::ClipRate;
use crate::session::{Clip, ExportProgress};
use egui::{Align, Id, Label, Layout, Modal, RichText, TextEdit, Ui, vec2};

const WIDTH: f32 = 660.0;
/// With less room than this the two columns stand one above the other.
const TWO_COLUMNS: f32 = 560.0;
/// Heading, foot and frame.
const AROUND: f32 = 314.0;
/// A guess of the time left is worth telling only after so long, and so much.
const MIN_KNOWN: (f64, f32) = (1.0, 0.02);

pub(crate) fn export_ui(ctx: &egui::Context, state: &mut State, actions: &mut Actions) {
    if !state.export.is_open {
        return;
    }
    if state.export.live.is_some() {
        return live_export_ui(ctx, state, actions);
    }
    let Some(facts) = Facts::of(&state.clip, &state.model.status, &state.look) else { return };
    let together = state.clip.availability(Command::TrackTogether);
    let unfinished = state.clip.session.clip().and_then(unfinished);
    let progress = state.export.progress(&state.clip.session);
    let panel = &mut state.export;
    if progress.is_none() {
        panel.look_at_places(&state.desk.repaint);
        let frames = facts.frames(panel.choices.range, panel.typed);
        let options = panel.table_options(&facts);
        if let Some(format) = panel.choices.text() {
            panel.preview.update(format, options, frames, &facts, &state.desk.repaint);
        }
    }
    let modal = Modal::new(Id::unique("export")).frame(style::dialog_frame(ctx)).show(ctx, |ui| {
        ui.set_width(WIDTH.min(ctx.content_rect().width() - 56.0));
        ui.heading("Export");
        ui.add_space(GAP);
        match (progress, &panel.running) {
            (Some(progress), Some(running)) => running_ui(ui, progress, running, actions),
            _ => choice_ui(ui, panel, &facts, (unfinished.as_deref(), together), actions),
        }
    });
    if modal.should_close() {
        actions.push(ExportAction::Close);
    }
}

pub(super) fn running_ui(ui: &mut Ui, progress: ExportProgress, running: &Running, actions: &mut Actions) {
    let share = progress.share;
    let name = running.targets.get(progress.item).map(Target::path).and_then(std::path::Path::file_name);
    let name = name.unwrap_or_default().to_string_lossy();
    let place = match running.targets.len() {
        1 => String::new(),
        total => format!(" ({} of {total})", progress.item + 1),
    };
    ui.add(Label::new(format!("Writing {name}{place}")).truncate());
    bar_ui(ui, share, &format!("Export progress, {:.0} %", 100.0 * share));
    let elapsed = ui.input(|input| input.time) - running.started_secs;
    let left = time_left(elapsed, share).map(|left| format!(" · {left}")).unwrap_or_default();
    ui.label(RichText::new(format!("{:.0} %{left}", 100.0 * share)).small().weak());
    ui.add_space(2.0 * GAP);
    end_row_ui(ui, |ui| {
        if ui.button("Continue in the background").clicked() {
            actions.push(ExportAction::Close);
        }
        if ui.button("Stop export").on_hover_text("No partial file is left").clicked() {
            actions.push(ExportAction::Stop);
        }
    });
}

/// How long the rest takes, as far as the part that is done tells.
fn time_left(elapsed_secs: f64, share: f32) -> Option<String> {
    if elapsed_secs < MIN_KNOWN.0 || share < MIN_KNOWN.1 {
        return None;
    }
    let left = elapsed_secs * f64::from((1.0 - share) / share);
    Some(match left.ceil() as u64 {
        0..=1 => "almost done".to_owned(),
        secs @ 2..=90 => format!("about {secs} s left"),
        secs => format!("about {} min left", secs.div_ceil(60)),
    })
}

fn choice_ui(
    ui: &mut Ui,
    panel: &mut ExportPanel,
    facts: &Facts,
    (unfinished, together): (Option<&str>, Availability),
    actions: &mut Actions,
) {
    presets_ui(ui, panel, facts);
    ui.add_space(2.0 * GAP);
    let offer = if together.is_ok() { style::ICON_BUTTON + GAP } else { 0.0 };
    let room = ui.ctx().content_rect().height() - AROUND - offer;
    scroll_area(room.max(80.0)).show(ui, |ui| {
        if ui.available_width() < TWO_COLUMNS {
            what_ui(ui, panel, facts, actions);
            ui.separator();
            looks_ui(ui, panel, facts, actions);
            preview_ui(ui, panel);
        } else {
            ui.spacing_mut().item_spacing.x = 28.0;
            ui.columns(2, |columns| {
                for column in &mut *columns {
                    column.spacing_mut().item_spacing.x = 2.0 * GAP;
                }
                what_ui(&mut columns[0], panel, facts, actions);
                looks_ui(&mut columns[1], panel, facts, actions);
                preview_ui(&mut columns[1], panel);
            });
        }
    });
    ui.separator();
    path_ui(ui, panel, actions);
    if together.is_ok() {
        together_ui(ui, facts, actions);
    }
    notes_ui(ui, panel, panel.choices.any(), notes(panel, facts, unfinished));
    ui.add(Label::new(RichText::new(estimate(panel, facts)).small().weak()).truncate());
    ui.add_space(GAP);
    let is_something = panel.choices.any() && facts.num_points(panel.choices.points) > 0;
    start_ui(ui, panel, is_something, actions, |ui, panel| {
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| first_number_ui(ui, panel));
    });
}

/// The buttons that end the dialog, the last thing in it; exporting needs a place, too. What `beside` adds stands
/// before them.
pub(super) fn start_ui(
    ui: &mut Ui,
    panel: &mut ExportPanel,
    is_something: bool,
    actions: &mut Actions,
    beside: impl FnOnce(&mut Ui, &mut ExportPanel),
) {
    let is_blocked = panel.places.notes().iter().any(|note| note.is_blocking);
    let can_start = is_something && !panel.base.trim().is_empty() && !is_blocked;
    let is_entered = can_start && is_confirmed(ui);
    end_row_ui(ui, |ui| {
        ui.spacing_mut().button_padding = vec2(16.0, 5.0);
        if primary_button_ui(ui, "Export", can_start).clicked() || is_entered {
            actions.push(ExportAction::Start);
        }
        if ui.button("Cancel").clicked() {
            actions.push(ExportAction::Close);
        }
        beside(ui, panel);
    });
}

fn preview_ui(ui: &mut Ui, panel: &ExportPanel) {
    if let Some(format) = panel.choices.text() {
        ui.add_space(2.0 * GAP);
        panel.preview.show(ui, format);
    }
}

pub(super) fn path_ui(ui: &mut Ui, panel: &mut ExportPanel, actions: &mut Actions) {
    let caption = ui.label("Save as (file endings are added)");
    ui.horizontal(|ui| {
        let width = ui.available_width() - 92.0;
        let field = TextEdit::singleline(&mut panel.base).desired_width(width).margin(vec2(6.0, 5.0));
        ui.add(field).labelled_by(caption.id);
        if ui.button("Browse…").clicked() {
            actions.push(ExportAction::Browse);
        }
    });
}

/// Offers to track in one run what was tracked in several.
fn together_ui(ui: &mut Ui, facts: &Facts, actions: &mut Actions) {
    ui.horizontal(|ui| {
        let text = format!("The points were tracked in {}.", counted(facts.tracks.runs().count(), "run"));
        ui.label(RichText::new(text).small().color(style::tokens(ui).warning)).on_hover_text(TOGETHER_HELP);
        command_button_ui(ui, Command::TrackTogether, Ok(()), actions);
    });
}

fn estimate(panel: &ExportPanel, facts: &Facts) -> String {
    let frames = facts.frames(panel.choices.range, panel.typed);
    let num_frames = (frames.end().get() + 1).saturating_sub(frames.start().get());
    let points = facts.num_points(panel.choices.points);
    let mut parts = vec![counted(num_frames, "frame"), counted(points, "point")];
    if panel.choices.formats.has_pictures() {
        let size = panel.choices.pictures.output_size().of(facts.size);
        parts.push(format!("{} × {}", size.width, size.height));
    }
    if let (true, ClipRate::BitsPerSec(bits)) = (panel.choices.formats.clip, panel.choices.pictures.clip_rate()) {
        let secs = facts.secs(&frames) * f64::from(panel.choices.pictures.slowdown);
        parts.push(format!("about {:.1} MB", secs * f64::from(bits) / 8e6));
    }
    parts.push(counted(panel.targets().len(), "target"));
    parts.join(" · ")
}

/// What will be missing, since it is still being worked on.
fn unfinished(clip: &Clip) -> Option<String> {
    let percent = |(done, total): (usize, usize)| 100 * done / total.max(1);
    let tracking = clip.tracking_progress().map(percent);
    let tracking = tracking.map(|at| format!("Tracking is at {at} %: what is not tracked yet will be missing."));
    let polishing = || clip.polishing().map(percent);
    let doing = if clip.tracks().treatment().plane.is_some() { "Following planes" } else { "Polishing" };
    tracking.or_else(|| polishing().map(|at| format!("{doing} is at {at} %: places will be as they were tracked.")))
}

/// What there is to say of this clip and the points that are chosen.
fn notes(panel: &ExportPanel, facts: &Facts, unfinished: Option<&str>) -> Vec<(String, bool)> {
    let no_point = match panel.choices.points {
        Points::Selected => "No point is selected.",
        Points::Shown => "No point is shown in the view.",
        Points::All => "There is no point.",
    };
    let no_point = (facts.num_points(panel.choices.points) == 0).then(|| (no_point.to_owned(), true));
    no_point.into_iter().chain(unfinished.map(|text| (text.to_owned(), false))).collect()
}

/// What the user should know before starting; `own` is what this kind of export has to say, and whether that keeps it
/// from starting.
pub(super) fn notes_ui(ui: &mut Ui, panel: &ExportPanel, has_formats: bool, own: Vec<(String, bool)>) {
    let tokens = style::tokens(ui);
    let note = (!panel.note.is_empty()).then_some(panel.note);
    let missing = (!has_formats).then_some("Choose at least one format.");
    let notes = note.into_iter().chain(missing).map(|text| (text.to_owned(), false));
    let places = panel.places.notes().iter().map(|note| (note.text.clone(), note.is_blocking));
    for (text, is_blocking) in notes.chain(own).chain(places) {
        let colour = if is_blocking { tokens.error } else { tokens.warning };
        ui.add(Label::new(RichText::new(text).small().color(colour)).wrap());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_told_in_round_words() {
        assert_eq!(time_left(0.5, 0.5), None);
        assert_eq!(time_left(9.0, 0.01), None);
        assert_eq!(time_left(10.0, 0.5).unwrap(), "about 10 s left");
        assert_eq!(time_left(60.0, 0.1).unwrap(), "about 9 min left");
        assert_eq!(time_left(60.0, 1.0).unwrap(), "almost done");
    }
}
