//! What opens the export dialog, and what starts an export.

use super::live::LiveFacts;
use super::panel::{LiveExport, LivePoints, MAX_CLIPBOARD_BYTES, Running};
use super::places::Places;
use super::plan::{Facts, Names, about_source};
use crate::app::desk::toasts::{Level, Topic};
use crate::app::state::State;
use crate::geometry::FrameIndex;
use crate::media::{ClipCodec, SourceKind};
use crate::session::{Clip, LogExportRequest, aside};
use crate::tracks::{AboutSource, LogDescription, Table, TableFormat, TableOptions, TrackLog, TrackMode, TrackTable};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Stands where the path of the clip does that a name was suggested for.
const NAMED_FOR: &str = "camera:";

/// What files about a clip are called: as it is, a sequence of images without its number.
fn suggestion(clip: &Clip) -> String {
    let stem = clip.path().file_stem().unwrap_or_default().to_string_lossy();
    let is_sequence = clip.info().kind == SourceKind::Images && clip.path().is_file();
    let name = if is_sequence { stem.trim_end_matches(|c: char| c.is_ascii_digit()) } else { &stem };
    let name = name.trim_end_matches(['.', '_', '-', ' ']);
    if name.is_empty() { &stem } else { name }.to_owned()
}

impl State {
    /// Opens the export dialog; a name is suggested beside the clip.
    pub(crate) fn open_export(&mut self) {
        if self.camera.is_open() {
            let log = self.camera.view.as_ref().map(|view| Arc::clone(view.log()));
            return log.into_iter().for_each(|log| self.open_log_export(log));
        }
        let Some(clip) = self.clip.session.clip() else { return };
        let panel = &mut self.export;
        (panel.live, panel.after) = (None, None);
        if panel.named_for.as_deref() != Some(clip.path()) {
            let name = suggestion(clip);
            panel.base = clip.path().with_file_name(format!("{name}_tracks")).to_string_lossy().into_owned();
            panel.pins.clear();
            panel.named_for = Some(clip.path().to_owned());
            panel.typed = (0, u32::try_from(clip.info().num_frames()).unwrap_or(u32::MAX).saturating_sub(1));
        }
        if panel.asked_codecs.is_none() && panel.codecs.is_empty() {
            panel.asked_codecs = Some(aside("codecs", self.desk.repaint.clone(), ClipCodec::available));
        }
        (panel.note, panel.places) = ("", Places::default());
        panel.clip_number = Some(clip.info().first_number).filter(|&number| number > 0);
        panel.preset_number = panel.clip_number;
        panel.is_open = true;
    }

    pub(crate) fn start_export(&mut self) {
        if self.export.live.is_some() {
            return self.start_live_export();
        }
        self.clip.hints.has_moved_on = true;
        let Some(facts) = Facts::of(&self.clip, &self.model.status, &self.look) else { return };
        let panel = &mut self.export;
        let targets = panel.targets();
        let request = panel.request(&facts);
        match self.clip.session.export(request) {
            Ok(id) => panel.running = Some(Running { id, targets, started_secs: self.desk.now_secs() }),
            Err(error) => self.desk.say(Topic::Export, Level::Error, error.to_string(), ""),
        }
    }

    /// Puts a table of what is chosen on the clipboard.
    pub(crate) fn copy_table(&mut self, format: TableFormat) {
        let Some(facts) = Facts::of(&self.clip, &self.model.status, &self.look) else { return };
        let options = self.export.table_options(&facts);
        let frames = facts.frames(self.export.choices.range, self.export.typed);
        self.export.copying = Some(aside("clipboard", self.desk.repaint.clone(), move || {
            let (store, times_secs) = (&*facts.tracks, &*facts.times_secs);
            let table = TrackTable { store, frames, times_secs, about: &facts.about, options: &options };
            let mut bytes = Vec::new();
            table.write_text(format, &mut bytes).map_err(|error| error.to_string())?;
            if bytes.len() > MAX_CLIPBOARD_BYTES {
                return Err(format!("{} MB are too much for the clipboard; export a file", bytes.len() >> 20));
            }
            String::from_utf8(bytes).map_err(|error| error.to_string())
        }));
    }

    /// Keeps what is known of the stream beside its tracks, whenever something is new.
    pub(crate) fn describe_stream(&mut self) {
        if self.camera.has_news()
            && let Some((log, description)) = self.description()
        {
            log.describe(description);
        }
    }

    /// The log of the camera that is open, and what is known of it.
    fn description(&self) -> Option<(&TrackLog, LogDescription)> {
        let view = self.camera.view.as_ref()?;
        let (id, format) = (view.status.camera.id.as_ref(), view.status.camera.format);
        let source = AboutSource {
            path: id.map_or_else(String::new, |id| id.name.clone()),
            size: view.on_screen.as_ref()?.frame.size(),
            frame_rate: format.map_or(0.0, |format| format.frame_rate.per_sec()),
            pixel_aspect: 1.0,
            num_frames: 0, // how many there are is known when they are written
        };
        let mut about = about_source(source, TrackMode::Live, &self.model.status, FrameIndex(0));
        if let Some(setting) = view.status.setting {
            (about.settings.model_size, about.settings.iterations) = (setting.model_size, setting.iters);
        }
        Some((view.log(), LogDescription { about, names: BTreeMap::clone(&view.points().names) }))
    }

    pub(crate) fn open_last_export(&mut self) {
        if let Some(log) = self.camera.last.log.clone() {
            self.open_log_export(log);
        }
    }

    /// A name is suggested beside the folder of recordings.
    fn open_log_export(&mut self, log: Arc<TrackLog>) {
        let recordings = self.camera.chooser.recordings();
        let panel = &mut self.export;
        if panel.named_for.as_deref() != Some(Path::new(NAMED_FOR)) {
            let base = recordings.with_file_name("camera_tracks");
            panel.base = base.to_string_lossy().into_owned();
            panel.named_for = Some(PathBuf::from(NAMED_FOR));
        }
        panel.choices.formats.csv |= !panel.choices.has_tables();
        (panel.note, panel.places, panel.after) = ("", Places::default(), None);
        panel.live = Some(LiveExport { log, points: LivePoints::All });
        panel.is_open = true;
    }

    pub(super) fn start_live_export(&mut self) {
        let Some(LiveExport { log, points }) = &self.export.live else { return };
        let (log, tracks) = (Arc::clone(log), LiveFacts::of(&self.camera, log).points(*points));
        if let Some((newest, description)) = self.description()
            && std::ptr::eq(newest, &raw const *log)
        {
            log.describe(description);
        }
        let Some(description) = log.description() else { return };
        let panel = &mut self.export;
        let names = Names { base: panel.base.trim() };
        let options = TableOptions { tracks, keeps_hidden: panel.choices.keeps_hidden, first_number: 0 };
        let paths = names.tables(&panel.choices).collect();
        let targets = panel.targets();
        let id = self.clip.session.export_log(LogExportRequest { log, paths, description, options });
        panel.running = Some(Running { id, targets, started_secs: self.desk.now_secs() });
        panel.is_open = false; // the stream matters more; a message tells when it is done
    }
}
