//! The shells around the app: each opens its window, brings its input, and paints. One is eframe, where a GPU paints;
//! the other is `egui_cpu_window`, where the CPU does. Only this file and the picture pass know them.

use crate::app::canvas::painter::{PicturePainter, ShownPicture};
use crate::app::canvas::picture_pass::PicturePass;
use crate::app::kit::style;
use crate::app::window::{AppOptions, Cotrail};
use anyhow::anyhow;
use eframe::egui_wgpu;
use egui::{Context, Shape, Ui, ViewportBuilder};
use egui_cpu_window::{MAX_TEXTURE_SIDE, Picture};

/// Opens the window and paints it.
pub(crate) trait Shell: PicturePainter {
    /// Runs the app in a window until it is closed.
    ///
    /// # Errors
    /// When there is no window to be had.
    fn run(&self, viewport: ViewportBuilder, options: AppOptions) -> anyhow::Result<()>;
}

/// Eframe, and a graphics driver.
pub(crate) static GPU: &dyn Shell = &Gpu;
/// The CPU alone.
pub(crate) static CPU: &dyn Shell = &Cpu;

struct Gpu;

impl Shell for Gpu {
    fn run(&self, viewport: ViewportBuilder, options: AppOptions) -> anyhow::Result<()> {
        let native = eframe::NativeOptions { viewport, ..eframe::NativeOptions::default() };
        let outcome = eframe::run_native("Cotrail", native, Box::new(|cc| Ok(Box::new(Cotrail::new(cc, options)))));
        outcome.map_err(|error| match error {
            // The library's own text is the place in its source.
            eframe::Error::WinitEventLoop(_) => no_display(),
            other => anyhow!("the window cannot be opened: {other}"),
        })
    }
}

impl PicturePainter for Gpu {
    fn shape(&self, shown: ShownPicture) -> Shape {
        Shape::Callback(egui_wgpu::Callback::new_paint_callback(shown.canvas, shown))
    }
}

impl Cotrail {
    /// Starts the workers and opens the first clip, in a window of eframe's.
    #[must_use]
    pub fn new(cc: &eframe::CreationContext<'_>, options: AppOptions) -> Self {
        if let Some(render) = &cc.wgpu_render_state {
            PicturePass::install(render);
        }
        let limits = cc.wgpu_render_state.as_ref().map(|render| render.device.limits());
        let max_side = limits.map_or(2048, |limits| limits.max_texture_dimension_2d as usize);
        Self::start(&cc.egui_ctx, GPU, max_side, options)
    }
}

impl eframe::App for Cotrail {
    fn logic(&mut self, _ctx: &Context, _frame: &mut eframe::Frame) {
        self.take_in();
    }

    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        self.lay_out(ui, frame.info().cpu_usage);
    }

    fn on_exit(&mut self) {
        self.end();
    }
}

struct Cpu;

impl Shell for Cpu {
    fn run(&self, viewport: ViewportBuilder, options: AppOptions) -> anyhow::Result<()> {
        tracing::info!("the CPU paints the window");
        let start = |ctx: &Context| Cotrail::start(ctx, CPU, MAX_TEXTURE_SIDE, options);
        egui_cpu_window::run(viewport, start).map_err(|error| match error {
            egui_cpu_window::Error::NoDisplay(_) => no_display(),
            egui_cpu_window::Error::Unpaintable(problem) => anyhow!(
                "the CPU cannot paint this window: {problem} (`cotrail --paint gpu` leaves it to the graphics driver)"
            ),
            other => other.into(),
        })
    }
}

impl PicturePainter for Cpu {
    fn shape(&self, shown: ShownPicture) -> Shape {
        let ShownPicture { image, canvas, rect, is_mirrored, is_nearest, tint, .. } = shown;
        let picture = Picture { image, rect, is_mirrored, is_nearest, tint, surround: style::SURROUND };
        egui_cpu_window::shape(canvas, picture)
    }

    fn note(&self) -> Option<&'static str> {
        Some("painted by the CPU")
    }
}

impl egui_cpu_window::App for Cotrail {
    fn logic(&mut self, _ctx: &Context) {
        self.take_in();
    }

    fn ui(&mut self, ui: &mut Ui, last_secs: Option<f32>) {
        self.lay_out(ui, last_secs);
    }

    fn on_exit(&mut self) {
        self.end();
    }
}

fn no_display() -> anyhow::Error {
    anyhow!("the window cannot be opened: no display was found (neither Wayland nor X11)")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::canvas::painter::PictureSlot;
    use egui::epaint::{ClippedPrimitive, Primitive};
    use egui::{Color32, ColorImage, Rect, TexturesDelta, pos2};
    use egui_cpu_window::CpuPainter;
    use std::sync::Arc;

    #[test]
    fn the_cpu_shows_a_picture_as_it_is_meant() {
        let canvas = Rect::from_min_max(pos2(0.0, 0.0), pos2(40.0, 20.0));
        let shown = ShownPicture {
            slot: PictureSlot::Clip,
            image: Arc::new(ColorImage::new([2, 1], vec![Color32::RED, Color32::BLUE])),
            canvas,
            rect: Rect::from_min_max(pos2(10.0, 0.0), pos2(30.0, 20.0)),
            is_mirrored: true,
            is_nearest: true,
            tint: Color32::from_gray(128),
        };
        let Shape::Callback(callback) = CPU.shape(shown) else { panic!("a callback") };
        let mut painter = CpuPainter::default();
        let primitives = [ClippedPrimitive { clip_rect: canvas, primitive: Primitive::Callback(callback) }];
        painter.paint([40, 20], 1.0, &primitives, &TexturesDelta::default());
        let row = &painter.pixels()[400..440];
        assert_eq!([row[5], row[15], row[25], row[35]], [0x000E_0F11, 0x0000_0080, 0x0080_0000, 0x000E_0F11]);
    }
}
