//! The menu of a point: everything that can be done to the selected ones.

use crate::app::actions::{Actions, ClipAction};
use crate::app::canvas::overlay_paint::paint_marker_at;
use crate::app::clip::room::ClipRoom;
use crate::app::kit::commands::Command;
use crate::app::kit::controls::command_menu_ui;
use crate::app::kit::style;
use crate::app::points::point_state::list_marker;
use crate::overlay::{Marker, MarkerState, Palette, Shape};
use crate::tracks::Edit;
use egui::{Grid, Id, Role, Sense, Ui, WidgetInfo, vec2};
use std::collections::BTreeSet;

/// Side of a field in the menu of colours.
const SWATCH: f32 = 26.0;

/// The commands of the menu, with lines between groups.
const GROUPS: [&[Command]; 5] = [
    &[Command::Rename, Command::Delete],
    &[Command::HidePoints, Command::LockPoints, Command::Solo],
    &[Command::TrackAgain, Command::TrackBack, Command::TrackBothWays],
    &[Command::MergePoints, Command::SplitPoint, Command::SwapPoints],
    &[Command::ClearFrame, Command::ClearAfter, Command::ClearBefore],
];

/// The commands that measure the selected points.
const MEASURES: [Command; 5] = [
    Command::MeasureDistance,
    Command::MeasureAngle,
    Command::MeasureSpeed,
    Command::MeasureAcceleration,
    Command::JoinPoints,
];

/// The menu; it acts on the selected points.
pub(crate) fn menu_ui(ui: &mut Ui, room: &ClipRoom, palette: Palette, actions: &mut Actions) {
    ui.set_min_width(230.0);
    for (i, commands) in GROUPS.iter().enumerate() {
        for command in *commands {
            let is_on = room.is_on_for_selected(*command);
            command_menu_ui(ui, *command, is_on, room.availability(*command), actions);
        }
        if i == 1 {
            ui.menu_button("Colour", |ui| colours_ui(ui, room, palette, actions));
            ui.menu_button("Group", |ui| groups_ui(ui, room, actions));
            ui.menu_button("Outside the picture", |ui| outside_ui(ui, room, actions));
            ui.menu_button("Measure", |ui| {
                for command in MEASURES {
                    command_menu_ui(ui, command, room.is_measured(command), room.availability(command), actions);
                }
            });
        }
        if i + 1 < GROUPS.len() {
            ui.separator();
        }
    }
}

fn colours_ui(ui: &mut Ui, room: &ClipRoom, palette: Palette, actions: &mut Actions) {
    let num_colours = palette.colours().len();
    let meant = room.canvas.selected().and_then(|id| Some(room.session.clip()?.tracks().track(id)?.colour));
    Grid::new("colours").spacing([2.0, 2.0]).show(ui, |ui| {
        for place in 0..num_colours * Shape::ALL.len() {
            let marker = Marker { radius: 6.0, ..list_marker(palette, place, MarkerState::Visible) };
            let shape = format!("{:?}", marker.shape).to_lowercase();
            let name = format!("Colour {}, {shape}", place % num_colours + 1);
            let is_on = meant.is_some_and(|meant| meant % (num_colours * Shape::ALL.len()) == place);
            if swatch_ui(ui, &marker, &name, is_on) {
                let tracks = room.canvas.selection.clone();
                actions.push(ClipAction::Edit(Edit::SetColour { tracks, colour: place }));
                ui.close();
            }
            if (place + 1) % num_colours == 0 {
                ui.end_row();
            }
        }
    });
}

fn swatch_ui(ui: &mut Ui, marker: &Marker, name: &str, is_on: bool) -> bool {
    let (_, rect) = ui.allocate_space(vec2(SWATCH, SWATCH));
    let response = ui.interact(rect, Id::unique(("swatch", name)), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, is_on, name));
    let tokens = style::tokens(ui);
    if is_on || response.hovered() || response.has_focus() {
        let fill = if is_on { tokens.selection } else { tokens.hover };
        ui.painter().rect_filled(rect, style::CORNER, fill);
    }
    paint_marker_at(ui.painter(), marker, rect.center());
    response.on_hover_text(name).clicked()
}

/// What the selected points do where they leave the picture.
fn outside_ui(ui: &mut Ui, room: &ClipRoom, actions: &mut Actions) {
    let Some(clip) = room.session.clip() else { return };
    let default = if clip.tracks().treatment().end_outside { "As all points: end" } else { "As all points: go on" };
    let chosen = room.canvas.selected().and_then(|id| Some(clip.tracks().track(id)?.ends_outside));
    for (text, ends) in [(default, None), ("Go on", Some(false)), ("End", Some(true))] {
        if ui.radio(chosen == Some(ends), text).clicked() {
            actions.push(ClipAction::Edit(Edit::SetEndsOutside { tracks: room.canvas.selection.clone(), ends }));
            ui.close();
        }
    }
}

fn groups_ui(ui: &mut Ui, room: &ClipRoom, actions: &mut Actions) {
    let Some(clip) = room.session.clip() else { return };
    let names: BTreeSet<&str> = clip.tracks().tracks().filter_map(|track| track.group.as_deref()).collect();
    command_menu_ui(ui, Command::GroupPoints, false, room.availability(Command::GroupPoints), actions);
    let mut put = |ui: &mut Ui, text: &str, group: Option<&str>| {
        if ui.button(text).clicked() {
            let (tracks, group) = (room.canvas.selection.clone(), group.map(str::to_owned));
            actions.push(ClipAction::Edit(Edit::SetGroup { tracks, group }));
        }
    };
    if !names.is_empty() {
        ui.separator();
        for name in names {
            put(ui, name, Some(name));
        }
        ui.separator();
        put(ui, "No group", None);
    }
}
