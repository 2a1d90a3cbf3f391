//! Charts into files.

use crate::app::clip::room::ClipRoom;
use crate::app::desk::Desk;
use crate::app::desk::dialogs::Question;
use crate::app::desk::prompt::PathPurpose;
use crate::app::desk::toasts::{Level, Topic};
use crate::export::ChartFormat;
use crate::session::aside;
use crate::sync::LatestSlot;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A chart that is being written: where, and how it ended.
pub(crate) type Saving = (PathBuf, LatestSlot<Result<Result<(), String>, String>>);

impl ClipRoom {
    /// Asks where the chart goes; a name beside the clip is suggested.
    pub(crate) fn ask_for_chart(&mut self, desk: &mut Desk, format: ChartFormat) {
        let (Some(clip), Some(chart)) = (self.session.clip(), self.measuring.charts.chart()) else { return };
        let stem = clip.path().file_stem().unwrap_or_default().to_string_lossy();
        let name = format!("{stem}_{}.{}", chart.kind.name().to_lowercase(), format.extension());
        desk.ask(Question::Chart(clip.path().with_file_name(name)));
    }

    /// Writes the chart under a name that was typed; where there is a file, asks for another one.
    pub(crate) fn write_chart(&mut self, desk: &mut Desk, path: &Path) {
        if path.exists() {
            desk.say(Topic::Export, Level::Warning, "there is a file of that name already: choose another", "");
            return desk.ask_for_path(path.display().to_string(), PathPurpose::Chart);
        }
        desk.prompt = None;
        self.save_chart(desk, path);
    }

    /// Writes the chart; what stands there is replaced.
    pub(crate) fn save_chart(&mut self, desk: &Desk, path: &Path) {
        let Some(chart) = self.measuring.charts.chart().map(Arc::clone) else { return };
        let target = path.to_owned();
        let work = move || chart.save(&target).map_err(|error| error.to_string());
        self.measuring.saving = Some((path.to_owned(), aside("chart", desk.repaint.clone(), work)));
    }

    /// Says how writing ended.
    pub(crate) fn update_chart_file(&mut self, desk: &mut Desk) {
        let Some((path, slot)) = &self.measuring.saving else { return };
        let Some(ended) = slot.take() else { return };
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match ended.and_then(|written| written) {
            Ok(()) => desk.say(Topic::Export, Level::Done, format!("saved {name}"), path.display().to_string()),
            Err(error) => desk.say(Topic::Export, Level::Error, "the chart could not be saved", error),
        }
        self.measuring.saving = None;
    }
}
