//! A closer look at places: sub-pixel polish of those that are known to a pixel or two, against what the points looked
//! like, and small planes.

use super::Pyramid;
use super::plane::{FoundPlane, Plane};
use super::template::{Aligned, Freedom, Pull, Template};
use super::warp::{IDENTITY, Warp, product};
use crate::geometry::SourcePoint;

/// Pixels from the middle of a patch to its border: 15 × 15.
const RADIUS: usize = 7;
/// A patch is looked for in halves of the picture, too: in one at least, and in as many as have a longer side than
/// that. Networks see pictures of about this size, and are off by a part of *their* pixels.
const COARSE_SIDE: usize = 512;
/// How far a place is usually off, in pixels of a picture of [`COARSE_SIDE`].
const USUALLY_OFF_PX: f32 = 1.0;
/// A place that is farther away than so many times that is another point.
const FARTHEST: f32 = 4.0;
/// A place is better where the patch correlates with the point's own one above that, and no worse than before.
const LEAST_LIKE_QUERY: f32 = 0.8;
/// The same for the patch where the point was last found: it is younger, but every step adds an error.
const LEAST_LIKE_LAST: f32 = 0.9;
/// Where the last patch leads nowhere like it, nothing starts from there.
const LEAST_TO_START: f32 = 0.7;

/// Where a point is said to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Said {
    /// The place.
    pub point: SourcePoint,
    /// Whether it is to be seen there.
    pub is_seen: bool,
}

/// Where a point is, refined.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Polished {
    /// The place: the one that was given where no better one was found.
    pub point: SourcePoint,
    /// How much the picture there looks like the point on its own frame: normalised correlation, −1 to 1. `None` where
    /// there is too little to compare.
    pub similarity: Option<f32>,
    /// Where the point is a small plane and was found as such: the corners of the square around it on its own frame,
    /// clockwise from the top left one. The place is then the plane's, whatever was given.
    pub corners: Option<[SourcePoint; 4]>,
}

/// Refines the places of points, frame by frame away from their own ones, forwards or backwards in time.
#[derive(Clone, Debug)]
pub struct Polisher {
    points: Vec<Option<State>>,
    is_refining: bool,
    plane_side: Option<u16>,
}

/// A point on and after its own frame: as a small patch and as a plane, where that is wanted and it is not too plain.
#[derive(Clone, Debug)]
struct State {
    patch: Option<Box<Memory>>,
    plane: Option<Box<Plane>>,
}

/// What is remembered of a point.
#[derive(Clone, Debug)]
struct Memory {
    /// What it looks like on its own frame, in the picture and in halves of it, as far as there is something to see.
    query: Template,
    halves: Vec<Option<Template>>,
    /// What it looked like where it was last found.
    last: Template,
    /// How the query's patch lies there.
    warp: Warp,
}

impl Polisher {
    /// For so many points, none of which has begun: whether places are refined, and the side in pixels of the squares
    /// that are followed as small planes.
    #[must_use]
    pub fn new(num_points: usize, is_refining: bool, plane_side: Option<u16>) -> Self {
        Self { points: vec![None; num_points], is_refining, plane_side }
    }

    /// Takes the next picture, with what is said of each point that has begun. A point's first place is its own: it is
    /// taken as exact, and the picture there is what the point looks like. `None` where nothing was looked at, or a
    /// point that cannot be seen was not found as a plane.
    ///
    /// # Panics
    /// If there are more or fewer places than points.
    pub fn push(&mut self, picture: &Pyramid, places: &[Option<Said>]) -> Vec<Option<Polished>> {
        assert_eq!(places.len(), self.points.len(), "a place for each point, or none");
        let (is_refining, plane_side) = (self.is_refining, self.plane_side);
        let take = |(state, said): (&mut Option<State>, &Option<Said>)| {
            let said = (*said)?;
            if let Some(state) = state {
                return state.take(picture, said);
            }
            let point = said.point;
            let begun = state.insert(State {
                patch: is_refining.then(|| Memory::new(picture, point)).flatten().map(Box::new),
                plane: plane_side.and_then(|side| Plane::new(picture, point, side)).map(Box::new),
            });
            let corners = begun.plane.as_ref().map(|plane| plane.corners());
            Some(Polished { point, similarity: begun.similarity_to_itself(), corners })
        };
        self.points.iter_mut().zip(places).map(take).collect()
    }
}

impl State {
    fn similarity_to_itself(&self) -> Option<f32> {
        (self.patch.is_some() || self.plane.is_some()).then_some(1.0)
    }

    fn take(&mut self, picture: &Pyramid, said: Said) -> Option<Polished> {
        let found = self.plane.as_mut().and_then(|plane| plane.follow(picture, said));
        if let Some(FoundPlane { point, similarity, corners }) = found {
            return Some(Polished { point, similarity: Some(similarity), corners: Some(corners) });
        }
        let Said { point, is_seen } = said;
        is_seen.then(|| match &mut self.patch {
            Some(patch) => patch.polish(picture, point),
            None => Polished { point, similarity: None, corners: None },
        })
    }
}

/// How far a place in a picture is usually off.
pub(super) fn usually_off(picture: &Pyramid) -> f32 {
    let side = picture.levels.first().map_or(0, |grey| grey.width.max(grey.height));
    USUALLY_OFF_PX * (side as f32 / COARSE_SIDE as f32).max(1.0)
}

impl Memory {
    fn new(picture: &Pyramid, place: SourcePoint) -> Option<Self> {
        let warp = Warp::moved(place);
        let query = Template::cut(&picture.levels[0], place, RADIUS)?;
        let halves = picture
            .levels
            .windows(2)
            .enumerate()
            .take_while(|(level, pair)| *level == 0 || pair[0].width.max(pair[0].height) > COARSE_SIDE);
        let cut = |(level, pair): (usize, &[super::Grey])| {
            Template::cut(&pair[1], warp.scaled(1.0, 0.5f32.powi(level as i32 + 1)).point, RADIUS)
        };
        let halves = halves.map(cut).collect();
        Some(Self { last: query.clone(), query, halves, warp })
    }

    fn polish(&mut self, picture: &Pyramid, place: SourcePoint) -> Polished {
        let grey = &picture.levels[0];
        let reach = usually_off(picture);
        let expected = Warp { point: place, ..self.warp };
        let before = self.query.similarity(grey, &expected);
        let is_near = |found: &Aligned| found.warp.point.distance(place) <= FARTHEST * reach;
        let moved = self.since_last(picture, place, reach);
        let starts = [Some(expected), moved.map(|moved| moved.warp), self.through_halves(picture, expected, reach)];
        // Where it has not been seen for a while, it may lie as it did at first.
        let upright = (self.warp.matrix != IDENTITY).then_some(Warp::moved(place));
        let found = starts.into_iter().chain([upright]).flatten();
        let found = found.filter_map(|start| self.like_query(picture, start, place, reach)).filter(is_near);
        let best = found.reduce(|best, other| if other.similarity > best.similarity { other } else { best });
        let best = best.filter(|best| best.similarity >= LEAST_LIKE_QUERY.max(before.unwrap_or(-1.0)));
        let best = best.or_else(|| {
            // It has changed its looks, but not since it was last found.
            let moved = moved.filter(|moved| is_near(moved) && moved.similarity >= LEAST_LIKE_LAST)?;
            let similarity = self.query.similarity(grey, &moved.warp).or(before)?;
            Some(Aligned { similarity, ..moved })
        });
        let Some(best) = best else { return Polished { point: place, similarity: before, corners: None } };
        if let Some(last) = Template::cut(grey, best.warp.point, RADIUS) {
            (self.last, self.warp) = (last, best.warp);
        }
        Polished { point: best.warp.point, similarity: Some(best.similarity), corners: None }
    }

    /// Where what was last found is now; its warp is that of the query's patch.
    fn since_last(&self, picture: &Pyramid, place: SourcePoint, reach: f32) -> Option<Aligned> {
        let grey = &picture.levels[0];
        let pull = Pull { towards: Warp::moved(place), reach };
        let shifted = self.last.align(grey, pull.towards, &pull, Freedom::Shift)?;
        let found = self.last.align(grey, shifted.warp, &pull, Freedom::Linear).unwrap_or(shifted);
        let warp = Warp { matrix: product(found.warp.matrix, self.warp.matrix), ..found.warp };
        (found.similarity >= LEAST_TO_START && warp.is_sound(RADIUS as f32)).then_some(Aligned { warp, ..found })
    }

    /// A start from coarse to fine: for what is farther off than a patch can tell.
    fn through_halves(&self, picture: &Pyramid, expected: Warp, reach: f32) -> Option<Warp> {
        let mut found = None;
        for (level, look) in self.halves.iter().enumerate().rev() {
            let (Some(look), Some(grey)) = (look, picture.levels.get(level + 1)) else { continue };
            let scale = 0.5f32.powi(level as i32 + 1);
            let pull = Pull { towards: expected.scaled(scale, scale), reach };
            let start = found.unwrap_or(expected).scaled(scale, scale);
            found = look
                .align(grey, start, &pull, Freedom::Shift)
                .map(|aligned| aligned.warp.scaled(scale.recip(), scale.recip()))
                .or(found);
        }
        found
    }

    /// Where the query's patch fits near a start: shifted, then mapped where that fits better.
    fn like_query(&self, picture: &Pyramid, start: Warp, place: SourcePoint, reach: f32) -> Option<Aligned> {
        let pull = Pull { towards: Warp { point: place, ..start }, reach };
        let shifted = self.query.align(&picture.levels[0], start, &pull, Freedom::Shift)?;
        let mapped = self.query.align(&picture.levels[0], shifted.warp, &pull, Freedom::Linear);
        mapped.filter(|mapped| mapped.similarity >= shifted.similarity).or(Some(shifted))
    }
}

#[cfg(test)]
mod tests;
