//! Planes that turn, grow, shrink, tilt, are covered and leave, with exact truth.

use crate::flow::testing::picture;
use crate::flow::{Polished, Polisher, Pyramid, Said};
use crate::geometry::SourcePoint;
use std::f32::consts::{FRAC_PI_2, PI};

const POINT: SourcePoint = SourcePoint::new(80.0, 60.0);
const SIDE: u16 = 41;

/// From the picture of the own frame to another one, in homogeneous coordinates around [`POINT`].
type Map = [[f32; 3]; 3];

/// Blotches of two sizes that nowhere come again.
fn blotches(x: f32, y: f32) -> f32 {
    let noise = |step: f32, seed: u64| {
        let (x, y) = (x / step + 1000.0, y / step + 1000.0);
        let mixed = |n: u64| (n ^ (n >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let value = |dx: u64, dy: u64| {
            let n = mixed(mixed(mixed(x as u64 + dx + seed) + y as u64 + dy));
            (n >> 40) as f32 / f32::from(u16::MAX) / 128.0 - 1.0
        };
        let [a, b] = [x.fract(), y.fract()].map(|share| share * share * (3.0 - 2.0 * share));
        let row = |dy| value(0, dy) + a * (value(1, dy) - value(0, dy));
        row(0) + b * (row(1) - row(0))
    };
    128.0 + 45.0 * noise(5.0, 1) + 60.0 * noise(17.0, 5)
}

fn mapped(map: Map, [x, y]: [f32; 2]) -> [f32; 2] {
    let (x, y) = (x - POINT.x, y - POINT.y);
    let [a, b, w] = map.map(|row| row[0] * x + row[1] * y + row[2]);
    [POINT.x + a / w, POINT.y + b / w]
}

fn undone(m: Map) -> Map {
    let minor = |i: usize, j: usize| {
        let [(a, b), (c, d)] = [i, j].map(|at| ((at + 1) % 3, (at + 2) % 3));
        m[a][c] * m[b][d] - m[a][d] * m[b][c]
    };
    std::array::from_fn(|i| std::array::from_fn(|j| minor(j, i)))
}

/// The plane as it lies after `map`; each pixel is the mean of 4 × 4 places, as where a plane shrinks.
fn seen(map: Map) -> Pyramid {
    let back = undone(map);
    picture(|x, y| {
        let places = (0..16u8).map(|n| [x + f32::from(n % 4) / 4.0 - 0.375, y + f32::from(n / 4) / 4.0 - 0.375]);
        places.map(|at| mapped(back, at)).map(|[x, y]| blotches(x, y)).sum::<f32>() / 16.0
    })
}

/// Turned by `angle`, grown to `scale` and moved, after it was tilted.
fn turned(angle: f32, scale: f32, [x, y]: [f32; 2], [p, q]: [f32; 2]) -> Map {
    let (cos, sin) = (scale * angle.cos(), scale * angle.sin());
    [[cos + x * p, -sin + x * q, x], [sin + y * p, cos + y * q, y], [p, q, 1.0]]
}

fn begun() -> Polisher {
    let mut polisher = Polisher::new(1, false, Some(SIDE));
    let own = polisher.push(&picture(blotches), &[Some(Said { point: POINT, is_seen: true })])[0].unwrap();
    assert_eq!((own.point, own.similarity), (POINT, Some(1.0)));
    assert_eq!(own.corners.unwrap()[1], SourcePoint::new(POINT.x + 20.5, POINT.y - 20.5), "a square");
    polisher
}

/// What is found where the network says something.
fn push(polisher: &mut Polisher, picture: &Pyramid, point: SourcePoint, is_seen: bool) -> Option<Polished> {
    polisher.push(picture, &[Some(Said { point, is_seen })])[0]
}

/// How far the place and the farthest corner are off.
fn off(found: Option<Polished>, map: Map) -> [f32; 2] {
    let Some(Polished { point, corners: Some(corners), .. }) = found else { return [f32::INFINITY; 2] };
    let distance = |point: SourcePoint, from: [f32; 2]| {
        let [x, y] = mapped(map, from);
        point.distance(SourcePoint::new(x, y))
    };
    let (x, y, half) = (POINT.x, POINT.y, f32::from(SIDE) / 2.0);
    let own = [[x - half, y - half], [x + half, y - half], [x + half, y + half], [x - half, y + half]];
    let far = corners.into_iter().zip(own).map(|(corner, own)| distance(corner, own)).fold(0.0, f32::max);
    [distance(point, [x, y]), far]
}

/// Follows the plane while the network has lost it: it says that the point stays where it was, hidden.
fn stays_found(name: &str, num_frames: u16, corners_within: f32, map: impl Fn(f32) -> Map) {
    let mut polisher = begun();
    for frame in 1..=num_frames {
        let map = map(f32::from(frame) / f32::from(num_frames));
        let [place, corners] = off(push(&mut polisher, &seen(map), POINT, false), map);
        assert!(place < 0.1 && corners < corners_within, "{name}, frame {frame}: {place} and {corners} px off");
    }
}

#[test]
fn a_quarter_turn_and_a_half_one_are_followed() {
    let shift = |s: f32| [12.0 * s, -7.0 * s];
    stays_found("90°", 30, 0.3, |s| turned(FRAC_PI_2 * s, 1.0, shift(s), [0.0; 2]));
    stays_found("180°", 30, 0.3, |s| turned(-PI * s, 1.0, shift(s), [0.0; 2]));
}

#[test]
fn a_plane_that_grows_or_shrinks_is_followed() {
    stays_found("growing", 24, 0.5, |s| turned(0.0, 1.0 + s, [0.0; 2], [0.0; 2]));
    stays_found("shrinking", 24, 0.3, |s| turned(0.3 * s, 1.0 - 0.5 * s, [4.0 * s, 3.0 * s], [0.0; 2]));
}

#[test]
fn a_plane_that_is_tilted_keeps_its_corners() {
    stays_found("tilted", 24, 0.3, |s| turned(0.2 * s, 1.0, [5.0 * s, 0.0], [0.008 * s, -0.004 * s]));
    stays_found("tilted and back", 24, 0.3, |s| turned(0.0, 1.0, [0.0; 2], [0.009 * (PI * s).sin(), 0.003 * s]));
}

#[test]
fn a_covered_plane_has_no_corners_until_it_is_seen_again() {
    let mut polisher = begun();
    let map = |frame: u16| turned(0.04 * f32::from(frame), 1.0, [f32::from(frame), 0.0], [0.0; 2]);
    for frame in 1..=6 {
        push(&mut polisher, &seen(map(frame)), POINT, true);
    }
    let board = picture(|x, y| blotches(1.7 * y + 40.0, 300.0 - 1.3 * x));
    for (cover, is_seen) in [(&board, false), (&picture(|_, _| 90.0), false), (&board, true)] {
        let said = push(&mut polisher, cover, POINT, is_seen);
        assert!(said.is_none_or(|said| said.corners.is_none() && said.point == POINT), "{said:?}");
        assert_eq!(said.is_some(), is_seen, "what is hidden is not looked at");
    }
    let [x, y] = mapped(map(10), [POINT.x, POINT.y]);
    let [place, corners] = off(push(&mut polisher, &seen(map(10)), SourcePoint::new(x + 1.0, y), true), map(10));
    assert!(place < 0.1 && corners < 0.3, "{place} and {corners} px off");
}

#[test]
fn a_plane_that_leaves_the_picture_has_no_corners_out_there() {
    let mut polisher = begun();
    let mut ends = 0;
    for frame in 1..=30u16 {
        let map = turned(0.0, 1.0, [4.0 * f32::from(frame), 0.0], [0.0; 2]);
        let found = push(&mut polisher, &seen(map), POINT, false);
        if 80.0 + 4.0 * f32::from(frame) > 159.0 {
            assert!(found.is_none(), "frame {frame}: {found:?}");
        } else if off(found, map)[1] < 0.5 {
            ends = frame;
        }
    }
    assert!(ends >= 17, "lost on frame {ends}");
}

#[test]
fn what_is_plain_is_no_plane() {
    let plain = picture(|_, _| 90.0);
    let mut polisher = Polisher::new(1, false, Some(SIDE));
    let own = push(&mut polisher, &plain, POINT, true).unwrap();
    assert_eq!((own.corners, own.similarity), (None, None));
    let later = push(&mut polisher, &picture(blotches), POINT, true).unwrap();
    assert_eq!((later.point, later.corners), (POINT, None));
    assert_eq!(push(&mut polisher, &picture(blotches), POINT, false), None);
}
