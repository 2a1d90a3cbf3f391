//! A point that is held: a new one between press and release, one that is dragged, or one that keys move.
//!
//! ```text
//! press on the picture ─► new point ──drag refines──► release: added
//! press on a point ─► selected ──drag moves it──────► release: corrected on this frame
//! Enter or double-click ─► edited ──arrows nudge────► Enter: corrected      Esc gives up any of them
//! A ─► new point in the middle ──arrows nudge───────► Enter: added
//! ```

use super::actions::{Action, now};
use super::seed_points::inside;
use super::state::State;
use super::style::GRAB_RADIUS;
use super::toasts::{Level, Topic};
use super::view::View;
use crate::geometry::{FrameIndex, Size, SourcePoint};
use crate::session::Movement;
use crate::tracks::TrackId;
use egui::{Key, Modifiers, Pos2, Vec2, vec2};

/// A press moves a point only from this distance on, in points: hands tremble.
const STILL_RADIUS: f32 = 4.0;
/// What Shift makes of the pointer's way while it refines.
const SLOW: f32 = 0.25;

/// What happens to a held point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Gesture {
    /// The button went down on the picture, or on a point of it.
    Press { at: Pos2, frame: FrameIndex, track: Option<(TrackId, SourcePoint)>, extends: bool },
    /// The pointer is here now, with the button down.
    Drag { to: Pos2, is_slow: bool },
    /// The button went up, or Enter was pressed.
    Keep,
    /// Esc.
    GiveUp,
    /// An arrow key, in source pixels.
    Nudge(Vec2),
    /// The selected point is to be moved by keys.
    Edit,
    /// A new point is to be placed by keys.
    Place,
}

/// Which point is held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Subject {
    /// One that is not there yet.
    New,
    /// A point of this track, and where it was.
    Track(TrackId, SourcePoint),
}

/// What moves it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Hand {
    /// The pointer: where the button went down, and where it was last seen.
    Pointer {
        pressed: Pos2,
        last: Pos2,
    },
    Keys,
}

/// A held point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Held {
    pub(super) subject: Subject,
    pub(super) frame: FrameIndex,
    hand: Hand,
    /// Where it is, perhaps outside the picture.
    at: SourcePoint,
    has_moved: bool,
    /// Whether the selection is extended rather than replaced if it turns out to be a click.
    extends: bool,
    /// Whether the clip played before.
    was_playing: bool,
}

impl Held {
    /// Where the point would go, inside the picture.
    pub(super) fn point(&self, size: Size) -> SourcePoint {
        inside(self.at, size)
    }

    /// Whether something is there to be seen of it: a press on a point may be a mere click.
    pub(super) fn is_shown(&self) -> bool {
        self.has_moved || self.subject == Subject::New || self.hand == Hand::Keys
    }

    /// Whether keys move it, as long as the user likes.
    pub(super) fn is_edited(&self) -> bool {
        self.hand == Hand::Keys
    }

    /// Whether it is a new point that keys move.
    pub(super) fn is_placed_by_keys(&self) -> bool {
        self.is_edited() && self.subject == Subject::New
    }

    /// Follows the pointer.
    fn drag(&mut self, to: Pos2, is_slow: bool, scale: Vec2) {
        let Hand::Pointer { pressed, last } = &mut self.hand else { return };
        let way = (to - *last) / scale * if is_slow { SLOW } else { 1.0 };
        *last = to;
        let is_still = pressed.distance(to) <= STILL_RADIUS;
        self.at = SourcePoint::new(self.at.x + way.x, self.at.y + way.y);
        self.has_moved |= !is_still;
    }
}

/// What a key does to a held point; `None` leaves it to the table of keys.
pub(super) fn key_action(held: &Held, key: Key, modifiers: Modifiers) -> Option<Action> {
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
    Some(Action::Point(gesture))
}

/// The keys belong to the picture.
pub(super) fn release_focus(ctx: &egui::Context) {
    ctx.memory_mut(|memory| {
        if let Some(focused) = memory.focused() {
            memory.surrender_focus(focused);
        }
    });
}

impl State {
    /// Applies a gesture.
    pub(super) fn point_gesture(&mut self, ctx: &egui::Context, gesture: Gesture) {
        match gesture {
            Gesture::Press { at, frame, track, extends } => self.press(ctx, at, frame, track, extends),
            Gesture::Drag { to, is_slow } => self.drag_held(ctx, to, is_slow),
            Gesture::Keep => self.keep_held(ctx),
            Gesture::GiveUp => {
                if let Some(held) = self.held.take() {
                    self.resume(ctx, &held);
                }
            }
            Gesture::Nudge(by) => self.nudge_held(by),
            Gesture::Edit => self.edit_selected(ctx),
            Gesture::Place => self.place_by_keys(ctx),
        }
    }

    /// Begins a new point that keys move: where one was placed by keys last, or else in the middle of what is seen.
    fn place_by_keys(&mut self, ctx: &egui::Context) {
        let (Some(frame), Some(placement)) = (self.shown_frame(), self.placement) else { return };
        let Some(size) = self.pictures.size() else { return };
        self.held = None;
        let is_seen = |point: &SourcePoint| placement.shows(*point);
        let middle = placement.source(placement.canvas_centre());
        let at = inside(self.aids.cursor.filter(is_seen).unwrap_or(middle), size);
        self.hold_clip(ctx, frame);
        release_focus(ctx); // or the arrows would move the focus, and Enter press a button
        let (has_moved, extends, was_playing) = (false, false, false);
        self.held = Some(Held { subject: Subject::New, frame, hand: Hand::Keys, at, has_moved, extends, was_playing });
    }

    fn press(
        &mut self,
        ctx: &egui::Context,
        at: Pos2,
        frame: FrameIndex,
        track: Option<(TrackId, SourcePoint)>,
        extends: bool,
    ) {
        let Some(placement) = self.placement else { return };
        let hand = Hand::Pointer { pressed: at, last: at };
        if let Some(held) = self.held.as_mut().filter(|held| placement.screen(held.at).distance(at) <= GRAB_RADIUS) {
            held.hand = hand; // the pointer goes on where the keys have left off
            return;
        }
        self.held.take_if(|held| held.is_placed_by_keys()); // the pointer places another one
        self.keep_held(ctx);
        let (subject, from) = match track {
            Some((track, point)) => (Subject::Track(track, point), point),
            None => (Subject::New, placement.source(at)),
        };
        let was_playing = self.hold_clip(ctx, frame);
        self.held = Some(Held { subject, frame, hand, at: from, has_moved: false, extends, was_playing });
    }

    /// Stops at the frame on the screen: a point is placed on one frame. Returns whether the clip played.
    fn hold_clip(&mut self, ctx: &egui::Context, frame: FrameIndex) -> bool {
        let was_playing = self.player.is_playing();
        if was_playing {
            self.player.pause();
            self.seek(ctx, frame, Movement::Forward);
        }
        was_playing
    }

    fn resume(&mut self, ctx: &egui::Context, held: &Held) {
        if held.was_playing && !self.player.is_playing() {
            self.play_or_pause(ctx);
        }
    }

    fn drag_held(&mut self, ctx: &egui::Context, to: Pos2, is_slow: bool) {
        let Some(placement) = self.placement else { return };
        let Some(held) = &mut self.held else { return };
        held.drag(to, is_slow, placement.scale());
        self.refuse_locked(ctx);
    }

    fn nudge_held(&mut self, by: Vec2) {
        let (Some(held), Some(size)) = (&mut self.held, self.pictures.size()) else { return };
        held.at = SourcePoint::new(held.at.x + by.x, held.at.y + by.y);
        held.has_moved = true;
        if held.is_edited() {
            held.at = inside(held.at, size);
            // What keys move stays in sight.
            if let Some(placement) = self.placement.filter(|placement| !placement.shows(held.at)) {
                self.view = View::Free { zoom: placement.zoom, centre: held.at };
            }
        }
    }

    /// Lets go of a point that may not be moved, and says why.
    fn refuse_locked(&mut self, ctx: &egui::Context) {
        let Some(Held { subject: Subject::Track(track, _), has_moved: true, .. }) = self.held else { return };
        if let Some(reason) = self.why_unmovable(track) {
            self.held = None;
            self.toasts.add_on(Topic::Edit, Level::Warning, reason, "", now(ctx));
        }
    }

    /// Why a point cannot be moved, if so.
    fn why_unmovable(&self, track: TrackId) -> Option<String> {
        let track = self.session.clip()?.tracks().track(track)?;
        track.locked.then(|| format!("\"{}\" is locked: unlock it to move it", track.name))
    }

    /// Ends a gesture: what the point is now counts.
    fn keep_held(&mut self, ctx: &egui::Context) {
        let Some(held) = self.held.take() else { return };
        let Some(size) = self.pictures.size() else { return };
        match held.subject {
            Subject::New => {
                if held.is_edited() {
                    self.aids.cursor = Some(held.at);
                }
                self.apply(ctx, Action::AddPoint(held.frame, held.point(size)));
            }
            Subject::Track(track, _) if held.has_moved => {
                self.select(vec![track]);
                self.apply(ctx, Action::Correct(track, held.frame, held.point(size)));
            }
            Subject::Track(track, _) if held.extends => self.apply(ctx, Action::Toggle(track)),
            Subject::Track(track, _) => self.select(vec![track]),
        }
        self.resume(ctx, &held);
    }

    /// Begins to move the selected point by keys.
    fn edit_selected(&mut self, ctx: &egui::Context) {
        let (Some(track), Some(frame)) = (self.selected(), self.shown_frame()) else { return };
        if let Some(reason) = self.why_unmovable(track) {
            return self.toasts.add_on(Topic::Edit, Level::Warning, reason, "", now(ctx));
        }
        let Some(point) = self.scene.get().marker(track).map(|marker| marker.point) else {
            let text = "the selected point has no position on this frame: go to a frame where it is shown";
            return self.toasts.add_on(Topic::Edit, Level::Warning, text, "", now(ctx));
        };
        self.hold_clip(ctx, frame);
        let (subject, hand) = (Subject::Track(track, point), Hand::Keys);
        let (has_moved, extends, was_playing) = (false, false, false);
        self.held = Some(Held { subject, frame, hand, at: point, has_moved, extends, was_playing });
    }

    /// Ends an edit whose frame has left the screen: it belongs to that frame. What is edited may also have gone.
    pub(super) fn check_held(&mut self, ctx: &egui::Context) {
        let Some(held) = &self.held else { return };
        let is_there = |track| self.session.clip().is_some_and(|clip| clip.tracks().track(track).is_some());
        if matches!(held.subject, Subject::Track(track, _) if !is_there(track)) {
            self.held = None;
        } else if held.is_edited()
            && let Some(shown) = self.shown_frame().filter(|shown| *shown != held.frame)
        {
            match &mut self.held {
                Some(held) if held.is_placed_by_keys() => held.frame = shown,
                _ => self.keep_held(ctx),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::pos2;

    fn held(subject: Subject) -> Held {
        let (pressed, at) = (pos2(100.0, 50.0), SourcePoint::new(20.0, 10.0));
        let (has_moved, extends, was_playing) = (false, false, false);
        let hand = Hand::Pointer { pressed, last: pressed };
        Held { subject, frame: FrameIndex(3), hand, at, has_moved, extends, was_playing }
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
        assert_eq!(nudge(Modifiers::NONE), Some(Action::Point(Gesture::Nudge(vec2(-1.0, 0.0)))));
        assert_eq!(nudge(Modifiers::SHIFT), Some(Action::Point(Gesture::Nudge(vec2(-10.0, 0.0)))));
        assert_eq!(nudge(Modifiers::COMMAND), Some(Action::Point(Gesture::Nudge(vec2(-0.1, 0.0)))));
        assert_eq!(key_action(&by_pointer, Key::Enter, Modifiers::NONE), None);
        let by_keys = Held { hand: Hand::Keys, ..by_pointer };
        assert_eq!(key_action(&by_keys, Key::Enter, Modifiers::NONE), Some(Action::Point(Gesture::Keep)));
        assert_eq!(key_action(&by_keys, Key::F, Modifiers::NONE), None);
    }
}
