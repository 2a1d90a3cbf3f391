//! What canvas, list and magnifier need of whatever shows points: the clip, or the camera.

use super::framing::Framing;
use super::loupe::Target;
use super::marks::Ruling;
use super::painter::PictureSlot;
use super::seeding::Seeding;
use super::view::{Placement, View};
use crate::app::desk::Desk;
use crate::app::points::rows::PointsList;
use crate::geometry::{FrameIndex, Size, SourcePoint};
use crate::overlay::{Marker, OverlayStyle, Scene, scene};
use crate::tracks::{Track, TrackId, TrackStore};
use egui::{ColorImage, Pos2, vec2};
use std::sync::Arc;

#[derive(Clone, Copy)]
pub(crate) struct Picture<'a> {
    pub(crate) slot: PictureSlot,
    /// Its pixels, perhaps thinned out for the renderer.
    pub(crate) image: &'a Arc<ColorImage>,
    /// In source pixels.
    pub(crate) size: Size,
    /// Width of a pixel by its height.
    pub(crate) pixel_aspect: f64,
    /// Shown with left and right exchanged.
    pub(crate) is_mirrored: bool,
}

/// Points on a picture, to be looked at.
pub(crate) trait PointView {
    fn canvas(&self) -> &Canvas;

    /// `None` before there is one.
    fn picture(&self) -> Option<Picture<'_>>;

    fn tracks(&self) -> Option<&Arc<TrackStore>>;

    /// The frame on the screen, as the tracks count it.
    fn frame(&self) -> Option<FrameIndex>;

    /// The picture in words, for a screen reader.
    fn spoken(&self) -> String;

    fn track(&self, id: TrackId) -> Option<&Track> {
        self.tracks()?.track(id)
    }

    /// Every point, in the order in which they were added.
    fn ids(&self) -> Vec<TrackId> {
        self.tracks().map_or_else(Vec::new, |tracks| tracks.tracks().map(|track| track.id).collect())
    }

    fn num_points(&self) -> usize {
        self.tracks().map_or(0, |tracks| tracks.len())
    }

    /// The selected point, magnified, or why there is none to be seen.
    fn magnified(&self) -> Result<(&str, Target<'_>), &'static str> {
        let canvas = self.canvas();
        let id = canvas.selected().ok_or("Select a point to see it magnified here.")?;
        let missing = "The selected point has no position on this frame.";
        let point = canvas.marker(id).map(|marker| marker.point).ok_or(missing)?;
        let Picture { image, size, .. } = self.picture().ok_or(missing)?;
        let name = self.track(id).map_or("", |track| track.name.as_str());
        let scale = canvas.placement.map_or(vec2(1.0, 1.0), |placement| placement.pixel);
        Ok((name, Target { image, size, point, at: Pos2::ZERO, scale }))
    }
}

/// Points on a picture, to be placed, moved and named.
pub(crate) trait PointRoom: PointView {
    fn canvas_mut(&mut self) -> &mut Canvas;

    fn list_mut(&mut self) -> &mut PointsList;

    /// Points in the order in which keys go through them.
    fn order(&self) -> Vec<TrackId>;

    /// Adds points on a frame and selects them, unless they are many. Returns whether that went well.
    fn add(&mut self, desk: &mut Desk, frame: FrameIndex, points: &[SourcePoint]) -> bool;

    /// Moves a point by hand.
    fn correct(&mut self, desk: &mut Desk, track: TrackId, frame: FrameIndex, point: SourcePoint);

    fn delete(&mut self, desk: &mut Desk, tracks: &[TrackId]);

    fn rename(&mut self, desk: &mut Desk, track: TrackId, name: String);

    /// Why a point cannot be moved, if so.
    fn why_unmovable(&self, _track: TrackId) -> Option<String> {
        None
    }

    /// Stops at a frame while a point is held there. Returns whether that ended a movement.
    fn stop_at(&mut self, _desk: &Desk, _frame: FrameIndex) -> bool {
        false
    }

    /// Goes on after that.
    fn go_on(&mut self, _desk: &Desk) {}
}

/// How points on a picture are looked at and handled.
#[derive(Default)]
pub(crate) struct Canvas {
    pub(crate) view: View,
    /// Where the picture stood when it was last drawn.
    pub(crate) placement: Option<Placement>,
    /// Whether the view keeps the selected point in its middle.
    pub(crate) follows: bool,
    /// The selected points in the order in which they were selected; the last one is the one that is meant.
    pub(crate) selection: Vec<TrackId>,
    pub(crate) hovered: Option<TrackId>,
    /// The point that is being placed or moved.
    pub(crate) held: Option<super::held::Held>,
    /// Where a point was last placed by keys.
    pub(crate) cursor: Option<SourcePoint>,
    /// Points that are being laid out.
    pub(crate) seeding: Option<Seeding>,
    /// A part of the picture that is being chosen.
    pub(crate) framing: Option<Framing>,
    /// Marks of scale and axes that are being set.
    pub(crate) ruling: Option<Ruling>,
    pub(crate) scene: CachedScene,
}

impl Canvas {
    /// Ends whatever is under way on it.
    pub(crate) fn let_go(&mut self) {
        (self.held, self.seeding, self.framing, self.ruling) = (None, None, None, None);
    }

    /// The point that commands for one point act on: the one selected last.
    pub(crate) fn selected(&self) -> Option<TrackId> {
        self.selection.last().copied()
    }

    pub(crate) fn is_selected(&self, track: TrackId) -> bool {
        self.selection.contains(&track)
    }

    /// Adds a point to the selection, or takes it out.
    pub(crate) fn toggle(&mut self, track: TrackId) {
        if self.is_selected(track) {
            self.selection.retain(|other| *other != track);
        } else {
            self.selection.push(track);
        }
    }

    /// Takes points that are gone out of what points at them.
    pub(crate) fn forget(&mut self, is_gone: impl Fn(TrackId) -> bool) {
        self.selection.retain(|track| !is_gone(*track));
        self.hovered.take_if(|track| is_gone(*track));
    }

    /// Where a point is drawn.
    pub(crate) fn marker(&self, track: TrackId) -> Option<&Marker> {
        self.scene.get().marker(track)
    }

    /// A style with what is selected and pointed at here.
    pub(crate) fn styled(&self, style: OverlayStyle) -> OverlayStyle {
        OverlayStyle { selected: self.selection.clone(), hovered: self.hovered, ..style }
    }
}

/// The scene with what it was made from.
#[derive(Default)]
pub(crate) struct CachedScene {
    from: Option<(Arc<TrackStore>, FrameIndex, OverlayStyle)>,
    scene: Scene,
}

impl CachedScene {
    /// Makes the scene anew, if anything has changed.
    pub(crate) fn update(&mut self, tracks: &Arc<TrackStore>, frame: FrameIndex, style: OverlayStyle) {
        let is_same = |(t, f, s): &(Arc<TrackStore>, FrameIndex, OverlayStyle)| {
            Arc::ptr_eq(t, tracks) && *f == frame && *s == style
        };
        if self.from.as_ref().is_some_and(is_same) {
            return;
        }
        self.scene = scene(tracks, frame, &style);
        self.from = Some((Arc::clone(tracks), frame, style));
    }

    pub(crate) fn get(&self) -> &Scene {
        &self.scene
    }
}
