//! Points that are small planes: a square around each is followed as it moves, turns, changes its size and is tilted.

use super::Pyramid;
use super::polish::{Said, usually_off};
use super::template::{Aligned, Freedom, Pull, Template};
use super::warp::Warp;
use crate::geometry::SourcePoint;
use std::f32::consts::TAU;

/// The radius of a square in the smallest and in the largest picture that it is looked for in, in pixels there.
const LEAST_RADIUS: usize = 6;
const MOST_RADIUS: usize = 40;
/// A plane is found where it correlates with its own frame above that.
const LEAST_LIKE_QUERY: f32 = 0.8;
/// Above that nothing else is tried.
const SURELY_LIKE_QUERY: f32 = 0.9;
/// What correlates less on a coarse level is not looked at in finer ones.
const LEAST_TO_GO_ON: f32 = 0.7;
/// A start is off by half a square at most, and its size by that factor.
const MOST_GROWTH: f32 = 2.0;
/// A plane that is not found is looked for turned in so many ways.
const NUM_TURNS: u16 = 8;
/// A tilt has to explain that share of what differs.
const TILT_EXPLAINS: f32 = 0.01;

/// A square on its own frame, and where it was last found.
#[derive(Clone, Debug)]
pub(super) struct Plane {
    /// In pixels.
    side: f32,
    /// What it looks like, by level of the picture: nothing where that would be too large, or is too plain.
    looks: Vec<Option<Template>>,
    warp: Warp,
    /// What came before that warp since the frame before it, if it was found there, too.
    step: Option<Warp>,
    /// Whether it was not found on the frame before.
    is_lost: bool,
}

/// Where a plane was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct FoundPlane {
    pub(super) point: SourcePoint,
    pub(super) similarity: f32,
    pub(super) corners: [SourcePoint; 4],
}

impl Plane {
    /// The square of `side` pixels around a place; `None` where it is too plain, or most of it is outside.
    pub(super) fn new(picture: &Pyramid, place: SourcePoint, side: u16) -> Option<Self> {
        let warp = Warp::moved(place);
        let radius = usize::from(side / 2);
        let look = |(level, grey)| {
            let radius = radius >> level;
            let is_fit = radius <= MOST_RADIUS && (radius >= LEAST_RADIUS || level == 0);
            let cut = || Template::cut(grey, warp.scaled(1.0, half(level)).point, radius);
            is_fit.then(cut).flatten()
        };
        let mut looks: Vec<_> = picture.levels.iter().enumerate().map(look).collect();
        looks.truncate(looks.iter().rposition(Option::is_some)? + 1);
        Some(Self { side: f32::from(side), looks, warp, step: None, is_lost: false })
    }

    /// Its corners, clockwise from the one that is top left on its own frame.
    pub(super) fn corners(&self) -> [SourcePoint; 4] {
        let half = self.side / 2.0;
        [[-half, -half], [half, -half], [half, half], [-half, half]].map(|corner| {
            let [x, y] = self.warp.apply(corner);
            SourcePoint::new(x, y)
        })
    }

    /// Looks for it in the next picture: where its motion leads, and at a place that it is said to be at.
    pub(super) fn follow(&mut self, picture: &Pyramid, said: Said) -> Option<FoundPlane> {
        let carried = self.step.and_then(|step| self.warp.after(&step)).unwrap_or(self.warp);
        let starts = [carried, Warp { point: said.point, ..carried }, Warp::moved(said.point)];
        let best = self.best_of(picture, starts, LEAST_LIKE_QUERY).or_else(|| {
            // It may have turned while it was not to be seen.
            let angles = (1..NUM_TURNS).map(|n| TAU * f32::from(n) / f32::from(NUM_TURNS));
            let turned = angles.filter(|_| said.is_seen).map(|angle| carried.turned(angle, said.point));
            self.best_of(picture, turned, SURELY_LIKE_QUERY)
        });
        let Some(Aligned { warp, similarity }) = best else {
            (self.step, self.is_lost) = (None, true);
            return None;
        };
        self.step = if self.is_lost { None } else { warp.since(&self.warp) };
        (self.warp, self.is_lost) = (warp, false);
        Some(FoundPlane { point: warp.point, similarity, corners: self.corners() })
    }

    /// What is most alike and at least so much, or the first that surely is the plane.
    fn best_of(&self, picture: &Pyramid, starts: impl IntoIterator<Item = Warp>, least: f32) -> Option<Aligned> {
        let mut best: Option<Aligned> = None;
        for start in starts {
            let found = self.look_from(picture, start).filter(|found| found.similarity >= least);
            if found.is_some_and(|found| found.similarity >= SURELY_LIKE_QUERY) {
                return found;
            }
            best = [best, found].into_iter().flatten().max_by(|a, b| a.similarity.total_cmp(&b.similarity));
        }
        best
    }

    /// From coarse to fine from a start. A picture in which the plane is larger is looked at in a smaller copy.
    fn look_from(&self, picture: &Pyramid, start: Warp) -> Option<Aligned> {
        let shift = start.scale().log2().round() as isize;
        let is_usable = |level: usize| self.looks[level].is_some() && level as isize + shift >= 0;
        let finest = (0..self.looks.len()).find(|level| is_usable(*level)).unwrap_or(self.looks.len() - 1);
        let mut found = Aligned { warp: start, similarity: -1.0 };
        for level in (finest..self.looks.len()).rev() {
            let Some(look) = &self.looks[level] else { continue };
            let at = (level as isize + shift).clamp(0, picture.levels.len() as isize - 1) as usize;
            let towards = found.warp.scaled(half(level), half(at));
            let pull = Pull { towards, reach: usually_off(picture) };
            let fit = |start, freedom| look.align(&picture.levels[at], start, &pull, freedom);
            let moved = fit(towards, Freedom::Shift).map_or(towards, |moved| moved.warp);
            let mut fitted = fit(moved, Freedom::Linear).filter(|fitted| fitted.similarity >= LEAST_TO_GO_ON)?;
            if level == finest
                && let Some(tilted) = fit(fitted.warp, Freedom::Tilt)
                && 1.0 - tilted.similarity < (1.0 - TILT_EXPLAINS) * (1.0 - fitted.similarity)
            {
                fitted = tilted;
            }
            found = Aligned { warp: fitted.warp.scaled(half(level).recip(), half(at).recip()), ..fitted };
        }
        let Warp { point, .. } = found.warp;
        let growth = found.warp.scale() / start.scale();
        let is_near = point.distance(start.point) <= self.side / 2.0
            && (MOST_GROWTH.recip()..=MOST_GROWTH).contains(&growth)
            && picture.levels[0].between(point.x, point.y).is_some();
        is_near.then_some(found)
    }
}

/// How large a level of a pyramid is.
fn half(level: usize) -> f32 {
    0.5f32.powi(level as i32)
}

#[cfg(test)]
mod tests;
