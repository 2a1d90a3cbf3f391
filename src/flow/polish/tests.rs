//! Places are refined in pictures with exact truth.

use super::*;
use crate::flow::testing::{moved, picture, plus, texture};

const POINTS: [SourcePoint; 3] =
    [SourcePoint::new(80.0, 60.0), SourcePoint::new(61.3, 70.8), SourcePoint::new(95.5, 44.1)];

/// A polisher that has seen the points on their own picture.
fn begun(own: &Pyramid, points: &[SourcePoint]) -> Polisher {
    let mut polisher = Polisher::new(points.len(), true, None);
    for (said, point) in push(&mut polisher, own, points).iter().zip(points) {
        assert_eq!(said.point, *point, "a point's own place stays as it is");
    }
    polisher
}

fn push(polisher: &mut Polisher, picture: &Pyramid, places: &[SourcePoint]) -> Vec<Polished> {
    let places: Vec<_> = places.iter().map(|point| Some(Said { point: *point, is_seen: true })).collect();
    polisher.push(picture, &places).into_iter().map(Option::unwrap).collect()
}

#[test]
fn places_that_jump_by_a_pixel_become_exact() {
    let mut polisher = begun(&moved((0.0, 0.0)), &POINTS);
    for (frame, jump) in [(1.0, -1.0), (0.0, 1.0), (-1.0, 0.3), (0.7, -0.7), (0.0, 0.0)].into_iter().enumerate() {
        let by = (1.37 * (frame + 1) as f32, -0.61 * (frame + 1) as f32);
        let places = POINTS.map(|point| plus(plus(point, by), jump));
        for (said, point) in push(&mut polisher, &moved(by), &places).iter().zip(POINTS) {
            let off = said.point.distance(plus(point, by));
            assert!(off < 0.03 && said.similarity.unwrap() > 0.99, "{jump:?}: {said:?} is {off} px off");
        }
    }
}

#[test]
fn turned_scaled_and_dimmed_pictures_give_exact_places() {
    let mut polisher = begun(&moved((0.0, 0.0)), &POINTS);
    let middle = SourcePoint::new(80.0, 60.0);
    for frame in 1..=15u16 {
        let (angle, scale) = (0.06 * f32::from(frame), 1.0 + 0.02 * f32::from(frame));
        let (cos, sin) = (angle.cos(), angle.sin());
        let (gain, bias) = (1.0 - 0.03 * f32::from(frame), 2.0 * f32::from(frame));
        let turned = picture(|x, y| {
            let (x, y) = ((x - middle.x) / scale, (y - middle.y) / scale);
            gain * texture(middle.x + cos * x + sin * y, middle.y - sin * x + cos * y) + bias
        });
        let place = |point: SourcePoint| {
            let (x, y) = (scale * (point.x - middle.x), scale * (point.y - middle.y));
            plus(middle, (cos * x - sin * y, sin * x + cos * y))
        };
        let said = push(&mut polisher, &turned, &POINTS.map(|point| plus(place(point), (0.6, -0.5))));
        for (said, point) in said.iter().zip(POINTS) {
            let off = said.point.distance(place(point));
            assert!(off < 0.05 && said.similarity.unwrap() > 0.97, "frame {frame}: {said:?} is {off} px off");
        }
    }
}

#[test]
fn what_comes_in_between_does_not_pull_a_point() {
    let mut polisher = begun(&moved((0.0, 0.0)), &POINTS);
    push(&mut polisher, &moved((0.8, 0.4)), &POINTS);
    let places = POINTS.map(|point| plus(point, (1.1, 0.9)));
    let board = picture(|x, y| texture(1.7 * y + 40.0, 300.0 - 1.3 * x));
    for said in push(&mut polisher, &board, &places).iter().zip(places).map(|(said, place)| (*said, place)) {
        assert_eq!(said.0.point, said.1, "the board is something else");
        assert!(said.0.similarity.unwrap() < LEAST_LIKE_QUERY);
    }
    let wall = picture(|_, _| 90.0);
    assert_eq!(push(&mut polisher, &wall, &places).map_points(), places);
    for (said, point) in push(&mut polisher, &moved((2.4, 1.2)), &places).iter().zip(POINTS) {
        let off = said.point.distance(plus(point, (2.4, 1.2)));
        assert!(off < 0.03, "found again: {said:?} is {off} px off");
    }
}

#[test]
fn a_board_over_half_of_a_patch_does_not_pull_it_far() {
    let mut polisher = begun(&moved((0.0, 0.0)), &POINTS[..1]);
    let covered = picture(|x, y| if x < 76.0 { 20.0 } else { texture(x - 0.5, y + 0.25) });
    let truth = plus(POINTS[0], (0.5, -0.25));
    let said = push(&mut polisher, &covered, &[plus(truth, (0.3, 0.3))])[0];
    assert!(said.point.distance(truth) < 0.45, "{said:?}: no worse than what was given");
}

#[test]
fn a_plain_patch_stays_where_it_was_said_to_be() {
    let plain = picture(|x, y| 90.0 + (x as i32 * 7 + y as i32 * 3).rem_euclid(2) as f32);
    let mut polisher = begun(&plain, &POINTS);
    let places = POINTS.map(|point| plus(point, (0.4, -0.3)));
    let said = push(&mut polisher, &moved((0.0, 0.0)), &places);
    assert_eq!(said.map_points(), places);
    assert!(said.iter().all(|said| said.similarity.is_none()), "there is nothing to compare with");
}

#[test]
fn along_an_edge_the_given_place_stays() {
    let edge = |at: f32| picture(move |x, _| 60.0 + 120.0 / (1.0 + (-(x - at) / 0.8).exp()));
    let mut polisher = begun(&edge(80.0), &POINTS[..1]);
    let said = push(&mut polisher, &edge(81.3), &[plus(POINTS[0], (0.6, 0.5))])[0].point;
    assert!((said.x - 81.3).abs() < 0.03, "across it is found: {said:?}");
    assert!((said.y - 60.5).abs() < 0.05, "along it nothing is known but what was given: {said:?}");
}

#[test]
fn points_at_the_border_are_refined_by_what_is_in_the_picture() {
    let points = [SourcePoint::new(2.0, 60.0), SourcePoint::new(157.5, 117.0), SourcePoint::new(-3.0, 5.0)];
    let mut polisher = begun(&moved((0.0, 0.0)), &points);
    let places = points.map(|point| plus(point, (0.2, 0.4)));
    let said = push(&mut polisher, &moved((0.7, -0.2)), &places);
    for n in 0..2 {
        let off = said[n].point.distance(plus(points[n], (0.7, -0.2)));
        assert!(off < 0.05, "{:?} is {off} px off", said[n]);
    }
    assert_eq!((said[2].point, said[2].similarity), (places[2], None), "outside the picture");
    let said = push(&mut polisher, &moved((-30.0, 0.0)), &points.map(|point| plus(point, (-30.0, 0.0))));
    assert_eq!(said[0].point, SourcePoint::new(-28.0, 60.0), "what has left the picture stays where it is said to be");
    for odd in [f32::NAN, f32::INFINITY, 1e9] {
        push(&mut polisher, &moved((0.0, 0.0)), &[SourcePoint::new(odd, 1.0); 3]);
    }
}

#[test]
fn a_likeness_that_is_far_away_is_another_point() {
    let dots = |at: [f32; 2]| {
        picture(move |x, y| {
            at.iter().fold(60.0, |sum, at| sum + 150.0 * (-((x - at).powi(2) + (y - 60.0).powi(2)) / 8.0).exp())
        })
    };
    let mut polisher = begun(&dots([40.0, 400.0]), &[SourcePoint::new(40.0, 60.0)]);
    let said = push(&mut polisher, &dots([46.0, 400.0]), &[SourcePoint::new(40.5, 60.0)])[0];
    assert_eq!(said.point, SourcePoint::new(40.5, 60.0));
    let said = push(&mut polisher, &dots([42.0, 400.0]), &[SourcePoint::new(40.5, 60.0)])[0];
    assert!(said.point.distance(SourcePoint::new(42.0, 60.0)) < 0.03, "{said:?}");
}

#[test]
fn hidden_points_and_points_to_come_are_passed_over() {
    let mut polisher = Polisher::new(2, true, None);
    assert_eq!(polisher.push(&moved((0.0, 0.0)), &[None, None]), [None, None]);
    let own = Said { point: POINTS[0], is_seen: true };
    let said = polisher.push(&moved((0.0, 0.0)), &[Some(own), None]);
    assert_eq!(said, [Some(Polished { point: POINTS[0], similarity: Some(1.0), corners: None }), None]);
    assert_eq!(polisher.push(&moved((0.0, 0.0)), &[Some(Said { is_seen: false, ..own }), None]), [None, None]);
}

trait Points {
    fn map_points(&self) -> Vec<SourcePoint>;
}

impl Points for Vec<Polished> {
    fn map_points(&self) -> Vec<SourcePoint> {
        self.iter().map(|said| said.point).collect()
    }
}
