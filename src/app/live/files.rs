//! Snapshots of the camera, and the folder that they and recordings go to.

use crate::app::actions::now;
use crate::app::project::NO_DIALOG;
use crate::app::state::{PathPurpose, Prompt, State};
use crate::app::toasts::{Level, Topic};
use crate::export::Look;
use crate::overlay::OverlayStyle;
use crate::session::{aside, save_snapshot};
use crate::sync::LatestSlot;
use std::path::PathBuf;
use std::sync::Arc;

/// A picture that is being written.
pub(super) type Writing = LatestSlot<Result<Result<PathBuf, String>, String>>;

impl State {
    /// Writes what is on the screen, unmirrored, into a PNG file.
    pub(super) fn save_snapshot(&mut self) {
        let Some(shown) = self.live.view.as_ref().and_then(|view| view.on_screen.as_ref()) else { return };
        let (frame, tracks, at) = (shown.frame.clone(), Arc::clone(&shown.tracks), shown.at);
        let style = OverlayStyle { selected: Vec::new(), hovered: None, only: Vec::new(), ..self.overlay.clone() };
        let folder = self.live.chooser.recordings();
        let job = move || save_snapshot(&folder, &frame, &tracks, at, &Look::new(style));
        self.live.snapshots.push(aside("snapshot", Arc::clone(&self.repaint), job));
    }

    /// Tells of pictures that are written.
    pub(super) fn update_snapshots(&mut self, ctx: &egui::Context) {
        let mut done = Vec::new();
        self.live.snapshots.retain(|writing| {
            let result = writing.take();
            let is_done = result.is_some();
            done.extend(result.map(Result::flatten));
            !is_done
        });
        for result in done {
            match result {
                Ok(path) => {
                    let name = path.file_name().unwrap_or_default().to_string_lossy();
                    let folder = path.parent().map(|folder| folder.display().to_string()).unwrap_or_default();
                    let text = format!("wrote {name} in {folder}");
                    self.toasts.add_file(
                        Topic::Recording,
                        Level::Done,
                        text,
                        path.display().to_string(),
                        &path,
                        now(ctx),
                    );
                }
                Err(reason) => self.toasts.add_on(
                    Topic::Recording,
                    Level::Error,
                    "the snapshot cannot be written",
                    reason,
                    now(ctx),
                ),
            }
        }
    }

    /// Recordings and snapshots go there from now on.
    pub(in crate::app) fn set_recordings(&mut self, folder: PathBuf) {
        self.prompt = None;
        self.live.chooser.set_recordings(Some(folder));
    }

    /// There is no system dialog: the folder is typed.
    pub(in crate::app) fn type_recordings(&mut self) {
        let text = self.live.chooser.recordings().display().to_string();
        let note = NO_DIALOG.to_owned();
        self.prompt = Some(Prompt::Path { text, note, needs_focus: true, purpose: PathPurpose::Recordings });
    }
}
