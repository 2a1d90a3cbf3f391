//! The banner that offers the tracks of a camera that another window left.

use super::room::CameraRoom;
use crate::app::actions::{Actions, CameraAction};
use crate::app::kit::commands::Command;
use crate::app::kit::controls::offer_ui;
use crate::app::kit::words::{ago, counted};
use egui::Ui;
use std::time::SystemTime;

/// The banner that offers the tracks of a camera that another window left.
pub(crate) fn last_stream_ui(ui: &mut Ui, camera: &CameraRoom, actions: &mut Actions) {
    let Some(left) = &camera.last.left else { return };
    let age = SystemTime::now().duration_since(left.written_at()).map_or(0, |age| age.as_secs());
    let points = counted(left.log().status().num_tracks, "point");
    let description = left.log().description();
    let camera = description.as_ref().map_or("a camera", |description| &description.about.source.path);
    let text = format!("Tracks of a camera were left behind: {camera}, {points}, {}.", ago(age));
    let keep = ("Export…", "Write them into tables", Command::ExportLast.into());
    let discard = ("Remove these tracks", CameraAction::DiscardLast.into());
    offer_ui(ui, &text, "Cotrail ended without an export of them.", keep, discard, actions);
}
