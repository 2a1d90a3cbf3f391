//! What is drawn on the timeline's bed.

use super::GAP;
use super::scale::Scale;
use crate::app::state::State;
use crate::app::style::Tokens;
use crate::session::Clip;
use egui::{Painter, Stroke, pos2};

/// Draws the bands and the ticks.
pub(super) fn paint(painter: &Painter, scale: &Scale, clip: &Clip, state: &State, tokens: &Tokens) {
    let bed = scale.bed;
    let tracks = clip.tracks();
    for run in tracks.runs() {
        if let Some((first, last)) = run.covered() {
            painter.rect_filled(scale.band(first, last, bed.top() + GAP, bed.height() - 12.0), 1.0, tokens.tracked);
        }
    }
    for (first, last) in &clip.reader_status().cached {
        painter.rect_filled(scale.band(*first, *last, bed.bottom() - 4.0, 3.0), 0.0, tokens.cached);
    }
    for track in tracks.tracks() {
        let x = scale.middle(track.query.frame);
        let colour = state.overlay.palette.colour(track.colour);
        let colour = egui::Color32::from_rgb(colour.r, colour.g, colour.b);
        let is_selected = state.is_selected(track.id);
        let (width, casing) = if is_selected { (4.0, 8.0) } else { (2.0, 4.0) };
        let line = [pos2(x, bed.top() + 2.0), pos2(x, bed.bottom() - 6.0)];
        painter.line_segment(line, Stroke::new(casing, tokens.sunken));
        painter.line_segment(line, Stroke::new(width, colour));
    }
}
