//! The dialog: how long, how far, and what came of it.

use super::compared::Compared;
use super::room::{LearnRoom, LearnState, Run};
use crate::app::actions::{Actions, LearnAction};
use crate::app::clip::room::ClipRoom;
use crate::app::kit::controls::{bar_ui, end_row_ui, number_ui, primary_button_ui, scroll_ui};
use crate::app::kit::style::{self, GAP};
use crate::app::kit::words::{name_of, sentence};
use crate::session::LearnLine;
use egui::{Context, Grid, Id, Label, Modal, RichText, Ui};

const WIDTH: f32 = 470.0;
/// Height of what does not scroll, and of the room around.
const OTHERS: f32 = 210.0;
/// With pictures of before and after.
const WIDE: f32 = 720.0;
const MOST_MINUTES: u32 = 24 * 60;

/// The dialog, if it is open.
pub(crate) fn learn_ui(ctx: &Context, room: &mut LearnRoom, clip: &ClipRoom, actions: &mut Actions) {
    if !room.is_open {
        return;
    }
    if let Some(compared) = room.run.as_mut().and_then(|run| run.compared.as_mut()) {
        compared.update(ctx);
    }
    let modal = Modal::new(Id::unique("learn")).frame(style::dialog_frame(ctx)).show(ctx, |ui| {
        let width = if room.run.as_ref().is_some_and(|run| run.compared.is_some()) { WIDE } else { WIDTH };
        ui.set_width(width.min(ctx.content_rect().width() - 56.0));
        ui.heading("Learn from this clip");
        ui.add_space(GAP);
        match room.run.as_ref().map(|run| (run, run.learning.state())) {
            Some((run, state)) => run_ui(ui, run, &state, actions),
            None => begin_ui(ui, room, clip, actions),
        }
    });
    if modal.should_close() {
        actions.push(LearnAction::Close);
    }
}

fn begin_ui(ui: &mut Ui, room: &mut LearnRoom, clip: &ClipRoom, actions: &mut Actions) {
    for text in [
        "Points are followed through the clip in several ways. Where they agree, the network learns from them, so that it \
         follows better what is in your footage. A minute of footage or more is best.",
        "The result is kept only if it follows better than before on a part of the clip that it has not learned from. \
         What is open can be worked on meanwhile.",
    ] {
        ui.add(Label::new(RichText::new(text).weak()).wrap());
        ui.add_space(GAP);
    }
    let open = clip.session.clip();
    ui.horizontal(|ui| {
        ui.label(RichText::new("Minutes").color(style::tokens(ui).weak));
        number_ui(ui, "Minutes of learning", &mut room.minutes, 1..=MOST_MINUTES);
        ui.label(RichText::new("and some more before, to follow the points").small().weak());
    });
    if open.is_none() {
        ui.label(RichText::new("Open a clip first.").small().color(style::tokens(ui).warning));
    }
    ui.add_space(GAP);
    end_row_ui(ui, |ui| {
        if primary_button_ui(ui, "Learn", open.is_some()).clicked() {
            actions.push(LearnAction::Start);
        }
        if ui.button("Cancel").clicked() {
            actions.push(LearnAction::Close);
        }
    });
}

fn run_ui(ui: &mut Ui, run: &Run, state: &LearnState, actions: &mut Actions) {
    ui.add(Label::new(RichText::new(name_of(&run.clip)).weak()).truncate());
    ui.add_space(GAP);
    match (&state.ended, &state.told) {
        (None, told) => progress_ui(ui, run, told.as_ref(), actions),
        (Some(Ok(())), Some(LearnLine::Outcome { measures, reason, is_written })) => {
            outcome_ui(ui, (measures, run.compared.as_ref()), reason, *is_written, actions);
        }
        (Some(ended), _) => {
            let problem = ended.as_ref().err().map_or("it ended without a word", String::as_str);
            ui.add(Label::new(RichText::new(sentence(problem)).color(style::tokens(ui).error)).wrap());
            ui.add_space(GAP);
            end_row_ui(ui, |ui| again_ui(ui, actions));
        }
    }
}

fn progress_ui(ui: &mut Ui, run: &Run, told: Option<&LearnLine>, actions: &mut Actions) {
    let (doing, done, of) = match told {
        Some(LearnLine::Progress { doing, done, of }) => (doing.as_str(), *done, *of),
        Some(LearnLine::Outcome { .. }) => ("ending", 1, 1),
        None => ("beginning", 0, 0),
    };
    ui.add(Label::new(sentence(doing).trim_end_matches('.')).truncate());
    let share = done as f32 / of.max(1) as f32;
    bar_ui(ui, share, &format!("Learning, {:.0} %", 100.0 * share));
    ui.label(RichText::new(format!("{:.0} % of this part", 100.0 * share)).small().weak());
    ui.add_space(GAP);
    end_row_ui(ui, |ui| {
        if ui.button("Continue in the background").clicked() {
            actions.push(LearnAction::Close);
        }
        let stop = ui.add_enabled(!run.learning.is_stopping(), egui::Button::new("Stop"));
        if stop.on_hover_text("What was learned so far is kept: the same clip goes on from there").clicked() {
            actions.push(LearnAction::Stop);
        }
    });
}

/// A measure by name, before and after.
type Measured = (String, Option<f64>, Option<f64>);

fn outcome_ui(
    ui: &mut Ui,
    (measures, compared): (&[Measured], Option<&Compared>),
    reason: &str,
    is_written: bool,
    actions: &mut Actions,
) {
    let tokens = style::tokens(ui);
    let colour = if is_written { tokens.success } else { tokens.warning };
    ui.add(Label::new(RichText::new(sentence(reason)).color(colour)).wrap());
    ui.add_space(GAP);
    scroll_ui(ui, OTHERS, |ui| {
        measures_ui(ui, measures);
        if let Some(compared) = compared {
            ui.add_space(GAP);
            compared.ui(ui);
        }
    });
    ui.add_space(GAP);
    end_row_ui(ui, |ui| {
        if is_written {
            if primary_button_ui(ui, "Use these weights", true).clicked() {
                actions.push(LearnAction::Use);
            }
            if ui.button("Discard").on_hover_text("Deletes them").clicked() {
                actions.push(LearnAction::Discard);
            }
        } else {
            again_ui(ui, actions);
        }
        if ui.button("Close").clicked() {
            actions.push(LearnAction::Close);
        }
    });
}

fn measures_ui(ui: &mut Ui, measures: &[Measured]) {
    let figure = |percent: Option<f64>| percent.map_or_else(|| "–".to_owned(), |percent| format!("{percent:.1}"));
    Grid::new("learned").num_columns(3).spacing([18.0, 4.0]).show(ui, |ui| {
        for text in ["On what was held back, in %", "before", "after"] {
            ui.label(RichText::new(text).small().weak());
        }
        ui.end_row();
        for (what, before, after) in measures {
            ui.label(what);
            for value in [before, after] {
                ui.label(RichText::new(figure(*value)).font(style::figures(12.5)));
            }
            ui.end_row();
        }
    });
}

/// Back to the beginning.
fn again_ui(ui: &mut Ui, actions: &mut Actions) {
    if ui.button("Again…").clicked() {
        actions.push(LearnAction::Discard);
    }
}
