//! Where places of the picture are in the scene.

use super::error::MeasureError;
use super::footage::Footage;
use super::projection::Projection;
use super::setup::{Scale, Setup};
use crate::geometry::SourcePoint;

/// A place in the scene: x and y in units, y up.
pub type Place = [f64; 2];

/// The map from source pixels to the scene, and back.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    units_from_source: Projection,
    source_from_units: Projection,
}

impl World {
    /// The map that a setup describes, for a clip.
    ///
    /// # Errors
    /// If the setup makes no sense.
    pub fn new(setup: &Setup, footage: &Footage) -> Result<Self, MeasureError> {
        setup.check()?;
        let aspect = footage.pixel_aspect;
        let [bottom_left, middle] = [[0.0, 1.0], [0.5, 0.5]].map(|[x, y]| {
            let last = |extent: u32| f64::from(extent.max(1) - 1);
            [x * last(footage.size.width), y * last(footage.size.height)]
        });
        // As the scale alone says: a scene that is seen from the front has its origin in the top left pixel.
        let (scaled, first, inside) = match setup.scale {
            Scale::Pixels => (Projection::of_axes([aspect, -1.0], [0.0; 2]), bottom_left, middle),
            Scale::Line { ends, length } => {
                let [a, b] = ends.map(numbers);
                let pixels = ((a[0] - b[0]) * aspect).hypot(a[1] - b[1]);
                if pixels < 1e-3 {
                    return Err(MeasureError::NoLine);
                }
                let unit = length / pixels;
                (Projection::of_axes([aspect * unit, -unit], [0.0; 2]), bottom_left, middle)
            }
            Scale::Plane { corners, width, height } => {
                let corners = corners.map(numbers);
                let square = Projection::from_unit_square(corners).ok_or(MeasureError::NoPlane)?;
                let back = square.inverse().ok_or(MeasureError::NoPlane)?;
                (Projection::of_axes([width, height], [0.0; 2]).after(&back), corners[0], corners[0])
            }
        };
        let scaled = scaled.normalised_at(inside);
        let origin = scaled.apply(setup.origin.map_or(first, numbers)).ok_or(MeasureError::Place)?;
        let shifted = Projection::of_axes([1.0; 2], origin.map(|value| -value)).after(&scaled);
        let units_from_source = match setup.x_axis {
            None => shifted,
            Some(axis) => {
                let towards = shifted.apply(numbers(axis)).ok_or(MeasureError::Place)?;
                Projection::turning(towards).ok_or(MeasureError::NoAxis)?.after(&shifted)
            }
        };
        let units_from_source = units_from_source.normalised_at(inside);
        let back = units_from_source.inverse().ok_or(MeasureError::NoPlane)?;
        let home = units_from_source.apply(inside).ok_or(MeasureError::Place)?;
        Ok(Self { units_from_source, source_from_units: back.normalised_at(home) })
    }

    /// Where a place of the picture is in the scene; `None` beyond the plane's horizon.
    #[must_use]
    pub fn place(&self, point: SourcePoint) -> Option<Place> {
        self.units_from_source.apply(numbers(point))
    }

    /// Where a place of the scene is in the picture; `None` where it cannot be seen.
    #[must_use]
    pub fn source(&self, place: Place) -> Option<SourcePoint> {
        self.source_from_units.apply(place).map(|[x, y]| SourcePoint::new(x as f32, y as f32))
    }
}

fn numbers(point: SourcePoint) -> [f64; 2] {
    [f64::from(point.x), f64::from(point.y)]
}

/// How far two places are apart, in units.
#[must_use]
pub fn distance(a: Place, b: Place) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// The angle at the second of three places, 0 to 180°; `None` where one of the others is at the same place.
#[must_use]
pub fn angle_degrees(a: Place, middle: Place, b: Place) -> Option<f64> {
    let [p, q] = [a, b].map(|end| [end[0] - middle[0], end[1] - middle[1]]);
    let is_side = |side: [f64; 2]| side[0].hypot(side[1]) > 0.0;
    let (cross, dot) = (p[0] * q[1] - p[1] * q[0], p[0] * q[0] + p[1] * q[1]);
    // Exact also near 0° and 180°, where an arc cosine is not.
    (is_side(p) && is_side(q)).then(|| cross.abs().atan2(dot).to_degrees())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;

    fn footage(pixel_aspect: f64) -> Footage {
        let times_secs = (0..3).map(f64::from).collect();
        Footage { size: Size::new(200, 100), pixel_aspect, frame_rate: 1.0, times_secs }
    }

    fn world(setup: &Setup, pixel_aspect: f64) -> Result<World, MeasureError> {
        World::new(setup, &footage(pixel_aspect))
    }

    fn close(a: Option<Place>, b: Place) -> bool {
        a.is_some_and(|a| distance(a, b) < 1e-5)
    }

    #[test]
    fn without_a_scale_places_are_pixels_from_the_bottom_left_one() {
        let world = world(&Setup::default(), 1.0).unwrap();
        assert_eq!(world.place(SourcePoint::new(0.0, 99.0)), Some([0.0, 0.0]));
        assert_eq!(world.place(SourcePoint::new(30.0, 0.0)), Some([30.0, 99.0]));
    }

    #[test]
    fn a_line_of_known_length_gives_units_also_where_pixels_are_not_square() {
        // Two pixels wide and one high: 30 across are 60 heights, and 80 down; together 100 for 2 m.
        let ends = [SourcePoint::new(10.0, 10.0), SourcePoint::new(40.0, 90.0)];
        let origin = Some(SourcePoint::new(10.0, 10.0));
        let setup = Setup { scale: Scale::Line { ends, length: 2.0 }, origin, ..Setup::default() };
        let world = world(&setup, 2.0).unwrap();
        assert!(close(world.place(ends[1]), [1.2, -1.6]));
        let back = world.source([1.2, -1.6]).unwrap();
        assert!(back.distance(ends[1]) < 1e-4, "{back:?}");
    }

    #[test]
    fn axes_turn_about_the_origin() {
        // The x axis goes straight up the picture: what is to the left is above it.
        let (origin, x_axis) = (Some(SourcePoint::new(50.0, 50.0)), Some(SourcePoint::new(50.0, 20.0)));
        let world = world(&Setup { origin, x_axis, ..Setup::default() }, 1.0).unwrap();
        assert!(close(world.place(SourcePoint::new(50.0, 40.0)), [10.0, 0.0]));
        assert!(close(world.place(SourcePoint::new(43.0, 50.0)), [0.0, 7.0]));
        let stuck = Setup { origin, x_axis: origin, ..Setup::default() };
        assert_eq!(World::new(&stuck, &footage(1.0)), Err(MeasureError::NoAxis));
    }

    /// A camera that looks at the floor: what is far is small and high in the picture.
    fn seen([x, z]: Place) -> SourcePoint {
        let depth = 4.0 + z;
        SourcePoint::new((100.0 + 120.0 * x / depth) as f32, (30.0 + 160.0 / depth) as f32)
    }

    #[test]
    fn a_plane_of_four_corners_undoes_perspective() {
        let corners = [[-1.0, 0.0], [1.0, 0.0], [1.0, 3.0], [-1.0, 3.0]].map(seen);
        let setup = Setup { scale: Scale::Plane { corners, width: 2.0, height: 3.0 }, ..Setup::default() };
        let world = world(&setup, 1.0).unwrap();
        for place in [[0.0, 0.0], [0.5, 1.5], [-1.7, 4.0], [1.0, -1.0]] {
            let found = world.place(seen(place)).unwrap();
            // From the first corner on. Places in the picture are stored to some 1e-5 of a pixel.
            assert!(distance(found, [place[0] + 1.0, place[1]]) < 2e-5, "{place:?}: {found:?}");
            assert!(world.source(found).unwrap().distance(seen(place)) < 1e-3);
        }
        assert_eq!(world.place(SourcePoint::new(100.0, 20.0)), None, "above the horizon is no floor");
        let origin = Some(seen([0.0, 1.0]));
        let moved = Setup { origin, x_axis: Some(seen([0.0, 2.0])), ..setup };
        let world = World::new(&moved, &footage(1.0)).unwrap();
        assert!(close(world.place(seen([0.0, 3.0])), [2.0, 0.0]));
        assert!(close(world.place(seen([0.5, 1.0])), [0.0, -0.5]));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let at = SourcePoint::new;
        let line = |ends, length| Setup { scale: Scale::Line { ends, length }, ..Setup::default() };
        let ends = [at(0.0, 0.0), at(9.0, 0.0)];
        let refused = |setup: Setup| world(&setup, 1.0).unwrap_err();
        assert_eq!(refused(line([ends[0]; 2], 1.0)), MeasureError::NoLine);
        for length in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(refused(line(ends, length)), MeasureError::Length);
        }
        assert_eq!(refused(line([ends[0], at(f32::NAN, 0.0)], 1.0)), MeasureError::Place);
        let plane = |corners| Setup { scale: Scale::Plane { corners, width: 1.0, height: 1.0 }, ..Setup::default() };
        let (a, b, c, d) = (at(0.0, 0.0), at(9.0, 0.0), at(9.0, 9.0), at(0.0, 9.0));
        for corners in [[a, c, b, d], [a, b, at(4.0, 0.0), d], [a, a, c, d]] {
            assert_eq!(refused(plane(corners)), MeasureError::NoPlane);
        }
        assert!(world(&plane([a, b, c, d]), 1.0).is_ok() && world(&plane([d, c, b, a]), 1.0).is_ok());
        assert_eq!(refused(Setup { capture_rate: Some(0.0), ..Setup::default() }), MeasureError::CaptureRate);
        assert_eq!(refused(Setup { unit: String::new(), ..Setup::default() }), MeasureError::Unit);
    }

    #[test]
    fn angles_are_exact_where_they_are_flat_or_straight() {
        let middle = [1.0, 1.0];
        let angle = |b| angle_degrees([3.0, 1.0], middle, b);
        assert_eq!(angle([1.0, 5.0]), Some(90.0));
        assert_eq!((angle([9.0, 1.0]), angle([-5.0, 1.0])), (Some(0.0), Some(180.0)));
        assert!((angle([1.0 + 3f64.sqrt(), 0.0]).unwrap() - 30.0).abs() < 1e-12);
        assert!((angle([2.0, 1.0 + 1e-8]).unwrap() - 1e-8f64.to_degrees()).abs() < 1e-13);
        assert_eq!(angle(middle), None);
    }
}
