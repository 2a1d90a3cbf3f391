//! The sections of the model panel: weights, licence, machine, quality.

use super::choice::{Choice, Own, Picture, Source, Survey, ZoomChoice};
use super::fetch::Fetching;
use super::room::ModelRoom;
use crate::app::actions::{Actions, ModelAction};
use crate::app::kit::controls::{end_row_ui, primary_button_ui};
use crate::app::kit::style::{self, GAP};
use crate::geometry::Size;
use crate::model::{Adapter, DeviceChoice};
use crate::tracker::SPAN_BYTES;
use crate::weights::{CATALOGUE, Entry, Origin, State as WeightsState};
use egui::{
    Align, Button, DragValue, Label, Layout, ProgressBar, RadioButton, RichText, Role, TextEdit, Ui, WidgetInfo,
};

fn section_ui(ui: &mut Ui, name: &str) {
    ui.add_space(2.0 * GAP);
    ui.label(RichText::new(name).strong().color(style::tokens(ui).accent));
}

fn small_ui(ui: &mut Ui, text: impl Into<String>) {
    let text = RichText::new(text).small().color(style::tokens(ui).weak);
    ui.add(Label::new(text).wrap());
}

/// The list of weights, and the field for a file.
pub(super) fn weights_ui(ui: &mut Ui, panel: &mut ModelRoom, actions: &mut Actions) {
    section_ui(ui, "Weights");
    for entry in &CATALOGUE {
        let state = panel.survey.as_ref().and_then(|survey| survey.state(entry));
        let is_here = state.is_some_and(|state| state.path().is_some());
        ui.horizontal(|ui| {
            let is_chosen = panel.choice.source == Source::Named(entry);
            let radio = ui.add_enabled(is_here, RadioButton::new(is_chosen, entry.name));
            if radio.on_disabled_hover_text("These weights are not here yet").clicked() {
                panel.choice.source = Source::Named(entry);
            }
            ui.label(RichText::new(about(entry, state)).small().color(style::tokens(ui).weak));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let is_this = panel.fetching.as_ref().is_some_and(|fetching| fetching.entry == entry);
                if !is_this && !is_here && state.is_some() && entry.origin != Origin::Bundled {
                    fetch_button_ui(ui, entry, panel.fetching.is_none(), actions);
                }
            });
        });
        ui.indent(entry.name, |ui| {
            small_ui(ui, entry.summary);
            if let Some(WeightsState::Damaged(problem) | WeightsState::NotInstalled(problem)) = state {
                let text = RichText::new(format!("Cannot be used: {problem}")).small().color(style::tokens(ui).error);
                ui.add(Label::new(text).wrap());
            }
            if let Some(fetching) = panel.fetching.as_ref().filter(|fetching| fetching.entry == entry) {
                fetching_ui(ui, fetching, actions);
            }
        });
    }
    file_ui(ui, panel, actions);
}

fn fetch_button_ui(ui: &mut Ui, entry: &'static Entry, is_enabled: bool, actions: &mut Actions) {
    let button = ui.add_enabled(is_enabled, Button::new("Fetch…"));
    let name = format!("Fetch {}", entry.name);
    button.widget_info(|| WidgetInfo::labeled(Role::Button, is_enabled, &name));
    if button.on_hover_text("Shows the licence first").clicked() {
        actions.push(ModelAction::ShowLicence(entry));
    }
}

/// Size, licence and whether they are here, on one line.
fn about(entry: &Entry, state: Option<&WeightsState>) -> String {
    let here = match state {
        None => "looking…".to_owned(),
        Some(WeightsState::Bundled(_)) => "comes with Cotrail".to_owned(),
        Some(WeightsState::Fetched(_, record)) => format!("{} · fetched", megabytes(record.num_bytes)),
        Some(WeightsState::Partial(bytes)) => format!("{} of {} fetched", megabytes(*bytes), full_size(entry)),
        Some(WeightsState::Missing) => format!("{} to fetch", full_size(entry)),
        Some(WeightsState::Damaged(_)) => "damaged".to_owned(),
        Some(WeightsState::NotInstalled(_)) => "not installed".to_owned(),
    };
    let terms = if entry.licence.must_be_accepted { ", non-commercial" } else { "" };
    format!("{here} · {}{terms}", entry.licence.name)
}

fn full_size(entry: &Entry) -> String {
    match entry.origin {
        Origin::Remote { about_bytes, .. } => format!("about {}", megabytes(about_bytes)),
        Origin::Bundled => String::new(),
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.0} MB", bytes as f64 / 1e6)
}

fn fetching_ui(ui: &mut Ui, fetching: &Fetching, actions: &mut Actions) {
    let (share, text) = match fetching.progress {
        None => (0.0, "Connecting…".to_owned()),
        Some(now) => {
            let share = now.done_bytes as f32 / now.total_bytes.max(1) as f32;
            (share, format!("{} of {}", megabytes(now.done_bytes), megabytes(now.total_bytes)))
        }
    };
    let text = if fetching.is_stopping() { "Stopping…".to_owned() } else { text };
    ui.horizontal(|ui| {
        let bar = ProgressBar::new(share).desired_width(200.0).desired_height(8.0).corner_radius(4);
        let response = ui.add(bar.fill(style::tokens(ui).accent));
        let name = format!("Fetching {}, {:.0} %", fetching.entry.name, 100.0 * share);
        response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, &name));
        ui.label(RichText::new(text).small());
        if ui.add_enabled(!fetching.is_stopping(), Button::new("Stop fetching")).clicked() {
            actions.push(ModelAction::StopFetch);
        }
    });
}

fn file_ui(ui: &mut Ui, panel: &mut ModelRoom, actions: &mut Actions) {
    let is_file = panel.choice.source == Source::File;
    ui.horizontal(|ui| {
        if ui.radio(is_file, "A file of your own").clicked() {
            panel.choice.source = Source::File;
        }
        small_ui(ui, ".safetensors, or .pth in the official layout; mind its licence");
    });
    if panel.choice.source != Source::File {
        return;
    }
    ui.indent("file", |ui| {
        let caption = ui.label("Path of the weights");
        ui.horizontal(|ui| {
            let width = (ui.available_width() - 92.0).max(80.0);
            let field = TextEdit::singleline(&mut panel.choice.file).desired_width(width).margin(egui::vec2(6.0, 5.0));
            ui.add(field).labelled_by(caption.id);
            if ui.button("Browse…").clicked() {
                actions.push(ModelAction::Browse);
            }
        });
    });
}

/// The terms of weights that are to be fetched.
pub(super) fn licence_ui(ui: &mut Ui, entry: &'static Entry, is_agreed: &mut bool, actions: &mut Actions) {
    let licence = entry.licence;
    section_ui(ui, &format!("Licence of {}", entry.name));
    ui.add(Label::new(format!("{} ({})", licence.title, licence.name)).wrap());
    ui.add_space(GAP);
    for sentence in licence.summary {
        ui.horizontal_top(|ui| {
            ui.label("•");
            ui.add(Label::new(*sentence).wrap());
        });
    }
    ui.add_space(GAP);
    small_ui(ui, "The terms in full:");
    ui.horizontal_wrapped(|ui| {
        ui.add(Label::new(RichText::new(licence.url).small()).selectable(true).wrap());
        if ui.small_button("Copy link").clicked() {
            ui.copy_text(licence.url.to_owned());
        }
    });
    ui.add_space(2.0 * GAP);
    ui.checkbox(is_agreed, format!("I accept this licence ({})", licence.name));
    ui.add_space(2.0 * GAP);
    end_row_ui(ui, |ui| {
        let text = format!("Fetch ({})", full_size(entry));
        if primary_button_ui(ui, &text, *is_agreed).clicked() {
            actions.push(ModelAction::Fetch(entry));
        }
        if ui.button("Not now").clicked() {
            actions.push(ModelAction::HideLicence);
        }
    });
}

pub(super) fn machine_ui(ui: &mut Ui, panel: &mut ModelRoom) {
    section_ui(ui, "Runs on");
    ui.horizontal(|ui| {
        for (device, name, meaning) in [
            (DeviceChoice::Auto, "Automatic", "A hardware GPU where there is one, else the CPU"),
            (DeviceChoice::Gpu, "GPU", "The best GPU there is, even one in software, which is slow"),
            (DeviceChoice::Cpu, "CPU", "The processor, all cores but one"),
        ] {
            ui.radio_value(&mut panel.choice.device, device, name).on_hover_text(meaning);
        }
    });
    if let Some(note) = panel.status.ready().and_then(|info| info.device_note.as_deref()) {
        small_ui(ui, format!("Automatic took the CPU: {note}."));
    }
    match &panel.survey {
        None => small_ui(ui, "Looking for GPUs…"),
        Some(Survey { adapters, .. }) if adapters.is_empty() => {
            small_ui(ui, "No GPU: there is no driver for Vulkan, Metal or DirectX 12.");
        }
        Some(Survey { adapters, .. }) => {
            for Adapter { name, api, kind, .. } in adapters {
                small_ui(ui, format!("Found: {name} ({kind}, {api})"));
            }
        }
    }
}

pub(super) fn quality_ui(ui: &mut Ui, panel: &mut ModelRoom, actions: &mut Actions) {
    let own = panel.choice.own(panel.status.ready());
    let (choice, has_clip) = (&mut panel.choice, panel.has_clip);
    section_ui(ui, "Quality and speed");
    ui.label("Iterations for each window of frames");
    ui.horizontal_wrapped(|ui| {
        let trained = own.map_or_else(|| "As trained".to_owned(), |own| format!("As trained ({})", own.iters));
        ui.radio_value(&mut choice.iters, None, trained).on_hover_text("What the weights were made for");
        for (iters, name, meaning) in [
            (1, "Draft (1)", "Quickest; points may lag behind"),
            (2, "Quick (2)", "Less work; a little less exact"),
            (4, "Balanced (4)", "Close to the best for most weights"),
            (8, "Thorough (8)", "Most work; rarely better than as trained"),
        ] {
            ui.radio_value(&mut choice.iters, Some(iters), name).on_hover_text(meaning);
        }
        // A number from elsewhere, which none of these is.
        if let Some(other) = choice.iters.filter(|iters| ![1, 2, 4, 8].contains(iters)) {
            ui.radio_value(&mut choice.iters, Some(other), format!("{other}"));
        }
    });
    small_ui(
        ui,
        "Fewer iterations are quicker: with many points, half of them take about half the time for each window.",
    );
    ui.add_space(GAP);
    ui.label("Picture that the network sees");
    ui.horizontal_wrapped(|ui| pictures_ui(ui, choice, own));
    small_ui(
        ui,
        "A smaller picture is quicker in proportion to its pixels and loses small things; a larger one sees them.",
    );
    ui.add_space(GAP);
    ui.label("What of a clip's picture it looks at");
    ui.add_enabled_ui(!choice.whole_clip, |ui| ui.horizontal_wrapped(|ui| zoom_ui(ui, choice, has_clip, actions)));
    small_ui(
        ui,
        "For small and distant things: a part of the picture is seen in full resolution, and goes with the points of an \
         action. Points that leave it count as hidden. A dashed frame shows it. Live streams stay as they are.",
    );
    ui.add_space(GAP);
    ui.checkbox(&mut choice.whole_clip, "Look at the whole clip at once");
    let memory = SPAN_BYTES >> 30;
    small_ui(
        ui,
        format!(
            "For weights that were trained so, such as scaled_offline, which always are used so. Results come when all \
             frames have been seen, and take up to {memory} GB; a longer clip is followed in parts. Live streams stay as \
             they are."
        ),
    );
}

fn zoom_ui(ui: &mut Ui, choice: &mut Choice, has_clip: bool, actions: &mut Actions) {
    for (zoom, name) in [
        (ZoomChoice::Off, "All of it"),
        (ZoomChoice::Points, "Around the points"),
        (ZoomChoice::Part, "A part of this size"),
    ] {
        ui.radio_value(&mut choice.zoom, zoom, name);
    }
    if choice.zoom == ZoomChoice::Part {
        let Size { width, height } = &mut choice.part;
        for (side, name) in [(width, "Width of the part"), (height, "Height of the part")] {
            let response = ui.add(DragValue::new(side).range(64..=8192).speed(4.0));
            response.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, name));
        }
        if ui.add_enabled(has_clip, Button::new("Draw it…")).on_hover_text("As a rectangle on the clip").clicked() {
            actions.push(ModelAction::DrawPart);
        }
    }
}

fn pictures_ui(ui: &mut Ui, choice: &mut Choice, own: Option<Own>) {
    if own.is_none() && matches!(choice.picture, Picture::Smaller | Picture::Larger) {
        choice.picture = Picture::Recommended; // nothing tells what that would be
    }
    let text = |size: Size| format!("{}×{}", size.width, size.height);
    for (picture, name) in
        [(Picture::Recommended, "Recommended"), (Picture::Smaller, "Smaller"), (Picture::Larger, "Larger")]
    {
        let sizes = match (picture, own) {
            (Picture::Recommended, Some(Own { model_size, clip_size, .. })) if model_size == clip_size => {
                Some(text(model_size))
            }
            (Picture::Recommended, Some(Own { model_size, clip_size, .. })) => {
                Some(format!("clips {}, live {}", text(clip_size), text(model_size)))
            }
            _ => choice.size_of(picture, own.map(|own| own.model_size)).map(text),
        };
        let is_known = picture == Picture::Recommended || sizes.is_some();
        let name = sizes.map_or_else(|| name.to_owned(), |sizes| format!("{name} ({sizes})"));
        let radio = RadioButton::new(choice.picture == picture, name);
        if ui.add_enabled(is_known, radio).clicked() {
            choice.picture = picture;
        }
    }
    ui.radio_value(&mut choice.picture, Picture::Custom, "Other");
    if choice.picture == Picture::Custom {
        let Size { width, height } = &mut choice.custom;
        for (side, name) in [(width, "Picture width"), (height, "Picture height")] {
            let response = ui.add(DragValue::new(side).range(64..=4096).speed(8.0));
            *side = side.next_multiple_of(8); // the network's raster
            response.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, name));
        }
    }
}
