//! What the clip is, and how it is read where it does not say so itself.

use super::actions::{Action, Actions};
use super::controls::{counted, end_row_ui, is_confirmed, primary_button_ui};
use super::project::Leave;
use super::state::{Prompt, State};
use super::style::{self, GAP};
use crate::media::{ClipSource, OpenOptions, SourceInfo};
use egui::{ComboBox, DragValue, Grid, Label, RichText, Role, Ui, WidgetInfo};

/// Frames per second that can be given.
const RATES: std::ops::RangeInclusive<f64> = 0.001..=1000.0;

/// What is chosen in the dialog.
#[derive(Clone, Debug)]
pub(super) struct Properties {
    frame_rate: f64,
    stream: usize,
}

impl State {
    /// Opens the dialog.
    pub(super) fn open_properties(&mut self) {
        let Some(info) = self.session.clip().map(crate::session::Clip::info) else { return };
        let properties = Properties { frame_rate: info.frame_rate, stream: info.stream };
        self.prompt = Some(Prompt::Properties(properties));
    }

    /// Reads the clip in another way. Another rate moves nothing; another picture stream is another clip.
    pub(super) fn read_as(&mut self, ctx: &egui::Context, options: OpenOptions) {
        self.prompt = None;
        let Some(clip) = self.session.clip() else { return };
        if options.stream.is_some_and(|stream| stream != clip.info().stream) {
            let source = ClipSource { path: clip.path().to_owned(), options };
            return self.leave(ctx, Leave::Open(source));
        }
        let has_points = !clip.tracks().is_empty();
        if let Some(frame_rate) = options.frame_rate {
            self.session.set_frame_rate(frame_rate);
            self.projects.saved.take_if(|_| has_points); // the project's file has another rate
        }
    }
}

/// The dialog.
pub(super) fn properties_ui(ui: &mut Ui, state: &State, properties: &mut Properties, actions: &mut Actions) {
    let Some(clip) = state.session.clip() else {
        actions.push(Action::ClosePrompt);
        return;
    };
    let info = clip.info();
    ui.heading("Clip properties");
    ui.add_space(GAP);
    Grid::new("properties").num_columns(2).spacing([4.0 * GAP, GAP]).show(ui, |ui| {
        row_ui(ui, "File", &clip.path().display().to_string());
        row_ui(ui, "Coded as", &info.codec);
        row_ui(ui, "Size", &size_text(info));
        row_ui(ui, "Length", &length_text(info));
        ui.label("Frame rate");
        rate_ui(ui, info, &mut properties.frame_rate);
        ui.end_row();
        if info.streams.len() > 1 {
            ui.label("Picture stream");
            stream_ui(ui, info, &mut properties.stream);
            ui.end_row();
        }
    });
    for warning in &info.warnings {
        ui.add_space(GAP);
        let text = RichText::new(capitalised(warning)).small().color(style::tokens(ui).weak);
        ui.add(Label::new(text).wrap());
    }
    ui.add_space(2.0 * GAP);
    end_row_ui(ui, |ui| {
        let is_other_rate = (properties.frame_rate - info.frame_rate).abs() > 1e-9;
        let is_other_stream = properties.stream != info.stream;
        let has_changed = is_other_rate || is_other_stream;
        let button = if is_other_stream { "Read this stream" } else { "Apply" };
        if primary_button_ui(ui, button, has_changed).clicked() || (has_changed && is_confirmed(ui)) {
            let given = (!info.has_times).then_some(properties.frame_rate);
            actions.push(Action::ReadAs(OpenOptions { frame_rate: given, stream: Some(properties.stream) }));
        }
        if ui.button("Close").clicked() {
            actions.push(Action::ClosePrompt);
        }
    });
}

fn row_ui(ui: &mut Ui, name: &str, text: &str) {
    ui.label(name);
    ui.add(Label::new(text).truncate()).on_hover_text(text);
    ui.end_row();
}

/// The rate, to be typed or dragged where the clip has no times of its own.
fn rate_ui(ui: &mut Ui, info: &SourceInfo, frame_rate: &mut f64) {
    if info.has_times {
        let kind = if info.variable_rate { "variable, on average " } else { "" };
        ui.label(format!("{kind}{} fps", (info.frame_rate * 1000.0).round() / 1000.0));
        return;
    }
    ui.horizontal(|ui| {
        let field = DragValue::new(frame_rate).range(RATES).speed(0.1).max_decimals(3).suffix(" fps");
        let response = ui.add(field);
        response.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, "Frame rate"));
        ui.label(RichText::new("the clip does not tell").small().weak());
    });
}

fn stream_ui(ui: &mut Ui, info: &SourceInfo, stream: &mut usize) {
    let name = |number: usize| {
        let size = info.streams.get(number - 1).map(|size| format!(", {} × {}", size.width, size.height));
        format!("{number} of {}{}", info.streams.len(), size.unwrap_or_default())
    };
    let combo = ComboBox::from_id_salt("stream").selected_text(name(*stream)).show_ui(ui, |ui| {
        for number in 1..=info.streams.len() {
            ui.selectable_value(stream, number, name(number));
        }
    });
    combo.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Picture stream"));
}

/// "720 × 576, shown as 1024 × 576".
pub(super) fn size_text(info: &SourceInfo) -> String {
    let (size, shown) = (info.size, info.shown_size());
    let stored = format!("{} × {}", size.width, size.height);
    if shown == size { stored } else { format!("{stored}, shown as {} × {}", shown.width, shown.height) }
}

fn length_text(info: &SourceInfo) -> String {
    let secs = info.times_secs.last().map_or(0.0, |last| last + 1.0 / info.frame_rate);
    format!("{}, {secs:.2} s", counted(info.num_frames(), "frame"))
}

/// A sentence as it stands alone.
fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).chain(['.']).collect())
}
