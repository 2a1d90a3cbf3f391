//! What commands measure, and when they make sense.

use super::chart_file::Saving;
use super::charts::Charts;
use crate::app::canvas::marks::{Mark, Ruling};
use crate::app::canvas::point_view::PointView;
use crate::app::clip::room::ClipRoom;
use crate::app::desk::Desk;
use crate::app::kit::commands::Command;
use crate::app::kit::controls::{Availability, needs};
use crate::geometry::SourcePoint;
use crate::measure::Scale;
use crate::tracks::{Edit, Measures, Quantity, TrackId};

/// What the window remembers of measuring.
#[derive(Default)]
pub(crate) struct Measuring {
    /// Whether the window "Measure" is open.
    pub(crate) is_open: bool,
    /// Whether the length that was just drawn is to be typed.
    pub(crate) wants_length: bool,
    pub(crate) charts: Charts,
    pub(super) saving: Option<Saving>,
}

impl ClipRoom {
    /// Whether a command of the menu can be used now, or why not.
    pub(crate) fn measure_availability(&self, command: Command) -> Availability {
        needs(self.session.clip().is_some(), "needs a clip")?;
        let num = self.canvas.selection.len();
        match command {
            Command::MeasureDistance => needs(num == 2, "needs two selected points"),
            Command::MeasureAngle => needs(num == 3, "needs three selected points: the second is the corner"),
            Command::MeasureSpeed | Command::MeasureAcceleration => needs(num > 0, "needs a selected point"),
            Command::JoinPoints => needs(num > 1, "needs two selected points or more"),
            _ => Ok(()),
        }
    }

    /// Whether a command that can be on or off is on.
    pub(crate) fn is_measured(&self, command: Command) -> bool {
        match command {
            Command::Measure => self.measuring.is_open,
            Command::Charts => self.measuring.charts.is_open,
            Command::JoinPoints => {
                let measures = self.measures();
                let selection = &self.canvas.selection;
                selection.len() > 1 && selection.windows(2).all(|pair| measures.joins(pair[0], pair[1]))
            }
            _ => {
                let wanted = self.meant(command);
                let measures = self.measures();
                !wanted.is_empty() && wanted.iter().all(|quantity| measures.quantities.contains(quantity))
            }
        }
    }

    /// How the clip is measured.
    pub(crate) fn measures(&self) -> Measures {
        self.tracks().map_or_else(Measures::default, |tracks| tracks.measures().clone())
    }

    /// What a command would measure of the selected points.
    fn meant(&self, command: Command) -> Vec<Quantity> {
        let selection: &[TrackId] = &self.canvas.selection;
        match (command, selection) {
            (Command::MeasureDistance, [a, b]) => vec![Quantity::Distance([*a, *b])],
            (Command::MeasureAngle, [a, middle, b]) => vec![Quantity::Angle([*a, *middle, *b])],
            (Command::MeasureSpeed, _) => selection.iter().map(|point| Quantity::Speed(*point)).collect(),
            (Command::MeasureAcceleration, _) => selection.iter().map(|point| Quantity::Acceleration(*point)).collect(),
            _ => Vec::new(),
        }
    }

    /// Runs a command of the menu.
    pub(crate) fn run_measure(&mut self, desk: &mut Desk, command: Command) {
        match command {
            Command::Measure => self.measuring.is_open ^= true,
            Command::Charts => self.measuring.charts.is_open ^= true,
            Command::MeasureLine => self.begin_mark(Mark::Line),
            Command::MeasurePlane => self.begin_mark(Mark::Plane),
            Command::MeasureOrigin => self.begin_mark(Mark::Axes),
            Command::JoinPoints => {
                let mut measures = self.measures();
                measures.toggle_edges(&self.canvas.selection);
                self.edit(desk, &Edit::Measure(Box::new(measures)));
            }
            _ => {
                let (wanted, mut measures) = (self.meant(command), self.measures());
                measures.toggle(&wanted);
                self.edit(desk, &Edit::Measure(Box::new(measures)));
            }
        }
    }

    fn begin_mark(&mut self, mark: Mark) {
        self.canvas.let_go();
        self.canvas.ruling = Some(Ruling::new(mark));
        self.measuring.is_open = true;
    }

    /// Takes over marks that were set or moved on the picture.
    pub(crate) fn marked(&mut self, desk: &mut Desk, mark: Mark, points: &[SourcePoint], is_new: bool) {
        let mut measures = self.measures();
        let setup = &mut measures.setup;
        match (mark, points) {
            (Mark::Line, [a, b]) => {
                let length = if let Scale::Line { length, .. } = setup.scale { length } else { 1.0 };
                setup.scale = Scale::Line { ends: [*a, *b], length };
            }
            (Mark::Plane, [a, b, c, d]) => {
                let known =
                    if let Scale::Plane { width, height, .. } = setup.scale { (width, height) } else { (1.0, 1.0) };
                setup.scale = Scale::Plane { corners: [*a, *b, *c, *d], width: known.0, height: known.1 };
            }
            (Mark::Axes, [origin, rest @ ..]) => {
                (setup.origin, setup.x_axis) = (Some(*origin), rest.first().copied());
            }
            _ => return,
        }
        let is_done = self.edit(desk, &Edit::Measure(Box::new(measures)));
        self.measuring.wants_length = is_done && is_new && mark != Mark::Axes;
    }
}
