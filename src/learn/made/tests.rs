//! Where made points are is where they are drawn.

use super::*;
use crate::geometry::FrameIndex;
use scene::Thing;

const SIZE: Size = Size::new(192, 144);

/// A picture of one colour, with soft dots of another one at these places.
fn dotted(colour: [u8; 3], dots: &[(f32, f32)]) -> Frame {
    let pixels = (0..SIZE.height).flat_map(|y| (0..SIZE.width).map(move |x| (x as f32, y as f32)));
    let rgb = pixels.flat_map(|(x, y)| {
        let near = |(a, b): &(f32, f32)| (-((x - a).powi(2) + (y - b).powi(2)) / 8.0).exp();
        let bright: f32 = dots.iter().map(near).sum();
        colour.map(|value| (f32::from(value) + 100.0 * bright).min(255.0).round() as u8)
    });
    Frame::new(FrameIndex(0), 0.0, SIZE, rgb.collect())
}

/// The middle of what is brighter than the rest around a place.
fn centroid(frame: &Frame, place: SourcePoint, dark: f32) -> SourcePoint {
    let (mut sum, mut x_sum, mut y_sum) = (0.0, 0.0, 0.0);
    let (column, row) = (place.x.round() as i32, place.y.round() as i32);
    for (x, y) in (-8..=8).flat_map(|dy| (-8..=8).map(move |dx| (column + dx, row + dy))) {
        let weight = f32::from(frame.pixel(x as u32, y as u32)[1]) - dark;
        (sum, x_sum, y_sum) = (sum + weight, x_sum + weight * x as f32, y_sum + weight * y as f32);
    }
    SourcePoint::new(x_sum / sum, y_sum / sum)
}

fn is_inside(place: SourcePoint) -> bool {
    let inside = |at: f32, extent: u32| at > 10.0 && at < extent as f32 - 11.0;
    inside(place.x, SIZE.width) && inside(place.y, SIZE.height)
}

/// Whether the same thing is seen all around a place.
fn is_alone(scene: &Scene, thing: Thing, frame: usize, place: SourcePoint) -> bool {
    let around = (-9..=9).flat_map(|y| (-9..=9).map(move |x| (x as f32, y as f32)));
    let mut around = around.map(|(x, y)| scene.thing(frame, SourcePoint::new(place.x + x, place.y + y)).body);
    around.all(|body| body == thing.body)
}

#[test]
fn markers_are_where_the_truth_says() {
    let dot = (96.0, 72.0);
    let picture = dotted([60, 60, 60], &[dot]);
    let mut looked = [0; 2];
    for seed in 0..12 {
        let mut chance = Chance::new(seed, &[]);
        let mut scene = Scene::new(std::slice::from_ref(&picture), SIZE, 24, &mut chance).plain();
        scene.bodies.truncate(1);
        let on_body = scene.bodies[0].centre_on(SourcePoint::new(dot.0, dot.1));
        for (number, thing) in
            [Thing { body: None, at: SourcePoint::new(dot.0, dot.1) }, Thing { body: Some(0), at: on_body }]
                .into_iter()
                .enumerate()
        {
            for frame in 0..24 {
                let (place, visible) = scene.place(thing, frame);
                if !visible || !is_inside(place) || !is_alone(&scene, thing, frame, place) {
                    continue;
                }
                let found = centroid(&scene.picture(frame), place, 60.0);
                assert!(found.distance(place) < 0.1, "seed {seed}, frame {frame}, {thing:?}: {found:?} for {place:?}");
                looked[number] += 1;
            }
        }
    }
    assert!(looked[0] > 40 && looked[1] > 20, "{looked:?}");
}

#[test]
fn what_is_said_to_be_seen_has_its_own_colour_there_and_what_is_hidden_another_one() {
    let colours = [[200u8, 30, 30], [30, 200, 30], [30, 30, 200]];
    let mut num_hidden = 0;
    for seed in 0..10 {
        let mut chance = Chance::new(100 + seed, &[]);
        let grey = dotted([90, 90, 90], &[]);
        let mut scene = Scene::new(&[grey], SIZE, 16, &mut chance).plain();
        scene.bodies.truncate(3);
        for (body, colour) in scene.bodies.iter_mut().zip(colours) {
            body.paint(&dotted(colour, &[]));
        }
        let pictures: Vec<Frame> = (0..16).map(|frame| scene.picture(frame)).collect();
        let own = |thing: Thing| thing.body.map_or([90; 3], |body| colours[body]);
        for (x, y) in (10..180).step_by(17).flat_map(|x| (10..140).step_by(13).map(move |y| (x, y))) {
            let thing = scene.thing(0, SourcePoint::new(x as f32, y as f32));
            for (frame, picture) in pictures.iter().enumerate() {
                let (place, visible) = scene.place(thing, frame);
                let pixel = SourcePoint::new(place.x.round(), place.y.round());
                if !is_inside(place) || !is_alone(&scene, scene.thing(frame, pixel), frame, pixel) {
                    continue;
                }
                let colour = picture.pixel(pixel.x as u32, pixel.y as u32);
                assert_eq!(colour == own(thing), visible, "seed {seed}, frame {frame}: {thing:?} at {place:?}");
                num_hidden += usize::from(!visible);
            }
        }
    }
    assert!(num_hidden > 50, "{num_hidden}");
}

#[test]
fn a_made_clip_follows_from_its_seed_and_its_points_pass_through_their_queries() {
    let dots: Vec<(f32, f32)> = (0..40).map(|i| ((i * 37 % 190) as f32, (i * 53 % 140) as f32)).collect();
    let textures = [dotted([60, 80, 40], &dots[..20]), dotted([100, 40, 90], &dots[20..])];
    let make = |seed| made(&textures, SIZE, (12, 60), Chance::new(seed, &[]));
    let clip = make(5);
    assert_eq!(clip.frames, make(5).frames);
    assert_ne!(clip.frames, make(6).frames);
    assert!(clip.queries.len() >= 20, "{}", clip.queries.len());
    let mut num_hidden = 0;
    for (query, truth) in clip.queries.iter().zip(&clip.truth) {
        let here = truth[query.frame.get()].unwrap();
        assert!(here.visible && here.point.distance(query.point) < 0.01, "{query:?}: {here:?}");
        num_hidden += truth.iter().flatten().filter(|truth| !truth.visible).count();
    }
    assert!(num_hidden > 0);
}
