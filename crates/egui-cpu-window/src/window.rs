//! The window: winit and egui's own bridge to it, as in eframe, but no graphics driver.

use crate::painter::CpuPainter;
use crate::screen::Screen;
use egui::{
    Context, FullOutput, RawInput, Ui, ViewportBuilder, ViewportCommand, ViewportEvent, ViewportId, ViewportInfo,
};
use egui_winit::accesskit_winit;
use softbuffer::SoftBufferError;
use std::sync::Arc;
use std::time::{Duration, Instant};
use winit::application::ApplicationHandler;
use winit::error::{EventLoopError, OsError};
use winit::event::{StartCause, WindowEvent};
use winit::event_loop::{ActiveEventLoop, ControlFlow, EventLoop, EventLoopProxy};
use winit::window::{Window, WindowId};

/// Between two frames; there is no display's clock to wait for.
const MIN_INTERVAL: Duration = Duration::from_micros(16_600);
/// Between two looks at what came, while nobody sees the window.
const HIDDEN_INTERVAL: Duration = Duration::from_millis(100);
/// For a frame that the window system was asked for: it gives a covered window none, and does not always say so.
const MAX_WAIT: Duration = Duration::from_millis(250);

/// The longest side of a texture, in pixels: as large as those of GPUs.
pub const MAX_TEXTURE_SIDE: usize = 16_384;

/// What a window shows. Everything is called on the thread of [`run`].
pub trait App {
    /// Takes in what came from elsewhere. Called before every frame, and in place of it while nobody sees the window.
    fn logic(&mut self, _ctx: &Context) {}

    /// Lays out a frame. `last_secs` is what the last one took: layout, painting and showing, in seconds.
    fn ui(&mut self, ui: &mut Ui, last_secs: Option<f32>);

    /// The window is about to go.
    fn on_exit(&mut self) {}
}

/// Why there is no window, or none any more.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No window system answers.
    #[error("no display was found")]
    NoDisplay(#[source] EventLoopError),
    /// The window system gives no window.
    #[error("the window cannot be opened")]
    NoWindow(#[source] OsError),
    /// The window system does not take pixels from the CPU; why, in its own words.
    #[error("the CPU cannot paint this window: {0}")]
    Unpaintable(String),
    /// The window system ended it.
    #[error("the window broke off")]
    BrokeOff(#[source] EventLoopError),
}

impl From<SoftBufferError> for Error {
    fn from(error: SoftBufferError) -> Self {
        Self::Unpaintable(error.to_string()) // it cannot go to another thread itself
    }
}

/// Opens a window and runs in it what `start` makes, until it is closed.
///
/// Call it on the main thread, and once: winit panics otherwise.
///
/// # Errors
/// When there is no window to be had, or the window system breaks off.
pub fn run<A: App>(viewport: ViewportBuilder, start: impl FnOnce(&Context) -> A) -> Result<(), Error> {
    let event_loop = EventLoop::<Wake>::with_user_event().build().map_err(Error::NoDisplay)?;
    let mut runner =
        Runner { proxy: event_loop.create_proxy(), start: Some((viewport, start)), opened: None, problem: None };
    event_loop.run_app(&mut runner).map_err(Error::BrokeOff)?;
    runner.problem.map_or(Ok(()), Err)
}

/// What wakes the window from other threads.
enum Wake {
    /// Egui wants a frame then; the count of its frames so far tells which requests are out of date.
    Repaint { at: Instant, num_frames: u64 },
    /// A screen reader.
    Access(accesskit_winit::Event),
}

impl From<accesskit_winit::Event> for Wake {
    fn from(event: accesskit_winit::Event) -> Self {
        Self::Access(event)
    }
}

/// Winit's events go here.
struct Runner<A, F> {
    proxy: EventLoopProxy<Wake>,
    /// Until the window is open.
    start: Option<(ViewportBuilder, F)>,
    opened: Option<Opened<A>>,
    problem: Option<Error>,
}

/// The open window.
struct Opened<A> {
    app: A,
    ctx: Context,
    window: Arc<Window>,
    input: egui_winit::State,
    info: ViewportInfo,
    painter: CpuPainter,
    screen: Screen,
    /// When a frame is to be painted next.
    next_at: Option<Instant>,
    /// When the window system was told that we want to paint.
    asked_at: Option<Instant>,
    /// What the window shows may be gone.
    is_lost: bool,
    is_shown: bool,
    /// Came while the window could not be seen.
    unseen: RawInput,
    last_at: Option<Instant>,
    last_secs: Option<f32>,
}

impl<A: App, F: FnOnce(&Context) -> A> Runner<A, F> {
    fn open(&mut self, event_loop: &ActiveEventLoop) -> Result<(), Error> {
        let Some((viewport, start)) = self.start.take() else { return Ok(()) };
        let ctx = Context::default();
        let viewport = fitted(viewport, event_loop).with_visible(false);
        let window = egui_winit::create_window(&ctx, event_loop, &viewport).map_err(Error::NoWindow)?;
        let window = Arc::new(window);
        let scale = Some(window.scale_factor() as f32);
        let max_side = Some(MAX_TEXTURE_SIDE);
        let mut input = egui_winit::State::new(ctx.clone(), ViewportId::ROOT, &window, scale, window.theme(), max_side);
        input.init_accesskit(event_loop, &window, self.proxy.clone());
        let screen = Screen::new(&window)?;
        let proxy = self.proxy.clone();
        ctx.set_request_repaint_callback(move |request| {
            let Some(at) = Instant::now().checked_add(request.delay) else { return };
            let wake = Wake::Repaint { at, num_frames: request.current_cumulative_pass_nr };
            proxy.send_event(wake).ok(); // the window is gone: nothing to be painted
        });
        let mut info = ViewportInfo::default();
        egui_winit::update_viewport_info(&mut info, &ctx, &window, true);
        self.opened = Some(Opened {
            app: start(&ctx),
            ctx,
            window,
            input,
            info,
            painter: CpuPainter::default(),
            screen,
            next_at: Some(Instant::now()),
            asked_at: None,
            is_lost: true,
            is_shown: false,
            unseen: RawInput::default(),
            last_at: None,
            last_secs: None,
        });
        Ok(())
    }

    /// Sees to the next frame.
    fn tend(&mut self, event_loop: &ActiveEventLoop) {
        if let Some(opened) = &mut self.opened {
            let outcome = opened.ask(event_loop);
            self.done(event_loop, outcome);
        }
    }

    /// After a frame: whether the window is to be closed, or what went wrong.
    fn done(&mut self, event_loop: &ActiveEventLoop, outcome: Result<bool, Error>) {
        match outcome {
            Ok(true) => event_loop.exit(),
            Ok(false) => {}
            Err(problem) => self.fail(event_loop, problem),
        }
    }

    /// Ends it all; what went wrong is said by [`run`].
    fn fail(&mut self, event_loop: &ActiveEventLoop, problem: Error) {
        self.problem.get_or_insert(problem);
        event_loop.exit();
    }
}

/// Times what is done one after the other.
struct Clock(Instant);

impl Clock {
    /// Since it was made, or asked last.
    fn millis(&mut self) -> f64 {
        let now = Instant::now();
        let since = now - std::mem::replace(&mut self.0, now);
        since.as_secs_f64() * 1e3
    }
}

/// The window no larger than the largest screen.
fn fitted(viewport: ViewportBuilder, event_loop: &ActiveEventLoop) -> ViewportBuilder {
    let screens = event_loop.available_monitors().map(|monitor| {
        let size = monitor.size().to_logical::<f32>(monitor.scale_factor());
        egui::vec2(size.width, size.height)
    });
    let largest = screens.fold(egui::Vec2::ZERO, egui::Vec2::max);
    match viewport.inner_size {
        Some(size) if largest != egui::Vec2::ZERO => viewport.with_inner_size(size.min(largest)),
        _ => viewport,
    }
}

impl<A: App, F: FnOnce(&Context) -> A> ApplicationHandler<Wake> for Runner<A, F> {
    fn resumed(&mut self, event_loop: &ActiveEventLoop) {
        if let Err(problem) = self.open(event_loop) {
            self.fail(event_loop, problem);
        }
    }

    fn new_events(&mut self, event_loop: &ActiveEventLoop, _cause: StartCause) {
        self.tend(event_loop);
    }

    fn user_event(&mut self, event_loop: &ActiveEventLoop, wake: Wake) {
        let Some(opened) = &mut self.opened else { return };
        match wake {
            Wake::Repaint { at, num_frames } => {
                let current = opened.ctx.cumulative_pass_nr_for(ViewportId::ROOT);
                if current == num_frames || current == num_frames + 1 {
                    opened.schedule(at);
                }
            }
            Wake::Access(event) => opened.access(event.window_event),
        }
        self.tend(event_loop);
    }

    fn window_event(&mut self, event_loop: &ActiveEventLoop, _window: WindowId, event: WindowEvent) {
        let Some(opened) = &mut self.opened else { return };
        match event {
            WindowEvent::RedrawRequested => {
                let outcome = opened.redraw(event_loop, true);
                self.done(event_loop, outcome);
            }
            other => opened.take(&other),
        }
        self.tend(event_loop);
    }

    fn exiting(&mut self, _event_loop: &ActiveEventLoop) {
        // While the event loop still runs: windows are not to outlive it.
        if let Some(mut opened) = self.opened.take() {
            opened.app.on_exit();
        }
    }
}

impl<A: App> Opened<A> {
    /// A frame is wanted then, or when the last one is long enough ago.
    fn schedule(&mut self, at: Instant) {
        let interval = if self.is_visible() { MIN_INTERVAL } else { HIDDEN_INTERVAL };
        let at = self.last_at.map_or(at, |last| at.max(last + interval));
        self.next_at = Some(self.next_at.map_or(at, |next| next.min(at)));
    }

    /// Asks the window system for a frame if it is time, and sleeps until then; whether the window is to be closed.
    fn ask(&mut self, event_loop: &ActiveEventLoop) -> Result<bool, Error> {
        let now = Instant::now();
        let mut is_over = false;
        if self.next_at.is_some_and(|at| at <= now) {
            self.next_at = None;
            if self.window.is_visible() == Some(false) || self.window.is_minimized() == Some(true) {
                is_over = self.redraw(event_loop, true)?; // Windows gives such a window no frames
            } else {
                self.asked_at.get_or_insert(now);
                self.window.request_redraw();
            }
        }
        if self.asked_at.is_some_and(|at| at + MAX_WAIT <= now) {
            is_over |= self.redraw(event_loop, false)?;
        }
        let wakes = self.next_at.into_iter().chain(self.asked_at.map(|at| at + MAX_WAIT));
        event_loop.set_control_flow(wakes.min().map_or(ControlFlow::Wait, ControlFlow::WaitUntil));
        Ok(is_over)
    }

    fn is_visible(&self) -> bool {
        self.info.visible().unwrap_or(true)
    }

    fn take(&mut self, event: &WindowEvent) {
        match event {
            WindowEvent::CloseRequested => {
                self.info.events.push(ViewportEvent::Close);
                self.ctx.request_repaint();
            }
            WindowEvent::Occluded(is_occluded) => self.info.occluded = Some(*is_occluded),
            _ => {}
        }
        // What was covered may be gone, and the window system's own word for that comes together with other wishes.
        self.is_lost |= matches!(event, WindowEvent::Resized(_) | WindowEvent::Occluded(_) | WindowEvent::Focused(_));
        if self.input.on_window_event(&self.window, event).repaint {
            self.schedule(Instant::now());
        }
    }

    fn access(&mut self, event: accesskit_winit::WindowEvent) {
        match event {
            accesskit_winit::WindowEvent::InitialTreeRequested => self.ctx.enable_accesskit(),
            accesskit_winit::WindowEvent::ActionRequested(request) => self.input.on_accesskit_action_request(request),
            accesskit_winit::WindowEvent::AccessibilityDeactivated => return self.ctx.disable_accesskit(),
        }
        self.schedule(Instant::now());
    }

    /// Lays out, paints and shows a frame, or, where it `is_seen` by nobody, takes in what came; whether the window is
    /// to be closed.
    fn redraw(&mut self, event_loop: &ActiveEventLoop, is_seen: bool) -> Result<bool, Error> {
        let started = Instant::now();
        self.last_at = Some(started);
        // Nobody asked: what was shown is gone, as after another window was in front of it.
        self.is_lost |= self.asked_at.take().is_none();
        egui_winit::update_viewport_info(&mut self.info, &self.ctx, &self.window, false);
        let mut input = std::mem::take(&mut self.unseen);
        input.append(self.input.take_egui_input(&self.window));
        input.viewports = [(ViewportId::ROOT, self.info.clone())].into_iter().collect();
        let wants_close = input.viewport().close_requested();
        let commands = if is_seen && (self.is_visible() || !self.is_shown) {
            self.paint(event_loop, input)?
        } else {
            self.go_on_unseen(event_loop, input)
        };
        self.last_secs = Some(started.elapsed().as_secs_f32());
        let is_over = wants_close && !commands.contains(&ViewportCommand::CancelClose);
        let mut asked = Vec::new(); // screenshots and a clipboard's commands are left out
        egui_winit::process_viewport_commands(&self.ctx, &mut self.info, commands, &self.window, &mut asked);
        Ok(is_over)
    }

    fn paint(&mut self, event_loop: &ActiveEventLoop, input: RawInput) -> Result<Vec<ViewportCommand>, Error> {
        let (app, last_secs) = (&mut self.app, self.last_secs);
        let mut clock = Clock(Instant::now());
        let output = self.ctx.run_ui(input, |ui| {
            app.logic(ui.ctx());
            app.ui(ui, last_secs);
        });
        let layout = clock.millis();
        self.info.events.clear();
        let FullOutput { platform_output, mut textures_delta, shapes, pixels_per_point, mut viewport_output } = output;
        self.input.handle_platform_output_with_event_loop(&self.window, event_loop, platform_output);
        let primitives = self.ctx.tessellate(shapes, pixels_per_point);
        let shapes = clock.millis();
        let size = self.window.inner_size();
        let size = [size.width as usize, size.height as usize];
        let changed = self.painter.paint(size, pixels_per_point, &primitives, &textures_delta);
        textures_delta.clear();
        let paint = clock.millis();
        let num_pixels: i32 = changed.iter().map(|area| area.num_pixels()).sum();
        let is_lost = std::mem::take(&mut self.is_lost);
        self.screen.show(self.painter.pixels(), size, changed, is_lost, || self.window.pre_present_notify())?;
        tracing::trace!(layout, shapes, paint, show = clock.millis(), num_pixels, "painted");
        if !std::mem::replace(&mut self.is_shown, true) {
            self.window.set_visible(true); // not before there is something to be seen
            self.is_lost = true;
        }
        Ok(viewport_output.remove(&ViewportId::ROOT).map(|output| output.commands).unwrap_or_default())
    }

    /// Nobody sees the window: what comes in is taken in, the interface stays as it is.
    fn go_on_unseen(&mut self, event_loop: &ActiveEventLoop, input: RawInput) -> Vec<ViewportCommand> {
        let app = &mut self.app;
        let mut output = self.ctx.run_logic(&input, |ctx| app.logic(ctx));
        self.unseen = input;
        self.info.events.clear();
        self.input.handle_platform_output_with_event_loop(&self.window, event_loop, output.platform_output);
        output.viewport_commands.remove(&ViewportId::ROOT).unwrap_or_default()
    }
}
