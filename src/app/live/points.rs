//! The panel of the camera's points: a row for each of them, as in the list of a clip.

use super::view::LiveView;
use super::{LiveAction, push};
use crate::app::actions::{Action, Actions};
use crate::app::controls::command_menu_ui;
use crate::app::docked::docked_ui;
use crate::app::icons::Icon;
use crate::app::keys::{Command, tooltip};
use crate::app::overlay_paint::paint_marker_at;
use crate::app::points::row::{
    BUTTON, SPARKLINE, SPARKLINE_FROM, WORDS_FROM, background_ui, name_ui, note, rename_ui, switch_ui,
};
use crate::app::points::trail_ui;
use crate::app::state::State;
use crate::app::style::{self, GAP, Tokens};
use crate::calibration::Probability;
use crate::geometry::Size;
use crate::overlay::{Emphasis, Marker, MarkerState, Palette};
use crate::tracker::PointState;
use crate::tracks::{Sample, Track, TrackId};
use egui::{Button, Frame, Id, Label, Modifiers, Panel, Rect, Response, RichText, Role, ScrollArea, Sense, Ui};
use egui::{WidgetInfo, pos2, vec2};
use std::ops::Range;

/// What the list remembers.
#[derive(Debug, Default)]
pub(in crate::app) struct PointsList {
    /// Where a range of rows begins.
    anchor: Option<TrackId>,
    /// The selected point that was last scrolled to.
    scrolled_to: Option<TrackId>,
}

impl PointsList {
    /// Brings the selected point into view.
    pub(super) fn reveal(&mut self) {
        self.scrolled_to = None;
    }
}

/// What the marker of a point that is not followed looks like; the others are as their samples say.
pub(super) fn resting_marker(state: PointState) -> Option<MarkerState> {
    match state {
        PointState::Followed => None,
        PointState::Lost => Some(MarkerState::Lost),
        PointState::Joining | PointState::Parked => Some(MarkerState::Pending),
    }
}

fn word(state: PointState, is_visible: bool) -> &'static str {
    match state {
        PointState::Followed if is_visible => "visible",
        PointState::Followed => "hidden",
        PointState::Joining => "joining",
        PointState::Lost => "lost",
        PointState::Parked => "parked",
    }
}

/// The panel.
pub(super) fn points_ui(ui: &mut Ui, state: &mut State, actions: &mut Actions) {
    let num_points = state.live.view.as_ref().map_or(0, LiveView::num_points);
    ui.horizontal(|ui| {
        ui.heading("Points");
        if num_points > 0 {
            ui.label(RichText::new(num_points.to_string()).font(style::figures(12.5)).weak());
        }
    });
    let footer = Panel::bottom("camera_points_footer").frame(Frame::new()).show_separator_line(false);
    let room = ui.available_height();
    footer.show(ui, |ui| {
        docked_ui(ui, state, room);
        trail_ui(ui, state, actions);
    });
    if num_points == 0 {
        ui.add_space(2.0 * GAP);
        let text =
            "No points yet.\n\nClick on the picture what you want to follow, at any moment. G lays out many at once.";
        ui.add(Label::new(RichText::new(text).weak()).wrap());
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    if let Some(view) = &mut state.live.view {
        view.hovered_row = None;
    }
    ScrollArea::vertical().auto_shrink(false).show_rows(ui, style::ROW_HEIGHT, num_points, |ui, rows| {
        scroll_to_selected(ui, state, &rows);
        rows_ui(ui, state, rows, actions);
    });
}

/// Brings the selected point into view, once each time that another one is meant.
fn scroll_to_selected(ui: &Ui, state: &mut State, rows: &Range<usize>) {
    let Some(view) = &mut state.live.view else { return };
    let meant = view.selected();
    if view.list.scrolled_to == meant {
        return;
    }
    view.list.scrolled_to = meant;
    let Some(at) = view.ids().position(|id| Some(id) == meant) else { return };
    let top = ui.max_rect().top() + (at as f32 - rows.start as f32) * style::ROW_HEIGHT;
    let row = Rect::from_min_size(pos2(ui.max_rect().left(), top), vec2(1.0, style::ROW_HEIGHT));
    ui.scroll_to_rect(row, None);
}

/// A point with what its row shows.
struct Row<'a> {
    track: &'a Track,
    state: PointState,
    sample: Option<Sample>,
    /// Size of the picture.
    size: Size,
}

fn rows_ui(ui: &mut Ui, state: &mut State, rows: Range<usize>, actions: &mut Actions) {
    let Some((tracks, points, at, size)) = state.live.view.as_ref().and_then(|view| {
        let shown = view.on_screen.as_ref()?;
        Some((shown.tracks.clone(), shown.points.clone(), shown.at, shown.size))
    }) else {
        return;
    };
    for track in tracks.tracks().skip(rows.start).take(rows.len()) {
        let renaming = state.live.view.as_mut().and_then(|view| view.renaming.as_mut());
        if let Some(renaming) = renaming.filter(|renaming| renaming.track == track.id) {
            rename_ui(ui, renaming, actions);
            continue;
        }
        let point_state = points.state(track.id).unwrap_or(PointState::Followed);
        let row = Row { track, state: point_state, sample: tracks.sample(track.id, at), size };
        let response = row_ui(ui, state, &row, actions);
        let Some(view) = &mut state.live.view else { return };
        if response.double_clicked() {
            actions.push(Action::StartRename(track.id));
        } else if response.clicked() {
            click(ui.input(|input| input.modifiers), view, track.id, actions);
        } else if response.secondary_clicked() && !view.is_selected(track.id) {
            actions.push(Action::Select(vec![track.id]));
        }
    }
}

/// Ctrl adds or takes out, Shift selects a range.
fn click(modifiers: Modifiers, view: &mut LiveView, id: TrackId, actions: &mut Actions) {
    if modifiers.shift {
        let from = view.list.anchor.or(view.selected()).unwrap_or(id);
        let mut range: Vec<TrackId> =
            view.ids().filter(|other| (from.min(id)..=from.max(id)).contains(other)).collect();
        if id < from {
            range.reverse(); // the one that was clicked is meant
        }
        actions.push(Action::Select(range));
        return;
    }
    actions.push(if modifiers.command { Action::Toggle(id) } else { Action::Select(vec![id]) });
    view.list.anchor = Some(id);
}

/// The row of a point: marker, name, how sure it is or what else it is, buttons that park and delete it.
fn row_ui(ui: &mut Ui, state: &mut State, row: &Row, actions: &mut Actions) -> Response {
    let (tokens, track, palette) = (style::tokens(ui), row.track, state.overlay.palette);
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), style::ROW_HEIGHT));
    let response = ui.interact(rect, Id::unique(("camera point", track.id.0)), Sense::click());
    let is_visible = row.sample.is_some_and(|sample| sample.visible);
    let word = word(row.state, is_visible);
    // Not `hovered`: buttons lie over the row.
    let is_under_pointer = ui.rect_contains_pointer(rect);
    let Some(view) = &mut state.live.view else { return response };
    if is_under_pointer {
        view.hovered_row = Some(track.id);
    }
    let is_selected = view.is_selected(track.id);
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, is_selected, format!("{}, {word}", track.name)));
    background_ui(ui, &response, is_selected, is_under_pointer || view.hovered == Some(track.id));
    let seen = if is_visible { MarkerState::Visible } else { MarkerState::Hidden };
    let marker = marker(palette, track, resting_marker(row.state).unwrap_or(seen));
    paint_marker_at(ui.painter(), &marker, pos2(rect.left() + 12.0, rect.center().y));
    let mut right = buttons_ui(ui, row, rect, is_under_pointer || is_selected, actions);
    if rect.width() >= SPARKLINE_FROM {
        let strip = Rect::from_center_size(pos2(right - GAP - SPARKLINE / 2.0, rect.center().y), vec2(SPARKLINE, 6.0));
        let is_sure = row.state == PointState::Followed && (is_visible || rect.width() >= WORDS_FROM);
        match row.sample.filter(|_| is_sure) {
            Some(sample) => bar(ui, strip, sample.score(), tokens),
            None => drop(note(ui, strip.right_center(), word, tokens.weak)),
        }
        right = strip.left() - GAP;
        if is_sure && rect.width() >= WORDS_FROM {
            right = note(ui, pos2(right - GAP, rect.center().y), word, tokens.weak).left() - GAP;
        }
    }
    let name_rect = Rect::from_min_max(pos2(rect.left() + 24.0, rect.top()), pos2(right, rect.bottom()));
    let is_bright = is_selected || row.state == PointState::Followed;
    name_ui(ui, &track.name, name_rect, if is_bright { tokens.text } else { tokens.weak });
    response.context_menu(|ui| menu_ui(ui, state, actions));
    response.on_hover_text(tip(row, word))
}

fn marker(palette: Palette, track: &Track, state: MarkerState) -> Marker {
    Marker {
        track: track.id,
        point: track.query.point,
        shape: palette.shape(track.colour),
        colour: palette.colour(track.colour),
        radius: 5.0,
        state,
        emphasis: Emphasis::None,
    }
}

/// How likely it is that the point is where it is said to be.
fn bar(ui: &Ui, rect: Rect, share: f32, tokens: &Tokens) {
    let filled = Rect::from_min_size(rect.min, vec2(rect.width() * share.clamp(0.0, 1.0), rect.height()));
    ui.painter().rect_filled(rect, 2.0, tokens.sunken);
    ui.painter().rect_filled(filled, 2.0, tokens.tracked);
}

fn tip(row: &Row, word: &str) -> String {
    let share = |share: f32| (100.0 * share).round();
    match (row.state, row.sample) {
        (PointState::Followed, Some(Sample { probability: Some(probability), .. })) => {
            let within_px = Probability::within_px(row.size);
            format!("{word} · within {within_px:.0} px with {} %", share(probability.share()))
        }
        (PointState::Followed, Some(Sample { visibility, confidence, .. })) => {
            format!("{word} · visibility {} %, confidence {} %", share(visibility), share(confidence))
        }
        (PointState::Joining, _) => "joining · followed in a moment, from the frame on which it was placed".to_owned(),
        (PointState::Lost, _) => "lost · being looked for; or drag it to where it is".to_owned(),
        (PointState::Parked, _) => format!("parked · not followed ({})", tooltip(Command::Park)),
        _ => word.to_owned(),
    }
}

/// Park and delete at the right end; returns their left edge.
fn buttons_ui(ui: &mut Ui, row: &Row, rect: Rect, is_prominent: bool, actions: &mut Actions) -> f32 {
    let place =
        |i: f32| Rect::from_center_size(pos2(rect.right() - (i + 0.5) * BUTTON, rect.center().y), vec2(BUTTON, BUTTON));
    let (id, name) = (row.track.id, &row.track.name);
    let salt = |what: &str| Id::unique((what, id.0));
    if switch_ui(ui, (salt("delete"), Icon::Close), place(0.0), &format!("Delete {name}"), false, is_prominent) {
        actions.push(Action::Delete(vec![id]));
    }
    let is_parked = row.state == PointState::Parked;
    let (icon, verb) = if is_parked { (Icon::Play, "Unpark") } else { (Icon::Pause, "Park") };
    if switch_ui(ui, (salt("park"), icon), place(1.0), &format!("{verb} {name}"), is_parked, is_prominent) {
        push(actions, LiveAction::Park { points: vec![id], parks: !is_parked });
    }
    rect.right() - 2.0 * BUTTON
}

/// What can be done to the selected points.
pub(super) fn menu_ui(ui: &mut Ui, state: &State, actions: &mut Actions) {
    ui.set_min_width(230.0);
    let is_parked = state.live.view.as_ref().is_some_and(LiveView::is_selection_parked);
    for (command, is_on) in [(Command::Rename, false), (Command::Park, is_parked)] {
        command_menu_ui(ui, command, is_on, state.availability(command), actions);
    }
    let again = Button::new("Look for it in the whole picture").shortcut_text("T");
    if ui.add(again).clicked() {
        actions.push(Action::Run(Command::TrackAgain));
        ui.close();
    }
    ui.separator();
    command_menu_ui(ui, Command::Delete, false, state.availability(Command::Delete), actions);
}
