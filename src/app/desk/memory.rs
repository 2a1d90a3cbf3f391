//! What the window remembers from one start to the next, and how it gets to the disk.

use crate::project::{Places, ProjectError, Settings};
use crate::session::{Repaint, aside};
use crate::sync::LatestSlot;
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
    /// Where things are kept; nowhere when `None`.
    pub(crate) places: Option<Places>,
    pub(crate) settings: Settings,
    /// What went wrong when they were read.
    pub(crate) note: Option<String>,
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
        Self { places, settings, note, on_disk, newest, changed_at_secs: 0.0, writing: None }
    }

    /// Writes settings that have changed and come to rest. Returns a failure of the last time.
    pub(crate) fn keep(&mut self, ctx: &egui::Context, now_secs: f64, repaint: Repaint) -> Option<String> {
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
    pub(crate) fn keep_now(&mut self) {
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
    pub(crate) fn remember(&mut self, path: &Path) {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        self.settings.remember(&path, std::time::SystemTime::now());
        self.remember_folder(&path);
    }

    /// Remembers the folder in which a file was chosen.
    pub(crate) fn remember_folder(&mut self, path: &Path) {
        let folder = path.parent().filter(|folder| folder.is_absolute());
        self.settings.last_folder = folder.map(Into::into).or(self.settings.last_folder.take());
    }
}
