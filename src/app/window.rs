//! The window: takes in what the session reports, lays the interface out, then applies the actions.

use super::actions::{Actions, ShellAction};
use super::camera::Cameras;
use super::camera::chooser_ui::chooser_ui;
use super::camera::last_stream::last_stream_ui;
use super::camera::room::CameraRoom;
use super::camera::screen::camera_ui;
use super::canvas::look::Look;
use super::canvas::look_ui::look_ui;
use super::canvas::pictures::Pictures;
use super::canvas::placing::check_held;
use super::canvas::point_view::PointView;
use super::canvas::{framing, held, painter, ruling, seeding};
use super::clip::autosaver::{Autosaver, banner_ui};
use super::clip::room::ClipRoom;
use super::clip::screen::clip_ui;
use super::clip::timeline::problems::problems_window_ui;
use super::desk::Desk;
use super::desk::dialogs::FileDialogs;
use super::desk::memory::Memory;
use super::desk::toasts::{Level, Topic};
use super::export::dialog::export_ui;
use super::export::panel::ExportPanel;
use super::kit::style;
use super::kit::words::name_of;
use super::learn::dialog::learn_ui;
use super::learn::room::LearnRoom;
use super::many::dialog::many_ui;
use super::many::room::ManyRoom;
use super::measure::panel::measure_ui;
use super::model::panel::model_ui;
use super::model::room::ModelRoom;
use super::model::status::ModelStatus;
use super::shell::kept::Kept;
use super::shell::keys;
use super::shell::log_panel::{LogPanel, log_ui};
use super::shell::menus::top_bar_ui;
use super::shell::palette::{Offer, Palette, palette_ui};
use super::shell::prompts::prompt_ui;
use super::shell::recent::Missing;
use super::shell::start_page::start_page_ui;
use super::shell::stats::FrameTimes;
use super::shell::status::{statistics_ui, status_ui};
use super::state::State;
use crate::project::Places;
use crate::session::{Event, ModelOptions, Opener, Repaint, RunEnd, Session, SessionOptions};
use egui::{Context, Frame, Margin, Panel, Ui};
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
    /// The program itself, whose commands work beside the window.
    pub program: PathBuf,
}

/// The app, as its shell runs it.
pub struct Cotrail {
    state: State,
    /// What was kept of the user's choices when they last changed.
    kept: Kept,
}

impl Cotrail {
    /// Starts the workers and opens the first clip; `max_side` is the longest side of pictures that the window takes,
    /// in pixels.
    pub(super) fn start(
        ctx: &Context,
        painter: &'static dyn painter::PicturePainter,
        max_side: usize,
        options: AppOptions,
    ) -> Self {
        painter::install(painter, ctx);
        style::install(ctx);
        // Until a system says otherwise: most footage is judged on dark.
        ctx.options_mut(|egui_options| egui_options.fallback_theme = egui::Theme::Dark);
        let waker = ctx.clone();
        // Without any delay egui lays out twice, which nothing that comes from other threads needs.
        let repaint: Repaint = Arc::new(move || waker.request_repaint_after(Duration::from_nanos(1)));
        let AppOptions { input, demo, model, open, dialogs, cameras, weights, memory, program } = options;
        let kept = Kept::of_settings(&memory.settings);
        let (model, failure) = match model {
            Ok(model) => (Some(model), None),
            Err(message) => (None, Some(message)),
        };
        let base =
            model.clone().unwrap_or_else(|| super::model_options(PathBuf::from(crate::bundled::DEFAULT_WEIGHTS)));
        let chosen = kept.model.as_ref().map(|kept| kept.options(&base)).filter(|chosen| *chosen != base);
        let fallback = chosen.is_some().then(|| base.clone());
        let model = chosen.or(model);
        let pictures = Pictures::new(max_side);
        let session = Session::start(SessionOptions {
            open,
            screen: pictures.screen(),
            repaint: Arc::clone(&repaint),
            model,
            cache_budget_bytes: SessionOptions::DEFAULT_CACHE_BYTES,
        });
        let autosaver = Autosaver::new(memory.places.as_ref().map(Places::autosaves), &repaint);
        let mut state = State {
            camera: CameraRoom::new(cameras, pictures.converter(), &repaint),
            clip: ClipRoom::new(session, pictures, autosaver),
            desk: Desk::new(ctx, &repaint, dialogs, memory, demo),
            look: Look::default(),
            model: ModelRoom::new(weights, base),
            export: ExportPanel::default(),
            many: ManyRoom::new(program.clone()),
            learn: LearnRoom::new(program),
            palette: Palette::default(),
            log: LogPanel::default(),
            missing: Missing::default(),
            frame_times: FrameTimes::default(),
            shows_statistics: false,
            canvas_corner: egui::Pos2::ZERO,
        };
        state.model.fallback = fallback;
        kept.recall(&mut state);
        state.begin(input, failure);
        Self { state, kept }
    }

    /// Takes in what came since the last frame.
    pub(super) fn take_in(&mut self) {
        let state = &mut self.state;
        for event in state.clip.session.update() {
            state.react(event);
        }
        state.clip.pictures.update(state.clip.generation());
        state.camera.update(&mut state.desk, &state.clip.session);
        state.describe_stream();
        if let Some((question, answer)) = state.desk.dialogs.take_answer() {
            state.answered(&question, answer);
        }
        state.desk.update();
        state.export.update(&mut state.desk);
        state.many.update(&mut state.desk, &state.clip, &state.model.status);
        state.learn.update(&mut state.desk);
        state.clip.update_import(&mut state.desk);
        state.clip.update_chart_file(&mut state.desk);
        state.model.update(&mut state.desk, &state.clip.session);
        state.update_projects();
        state.clip.update_autosave(&mut state.desk, &state.model.status, &state.look);
        state.look_for_recent();
        if let Some(problem) = self.kept.keep(state) {
            state.desk.tell(Level::Warning, "the settings could not be kept", problem);
        }
        state.clip.keep_playing(&state.desk);
    }

    /// Lays the window out and does what the user wants. `frame_secs` is what the last whole frame took, painting
    /// included, where the shell measures it.
    pub(super) fn lay_out(&mut self, ui: &mut Ui, frame_secs: Option<f32>) {
        let started = Instant::now();
        let ctx = ui.ctx().clone();
        let state = &mut self.state;
        let mut actions = Actions::default();
        keys::pressed(&ctx, &mut actions, |key, modifiers| {
            let canvas = state.shown_canvas();
            if canvas.ruling.is_some() {
                return ruling::key_action(key);
            }
            match (&canvas.framing, &canvas.held, &canvas.seeding) {
                (Some(_), ..) => framing::key_action(key),
                (None, Some(held), _) => held::key_action(held, key, modifiers),
                (None, None, Some(_)) => seeding::key_action(key),
                (None, None, None) => None,
            }
        });
        if state.many.is_open() {
            state.many.add(dropped(&ctx));
        } else {
            actions.extend(dropped(&ctx).into_iter().take(1).map(|path| ShellAction::Open(path).into()));
        }
        let had_popup = egui::Popup::is_any_open(&ctx);
        state.prepare();
        layout_ui(ui, state, had_popup, &mut actions);
        dialogs_ui(&ctx, state, &mut actions);
        state.desk.toasts.show(&ctx, state.canvas_corner, &mut actions);
        return_focus(state);
        state.wake_after_dialogs();
        state.apply_all(actions);
        let secs = frame_secs.unwrap_or_else(|| started.elapsed().as_secs_f32());
        state.frame_times.push(secs, state.clip.is_tracking());
    }

    /// Keeps what must not be lost; the window is about to go.
    pub(super) fn end(&mut self) {
        let state = &mut self.state;
        state.desk.memory.keep_now();
        state.clip.autosaver.end();
        if std::env::var_os(STATISTICS_VARIABLE).is_some() {
            for (name, summary) in state.frame_times.overall() {
                if let Some(summary) = summary {
                    // Asked for by the variable, so it does not depend on what is logged.
                    eprintln!("interface while {name}: {summary}");
                }
            }
        }
    }
}

fn layout_ui(ui: &mut Ui, state: &mut State, had_popup: bool, actions: &mut Actions) {
    let fill = ui.visuals().panel_fill;
    let bar = Frame::new().fill(fill);
    Panel::top("top_bar").exact_size(style::TOP_BAR_HEIGHT).frame(bar).show(ui, |ui| top_bar_ui(ui, state, actions));
    let status = Panel::bottom("status").exact_size(style::STATUS_BAR_HEIGHT).frame(bar);
    status.show(ui, |ui| status_ui(ui, state, actions));
    if !state.clip.autosaver.offered.is_empty() {
        let banner = Panel::top("banner").frame(bar.inner_margin(Margin::symmetric(0, 6)));
        banner.show(ui, |ui| banner_ui(ui, &state.clip.autosaver, actions));
    }
    if state.camera.last.is_on_offer() && !state.camera.is_open() {
        let banner = Panel::top("stream_banner").frame(bar.inner_margin(Margin::symmetric(0, 6)));
        banner.show(ui, |ui| last_stream_ui(ui, &state.camera.last, actions));
    }
    let panel_width = state.desk.memory.settings.panel_width.unwrap_or(style::PANEL_WIDTH);
    let (with, around) = ((&state.look, &state.model.status), (panel_width, had_popup));
    let width;
    if state.camera.is_open() {
        let mut list = std::mem::take(&mut state.camera.list);
        let (drawn, panel) = camera_ui(ui, &state.camera, &mut list, with, around, actions);
        (state.camera.list, state.canvas_corner, width) = (list, drawn.rect.max, panel);
        state.camera.drawn(&drawn, state.desk.now_secs(), state.frame_times.last_secs());
    } else if state.shows_start_page() {
        let page = egui::CentralPanel::no_frame().show(ui, |ui| start_page_ui(ui, state, actions));
        (state.canvas_corner, state.missing.page_was_shown) = (page.inner.max, true);
        return;
    } else {
        state.missing.page_was_shown = false;
        let mut list = std::mem::take(&mut state.clip.list);
        let (drawn, panel) = clip_ui(ui, &state.clip, &mut list, with, around, actions);
        (state.clip.list, state.canvas_corner, width) = (list, drawn.rect.max, panel);
        state.clip.canvas.placement = drawn.placement.or(state.clip.canvas.placement);
    }
    state.desk.memory.settings.panel_width = Some(width.round());
}

fn dialogs_ui(ctx: &Context, state: &mut State, actions: &mut Actions) {
    export_ui(ctx, state, actions);
    many_ui(ctx, &mut state.many, &state.clip, &state.model.status, actions);
    learn_ui(ctx, &mut state.learn, &state.clip, actions);
    model_ui(ctx, &mut state.model, actions);
    chooser_ui(ctx, &state.camera.chooser, actions);
    prompt_ui(ctx, state, actions);
    let mut palette = std::mem::take(&mut state.palette);
    let tracks = if state.camera.is_open() { state.camera.tracks() } else { state.clip.tracks() };
    let offer = Offer {
        availability: &|command| state.availability(command),
        numbers: state.clip.session.clip().map(|clip| clip.info().numbers()),
        tracks: tracks.map(|tracks| &**tracks),
    };
    palette_ui(ctx, &mut palette, &offer, actions);
    state.palette = palette;
    look_ui(ctx, &state.look, state.canvas_corner, actions);
    if !state.camera.is_open() {
        problems_window_ui(ctx, &state.clip, state.look.style.palette, actions);
        if measure_ui(ctx, &state.clip, &state.look, state.canvas_corner, actions) {
            state.clip.measuring.wants_length = false;
        }
    }
    statistics_ui(ctx, &state.frame_times, &mut state.shows_statistics);
    log_ui(ctx, &mut state.log);
}

fn dropped(ctx: &Context) -> Vec<PathBuf> {
    ctx.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect())
}

/// After a click the keys belong to the clip again, not to the button that was clicked.
fn return_focus(state: &State) {
    let ctx = &state.desk.ctx;
    let was_clicked = ctx.input(|input| input.pointer.any_click());
    if was_clicked && !ctx.text_edit_focused() {
        state.desk.release_focus();
    }
}

impl State {
    /// Says what went wrong before there was a window, and opens the first clip.
    fn begin(&mut self, input: Option<PathBuf>, failure: Option<String>) {
        if let Some(note) = self.desk.memory.note.take() {
            self.desk.tell(Level::Warning, note, "");
        }
        if let Some(message) = failure {
            self.model.failed(&mut self.desk, message);
        }
        // The demo is for the first day; later, the page says where the work was left off.
        let settings = &self.desk.memory.settings;
        let is_new = settings.recent.is_empty() && !settings.knows_the_way;
        if let Some(first) = input.or_else(|| self.desk.demo.clone().filter(|_| is_new)) {
            self.open(first);
        }
    }

    /// Brings everything up to date before it is laid out.
    fn prepare(&mut self) {
        if self.camera.is_open() {
            check_held(&mut self.camera, &mut self.desk);
        } else {
            check_held(&mut self.clip, &mut self.desk);
        }
        self.look.check_plain(&self.desk.ctx);
        self.clip.prepare_scene(&self.look);
        self.clip.prepare_charts(self.look.style.palette);
        self.camera.prepare_scene(&self.look);
        self.clip.prepare_timeline(&mut self.desk);
    }

    /// Looks after the list of recent files while it can be seen.
    fn look_for_recent(&mut self) {
        let is_focused = |event: &egui::Event| matches!(event, egui::Event::WindowFocused(true));
        let came_back = self.desk.ctx.input(|input| input.raw.events.iter().any(is_focused));
        if self.shows_start_page() {
            self.missing.look(&self.desk.memory.settings.recent, came_back, self.desk.repaint.clone());
        }
    }

    /// What lies under a dialog takes clicks again in the second frame after it has closed: that frame must not wait
    /// for the click itself.
    fn wake_after_dialogs(&self) {
        let shows_dialog = self.desk.prompt.is_some()
            || self.palette.is_open
            || self.export.is_open
            || self.model.is_open
            || self.many.is_open()
            || self.learn.is_open();
        let ctx = &self.desk.ctx;
        if !shows_dialog && ctx.memory(|memory| memory.top_modal_layer().is_some()) {
            ctx.request_repaint();
        }
    }

    /// Takes in one report of the session.
    fn react(&mut self, event: Event) {
        let desk = &mut self.desk;
        match event {
            Event::Opened { info, generation } => {
                desk.toasts.settle(Topic::Open);
                self.begin_clip();
                self.clip.opened(&mut self.desk, &mut self.look, generation);
                for warning in &info.warnings {
                    self.desk.tell(Level::Warning, warning.as_str(), info.path.display().to_string());
                }
            }
            Event::OpenFailed { path, message, .. } => {
                let text = format!("cannot open {}: {}", name_of(&path), cause(&message, &path));
                desk.say(Topic::Open, Level::Error, text, message);
            }
            Event::ClipFailed { message, .. } => {
                self.clip.player.pause();
                desk.say(Topic::Open, Level::Error, "the clip cannot be read any further", message);
            }
            Event::ModelReady(info) => self.model.is_ready(desk, &self.clip.session, info),
            Event::ModelKept { message } => self.model.is_kept(desk, &message),
            Event::ModelFailed { message } => self.model.is_refused(desk, &mut self.clip.session, message),
            Event::GpuFailed { message } => {
                let text = "the GPU failed; the CPU goes on";
                let details =
                    format!("{message}. What was being followed begins again. The model panel goes back to the GPU.");
                desk.tell(Level::Warning, text, details);
            }
            Event::RunCut { num_parts, num_frames, .. } => {
                let text = format!("the clip is too long to be looked at at once: it is followed in {num_parts} parts");
                let details = format!("Each has {num_frames} frames and goes on from the one before.");
                desk.say(Topic::Model, Level::Warning, text, details);
            }
            Event::ZoomIdle { .. } => {
                let text = "zoom changes nothing for these points: the network looks at the whole picture";
                let details = "They are spread over most of it, or it is hardly larger than what the network sees. \
                               Points that are far apart zoom better one by one.";
                desk.say(Topic::Model, Level::Warning, text, details);
            }
            Event::RunEnded { end: RunEnd::Finished { num_missing }, .. } => {
                self.clip.hints.has_tracked = true;
                self.fit_speeds();
                if num_missing > 0 {
                    tracing::warn!("{num_missing} frames do not decode and were bridged");
                }
            }
            Event::RunEnded { end: RunEnd::Failed(message), .. }
                if !matches!(self.model.status, ModelStatus::Failed(_)) =>
            {
                desk.tell(Level::Error, "a point could not be followed", message);
            }
            Event::ExportEnded { id, end } => self.export.finished(desk, id, &end),
            Event::Panicked { worker, message, .. } => {
                self.model.is_switching = false; // no answer will come any more
                let text = format!("something went wrong inside Cotrail ({worker:?})");
                desk.tell(Level::Error, text.to_lowercase(), message);
            }
            _ => {}
        }
    }
}

/// A message without the path at its end, which the sentence around it names already.
fn cause<'a>(message: &'a str, path: &Path) -> &'a str {
    message.strip_suffix(&format!(": {}", path.display())).unwrap_or(message)
}
