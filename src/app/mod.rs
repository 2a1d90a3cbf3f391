//! The app in its window; egui is used only here.
//!
//! One thread lays out and paints. It never blocks, decodes, reads back or touches the compute device: frames, tracks
//! and messages come from the [`crate::session`], already converted. The interface reads [`state::State`] and pushes
//! [`actions::Action`]s, which are applied after layout; [`keys::TABLE`] feeds keys, menus, tooltips and the sheet of
//! keys; every colour and size is in [`style`].

mod actions;
mod autosaver;
mod canvas;
mod controls;
mod dialogs;
mod docked;
mod editing;
mod export;
mod fuzzy;
mod icons;
mod importing;
mod kept;
mod keys;
mod list_icons;
mod live;
mod log_panel;
mod look;
mod loupe;
mod memory;
mod menus;
mod model_choice;
mod model_fetch;
mod model_panel;
mod model_sections;
mod navigation;
mod overlay_paint;
mod palette;
mod picture_pass;
mod pictures;
mod placing;
mod player;
mod points;
mod project;
mod project_jobs;
mod project_prompts;
mod prompts;
mod properties;
mod recent;
mod seed_points;
mod seeding;
mod selection;
mod shell;
mod start_page;
mod state;
mod stats;
mod status;
mod style;
mod timeline;
mod toasts;
mod transport;
mod view;
mod window;

pub use dialogs::{FileDialogs, SystemDialogs};
pub use live::Cameras;
pub use memory::Memory;
pub use window::{AppOptions, Cotrail};

use crate::bundled;
use crate::media::ClipSource;
use crate::model::{self, DeviceChoice};
use crate::project::Places;
use crate::session::ModelOptions;
use crate::tracker::{SUPPORT_GRID, TrackerOptions};
use crate::weights;
use shell::Shell;
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
            Self::Auto if model::adapters().iter().any(|adapter| adapter.is_hardware) => shell::GPU,
            Self::Gpu => shell::GPU,
            Self::Auto | Self::Cpu => shell::CPU,
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
    let size = memory.window_size().unwrap_or([1180.0, 760.0]);
    let options = AppOptions {
        memory,
        input,
        demo: bundled::demo_clip().ok(), // without it the app starts empty
        model: model.map_err(|error| error.to_string()),
        open: Arc::new(ClipSource::open),
        dialogs: Arc::new(SystemDialogs),
        cameras: Cameras::of_the_system(),
        weights: weights::Settings::from_env(),
    };
    let viewport = egui::ViewportBuilder::default()
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
        num_threads: Some(tracking_threads()),
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
