//! What is measured, drawn: lines between joined points, the lines and arcs of distances and angles, their values.

use super::mark::{Marker, Trail, TrailVertex};
use super::palette::Colour;
use super::style::OverlayStyle;
use crate::geometry::{FrameIndex, SourcePoint};
use crate::tracks::{Measured, Quantity, Sample, Track, TrackId, TrackStore};

/// Opacity of lines between points that can be seen.
const LINE_ALPHA: f32 = 0.9;
/// How much of it is left where a point is hidden.
const HIDDEN: f32 = 0.4;
/// What measures are drawn in.
const WHITE: Colour = Colour::hex(0xFF_FF_FF);
/// Width of the lines of measures, in that of joining lines.
const THIN: f32 = 0.6;
/// Radius of an angle's arc, as a share of its shorter side.
const ARC_SHARE: f32 = 0.3;
/// Below to the right.
const BELOW: [f32; 2] = [std::f32::consts::FRAC_1_SQRT_2; 2];
/// Straight pieces of a quarter of a circle.
const PIECES_PER_QUARTER: f32 = 8.0;

/// What was measured, to be written beside a point.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// Whose it is.
    pub track: TrackId,
    /// Where the point is.
    pub point: SourcePoint,
    /// Which way from there nothing else of it is drawn, a direction of length 1.
    pub away: [f32; 2],
    /// The values with their units.
    pub text: String,
}

impl Value {
    /// Whether it stands where this marker does.
    #[must_use]
    pub fn is_beside(&self, marker: &Marker) -> bool {
        self.track == marker.track && self.point == marker.point
    }
}

/// The lines between joined points on a frame.
pub(super) fn edges(
    store: &TrackStore,
    frame: FrameIndex,
    style: &OverlayStyle,
    is_wanted: impl Fn(&Track) -> bool,
) -> Vec<Trail> {
    let end = |point: TrackId| {
        let track = store.track(point).filter(|track| is_wanted(track))?;
        let sample = store.sample(point, frame).filter(|sample| sample.visible || style.show_hidden)?;
        Some((track, sample))
    };
    let line = |[a, b]: &[TrackId; 2]| {
        let ends = [end(*a)?, end(*b)?];
        let is_visible = ends.iter().all(|(_, sample)| sample.visible);
        let alpha = LINE_ALPHA * if is_visible { 1.0 } else { HIDDEN };
        let vertex = |(track, sample): (&Track, Sample)| TrailVertex {
            point: sample.point,
            frame,
            alpha,
            colour: style.palette.colour(track.colour),
        };
        Some(Trail { track: *a, width: style.line_width, dotted: false, vertices: ends.map(vertex).to_vec() })
    };
    store.measures().edges.iter().filter_map(line).collect()
}

/// The lines and arcs of distances and angles on a frame, and what is written beside the points.
pub(super) fn values(
    measured: &Measured<'_>,
    store: &TrackStore,
    frame: FrameIndex,
    style: &OverlayStyle,
    is_wanted: impl Fn(&Track) -> bool,
) -> (Vec<Trail>, Vec<Value>) {
    let (mut lines, mut labels): (Vec<Trail>, Vec<Value>) = (Vec::new(), Vec::new());
    for quantity in measured.quantities() {
        let is_shown = |point: &TrackId| store.track(*point).is_some_and(&is_wanted);
        if !quantity.points().iter().all(is_shown) {
            continue;
        }
        let Some(value) = measured.value(quantity, frame) else { continue };
        let places = quantity.points().iter().filter_map(|point| Some(store.sample(*point, frame)?.point));
        let places: Vec<SourcePoint> = places.collect();
        let line = |points: &[SourcePoint]| {
            let vertex = |point: &SourcePoint| TrailVertex { point: *point, frame, alpha: LINE_ALPHA, colour: WHITE };
            let vertices = points.iter().map(vertex).collect();
            Trail { track: quantity.home(), width: THIN * style.line_width, dotted: false, vertices }
        };
        let (at, away) = match (quantity, &places[..]) {
            (Quantity::Distance(_), [a, b]) => {
                lines.push(line(&places));
                let middle = SourcePoint::new(f32::midpoint(a.x, b.x), f32::midpoint(a.y, b.y));
                (middle, outside(*a, middle, *b))
            }
            (Quantity::Angle(_), [a, middle, b]) => {
                lines.push(line(&places));
                lines.push(line(&arc(*a, *middle, *b)));
                (*middle, outside(*a, *middle, *b))
            }
            (_, [place, ..]) => (*place, BELOW),
            _ => continue,
        };
        let (track, text) = (quantity.home(), measured.text(quantity, value));
        match labels.iter_mut().find(|label| label.track == track && label.point == at) {
            Some(label) => label.text = format!("{}  {text}", label.text),
            None => labels.push(Value { track, point: at, away, text }),
        }
    }
    (lines, labels)
}

/// The direction at the middle that is farthest from those to both ends; across the line where that is straight.
fn outside(a: SourcePoint, middle: SourcePoint, b: SourcePoint) -> [f32; 2] {
    let unit = |x: f32, y: f32| {
        let length = x.hypot(y);
        (length > f32::EPSILON).then(|| [x / length, y / length])
    };
    let towards = |end: SourcePoint| unit(end.x - middle.x, end.y - middle.y);
    let (Some([ax, ay]), Some([bx, by])) = (towards(a), towards(b)) else { return BELOW };
    let is_straight = (ax + bx).hypot(ay + by) < 0.2;
    // Of both ways across, the one to the right, where there is more room for words.
    let across = if ay < 0.0 { [-ay, ax] } else { [ay, -ax] };
    if is_straight { across } else { unit(-ax - bx, -ay - by).unwrap_or(BELOW) }
}

/// An arc around the middle from the direction of one side to that of the other, the short way.
fn arc(a: SourcePoint, middle: SourcePoint, b: SourcePoint) -> Vec<SourcePoint> {
    let towards = |end: SourcePoint| (end.y - middle.y).atan2(end.x - middle.x);
    let radius = ARC_SHARE * middle.distance(a).min(middle.distance(b));
    let (from, half) = (towards(a), std::f32::consts::PI);
    let turn = (towards(b) - from + 3.0 * half).rem_euclid(2.0 * half) - half;
    let pieces = (turn.abs() / (half / 2.0) * PIECES_PER_QUARTER).ceil().max(1.0);
    let place = |piece: f32| {
        let angle = from + turn * piece / pieces;
        SourcePoint::new(middle.x + radius * angle.cos(), middle.y + radius * angle.sin())
    };
    (0..=pieces as usize).map(|piece| place(piece as f32)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::scene::scene;
    use super::*;
    use crate::geometry::Size;
    use crate::measure::Footage;
    use crate::tracks::{Edit, Measures, Query};

    /// A corner of three points that are placed by hand on frame 0: the side to the right, the one down.
    fn store() -> (TrackStore, [TrackId; 3]) {
        let mut store = TrackStore::new();
        let places = [SourcePoint::new(60.0, 20.0), SourcePoint::new(20.0, 20.0), SourcePoint::new(20.0, 40.0)];
        let (_, ids) = store.add_run(places.map(|point| (None, Query { frame: FrameIndex(0), point })));
        for (id, point) in ids.iter().zip(places) {
            store.correct(&[(*id, point)], FrameIndex(1)).unwrap();
        }
        let (size, times_secs) = (Size::new(100, 100), (0..9).map(f64::from).collect());
        store.set_footage(Footage { size, pixel_aspect: 1.0, frame_rate: 1.0, times_secs });
        let ids = [ids[0], ids[1], ids[2]];
        let quantities = vec![Quantity::Angle(ids), Quantity::Distance([ids[1], ids[0]])];
        store.set_measures(Measures { quantities, edges: vec![[ids[0], ids[2]]], ..Measures::default() }).unwrap();
        (store, ids)
    }

    #[test]
    fn angles_have_an_arc_distances_a_line_and_both_a_value() {
        let (store, ids) = store();
        let style = OverlayStyle { trail_frames: 0, ..OverlayStyle::default() };
        let shown = scene(&store, FrameIndex(1), &style);
        let texts: Vec<&str> = shown.values.iter().map(|label| label.text.as_str()).collect();
        assert_eq!(texts, ["90.0°", "40.0 px"]);
        assert_eq!(shown.values[1].point, SourcePoint::new(40.0, 20.0), "in the middle of the line");
        // The edge, the sides of the angle, its arc, the distance.
        assert_eq!(shown.trails.len(), 4);
        let arc = &shown.trails[2].vertices;
        assert!(arc.iter().all(|vertex| (vertex.point.distance(SourcePoint::new(20.0, 20.0)) - 6.0).abs() < 1e-4));
        assert!(arc.iter().all(|vertex| vertex.point.x >= 19.99 && vertex.point.y >= 19.99), "inside the corner");
        let without = scene(&store, FrameIndex(1), &OverlayStyle { show_measures: false, ..style.clone() });
        assert_eq!((without.trails.len(), without.values.len()), (1, 0), "edges stay");
        let only = scene(&store, FrameIndex(1), &OverlayStyle { only: vec![ids[0], ids[1]], ..style });
        assert_eq!((only.trails.len(), only.values.len()), (1, 1), "what is about other points, too, is left out");
    }

    #[test]
    fn a_hidden_end_hides_or_weakens_its_lines() {
        let (mut store, ids) = store();
        store.apply(&Edit::SetHidden { tracks: vec![ids[2]], hidden: true }).unwrap();
        let shown = scene(&store, FrameIndex(1), &OverlayStyle { trail_frames: 0, ..OverlayStyle::default() });
        assert_eq!((shown.trails.len(), shown.values.len()), (1, 1));
    }

    #[test]
    fn words_stand_outside_of_an_angle_and_beside_a_line() {
        let (at, middle) = (SourcePoint::new, SourcePoint::new(0.0, 0.0));
        assert_eq!(outside(at(-5.0, 0.0), middle, at(0.0, 3.0)), [BELOW[0], -BELOW[1]]);
        assert_eq!(outside(at(0.0, -5.0), middle, at(0.0, 9.0)), [1.0, 0.0]);
        assert_eq!(outside(middle, middle, at(0.0, 9.0)), BELOW);
    }

    #[test]
    fn an_arc_goes_the_short_way_round() {
        let at = SourcePoint::new;
        let turned = arc(at(-10.0, 1.0), at(0.0, 0.0), at(-10.0, -1.0));
        assert!(turned.iter().all(|point| point.x < 0.0), "{turned:?}");
        assert_eq!(arc(at(0.0, 0.0), at(0.0, 0.0), at(0.0, 0.0)).len(), 2);
    }
}
