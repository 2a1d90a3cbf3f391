//! Every colour and size of the interface, in both themes.

use egui::{
    Color32, CornerRadius, FontFamily, FontId, Margin, Stroke, TextStyle, Theme, Visuals, style::WidgetVisuals,
};

/// Space between related things, in points; other distances are multiples of it.
pub(crate) const GAP: f32 = 4.0;
pub(crate) const TOP_BAR_HEIGHT: f32 = 34.0;
pub(crate) const STATUS_BAR_HEIGHT: f32 = 24.0;
pub(crate) const TIMELINE_HEIGHT: f32 = 58.0;
/// Side of an icon button: targets are at least 24 pt (WCAG 2.2).
pub(crate) const ICON_BUTTON: f32 = 28.0;
/// Height of a row in the list of points.
pub(crate) const ROW_HEIGHT: f32 = 28.0;
/// Width of the list of points.
pub(crate) const PANEL_WIDTH: f32 = 280.0;
/// Space around a fitted picture.
pub(crate) const CANVAS_MARGIN: f32 = 8.0;
/// A press this close to a point selects it instead of adding one.
pub(crate) const GRAB_RADIUS: f32 = 14.0;
/// One notch of the wheel.
pub(crate) const ZOOM_PER_NOTCH: f32 = 1.15;
/// Rounding of buttons and fields.
pub(crate) const CORNER: CornerRadius = CornerRadius::same(4);

/// What surrounds the picture: neutral and dark in both themes, since a coloured surround biases judgement.
pub(crate) const SURROUND: Color32 = Color32::from_rgb(0x0e, 0x0f, 0x11);
/// Text on the surround and on the picture.
pub(crate) const ON_SURROUND: Color32 = Color32::from_rgb(0xe6, 0xe7, 0xea);
/// Less important text there.
pub(crate) const ON_SURROUND_WEAK: Color32 = Color32::from_rgb(0xa4, 0xa8, 0xb0);
/// Behind text on the picture.
pub(crate) const PILL: Color32 = Color32::from_rgba_premultiplied(0x10, 0x11, 0x13, 0xe6);

/// The colours of one theme.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tokens {
    /// Bars and panels.
    pub(crate) panel: Color32,
    /// Buttons at rest.
    pub(crate) raised: Color32,
    /// Buttons under the pointer.
    pub(crate) hover: Color32,
    /// Fields, the timeline's bed.
    pub(crate) sunken: Color32,
    /// Lines between areas.
    pub(crate) line: Color32,
    /// Outlines that carry meaning (3 : 1).
    pub(crate) outline: Color32,
    pub(crate) text: Color32,
    /// Less important text (still 4.5 : 1).
    pub(crate) weak: Color32,
    /// The playhead, the primary button, what is selected.
    pub(crate) accent: Color32,
    pub(crate) on_accent: Color32,
    /// What is selected, behind text.
    pub(crate) selection: Color32,
    /// Frames in memory.
    pub(crate) cached: Color32,
    /// Frames with results.
    pub(crate) tracked: Color32,
    pub(crate) error: Color32,
    pub(crate) warning: Color32,
    pub(crate) success: Color32,
}

const DARK: Tokens = Tokens {
    panel: Color32::from_rgb(0x1b, 0x1c, 0x1f),
    raised: Color32::from_rgb(0x2b, 0x2d, 0x32),
    hover: Color32::from_rgb(0x38, 0x3b, 0x42),
    sunken: Color32::from_rgb(0x12, 0x13, 0x15),
    line: Color32::from_rgb(0x31, 0x33, 0x38),
    outline: Color32::from_rgb(0x78, 0x7d, 0x87),
    text: Color32::from_rgb(0xe2, 0xe4, 0xe8),
    weak: Color32::from_rgb(0xa0, 0xa5, 0xae),
    accent: Color32::from_rgb(0x4f, 0xb3, 0xf6),
    on_accent: Color32::from_rgb(0x06, 0x1a, 0x28),
    selection: Color32::from_rgb(0x1f, 0x45, 0x5f),
    cached: Color32::from_rgb(0x55, 0x5a, 0x64),
    tracked: Color32::from_rgb(0x2f, 0x9e, 0x74),
    error: Color32::from_rgb(0xff, 0x7b, 0x72),
    warning: Color32::from_rgb(0xe3, 0xb3, 0x41),
    success: Color32::from_rgb(0x5b, 0xc9, 0x8c),
};

const LIGHT: Tokens = Tokens {
    panel: Color32::from_rgb(0xf4, 0xf5, 0xf7),
    raised: Color32::from_rgb(0xe3, 0xe5, 0xe9),
    hover: Color32::from_rgb(0xd5, 0xd8, 0xde),
    sunken: Color32::from_rgb(0xff, 0xff, 0xff),
    line: Color32::from_rgb(0xd0, 0xd3, 0xd9),
    outline: Color32::from_rgb(0x7b, 0x81, 0x8b),
    text: Color32::from_rgb(0x1d, 0x1f, 0x23),
    weak: Color32::from_rgb(0x59, 0x5e, 0x68),
    accent: Color32::from_rgb(0x0a, 0x68, 0xb0),
    on_accent: Color32::from_rgb(0xff, 0xff, 0xff),
    selection: Color32::from_rgb(0xbd, 0xde, 0xf7),
    cached: Color32::from_rgb(0xb3, 0xb9, 0xc4),
    tracked: Color32::from_rgb(0x2f, 0x9e, 0x74),
    error: Color32::from_rgb(0xb4, 0x23, 0x18),
    warning: Color32::from_rgb(0x8a, 0x5a, 0x00),
    success: Color32::from_rgb(0x1a, 0x7f, 0x4b),
};

/// The colours of the theme that `ui` is drawn in.
pub(crate) fn tokens(ui: &egui::Ui) -> &'static Tokens {
    of(ui.visuals().dark_mode)
}

fn of(is_dark: bool) -> &'static Tokens {
    if is_dark { &DARK } else { &LIGHT }
}

/// Numbers, in figures of one width.
pub(crate) fn figures(size: f32) -> FontId {
    FontId::new(size, FontFamily::Monospace)
}

/// The frame of the app's own dialogs.
pub(crate) fn dialog_frame(ctx: &egui::Context) -> egui::Frame {
    let style = ctx.style_of(ctx.theme());
    egui::Frame::window(&style).inner_margin(Margin::same(20))
}

/// Puts both themes into a context.
pub(crate) fn install(ctx: &egui::Context) {
    for theme in [Theme::Dark, Theme::Light] {
        ctx.style_mut_of(theme, |style| {
            style.visuals = visuals(theme);
            style.spacing.item_spacing = egui::vec2(2.0 * GAP, 1.5 * GAP);
            style.spacing.button_padding = egui::vec2(2.5 * GAP, GAP);
            style.spacing.interact_size = egui::vec2(40.0, 26.0);
            style.spacing.menu_margin = Margin::same(6);
            style.spacing.window_margin = Margin::same(16);
            style.spacing.slider_width = 110.0;
            style.interaction.selectable_labels = false;
            style.interaction.tooltip_delay = 0.4;
            style.text_styles = [
                (TextStyle::Small, FontId::new(12.0, FontFamily::Proportional)),
                (TextStyle::Body, FontId::new(13.5, FontFamily::Proportional)),
                (TextStyle::Button, FontId::new(13.5, FontFamily::Proportional)),
                (TextStyle::Heading, FontId::new(17.0, FontFamily::Proportional)),
                (TextStyle::Monospace, figures(12.5)),
            ]
            .into();
        });
    }
    // Our own table of keys has these; both at once would zoom twice.
    ctx.options_mut(|options| options.zoom_with_keyboard = false);
}

fn visuals(theme: Theme) -> Visuals {
    let is_dark = theme == Theme::Dark;
    let t = of(is_dark);
    let mut visuals = if is_dark { Visuals::dark() } else { Visuals::light() };
    let widget = |fill: Color32, text: Color32, outline: Stroke| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: outline,
        corner_radius: CORNER,
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    };
    let none = Stroke::NONE;
    visuals.widgets.noninteractive = widget(t.panel, t.text, Stroke::new(1.0, t.line));
    visuals.widgets.inactive = widget(t.raised, t.text, none);
    visuals.widgets.hovered = widget(t.hover, t.text, none);
    visuals.widgets.active = widget(t.hover, t.text, Stroke::new(1.5, t.accent));
    visuals.widgets.open = widget(t.hover, t.text, none);
    visuals.selection.bg_fill = t.selection;
    visuals.selection.stroke = Stroke::new(1.5, if is_dark { t.text } else { t.accent });
    visuals.panel_fill = t.panel;
    visuals.window_fill = t.panel;
    visuals.window_stroke = Stroke::new(1.0, t.line);
    visuals.window_corner_radius = CornerRadius::same(8);
    visuals.menu_corner_radius = CornerRadius::same(6);
    visuals.extreme_bg_color = t.sunken;
    visuals.faint_bg_color = t.raised;
    visuals.weak_text_color = Some(t.weak);
    visuals.error_fg_color = t.error;
    visuals.warn_fg_color = t.warning;
    visuals.hyperlink_color = t.accent;
    visuals.slider_trailing_fill = true;
    visuals
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(colour: Color32) -> f32 {
        let linear = |v: u8| {
            let v = f32::from(v) / 255.0;
            if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(colour.r()) + 0.7152 * linear(colour.g()) + 0.0722 * linear(colour.b())
    }

    fn contrast(a: Color32, b: Color32) -> f32 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_has_the_contrast_that_wcag_asks_for_in_both_themes() {
        for t in [&DARK, &LIGHT] {
            for back in [t.panel, t.sunken] {
                for text in [t.text, t.weak, t.error, t.warning, t.success, t.accent] {
                    assert!(contrast(text, back) >= 4.5, "{text:?} on {back:?}: {}", contrast(text, back));
                }
            }
            assert!(contrast(t.text, t.raised) >= 4.5 && contrast(t.text, t.hover) >= 4.5);
            assert!(contrast(t.text, t.selection) >= 4.5 && contrast(t.on_accent, t.accent) >= 4.5);
            assert!(contrast(t.outline, t.panel) >= 3.0 && contrast(t.tracked, t.sunken) >= 3.0);
        }
        assert!(contrast(ON_SURROUND_WEAK, SURROUND) >= 4.5);
    }
}
