//! What the picture and what is drawn over it look like: the window "Overlay", the backdrop, the scale of the colours.

use super::actions::{Action, Actions};
use super::keys::{Command, tooltip};
use super::overlay_paint::ordered_bar;
use super::state::State;
use super::style::{self, GAP};
use crate::geometry::{FrameIndex, SourcePoint};
use crate::overlay::{Colouring, OverlayStyle, Palette};
use crate::session::Movement;
use crate::tracks::TrackStore;
use egui::{
    Checkbox, Color32, ComboBox, Context, FontId, Grid, Key, Painter, Rect, RichText, Role, Slider, Ui, WidgetInfo,
    Window, pos2, vec2,
};
use std::ops::RangeInclusive;

/// How dark the key makes the picture.
const DIMMED: f32 = 0.6;
/// Points and frames that are looked at to find the fastest movement.
const SURVEYED: (usize, usize) = (32, 200);

/// What the picture under the overlay looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Backdrop {
    /// How much darker, 0 to 1.
    pub(super) dim: f32,
    /// Without colours.
    pub(super) is_grey: bool,
}

/// What the user has chosen beside the style of the overlay itself.
#[expect(clippy::struct_excessive_bools, reason = "switches that do not depend on each other")]
#[derive(Clone, Debug, Default)]
pub(super) struct Look {
    pub(super) backdrop: Backdrop,
    /// Whether trails reach back to where the track begins.
    pub(super) has_whole_trails: bool,
    /// Whether the user has set where the scale of speeds ends; else it follows from the tracks.
    pub(super) has_own_fastest: bool,
    /// Whether the picture is seen alone for a moment.
    pub(super) is_plain: bool,
    /// Whether the window "Overlay" is open.
    pub(super) is_open: bool,
}

/// What helps to see a point.
#[derive(Clone, Copy, Debug)]
pub(super) struct Aids {
    /// Whether the view keeps the selected point in its middle.
    pub(super) follows: bool,
    /// Whether the magnifier shows where a held point is.
    pub(super) shows_loupe: bool,
    /// Whether the panel of points shows the selected one magnified.
    pub(super) docks_loupe: bool,
    /// Where a point was last placed by keys.
    pub(super) cursor: Option<SourcePoint>,
}

impl Default for Aids {
    fn default() -> Self {
        Self { follows: false, shows_loupe: true, docks_loupe: false, cursor: None }
    }
}

impl Look {
    /// What the picture's colours are multiplied by.
    pub(super) fn tint(&self) -> Color32 {
        let dim = if self.is_plain { 0.0 } else { self.backdrop.dim };
        Color32::from_gray((255.0 * (1.0 - dim)).round().clamp(0.0, 255.0) as u8)
    }
}

impl State {
    /// Changes how tracks are drawn.
    pub(super) fn set_overlay(&mut self, style: OverlayStyle) {
        self.look.has_own_fastest |= style.fastest_px.to_bits() != self.overlay.fastest_px.to_bits();
        self.overlay = style;
        self.fit_speeds();
    }

    /// Lets the scale of speeds end where those of this clip do, unless the user has set its end.
    pub(super) fn fit_speeds(&mut self) {
        if self.overlay.colouring != Colouring::Speed || self.look.has_own_fastest {
            return;
        }
        let found = self.session.clip().and_then(|clip| fastest(clip.tracks()));
        self.overlay.fastest_px = found.unwrap_or(OverlayStyle::default().fastest_px);
    }

    /// Changes what the picture looks like.
    pub(super) fn set_backdrop(&mut self, backdrop: Backdrop) {
        let was_grey = std::mem::replace(&mut self.look.backdrop, backdrop).is_grey;
        if was_grey != backdrop.is_grey {
            self.pictures.set_grey(backdrop.is_grey);
            // The frame comes once more, converted anew on the reader's thread.
            let movement = if self.player.is_playing() { Movement::Play } else { Movement::Forward };
            self.session.show(self.player.playhead, movement);
        }
    }

    /// Runs one of the commands about the look.
    pub(super) fn run_look(&mut self, ctx: &Context, command: Command) {
        let backdrop = self.look.backdrop;
        match command {
            Command::Overlay => self.look.is_open ^= true,
            Command::Dim => {
                let dim = if backdrop.dim > 0.0 { 0.0 } else { DIMMED };
                self.set_backdrop(Backdrop { dim, ..backdrop });
            }
            Command::Greyscale => self.set_backdrop(Backdrop { is_grey: !backdrop.is_grey, ..backdrop }),
            Command::NextColouring => {
                let at = Colouring::ALL.iter().position(|one| *one == self.overlay.colouring).unwrap_or(0);
                let colouring = Colouring::ALL[(at + 1) % Colouring::ALL.len()];
                self.set_overlay(OverlayStyle { colouring, ..self.overlay.clone() });
            }
            // A held key repeats; from a menu there is nothing to let go of.
            Command::Plain => self.look.is_plain = ctx.input(|input| input.key_down(Key::P)) || !self.look.is_plain,
            _ => {}
        }
    }

    /// Ends the look at the plain picture when its key is let go.
    pub(super) fn check_plain(&mut self, ctx: &Context) {
        let is_over = ctx.input(|input| input.key_released(Key::P) || !input.focused);
        self.look.is_plain &= !is_over;
    }
}

/// The speed that nearly all movements stay under, in source pixels per frame; `None` where nothing moves.
fn fastest(tracks: &TrackStore) -> Option<f32> {
    let (max_tracks, max_frames) = SURVEYED;
    let mut speeds = Vec::new();
    for track in tracks.tracks().step_by(tracks.len().div_ceil(max_tracks).max(1)) {
        let Some((first, last)) = tracks.covered(track.id) else { continue };
        let step = (last.get() - first.get()).div_ceil(max_frames).max(1);
        for frame in (first.get()..last.get()).step_by(step) {
            let at = |frame| tracks.sample(track.id, FrameIndex::new(frame));
            speeds.extend(at(frame).zip(at(frame + 1)).map(|(from, to)| from.point.distance(to.point)));
        }
    }
    speeds.sort_by(f32::total_cmp);
    let nearly_all = speeds.get((speeds.len() * 95 / 100).min(speeds.len().checked_sub(1)?))?;
    // Two digits are enough for a scale.
    (*nearly_all >= 0.05)
        .then(|| if *nearly_all < 10.0 { (nearly_all * 10.0).ceil() / 10.0 } else { nearly_all.ceil() })
}

/// The window, if it is open.
pub(super) fn look_ui(ctx: &Context, state: &mut State, actions: &mut Actions) {
    let mut is_open = state.look.is_open;
    let corner = state.canvas_corner;
    let window = Window::new("Overlay").open(&mut is_open).collapsible(false).resizable(false);
    // It grows to the left, away from the list.
    window.pivot(egui::Align2::RIGHT_TOP).default_pos(pos2(corner.x - 2.0 * GAP, 48.0)).show(ctx, |ui| {
        ui.set_width(290.0);
        ui.spacing_mut().slider_width = 120.0;
        let mut style = state.overlay.clone();
        Grid::new("overlay").num_columns(2).spacing([12.0, 7.0]).show(ui, |ui| {
            colours_ui(ui, &mut style);
            trails_ui(ui, state, &mut style, actions);
            slider_ui(ui, "Size of points", &mut style.point_radius, 2.0..=12.0, " pt");
            ui.label("Hidden points");
            ui.checkbox(&mut style.show_hidden, "Show, hollow");
            ui.end_row();
            backdrop_ui(ui, state.look.backdrop, actions);
        });
        if style != state.overlay {
            actions.push(Action::SetOverlay(Box::new(style)));
        }
    });
    state.look.is_open = is_open;
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
            let shown = chosen.show_ui(ui, |ui| {
                for palette in Palette::ALL {
                    ui.selectable_value(&mut style.palette, palette, palette.label());
                }
            });
            let name = format!("Palette, {}", style.palette.label());
            shown.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, &name));
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

fn trails_ui(ui: &mut Ui, state: &State, style: &mut OverlayStyle, actions: &mut Actions) {
    ui.label("Trails");
    ui.horizontal(|ui| {
        let mut is_shown = state.shows_trails;
        if ui.checkbox(&mut is_shown, "Show").on_hover_text(tooltip(Command::Trails)).changed() {
            actions.push(Action::Run(Command::Trails));
        }
        let mut is_whole = state.look.has_whole_trails;
        let whole = ui.add_enabled(is_shown, Checkbox::new(&mut is_whole, "Whole"));
        if whole.on_hover_text("From the first frame of each point on").changed() {
            actions.push(Action::SetWholeTrails(is_whole));
        }
        ui.add_enabled(is_shown, Checkbox::new(&mut style.fade, "Fade")).on_hover_text("Weaker towards the past");
    });
    ui.end_row();
    let is_measured = state.shows_trails && !state.look.has_whole_trails;
    let mut frames = state.trail_frames;
    ui.label("Length");
    let slider = Slider::new(&mut frames, 1..=200).logarithmic(true).suffix(" frames");
    let response = ui.add_enabled(is_measured, slider);
    response.widget_info(|| WidgetInfo::slider(is_measured, f64::from(frames), "Length of the trails"));
    if response.changed() {
        actions.push(Action::SetTrail(frames));
    }
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
        actions.push(Action::SetBackdrop(backdrop));
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

/// The button beside the control of the trails.
pub(super) fn look_button_ui(ui: &mut Ui, state: &State, actions: &mut Actions) {
    let text = RichText::new("Overlay…").small();
    let button = ui.selectable_label(state.look.is_open, text).on_hover_text(tooltip(Command::Overlay));
    if button.clicked() {
        actions.push(Action::Run(Command::Overlay));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tracks::{Chunk, Query, Sample, SampleSource};

    #[test]
    fn the_scale_of_speeds_ends_where_nearly_all_movements_do() {
        let mut store = TrackStore::new();
        let query = Query { frame: FrameIndex(0), point: SourcePoint::new(0.0, 0.0) };
        assert_eq!(fastest(&store), None);
        let (run, _) = store.add_run([(None, query)]);
        let sample = |frame: u16| {
            // Two pixels a frame, and one leap.
            let x = 2.0 * f32::from(frame) + if frame > 20 { 500.0 } else { 0.0 };
            let point = SourcePoint::new(x, 0.0);
            Some(Sample { source: SampleSource::Tracked, ..Sample::by_hand(point) })
        };
        let samples = (0..40).map(sample).collect();
        store.advance(run, Some(Chunk { first: FrameIndex(0), num_tracks: 1, samples }), None);
        assert_eq!(fastest(&store), Some(2.0));
    }

    #[test]
    fn dimming_darkens_the_picture_and_the_plain_look_does_not() {
        let backdrop = Backdrop { dim: 0.6, is_grey: false };
        let dimmed = Look { backdrop, ..Look::default() };
        assert_eq!(dimmed.tint(), Color32::from_gray(102));
        assert_eq!(Look { is_plain: true, ..dimmed }.tint(), Color32::WHITE);
    }
}
