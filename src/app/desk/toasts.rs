//! Short messages in the corner. Errors stay until they are dismissed; the others fade after a while.

use crate::app::actions::{Actions, ShellAction};
use crate::app::kit::controls::icon_ui;
use crate::app::kit::icons::Icon;
use crate::app::kit::style::{self, GAP};
use crate::app::kit::words::sentence;
use egui::{Align2, Area, Frame, Id, Label, Order, RichText, ScrollArea, Stroke, vec2};
use std::path::{Path, PathBuf};

/// How long a message stays that needs no answer, in seconds.
const DONE_STAYS_SECS: f64 = 6.0;
/// And one that should be read.
const WARNING_STAYS_SECS: f64 = 15.0;
/// The last of that time, in which it fades.
const FADE_SECS: f64 = 0.6;
const WIDTH: f32 = 320.0;
/// Side of the button that dismisses a message.
const CLOSE: f32 = 24.0;
/// Longer details are scrolled.
const MAX_DETAILS_HEIGHT: f32 = 120.0;
/// Older ones go when there are more; all of them are in the log.
const MAX_TOASTS: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Done,
    Warning,
    Error,
}

impl Level {
    fn stays_secs(self) -> Option<f64> {
        match self {
            Self::Done => Some(DONE_STAYS_SECS),
            Self::Warning => Some(WARNING_STAYS_SECS),
            Self::Error => None,
        }
    }
}

/// What messages are about. A newer one takes the place of those before on the same thing: what failed and then went
/// well is no error any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Topic {
    Open,
    Save,
    Export,
    /// Edits, refused, undone or done again.
    Edit,
    Model,
    Recording,
    Many,
    Learn,
}

#[derive(Debug)]
struct Toast {
    id: u64,
    level: Level,
    topic: Option<Topic>,
    text: String,
    details: String,
    /// A file that it is about, to be shown in its folder.
    file: Option<PathBuf>,
    shows_details: bool,
    added_at_secs: f64,
    goes_at_secs: Option<f64>,
}

#[derive(Debug, Default)]
pub(crate) struct Toasts {
    toasts: Vec<Toast>,
    num_shown: u64,
}

impl Toasts {
    /// What was said on a topic does not hold any more.
    pub(crate) fn settle(&mut self, topic: Topic) {
        self.toasts.retain(|toast| toast.topic != Some(topic));
    }

    /// Adds a message, in the place of those before on its topic, but for those of the same moment. `file` is one that
    /// is written now.
    pub(crate) fn put(
        &mut self,
        level: Level,
        topic: Option<Topic>,
        text: &str,
        details: String,
        file: Option<&Path>,
        now_secs: f64,
    ) {
        let file = file.map(Path::to_owned);
        let text = sentence(text);
        log(level, &text, &details);
        let is_old = |toast: &Toast| topic.is_some() && toast.topic == topic && toast.added_at_secs < now_secs;
        let is_same = |toast: &Toast| (&toast.text, &toast.details) == (&text, &details); // said once is enough
        self.toasts.retain(|toast| !is_old(toast) && !is_same(toast));
        let goes_at_secs = level.stays_secs().map(|secs| now_secs + secs);
        self.num_shown += 1;
        let (id, shows_details, added_at_secs) = (self.num_shown, false, now_secs);
        self.toasts.push(Toast { id, level, topic, text, details, file, shows_details, added_at_secs, goes_at_secs });
        if self.toasts.len() > MAX_TOASTS {
            // An error that nobody has dismissed goes last.
            let oldest = self.toasts.iter().position(|toast| toast.level != Level::Error).unwrap_or(0);
            self.toasts.remove(oldest);
        }
    }

    /// Draws the messages above `corner`, at the right of the canvas.
    pub(crate) fn show(&mut self, ctx: &egui::Context, corner: egui::Pos2, actions: &mut Actions) {
        let now = ctx.input(|input| input.time);
        self.toasts.retain(|toast| toast.goes_at_secs.is_none_or(|at| at > now));
        let waits = |at: f64| if at - now > FADE_SECS { at - now - FADE_SECS } else { 0.0 };
        if let Some(next) = self.toasts.iter().filter_map(|toast| toast.goes_at_secs.map(waits)).reduce(f64::min) {
            ctx.request_repaint_after_secs(next as f32);
        }
        if self.toasts.is_empty() {
            return;
        }
        let mut dismissed = None;
        let area = Area::new(Id::unique("toasts")).order(Order::Foreground).pivot(Align2::RIGHT_BOTTOM);
        area.fixed_pos(corner - vec2(3.0 * GAP, 3.0 * GAP)).show(ctx, |ui| {
            for toast in &mut self.toasts {
                let strength = toast.goes_at_secs.map_or(1.0, |at| ((at - now) / FADE_SECS).clamp(0.0, 1.0));
                let shown = ui.scope(|ui| {
                    ui.set_opacity(strength as f32);
                    toast_ui(ui, toast, actions)
                });
                if shown.inner {
                    dismissed = Some(toast.id);
                }
                // Whoever reads it keeps it.
                if toast.goes_at_secs.is_some() && (toast.shows_details || shown.response.contains_pointer()) {
                    toast.goes_at_secs = toast.level.stays_secs().map(|secs| now + secs);
                }
                ui.add_space(GAP);
            }
        });
        self.toasts.retain(|toast| Some(toast.id) != dismissed);
    }
}

/// Every message is kept in the log, too.
fn log(level: Level, text: &str, details: &str) {
    let details = if details.is_empty() { String::new() } else { format!(" {}", details.replace('\n', " · ")) };
    match level {
        Level::Done => tracing::info!("{text}{details}"),
        Level::Warning => tracing::warn!("{text}{details}"),
        Level::Error => tracing::error!("{text}{details}"),
    }
}

/// Returns whether it was dismissed.
fn toast_ui(ui: &mut egui::Ui, toast: &mut Toast, actions: &mut Actions) -> bool {
    let tokens = style::tokens(ui);
    let (colour, word) = match toast.level {
        Level::Done => (tokens.success, None), // the text itself says it
        Level::Warning => (tokens.warning, Some("Note")),
        Level::Error => (tokens.error, Some("Error")),
    };
    let frame = Frame::popup(ui.style()).stroke(Stroke::new(1.0, colour)).inner_margin(10);
    let shown = frame.show(ui, |ui| {
        ui.set_width(WIDTH.min(ui.ctx().content_rect().width() - 80.0));
        let mut is_dismissed = false;
        ui.horizontal_top(|ui| {
            ui.vertical(|ui| {
                ui.set_width(ui.available_width() - CLOSE - ui.spacing().item_spacing.x);
                ui.add_space((CLOSE - ui.text_style_height(&egui::TextStyle::Body)) / 2.0);
                if let Some(word) = word {
                    ui.label(RichText::new(word).color(colour).strong());
                }
                let text = ui.add(Label::new(&toast.text).wrap().selectable(true));
                ui.ctx().accesskit_node_builder(text.id, |node| node.set_live(egui::accesskit::Live::Polite));
            });
            is_dismissed = icon_ui(ui, Icon::Close, CLOSE, "Dismiss message", false, true).clicked();
        });
        buttons_ui(ui, toast, actions);
        if toast.shows_details {
            ScrollArea::vertical().id_salt(toast.id).max_height(MAX_DETAILS_HEIGHT).show(ui, |ui| {
                let text = RichText::new(&toast.details).small().weak();
                ui.add(Label::new(text).wrap().selectable(true));
            });
        }
        is_dismissed
    });
    shown.inner
}

fn buttons_ui(ui: &mut egui::Ui, toast: &mut Toast, actions: &mut Actions) {
    if toast.details.is_empty() && toast.file.is_none() {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = GAP;
        if let Some(file) = &toast.file {
            if ui.button("Show in folder").on_hover_text(file.display().to_string()).clicked() {
                actions.push(ShellAction::Reveal(file.clone()));
            }
            if ui.button("Copy path").clicked() {
                ui.copy_text(toast.details.clone());
            }
        }
        if toast.details.is_empty() {
            return;
        }
        let name = if toast.shows_details { "Hide details" } else { "Details" };
        if ui.button(name).clicked() {
            toast.shows_details ^= true;
        }
        if toast.file.is_none() && ui.button("Copy").on_hover_text("Copy the message with its details").clicked() {
            ui.copy_text(format!("{}\n{}", toast.text, toast.details));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(toasts: &mut Toasts, level: Level, topic: impl Into<Option<Topic>>, text: &str, now_secs: f64) {
        toasts.put(level, topic.into(), text, String::new(), None, now_secs);
    }

    #[test]
    fn messages_become_sentences() {
        assert_eq!(sentence("not a video: a.mp4"), "Not a video: a.mp4.");
        assert_eq!(sentence("Saved."), "Saved.");
        assert_eq!(sentence(""), "");
    }

    #[test]
    fn a_message_takes_the_place_of_those_on_the_same_thing() {
        let mut toasts = Toasts::default();
        let texts = |toasts: &Toasts| toasts.toasts.iter().map(|toast| toast.text.clone()).collect::<Vec<_>>();
        add(&mut toasts, Level::Error, Topic::Open, "cannot open a", 0.0);
        add(&mut toasts, Level::Done, Topic::Edit, "undone: move", 0.0);
        add(&mut toasts, Level::Done, Topic::Edit, "undone: delete", 1.0);
        add(&mut toasts, Level::Warning, Topic::Edit, "there is more of it", 1.0);
        assert_eq!(texts(&toasts), ["Cannot open a.", "Undone: delete.", "There is more of it."]);
        toasts.settle(Topic::Open);
        add(&mut toasts, Level::Warning, None, "a is long", 1.0);
        add(&mut toasts, Level::Warning, None, "a is long", 2.0);
        add(&mut toasts, Level::Done, Topic::Edit, "undone: add", 2.0);
        assert_eq!(texts(&toasts), ["A is long.", "Undone: add."]);
    }

    #[test]
    fn errors_outlast_everything_else() {
        let mut toasts = Toasts::default();
        add(&mut toasts, Level::Error, None, "first", 0.0);
        for i in 0..9 {
            add(&mut toasts, Level::Done, None, &format!("done {i}"), 0.0);
        }
        let texts: Vec<_> = toasts.toasts.iter().map(|toast| toast.text.as_str()).collect();
        assert_eq!(texts, ["First.", "Done 7.", "Done 8."]);
        assert!(toasts.toasts[0].goes_at_secs.is_none() && toasts.toasts[1].goes_at_secs == Some(6.0));
    }
}
