//! The app in its window; egui is used only here.
//!
//! One thread lays out and paints. It never blocks, decodes, reads back or touches the compute device: frames, tracks
//! and messages come from the [`crate::session`], already converted. Layout reads the parts and pushes actions, which
//! go to the part that they are meant for afterwards.
//!
//! ```text
//! window ─► shell (bars, menus, palette, dialogs) ─► state ─► clip    (timeline, edits, measures) ┐
//!    │                                                   ├─► camera  (chooser, stream, recording) ├─► points ─► canvas
//!    └─ apply, leaving: who does what                    ├─► model   (the network's panel)        ┘
//!                                                        ├─► export  (the dialog)
//!                                                        └─► many, learn (programs beside the window)
//! all of them stand on desk (messages, questions, files), actions (data), kit (colours, buttons, commands)
//! ```

mod actions;
mod apply;
mod camera;
mod canvas;
mod clip;
mod desk;
mod export;
mod kit;
mod learn;
mod leaving;
mod many;
mod measure;
mod model;
mod points;
mod shell;
mod state;
mod window;

pub use camera::Cameras;
pub use desk::dialogs::{FileDialogs, Question, SystemDialogs};
pub use desk::memory::Memory;
pub use window::{AppOptions, Cotrail};

use crate::bundled;
use crate::media::ClipSource;
use crate::model::{CpuOptions, DeviceChoice, adapters};
use crate::project::Places;
use crate::session::ModelOptions;
use crate::tracker::{SUPPORT_GRID, TrackerOptions};
use crate::weights;
use shell::painting::{self, Shell};
use std::path::PathBuf;
use std::sync::Arc;

/// Who paints the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Painting {
    /// A hardware GPU where there is one, else the CPU.
    #[default]
    Auto,
    /// The graphics driver, even a software one.
    Gpu,
    /// Our own code on the CPU; needs no driver.
    Cpu,
}

impl Painting {
    fn shell(self) -> &'static dyn Shell {
        match self {
            Self::Auto if adapters().iter().any(|adapter| adapter.is_hardware) => painting::GPU,
            Self::Gpu => painting::GPU,
            Self::Auto | Self::Cpu => painting::CPU,
        }
    }
}

/// Runs the window until it is closed; opens `input`, or the demo clip.
///
/// # Errors
/// When there is no window to be had.
pub fn run(input: Option<PathBuf>, painting: Painting) -> anyhow::Result<()> {
    let model = bundled::weights(bundled::DEFAULT_WEIGHTS).map(model_options);
    let memory = Memory::load(Places::of_the_user());
    let size = memory.settings.window.unwrap_or([1180.0, 760.0]);
    let options = AppOptions {
        memory,
        input,
        demo: bundled::demo_clip().ok(), // without it the app starts empty
        model: model.map_err(|error| error.to_string()),
        open: Arc::new(ClipSource::open),
        dialogs: Arc::new(SystemDialogs),
        cameras: Cameras::of_the_system(),
        weights: weights::Settings::from_env(),
        program: bundled::program().unwrap_or_else(|| "cotrail".into()),
    };
    let icon = eframe::icon_data::from_png_bytes(include_bytes!("../../packaging/linux/cotrail.png"))?;
    let viewport = egui::ViewportBuilder::default()
        .with_icon(icon)
        .with_title("Cotrail")
        .with_app_id("cotrail")
        .with_inner_size(size)
        .with_min_inner_size([560.0, 380.0])
        .with_drag_and_drop(true);
    painting.shell().run(viewport, options)
}

/// How the app uses weights where nothing else is chosen.
fn model_options(weights: PathBuf) -> ModelOptions {
    ModelOptions {
        weights,
        device: DeviceChoice::Auto,
        cpu: CpuOptions::fast(Some(tracking_threads())),
        tracker: TrackerOptions {
            support_grid: SUPPORT_GRID,
            pin_queries: true,
            second_look: true,
            ..TrackerOptions::default()
        },
        feature_budget_bytes: ModelOptions::DEFAULT_FEATURE_BYTES,
    }
}

/// All cores but one, which is the interface's; of two, both: the interface needs a third of one at most.
fn tracking_threads() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    if cores == 2 { 2 } else { cores.saturating_sub(1).max(1) }
}
