//! The clip that is open, with everything that the window remembers of it.

use super::autosaver::Autosaver;
use super::player::Player;
use super::project_jobs::Projects;
use super::timeline::scale::Range;
use super::timeline::state::Timeline;
use crate::app::canvas::look::Look;
use crate::app::canvas::painter::PictureSlot;
use crate::app::canvas::pictures::Pictures;
use crate::app::canvas::point_view::{Canvas, Picture, PointView};
use crate::app::measure::commands::Measuring;
use crate::app::points::rows::PointsList;
use crate::geometry::FrameIndex;
use crate::overlay::OverlayStyle;
use crate::session::{Movement, Session};
use crate::sync::{Generation, LatestSlot};
use crate::tracks::{ImportedTrack, TrackId, TrackStore};
use std::sync::Arc;

/// What was read from a table, or why not; the outer error is a reader that broke off.
pub(super) type Importing = LatestSlot<Result<Result<Vec<ImportedTrack>, String>, String>>;

/// Hints that are shown once.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hints {
    /// A run has finished, and the user has not been told what to do next.
    pub(crate) has_tracked: bool,
    /// The user knows.
    pub(crate) has_moved_on: bool,
}

pub(crate) struct ClipRoom {
    pub(crate) session: Session,
    pub(crate) pictures: Pictures,
    pub(crate) player: Player,
    /// The first and the last frame that loops and exports keep to; the whole clip where `None`.
    pub(crate) range: Option<Range>,
    pub(crate) timeline: Timeline,
    pub(crate) canvas: Canvas,
    pub(crate) list: PointsList,
    pub(crate) measuring: Measuring,
    /// Where there are some, the view shows these points and no others.
    pub(crate) solo: Vec<TrackId>,
    /// Whether points that are added are followed both ways in time.
    pub(crate) goes_both_ways: bool,
    pub(crate) hints: Hints,
    pub(crate) projects: Projects,
    pub(crate) autosaver: Autosaver,
    pub(super) importing: Option<Importing>,
}

impl ClipRoom {
    pub(crate) fn new(session: Session, pictures: Pictures, autosaver: Autosaver) -> Self {
        Self {
            session,
            pictures,
            player: Player::default(),
            range: None,
            timeline: Timeline::default(),
            canvas: Canvas::default(),
            list: PointsList::default(),
            measuring: Measuring::default(),
            solo: Vec::new(),
            goes_both_ways: false,
            hints: Hints::default(),
            projects: Projects::default(),
            autosaver,
            importing: None,
        }
    }

    pub(crate) fn generation(&self) -> Option<Generation> {
        self.session.clip().map(crate::session::Clip::generation)
    }

    /// The frame on the screen, or the playhead before there is one.
    pub(crate) fn meant_frame(&self) -> FrameIndex {
        self.frame().unwrap_or(self.player.playhead)
    }

    pub(crate) fn is_tracking(&self) -> bool {
        self.session.clip().is_some_and(|clip| clip.num_active_runs() > 0)
    }

    /// Brings what is drawn over the picture up to date.
    pub(crate) fn prepare_scene(&mut self, look: &Look) {
        let style = OverlayStyle { only: self.solo.clone(), ..self.canvas.styled(look.overlay()) };
        match (self.session.clip(), self.frame()) {
            (Some(clip), Some(frame)) => self.canvas.scene.update(clip.tracks(), frame, style),
            _ => self.canvas.scene = crate::app::canvas::point_view::CachedScene::default(),
        }
        self.canvas.follow();
    }

    /// Shows the picture with or without its colours.
    pub(crate) fn set_grey(&mut self, is_grey: bool) {
        if self.pictures.set_grey(is_grey) != is_grey {
            // The frame comes once more, converted anew on the reader's thread.
            let movement = if self.player.is_playing() { Movement::Play } else { Movement::Forward };
            self.session.show(self.player.playhead, movement);
        }
    }

    /// Takes points that are gone out of everything that points at them.
    pub(super) fn forget(&mut self, is_gone: impl Fn(TrackId) -> bool) {
        self.canvas.forget(&is_gone);
        self.list.forget(&is_gone);
        self.solo.retain(|track| !is_gone(*track));
    }
}

impl PointView for ClipRoom {
    fn canvas(&self) -> &Canvas {
        &self.canvas
    }

    fn picture(&self) -> Option<Picture<'_>> {
        let (image, size) = self.pictures.image()?;
        let pixel_aspect = self.session.clip().map_or(1.0, |clip| clip.info().pixel_aspect);
        Some(Picture { slot: PictureSlot::Clip, image, size, pixel_aspect, is_mirrored: false })
    }

    fn tracks(&self) -> Option<&Arc<TrackStore>> {
        self.session.clip().map(crate::session::Clip::tracks)
    }

    fn frame(&self) -> Option<FrameIndex> {
        self.pictures.shown_frame(self.generation())
    }

    fn spoken(&self) -> String {
        match (self.session.clip(), self.frame()) {
            (Some(clip), Some(shown)) => {
                let (first, last) = clip.info().numbers();
                format!("Video, frame {} of {first} to {last}", clip.info().number(shown))
            }
            (Some(_), None) => "Video, loading".to_owned(),
            (None, _) => "Video, no clip".to_owned(),
        }
    }
}
