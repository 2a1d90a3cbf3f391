//! The row with the buttons that play, step and zoom.

use crate::app::actions::{Actions, ClipAction};
use crate::app::clip::player::{SPEEDS, time_text};
use crate::app::clip::room::ClipRoom;
use crate::app::clip::timeline::legend::legend_ui;
use crate::app::clip::timeline::ruler::{Units, timecode};
use crate::app::kit::commands::{Command, tooltip};
use crate::app::kit::controls::{command_button_ui, command_icon_ui, drop_down_ui};
use crate::app::kit::icons::Icon;
use crate::app::kit::style::{self, GAP};
use crate::geometry::FrameIndex;
use egui::{Align, Button, ComboBox, Label, Layout, RichText, Ui};

/// Below this width the zoom buttons give way; they are in the menu, too.
const ROOM_FOR_ZOOM: f32 = 960.0;
/// Below this width the legend gives way, too.
const ROOM_FOR_LEGEND: f32 = 720.0;
/// Below this width the time gives way, too.
const ROOM_FOR_TIME: f32 = 480.0;

pub(crate) fn transport_ui(ui: &mut Ui, room: &ClipRoom, actions: &mut Actions) {
    let width = ui.available_width();
    ui.horizontal_centered(|ui| {
        ui.add_space(GAP);
        ui.spacing_mut().item_spacing.x = GAP;
        let play = if room.player.is_playing() { Icon::Pause } else { Icon::Play };
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
                Command::Loop => room.player.loops,
                Command::Lanes => room.timeline.shows_lanes,
                _ => false,
            };
            command_icon_ui(ui, icon, command, is_on, room.availability(command), actions);
        }
        ui.add_space(2.0 * GAP);
        speed_ui(ui, room, actions);
        ui.add_space(2.0 * GAP);
        position_ui(ui, room, width > ROOM_FOR_TIME, actions);
        if width > ROOM_FOR_LEGEND && room.session.clip().is_some() {
            legend_ui(ui);
        }
        if width > ROOM_FOR_ZOOM {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| zoom_ui(ui, room, actions));
        }
    });
}

fn speed_ui(ui: &mut Ui, room: &ClipRoom, actions: &mut Actions) {
    let text = |speed: f64| format!("{speed}×");
    let shown = text(room.player.speed);
    let list = ComboBox::from_id_salt("speed").width(56.0).selected_text(shown.as_str());
    let response = drop_down_ui(ui, list, &format!("Playback speed, {shown}"), |ui| {
        for speed in SPEEDS {
            if ui.selectable_label((speed - room.player.speed).abs() < 1e-9, text(speed)).clicked() {
                actions.push(ClipAction::SetSpeed(speed));
            }
        }
    });
    let keys = [Command::Slower, Command::Faster, Command::NormalSpeed].map(tooltip).join("\n");
    response.on_hover_text(format!("Playback speed\n{keys}"));
}

fn position_ui(ui: &mut Ui, room: &ClipRoom, shows_time: bool, actions: &mut Actions) {
    let Some(clip) = room.session.clip() else { return };
    let info = clip.info();
    let (frame, last) = (room.player.playhead, info.num_frames().saturating_sub(1));
    let (first_number, last_number) = info.numbers();
    let digits = last_number.to_string().len();
    ui.spacing_mut().item_spacing.x = 2.0 * GAP;
    let font = style::figures(13.0);
    let number = RichText::new(format!("{:>digits$}", info.number(frame))).font(font.clone());
    // Weak while another frame stands in for this one.
    let number = if room.pictures.is_exact() { number.strong() } else { number.weak() };
    ui.add(Label::new(number)).on_hover_text(format!("Frame on show, counted from {first_number}"));
    let weak = |text: String| RichText::new(text).font(font.clone()).weak();
    ui.label(weak(format!("/ {last_number}")));
    if shows_time {
        ui.add_space(GAP);
        let end = info.times_secs.last().copied().unwrap_or(0.0);
        let (here, end) = if room.timeline.units == Units::Timecode && !info.variable_rate {
            (timecode(frame, info.frame_rate), timecode(FrameIndex::new(last), info.frame_rate))
        } else {
            (time_text(info.time_secs(frame)), time_text(end))
        };
        ui.label(RichText::new(here).font(font.clone()));
        ui.label(weak(format!("/ {end}")));
    }
    units_ui(ui, room, actions);
}

/// What the ruler counts in; a click takes the next.
fn units_ui(ui: &mut Ui, room: &ClipRoom, actions: &mut Actions) {
    let units = room.timeline.units.name();
    let response = ui.add(Button::new(RichText::new(units).small()).frame_when_inactive(false));
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Ruler in {}", units.to_lowercase()))
    });
    let keys = tooltip(Command::Units);
    if response.on_hover_text(format!("What the timeline counts in\n{keys}")).clicked() {
        actions.push(Command::Units);
    }
}

fn zoom_ui(ui: &mut Ui, room: &ClipRoom, actions: &mut Actions) {
    ui.add_space(GAP);
    command_button_ui(ui, Command::Fit, room.availability(Command::Fit), actions);
    command_button_ui(ui, Command::ActualSize, room.availability(Command::ActualSize), actions);
    if let Some(placement) = room.canvas.placement {
        let percent = placement.zoom * ui.ctx().pixels_per_point() * 100.0;
        let text = RichText::new(format!("{percent:.0} %")).font(style::figures(13.0)).weak();
        ui.label(text).on_hover_text("Zoom; the wheel zooms about the pointer");
    }
}
