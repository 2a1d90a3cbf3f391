//! One row of the list: a point, the head of a group, or a name that is being edited.

use super::filter::Group;
use super::menu::menu_ui;
use super::point_state::{PointState, failure, list_marker};
use super::rows::{PointsList, Renaming};
use super::sparkline::{self, Digest};
use crate::app::actions::{Actions, ClipAction, PointsAction};
use crate::app::canvas::overlay_paint::paint_marker_at;
use crate::app::canvas::point_view::PointView;
use crate::app::clip::room::ClipRoom;
use crate::app::kit::commands::{Command, tooltip};
use crate::app::kit::controls::{focus_ring, icon_ui};
use crate::app::kit::icons::{self, Icon};
use crate::app::kit::style::{self, GAP, Tokens};
use crate::overlay::Palette;
use crate::tracks::{Edit, Quantity, Track, TrackId};
use egui::text::{CCursor, CCursorRange};
use egui::{
    Align, Align2, Color32, Id, Key, Label, Layout, Pos2, Rect, Response, RichText, Role, Sense, TextEdit, TextStyle,
};
use egui::{Ui, UiBuilder, WidgetInfo, pos2, vec2};
use std::slice;

/// Side of the buttons in a row (WCAG 2.2).
pub(crate) const BUTTON: f32 = 24.0;
pub(crate) const SPARKLINE: f32 = 52.0;
/// From this width on, a row says in words what the point is on the shown frame.
pub(crate) const WORDS_FROM: f32 = 330.0;
/// From this width on, a row has a sparkline.
pub(crate) const SPARKLINE_FROM: f32 = 210.0;
/// How far points in a group are moved in.
const INDENT: f32 = 12.0;

pub(super) struct Row<'a> {
    pub(super) track: &'a Track,
    pub(super) point_state: PointState,
    pub(super) digest: &'a Digest,
    /// How far through the clip the shown frame is.
    pub(super) share: f32,
    pub(super) is_in_group: bool,
}

/// The row of a point: marker, name, sparkline, eye and padlock; under the pointer also solo and delete.
pub(super) fn row_ui(ui: &mut Ui, room: &ClipRoom, palette: Palette, row: &Row, actions: &mut Actions) -> Response {
    let (tokens, track) = (style::tokens(ui), row.track);
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), style::ROW_HEIGHT));
    let response = ui.interact(rect, Id::unique(("point", track.id.0)), Sense::click());
    let is_selected = room.canvas.is_selected(track.id);
    let first_number = room.session.clip().map_or(0, |clip| clip.info().first_number);
    let words = row.point_state.text(track, first_number);
    response.widget_info(|| {
        WidgetInfo::selected(Role::ListItem, true, is_selected, format!("{}, {}", track.name, spoken(track, &words)))
    });
    // Not `hovered`: buttons lie over the row.
    let is_under_pointer = ui.rect_contains_pointer(rect);
    background_ui(ui, &response, is_selected, is_under_pointer || room.canvas.hovered == Some(track.id));
    let is_soloed = room.solo.contains(&track.id);
    let is_in_view = !track.hidden && (room.solo.is_empty() || is_soloed);
    let left = rect.left() + if row.is_in_group { INDENT } else { 0.0 };
    let marker = list_marker(palette, track.colour, row.point_state.marker());
    paint_marker_at(ui.painter(), &marker, pos2(left + 12.0, rect.center().y));
    let (who, switches) = ((track.name.as_str(), slice::from_ref(&track.id)), (track.locked, track.hidden));
    let mut right = switches_ui(ui, &response, who, switches, is_under_pointer || is_selected, actions);
    if rect.width() >= SPARKLINE_FROM {
        let middle = pos2(right - GAP - SPARKLINE / 2.0, rect.center().y);
        let strip = Rect::from_center_size(middle, vec2(SPARKLINE, 14.0));
        results_ui(ui, row, strip, &words, tokens);
        right = strip.left() - GAP;
    }
    if rect.width() >= WORDS_FROM && row.digest.covered.is_some() {
        right = note(ui, pos2(right - GAP, rect.center().y), &words, tokens.weak).left() - GAP;
    }
    let is_meant = is_under_pointer || response.has_focus() || room.canvas.selected() == Some(track.id);
    right = extra_buttons_ui(ui, track, pos2(right, rect.center().y), is_meant, is_soloed, actions);
    let name_rect = Rect::from_min_max(pos2(left + 24.0, rect.top()), pos2(right, rect.bottom()));
    let colour = if is_in_view || is_selected { tokens.text } else { tokens.weak };
    name_ui(ui, &track.name, name_rect, colour);
    if is_under_pointer {
        actions.push(PointsAction::Hover(Some(track.id)));
    }
    response.context_menu(|ui| menu_ui(ui, room, palette, actions));
    let results = row.digest.text(first_number);
    let tip = failure(room.session.clip(), track.id).unwrap_or_else(|| format!("{words} · {results}"));
    let measured = is_under_pointer.then(|| measured_text(room, track)).flatten().map(|text| format!("\n{text}"));
    response.on_hover_text(tip + &measured.unwrap_or_default())
}

/// Where a point is in the scene, and how fast, where something is measured.
fn measured_text(room: &ClipRoom, track: &Track) -> Option<String> {
    let measured = room.tracks()?.measured().filter(|measured| !measured.is_empty())?;
    let frame = room.meant_frame();
    let [x, y] = measured.places(track.id, frame..=frame)[0]?;
    let speed = Quantity::Speed(track.id);
    let speed = measured.value(speed, frame).map(|value| format!(" · {}", measured.text(speed, value)));
    Some(format!("x {x:.3} · y {y:.3} {}{}", measured.setup().unit(), speed.unwrap_or_default()))
}

/// What a row stands on: says whether it is selected, pointed at, or has the focus.
pub(crate) fn background_ui(ui: &Ui, row: &Response, is_selected: bool, is_pointed_at: bool) {
    let tokens = style::tokens(ui);
    let fill = if is_selected {
        tokens.selection
    } else if is_pointed_at {
        tokens.raised
    } else {
        tokens.panel
    };
    ui.painter().rect_filled(row.rect, style::CORNER, fill);
    focus_ring(ui, row, row.rect);
}

/// What a screen reader says of a point beside its name.
fn spoken(track: &Track, words: &str) -> String {
    let mut text = words.to_owned();
    for (is_so, word) in [(track.hidden, "not shown"), (track.locked, "locked")] {
        if is_so {
            text = format!("{text}, {word}");
        }
    }
    text
}

pub(crate) fn name_ui(ui: &mut Ui, name: &str, rect: Rect, colour: Color32) {
    let mut name_ui = ui.new_child(UiBuilder::new().max_rect(rect).layout(Layout::left_to_right(Align::Center)));
    name_ui.add(Label::new(RichText::new(name).color(colour)).truncate().sense(Sense::hover()));
}

pub(crate) fn note(ui: &Ui, right: Pos2, text: &str, colour: Color32) -> Rect {
    let font = TextStyle::Small.resolve(ui.style());
    ui.painter().text(right, Align2::RIGHT_CENTER, text, font, colour)
}

/// The sparkline, or in its place why there is none.
fn results_ui(ui: &Ui, row: &Row, strip: Rect, words: &str, tokens: &Tokens) {
    if row.digest.covered.is_some() && row.point_state != PointState::Failed {
        sparkline::paint(ui.painter(), strip, row.digest, Some(row.share), tokens);
        return;
    }
    let colour = if row.point_state == PointState::Failed { tokens.error } else { tokens.weak };
    note(ui, strip.right_center(), words, colour);
}

/// The place of a button, counted from the right end of a row.
pub(crate) fn button_at(right: Pos2, i: f32) -> Rect {
    Rect::from_center_size(pos2(right.x - (i + 0.5) * BUTTON, right.y), vec2(BUTTON, BUTTON))
}

/// Eye and padlock of points at the right end of their row; returns their left edge.
fn switches_ui(
    ui: &mut Ui,
    row: &Response,
    (name, tracks): (&str, &[TrackId]),
    (is_locked, is_hidden): (bool, bool),
    is_prominent: bool,
    actions: &mut Actions,
) -> f32 {
    let right = row.rect.right_center();
    let (icon, verb) = if is_locked { (Icon::Locked, "Unlock") } else { (Icon::Unlocked, "Lock") };
    let lock = (row.id.with("lock"), icon);
    if switch_ui(ui, lock, button_at(right, 0.0), &format!("{verb} {name}"), is_locked, is_prominent) {
        actions.push(ClipAction::Edit(Edit::SetLocked { tracks: tracks.to_vec(), locked: !is_locked }));
    }
    let (icon, verb) = if is_hidden { (Icon::EyeClosed, "Show") } else { (Icon::Eye, "Hide") };
    let eye = (row.id.with("eye"), icon);
    if switch_ui(ui, eye, button_at(right, 1.0), &format!("{verb} {name}"), is_hidden, is_prominent) {
        actions.push(ClipAction::Edit(Edit::SetHidden { tracks: tracks.to_vec(), hidden: !is_hidden }));
    }
    right.x - 2.0 * BUTTON
}

/// A small button for something that is usually off; faint until it is on or its row is pointed at.
pub(crate) fn switch_ui(
    ui: &mut Ui,
    (id, icon): (Id, Icon),
    rect: Rect,
    name: &str,
    is_on: bool,
    is_prominent: bool,
) -> bool {
    let tokens = style::tokens(ui);
    let response = ui.interact(rect, id, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect.shrink(1.0), style::CORNER, tokens.hover);
    }
    focus_ring(ui, &response, rect.shrink(1.0));
    let colour = if is_on {
        tokens.text
    } else if is_prominent {
        tokens.weak
    } else {
        tokens.outline
    };
    icons::paint(ui.painter(), rect, icon, colour);
    response.on_hover_text(name).clicked()
}

/// Solo and delete, where their row is meant; returns the left edge of what is seen of them.
fn extra_buttons_ui(
    ui: &mut Ui,
    track: &Track,
    right: Pos2,
    is_meant: bool,
    is_soloed: bool,
    actions: &mut Actions,
) -> f32 {
    let mut left = right.x;
    for (i, icon, verb, is_on) in [(0.0, Icon::Solo, "Solo", is_soloed), (1.0, Icon::Close, "Delete", false)] {
        if !(is_meant || is_on) {
            continue;
        }
        left = button_at(right, i).left();
        let mut button_ui = ui.new_child(UiBuilder::new().max_rect(button_at(right, i)).id_salt((verb, track.id.0)));
        let name = format!("{verb} {}", track.name);
        if icon_ui(&mut button_ui, icon, BUTTON, &name, is_on, true).on_hover_text(&name).clicked() {
            match icon {
                Icon::Solo => actions.push(ClipAction::ToggleSolo(track.id)),
                _ => actions.push(PointsAction::Delete(vec![track.id])),
            }
        }
    }
    left
}

/// The head of a group: folds it, hides or locks all of it.
pub(super) fn group_ui(ui: &mut Ui, list: &mut PointsList, group: &Group, actions: &mut Actions) {
    let tokens = style::tokens(ui);
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), style::ROW_HEIGHT));
    let response = ui.interact(rect, Id::unique(("group", &group.name)), Sense::click());
    let what = if group.is_folded { "folded" } else { "unfolded" };
    let num = group.tracks.len();
    let name = format!("Group {}, {num} points, {what}", group.name);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    let is_under_pointer = ui.rect_contains_pointer(rect);
    if is_under_pointer {
        ui.painter().rect_filled(rect, style::CORNER, tokens.raised);
    }
    focus_ring(ui, &response, rect);
    let icon = if group.is_folded { Icon::Folded } else { Icon::Unfolded };
    let fold = Rect::from_center_size(pos2(rect.left() + 12.0, rect.center().y), vec2(BUTTON, BUTTON));
    icons::paint(ui.painter(), fold, icon, tokens.weak);
    let (name, switches) = (format!("group {}", group.name), (group.is_locked, group.is_hidden));
    let left = switches_ui(ui, &response, (&name, &group.tracks), switches, is_under_pointer, actions);
    let count = note(ui, pos2(left - GAP, rect.center().y), &num.to_string(), tokens.weak);
    let name_rect = Rect::from_min_max(pos2(rect.left() + 24.0, rect.top()), pos2(count.left() - GAP, rect.bottom()));
    name_ui(ui, &group.name, name_rect, tokens.text);
    if response.clicked() {
        let folded = &mut list.choice.folded;
        if !folded.remove(&group.name) {
            folded.insert(group.name.clone());
        }
    }
    response.context_menu(|ui| group_menu_ui(ui, list, group, actions));
}

fn group_menu_ui(ui: &mut Ui, list: &mut PointsList, group: &Group, actions: &mut Actions) {
    ui.set_min_width(180.0);
    if ui.button("Select its points").clicked() {
        actions.push(PointsAction::Select(group.tracks.clone()));
    }
    if ui.button("Solo").on_hover_text(tooltip(Command::Solo)).clicked() {
        actions.push(ClipAction::Solo(group.tracks.clone()));
    }
    if ui.button("Rename group…").clicked() {
        list.ask_for_group(group.tracks.clone(), &group.name);
    }
    if ui.button("Dissolve group").clicked() {
        actions.push(ClipAction::Edit(Edit::SetGroup { tracks: group.tracks.clone(), group: None }));
    }
    ui.separator();
    if ui.button("Delete its points").clicked() {
        actions.push(PointsAction::Delete(group.tracks.clone()));
    }
}

/// The name that is being edited, in place of its row; all of it is selected at first. Tab names the next point.
pub(super) fn rename_ui(ui: &mut Ui, renaming: &mut Renaming, actions: &mut Actions) {
    let row = vec2(ui.available_width(), style::ROW_HEIGHT);
    let id = Id::unique(("rename", renaming.track.0));
    // Tab stays here: letters that are typed after it would be commands.
    let field = TextEdit::singleline(&mut renaming.text).id(id).lock_focus(true).align(Align2::LEFT_CENTER);
    let field = field.desired_width(f32::INFINITY);
    let output = ui.allocate_ui_with_layout(row, Layout::left_to_right(Align::Center), |ui| field.show(ui)).inner;
    let response = output.response.response;
    response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Name of the point"));
    if std::mem::take(&mut renaming.needs_focus) {
        response.request_focus();
        let all = CCursorRange::two(CCursor::new(0), CCursor::new(renaming.text.chars().count()));
        let mut state = output.state;
        state.cursor.set_char_range(Some(all));
        state.store(ui.ctx(), id);
    }
    let (is_escape, tab) = ui.input(|input| {
        let is_tab = input.key_pressed(Key::Tab);
        (input.key_pressed(Key::Escape), is_tab.then_some(if input.modifiers.shift { -1 } else { 1 }))
    });
    if response.lost_focus() {
        actions.push(PointsAction::EndRename { is_kept: !is_escape });
    } else if let Some(by) = tab.filter(|_| response.has_focus()) {
        actions.push(PointsAction::EndRename { is_kept: true });
        actions.push(if by < 0 { Command::PreviousPoint } else { Command::NextPoint });
        actions.push(Command::Rename);
    }
}
