//! What the user can do. The interface pushes actions while it is laid out; afterwards each goes to the part of the
//! window that it is meant for. Data only.

use crate::app::camera::send_choice::SendChoice;
use crate::app::canvas::marks::{Mark, Ruling};
use crate::app::canvas::painter::Backdrop;
use crate::app::canvas::seed_points::Pattern;
use crate::app::canvas::view::View;
use crate::app::clip::timeline::state::Change;
use crate::app::kit::commands::Command;
use crate::export::{ChartFormat, ChartKind};
use crate::geometry::{FrameIndex, Size, SourcePoint};
use crate::media::{CameraRequest, ClipSource, OpenOptions};
use crate::overlay::OverlayStyle;
use crate::session::{LiveSpeed, Movement};
use crate::tracks::{Edit, TableFormat, TrackId};
use crate::weights::Entry;
use egui::{Pos2, Vec2};
use std::path::PathBuf;

/// A wish of the user.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Action {
    /// Of the table of commands; means whatever is shown.
    Run(Command),
    /// The points that are shown, of the clip or of the camera.
    Points(PointsAction),
    Look(LookAction),
    Clip(ClipAction),
    Camera(CameraAction),
    Project(ProjectAction),
    Export(ExportAction),
    Many(ManyAction),
    Learn(LearnAction),
    Model(ModelAction),
    Shell(ShellAction),
}

/// Where points are, and which are meant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum PointsAction {
    /// Something happens to the point that is held.
    Hold(Gesture),
    /// Many points are laid out.
    Seed(SeedStep),
    /// Selects these points and no others; the last one is the one that is meant.
    Select(Vec<TrackId>),
    /// Adds a point to the selection, or takes it out.
    Toggle(TrackId),
    /// The pointer is over this point, on the picture or in a list.
    Hover(Option<TrackId>),
    Delete(Vec<TrackId>),
    StartRename(TrackId),
    EndRename {
        is_kept: bool,
    },
    SetView(View),
    /// A part of the picture is chosen.
    Frame(FrameStep),
    /// Marks of scale and axes are as far as this, or given up.
    Rule(Option<Ruling>),
}

/// One step of drawing a rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum FrameStep {
    /// The pointer is here, with the button down.
    Drag(Pos2),
    /// What was drawn is nothing.
    Clear,
    Cancel,
}

/// What happens to a held point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Gesture {
    /// The button went down on the picture, or on a point of it.
    Press { at: Pos2, frame: FrameIndex, track: Option<(TrackId, SourcePoint)>, extends: bool },
    /// The pointer is here now, with the button down.
    Drag { to: Pos2, is_slow: bool },
    /// The button went up, or Enter was pressed.
    Keep,
    /// Esc.
    GiveUp,
    /// An arrow key, in source pixels as they are seen.
    Nudge(Vec2),
}

/// One step of laying points out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum SeedStep {
    /// Begins, or changes the pattern; with the same one again, ends.
    Choose(Pattern),
    Across(u32),
    Spacing(f32),
    Press {
        at: Pos2,
        adds: bool,
    },
    Drag {
        to: Pos2,
    },
    Release,
    Commit,
    Cancel,
}

/// How the picture and what is drawn over it look.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum LookAction {
    SetTrail(u32),
    /// Whether trails reach back to where the tracks begin.
    SetWholeTrails(bool),
    SetStyle(Box<OverlayStyle>),
    SetBackdrop(Backdrop),
    /// The window "Overlay" is closed.
    Close,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ClipAction {
    Seek(FrameIndex, Movement),
    SetSpeed(f64),
    Edit(Edit),
    /// Shows these points alone; all of them again where there are none.
    Solo(Vec<TrackId>),
    /// Adds a point to those that are shown alone, or takes it out.
    ToggleSolo(TrackId),
    Timeline(Change),
    /// Adds what is in a table of points or tracks.
    Import(PathBuf),
    /// Marks of scale or axes were set, or moved.
    Marked {
        mark: Mark,
        points: Vec<SourcePoint>,
        is_new: bool,
    },
    /// The charts show this.
    Chart(ChartKind),
    /// Asks for a file to put the chart into.
    SaveChart(ChartFormat),
    WriteChart(PathBuf),
    /// Reads the clip in another way.
    ReadAs(OpenOptions),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum CameraAction {
    /// Opens this camera, in place of the one that is open.
    Open(CameraRequest),
    /// Removes the tracks of a camera that another window left.
    DiscardLast,
    /// Looks for cameras again.
    Look,
    CloseChooser,
    /// Parks points, or lets them go on.
    Park {
        points: Vec<TrackId>,
        parks: bool,
    },
    SetSpeed(LiveSpeed),
    /// Shows this frame of the last seconds; freezes the picture.
    Browse(usize),
    /// Shows the picture so many seconds late.
    Delay(f64),
    /// Saves the last seconds, all of them where there is no number.
    SaveLast(Option<f64>),
    RecordInto(PathBuf),
    SendTo(SendChoice),
    /// Begins to send them, or ends it.
    Send(bool),
}

/// What the user wants to do that would close the current work.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Leave {
    /// Opens a clip, a folder or a project.
    Open(ClipSource),
    /// Begins anew with the same clip.
    New,
    /// Goes to the start page.
    Close,
    Quit,
    /// Takes up what a window left that ended without a word.
    Restore,
    /// Closes the camera; the clip behind it stays.
    Camera,
    /// Opens a camera, in place of one that is open; the clip behind it stays.
    OpenCamera(CameraRequest),
}

impl Leave {
    pub(crate) fn ends_clip(&self) -> bool {
        !matches!(self, Self::Camera | Self::OpenCamera(_))
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ProjectAction {
    /// Saves first, then goes on.
    SaveAndLeave(Leave),
    /// Goes on; what is not saved is lost.
    Discard(Leave),
    /// Exports the tracks of the camera first, then goes on.
    ExportAndLeave(Leave),
    /// Goes on without an export of the camera's tracks.
    LeaveTracks(Leave),
    /// Saves under a name that was typed; asks before something is replaced.
    SaveAs(PathBuf),
    /// Saves, whatever stands there.
    Replace(PathBuf),
    /// Looks for the clip of the project that is being opened.
    Locate,
    /// This may be the clip.
    Located(PathBuf),
    /// This is to be the clip, though it differs.
    OpenAnyway(PathBuf),
    /// Takes up the autosave that is offered.
    Restore,
    DiscardAutosave,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExportAction {
    Browse,
    /// "Browse…" of a picture that is to be pinned.
    BrowsePin(usize),
    Start,
    Stop,
    Close,
    CopyTable(TableFormat),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ManyAction {
    BrowseClips,
    BrowseFolder,
    BrowseResults,
    AddTyped,
    Start,
    Stop,
    /// Back to the choice of clips.
    Again,
    Close,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LearnAction {
    Start,
    Stop,
    /// Follows points with what was learned.
    Use,
    Discard,
    Close,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ModelAction {
    Close,
    /// Shows the licence of weights, to fetch them.
    ShowLicence(&'static Entry),
    HideLicence,
    /// Fetches weights; the user agrees to their licence.
    Fetch(&'static Entry),
    StopFetch,
    Browse,
    /// Follows points with what is chosen.
    Use,
    /// Lets the user draw on the clip what part of its picture to look at.
    DrawPart,
    /// A part of so many pixels was drawn.
    SetPart(Size),
}

/// What is done with the window itself, and with files as such.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ShellAction {
    /// Opens a clip or a project; asks first if work would be lost.
    Open(PathBuf),
    ClosePrompt,
    /// Shows a file in the system's file manager.
    Reveal(PathBuf),
    /// Takes a file from the list of recent ones.
    Forget(PathBuf),
}

/// Actions in the order in which they were pushed.
#[derive(Debug, Default)]
pub(crate) struct Actions(pub(crate) Vec<Action>);

impl Actions {
    pub(crate) fn push(&mut self, action: impl Into<Action>) {
        self.0.push(action.into());
    }
}

impl Extend<Action> for Actions {
    fn extend<I: IntoIterator<Item = Action>>(&mut self, actions: I) {
        self.0.extend(actions);
    }
}

/// What each wish becomes on its way to an action.
macro_rules! goes_to {
    ($($wish:ty => $($step:path),+;)*) => {
        $(impl From<$wish> for Action {
            fn from(wish: $wish) -> Self {
                $(let wish = $step(wish);)+
                wish
            }
        })*
    };
}

goes_to! {
    Command => Action::Run;
    PointsAction => Action::Points;
    LookAction => Action::Look;
    ClipAction => Action::Clip;
    CameraAction => Action::Camera;
    ProjectAction => Action::Project;
    ExportAction => Action::Export;
    ManyAction => Action::Many;
    LearnAction => Action::Learn;
    ModelAction => Action::Model;
    ShellAction => Action::Shell;
    Gesture => PointsAction::Hold, Action::Points;
    SeedStep => PointsAction::Seed, Action::Points;
    Change => ClipAction::Timeline, Action::Clip;
}
