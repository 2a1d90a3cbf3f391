//! What the dialog remembers, and the learning under way, which goes on while the dialog is closed.

use super::compared::Compared;
use crate::app::actions::LearnAction;
use crate::app::clip::room::ClipRoom;
use crate::app::desk::Desk;
use crate::app::desk::toasts::{Level, Topic};
use crate::app::kit::words::name_of;
use crate::app::many::request::network_words;
use crate::app::model::status::ModelStatus;
use crate::session::{BesideState, LearnLine, Learning, aside};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What the newest line said.
pub(super) type LearnState = BesideState<Option<LearnLine>>;

/// A run: of which clip, and where its weights go.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) clip: PathBuf,
    pub(super) weights: PathBuf,
    /// Where pictures of before and after go.
    pictures: PathBuf,
    /// The pictures, once there are some.
    pub(super) compared: Option<Compared>,
    pub(super) learning: Learning,
}

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct LearnRoom {
    pub(super) is_open: bool,
    pub(super) minutes: u32,
    pub(super) run: Option<Run>,
    /// Whether the user was told how the run ended.
    is_told: bool,
    /// The program whose command `learn` is run.
    program: PathBuf,
}

impl LearnRoom {
    pub(crate) fn new(program: PathBuf) -> Self {
        Self { is_open: false, minutes: 30, run: None, is_told: false, program }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.is_open
    }

    pub(crate) fn open(&mut self) {
        self.is_open = true;
    }

    /// What it does and how far that is, while it runs: "learning, 40 %".
    pub(crate) fn progress(&self) -> Option<String> {
        let state = self.run.as_ref()?.learning.state();
        match (&state.told, &state.ended) {
            (Some(LearnLine::Progress { doing, done, of }), None) => {
                let doing = doing.split(':').next().unwrap_or_default(); // the rest is for the dialog
                Some(format!("{doing}, {} %", 100 * done / (*of).max(1)))
            }
            (Some(LearnLine::Outcome { .. }), None) => Some("learned".to_owned()),
            (None, None) => Some("learning".to_owned()),
            (_, Some(_)) => None,
        }
    }

    /// What ends with the window, in words; nothing while nothing is learned.
    pub(crate) fn under_way(&self) -> Option<String> {
        self.progress()?;
        let clip = self.run.as_ref().map(|run| name_of(&run.clip))?;
        Some(format!("Learning from {clip}. Begun again with this clip, it goes on from where it stopped."))
    }

    /// Acts on what the user wants; returns weights that are to be used.
    pub(crate) fn apply(
        &mut self,
        desk: &mut Desk,
        clip: &ClipRoom,
        model: &ModelStatus,
        action: LearnAction,
    ) -> Option<PathBuf> {
        match action {
            LearnAction::Close => self.is_open = false,
            LearnAction::Start => self.start(desk, clip, model),
            LearnAction::Stop => {
                if let Some(run) = &mut self.run {
                    run.learning.stop();
                }
            }
            LearnAction::Use => {
                self.is_open = false;
                return self.run.take().map(|run| run.weights);
            }
            LearnAction::Discard => {
                let run = self.run.take()?;
                let remove = move || {
                    std::fs::remove_file(&run.weights).ok(); // where nothing was better there is none
                };
                aside("discard", desk.repaint.clone(), remove);
            }
        }
        None
    }

    fn start(&mut self, desk: &mut Desk, clip: &ClipRoom, model: &ModelStatus) {
        let (Some(clip), Some(places)) = (clip.session.clip(), desk.memory.places.as_ref()) else {
            return desk.say(Topic::Learn, Level::Error, "there is no folder of the user to keep weights in", "");
        };
        let path = std::path::absolute(clip.path()).unwrap_or_else(|_| clip.path().to_owned());
        let weights = weights_for(&places.learning(), &path);
        let pictures = places.learning().join("compared");
        let mut words: Vec<OsString> = vec![path.clone().into(), "--out".into(), weights.clone().into()];
        words.extend(["--compare".into(), pictures.clone().into()]);
        words.extend(model.ready().map(|model| network_words(&model.options)).into_iter().flatten());
        // A run of this clip that was stopped goes on.
        words.extend(["--minutes".into(), self.minutes.to_string().into(), "--resume-if-kept".into()]);
        let folder = weights.parent().map(std::fs::create_dir_all).transpose();
        let started =
            folder.and_then(|_| Learning::start_patient(&self.program, "learn", &words, desk.repaint.clone()));
        match started {
            Ok(learning) => {
                self.run = Some(Run { clip: path, weights, pictures, compared: None, learning });
                self.is_told = false;
            }
            Err(error) => desk.say(Topic::Learn, Level::Error, "learning could not begin", error.to_string()),
        }
    }

    /// Says how a run ended.
    pub(crate) fn update(&mut self, desk: &mut Desk) {
        let Some(run) = self.run.as_mut().filter(|_| !self.is_told) else { return };
        let state = run.learning.state();
        match (&state.ended, &state.told) {
            (None, _) => return,
            (Some(_), _) if run.learning.is_stopping() => self.run = None,
            (Some(Err(problem)), _) => {
                desk.say(Topic::Learn, Level::Error, "nothing was learned", problem.as_str());
            }
            (Some(Ok(())), told) => {
                run.compared = Some(Compared::read(run.pictures.clone(), desk.repaint.clone()));
                let is_written = matches!(told, Some(LearnLine::Outcome { is_written: true, .. }));
                let (level, text) = if is_written {
                    (Level::Done, "learned: follows better than before (Model… > Learn)")
                } else {
                    (Level::Warning, "learned nothing that follows better")
                };
                desk.say(Topic::Learn, level, text, "");
            }
        }
        self.is_told = true;
    }
}

/// A name for what is learned from a clip that no file has.
fn weights_for(folder: &Path, clip: &Path) -> PathBuf {
    let stem = clip.file_stem().unwrap_or_default().to_string_lossy();
    let names = (1..).map(|number| match number {
        1 => format!("{stem}.safetensors"),
        number => format!("{stem}-{number}.safetensors"),
    });
    let mut paths = names.map(|name| folder.join("weights").join(name));
    paths.find(|path| !path.exists()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_learned_before_stays() {
        let folder = tempfile::tempdir().unwrap();
        let first = weights_for(folder.path(), Path::new("/clips/hand.mp4"));
        assert_eq!(first, folder.path().join("weights/hand.safetensors"));
        std::fs::create_dir(folder.path().join("weights")).unwrap();
        std::fs::write(&first, "").unwrap();
        assert_eq!(weights_for(folder.path(), Path::new("hand.avi")), folder.path().join("weights/hand-2.safetensors"));
    }
}
