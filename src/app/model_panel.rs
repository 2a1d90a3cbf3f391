//! The model panel: which weights follow the points, where they run, and how fast they have to be.

use super::actions::{Action, Actions, now};
use super::controls::{end_row_ui, primary_button_ui};
use super::dialogs::Question;
use super::kept::KeptModel;
use super::model_choice::{Choice, Source, Speeds, Survey};
use super::model_fetch::{End, Fetching};
use super::model_sections::{licence_ui, machine_ui, quality_ui, weights_ui};
use super::state::{ModelStatus, State};
use super::style::{self, GAP};
use super::toasts::{Level, Topic};
use crate::session::{ModelInfo, ModelOptions, aside};
use crate::sync::LatestSlot;
use crate::weights::{Entry, Settings, WeightsError};
use egui::{Id, Label, Modal, RichText, ScrollArea, Ui};
use std::path::Path;

const WIDTH: f32 = 540.0;

/// A wish of the user about the model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum ModelAction {
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
}

/// The panel's state; a fetch goes on while it is closed.
pub(super) struct ModelPanel {
    is_open: bool,
    pub(super) settings: Settings,
    base: ModelOptions,
    pub(super) choice: Choice,
    pub(super) survey: Option<Survey>,
    looking: Option<LatestSlot<Result<Survey, String>>>,
    pub(super) fetching: Option<Fetching>,
    /// The weights whose licence is shown.
    pub(super) licence_of: Option<&'static Entry>,
    pub(super) is_agreed: bool,
    pub(super) note: String,
    is_switching: bool,
    speeds: Speeds,
    /// What to go back to, once, where the model of the last time cannot be had any more.
    pub(super) fallback: Option<ModelOptions>,
    /// What the user has chosen since the start.
    pub(super) chosen: Option<KeptModel>,
    /// How large the panel was drawn; a new size needs another frame to be put in the middle.
    size: egui::Vec2,
}

impl ModelPanel {
    pub(super) fn new(settings: Settings, base: ModelOptions) -> Self {
        let choice = Choice::of(None, &base, &settings);
        Self {
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
            speeds: Speeds::default(),
            fallback: None,
            chosen: None,
            size: egui::Vec2::ZERO,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Takes the path that a system dialog gave.
    pub(super) fn set_file(&mut self, path: &Path) {
        self.choice.source = Source::File;
        self.choice.file = path.display().to_string();
    }

    /// There is no system dialog: the field has to do.
    pub(super) fn no_dialog(&mut self) {
        self.choice.source = Source::File;
        "The system offers no file dialog here; type the path.".clone_into(&mut self.note);
    }
}

impl State {
    /// Opens the panel on what is in use.
    pub(super) fn open_model_panel(&mut self) {
        let (info, panel) = (ready(&self.model), &mut self.model_panel);
        panel.choice = Choice::of(info, &panel.base, &panel.settings);
        (panel.is_open, panel.licence_of, panel.note) = (true, None, String::new());
        self.look_for_models();
    }

    /// Finds out what there is, on a worker.
    fn look_for_models(&mut self) {
        let settings = self.model_panel.settings.clone();
        let survey = aside("models", self.repaint.clone(), move || Survey::take(&settings));
        self.model_panel.looking = Some(survey);
    }

    /// Applies a wish.
    pub(super) fn apply_model(&mut self, ctx: &egui::Context, action: ModelAction) {
        let panel = &mut self.model_panel;
        match action {
            ModelAction::Close => panel.is_open = false,
            ModelAction::ShowLicence(entry) => {
                (panel.licence_of, panel.is_agreed, panel.note) = (Some(entry), false, String::new());
            }
            ModelAction::HideLicence => panel.licence_of = None,
            ModelAction::Fetch(entry) if panel.fetching.is_none() => {
                (panel.licence_of, panel.note) = (None, String::new());
                panel.fetching = Some(Fetching::start(entry, panel.settings.clone(), self.repaint.clone()));
            }
            ModelAction::Fetch(_) => {}
            ModelAction::StopFetch => panel.fetching.iter().for_each(Fetching::stop),
            ModelAction::Browse => self.ask(Question::Weights),
            ModelAction::Use => self.use_model(ctx),
        }
    }

    fn use_model(&mut self, ctx: &egui::Context) {
        let panel = &mut self.model_panel;
        let options = panel.choice.options(&panel.base, panel.survey.as_ref(), ready(&self.model));
        let result = options
            .map_err(str::to_owned)
            .and_then(|options| self.session.set_model(options).map_err(|error| error.to_string()));
        match result {
            Ok(()) => (panel.is_switching, panel.note) = (true, String::new()),
            Err(message) => self.toasts.add_on(Topic::Model, Level::Error, message, "", now(ctx)),
        }
    }

    /// Takes in what the panel's workers say; notes how fast tracking is.
    pub(super) fn update_models(&mut self, now_secs: f64) {
        if let Some(survey) = self.model_panel.looking.as_ref().and_then(LatestSlot::take) {
            self.model_panel.looking = None;
            match survey {
                Ok(survey) => self.model_panel.survey = Some(survey),
                Err(message) => {
                    self.toasts.add_on(Topic::Model, Level::Error, "cannot look for models", message, now_secs);
                }
            }
        }
        if let Some(fetching) = &mut self.model_panel.fetching
            && let Some(end) = fetching.update()
        {
            let entry = fetching.entry;
            self.model_panel.fetching = None;
            self.fetch_ended(entry, end, now_secs);
            self.look_for_models();
        }
        let is_tracking = self.is_tracking();
        let speed = self.session.clip().and_then(crate::session::Clip::frames_per_sec);
        self.model_panel.speeds.note(ready(&self.model), speed, is_tracking);
    }

    fn fetch_ended(&mut self, entry: &'static Entry, end: End, now_secs: f64) {
        let panel = &mut self.model_panel;
        match end {
            Ok(Ok(fetched)) => {
                panel.choice.source = Source::Named(entry);
                let path = fetched.path.display().to_string();
                let text = format!("the weights {} are here, checked", entry.name);
                self.toasts.add_on(
                    Topic::Model,
                    Level::Done,
                    text,
                    format!("{path}\nsha256 {}", fetched.record.sha256),
                    now_secs,
                );
            }
            Ok(Err(WeightsError::Cancelled)) => {
                "Stopped. What came is kept; fetching goes on from there.".clone_into(&mut panel.note);
            }
            Ok(Err(error)) => {
                panel.note = format!("Fetching {} failed.", entry.name);
                let text = format!("cannot fetch {}: {error}", entry.name);
                self.toasts.add_on(Topic::Model, Level::Error, text, "", now_secs);
            }
            Err(panic) => self.toasts.add_on(
                Topic::Model,
                Level::Error,
                format!("fetching {} broke off", entry.name),
                panic,
                now_secs,
            ),
        }
    }

    /// A network is ready: the first one, or one that was asked for.
    pub(super) fn model_ready(&mut self, info: Box<ModelInfo>, now_secs: f64) {
        if std::mem::take(&mut self.model_panel.is_switching) {
            let mut text = format!("points are now followed with {} on {}", info.weights, info.device);
            if self.num_points() > 0 {
                text.push_str("; \"Track again from here\" follows selected ones anew");
            }
            self.toasts.add_on(Topic::Model, Level::Done, text, info.device_note.clone().unwrap_or_default(), now_secs);
            self.model_panel.chosen = Some(KeptModel::of(&info.options, &self.model_panel.base));
        }
        self.model = ModelStatus::Ready(info);
        let is_tracking = self.is_tracking();
        self.model_panel.speeds.model_changed(is_tracking);
    }

    /// The model of the last time cannot be had: the one that the window starts with otherwise takes its place. What
    /// was chosen stays kept: the file may be on a disk that is not here today. Returns whether there is one.
    pub(super) fn falls_back(&mut self, message: &str, now_secs: f64) -> bool {
        let Some(base) = self.model_panel.fallback.take() else { return false };
        let text = format!("the model of the last time cannot be used; {} is used instead", weights_name(&base));
        self.toasts.add_on(Topic::Model, Level::Warning, text, message, now_secs);
        self.session.set_model(base).is_ok()
    }

    /// The network that was asked for cannot be had.
    pub(super) fn model_kept(&mut self, message: &str, now_secs: f64) {
        self.model_panel.is_switching = false;
        "That model cannot be used; the one before stays.".clone_into(&mut self.model_panel.note);
        self.toasts.add_on(Topic::Model, Level::Error, format!("the model stays as it was: {message}"), "", now_secs);
    }

    /// No answer will come any more.
    pub(super) fn model_switch_broke(&mut self) {
        self.model_panel.is_switching = false;
    }

    /// Whether another model is on its way.
    pub(super) fn is_switching_model(&self) -> bool {
        self.model_panel.is_switching
    }
}

fn weights_name(options: &ModelOptions) -> String {
    options.weights.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// What is in use.
pub(super) fn ready(model: &ModelStatus) -> Option<&ModelInfo> {
    if let ModelStatus::Ready(info) = model { Some(info) } else { None }
}

/// The panel, if it is open.
pub(super) fn model_ui(ctx: &egui::Context, state: &mut State, actions: &mut Actions) {
    if !state.model_panel.is_open {
        return;
    }
    let room = ctx.content_rect().size();
    let modal = Modal::new(Id::unique("model")).frame(style::dialog_frame(ctx)).show(ctx, |ui| {
        ui.set_width(WIDTH.min(room.x - 48.0));
        ui.heading("Model");
        in_use_ui(ui, &state.model);
        ui.add_space(GAP);
        let (model, panel) = (&state.model, &mut state.model_panel);
        let max_height = (room.y - 190.0).max(120.0);
        ui.visuals_mut().indent_has_left_vline = false;
        if let Some(entry) = panel.licence_of {
            let scroll = ScrollArea::vertical().max_height(max_height);
            scroll.show(ui, |ui| licence_ui(ui, entry, &mut panel.is_agreed, actions));
            return;
        }
        // Both limits: else the panel would grow for many frames after it has opened.
        let scroll = ScrollArea::vertical().max_height(max_height).min_scrolled_height(max_height);
        scroll.auto_shrink([false, true]).show(ui, |ui| {
            ui.set_max_width(ui.available_width() - 3.0 * GAP); // clear of the scroll bar
            weights_ui(ui, panel, actions);
            machine_ui(ui, panel, ready(model));
            quality_ui(ui, panel, ready(model));
        });
        ui.add_space(2.0 * GAP);
        end_ui(ui, panel, ready(model), actions);
    });
    let size = modal.response.rect.size();
    if std::mem::replace(&mut state.model_panel.size, size) != size {
        ctx.request_repaint();
    }
    if modal.should_close() {
        let has_licence = state.model_panel.licence_of.is_some();
        let close = if has_licence { ModelAction::HideLicence } else { ModelAction::Close };
        actions.push(Action::Model(close));
    }
}

fn in_use_ui(ui: &mut Ui, model: &ModelStatus) {
    let tokens = style::tokens(ui);
    let (text, colour) = match model {
        ModelStatus::Loading => ("Loading the model…".to_owned(), tokens.weak),
        ModelStatus::Failed(message) => (format!("No model: {message}"), tokens.error),
        ModelStatus::Ready(info) => (format!("In use: {} on {}", info.weights, info.device), tokens.weak),
    };
    ui.add(Label::new(RichText::new(text).color(colour)).wrap());
}

/// What it costs, and the buttons.
fn end_ui(ui: &mut Ui, panel: &ModelPanel, model: Option<&ModelInfo>, actions: &mut Actions) {
    let tokens = style::tokens(ui);
    let options = panel.choice.options(&panel.base, panel.survey.as_ref(), model);
    let is_in_use = model.is_some_and(|info| Ok(&info.options) == options.as_ref());
    let speed = match &options {
        Ok(options) => match panel.speeds.of(options) {
            Some(speed) => format!("Last seen here with this choice: {speed:.1} frames per second."),
            None => "How fast this choice is here shows once a point is tracked with it.".to_owned(),
        },
        Err(missing) => format!("{}{}.", missing[..1].to_uppercase(), &missing[1..]),
    };
    ui.add(Label::new(RichText::new(speed).color(tokens.weak)).wrap());
    if !panel.note.is_empty() {
        ui.add(Label::new(RichText::new(&panel.note).color(tokens.warning)).wrap());
    }
    ui.add_space(2.0 * GAP);
    end_row_ui(ui, |ui| {
        let can_use = options.is_ok() && !is_in_use && !panel.is_switching;
        let use_it = primary_button_ui(ui, "Use this model", can_use);
        if is_in_use {
            use_it.on_disabled_hover_text("It is in use");
        } else if use_it.clicked() {
            actions.push(Action::Model(ModelAction::Use));
        }
        if ui.button("Close").clicked() {
            actions.push(Action::Model(ModelAction::Close));
        }
        if panel.is_switching {
            ui.label(RichText::new("Loading…").color(tokens.weak));
            ui.spinner();
        }
    });
}
