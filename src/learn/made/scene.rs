//! A scene: a textured ground under a moving camera, and bodies in front of it that hide each other.

use super::Sway;
use super::body::Body;
use super::texture::{Colour, Texture};
use crate::frame::Frame;
use crate::geometry::{FrameIndex, Freedom, Homography, Size, SourcePoint};
use crate::learn::Chance;

/// More of a body than that hides what is behind it.
pub(super) const HIDES: f32 = 0.5;

/// What is seen at a place of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Thing {
    /// The body's number, from the farthest on; the ground where `None`.
    pub(super) body: Option<usize>,
    /// Its place there.
    pub(super) at: SourcePoint,
}

/// What there is, and how it moves.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    size: Size,
    ground: Texture,
    /// For each frame, from the picture to the ground, and back.
    cameras: Vec<[Homography; 2]>,
    pub(super) bodies: Vec<Body>,
    light: Sway,
    /// How far pictures are out of focus: the share of a pixel's light that its neighbours get.
    blur: Sway,
    /// How strong the grain is, in grey levels.
    grain: f32,
    seed: u64,
}

impl Scene {
    /// A scene as chance has it, made of some of these pictures.
    pub(super) fn new(textures: &[Frame], size: Size, num_frames: usize, chance: &mut Chance) -> Self {
        let texture = |chance: &mut Chance| Texture::new(&textures[chance.below(textures.len())]);
        let ground = texture(chance);
        let cameras = cameras(&ground, size, num_frames, chance);
        let bodies = (0..2 + chance.below(3)).map(|_| Body::new(texture(chance), size, chance)).collect();
        let (light, blur) = (chance.between(-0.1, 0.1), chance.between(0.0, 0.4));
        Self {
            size,
            ground,
            cameras,
            bodies,
            light: Sway::new(0.0, light, 0.1, chance),
            blur: Sway::new(blur, 0.0, 0.3, chance),
            grain: chance.between(0.0, 6.0),
            seed: chance.number(),
        }
    }

    /// The same without what disturbs pictures.
    #[cfg(test)]
    pub(super) fn plain(self) -> Self {
        Self { light: Sway::still(0.0), blur: Sway::still(0.0), grain: 0.0, ..self }
    }

    pub(super) fn num_frames(&self) -> usize {
        self.cameras.len()
    }

    /// A frame as a time from 0 to 1.
    fn time(&self, frame: usize) -> f32 {
        frame as f32 / (self.num_frames().max(2) - 1) as f32
    }

    /// What is seen at a place of a frame; the ground where a camera looks beyond its horizon, which none does.
    pub(super) fn thing(&self, frame: usize, point: SourcePoint) -> Thing {
        let time = self.time(frame);
        for (number, body) in self.bodies.iter().enumerate().rev() {
            let at = body.seen_at(point, time);
            if body.cover(at) > HIDES {
                return Thing { body: Some(number), at };
            }
        }
        Thing { body: None, at: self.cameras[frame][0].apply(point).unwrap_or(point) }
    }

    /// Where a thing is on a frame, and whether it can be seen there.
    pub(super) fn place(&self, thing: Thing, frame: usize) -> (SourcePoint, bool) {
        let time = self.time(frame);
        let point = match thing.body {
            Some(body) => self.bodies[body].place(thing.at, time),
            None => self.cameras[frame][1].apply(thing.at).unwrap_or(SourcePoint::new(-1e4, -1e4)),
        };
        let in_front = &self.bodies[thing.body.map_or(0, |body| body + 1)..];
        let is_hidden = in_front.iter().any(|body| body.cover(body.seen_at(point, time)) > HIDES);
        (point, !is_hidden && self.size.contains(point))
    }

    /// The picture of a frame.
    pub(super) fn picture(&self, frame: usize) -> Frame {
        let (Size { width, height }, time) = (self.size, self.time(frame));
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| SourcePoint::new(x as f32, y as f32)));
        let mut colours: Vec<Colour> = pixels.map(|point| self.colour(frame, time, point)).collect();
        let share = self.blur.at(time).clamp(0.0, 0.6) / 2.0;
        if share > 0.01 {
            blur(&mut colours, (width as usize, 1), share);
            blur(&mut colours, (width as usize, width as usize), share);
        }
        let (gain, mut chance) = (1.0 + self.light.at(time), Chance::new(self.seed, &[frame as u64]));
        let mut rgb = Vec::with_capacity(3 * self.size.area());
        for colour in colours {
            let grain = self.grain * (chance.share() + chance.share() + chance.share() - 1.5);
            rgb.extend(colour.map(|value| (gain * value + grain).round().clamp(0.0, 255.0) as u8));
        }
        Frame::new(FrameIndex::new(frame), frame as f64 / 30.0, self.size, rgb)
    }

    fn colour(&self, frame: usize, time: f32, point: SourcePoint) -> Colour {
        let ground = self.cameras[frame][0].apply(point).unwrap_or(point);
        let mut colour = self.ground.colour(ground);
        for body in &self.bodies {
            let at = body.seen_at(point, time);
            let cover = body.cover(at);
            if cover > 0.0 {
                let other = body.colour(at);
                colour = std::array::from_fn(|i| colour[i] + cover * (other[i] - colour[i]));
            }
        }
        colour
    }
}

/// Where the corners of the picture are on the ground, frame by frame: the camera moves, turns, comes nearer, and tilts
/// a little. It keeps to the ground but for its edges, which go on as mirror images.
fn cameras(ground: &Texture, size: Size, num_frames: usize, chance: &mut Chance) -> Vec<[Homography; 2]> {
    let ([ground_width, ground_height], aspect) = (ground.extent(), size.height as f32 / size.width as f32);
    let half = chance.between(0.3, 0.4) * ground_width.min(ground_height / aspect);
    let (x, y) = (chance.between(0.4, 0.6) * ground_width, chance.between(0.4, 0.6) * ground_height);
    let (x_moved, y_moved) = (chance.between(-0.3, 0.3) * half, chance.between(-0.3, 0.3) * half);
    let way = [Sway::new(x, x_moved, 0.08 * half, chance), Sway::new(y, y_moved, 0.08 * half, chance)];
    let (turned, grown) = (chance.between(-0.2, 0.2), chance.between(-0.25, 0.25));
    let (turn, growth) = (Sway::new(0.0, turned, 0.05, chance), Sway::new(0.0, grown, 0.05, chance));
    let tilts: [Sway; 4] = std::array::from_fn(|_| {
        let (from, by) = (chance.between(-0.04, 0.04), chance.between(-0.04, 0.04));
        Sway::new(from, by, 0.01, chance)
    });
    let [right, bottom] = [size.width.max(2) - 1, size.height.max(2) - 1].map(|last| last as f32);
    let corners = [(0.0, 0.0), (right, 0.0), (right, bottom), (0.0, bottom)];
    let camera = |frame: usize| {
        let time = frame as f32 / (num_frames.max(2) - 1) as f32;
        let (sin, cos) = turn.at(time).sin_cos();
        let pair = |(number, (corner_x, corner_y)): (usize, (f32, f32))| {
            let scale = half * growth.at(time).exp() * (1.0 + tilts[number].at(time));
            let (x, y) = (scale * (2.0 * corner_x / right - 1.0), scale * aspect * (2.0 * corner_y / bottom - 1.0));
            let on_ground = SourcePoint::new(way[0].at(time) + cos * x - sin * y, way[1].at(time) + sin * x + cos * y);
            (SourcePoint::new(corner_x, corner_y), on_ground)
        };
        let pairs: Vec<_> = corners.into_iter().enumerate().map(pair).collect();
        let map = Homography::fit(Freedom::Perspective, &pairs).expect("four corners of a quadrangle");
        [map, map.inverse().expect("a quadrangle has an inside")]
    };
    (0..num_frames).map(camera).collect()
}

/// Mixes each pixel with its neighbours along a row or a column, `step` pixels apart.
fn blur(colours: &mut [Colour], (width, step): (usize, usize), share: f32) {
    let before = colours.to_vec();
    let neighbour = |at: Option<usize>, own: usize| match at {
        // Rows do not go on in the next one.
        Some(at) if at < before.len() && (step > 1 || at / width == own / width) => before[at],
        _ => before[own],
    };
    for (at, colour) in colours.iter_mut().enumerate() {
        let (a, b) = (neighbour(at.checked_sub(step), at), neighbour(Some(at + step), at));
        *colour = std::array::from_fn(|i| (1.0 - share) * before[at][i] + share * f32::midpoint(a[i], b[i]));
    }
}
