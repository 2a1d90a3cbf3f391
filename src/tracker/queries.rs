//! The points of a run as the network takes them.

use super::TrackerError;
use super::course::Course;
use crate::geometry::{FrameIndex, ModelFromSource, ModelPoint, Size, SourcePoint, grid};
use crate::tracks::Query;
use std::ops::RangeInclusive;

/// The most tracks in one run on any device, support points included: memory grows with them, on a GPU by some 0.3 MB
/// each in the official size.
pub const MAX_TRACKS_PER_RUN: usize = 4096;

/// The most in one run over a clip on the CPU, where each takes 0.1 to 0.15 MB.
pub const MAX_TRACKS_ON_CPU: usize = 4 * MAX_TRACKS_PER_RUN;

/// How far apart the points of a local grid are, in model pixels: two cells of the finest features.
const LOCAL_SPACING_PX: f32 = 8.0;

/// A point that takes part in a run.
#[derive(Clone, Debug)]
pub(super) struct TrackedQuery {
    /// Its frame, as the course counts.
    pub(super) frame: usize,
    /// Where it starts: so many model pixels from a source point, or from the top-left of what the network looks at.
    origin: Option<SourcePoint>,
    offset: ModelPoint,
    /// Its place among the user's queries and what the user asked for; `None` for support points.
    pub(super) user: Option<(usize, Query)>,
}

impl TrackedQuery {
    /// Where it starts, in level-0 feature pixels of `stride` model pixels; `map` is that of its frame.
    pub(super) fn feature_xy(&self, map: ModelFromSource, stride: usize) -> [f32; 2] {
        let origin = self.origin.map(|point| map.apply(point)).unwrap_or_default();
        [origin.x + self.offset.x, origin.y + self.offset.y].map(|v| v / stride as f32)
    }

    /// Keeps to its place in the source, wherever else in it the network may look; `map` is that of its frame by now.
    pub(super) fn stay(&mut self, map: ModelFromSource) {
        if self.origin.is_none() {
            (self.origin, self.offset) = (Some(map.invert(self.offset)), ModelPoint::default());
        }
    }
}

/// Adds the support points to the user's queries, `max` at most in all, and sorts all by frame (ties keep their order).
/// `map` has the scale of every frame's.
pub(super) fn prepare(
    queries: &[Query],
    source: Size,
    course: &Course,
    (support_grid, local_grid): (usize, usize),
    (map, model): (ModelFromSource, Size),
    max: usize,
) -> Result<Vec<TrackedQuery>, TrackerError> {
    let square = |k: usize| k.saturating_mul(k);
    let own = queries.len().saturating_mul(square(local_grid).saturating_add(1));
    let count = own.saturating_add(square(support_grid));
    if count > max {
        return Err(TrackerError::TooManyQueries { count, max });
    }
    let clip_frame = |query: &Query| course.place(query.frame);
    let mut tracked: Vec<TrackedQuery> = queries
        .iter()
        .enumerate()
        .map(|(slot, &query)| TrackedQuery {
            frame: clip_frame(&query),
            origin: Some(query.point),
            offset: ModelPoint::default(),
            user: Some((slot, query)),
        })
        .collect();
    let earliest = queries.iter().map(clip_frame).min().ok_or(TrackerError::NoQueries)?;
    let unseen = |frame, origin, (x, y)| TrackedQuery { frame, origin, offset: ModelPoint { x, y }, user: None };
    let helpers = grid(support_grid, model.width as f32, model.height as f32);
    tracked.extend(helpers.into_iter().map(|place| unseen(earliest, None, place)));
    for query in queries {
        let places = around(query.point, local_grid, map, source);
        tracked.extend(places.map(|place| unseen(clip_frame(query), Some(query.point), place)));
    }
    tracked.sort_by_key(|query| query.frame);
    Ok(tracked)
}

/// `k` × `k` points around one, in model pixels from it, those of them that are in the picture.
fn around(middle: SourcePoint, k: usize, map: ModelFromSource, source: Size) -> impl Iterator<Item = (f32, f32)> {
    let offset = move |i: usize| LOCAL_SPACING_PX * (i as f32 - (k as f32 - 1.0) / 2.0);
    let offsets = (0..k * k).map(move |i| (offset(i % k), offset(i / k)));
    let ModelPoint { x, y } = map.apply(middle);
    offsets.filter(move |(dx, dy)| source.contains(map.invert(ModelPoint { x: x + dx, y: y + dy })))
}

/// Refuses points outside the picture or the clip.
pub(super) fn check(queries: &[Query], size: Size, clip: &RangeInclusive<FrameIndex>) -> Result<(), TrackerError> {
    for (i, query) in queries.iter().enumerate() {
        let number = i + 1;
        if !clip.contains(&query.frame) {
            let (first, last) = (*clip.start(), *clip.end());
            return Err(TrackerError::OutsideClip { number, frame: query.frame, first, last });
        }
        if !size.contains(query.point) {
            let (x, y) = (query.point.x, query.point.y);
            return Err(TrackerError::OutsidePicture { number, x, y, size });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tracks::Direction;

    #[test]
    fn a_local_grid_stands_around_each_point_on_its_own_frame_within_the_picture() {
        let (source, model) = (Size::new(128, 96), Size::new(128, 96));
        let course = Course::new(FrameIndex(0)..=FrameIndex(9), Direction::Forward);
        let query = |frame, x, y| Query { frame: FrameIndex(frame), point: SourcePoint::new(x, y) };
        let queries = [query(3, 64.0, 48.0), query(1, 2.0, 94.0)];
        let map = ModelFromSource::new(source, model);
        let maps = (map, model);
        let tracked = prepare(&queries, source, &course, (3, 2), maps, MAX_TRACKS_PER_RUN).unwrap();
        let support = |frame| {
            let here = tracked.iter().filter(move |query| query.frame == frame && query.user.is_none());
            here.map(|query| query.feature_xy(map, 4)).collect::<Vec<_>>()
        };
        assert_eq!(support(3), [[15.0, 11.0], [17.0, 11.0], [15.0, 13.0], [17.0, 13.0]]);
        // The 3 × 3 of the picture come with the earliest point; of those around it, only one is in the picture.
        assert_eq!(support(1)[9..], [[1.5, 22.5]]);
        let crowd = vec![query(0, 8.0, 8.0); 20];
        assert!(prepare(&crowd, source, &course, (0, 2), maps, 100).is_ok());
        let refused = prepare(&crowd, source, &course, (1, 2), maps, 100);
        assert!(matches!(refused, Err(TrackerError::TooManyQueries { count: 101, max: 100 })));
    }
}
