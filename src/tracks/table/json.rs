//! The JSON table: the arrays of the NPZ table by name, and where they come from.

use super::measured::{Columns, NUM_POINT_COLUMNS};
use super::{Table, corners, crops, samples, similarities, wanted};
use crate::geometry::{FrameIndex, SourcePoint};
use crate::measure::Setup;
use crate::tracks::{
    CloserLook, Direction, Quantity, Run, RunId, RunSettings, Sample, Segment, Slot, TrackId, TrackStore,
};
use serde::{Serialize, Serializer};
use std::io::{self, Write};

const PIXELS: &str = "x and y are pixels of the upright picture: (0, 0) is the centre of the top-left pixel, x to the \
    right, y down";

/// Writes the JSON table: `tracks` `[N][T][2]`, `visibility` `[N][T]`, `confidence` `[N][T]`, `visible` `[N][T]`,
/// `probability` `[N][T]`, `queries` `[N][3]`, `names` `[N]`, `frames` `[T]` and `times_secs` `[T]` (and `unix_secs`
/// `[T]` where that is known), after what the numbers depend on. Where the clip's first frame does not count as 0,
/// `first_number` says as what, in `frames` and `queries`. A line for each track. Numbers are null and `visible` is
/// false before a query's frame; a `probability` is null where it is not known. Where the table has them, `similarity`
/// `[N][T]` follows, null where nobody has looked, and `corners` `[N][T][4][2]` where it has planes, null where none
/// was found.
///
/// Of a clip's tracks it is also told which were followed together: `runs` has the settings of each run (null where
/// they are not known), and `track_runs` lists for each track from which frame on it comes from which of them,
/// `[frame, run]` (run null: from none), or `[frame, run, run that goes backwards]` where it was followed from after
/// that frame, too. A run that looked at a part of the picture has `crops` `[T][4]` (x, y, width, height; null where it
/// was not followed to). `corrections` lists for each track where it was placed by hand, `[frame, x, y]`, besides its
/// query.
///
/// Where something is measured, `measured` says how, `scene_secs` `[T]` when each frame was taken; `places`,
/// `velocities` and `accelerations` `[N][T][2]` follow, null where a point is hidden or moves too shortly, `quantities`
/// with the `values` `[T]` of distances and angles, and `edges`: pairs of tracks, counted from 0.
///
/// # Errors
/// What the writer says.
pub(super) fn write(table: &impl Table, to: &mut impl Write) -> io::Result<()> {
    let about = table.about();
    let mut object = Object { to, is_empty: true };
    object.field("format", "cotrail-tracks")?;
    object.field("version", env!("CARGO_PKG_VERSION"))?;
    object.field("pixels", PIXELS)?;
    object.field("source", &about.source)?;
    object.field("weights", &about.weights)?;
    object.field("device", &about.device)?;
    object.field("settings", &about.settings)?;
    if let Some(note) = table.note() {
        object.field("note", note)?;
    }
    let number = |frame| table.options().number(frame);
    if number(0) > 0 {
        object.field("first_number", &number(0))?;
    }
    object.field("frames", &Sequence(|| table.frame_numbers().map(number)))?;
    object.field("times_secs", &Sequence(|| table.times_secs()))?;
    if table.unix_secs().is_some() {
        object.field("unix_secs", &Sequence(|| table.unix_secs().into_iter().flatten()))?;
    }
    object.field("names", &Sequence(|| wanted(table).map(|track| track.name)))?;
    object.rows(
        "queries",
        wanted(table).map(|track| (number(track.query.frame.0), track.query.point.x, track.query.point.y)),
    )?;
    if let Some(store) = table.store() {
        write_runs(&mut object, table, store)?;
    }
    let point = |sample: Option<Sample>| (sample.map(|s| s.point.x), sample.map(|s| s.point.y));
    object.rows("tracks", per_track(table, point))?;
    object.rows("visibility", per_track(table, |sample| sample.map(|s| s.visibility)))?;
    object.rows("confidence", per_track(table, |sample| sample.map(|s| s.confidence)))?;
    object.rows("visible", per_track(table, |sample| sample.is_some_and(|s| s.visible)))?;
    object.rows("probability", per_track(table, |sample| sample.and_then(|s| s.probability)))?;
    if table.has_similarities() {
        object.rows("similarity", wanted(table).map(|track| Sequence(move || similarities(table, track.id))))?;
    }
    if table.has_corners() {
        object.rows("corners", wanted(table).map(|track| Sequence(move || corners(table, track.id))))?;
    }
    if let Some(columns) = Columns::of(table) {
        write_measured(&mut object, table, &columns)?;
    }
    object.end()
}

/// How it was measured, in units that are named.
#[derive(Serialize)]
struct MeasuredRow<'a> {
    unit: &'a str,
    axes: &'static str,
    smoothing: String,
    setup: &'a Setup,
}

/// What is measured of several points together.
#[derive(Serialize)]
struct QuantityRow<'a> {
    name: String,
    unit: String,
    points: Vec<&'a str>,
    values: Vec<Option<f64>>,
}

/// Writes how it was measured, and the values.
fn write_measured<T: Table>(object: &mut Object<'_, impl Write>, table: &T, columns: &Columns<'_>) -> io::Result<()> {
    let measured = &columns.measured;
    let setup = measured.setup();
    let smoothing = format!("velocities and accelerations: {}", setup.smoothing);
    let axes = "x along the x axis, y up, from the origin";
    object.field("measured", &MeasuredRow { unit: setup.unit(), axes, smoothing, setup })?;
    object.field("scene_secs", &Sequence(|| columns.scene_secs()))?;
    let of_points = |at: usize| {
        let pair = move |row: [Option<f64>; NUM_POINT_COLUMNS]| Some([row[at]?, row[at + 1]?]);
        wanted(table).map(move |track| {
            let point = columns.point(track.id);
            (0..table.num_frames()).map(|row| pair(point.row(row))).collect::<Vec<_>>()
        })
    };
    object.rows("places", of_points(0))?;
    object.rows("velocities", of_points(2))?;
    object.rows("accelerations", of_points(5))?;
    let name = |id: &TrackId| wanted(table).find(|track| track.id == *id).map_or("", |track| track.name);
    let quantity = |one: Quantity| QuantityRow {
        name: one.kind().to_owned(),
        unit: measured.unit(one),
        points: one.points().iter().map(name).collect(),
        values: columns.values(one),
    };
    object.rows("quantities", columns.quantities(table).into_iter().map(quantity))?;
    let place = |id: TrackId| wanted(table).position(|track| track.id == id);
    let edges = table.store().into_iter().flat_map(|store| &store.measures().edges);
    object.rows("edges", edges.filter_map(|[a, b]| Some([place(*a)?, place(*b)?])))
}

/// A run's settings; of one that goes backwards, whose places were polished or looked at as planes, or that looked at a
/// part of the picture, it is said, too.
#[derive(Serialize)]
#[serde(untagged)]
enum RunRow<'a> {
    Plain(Option<&'a RunSettings>),
    Special {
        #[serde(skip_serializing_if = "Option::is_none")]
        direction: Option<Direction>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        polish: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        plane: Option<u16>,
        #[serde(flatten)]
        settings: Option<&'a RunSettings>,
        /// Of each frame: x, y, width, height.
        #[serde(skip_serializing_if = "Option::is_none")]
        crops: Option<Vec<Option<[u32; 4]>>>,
    },
}

impl<'a> RunRow<'a> {
    fn of(table: &impl Table, store: &TrackStore, run: &'a Run) -> Self {
        let wanted = store.treatment().closer_look();
        let CloserLook { polish, plane } =
            run.polish().map(|polish| polish.look).filter(|look| *look == wanted).unwrap_or_default();
        let direction = Some(run.direction()).filter(|direction| *direction == Direction::Backward);
        let crops = (!run.crops().is_empty()).then(|| crops(table, run).collect());
        match (direction, polish, plane, crops) {
            (None, false, None, None) => Self::Plain(run.settings()),
            (direction, polish, plane, crops) => {
                Self::Special { direction, polish, plane, settings: run.settings(), crops }
            }
        }
    }
}

/// From a frame on, the places of the runs that a track comes from.
#[derive(Serialize)]
#[serde(untagged)]
enum StretchRow {
    Forward(u32, Option<usize>),
    BothWays(u32, Option<usize>, Option<usize>),
}

/// Writes what was followed together, with which settings, and what was placed by hand.
fn write_runs(object: &mut Object<'_, impl Write>, table: &impl Table, store: &TrackStore) -> io::Result<()> {
    let number = |frame: &FrameIndex| table.options().number(frame.0);
    let tracks = || wanted(table).filter_map(|track| store.track(track.id));
    let used: Vec<RunId> = store.runs().map(|run| run.id).collect();
    object.rows("runs", store.runs().map(|run| RunRow::of(table, store, run)))?;
    let stretch = |segment: &Segment| {
        let place = |slot: Option<Slot>| slot.and_then(|(run, _)| used.binary_search(&run).ok());
        let (from, source) = (number(&segment.from), place(segment.source));
        match segment.back {
            None => StretchRow::Forward(from, source),
            back => StretchRow::BothWays(from, source, place(back)),
        }
    };
    object.rows("track_runs", tracks().map(|track| track.segments().iter().map(stretch).collect::<Vec<_>>()))?;
    let by_hand = |(frame, point): (&FrameIndex, &SourcePoint)| (number(frame), point.x, point.y);
    object.rows("corrections", tracks().map(|track| track.corrections.iter().map(by_hand).collect::<Vec<_>>()))
}

/// For each track, what `value` makes of its samples.
fn per_track<T: Table, V: Serialize>(
    table: &T,
    value: impl Fn(Option<Sample>) -> V + Copy,
) -> impl Iterator<Item: Serialize> {
    wanted(table).map(move |track| Sequence(move || samples(table, track.id).map(value)))
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
