//! The marks of a scene, and how each is built from layers that any painter can draw.

use super::palette::{Colour, Shape};
use crate::geometry::{FrameIndex, SourcePoint};
use crate::tracks::TrackId;

/// The dark casing keeps every colour apart from bright pictures, as the colour itself does from dark ones.
const CASING: Colour = Colour::hex(0x10_10_10);
const WHITE: Colour = Colour::hex(0xFF_FF_FF);
const CASING_WIDTH: f32 = 1.25;
const CASING_ALPHA: f32 = 0.75;
const HIDDEN_RADIUS: f32 = 0.8;
/// Opacity of a point that was given up.
const LOST_ALPHA: f32 = 0.55;
const RING_WIDTH: f32 = 1.5;
/// The casing on the inner side of a ring: thin, or small rings would look filled.
const INNER_CASING_WIDTH: f32 = 0.5;
const HOVERED_RADIUS: f32 = 1.35;
/// Diameter of the dots of a hidden stretch, in line widths.
const DOT_DIAMETER: f32 = 1.25;
/// From centre to centre of the dots, in line widths.
const DOT_SPACING: f32 = 2.75;

/// An sRGB colour with an opacity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rgba {
    /// The colour, not multiplied by the opacity.
    pub colour: Colour,
    /// Opacity, 0 to 1.
    pub alpha: f32,
}

/// What a layer covers, in style units from the marker's point, x right and y down.
#[derive(Clone, Debug, PartialEq)]
pub enum Form {
    /// A disc or ring.
    Circle {
        /// Its radius; the middle of the line for a ring.
        radius: f32,
    },
    /// A convex polygon.
    Polygon {
        /// Its corners, clockwise on the screen.
        corners: Vec<[f32; 2]>,
    },
    /// A straight line; always stroked.
    Line {
        /// One end.
        from: [f32; 2],
        /// The other end.
        to: [f32; 2],
    },
}

/// One flat piece of a marker. Layers are drawn in order, each over the ones before.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// What it covers.
    pub form: Form,
    /// Filled (`None`), or the outline alone with this width, centred on the form's edge.
    pub stroke_width: Option<f32>,
    /// Its colour.
    pub colour: Rgba,
}

/// What is known about the point on the shown frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkerState {
    /// Tracked and seen: filled.
    Visible,
    /// Tracked but judged hidden: hollow and smaller.
    Hidden,
    /// Given up for now, where it was last: hollow, small and faint.
    Lost,
    /// Not tracked, or not yet: a ring with a cross.
    Pending,
}

/// How the interface stresses a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Emphasis {
    /// Not at all.
    None,
    /// Under the pointer: larger.
    Hovered,
    /// Selected: a white and a black ring around it.
    Selected,
}

/// A point on the shown frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Marker {
    /// Whose point it is.
    pub track: TrackId,
    /// Where it is.
    pub point: SourcePoint,
    /// Its outline.
    pub shape: Shape,
    /// Its colour.
    pub colour: Colour,
    /// Its radius in style units.
    pub radius: f32,
    /// Filled, hollow or pending.
    pub state: MarkerState,
    /// Plain, hovered or selected.
    pub emphasis: Emphasis,
}

impl Marker {
    /// The layers to draw, first to last.
    #[must_use]
    pub fn layers(&self) -> Vec<Layer> {
        let radius = self.radius * if self.emphasis == Emphasis::Hovered { HOVERED_RADIUS } else { 1.0 };
        let colour = Rgba { colour: self.colour, alpha: 1.0 };
        let casing = Rgba { colour: CASING, alpha: CASING_ALPHA };
        let mut layers = match self.state {
            MarkerState::Visible => vec![
                Layer { form: outline(self.shape, radius, CASING_WIDTH), stroke_width: None, colour: casing },
                Layer { form: outline(self.shape, radius, 0.0), stroke_width: None, colour },
            ],
            MarkerState::Hidden => cased_ring(self.shape, HIDDEN_RADIUS * radius, colour, casing).to_vec(),
            MarkerState::Lost => {
                let faint = |rgba: Rgba| Rgba { alpha: LOST_ALPHA * rgba.alpha, ..rgba };
                cased_ring(self.shape, HIDDEN_RADIUS * radius, faint(colour), faint(casing)).to_vec()
            }
            MarkerState::Pending => pending(radius, colour, casing),
        };
        if self.emphasis == Emphasis::Selected {
            let ring = |offset, width, colour| Layer {
                form: outline(self.shape, radius, offset),
                stroke_width: Some(width),
                colour: Rgba { colour, alpha: 1.0 },
            };
            layers.extend([ring(4.5, 1.5, CASING), ring(3.0, 1.5, WHITE)]);
        }
        layers
    }
}

/// A shape's outline with casing on both sides, the casing first.
fn cased_ring(shape: Shape, radius: f32, colour: Rgba, casing: Rgba) -> [Layer; 2] {
    let casing_width = CASING_WIDTH + RING_WIDTH + INNER_CASING_WIDTH;
    let casing_offset = (CASING_WIDTH - INNER_CASING_WIDTH) / 2.0;
    [
        Layer { form: outline(shape, radius, casing_offset), stroke_width: Some(casing_width), colour: casing },
        Layer { form: outline(shape, radius, 0.0), stroke_width: Some(RING_WIDTH), colour },
    ]
}

/// A ring with a cross through it; its shape comes when the point is tracked.
fn pending(radius: f32, colour: Rgba, casing: Rgba) -> Vec<Layer> {
    let [ring_casing, ring] = cased_ring(Shape::Circle, radius, colour, casing);
    let arm = |width, colour, reach: f32| {
        [([-reach, 0.0], [reach, 0.0]), ([0.0, -reach], [0.0, reach])].map(|(from, to)| Layer {
            form: Form::Line { from, to },
            stroke_width: Some(width),
            colour,
        })
    };
    let reach = radius + 3.0;
    let [casing_x, casing_y] = arm(RING_WIDTH + 2.0 * INNER_CASING_WIDTH, casing, reach);
    let [x, y] = arm(RING_WIDTH, colour, reach);
    vec![ring_casing, casing_x, casing_y, ring, x, y] // no casing may cut a line
}

/// A shape of about the area of a disc with `radius`, its edge moved outwards by `offset`.
fn outline(shape: Shape, radius: f32, offset: f32) -> Form {
    // Distance from the centre to an edge, and the directions of the corners times 1 / cos of half their angle:
    // moving every edge outwards keeps the corners on these rays.
    let (apothem, corners): (f32, &[[f32; 2]]) = match shape {
        Shape::Circle => return Form::Circle { radius: radius + offset },
        Shape::Square => (0.89, &[[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]]),
        Shape::Diamond => (0.89, &[[0.0, -1.414], [1.414, 0.0], [0.0, 1.414], [-1.414, 0.0]]),
        Shape::Triangle => (0.74, &[[0.0, -2.0], [1.732, 1.0], [-1.732, 1.0]]),
    };
    let reach = apothem * radius + offset;
    Form::Polygon { corners: corners.iter().map(|[x, y]| [x * reach, y * reach]).collect() }
}

/// A place that a trail goes through.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrailVertex {
    /// Where.
    pub point: SourcePoint,
    /// When.
    pub frame: FrameIndex,
    /// Opacity there, 0 to 1; in between it changes linearly.
    pub alpha: f32,
    /// Its colour there; in between it changes linearly.
    pub colour: Colour,
}

/// One dot of a dotted trail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dot {
    /// Its middle.
    pub point: SourcePoint,
    /// Its opacity, 0 to 1.
    pub alpha: f32,
    /// Its colour.
    pub colour: Colour,
}

/// A stretch of a track's past, the oldest vertex first; or the outline of the plane that it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Trail {
    /// Whose past it is.
    pub track: TrackId,
    /// Its width in style units; see [`Trail::dot_radius`] for a dotted one.
    pub width: f32,
    /// Whether it is drawn as dots ([`Trail::dots`]): the point was hidden.
    pub dotted: bool,
    /// At least two places.
    pub vertices: Vec<TrailVertex>,
}

impl Trail {
    /// Width of the dark casing on either side, in style units.
    pub const CASING_WIDTH: f32 = 1.0;

    /// The colour of the casing; its opacity is multiplied by the vertex's or the dot's.
    pub const CASING: Rgba = Rgba { colour: CASING, alpha: CASING_ALPHA };

    /// Radius of the dots of a dotted trail, in style units, without their casing.
    #[must_use]
    pub fn dot_radius(&self) -> f32 {
        DOT_DIAMETER * self.width / 2.0
    }

    /// The dots of a dotted trail, evenly spaced from its oldest vertex, where a style unit is `unit_px` source pixels
    /// long (the view: 1 / zoom; a clip: [`super::clip_scale`]). Dots that cannot be seen are left out, and one close
    /// to the newest vertex: there stands the point, or the first dot of the next stretch.
    #[must_use]
    pub fn dots(&self, unit_px: f32) -> Vec<Dot> {
        let spacing = (DOT_SPACING * self.width * unit_px).max(f32::MIN_POSITIVE);
        let is_motion = |length: &f32| *length <= MAX_DOTS_PER_SEGMENT * spacing; // false for NaN
        let length = |pair: &[TrailVertex]| pair[0].point.distance(pair[1].point);
        let mut until_end: f32 = self.vertices.windows(2).map(length).filter(is_motion).sum();
        let mut until_next = 0.0; // along the trail, from the segment's start
        let mut dots = Vec::new();
        for pair in self.vertices.windows(2) {
            let length = length(pair);
            if !is_motion(&length) {
                continue;
            }
            while until_next < length && until_end - until_next > spacing / 2.0 {
                let mix = |a: f32, b: f32| a + (b - a) * until_next / length;
                let (from, to) = (pair[0], pair[1]);
                let point = SourcePoint::new(mix(from.point.x, to.point.x), mix(from.point.y, to.point.y));
                let colour = from.colour.mixed(to.colour, until_next / length);
                dots.push(Dot { point, alpha: mix(from.alpha, to.alpha), colour });
                until_next += spacing;
            }
            until_next -= length;
            until_end -= length;
        }
        dots.retain(|dot| dot.alpha > 0.0);
        dots
    }
}

/// Longer jumps between two frames are no motion that dots could show; also bounds the work on absurd positions.
const MAX_DOTS_PER_SEGMENT: f32 = 4096.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn marker(state: MarkerState, emphasis: Emphasis) -> Marker {
        Marker {
            track: TrackId(0),
            point: SourcePoint::default(),
            shape: Shape::Circle,
            colour: Colour::hex(0xE6_9F_00),
            radius: 5.0,
            state,
            emphasis,
        }
    }

    #[test]
    fn a_hidden_point_is_hollow_and_four_fifths_the_size() {
        let layers = marker(MarkerState::Hidden, Emphasis::None).layers();
        assert!(layers.iter().all(|layer| layer.stroke_width.is_some()));
        assert_eq!(layers.last().unwrap().form, Form::Circle { radius: 4.0 });
        let layers = marker(MarkerState::Visible, Emphasis::None).layers();
        assert_eq!(layers.last().unwrap().stroke_width, None);
        assert_eq!(layers.last().unwrap().form, Form::Circle { radius: 5.0 });
    }

    #[test]
    fn a_selected_point_gets_a_white_ring_inside_a_black_one() {
        let layers = marker(MarkerState::Visible, Emphasis::Selected).layers();
        let radius = |colour| {
            let ring = layers.iter().find(|l| l.stroke_width.is_some() && l.colour.colour == colour).unwrap();
            let Form::Circle { radius } = ring.form else { panic!("{ring:?}") };
            radius
        };
        assert!(radius(WHITE) > 5.0 && radius(CASING) > radius(WHITE));
    }

    #[test]
    fn shapes_are_centred_on_the_point_and_equally_large() {
        for shape in [Shape::Square, Shape::Diamond, Shape::Triangle] {
            let Form::Polygon { corners } = outline(shape, 10.0, 0.0) else { panic!("{shape:?}") };
            let mean = |axis: usize| corners.iter().map(|c| c[axis]).sum::<f32>() / corners.len() as f32;
            assert!(mean(0).abs() < 1e-3 && mean(1).abs() < 1e-3, "{shape:?}");
            let next = corners.iter().cycle().skip(1);
            let area = corners.iter().zip(next).map(|(a, b)| a[0] * b[1] - a[1] * b[0]).sum::<f32>() / 2.0;
            assert!((area / (std::f32::consts::PI * 100.0) - 1.0).abs() < 0.12, "{shape:?}: {area}");
        }
    }

    #[test]
    fn dots_are_evenly_spaced_round_a_corner() {
        let at = |x, y| TrailVertex { point: SourcePoint::new(x, y), frame: FrameIndex(0), alpha: 0.4, colour: WHITE };
        let vertices = vec![at(0.0, 0.0), at(8.0, 0.0), at(8.0, 30.0)];
        let trail = Trail { track: TrackId(0), width: 2.0, dotted: true, vertices };
        let dots = trail.dots(1.0);
        assert_eq!(dots.len(), 7); // 38 / 5.5
        assert_eq!(dots[1].point, SourcePoint::new(5.5, 0.0));
        assert_eq!(dots[2].point, SourcePoint::new(8.0, 3.0));
        assert_eq!(trail.dots(2.0).len(), 3); // the one at 33 is too close to the end at 38
    }
}
