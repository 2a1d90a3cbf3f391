//! The window: takes in what the session reports, lays the interface out, then applies the actions.

use super::actions::{Action, Actions, now};
use super::autosaver::banner_ui;
use super::canvas::canvas_ui;
use super::dialogs::FileDialogs;
use super::export::export_ui;
use super::live::{Cameras, Live, chooser_ui, last_stream_ui, live_ui};
use super::log_panel::log_ui;
use super::look::look_ui;
use super::memory::Memory;
use super::menus::top_bar_ui;
use super::model_panel::{ModelPanel, model_ui};
use super::palette::palette_ui;
use super::pictures::Pictures;
use super::points::points_ui;
use super::prompts::prompt_ui;
use super::shell::Shell;
use super::start_page::start_page_ui;
use super::state::{ModelStatus, State};
use super::status::{statistics_ui, status_ui};
use super::style;
use super::timeline::{LANES_HEIGHT, LANES_HEIGHTS, lanes_ui, problems_window_ui, timeline_ui};
use super::toasts::{Level, Topic};
use super::transport::transport_ui;
use super::{keys, live, placing, seeding, shell};
use crate::session::{Event, ModelOptions, Opener, Repaint, RunEnd, Session, SessionOptions};
use egui::{Frame, Margin, Panel, Ui};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Logs the frame times at the end when this is set.
const STATISTICS_VARIABLE: &str = "COTRAIL_FRAME_STATS";

/// What the window starts with.
pub struct AppOptions {
    /// What to open; the demo clip where `None`.
    pub input: Option<PathBuf>,
    /// The demo clip, where it is installed.
    pub demo: Option<PathBuf>,
    /// The network, or why there is none.
    pub model: Result<ModelOptions, String>,
    /// Opens clips.
    pub open: Opener,
    /// Asks for files.
    pub dialogs: Arc<dyn FileDialogs>,
    /// The cameras that there are.
    pub cameras: Cameras,
    /// Where weights are fetched from and kept.
    pub weights: crate::weights::Settings,
    /// What was remembered from the last time.
    pub memory: Memory,
}

/// The app, as its [shell](super::shell) runs it.
pub struct Cotrail {
    state: State,
}

impl Cotrail {
    /// Starts the workers and opens the first clip; `max_side` is the longest side of pictures that the window takes,
    /// in pixels.
    pub(super) fn start(ctx: &egui::Context, shell: &'static dyn Shell, max_side: usize, options: AppOptions) -> Self {
        shell::install(shell, ctx);
        style::install(ctx);
        // Until a system says otherwise: most footage is judged on dark.
        ctx.options_mut(|egui_options| egui_options.fallback_theme = egui::Theme::Dark);
        let pictures = Pictures::new(max_side);
        let waker = ctx.clone();
        // Without any delay egui lays out twice, which nothing that comes from other threads needs.
        let repaint: Repaint = Arc::new(move || waker.request_repaint_after(Duration::from_nanos(1)));
        let (model, failure) = match options.model {
            Ok(model) => (Some(model), None),
            Err(message) => (None, Some(message)),
        };
        let base =
            model.clone().unwrap_or_else(|| super::model_options(PathBuf::from(crate::bundled::DEFAULT_WEIGHTS)));
        let kept = options.memory.kept.model.as_ref().map(|kept| kept.options(&base)).filter(|kept| *kept != base);
        let fallback = kept.is_some().then(|| base.clone());
        let model = kept.or(model);
        let mut model_panel = ModelPanel::new(options.weights, base);
        model_panel.fallback = fallback;
        let session = Session::start(SessionOptions {
            open: options.open,
            screen: pictures.screen(),
            repaint: Arc::clone(&repaint),
            model,
            cache_budget_bytes: SessionOptions::DEFAULT_CACHE_BYTES,
        });
        let AppOptions { dialogs, demo, memory, cameras, .. } = options;
        let live = Live::new(cameras, &repaint);
        let mut state = State::new(session, repaint, pictures, dialogs, live, model_panel, memory);
        state.demo = demo;
        state.recall(ctx);
        if let Some(note) = state.memory.note.take() {
            state.toasts.add(Level::Warning, note, "", 0.0);
        }
        if let Some(message) = failure {
            state.model_failed(message, 0.0);
        }
        // The demo is for the first day; later, the page says where the work was left off.
        let settings = &state.memory.settings;
        let is_new = settings.recent.is_empty() && !settings.knows_the_way;
        if let Some(first) = options.input.or_else(|| state.demo.clone().filter(|_| is_new)) {
            state.open(ctx, first);
        }
        Self { state }
    }

    /// Takes in what came since the last frame.
    pub(super) fn take_in(&mut self, ctx: &egui::Context) {
        let now_secs = now(ctx);
        for event in self.state.session.update() {
            self.state.react(event, now_secs);
        }
        self.state.pictures.update(self.state.generation());
        self.state.update_live(ctx);
        if let Some((question, answer)) = self.state.dialogs.take_answer() {
            self.state.answered(ctx, question, answer);
        }
        self.state.update_export(ctx);
        self.state.update_import(ctx);
        self.state.update_models(now_secs);
        self.state.update_projects(ctx);
        self.state.update_autosave(ctx);
        self.state.look_for_recent(ctx);
        if let Some(problem) = self.state.keep_settings(ctx, now_secs) {
            self.state.toasts.add(Level::Warning, "the settings could not be kept", problem, now_secs);
        }
        self.state.keep_playing(ctx);
    }

    /// Lays the window out and does what the user wants. `frame_secs` is what the last whole frame took, painting
    /// included, where the shell measures it.
    pub(super) fn lay_out(&mut self, ui: &mut Ui, frame_secs: Option<f32>) {
        let started = Instant::now();
        let ctx = ui.ctx().clone();
        let state = &mut self.state;
        let mut actions = keys::pressed(&ctx, |key, modifiers| match (&state.held, &state.seeding) {
            (Some(held), _) => placing::key_action(held, key, modifiers),
            (None, Some(_)) => seeding::key_action(key),
            (None, None) => live::key_action(&state.live, key, modifiers),
        });
        actions.extend(dropped(&ctx).map(Action::Open));
        state.had_popup = egui::Popup::is_any_open(&ctx);
        state.check_held(&ctx);
        state.check_plain(&ctx);
        state.prepare_scene();
        state.follow();
        state.prepare_timeline(&ctx);
        layout_ui(ui, state, &mut actions);
        export_ui(&ctx, state, &mut actions);
        model_ui(&ctx, state, &mut actions);
        chooser_ui(&ctx, state, &mut actions);
        prompt_ui(&ctx, state, &mut actions);
        palette_ui(&ctx, state, &mut actions);
        look_ui(&ctx, state, &mut actions);
        problems_window_ui(&ctx, state, &mut actions);
        statistics_ui(&ctx, state);
        log_ui(&ctx, state);
        state.toasts.show(&ctx, state.canvas_corner, &mut actions);
        return_focus(&ctx);
        state.wake_after_dialogs(&ctx);
        apply(state, &ctx, actions);
        let secs = frame_secs.unwrap_or_else(|| started.elapsed().as_secs_f32());
        state.frame_times.push(secs, state.is_tracking());
    }

    /// Keeps what must not be lost; the window is about to go.
    pub(super) fn end(&mut self) {
        self.state.memory.keep_now();
        self.state.autosaver.end();
        if std::env::var_os(STATISTICS_VARIABLE).is_some() {
            for (name, summary) in self.state.frame_times.overall() {
                if let Some(summary) = summary {
                    // Asked for by the variable, so it does not depend on what is logged.
                    eprintln!("interface while {name}: {summary}");
                }
            }
        }
    }
}

fn layout_ui(ui: &mut Ui, state: &mut State, actions: &mut Actions) {
    let fill = ui.visuals().panel_fill;
    let bar = Frame::new().fill(fill);
    Panel::top("top_bar").exact_size(style::TOP_BAR_HEIGHT).frame(bar).show(ui, |ui| top_bar_ui(ui, state, actions));
    let status = Panel::bottom("status").exact_size(style::STATUS_BAR_HEIGHT).frame(bar);
    status.show(ui, |ui| status_ui(ui, state, actions));
    if state.offers_autosave() {
        let banner = Panel::top("banner").frame(bar.inner_margin(Margin::symmetric(0, 6)));
        banner.show(ui, |ui| banner_ui(ui, state, actions));
    }
    if state.offers_last_stream() {
        let banner = Panel::top("stream_banner").frame(bar.inner_margin(Margin::symmetric(0, 6)));
        banner.show(ui, |ui| last_stream_ui(ui, state, actions));
    }
    if state.live.is_open() {
        return live_ui(ui, state, actions);
    }
    if state.shows_start_page() {
        egui::CentralPanel::no_frame().show(ui, |ui| start_page_ui(ui, state, actions));
        return;
    }
    state.missing.page_was_shown = false;
    let bottom = Panel::bottom("transport").frame(bar.inner_margin(Margin { top: 2, bottom: 6, ..Margin::ZERO }));
    bottom.show(ui, |ui| {
        ui.allocate_ui(egui::vec2(ui.available_width(), style::ICON_BUTTON), |ui| transport_ui(ui, state, actions));
    });
    if state.timeline.shows_lanes {
        let lanes = Panel::bottom("lanes").resizable(true).default_size(LANES_HEIGHT).size_range(LANES_HEIGHTS);
        lanes
            .frame(bar.inner_margin(Margin { top: 4, bottom: 4, ..Margin::ZERO }))
            .show(ui, |ui| lanes_ui(ui, state, actions));
    }
    let strip = Panel::bottom("timeline").frame(bar.inner_margin(Margin { top: 6, ..Margin::ZERO }));
    strip.show(ui, |ui| timeline_ui(ui, state, actions));
    let points = Panel::right("points")
        .default_size(state.memory.settings.panel_width.unwrap_or(style::PANEL_WIDTH))
        .size_range(180.0..=420.0);
    let shown = points.frame(bar.inner_margin(Margin::symmetric(10, 8))).show(ui, |ui| points_ui(ui, state, actions));
    state.memory.settings.panel_width = Some(shown.response.rect.width().round());
    egui::CentralPanel::no_frame().show(ui, |ui| canvas_ui(ui, state, actions));
}

fn apply(state: &mut State, ctx: &egui::Context, actions: Actions) {
    // The list and the canvas both say what is under the pointer: the last word counts, silence means nothing.
    let mut hovered = None;
    for action in actions {
        match action {
            Action::Hover(track) => hovered = track.or(hovered),
            other => state.apply(ctx, other),
        }
    }
    if state.hovered != hovered {
        state.apply(ctx, Action::Hover(hovered));
    }
}

fn dropped(ctx: &egui::Context) -> impl Iterator<Item = PathBuf> {
    let first = ctx.input(|input| input.raw.dropped_files.first().map(|file| file.path().to_owned()));
    first.into_iter()
}

/// After a click the keys belong to the clip again, not to the button that was clicked.
fn return_focus(ctx: &egui::Context) {
    let was_clicked = ctx.input(|input| input.pointer.any_click());
    if was_clicked && !ctx.text_edit_focused() {
        placing::release_focus(ctx);
    }
}

impl State {
    /// What lies under a dialog takes clicks again in the second frame after it has closed: that frame must not wait
    /// for the click itself.
    fn wake_after_dialogs(&self, ctx: &egui::Context) {
        let shows_dialog =
            self.prompt.is_some() || self.palette.is_open() || self.export.is_open() || self.model_panel.is_open();
        if !shows_dialog && ctx.memory(|memory| memory.top_modal_layer().is_some()) {
            ctx.request_repaint();
        }
    }

    /// Takes in one report of the session.
    fn react(&mut self, event: Event, now_secs: f64) {
        match event {
            Event::Opened { info, generation } => {
                self.toasts.settle(Topic::Open);
                self.begin_clip();
                self.project_opened(generation);
                for warning in &info.warnings {
                    self.toasts.add(Level::Warning, warning.as_str(), info.path.display().to_string(), now_secs);
                }
            }
            Event::OpenFailed { path, message, .. } => {
                let text = format!("cannot open {}", name_of(&path));
                self.toasts.add_on(
                    Topic::Open,
                    Level::Error,
                    format!("{text}: {}", cause(&message, &path)),
                    message,
                    now_secs,
                );
            }
            Event::ClipFailed { message, .. } => {
                self.player.pause();
                self.toasts.add_on(Topic::Open, Level::Error, "the clip cannot be read any further", message, now_secs);
            }
            Event::ModelReady(info) => self.model_ready(info, now_secs),
            Event::ModelKept { message } => self.model_kept(&message, now_secs),
            Event::ModelFailed { message } if !self.falls_back(&message, now_secs) => {
                self.model_failed(message, now_secs);
            }
            Event::RunEnded { end: RunEnd::Finished { num_missing }, .. } => {
                self.hints.has_tracked = true;
                self.fit_speeds();
                if num_missing > 0 {
                    tracing::warn!("{num_missing} frames do not decode and were bridged");
                }
            }
            Event::RunEnded { end: RunEnd::Failed(message), .. } if !matches!(self.model, ModelStatus::Failed(_)) => {
                self.toasts.add(Level::Error, "a point could not be followed", message, now_secs);
            }
            Event::ExportEnded { id, end } => self.export_ended(id, &end, now_secs),
            Event::Panicked { worker, message, .. } => {
                self.model_switch_broke();
                let text = format!("something went wrong inside Cotrail ({worker:?})");
                self.toasts.add(Level::Error, text.to_lowercase(), message, now_secs);
            }
            _ => {}
        }
    }

    pub(super) fn model_failed(&mut self, message: String, now_secs: f64) {
        let text = "the model could not be loaded, points cannot be followed";
        self.toasts.add_on(Topic::Model, Level::Error, text, message.clone(), now_secs);
        self.model_switch_broke();
        self.model = ModelStatus::Failed(message);
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// A message without the path at its end, which the sentence around it names already.
fn cause<'a>(message: &'a str, path: &Path) -> &'a str {
    message.strip_suffix(&format!(": {}", path.display())).unwrap_or(message)
}
