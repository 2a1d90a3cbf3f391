//! What exported pictures look like: which tracks, how large, on what ground.

use super::error::ExportError;
use super::pins::{Pin, Pins, Places};
use super::steady::{Steadier, Steady};
use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size};
use crate::media::{BridgedSource, FrameSource, Resizer};
use crate::overlay::{Colour, Label, LabelPlace, OverlayStyle, Premultiplied, Raster, Scene, Value, clip_scale, scene};
use crate::tracks::{Track, TrackId, TrackStore};
use std::collections::BTreeSet;

/// Heights of what is written, in style units.
const NAME_HEIGHT: f32 = 22.0;
const LEGEND_HEIGHT: f32 = 24.0;
const NUMBER_HEIGHT: f32 = 30.0;
const TITLE_HEIGHT: f32 = 38.0;
/// With more tracks than this the last line says how many more there are.
const LONGEST_LEGEND: usize = 16;

/// How tracks are drawn into exported pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    /// Trails, sizes and colours.
    pub style: OverlayStyle,
    /// Whether the points themselves are drawn, or their trails alone.
    pub draws_points: bool,
    /// The tracks to draw; all where `None`.
    pub tracks: Option<Vec<TrackId>>,
    /// How large the pictures are.
    pub size: OutputSize,
    /// What is written over the pictures.
    pub captions: Captions,
    /// What stays on tracks.
    pub pins: Vec<Pin>,
    /// What the picture is held still by; it moves as it was filmed where `None`.
    pub steady: Option<Steady>,
    /// The number of the source's first frame, burnt in and in the names of pictures.
    pub first_number: u32,
}

impl Drawing {
    /// All tracks in this style, in the size of the source.
    #[must_use]
    pub fn new(style: OverlayStyle) -> Self {
        let (captions, pins, steady) = (Captions::default(), Vec::new(), None);
        let size = OutputSize::Source;
        Self { style, draws_points: true, tracks: None, size, captions, pins, steady, first_number: 0 }
    }

    /// What a frame of the source is called.
    pub(super) fn number(&self, frame: FrameIndex) -> u32 {
        frame.0.saturating_add(self.first_number)
    }
}

/// What is written over exported pictures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captions {
    /// The frame's number, in the top left corner.
    pub number: bool,
    /// The name of each point, beside it.
    pub names: bool,
    /// The names of all tracks in their colours, in the bottom left corner.
    pub legend: bool,
    /// A line in the middle of the upper edge; none where it is empty.
    pub title: String,
}

/// How large exported pictures are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputSize {
    /// As large as the source is shown.
    Source,
    /// So many lines, the width to match; both even.
    Height(u32),
    /// As the source, but its shorter side at most so long; both even.
    AtMost(u32),
    /// The source's width and height divided by this; both even.
    Part(u32),
}

impl OutputSize {
    /// The size in pixels for a source that is shown in this size.
    #[must_use]
    pub fn of(self, source: Size) -> Size {
        let height = match self {
            Self::Source => return source,
            Self::AtMost(lines) => {
                let shorter = source.width.min(source.height).max(1);
                f64::from(source.height) * f64::from(lines.min(shorter)) / f64::from(shorter)
            }
            Self::Height(height) => f64::from(height),
            Self::Part(part) => f64::from(source.height) / f64::from(part.max(1)),
        };
        let even = |length: f64| 2 * ((length / 2.0).round() as u32).max(1);
        let width = height * f64::from(source.width) / f64::from(source.height.max(1));
        Size::new(even(width), even(height))
    }
}

/// What the tracks are drawn onto.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// The frames of the source.
    Picture,
    /// One colour; the source's pictures are not read.
    Flat(Colour),
}

/// Makes the pictures of one export.
pub(super) struct Painter {
    drawing: Drawing,
    tracks: Option<BTreeSet<TrackId>>,
    size: Size,
    scale: [f32; 2],
    raster: Raster,
    resizer: Option<Resizer>,
    steadier: Option<Steadier>,
    pins: Pins,
    rgb: Vec<u8>,
    clear: Vec<Premultiplied>,
    rgba: Vec<u8>,
}

impl Painter {
    /// A painter for a source of this size that is shown, with square pixels, in that one.
    pub(super) fn new(source: Size, shown: Size, drawing: Drawing) -> Result<Self, ExportError> {
        let size = drawing.size.of(shown);
        let resizer =
            (size != source).then(|| Resizer::new(source, size)).transpose().map_err(ExportError::Resizing)?;
        let scale = [size.width as f32 / source.width as f32, size.height as f32 / source.height as f32];
        let tracks: Option<BTreeSet<TrackId>> = drawing.tracks.as_ref().map(|tracks| tracks.iter().copied().collect());
        let style = OverlayStyle { only: drawing.tracks.clone().unwrap_or_default(), ..drawing.style };
        let drawing = Drawing { style, ..drawing };
        let steadier = drawing.steady.clone().map(|steady| Steadier::new(steady, source));
        let (pins, raster) = (Pins::open(drawing.pins.clone())?, Raster::new(size));
        let (rgb, clear, rgba) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Self { drawing, tracks, size, scale, raster, resizer, steadier, pins, rgb, clear, rgba })
    }

    pub(super) fn choose(&mut self, pins: Vec<Pin>, steady_by: Vec<TrackId>) -> Result<(), ExportError> {
        self.pins = Pins::open(pins)?;
        if let Some(steadier) = &mut self.steadier {
            steadier.hold_by(steady_by);
        }
        Ok(())
    }

    /// The size of the pictures.
    pub(super) fn size(&self) -> Size {
        self.size
    }

    /// The picture of a frame. Frames must be asked for in order.
    pub(super) fn rgb(
        &mut self,
        ground: Ground,
        index: FrameIndex,
        source: &mut BridgedSource<&mut dyn FrameSource>,
        store: &TrackStore,
    ) -> Result<&[u8], ExportError> {
        match ground {
            Ground::Picture => {
                // Where the clip has ended, its last picture stays.
                let read = source.read(index)?;
                let nothing = ExportError::NothingDecodes { first: index, last: source.end() };
                return self.over(read.as_ref().or(source.last()).ok_or(nothing)?, index, store);
            }
            Ground::Flat(Colour { r, g, b }) => self.rgb = [r, g, b].repeat(self.size.area()),
        }
        Ok(self.marked(index, store))
    }

    /// A picture with the marks of a frame.
    pub(super) fn over(
        &mut self,
        picture: &Frame,
        index: FrameIndex,
        store: &TrackStore,
    ) -> Result<&[u8], ExportError> {
        let mut rgb = picture.rgb();
        if let Some(steadier) = &mut self.steadier {
            steadier.look_at(index, store);
            rgb = steadier.steadied(index, rgb);
        }
        if let Some(resizer) = &mut self.resizer {
            resizer.resize(rgb, &mut self.rgb).map_err(ExportError::Resizing)?;
        } else {
            self.rgb.clear();
            self.rgb.extend_from_slice(rgb);
        }
        Ok(self.marked(index, store))
    }

    /// Draws the marks of a frame over the pixels.
    fn marked(&mut self, index: FrameIndex, store: &TrackStore) -> &[u8] {
        let (scene, unit) = (self.scene(store, index), clip_scale(self.size));
        let places = Places { store, frame: index, steadier: self.steadier.as_ref() };
        self.pins.draw(&places, self.size, self.scale, self.rgb.as_chunks_mut::<3>().0);
        self.raster.draw(&scene, unit, &mut self.rgb);
        &self.rgb
    }

    /// The marks of a frame alone: red, green, blue and opacity, not multiplied.
    pub(super) fn rgba(&mut self, index: FrameIndex, store: &TrackStore) -> &[u8] {
        self.clear.clear();
        self.clear.resize(self.size.area(), Premultiplied::CLEAR);
        let (scene, unit) = (self.scene(store, index), clip_scale(self.size));
        let places = Places { store, frame: index, steadier: self.steadier.as_ref() };
        self.pins.draw(&places, self.size, self.scale, &mut self.clear);
        self.raster.draw_onto(&scene, unit, &mut self.clear);
        self.rgba.clear();
        self.rgba.extend(self.clear.iter().flat_map(|pixel| pixel.straight()));
        &self.rgba
    }

    fn scene(&mut self, store: &TrackStore, index: FrameIndex) -> Scene {
        let mut scene = scene(store, index, &self.drawing.style);
        if let Some(wanted) = &self.tracks {
            scene.trails.retain(|trail| wanted.contains(&trail.track));
            scene.markers.retain(|marker| wanted.contains(&marker.track));
            scene.values.retain(|value| wanted.contains(&value.track));
        }
        if let Some(steadier) = &mut self.steadier {
            steadier.look_at(index, store);
            steadier.steady_scene(index, &mut scene);
        }
        scene.labels = self.labels(store, index, &scene);
        if !self.drawing.draws_points {
            scene.markers.clear();
        }
        if self.resizer.is_some() { scene.scaled(self.scale[0], self.scale[1]) } else { scene }
    }

    /// What is written over a frame with these marks.
    fn labels(&self, store: &TrackStore, index: FrameIndex, scene: &Scene) -> Vec<Label> {
        let Captions { number, names, legend, title } = &self.drawing.captions;
        let mut labels = Vec::new();
        if *names {
            labels.extend(scene.markers.iter().filter_map(|marker| {
                let name = store.track(marker.track)?.name.clone();
                let own = scene.values.iter().filter(|value| value.is_beside(marker)).map(|value| value.text.clone());
                let lines = std::iter::once(name).chain(own).map(|line| (None, line)).collect();
                Some(Label { place: LabelPlace::Beside(marker.point), lines, height: NAME_HEIGHT })
            }));
        }
        let has_line = |value: &Value| *names && scene.markers.iter().any(|marker| value.is_beside(marker));
        let others = scene.values.iter().filter(|value| !has_line(value));
        labels
            .extend(others.map(|value| Label::line(LabelPlace::Beside(value.point), NAME_HEIGHT, value.text.as_str())));
        labels.extend(self.pins.labels(&Places { store, frame: index, steadier: self.steadier.as_ref() }));
        if *legend {
            let is_drawn = |track: &&Track| self.tracks.as_ref().is_none_or(|wanted| wanted.contains(&track.id));
            let palette = self.drawing.style.palette;
            let mut lines: Vec<_> = store
                .tracks()
                .filter(is_drawn)
                .map(|track| (Some(palette.colour(track.colour)), track.name.clone()))
                .collect();
            if lines.len() > LONGEST_LEGEND {
                let more = lines.split_off(LONGEST_LEGEND - 1).len();
                lines.push((None, format!("and {more} more")));
            }
            if !lines.is_empty() {
                labels.push(Label { place: LabelPlace::BottomLeft, lines, height: LEGEND_HEIGHT });
            }
        }
        if *number {
            let number = self.drawing.number(index).to_string();
            labels.push(Label::line(LabelPlace::TopLeft, NUMBER_HEIGHT, number));
        }
        if !title.is_empty() {
            labels.push(Label::line(LabelPlace::Top, TITLE_HEIGHT, title));
        }
        labels
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::SourcePoint;
    use crate::measure::Footage;
    use crate::tracks::{Measures, Quantity, Query};

    #[test]
    fn sizes_are_even_and_keep_the_shape() {
        let source = Size::new(1921, 1081);
        assert_eq!(OutputSize::Source.of(source), source, "padding is the encoder's");
        assert_eq!(OutputSize::Height(720).of(source), Size::new(1280, 720));
        assert_eq!(OutputSize::Part(4).of(source), Size::new(480, 270));
        assert_eq!(OutputSize::Part(2).of(Size::new(1080, 1920)), Size::new(540, 960));
        assert_eq!(OutputSize::Height(1).of(source), Size::new(2, 2));
        assert_eq!(OutputSize::AtMost(1080).of(Size::new(2160, 3840)), Size::new(1080, 1920));
        assert_eq!(OutputSize::AtMost(1080).of(Size::new(641, 480)), Size::new(642, 480));
        assert_eq!(OutputSize::Part(0).of(Size::new(64, 48)), Size::new(64, 48));
    }

    #[test]
    fn what_is_measured_is_written_once_beside_names_or_alone() {
        let mut store = TrackStore::new();
        let places = [[60.0, 20.0], [20.0, 20.0], [20.0, 40.0]].map(|[x, y]| SourcePoint::new(x, y));
        let (_, ids) = store.add_run(places.map(|point| (None, Query { frame: FrameIndex(0), point })));
        for (id, point) in ids.iter().zip(places) {
            store.correct(&[(*id, point)], FrameIndex(1)).unwrap();
        }
        let (size, times_secs) = (Size::new(200, 100), (0..3).map(f64::from).collect());
        store.set_footage(Footage { size, pixel_aspect: 1.0, frame_rate: 1.0, times_secs });
        let quantities = vec![Quantity::Angle([ids[0], ids[1], ids[2]]), Quantity::Distance([ids[1], ids[0]])];
        store.set_measures(Measures { quantities, ..Measures::default() }).unwrap();
        let labels = |names: bool, tracks: Option<Vec<TrackId>>| {
            let captions = Captions { names, ..Captions::default() };
            let drawing = Drawing { tracks, captions, ..Drawing::new(OverlayStyle::default()) };
            let mut painter = Painter::new(size, size, drawing).unwrap();
            let scene = painter.scene(&store, FrameIndex(1));
            let lines = |label: Label| label.lines.into_iter().map(|(_, line)| line).collect::<Vec<_>>().join("|");
            scene.labels.into_iter().map(lines).collect::<Vec<_>>()
        };
        assert_eq!(labels(false, None), ["90.0°", "40.0 px"]);
        assert_eq!(labels(true, None), ["point 1", "point 2|90.0°", "point 3", "40.0 px"]);
        assert_eq!(labels(false, Some(ids[..2].to_vec())), ["40.0 px"], "an angle needs all its points");
    }
}
