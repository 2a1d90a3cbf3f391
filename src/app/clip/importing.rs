//! Points and tracks from a table, read on a thread beside the window. Points are followed; tracks are taken as they
//! are.

use super::room::ClipRoom;
use crate::app::desk::Desk;
use crate::app::desk::toasts::Level;
use crate::app::kit::words::counted;
use crate::session::aside;
use crate::sync::LatestSlot;
use crate::tracks::{ImportedTrack, TableFormat, read_tracks};
use std::path::{Path, PathBuf};

/// Whether a file is opened as a table of points: by its ending.
pub(crate) fn is_table(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default();
    TableFormat::from_path(path).is_ok() || ["tsv", "txt"].iter().any(|known| ending.eq_ignore_ascii_case(known))
}

impl ClipRoom {
    /// Begins to read a table; what is in it is added to the clip.
    pub(crate) fn import(&mut self, desk: &mut Desk, path: PathBuf) {
        desk.prompt = None;
        if self.session.clip().is_none() {
            return refuse(desk);
        }
        let read = move || read_tracks(&path).map_err(|error| error.to_string());
        self.importing = Some(aside("import", desk.repaint.clone(), read));
    }

    pub(crate) fn update_import(&mut self, desk: &mut Desk) {
        let Some(read) = self.importing.as_ref().and_then(LatestSlot::take) else { return };
        self.importing = None;
        match read.and_then(|tracks| tracks).and_then(|tracks| self.add_imported(tracks)) {
            Ok(note) => desk.tell(Level::Done, note, ""),
            Err(problem) => {
                desk.tell(Level::Warning, format!("nothing was imported: {problem}"), "");
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
        let are_tracks = tracks.iter().any(|track| track.samples.len() > 1);
        let (ids, note) = if are_tracks {
            (self.session.import_tracks(&tracks), format!("{} imported", counted(count, "track")))
        } else {
            let points = tracks.into_iter().map(|track| (track.name, track.query)).collect();
            (self.session.add_named_points(points).map(|(_, ids)| ids), format!("{} imported", counted(count, "point")))
        };
        self.canvas.selection = ids.map_err(|error| error.to_string())?;
        Ok(note)
    }
}

/// There is no clip that a table could go into.
pub(crate) fn refuse(desk: &mut Desk) {
    desk.prompt = None;
    let detail = "Open the clip that it belongs to first.";
    desk.tell(Level::Warning, "a table of points needs a clip", detail);
}
