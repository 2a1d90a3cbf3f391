//! What the window remembers from one start to the next, and how it gets to the disk.

use super::kept::Kept;
use super::state::State;
use crate::project::{Places, ProjectError, Settings, Theme, ViewSettings};
use crate::session::{Repaint, aside};
use crate::sync::LatestSlot;
use egui::ThemePreference;
use serde::Deserialize;
use std::path::Path;
use std::time::{Duration, Instant};

/// Settings are written when they have stayed the same for this long: a slider that is dragged is one change.
const SETTLED_AFTER_SECS: f64 = 1.0;

/// How long the end waits for a write that is under way.
const LAST_WRITE_PATIENCE: Duration = Duration::from_secs(2);

type Written = LatestSlot<Result<Result<(), ProjectError>, String>>;

/// Settings, and where they are kept.
#[derive(Debug, Default)]
pub struct Memory {
    places: Option<Places>,
    pub(super) settings: Settings,
    /// What went wrong when they were read.
    pub(super) note: Option<String>,
    /// Of the settings, what only the window understands.
    pub(super) kept: Kept,
    on_disk: Settings,
    newest: Settings,
    changed_at_secs: f64,
    writing: Option<Written>,
}

impl Memory {
    /// Reads what was kept. Waits for the disk: call it before there is a window.
    #[must_use]
    pub fn load(places: Option<Places>) -> Self {
        let (settings, note) = places.as_ref().map(|places| Settings::load(&places.settings())).unwrap_or_default();
        let (on_disk, newest) = (settings.clone(), settings.clone());
        let kept = if settings.app.is_null() { Ok(Kept::default()) } else { Kept::deserialize(&settings.app) };
        let kept = kept.unwrap_or_else(|error| {
            tracing::warn!("how the window looked could not be understood: {error}");
            Kept::default()
        });
        Self { places, settings, note, kept, on_disk, newest, changed_at_secs: 0.0, writing: None }
    }

    /// How large the window was, in the system's points.
    pub(super) fn window_size(&self) -> Option<[f32; 2]> {
        self.settings.window
    }

    /// Where things are kept; nowhere when `None`.
    pub(super) fn places(&self) -> Option<&Places> {
        self.places.as_ref()
    }

    /// Writes settings that have changed and come to rest. Returns a failure of the last time.
    fn keep(&mut self, ctx: &egui::Context, now_secs: f64, repaint: Repaint) -> Option<String> {
        let failure = self.writing.as_ref().and_then(LatestSlot::take).map(|written| {
            self.writing = None;
            written.and_then(|written| written.map_err(|error| error.to_string())).err()
        });
        if self.newest != self.settings {
            self.newest.clone_from(&self.settings);
            self.changed_at_secs = now_secs;
        }
        let path = self.places.as_ref().map(Places::settings)?;
        if self.on_disk != self.settings && self.writing.is_none() {
            let wait_secs = self.changed_at_secs + SETTLED_AFTER_SECS - now_secs;
            if wait_secs > 0.0 {
                ctx.request_repaint_after_secs(wait_secs as f32);
            } else {
                let settings = self.settings.clone();
                self.on_disk = settings.clone();
                self.writing = Some(aside("settings", repaint, move || settings.save(&path)));
            }
        }
        failure.flatten()
    }

    /// Writes settings that have changed, at the end: the window is gone, nobody waits for it.
    pub(super) fn keep_now(&mut self) {
        let Some(path) = self.places.as_ref().map(Places::settings) else { return };
        let was_writing = self.writing.is_some();
        if let Some(writing) = self.writing.take() {
            // Or older settings would come after these and replace them.
            let deadline = Instant::now() + LAST_WRITE_PATIENCE;
            while writing.take().is_none() && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(2));
            }
        }
        if (self.on_disk != self.settings || was_writing)
            && let Err(error) = self.settings.save(&path)
        {
            tracing::warn!("the settings could not be kept: {error}");
        }
    }

    /// Remembers a clip or a project that is open now, and its folder.
    pub(super) fn remember(&mut self, path: &Path) {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        self.settings.remember(&path, std::time::SystemTime::now());
        self.remember_folder(&path);
    }

    /// Remembers the folder in which a file was chosen.
    pub(super) fn remember_folder(&mut self, path: &Path) {
        let folder = path.parent().filter(|folder| folder.is_absolute());
        self.settings.last_folder = folder.map(Into::into).or(self.settings.last_folder.take());
    }
}

impl State {
    /// Puts what was remembered into effect, at the start.
    pub(super) fn recall(&mut self, ctx: &egui::Context) {
        let settings = &self.memory.settings;
        ctx.set_theme(match settings.theme {
            Theme::System => ThemePreference::System,
            Theme::Dark => ThemePreference::Dark,
            Theme::Light => ThemePreference::Light,
        });
        ctx.set_zoom_factor(settings.ui_scale);
        let ViewSettings { trails, trail_frames, speed, loops } = settings.view.clone();
        (self.shows_trails, self.trail_frames) = (trails, trail_frames);
        (self.player.speed, self.player.loops) = (speed, loops);
        self.hints.has_moved_on = settings.knows_the_way;
        self.memory.kept.clone().restore(self);
    }

    /// Takes note of what has changed, and writes it once it has come to rest. Returns a failure in words.
    pub(super) fn keep_settings(&mut self, ctx: &egui::Context, now_secs: f64) -> Option<String> {
        let kept = Kept::of(self);
        let settings = &mut self.memory.settings;
        if kept != self.memory.kept {
            settings.app = serde_json::to_value(&kept).unwrap_or_default();
            self.memory.kept = kept;
        }
        settings.theme = match ctx.options(|options| options.theme_preference) {
            ThemePreference::System => Theme::System,
            ThemePreference::Dark => Theme::Dark,
            ThemePreference::Light => Theme::Light,
        };
        settings.ui_scale = ctx.zoom_factor();
        settings.view = ViewSettings {
            trails: self.shows_trails,
            trail_frames: self.trail_frames,
            speed: self.player.speed,
            loops: self.player.loops,
        };
        settings.knows_the_way |= self.hints.has_moved_on;
        let size = ctx.input(|input| {
            let viewport = input.viewport();
            let is_free = !viewport.maximized.unwrap_or(false) && !viewport.fullscreen.unwrap_or(false);
            viewport.inner_rect.map(|rect| rect.size()).filter(|_| is_free)
        });
        if let Some(size) = size.filter(|size| size.x >= 1.0 && size.y >= 1.0) {
            let size = size * ctx.zoom_factor(); // in the system's points, as windows are made
            settings.window = Some([size.x.round(), size.y.round()]);
        }
        self.memory.keep(ctx, now_secs, self.repaint.clone())
    }
}
