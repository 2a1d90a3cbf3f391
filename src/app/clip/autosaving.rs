//! When the newest unsaved work goes aside.

use super::autosaver::INTERVAL_SECS;
use super::room::ClipRoom;
use crate::app::canvas::look::Look;
use crate::app::desk::Desk;
use crate::app::desk::toasts::Level;
use crate::app::model::status::ModelStatus;
use crate::session::aside;
use crate::sync::LatestSlot;
use std::sync::Arc;

impl ClipRoom {
    /// Writes the newest work aside when it is time, and takes in what was found at the start.
    pub(crate) fn update_autosave(&mut self, desk: &mut Desk, model: &ModelStatus, look: &Look) {
        if let Some(Ok(found)) = self.autosaver.looking.as_ref().and_then(LatestSlot::take) {
            (self.autosaver.offered, self.autosaver.looking) = (found, None);
        }
        if let Some(problem) = self.autosaver.take_written() {
            let text = "unsaved work cannot be kept aside for a crash";
            desk.tell(Level::Warning, text, problem);
        }
        if self.autosaver.folder.is_none() || self.autosaver.writing.is_some() {
            return;
        }
        if !self.is_unsaved() {
            self.autosaver.changed_at_secs = None;
            if self.autosaver.written.take().is_some() {
                let own = Arc::clone(&self.autosaver.own);
                drop(aside("autosave", desk.repaint.clone(), move || own.clear()));
            }
            return;
        }
        let Some(snapshot) = self.snapshot(model, look) else { return };
        if self.autosaver.written.as_ref().is_some_and(|written| written.is_same_work(&snapshot.tracks)) {
            return;
        }
        let changed_at = *self.autosaver.changed_at_secs.get_or_insert(desk.now_secs());
        let wait_secs = changed_at + INTERVAL_SECS - desk.now_secs();
        if wait_secs > 0.0 {
            desk.ctx.request_repaint_after_secs(wait_secs as f32);
        } else {
            self.autosaver.changed_at_secs = None;
            self.autosaver.start_writing(snapshot, desk.repaint.clone());
        }
    }
}
