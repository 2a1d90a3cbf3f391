//! What becomes of a point that is held.
//!
//! ```text
//! press on the picture ─► new point ──drag refines──► release: added
//! press on a point ─► selected ──drag moves it──────► release: corrected on this frame
//! Enter or double-click ─► edited ──arrows nudge────► Enter: corrected      Esc gives up any of them
//! A ─► new point in the middle ──arrows nudge───────► Enter: added
//! ```

use super::held::{Hand, Held, Subject};
use super::point_view::PointRoom;
use super::seed_points::inside;
use crate::app::actions::Gesture;
use crate::app::desk::Desk;
use crate::app::desk::toasts::{Level, Topic};
use crate::app::kit::style::GRAB_RADIUS;
use crate::geometry::{FrameIndex, SourcePoint};
use crate::tracks::TrackId;
use egui::{Pos2, Vec2};

pub(super) fn gesture(room: &mut impl PointRoom, desk: &mut Desk, gesture: Gesture) {
    match gesture {
        Gesture::Press { at, frame, track, extends } => press(room, desk, at, frame, track, extends),
        Gesture::Drag { to, is_slow } => drag(room, desk, to, is_slow),
        Gesture::Keep => keep(room, desk),
        Gesture::GiveUp => {
            if let Some(held) = room.canvas_mut().held.take() {
                go_on(room, desk, &held);
            }
        }
        Gesture::Nudge(by) => nudge(room, by),
    }
}

/// Begins a new point that keys move: where one was placed by keys last, or else in the middle of what is seen.
pub(super) fn place_by_keys(room: &mut impl PointRoom, desk: &Desk) {
    let (Some(frame), Some(placement)) = (room.frame(), room.canvas().placement) else { return };
    let Some(size) = room.picture().map(|picture| picture.size) else { return };
    let is_seen = |point: &SourcePoint| placement.shows(*point);
    let middle = placement.source(placement.canvas.center());
    let at = inside(room.canvas().cursor.filter(is_seen).unwrap_or(middle), size);
    room.stop_at(desk, frame);
    desk.release_focus(); // or the arrows would move the focus, and Enter press a button
    room.canvas_mut().held = Some(Held::new(Subject::New, frame, Hand::Keys, at));
}

/// Begins to move the selected point by keys.
pub(super) fn edit_selected(room: &mut impl PointRoom, desk: &mut Desk) {
    let (Some(track), Some(frame)) = (room.canvas().selected(), room.frame()) else { return };
    if let Some(reason) = room.why_unmovable(track) {
        return desk.say(Topic::Edit, Level::Warning, reason, "");
    }
    let Some(point) = room.canvas().marker(track).map(|marker| marker.point) else {
        let text = "the selected point has no position on this frame: go to a frame where it is shown";
        return desk.say(Topic::Edit, Level::Warning, text, "");
    };
    room.stop_at(desk, frame);
    room.canvas_mut().held = Some(Held::new(Subject::Track(track, point), frame, Hand::Keys, point));
}

/// Ends an edit whose frame has left the screen: it belongs to that frame. What is edited may also have gone.
pub(crate) fn check_held(room: &mut impl PointRoom, desk: &mut Desk) {
    let Some(held) = room.canvas().held else { return };
    if matches!(held.subject, Subject::Track(track, _) if room.track(track).is_none()) {
        room.canvas_mut().held = None;
    } else if held.is_edited()
        && let Some(shown) = room.frame().filter(|shown| *shown != held.frame)
    {
        match &mut room.canvas_mut().held {
            Some(held) if held.is_placed_by_keys() => held.frame = shown,
            _ => keep(room, desk),
        }
    }
}

fn press(
    room: &mut impl PointRoom,
    desk: &mut Desk,
    at: Pos2,
    frame: FrameIndex,
    track: Option<(TrackId, SourcePoint)>,
    extends: bool,
) {
    let Some(placement) = room.canvas().placement else { return };
    let hand = Hand::Pointer { pressed: at, last: at };
    let held = &mut room.canvas_mut().held;
    if let Some(held) = held.as_mut().filter(|held| placement.screen(held.at).distance(at) <= GRAB_RADIUS) {
        held.hand = hand; // the pointer goes on where the keys have left off
        return;
    }
    held.take_if(|held| held.is_placed_by_keys()); // the pointer places another one
    keep(room, desk);
    let (subject, from) = match track {
        Some((track, point)) => (Subject::Track(track, point), point),
        None => (Subject::New, placement.source(at)),
    };
    let was_playing = room.stop_at(desk, frame);
    room.canvas_mut().held = Some(Held { extends, was_playing, ..Held::new(subject, frame, hand, from) });
}

fn drag(room: &mut impl PointRoom, desk: &mut Desk, to: Pos2, is_slow: bool) {
    let Some(placement) = room.canvas().placement else { return };
    let Some(held) = &mut room.canvas_mut().held else { return };
    held.drag(to, is_slow, placement.scale() * placement.facing());
    // A point that may not be moved is let go.
    let Held { subject: Subject::Track(track, _), has_moved: true, .. } = *held else { return };
    if let Some(reason) = room.why_unmovable(track) {
        room.canvas_mut().held = None;
        desk.say(Topic::Edit, Level::Warning, reason, "");
    }
}

fn nudge(room: &mut impl PointRoom, by: Vec2) {
    let Some(size) = room.picture().map(|picture| picture.size) else { return };
    let canvas = room.canvas_mut();
    let (Some(held), Some(placement)) = (&mut canvas.held, canvas.placement) else { return };
    let by = by * placement.facing();
    held.at = SourcePoint::new(held.at.x + by.x, held.at.y + by.y);
    held.has_moved = true;
    if held.is_edited() {
        held.at = inside(held.at, size);
        // What keys move stays in sight.
        if !placement.shows(held.at) {
            canvas.view = placement.centred(held.at, placement.zoom);
        }
    }
}

/// Ends a gesture: what the point is now counts.
fn keep(room: &mut impl PointRoom, desk: &mut Desk) {
    let Some(held) = room.canvas_mut().held.take() else { return };
    let Some(size) = room.picture().map(|picture| picture.size) else { return };
    match held.subject {
        Subject::New => {
            if held.is_edited() {
                room.canvas_mut().cursor = Some(held.at);
            }
            room.add(desk, held.frame, &[held.point(size)]);
        }
        Subject::Track(track, _) if held.has_moved => {
            room.canvas_mut().selection = vec![track];
            room.correct(desk, track, held.frame, held.point(size));
        }
        Subject::Track(track, _) if held.extends => room.canvas_mut().toggle(track),
        Subject::Track(track, _) => room.canvas_mut().selection = vec![track],
    }
    go_on(room, desk, &held);
}

fn go_on(room: &mut impl PointRoom, desk: &Desk, held: &Held) {
    if held.was_playing {
        room.go_on(desk);
    }
}
