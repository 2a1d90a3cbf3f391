//! What the charts show, kept until something changes that they depend on.

use crate::app::canvas::point_view::PointView;
use crate::app::clip::room::ClipRoom;
use crate::export::{Chart, ChartKind};
use crate::overlay::Palette;
use crate::tracks::{TrackId, TrackStore};
use std::sync::Arc;

/// Without a selection so many points at most have a curve.
const MAX_POINTS: usize = 12;

/// What curves were made from.
type From = (Arc<TrackStore>, ChartKind, Vec<TrackId>, Palette);

/// See the [module](self).
#[derive(Debug, Default)]
pub(crate) struct Charts {
    pub(crate) is_open: bool,
    pub(crate) kind: ChartKind,
    made: Option<(From, Arc<Chart>)>,
}

impl Charts {
    /// The curves, once they are made.
    pub(crate) fn chart(&self) -> Option<&Arc<Chart>> {
        self.made.as_ref().map(|(_, chart)| chart)
    }
}

impl ClipRoom {
    /// Makes the curves anew, if anything has changed.
    pub(crate) fn prepare_charts(&mut self, palette: Palette) {
        let charts = &self.measuring.charts;
        let Some(tracks) = self.tracks().filter(|_| charts.is_open).map(Arc::clone) else {
            self.measuring.charts.made = None;
            return;
        };
        let points = if self.canvas.selection.is_empty() {
            let shown = tracks.tracks().filter(|track| !track.hidden);
            shown.map(|track| track.id).take(MAX_POINTS).collect()
        } else {
            self.canvas.selection.clone()
        };
        let from = (tracks, charts.kind, points, palette);
        let is_same = |(made, _): &(From, Arc<Chart>)| {
            Arc::ptr_eq(&made.0, &from.0) && (made.1, &made.2, made.3) == (from.1, &from.2, from.3)
        };
        if !charts.made.as_ref().is_some_and(is_same) {
            let chart = from.0.measured().map(|measured| Chart::of(&from.0, &measured, from.1, &from.2, palette));
            self.measuring.charts.made = chart.map(|chart| (from, Arc::new(chart)));
        }
    }
}
