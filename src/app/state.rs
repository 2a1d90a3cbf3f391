//! Everything the window shows. Changed only by actions and by what the session reports.

use super::autosaver::Autosaver;
use super::controls::Availability;
use super::dialogs::{Dialogs, FileDialogs};
use super::export::ExportPanel;
use super::importing::Importing;
use super::keys::{Command, Menu, binding};
use super::live::Live;
use super::log_panel::LogPanel;
use super::look::{Aids, Look};
use super::memory::Memory;
use super::model_panel::{ModelPanel, ready};
use super::palette::Palette;
use super::pictures::Pictures;
use super::placing::Held;
use super::player::Player;
use super::points::PointsList;
use super::project::{Leave, Projects};
use super::properties::Properties;
use super::recent::Missing;
use super::seeding::Seeding;
use super::stats::FrameTimes;
use super::timeline::{Range, Timeline};
use super::toasts::Toasts;
use super::view::{Placement, View};
use crate::calibration::Probability;
use crate::geometry::{FrameIndex, Size};
use crate::overlay::{OverlayStyle, Scene, scene};
use crate::project::Places;
use crate::session::{ModelInfo, Repaint, Session};
use crate::sync::Generation;
use crate::tracks::{TrackId, TrackStore};
use std::path::PathBuf;
use std::sync::Arc;

/// What is known of the network.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ModelStatus {
    Loading,
    Ready(Box<ModelInfo>),
    Failed(String),
}

/// A name that is being edited.
#[derive(Clone, Debug)]
pub(super) struct Renaming {
    pub(super) track: TrackId,
    pub(super) text: String,
    pub(super) needs_focus: bool,
}

/// What a typed path is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PathPurpose {
    Open,
    /// It is a table of points or tracks for the clip.
    Import,
    /// The project is written there.
    Save,
    /// It is the clip of the project that is being opened.
    Locate,
    /// Recordings go into this folder.
    Recordings,
}

/// A dialog of the app's own.
#[derive(Clone, Debug)]
pub(super) enum Prompt {
    /// Asks for a path by typing.
    Path { text: String, note: String, needs_focus: bool, purpose: PathPurpose },
    /// Asks what becomes of unsaved work.
    Unsaved(Leave),
    /// Asks what becomes of the tracks of the camera that is open.
    LiveTracks(Leave),
    /// Asks whether a file may be replaced.
    ReplaceFile(PathBuf),
    /// Asks where the clip of a project is.
    Relink,
    /// What the clip is, and how it is read.
    Properties(Properties),
    /// The sheet of keys.
    Keys,
}

/// Hints that are shown once.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hints {
    /// A run has finished, and the user has not been told what to do next.
    pub(super) has_tracked: bool,
    /// The user knows.
    pub(super) has_moved_on: bool,
}

/// The window's state.
pub(super) struct State {
    pub(super) session: Session,
    pub(super) repaint: Repaint,
    pub(super) model: ModelStatus,
    pub(super) pictures: Pictures,
    pub(super) player: Player,
    /// The first and the last frame that loops and exports keep to; the whole clip where `None`.
    pub(super) range: Option<Range>,
    pub(super) timeline: Timeline,
    pub(super) view: View,
    /// Where the picture stood when it was last drawn.
    pub(super) placement: Option<Placement>,
    pub(super) overlay: OverlayStyle,
    pub(super) shows_trails: bool,
    pub(super) trail_frames: u32,
    pub(super) scene: CachedScene,
    /// The selected points in the order in which they were selected; see [`State::selected`].
    pub(super) selection: Vec<TrackId>,
    pub(super) hovered: Option<TrackId>,
    /// The point that is being placed or moved.
    pub(super) held: Option<Held>,
    /// Points that are being laid out.
    pub(super) seeding: Option<Seeding>,
    /// A menu was open before this frame; a click beside it closes it, no more.
    pub(super) had_popup: bool,
    pub(super) look: Look,
    pub(super) aids: Aids,
    pub(super) renaming: Option<Renaming>,
    pub(super) prompt: Option<Prompt>,
    pub(super) palette: Palette,
    pub(super) list: PointsList,
    pub(super) export: ExportPanel,
    pub(super) importing: Importing,
    pub(super) log: LogPanel,
    pub(super) model_panel: ModelPanel,
    pub(super) dialogs: Dialogs,
    pub(super) toasts: Toasts,
    pub(super) hints: Hints,
    pub(super) live: Live,
    pub(super) frame_times: FrameTimes,
    pub(super) shows_statistics: bool,
    pub(super) demo: Option<PathBuf>,
    /// The corner above which messages stand.
    pub(super) canvas_corner: egui::Pos2,
    pub(super) memory: Memory,
    pub(super) missing: Missing,
    pub(super) projects: Projects,
    pub(super) autosaver: Autosaver,
}

impl State {
    pub(super) fn new(
        session: Session,
        repaint: Repaint,
        pictures: Pictures,
        dialogs: Arc<dyn FileDialogs>,
        live: Live,
        model_panel: ModelPanel,
        memory: Memory,
    ) -> Self {
        let autosaver = Autosaver::new(memory.places().map(Places::autosaves), &repaint);
        let overlay = OverlayStyle::default();
        Self {
            session,
            repaint,
            model: ModelStatus::Loading,
            pictures,
            player: Player::default(),
            range: None,
            timeline: Timeline::default(),
            view: View::default(),
            placement: None,
            shows_trails: true,
            trail_frames: overlay.trail_frames as u32,
            overlay,
            scene: CachedScene::default(),
            selection: Vec::new(),
            hovered: None,
            held: None,
            seeding: None,
            had_popup: false,
            look: Look::default(),
            aids: Aids::default(),
            renaming: None,
            prompt: None,
            palette: Palette::default(),
            list: PointsList::default(),
            export: ExportPanel::default(),
            importing: Importing::default(),
            log: LogPanel::default(),
            model_panel,
            dialogs: Dialogs::new(dialogs),
            toasts: Toasts::default(),
            hints: Hints::default(),
            live,
            frame_times: FrameTimes::default(),
            shows_statistics: false,
            demo: None,
            canvas_corner: egui::Pos2::ZERO,
            memory,
            missing: Missing::default(),
            projects: Projects::default(),
            autosaver,
        }
    }

    /// The current clip's generation.
    pub(super) fn generation(&self) -> Option<Generation> {
        self.session.clip().map(crate::session::Clip::generation)
    }

    /// The frame on the screen; the playhead may be ahead of it.
    pub(super) fn shown_frame(&self) -> Option<FrameIndex> {
        self.pictures.shown_frame(self.generation())
    }

    /// Whether the network is still on its way.
    pub(super) fn is_model_loading(&self) -> bool {
        self.model == ModelStatus::Loading
    }

    /// How near a place is that the network's probabilities call right, in pixels of a picture; `None` where its
    /// weights know none.
    pub(super) fn within_px(&self, picture: Size) -> Option<f64> {
        let is_calibrated = ready(&self.model).is_some_and(|model| !model.config.calibration.is_empty());
        is_calibrated.then(|| Probability::within_px(picture))
    }

    /// Whether points are being followed.
    pub(super) fn is_tracking(&self) -> bool {
        self.session.clip().is_some_and(|clip| clip.num_active_runs() > 0)
    }

    /// How many points there are.
    pub(super) fn num_points(&self) -> usize {
        self.session.clip().map_or(0, |clip| clip.tracks().len())
    }

    /// Whether the start page stands where a clip would be.
    pub(super) fn shows_start_page(&self) -> bool {
        let is_opening = self.session.opening().is_some() || self.projects.is_loading();
        self.session.clip().is_none() && (self.missing.page_was_shown || !is_opening)
    }

    /// Whether a command can be used now, or why not.
    pub(super) fn availability(&self, command: Command) -> Availability {
        if let Some(with_camera) = self.live_availability(command) {
            return with_camera;
        }
        let needs = |is_met: bool, reason: &'static str| if is_met { Ok(()) } else { Err(reason) };
        let has_clip = self.session.clip().is_some();
        match command {
            Command::PlayPause
            | Command::StepBack
            | Command::StepForward
            | Command::JumpBack
            | Command::JumpForward
            | Command::FirstFrame
            | Command::LastFrame
            | Command::ZoomIn
            | Command::ZoomOut
            | Command::PanLeft
            | Command::PanRight
            | Command::PanUp
            | Command::PanDown
            | Command::SeedGrid
            | Command::PlacePoint
            | Command::SeedRectangle
            | Command::SeedLasso
            | Command::Import
            | Command::Fit
            | Command::ActualSize
            | Command::Results
            | Command::Save
            | Command::SaveAs
            | Command::New
            | Command::Properties
            | Command::CloseClip => needs(has_clip, "needs a clip"),
            _ if binding(command).menu == Menu::Timeline => self.timeline_availability(command),
            Command::Export => needs(has_clip && self.num_points() > 0, "needs a clip with a point"),
            Command::PreviousPoint | Command::NextPoint | Command::SelectAll => {
                needs(self.num_points() > 0, "needs a point")
            }
            Command::Delete | Command::Rename | Command::TrackAgain | Command::EditPoint | Command::ZoomSelection => {
                needs(!self.selection.is_empty(), "needs a selected point")
            }
            Command::TrackTogether => {
                let clip = self.session.clip();
                needs(clip.is_some_and(|clip| !clip.tracks().is_empty()), "needs a point")?;
                needs(clip.is_none_or(|clip| !clip.tracks().are_together()), "all points were tracked together")
            }
            Command::FilterPoints
            | Command::HidePoints
            | Command::LockPoints
            | Command::Solo
            | Command::GroupPoints
            | Command::MergePoints
            | Command::SplitPoint
            | Command::SwapPoints
            | Command::ClearFrame
            | Command::ClearAfter
            | Command::ClearBefore => self.points_availability(command),
            Command::Undo => needs(self.session.can_undo().is_some(), "nothing to undo"),
            Command::Redo => needs(self.session.can_redo().is_some(), "nothing to redo"),
            Command::StopTracking => needs(self.is_tracking(), "nothing is being tracked"),
            Command::OpenDemo => needs(self.demo.is_some(), "the demo clip is not installed"),
            _ => Ok(()),
        }
    }

    /// What the overlay shows; made anew only when something has changed.
    pub(super) fn prepare_scene(&mut self) {
        self.overlay.trail_frames =
            OverlayStyle::trail_length(self.shows_trails, self.look.has_whole_trails, self.trail_frames);
        self.overlay.selected.clone_from(&self.selection);
        self.overlay.only.clone_from(&self.list.solo);
        self.overlay.hovered = self.hovered;
        match (self.session.clip(), self.shown_frame()) {
            (Some(clip), Some(frame)) => self.scene.update(clip.tracks(), frame, &self.overlay),
            _ => self.scene = CachedScene::default(),
        }
    }
}

/// The scene with what it was made from.
#[derive(Default)]
pub(super) struct CachedScene {
    from: Option<(Arc<TrackStore>, FrameIndex, OverlayStyle)>,
    scene: Scene,
}

impl CachedScene {
    pub(super) fn update(&mut self, tracks: &Arc<TrackStore>, frame: FrameIndex, style: &OverlayStyle) {
        let is_same = |(t, f, s): &(Arc<TrackStore>, FrameIndex, OverlayStyle)| {
            Arc::ptr_eq(t, tracks) && *f == frame && s == style
        };
        if self.from.as_ref().is_some_and(is_same) {
            return;
        }
        self.scene = scene(tracks, frame, style);
        self.from = Some((Arc::clone(tracks), frame, style.clone()));
    }

    pub(super) fn get(&self) -> &Scene {
        &self.scene
    }
}
