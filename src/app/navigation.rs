//! Moving the view by keys: to the selected points, with them, and over the picture.

use super::keys::Command;
use super::state::State;
use super::view::{Placement, View};
use egui::{Vec2, vec2};

/// Share of the canvas that one press of a key moves over.
const PAN: f32 = 0.1;

impl State {
    /// Runs one of the commands that move the view.
    pub(super) fn navigate(&mut self, command: Command) {
        match command {
            Command::ZoomSelection => self.zoom_to_selection(),
            Command::Follow => self.aids.follows = !self.aids.follows,
            Command::PanLeft => self.pan(vec2(PAN, 0.0)),
            Command::PanRight => self.pan(vec2(-PAN, 0.0)),
            Command::PanUp => self.pan(vec2(0.0, PAN)),
            Command::PanDown => self.pan(vec2(0.0, -PAN)),
            _ => {}
        }
    }

    /// Changes the view by hand. Who moves the picture away no longer wants to follow.
    pub(super) fn set_view(&mut self, view: View) {
        let is_other = |zoom: f32, now: &Placement| zoom.to_bits() != now.zoom.to_bits();
        let zooms = matches!((view, &self.placement), (View::Free { zoom, .. }, Some(now)) if is_other(zoom, now));
        self.aids.follows &= zooms;
        self.view = view;
    }

    fn pan(&mut self, share: Vec2) {
        if let Some(placement) = self.placement {
            self.set_view(placement.panned(share * placement.canvas_size()));
        }
    }

    fn zoom_to_selection(&mut self) {
        let selected = self.scene.get().markers.iter().filter(|marker| self.is_selected(marker.track));
        let points: Vec<_> = selected.map(|marker| marker.point).collect();
        if let Some(view) = self.placement.and_then(|placement| placement.framed(&points)) {
            self.view = view;
        }
    }

    /// Keeps the selected point in the middle of the canvas.
    pub(super) fn follow(&mut self) {
        if !self.aids.follows {
            return;
        }
        let Some((track, placement)) = self.selected().zip(self.placement) else { return };
        if let Some(marker) = self.scene.get().marker(track) {
            // What the user has chosen since the picture was last placed counts.
            let zoom = if let View::Free { zoom, .. } = self.view { zoom } else { placement.zoom };
            self.view = View::Free { zoom, centre: marker.point };
        }
    }
}
