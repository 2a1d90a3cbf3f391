//! What keys, menus and gestures do to the points that are shown, whether the clip's or the camera's.

use super::framing;
use super::placing::{edit_selected, gesture, place_by_keys};
use super::point_view::{Canvas, PointRoom};
use super::seed_points::{Pattern, inside};
use super::seeding::Seeding;
use super::view::{Placement, View};
use crate::app::actions::{FrameStep, PointsAction, SeedStep};
use crate::app::desk::Desk;
use crate::app::kit::commands::Command;
use crate::app::kit::style::{GRAB_RADIUS, ZOOM_PER_NOTCH};
use crate::app::points::rows::Renaming;
use crate::tracks::TrackId;
use egui::{Pos2, Vec2, vec2};

/// Share of the canvas that one press of a key moves over.
const PAN: f32 = 0.1;

pub(crate) fn apply(room: &mut impl PointRoom, desk: &mut Desk, action: PointsAction) {
    match action {
        PointsAction::Hold(what) => gesture(room, desk, what),
        PointsAction::Seed(step) => seed(room, desk, step),
        PointsAction::Select(tracks) => room.canvas_mut().selection = tracks,
        PointsAction::Toggle(track) => room.canvas_mut().toggle(track),
        PointsAction::Hover(track) => room.canvas_mut().hovered = track,
        PointsAction::Delete(tracks) => room.delete(desk, &tracks),
        PointsAction::StartRename(track) => start_rename(room, track),
        PointsAction::EndRename { is_kept } => end_rename(room, desk, is_kept),
        PointsAction::SetView(view) => room.canvas_mut().set_view(view),
        PointsAction::Frame(step) => frame(room, step),
        PointsAction::Rule(ruling) => room.canvas_mut().ruling = ruling,
    }
}

fn frame(room: &mut impl PointRoom, step: FrameStep) {
    let size = room.picture().map(|picture| picture.size);
    let canvas = room.canvas_mut();
    match (step, &mut canvas.framing, canvas.placement, size) {
        (FrameStep::Cancel, ..) => canvas.framing = None,
        (FrameStep::Clear, Some(framing), ..) => framing.clear(),
        (FrameStep::Drag(to), Some(framing), Some(placement), Some(size)) => {
            framing.drag(framing::place(&placement, to, size));
        }
        _ => {}
    }
}

/// Runs a command on the points that are shown. Returns whether it was one of these.
pub(crate) fn run(room: &mut impl PointRoom, desk: &mut Desk, command: Command) -> bool {
    match command {
        Command::PreviousPoint => select_neighbour(room, -1),
        Command::NextPoint => select_neighbour(room, 1),
        Command::SelectAll => select_all(room),
        Command::Rename => room.canvas().selected().into_iter().for_each(|track| start_rename(room, track)),
        Command::Delete => {
            let selection = room.canvas().selection.clone();
            room.delete(desk, &selection);
        }
        Command::EditPoint => edit_selected(room, desk),
        Command::PlacePoint => place_by_keys(room, desk),
        Command::SeedGrid => seed(room, desk, SeedStep::Choose(Pattern::Grid)),
        Command::SeedRectangle => seed(room, desk, SeedStep::Choose(Pattern::Rectangle)),
        Command::SeedLasso => seed(room, desk, SeedStep::Choose(Pattern::Lasso)),
        _ => return room.canvas_mut().navigate(command, desk.ctx.pixels_per_point()),
    }
    true
}

fn seed(room: &mut impl PointRoom, desk: &mut Desk, step: SeedStep) {
    let Some(size) = room.picture().map(|picture| picture.size) else { return };
    let frame = room.frame();
    let canvas = room.canvas_mut();
    let Some(placement) = canvas.placement else { return };
    let place = |at: Pos2| inside(placement.source(at), size);
    match step {
        SeedStep::Choose(pattern) => {
            canvas.held = None;
            match &mut canvas.seeding {
                Some(seeding) if seeding.pattern == pattern => canvas.seeding = None,
                Some(seeding) => seeding.pattern = pattern,
                None => canvas.seeding = Some(Seeding::new(pattern, size)),
            }
        }
        SeedStep::Cancel => canvas.seeding = None,
        SeedStep::Commit => {
            if let Some(frame) = frame
                && let Some(seeding) = canvas.seeding.take_if(|seeding| seeding.can_be_added())
                && !room.add(desk, frame, &seeding.points)
            {
                room.canvas_mut().seeding = Some(seeding);
            }
            return;
        }
        _ => {}
    }
    let Some(seeding) = &mut canvas.seeding else { return };
    match step {
        SeedStep::Across(across) => seeding.across = across,
        SeedStep::Spacing(spacing_px) => seeding.spacing_px = spacing_px,
        SeedStep::Press { at, adds } => seeding.press(at, place(at), adds),
        SeedStep::Drag { to } => seeding.drag(to, place(to)),
        SeedStep::Release => seeding.release(GRAB_RADIUS / placement.zoom),
        SeedStep::Choose(_) | SeedStep::Commit | SeedStep::Cancel => {}
    }
    seeding.lay_out(size);
}

/// Selects every point; the one that was meant stays meant.
fn select_all(room: &mut impl PointRoom) {
    let (ids, meant) = (room.ids(), room.canvas().selected());
    room.canvas_mut().selection = ids.into_iter().filter(|id| Some(*id) != meant).chain(meant).collect();
}

/// Selects the point before or after the one that is meant.
fn select_neighbour(room: &mut impl PointRoom, by: isize) {
    let next = neighbour(&room.order(), room.canvas().selected(), by);
    room.canvas_mut().selection = next.into_iter().collect();
}

/// The point so many places after the one that is meant, or before it; without one, the first or the last.
fn neighbour(ids: &[TrackId], meant: Option<TrackId>, by: isize) -> Option<TrackId> {
    let at = meant.and_then(|meant| ids.iter().position(|id| *id == meant));
    let next = match at {
        Some(at) => ids.get(at.saturating_add_signed(by).min(ids.len().saturating_sub(1))),
        None if by < 0 => ids.last(),
        None => ids.first(),
    };
    next.copied()
}

fn start_rename(room: &mut impl PointRoom, track: TrackId) {
    let name = room.track(track).map(|track| track.name.clone());
    let list = room.list_mut();
    list.reveal(track);
    list.renaming = name.map(|text| Renaming { track, text, needs_focus: true });
}

fn end_rename(room: &mut impl PointRoom, desk: &mut Desk, is_kept: bool) {
    let Some(Renaming { track, text, .. }) = room.list_mut().renaming.take() else { return };
    let name = text.trim();
    if is_kept && !name.is_empty() && room.track(track).is_some_and(|track| track.name != name) {
        room.rename(desk, track, name.to_owned());
    }
}

impl Canvas {
    /// Runs one of the commands that move the view. Returns whether it was one.
    fn navigate(&mut self, command: Command, pixels_per_point: f32) -> bool {
        let Some(placement) = self.placement else { return false };
        let centre = placement.canvas.center();
        match command {
            Command::ZoomIn => self.view = placement.zoomed(centre, ZOOM_PER_NOTCH),
            Command::ZoomOut => self.view = placement.zoomed(centre, 1.0 / ZOOM_PER_NOTCH),
            Command::ActualSize => self.view = placement.actual_size(pixels_per_point),
            Command::Fit => (self.view, self.follows) = (View::Fit, false),
            Command::ZoomSelection => self.zoom_to_selection(&placement),
            Command::Follow => self.follows ^= true,
            Command::PanLeft => self.pan(vec2(PAN, 0.0), &placement),
            Command::PanRight => self.pan(vec2(-PAN, 0.0), &placement),
            Command::PanUp => self.pan(vec2(0.0, PAN), &placement),
            Command::PanDown => self.pan(vec2(0.0, -PAN), &placement),
            _ => return false,
        }
        true
    }

    /// Changes the view by hand. Who moves the picture away no longer wants to follow.
    fn set_view(&mut self, view: View) {
        let is_other = |zoom: f32, now: &Placement| zoom.to_bits() != now.zoom.to_bits();
        let zooms = matches!((view, &self.placement), (View::Free { zoom, .. }, Some(now)) if is_other(zoom, now));
        self.follows &= zooms;
        self.view = view;
    }

    fn pan(&mut self, share: Vec2, placement: &Placement) {
        self.set_view(placement.panned(share * placement.canvas.size()));
    }

    fn zoom_to_selection(&mut self, placement: &Placement) {
        let selected = self.scene.get().markers.iter().filter(|marker| self.is_selected(marker.track));
        let points: Vec<_> = selected.map(|marker| marker.point).collect();
        if let Some(view) = placement.framed(&points) {
            self.view = view;
        }
    }

    /// Keeps the selected point in the middle of the canvas.
    pub(crate) fn follow(&mut self) {
        if !self.follows {
            return;
        }
        let Some((track, placement)) = self.selected().zip(self.placement) else { return };
        if let Some(point) = self.marker(track).map(|marker| marker.point) {
            // What the user has chosen since the picture was last placed counts.
            let zoom = if let View::Free { zoom, .. } = self.view { zoom } else { placement.zoom };
            self.view = placement.centred(point, zoom);
        }
    }
}
