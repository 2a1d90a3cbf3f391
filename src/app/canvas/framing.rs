//! A rectangle drawn over the picture: the part of it that the network shall look at.

use super::seed_points::inside;
use super::view::Placement;
use crate::app::actions::{Action, Actions, FrameStep, ModelAction, PointsAction};
use crate::app::kit::controls::pill;
use crate::app::kit::style::GAP;
use crate::geometry::{Size, SourcePoint};
use egui::{Align2, Color32, Key, Painter, Pos2, Rect, Shape, Stroke, Ui, vec2};

/// A rectangle with a smaller side was a slip.
const LEAST_SIDE_PX: f32 = 16.0;

/// A rectangle on its way.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Framing {
    /// Where it began and where the pointer is, in source pixels.
    corners: Option<(SourcePoint, SourcePoint)>,
}

impl Framing {
    pub(super) fn drag(&mut self, to: SourcePoint) {
        self.corners = Some((self.corners.map_or(to, |(from, _)| from), to));
    }

    pub(super) fn clear(&mut self) {
        self.corners = None;
    }

    /// The size of the rectangle in source pixels, unless it is too small.
    fn size(&self) -> Option<Size> {
        let (a, b) = self.corners?;
        let sides = [(a.x - b.x).abs(), (a.y - b.y).abs()];
        let is_meant = sides.iter().all(|side| *side >= LEAST_SIDE_PX);
        is_meant.then(|| Size::new(sides[0].round() as u32, sides[1].round() as u32))
    }
}

/// What a key does while a rectangle is drawn.
pub(crate) fn key_action(key: Key) -> Option<Action> {
    (key == Key::Escape).then(|| PointsAction::Frame(FrameStep::Cancel).into())
}

/// The left button while a rectangle is drawn; `size` is that of the picture.
pub(super) fn pointer_gestures(
    ui: &Ui,
    begins: bool,
    framing: &Framing,
    (placement, size): (&Placement, Size),
    actions: &mut Actions,
) {
    let (at, origin, is_down) = ui.input(|input| {
        let pointer = &input.pointer;
        (pointer.interact_pos(), pointer.press_origin(), pointer.primary_down())
    });
    let mut drag =
        |to: Option<Pos2>| to.into_iter().for_each(|to| actions.push(PointsAction::Frame(FrameStep::Drag(to))));
    if begins {
        drag(origin.or(at));
    }
    if begins || framing.corners.is_some() {
        drag(at);
    }
    if framing.corners.is_some() && !is_down {
        let mut drawn = *framing;
        if let Some(at) = at {
            drawn.drag(place(placement, at, size)); // it may have moved since
        }
        match drawn.size() {
            Some(size) => actions.push(ModelAction::SetPart(size)),
            None => actions.push(PointsAction::Frame(FrameStep::Clear)),
        }
    }
}

/// Where a place on the screen is in the picture.
pub(super) fn place(placement: &Placement, at: Pos2, size: Size) -> SourcePoint {
    inside(placement.source(at), size)
}

/// The rectangle as it is, and what to do.
pub(super) fn preview(painter: &Painter, framing: &Framing, placement: &Placement, canvas: Rect) {
    if let Some((a, b)) = framing.corners {
        dashed(painter, Rect::from_two_pos(placement.screen(a), placement.screen(b)));
    }
    let text = match framing.size() {
        Some(size) => format!("{}×{} pixels", size.width, size.height),
        None => "Drag a rectangle around what the network shall look at · Esc gives up".to_owned(),
    };
    pill(painter, canvas.center_bottom() - vec2(0.0, 3.0 * GAP), Align2::CENTER_BOTTOM, &text, 14.5);
}

/// A thin dashed frame that can be seen on every picture.
pub(super) fn dashed(painter: &Painter, rect: Rect) {
    let corners = [rect.left_top(), rect.right_top(), rect.right_bottom(), rect.left_bottom(), rect.left_top()];
    for (colour, offset) in [(Color32::from_black_alpha(160), 5.0), (Color32::from_white_alpha(200), 0.0)] {
        painter.extend(Shape::dashed_line_with_offset(&corners, Stroke::new(1.0, colour), &[5.0], &[5.0], offset));
    }
}
