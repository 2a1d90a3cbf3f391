//! Recent clips and projects: which of them are still there, and how long ago they were open.

use super::actions::{Action, Actions};
use super::state::State;
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
pub(super) struct Missing {
    paths: BTreeSet<PathBuf>,
    asked_about: Vec<PathBuf>,
    pending: Option<LatestSlot<Result<BTreeSet<PathBuf>, String>>>,
    /// Whether the start page stood there with the last frame.
    pub(super) page_was_shown: bool,
}

/// A line of the list.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RecentEntry<'a> {
    pub(super) path: &'a Path,
    pub(super) age_secs: u64,
    pub(super) is_project: bool,
    pub(super) is_missing: bool,
}

impl Missing {
    /// Asks the disk about files that it was not asked about yet, or once more when `again`.
    pub(super) fn look(&mut self, recent: &[Recent], again: bool, repaint: Repaint) {
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
}

impl State {
    /// Looks after the list while it can be seen.
    pub(super) fn look_for_recent(&mut self, ctx: &egui::Context) {
        let came_back =
            ctx.input(|input| input.raw.events.iter().any(|e| matches!(e, egui::Event::WindowFocused(true))));
        if self.shows_start_page() {
            self.missing.look(&self.memory.settings.recent, came_back, self.repaint.clone());
        }
    }

    /// The list, the newest first.
    pub(super) fn recent_entries(&self) -> Vec<RecentEntry<'_>> {
        let now_secs = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        self.memory
            .settings
            .recent
            .iter()
            .map(|recent| RecentEntry {
                path: recent.path.as_path(),
                age_secs: now_secs.saturating_sub(recent.used_at_secs),
                is_project: Project::is_named(recent.path.as_path()),
                is_missing: self.missing.paths.contains(recent.path.as_path()),
            })
            .collect()
    }
}

/// The menu of recent files.
pub(super) fn recent_menu_ui(ui: &mut Ui, state: &State, actions: &mut Actions) {
    let entries = state.recent_entries();
    ui.add_enabled_ui(!entries.is_empty(), |ui| {
        ui.menu_button("Open recent", |ui| {
            ui.set_min_width(180.0);
            for entry in entries.iter().take(MAX_IN_MENU) {
                let name = entry.path.file_name().unwrap_or(entry.path.as_os_str()).to_string_lossy().into_owned();
                let response = ui.button(name).on_hover_text(entry.path.display().to_string());
                if response.clicked() {
                    actions.push(Action::Open(entry.path.to_owned()));
                    ui.close();
                }
            }
        });
    });
}

/// How long ago something was, in words.
pub(super) fn ago(secs: u64) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    let count = |n: u64, unit: &str| if n == 1 { format!("1 {unit} ago") } else { format!("{n} {unit}s ago") };
    match secs {
        0..MINUTE => "just now".to_owned(),
        MINUTE..HOUR => count(secs / MINUTE, "minute"),
        HOUR..DAY => count(secs / HOUR, "hour"),
        _ if secs < 2 * DAY => "yesterday".to_owned(),
        _ if secs < 14 * DAY => count(secs / DAY, "day"),
        _ if secs < 60 * DAY => count(secs / (7 * DAY), "week"),
        _ if secs < 730 * DAY => count(secs / (30 * DAY), "month"),
        _ => count(secs / (365 * DAY), "year"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_words() {
        let told = [0, 59, 60, 150, 3599, 3600, 7300, 86_400, 200_000, 86_400 * 14, 86_400 * 60, 86_400 * 800].map(ago);
        let expected = [
            "just now",
            "just now",
            "1 minute ago",
            "2 minutes ago",
            "59 minutes ago",
            "1 hour ago",
            "2 hours ago",
            "yesterday",
            "2 days ago",
            "2 weeks ago",
            "2 months ago",
            "2 years ago",
        ];
        assert_eq!(told, expected);
    }
}
