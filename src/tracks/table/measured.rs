//! What is measured, as columns: of each point its place and how it moves, of all of them distances and angles.

use super::{Table, wanted};
use crate::geometry::FrameIndex;
use crate::measure::{Motion, Place};
use crate::tracks::{Measured, Quantity, TrackId};

/// Numbers of a point on a frame.
pub(super) const NUM_POINT_COLUMNS: usize = 8;

/// What is measured of the frames of a table.
pub(super) struct Columns<'a> {
    pub(super) measured: Measured<'a>,
    first: FrameIndex,
    num_frames: usize,
}

/// A point on each frame of a table.
pub(super) struct PointColumns {
    pub(super) places: Vec<Option<Place>>,
    pub(super) motions: Vec<Option<Motion>>,
}

impl<'a> Columns<'a> {
    /// `None` where nothing is measured, or the table has no frames.
    pub(super) fn of<T: Table>(table: &'a T) -> Option<Self> {
        Self::always(table).filter(|columns| !columns.measured.is_empty())
    }

    /// In pixels, where nobody has said anything.
    pub(super) fn always<T: Table>(table: &'a T) -> Option<Self> {
        let first = FrameIndex(table.frame_numbers().next()?);
        Some(Self { measured: table.store()?.measured()?, first, num_frames: table.num_frames() })
    }

    fn frames(&self) -> std::ops::RangeInclusive<FrameIndex> {
        self.first..=self.first.after(self.num_frames - 1)
    }

    /// A point on each frame.
    pub(super) fn point(&self, track: TrackId) -> PointColumns {
        let (places, motions) =
            (self.measured.places(track, self.frames()), self.measured.motions(track, self.frames()));
        PointColumns { places, motions }
    }

    /// When each frame was taken, in seconds of the scene.
    pub(super) fn scene_secs(&self) -> impl Iterator<Item = Option<f64>> {
        (0..self.num_frames).map(|row| self.secs(row))
    }

    /// When a frame was taken.
    pub(super) fn secs(&self, row: usize) -> Option<f64> {
        self.measured.secs(self.first.after(row)).map(significant)
    }

    /// Distances and angles of points that are wanted; speeds are among what each point has.
    pub(super) fn quantities<T: Table>(&self, table: &T) -> Vec<Quantity> {
        let is_wanted = |point: &TrackId| wanted(table).any(|track| track.id == *point);
        let is_own = |quantity: &Quantity| !matches!(quantity, Quantity::Speed(_) | Quantity::Acceleration(_));
        let all = self.measured.quantities().filter(is_own);
        all.filter(|quantity| quantity.points().iter().all(is_wanted)).collect()
    }

    /// The values of a quantity on each frame.
    pub(super) fn values(&self, quantity: Quantity) -> Vec<Option<f64>> {
        self.measured.values(quantity, self.frames()).into_iter().map(|value| value.map(significant)).collect()
    }

    /// The names of a point's columns; those of speeds say how they are smoothed.
    pub(super) fn point_names(&self) -> [String; NUM_POINT_COLUMNS] {
        let setup = self.measured.setup();
        let (unit, smoothing) = (word(setup.unit()), setup.smoothing);
        let smoothed = format!("savgol_{}_{}", smoothing.window, smoothing.order);
        let speed = |name: &str| format!("{name}_{unit}_per_s_{smoothed}");
        let change = |name: &str| format!("{name}_{unit}_per_s2_{smoothed}");
        let place = |name: &str| format!("{name}_{unit}");
        [
            place("x"),
            place("y"),
            speed("vx"),
            speed("vy"),
            speed("speed"),
            change("ax"),
            change("ay"),
            change("acceleration"),
        ]
    }

    /// The name of a quantity's column.
    pub(super) fn name(&self, quantity: Quantity) -> String {
        let unit = match quantity {
            Quantity::Angle(_) => "deg".to_owned(),
            _ => word(self.measured.setup().unit()),
        };
        format!("{}_{unit}", word(&self.measured.name(quantity)))
    }
}

impl PointColumns {
    /// The numbers of a frame, in the order of their names.
    pub(super) fn row(&self, row: usize) -> [Option<f64>; NUM_POINT_COLUMNS] {
        let (place, motion) = (self.places[row], self.motions[row]);
        let at = |axis: usize| place.map(|place| place[axis]);
        let of = |value: fn(&Motion) -> f64| motion.as_ref().map(value);
        let all = [
            at(0),
            at(1),
            of(|motion| motion.velocity[0]),
            of(|motion| motion.velocity[1]),
            of(Motion::speed),
            of(|motion| motion.acceleration[0]),
            of(|motion| motion.acceleration[1]),
            of(Motion::acceleration_size),
        ];
        all.map(|value| value.map(significant))
    }
}

/// Seven digits: places are not known any better.
pub(super) fn significant(value: f64) -> f64 {
    format!("{value:.6e}").parse().unwrap_or(value)
}

/// Letters and digits of any script; other stretches are an underscore.
pub(super) fn word(text: &str) -> String {
    text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words_and_numbers_have_seven_digits() {
        assert_eq!(word("angle left hip, knee, Füße (2)"), "angle_left_hip_knee_Füße_2");
        assert_eq!(significant(0.123_456_789), 0.123_456_8);
        assert_eq!((significant(-0.0), significant(1234.0)), (0.0, 1234.0));
        assert!(significant(f64::NAN).is_nan());
    }
}
