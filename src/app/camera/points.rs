//! The panel of the camera's points: a row for each of them, as in the list of a clip.

use super::room::{CameraRoom, resting_marker};
use crate::app::actions::{Actions, CameraAction, PointsAction};
use crate::app::canvas::docked::docked_ui;
use crate::app::canvas::look::Look;
use crate::app::canvas::look_ui::trail_ui;
use crate::app::canvas::overlay_paint::paint_marker_at;
use crate::app::canvas::point_view::PointView;
use crate::app::kit::commands::{Command, tooltip};
use crate::app::kit::controls::command_menu_ui;
use crate::app::kit::icons::Icon;
use crate::app::kit::style::{self, GAP, Tokens};
use crate::app::points::list::{Rows, rows_ui};
use crate::app::points::point_state::list_marker;
use crate::app::points::row::{
    BUTTON, SPARKLINE, SPARKLINE_FROM, WORDS_FROM, background_ui, button_at, name_ui, note, switch_ui,
};
use crate::app::points::rows::PointsList;
use crate::calibration::Probability;
use crate::geometry::Size;
use crate::overlay::{MarkerState, Palette};
use crate::tracker::PointState;
use crate::tracks::{Sample, Track, TrackId};
use egui::{Button, Frame, Id, Label, Panel, Rect, Response, RichText, Role, Sense, Ui};
use egui::{WidgetInfo, pos2, vec2};

fn word(state: PointState, is_visible: bool) -> &'static str {
    match state {
        PointState::Followed if is_visible => "visible",
        PointState::Followed => "hidden",
        PointState::Joining => "joining",
        PointState::Lost => "lost",
        PointState::Parked => "parked",
    }
}

pub(super) fn points_ui(ui: &mut Ui, camera: &CameraRoom, list: &mut PointsList, look: &Look, actions: &mut Actions) {
    let num_points = camera.num_points();
    ui.horizontal(|ui| {
        ui.heading("Points");
        if num_points > 0 {
            ui.label(RichText::new(num_points.to_string()).font(style::figures(12.5)).weak());
        }
    });
    let footer = Panel::bottom("camera_points_footer").frame(Frame::new()).show_separator_line(false);
    let height = ui.available_height();
    footer.show(ui, |ui| {
        docked_ui(ui, camera, look, height);
        trail_ui(ui, look, actions);
    });
    if num_points == 0 {
        ui.add_space(2.0 * GAP);
        let text =
            "No points yet.\n\nClick on the picture what you want to follow, at any moment. G lays out many at once.";
        ui.add(Label::new(RichText::new(text).weak()).wrap());
        return;
    }
    rows_ui(ui, camera, list, &mut CameraRows { camera, palette: look.style.palette }, actions);
}

struct CameraRows<'a> {
    camera: &'a CameraRoom,
    palette: Palette,
}

impl Rows for CameraRows<'_> {
    fn point_ui(
        &mut self,
        ui: &mut Ui,
        _list: &mut PointsList,
        id: TrackId,
        _is_in_group: bool,
        actions: &mut Actions,
    ) -> Option<Response> {
        let shown = self.camera.on_screen()?;
        let track = shown.tracks.track(id)?;
        let state = shown.points.state(id).unwrap_or(PointState::Followed);
        let row = Row { track, state, sample: shown.tracks.sample(id, shown.at), size: shown.frame.size() };
        Some(row_ui(ui, self.camera, self.palette, &row, actions))
    }
}

struct Row<'a> {
    track: &'a Track,
    state: PointState,
    sample: Option<Sample>,
    size: Size,
}

/// The row of a point: marker, name, how sure it is or what else it is, buttons that park and delete it.
fn row_ui(ui: &mut Ui, camera: &CameraRoom, palette: Palette, row: &Row, actions: &mut Actions) -> Response {
    let (tokens, track) = (style::tokens(ui), row.track);
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), style::ROW_HEIGHT));
    let response = ui.interact(rect, Id::unique(("camera point", track.id.0)), Sense::click());
    let is_visible = row.sample.is_some_and(|sample| sample.visible);
    let word = word(row.state, is_visible);
    // Not `hovered`: buttons lie over the row.
    let is_under_pointer = ui.rect_contains_pointer(rect);
    if is_under_pointer {
        actions.push(PointsAction::Hover(Some(track.id)));
    }
    let is_selected = camera.canvas.is_selected(track.id);
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, is_selected, format!("{}, {word}", track.name)));
    background_ui(ui, &response, is_selected, is_under_pointer || camera.canvas.hovered == Some(track.id));
    let seen = if is_visible { MarkerState::Visible } else { MarkerState::Hidden };
    let marker = list_marker(palette, track.colour, resting_marker(row.state).unwrap_or(seen));
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
    response.context_menu(|ui| menu_ui(ui, camera, actions));
    response.on_hover_text(tip(row, word))
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
    let place = |i: f32| button_at(rect.right_center(), i);
    let (id, name) = (row.track.id, &row.track.name);
    let salt = |what: &str| Id::unique((what, id.0));
    if switch_ui(ui, (salt("delete"), Icon::Close), place(0.0), &format!("Delete {name}"), false, is_prominent) {
        actions.push(PointsAction::Delete(vec![id]));
    }
    let is_parked = row.state == PointState::Parked;
    let (icon, verb) = if is_parked { (Icon::Play, "Unpark") } else { (Icon::Pause, "Park") };
    if switch_ui(ui, (salt("park"), icon), place(1.0), &format!("{verb} {name}"), is_parked, is_prominent) {
        actions.push(CameraAction::Park { points: vec![id], parks: !is_parked });
    }
    rect.right() - 2.0 * BUTTON
}

/// What can be done to the selected points.
pub(super) fn menu_ui(ui: &mut Ui, camera: &CameraRoom, actions: &mut Actions) {
    ui.set_min_width(230.0);
    let is_parked = camera.is_selection_parked();
    for (command, is_on) in [(Command::Rename, false), (Command::Park, is_parked)] {
        command_menu_ui(ui, command, is_on, camera.can(command), actions);
    }
    let again = Button::new("Look for it in the whole picture").shortcut_text("T");
    if ui.add(again).clicked() {
        actions.push(Command::TrackAgain);
        ui.close();
    }
    ui.separator();
    command_menu_ui(ui, Command::Delete, false, camera.can(Command::Delete), actions);
}
