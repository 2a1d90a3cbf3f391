//! The dialog's part on what is written: formats, points, frames, and what tables hold.

use super::choices::{Points, Preset, RangeKind};
use super::panel::ExportPanel;
use super::plan::Facts;
use crate::app::actions::{Actions, ExportAction};
use crate::app::kit::controls::{choice_ui, drop_down_ui, list_width, number_ui};
use crate::app::kit::style::{self, GAP};
use crate::geometry::FrameIndex;
use crate::media::ClipCodec;
use crate::tracks::{TableFormat, ToolFormat};
use egui::{Button, ComboBox, DragValue, Grid, PopupCloseBehavior, RichText, Ui};
use std::collections::BTreeSet;

/// Room for the list of all programs.
const TOOLS_HEIGHT: f32 = 340.0;
/// Numbers that a clip's first frame usually has: ours, that of players, that of film.
const FIRST_NUMBERS: [u32; 3] = [0, 1, 1001];
/// Larger numbers do not fit into the names of pictures.
const MAX_FIRST_NUMBER: u32 = 999_999;

/// The presets: a row above both columns.
pub(super) fn presets_ui(ui: &mut Ui, panel: &mut ExportPanel, facts: &Facts) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = GAP;
        ui.label(RichText::new("Presets").color(style::tokens(ui).weak));
        ui.add_space(GAP);
        for (preset, name, meaning) in Preset::ALL {
            if ui.button(name).on_hover_text(meaning).clicked() {
                let preset_number = panel.choices.take(preset, facts.size);
                panel.preset_number = panel.clip_number.or(preset_number);
            }
        }
    });
}

pub(super) fn what_ui(ui: &mut Ui, panel: &mut ExportPanel, facts: &Facts, actions: &mut Actions) {
    ui.label(RichText::new("Formats").strong());
    formats_ui(ui, panel);
    ui.add_space(GAP);
    Grid::new("what").num_columns(2).spacing([12.0, 6.0]).show(ui, |ui| {
        tools_ui(ui, panel);
        points_ui(ui, panel, facts);
        range_ui(ui, panel, facts);
        if panel.choices.has_tables() {
            table_ui(ui, panel);
        }
    });
    if let Some(format) = panel.choices.text() {
        ui.add_space(GAP);
        ui.horizontal(|ui| {
            let what = match format {
                TableFormat::Tool(tool) => format!("{} text", tool.name()),
                format => format.extension().to_uppercase(),
            };
            let button = Button::new(format!("Copy {what} to the clipboard"));
            let button = ui.add_enabled(panel.copying.is_none(), button);
            if button.on_hover_text("The table as it would be written, to paste elsewhere").clicked() {
                actions.push(ExportAction::CopyTable(format));
            }
        });
    }
}

fn formats_ui(ui: &mut Ui, panel: &mut ExportPanel) {
    let ending = panel.codec().map_or("mp4", ClipCodec::extension);
    let formats = &mut panel.choices.formats;
    let clip = format!("Annotated clip (.{ending})");
    for (is_chosen, name, meaning) in [
        (&mut formats.clip, clip.as_str(), "The video with points and trails, for any player"),
        (&mut formats.png, "PNG pictures (folder)", "Marks with transparency, for compositing"),
        (&mut formats.csv, "Table (.csv)", "A row per point and frame, for spreadsheets, R"),
        (&mut formats.json, "JSON (.json)", "Arrays, with clip and settings, for scripts"),
        (&mut formats.npz, "NumPy (.npz)", "Arrays for numpy.load"),
    ] {
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.spacing_mut().interact_size.y = 22.0;
            ui.checkbox(is_chosen, name);
            ui.horizontal(|ui| {
                ui.set_height(16.0);
                ui.add_space(18.0);
                ui.add(egui::Label::new(RichText::new(meaning).small().weak()).truncate());
            });
        });
    }
}

/// The programs that read no table of ours.
pub(super) fn tools_ui(ui: &mut Ui, panel: &mut ExportPanel) {
    let is_live = panel.live.is_some();
    // A camera's tracks have no pictures.
    let allows = |tool| !is_live || !TableFormat::Tool(tool).holds_pictures();
    tools_list_ui(ui, &mut panel.choices.tools, allows);
    let from_one: Vec<&str> =
        panel.choices.tools.iter().filter(|tool| tool.first_number() == 1).map(|tool| tool.name()).collect();
    if panel.first_number() == 0 && !from_one.is_empty() {
        ui.label("");
        let text = RichText::new(format!("{}: frames from 1", from_one.join(", ")));
        ui.add(egui::Label::new(text.small().weak()).wrap());
        ui.end_row();
    }
}

/// A row of a grid: the programs that read no table of ours.
pub(in crate::app) fn tools_list_ui(
    ui: &mut Ui,
    tools: &mut BTreeSet<ToolFormat>,
    allows: impl Fn(ToolFormat) -> bool,
) {
    let caption = "For another program";
    let shown = match (tools.first(), tools.len()) {
        (None, _) => "None".to_owned(),
        (Some(tool), 1) => tool.name().to_owned(),
        (_, count) => format!("{count} programs"),
    };
    ui.label(RichText::new(caption).color(style::tokens(ui).weak));
    let list = ComboBox::from_id_salt(caption).width(list_width(ui)).truncate().selected_text(shown.as_str());
    let list = list.height(TOOLS_HEIGHT).close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    drop_down_ui(ui, list, &format!("{caption}, {shown}"), |ui| {
        for tool in ToolFormat::ALL.into_iter().filter(|tool| allows(*tool)) {
            let mut is_chosen = tools.contains(&tool);
            if ui.checkbox(&mut is_chosen, tool.name()).on_hover_text(tool.meaning()).changed() {
                if is_chosen {
                    tools.insert(tool)
                } else {
                    tools.remove(&tool)
                };
            }
        }
    });
    ui.end_row();
}

fn points_ui(ui: &mut Ui, panel: &mut ExportPanel, facts: &Facts) {
    let points = &mut panel.choices.points;
    let name = |points: Points| match points {
        Points::All => format!("All ({})", facts.num_points(points)),
        Points::Selected => format!("Selected ({})", facts.num_points(points)),
        Points::Shown => format!("Shown ({})", facts.num_points(points)),
    };
    choice_ui(ui, "Points", points, &[Points::All, Points::Selected, Points::Shown], name);
}

fn range_ui(ui: &mut Ui, panel: &mut ExportPanel, facts: &Facts) {
    let mut kinds = vec![RangeKind::Clip, RangeKind::Frames];
    if facts.in_out.is_some() {
        kinds.insert(1, RangeKind::InOut);
    } else if panel.choices.range == RangeKind::InOut {
        panel.choices.range = RangeKind::Clip;
    }
    let number = |frame: FrameIndex| frame.0.saturating_add(facts.first_number);
    let name = |kind: RangeKind| match (kind, facts.in_out) {
        (RangeKind::InOut, Some((first, last))) => format!("Range ({} to {})", number(first), number(last)),
        (RangeKind::Frames, _) => "From frame to frame".to_owned(),
        _ => format!("Whole clip ({}–{})", facts.first_number, number(facts.last)),
    };
    choice_ui(ui, "Frames", &mut panel.choices.range, &kinds, name);
    if panel.choices.range == RangeKind::Frames {
        ui.label("");
        ui.horizontal(|ui| {
            let (zero, last) = (facts.first_number, number(facts.last));
            let (mut from, mut to) = (number(FrameIndex(panel.typed.0)), number(FrameIndex(panel.typed.1)));
            number_ui(ui, "First exported frame", &mut from, zero..=to.min(last));
            ui.label("to");
            number_ui(ui, "Last exported frame", &mut to, from..=last);
            panel.typed = (from.saturating_sub(zero), to.saturating_sub(zero));
        });
        ui.end_row();
    }
}

/// What tables hold.
pub(super) fn table_ui(ui: &mut Ui, panel: &mut ExportPanel) {
    let name = |keeps: bool| if keeps { "Kept, with a flag" } else { "Left out" }.to_owned();
    choice_ui(ui, "Hidden frames", &mut panel.choices.keeps_hidden, &[true, false], name);
}

/// As what the first frame of the clip counts, in all formats of this export.
pub(super) fn first_number_ui(ui: &mut Ui, panel: &mut ExportPanel) {
    let name = "First frame of the clip is number";
    ui.label(RichText::new("First frame is number").color(style::tokens(ui).weak));
    let mut number = panel.first_number();
    let before = number;
    let response = ui.add(DragValue::new(&mut number).range(0..=MAX_FIRST_NUMBER).speed(0.2));
    response.ctx.accesskit_node_builder(response.id, |node| node.set_label(name));
    response.on_hover_text("In tables, names of pictures and burnt-in numbers, of all formats of this export");
    ui.spacing_mut().item_spacing.x = 0.0;
    for usual in FIRST_NUMBERS.into_iter().filter(|usual| *usual != before) {
        if ui.add(Button::new(usual.to_string()).frame_when_inactive(false)).clicked() {
            number = usual;
        }
    }
    if number != before {
        (panel.preset_number, panel.choices.first_number) = (None, number);
    }
}
