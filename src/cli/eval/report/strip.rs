//! Pictures of one track: frames of its clip with the truth and with what was said.

use crate::cli::eval::Said;
use crate::eval::{EvalClip, Truth};
use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size, SourcePoint};
use crate::overlay::{Colour, Emphasis, Marker, MarkerState, Raster, Scene, Shape, Trail, TrailVertex};
use crate::tracks::TrackId;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::{FilterType, resize};
use image::{ExtendedColorType, RgbImage};

/// How many frames of a track are shown.
const NUM_FRAMES: usize = 5;
/// The longer side of a picture.
const SIDE_PX: u32 = 320;
const JPEG_QUALITY: u8 = 82;
/// Frames that a trail goes back.
const TRAIL_FRAMES: usize = 24;
/// Pixels per style unit.
const SCALE: f32 = 0.8;
/// The palette's bluish green and vermilion: apart for every eye.
pub(super) const TRUTH_COLOUR: u32 = 0x00_9E_73;
pub(super) const SAID_COLOUR: u32 = 0xD5_5E_00;

/// The query's frame, then frames that are spread over those of which the truth is known.
pub(super) fn pictures(clip: &EvalClip, point: usize, said: &[Option<Said>]) -> Vec<(usize, Vec<u8>)> {
    let (truth, query) = (&clip.truth[point], clip.queries[point].frame.get());
    let counts: Vec<usize> = clip.judged().filter(|(n, _, _)| *n == point).map(|(_, t, _)| t).collect();
    let spread =
        (1..NUM_FRAMES).filter_map(|i| counts.get((counts.len() * i).div_ceil(NUM_FRAMES - 1).checked_sub(1)?));
    let mut frames: Vec<usize> = spread.copied().chain([query]).collect();
    frames.sort_unstable();
    frames.dedup();
    frames.into_iter().map(|t| (t, picture(&clip.frames[t], t, query, (truth, said)))).collect()
}

/// One frame as JPEG: truth and what was said with their trails since the query.
fn picture(frame: &Frame, t: usize, query: usize, (truth, said): (&[Option<Truth>], &[Option<Said>])) -> Vec<u8> {
    let source = frame.size();
    let shrink = (SIDE_PX as f32 / source.width.max(source.height) as f32).min(1.0);
    let side = |extent: u32| ((extent as f32 * shrink).round() as u32).max(1);
    let size = Size::new(side(source.width), side(source.height));
    let whole = RgbImage::from_raw(source.width, source.height, frame.rgb().to_vec()).expect("a frame is a picture");
    let mut rgb = resize(&whole, size.width, size.height, FilterType::Triangle).into_raw();
    let scaled = |point: SourcePoint| {
        let along = |value: f32, to: u32, from: u32| (value + 0.5) * to as f32 / from as f32 - 0.5;
        SourcePoint::new(along(point.x, size.width, source.width), along(point.y, size.height, source.height))
    };
    let (first, last) =
        if t >= query { (query.max(t.saturating_sub(TRAIL_FRAMES)), t) } else { (t, query.min(t + TRAIL_FRAMES)) };
    let mut scene = Scene::default();
    let of_truth = |t: usize| truth[t].map(|truth| (scaled(truth.point), truth.visible));
    let of_said = |t: usize| said[t].map(|said| (scaled(said.point), said.visible));
    let styles = [(0, Colour::hex(TRUTH_COLOUR), 6.0), (1, Colour::hex(SAID_COLOUR), 4.0)];
    for ((id, colour, radius), place) in styles.into_iter().zip([&of_truth as &dyn Fn(usize) -> _, &of_said]) {
        let track = TrackId(id);
        let vertices: Vec<_> = (first..=last)
            .filter_map(|at| Some((at, place(at)?)))
            .map(|(at, (point, _))| TrailVertex { point, frame: FrameIndex::new(at), alpha: 0.8, colour })
            .collect();
        if vertices.len() > 1 {
            scene.trails.push(Trail { track, width: 2.0, dotted: false, vertices });
        }
        if let Some((point, visible)) = place(t) {
            let state = if visible { MarkerState::Visible } else { MarkerState::Hidden };
            scene.markers.push(Marker {
                track,
                point,
                shape: Shape::Circle,
                colour,
                radius,
                state,
                emphasis: Emphasis::None,
            });
        }
    }
    Raster::new(size).draw(&scene, SCALE, &mut rgb);
    let mut jpeg = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY);
    image::ImageEncoder::write_image(encoder, &rgb, size.width, size.height, ExtendedColorType::Rgb8)
        .expect("pictures in memory are written");
    jpeg
}
