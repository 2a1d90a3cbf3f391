//! Points and tracks from a table: read aside, then followed where the table says where they begin, or taken as they
//! are where it says where they go.

use super::actions::now;
use super::state::State;
use super::toasts::Level;
use crate::session::aside;
use crate::sync::LatestSlot;
use crate::tracks::{ImportedTrack, TableFormat, read_tracks};
use std::path::{Path, PathBuf};

/// What was read, or why not; the outer error is a reader that broke off.
type Pending = LatestSlot<Result<Result<Vec<ImportedTrack>, String>, String>>;

/// The table that is being read.
#[derive(Default)]
pub(super) struct Importing {
    pending: Option<Pending>,
}

/// Whether a file is opened as a table of points: by its ending.
pub(super) fn is_table(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default();
    TableFormat::from_path(path).is_ok() || ["tsv", "txt"].iter().any(|known| ending.eq_ignore_ascii_case(known))
}

impl State {
    /// Begins to read a table; what is in it is added to the clip.
    pub(super) fn import(&mut self, ctx: &egui::Context, path: PathBuf) {
        self.prompt = None;
        if self.session.clip().is_none() || self.live.is_open() {
            let detail = "Open the clip that it belongs to first.";
            return self.toasts.add(Level::Warning, "a table of points needs a clip", detail, now(ctx));
        }
        let read = move || read_tracks(&path).map_err(|error| error.to_string());
        self.importing.pending = Some(aside("import", self.repaint.clone(), read));
    }

    /// Takes in what was read.
    pub(super) fn update_import(&mut self, ctx: &egui::Context) {
        let Some(read) = self.importing.pending.as_ref().and_then(LatestSlot::take) else { return };
        self.importing.pending = None;
        match read.and_then(|tracks| tracks).and_then(|tracks| self.add_imported(tracks)) {
            Ok(note) => self.toasts.add(Level::Done, note, "", now(ctx)),
            Err(problem) => {
                self.toasts.add(Level::Warning, format!("nothing was imported: {problem}"), "", now(ctx));
            }
        }
    }

    fn add_imported(&mut self, tracks: Vec<ImportedTrack>) -> Result<String, String> {
        let clip = self.session.clip().ok_or("the clip was closed")?;
        let (size, num_frames) = (clip.info().size, clip.info().num_frames());
        if tracks.is_empty() {
            return Err("the table has no points".to_owned());
        }
        for (number, track) in (1..).zip(&tracks) {
            let last = track.samples.last().map_or(track.query.frame, |(frame, _)| track.query.frame.max(*frame));
            if last.get() >= num_frames {
                return Err(format!("point {number} is on frame {last}, the clip has frames 0 to {}", num_frames - 1));
            }
            if !size.contains(track.query.point) {
                let (x, y) = (track.query.point.x, track.query.point.y);
                return Err(format!("point {number} ({x}, {y}) is outside the picture of {size}"));
            }
        }
        let count = tracks.len();
        let noun = |noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
        let are_tracks = tracks.iter().any(|track| track.samples.len() > 1);
        let (ids, note) = if are_tracks {
            (self.session.import_tracks(&tracks), format!("{} imported", noun("track")))
        } else {
            let points = tracks.into_iter().map(|track| (track.name, track.query)).collect();
            (self.session.add_named_points(points).map(|(_, ids)| ids), format!("{} imported", noun("point")))
        };
        self.select(ids.map_err(|error| error.to_string())?);
        Ok(note)
    }
}
