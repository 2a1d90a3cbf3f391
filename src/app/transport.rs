//! The row with the buttons that play, step and zoom.

use super::actions::{Action, Actions};
use super::controls::{command_button_ui, command_icon_ui};
use super::icons::Icon;
use super::keys::{Command, tooltip};
use super::player::{SPEEDS, time_text};
use super::state::State;
use super::style::{self, GAP};
use super::timeline::{Units, legend_ui, timecode};
use crate::geometry::FrameIndex;
use egui::{Align, Button, ComboBox, Label, Layout, RichText, Ui};

/// Below this width the zoom buttons give way; they are in the menu, too.
const ROOM_FOR_ZOOM: f32 = 640.0;
/// Below this width the time gives way, too.
const ROOM_FOR_TIME: f32 = 480.0;

/// The row.
pub(super) fn transport_ui(ui: &mut Ui, state: &State, actions: &mut Actions) {
    let width = ui.available_width();
    ui.horizontal_centered(|ui| {
        ui.add_space(GAP);
        ui.spacing_mut().item_spacing.x = GAP;
        let play = if state.player.is_playing() { Icon::Pause } else { Icon::Play };
        for (icon, command) in [
            (Icon::First, Command::FirstFrame),
            (Icon::StepBack, Command::StepBack),
            (play, Command::PlayPause),
            (Icon::StepForward, Command::StepForward),
            (Icon::Last, Command::LastFrame),
            (Icon::Loop, Command::Loop),
            (Icon::Lanes, Command::Lanes),
        ] {
            let is_on = match command {
                Command::Loop => state.player.loops,
                Command::Lanes => state.timeline.shows_lanes,
                _ => false,
            };
            command_icon_ui(ui, icon, command, is_on, state.availability(command), actions);
        }
        ui.add_space(2.0 * GAP);
        speed_ui(ui, state, actions);
        ui.add_space(2.0 * GAP);
        position_ui(ui, state, width > ROOM_FOR_TIME, actions);
        if width > ROOM_FOR_ZOOM {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| zoom_ui(ui, state, actions));
        }
    });
}

fn speed_ui(ui: &mut Ui, state: &State, actions: &mut Actions) {
    let text = |speed: f64| format!("{speed}×");
    let shown = ComboBox::from_id_salt("speed").width(56.0).selected_text(text(state.player.speed)).show_ui(ui, |ui| {
        for speed in SPEEDS {
            if ui.selectable_label((speed - state.player.speed).abs() < 1e-9, text(speed)).clicked() {
                actions.push(Action::SetSpeed(speed));
            }
        }
    });
    let name = format!("Playback speed, {}", text(state.player.speed));
    shown.response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, &name));
    let keys = [Command::Slower, Command::Faster, Command::NormalSpeed].map(tooltip).join("\n");
    shown.response.on_hover_text(format!("Playback speed\n{keys}"));
}

fn position_ui(ui: &mut Ui, state: &State, shows_time: bool, actions: &mut Actions) {
    let Some(clip) = state.session.clip() else { return };
    let info = clip.info();
    let (frame, last) = (state.player.playhead, info.num_frames().saturating_sub(1));
    let digits = last.to_string().len();
    ui.spacing_mut().item_spacing.x = 2.0 * GAP;
    let font = style::figures(13.0);
    let number = RichText::new(format!("{:>digits$}", frame.0)).font(font.clone());
    // Weak while another frame stands in for this one.
    let number = if state.pictures.is_exact() { number.strong() } else { number.weak() };
    ui.add(Label::new(number)).on_hover_text("Frame on show, counted from 0");
    let weak = |text: String| RichText::new(text).font(font.clone()).weak();
    ui.label(weak(format!("/ {last}")));
    if shows_time {
        ui.add_space(GAP);
        let end = info.times_secs.last().copied().unwrap_or(0.0);
        let (here, end) = if state.timeline.units == Units::Timecode && !info.variable_rate {
            (timecode(frame, info.frame_rate), timecode(FrameIndex::new(last), info.frame_rate))
        } else {
            (time_text(info.time_secs(frame)), time_text(end))
        };
        ui.label(RichText::new(here).font(font.clone()));
        ui.label(weak(format!("/ {end}")));
    }
    units_ui(ui, state, actions);
    if shows_time {
        legend_ui(ui);
    }
}

/// What the ruler counts in; a click takes the next.
fn units_ui(ui: &mut Ui, state: &State, actions: &mut Actions) {
    let units = state.timeline.units.name();
    let response = ui.add(Button::new(RichText::new(units).small()).frame_when_inactive(false));
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Ruler in {}", units.to_lowercase()))
    });
    let keys = tooltip(Command::Units);
    if response.on_hover_text(format!("What the timeline counts in\n{keys}")).clicked() {
        actions.push(Action::Run(Command::Units));
    }
}

fn zoom_ui(ui: &mut Ui, state: &State, actions: &mut Actions) {
    ui.add_space(GAP);
    command_button_ui(ui, Command::Fit, state.availability(Command::Fit), actions);
    command_button_ui(ui, Command::ActualSize, state.availability(Command::ActualSize), actions);
    if let Some(placement) = state.placement {
        let percent = placement.zoom * ui.ctx().pixels_per_point() * 100.0;
        let text = RichText::new(format!("{percent:.0} %")).font(style::figures(13.0)).weak();
        ui.label(text).on_hover_text("Zoom; the wheel zooms about the pointer");
    }
}
