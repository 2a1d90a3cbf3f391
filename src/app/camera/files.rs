//! Snapshots of the camera.

use super::room::CameraRoom;
use crate::app::canvas::look::Look;
use crate::app::desk::Desk;
use crate::app::desk::toasts::{Level, Topic};
use crate::app::kit::words::name_of;
use crate::export;
use crate::session::{aside, save_snapshot};
use std::sync::Arc;

impl CameraRoom {
    /// Writes what is on the screen, unmirrored, into a PNG file.
    pub(super) fn save_snapshot(&mut self, desk: &Desk, look: &Look) {
        let Some(shown) = self.on_screen() else { return };
        let (frame, tracks, at) = (shown.frame.clone(), Arc::clone(&shown.tracks), shown.at);
        let (style, folder) = (look.overlay(), self.chooser.recordings());
        let job = move || save_snapshot(&folder, &frame, &tracks, at, &export::Drawing::new(style));
        self.snapshots.push(aside("snapshot", Arc::clone(&desk.repaint), job));
    }

    /// Tells of pictures that are written.
    pub(super) fn update_snapshots(&mut self, desk: &mut Desk) {
        let mut done = Vec::new();
        self.snapshots.retain(|writing| {
            let result = writing.take();
            let is_done = result.is_some();
            done.extend(result.map(Result::flatten));
            !is_done
        });
        for result in done {
            match result {
                Ok(path) => {
                    let folder = path.parent().map(|folder| folder.display().to_string()).unwrap_or_default();
                    let text = format!("wrote {} in {folder}", name_of(&path));
                    desk.say_file(Topic::Recording, Level::Done, text, path.display().to_string(), &path);
                }
                Err(reason) => {
                    desk.say(Topic::Recording, Level::Error, "the snapshot cannot be written", reason);
                }
            }
        }
    }
}
