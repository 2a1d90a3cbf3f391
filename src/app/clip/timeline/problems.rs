//! The problems as a table: point, frames, kind, and how doubtful; a click goes there.

use super::state::{Change, ProblemSort};
use crate::app::actions::{Actions, PointsAction};
use crate::app::canvas::overlay_paint::paint_marker_at;
use crate::app::clip::room::ClipRoom;
use crate::app::kit::controls::focus_ring;
use crate::app::kit::style::{self, GAP, Tokens};
use crate::app::points::point_state::list_marker;
use crate::geometry::FrameIndex;
use crate::overlay::{MarkerState, Palette};
use crate::tracks::{Problem, Track, TrackStore};
use egui::{
    Align2, Color32, Context, Id, Rect, Response, RichText, Role, ScrollArea, Sense, Stroke, Ui, WidgetInfo, Window,
    pos2, vec2,
};
use std::collections::HashMap;

/// From these scores on, a problem is grave, or worth a look.
const GRAVE_FROM: f32 = 0.8;
const DOUBTFUL_FROM: f32 = 0.6;
/// Where the columns after the first begin, as shares of the width; the last one ends at the right.
const FRAMES_AT: f32 = 0.40;
const KIND_AT: f32 = 0.60;

/// Where a column begins in a row; the score stands at the right end.
fn column_at(column: ProblemSort, row: Rect) -> (f32, Align2) {
    let at = |share: f32| row.left() + share * row.width();
    match column {
        ProblemSort::Point => (row.left() + 24.0, Align2::LEFT_CENTER),
        ProblemSort::Frames => (at(FRAMES_AT), Align2::LEFT_CENTER),
        ProblemSort::Kind => (at(KIND_AT), Align2::LEFT_CENTER),
        ProblemSort::Score => (row.right() - 2.0 * GAP, Align2::RIGHT_CENTER),
    }
}

pub(crate) fn problems_window_ui(ctx: &Context, room: &ClipRoom, palette: Palette, actions: &mut Actions) {
    if !room.timeline.shows_problems || room.session.clip().is_none() {
        return;
    }
    let mut is_open = true;
    let space = ctx.content_rect().size();
    let size = [360.0f32.min(space.x - 60.0), 240.0f32.min(space.y - 200.0)];
    let window = Window::new("Problems").open(&mut is_open).collapsible(false).default_size(size);
    window.default_pos([16.0, 60.0]).min_size([300.0, 120.0]).show(ctx, |ui| table_ui(ui, room, palette, actions));
    if !is_open {
        actions.push(Change::ShowProblems(false));
    }
}

fn table_ui(ui: &mut Ui, room: &ClipRoom, palette: Palette, actions: &mut Actions) {
    let Some(clip) = room.session.clip() else { return };
    let problems = sorted(&room.timeline.digest().problems, clip.tracks(), room.timeline.problem_sort);
    if problems.is_empty() {
        ui.add_space(GAP);
        let text = if room.is_tracking() { "No problems so far." } else { "No problems were found." };
        ui.label(RichText::new(text).weak());
        ui.allocate_space(ui.available_size());
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    head_ui(ui, room.timeline.problem_sort, actions);
    let here = room.problem_here().map(|(_, problem)| problem);
    let number: &dyn Fn(FrameIndex) -> u32 = &|frame| room.session.clip().map_or(0, |clip| clip.info().number(frame));
    ScrollArea::vertical().auto_shrink(false).show_rows(ui, style::ROW_HEIGHT, problems.len(), |ui, rows| {
        for (problem, track) in &problems[rows] {
            if row_ui(ui, palette, problem, track, (here == Some(*problem), number)).clicked() {
                actions.push(PointsAction::Select(vec![problem.track]));
                actions.push(Change::GoTo(problem.first));
            }
        }
    });
}

/// Problems of tracks that are there, in this order; else in the order of time.
fn sorted<'a>(problems: &[Problem], tracks: &'a TrackStore, sort: ProblemSort) -> Vec<(Problem, &'a Track)> {
    let by_id: HashMap<_, _> = tracks.tracks().enumerate().map(|(at, track)| (track.id, (at, track))).collect();
    let mut found: Vec<_> =
        problems.iter().filter_map(|problem| Some((*problem, *by_id.get(&problem.track)?))).collect();
    match sort {
        ProblemSort::Point => found.sort_by_key(|(_, (at, _))| *at),
        ProblemSort::Frames => found.sort_by_key(|(problem, _)| problem.first),
        ProblemSort::Kind => found.sort_by_key(|(problem, _)| problem.kind),
        ProblemSort::Score => found.sort_by(|(a, _), (b, _)| b.score.total_cmp(&a.score)),
    }
    found.into_iter().map(|(problem, (_, track))| (problem, track)).collect()
}

/// The names of the columns; a click sorts by one.
fn head_ui(ui: &mut Ui, sort: ProblemSort, actions: &mut Actions) {
    let tokens = style::tokens(ui);
    let (_, row) = ui.allocate_space(vec2(ui.available_width(), style::ROW_HEIGHT));
    for column in ProblemSort::ALL {
        let (x, align) = column_at(column, row);
        let is_chosen = column == sort;
        let colour = if is_chosen { tokens.text } else { tokens.weak };
        let font = egui::FontId::proportional(12.0);
        let galley = ui.painter().layout_no_wrap(column.name().to_owned(), font, colour);
        let place = align.anchor_size(pos2(x, row.center().y), galley.size());
        let response = ui.interact(place.expand2(vec2(GAP, 5.0)), Id::unique(column.name()), Sense::click());
        let name = format!("Sort problems by {}", column.name().to_lowercase());
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_chosen, &name));
        if is_chosen || response.hovered() || response.has_focus() {
            let line = [place.left_bottom() + vec2(0.0, 1.0), place.right_bottom() + vec2(0.0, 1.0)];
            ui.painter().line_segment(line, Stroke::new(1.0, if is_chosen { tokens.accent } else { tokens.outline }));
        }
        ui.painter().galley(place.min, galley, colour);
        if response.on_hover_text(name).clicked() {
            actions.push(Change::SortProblems(column));
        }
    }
}

/// A problem: whether it is the one at the playhead, and what a frame is called.
fn row_ui(
    ui: &mut Ui,
    palette: Palette,
    problem: &Problem,
    track: &Track,
    (is_here, number): (bool, &dyn Fn(FrameIndex) -> u32),
) -> Response {
    let tokens = style::tokens(ui);
    let (_, row) = ui.allocate_space(vec2(ui.available_width(), style::ROW_HEIGHT));
    let id = Id::unique(("problem", track.id.0, problem.first.0, problem.kind));
    let response = ui.interact(row, id, Sense::click());
    let (first, last) = (number(problem.first), number(problem.last));
    let frames = if first == last { first.to_string() } else { format!("{first} – {last}") };
    let (kind, score) = (problem.kind.name(), format!("{:.2}", problem.score));
    let name = format!("{}, frames {frames}, {kind}, score {score}", track.name);
    response.widget_info(|| WidgetInfo::selected(Role::Row, true, is_here, &name));
    if is_here || response.hovered() || response.has_focus() {
        let fill = if is_here { tokens.selection } else { tokens.raised };
        ui.painter().rect_filled(row, style::CORNER, fill);
    }
    focus_ring(ui, &response, row);
    let marker = list_marker(palette, track.colour, MarkerState::Visible);
    paint_marker_at(ui.painter(), &marker, pos2(row.left() + 12.0, row.center().y));
    let (name_at, _) = column_at(ProblemSort::Point, row);
    let (frames_at, _) = column_at(ProblemSort::Frames, row);
    let room = Rect::from_min_max(pos2(name_at, row.top()), pos2(frames_at - GAP, row.bottom()));
    crate::app::points::row::name_ui(ui, &track.name, room, tokens.text);
    for (column, text, font, colour) in [
        (ProblemSort::Frames, frames, style::figures(12.0), tokens.text),
        (ProblemSort::Kind, kind.to_owned(), egui::FontId::proportional(13.0), tokens.text),
        (ProblemSort::Score, score, style::figures(12.0), score_colour(problem.score, tokens)),
    ] {
        let (x, align) = column_at(column, row);
        ui.painter().text(pos2(x, row.center().y), align, text, font, colour);
    }
    response
}

fn score_colour(score: f32, tokens: &Tokens) -> Color32 {
    if score >= GRAVE_FROM {
        tokens.error
    } else if score >= DOUBTFUL_FROM {
        tokens.warning
    } else {
        tokens.text
    }
}
