//! Short messages in the corner. Errors stay until they are dismissed.

use super::controls::icon_ui;
use super::icons::Icon;
use super::style::{self, GAP};
use egui::{Align2, Area, Frame, Id, Label, Order, RichText, Stroke, vec2};

/// How long a message stays that needs no answer, in seconds.
const STAY_SECS: f64 = 6.0;
const WIDTH: f32 = 320.0;
/// Older ones go when there are more.
const MAX_TOASTS: usize = 5;

/// How much a message matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Done,
    Warning,
    Error,
}

#[derive(Debug)]
struct Toast {
    id: u64,
    level: Level,
    text: String,
    details: String,
    shows_details: bool,
    goes_at_secs: Option<f64>,
}

/// The messages on the screen.
#[derive(Debug, Default)]
pub(super) struct Toasts {
    toasts: Vec<Toast>,
    num_shown: u64,
}

impl Toasts {
    /// Adds a message in one sentence, with details to unfold if there are any.
    pub(super) fn add(&mut self, level: Level, text: impl Into<String>, details: impl Into<String>, now_secs: f64) {
        let goes_at_secs = (level == Level::Done).then_some(now_secs + STAY_SECS);
        let (text, details) = (sentence(&text.into()), details.into());
        self.num_shown += 1;
        self.toasts.push(Toast { id: self.num_shown, level, text, details, shows_details: false, goes_at_secs });
        if self.toasts.len() > MAX_TOASTS {
            self.toasts.remove(0);
        }
    }

    /// Draws the messages above `bottom`, in the right corner of the canvas.
    pub(super) fn show(&mut self, ctx: &egui::Context, corner: egui::Pos2) {
        let now = ctx.input(|input| input.time);
        self.toasts.retain(|toast| toast.goes_at_secs.is_none_or(|at| at > now));
        let Some(next) = self.toasts.iter().filter_map(|toast| toast.goes_at_secs).reduce(f64::min) else {
            return self.show_all(ctx, corner);
        };
        ctx.request_repaint_after_secs((next - now) as f32);
        self.show_all(ctx, corner);
    }

    fn show_all(&mut self, ctx: &egui::Context, corner: egui::Pos2) {
        if self.toasts.is_empty() {
            return;
        }
        let mut dismissed = None;
        let area = Area::new(Id::unique("toasts")).order(Order::Foreground).pivot(Align2::RIGHT_BOTTOM);
        area.fixed_pos(corner - vec2(3.0 * GAP, 3.0 * GAP)).show(ctx, |ui| {
            for toast in &mut self.toasts {
                if toast_ui(ui, toast) {
                    dismissed = Some(toast.id);
                }
                ui.add_space(GAP);
            }
        });
        self.toasts.retain(|toast| Some(toast.id) != dismissed);
    }
}

/// Returns whether it was dismissed.
fn toast_ui(ui: &mut egui::Ui, toast: &mut Toast) -> bool {
    let tokens = style::tokens(ui);
    let (colour, word) = match toast.level {
        Level::Done => (tokens.success, "Done"),
        Level::Warning => (tokens.warning, "Note"),
        Level::Error => (tokens.error, "Error"),
    };
    let frame = Frame::popup(ui.style()).stroke(Stroke::new(1.0, colour)).inner_margin(10);
    let shown = frame.show(ui, |ui| {
        ui.set_width(WIDTH);
        let mut is_dismissed = false;
        ui.horizontal(|ui| {
            ui.label(RichText::new(word).color(colour).strong());
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                is_dismissed = icon_ui(ui, Icon::Close, 24.0, "Dismiss message", false, true).clicked();
            });
        });
        let text = ui.add(Label::new(&toast.text).wrap().selectable(true));
        ui.ctx().accesskit_node_builder(text.id, |node| node.set_live(egui::accesskit::Live::Polite));
        if !toast.details.is_empty() {
            details_ui(ui, toast);
        }
        is_dismissed
    });
    shown.inner
}

fn details_ui(ui: &mut egui::Ui, toast: &mut Toast) {
    ui.horizontal(|ui| {
        let name = if toast.shows_details { "Hide details" } else { "Details" };
        if ui.button(name).clicked() {
            toast.shows_details ^= true;
        }
        if ui.button("Copy").on_hover_text("Copy the message with its details").clicked() {
            ui.copy_text(format!("{}\n{}", toast.text, toast.details));
        }
    });
    if toast.shows_details {
        let text = RichText::new(&toast.details).small().weak();
        ui.add(Label::new(text).wrap().selectable(true));
    }
}

/// Messages of the library begin with a small letter and have no full stop; on the screen they are sentences.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().collect::<String>()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?', '…']) || text.is_empty() { "" } else { "." };
    format!("{first}{}{end}", chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_become_sentences() {
        assert_eq!(sentence("not a video: a.mp4"), "Not a video: a.mp4.");
        assert_eq!(sentence("Saved."), "Saved.");
        assert_eq!(sentence(""), "");
    }
}
