//! Recent clips and projects: which of them are still there, and how long ago they were open.

use crate::app::actions::{Actions, ShellAction};
use crate::app::kit::words::name_of;
use crate::project::{Project, Recent};
use crate::session::{Repaint, aside};
use crate::sync::LatestSlot;
use egui::Ui;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The menu lists no more than this.
const MAX_IN_MENU: usize = 8;

/// Which recent files are missing; looked up aside.
#[derive(Default)]
pub(crate) struct Missing {
    paths: BTreeSet<PathBuf>,
    asked_about: Vec<PathBuf>,
    pending: Option<LatestSlot<Result<BTreeSet<PathBuf>, String>>>,
    /// Whether the start page stood there with the last frame.
    pub(crate) page_was_shown: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RecentEntry<'a> {
    pub(crate) path: &'a Path,
    pub(crate) age_secs: u64,
    pub(crate) is_project: bool,
    pub(crate) is_missing: bool,
}

impl Missing {
    /// Asks the disk about files that it was not asked about yet, or once more when `again`.
    pub(crate) fn look(&mut self, recent: &[Recent], again: bool, repaint: Repaint) {
        if let Some(Ok(missing)) = self.pending.as_ref().and_then(LatestSlot::take) {
            (self.paths, self.pending) = (missing, None);
        }
        let is_same =
            recent.iter().map(|recent| recent.path.as_path()).eq(self.asked_about.iter().map(PathBuf::as_path));
        if self.pending.is_some() || (is_same && !again) {
            return;
        }
        let paths: Vec<PathBuf> = recent.iter().map(|recent| recent.path.as_path().to_owned()).collect();
        self.asked_about.clone_from(&paths);
        self.pending =
            Some(aside("recent files", repaint, move || paths.into_iter().filter(|path| !path.exists()).collect()));
    }

    /// The list, the newest first.
    pub(crate) fn entries<'a>(&self, recent: &'a [Recent]) -> Vec<RecentEntry<'a>> {
        let now_secs = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let entries = recent.iter().map(|recent| RecentEntry {
            path: recent.path.as_path(),
            age_secs: now_secs.saturating_sub(recent.used_at_secs),
            is_project: Project::is_named(recent.path.as_path()),
            is_missing: self.paths.contains(recent.path.as_path()),
        });
        entries.collect()
    }
}

pub(crate) fn recent_menu_ui(ui: &mut Ui, entries: &[RecentEntry<'_>], actions: &mut Actions) {
    ui.add_enabled_ui(!entries.is_empty(), |ui| {
        ui.menu_button("Open recent", |ui| {
            ui.set_min_width(180.0);
            for entry in entries.iter().take(MAX_IN_MENU) {
                let response = ui.button(name_of(entry.path)).on_hover_text(entry.path.display().to_string());
                if response.clicked() {
                    actions.push(ShellAction::Open(entry.path.to_owned()));
                    ui.close();
                }
            }
        });
    });
}
