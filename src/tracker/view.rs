//! What the network looks at of each frame: all of it, or a part that follows the points ([`Zoom`]).
//!
//! The part has one size for the whole run. Its place on a frame is decided when the frame is encoded, ahead of what is
//! known of the points; where that turns out to be far from where they go, the frames of the window at hand are looked
//! at again along a better path. To the network, a part that moves is a camera that pans.

use super::TrackerError;
use super::course::Course;
use super::path::{Place, TURN_FRAMES, path, show};
use super::settings::Zoom;
use crate::frame::Frame;
use crate::geometry::{Crop, Size};
use crate::tracks::Query;
use std::collections::VecDeque;

/// A part that holds more than this share of the picture is no zoom: the network then looks at all of it.
const MOST_OF_PICTURE: f64 = 0.75;
/// The share of the part on either side of the points that is theirs to move in, where its size is not given; and
/// that a point on its own frame keeps from the border, where there is room.
const ROOM: f32 = 0.25;
/// Frames are looked at again where the better path is farther away on one of them, as a share of the part.
const FAR: f32 = 0.0625;
/// How often that is done at most, for one window.
const MOST_LOOKS: usize = 3;

/// Where the network looks.
#[derive(Debug)]
pub(super) struct View {
    picture: Size,
    /// Of the part that is looked at.
    size: Size,
    /// Where it starts.
    start: Place,
    /// Where points begin: the frame as the course counts, and the place in the middle of those that begin there.
    pins: Vec<(usize, Place)>,
    /// Middles for the frames to come.
    ahead: VecDeque<Place>,
    /// What may be looked at again of the frames that no window has settled: the surroundings of what was looked at.
    kept: Vec<(Crop, Frame)>,
    num_looks: usize,
}

impl View {
    /// All of the picture, or what the zoom says of it; for a network that sees pictures of `model` size.
    pub(super) fn new(
        zoom: Option<Zoom>,
        picture: Size,
        model: Size,
        queries: &[Query],
        course: &Course,
    ) -> Result<Self, TrackerError> {
        let size = match zoom {
            None => picture,
            Some(Zoom::Auto) => around(queries, picture, model),
            Some(Zoom::Size(zoom)) if zoom.width > picture.width || zoom.height > picture.height => {
                return Err(TrackerError::ZoomTooLarge { zoom, picture });
            }
            Some(Zoom::Size(zoom)) => zoom,
        };
        let mut pins = Vec::new();
        if size != picture {
            let mut sorted: Vec<(usize, Query)> = queries.iter().map(|q| (course.place(q.frame), *q)).collect();
            sorted.sort_by_key(|(place, _)| *place);
            for group in sorted.chunk_by(|(a, _), (b, _)| a == b) {
                let (low, high) = bounds(group.iter().map(|(_, query)| [query.point.x, query.point.y]));
                let extent = [high[0] - low[0], high[1] - low[1]].map(|v| v.ceil() as u32 + 1);
                if extent[0] > size.width || extent[1] > size.height {
                    let (frame, points) = (group[0].1.frame, Size::new(extent[0], extent[1]));
                    return Err(TrackerError::ZoomTooSmall { zoom: size, frame, points });
                }
                pins.push((group[0].0, middle_of(low, high)));
            }
        }
        let start = pins.first().map_or(Crop::whole(picture).middle(), |(_, place)| *place);
        Ok(Self { picture, size, start, pins, ahead: VecDeque::new(), kept: Vec::new(), num_looks: 0 })
    }

    pub(super) fn is_whole(&self) -> bool {
        self.size == self.picture
    }

    /// The size of the part; `None` where it is all of the picture.
    pub(super) fn zoom(&self) -> Option<Size> {
        (!self.is_whole()).then_some(self.size)
    }

    /// A part of that size at the start of the picture: its map has the scale of all others.
    pub(super) fn at_origin(&self) -> Crop {
        Crop::whole(self.size)
    }

    /// What is looked at of the next frame; `at` is its place on the course.
    pub(super) fn next(&mut self, frame: &Frame, at: usize) -> Crop {
        if self.is_whole() {
            return self.at_origin();
        }
        if self.ahead.is_empty() {
            self.plan(at, &[], &[], 1);
        }
        let middle = self.ahead.pop_front().unwrap_or(self.start);
        let crop = Crop::around(middle, self.size, self.picture);
        let near =
            Size::new((3 * self.size.width).min(self.picture.width), (3 * self.size.height).min(self.picture.height));
        let near = Crop::around(crop.middle(), near, self.picture);
        self.kept.push((near, frame.cut(near)));
        crop
    }

    /// Lets go of the frames that a window is done with, and thinks of the next `count` ones: `at` is the first one's
    /// place on the course, `crops` are the parts that were looked at on the frames before, `seen` where points were
    /// seen there.
    pub(super) fn settle(&mut self, at: usize, crops: &[Crop], seen: &[Option<Place>], count: usize) {
        self.kept.clear();
        self.num_looks = 0;
        self.plan(at, crops, seen, count);
    }

    fn plan(&mut self, at: usize, crops: &[Crop], seen: &[Option<Place>], count: usize) {
        self.ahead = self.middles(at, crops, seen, count).into();
    }

    /// Where to look better on the newest frames of a window, of which `start` is the first frame's place on the course:
    /// `crops` are what was looked at on all its frames, `seen` is where points were seen. Each part is told with the
    /// picture that it is cut from. `None` where the difference is small, or there were looks enough.
    pub(super) fn better(
        &mut self,
        start: usize,
        crops: &[Crop],
        seen: &[Option<Place>],
    ) -> Option<Vec<(Crop, Frame)>> {
        if self.kept.is_empty() || self.num_looks == MOST_LOOKS {
            return None;
        }
        let (before, newest) = crops.split_at(crops.len() - self.kept.len());
        let middles = self.middles(start + before.len(), before, seen, newest.len());
        let better: Vec<(Crop, Frame)> = middles
            .into_iter()
            .zip(&self.kept)
            .map(|(middle, (near, picture))| {
                // As far as the kept surroundings go.
                let inside = Crop::around([middle[0] - near.x as f32, middle[1] - near.y as f32], self.size, near.size);
                let crop = Crop { x: near.x + inside.x, y: near.y + inside.y, size: self.size };
                (crop, picture.cut(inside))
            })
            .collect();
        let is_far = |(crop, (better, _)): (&Crop, &(Crop, Frame))| {
            crop.x.abs_diff(better.x) as f32 > FAR * self.size.width as f32
                || crop.y.abs_diff(better.y) as f32 > FAR * self.size.height as f32
        };
        self.num_looks += 1;
        newest.iter().zip(&better).any(is_far).then_some(better)
    }

    /// Middles along the path of the points that shows each one on its own frame.
    fn middles(&self, at: usize, crops: &[Crop], seen: &[Option<Place>], count: usize) -> Vec<Place> {
        let before: Vec<Place> = crops.iter().map(|crop| crop.middle()).collect();
        let mut middles = path(self.start, &before, seen, count);
        let half = [self.size.width, self.size.height].map(|extent| (0.5 - ROOM) * extent as f32);
        let near = self.pins.iter().filter(|(pin, _)| (at..at + count + TURN_FRAMES).contains(pin));
        near.for_each(|(pin, place)| show(&mut middles, pin - at, *place, half));
        middles
    }

    /// How far a query is from the middle of those that begin with it.
    pub(super) fn offset(&self, at: usize, query: &Query) -> Place {
        let pin = self.pins.binary_search_by_key(&at, |(pin, _)| *pin).map(|i| self.pins[i].1);
        pin.map_or([0.0; 2], |[x, y]| [query.point.x - x, query.point.y - y])
    }
}

/// The place that half of the weight lies on either side of, axis by axis; nothing where there is no weight.
pub(super) fn median(places: &[(Place, f32)]) -> Option<Place> {
    let total: f32 = places.iter().map(|(_, weight)| weight).sum();
    let along = |axis: usize| {
        let mut sorted: Vec<(f32, f32)> = places.iter().map(|(place, weight)| (place[axis], *weight)).collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut below = 0.0;
        let mut reaches = |weight: f32| {
            below += weight;
            below >= total / 2.0
        };
        sorted.iter().find(|(_, weight)| reaches(*weight)).map_or(f32::NAN, |(value, _)| *value)
    };
    (total > 0.0).then(|| [along(0), along(1)])
}

/// The size of the part that holds all queries with room around them, and is not looked at larger than it is; the whole
/// picture where that is little less.
fn around(queries: &[Query], picture: Size, model: Size) -> Size {
    let (low, high) = bounds(queries.iter().map(|query| [query.point.x, query.point.y]));
    let needed = |axis: usize, model: u32| (high[axis] - low[axis]) / (1.0 - 2.0 * ROOM) / model as f32;
    let scale = needed(0, model.width).max(needed(1, model.height)).max(1.0);
    let extent = |model: u32, picture: u32| ((model as f32 * scale).round() as u32).min(picture);
    let size = Size::new(extent(model.width, picture.width), extent(model.height, picture.height));
    if size.area() as f64 > MOST_OF_PICTURE * picture.area() as f64 { picture } else { size }
}

fn bounds(places: impl Iterator<Item = Place>) -> (Place, Place) {
    places.fold(([f32::INFINITY; 2], [f32::NEG_INFINITY; 2]), |(low, high), [x, y]| {
        ([low[0].min(x), low[1].min(y)], [high[0].max(x), high[1].max(y)])
    })
}

fn middle_of(low: Place, high: Place) -> Place {
    [low[0].midpoint(high[0]), low[1].midpoint(high[1])]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_more_surely_counts_more() {
        let at = |x: f32, weight: f32| ([x, 2.0 * x], weight);
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[at(5.0, 0.0)]), None);
        assert_eq!(median(&[at(5.0, 0.1)]), Some([5.0, 10.0]));
        assert_eq!(median(&[at(1.0, 1.0), at(2.0, 1.0), at(90.0, 1.0)]), Some([2.0, 4.0]));
        let sure = median(&[at(50.0, 0.1), at(51.0, 0.1), at(52.0, 0.1), at(10.0, 0.8)]).unwrap();
        assert_eq!(sure, [10.0, 20.0]);
    }
}
