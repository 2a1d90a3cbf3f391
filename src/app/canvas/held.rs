//! A point that is held: a new one between press and release, one that is dragged, or one that keys move.

use super::seed_points::inside;
use crate::app::actions::{Action, Gesture};
use crate::geometry::{FrameIndex, Size, SourcePoint};
use crate::tracks::TrackId;
use egui::{Key, Modifiers, Pos2, Vec2, vec2};

/// A press moves a point only from this distance on, in points: hands tremble.
const STILL_RADIUS: f32 = 4.0;
/// What Shift makes of the pointer's way while it refines.
const SLOW: f32 = 0.25;

/// Which point is held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Subject {
    /// One that is not there yet.
    New,
    /// A point of this track, and where it was.
    Track(TrackId, SourcePoint),
}

/// What moves it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Hand {
    /// The pointer: where the button went down, and where it was last seen.
    Pointer {
        pressed: Pos2,
        last: Pos2,
    },
    Keys,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Held {
    pub(crate) subject: Subject,
    pub(super) frame: FrameIndex,
    pub(super) hand: Hand,
    /// Where it is, perhaps outside the picture.
    pub(super) at: SourcePoint,
    pub(super) has_moved: bool,
    /// Whether the selection is extended rather than replaced if it turns out to be a click.
    pub(super) extends: bool,
    /// Whether the clip played before.
    pub(super) was_playing: bool,
}

impl Held {
    /// One that has not moved yet, and does nothing else.
    pub(super) fn new(subject: Subject, frame: FrameIndex, hand: Hand, at: SourcePoint) -> Self {
        Self { subject, frame, hand, at, has_moved: false, extends: false, was_playing: false }
    }

    /// Where the point would go, inside the picture.
    pub(crate) fn point(&self, size: Size) -> SourcePoint {
        inside(self.at, size)
    }

    /// Whether something is there to be seen of it: a press on a point may be a mere click.
    pub(crate) fn is_shown(&self) -> bool {
        self.has_moved || self.subject == Subject::New || self.hand == Hand::Keys
    }

    /// Whether keys move it, as long as the user likes.
    pub(crate) fn is_edited(&self) -> bool {
        self.hand == Hand::Keys
    }

    /// Whether it is a new point that keys move.
    pub(crate) fn is_placed_by_keys(&self) -> bool {
        self.is_edited() && self.subject == Subject::New
    }

    /// Follows the pointer; `scale` is the size of a source pixel as it is shown.
    pub(super) fn drag(&mut self, to: Pos2, is_slow: bool, scale: Vec2) {
        let Hand::Pointer { pressed, last } = &mut self.hand else { return };
        let way = (to - *last) / scale * if is_slow { SLOW } else { 1.0 };
        *last = to;
        let is_still = pressed.distance(to) <= STILL_RADIUS;
        self.at = SourcePoint::new(self.at.x + way.x, self.at.y + way.y);
        self.has_moved |= !is_still;
    }
}

/// What a key does to a held point; `None` leaves it to the table of keys.
pub(crate) fn key_action(held: &Held, key: Key, modifiers: Modifiers) -> Option<Action> {
    let by = if modifiers.shift {
        10.0
    } else if modifiers.command {
        0.1
    } else {
        1.0
    };
    let gesture = match key {
        Key::Escape => Gesture::GiveUp,
        Key::Enter if held.is_edited() => Gesture::Keep,
        Key::ArrowLeft => Gesture::Nudge(vec2(-by, 0.0)),
        Key::ArrowRight => Gesture::Nudge(vec2(by, 0.0)),
        Key::ArrowUp => Gesture::Nudge(vec2(0.0, -by)),
        Key::ArrowDown => Gesture::Nudge(vec2(0.0, by)),
        _ => return None,
    };
    Some(gesture.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::pos2;

    fn held(subject: Subject) -> Held {
        let (pressed, at) = (pos2(100.0, 50.0), SourcePoint::new(20.0, 10.0));
        Held::new(subject, FrameIndex(3), Hand::Pointer { pressed, last: pressed }, at)
    }

    #[test]
    fn dragging_moves_by_source_pixels_and_shift_makes_it_a_quarter() {
        let mut held = held(Subject::New);
        held.drag(pos2(108.0, 46.0), false, Vec2::splat(4.0));
        assert_eq!(held.point(Size::new(100, 100)), SourcePoint::new(22.0, 9.0));
        held.drag(pos2(116.0, 46.0), true, Vec2::splat(4.0));
        assert_eq!(held.point(Size::new(100, 100)), SourcePoint::new(22.5, 9.0));
    }

    #[test]
    fn a_trembling_press_on_a_point_does_not_move_it() {
        let mut held = held(Subject::Track(TrackId(0), SourcePoint::new(20.0, 10.0)));
        held.drag(pos2(103.0, 51.0), false, Vec2::splat(4.0));
        assert!(!held.has_moved && !held.is_shown());
        held.drag(pos2(105.0, 51.0), false, Vec2::splat(4.0));
        held.drag(pos2(101.0, 51.0), false, Vec2::splat(4.0));
        assert!(held.has_moved, "coming back is a movement, too");
    }

    #[test]
    fn a_held_point_stays_in_the_picture_but_remembers_how_far_out_the_pointer_is() {
        let mut held = held(Subject::New);
        held.drag(pos2(0.0, 50.0), false, Vec2::splat(1.0));
        assert_eq!(held.point(Size::new(100, 100)).x, -0.5);
        held.drag(pos2(100.0, 50.0), false, Vec2::splat(1.0));
        assert_eq!(held.point(Size::new(100, 100)).x, 20.0);
    }

    #[test]
    fn arrows_nudge_by_one_ten_or_a_tenth_and_only_an_edit_ends_with_enter() {
        let by_pointer = held(Subject::New);
        let nudge = |modifiers| key_action(&by_pointer, Key::ArrowLeft, modifiers);
        assert_eq!(nudge(Modifiers::NONE), Some(Gesture::Nudge(vec2(-1.0, 0.0)).into()));
        assert_eq!(nudge(Modifiers::SHIFT), Some(Gesture::Nudge(vec2(-10.0, 0.0)).into()));
        assert_eq!(nudge(Modifiers::COMMAND), Some(Gesture::Nudge(vec2(-0.1, 0.0)).into()));
        assert_eq!(key_action(&by_pointer, Key::Enter, Modifiers::NONE), None);
        let by_keys = Held { hand: Hand::Keys, ..by_pointer };
        assert_eq!(key_action(&by_keys, Key::Enter, Modifiers::NONE), Some(Gesture::Keep.into()));
        assert_eq!(key_action(&by_keys, Key::F, Modifiers::NONE), None);
    }
}
