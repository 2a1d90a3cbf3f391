//! What the dialog remembers, and the batch under way, which goes on while the dialog is closed.

use super::request::{ManyPoints, ManyRequest};
use crate::app::actions::ManyAction;
use crate::app::canvas::point_view::PointView;
use crate::app::clip::room::ClipRoom;
use crate::app::desk::Desk;
use crate::app::desk::dialogs::Question;
use crate::app::desk::toasts::{Level, Topic};
use crate::app::kit::words::counted;
use crate::app::model::status::ModelStatus;
use crate::session::{Batch, BatchNews, aside};
use crate::sync::LatestSlot;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is done before the command starts: the table of points is written. Then where the results go.
type Preparing = LatestSlot<Result<std::io::Result<()>, String>>;

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct ManyRoom {
    pub(super) is_open: bool,
    pub(super) request: ManyRequest,
    /// A path that is being typed.
    pub(super) typed: String,
    pub(super) note: &'static str,
    pub(super) batch: Option<Batch>,
    preparing: Option<Preparing>,
    /// Whether the user was told how the batch ended.
    is_told: bool,
    /// The program whose command `batch` follows the clips.
    program: PathBuf,
}

impl ManyRoom {
    pub(crate) fn new(program: PathBuf) -> Self {
        Self {
            is_open: false,
            request: ManyRequest::default(),
            typed: String::new(),
            note: "",
            batch: None,
            preparing: None,
            is_told: false,
            program,
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Shows the dialog; results are suggested to lie beside the clip.
    pub(crate) fn open(&mut self, clip: &ClipRoom) {
        (self.is_open, self.note) = (true, "");
        let open = clip.session.clip();
        let has_points = open.is_some_and(|clip| !clip.tracks().is_empty());
        if !has_points && self.request.points == ManyPoints::OfClip {
            self.request.points = ManyPoints::Grid;
        }
        if let Some(folder) = open.and_then(|clip| clip.path().parent()).filter(|_| self.request.folder.is_empty()) {
            self.request.folder = folder.join("tracks").to_string_lossy().into_owned();
        }
    }

    /// Whether clips are being followed.
    pub(crate) fn is_running(&self) -> bool {
        self.preparing.is_some() || self.batch.as_ref().is_some_and(|batch| batch.look(|state| state.ended.is_none()))
    }

    /// "3 of 20 clips", while it runs.
    pub(crate) fn share(&self) -> Option<String> {
        self.batch.as_ref()?.look(|state| {
            let clips = &state.told;
            state.ended.is_none().then(|| format!("{} of {}", num_ended(clips), counted(clips.len(), "clip")))
        })
    }

    /// What ends with the window, in words; nothing while no clips are followed.
    pub(crate) fn under_way(&self) -> Option<String> {
        let share = self.share().or_else(|| self.preparing.is_some().then(|| "none".to_owned()))?;
        Some(format!("Many clips: {share} followed. What is written stays; the others can be followed another time."))
    }

    /// Takes clips that were dropped, chosen or typed.
    pub(crate) fn add(&mut self, paths: impl IntoIterator<Item = PathBuf>) {
        for path in paths {
            let path = std::path::absolute(&path).unwrap_or(path);
            if self.request.folder.is_empty()
                && let Some(folder) = path.parent()
            {
                self.request.folder = folder.join("tracks").to_string_lossy().into_owned();
            }
            if !self.request.clips.contains(&path) {
                self.request.clips.push(path);
            }
        }
    }

    pub(crate) fn set_folder(&mut self, path: &Path) {
        self.request.folder = path.to_string_lossy().into_owned();
    }

    /// There is no system dialog: the field has to do.
    pub(crate) fn no_dialog(&mut self) {
        self.note = "The system offers no file dialog here; type the path.";
    }

    pub(crate) fn apply(&mut self, desk: &mut Desk, clip: &ClipRoom, action: ManyAction) {
        match action {
            ManyAction::BrowseClips => desk.ask(Question::ManyClips),
            ManyAction::BrowseFolder => desk.ask(Question::ManyFolder),
            ManyAction::BrowseResults => desk.ask(Question::ManyResults(PathBuf::from(self.request.folder.trim()))),
            ManyAction::AddTyped => {
                let typed = std::mem::take(&mut self.typed);
                self.add(Some(typed.trim()).filter(|typed| !typed.is_empty()).map(PathBuf::from));
            }
            ManyAction::Start => self.prepare(desk, clip),
            ManyAction::Stop => self.batch.iter_mut().for_each(Batch::stop),
            ManyAction::Again => self.batch = None,
            ManyAction::Close => self.is_open = false,
        }
    }

    /// Writes the table of points, where there is one; the command follows.
    fn prepare(&mut self, desk: &Desk, clip: &ClipRoom) {
        if self.is_running() || self.request.lacks().is_some() {
            return;
        }
        let folder = std::path::absolute(self.request.folder.trim());
        let folder = folder.unwrap_or_else(|_| PathBuf::from(self.request.folder.trim()));
        self.request.folder = folder.to_string_lossy().into_owned();
        let tracks = clip.tracks().filter(|_| self.request.points == ManyPoints::OfClip).map(Arc::clone);
        let write = move || match tracks {
            Some(tracks) => ManyRequest::write_points(&folder, &tracks),
            None => std::fs::create_dir_all(&folder),
        };
        self.preparing = Some(aside("many-clips", desk.repaint.clone(), write));
    }

    /// Starts what is ready, and says how it ended.
    pub(crate) fn update(&mut self, desk: &mut Desk, clip: &ClipRoom, model: &ModelStatus) {
        if let Some(ready) = self.preparing.as_ref().and_then(LatestSlot::take) {
            self.preparing = None;
            let started = ready.and_then(|ready| ready.map_err(|error| error.to_string())).and_then(|()| {
                let options = model.ready().map(|model| &model.options);
                let words = self.request.words(options, clip.tracks().map(|tracks| tracks.treatment()));
                Batch::start(&self.program, "batch", &words, desk.repaint.clone()).map_err(|error| error.to_string())
            });
            match started {
                Ok(batch) => (self.batch, self.is_told) = (Some(batch), false),
                Err(error) => desk.say(Topic::Many, Level::Error, "the clips could not be followed", error),
            }
        }
        let ended = self.batch.as_ref().filter(|batch| !self.is_told && batch.look(|state| state.ended.is_some()));
        let Some(state) = ended.map(Batch::state) else { return };
        match &state.ended {
            None => {}
            // Where clips failed, each says why.
            Some(Err(problem)) if state.told.is_empty() => {
                self.is_told = true;
                desk.say(Topic::Many, Level::Error, "the clips could not be followed", problem.as_str());
            }
            Some(_) => {
                self.is_told = true;
                let failed = state.told.iter().filter(|(_, news)| matches!(news, BatchNews::Failed { .. })).count();
                let done = state.told.iter().filter(|(_, news)| is_done(news)).count();
                let text = format!("{done} of {} followed", counted(state.told.len(), "clip"));
                let (text, level) = if failed == 0 {
                    (text, Level::Done)
                } else {
                    (format!("{text}, {failed} failed"), Level::Warning)
                };
                desk.say_file(Topic::Many, level, &text, self.request.folder.clone(), Path::new(&self.request.folder));
            }
        }
    }
}

/// Whether all results of a clip are there.
pub(super) fn is_done(news: &BatchNews) -> bool {
    matches!(news, BatchNews::Done { .. } | BatchNews::DoneBefore)
}

/// How many clips need nothing more.
pub(super) fn num_ended(clips: &[(String, BatchNews)]) -> usize {
    let is_ended =
        |news: &BatchNews| !matches!(news, BatchNews::Waiting | BatchNews::Begun | BatchNews::Progress { .. });
    clips.iter().filter(|(_, news)| is_ended(news)).count()
}
