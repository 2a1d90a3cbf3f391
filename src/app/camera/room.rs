//! The camera, if one is open, with everything that the window remembers of it.

use super::chooser::{Cameras, Chooser};
use super::last_stream::LastStream;
use super::send_choice::SendChoice;
use super::view::{LiveView, Shown};
use crate::app::canvas::look::Look;
use crate::app::canvas::painter::PictureSlot;
use crate::app::canvas::pictures::Converter;
use crate::app::canvas::point_view::{Canvas, Picture, PointRoom, PointView};
use crate::app::desk::Desk;
use crate::app::points::rows::{MAX_SELECTED, PointsList};
use crate::geometry::{FrameIndex, SourcePoint};
use crate::media::CameraRequest;
use crate::overlay::{MarkerState, OverlayStyle};
use crate::session::{LiveCommand, LiveSession, LiveSpeed, Repaint};
use crate::sync::LatestSlot;
use crate::tracker::PointState;
use crate::tracks::{TrackId, TrackStore};
use std::path::PathBuf;
use std::sync::Arc;

type Writing = LatestSlot<Result<Result<PathBuf, String>, String>>;

pub(crate) struct CameraRoom {
    pub(crate) view: Option<LiveView>,
    pub(crate) canvas: Canvas,
    pub(crate) list: PointsList,
    pub(crate) chooser: Chooser,
    pub(super) convert: Converter,
    /// Streams that end; told of until they have.
    pub(super) closing: Vec<LiveSession>,
    pub(crate) last: LastStream,
    /// Opened as soon as they have: a camera serves one at a time.
    pub(super) wanted: Option<CameraRequest>,
    pub(crate) is_mirrored: bool,
    /// How exactly points are followed, with the next camera, too.
    pub(crate) speed: LiveSpeed,
    /// Where points are sent, with the next camera, too.
    pub(crate) send_to: SendChoice,
    /// Pictures that are being written.
    pub(super) snapshots: Vec<Writing>,
}

impl CameraRoom {
    pub(crate) fn new(cameras: Cameras, convert: Converter, repaint: &Repaint) -> Self {
        let chooser = Chooser::new(cameras);
        Self {
            view: None,
            canvas: Canvas::default(),
            list: PointsList::default(),
            last: LastStream::look(chooser.cameras.streams.clone(), repaint),
            chooser,
            convert,
            closing: Vec::new(),
            wanted: None,
            is_mirrored: false,
            speed: LiveSpeed::default(),
            send_to: SendChoice::default(),
            snapshots: Vec::new(),
        }
    }

    /// Whether the camera stands where a clip would be.
    pub(crate) fn is_open(&self) -> bool {
        self.view.is_some() || self.wanted.is_some()
    }

    pub(crate) fn on_screen(&self) -> Option<&Shown> {
        self.view.as_ref()?.on_screen.as_ref()
    }

    /// Whether the camera that is open has followed points that are in no file of the user's.
    pub(crate) fn is_unexported(&self) -> bool {
        self.view.as_ref().is_some_and(|view| !view.log().is_settled())
    }

    /// The user has exported the tracks of the camera that is open, or wants no more of them; it is to be closed.
    pub(crate) fn settle(&mut self) {
        if let Some(view) = &mut self.view {
            view.log().settle();
            view.is_given_up = true;
        }
    }

    /// The program ends.
    pub(crate) fn end(&self) {
        if let Some(view) = &self.view {
            view.forget_if_given_up();
        }
    }

    /// Takes in the newest picture: forgets points that are gone, and selects those that the user has added.
    pub(super) fn update_picture(&mut self) {
        let Some(view) = &mut self.view else { return };
        let Some(added) = view.update_picture() else { return };
        // An earlier frame may not know a point yet.
        if let Some(shown) = view.on_screen.as_ref().filter(|shown| shown.is_newest()) {
            let tracks = Arc::clone(&shown.tracks);
            let is_gone = |id: TrackId| tracks.track(id).is_none();
            self.canvas.forget(is_gone);
            self.list.forget(is_gone);
        }
        // Rings around hundreds of points would hide what they stand on.
        if added.len() <= MAX_SELECTED {
            self.canvas.selection.extend(added);
        }
    }

    /// Brings what is drawn over the picture, and the list, up to date.
    pub(crate) fn prepare_scene(&mut self, look: &Look) {
        let Some(view) = &self.view else { return };
        let states = view.points().states.iter();
        let states = states.filter_map(|(id, state)| Some((*id, resting_marker(*state)?))).collect();
        let style = OverlayStyle { states, ..self.canvas.styled(look.overlay()) };
        if let Some(shown) = &view.on_screen {
            self.canvas.scene.update(&shown.tracks, shown.at, style);
            self.list.set_points(shown.tracks.tracks().map(|track| track.id));
        }
        self.canvas.follow();
    }

    pub(super) fn send(&self, command: LiveCommand) {
        if let Some(view) = &self.view {
            view.send(command);
        }
    }

    pub(super) fn is_selection_parked(&self) -> bool {
        let is_parked =
            |id: &TrackId| self.view.as_ref().is_some_and(|view| view.points().state(*id) == Some(PointState::Parked));
        self.canvas.selection.iter().all(is_parked)
    }
}

/// What the marker of a point that is not followed looks like; the others are as their samples say.
pub(super) fn resting_marker(state: PointState) -> Option<MarkerState> {
    match state {
        PointState::Followed => None,
        PointState::Lost => Some(MarkerState::Lost),
        PointState::Joining | PointState::Parked => Some(MarkerState::Pending),
    }
}

impl PointView for CameraRoom {
    fn canvas(&self) -> &Canvas {
        &self.canvas
    }

    fn picture(&self) -> Option<Picture<'_>> {
        let shown = self.on_screen()?;
        let (image, size, is_mirrored) = (&shown.image, shown.frame.size(), self.is_mirrored);
        Some(Picture { slot: PictureSlot::Camera, image, size, pixel_aspect: 1.0, is_mirrored })
    }

    fn tracks(&self) -> Option<&Arc<TrackStore>> {
        self.on_screen().map(|shown| &shown.tracks)
    }

    fn frame(&self) -> Option<FrameIndex> {
        self.on_screen().map(|shown| shown.at)
    }

    fn spoken(&self) -> String {
        let Some((view, shown)) = self.view.as_ref().zip(self.on_screen()) else {
            return "Camera, no picture yet".to_owned();
        };
        let place = |id: TrackId| {
            let point = self.canvas.marker(id)?.point;
            let name = &shown.tracks.track(id)?.name;
            Some(format!(", {name} selected at {:.1}, {:.1}", point.x, point.y))
        };
        let selected = self.canvas.selected().and_then(place).unwrap_or_default();
        let frozen = if view.is_frozen { ", frozen" } else { "" };
        format!("Camera, frame {}{frozen}, points: {}{selected}", shown.frame.index, shown.tracks.len())
    }
}

/// Points are placed and moved on the picture that is on the screen at the end of the gesture.
impl PointRoom for CameraRoom {
    fn canvas_mut(&mut self) -> &mut Canvas {
        &mut self.canvas
    }

    fn list_mut(&mut self) -> &mut PointsList {
        &mut self.list
    }

    fn order(&self) -> Vec<TrackId> {
        self.ids()
    }

    /// They are selected when they have come.
    fn add(&mut self, _desk: &mut Desk, _frame: FrameIndex, points: &[SourcePoint]) -> bool {
        let Some(number) = self.on_screen().map(|shown| shown.frame.index) else { return false };
        self.canvas.selection.clear();
        if let Some(view) = &mut self.view {
            view.awaits_points = true;
        }
        self.send(LiveCommand::Add(Some(number), points.to_vec()));
        true
    }

    fn correct(&mut self, _desk: &mut Desk, track: TrackId, _frame: FrameIndex, point: SourcePoint) {
        if let Some(shown) = self.on_screen() {
            self.send(LiveCommand::Move(track, Some(shown.frame.index), point));
        }
    }

    fn delete(&mut self, _desk: &mut Desk, tracks: &[TrackId]) {
        self.canvas.selection.retain(|id| !tracks.contains(id));
        self.send(LiveCommand::Delete(tracks.to_vec()));
    }

    fn rename(&mut self, _desk: &mut Desk, track: TrackId, name: String) {
        self.send(LiveCommand::Rename(track, name));
    }
}
