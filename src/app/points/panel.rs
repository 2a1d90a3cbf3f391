//! The panel of a clip's points: the list with its filter and order, what is done to results, how far tracking is.

use super::filter::{Choice, Facts, Group, Show, Sort, listed};
use super::grouping::grouping_ui;
use super::list::{Rows, rows_ui};
use super::point_state::PointState;
use super::results::results_ui;
use super::row::{Row, group_ui, row_ui};
use super::rows::PointsList;
use crate::app::actions::{Actions, ClipAction};
use crate::app::canvas::docked::docked_ui;
use crate::app::canvas::look::Look;
use crate::app::canvas::look_ui::trail_ui;
use crate::app::canvas::point_view::PointView;
use crate::app::clip::room::ClipRoom;
use crate::app::kit::commands::Command;
use crate::app::kit::controls::{TOGETHER_HELP, command_button_ui, icon_ui};
use crate::app::kit::icons::Icon;
use crate::app::kit::style::{self, GAP};
use crate::app::kit::words::counted;
use crate::app::model::status::ModelStatus;
use crate::overlay::Palette;
use crate::session::{Clip, RunState};
use crate::tracks::{Edit, Track, TrackId, TrackStore, Treatment};
use egui::{Align, Label, Layout, ProgressBar, Response, RichText, Role, TextEdit, Ui, WidgetInfo};
use std::sync::Arc;

pub(crate) fn points_ui(
    ui: &mut Ui,
    room: &ClipRoom,
    list: &mut PointsList,
    model: &ModelStatus,
    look: &Look,
    actions: &mut Actions,
) {
    let num_points = room.num_points();
    header_ui(ui, room, list, model, actions);
    let footer = egui::Panel::bottom("points_footer").frame(egui::Frame::new()).show_separator_line(false);
    let height = ui.available_height();
    footer.show(ui, |ui| {
        docked_ui(ui, room, look, height);
        together_ui(ui, room, actions);
        progress_ui(ui, room, model, actions);
        trail_ui(ui, look, actions);
    });
    grouping_ui(ui.ctx(), list, actions);
    if num_points == 0 {
        return empty_ui(ui, room);
    }
    ui.spacing_mut().item_spacing.y = GAP;
    filter_ui(ui, list);
    solo_ui(ui, room, actions);
    refresh(ui, room, list);
    if list.items.is_empty() {
        ui.add_space(GAP);
        ui.label(RichText::new("No point matches the filter.").weak());
        if ui.button("Clear the filter").clicked() {
            list.choice.clear_filter();
        }
        return;
    }
    rows_ui(ui, room, list, &mut ClipRows { room, palette: look.style.palette }, actions);
}

/// Makes the rows anew where something has changed that they depend on.
fn refresh(ui: &Ui, room: &ClipRoom, list: &mut PointsList) {
    let Some(clip) = room.session.clip() else { return };
    let store = Arc::clone(clip.tracks());
    list.digests.follow(&store, clip.info().num_frames(), clip.info().size);
    if list.choice.order.sort.needs_digests() && list.digests.refresh_some() {
        ui.ctx().request_repaint(); // some more in the next frame
    }
    let from = (store, list.choice.clone(), list.digests.version);
    let is_same =
        |made: &(Arc<TrackStore>, Choice, u64)| Arc::ptr_eq(&made.0, &from.0) && made.1 == from.1 && made.2 == from.2;
    // What a point is on the shown frame changes with every frame.
    if list.choice.show != Show::All || !list.made_from.as_ref().is_some_and(is_same) {
        list.items = listed(&facts(room, clip, list), &list.choice);
        list.made_from = Some(from);
    }
}

fn facts<'a>(room: &ClipRoom, clip: &'a Clip, list: &'a PointsList) -> Vec<Facts<'a>> {
    let shown = room.meant_frame();
    let facts = clip.tracks().samples_at(shown).map(|(track, sample)| Facts {
        id: track.id,
        name: &track.name,
        group: track.group.as_deref(),
        state: PointState::of(clip, track, sample, shown),
        is_doubtful: sample.is_some_and(|sample| sample.is_doubtful()),
        is_hidden: track.hidden,
        is_locked: track.locked,
        digest: list.digests.known(track.id),
    });
    facts.collect()
}

struct ClipRows<'a> {
    room: &'a ClipRoom,
    palette: Palette,
}

impl Rows for ClipRows<'_> {
    fn point_ui(
        &mut self,
        ui: &mut Ui,
        list: &mut PointsList,
        id: TrackId,
        is_in_group: bool,
        actions: &mut Actions,
    ) -> Option<Response> {
        let (clip, shown) = (self.room.session.clip()?, self.room.meant_frame());
        let digest = list.digests.fresh(id);
        let track = clip.tracks().track(id)?;
        let point_state = PointState::of(clip, track, clip.tracks().sample(id, shown), shown);
        let share = (shown.get() as f32 + 0.5) / clip.info().num_frames().max(1) as f32;
        let row = Row { track, point_state, digest: &digest, share, is_in_group };
        Some(row_ui(ui, self.room, self.palette, &row, actions))
    }

    fn group_ui(&mut self, ui: &mut Ui, list: &mut PointsList, group: &Group, actions: &mut Actions) {
        group_ui(ui, list, group, actions);
    }
}

fn header_ui(ui: &mut Ui, room: &ClipRoom, list: &PointsList, model: &ModelStatus, actions: &mut Actions) {
    let num_points = room.num_points();
    ui.horizontal(|ui| {
        ui.heading("Points");
        if num_points > 0 {
            let listed = list.num_listed().filter(|_| list.choice.is_filtering());
            let text = listed.map_or(num_points.to_string(), |listed| format!("{listed} of {num_points}"));
            ui.label(RichText::new(text).font(style::figures(12.5)).weak());
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| results_ui(ui, room, model, actions));
    });
}

fn empty_ui(ui: &mut Ui, room: &ClipRoom) {
    ui.add_space(2.0 * GAP);
    let text = if room.session.clip().is_some() {
        "No points yet.\n\nClick on the picture what you want to follow. Each click is tracked through the clip."
    } else {
        "Points that you place will be listed here."
    };
    ui.add(Label::new(RichText::new(text).weak()).wrap());
}

/// The field that filters by name, and the menus of states and of orders.
fn filter_ui(ui: &mut Ui, list: &mut PointsList) {
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
            for (show, name) in Show::ALL {
                if ui.radio(list.choice.show == show, name).clicked() {
                    list.choice.show = show;
                    ui.close();
                }
            }
        });
        let is_on = list.choice.order.sort != Sort::Added || list.choice.order.is_reversed;
        let button = menu_icon_ui(ui, Icon::Sort, "Order of the points", is_on);
        egui::Popup::menu(&button).show(|ui| {
            for (sort, name) in Sort::ALL {
                if ui.radio(list.choice.order.sort == sort, name).clicked() {
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
    icon_ui(ui, icon, style::ICON_BUTTON, name, is_on, true).on_hover_text(name)
}

/// Says that only some points are in view, and brings the others back.
fn solo_ui(ui: &mut Ui, room: &ClipRoom, actions: &mut Actions) {
    let num = room.solo.len();
    if num == 0 {
        return;
    }
    ui.horizontal(|ui| {
        let text = format!("{} solo", counted(num, "point"));
        ui.label(RichText::new(text).color(style::tokens(ui).warning));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui.button("Show all").on_hover_text("Shows the other points again").clicked() {
                actions.push(ClipAction::Solo(Vec::new()));
            }
        });
    });
}

/// Where points were tracked in several runs: says so, and offers one.
fn together_ui(ui: &mut Ui, room: &ClipRoom, actions: &mut Actions) {
    if room.availability(Command::TrackTogether).is_err() {
        return;
    }
    ui.separator();
    ui.horizontal(|ui| {
        let num = room.session.clip().map_or(0, |clip| clip.tracks().runs().count());
        let text = format!("Tracked in {}", counted(num, "run"));
        ui.label(RichText::new(text).weak()).on_hover_text(TOGETHER_HELP);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            command_button_ui(ui, Command::TrackTogether, Ok(()), actions);
        });
    });
}

fn progress_ui(ui: &mut Ui, room: &ClipRoom, model: &ModelStatus, actions: &mut Actions) {
    let Some(clip) = room.session.clip() else { return };
    let Some((done, total)) = clip.tracking_progress() else { return polishing_ui(ui, room, actions) };
    let is_followed = |track: &&Track| {
        let run = track.slots().map(|(run, _)| run).max();
        run.and_then(|run| clip.run_state(run)).is_some_and(RunState::is_active)
    };
    let num_points = clip.tracks().tracks().filter(is_followed).count();
    let what = if *model == ModelStatus::Loading {
        "Loading the model…".to_owned()
    } else if num_points <= 1 {
        "Tracking".to_owned()
    } else {
        format!("Tracking {num_points} points")
    };
    let speed = clip.frames_per_sec().map(|speed| format!(" · {speed:.1} frames/s")).unwrap_or_default();
    if work_ui(ui, &what, (done, total), "Stop tracking; what was found stays", &speed) {
        actions.push(Command::StopTracking);
    }
}

fn polishing_ui(ui: &mut Ui, room: &ClipRoom, actions: &mut Actions) {
    let Some(clip) = room.session.clip() else { return };
    let Some(progress) = clip.polishing() else { return };
    let treatment = *clip.tracks().treatment();
    let (what, stop) = match treatment.plane {
        Some(_) => ("Following planes", "Stop following planes; places are shown as they were tracked"),
        None => ("Polishing", "Stop polishing; places are shown as they were tracked"),
    };
    if work_ui(ui, what, progress, stop, "") {
        let treatment = Treatment { polish: false, plane: None, ..treatment };
        actions.push(ClipAction::Edit(Edit::Treat(treatment)));
    }
}

/// What is under way, how far it is, and a button that stops it; returns whether that was pressed.
fn work_ui(ui: &mut Ui, what: &str, (done, total): (usize, usize), stop: &str, speed: &str) -> bool {
    let share = done as f32 / total.max(1) as f32;
    ui.separator();
    let stopped = ui.horizontal(|ui| {
        ui.label(what);
        let right = Layout::right_to_left(Align::Center);
        ui.with_layout(right, |ui| ui.button("Stop").on_hover_text(stop).clicked()).inner
    });
    let bar = ProgressBar::new(share).desired_height(6.0).corner_radius(3).fill(style::tokens(ui).accent);
    let name = format!("{} progress, {:.0} %", what.split(' ').next().unwrap_or(what), 100.0 * share);
    ui.add(bar).widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, &name));
    ui.label(RichText::new(format!("{:.0} %{speed}", 100.0 * share)).small().weak());
    stopped.inner
}
