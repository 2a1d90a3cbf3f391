//! The log: the last messages of this run, to look through and to copy.

use crate::app::kit::controls::list_ui;
use crate::app::kit::style::{self, GAP};
use crate::journal::{self, Record};
use egui::{Align, Label, Layout, RichText, ScrollArea, Ui, Window};
use tracing::Level;

const LEVELS: [(Level, &str); 3] =
    [(Level::INFO, "Everything"), (Level::WARN, "Warnings and errors"), (Level::ERROR, "Errors")];
const ROW_HEIGHT: f32 = 18.0;

/// The window with the log; the messages are read again only when there are others.
#[derive(Debug)]
pub(crate) struct LogPanel {
    pub(crate) is_open: bool,
    least: Level,
    shown: Vec<Record>,
    /// The level and the state of the journal that `shown` is of.
    read: Option<(Level, u64)>,
}

impl Default for LogPanel {
    fn default() -> Self {
        Self { is_open: false, least: Level::INFO, shown: Vec::new(), read: None }
    }
}

pub(crate) fn log_ui(ctx: &egui::Context, panel: &mut LogPanel) {
    if !panel.is_open {
        panel.shown = Vec::new();
        panel.read = None;
        return;
    }
    let newest = (panel.least, journal::num_changes());
    if panel.read != Some(newest) {
        panel.shown = journal::messages(panel.least);
        panel.read = Some(newest);
    }
    let mut is_open = true;
    let room = ctx.content_rect().size();
    let size = [560.0f32.min(room.x - 60.0), 260.0f32.min(room.y - 160.0)];
    let window = Window::new("Log").open(&mut is_open).collapsible(false).default_size(size).default_pos([16.0, 60.0]);
    window.min_size([280.0, 120.0]).show(ctx, |ui| {
        head_ui(ui, panel);
        ui.separator();
        rows_ui(ui, panel);
    });
    panel.is_open = is_open;
}

fn head_ui(ui: &mut Ui, panel: &mut LogPanel) {
    ui.horizontal(|ui| {
        let name = |level| LEVELS.iter().find(|(other, _)| *other == level).map_or("", |(_, name)| name).to_owned();
        list_ui(ui, "Messages shown", 150.0, &mut panel.least, LEVELS.map(|(level, _)| level), name);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui.button("Clear").on_hover_text("Forget every message").clicked() {
                journal::clear();
            }
            let has_some = !panel.shown.is_empty();
            if ui.add_enabled(has_some, egui::Button::new("Copy all")).clicked() {
                ui.copy_text(panel.shown.iter().map(line).collect());
            }
        });
    });
}

fn line(record: &Record) -> String {
    format!("{} {:5} {}: {}\n", record.time_text(), record.level, record.target, record.text)
}

fn rows_ui(ui: &mut Ui, panel: &LogPanel) {
    if panel.shown.is_empty() {
        ui.add_space(GAP);
        ui.label(RichText::new("Nothing to report.").weak());
        ui.allocate_space(ui.available_size());
        return;
    }
    let tokens = style::tokens(ui);
    ui.spacing_mut().item_spacing.y = 2.0;
    let area = ScrollArea::both().auto_shrink(false).stick_to_bottom(true);
    area.show_rows(ui, ROW_HEIGHT, panel.shown.len(), |ui, rows| {
        for record in &panel.shown[rows] {
            let (word, colour) = match record.level {
                Level::ERROR => ("error", tokens.error),
                Level::WARN => ("warning", tokens.warning),
                _ => ("info", tokens.weak),
            };
            ui.horizontal(|ui| {
                ui.set_height(ROW_HEIGHT);
                ui.label(RichText::new(record.time_text()).font(style::figures(11.5)).weak());
                ui.label(RichText::new(word).small().color(colour));
                let text = record.text.lines().next().unwrap_or_default();
                ui.add(Label::new(text).extend().selectable(true)).on_hover_text(&record.target);
            });
        }
    });
}
