//! The network that follows the points: what is in use, and how another one is found, fetched and taken.

use super::choice::{Choice, Source, Speeds, Survey, ZoomChoice};
use super::fetch::{End, Fetching};
use super::kept::KeptModel;
use super::status::ModelStatus;
use crate::app::actions::ModelAction;
use crate::app::desk::Desk;
use crate::app::desk::dialogs::Question;
use crate::app::desk::toasts::{Level, Topic};
use crate::session::{Clip, ModelInfo, ModelOptions, Session, aside};
use crate::sync::LatestSlot;
use crate::weights::{Entry, Settings, WeightsError};
use std::path::Path;

/// The network that is in use, and the choice of another one; a fetch goes on while the panel is closed.
#[expect(clippy::struct_excessive_bools, reason = "switches that do not depend on each other")]
pub(crate) struct ModelRoom {
    pub(crate) status: ModelStatus,
    pub(crate) is_open: bool,
    pub(crate) settings: Settings,
    pub(super) base: ModelOptions,
    pub(crate) choice: Choice,
    pub(crate) survey: Option<Survey>,
    looking: Option<LatestSlot<Result<Survey, String>>>,
    pub(crate) fetching: Option<Fetching>,
    pub(crate) licence_of: Option<&'static Entry>,
    pub(crate) is_agreed: bool,
    pub(crate) note: String,
    pub(crate) is_switching: bool,
    pub(super) has_clip: bool,
    pub(super) speeds: Speeds,
    /// What to go back to, once, where the model of the last time cannot be had any more.
    pub(crate) fallback: Option<ModelOptions>,
    /// What the user has chosen since the start.
    pub(crate) chosen: Option<KeptModel>,
    /// How large the panel was drawn; a new size needs another frame to be put in the middle.
    pub(super) size: egui::Vec2,
}

impl ModelRoom {
    pub(crate) fn new(settings: Settings, base: ModelOptions) -> Self {
        let choice = Choice::of(None, &base, &settings);
        Self {
            status: ModelStatus::Loading,
            is_open: false,
            settings,
            base,
            choice,
            survey: None,
            looking: None,
            fetching: None,
            licence_of: None,
            is_agreed: false,
            note: String::new(),
            is_switching: false,
            has_clip: false,
            speeds: Speeds::default(),
            fallback: None,
            chosen: None,
            size: egui::Vec2::ZERO,
        }
    }

    /// Takes the path that a system dialog gave.
    pub(crate) fn set_file(&mut self, path: &Path) {
        self.choice.source = Source::File;
        self.choice.file = path.display().to_string();
    }

    /// There is no system dialog: the field has to do.
    pub(crate) fn no_dialog(&mut self) {
        self.choice.source = Source::File;
        "The system offers no file dialog here; type the path.".clone_into(&mut self.note);
    }

    /// Opens the panel on what is in use.
    pub(crate) fn open(&mut self, desk: &Desk) {
        self.choice = Choice::of(self.status.ready(), &self.base, &self.settings);
        (self.is_open, self.licence_of, self.note) = (true, None, String::new());
        self.look_for_models(desk);
    }

    /// Finds out what there is, on a worker.
    fn look_for_models(&mut self, desk: &Desk) {
        let settings = self.settings.clone();
        self.looking = Some(aside("models", desk.repaint.clone(), move || Survey::take(&settings)));
    }

    pub(crate) fn apply(&mut self, desk: &mut Desk, session: &mut Session, action: ModelAction) {
        match action {
            ModelAction::Close | ModelAction::DrawPart => self.is_open = false,
            ModelAction::ShowLicence(entry) => {
                (self.licence_of, self.is_agreed, self.note) = (Some(entry), false, String::new());
            }
            ModelAction::HideLicence => self.licence_of = None,
            ModelAction::Fetch(entry) if self.fetching.is_none() => {
                (self.licence_of, self.note) = (None, String::new());
                self.fetching = Some(Fetching::start(entry, self.settings.clone(), desk.repaint.clone()));
            }
            ModelAction::Fetch(_) => {}
            ModelAction::StopFetch => self.fetching.iter().for_each(Fetching::stop),
            ModelAction::Browse => desk.ask(Question::Weights),
            ModelAction::Use => self.use_model(desk, session),
            ModelAction::SetPart(part) => {
                (self.choice.zoom, self.choice.part, self.is_open) = (ZoomChoice::Part, part, true);
            }
        }
    }

    /// Follows points with the weights in a file, else as now.
    pub(crate) fn use_file(&mut self, desk: &mut Desk, session: &mut Session, path: &Path) {
        self.choice = Choice::of(self.status.ready(), &self.base, &self.settings);
        self.set_file(path);
        self.use_model(desk, session);
    }

    fn use_model(&mut self, desk: &mut Desk, session: &mut Session) {
        let options = self.choice.options(&self.base, self.survey.as_ref(), self.status.ready());
        let result = options
            .map_err(str::to_owned)
            .and_then(|options| session.set_model(options).map_err(|error| error.to_string()));
        match result {
            Ok(()) => (self.is_switching, self.note) = (true, String::new()),
            Err(message) => desk.say(Topic::Model, Level::Error, message, ""),
        }
    }

    /// Takes in what the panel's workers say; notes how fast tracking is.
    pub(crate) fn update(&mut self, desk: &mut Desk, session: &Session) {
        if let Some(survey) = self.looking.as_ref().and_then(LatestSlot::take) {
            self.looking = None;
            match survey {
                Ok(survey) => self.survey = Some(survey),
                Err(message) => {
                    desk.say(Topic::Model, Level::Error, "cannot look for models", message);
                }
            }
        }
        if let Some(fetching) = &mut self.fetching
            && let Some(end) = fetching.update()
        {
            let entry = fetching.entry;
            self.fetching = None;
            self.fetch_ended(desk, entry, end);
            self.look_for_models(desk);
        }
        let clip = session.clip();
        self.has_clip = clip.is_some();
        let is_tracking = clip.is_some_and(|clip| clip.num_active_runs() > 0);
        self.speeds.note(self.status.ready(), clip.and_then(Clip::frames_per_sec), is_tracking);
    }

    fn fetch_ended(&mut self, desk: &mut Desk, entry: &'static Entry, end: End) {
        match end {
            Ok(Ok(fetched)) => {
                self.choice.source = Source::Named(entry);
                let path = fetched.path.display().to_string();
                let text = format!("the weights {} are here, checked", entry.name);
                let details = format!("{path}\nsha256 {}", fetched.record.sha256);
                desk.say(Topic::Model, Level::Done, text, details);
            }
            Ok(Err(WeightsError::Cancelled)) => {
                "Stopped. What came is kept; fetching goes on from there.".clone_into(&mut self.note);
            }
            Ok(Err(error)) => {
                self.note = format!("Fetching {} failed.", entry.name);
                let text = format!("cannot fetch {}: {error}", entry.name);
                desk.say(Topic::Model, Level::Error, text, "");
            }
            Err(panic) => {
                desk.say(Topic::Model, Level::Error, format!("fetching {} broke off", entry.name), panic);
            }
        }
    }

    /// A network is ready: the first one, or one that was asked for.
    pub(crate) fn is_ready(&mut self, desk: &mut Desk, session: &Session, info: Box<ModelInfo>) {
        let clip = session.clip();
        if std::mem::take(&mut self.is_switching) {
            let mut text = format!("points are now followed with {} on {}", info.weights, info.device);
            if clip.is_some_and(|clip| !clip.tracks().is_empty()) {
                text.push_str("; \"Track again from here\" follows selected ones anew");
            }
            desk.say(Topic::Model, Level::Done, text, info.device_note.clone().unwrap_or_default());
            self.chosen = Some(KeptModel::of(&info.options, &self.base));
        }
        self.status = ModelStatus::Ready(info);
        self.speeds.model_changed(clip.is_some_and(|clip| clip.num_active_runs() > 0));
    }

    /// A network cannot be had at the start. Where it was that of the last time, the one that the window starts with
    /// otherwise takes its place. What was chosen stays kept: the file may be on a disk that is not here today.
    pub(crate) fn is_refused(&mut self, desk: &mut Desk, session: &mut Session, message: String) {
        let Some(base) = self.fallback.take() else { return self.failed(desk, message) };
        let text = format!("the model of the last time cannot be used; {} is used instead", weights_name(&base));
        desk.say(Topic::Model, Level::Warning, text, message.as_str());
        if session.set_model(base).is_err() {
            self.failed(desk, message);
        }
    }

    /// The network that was asked for cannot be had.
    pub(crate) fn is_kept(&mut self, desk: &mut Desk, message: &str) {
        self.is_switching = false;
        "That model cannot be used; the one before stays.".clone_into(&mut self.note);
        desk.say(Topic::Model, Level::Error, format!("the model stays as it was: {message}"), "");
    }

    /// There is no network.
    pub(crate) fn failed(&mut self, desk: &mut Desk, message: String) {
        let text = "the model could not be loaded, points cannot be followed";
        desk.say(Topic::Model, Level::Error, text, message.clone());
        (self.is_switching, self.status) = (false, ModelStatus::Failed(message));
    }
}

fn weights_name(options: &ModelOptions) -> String {
    options.weights.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
