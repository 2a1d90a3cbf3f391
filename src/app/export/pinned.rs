//! The dialog's part on what stays on points: words and pictures.

use super::panel::ExportPanel;
use super::plan::Facts;
use crate::app::actions::{Actions, ExportAction};
use crate::app::kit::controls::{icon_ui, list_ui};
use crate::app::kit::icons::Icon;
use crate::app::kit::style::{self, GAP};
use crate::export::{Pin, Pinned};
use crate::tracks::TrackId;
use egui::{Align, DragValue, Layout, RichText, TextEdit, Ui, vec2};
use std::path::PathBuf;

/// Widths that pictures may have, in percent of the clip's.
const WIDTHS: std::ops::RangeInclusive<f32> = 1.0..=100.0;
const LIST_WIDTH: f32 = 92.0;
const SMALL_BUTTON: f32 = 20.0;

/// A line of the list: what stays on which point.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PinRow {
    track: TrackId,
    kind: PinKind,
    /// The words, or the picture's path.
    pub(super) text: String,
    width: f32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PinKind {
    Words,
    Picture,
}

impl PinRow {
    fn on(track: TrackId) -> Self {
        Self { track, kind: PinKind::Words, text: String::new(), width: 15.0 }
    }

    /// What is drawn; nothing where nothing was typed.
    pub(super) fn pin(&self) -> Option<Pin> {
        let text = self.text.trim();
        let what = match self.kind {
            PinKind::Words => Pinned::Words(text.to_owned()),
            PinKind::Picture => Pinned::Picture { path: PathBuf::from(text), width: self.width / 100.0 },
        };
        (!text.is_empty()).then_some(Pin { track: self.track, what })
    }
}

pub(super) fn pinned_ui(ui: &mut Ui, panel: &mut ExportPanel, facts: &Facts, actions: &mut Actions) {
    panel.pins.retain(|row| facts.tracks.track(row.track).is_some());
    ui.horizontal(|ui| {
        ui.label(RichText::new("Pinned to points").color(style::tokens(ui).weak));
        let chosen = facts.selection.first().copied().or_else(|| facts.tracks.tracks().next().map(|track| track.id));
        let button = ui.add_enabled(chosen.is_some(), egui::Button::new("Add"));
        let button = button.on_hover_text("Words above a point, or a picture over it, wherever it is visible");
        if let Some(track) = chosen.filter(|_| button.clicked()) {
            panel.pins.push(PinRow::on(track));
        }
    });
    let mut removed = None;
    for (number, row) in panel.pins.iter_mut().enumerate() {
        ui.push_id(number, |ui| {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = GAP;
                let name = |id| facts.tracks.track(id).map_or("", |track| track.name.as_str());
                let all = facts.tracks.tracks().map(|track| track.id);
                list_ui(ui, "Pinned to", LIST_WIDTH, &mut row.track, all, |id| name(id).to_owned());
                let name = |kind| if kind == PinKind::Words { "Words" } else { "Picture" }.to_owned();
                list_ui(ui, "What is pinned", LIST_WIDTH, &mut row.kind, [PinKind::Words, PinKind::Picture], name);
                if row.kind == PinKind::Picture {
                    let response = ui.add(DragValue::new(&mut row.width).range(WIDTHS).speed(0.2).suffix(" %"));
                    response.ctx.accesskit_node_builder(response.id, |node| node.set_label("Width of the picture"));
                    response.on_hover_text("Of the clip's width. On a plane the plane's size counts.");
                }
                if icon_ui(ui, Icon::Close, SMALL_BUTTON, "Remove what is pinned", false, true).clicked() {
                    removed = Some(number);
                }
            });
            let line = vec2(ui.available_width(), style::ICON_BUTTON);
            ui.allocate_ui_with_layout(line, Layout::right_to_left(Align::Center), |ui| {
                if row.kind == PinKind::Picture && ui.button("Browse…").clicked() {
                    actions.push(ExportAction::BrowsePin(number));
                }
                let hint = if row.kind == PinKind::Words { "Words" } else { "Path of a picture" };
                let field = TextEdit::singleline(&mut row.text).hint_text(hint).desired_width(f32::INFINITY);
                let response = ui.add(field);
                response.ctx.accesskit_node_builder(response.id, |node| node.set_label(hint));
            });
        });
    }
    if let Some(number) = removed {
        panel.pins.remove(number);
    }
}
