//! The bar at the bottom: device, source, speed; and the statistics window.

use crate::app::actions::Actions;
use crate::app::clip::properties::size_text;
use crate::app::clip::timeline::legend::problems_ui;
use crate::app::kit::commands::{Command, tooltip};
use crate::app::kit::style::{self, GAP};
use crate::app::model::status::ModelStatus;
use crate::app::shell::stats::FrameTimes;
use crate::app::state::State;
use egui::{Align, Button, Grid, Id, Layout, RichText, Ui, UiBuilder, Window};

pub(crate) fn status_ui(ui: &mut Ui, state: &State, actions: &mut Actions) {
    let tokens = style::tokens(ui);
    let weak = |text: String| RichText::new(text).small().color(tokens.weak);
    ui.horizontal_centered(|ui| {
        ui.add_space(2.0 * GAP);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space(2.0 * GAP);
            if let Some(progress) = state.export.progress(&state.clip.session) {
                ui.label(weak(format!("exporting, {:.0} %", 100.0 * progress.share)));
            }
            if let Some(progress) = state.learn.progress() {
                let button = Button::new(weak(progress)).frame(false);
                if ui.add(button).on_hover_text("Learning from a clip").clicked() {
                    actions.push(Command::Learn);
                }
            }
            if let Some(share) = state.many.share() {
                let button = Button::new(weak(share)).frame(false);
                if ui.add(button).on_hover_text("Clips that are being followed").clicked() {
                    actions.push(Command::ManyClips);
                }
            }
            source_ui(ui, state, actions);
            problems_ui(ui, &state.clip, actions);
            // An id of its own: what stands before it comes and goes, also between the two halves of a click.
            let rest =
                UiBuilder::new().scope_id(Id::unique("model in use")).layout(Layout::left_to_right(Align::Center));
            ui.scope_builder(rest, |ui| model_ui(ui, state, actions));
        });
    });
}

fn source_ui(ui: &mut Ui, state: &State, actions: &mut Actions) {
    let tokens = style::tokens(ui);
    let Some(clip) = state.clip.session.clip() else { return };
    let info = clip.info();
    let rate = if info.variable_rate { "variable, on average " } else { "" };
    let frame_rate = (info.frame_rate * 100.0).round() / 100.0;
    let assumed = if info.has_times || clip.source().options.frame_rate.is_some() { "" } else { "assumed " };
    let text = format!("{} · {rate}{assumed}{frame_rate} fps · {}", size_text(info), info.codec);
    let button = Button::new(RichText::new(text).small().color(tokens.weak)).frame(false);
    if ui.add(button).on_hover_text(tooltip(Command::Properties)).clicked() {
        actions.push(Command::Properties);
    }
    let num_missing = clip.reader_status().num_missing;
    if num_missing > 0 {
        let text = RichText::new(format!("{num_missing} missing")).small().color(tokens.warning);
        ui.label(text).on_hover_text("Frames that do not decode; their neighbours stand in");
    }
}

/// What follows the points; a click opens the model panel.
fn model_ui(ui: &mut Ui, state: &State, actions: &mut Actions) {
    let tokens = style::tokens(ui);
    let (text, colour) = match &state.model.status {
        _ if state.model.is_switching => ("Loading another model…".to_owned(), tokens.weak),
        ModelStatus::Loading => ("Loading the model…".to_owned(), tokens.weak),
        ModelStatus::Ready(info) => (format!("{} · {} weights", info.device, info.weights), tokens.weak),
        ModelStatus::Failed(_) => ("No model: points cannot be followed".to_owned(), tokens.error),
    };
    let button = Button::new(RichText::new(text).small().color(colour)).frame(false).truncate();
    let response = ui.add(button);
    if response.clicked() {
        actions.push(Command::Model);
    }
    match &state.model.status {
        ModelStatus::Ready(info) => {
            let note =
                info.device_note.as_deref().map(|note| format!("The CPU, because {note}.\n")).unwrap_or_default();
            response.on_hover_text(format!("{note}Loaded in {:.2} s. Click to choose a model.", info.load_secs))
        }
        ModelStatus::Failed(message) => response.on_hover_text(message),
        ModelStatus::Loading => response,
    };
}

/// The interface's own speed.
pub(crate) fn statistics_ui(ctx: &egui::Context, frame_times: &FrameTimes, is_open: &mut bool) {
    let window = Window::new("Statistics").open(is_open).collapsible(false).auto_sized().default_pos([16.0, 60.0]);
    window.show(ctx, |ui| {
        Grid::new("statistics").num_columns(2).spacing([16.0, 4.0]).show(ui, |ui| {
            let number = |value: f32| RichText::new(format!("{value:.2} ms")).font(style::figures(12.5));
            if let Some(recent) = frame_times.recent() {
                for (name, value) in [
                    ("interface, median", recent.p50_millis),
                    ("interface, 99 %", recent.p99_millis),
                    ("interface, longest", recent.max_millis),
                ] {
                    ui.label(name);
                    ui.label(number(value));
                    ui.end_row();
                }
            }
            for (name, summary) in frame_times.overall() {
                if let Some(summary) = summary {
                    ui.label(format!("99 % while {name}"));
                    ui.label(number(summary.p99_millis));
                    ui.end_row();
                }
            }
        });
    });
}
