//! What stays on a track in exported pictures: words above the point, or a picture over it.

use super::error::ExportError;
use super::steady::{Steadier, looked_up};
use crate::geometry::{FrameIndex, Freedom, Homography, Size, SourcePoint};
use crate::overlay::{Colour, Label, LabelPlace, Pixel};
use crate::tracks::{TrackId, TrackStore};
use std::path::{Path, PathBuf};

/// Height of words, in style units.
const WORDS_HEIGHT: f32 = 30.0;

/// Something that stays on a track, wherever the point is visible.
#[derive(Clone, Debug, PartialEq)]
pub struct Pin {
    /// What it stays on.
    pub track: TrackId,
    /// What it is.
    pub what: Pinned,
}

/// What stays on a track.
#[derive(Clone, Debug, PartialEq)]
pub enum Pinned {
    /// A line above the point.
    Words(String),
    /// A picture whose middle is the point. Where the point was followed as a small plane, it fills the plane's corners
    /// and turns with it.
    Picture {
        /// A PNG, JPEG, WebP or TIFF.
        path: PathBuf,
        /// Its width, as a share of the clip's; on a plane the plane's size counts.
        width: f32,
    },
}

/// A picture with transparency, and smaller copies of it.
struct PinnedPicture {
    /// Each half as large as the one before: red, green and blue multiplied by the opacity, and the opacity.
    levels: Vec<(Size, Vec<[u8; 4]>)>,
}

impl PinnedPicture {
    fn open(path: &Path) -> Result<Self, ExportError> {
        let unreadable = |problem: String| ExportError::UnreadablePin { problem, path: path.to_owned() };
        let picture = image::open(path).map_err(|error| unreadable(error.to_string()))?.into_rgba8();
        let size = Size::new(picture.width(), picture.height());
        if size.area() == 0 {
            return Err(unreadable("it is empty".to_owned()));
        }
        let multiplied = |[r, g, b, alpha]: [u8; 4]| {
            let [r, g, b] = [r, g, b].map(|value| ((u32::from(value) * u32::from(alpha) + 127) / 255) as u8);
            [r, g, b, alpha]
        };
        let pixels = picture.pixels().map(|pixel| multiplied(pixel.0)).collect();
        Ok(Self::halved(size, pixels))
    }

    fn halved(size: Size, pixels: Vec<[u8; 4]>) -> Self {
        let mut levels = vec![(size, pixels)];
        while let Some((size, pixels)) = levels.last().filter(|(size, _)| size.width.min(size.height) > 1) {
            let half = Size::new(size.width / 2, size.height / 2);
            let width = size.width as usize;
            let mean = |at: usize| {
                let four = [at, at + 1, at + width, at + width + 1].map(|at| pixels[at].map(u16::from));
                std::array::from_fn(|i| ((four.iter().map(|pixel| pixel[i]).sum::<u16>() + 2) / 4) as u8)
            };
            let (columns, rows) = (half.width as usize, half.height as usize);
            let next = (0..rows).flat_map(|y| (0..columns).map(move |x| 2 * (y * width + x))).map(mean).collect();
            levels.push((half, next));
        }
        Self { levels }
    }

    /// The smallest copy that is not enlarged where it is to have so many pixels along its longer edge.
    fn of_size(&self, longest: f32) -> Option<&(Size, Vec<[u8; 4]>)> {
        let is_enough = |(size, _): &&(Size, _)| size.width.max(size.height) as f32 >= longest;
        self.levels.iter().rev().find(is_enough).or(self.levels.first())
    }

    /// Draws it into four corners of a picture of `size`, clockwise from the top left one, in pixels.
    fn draw<P: Pixel>(&self, corners: [SourcePoint; 4], size: Size, pixels: &mut [P]) {
        let next = |i: usize| corners[(i + 1) % 4];
        let longest = (0..4).map(|i| corners[i].distance(next(i))).fold(0.0, f32::max);
        let Some((own, of_picture)) = self.of_size(longest) else { return };
        let [right, bottom] = [own.width as f32 - 0.5, own.height as f32 - 0.5];
        let own_corners = [(-0.5, -0.5), (right, -0.5), (right, bottom), (-0.5, bottom)];
        let pairs: Vec<_> = corners.into_iter().zip(own_corners.map(|(x, y)| SourcePoint::new(x, y))).collect();
        let Some(map) = Homography::fit(Freedom::Perspective, &pairs) else { return };
        let bounds = |value: fn(SourcePoint) -> f32, length: u32| {
            let values = corners.map(value);
            let (least, most) =
                (values.into_iter().fold(f32::MAX, f32::min), values.into_iter().fold(f32::MIN, f32::max));
            least.floor().max(0.0) as usize..(most.ceil() + 1.0).clamp(0.0, length as f32) as usize
        };
        for y in bounds(|corner| corner.y, size.height) {
            for x in bounds(|corner| corner.x, size.width) {
                let Some(from) = map.apply(SourcePoint::new(x as f32, y as f32)) else { continue };
                let [r, g, b, alpha] = looked_up(of_picture, *own, from);
                if alpha >= 0.5 {
                    let [r, g, b] = [r, g, b].map(|value| (255.0 * value / alpha).round().min(255.0) as u8);
                    pixels[y * size.width as usize + x].lay(Colour { r, g, b }, alpha / 255.0);
                }
            }
        }
    }
}

/// All that is pinned, ready to be drawn.
#[derive(Default)]
pub(super) struct Pins {
    words: Vec<(TrackId, String)>,
    /// Each with its width, as a share of the clip's.
    pictures: Vec<(TrackId, PinnedPicture, f32)>,
}

impl Pins {
    /// Reads the pictures.
    pub(super) fn open(pins: Vec<Pin>) -> Result<Self, ExportError> {
        let mut all = Self::default();
        for Pin { track, what } in pins {
            match what {
                Pinned::Words(words) => all.words.push((track, words)),
                Pinned::Picture { path, width } => all.pictures.push((track, PinnedPicture::open(&path)?, width)),
            }
        }
        Ok(all)
    }

    /// The words on a frame, in source pixels.
    pub(super) fn labels(&self, places: &Places) -> impl Iterator<Item = Label> {
        self.words.iter().filter_map(|(track, words)| {
            let (point, _) = places.of(*track)?;
            Some(Label::line(LabelPlace::Above(point), WORDS_HEIGHT, words))
        })
    }

    /// Draws the pictures of a frame onto pixels of `size`, of which a source pixel has `scale`.
    pub(super) fn draw<P: Pixel>(&self, places: &Places, size: Size, scale: [f32; 2], pixels: &mut [P]) {
        let scaled = |point: SourcePoint| point.scaled(scale[0], scale[1]);
        for (track, picture, width) in &self.pictures {
            let Some((point, corners)) = places.of(*track) else { continue };
            let around = || {
                let SourcePoint { x, y } = scaled(point);
                let (own, _) = picture.levels[0];
                let half = width * size.width as f32 / 2.0;
                let (left, right, high) = (x - half, x + half, half * own.height as f32 / own.width as f32);
                [(left, y - high), (right, y - high), (right, y + high), (left, y + high)]
                    .map(|(x, y)| SourcePoint::new(x, y))
            };
            picture.draw(corners.map_or_else(around, |corners| corners.map(scaled)), size, pixels);
        }
    }
}

/// Where points are seen on one frame.
pub(super) struct Places<'a> {
    pub(super) store: &'a TrackStore,
    pub(super) frame: FrameIndex,
    pub(super) steadier: Option<&'a Steadier>,
}

impl Places<'_> {
    /// A point's place, as the picture is held still; its corners, too, where it is a small plane.
    fn of(&self, track: TrackId) -> Option<(SourcePoint, Option<[SourcePoint; 4]>)> {
        let point = self.store.sample(track, self.frame).filter(|sample| sample.visible)?.point;
        let corners = self.store.corners(self.store.track(track)?, self.frame, point);
        let steadied = |point| self.steadier.map_or(point, |steadier| steadier.steadied_point(self.frame, point));
        Some((steadied(point), corners.map(|corners| corners.map(steadied))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overlay::Premultiplied;
    use crate::tracks::Query;

    fn at(x: f32, y: f32) -> SourcePoint {
        SourcePoint::new(x, y)
    }

    /// Left half red, right half clear.
    fn half_red(size: Size) -> PinnedPicture {
        let pixel =
            |i: usize| if i % (size.width as usize) < size.width as usize / 2 { [255, 0, 0, 255] } else { [0; 4] };
        PinnedPicture::halved(size, (0..size.area()).map(pixel).collect())
    }

    #[test]
    fn a_picture_stands_around_its_point_in_its_own_shape() {
        let mut store = TrackStore::new();
        let query = Query { frame: FrameIndex(0), point: at(50.0, 25.0) };
        let (_, ids) = store.add_run([(None, query)]);
        store.correct(&[(ids[0], at(50.0, 25.0))], FrameIndex(1)).unwrap();
        let pins = Pins { pictures: vec![(ids[0], half_red(Size::new(64, 32)), 0.2)], ..Pins::default() };
        let size = Size::new(200, 100);
        let mut pixels = vec![Premultiplied::CLEAR; size.area()];
        let on = |frame| Places { store: &store, frame, steadier: None };
        pins.draw(&on(FrameIndex(1)), size, [2.0; 2], &mut pixels);
        let red: Vec<[usize; 2]> = (0..size.area())
            .filter(|&i| pixels[i].straight() == [255, 0, 0, 255])
            .map(|i| [i % 200, i / 200])
            .collect();
        // The point is at (100.5, 50.5) of the picture: 40 wide, 20 high, of which the left half is red.
        assert!((19 * 19..=21 * 21).contains(&red.len()), "{}", red.len());
        assert!(red.iter().all(|&[x, y]| (80..=101).contains(&x) && (40..=61).contains(&y)), "{red:?}");
        let mut none = vec![Premultiplied::CLEAR; size.area()];
        pins.draw(&on(FrameIndex(7)), size, [2.0; 2], &mut none);
        assert!(none.iter().all(|pixel| pixel.straight() == [0; 4]), "the point is not seen there");
    }

    #[test]
    fn a_picture_fills_corners_that_lie_askew() {
        let size = Size::new(100, 100);
        let mut pixels = vec![Premultiplied::CLEAR; size.area()];
        let corners = [at(50.0, 10.0), at(90.0, 50.0), at(50.0, 90.0), at(10.0, 50.0)];
        half_red(Size::new(256, 256)).draw(corners, size, &mut pixels);
        let pixel = |x: usize, y: usize| pixels[y * 100 + x].straight();
        // Its left edge runs from (50, 10) to (10, 50): what was left is now the upper left.
        assert_eq!(pixel(40, 40), [255, 0, 0, 255]);
        assert_eq!((pixel(60, 60), pixel(15, 15)), ([0; 4], [0; 4]));
    }

    #[test]
    fn what_is_no_picture_is_refused_by_its_name() {
        let file = tempfile::Builder::new().suffix(".png").tempfile().unwrap();
        std::fs::write(file.path(), "no picture").unwrap();
        let error = PinnedPicture::open(file.path()).err().unwrap().to_string();
        assert!(error.contains(&*file.path().to_string_lossy()), "{error}");
    }
}
