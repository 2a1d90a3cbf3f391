//! The dialog that lists cameras.

use super::chooser::Chooser;
use crate::app::actions::{Actions, CameraAction};
use crate::app::kit::controls::primary_button_ui;
use crate::app::kit::style::{self, GAP};
use crate::media::{CameraListing, CameraRequest};
use egui::{Button, Id, Label, Modal, RichText, ScrollArea, Ui, vec2};

pub(crate) fn chooser_ui(ctx: &egui::Context, chooser: &Chooser, actions: &mut Actions) {
    if !chooser.is_open {
        return;
    }
    let room = ctx.content_rect().size();
    let modal = Modal::new(Id::unique("cameras")).frame(style::dialog_frame(ctx)).show(ctx, |ui| {
        ui.set_width(420.0f32.min(room.x - 64.0));
        ui.heading("Cameras");
        ui.add_space(2.0 * GAP);
        ScrollArea::vertical().max_height((room.y - 220.0).max(80.0)).show(ui, |ui| list_ui(ui, chooser, actions));
        ui.add_space(3.0 * GAP);
        ui.horizontal(|ui| {
            if ui.add_enabled(chooser.looking.is_none(), Button::new("Look again")).clicked() {
                actions.push(CameraAction::Look);
            }
            if ui.button("Cancel").clicked() {
                actions.push(CameraAction::CloseChooser);
            }
        });
    });
    if modal.should_close() {
        actions.push(CameraAction::CloseChooser);
    }
}

fn list_ui(ui: &mut Ui, chooser: &Chooser, actions: &mut Actions) {
    let text = |ui: &mut Ui, text: &str| {
        ui.add(Label::new(RichText::new(text).color(style::tokens(ui).weak)).wrap());
    };
    match &chooser.found {
        _ if chooser.looking.is_some() => {
            ui.horizontal(|ui| {
                ui.spinner();
                ui.label("Looking for cameras…");
            });
        }
        None => {}
        Some(Err(problem)) => text(ui, &format!("The cameras cannot be listed: {problem}.")),
        Some(Ok(found)) if found.is_empty() => {
            text(ui, "There is no camera. Plug one in, then look again.");
        }
        Some(Ok(found)) => {
            for (place, listing) in found.iter().enumerate() {
                listing_ui(ui, listing, place == 0, actions);
            }
        }
    }
}

fn listing_ui(ui: &mut Ui, listing: &CameraListing, is_first: bool, actions: &mut Actions) {
    let name = format!("{} (camera:{})", listing.id.name, listing.index);
    let response = if is_first {
        primary_button_ui(ui, &name, true)
    } else {
        ui.add(Button::new(&name).min_size(vec2(0.0, 26.0)))
    };
    if response.clicked() {
        actions.push(CameraAction::Open(CameraRequest::index(listing.index)));
    }
    let line = match &listing.formats {
        Ok(formats) => match formats.as_slice() {
            [] => "no format that is known here".to_owned(),
            [only] => only.to_string(),
            [first, rest @ ..] => format!("{first} and {} more", rest.len()),
        },
        Err(problem) => problem.to_string(),
    };
    ui.add(Label::new(RichText::new(line).small().color(style::tokens(ui).weak)).wrap());
    ui.add_space(GAP);
}
