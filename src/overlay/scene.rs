//! Which marks a frame gets.

use super::mark::{Emphasis, Marker, MarkerState, Trail, TrailVertex};
use super::style::OverlayStyle;
use crate::geometry::FrameIndex;
use crate::tracks::{Sample, Track, TrackId, TrackStore};

/// Opacity of a trail at the shown frame.
const TRAIL_ALPHA: f32 = 0.9;
/// How much of it a hidden stretch keeps.
const HIDDEN_ALPHA: f32 = 0.4;
/// Dotted stretches begin anew at multiples of this frame number, so that the dots stay where they are while the trail
/// moves on, however long the stretch.
const DOT_ANCHOR_FRAMES: usize = 16;

/// Everything that is drawn over one frame: trails first, then the points, the stressed ones last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// Stretches of the past.
    pub trails: Vec<Trail>,
    /// Points on the shown frame.
    pub markers: Vec<Marker>,
}

/// What a frame shows of the tracks. A track without a sample on the frame is left out, trail and all, except on its
/// query's own frame, where it is shown as not tracked yet.
#[must_use]
pub fn scene(store: &TrackStore, frame: FrameIndex, style: &OverlayStyle) -> Scene {
    let mut scene = Scene { trails: trails(store, frame, style), markers: Vec::new() };
    for (track, sample) in store.samples_at(frame) {
        scene.markers.extend(marker(track, sample, frame, style));
    }
    scene.markers.sort_by_key(|marker| marker.emphasis); // stable: the order of the tracks else
    scene
}

fn marker(track: &Track, sample: Option<Sample>, frame: FrameIndex, style: &OverlayStyle) -> Option<Marker> {
    let (point, state) = match sample {
        Some(Sample { point, visible: true, .. }) => (point, MarkerState::Visible),
        Some(Sample { point, .. }) if style.show_hidden => (point, MarkerState::Hidden),
        None if track.query.frame == frame => (track.query.point, MarkerState::Pending),
        _ => return None,
    };
    let emphasis = if style.selected.contains(&track.id) {
        Emphasis::Selected
    } else if style.hovered == Some(track.id) {
        Emphasis::Hovered
    } else {
        Emphasis::None
    };
    Some(Marker {
        track: track.id,
        point,
        shape: style.palette.shape(track.colour),
        colour: style.palette.colour(track.colour),
        radius: style.point_radius,
        state,
        emphasis,
    })
}

/// The trail of one track while the frames of the window pass by, oldest first.
struct Path<'a> {
    track: &'a Track,
    last: Option<(TrailVertex, bool)>,
    open: Option<Trail>,
    shown: bool,
    done: Vec<Trail>,
}

fn trails(store: &TrackStore, frame: FrameIndex, style: &OverlayStyle) -> Vec<Trail> {
    let Some(oldest) = store.tracks().map(|track| track.query.frame).min().filter(|oldest| *oldest < frame) else {
        return Vec::new();
    };
    if style.trail_frames == 0 {
        return Vec::new();
    }
    let first = frame.get().saturating_sub(style.trail_frames).max(oldest.get());
    let mut paths: Vec<Path> =
        store.tracks().map(|track| Path { track, last: None, open: None, shown: false, done: Vec::new() }).collect();
    // The frames before the window are not seen; they tell where the dots of a hidden stretch stand.
    let anchor = if style.show_hidden { first / DOT_ANCHOR_FRAMES * DOT_ANCHOR_FRAMES } else { first };
    for at in anchor..=frame.get() {
        for (path, (_, sample)) in paths.iter_mut().zip(store.samples_at(FrameIndex::new(at))) {
            let alpha = if at < first { 0.0 } else { alpha(path.track, at, frame.get(), style) };
            path.pass(at, sample, alpha, at > first, style);
        }
    }
    paths.into_iter().filter(|path| path.shown).flat_map(Path::finish).collect()
}

/// Opacity at frame `at` of the trail that ends at frame `shown`.
fn alpha(track: &Track, at: usize, shown: usize, style: &OverlayStyle) -> f32 {
    if !style.fade {
        return TRAIL_ALPHA;
    }
    let length = if style.trail_frames == usize::MAX {
        shown.saturating_sub(track.query.frame.get()).max(1)
    } else {
        style.trail_frames
    };
    TRAIL_ALPHA * (1.0 - (shown - at) as f32 / length as f32)
}

impl Path<'_> {
    fn pass(&mut self, at: usize, sample: Option<Sample>, alpha: f32, in_window: bool, style: &OverlayStyle) {
        self.shown = sample.is_some_and(|sample| sample.visible || style.show_hidden);
        let Some(sample) = sample else {
            self.close();
            self.last = None;
            return;
        };
        let vertex = TrailVertex { point: sample.point, alpha };
        if let Some((previous, was_visible)) = self.last {
            // Solid only where the point was seen at both ends.
            let dotted = !(was_visible && sample.visible);
            let wanted = if dotted { style.show_hidden } else { in_window };
            if self.open.as_ref().is_some_and(|open| open.dotted != dotted) || !wanted {
                self.close();
            }
            if wanted {
                self.extend(previous, vertex, dotted, style);
            }
        }
        if self.open.as_ref().is_some_and(|open| open.dotted) && at % DOT_ANCHOR_FRAMES == 0 {
            self.close();
        }
        self.last = Some((vertex, sample.visible));
    }

    fn extend(&mut self, from: TrailVertex, to: TrailVertex, dotted: bool, style: &OverlayStyle) {
        let strength = if dotted { HIDDEN_ALPHA } else { 1.0 };
        let weaken = |vertex: TrailVertex| TrailVertex { alpha: vertex.alpha * strength, ..vertex };
        let track = self.track;
        let open = self.open.get_or_insert_with(|| Trail {
            track: track.id,
            colour: style.palette.colour(track.colour),
            width: style.line_width,
            dotted,
            vertices: vec![weaken(from)],
        });
        open.vertices.push(weaken(to));
    }

    fn close(&mut self) {
        let seen = |trail: &Trail| trail.vertices.iter().any(|vertex| vertex.alpha > 0.0);
        self.done.extend(self.open.take().filter(seen));
    }

    fn finish(mut self) -> Vec<Trail> {
        self.close();
        self.done
    }
}

impl Scene {
    /// The marker of a track, if the frame shows it.
    #[must_use]
    pub fn marker(&self, track: TrackId) -> Option<&Marker> {
        self.markers.iter().find(|marker| marker.track == track)
    }
}
