//! Tracks as tables for other programs: CSV, JSON and NPZ.
//!
//! Written straight from the store, or from the log of a stream, without a second copy of the samples, and the same
//! bytes every time.

mod csv;
mod json;
mod measured;
mod npz;
mod tools;

pub use tools::{Pictures, ToolFormat, write_tapvid};

use super::run::Run;
use super::store::TrackStore;
use super::track::{Query, Sample, TrackId};
use crate::geometry::{FrameIndex, Size, SourcePoint};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::io::{self, Seek, Write};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// The kinds of table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TableFormat {
    /// One row per track and frame, for spreadsheets and data frames.
    Csv,
    /// Arrays, and where they come from.
    Json,
    /// Arrays for numpy.
    Npz,
    /// The layout of another program.
    Tool(ToolFormat),
}

/// A file name whose ending names no table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a table's name ends in .csv, .json or .npz, or as another program wants it (.py for Blender, .nk for Nuke, \
     .deeplabcut.csv; all in docs/formats.md): {}",
    path.display()
)]
pub struct UnknownTableFormat {
    /// The name.
    pub path: PathBuf,
}

impl TableFormat {
    /// Our own formats, in the order in which a menu lists them.
    pub const ALL: [Self; 3] = [Self::Csv, Self::Json, Self::Npz];

    /// The file name's ending, without the dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Npz => "npz",
            Self::Tool(tool) => tool.extension(),
        }
    }

    /// Whether it is text, which any writer takes ([`Table::write_text`]).
    #[must_use]
    pub fn is_text(self) -> bool {
        self != Self::Npz && !self.holds_pictures()
    }

    /// Whether the clip's pictures are part of it.
    #[must_use]
    pub fn holds_pictures(self) -> bool {
        self == Self::Tool(ToolFormat::TapVid)
    }

    /// The format that a file name asks for by its ending, in upper or lower case.
    ///
    /// # Errors
    /// If it ends in something else.
    pub fn from_path(path: &Path) -> Result<Self, UnknownTableFormat> {
        Self::and_stem(path).map(|(format, _)| format).ok_or_else(|| UnknownTableFormat { path: path.to_owned() })
    }

    /// That format, and the path without the ending.
    #[must_use]
    pub fn and_stem(path: &Path) -> Option<(Self, PathBuf)> {
        let mut all: Vec<Self> = ToolFormat::ALL.into_iter().map(Self::Tool).chain(Self::ALL).collect();
        // What is longer says more: .cornerpin.nk is not .nk.
        all.sort_by_key(|format| Reverse(format.extension().len()));
        let stem = |format: Self| {
            let mut path = path.to_owned();
            for ending in format.extension().rsplit('.') {
                if !path.extension()?.eq_ignore_ascii_case(ending) {
                    return None;
                }
                path.set_extension("");
            }
            Some((format, path))
        };
        all.into_iter().find_map(stem)
    }
}

/// Where a table's numbers come from; the JSON table carries it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// The clip.
    pub source: AboutSource,
    /// The network's weights.
    pub weights: AboutWeights,
    /// What computed, in words.
    pub device: String,
    /// What else the numbers depend on.
    pub settings: AboutSettings,
}

/// The clip that was tracked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AboutSource {
    /// Where it lies.
    pub path: String,
    /// Size of the upright picture.
    #[serde(flatten)]
    pub size: Size,
    /// Frames per second.
    pub frame_rate: f64,
    /// How many frames it has, tracked or not.
    pub num_frames: usize,
    /// How wide a pixel is to be shown, in heights of a pixel.
    #[serde(default = "square", skip_serializing_if = "is_square")]
    pub pixel_aspect: f64,
}

fn square() -> f64 {
    1.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_square(pixel_aspect: &f64) -> bool {
    (*pixel_aspect - square()).abs() < f64::EPSILON
}

/// The weights that were used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AboutWeights {
    /// Their name or file name.
    pub name: String,
    /// Sha256 of the file, in hexadecimal.
    pub sha256: String,
}

/// How a clip was followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TrackMode {
    /// In windows that look at later frames, too.
    #[default]
    Window,
    /// Frame by frame, as a camera is followed.
    Live,
    /// The whole clip at once, or in long parts.
    Offline,
}

/// The settings that were used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AboutSettings {
    /// How the clip was followed.
    pub mode: TrackMode,
    /// Size of the picture that the network sees.
    pub model_size: Size,
    /// Iterations for each window, or for each frame where it was followed live.
    pub iterations: usize,
    /// Points on each side of the support grid, 0 for none.
    pub support_grid: usize,
    /// The first frame tracked.
    pub start: FrameIndex,
    /// The last frame tracked.
    pub end: FrameIndex,
    /// A point is called visible where visibility · confidence exceeds this.
    pub visible_above: f32,
}

/// What of the tracks goes into a table, and how its frames are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableOptions {
    /// The tracks to write; all where `None`.
    pub tracks: Option<Vec<TrackId>>,
    /// Whether frames on which a track is hidden are written (with their flag) or left out as if there were nothing.
    pub keeps_hidden: bool,
    /// The number of the clip's first frame.
    pub first_number: u32,
}

impl TableOptions {
    /// What a frame of the clip is called.
    fn number(&self, frame: u32) -> u32 {
        frame.saturating_add(self.first_number)
    }
}

impl Default for TableOptions {
    /// Everything, counted from 0.
    fn default() -> Self {
        Self { tracks: None, keeps_hidden: true, first_number: 0 }
    }
}

/// The tracks of a store over a range of frames, ready to be written.
#[derive(Clone, Debug)]
pub struct TrackTable<'a> {
    /// The tracks, in the order in which they are written.
    pub store: &'a TrackStore,
    /// The frames, both ends included.
    pub frames: RangeInclusive<FrameIndex>,
    /// When each frame of the source is shown, in seconds from its first one.
    pub times_secs: &'a [f64],
    /// Where the numbers come from.
    pub about: &'a About,
    /// What of it is wanted.
    pub options: &'a TableOptions,
}

/// A place of a track, and the row that it stands in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry {
    /// Which of the table's frames, from 0.
    pub row: usize,
    /// That frame's number in its source.
    pub frame: FrameIndex,
    /// When it is shown, in seconds from the source's first one.
    pub time_secs: f64,
    /// Where the track is there.
    pub sample: Sample,
    /// How much the picture there looks like the point where it was placed, where somebody has looked.
    pub similarity: Option<f32>,
    /// The corners of the small plane that it is, where one was found ([`TrackStore::corners`]).
    pub corners: Option<[SourcePoint; 4]>,
}

/// A track of a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TableTrack<'a> {
    /// Which.
    pub id: TrackId,
    /// What the user calls it.
    pub name: &'a str,
    /// Where it was placed.
    pub query: Query,
}

/// Tracks over some frames, ready to be written. What is written is made on the way, without a second copy.
pub trait Table {
    /// Where the numbers come from.
    fn about(&self) -> &About;

    /// What of it is wanted.
    fn options(&self) -> &TableOptions;

    /// How many frames there are.
    fn num_frames(&self) -> usize;

    /// The number of each frame in its source.
    fn frame_numbers(&self) -> impl Iterator<Item = u32>;

    /// When each frame is shown, in seconds from the source's first one.
    fn times_secs(&self) -> impl Iterator<Item = f64>;

    /// When each frame was taken, in seconds since 1970 (UTC); nothing for clips, of which nobody knows.
    fn unix_secs(&self) -> Option<impl Iterator<Item = f64>> {
        None::<std::iter::Empty<f64>>
    }

    /// The tracks with their runs and corrections, where they are a clip's.
    fn store(&self) -> Option<&TrackStore> {
        None
    }

    /// Whether [`Entry::corners`] are known; else they are left out of the table.
    fn has_corners(&self) -> bool {
        false
    }

    /// Whether [`Entry::similarity`] is known; else it is left out of the table.
    fn has_similarities(&self) -> bool {
        false
    }

    /// What is missing, in one sentence.
    fn note(&self) -> Option<&str> {
        None
    }

    /// All tracks, in the order in which they are written.
    fn tracks(&self) -> impl Iterator<Item = TableTrack<'_>>;

    /// The places of a track, earlier rows first; rows on which it has none are left out.
    fn entries(&self, track: TrackId) -> impl Iterator<Item = Entry>;

    /// Where the tracks themselves are read from a disk: what went wrong there. What was written until then is of no
    /// use.
    ///
    /// # Errors
    /// What the disk said.
    fn check(&self) -> io::Result<()> {
        Ok(())
    }

    /// Writes the table in a format; the writer should be buffered.
    ///
    /// # Errors
    /// What the writer says, or the disk that is read from.
    fn write(&self, format: TableFormat, to: &mut (impl Write + Seek)) -> io::Result<()>
    where
        Self: Sized,
    {
        match format {
            TableFormat::Npz => npz::write(self, to).and_then(|()| self.check()),
            _ => self.write_text(format, to),
        }
    }

    /// Writes a table of text, for which any writer will do.
    ///
    /// # Errors
    /// As [`Table::write`], and for NPZ, which is no text.
    fn write_text(&self, format: TableFormat, to: &mut impl Write) -> io::Result<()>
    where
        Self: Sized,
    {
        match format {
            TableFormat::Csv => csv::write(self, to),
            TableFormat::Json => json::write(self, to),
            TableFormat::Npz => Err(io::Error::other("an NPZ table is no text")),
            TableFormat::Tool(tool) => tool.write(self, to),
        }?;
        self.check()
    }
}

/// The tracks that are wanted.
fn wanted<T: Table>(table: &T) -> impl Iterator<Item = TableTrack<'_>> {
    let wanted = table.options().tracks.as_deref();
    table.tracks().filter(move |track| wanted.is_none_or(|wanted| wanted.contains(&track.id)))
}

/// The places of a track that are wanted.
fn entries<T: Table>(table: &T, track: TrackId) -> impl Iterator<Item = Entry> {
    let keeps_hidden = table.options().keeps_hidden;
    table.entries(track).filter(move |entry| keeps_hidden || entry.sample.visible)
}

/// The same for every frame of the table.
fn rows<T: Table>(table: &T, track: TrackId) -> impl Iterator<Item = Option<Entry>> {
    let mut entries = entries(table, track).peekable();
    (0..table.num_frames()).map(move |row| entries.next_if(|entry| entry.row == row))
}

/// Where a track is on every frame of the table.
fn samples<T: Table>(table: &T, track: TrackId) -> impl Iterator<Item = Option<Sample>> {
    rows(table, track).map(|entry| entry.map(|entry| entry.sample))
}

/// How much it looks there like where it was placed.
fn similarities<T: Table>(table: &T, track: TrackId) -> impl Iterator<Item = Option<f32>> {
    rows(table, track).map(|entry| entry?.similarity)
}

/// Where the corners of its plane are there: x, y.
fn corners<T: Table>(table: &T, track: TrackId) -> impl Iterator<Item = Option<[[f32; 2]; 4]>> {
    rows(table, track).map(|entry| Some(entry?.corners?.map(|corner| [corner.x, corner.y])))
}

/// What the network looked at of each frame of the table: x, y, width, height.
fn crops<T: Table>(table: &T, run: &Run) -> impl Iterator<Item = Option<[u32; 4]>> {
    let crop =
        |frame| run.crops().get(&FrameIndex(frame)).map(|crop| [crop.x, crop.y, crop.size.width, crop.size.height]);
    table.frame_numbers().map(crop)
}

impl Table for TrackTable<'_> {
    fn about(&self) -> &About {
        self.about
    }

    fn options(&self) -> &TableOptions {
        self.options
    }

    fn store(&self) -> Option<&TrackStore> {
        Some(self.store)
    }

    fn has_similarities(&self) -> bool {
        self.store.is_polished()
    }

    fn has_corners(&self) -> bool {
        self.store.has_planes()
    }

    fn num_frames(&self) -> usize {
        (self.frames.end().get() + 1).saturating_sub(self.frames.start().get())
    }

    fn frame_numbers(&self) -> impl Iterator<Item = u32> {
        let first = self.frames.start().0;
        (0..self.num_frames()).map(move |row| first + row as u32)
    }

    fn times_secs(&self) -> impl Iterator<Item = f64> {
        self.frame_numbers().map(|frame| self.time_secs(FrameIndex(frame)))
    }

    fn tracks(&self) -> impl Iterator<Item = TableTrack<'_>> {
        self.store.tracks().map(|track| TableTrack { id: track.id, name: &track.name, query: track.query })
    }

    fn entries(&self, track: TrackId) -> impl Iterator<Item = Entry> {
        let samples = self.store.samples_of(track, self.frames.clone());
        let plane_of = self.store.track(track);
        let both = samples.zip(self.store.similarities_of(track, self.frames.clone())).enumerate();
        both.filter_map(move |(row, ((frame, sample), similarity))| {
            let sample = sample?;
            let corners = plane_of.and_then(|track| self.store.corners(track, frame, sample.point));
            Some(Entry { row, frame, time_secs: self.time_secs(frame), sample, similarity, corners })
        })
    }
}

impl TrackTable<'_> {
    fn time_secs(&self, frame: FrameIndex) -> f64 {
        self.times_secs.get(frame.get()).copied().unwrap_or(f64::NAN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_follows_the_ending_in_either_case() {
        let format = |name: &str| TableFormat::from_path(Path::new(name)).map_err(|error| error.to_string());
        assert_eq!(format("a.csv"), Ok(TableFormat::Csv));
        assert_eq!(format("some/where.x/a.b.NPZ"), Ok(TableFormat::Npz));
        assert_eq!(format("ä ö.Json"), Ok(TableFormat::Json));
        assert_eq!(format("a.deeplabcut.csv"), Ok(TableFormat::Tool(ToolFormat::DeepLabCut)));
        assert_eq!(format("a.b.3DE.TXT"), Ok(TableFormat::Tool(ToolFormat::Equalizer)));
        assert_eq!(format("nuke.csv"), Ok(TableFormat::Csv));
        assert_eq!(format("a.nk"), Ok(TableFormat::Tool(ToolFormat::Nuke)));
        assert_eq!(format("a.cornerpin.nk"), Ok(TableFormat::Tool(ToolFormat::NukePin)));
        assert!(format("a.xlsx").unwrap_err().ends_with("docs/formats.md): a.xlsx"));
        for name in ["csv", "", ".csv", "a.csv.gz", "a.", "a.txt", "3de.txt"] {
            assert!(format(name).is_err(), "{name}");
        }
    }

    #[test]
    fn an_ending_is_taken_off_whole() {
        let stem = |name: &str| TableFormat::and_stem(Path::new(name)).map(|(_, stem)| stem);
        assert_eq!(stem("x.y/a.b.coco.json"), Some(PathBuf::from("x.y/a.b")));
        assert_eq!(stem("a.b.json"), Some(PathBuf::from("a.b")));
        assert_eq!(stem("a.b"), None);
    }
}
