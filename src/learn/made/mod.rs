//! Clips that are made, so that all is known of them: a ground under a moving camera, and bodies that hide each other,
//! from pictures of the user's own clips.

mod body;
mod scene;
mod texture;

use super::Chance;
use super::queries::queries;
use crate::eval::{EvalClip, Known, QueryMode, Truth};
use crate::frame::Frame;
use crate::geometry::{Size, SourcePoint};
use crate::tracks::Query;
use scene::Scene;

/// Pixels around a point that must be of the same thing: at a border the picture says little of what is where.
const CLEAR_PX: f32 = 2.0;

/// A clip of `num_frames` pictures and about `num_points` points at corners of them, with their places on every frame.
/// The same seed gives the same clip. Where nothing is to be seen in the pictures it is made from, it has no points.
///
/// # Panics
/// If there are no pictures to make it from, or no frames.
#[must_use]
pub fn made(textures: &[Frame], size: Size, (num_frames, num_points): (usize, usize), mut chance: Chance) -> EvalClip {
    assert!(!textures.is_empty() && num_frames > 0, "a made clip shows something");
    let scene = Scene::new(textures, size, num_frames, &mut chance);
    clip(&scene, size, num_points, &mut chance)
}

fn clip(scene: &Scene, size: Size, num_points: usize, chance: &mut Chance) -> EvalClip {
    let frames: Vec<Frame> = (0..scene.num_frames()).map(|frame| scene.picture(frame)).collect();
    let mut chosen = queries(&frames, num_points, chance);
    chosen.retain(|query| is_clear(scene, query));
    let truth = |query: &Query| {
        let thing = scene.thing(query.frame.get(), query.point);
        let place = |frame: usize| {
            let (point, visible) = scene.place(thing, frame);
            Some(Truth { point, visible })
        };
        (0..frames.len()).map(place).collect()
    };
    EvalClip {
        name: "made".to_owned(),
        size,
        truth: chosen.iter().map(truth).collect(),
        frames,
        known: Known::Everywhere,
        queries: chosen,
        query_mode: QueryMode::First,
        visible_share: 0.0,
    }
}

/// Whether a point lies well within what is seen there.
fn is_clear(scene: &Scene, query: &Query) -> bool {
    let thing = |dx: f32, dy: f32| {
        let point = SourcePoint::new(query.point.x + CLEAR_PX * dx, query.point.y + CLEAR_PX * dy);
        scene.thing(query.frame.get(), point).body
    };
    let here = thing(0.0, 0.0);
    [(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)].iter().all(|(x, y)| thing(*x, *y) == here)
}

/// A number that goes from one value to another while time goes from 0 to 1, and sways on its way.
#[derive(Clone, Debug)]
struct Sway {
    from: f32,
    by: f32,
    swing: f32,
    /// Sways in all, and where the first one begins, in radians.
    pace: f32,
    phase: f32,
}

impl Sway {
    fn new(from: f32, by: f32, most: f32, chance: &mut Chance) -> Self {
        let swing = most * chance.share();
        Self { from, by, swing, pace: chance.between(2.0, 9.0), phase: chance.between(0.0, std::f32::consts::TAU) }
    }

    #[cfg(test)]
    fn still(value: f32) -> Self {
        Self { from: value, by: 0.0, swing: 0.0, pace: 0.0, phase: 0.0 }
    }

    fn at(&self, time: f32) -> f32 {
        self.from + self.by * time + self.swing * (self.pace * time + self.phase).sin()
    }
}

#[cfg(test)]
mod tests;
