//! Many points at once: a grid over the picture, areas filled with points, single clicks; previewed before they are added.

use super::seed_points::{Pattern, Region, fill, grid};
use super::view::Placement;
use crate::app::actions::{Action, Actions, SeedStep};
use crate::app::kit::commands::tooltip;
use crate::app::kit::controls::primary_button_ui;
use crate::app::kit::style::{self, GAP};
use crate::app::kit::words::counted;
use crate::geometry::{Size, SourcePoint};
use crate::tracker::MAX_TRACKS_PER_RUN;
use egui::{
    Align, Align2, Area, Frame, Id, Key, Layout, Order, Painter, Pos2, Rect, RichText, Shape, Slider, Stroke, Ui,
    WidgetInfo, vec2,
};

/// A press that moves less than this many points is a click.
const CLICK_RADIUS: f32 = 4.0;
/// Screen points between the vertices of a lasso.
const LASSO_STEP: f32 = 3.0;
/// Points across the picture that a grid can have.
const MAX_ACROSS: u32 = 64;

/// An area or a click on its way.
#[derive(Clone, Debug)]
struct Drawing {
    pressed: Pos2,
    /// Where the pointer was, in source pixels, from the press on.
    line: Vec<SourcePoint>,
    last: Pos2,
    adds: bool,
    has_moved: bool,
}

impl Drawing {
    fn region(&self, pattern: Pattern) -> Option<Region> {
        let (first, last) = (*self.line.first()?, *self.line.last()?);
        match pattern {
            Pattern::Rectangle if self.has_moved => Some(Region::Rectangle(first, last)),
            Pattern::Lasso if self.has_moved => Some(Region::Lasso(self.line.clone())),
            _ => None,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Seeding {
    pub(super) pattern: Pattern,
    pub(super) across: u32,
    pub(super) spacing_px: f32,
    regions: Vec<Region>,
    singles: Vec<SourcePoint>,
    drawing: Option<Drawing>,
    /// What all this amounts to; one more than allowed where there are too many.
    pub(super) points: Vec<SourcePoint>,
}

impl Seeding {
    pub(super) fn new(pattern: Pattern, size: Size) -> Self {
        // Some two dozen across the picture.
        let spacing_px = (size.width.max(size.height) as f32 / 24.0).max(2.0).round();
        let (regions, singles, points) = (Vec::new(), Vec::new(), Vec::new());
        Self { pattern, across: 6, spacing_px, regions, singles, drawing: None, points }
    }

    pub(super) fn can_be_added(&self) -> bool {
        !self.points.is_empty() && !self.is_too_many()
    }

    fn is_too_many(&self) -> bool {
        self.points.len() > MAX_TRACKS_PER_RUN
    }

    /// The areas, the one that is being drawn included.
    fn areas(&self) -> Vec<Region> {
        let drawn = self.drawing.as_ref().and_then(|drawing| drawing.region(self.pattern));
        let replaces = drawn.is_some() && self.drawing.as_ref().is_some_and(|drawing| !drawing.adds);
        let kept = if replaces { &[] } else { self.regions.as_slice() };
        kept.iter().cloned().chain(drawn).collect()
    }

    pub(super) fn lay_out(&mut self, size: Size) {
        let limit = MAX_TRACKS_PER_RUN + 1;
        let mut points = match self.pattern {
            Pattern::Grid => grid(self.across, size),
            _ => fill(&self.areas(), self.spacing_px, limit),
        };
        points.extend(&self.singles);
        points.truncate(limit);
        self.points = points;
    }

    pub(super) fn press(&mut self, at: Pos2, point: SourcePoint, adds: bool) {
        self.drawing = Some(Drawing { pressed: at, line: vec![point], last: at, adds, has_moved: false });
    }

    pub(super) fn drag(&mut self, to: Pos2, point: SourcePoint) {
        let Some(drawing) = &mut self.drawing else { return };
        drawing.has_moved |= drawing.pressed.distance(to) > CLICK_RADIUS;
        if drawing.last.distance(to) >= LASSO_STEP {
            drawing.line.push(point);
            drawing.last = to;
        }
    }

    /// Ends a drag or a click; a click on a single point takes it away.
    pub(super) fn release(&mut self, reach_px: f32) {
        let areas = self.areas();
        let Some(drawing) = self.drawing.take() else { return };
        if drawing.region(self.pattern).is_some() {
            self.regions = areas;
        } else if !drawing.has_moved
            && let Some(point) = drawing.line.first()
        {
            match self.singles.iter().position(|single| single.distance(*point) <= reach_px) {
                Some(taken) => drop(self.singles.remove(taken)),
                None => self.singles.push(*point),
            }
        }
    }
}

/// What a key does while points are laid out.
pub(crate) fn key_action(key: Key) -> Option<Action> {
    match key {
        Key::Enter => Some(SeedStep::Commit.into()),
        Key::Escape => Some(SeedStep::Cancel.into()),
        _ => None,
    }
}

/// The left button while points are laid out.
pub(super) fn pointer_gestures(ui: &Ui, begins: bool, seeding: &Seeding, actions: &mut Actions) {
    let (at, released, is_down, adds) = ui.input(|input| {
        let pointer = &input.pointer;
        (pointer.interact_pos(), pointer.primary_released(), pointer.primary_down(), input.modifiers.shift)
    });
    let mut push = |step: SeedStep| actions.push(step);
    if begins && let Some(at) = ui.input(|input| input.pointer.press_origin()).or(at) {
        push(SeedStep::Press { at, adds });
    }
    if begins || seeding.drawing.is_some() {
        if let Some(to) = at {
            push(SeedStep::Drag { to });
        }
        if released || !is_down {
            push(SeedStep::Release);
        }
    }
}

/// The points as they would be added, and the areas that they fill.
pub(super) fn preview(ui: &Ui, painter: &Painter, seeding: &Seeding, placement: &Placement) {
    let accent = style::tokens(ui).accent;
    if seeding.pattern != Pattern::Grid {
        for region in seeding.areas() {
            outline(painter, &region, placement);
        }
    }
    for (radius, colour) in [(4.25, style::PILL), (3.0, accent)] {
        for point in seeding.points.iter().take(MAX_TRACKS_PER_RUN) {
            painter.circle_filled(placement.screen(*point), radius, colour);
        }
    }
}

fn outline(painter: &Painter, region: &Region, placement: &Placement) {
    for (width, colour) in [(3.0, style::PILL), (1.0, style::ON_SURROUND)] {
        let stroke = Stroke::new(width, colour);
        match region {
            Region::Rectangle(a, b) => {
                let rect = Rect::from_two_pos(placement.screen(*a), placement.screen(*b));
                painter.rect_stroke(rect, 0.0, stroke, egui::StrokeKind::Middle);
            }
            Region::Lasso(line) => {
                let line = line.iter().map(|point| placement.screen(*point)).collect();
                painter.add(Shape::closed_line(line, stroke));
            }
        }
    }
}

pub(super) fn bar_ui(ui: &Ui, canvas: Rect, seeding: &Seeding, size: Size, actions: &mut Actions) {
    let area = Area::new(Id::unique("seeding")).order(Order::Middle).pivot(Align2::CENTER_BOTTOM);
    area.fixed_pos(canvas.center_bottom() - vec2(0.0, 3.0 * GAP)).constrain_to(canvas).show(ui.ctx(), |ui| {
        Frame::popup(ui.style()).inner_margin(10).show(ui, |ui| {
            ui.set_width(400.0f32.min(canvas.width() - 48.0));
            ui.horizontal(|ui| {
                pattern_ui(ui, seeding, actions);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| density_ui(ui, seeding, size, actions));
            });
            ui.label(RichText::new(seeding.pattern.instruction()).small().weak());
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| commit_ui(ui, seeding, actions));
        });
    });
}

fn pattern_ui(ui: &mut Ui, seeding: &Seeding, actions: &mut Actions) {
    ui.spacing_mut().item_spacing.x = GAP;
    for (pattern, name, command) in Pattern::ALL {
        let is_chosen = seeding.pattern == pattern;
        let response = ui.selectable_label(is_chosen, name).on_hover_text(tooltip(command));
        if response.clicked() && !is_chosen {
            actions.push(SeedStep::Choose(pattern));
        }
    }
}

fn density_ui(ui: &mut Ui, seeding: &Seeding, size: Size, actions: &mut Actions) {
    ui.spacing_mut().slider_width = 90.0;
    if seeding.pattern == Pattern::Grid {
        let mut across = seeding.across;
        let response = ui.add(Slider::new(&mut across, 1..=MAX_ACROSS).logarithmic(true));
        response.widget_info(|| WidgetInfo::slider(true, f64::from(across), "Points across the picture"));
        if response.on_hover_text("Points from left to right, and from top to bottom").changed() {
            actions.push(SeedStep::Across(across));
        }
    } else {
        let mut spacing = seeding.spacing_px;
        let widest = (size.width.max(size.height) as f32 / 2.0).max(4.0);
        let slider = Slider::new(&mut spacing, 2.0..=widest).logarithmic(true).fixed_decimals(0).suffix(" px");
        let response = ui.add(slider);
        response.widget_info(|| WidgetInfo::slider(true, f64::from(spacing), "Spacing of the points in pixels"));
        if response.on_hover_text("From one point to the next, in pixels of the video").changed() {
            actions.push(SeedStep::Spacing(spacing));
        }
    }
}

fn commit_ui(ui: &mut Ui, seeding: &Seeding, actions: &mut Actions) {
    let num_points = seeding.points.len();
    let name = match num_points {
        n if n == 0 || n > MAX_TRACKS_PER_RUN => "Add points".to_owned(),
        n => format!("Add {}", counted(n, "point")),
    };
    if primary_button_ui(ui, &name, seeding.can_be_added()).on_hover_text("All are followed together (Enter)").clicked()
    {
        actions.push(SeedStep::Commit);
    }
    if ui.button("Cancel").on_hover_text("Adds nothing (Esc)").clicked() {
        actions.push(SeedStep::Cancel);
    }
    if seeding.is_too_many() {
        let text = format!("More than {MAX_TRACKS_PER_RUN} points: too many at once");
        ui.label(RichText::new(text).small().color(style::tokens(ui).warning));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::pos2;

    const SIZE: Size = Size::new(240, 120);

    fn drawn(pattern: Pattern, corners: &[(f32, f32)], adds: bool, seeding: &mut Seeding) {
        seeding.pattern = pattern;
        let at = |(x, y): (f32, f32)| (pos2(x, y), SourcePoint::new(x, y));
        let (pressed, point) = at(corners[0]);
        seeding.press(pressed, point, adds);
        for corner in corners {
            let (to, point) = at(*corner);
            seeding.drag(to, point);
        }
        seeding.release(5.0);
        seeding.lay_out(SIZE);
    }

    #[test]
    fn a_second_rectangle_replaces_the_first_and_with_shift_joins_it() {
        let mut seeding = Seeding::new(Pattern::Rectangle, SIZE);
        assert_eq!(seeding.spacing_px, 10.0);
        drawn(Pattern::Rectangle, &[(0.0, 0.0), (20.0, 20.0)], false, &mut seeding);
        assert_eq!(seeding.points.len(), 9);
        drawn(Pattern::Rectangle, &[(50.0, 0.0), (60.0, 10.0)], false, &mut seeding);
        assert_eq!(seeding.points.len(), 4);
        drawn(Pattern::Rectangle, &[(0.0, 0.0), (20.0, 20.0)], true, &mut seeding);
        assert_eq!(seeding.points.len(), 13);
        drawn(Pattern::Lasso, &[(100.0, 0.0), (120.0, 0.0), (120.0, 20.0), (100.0, 20.0)], true, &mut seeding);
        assert!(seeding.points.len() > 13, "a lasso joins rectangles");
    }

    #[test]
    fn clicks_combine_with_every_pattern_and_a_click_on_one_takes_it_away() {
        let mut seeding = Seeding::new(Pattern::Grid, SIZE);
        drawn(Pattern::Grid, &[(7.0, 7.0)], false, &mut seeding);
        assert_eq!(seeding.points.len(), 37);
        assert_eq!(seeding.points[36], SourcePoint::new(7.0, 7.0));
        drawn(Pattern::Rectangle, &[(100.0, 50.0)], false, &mut seeding);
        assert_eq!(seeding.points.len(), 2);
        drawn(Pattern::Rectangle, &[(101.0, 50.0)], false, &mut seeding);
        assert_eq!(seeding.points, vec![SourcePoint::new(7.0, 7.0)]);
        drawn(Pattern::Grid, &[(0.0, 0.0), (90.0, 90.0)], false, &mut seeding);
        assert_eq!(seeding.points.len(), 37, "a drag over a grid is neither area nor click");
    }

    #[test]
    fn more_points_than_a_run_takes_are_noticed() {
        let mut seeding = Seeding::new(Pattern::Rectangle, Size::new(1000, 1000));
        seeding.spacing_px = 2.0;
        drawn(Pattern::Rectangle, &[(0.0, 0.0), (124.0, 124.0)], false, &mut seeding);
        assert!(!seeding.is_too_many() && seeding.points.len() == 63 * 63);
        drawn(Pattern::Rectangle, &[(0.0, 0.0), (128.0, 128.0)], false, &mut seeding);
        assert!(seeding.is_too_many());
    }
}
