//! The panel of points: the list with its filter and order, what is done to results, and how far tracking is.

mod commands;
mod filter;
mod grouping;
mod list;
pub(super) mod menu;
mod point_state;
mod results;
pub(super) mod row;
mod sparkline;

pub(super) use filter::Order;
pub(super) use list::PointsList;
pub(super) use point_state::list_marker;

use super::actions::{Action, Actions};
use super::controls::{command_button_ui, counted};
use super::docked::docked_ui;
use super::icons::Icon;
use super::keys::Command;
use super::look::look_button_ui;
use super::state::State;
use super::style::{self, GAP};
use crate::session::RunState;
use crate::tracks::Track;
use egui::{Align, Id, Label, Layout, ProgressBar, RichText, Role, TextEdit, Ui, WidgetInfo};
use filter::{Show, Sort};

/// Why points are tracked together.
pub(super) const TOGETHER_HELP: &str =
    "Points that are tracked in one run steady each other. Tracked one by one, the same points end up elsewhere.";

/// The panel.
pub(super) fn points_ui(ui: &mut Ui, state: &mut State, actions: &mut Actions) {
    let num_points = state.num_points();
    header_ui(ui, state, num_points, actions);
    let footer = egui::Panel::bottom("points_footer").frame(egui::Frame::new()).show_separator_line(false);
    let room = ui.available_height();
    footer.show(ui, |ui| {
        docked_ui(ui, state, room);
        together_ui(ui, state, actions);
        progress_ui(ui, state, actions);
        trail_ui(ui, state, actions);
    });
    grouping::prompt_ui(ui.ctx(), state, actions);
    if num_points == 0 {
        return empty_ui(ui, state);
    }
    ui.spacing_mut().item_spacing.y = GAP;
    filter_ui(ui, state);
    solo_ui(ui, state, actions);
    list::list_ui(ui, state, actions);
}

fn header_ui(ui: &mut Ui, state: &mut State, num_points: usize, actions: &mut Actions) {
    ui.horizontal(|ui| {
        ui.heading("Points");
        if num_points > 0 {
            let listed = state.list.num_listed().filter(|_| state.list.choice.is_filtering());
            let text = listed.map_or(num_points.to_string(), |listed| format!("{listed} of {num_points}"));
            ui.label(RichText::new(text).font(style::figures(12.5)).weak());
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| results::results_ui(ui, state, actions));
    });
}

fn empty_ui(ui: &mut Ui, state: &State) {
    ui.add_space(2.0 * GAP);
    let text = if state.session.clip().is_some() {
        "No points yet.\n\nClick on the picture what you want to follow. Each click is tracked through the clip."
    } else {
        "Points that you place will be listed here."
    };
    ui.add(Label::new(RichText::new(text).weak()).wrap());
}

/// The field that filters by name, and the menus of states and of orders.
fn filter_ui(ui: &mut Ui, state: &mut State) {
    let list = &mut state.list;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = GAP;
        let width = (ui.available_width() - 2.0 * (style::ICON_BUTTON + GAP)).max(40.0);
        let field = TextEdit::singleline(&mut list.choice.text).hint_text("Filter").align(egui::Align2::LEFT_CENTER);
        let response = ui.add_sized(egui::vec2(width, style::ICON_BUTTON), field);
        response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Filter points by name"));
        if std::mem::take(&mut list.wants_focus) {
            response.request_focus();
        }
        if response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Escape)) {
            list.choice.text.clear();
        }
        let is_on = list.choice.show != Show::All;
        let button = menu_icon_ui(ui, Icon::Filter, "Filter points by state", is_on);
        egui::Popup::menu(&button).show(|ui| {
            for show in Show::ALL {
                if ui.radio(list.choice.show == show, show.name()).clicked() {
                    list.choice.show = show;
                    ui.close();
                }
            }
        });
        let is_on = list.choice.order.sort != Sort::Added || list.choice.order.is_reversed;
        let button = menu_icon_ui(ui, Icon::Sort, "Order of the points", is_on);
        egui::Popup::menu(&button).show(|ui| {
            for sort in Sort::ALL {
                if ui.radio(list.choice.order.sort == sort, sort.name()).clicked() {
                    list.choice.order.sort = sort;
                    ui.close();
                }
            }
            ui.separator();
            ui.checkbox(&mut list.choice.order.is_reversed, "Reversed");
        });
    });
}

/// A square button that opens something; lit while what it is about is not as usual.
fn menu_icon_ui(ui: &mut Ui, icon: Icon, name: &str, is_on: bool) -> egui::Response {
    super::controls::icon_ui(ui, icon, style::ICON_BUTTON, name, is_on, true).on_hover_text(name)
}

/// Says that only some points are in view, and brings the others back.
fn solo_ui(ui: &mut Ui, state: &State, actions: &mut Actions) {
    let num = state.list.solo.len();
    if num == 0 {
        return;
    }
    ui.horizontal(|ui| {
        let text = format!("{} solo", counted(num, "point"));
        ui.label(RichText::new(text).color(style::tokens(ui).warning));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui.button("Show all").on_hover_text("Shows the other points again").clicked() {
                actions.push(Action::Solo(Vec::new()));
            }
        });
    });
}

/// Where points were tracked in several runs: says so, and offers one.
fn together_ui(ui: &mut Ui, state: &State, actions: &mut Actions) {
    if state.availability(Command::TrackTogether).is_err() {
        return;
    }
    ui.separator();
    ui.horizontal(|ui| {
        let num = state.session.clip().map_or(0, |clip| clip.tracks().runs().count());
        let text = format!("Tracked in {}", counted(num, "run"));
        ui.label(RichText::new(text).weak()).on_hover_text(TOGETHER_HELP);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            command_button_ui(ui, Command::TrackTogether, Ok(()), actions);
        });
    });
}

/// Where the popup with what is done to results stands.
pub(super) fn results_id() -> Id {
    Id::unique("results_popup")
}

fn progress_ui(ui: &mut Ui, state: &State, actions: &mut Actions) {
    let Some(clip) = state.session.clip() else { return };
    let Some((done, total)) = clip.tracking_progress() else { return };
    let share = done as f32 / total.max(1) as f32;
    let is_followed = |track: &&Track| {
        let run = track.segments().iter().filter_map(|segment| Some(segment.source?.0)).max();
        run.and_then(|run| clip.run_state(run)).is_some_and(RunState::is_active)
    };
    let num_points = clip.tracks().tracks().filter(is_followed).count();
    ui.separator();
    let what = if state.is_model_loading() {
        "Loading the model…".to_owned()
    } else if num_points <= 1 {
        "Tracking".to_owned()
    } else {
        format!("Tracking {num_points} points")
    };
    ui.horizontal(|ui| {
        ui.label(what);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui.button("Stop").on_hover_text("Stop tracking; what was found stays").clicked() {
                actions.push(Action::Run(Command::StopTracking));
            }
        });
    });
    let bar = ProgressBar::new(share).desired_height(6.0).corner_radius(3).fill(style::tokens(ui).accent);
    let response = ui.add(bar);
    let name = format!("Tracking progress, {:.0} %", 100.0 * share);
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, &name));
    let speed = clip.frames_per_sec().map(|speed| format!(" · {speed:.1} frames/s")).unwrap_or_default();
    ui.label(RichText::new(format!("{:.0} %{speed}", 100.0 * share)).small().weak());
}

pub(super) fn trail_ui(ui: &mut Ui, state: &State, actions: &mut Actions) {
    ui.separator();
    ui.horizontal(|ui| {
        let mut is_shown = state.shows_trails;
        let name = super::keys::tooltip(Command::Trails);
        if ui.checkbox(&mut is_shown, "Trails").on_hover_text(name).changed() {
            actions.push(Action::Run(Command::Trails));
        }
        let mut frames = state.trail_frames;
        ui.spacing_mut().slider_width = (ui.available_width() - 116.0).max(40.0);
        let slider = egui::Slider::new(&mut frames, 1..=200).logarithmic(true).show_value(false);
        let is_measured = state.shows_trails && !state.look.has_whole_trails;
        let response = ui.add_enabled(is_measured, slider);
        response.widget_info(|| WidgetInfo::slider(is_measured, f64::from(frames), "Trail length in frames"));
        let response = response.on_hover_text("Length of the trails in frames");
        if response.changed() {
            actions.push(Action::SetTrail(frames));
        }
        ui.label(RichText::new(frames.to_string()).font(style::figures(12.5)).weak());
        look_button_ui(ui, state, actions);
    });
}
