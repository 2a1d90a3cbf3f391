//! Clips that are held still by chosen tracks: what they follow stays where it was on the first frame.

use crate::geometry::{FrameIndex, Freedom, Homography, Size, SourcePoint};
use crate::overlay::Scene;
use crate::tracks::{TrackId, TrackStore};
use std::collections::BTreeMap;

/// What a clip is held still by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Steady {
    /// What is taken out of the picture's motion.
    pub freedom: Freedom,
    /// The tracks that shall stand still; all where it is empty.
    pub tracks: Vec<TrackId>,
}

/// Holds the frames of a clip still, which come in order.
pub(super) struct Steadier {
    steady: Steady,
    size: Size,
    /// Where each track shall stay.
    home: BTreeMap<TrackId, SourcePoint>,
    /// From the steady picture into each frame so far, and back.
    maps: BTreeMap<FrameIndex, [Homography; 2]>,
    rgb: Vec<u8>,
}

impl Steadier {
    pub(super) fn new(steady: Steady, size: Size) -> Self {
        Self { steady, size, home: BTreeMap::new(), maps: BTreeMap::new(), rgb: Vec::new() }
    }

    /// Says which tracks shall stand still, before the first frame.
    pub(super) fn hold_by(&mut self, tracks: Vec<TrackId>) {
        self.steady.tracks = tracks;
    }

    /// Finds how a frame lies. Where too few tracks are seen, it lies as the one before.
    pub(super) fn look_at(&mut self, frame: FrameIndex, store: &TrackStore) {
        if self.maps.contains_key(&frame) {
            return;
        }
        let before = self.maps_of(frame);
        let is_chosen = |id| self.steady.tracks.is_empty() || self.steady.tracks.contains(&id);
        let seen: Vec<(TrackId, SourcePoint)> = store
            .samples_at(frame)
            .filter(|(track, _)| is_chosen(track.id))
            .filter_map(|(track, sample)| Some((track.id, sample.filter(|sample| sample.visible)?.point)))
            .collect();
        let known: Vec<_> = seen.iter().filter_map(|(id, point)| Some((*self.home.get(id)?, *point))).collect();
        let found = Homography::fit(self.steady.freedom, &known).and_then(|map| Some([map, map.inverse()?]));
        let maps = found.unwrap_or(before);
        self.maps.insert(frame, maps);
        if found.is_none() && !self.home.is_empty() {
            return;
        }
        let [_, back] = maps;
        // A track that begins later is to stay where it is first seen in the steady picture.
        for (id, point) in seen {
            if let Some(home) = back.apply(point) {
                self.home.entry(id).or_insert(home);
            }
        }
    }

    /// How the steady picture lies in a frame: as in the newest one before it that is known.
    fn maps_of(&self, frame: FrameIndex) -> [Homography; 2] {
        self.maps.range(..=frame).next_back().map_or([Homography::IDENTITY; 2], |(_, maps)| *maps)
    }

    /// A frame's picture, held still; black where it does not reach.
    pub(super) fn steadied(&mut self, frame: FrameIndex, rgb: &[u8]) -> &[u8] {
        let ([map, _], (pixels, _)) = (self.maps_of(frame), rgb.as_chunks::<3>());
        self.rgb.clear();
        for y in 0..self.size.height {
            for x in 0..self.size.width {
                let from = map.apply(SourcePoint::new(x as f32, y as f32));
                let value = from.map_or([0.0; 3], |from| looked_up(pixels, self.size, from));
                self.rgb.extend(value.map(|value| value.round() as u8));
            }
        }
        &self.rgb
    }

    /// Where a place of a frame comes to when the frame is held still.
    pub(super) fn steadied_point(&self, frame: FrameIndex, point: SourcePoint) -> SourcePoint {
        let [_, back] = self.maps_of(frame);
        back.apply(point).unwrap_or(point)
    }

    /// The marks of a frame, held still: each piece of a trail as its own frame is.
    pub(super) fn steady_scene(&self, frame: FrameIndex, scene: &mut Scene) {
        let back = |frame, point: &mut SourcePoint| *point = self.steadied_point(frame, *point);
        scene.markers.iter_mut().for_each(|marker| back(frame, &mut marker.point));
        scene.values.iter_mut().for_each(|value| back(frame, &mut value.point));
        let vertices = scene.trails.iter_mut().flat_map(|trail| &mut trail.vertices);
        vertices.for_each(|vertex| back(vertex.frame, &mut vertex.point));
    }
}

/// The value at a place, from the four pixels around it; beyond the picture all is 0.
pub(super) fn looked_up<const N: usize>(pixels: &[[u8; N]], size: Size, SourcePoint { x, y }: SourcePoint) -> [f32; N] {
    let (width, height) = (size.width as usize, size.height as usize);
    if !(x > -1.0 && y > -1.0 && x < width as f32 && y < height as f32) {
        return [0.0; N];
    }
    let (left, top) = (x.floor(), y.floor());
    let (fx, fy) = (x - left, y - top);
    let pixel = |dx: isize, dy: isize| {
        let (x, y) = (left as isize + dx, top as isize + dy);
        let is_inside = x >= 0 && y >= 0 && (x as usize) < width && (y as usize) < height;
        if is_inside { pixels[y as usize * width + x as usize].map(f32::from) } else { [0.0; N] }
    };
    let [a, b, c, d] = [pixel(0, 0), pixel(1, 0), pixel(0, 1), pixel(1, 1)];
    std::array::from_fn(|i| {
        let above = a[i] + (b[i] - a[i]) * fx;
        let below = c[i] + (d[i] - c[i]) * fx;
        above + (below - above) * fy
    })
}
