//! Which marks a frame gets.

use super::colouring::Colouring;
use super::label::Label;
use super::mark::{Emphasis, Marker, MarkerState, Trail, TrailVertex};
use super::measures::{self, Value};
use super::style::OverlayStyle;
use crate::geometry::{FrameIndex, SourcePoint};
use crate::tracks::{Sample, Track, TrackId, TrackStore};

/// Opacity of a trail at the shown frame.
const TRAIL_ALPHA: f32 = 0.9;
/// Opacity of a plane's outline.
const PLANE_ALPHA: f32 = 0.9;
/// How much of it a hidden stretch keeps.
const HIDDEN_ALPHA: f32 = 0.4;
/// Dotted stretches begin anew at multiples of this frame number, so that the dots stay where they are while the trail
/// moves on, however long the stretch.
const DOT_ANCHOR_FRAMES: usize = 16;

/// Everything that is drawn over one frame: lines first, then the points, the stressed ones last, then words.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// Stretches of the past, outlines of points that are small planes, and what is drawn of measures.
    pub trails: Vec<Trail>,
    /// Points on the shown frame.
    pub markers: Vec<Marker>,
    /// What was measured, beside the points. The window writes it itself; exported pictures have it among the labels.
    pub values: Vec<Value>,
    /// What is written over all of it. Only exported pictures have labels here: the window writes its own.
    pub labels: Vec<Label>,
}

/// What a frame shows of the tracks. A track without a sample on the frame is left out, trail and all, except on its
/// query's own frame, where it is shown as not tracked yet. Hidden tracks are left out altogether, and all others where
/// the style names those that are wanted.
#[must_use]
pub fn scene(store: &TrackStore, frame: FrameIndex, style: &OverlayStyle) -> Scene {
    let mut scene = Scene { trails: trails(store, frame, style), ..Scene::default() };
    for (track, sample) in store.samples_at(frame) {
        let marker = marker(track, sample, frame, style);
        scene.trails.extend(marker.as_ref().and_then(|marker| plane(store, track, frame, marker, style)));
        scene.markers.extend(marker);
    }
    colour_markers(&mut scene.markers, store, frame, style);
    scene.markers.sort_by_key(|marker| marker.emphasis); // stable: the order of the tracks else
    let is_wanted = |track: &Track| is_wanted(track, style);
    scene.trails.extend(measures::edges(store, frame, style, is_wanted));
    let has_some = style.show_measures && !store.measures().quantities.is_empty();
    if let Some(measured) = store.measured().filter(|_| has_some) {
        let (lines, values) = measures::values(&measured, store, frame, style, is_wanted);
        scene.trails.extend(lines);
        scene.values = values;
    }
    scene
}

/// Whether the user wants to see a track.
fn is_wanted(track: &Track, style: &OverlayStyle) -> bool {
    (!track.hidden || style.show_put_away) && (style.only.is_empty() || style.only.contains(&track.id))
}

fn marker(track: &Track, sample: Option<Sample>, frame: FrameIndex, style: &OverlayStyle) -> Option<Marker> {
    if !is_wanted(track, style) {
        return None;
    }
    let (point, state) = match sample {
        Some(Sample { point, visible: true, .. }) => (point, MarkerState::Visible),
        Some(Sample { point, .. }) if style.show_hidden => (point, MarkerState::Hidden),
        None if track.query.frame == frame => (track.query.point, MarkerState::Pending),
        _ => return None,
    };
    let said = style.states.binary_search_by_key(&track.id, |(id, _)| *id);
    let state = said.map_or(state, |at| style.states[at].1);
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

/// The outline of the small plane that a point is, where it was found.
fn plane(store: &TrackStore, track: &Track, frame: FrameIndex, marker: &Marker, style: &OverlayStyle) -> Option<Trail> {
    let [first, second, third, fourth] = store.corners(track, frame, marker.point)?;
    let vertex = |point| TrailVertex { point, frame, alpha: PLANE_ALPHA, colour: marker.colour };
    let vertices = [first, second, third, fourth, first].map(vertex).to_vec();
    Some(Trail { track: marker.track, width: style.line_width, dotted: false, vertices })
}

/// Gives the points on a frame, in the order of the tracks, the colours of what they do there.
fn colour_markers(markers: &mut [Marker], store: &TrackStore, frame: FrameIndex, style: &OverlayStyle) {
    if style.colouring == Colouring::Track {
        return;
    }
    let place = |(_, sample): (&Track, Option<Sample>)| sample.map(|sample| sample.point);
    let before = frame.get().checked_sub(1).map(FrameIndex::new);
    let before = before.map_or_else(|| vec![None; store.len()], |before| store.samples_at(before).map(place).collect());
    let mut markers = markers.iter_mut().peekable();
    for ((track, sample), from) in store.samples_at(frame).zip(before) {
        if let Some(marker) = markers.next_if(|marker| marker.track == track.id)
            && let Some(sample) = sample
        {
            marker.colour = style.colouring.colour(marker.colour, from, &sample, style.fastest_px);
        }
    }
}

/// The trail of one track while the frames of the window pass by, oldest first.
struct Path<'a> {
    track: &'a Track,
    last: Option<(TrailVertex, bool)>,
    /// Where the point was on the frame before, if it was anywhere.
    before: Option<SourcePoint>,
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
    let mut paths: Vec<Path> = store
        .tracks()
        .map(|track| Path { track, last: None, before: None, open: None, shown: false, done: Vec::new() })
        .collect();
    // The frames before the window are not seen; they tell where the dots of a hidden stretch stand.
    let anchor = if style.show_hidden { first / DOT_ANCHOR_FRAMES * DOT_ANCHOR_FRAMES } else { first };
    if style.colouring == Colouring::Speed
        && let Some(before) = anchor.checked_sub(1).map(FrameIndex::new)
    {
        for (path, (_, sample)) in paths.iter_mut().zip(store.samples_at(before)) {
            path.before = sample.map(|sample| sample.point);
        }
    }
    for at in anchor..=frame.get() {
        for (path, (_, sample)) in paths.iter_mut().zip(store.samples_at(FrameIndex::new(at))) {
            let alpha = if at < first { 0.0 } else { alpha(path.track, at, frame.get(), style) };
            path.pass(at, sample, alpha, at > first, style);
        }
    }
    paths.into_iter().filter(|path| path.shown && is_wanted(path.track, style)).flat_map(Path::finish).collect()
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
            (self.last, self.before) = (None, None);
            return;
        };
        let own = style.palette.colour(self.track.colour);
        let colour = style.colouring.colour(own, self.before, &sample, style.fastest_px);
        let vertex = TrailVertex { point: sample.point, frame: FrameIndex::new(at), alpha, colour };
        self.before = Some(sample.point);
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
        if self.open.as_ref().is_some_and(|open| open.dotted) && at.is_multiple_of(DOT_ANCHOR_FRAMES) {
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
    /// The scene in a picture that was scaled by these factors: places move, sizes stay (they are in style units).
    #[must_use]
    pub fn scaled(mut self, x: f32, y: f32) -> Self {
        let labels = self.labels.iter_mut().filter_map(|label| label.place.point_mut());
        let trails = self.trails.iter_mut().flat_map(|trail| &mut trail.vertices).map(|vertex| &mut vertex.point);
        let values = self.values.iter_mut().map(|value| &mut value.point);
        let markers = self.markers.iter_mut().map(|marker| &mut marker.point);
        markers.chain(trails).chain(values).chain(labels).for_each(|point| {
            *point = point.scaled(x, y);
        });
        self
    }

    /// The marker of a track, if the frame shows it.
    #[must_use]
    pub fn marker(&self, track: TrackId) -> Option<&Marker> {
        self.markers.iter().find(|marker| marker.track == track)
    }
}

#[cfg(test)]
mod tests {
    use super::super::colouring::ordered_colour;
    use super::super::mark::{Emphasis, MarkerState};
    use super::*;
    use crate::tracks::{Chunk, CloserLook, Edit, Polish, PolishedPlace, Query, SampleSource, Treatment};

    /// Two tracks from frames 0 and 5 on that move by one pixel a frame over 40 frames; `visible` is asked for the
    /// first.
    fn store(visible: impl Fn(usize) -> bool) -> TrackStore {
        let mut store = TrackStore::new();
        let query =
            |frame, y| (None, Query { frame: FrameIndex::new(frame), point: SourcePoint::new(frame as f32, y) });
        let (run, _) = store.add_run([query(0, 0.0), query(5, 50.0)]);
        let sample = |frame: usize, slot: usize| {
            let point = SourcePoint::new(frame as f32, 50.0 * slot as f32);
            let visible = slot == 1 || visible(frame);
            (slot == 0 || frame >= 5).then_some(Sample {
                point,
                visibility: 1.0,
                confidence: 1.0,
                probability: None,
                visible,
                source: SampleSource::Tracked,
            })
        };
        let samples = (0..80).map(|i| sample(i / 2, i % 2)).collect();
        store.advance(run, Some(Chunk { first: FrameIndex(0), num_tracks: 2, samples }), None);
        store
    }

    fn trails_of(scene: &Scene, track: u32) -> Vec<&Trail> {
        scene.trails.iter().filter(|trail| trail.track == TrackId(track)).collect()
    }

    #[test]
    fn a_state_that_is_given_counts_more_than_the_sample() {
        let store = store(|_| true);
        let states = vec![(TrackId(1), MarkerState::Lost)];
        let scene = scene(&store, FrameIndex(20), &OverlayStyle { states, ..OverlayStyle::default() });
        let state = |track| scene.marker(TrackId(track)).map(|marker| marker.state);
        assert_eq!((state(0), state(1)), (Some(MarkerState::Visible), Some(MarkerState::Lost)));
        let alphas: Vec<f32> =
            scene.marker(TrackId(1)).unwrap().layers().iter().map(|layer| layer.colour.alpha).collect();
        assert!(alphas.iter().all(|alpha| *alpha < 0.6), "it is faint: {alphas:?}");
    }

    #[test]
    fn a_trail_is_as_long_as_asked_and_never_older_than_its_query() {
        let store = store(|_| true);
        for (trail_frames, num_first, num_second) in [(24, 25, 24), (1, 2, 2), (500, 29, 24), (usize::MAX, 29, 24)] {
            let style = OverlayStyle { trail_frames, ..OverlayStyle::default() };
            let scene = scene(&store, FrameIndex(28), &style);
            assert_eq!(trails_of(&scene, 0)[0].vertices.len(), num_first, "{trail_frames}");
            assert_eq!(trails_of(&scene, 1)[0].vertices.len(), num_second, "{trail_frames}");
            assert_eq!(trails_of(&scene, 0)[0].vertices.last().unwrap().point, SourcePoint::new(28.0, 0.0));
        }
        let none = OverlayStyle { trail_frames: 0, ..OverlayStyle::default() };
        assert!(scene(&store, FrameIndex(28), &none).trails.is_empty());
        assert!(scene(&store, FrameIndex(0), &OverlayStyle::default()).trails.is_empty());
    }

    #[test]
    fn a_trail_fades_to_nothing_unless_asked_not_to() {
        let store = store(|_| true);
        let alphas = |fade, trail_frames| {
            let style = OverlayStyle { trail_frames, fade, ..OverlayStyle::default() };
            let scene = scene(&store, FrameIndex(30), &style);
            trails_of(&scene, 0)[0].vertices.iter().map(|vertex| vertex.alpha).collect::<Vec<_>>()
        };
        for faded in [alphas(true, 24), alphas(true, usize::MAX)] {
            assert!(faded[0].abs() < 1e-6 && (faded.last().unwrap() - 0.9).abs() < 1e-6, "{faded:?}");
            assert!(faded.windows(2).all(|pair| pair[0] < pair[1]));
        }
        assert!(alphas(false, 24).iter().all(|alpha| (alpha - 0.9).abs() < 1e-6));
    }

    #[test]
    fn a_hidden_stretch_is_dotted_at_two_fifths_and_can_be_left_out() {
        let store = store(|frame| !(20..26).contains(&frame));
        let style = OverlayStyle { fade: false, ..OverlayStyle::default() };
        let scene_with = scene(&store, FrameIndex(30), &style);
        let stretches: Vec<_> = trails_of(&scene_with, 0)
            .iter()
            .map(|t| (t.dotted, t.vertices[0].point.x, t.vertices.last().unwrap().point.x))
            .collect();
        assert_eq!(stretches, vec![(false, 6.0, 19.0), (true, 19.0, 26.0), (false, 26.0, 30.0)]);
        assert!(trails_of(&scene_with, 0)[1].vertices.iter().all(|vertex| (vertex.alpha - 0.36).abs() < 1e-6));
        let without = OverlayStyle { show_hidden: false, ..style };
        assert_eq!(trails_of(&scene(&store, FrameIndex(30), &without), 0).len(), 2);
        assert!(scene(&store, FrameIndex(22), &without).marker(TrackId(0)).is_none());
        assert!(trails_of(&scene(&store, FrameIndex(22), &without), 0).is_empty());
    }

    #[test]
    fn dots_stand_still_while_the_trail_moves_on() {
        let store = store(|frame| frame < 2);
        let style = OverlayStyle { fade: false, line_width: 1.0, ..OverlayStyle::default() };
        let dots = |frame| {
            let scene = scene(&store, FrameIndex(frame), &style);
            let dots = trails_of(&scene, 0).iter().flat_map(|trail| trail.dots(1.0)).collect::<Vec<_>>();
            dots.into_iter().map(|dot| dot.point.x).filter(|x| (14.0..26.0).contains(x)).collect::<Vec<_>>()
        };
        assert_eq!(dots(36), dots(37));
        assert!(dots(36).len() >= 4);
    }

    #[test]
    fn a_plane_is_outlined_in_its_tracks_colour_where_it_was_found() {
        let mut store = store(|_| false);
        let corners = [(0.0, 0.0), (9.0, 1.0), (8.0, 7.0), (1.0, 6.0)].map(|(x, y)| SourcePoint::new(x, y));
        let place = PolishedPlace { point: SourcePoint::new(4.0, 3.0), similarity: Some(0.9), corners: Some(corners) };
        let look = CloserLook { polish: false, plane: Some(21) };
        let run = store.runs().next().unwrap().id;
        let polish = Polish { look, first: FrameIndex(20), num_tracks: 2, places: vec![Some(place), None] };
        store.set_polish(run, polish);
        store.apply(&Edit::Treat(Treatment { plane: Some(21), ..Treatment::default() })).unwrap();
        let style = OverlayStyle { trail_frames: 0, ..OverlayStyle::default() };
        let [outline] = &scene(&store, FrameIndex(20), &style).trails[..] else { panic!("one outline") };
        let points: Vec<SourcePoint> = outline.vertices.iter().map(|vertex| vertex.point).collect();
        assert_eq!((outline.track, &points[..4], points[4]), (TrackId(0), &corners[..], corners[0]));
        let shown = scene(&store, FrameIndex(20), &style);
        let marker = shown.marker(TrackId(0)).unwrap();
        assert!(outline.vertices.iter().all(|vertex| vertex.colour == marker.colour) && !outline.dotted);
        assert_eq!((marker.state, marker.point), (MarkerState::Visible, place.point), "the picture says so");
        assert!(scene(&store, FrameIndex(21), &style).trails.is_empty());
    }

    #[test]
    fn colours_tell_speed_or_confidence_in_trail_and_point_alike() {
        let store = store(|_| true); // one pixel a frame, sure of itself
        for (colouring, fastest_px, share) in
            [(Colouring::Speed, 4.0, 0.25), (Colouring::Speed, 0.5, 1.0), (Colouring::Confidence, 4.0, 1.0)]
        {
            let style = OverlayStyle { colouring, fastest_px, trail_frames: 8, ..OverlayStyle::default() };
            let scene = scene(&store, FrameIndex(20), &style);
            let wanted = ordered_colour(share);
            assert_eq!(scene.marker(TrackId(0)).unwrap().colour, wanted);
            assert!(trails_of(&scene, 0)[0].vertices.iter().all(|vertex| vertex.colour == wanted), "{colouring:?}");
        }
        let own = scene(&store, FrameIndex(20), &OverlayStyle::default());
        assert_eq!(own.marker(TrackId(1)).unwrap().colour, OverlayStyle::default().palette.colour(1));
        assert_eq!(trails_of(&own, 1)[0].vertices[0].colour, OverlayStyle::default().palette.colour(1));
    }

    #[test]
    fn markers_tell_visible_hidden_pending_and_absent_apart() {
        let mut store = store(|frame| frame < 10);
        let (_, later) = store.add_run([(None, Query { frame: FrameIndex(12), point: SourcePoint::new(1.0, 2.0) })]);
        let state = |frame, track| {
            scene(&store, FrameIndex(frame), &OverlayStyle::default()).marker(track).map(|marker| marker.state)
        };
        assert_eq!(state(4, TrackId(0)), Some(MarkerState::Visible));
        assert_eq!(state(12, TrackId(0)), Some(MarkerState::Hidden));
        assert_eq!(state(4, TrackId(1)), None);
        assert_eq!(state(12, later[0]), Some(MarkerState::Pending));
        assert_eq!(state(13, later[0]), None);
        assert_eq!(state(40, TrackId(0)), None);
    }

    #[test]
    fn hidden_tracks_and_those_beside_the_only_ones_are_left_out() {
        let mut store = store(|_| true);
        let drawn = |store: &TrackStore, only: Vec<TrackId>| {
            let scene = scene(store, FrameIndex(20), &OverlayStyle { only, ..OverlayStyle::default() });
            let mut trails: Vec<u32> = scene.trails.iter().map(|trail| trail.track.0).collect();
            trails.dedup();
            (scene.markers.iter().map(|marker| marker.track.0).collect::<Vec<_>>(), trails)
        };
        assert_eq!(drawn(&store, Vec::new()), (vec![0, 1], vec![0, 1]));
        assert_eq!(drawn(&store, vec![TrackId(1)]), (vec![1], vec![1]));
        store.apply(&Edit::SetHidden { tracks: vec![TrackId(1)], hidden: true }).unwrap();
        assert_eq!(drawn(&store, Vec::new()), (vec![0], vec![0]));
        assert_eq!(drawn(&store, vec![TrackId(1)]), (vec![], vec![]));
        let style = OverlayStyle { show_put_away: true, ..OverlayStyle::default() };
        assert_eq!(scene(&store, FrameIndex(20), &style).markers.len(), 2, "a file may hold them all the same");
    }

    #[test]
    fn stressed_points_are_drawn_last() {
        let store = store(|_| true);
        let style = OverlayStyle { selected: vec![TrackId(0)], ..OverlayStyle::default() };
        let markers = scene(&store, FrameIndex(9), &style).markers;
        let order: Vec<_> = markers.iter().map(|marker| (marker.track.0, marker.emphasis)).collect();
        assert_eq!(order, vec![(1, Emphasis::None), (0, Emphasis::Selected)]);
    }
}
