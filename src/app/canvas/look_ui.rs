//! The window "Overlay", the row of the trails, and what the colours mean.

use super::look::Look;
use super::overlay_paint::ordered_bar;
use super::painter::Backdrop;
use crate::app::actions::{Actions, LookAction};
use crate::app::kit::commands::{Command, tooltip};
use crate::app::kit::controls::drop_down_ui;
use crate::app::kit::style::{self, GAP};
use crate::overlay::{Colouring, OverlayStyle, Palette};
use egui::{
    Checkbox, ComboBox, Context, FontId, Grid, Painter, Pos2, Rect, Response, RichText, Role, Slider, Ui, WidgetInfo,
    Window, pos2, vec2,
};
use std::ops::RangeInclusive;

pub(crate) fn look_ui(ctx: &Context, look: &Look, corner: Pos2, actions: &mut Actions) {
    let mut is_open = look.is_open;
    let window = Window::new("Overlay").open(&mut is_open).collapsible(false).resizable(false);
    // It grows to the left, away from the list.
    window.pivot(egui::Align2::RIGHT_TOP).default_pos(pos2(corner.x - 2.0 * GAP, 48.0)).show(ctx, |ui| {
        ui.set_width(290.0);
        ui.spacing_mut().slider_width = 120.0;
        let mut style = look.style.clone();
        Grid::new("overlay").num_columns(2).spacing([12.0, 7.0]).show(ui, |ui| {
            colours_ui(ui, &mut style);
            trails_ui(ui, look, &mut style, actions);
            slider_ui(ui, "Size of points", &mut style.point_radius, 2.0..=12.0, " pt");
            ui.label("Hidden points");
            ui.checkbox(&mut style.show_hidden, "Show, hollow");
            ui.end_row();
            backdrop_ui(ui, look.backdrop, actions);
        });
        if style != look.style {
            actions.push(LookAction::SetStyle(Box::new(style)));
        }
    });
    if is_open != look.is_open {
        actions.push(LookAction::Close);
    }
}

fn colours_ui(ui: &mut Ui, style: &mut OverlayStyle) {
    ui.label("Colour by");
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = GAP;
        for colouring in Colouring::ALL {
            ui.selectable_value(&mut style.colouring, colouring, colouring.label());
        }
    });
    ui.end_row();
    match style.colouring {
        Colouring::Track => {
            ui.label("Palette");
            let chosen = ComboBox::from_id_salt("overlay palette").selected_text(style.palette.label());
            let name = format!("Palette, {}", style.palette.label());
            drop_down_ui(ui, chosen, &name, |ui| {
                for palette in Palette::ALL {
                    ui.selectable_value(&mut style.palette, palette, palette.label());
                }
            });
            ui.end_row();
        }
        Colouring::Speed => {
            ui.label("Fastest");
            let slider = Slider::new(&mut style.fastest_px, 0.1..=200.0).logarithmic(true).max_decimals(1);
            let response = ui.add(slider.suffix(" px/frame"));
            let value = f64::from(style.fastest_px);
            response.widget_info(|| WidgetInfo::slider(true, value, "Speed with the brightest colour"));
            ui.end_row();
        }
        Colouring::Confidence => {}
    }
}

fn trails_ui(ui: &mut Ui, look: &Look, style: &mut OverlayStyle, actions: &mut Actions) {
    ui.label("Trails");
    ui.horizontal(|ui| {
        let mut is_shown = look.shows_trails;
        if ui.checkbox(&mut is_shown, "Show").on_hover_text(tooltip(Command::Trails)).changed() {
            actions.push(Command::Trails);
        }
        let mut is_whole = look.has_whole_trails;
        let whole = ui.add_enabled(is_shown, Checkbox::new(&mut is_whole, "Whole"));
        if whole.on_hover_text("From the first frame of each point on").changed() {
            actions.push(LookAction::SetWholeTrails(is_whole));
        }
        ui.add_enabled(is_shown, Checkbox::new(&mut style.fade, "Fade")).on_hover_text("Weaker towards the past");
    });
    ui.end_row();
    ui.label("Length");
    length_ui(ui, look, "Length of the trails", true, actions);
    ui.end_row();
    slider_ui(ui, "Width", &mut style.line_width, 0.5..=8.0, " pt");
}

fn slider_ui(ui: &mut Ui, name: &str, value: &mut f32, range: RangeInclusive<f32>, unit: &str) {
    ui.label(name);
    let response = ui.add(Slider::new(value, range).step_by(0.5).fixed_decimals(1).suffix(unit));
    let value = f64::from(*value);
    response.widget_info(|| WidgetInfo::slider(true, value, name));
    ui.end_row();
}

fn backdrop_ui(ui: &mut Ui, mut backdrop: Backdrop, actions: &mut Actions) {
    let before = backdrop;
    ui.label("Darker picture");
    let mut percent = (100.0 * backdrop.dim).round();
    let response = ui.add(Slider::new(&mut percent, 0.0..=90.0).fixed_decimals(0).suffix(" %"));
    let response = response.on_hover_text(tooltip(Command::Dim));
    response.widget_info(|| WidgetInfo::slider(true, f64::from(percent), "Darker picture"));
    if response.changed() {
        backdrop.dim = percent / 100.0;
    }
    ui.end_row();
    ui.label("Colours");
    ui.checkbox(&mut backdrop.is_grey, "Greyscale").on_hover_text(tooltip(Command::Greyscale));
    ui.end_row();
    if backdrop != before {
        actions.push(LookAction::SetBackdrop(backdrop));
    }
}

/// What the colours mean, in the corner of the canvas. Where the weights know what their confidence is worth,
/// `within_px` is how near a place is that counts as right.
pub(super) fn legend(ui: &Ui, painter: &Painter, canvas: Rect, style: &OverlayStyle, within_px: Option<f64>) {
    let (title, end) = match style.colouring {
        Colouring::Track => return,
        Colouring::Speed => ("Speed".to_owned(), format!("{} px/frame", style.fastest_px)),
        Colouring::Confidence => match within_px {
            Some(within_px) => (format!("Within {within_px:.0} px"), "100 %".to_owned()),
            None => ("Confidence".to_owned(), "1".to_owned()),
        },
    };
    let text = |text: String| painter.layout_no_wrap(text, FontId::proportional(12.0), style::ON_SURROUND);
    let (title, zero, end) = (text(format!("{title}  ")), text("0".to_owned()), text(end));
    let bar = vec2(96.0, 8.0);
    let width = title.size().x + zero.size().x + bar.x + end.size().x + 6.0 * GAP;
    let size = vec2(width, title.size().y + 2.0 * GAP);
    let rect = Rect::from_min_size(pos2(canvas.left() + 3.0 * GAP, canvas.bottom() - 3.0 * GAP - size.y), size);
    painter.rect_filled(rect, style::CORNER, style::PILL);
    let name = format!("Colours: {}0 to {}", title.text(), end.text());
    ui.interact(rect, egui::Id::unique("legend"), egui::Sense::hover())
        .widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
    let mut x = rect.left() + 2.0 * GAP;
    let middle = rect.center().y;
    for galley in [title, zero] {
        let at = pos2(x, middle - galley.size().y / 2.0);
        x += galley.size().x;
        painter.galley(at, galley, style::ON_SURROUND);
    }
    let bar = Rect::from_min_size(pos2(x + GAP, middle - bar.y / 2.0), bar);
    painter.add(ordered_bar(bar));
    painter.galley(pos2(bar.right() + GAP, middle - end.size().y / 2.0), end, style::ON_SURROUND);
}

/// How long trails are, where that counts.
fn length_ui(ui: &mut Ui, look: &Look, name: &str, shows_value: bool, actions: &mut Actions) -> Response {
    let is_measured = look.shows_trails && !look.has_whole_trails;
    let mut frames = look.trail_frames;
    let slider = Slider::new(&mut frames, 1..=200).logarithmic(true).suffix(" frames").show_value(shows_value);
    let response = ui.add_enabled(is_measured, slider);
    response.widget_info(|| WidgetInfo::slider(is_measured, f64::from(frames), name));
    if response.changed() {
        actions.push(LookAction::SetTrail(frames));
    }
    response
}

/// The trails, under the list of points.
pub(crate) fn trail_ui(ui: &mut Ui, look: &Look, actions: &mut Actions) {
    ui.separator();
    ui.horizontal(|ui| {
        let mut is_shown = look.shows_trails;
        let name = tooltip(Command::Trails);
        if ui.checkbox(&mut is_shown, "Trails").on_hover_text(name).changed() {
            actions.push(Command::Trails);
        }
        ui.spacing_mut().slider_width = (ui.available_width() - 116.0).max(40.0);
        let length = length_ui(ui, look, "Trail length in frames", false, actions);
        length.on_hover_text("Length of the trails in frames");
        ui.label(RichText::new(look.trail_frames.to_string()).font(style::figures(12.5)).weak());
        let button = ui.selectable_label(look.is_open, RichText::new("Overlay…").small());
        if button.on_hover_text(tooltip(Command::Overlay)).clicked() {
            actions.push(Command::Overlay);
        }
    });
}
