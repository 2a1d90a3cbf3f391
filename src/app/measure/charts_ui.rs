//! The charts under the picture: curves over time, the shown frame; a click goes to a frame.

use super::commands::Measuring;
use crate::app::actions::{Actions, ClipAction};
use crate::app::clip::room::ClipRoom;
use crate::app::clip::timeline::state::Change;
use crate::app::kit::commands::Command;
use crate::app::kit::controls::{icon_ui, list_ui};
use crate::app::kit::icons::Icon;
use crate::app::kit::style::{self, GAP};
use crate::export::{Chart, ChartFormat, ChartKind};
use egui::{
    Align, Color32, Frame, Label, Layout, Margin, Panel, RichText, Role, ScrollArea, Sense, Stroke, Ui, WidgetInfo,
    vec2,
};
use egui_plot::{GridInput, GridMark, HoverPosition, Line, Plot, PlotPoints, VLine};

/// Height when they are opened, least and greatest.
pub(crate) const DEFAULT_HEIGHT: f32 = 170.0;
pub(crate) const HEIGHTS: std::ops::RangeInclusive<f32> = 110.0..=480.0;

/// Below this width the kinds are a list.
const ROOM_FOR_KINDS: f32 = 620.0;
/// What the names of the curves take beside them, and each from top to bottom.
const NAMES_WIDTH: f32 = 150.0;
const NAME_HEIGHT: f32 = 18.0;
/// About so far apart are the lines of the grid, in points.
const GRID: [f64; 2] = [80.0, 26.0];
/// Points that the step which a grid is offered is wide: `egui_plot`'s own choice.
const LEAST_STEP: f64 = 8.0;

/// The charts.
pub(crate) fn charts_ui(ui: &mut Ui, room: &ClipRoom, actions: &mut Actions) {
    let Measuring { charts, .. } = &room.measuring;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = GAP;
        let mut kind = charts.kind;
        if ui.available_width() < ROOM_FOR_KINDS {
            list_ui(ui, "Chart of", 110.0, &mut kind, ChartKind::ALL, |kind| kind.name().to_owned());
        } else {
            for other in ChartKind::ALL {
                ui.selectable_value(&mut kind, other, other.name());
            }
        }
        if kind != charts.kind {
            actions.push(ClipAction::Chart(kind));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space(GAP);
            if icon_ui(ui, Icon::Close, 24.0, "Close the charts", false, true).on_hover_text("Close").clicked() {
                actions.push(Command::Charts);
            }
            ui.menu_button("Save…", |ui| {
                for format in ChartFormat::ALL {
                    if ui.button(format.extension().to_uppercase()).clicked() {
                        actions.push(ClipAction::SaveChart(format));
                    }
                }
            });
        });
    });
    let Some(chart) = charts.chart().filter(|chart| chart.extent().is_some()) else {
        ui.add_space(2.0 * GAP);
        ui.horizontal(|ui| {
            ui.add_space(3.0 * GAP);
            ui.add(Label::new(RichText::new(nothing(charts.kind)).weak()).wrap());
        });
        return;
    };
    plot_ui(ui, room, chart, actions);
}

/// Why there is no curve.
fn nothing(kind: ChartKind) -> &'static str {
    match kind {
        ChartKind::Angle => {
            "No angle is measured: select three points, the second is the corner, then Measure > Angle."
        }
        ChartKind::Distance => "No distance is measured: select two points, then Measure > Distance.",
        ChartKind::Speed | ChartKind::Acceleration => {
            "No point has been followed over enough frames; what speeds are taken from is set in Measure."
        }
        _ => "No point has been followed yet.",
    }
}

fn plot_ui(ui: &mut Ui, room: &ClipRoom, chart: &Chart, actions: &mut Actions) {
    let accent = style::tokens(ui).accent;
    let shown = room.meant_frame();
    let now = chart.secs.get(shown.get()).copied();
    let title = chart.title();
    let mut meant = None;
    let width = NAMES_WIDTH.min(0.3 * ui.available_width());
    Panel::right("names of curves")
        .exact_size(width)
        .resizable(false)
        .frame(Frame::NONE.inner_margin(Margin { left: 8, ..Margin::ZERO }))
        .show(ui, |ui| {
            meant = names_ui(ui, chart);
        });
    let plot = Plot::new(("charts", chart.kind.name()))
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .set_margin_fraction(egui::vec2(0.0, 0.08))
        .y_axis_label(title.as_str())
        .y_axis_min_width(44.0)
        .x_grid_spacer(|input| grid(&input, GRID[0]))
        .y_grid_spacer(|input| grid(&input, GRID[1]))
        .x_axis_formatter(|mark, _| format!("{} s", digits(mark)))
        .y_axis_formatter(|mark, _| digits(mark))
        .label_formatter(|position| Some(told(chart, position)));
    let response = plot.show(ui, |plot| {
        for (i, series) in chart.series.iter().enumerate() {
            let colour = Color32::from_rgb(series.colour.r, series.colour.g, series.colour.b);
            for stretch in chart.stretches(series) {
                let line = Line::new(series.name.as_str(), PlotPoints::from(stretch)).color(colour).width(1.8);
                let line = line.highlight(meant == Some(i));
                plot.line(line.id(("series", i)));
            }
        }
        if let Some(now) = now {
            plot.vline(VLine::new("", now).color(accent).width(1.5).allow_hover(false));
        }
        plot.pointer_coordinate()
    });
    let name = format!("Chart of {title}, {} curves", chart.series.len());
    response.response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    let is_meant = response.response.clicked();
    if let Some(frame) = response.inner.filter(|_| is_meant).and_then(|at| chart.frame_at(at.x)) {
        actions.push(Change::GoTo(frame));
    }
}

/// The names of the curves beside them; returns the one that the pointer is over.
fn names_ui(ui: &mut Ui, chart: &Chart) -> Option<usize> {
    let mut meant = None;
    ui.spacing_mut().interact_size.y = NAME_HEIGHT;
    let area = ScrollArea::vertical().auto_shrink(false);
    area.show_rows(ui, NAME_HEIGHT, chart.series.len(), |ui, rows| {
        for (i, series) in chart.series.iter().enumerate().take(rows.end).skip(rows.start) {
            let row = ui.horizontal(|ui| {
                let (mark, _) = ui.allocate_exact_size(vec2(14.0, NAME_HEIGHT), Sense::hover());
                let colour = Color32::from_rgb(series.colour.r, series.colour.g, series.colour.b);
                ui.painter().hline(mark.x_range(), mark.center().y, Stroke::new(3.0, colour));
                ui.add(Label::new(RichText::new(&series.name).small()).truncate());
            });
            let whole = row.response.rect.with_max_x(ui.max_rect().right());
            if ui.rect_contains_pointer(whole) {
                meant = Some(i);
            }
        }
    });
    meant
}

/// Round values, some `apart` points from each other.
fn grid(input: &GridInput, apart: f64) -> Vec<GridMark> {
    let (from, to) = input.bounds;
    let points = LEAST_STEP * (to - from) / input.base_step_size;
    let step_size = Chart::step([from, to], (points / apart) as f32);
    let marks = (from / step_size).ceil() as i64..=(to / step_size).floor() as i64;
    marks.map(|i| GridMark { value: i as f64 * step_size, step_size }).collect()
}

/// As many decimals as the step between two marks has.
fn digits(mark: GridMark) -> String {
    let decimals = (-mark.step_size.log10().floor()).clamp(0.0, 9.0) as usize;
    format!("{:.decimals$}", mark.value)
}

/// What stands at the pointer.
fn told(chart: &Chart, position: &HoverPosition<'_>) -> String {
    let (name, at) = match position {
        HoverPosition::NearDataPoint { plot_name, position, .. } => (*plot_name, position),
        HoverPosition::Elsewhere { position } => ("", position),
    };
    let frame = chart.frame_at(at.x).map_or(0, |frame| frame.0);
    let value = format!("{:.3} {}", at.y, chart.unit);
    format!("{name}\n{value}\n{:.3} s, frame {frame}", at.x).trim().to_owned()
}
