//! Marks that say how large the scene is and where its axes are, set and moved by hand: a line, four corners of a plane,
//! the origin. Data only.

use crate::geometry::SourcePoint;
use egui::Pos2;

/// A press that moves less than this many points is a click.
const CLICK_RADIUS: f32 = 4.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Two ends of a line of known length.
    Line,
    /// Four corners of a rectangle of known size.
    Plane,
    /// The origin, and perhaps a place on the x axis.
    Axes,
}

impl Mark {
    pub(super) fn num_points(self) -> usize {
        if self == Self::Plane { 4 } else { 2 }
    }
}

/// Marks on their way.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ruling {
    pub(crate) mark: Mark,
    pub(super) points: Vec<SourcePoint>,
    /// Which of them goes with the pointer.
    pub(super) moving: Option<usize>,
    /// Where the button went down.
    pressed: Pos2,
    /// Whether they were there before.
    pub(super) is_moved: bool,
}

impl Ruling {
    /// None of them is set yet.
    pub(crate) fn new(mark: Mark) -> Self {
        Self { mark, points: Vec::new(), moving: None, pressed: Pos2::ZERO, is_moved: false }
    }

    /// Marks that are there; the pointer takes one of them up.
    pub(super) fn again(mark: Mark, points: Vec<SourcePoint>, taken: usize, at: Pos2) -> Self {
        Self { mark, points, moving: Some(taken), pressed: at, is_moved: true }
    }

    pub(super) fn press(&mut self, at: Pos2, point: SourcePoint) {
        self.points.push(point);
        (self.moving, self.pressed) = (Some(self.points.len() - 1), at);
    }

    pub(super) fn drag(&mut self, to: Pos2, point: SourcePoint) {
        let Some(moving) = self.moving else { return };
        // A line is drawn in one go, or by two clicks; of a plane each corner is placed by itself.
        let draws_on = moving == 0 && !self.is_moved && self.mark != Mark::Plane;
        if draws_on && self.pressed.distance(to) > CLICK_RADIUS {
            self.points.push(point);
            self.moving = Some(1);
        } else if !draws_on {
            self.points[moving] = point;
        }
    }

    /// Whether that was all.
    pub(super) fn release(&mut self) -> bool {
        self.moving = None;
        self.is_moved || self.points.len() == self.mark.num_points() || self.mark == Mark::Axes
    }

    /// The place that goes with the pointer.
    pub(super) fn held(&self) -> Option<SourcePoint> {
        self.moving.map(|moving| self.points[moving])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::{pos2, vec2};

    fn at(x: f32, y: f32) -> (Pos2, SourcePoint) {
        (pos2(x, y), SourcePoint::new(x, y))
    }

    #[test]
    fn a_line_is_drawn_in_one_go_or_by_two_clicks() {
        let [(a, from), (b, to)] = [at(10.0, 10.0), at(50.0, 10.0)];
        let mut drawn = Ruling::new(Mark::Line);
        drawn.press(a, from);
        drawn.drag(b, to);
        assert!(drawn.release());
        let mut clicked = Ruling::new(Mark::Line);
        clicked.press(a, from);
        clicked.drag(a + vec2(2.0, 0.0), SourcePoint::new(12.0, 10.0));
        assert!(!clicked.release(), "a click is one end");
        clicked.press(a, from);
        clicked.drag(b, to);
        assert!(clicked.release());
        assert_eq!((drawn.points, clicked.points), (vec![from, to], vec![from, to]));
    }

    #[test]
    fn corners_come_one_by_one_and_the_origin_alone_will_do() {
        let mut plane = Ruling::new(Mark::Plane);
        for (i, (x, y)) in [(0.0, 90.0), (90.0, 90.0), (90.0, 0.0), (0.0, 0.0)].into_iter().enumerate() {
            let (pressed, point) = at(x + 20.0, y);
            plane.press(pressed, point);
            plane.drag(pos2(x, y), SourcePoint::new(x, y));
            assert_eq!(plane.release(), i == 3);
        }
        assert_eq!(plane.points[1], SourcePoint::new(90.0, 90.0), "refined until the button is released");
        let mut axes = Ruling::new(Mark::Axes);
        let (pressed, point) = at(5.0, 5.0);
        axes.press(pressed, point);
        assert!(axes.release() && axes.points == [point]);
    }
}
