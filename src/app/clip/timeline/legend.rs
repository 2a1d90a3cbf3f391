//! What the timeline says in words: under the pointer, in its legend, and on problems in the status bar.

use super::bands::{cut, diamond, hidden_colour, triangle};
use super::lanes::hatch;
use super::scale::Scale;
use crate::app::actions::Actions;
use crate::app::clip::player::time_text;
use crate::app::clip::room::ClipRoom;
use crate::app::kit::commands::{Command, tooltip};
use crate::app::kit::style::{self, Tokens};
use crate::app::kit::words::counted;
use crate::session::Clip;
use crate::tracks::{Problem, ProblemKind};
use egui::{Painter, Rect, Response, RichText, Role, Sense, Ui, WidgetInfo, vec2};

/// Problems under the pointer that are named one by one.
const MAX_NAMED: usize = 3;

/// Says what is under the pointer.
pub(super) fn hover(response: &Response, room: &ClipRoom, clip: &Clip, scale: &Scale) {
    if response.is_pointer_button_down_on() {
        return; // the picture itself says it
    }
    let Some(pointer) = response.hover_pos() else { return };
    let frame = scale.frame_at(pointer.x);
    response.clone().on_hover_ui_at_pointer(|ui| {
        let time = time_text(clip.info().time_secs(frame));
        ui.label(RichText::new(format!("frame {} · {time}", clip.info().number(frame))).font(style::figures(12.5)));
        let digest = room.timeline.digest();
        let (samples, hidden) = digest.mean((frame.get(), frame.get()));
        if samples > 0.0 {
            ui.label(format!("{} of {} points visible, {hidden} hidden", samples - hidden, digest.num_tracks));
        }
        let findings = &room.timeline.findings;
        if findings.cuts.binary_search(&frame).is_ok() {
            ui.label("a shot begins here");
        }
        if findings.missing.binary_search(&frame).is_ok() {
            ui.label("does not decode; a neighbour stands in");
        }
        if digest.corrected.binary_search(&frame).is_ok() {
            ui.label("corrected by hand");
        }
        let here = |problem: &&Problem| (problem.first..=problem.last).contains(&frame);
        let problems: Vec<&Problem> = digest.problems.iter().filter(here).collect();
        for problem in problems.iter().take(MAX_NAMED) {
            ui.label(in_words(clip, problem));
        }
        if problems.len() > MAX_NAMED {
            ui.label(format!("{} more", counted(problems.len() - MAX_NAMED, "problem")));
        }
    });
}

/// A problem as "nose: doubtful, frames 40 to 52".
fn in_words(clip: &Clip, problem: &Problem) -> String {
    let name = clip.tracks().track(problem.track).map_or("a point", |track| &track.name);
    let [first, last] = [problem.first, problem.last].map(|frame| clip.info().number(frame));
    let frames = if first == last { format!("frame {first}") } else { format!("frames {first} to {last}") };
    format!("{name}: {}, {frames}", problem.kind.name())
}

/// How many problems there are, for the status bar; a click goes to the next.
pub(crate) fn problems_ui(ui: &mut Ui, room: &ClipRoom, actions: &mut Actions) {
    let Some(clip) = room.session.clip() else { return };
    let problems = &room.timeline.digest().problems;
    if problems.is_empty() {
        return;
    }
    let count = problems.len();
    let text = match room.problem_here() {
        Some((number, problem)) => format!("{number} of {count}: {}", in_words(clip, &problem)),
        None => counted(count, "problem"),
    };
    // From the right: the bar is laid out so.
    list_button_ui(ui, actions);
    let button = egui::Button::new(RichText::new(text).small()).frame_when_inactive(false).small();
    let response = ui.add(button).on_hover_ui(|ui| {
        for kind in ProblemKind::ALL {
            let count = problems.iter().filter(|problem| problem.kind == kind).count();
            if count > 0 {
                ui.label(format!("{count} × {}", kind.name()));
            }
        }
        ui.label(tooltip(Command::NextProblem));
        ui.label(tooltip(Command::PreviousProblem));
    });
    if response.clicked() {
        actions.push(Command::NextProblem);
    }
    let (mark, _) = ui.allocate_exact_size(vec2(10.0, 10.0), Sense::hover());
    triangle(ui.painter(), mark.center(), style::tokens(ui).warning);
}

fn list_button_ui(ui: &mut Ui, actions: &mut Actions) {
    let list = egui::Button::new(RichText::new("List…").small()).frame_when_inactive(false).small();
    let list = ui.add(list).on_hover_text(tooltip(Command::Problems));
    list.widget_info(|| WidgetInfo::labeled(Role::Button, true, "List of problems"));
    if list.clicked() {
        actions.push(Command::Problems);
    }
}

/// A small button whose tooltip is the legend.
pub(crate) fn legend_ui(ui: &mut Ui) {
    let response = ui.add(egui::Button::new(RichText::new("Legend").small()).frame_when_inactive(false));
    let tokens = style::tokens(ui);
    response.on_hover_ui(|ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        row(ui, "visible points, as a share of all", |painter, rect| {
            painter.rect_filled(rect.shrink2(vec2(0.0, 1.0)), 0.0, tokens.tracked);
        });
        row(ui, "hidden points, stacked on them", |painter, rect| {
            painter.rect_filled(rect.shrink2(vec2(0.0, 1.0)), 0.0, hidden_colour(tokens));
        });
        row(ui, "frames in memory", |painter, rect| {
            painter.rect_filled(Rect::from_center_size(rect.center(), vec2(rect.width(), 3.0)), 0.0, tokens.cached);
        });
        row(ui, "a point was placed, in its colour", |painter, rect| {
            painter.rect_filled(Rect::from_center_size(rect.center(), vec2(2.0, rect.height())), 0.0, tokens.text);
        });
        row(ui, "corrected by hand", |painter, rect| diamond(painter, rect.center(), 4.5, tokens.text));
        row(ui, "a problem", |painter, rect| triangle(painter, rect.center(), tokens.warning));
        row(ui, "a cut", |painter, rect| cut(painter, rect.center().x, rect.y_range(), tokens));
        row(ui, "a frame that does not decode", |painter, rect| {
            painter.rect_filled(Rect::from_center_size(rect.center(), vec2(6.0, 5.0)), 0.0, tokens.error);
        });
        row(ui, "in a lane: the network is not sure", |painter, rect| {
            hatch(painter, rect.shrink2(vec2(0.0, 1.0)), tokens);
        });
    });
}

fn row(ui: &mut Ui, text: &str, paint: impl FnOnce(&Painter, Rect)) {
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(22.0, 14.0), Sense::hover());
        let tokens: &Tokens = style::tokens(ui);
        ui.painter().rect_filled(rect, 2.0, tokens.sunken);
        paint(ui.painter(), rect);
        ui.label(text);
    });
}
