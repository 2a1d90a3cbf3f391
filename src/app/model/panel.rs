//! The model panel: which weights follow the points, where they run, and how fast they have to be.

use super::room::ModelRoom;
use super::sections::{licence_ui, machine_ui, quality_ui, weights_ui};
use super::status::ModelStatus;
use crate::app::actions::{Actions, ModelAction};
use crate::app::kit::commands::Command;
use crate::app::kit::controls::{end_row_ui, primary_button_ui, scroll_ui};
use crate::app::kit::style::{self, GAP};
use egui::{Id, Label, Modal, RichText, ScrollArea, Ui};

const WIDTH: f32 = 540.0;
/// Height of what does not scroll, and of the room around.
const OTHERS: f32 = 190.0;

pub(crate) fn model_ui(ctx: &egui::Context, panel: &mut ModelRoom, actions: &mut Actions) {
    if !panel.is_open {
        return;
    }
    let room = ctx.content_rect().size();
    let modal = Modal::new(Id::unique("model")).frame(style::dialog_frame(ctx)).show(ctx, |ui| {
        ui.set_width(WIDTH.min(room.x - 48.0));
        ui.heading("Model");
        in_use_ui(ui, &panel.status);
        ui.add_space(GAP);
        ui.visuals_mut().indent_has_left_vline = false;
        if let Some(entry) = panel.licence_of {
            let scroll = ScrollArea::vertical().max_height((room.y - OTHERS).max(80.0));
            scroll.show(ui, |ui| licence_ui(ui, entry, &mut panel.is_agreed, actions));
            return;
        }
        scroll_ui(ui, OTHERS, |ui| {
            weights_ui(ui, panel, actions);
            machine_ui(ui, panel);
            quality_ui(ui, panel, actions);
        });
        ui.add_space(2.0 * GAP);
        end_ui(ui, panel, actions);
    });
    let size = modal.response.rect.size();
    if std::mem::replace(&mut panel.size, size) != size {
        ctx.request_repaint();
    }
    if modal.should_close() {
        let has_licence = panel.licence_of.is_some();
        let close = if has_licence { ModelAction::HideLicence } else { ModelAction::Close };
        actions.push(close);
    }
}

fn in_use_ui(ui: &mut Ui, model: &ModelStatus) {
    let tokens = style::tokens(ui);
    let (text, colour) = match model {
        ModelStatus::Loading => ("Loading the model…".to_owned(), tokens.weak),
        ModelStatus::Failed(message) => (format!("No model: {message}"), tokens.error),
        ModelStatus::Ready(info) => (format!("In use: {} on {}", info.weights, info.device), tokens.weak),
    };
    ui.add(Label::new(RichText::new(text).color(colour)).wrap());
}

/// What it costs, and the buttons.
fn end_ui(ui: &mut Ui, panel: &ModelRoom, actions: &mut Actions) {
    let model = panel.status.ready();
    let tokens = style::tokens(ui);
    let options = panel.choice.options(&panel.base, panel.survey.as_ref(), model);
    let is_in_use = model.is_some_and(|info| Ok(&info.options) == options.as_ref());
    let speed = match &options {
        Ok(options) => match panel.speeds.of(options) {
            Some(speed) => format!("Last seen here with this choice: {speed:.1} frames per second."),
            None => "How fast this choice is here shows once a point is tracked with it.".to_owned(),
        },
        Err(missing) => format!("{}{}.", missing[..1].to_uppercase(), &missing[1..]),
    };
    ui.add(Label::new(RichText::new(speed).color(tokens.weak)).wrap());
    if !panel.note.is_empty() {
        ui.add(Label::new(RichText::new(&panel.note).color(tokens.warning)).wrap());
    }
    ui.add_space(2.0 * GAP);
    end_row_ui(ui, |ui| {
        let can_use = options.is_ok() && !is_in_use && !panel.is_switching;
        let use_it = primary_button_ui(ui, "Use this model", can_use);
        if is_in_use {
            use_it.on_disabled_hover_text("It is in use");
        } else if use_it.clicked() {
            actions.push(ModelAction::Use);
        }
        if ui.button("Close").clicked() {
            actions.push(ModelAction::Close);
        }
        let learn = ui.add_enabled(panel.has_clip, egui::Button::new("Learn from this clip…"));
        if learn.on_disabled_hover_text("Needs a clip").clicked() {
            actions.push(Command::Learn);
        }
        if panel.is_switching {
            ui.label(RichText::new("Loading…").color(tokens.weak));
            ui.spinner();
        }
    });
}
