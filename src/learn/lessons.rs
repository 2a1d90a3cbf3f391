//! Lessons: cuts of labelled stretches, and made clips among them.

use super::clips::{Clip, Stretch};
use super::labels::Labels;
use super::made::made;
use super::shelf::{Origin, Shelf};
use super::{Chance, LearnError, Lesson};
use crate::eval::EvalClip;
use crate::frame::Frame;
use crate::geometry::{ModelFromSource, Size, SourcePoint};
use crate::model::{Features, Network};
use crate::tracks::Query;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;
use std::sync::Arc;

/// Frames of a lesson: two windows.
pub const LESSON_FRAMES: usize = 24;
/// Points of a made clip.
const MADE_POINTS: usize = 96;
/// Different made clips: more would be encoded again and again.
const NUM_MADE: usize = 24;
/// A cut with fewer points is looked for elsewhere,
const LEAST_POINTS: usize = 8;
/// so many times.
const ATTEMPTS: usize = 30;
/// Memory for frames that are encoded.
const SHELF_BYTES: usize = 2 << 30;
/// What lessons draw from chance, beside other uses of a seed.
const LESSON: u64 = 1;
const MADE: u64 = 2;

/// A stretch that is labelled.
pub struct Taught {
    /// The clip's number.
    pub clip: usize,
    /// The stretch.
    pub stretch: Stretch,
    /// Its points, on frames counted as the stretch counts.
    pub queries: Vec<Query>,
    /// What each teacher says of them.
    pub labels: Vec<Labels>,
}

/// All that there is to learn from. Lesson by lesson, the same seed gives the same.
pub struct Lessons {
    network: Arc<Network>,
    size: Size,
    seed: u64,
    made_share: f32,
    clips: Vec<Clip>,
    taught: Vec<Taught>,
    textures: Vec<Frame>,
    /// Those made so far, without their pictures.
    made: HashMap<usize, EvalClip>,
    shelf: Shelf,
}

impl Lessons {
    /// Lessons from these stretches, encoded by `network` in this size; `made_share` of them, 0 to 1, are made.
    ///
    /// # Errors
    /// When no label counts and none are to be made.
    pub fn new(
        (network, size): (Arc<Network>, Size),
        clips: Vec<Clip>,
        taught: Vec<Taught>,
        (made_share, seed): (f32, u64),
    ) -> Result<Self, LearnError> {
        let is_used = |number: usize| taught.iter().any(|taught| taught.clip == number);
        let used = clips.iter().enumerate().filter(|(number, _)| is_used(*number));
        let textures: Vec<Frame> = used.flat_map(|(_, clip)| clip.textures.iter().cloned()).collect();
        let num_counted: usize =
            taught.iter().flat_map(|taught| &taught.labels).map(|labels| labels.tally.counted).sum();
        if num_counted == 0 && made_share < 1.0 {
            let problem = "no label of any teacher counts in the clips that are learned from";
            return Err(LearnError::TooLittle(problem.to_owned()));
        }
        let shelf = Shelf::new(SHELF_BYTES);
        Ok(Self { network, size, seed, made_share, clips, taught, textures, made: HashMap::new(), shelf })
    }

    /// The clips, for other readings.
    pub fn clips_mut(&mut self) -> &mut [Clip] {
        &mut self.clips
    }

    /// The lesson of a step, which follows from its number.
    ///
    /// # Errors
    /// When a clip cannot be read any more, or the network failed.
    pub fn lesson(&mut self, number: usize) -> Result<Lesson, LearnError> {
        let mut chance = Chance::new(self.seed, &[LESSON, number as u64]);
        if !self.textures.is_empty() && chance.share() < self.made_share {
            return self.made_lesson(chance.below(NUM_MADE));
        }
        match self.cut(&mut chance) {
            Some(cut) => self.labelled_lesson(&cut),
            None if self.textures.is_empty() => {
                Err(LearnError::TooLittle("no part of a clip has enough labels that count".to_owned()))
            }
            None => self.made_lesson(chance.below(NUM_MADE)),
        }
    }

    /// A part of a stretch with enough points of which one teacher's labels count; of those that were looked at the one
    /// with the most, where none has enough.
    fn cut(&self, chance: &mut Chance) -> Option<Cut> {
        let usable = |taught: &Taught, teacher: usize| taught.labels[teacher].tally.counted > 0;
        let mut all = Vec::new();
        for (number, taught) in self.taught.iter().enumerate() {
            let teachers: Vec<usize> = (0..taught.labels.len()).filter(|teacher| usable(taught, *teacher)).collect();
            if !teachers.is_empty() {
                all.push((number, teachers));
            }
        }
        let mut best: Option<Cut> = None;
        for _ in 0..ATTEMPTS {
            let (number, teachers) = all.get(chance.below(all.len()))?;
            let (taught, teacher) = (&self.taught[*number], teachers[chance.below(teachers.len())]);
            let len = LESSON_FRAMES.min(taught.stretch.len);
            let first = chance.below(taught.stretch.len - len + 1);
            let frames = first..first + len;
            let counts = |n: &usize| {
                let start = taught.queries[*n].frame.get();
                frames.contains(&start) && (start + 1..frames.end).any(|t| taught.labels[teacher].counts[*n][t])
            };
            let points: Vec<usize> = (0..taught.queries.len()).filter(counts).collect();
            let is_enough = points.len() >= LEAST_POINTS;
            if best.as_ref().is_none_or(|best| best.points.len() < points.len()) {
                best = Some(Cut { number: *number, teacher, frames, points });
            }
            if is_enough {
                break;
            }
        }
        best.filter(|best| !best.points.is_empty())
    }

    fn labelled_lesson(&mut self, cut: &Cut) -> Result<Lesson, LearnError> {
        let taught = &self.taught[cut.number];
        let (clip, stretch) = (&mut self.clips[taught.clip], taught.stretch);
        let map = ModelFromSource::new(clip.size, self.size);
        let read = |frames: Range<usize>| clip.read(stretch, frames.start, frames.len());
        let looked_at = (&*self.network, self.size);
        let features = self.shelf.features(looked_at, Origin::Stretch(cut.number), cut.frames.clone(), read)?;
        let model = |point: SourcePoint| {
            let point = map.apply(point);
            [point.x, point.y]
        };
        let first = cut.frames.start;
        let queries = cut.points.iter().map(|n| taught.queries[*n]);
        let queries: Vec<_> = queries.map(|query| (query.frame.get() - first, model(query.point))).collect();
        let labels = &taught.labels[cut.teacher];
        let label =
            |t: usize, n: usize| labels.counted(cut.points[n], t).filter(|_| t >= first + queries[n].0).map(model);
        // Where nothing counts, the place of the query stands in.
        let said = |t: usize, n: usize| match label(first + t, n) {
            Some(place) => (place, true, 1.0),
            None => (queries[n].1, false, 0.0),
        };
        Ok(lesson(features, self.size, queries.clone(), said))
    }

    fn made_lesson(&mut self, number: usize) -> Result<Lesson, LearnError> {
        let (textures, size, seed) = (&self.textures, self.size, self.seed);
        let counts = (LESSON_FRAMES, MADE_POINTS);
        // Plain pictures may make a clip without points: the next attempt is made of others.
        let make = || {
            let attempts = (0..ATTEMPTS as u64)
                .map(|i| made(textures, size, counts, Chance::new(seed, &[MADE, number as u64, i])));
            let mut attempts = attempts.filter(|clip| !clip.queries.is_empty());
            attempts
                .next()
                .ok_or_else(|| LearnError::TooLittle("the pictures are too plain to make clips of".to_owned()))
        };
        let mut pictures = None;
        if let Entry::Vacant(place) = self.made.entry(number) {
            let mut clip = make()?;
            pictures = Some(std::mem::take(&mut clip.frames));
            place.insert(clip);
        }
        let read = |frames: Range<usize>| {
            let pictures = pictures.map_or_else(|| make().map(|clip| clip.frames), Ok)?;
            Ok(pictures[frames].to_vec())
        };
        let looked_at = (&*self.network, size);
        let features = self.shelf.features(looked_at, Origin::Made(number), 0..LESSON_FRAMES, read)?;
        let clip = &self.made[&number];
        let truth = |t: usize, n: usize| clip.truth[n][t].expect("all is known of a made clip");
        let said = |t: usize, n: usize| {
            let truth = truth(t, n);
            ([truth.point.x, truth.point.y], truth.visible, weight(clip, t, n))
        };
        let queries = clip.queries.iter().map(|query| (query.frame.get(), [query.point.x, query.point.y])).collect();
        Ok(lesson(features, size, queries, said))
    }
}

/// A lesson of what `said` says of frame t and point n: where it is, whether it is visible, and how much that counts.
fn lesson(
    features: Vec<Arc<Features>>,
    size: Size,
    queries: Vec<(usize, [f32; 2])>,
    said: impl Fn(usize, usize) -> ([f32; 2], bool, f32),
) -> Lesson {
    let row = |t: usize| (0..queries.len()).map(|n| said(t, n)).collect::<Vec<_>>();
    let rows: Vec<_> = (0..features.len()).map(row).collect();
    let places = rows.iter().map(|row| row.iter().map(|said| said.0).collect()).collect();
    let visible = rows.iter().map(|row| row.iter().map(|said| said.1).collect()).collect();
    let weight = rows.iter().map(|row| row.iter().map(|said| said.2).collect()).collect();
    Lesson { features, size, queries, places, visible, weight }
}

/// What the truth of a made clip counts: nothing before a point's query.
fn weight(clip: &EvalClip, frame: usize, point: usize) -> f32 {
    f32::from(u8::from(frame >= clip.queries[point].frame.get()))
}

/// A part of a stretch, and whose labels of which points are learned.
#[derive(Debug)]
struct Cut {
    number: usize,
    teacher: usize,
    frames: Range<usize>,
    points: Vec<usize>,
}
