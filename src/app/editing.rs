//! Edits of tracks: applied by the session, refused with a message, undone with words.

use super::actions::now;
use super::state::State;
use super::toasts::{Level, Topic};
use crate::geometry::{FrameIndex, SourcePoint};
use crate::session::SessionError;
use crate::tracks::{Edit, TrackId};
use egui::Context;

impl State {
    /// Applies an edit, or says why not.
    pub(super) fn edit(&mut self, ctx: &Context, edit: &Edit) -> bool {
        let result = self.session.edit(edit);
        let is_done = self.say_refusal(ctx, edit.label(), &result);
        self.forget_gone();
        is_done
    }

    /// Moves a point by hand on a frame; it is followed again from there.
    pub(super) fn correct(&mut self, ctx: &Context, track: TrackId, frame: FrameIndex, point: SourcePoint) {
        let result = self.session.correct(track, frame, point).map(drop);
        self.say_refusal(ctx, "move", &result);
    }

    /// Follows the selected points again from the shown frame.
    pub(super) fn track_again(&mut self, ctx: &Context) {
        let Some(frame) = self.shown_frame() else { return };
        let result = self.session.retrack(&self.selection, frame).map(drop);
        self.say_refusal(ctx, "track again", &result);
    }

    /// Follows all points again, together.
    pub(super) fn track_together(&mut self, ctx: &Context) {
        let result = self.session.track_together().map(drop);
        self.say_refusal(ctx, "track all together", &result);
    }

    pub(super) fn undo(&mut self, ctx: &Context) {
        let label = self.session.undo();
        self.say_step(ctx, "undone", label);
    }

    pub(super) fn redo(&mut self, ctx: &Context) {
        let label = self.session.redo();
        self.say_step(ctx, "done again", label);
    }

    fn say_step(&mut self, ctx: &Context, what: &str, label: Option<&'static str>) {
        self.forget_gone();
        if let Some(label) = label {
            self.toasts.add_on(Topic::Edit, Level::Done, format!("{what}: {label}"), "", now(ctx));
        }
    }

    fn say_refusal(&mut self, ctx: &Context, label: &str, result: &Result<(), SessionError>) -> bool {
        if let Err(error) = result {
            self.toasts.add_on(Topic::Edit, Level::Warning, format!("cannot {label}: {error}"), "", now(ctx));
        }
        result.is_ok()
    }

    /// Nothing points at tracks that are gone.
    fn forget_gone(&mut self) {
        let tracks = self.session.clip().map(|clip| std::sync::Arc::clone(clip.tracks()));
        self.forget(|id| tracks.as_ref().is_none_or(|tracks| tracks.track(id).is_none()));
    }
}
