//! What fills the window while no clip is open: where to begin, and where the work was left off.

use crate::app::actions::{Actions, ShellAction};
use crate::app::canvas::canvas_ui::{drop_target, opening_text};
use crate::app::kit::commands::{Command, binding};
use crate::app::kit::controls::icon_ui;
use crate::app::kit::icons::Icon;
use crate::app::kit::style::{self, GAP, Tokens};
use crate::app::kit::words::{ago, name_of};
use crate::app::shell::recent::RecentEntry;
use crate::app::state::State;
use egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Response, Role, ScrollArea, Sense, Shape, Stroke, Ui};
use egui::{WidgetInfo, pos2, vec2};
use std::path::Path;

const MAX_WIDTH: f32 = 780.0;
/// From this width on, both columns stand side by side.
const TWO_COLUMNS_FROM: f32 = 600.0;
const COLUMN_GAP: f32 = 40.0;
const CARD_HEIGHT: f32 = 50.0;
const ROW_HEIGHT: f32 = 42.0;

/// What stands on the left, with a line on each.
const BEGINNINGS: [(Command, Mark, &str); 5] = [
    (Command::OpenDemo, Mark::Play, "A short clip to try everything on"),
    (Command::OpenFile, Mark::Film, "A video to follow points in, or a project"),
    (Command::Camera, Mark::Camera, "Follow points live, as they move"),
    (Command::OpenFolder, Mark::Folder, "Numbered images, one per frame"),
    (Command::OpenProject, Mark::Page, "Points and tracks that were saved"),
];

/// A small picture beside a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Play,
    Film,
    Folder,
    Page,
    Camera,
}

pub(crate) fn start_page_ui(ui: &mut Ui, state: &State, actions: &mut Actions) -> Rect {
    let rect = ui.available_rect_before_wrap();
    let is_new = !state.missing.page_was_shown;
    ui.painter().rect_filled(rect, 0.0, style::tokens(ui).sunken);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let room = ui.available_width();
        let width = (room - 12.0 * GAP).clamp(120.0, MAX_WIDTH);
        let top = ((rect.height() - 420.0) / 3.0).max(6.0 * GAP);
        ui.add_space(top);
        ui.horizontal(|ui| {
            ui.add_space((room - width) / 2.0);
            ui.vertical(|ui| {
                ui.set_width(width);
                page_ui(ui, state, is_new, actions);
            });
        });
        ui.add_space(6.0 * GAP);
    });
    drop_target(ui, &ui.painter_at(rect), rect);
    rect
}

fn page_ui(ui: &mut Ui, state: &State, is_new: bool, actions: &mut Actions) {
    let tokens = style::tokens(ui);
    let text = |text: &str, size: f32, colour| egui::RichText::new(text).size(size).color(colour);
    ui.label(text("Follow any point through a video", 24.0, tokens.text));
    ui.horizontal(|ui| {
        if let Some(line) = state.clip.session.opening().map(opening_text) {
            ui.add(egui::Spinner::new().size(16.0));
            ui.add(egui::Label::new(text(&line, 14.0, tokens.text)).truncate());
        } else {
            let line = "Open a clip, click what you want to follow, export the tracks.";
            ui.label(text(line, 14.0, tokens.weak));
        }
    });
    ui.add_space(6.0 * GAP);
    let width = ui.available_width();
    if width < TWO_COLUMNS_FROM {
        beginnings_ui(ui, state, is_new, actions);
        ui.add_space(6.0 * GAP);
        recent_ui(ui, state, actions);
        return;
    }
    let left = (width - COLUMN_GAP) * 0.45;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = COLUMN_GAP;
        for (column_width, column) in [(left, 0), (width - COLUMN_GAP - left, 1)] {
            ui.vertical(|ui| {
                ui.set_width(column_width);
                ui.spacing_mut().item_spacing.x = 2.0 * GAP;
                if column == 0 {
                    beginnings_ui(ui, state, is_new, actions);
                } else {
                    recent_ui(ui, state, actions);
                }
            });
        }
    });
}

fn heading_ui(ui: &mut Ui, text: &str) {
    ui.label(egui::RichText::new(text).strong().size(14.0));
    ui.add_space(GAP);
}

fn beginnings_ui(ui: &mut Ui, state: &State, is_new: bool, actions: &mut Actions) {
    heading_ui(ui, "Begin");
    let mut is_first = true;
    for (command, mark, line) in BEGINNINGS {
        if state.availability(command).is_err() {
            continue;
        }
        let response = card_ui(ui, command, mark, line, is_first);
        if is_first && is_new && ui.memory(|memory| memory.focused().is_none()) {
            response.request_focus(); // so that Enter and the arrows work at once
        }
        is_first = false;
        if response.clicked() {
            actions.push(command);
        }
    }
    ui.add_space(GAP);
    let takes_drops = takes_drops(|name| std::env::var_os(name));
    let text = if takes_drops {
        "Or drop a video, a folder of images or a project anywhere on this window."
    } else {
        "Wayland does not let this window take dropped files yet: paste a path instead."
    };
    ui.add(egui::Label::new(egui::RichText::new(text).small().color(style::tokens(ui).weak)).wrap());
    if !takes_drops && ui.link(binding(Command::OpenPath).name).clicked() {
        actions.push(Command::OpenPath);
    }
}

/// Whether files can be dropped on the window: winit 0.30 knows no dropping under Wayland, which it takes where these
/// name one.
fn takes_drops(variable: impl Fn(&str) -> Option<std::ffi::OsString>) -> bool {
    let names_one = |name| variable(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || !["WAYLAND_DISPLAY", "WAYLAND_SOCKET"].into_iter().any(names_one)
}

fn card_ui(ui: &mut Ui, command: Command, mark: Mark, line: &str, is_primary: bool) -> Response {
    let tokens = style::tokens(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), CARD_HEIGHT), Sense::click());
    let name = binding(command).name;
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let is_lit = response.hovered() || response.has_focus();
    let (fill, text, weak) = match (is_primary, is_lit) {
        (true, _) => (tokens.accent, tokens.on_accent, tokens.on_accent),
        (false, true) => (tokens.hover, tokens.text, tokens.text),
        (false, false) => (tokens.raised, tokens.text, tokens.weak),
    };
    let painter = ui.painter_at(rect.expand(2.0));
    painter.rect_filled(rect, style::CORNER, fill);
    focus_ring(&painter, rect, &response, tokens, is_primary);
    paint_mark(&painter, pos2(rect.left() + 24.0, rect.center().y), mark, text);
    let left = rect.left() + 48.0;
    let key = binding(command).key_text();
    let key_at = rect.right_center() - vec2(12.0, 0.0);
    let key_rect = painter.text(key_at, Align2::RIGHT_CENTER, key, FontId::proportional(12.0), weak);
    let room = key_rect.left() - 8.0 - left;
    line_of_text(&painter, pos2(left, rect.center().y - 9.0), name, 14.0, text, room);
    line_of_text(&painter, pos2(left, rect.center().y + 9.5), line, 12.0, weak, room);
    response
}

/// The ring of the keyboard's focus: inside a plain card, outside one that is filled with the accent.
fn focus_ring(painter: &Painter, rect: Rect, response: &Response, tokens: &Tokens, is_primary: bool) {
    if response.has_focus() {
        let (colour, inset) = if is_primary { (tokens.on_accent, 2.5) } else { (tokens.accent, 0.0) };
        let ring = Stroke::new(1.5, colour);
        painter.rect_stroke(rect.shrink(inset), style::CORNER, ring, egui::StrokeKind::Inside);
    }
}

/// One line, cut off with an ellipsis where it is too long; `at` is the middle of its left edge.
fn line_of_text(painter: &Painter, at: Pos2, text: &str, size: f32, colour: Color32, room: f32) {
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), FontId::proportional(size), colour);
    job.wrap = egui::text::TextWrapping::truncate_at_width(room.max(10.0));
    let galley = painter.layout_job(job);
    painter.galley(at - vec2(0.0, galley.size().y / 2.0), galley, colour);
}

fn recent_ui(ui: &mut Ui, state: &State, actions: &mut Actions) {
    heading_ui(ui, "Recent");
    ui.spacing_mut().item_spacing.y = 2.0;
    let entries = state.missing.entries(&state.desk.memory.settings.recent);
    if entries.is_empty() {
        let text = "Clips and projects that you open will be listed here.";
        ui.add(egui::Label::new(egui::RichText::new(text).color(style::tokens(ui).weak)).wrap());
    }
    for entry in &entries {
        recent_row_ui(ui, entry, actions);
    }
}

fn recent_row_ui(ui: &mut Ui, entry: &RecentEntry<'_>, actions: &mut Actions) {
    let tokens = style::tokens(ui);
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), ROW_HEIGHT));
    let sense = if entry.is_missing { Sense::hover() } else { Sense::click() };
    let response = ui.interact(rect, egui::Id::unique(("recent", entry.path)), sense);
    let name = name_of(entry.path);
    let when = if entry.is_missing { "not found".to_owned() } else { ago(entry.age_secs) };
    let label = format!("{name}, {when}");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, !entry.is_missing, &label));
    let is_under_pointer = ui.rect_contains_pointer(rect);
    if !entry.is_missing && (is_under_pointer || response.has_focus()) {
        ui.painter().rect_filled(rect, style::CORNER, tokens.raised);
    }
    focus_ring(ui.painter(), rect, &response, tokens, false);
    let (text, weak) = if entry.is_missing { (tokens.outline, tokens.outline) } else { (tokens.text, tokens.weak) };
    let mark = if entry.is_project { Mark::Page } else { Mark::Film };
    paint_mark(ui.painter(), pos2(rect.left() + 18.0, rect.center().y), mark, weak);
    let forget = Rect::from_center_size(pos2(rect.right() - 16.0, rect.center().y), vec2(24.0, 24.0));
    let time_at = pos2(forget.left() - GAP, rect.center().y);
    let time = ui.painter().text(time_at, Align2::RIGHT_CENTER, when, FontId::proportional(12.0), weak);
    let (left, room) = (rect.left() + 38.0, time.left() - 8.0 - rect.left() - 38.0);
    line_of_text(ui.painter(), pos2(left, rect.center().y - 8.0), &name, 14.0, text, room);
    let folder = entry.path.parent().unwrap_or(Path::new("")).display().to_string();
    line_of_text(ui.painter(), pos2(left, rect.center().y + 9.5), &folder, 12.0, weak, room);
    forget_ui(ui, entry, forget, &name, is_under_pointer || response.has_focus() || entry.is_missing, actions);
    if response.clicked() {
        actions.push(ShellAction::Open(entry.path.to_owned()));
    }
    response.on_hover_text(entry.path.display().to_string());
}

fn forget_ui(ui: &mut Ui, entry: &RecentEntry<'_>, rect: Rect, name: &str, is_shown: bool, actions: &mut Actions) {
    let mut button_ui = ui.new_child(egui::UiBuilder::new().max_rect(rect).id_salt(("forget", entry.path)));
    if !is_shown {
        button_ui.set_opacity(0.0); // stays in the order of focus and in what a screen reader hears
    }
    let label = format!("Remove {name} from this list");
    if icon_ui(&mut button_ui, Icon::Close, 24.0, &label, false, true).on_hover_text("Remove from this list").clicked()
    {
        actions.push(ShellAction::Forget(entry.path.to_owned()));
    }
}

/// Draws a mark about 18 points large.
fn paint_mark(painter: &Painter, centre: Pos2, mark: Mark, colour: Color32) {
    let at = |x: f32, y: f32| centre + vec2(x, y);
    let stroke = Stroke::new(1.5, colour);
    let outline = |points: Vec<Pos2>| Shape::closed_line(points, stroke);
    let line = |from: Pos2, to: Pos2| Shape::line_segment([from, to], stroke);
    let shapes = match mark {
        Mark::Play => {
            vec![Shape::convex_polygon(vec![at(-5.5, -7.5), at(8.0, 0.0), at(-5.5, 7.5)], colour, Stroke::NONE)]
        }
        Mark::Film => vec![
            outline(vec![at(-9.0, -6.5), at(9.0, -6.5), at(9.0, 6.5), at(-9.0, 6.5)]),
            line(at(-5.0, -6.5), at(-5.0, 6.5)),
            line(at(5.0, -6.5), at(5.0, 6.5)),
            line(at(-9.0, 0.0), at(-5.0, 0.0)),
            line(at(5.0, 0.0), at(9.0, 0.0)),
        ],
        Mark::Folder => vec![outline(vec![
            at(-9.0, -6.5),
            at(-3.0, -6.5),
            at(-0.5, -4.0),
            at(9.0, -4.0),
            at(9.0, 6.5),
            at(-9.0, 6.5),
        ])],
        Mark::Camera => vec![
            outline(vec![at(-9.0, -5.0), at(3.0, -5.0), at(3.0, 5.0), at(-9.0, 5.0)]),
            outline(vec![at(3.0, -1.5), at(9.0, -4.5), at(9.0, 4.5), at(3.0, 1.5)]),
        ],
        Mark::Page => vec![
            outline(vec![at(-6.5, -8.5), at(2.0, -8.5), at(6.5, -4.0), at(6.5, 8.5), at(-6.5, 8.5)]),
            line(at(-3.0, 0.0), at(3.0, 0.0)),
            line(at(-3.0, 4.0), at(3.0, 4.0)),
        ],
    };
    painter.extend(shapes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn dropping_is_promised_only_where_it_works() {
        let with =
            |set: &'static str, value: &'static str| takes_drops(move |name| (name == set).then(|| value.into()));
        assert!(with("DISPLAY", ":0") && with("WAYLAND_DISPLAY", ""));
        assert!(!with("WAYLAND_DISPLAY", "wayland-0") && !with("WAYLAND_SOCKET", "7"));
    }
}
