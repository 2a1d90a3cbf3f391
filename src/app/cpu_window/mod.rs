//! The app's window where the CPU paints it: what eframe does where a GPU paints, with the same pieces (winit and egui's
//! own bridge to it), but no graphics driver.

mod screen;

use super::cpu_paint::CpuPainter;
use super::no_display;
use super::picture_pass::paint_on_cpu;
use super::window::{AppOptions, Cotrail};
use anyhow::{Context as _, anyhow};
use egui::{FullOutput, RawInput, ViewportBuilder, ViewportCommand, ViewportEvent, ViewportId, ViewportInfo};
use egui_winit::accesskit_winit;
use screen::Screen;
use std::sync::Arc;
use std::time::{Duration, Instant};
use winit::application::ApplicationHandler;
use winit::event::{StartCause, WindowEvent};
use winit::event_loop::{ActiveEventLoop, ControlFlow, EventLoop, EventLoopProxy};
use winit::window::{Window, WindowId};

/// Between two frames; there is no display's clock to wait for.
const MIN_INTERVAL: Duration = Duration::from_micros(16_600);
/// Between two looks at what came, while nobody sees the window.
const HIDDEN_INTERVAL: Duration = Duration::from_millis(100);
/// For a frame that the window system was asked for: it gives a covered window none, and does not always say so.
const MAX_WAIT: Duration = Duration::from_millis(250);
/// The longest side of a picture, in pixels: as large as those of GPUs.
const MAX_SIDE: usize = 16_384;

/// Runs the app until its window is closed.
///
/// # Errors
/// When there is no window to be had.
pub(super) fn run(viewport: ViewportBuilder, options: AppOptions) -> anyhow::Result<()> {
    let event_loop = EventLoop::<Wake>::with_user_event().build().map_err(|_| no_display())?;
    let mut shell =
        Shell { proxy: event_loop.create_proxy(), start: Some((viewport, options)), opened: None, problem: None };
    event_loop.run_app(&mut shell).context("the window broke off")?;
    shell.problem.map_or(Ok(()), Err)
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
struct Shell {
    proxy: EventLoopProxy<Wake>,
    /// Until the window is open.
    start: Option<(ViewportBuilder, AppOptions)>,
    opened: Option<Opened>,
    problem: Option<anyhow::Error>,
}

/// The open window.
struct Opened {
    app: Cotrail,
    ctx: egui::Context,
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

impl Shell {
    fn open(&mut self, event_loop: &ActiveEventLoop) -> anyhow::Result<()> {
        let Some((viewport, options)) = self.start.take() else { return Ok(()) };
        let ctx = egui::Context::default();
        let viewport = fitted(viewport, event_loop).with_visible(false);
        let window = egui_winit::create_window(&ctx, event_loop, &viewport).context("the window cannot be opened")?;
        let window = Arc::new(window);
        let scale = Some(window.scale_factor() as f32);
        let mut input =
            egui_winit::State::new(ctx.clone(), ViewportId::ROOT, &window, scale, window.theme(), Some(MAX_SIDE));
        input.init_accesskit(event_loop, &window, self.proxy.clone());
        let screen = Screen::new(&window).map_err(|error| unpaintable(&error))?;
        let proxy = self.proxy.clone();
        ctx.set_request_repaint_callback(move |request| {
            let Some(at) = Instant::now().checked_add(request.delay) else { return };
            let wake = Wake::Repaint { at, num_frames: request.current_cumulative_pass_nr };
            proxy.send_event(wake).ok(); // the window is gone: nothing to be painted
        });
        paint_on_cpu(&ctx);
        let mut info = ViewportInfo::default();
        egui_winit::update_viewport_info(&mut info, &ctx, &window, true);
        self.opened = Some(Opened {
            app: Cotrail::start(&ctx, MAX_SIDE, options),
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
    fn done(&mut self, event_loop: &ActiveEventLoop, outcome: anyhow::Result<bool>) {
        match outcome {
            Ok(true) => event_loop.exit(),
            Ok(false) => {}
            Err(problem) => self.fail(event_loop, problem),
        }
    }

    /// Ends the app; what went wrong is said by [`run`].
    fn fail(&mut self, event_loop: &ActiveEventLoop, problem: anyhow::Error) {
        self.problem.get_or_insert(problem);
        event_loop.exit();
    }
}

fn unpaintable(error: &softbuffer::SoftBufferError) -> anyhow::Error {
    anyhow!("the CPU cannot paint this window: {error} (`cotrail --paint gpu` leaves it to the graphics driver)")
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

impl ApplicationHandler<Wake> for Shell {
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
            opened.app.end();
        }
    }
}

impl Opened {
    /// A frame is wanted then, or when the last one is long enough ago.
    fn schedule(&mut self, at: Instant) {
        let interval = if self.is_visible() { MIN_INTERVAL } else { HIDDEN_INTERVAL };
        let at = self.last_at.map_or(at, |last| at.max(last + interval));
        self.next_at = Some(self.next_at.map_or(at, |next| next.min(at)));
    }

    /// Asks the window system for a frame if it is time, and sleeps until then; whether the window is to be closed.
    fn ask(&mut self, event_loop: &ActiveEventLoop) -> anyhow::Result<bool> {
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

    /// Lays out, paints and shows a frame, or, where it `is_seen` by nobody, takes in what came; whether the window is to be
    /// closed.
    fn redraw(&mut self, event_loop: &ActiveEventLoop, is_seen: bool) -> anyhow::Result<bool> {
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
        let mut asked = Vec::new(); // screenshots and a clipboard's commands: the app sends none
        egui_winit::process_viewport_commands(&self.ctx, &mut self.info, commands, &self.window, &mut asked);
        Ok(is_over)
    }

    fn paint(&mut self, event_loop: &ActiveEventLoop, input: RawInput) -> anyhow::Result<Vec<ViewportCommand>> {
        let (app, last_secs) = (&mut self.app, self.last_secs);
        let mut clock = Clock(Instant::now());
        let output = self.ctx.run_ui(input, |ui| {
            app.take_in(ui.ctx());
            app.lay_out(ui, last_secs);
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
        let num_pixels: i32 = changed.iter().map(|area| area.size()).sum();
        let is_lost = std::mem::take(&mut self.is_lost);
        let shown =
            self.screen.show(self.painter.pixels(), size, changed, is_lost, || self.window.pre_present_notify());
        shown.map_err(|error| unpaintable(&error))?;
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
        let mut output = self.ctx.run_logic(&input, |ctx| app.take_in(ctx));
        self.unseen = input;
        self.info.events.clear();
        self.input.handle_platform_output_with_event_loop(&self.window, event_loop, output.platform_output);
        output.viewport_commands.remove(&ViewportId::ROOT).unwrap_or_default()
    }
}
