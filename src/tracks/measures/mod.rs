//! What is measured of tracks: how, which distances and angles, which points are joined by lines.

mod measured;

pub use measured::Measured;

use super::store::TrackStore;
use super::track::TrackId;
use crate::measure::{Footage, MeasureError, Setup};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Something that has a value on each frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Quantity {
    /// How far two points are apart, in units.
    Distance([TrackId; 2]),
    /// The angle at the second of three points, in degrees.
    Angle([TrackId; 3]),
    /// Units per second.
    Speed(TrackId),
    /// Units per second, each second: the size of it.
    Acceleration(TrackId),
}

impl Quantity {
    /// The points that it is about.
    #[must_use]
    pub fn points(&self) -> &[TrackId] {
        match self {
            Self::Distance(points) => points,
            Self::Angle(points) => points,
            Self::Speed(point) | Self::Acceleration(point) => std::slice::from_ref(point),
        }
    }

    fn points_mut(&mut self) -> &mut [TrackId] {
        match self {
            Self::Distance(points) => points,
            Self::Angle(points) => points,
            Self::Speed(point) | Self::Acceleration(point) => std::slice::from_mut(point),
        }
    }

    /// The point that its value stands beside: the middle of an angle, else the first.
    #[must_use]
    pub fn home(&self) -> TrackId {
        match self {
            Self::Distance([first, _]) => *first,
            Self::Angle([_, middle, _]) => *middle,
            Self::Speed(point) | Self::Acceleration(point) => *point,
        }
    }

    /// What kind of value it is, in one word.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Distance(_) => "distance",
            Self::Angle(_) => "angle",
            Self::Speed(_) => "speed",
            Self::Acceleration(_) => "acceleration",
        }
    }

    /// Its unit, where lengths are in this one.
    #[must_use]
    pub fn unit(&self, unit: &str) -> String {
        match self {
            Self::Distance(_) => unit.to_owned(),
            Self::Angle(_) => "°".to_owned(),
            Self::Speed(_) => format!("{unit}/s"),
            Self::Acceleration(_) => format!("{unit}/s²"),
        }
    }
}

/// How tracks are measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Measures {
    /// Scale, axes, times and smoothing.
    pub setup: Setup,
    /// What is shown beside the points and stands in tables; each once.
    pub quantities: Vec<Quantity>,
    /// Points that are joined by a line.
    pub edges: Vec<[TrackId; 2]>,
}

impl Measures {
    /// Whether nobody measures anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds quantities that are not there; those that are there go, if all of them are.
    pub fn toggle(&mut self, quantities: &[Quantity]) {
        let has_all = quantities.iter().all(|quantity| self.quantities.contains(quantity));
        self.quantities.retain(|quantity| !(has_all && quantities.contains(quantity)));
        if !has_all {
            let new = quantities.iter().filter(|quantity| !self.quantities.contains(quantity));
            let new: Vec<Quantity> = new.copied().collect();
            self.quantities.extend(new);
        }
    }

    /// Whether a line joins two points.
    #[must_use]
    pub fn joins(&self, a: TrackId, b: TrackId) -> bool {
        self.edges.iter().any(|edge| *edge == [a, b] || *edge == [b, a])
    }

    /// Joins each point with the next one; where all of them are joined, the lines go.
    pub fn toggle_edges(&mut self, points: &[TrackId]) {
        let pairs: Vec<[TrackId; 2]> = points.windows(2).map(|pair| [pair[0], pair[1]]).collect();
        let is_pair = |[a, b]: &[TrackId; 2]| pairs.contains(&[*a, *b]) || pairs.contains(&[*b, *a]);
        if pairs.iter().all(|[a, b]| self.joins(*a, *b)) {
            self.edges.retain(|edge| !is_pair(edge));
        } else {
            self.edges.retain(|edge| !is_pair(edge));
            self.edges.extend(&pairs);
        }
    }

    /// Lets another point stand in the place of one.
    pub(super) fn replace(&mut self, old: TrackId, new: TrackId) {
        let all = self.quantities.iter_mut().flat_map(Quantity::points_mut);
        all.chain(self.edges.as_flattened_mut()).filter(|point| **point == old).for_each(|point| *point = new);
        let are_distinct = |points: &[TrackId]| (1..points.len()).all(|i| !points[..i].contains(&points[i]));
        self.quantities.retain(|quantity| are_distinct(quantity.points()));
        self.edges.retain(|edge| are_distinct(edge));
    }

    /// Only what is about points that are there.
    pub(super) fn of_known(&self, is_known: impl Fn(TrackId) -> bool) -> Self {
        let are_known = |points: &[TrackId]| points.iter().all(|point| is_known(*point));
        let quantities = self.quantities.iter().filter(|quantity| are_known(quantity.points())).copied().collect();
        let edges = self.edges.iter().filter(|edge| are_known(&edge[..])).copied().collect();
        Self { setup: self.setup.clone(), quantities, edges }
    }
}

impl TrackStore {
    /// How tracks are measured. Points in it may have been deleted.
    #[must_use]
    pub fn measures(&self) -> &Measures {
        &self.edits.measures
    }

    /// Says how tracks are measured.
    ///
    /// # Errors
    /// If the clip is known, and the setup makes no sense for it.
    pub fn set_measures(&mut self, measures: Measures) -> Result<(), MeasureError> {
        measures.setup.check()?;
        if let Some(footage) = &self.footage {
            crate::measure::World::new(&measures.setup, footage)?;
        }
        self.edits.measures = Arc::new(measures);
        Ok(())
    }

    /// Tells the clip's size, shape and times: outside the picture nothing is visible, whatever the network says, and
    /// speeds can be measured.
    pub fn set_footage(&mut self, footage: Footage) {
        self.set_picture(footage.size);
        self.footage = Some(Arc::new(footage));
    }

    /// The values; `None` where the clip is not known, or nothing can be measured with the setup.
    #[must_use]
    pub fn measured(&self) -> Option<Measured<'_>> {
        Measured::new(self, self.footage.as_deref()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_and_edges_come_once_and_go_again() {
        let [a, b, c] = [0, 1, 2].map(TrackId);
        let mut measures = Measures::default();
        let (speed, angle) = (Quantity::Speed(a), Quantity::Angle([a, b, c]));
        measures.toggle(&[speed]);
        measures.toggle(&[speed, angle]);
        assert_eq!(measures.quantities, [speed, angle]);
        measures.toggle(&[speed]);
        assert_eq!(measures.quantities, [angle]);
        measures.toggle_edges(&[a, b]);
        measures.toggle_edges(&[c, b, a]);
        assert!(measures.joins(b, c) && measures.joins(a, b) && measures.edges.len() == 2);
        measures.toggle_edges(&[a, b, c]);
        assert!(measures.edges.is_empty());
    }

    #[test]
    fn a_merged_point_goes_on_in_the_other_one() {
        let [a, b, c] = [0, 1, 2].map(TrackId);
        let mut measures = Measures {
            quantities: vec![Quantity::Distance([a, b]), Quantity::Distance([c, b]), Quantity::Speed(b)],
            edges: vec![[a, b], [b, c]],
            ..Measures::default()
        };
        measures.replace(b, a);
        assert_eq!(measures.quantities, [Quantity::Distance([c, a]), Quantity::Speed(a)]);
        assert_eq!(measures.edges, [[a, c]]);
        let known = measures.of_known(|point| point == a);
        assert_eq!((known.quantities, known.edges), (vec![Quantity::Speed(a)], Vec::new()));
    }
}
