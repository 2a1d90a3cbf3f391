//! What the clip is, and how it is read where it does not say so itself.

use super::room::ClipRoom;
use crate::app::actions::{Actions, ClipAction, ShellAction};
use crate::app::canvas::point_view::PointView;
use crate::app::desk::Desk;
use crate::app::desk::prompt::Prompt;
use crate::app::kit::controls::{drop_down_ui, end_row_ui, is_confirmed, primary_button_ui};
use crate::app::kit::style::{self, GAP};
use crate::app::kit::words::{counted, sentence};
use crate::media::{ClipSource, OpenOptions, SourceInfo, parse_frame_rate};
use crate::session::Clip;
use egui::{ComboBox, DragValue, Grid, Label, RichText, Role, Ui, WidgetInfo};

/// Frames per second that can be given.
const RATES: std::ops::RangeInclusive<f64> = 0.001..=1000.0;

impl ClipRoom {
    pub(super) fn open_properties(&self, desk: &mut Desk) {
        let Some(info) = self.session.clip().map(Clip::info) else { return };
        desk.prompt = Some(Prompt::Properties { frame_rate: info.frame_rate, stream: info.stream });
    }

    /// Whether reading the clip like this means another clip: its source then.
    pub(crate) fn other_stream(&self, options: OpenOptions) -> Option<ClipSource> {
        let clip = self.session.clip()?;
        let is_other = options.stream.is_some_and(|stream| stream != clip.info().stream);
        is_other.then(|| ClipSource { path: clip.path().to_owned(), options })
    }

    /// Reads the clip in another way, which moves nothing.
    pub(super) fn read_as(&mut self, desk: &mut Desk, options: OpenOptions) {
        desk.prompt = None;
        let has_points = self.num_points() > 0;
        if let Some(frame_rate) = options.frame_rate {
            self.session.set_frame_rate(frame_rate);
            self.projects.saved.take_if(|_| has_points); // the project's file has another rate
        }
    }
}

pub(crate) fn properties_ui(
    ui: &mut Ui,
    room: &ClipRoom,
    (frame_rate, stream): (&mut f64, &mut usize),
    actions: &mut Actions,
) {
    let Some(clip) = room.session.clip() else {
        actions.push(ShellAction::ClosePrompt);
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
        rate_ui(ui, info, frame_rate);
        ui.end_row();
        if info.streams.len() > 1 {
            ui.label("Picture stream");
            stream_ui(ui, info, stream);
            ui.end_row();
        }
    });
    for warning in &info.warnings {
        ui.add_space(GAP);
        let text = RichText::new(sentence(warning)).small().color(style::tokens(ui).weak);
        ui.add(Label::new(text).wrap());
    }
    ui.add_space(2.0 * GAP);
    end_row_ui(ui, |ui| {
        let is_other_rate = (*frame_rate - info.frame_rate).abs() > 1e-9;
        let is_other_stream = *stream != info.stream;
        let has_changed = is_other_rate || is_other_stream;
        let button = if is_other_stream { "Read this stream" } else { "Apply" };
        if primary_button_ui(ui, button, has_changed).clicked() || (has_changed && is_confirmed(ui)) {
            let given = (!info.has_times).then_some(*frame_rate);
            actions.push(ClipAction::ReadAs(OpenOptions { frame_rate: given, stream: Some(*stream) }));
        }
        if ui.button("Close").clicked() {
            actions.push(ShellAction::ClosePrompt);
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
        let field = field.custom_parser(|text| parse_frame_rate(text.trim_end_matches("fps")));
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
    let list = ComboBox::from_id_salt("stream").selected_text(name(*stream));
    drop_down_ui(ui, list, "Picture stream", |ui| {
        for number in 1..=info.streams.len() {
            ui.selectable_value(stream, number, name(number));
        }
    });
}

/// "720 × 576, shown as 1024 × 576".
pub(crate) fn size_text(info: &SourceInfo) -> String {
    let (size, shown) = (info.size, info.shown_size());
    let stored = format!("{} × {}", size.width, size.height);
    if shown == size { stored } else { format!("{stored}, shown as {} × {}", shown.width, shown.height) }
}

fn length_text(info: &SourceInfo) -> String {
    let secs = info.times_secs.last().map_or(0.0, |last| last + 1.0 / info.frame_rate);
    format!("{}, {secs:.2} s", counted(info.num_frames(), "frame"))
}
