//! A log as a table: the same layouts as the tracks of a clip.

use super::LogView;
use crate::tracks::table::{About, Entry, Table, TableOptions, TableTrack};
use crate::tracks::track::{Track, TrackId};
use std::collections::BTreeMap;
use std::io;

/// The tracks of a live stream, ready to be written. Every point is in it that was ever placed, deleted ones included;
/// frames are the camera's, those that were not followed left out.
#[derive(Debug)]
pub struct LogTable<'a> {
    view: &'a LogView,
    about: &'a About,
    options: &'a TableOptions,
    /// Of every track.
    names: BTreeMap<TrackId, String>,
    note: Option<String>,
}

impl<'a> LogTable<'a> {
    /// A table of all of a log. Tracks without a name are called as in the window: "point 1".
    #[must_use]
    pub fn new(
        view: &'a LogView,
        names: &BTreeMap<TrackId, String>,
        about: &'a About,
        options: &'a TableOptions,
    ) -> Self {
        let name = |id: TrackId| names.get(&id).cloned().unwrap_or_else(|| Track::numbered(id.0 + 1));
        let names = view.tracks().map(|(id, _)| (id, name(id))).collect();
        let note = match view.num_lost() {
            0 => None,
            1 => Some("partial: 1 frame is missing, for which there was no room".to_owned()),
            lost => Some(format!("partial: {lost} frames are missing, the oldest ones, for which there was no room")),
        };
        Self { view, about, options, names, note }
    }
}

impl Table for LogTable<'_> {
    fn about(&self) -> &About {
        self.about
    }

    fn options(&self) -> &TableOptions {
        self.options
    }

    fn num_frames(&self) -> usize {
        self.view.num_frames()
    }

    fn frame_numbers(&self) -> impl Iterator<Item = u32> {
        self.view.stamps().map(|stamp| stamp.frame.0)
    }

    fn times_secs(&self) -> impl Iterator<Item = f64> {
        self.view.stamps().map(|stamp| stamp.time_secs)
    }

    fn unix_secs(&self) -> Option<impl Iterator<Item = f64>> {
        Some(self.view.stamps().map(|stamp| stamp.unix_secs))
    }

    fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    fn tracks(&self) -> impl Iterator<Item = TableTrack<'_>> {
        self.view.tracks().map(|(id, query)| {
            let name = self.names.get(&id).map_or("", String::as_str);
            TableTrack { id, name, query }
        })
    }

    fn entries(&self, track: TrackId) -> impl Iterator<Item = Entry> {
        self.view.entries(track)
    }

    fn check(&self) -> io::Result<()> {
        self.view.check()
    }
}
