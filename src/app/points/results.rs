//! What is done to results when they are looked at, in plain words. The results themselves stay as they are.

use super::rows::results_id;
use crate::app::actions::{Actions, ClipAction};
use crate::app::clip::room::ClipRoom;
use crate::app::kit::commands::{Command, tooltip};
use crate::app::kit::controls::icon_ui;
use crate::app::kit::icons::Icon;
use crate::app::kit::style::{self, GAP};
use crate::app::model::status::ModelStatus;
use crate::calibration::Probability;
use crate::tracks::{CloserLook, Edit, Treatment};
use egui::{Align, Label, Layout, Popup, PopupCloseBehavior, RichText, Slider, Ui, WidgetInfo};

/// Frames on either side that smoothing takes in at most.
const MAX_SMOOTH: u32 = 15;
/// The longest gap that is filled, in frames.
const MAX_GAP: u32 = 60;
/// Where the threshold begins when the user takes it over and the weights say nothing of theirs: the networks' own
/// value.
const FIRST_THRESHOLD: f32 = 0.6;

const STEP: f32 = 0.01;

struct Meaning {
    /// Where it begins when the user takes it over.
    first: f32,
    /// Where it is a probability: how near a place is that it calls right.
    within_px: Option<f64>,
}

pub(super) fn results_ui(ui: &mut Ui, room: &ClipRoom, model: &ModelStatus, actions: &mut Actions) {
    let Some(clip) = room.session.clip() else { return };
    let treatment = *clip.tracks().treatment();
    let within_px = model.within_px(clip.info().size);
    let own = model.ready().and_then(|model| model.config.calibration.probability(model.config.visible_above));
    let meaning = Meaning { first: own.map_or(FIRST_THRESHOLD, Probability::share), within_px };
    let name = "Results: threshold, smoothing, gaps";
    let button = icon_ui(ui, Icon::Sliders, style::ICON_BUTTON, name, !treatment.is_none(), true);
    let button = button.on_hover_text(tooltip(Command::Results));
    let popup = Popup::menu(&button).id(results_id()).close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    let popup = popup.layout(Layout::top_down(Align::Min));
    popup.show(|ui| {
        ui.set_width(270.0);
        let mut changed = treatment;
        options_ui(ui, &mut changed, &meaning);
        if changed != treatment {
            actions.push(ClipAction::Edit(Edit::Treat(changed)));
        }
    });
}

fn options_ui(ui: &mut Ui, treatment: &mut Treatment, meaning: &Meaning) {
    ui.horizontal(|ui| {
        ui.strong("Results");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let reset = ui.add_enabled(!treatment.is_none(), egui::Button::new("Reset"));
            if reset.on_hover_text("Shows the results as the network gave them").clicked() {
                *treatment = Treatment::default();
            }
        });
    });
    let line = "What was tracked stays as it is; these change what you see and export.";
    ui.add(Label::new(RichText::new(line).small().weak()).wrap());
    ui.add_space(GAP);
    threshold_ui(ui, treatment, meaning);
    ui.add_space(GAP);
    frames_ui(
        ui,
        ("Smoothing", "Smoothing in frames"),
        "Averages positions over the frames around. Corrections stay exact.",
        &mut treatment.smooth_frames,
        MAX_SMOOTH,
        |frames| format!("{frames} frames on either side"),
    );
    ui.add_space(GAP);
    frames_ui(
        ui,
        ("Fill gaps", "Fill gaps up to, in frames"),
        "Bridges hidden stretches by a straight line, marked as interpolated.",
        &mut treatment.fill_gap_frames,
        MAX_GAP,
        |frames| format!("up to {frames} frames"),
    );
    ui.add_space(GAP);
    let polish = ui.checkbox(&mut treatment.polish, "Polish places to parts of a pixel");
    polish.on_hover_text("Looks at every visible place once more at the clip's own size, after tracking");
    plane_ui(ui, treatment);
    let cuts = ui.checkbox(&mut treatment.through_cuts, "Follow points across cuts");
    cuts.on_hover_text("Else a point stops where another shot begins, unless it is placed again there");
    let outside = ui.checkbox(&mut treatment.end_outside, "End points that leave the picture");
    outside.on_hover_text(
        "Else a point goes on out there, not visible, and may come back; each point's menu can say otherwise",
    );
}

fn plane_ui(ui: &mut Ui, treatment: &mut Treatment) {
    let mut is_wanted = treatment.plane.is_some();
    let plane = ui.checkbox(&mut is_wanted, "Follow each point as a small plane");
    let plane = plane.on_hover_text(
        "Follows the square around each point as it turns, changes its size and is tilted; tables have its corners",
    );
    if plane.changed() {
        treatment.plane = is_wanted.then_some(CloserLook::PLANE_SIDE);
    }
    let Some(side) = &mut treatment.plane else { return };
    ui.horizontal(|ui| {
        ui.add_space(ui.spacing().icon_width + ui.spacing().icon_spacing);
        let label = ui.label("Side of its square");
        // Every change is a new pass over the clip: what is typed counts once it is whole.
        let value = egui::DragValue::new(side).range(CloserLook::PLANE_SIDES).suffix(" px").update_while_editing(false);
        ui.add(value).labelled_by(label.id);
    });
}

fn threshold_ui(ui: &mut Ui, treatment: &mut Treatment, meaning: &Meaning) {
    ui.label("A point counts as visible");
    if ui.radio(treatment.visible_above.is_none(), "as the network says").clicked() {
        treatment.visible_above = None;
    }
    ui.horizontal(|ui| {
        if ui.radio(treatment.visible_above.is_some(), "when it is surer than").clicked() {
            treatment.visible_above.get_or_insert(meaning.first);
        }
        let percent = 100.0 * treatment.visible_above.unwrap_or(meaning.first);
        let text = RichText::new(format!("{percent:.0} %")).font(style::figures(12.5));
        ui.label(if treatment.visible_above.is_some() { text } else { text.weak() });
    });
    let mut threshold = treatment.visible_above.unwrap_or(meaning.first);
    // The slider rounds what it is given to its steps; that is not the user's doing.
    let rounded = (threshold / STEP).round() * STEP;
    ui.spacing_mut().slider_width = ui.available_width();
    let slider = Slider::new(&mut threshold, 0.0..=1.0).step_by(f64::from(STEP)).show_value(false);
    let response = ui.add(slider);
    response.widget_info(|| WidgetInfo::slider(true, f64::from(threshold), "Confidence threshold"));
    if response.changed() && (threshold - rounded).abs() > 0.1 * STEP {
        treatment.visible_above = Some(threshold);
    }
    let fewer = "Higher hides more doubtful positions.";
    let text = match meaning.within_px {
        Some(within_px) => format!("That is how probable it is to be seen and within {within_px:.0} px. {fewer}"),
        None => fewer.to_owned(),
    };
    ui.add(Label::new(RichText::new(text).small().weak()).wrap());
}

fn frames_ui(
    ui: &mut Ui,
    (title, name): (&str, &str),
    help: &str,
    value: &mut u32,
    max: u32,
    text: impl Fn(u32) -> String,
) {
    ui.horizontal(|ui| {
        ui.label(title);
        let text = if *value == 0 { "off".to_owned() } else { text(*value) };
        ui.label(RichText::new(text).weak());
    });
    ui.spacing_mut().slider_width = ui.available_width();
    let response = ui.add(Slider::new(value, 0..=max).show_value(false));
    response.widget_info(|| WidgetInfo::slider(true, f64::from(*value), name));
    ui.add(Label::new(RichText::new(help).small().weak()).wrap());
}
