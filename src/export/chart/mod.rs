//! Charts of tracks over time: the numbers for whoever draws them, and files of them.

mod file;
mod layout;
mod picture;

pub use file::{ChartFormat, UnknownChartFormat};

use super::error::ExportError;
use super::whole::WholeFile;
use crate::geometry::FrameIndex;
use crate::overlay::{Colour, Palette};
use crate::tracks::{Measured, Quantity, Sample, TrackId, TrackStore};
use std::path::Path;

/// What a chart shows over time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChartKind {
    /// To the right along the x axis, in units.
    X,
    /// Along the y axis.
    Y,
    /// Units per second.
    #[default]
    Speed,
    /// Units per second, each second.
    Acceleration,
    /// The angles that are measured.
    Angle,
    /// The distances that are measured.
    Distance,
    /// How sure each place is.
    Confidence,
}

impl ChartKind {
    /// In the order in which a menu lists them.
    pub const ALL: [Self; 7] =
        [Self::X, Self::Y, Self::Speed, Self::Acceleration, Self::Angle, Self::Distance, Self::Confidence];

    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::X => "x",
            Self::Y => "y",
            Self::Speed => "Speed",
            Self::Acceleration => "Acceleration",
            Self::Angle => "Angle",
            Self::Distance => "Distance",
            Self::Confidence => "Confidence",
        }
    }

    /// Whether each point has a curve of its own; the others are about several points.
    #[must_use]
    pub fn is_of_points(self) -> bool {
        !matches!(self, Self::Angle | Self::Distance)
    }

    fn unit(self, unit: &str) -> String {
        match self {
            Self::X | Self::Y | Self::Distance => unit.to_owned(),
            Self::Speed => format!("{unit}/s"),
            Self::Acceleration => format!("{unit}/s²"),
            Self::Angle => "°".to_owned(),
            Self::Confidence => String::new(),
        }
    }
}

/// A curve.
#[derive(Clone, Debug, PartialEq)]
pub struct ChartSeries {
    /// What it is called.
    pub name: String,
    /// Its colour.
    pub colour: Colour,
    /// Its value on each frame of the clip.
    pub values: Vec<Option<f64>>,
}

/// Curves over the time of a clip.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// What it shows.
    pub kind: ChartKind,
    /// Its values' unit; empty where they have none.
    pub unit: String,
    /// When each frame was taken, in seconds.
    pub secs: Vec<f64>,
    /// The curves.
    pub series: Vec<ChartSeries>,
    /// How the values are smoothed, in words; nothing where they are not.
    pub smoothing: Option<String>,
}

impl Chart {
    /// The chart of these points; where it is about several points together, of all that is measured.
    #[must_use]
    pub fn of(
        store: &TrackStore,
        measured: &Measured<'_>,
        kind: ChartKind,
        points: &[TrackId],
        palette: Palette,
    ) -> Self {
        let frames = measured.frames();
        let colour = |point| palette.colour(store.track(point).map_or(0, |track| track.colour));
        let series = if kind.is_of_points() {
            let tracks = points.iter().filter_map(|point| store.track(*point));
            let curve = |id: TrackId, name: &str| ChartSeries {
                name: name.to_owned(),
                colour: colour(id),
                values: values(store, measured, kind, id),
            };
            tracks.map(|track| curve(track.id, &track.name)).collect()
        } else {
            let is_meant = |quantity: &Quantity| match kind {
                ChartKind::Angle => matches!(quantity, Quantity::Angle(_)),
                _ => matches!(quantity, Quantity::Distance(_)),
            };
            let curve = |quantity: Quantity| ChartSeries {
                name: measured.name(quantity),
                colour: colour(quantity.home()),
                values: measured.values(quantity, frames.clone()),
            };
            measured.quantities().filter(is_meant).map(curve).collect()
        };
        let is_smoothed = matches!(kind, ChartKind::Speed | ChartKind::Acceleration);
        Self {
            kind,
            unit: kind.unit(measured.setup().unit()),
            secs: (0..=frames.end().0).filter_map(|frame| measured.secs(FrameIndex(frame))).collect(),
            series,
            smoothing: is_smoothed.then(|| measured.setup().smoothing.to_string()),
        }
    }

    /// What it shows, with its unit.
    #[must_use]
    pub fn title(&self) -> String {
        if self.unit.is_empty() { self.kind.name().to_owned() } else { format!("{} ({})", self.kind.name(), self.unit) }
    }

    /// How far apart about so many round values are in a range.
    #[must_use]
    pub fn step(range: [f64; 2], about: f32) -> f64 {
        layout::step(range, about)
    }

    /// The frame that was taken nearest to a time.
    #[must_use]
    pub fn frame_at(&self, secs: f64) -> Option<FrameIndex> {
        let after = self.secs.partition_point(|at| *at < secs);
        let near = [after.checked_sub(1), Some(after)].into_iter().flatten().filter(|at| *at < self.secs.len());
        let distance = |at: &usize| (self.secs[*at] - secs).abs();
        near.min_by(|a, b| distance(a).total_cmp(&distance(b))).map(FrameIndex::new)
    }

    /// The unbroken stretches of a curve, as places (seconds, value).
    pub fn stretches<'a>(&'a self, series: &'a ChartSeries) -> impl Iterator<Item = Vec<[f64; 2]>> + 'a {
        let all = self.secs.iter().zip(&series.values).collect::<Vec<_>>();
        let broken = all.split(|(_, value)| value.is_none()).filter(|part| !part.is_empty());
        let place = |(secs, value): &(&f64, &Option<f64>)| Some([**secs, (**value)?]);
        let stretches: Vec<Vec<[f64; 2]>> = broken.map(|part| part.iter().filter_map(place).collect()).collect();
        stretches.into_iter()
    }

    /// The least and the greatest value; `None` where there is none.
    #[must_use]
    pub fn extent(&self) -> Option<[f64; 2]> {
        let all = self.series.iter().flat_map(|series| series.values.iter().flatten());
        all.fold(None, |extent: Option<[f64; 2]>, value| {
            let [least, most] = extent.unwrap_or([*value, *value]);
            Some([least.min(*value), most.max(*value)])
        })
    }

    /// Writes it into a file; the name's ending says as what.
    ///
    /// # Errors
    /// An unknown ending, and everything that keeps a file from being written there.
    pub fn save(&self, path: &Path) -> Result<(), ExportError> {
        let bytes = ChartFormat::from_path(path)?.bytes(self);
        WholeFile::open(path)?.finish(|mut file| std::io::Write::write_all(&mut file, &bytes))
    }
}

/// The values of a point on each frame.
fn values(store: &TrackStore, measured: &Measured<'_>, kind: ChartKind, point: TrackId) -> Vec<Option<f64>> {
    let frames = measured.frames();
    let along =
        |axis: usize| measured.places(point, frames.clone()).iter().map(|place| Some((*place)?[axis])).collect();
    match kind {
        ChartKind::X => along(0),
        ChartKind::Y => along(1),
        ChartKind::Acceleration => measured.values(Quantity::Acceleration(point), frames),
        ChartKind::Confidence => {
            let certainty = |(_, sample): (FrameIndex, Option<Sample>)| Some(f64::from(sample?.certainty()));
            store.samples_of(point, frames).map(certainty).collect()
        }
        _ => measured.values(Quantity::Speed(point), frames),
    }
}
