//! What is drawn on the timeline's bed, pixel column by pixel column.

use super::digest::Digest;
use super::scale::Scale;
use crate::app::clip::room::ClipRoom;
use crate::app::kit::style::Tokens;
use crate::geometry::FrameIndex;
use crate::overlay::Palette;
use crate::session::Clip;
use egui::epaint::Mesh;
use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, pos2, vec2};

/// Marks of corrections and problems stand in this much room at the top.
const MARKS_HEIGHT: f32 = 10.0;
/// The line of frames in memory.
const CACHED_HEIGHT: f32 = 3.0;

/// The part of a column that shows tracks.
fn tracked_rows(scale: &Scale) -> (f32, f32) {
    (scale.bed.top() + MARKS_HEIGHT, scale.bed.bottom() - CACHED_HEIGHT - 3.0)
}

pub(super) fn paint(painter: &Painter, scale: &Scale, clip: &Clip, room: &ClipRoom, palette: Palette, tokens: &Tokens) {
    let digest = room.timeline.digest();
    painter.add(tracked(scale, digest, tokens));
    for (first, last) in &clip.reader_status().cached {
        let rect = scale.band(*first, *last, scale.bed.bottom() - CACHED_HEIGHT - 1.0, CACHED_HEIGHT);
        painter.rect_filled(rect, 0.0, tokens.cached);
    }
    for stretch in room.timeline.findings.missing.chunk_by(|a, b| a.0 + 1 == b.0) {
        if let [first, .., last] | [first @ last] = stretch {
            let rect = scale.band(*first, *last, scale.bed.bottom() - CACHED_HEIGHT - 2.0, CACHED_HEIGHT + 2.0);
            painter.rect_filled(rect, 0.0, tokens.error);
        }
    }
    for frame in &room.timeline.findings.cuts {
        cut(painter, scale.left(frame.get()), scale.bed.y_range(), tokens);
    }
    placed(painter, scale, digest, palette, tokens);
    if let Some(track) = room.canvas.selected().and_then(|id| clip.tracks().track(id)) {
        placed_tick(painter, scale, track.query.frame, colour_of(palette, track.colour), 4.0, tokens);
    }
    let y = scale.bed.top() + MARKS_HEIGHT / 2.0;
    for x in apart(scale, digest.problems.iter().map(|problem| problem.first), 3.0) {
        triangle(painter, pos2(x, y), tokens.warning);
    }
    for x in apart(scale, digest.corrected.iter().copied(), 3.0) {
        diamond(painter, pos2(x, y), 4.0, tokens.text);
    }
}

/// Stacked: visible tracks at the bottom, hidden ones on top of them, as shares of all tracks.
fn tracked(scale: &Scale, digest: &Digest, tokens: &Tokens) -> Shape {
    let (top, bottom) = tracked_rows(scale);
    let unit = (bottom - top) / digest.num_tracks.max(1) as f32;
    let mut mesh = Mesh::default();
    for (first, last) in scale.columns() {
        let (samples, hidden) = digest.mean((first, last));
        if samples <= 0.0 {
            continue;
        }
        // A single track among many is still seen.
        let height = |count: f32| if count > 0.0 { (count * unit).max(1.0) } else { 0.0 };
        let visible_top = bottom - height(samples - hidden);
        let hidden_top = (visible_top - height(hidden)).max(top);
        let (left, right) = (scale.left(first), scale.left(last + 1));
        mesh.add_colored_rect(Rect::from_x_y_ranges(left..=right, visible_top..=bottom), tokens.tracked);
        if hidden > 0.0 {
            let rect = Rect::from_x_y_ranges(left..=right, hidden_top..=visible_top);
            mesh.add_colored_rect(rect, hidden_colour(tokens));
        }
    }
    Shape::mesh(mesh)
}

/// Tracked, but hidden.
pub(super) fn hidden_colour(tokens: &Tokens) -> Color32 {
    tokens.sunken.lerp_to_gamma(tokens.tracked, 0.4)
}

fn placed(painter: &Painter, scale: &Scale, digest: &Digest, palette: Palette, tokens: &Tokens) {
    let mut free_from = f32::NEG_INFINITY;
    for (frame, colour) in digest.placed.iter().filter(|(frame, _)| scale.shows(*frame)) {
        let x = scale.middle(*frame);
        if x >= free_from {
            placed_tick(painter, scale, *frame, colour_of(palette, *colour), 2.0, tokens);
            free_from = x + 2.0;
        }
    }
}

fn placed_tick(painter: &Painter, scale: &Scale, frame: FrameIndex, colour: Color32, width: f32, tokens: &Tokens) {
    let x = scale.middle(frame);
    let (top, bottom) = tracked_rows(scale);
    let line = [pos2(x, top - 1.0), pos2(x, bottom + 1.0)];
    painter.line_segment(line, Stroke::new(width + 3.0, tokens.sunken));
    painter.line_segment(line, Stroke::new(width, colour));
}

pub(super) fn colour_of(palette: Palette, place: usize) -> Color32 {
    let colour = palette.colour(place);
    Color32::from_rgb(colour.r, colour.g, colour.b)
}

/// Where frames in order stand, without those that would lie on one another.
pub(super) fn apart(scale: &Scale, frames: impl Iterator<Item = FrameIndex>, distance: f32) -> Vec<f32> {
    let mut places: Vec<f32> = Vec::new();
    for x in frames.filter(|frame| scale.shows(*frame)).map(|frame| scale.middle(frame)) {
        if places.last().is_none_or(|last| x - last >= distance) {
            places.push(x);
        }
    }
    places
}

/// A cut: a line between two frames, dashed so that it is none of the ticks.
pub(super) fn cut(painter: &Painter, x: f32, y: egui::Rangef, tokens: &Tokens) {
    let line = [pos2(x, y.min + 1.0), pos2(x, y.max - 1.0)];
    painter.line_segment(line, Stroke::new(3.5, tokens.sunken));
    painter.extend(Shape::dashed_line(&line, Stroke::new(1.5, tokens.text), 4.0, 2.5));
}

/// A correction.
pub(super) fn diamond(painter: &Painter, at: Pos2, radius: f32, colour: Color32) {
    let corners = [vec2(0.0, -radius), vec2(radius, 0.0), vec2(0.0, radius), vec2(-radius, 0.0)];
    painter.add(Shape::convex_polygon(corners.map(|corner| at + corner).into(), colour, Stroke::NONE));
}

/// A problem.
pub(super) fn triangle(painter: &Painter, at: Pos2, colour: Color32) {
    let corners = [vec2(0.0, -3.5), vec2(4.0, 3.5), vec2(-4.0, 3.5)];
    painter.add(Shape::convex_polygon(corners.map(|corner| at + corner).into(), colour, Stroke::NONE));
}
