//! A body: a cut-out of a picture that moves, turns, grows, and bends a little.

use super::Sway;
use super::texture::{Colour, Texture};
use crate::geometry::{Size, SourcePoint};
use crate::learn::Chance;

/// Pixels over which a body's border fades.
const SOFT_PX: f32 = 1.5;
/// Directions in which the border's distance from the middle is known.
const DIRECTIONS: usize = 256;

/// A cut-out of a texture. Its places are counted in pixels of it, from its middle.
#[derive(Clone, Debug)]
pub(super) struct Body {
    texture: Texture,
    /// Where its middle lies in the texture.
    origin: [f32; 2],
    /// How far the border is from the middle, by direction.
    border: Vec<f32>,
    reach: f32,
    /// Of the middle, in the picture.
    way: [Sway; 2],
    turn: Sway,
    /// Logarithm of how much larger it is seen.
    growth: Sway,
    /// How far its columns and rows are shifted, as waves along the other axis: how strong, how long.
    bends: [(Sway, f32); 2],
}

impl Body {
    /// A body as chance has it, for a picture of this size.
    pub(super) fn new(texture: Texture, size: Size, chance: &mut Chance) -> Self {
        let side = size.width.min(size.height) as f32;
        let reach = chance.between(0.12, 0.28) * side;
        let origin = texture.extent().map(|extent| chance.between(0.25, 0.75) * extent);
        let border = polygon(reach, chance);
        let way = [size.width, size.height].map(|extent| {
            let extent = extent as f32;
            let (from, to) = (chance.between(0.05, 0.95) * extent, chance.between(0.05, 0.95) * extent);
            Sway::new(from, to - from, 0.08 * extent, chance)
        });
        let (turn, turned) = (chance.between(-0.3, 0.3), chance.between(-0.8, 0.8));
        let (growth, grown) = (chance.between(-0.1, 0.1), chance.between(-0.3, 0.3));
        let bends = [0, 1].map(|_| {
            let wave = chance.between(1.5, 3.0) / reach;
            // Steeper waves than a sixth would look like folds.
            (Sway::new(0.0, 0.0, chance.between(0.0, 0.15) / wave, chance), wave)
        });
        Self {
            texture,
            origin,
            border,
            reach,
            way,
            turn: Sway::new(turn, turned, 0.2, chance),
            growth: Sway::new(growth, grown, 0.1, chance),
            bends,
        }
    }

    /// The place of the body that is seen at a place of the picture, at a time from 0 to 1.
    pub(super) fn seen_at(&self, point: SourcePoint, time: f32) -> SourcePoint {
        let (sin, cos) = self.turn.at(time).sin_cos();
        let scale = self.growth.at(time).exp();
        let (x, y) = ((point.x - self.way[0].at(time)) / scale, (point.y - self.way[1].at(time)) / scale);
        let (x, y) = (cos * x + sin * y, cos * y - sin * x);
        let [x_bend, y_bend] = self.bend(time);
        let x = x + x_bend(y);
        SourcePoint::new(x, y + y_bend(x))
    }

    /// Where a place of the body is in the picture.
    pub(super) fn place(&self, at: SourcePoint, time: f32) -> SourcePoint {
        let [x_bend, y_bend] = self.bend(time);
        let y = at.y - y_bend(at.x);
        let x = at.x - x_bend(y);
        let (sin, cos) = self.turn.at(time).sin_cos();
        let scale = self.growth.at(time).exp();
        let (x, y) = (cos * x - sin * y, cos * y + sin * x);
        SourcePoint::new(scale * x + self.way[0].at(time), scale * y + self.way[1].at(time))
    }

    fn bend(&self, time: f32) -> [impl Fn(f32) -> f32; 2] {
        [0, 1].map(|axis| {
            let (strength, wave) = (self.bends[axis].0.at(time), self.bends[axis].1);
            move |at: f32| strength * (wave * at).sin()
        })
    }

    /// How much of it is at one of its places: 1 inside, 0 outside, less and less along the border.
    pub(super) fn cover(&self, at: SourcePoint) -> f32 {
        let distance = at.x.hypot(at.y);
        if distance > self.reach + SOFT_PX {
            return 0.0;
        }
        let direction = (at.y.atan2(at.x) / std::f32::consts::TAU + 1.0).fract() * DIRECTIONS as f32;
        let first = direction as usize % DIRECTIONS;
        let (a, b) = (self.border[first], self.border[(first + 1) % DIRECTIONS]);
        let border = a + direction.fract() * (b - a);
        ((border - distance) / SOFT_PX + 0.5).clamp(0.0, 1.0)
    }

    /// Shows a place of its texture near its middle; returns where.
    #[cfg(test)]
    pub(super) fn centre_on(&mut self, at: SourcePoint) -> SourcePoint {
        self.origin = [at.x - 2.0, at.y + 1.0];
        SourcePoint::new(2.0, -1.0)
    }

    /// Gives it another texture.
    #[cfg(test)]
    pub(super) fn paint(&mut self, picture: &crate::frame::Frame) {
        self.texture = Texture::new(picture);
    }

    /// The colour of one of its places.
    pub(super) fn colour(&self, at: SourcePoint) -> Colour {
        self.texture.colour(SourcePoint::new(self.origin[0] + at.x, self.origin[1] + at.y))
    }
}

/// How far the border of a polygon with a few corners is from its middle, by direction.
fn polygon(reach: f32, chance: &mut Chance) -> Vec<f32> {
    let num = 5 + chance.below(5);
    let corners: Vec<[f32; 2]> = (0..num)
        .map(|corner| {
            let direction = (corner as f32 + chance.between(-0.3, 0.3)) / num as f32 * std::f32::consts::TAU;
            let distance = chance.between(0.6, 1.0) * reach;
            [distance * direction.cos(), distance * direction.sin()]
        })
        .collect();
    let border = |number: usize| {
        let (sin, cos) = (number as f32 / DIRECTIONS as f32 * std::f32::consts::TAU).sin_cos();
        // Where the ray from the middle meets an edge.
        let edges = (0..num).map(|corner| (corners[corner], corners[(corner + 1) % num]));
        let met = edges.filter_map(|([ax, ay], [bx, by])| {
            let (dx, dy) = (bx - ax, by - ay);
            let (cross, share) = (cos * dy - sin * dx, (ax * sin - ay * cos));
            let share = share / cross;
            let distance = (ax * dy - ay * dx) / cross;
            (distance > 0.0 && (0.0..=1.0).contains(&share)).then_some(distance)
        });
        met.fold(0.0, f32::max).clamp(0.3 * reach, reach)
    };
    (0..DIRECTIONS).map(border).collect()
}
