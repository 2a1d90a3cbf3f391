//! A store as plain data for a file, and back: nothing is rounded, and what a file says is believed only where it fits
//! together.

mod polish;

use super::measures::Measures;
use super::polish::CloserLook;
use super::run::{Chunk, Direction, Run, RunSettings};
use super::store::TrackStore;
use super::track::{Query, RunId, Sample, SampleSource, Segment, Track, TrackId};
use super::treatment::Treatment;
use crate::calibration::Probability;
use crate::geometry::{Crop, FrameIndex, Size, SourcePoint};
use crate::measure::MeasureError;
use polish::SavedPolish;
use serde::ser::SerializeSeq;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// No clip has frames beyond this; sums of frame numbers stay far from the end of their type.
const MAX_FRAMES: u32 = 1 << 30;
/// Nobody iterates more often; a file that asks for more would never be done.
const MAX_ITERATIONS: usize = 1000;

/// All of a store but its history: tracks, the results they are put together from, and how these are treated.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SavedTracks {
    tracks: Vec<SavedTrack>,
    runs: Vec<SavedRun>,
    #[serde(default)]
    treatment: SavedTreatment,
    #[serde(default, skip_serializing_if = "Measures::is_empty")]
    measures: Measures,
    /// Ids below this have been given away.
    next_track: u32,
    next_run: u32,
}

/// A frame with a place.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct SavedPoint(u32, #[serde(serialize_with = "exact")] f32, #[serde(serialize_with = "exact")] f32);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct SavedTrack {
    id: u32,
    name: String,
    colour: u32,
    query: SavedPoint,
    #[serde(default)]
    hidden: bool,
    #[serde(default)]
    locked: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ends_outside: Option<bool>,
    #[serde(default)]
    group: Option<String>,
    #[serde(default)]
    corrections: Vec<SavedPoint>,
    segments: Vec<SavedSegment>,
}

/// From a frame on, samples are those of a point of a run, or there are none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct SavedSegment {
    from: u32,
    run: Option<u32>,
    #[serde(default)]
    slot: usize,
    /// The run that comes from after it, and the point's place there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    back: Option<(u32, usize)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct SavedRun {
    id: u32,
    points: Vec<SavedPoint>,
    #[serde(default, skip_serializing_if = "is_forward")]
    direction: Direction,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    settings: Option<RunSettings>,
    settled: Option<SavedChunk>,
    provisional: Option<SavedChunk>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    polish: Option<SavedPolish>,
    /// What the network looked at: frame, x, y, width, height.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    crops: Vec<[u32; 5]>,
}

/// Frame by frame, within a frame point by point. `states` has a letter for each (see [`LETTERS`]); the other lists
/// hold only those that are somewhere.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct SavedChunk {
    first: u32,
    states: String,
    #[serde(serialize_with = "exact_all")]
    x: Vec<f32>,
    #[serde(serialize_with = "exact_all")]
    y: Vec<f32>,
    #[serde(serialize_with = "exact_all")]
    visibility: Vec<f32>,
    #[serde(serialize_with = "exact_all")]
    confidence: Vec<f32>,
    /// Left out where the weights do not know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    probability: Vec<Option<Probability>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct SavedTreatment {
    visible_above: Option<f32>,
    smooth_frames: u32,
    fill_gap_frames: u32,
    through_cuts: bool,
    end_outside: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    polish: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    plane: Option<u16>,
}

/// The letter of a sample: who says so, and whether the point can be seen.
const LETTERS: [(u8, SampleSource, bool); 6] = [
    (b'v', SampleSource::Tracked, true),
    (b'h', SampleSource::Tracked, false),
    (b'V', SampleSource::Corrected, true),
    (b'H', SampleSource::Corrected, false),
    (b'i', SampleSource::Interpolated, true),
    (b'j', SampleSource::Interpolated, false),
];
/// The letter of no sample.
const NOTHING: u8 = b'.';

/// What in a file does not fit together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SavedError {
    /// Two tracks or two runs have one id.
    #[error("the {what} {id} is there twice")]
    Twice {
        /// A track or a run.
        what: &'static str,
        /// Its id.
        id: u32,
    },
    /// A number is not finite, or beyond what it can be.
    #[error("{what} of the {owner} {id} is out of range")]
    OutOfRange {
        /// Which number.
        what: &'static str,
        /// A track or a run.
        owner: &'static str,
        /// Its id.
        id: u32,
    },
    /// A track takes its samples from a run or a point that is not there.
    #[error("the track {track} needs the point {slot} of the run {run}, which is not there")]
    NoSuchPoint {
        /// The track.
        track: u32,
        /// The run.
        run: u32,
        /// The place of the point.
        slot: usize,
    },
    /// The stretches of a track are not in order, or do not begin with the clip.
    #[error("the {what} of the track {track} are not in order")]
    NotInOrder {
        /// Segments or corrections.
        what: &'static str,
        /// The track.
        track: u32,
    },
    /// The lists of a run's results have different lengths, or letters that mean nothing.
    #[error("the results of the run {0} are incomplete")]
    Incomplete(u32),
    /// How results are treated is out of range.
    #[error("the side of planes, the smoothing, the filling of gaps or the threshold is out of range")]
    Treatment,
    /// What is to be measured makes no sense.
    #[error(transparent)]
    Measures(MeasureError),
}

impl TrackStore {
    /// Everything that a file should keep; what only an undone edit needs is left out.
    #[must_use]
    pub fn to_saved(&self) -> SavedTracks {
        let Treatment { visible_above, smooth_frames, fill_gap_frames, through_cuts, end_outside, polish, plane } =
            *self.treatment();
        SavedTracks {
            tracks: self.tracks().map(save_track).collect(),
            runs: self.runs().map(save_run).collect(),
            treatment: SavedTreatment {
                visible_above,
                smooth_frames,
                fill_gap_frames,
                through_cuts,
                end_outside,
                polish,
                plane,
            },
            measures: self.measures().of_known(|id| self.track(id).is_some()),
            next_track: self.next_track,
            next_run: self.next_run,
        }
    }

    /// The store that a file describes.
    ///
    /// # Errors
    /// When its parts do not fit together; nothing in it is trusted.
    pub fn from_saved(saved: SavedTracks) -> Result<Self, SavedError> {
        let mut store = Self { next_track: saved.next_track, next_run: saved.next_run, ..Self::default() };
        let mut runs = BTreeMap::new();
        for run in saved.runs {
            let id = run.id;
            if runs.insert(id, load_run(run)?).is_some() {
                return Err(SavedError::Twice { what: "run", id });
            }
            store.next_run = store.next_run.max(following("run", id)?);
        }
        store.runs = runs.into_values().collect();
        let mut ids = BTreeSet::new();
        for track in saved.tracks {
            let id = track.id;
            if !ids.insert(id) {
                return Err(SavedError::Twice { what: "track", id });
            }
            store.next_track = store.next_track.max(following("track", id)?);
            let track = load_track(track, &store)?;
            store.tracks_mut().push(track);
        }
        store.edits.treatment = load_treatment(saved.treatment)?;
        let measures = saved.measures.of_known(|id| ids.contains(&id.0));
        store.set_measures(measures).map_err(SavedError::Measures)?;
        Ok(store)
    }
}

impl SavedTracks {
    /// How many tracks there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tracks.len()
    }

    /// Whether there is no track.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tracks.is_empty()
    }
}

fn following(owner: &'static str, id: u32) -> Result<u32, SavedError> {
    id.checked_add(1).ok_or(SavedError::OutOfRange { what: "the id", owner, id })
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
fn is_forward(direction: &Direction) -> bool {
    *direction == Direction::Forward
}

fn save_query(query: Query) -> SavedPoint {
    SavedPoint(query.frame.0, query.point.x, query.point.y)
}

fn save_track(track: &Track) -> SavedTrack {
    let segment = |segment: &Segment| {
        let (run, slot) = segment.source.unzip();
        let back = segment.back.map(|(run, slot)| (run.0, slot));
        SavedSegment { from: segment.from.0, run: run.map(|run| run.0), slot: slot.unwrap_or(0), back }
    };
    SavedTrack {
        id: track.id.0,
        name: track.name.clone(),
        colour: track.colour as u32,
        query: save_query(track.query),
        hidden: track.hidden,
        locked: track.locked,
        ends_outside: track.ends_outside,
        group: track.group.clone(),
        corrections: track.corrections.iter().map(|(at, point)| SavedPoint(at.0, point.x, point.y)).collect(),
        segments: track.segments().iter().map(segment).collect(),
    }
}

fn save_run(run: &Run) -> SavedRun {
    let (settled, tail) = run.chunks();
    SavedRun {
        id: run.id.0,
        points: run.queries().iter().copied().map(save_query).collect(),
        direction: run.direction(),
        settings: run.settings().cloned(),
        settled: settled.first().map(|first| save_chunk(first.first, settled)),
        provisional: tail.map(|tail| save_chunk(tail.first, std::slice::from_ref(tail))),
        polish: run.polish().map(polish::save),
        crops: run.crops().iter().map(|(at, Crop { x, y, size })| [at.0, *x, *y, size.width, size.height]).collect(),
    }
}

/// Consecutive chunks as one.
fn save_chunk(first: FrameIndex, chunks: &[Arc<Chunk>]) -> SavedChunk {
    let mut saved = SavedChunk { first: first.0, ..SavedChunk::default() };
    for sample in chunks.iter().flat_map(|chunk| &chunk.samples) {
        let Some(sample) = sample.filter(is_sound) else {
            saved.states.push(char::from(NOTHING));
            continue;
        };
        let letter = LETTERS.iter().find(|(_, source, visible)| (*source, *visible) == (sample.source, sample.visible));
        saved.states.push(char::from(letter.map_or(NOTHING, |(letter, ..)| *letter)));
        saved.x.push(sample.point.x);
        saved.y.push(sample.point.y);
        saved.visibility.push(sample.visibility);
        saved.confidence.push(sample.confidence);
        saved.probability.push(sample.probability);
    }
    if saved.probability.iter().all(Option::is_none) {
        saved.probability.clear();
    }
    saved
}

fn is_sound(sample: &Sample) -> bool {
    let shares = [sample.visibility, sample.confidence];
    is_place(sample.point) && shares.iter().all(|share| (0.0..=1.0).contains(share))
}

fn is_place(point: SourcePoint) -> bool {
    point.x.is_finite() && point.y.is_finite()
}

fn load_point(SavedPoint(frame, x, y): SavedPoint, owner: &'static str, id: u32) -> Result<Query, SavedError> {
    let point = SourcePoint::new(x, y);
    if frame < MAX_FRAMES && is_place(point) {
        Ok(Query { frame: FrameIndex(frame), point })
    } else {
        Err(SavedError::OutOfRange { what: "a point", owner, id })
    }
}

fn load_track(saved: SavedTrack, store: &TrackStore) -> Result<Track, SavedError> {
    let id = saved.id;
    let mut track = Track::new(TrackId(id), saved.name, load_point(saved.query, "track", id)?, None);
    track.colour = saved.colour as usize;
    (track.hidden, track.locked, track.group) = (saved.hidden, saved.locked, saved.group);
    track.ends_outside = saved.ends_outside;
    let corrections = saved.corrections.into_iter().map(|point| load_point(point, "track", id));
    let corrections = corrections.collect::<Result<Vec<Query>, _>>()?;
    if !corrections.is_sorted_by(|a, b| a.frame < b.frame) {
        return Err(SavedError::NotInOrder { what: "corrections", track: id });
    }
    track.corrections = corrections.into_iter().map(|query| (query.frame, query.point)).collect();
    let begins = saved.segments.first().is_some_and(|first| first.from == 0);
    let is_sorted = saved.segments.is_sorted_by(|a, b| a.from < b.from);
    if !begins || !is_sorted || saved.segments.last().is_some_and(|last| last.from > MAX_FRAMES) {
        return Err(SavedError::NotInOrder { what: "segments", track: id });
    }
    let segments = saved.segments.into_iter().map(|segment| load_segment(segment, id, store));
    track.segments = segments.collect::<Result<_, _>>()?;
    Ok(track)
}

fn load_segment(saved: SavedSegment, track: u32, store: &TrackStore) -> Result<Segment, SavedError> {
    let known = |(run, slot): (u32, usize), direction: Direction| {
        let is_meant = |known: &Run| known.direction() == direction && slot < known.queries().len();
        let has_point = store.run(RunId(run)).is_some_and(is_meant);
        if has_point { Ok((RunId(run), slot)) } else { Err(SavedError::NoSuchPoint { track, run, slot }) }
    };
    let source = saved.run.map(|run| known((run, saved.slot), Direction::Forward)).transpose()?;
    let back = saved.back.map(|back| known(back, Direction::Backward)).transpose()?;
    Ok(Segment { from: FrameIndex(saved.from), source, back })
}

fn load_run(saved: SavedRun) -> Result<Run, SavedError> {
    let id = saved.id;
    let queries = saved.points.into_iter().map(|point| load_point(point, "run", id));
    let queries: Arc<[Query]> = queries.collect::<Result<_, _>>()?;
    let settled = saved.settled.map(|chunk| load_chunk(chunk, id, queries.len())).transpose()?;
    let tail = saved.provisional.map(|chunk| load_chunk(chunk, id, queries.len())).transpose()?;
    if saved.settings.as_ref().is_some_and(|settings| !(1..=MAX_ITERATIONS).contains(&settings.iterations)) {
        return Err(SavedError::OutOfRange { what: "the number of iterations", owner: "run", id });
    }
    let mut run = Run::new(RunId(id), queries, saved.direction);
    run.settings = saved.settings.map(Arc::new);
    run.advance(settled, tail);
    let is_far = |crop: &[u32; 5]| crop.iter().any(|&value| value >= MAX_FRAMES) || crop[3] == 0 || crop[4] == 0;
    if saved.crops.iter().any(is_far) {
        return Err(SavedError::OutOfRange { what: "what was looked at", owner: "run", id });
    }
    let crop = |[at, x, y, width, height]: [u32; 5]| (FrameIndex(at), Crop { x, y, size: Size::new(width, height) });
    run.set_crops(saved.crops.into_iter().map(crop));
    run.set_polish(saved.polish.map(|polish| polish::load(polish, id, run.queries().len())).transpose()?);
    Ok(run)
}

fn load_chunk(saved: SavedChunk, run: u32, num_tracks: usize) -> Result<Chunk, SavedError> {
    let incomplete = SavedError::Incomplete(run);
    let states = saved.states.as_bytes();
    let lengths = [&saved.x, &saved.y, &saved.visibility, &saved.confidence].map(Vec::len);
    let num_samples = states.iter().filter(|letter| **letter != NOTHING).count();
    if lengths != [num_samples; 4] || ![0, num_samples].contains(&saved.probability.len()) {
        return Err(incomplete);
    }
    if num_tracks == 0 || states.is_empty() || !states.len().is_multiple_of(num_tracks) {
        return Err(incomplete);
    }
    if saved.first >= MAX_FRAMES || states.len() / num_tracks > MAX_FRAMES as usize {
        return Err(SavedError::OutOfRange { what: "a frame", owner: "run", id: run });
    }
    let mut probabilities = saved.probability.into_iter();
    let mut numbers = saved.x.into_iter().zip(saved.y).zip(saved.visibility.into_iter().zip(saved.confidence));
    let mut samples = Vec::with_capacity(states.len());
    for letter in states {
        if *letter == NOTHING {
            samples.push(None);
            continue;
        }
        let (_, source, visible) = *LETTERS.iter().find(|(known, ..)| known == letter).ok_or(incomplete.clone())?;
        let ((x, y), (visibility, confidence)) = numbers.next().ok_or(incomplete.clone())?;
        let probability = probabilities.next().flatten();
        let sample = Sample { point: SourcePoint::new(x, y), visibility, confidence, probability, visible, source };
        if !is_sound(&sample) {
            return Err(SavedError::OutOfRange { what: "a result", owner: "run", id: run });
        }
        samples.push(Some(sample));
    }
    Ok(Chunk { first: FrameIndex(saved.first), num_tracks, samples })
}

fn load_treatment(saved: SavedTreatment) -> Result<Treatment, SavedError> {
    let SavedTreatment { visible_above, smooth_frames, fill_gap_frames, through_cuts, end_outside, polish, plane } =
        saved;
    let is_share = visible_above.is_none_or(|share| (0.0..=1.0).contains(&share));
    let is_side = plane.is_none_or(|side| CloserLook::PLANE_SIDES.contains(&side));
    if !is_share || !is_side || smooth_frames > 1000 || fill_gap_frames > MAX_FRAMES {
        return Err(SavedError::Treatment);
    }
    Ok(Treatment { visible_above, smooth_frames, fill_gap_frames, through_cuts, end_outside, polish, plane })
}

/// A number that comes back bit by bit. The few digits that name an `f32` are read as an `f64` first; should that be so
/// close to the middle between two `f32` that a reader's last digit decides, all digits are written.
fn written(value: f32) -> f64 {
    let short: f64 = value.to_string().parse().unwrap_or_else(|_| f64::from(value));
    // Readers are within a few units of the 16th digit.
    let comes_back = |factor: f64| ((short * factor) as f32).to_bits() == value.to_bits();
    if comes_back(1.0 - 1e-15) && comes_back(1.0) && comes_back(1.0 + 1e-15) { short } else { f64::from(value) }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
fn exact<S: Serializer>(value: &f32, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(written(*value))
}

fn exact_all<S: Serializer>(values: &[f32], serializer: S) -> Result<S::Ok, S::Error> {
    let mut list = serializer.serialize_seq(Some(values.len()))?;
    for value in values {
        list.serialize_element(&written(*value))?;
    }
    list.end()
}
