//! The JSON table: the arrays of the NPZ table by name, and where they come from.

use super::TrackTable;
use crate::geometry::FrameIndex;
use crate::tracks::{Sample, Track};
use serde::ser::{Serialize, Serializer};
use std::io::{self, Write};

const PIXELS: &str = "x and y are pixels of the upright picture: (0, 0) is the centre of the top-left pixel, x to the \
    right, y down";

impl TrackTable<'_> {
    /// Writes the JSON table: `tracks` `[N][T][2]`, `visibility` `[N][T]`, `confidence` `[N][T]`, `visible` `[N][T]`,
    /// `queries` `[N][3]`, `names` `[N]`, `frames` `[T]` and `times_secs` `[T]`, after what the numbers depend on. A
    /// line for each track. Numbers are null and `visible` is false before a query's frame.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_json(&self, to: &mut impl Write) -> io::Result<()> {
        let mut object = Object { to, is_empty: true };
        object.field("format", "cotrail-tracks")?;
        object.field("version", env!("CARGO_PKG_VERSION"))?;
        object.field("pixels", PIXELS)?;
        object.field("source", &self.about.source)?;
        object.field("weights", &self.about.weights)?;
        object.field("device", &self.about.device)?;
        object.field("settings", &self.about.settings)?;
        object.field("frames", &Sequence(|| self.frame_numbers()))?;
        let time = |frame: u32| self.time_secs(FrameIndex(frame));
        object.field("times_secs", &Sequence(|| self.frame_numbers().map(time)))?;
        object.field("names", &Sequence(|| self.tracks().map(|track| &track.name)))?;
        let query = |track: &Track| (track.query.frame, track.query.point.x, track.query.point.y);
        object.rows("queries", self.tracks().map(query))?;
        let point = |sample: Option<Sample>| (sample.map(|s| s.point.x), sample.map(|s| s.point.y));
        object.rows("tracks", self.per_track(point))?;
        object.rows("visibility", self.per_track(|sample| sample.map(|s| s.visibility)))?;
        object.rows("confidence", self.per_track(|sample| sample.map(|s| s.confidence)))?;
        object.rows("visible", self.per_track(|sample| sample.is_some_and(|s| s.visible)))?;
        object.end()
    }

    /// For each track, what `value` makes of its samples.
    fn per_track<V: Serialize>(&self, value: impl Fn(Option<Sample>) -> V + Copy) -> impl Iterator<Item: Serialize> {
        self.tracks().map(move |track| Sequence(move || self.samples(track).map(value)))
    }
}

/// A JSON object in work, a line for each field.
struct Object<'a, W> {
    to: &'a mut W,
    is_empty: bool,
}

impl<W: Write> Object<'_, W> {
    fn key(&mut self, key: &str) -> io::Result<()> {
        let before = if std::mem::take(&mut self.is_empty) { "{" } else { "," };
        write!(self.to, "{before}\n  \"{key}\": ")
    }

    fn field<V: Serialize + ?Sized>(&mut self, key: &str, value: &V) -> io::Result<()> {
        self.key(key)?;
        Ok(serde_json::to_writer(&mut self.to, value)?)
    }

    /// An array, a line for each element.
    fn rows(&mut self, key: &str, rows: impl Iterator<Item: Serialize>) -> io::Result<()> {
        self.key(key)?;
        let mut before = "[";
        for row in rows {
            write!(self.to, "{before}\n    ")?;
            serde_json::to_writer(&mut self.to, &row)?;
            before = ",";
        }
        self.to.write_all(if before == "[" { b"[]" } else { b"\n  ]" })
    }

    fn end(self) -> io::Result<()> {
        self.to.write_all(b"\n}\n")
    }
}

/// An array whose elements are made while they are written.
struct Sequence<F>(F);

impl<F: Fn() -> I, I: Iterator<Item: Serialize>> Serialize for Sequence<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}
