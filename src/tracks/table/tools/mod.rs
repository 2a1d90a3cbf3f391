//! Tracks in the layouts of other programs: compositing, matchmoving, behaviour analysis, motion control.
//!
//! Places are converted to each program's own pixels: ours have (0, 0) in the centre of the top-left pixel, most of
//! theirs at its corner, and some count y upwards. Where a program cannot hold hidden places, they are left out.

mod blender;
mod curves;
mod objects;
mod pins;
mod rows;
mod sheet;
mod tapvid;

pub use tapvid::{Pictures, write_tapvid};

use super::{Entry, Table, TableOptions, TableTrack, rows, wanted};
use crate::geometry::SourcePoint;
use std::collections::HashSet;
use std::io::{self, Write};

/// The programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToolFormat {
    /// A Python script that makes a `MovieClip`'s tracks.
    Blender,
    /// A `Tracker4` node.
    Nuke,
    /// Keyframes to paste: a position, or one point control for each point.
    AfterEffects,
    /// `CornerPin2D` nodes, one for each plane.
    NukePin,
    /// Keyframes of Corner Pin effects, one for each plane.
    AfterEffectsPin,
    /// The 2D tracks of 3DEqualizer, which PFTrack reads, too.
    Equalizer,
    /// The 2D tracker paths of `SynthEyes`.
    SynthEyes,
    /// What DeepLabCut predicts.
    DeepLabCut,
    /// What SLEAP exports for analysis.
    Sleap,
    /// The Tracks layer of napari.
    Napari,
    /// Keypoints as COCO annotates them.
    Coco,
    /// Tracks as ComfyUI's motion control nodes read them.
    Comfy,
    /// A clip with its points as TAP-Vid holds them, pictures included: written by [`write_tapvid`].
    TapVid,
    /// Any spreadsheet: a row for each frame, measured values side by side.
    Sheet,
}

impl ToolFormat {
    /// Every program, in the order in which a menu lists them.
    pub const ALL: [Self; 14] = [
        Self::Blender,
        Self::Nuke,
        Self::NukePin,
        Self::AfterEffects,
        Self::AfterEffectsPin,
        Self::Equalizer,
        Self::SynthEyes,
        Self::DeepLabCut,
        Self::Sleap,
        Self::Napari,
        Self::Coco,
        Self::Comfy,
        Self::TapVid,
        Self::Sheet,
    ];

    /// What people call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Blender => "Blender",
            Self::Nuke => "Nuke",
            Self::NukePin => "Nuke corner pin",
            Self::AfterEffects => "After Effects",
            Self::AfterEffectsPin => "After Effects corner pin",
            Self::Equalizer => "3DEqualizer",
            Self::SynthEyes => "SynthEyes",
            Self::DeepLabCut => "DeepLabCut",
            Self::Sleap => "SLEAP",
            Self::Napari => "napari",
            Self::Coco => "COCO keypoints",
            Self::Comfy => "ComfyUI",
            Self::TapVid => "TAP-Vid",
            Self::Sheet => "Spreadsheet",
        }
    }

    /// What to do with the file, in a few words.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Blender => "A script: run it in the Text Editor, with the clip open",
            Self::Nuke => "A Tracker node: paste it, or File > Insert",
            Self::NukePin => "A CornerPin2D node for each plane",
            Self::AfterEffectsPin => "Corner Pin keyframes for each plane, to paste on a layer",
            Self::AfterEffects => "Keyframes: copy the text, paste it on a layer",
            Self::Equalizer => "2D tracks: Import 2D Tracks; PFTrack reads them, too",
            Self::SynthEyes => "2D tracker paths: File > Import > Plain Text > 2-D Tracker Paths",
            Self::DeepLabCut => "Predictions, a row per frame, with likelihood",
            Self::Sleap => "Analysis CSV, a row per frame, points as nodes",
            Self::Napari => "Tracks layer: ID, T, Y, X",
            Self::Coco => "One annotation per frame, points as keypoints",
            Self::Comfy => "Lists of {x, y} per point, for motion control",
            Self::TapVid => "Pictures and points in a pickle, to measure trackers with",
            Self::Sheet => "A row per frame: places, speeds, distances and angles, with their units",
        }
    }

    /// The file name's ending, without the first dot: it says which program is meant.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Blender => "py",
            Self::Nuke => "nk",
            Self::NukePin => "cornerpin.nk",
            Self::AfterEffectsPin => "cornerpin.txt",
            Self::AfterEffects => "aftereffects.txt",
            Self::Equalizer => "3de.txt",
            Self::SynthEyes => "syntheyes.txt",
            Self::DeepLabCut => "deeplabcut.csv",
            Self::Sleap => "sleap.csv",
            Self::Napari => "napari.csv",
            Self::Coco => "coco.json",
            Self::Comfy => "comfyui.json",
            Self::TapVid => "tapvid.pkl",
            Self::Sheet => "measured.csv",
        }
    }

    /// What the clip's first frame is called where the user has not chosen a number.
    #[must_use]
    pub fn first_number(self) -> u32 {
        match self {
            Self::Blender | Self::Nuke | Self::NukePin | Self::Equalizer => 1,
            _ => 0,
        }
    }

    /// What a frame of the clip is called there.
    fn number(self, options: &TableOptions, frame: u32) -> u32 {
        // Blender counts the frames of a clip, whatever they are called elsewhere.
        match options.first_number {
            chosen if chosen == 0 || self == Self::Blender => frame.saturating_add(self.first_number()),
            _ => options.number(frame),
        }
    }

    /// Writes the tracks.
    ///
    /// # Errors
    /// What the writer says.
    pub(super) fn write(self, table: &impl Table, to: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Blender => blender::write(table, to),
            Self::Nuke => curves::nuke(table, to),
            Self::NukePin => pins::nuke(table, to),
            Self::AfterEffects => curves::after_effects(table, to),
            Self::AfterEffectsPin => pins::after_effects(table, to),
            Self::Equalizer => curves::equalizer(table, to),
            Self::SynthEyes => curves::syntheyes(table, to),
            Self::DeepLabCut => rows::deeplabcut(table, to),
            Self::Sleap => rows::sleap(table, to),
            Self::Napari => rows::napari(table, to),
            Self::Coco => objects::coco(table, to),
            Self::Comfy => objects::comfy(table, to),
            Self::TapVid => Err(io::Error::other("a TAP-Vid file holds the clip's pictures, which are not here")),
            Self::Sheet => sheet::write(table, to),
        }
    }
}

/// Where a place is: x and y in the program's own unit.
type At = [f64; 2];

/// From the top-left pixel's corner on, y down.
fn from_corner(point: SourcePoint) -> At {
    [point.x, point.y].map(|place| rounded(f64::from(place) + 0.5))
}

/// From the bottom-left pixel's corner on, y up.
fn from_below<T: Table>(table: &T, point: SourcePoint) -> At {
    let [x, y] = from_corner(point);
    [x, rounded(f64::from(table.about().source.size.height) - y)]
}

/// Nobody needs more than a ten-thousandth of a pixel.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

/// The frames on which a track can be seen, in stretches without a gap.
fn stretches<T: Table>(table: &T, track: &TableTrack) -> Vec<Vec<Entry>> {
    let seen: Vec<Entry> = table.entries(track.id).filter(|entry| entry.sample.visible).collect();
    seen.chunk_by(|a, b| a.frame.0 + 1 == b.frame.0).map(<[Entry]>::to_vec).collect()
}

/// The tracks that are wanted, under names of which none is there twice.
fn named<T: Table>(table: &T) -> Vec<(String, TableTrack<'_>)> {
    let mut taken = HashSet::new();
    let unique = |track: TableTrack<'_>| {
        let counted = (2..).map(|number| format!("{} {number}", track.name));
        let name = std::iter::once(track.name.to_owned()).chain(counted).find(|name| taken.insert(name.clone()));
        name.unwrap_or_default()
    };
    let names: Vec<String> = wanted(table).map(unique).collect();
    names.into_iter().zip(wanted(table)).collect()
}

/// Frame by frame its number and where all tracks are on it.
fn frames<T: Table>(table: &T, tool: ToolFormat) -> impl Iterator<Item = (u32, Vec<Option<Entry>>)> {
    let mut tracks: Vec<_> = wanted(table).map(|track| rows(table, track.id)).collect();
    table.frame_numbers().map(move |frame| {
        let places = tracks.iter_mut().map(|places| places.next().flatten()).collect();
        (tool.number(table.options(), frame), places)
    })
}

/// Without what parts words.
fn one_word(name: &str) -> String {
    let is_parting = |c: char| c.is_whitespace() || c.is_control();
    name.split(is_parting).filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_")
}
